"""Who may do what, from groups and the host's roles; and who the operating system says one is."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.base.identity import Identity, os_identity
from rexus.modules.backup.base.texts import sentence
from rexus.modules.backup.config.load import ConfigProblems, load
from rexus.modules.backup.config.roles import Right, Role, findings, least, role_of
from rexus.modules.backup.config.settings import Roles, Settings

CHANGES = frozenset({Right.RESTORE, Right.DELETE, Right.RETENTION, Right.SCHEDULE, Right.CONFIG})
ROLES = Roles(administrators=("Copias-Admin",), operators=("turno noche",), viewers=("contaduría",))
KNOWN = {"ADMIN", "SUPER_ADMIN", "ADMINISTRADOR", "OPERATOR", "OPERADOR", "SUPERVISOR", "MANAGER"}
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)


def person(*groups: str, host: str | None = None) -> Identity:
    return Identity(name="ana", groups=groups, host_role=host)


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (("Copias-Admin",), Role.ADMINISTRATOR),
        (("COPIAS-ADMIN", "contaduría"), Role.ADMINISTRATOR),
        (("Turno Noche",), Role.OPERATOR),
        ((" turno noche ",), Role.OPERATOR),
        (("CONTADURÍA",), Role.VIEWER),
        (("otros",), Role.NOBODY),
        ((), Role.NOBODY),
        (("Copias",), Role.NOBODY),
    ],
)
def test_the_highest_of_the_groups_counts_whatever_their_case(groups, role):
    assert role_of(person(*groups), ROLES) is role


def test_an_account_may_be_named_like_a_group():
    assert role_of(person(), Roles(administrators=("ANA",))) is Role.ADMINISTRATOR


def test_without_viewers_named_everybody_else_may_look():
    assert role_of(person("otros"), Roles(administrators=("x",))) is Role.VIEWER


@given(st.lists(NAMES))
def test_with_nobody_named_everybody_is_an_administrator(groups):
    assert role_of(person(*groups), Roles()) is Role.ADMINISTRATOR


@given(st.lists(NAMES), st.lists(NAMES), st.lists(NAMES))
def test_with_operators_or_viewers_named_alone_nobody_is_an_administrator(groups, operators, viewers):
    roles = Roles(operators=tuple(operators), viewers=tuple(viewers))
    assert (role_of(person(*groups), roles) is Role.ADMINISTRATOR) == (not operators and not viewers)


@given(st.lists(NAMES), st.lists(NAMES), st.lists(NAMES))
def test_as_soon_as_anybody_is_named_the_others_look_at_most(groups, operators, viewers):
    roles = Roles(operators=tuple(operators), viewers=tuple(viewers))
    named = {one.casefold() for one in (*operators, *viewers)}
    if named and not named & {one.casefold() for one in ("ana", *groups)}:
        assert role_of(person(*groups), roles) is (Role.NOBODY if viewers else Role.VIEWER)


@pytest.mark.parametrize("roles", [{"operators": ["turno"]}, {"viewers": ["contaduría"]}])
def test_settings_that_leave_nobody_to_restore_are_refused(tmp_path, roles):
    path = tmp_path / "backup_config.json"
    path.write_text(json.dumps({"databases": {"users": "users.db"}, "roles": roles}), "utf-8")
    with pytest.raises(ConfigProblems) as refused:
        load(path)

    (problem,) = refused.value.problems
    assert problem.code == "role.no_administrators"
    assert "roles.administrators" in sentence(problem).message


def test_groups_that_do_not_exist_and_rights_that_one_lacks_are_warned_of():
    me = os_identity()
    name = me.name.upper() if me.name.isascii() else me.name  # what else a system folds is its own affair
    known = Settings(roles=Roles(administrators=(name, "un-grupo-que-no-existe")))
    (unknown,) = findings(known)
    assert (unknown.code, unknown.values["group"]) == ("role.unknown_group", "un-grupo-que-no-existe")
    other = Settings(roles=Roles(administrators=("un-grupo-que-no-existe",), viewers=("otro-que-no-existe",)))

    assert {one.code for one in findings(other)} == {"role.unknown_group", "role.no_rights", "role.no_runner"}
    assert findings(Settings()) == ()


@pytest.mark.parametrize("told", ["admin", "ADMIN", "Super_Admin", "Administrador", " administrador "])
def test_the_hosts_administrators_are_ours(told):
    assert role_of(person(host=told), ROLES) is Role.ADMINISTRATOR


@pytest.mark.parametrize("told", ["operator", "Operador", "SUPERVISOR", "manager"])
def test_the_hosts_supervisors_work_but_change_nothing(told):
    role = role_of(person(host=told), ROLES)
    assert role is Role.OPERATOR
    assert not role.rights & CHANGES


@given(st.text() | st.sampled_from(["USUARIO", "viewer", "CONTABILIDAD", "", "ADMIN2", "ADMINISTRATORS", "root"]))
def test_a_host_role_that_nobody_knows_changes_nothing(told):
    role = role_of(person("Copias-Admin", host=told), ROLES)
    if told.strip().upper() not in {"ADMIN", "SUPER_ADMIN", "ADMINISTRADOR"}:
        assert not role.rights & CHANGES
    if told.strip().upper() not in KNOWN:
        assert role.rights <= {Right.LOOK}


@given(st.lists(NAMES), st.lists(NAMES, min_size=1), st.lists(NAMES), st.lists(NAMES))
def test_only_who_is_in_a_named_group_may_change_anything(groups, administrators, operators, viewers):
    roles = Roles(administrators=tuple(administrators), operators=tuple(operators), viewers=tuple(viewers))
    folded = {one.casefold() for one in ("ana", *groups)}
    role = role_of(person(*groups), roles)
    assert bool(role.rights & CHANGES) == bool(folded & {one.casefold() for one in administrators})
    if Right.BACKUP in role.rights:
        assert folded & {one.casefold() for one in (*administrators, *operators)}


def test_each_role_may_what_the_humbler_one_may():
    ladder = [Role.NOBODY, Role.VIEWER, Role.OPERATOR, Role.ADMINISTRATOR]
    for lower, higher in itertools.pairwise(ladder):
        assert lower.rights < higher.rights
    assert Role.ADMINISTRATOR.rights == frozenset(Right)
    assert [least(one) for one in (Right.LOOK, Right.RUN, Right.DELETE)] == ["viewers", "operators", "administrators"]


def told_in_a_process(**environment: str) -> dict[str, object]:
    program = (
        "import msgspec, sys; from rexus.modules.backup.base.identity import os_identity; "
        "sys.stdout.buffer.write(msgspec.json.encode(os_identity()))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, env={**os.environ, **environment}
    )
    return json.loads(ran.stdout)


def test_variables_make_nobody_another_one():
    names = ("USER", "LOGNAME", "USERNAME", "LNAME", "USERDOMAIN", "SUDO_USER")
    told = told_in_a_process(**dict.fromkeys(names, "administrador-falso"))
    assert "administrador-falso" not in json.dumps(told)
    assert told == told_in_a_process()


@pytest.mark.skipif(not hasattr(os, "getgroups"), reason="accounts of POSIX")
def test_account_and_groups_are_those_of_the_system():
    def said(option: str) -> str:
        return subprocess.run(["id", option], capture_output=True, text=True, check=True).stdout.strip()

    me = os_identity()
    assert me.name == said("-un")
    assert set(me.groups) >= set(said("-Gn").split())
    assert me.host_role is None


@pytest.mark.skipif(hasattr(os, "getgroups"), reason="tokens of Windows")
def test_groups_are_told_by_name_by_sid_and_with_their_domain():
    me = os_identity()
    assert me.name in me.groups
    assert {"S-1-1-0", "S-1-5-11"} <= set(me.groups)
    assert any(one.endswith(f"\\{me.name}") for one in me.groups)
    assert role_of(None, Roles(administrators=("s-1-1-0",))) is Role.ADMINISTRATOR
