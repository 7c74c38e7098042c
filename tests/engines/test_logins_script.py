"""Scripts of logins: whatever names there are, they make the same logins anew and nothing else."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec
from engines.double_talk import come_in, fine, world_in
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlserver_double.logins import Account, hash_of

from rexus.modules.backup.config.secrets import Secret
from rexus.modules.backup.engines.logins_script import (
    ListedFact,
    LoginFacts,
    Principals,
    RightFacts,
    login_for,
    script_of,
)

NAMES = st.text(st.characters(codec="utf-16", exclude_categories=("Cs", "Cc")), min_size=1, max_size=60).filter(
    lambda name: name.strip() == name and not name.upper().startswith(("##", "NT ", "BUILTIN", "SA"))
)
HASHES = st.binary(min_size=4, max_size=4).map(lambda salt: hash_of("clave", salt))
SIDS = st.binary(min_size=16, max_size=16)


@st.composite
def sql_logins(draw):
    return LoginFacts(
        name=draw(NAMES),
        type="S",
        sid="0x" + draw(SIDS).hex().upper(),
        hash=Secret("0x" + draw(HASHES).hex().upper()),
        is_disabled=draw(st.booleans()),
        default_database=draw(st.sampled_from(["", "master", "Tienda", "otra"])),
        default_language=draw(st.sampled_from(["", "Spanish"])),
        checks_policy=draw(st.booleans()),
        checks_expiration=draw(st.booleans()),
    )


LOGINS = st.lists(sql_logins(), min_size=1, max_size=4, unique_by=lambda one: one.name.casefold())


def statements(script: str) -> str:
    return "\n".join(line for line in script.splitlines() if not line.startswith("--"))


@given(LOGINS, st.text(max_size=60))
@settings(max_examples=40, deadline=None)
def test_a_new_server_has_the_same_logins(logins, head):
    found = Principals(
        logins=tuple(logins),
        members=tuple(("dbcreator", one.name) for one in logins),
        rights=tuple(RightFacts(state="G", permission="VIEW SERVER STATE", grantee=one.name) for one in logins),
        listed=(ListedFact(kind="LINKED SERVER", name=head, told=head),),
    )
    script = script_of(found, head)
    with tempfile.TemporaryDirectory() as folder:
        world = world_in(Path(folder))
        world.add_database("Tienda")
        before = set(world.logins)
        session = come_in(world)
        fine(session, script)
        fine(session, statements(script))
        made = {name: one for name, one in world.logins.items() if name not in before}
        assert {one.name for one in made.values()} == {one.name for one in logins}
        for one in logins:
            account = made[one.name.casefold()]
            assert as_facts(account, one) == one
            assert account.roles == {"dbcreator"}
            assert account.grants == {"VIEW SERVER STATE"}
            assert account.is_password("clave")


def as_facts(account: Account, wanted: LoginFacts) -> LoginFacts:
    """A login of the double; a database that is not there stays unset, as the script says."""
    default = wanted.default_database if wanted.default_database in {"", "otra"} else account.default_database
    return LoginFacts(
        name=account.name,
        type="S",
        sid="0x" + account.sid.hex().upper(),
        hash=Secret("0x" + account.password_hash.hex().upper()),
        is_disabled=account.disabled,
        default_database=default,
        default_language=account.default_language if wanted.default_language else "",
        checks_policy=account.checks_policy,
        checks_expiration=account.checks_expiration,
    )


@given(st.text(max_size=200))
def test_what_stands_in_a_remark_is_no_statement(told):
    script = script_of(Principals(listed=(ListedFact(kind="CERTIFICATE", name=told, told=told),)), told)

    assert statements(script).strip() == "USE master;"


def test_what_every_server_has_by_itself_is_left_out():
    own = [("sa", "0x01"), ("##MS_PolicyEventProcessingLogin##", "0x02"), ("NT SERVICE\\MSSQLSERVER", "0x03")]
    logins = tuple(LoginFacts(name=name, type="S", sid=sid) for name, sid in own)

    assert script_of(Principals(logins=logins, members=(("sysadmin", "sa"),)), "x").count("LOGIN") == 0


def test_a_login_without_a_known_password_is_only_a_remark():
    lacking = LoginFacts(name="ana", type="S", sid="0xAA")
    script = script_of(Principals(logins=(lacking,), members=(("dbcreator", "ana"),)), "x")

    assert lacking.is_without_password
    assert "-- CREATE LOGIN [ana]" in script
    assert "ana" not in statements(script)


def test_a_name_that_could_end_a_batch_makes_no_statement():
    odd = LoginFacts(name="a\nGO\nDROP", type="S", sid="0xAA", hash=Secret("0x0200AA"))

    assert statements(script_of(Principals(logins=(odd,)), "x")).strip() == "USE master;"


def test_no_name_at_all_can_end_a_batch():
    odd = "x\nGO\nDROP DATABASE y\nGO\n"
    ana = LoginFacts(name="ana", type="S", sid="0xAA", hash=Secret("0x0200AA"), default_database=odd)
    found = Principals(
        logins=(msgspec.structs.replace(ana, default_language=odd),),
        roles=(odd,),
        members=((odd, "ana"), ("dbcreator", odd)),
        rights=(RightFacts(state="G", permission="ALTER TRACE", grantee=odd),),
    )

    assert "DROP" not in script_of(found, "x")


def test_what_is_denied_to_everybody_stays_so():
    found = Principals(rights=(RightFacts(state="D", permission="VIEW ANY DATABASE", grantee="public"),))

    assert "DENY VIEW ANY DATABASE TO [public];" in script_of(found, "x")


def test_accounts_of_windows_that_somebody_let_in_are_kept():
    names = ("BUILTIN\\Administradores", "NT AUTHORITY\\NETWORK SERVICE")
    logins = tuple(LoginFacts(name=name, type="U", sid="0x0102") for name in names)
    script = script_of(Principals(logins=logins, members=(("sysadmin", names[0]),)), "x")

    assert all(f"CREATE LOGIN [{name}] FROM WINDOWS;" in script for name in names)
    assert f"ALTER SERVER ROLE [sysadmin] ADD MEMBER [{names[0]}];" in script


def test_windows_and_entra_logins_have_no_password():
    logins = tuple(LoginFacts(name=name, type=kind, sid="0xAA") for name, kind in (("D\\ana", "U"), ("a@b.c", "E")))
    script = script_of(Principals(logins=logins), "x")

    assert "CREATE LOGIN [D\\ana] FROM WINDOWS;" in script
    assert "CREATE LOGIN [a@b.c] FROM EXTERNAL PROVIDER;" in script


def test_roles_of_their_own_come_with_their_members_and_rights():
    found = Principals(
        roles=("vigías",),
        members=(("vigías", "sa"),),
        rights=(
            RightFacts(state="W", permission="VIEW SERVER STATE", grantee="vigías"),
            RightFacts(state="D", permission="ALTER SETTINGS", grantee="vigías"),
            RightFacts(state="R", permission="ALTER TRACE", grantee="vigías"),
        ),
    )
    script = script_of(found, "x")

    assert "CREATE SERVER ROLE [vigías];" in script
    assert "GRANT VIEW SERVER STATE TO [vigías] WITH GRANT OPTION;" in script
    assert "DENY ALTER SETTINGS TO [vigías];" in script
    assert "ALTER TRACE" not in script


def test_facts_of_a_login_do_not_show_its_hash():
    one = LoginFacts(name="ana", type="S", sid="0xAA", hash=Secret("0x0200BEEF"))

    assert "BEEF" not in repr(one)
    assert login_for("a]b", "0xAA") == "CREATE LOGIN [a]]b] WITH PASSWORD = N'<password>', SID = 0xAA;"
