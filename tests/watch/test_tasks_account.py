"""As whom the schedules would run: nothing is installed for an account that may not, nor for one without secrets."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from support.schedulers import Schedulers
from support.world import World

from rexus.modules.backup.base.errors import Refused
from rexus.modules.backup.base.identity import Identity, os_identity
from rexus.modules.backup.base.texts import sentence
from rexus.modules.backup.config.roles import Right, role_of
from rexus.modules.backup.config.settings import Roles
from rexus.modules.backup.model import BackupModel
from rexus.modules.backup.watch import tasks, tasks_account
from rexus.modules.backup.watch.tasks import wanted_of
from rexus.modules.backup.watch.tasks_windows import task_xml

posix = pytest.mark.skipif(sys.platform == "win32", reason="programs of other systems")
PROGRAMS = {"systemd": ("systemctl", "loginctl"), "cron": ("crontab",), "windows": ("schtasks",)}
ELEVATED = Identity(
    name="ana",
    groups=(
        *("ana", "PC\\ana", "S-1-5-21-7-7-7-1001"),
        *("Todos", "S-1-1-0"),
        *("Administradores", "BUILTIN\\Administradores", "S-1-5-32-544"),
        *("INTERACTIVE", "NT AUTHORITY\\INTERACTIVE", "S-1-5-4"),
        *("copias", "PC\\copias", "S-1-5-21-7-7-7-1002"),
    ),
)
"""As Windows tells it to an administrator in Spain whose console is elevated."""


@pytest.fixture
def world(tmp_path):
    return World(tmp_path / "sitio", rows=2).build()


@pytest.fixture
def machine(tmp_path, monkeypatch):
    monkeypatch.setattr(tasks, "is_root", lambda: False)

    def make(kind: str) -> Schedulers:
        one = Schedulers(tmp_path / "sistema", *PROGRAMS[kind])
        for key, value in one.environment.items():
            monkeypatch.setenv(key, value)
        return one

    return make


def with_roles(world: World, **roles: list[str]) -> None:
    now = json.loads(world.config.read_text("utf-8"))
    world.config.write_text(json.dumps(now | {"roles": roles}), "utf-8")


def by_the_host(world: World) -> BackupModel:
    """Whom the application lets do everything; the operating system knows the account by other groups."""
    return BackupModel.open(world.config, identity=Identity(name="ana", host_role="ADMIN"))


@posix
@pytest.mark.parametrize("kind", ["systemd", "cron"])
def test_nothing_is_installed_for_an_account_that_may_not_run_it(world, machine, kind):
    there = machine(kind)
    with_roles(world, administrators=["grupo-que-no-existe"])
    before = sorted(there.state.parent.rglob("*"))
    with pytest.raises(Refused) as refused:
        by_the_host(world).tasks(change=True, kind=kind).install()

    assert refused.value.code == "schedule.no_right"
    assert os_identity().name in sentence(refused.value.problem).message
    assert refused.value.values["needs"] == "operators"
    assert [
        one for one in sorted(there.state.parent.rglob("*")) if one not in before and one.name != "calls.jsonl"
    ] == []


@posix
@pytest.mark.parametrize("kind", ["systemd", "cron"])
def test_an_operator_is_enough_and_one_who_no_longer_is_one_is_told(world, machine, kind):
    machine(kind)
    with_roles(world, administrators=["grupo-que-no-existe"], operators=[os_identity().groups[-1]])
    assert by_the_host(world).tasks(change=True, kind=kind).install().changed
    assert "role.no_runner" not in {one.code for one in by_the_host(world).tasks(kind=kind).status().problems}

    with_roles(world, administrators=["grupo-que-no-existe"])
    told = {one.code: one for one in by_the_host(world).tasks(kind=kind).status().problems}
    assert told["role.no_runner"].values["who"] == os_identity().name
    assert by_the_host(world).tasks(change=True, kind=kind).remove().changed, "to take it away nobody is asked"


@posix
def test_the_machines_service_runs_as_the_owner_of_the_configuration_and_cron_as_the_person(world, monkeypatch):
    monkeypatch.setattr(tasks, "_user", lambda config, *, system: "nobody" if system else "root")
    asked: list[str] = []
    real = tasks_account._account
    monkeypatch.setattr(tasks_account, "_account", lambda name: asked.append(name) or real(name))
    with_roles(world, administrators=["grupo-que-no-existe"])
    loaded = world.model().loaded
    for kind in ("systemd", "cron"):
        with pytest.raises(Refused):
            tasks.here(loaded, world.model()._files, kind=kind, system=True).install()

    assert asked == ["nobody", "root"]


@posix
def test_groups_are_those_that_the_account_itself_has():
    import grp
    import pwd

    for name in ("root", "daemon", "nobody"):
        numbers = os.getgrouplist(name, pwd.getpwnam(name).pw_gid)
        assert set(tasks_account._account(name).groups) == {name, *(grp.getgrgid(one).gr_name for one in numbers)}
    assert tasks_account._account("4294967").groups == ("4294967",), "an account without a name is in no group"


@pytest.mark.parametrize("named", ["administrators", "operators"])
def test_a_task_of_windows_is_elevated_where_groups_that_may_run_it_are_named(world, named):
    assert "<RunLevel>LeastPrivilege</RunLevel>" in task_xml(wanted_of(world.model().loaded, system=False))
    with_roles(world, **{"administrators": ["alguien"], named: [os_identity().name]})
    assert "<RunLevel>HighestAvailable</RunLevel>" in task_xml(wanted_of(world.model().loaded, system=False))


@pytest.mark.parametrize(
    ("group", "person", "machine"),
    [
        ("Administradores", True, True),
        ("BUILTIN\\Administradores", True, True),
        ("s-1-5-32-544", True, True),
        ("Todos", True, True),
        ("copias", True, False),
        ("ana", True, False),
        ("interactive", False, False),
        ("NT AUTHORITY\\INTERACTIVE", False, False),
        ("S-1-5-4", False, False),
        ("system", False, True),
        ("S-1-5-18", False, True),
    ],
)
def test_a_task_of_windows_has_no_console_and_the_machine_is_its_own_administrator(group, person, machine):
    roles = Roles(administrators=(group,))
    assert (Right.RUN in role_of(tasks_account.without_session(ELEVATED), roles).rights) is person
    assert (Right.RUN in role_of(tasks_account.of_the_machine(ELEVATED), roles).rights) is machine


@posix
def test_windows_refuses_the_machines_account_where_only_people_may(world, machine, monkeypatch):
    machine("windows")
    monkeypatch.setattr(tasks_account, "os_identity", lambda: ELEVATED)
    with_roles(world, administrators=["copias"])
    with pytest.raises(Refused) as refused:
        by_the_host(world).tasks(change=True, kind="windows", system=True).install()
    assert (refused.value.code, refused.value.values["who"]) == ("schedule.no_right", "SYSTEM")

    assert by_the_host(world).tasks(change=True, kind="windows").install().changed


@posix
def test_who_looks_at_a_task_of_windows_without_elevation_is_not_taken_for_the_task(world, machine, monkeypatch):
    machine("windows")
    with_roles(world, administrators=["Administradores"])
    monkeypatch.setattr(tasks_account, "os_identity", lambda: ELEVATED)
    assert by_the_host(world).tasks(change=True, kind="windows").install().changed

    monkeypatch.setattr(tasks_account, "os_identity", lambda: Identity(name="ana", groups=ELEVATED.groups[:5]))
    told = by_the_host(world).tasks(kind="windows").status()
    assert (told.installed, told.outdated, told.problems) == (True, False, ())


@posix
def test_the_machines_own_task_has_all_rights_however_windows_writes_it(world, machine):
    there = machine("windows")
    with_roles(world, administrators=["S-1-5-32-544"])
    by_the_host(world).tasks(change=True, kind="windows", system=True).install()
    [task] = there.state.glob("task-*")
    text = task.read_bytes().decode("utf-16")
    task.write_bytes(text.replace("<RunLevel>HighestAvailable</RunLevel>", "").encode("utf-16"))

    assert not by_the_host(world).tasks(kind="windows", system=True).status().outdated


EMAIL = {"server": "smtp.empresa.example", "user": "c", "variable": "CLAVE_CORREO", "recipients": ["a@b.example"]}
NOTICES = {
    "channels": [
        {"name": "guardia", "variable": "AVISO_GUARDIA"},
        {"name": "escrito", "variable": "AVISO_ESCRITO"},
        {"name": "espera", "variable": "AVISO_ESPERA", "enabled": False},
        {"name": "correo", "email": EMAIL},
        {"name": "abierto", "email": {"server": "smtp.empresa.example", "recipients": ["a@b.example"]}},
    ],
    "pings": [{"variable": "PING_COPIAS"}, {"variable": "PING_VACIO"}],
}


@posix
@pytest.mark.parametrize("kind", PROGRAMS)
def test_secrets_that_only_a_session_has_are_named_when_it_is_installed(world, machine, monkeypatch, kind):
    machine(kind)
    monkeypatch.setenv("AVISO_GUARDIA", "json://127.0.0.1/x")
    now = json.loads(world.config.read_text("utf-8"))
    world.config.write_text(json.dumps(now | {"notices": NOTICES}), "utf-8")
    (Path(world.app) / ".env").write_text("AVISO_ESCRITO=json://127.0.0.1/x\nPING_VACIO=\n", "utf-8")

    def told() -> list[object]:
        done = world.model().tasks(change=True, kind=kind).install()
        return [one.values["variable"] for one in done.problems if one.code == "schedule.secret_elsewhere"]

    assert told() == ["AVISO_GUARDIA", "CLAVE_CORREO", "PING_COPIAS", "PING_VACIO"]
    (Path(world.app) / ".env").write_text(
        "".join(
            f"{one}=x\n" for one in ("AVISO_ESCRITO", "AVISO_GUARDIA", "CLAVE_CORREO", "PING_COPIAS", "PING_VACIO")
        ),
        "utf-8",
    )
    assert told() == []
