"""Settings that can't be used are mended by whoever may change settings, as they say it still or said it last."""

from __future__ import annotations

import json

import pytest
from support.world import World

from rexus.modules.backup.base.errors import BadInput, Refused
from rexus.modules.backup.base.identity import Identity
from rexus.modules.backup.base.records import Status
from rexus.modules.backup.config.draft import Draft
from rexus.modules.backup.config.load import load
from rexus.modules.backup.model import BackupModel

ROLES = {"administrators": ["jefas"], "operators": ["soporte"]}
WRONG = {"retention": {"daily": -3}}


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path, rows=5, roles=ROLES).build()
    made.model()._parts.keep_settings()
    return made


def write(world: World, **changes: object) -> None:
    plain = json.loads(world.config.read_text("utf-8"))
    world.config.write_text(json.dumps({**plain, **changes}), "utf-8")


def mended(world: World, identity: Identity | None) -> Status:
    draft = Draft.read(world.config)
    draft.set(("retention", "daily"), 21)
    return BackupModel.mend(draft, "eva", identity).status


def eva(*groups: str) -> Identity:
    return Identity(name="eva", groups=groups)


@pytest.mark.parametrize(
    "who",
    [
        eva("soporte"),
        eva(),
        Identity(name="eva", groups=("jefas",), host_role="usuario"),
        None,  # the account of this process, which is in no group of these
    ],
)
def test_whoever_may_not_change_settings_may_not_mend_them(world, who):
    write(world, **WRONG)
    before = world.config.read_bytes()
    with pytest.raises(Refused) as met:
        mended(world, who)

    assert met.value.code.startswith("role.denied")
    assert world.config.read_bytes() == before


@pytest.mark.parametrize("who", [eva("jefas"), eva("JEFAS"), Identity(name="eva", groups=(), host_role="ADMIN")])
def test_administrators_mend_them(world, who):
    write(world, **WRONG)

    assert mended(world, who) is Status.OK
    assert load(world.config).settings.retention.daily == 21


def test_a_mistake_in_the_roles_makes_nobody_an_administrator(world):
    write(world, roles={"administrators": 3}, **WRONG)
    draft = Draft.read(world.config)
    draft.set(("roles",), {"administrators": []})
    draft.set(("retention", "daily"), 21)
    with pytest.raises(Refused):
        BackupModel.mend(draft, "eva", eva("soporte"))
    BackupModel.mend(draft, "ana", eva("jefas"))

    assert load(world.config).settings.roles.administrators == ()


def test_with_nobody_named_everybody_may(tmp_path):
    world = World(tmp_path, rows=5).build()
    write(world, **WRONG)

    assert mended(world, eva()) is Status.OK


def test_settings_that_can_be_used_by_now_are_not_replaced(world):
    write(world, **WRONG)
    draft = Draft.read(world.config)
    write(world, retention={"daily": 7})
    with pytest.raises(BadInput) as met:
        BackupModel.mend(draft, "ana", eva("jefas"))

    assert met.value.code == "config.changed"
    assert load(world.config).settings.retention.daily == 7


def test_what_was_done_or_refused_stands_in_the_trail(tmp_path):
    world = World(tmp_path, rows=5, roles={}).build()
    world.backup()
    write(world, roles=ROLES)
    world.model()._parts.keep_settings()
    write(world, **WRONG)
    with pytest.raises(Refused):
        mended(world, eva("soporte"))
    mended(world, eva("jefas"))
    lines = (world.root / "logs/audit.jsonl").read_text("utf-8").splitlines()[-2:]

    assert [(one["what"], one["result"]) for one in map(json.loads, lines)] == [
        ("config change", "refused"),
        ("config change", "ok"),
    ]
