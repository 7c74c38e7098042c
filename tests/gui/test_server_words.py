"""What the window says of a SQL Server: its name in parts, what to copy of a fix, what would be lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.base.records import Finding, Problem, Severity
from rexus.modules.backup.base.texts import use_language
from rexus.modules.backup.engines.sqlserver_look import SeenDatabase
from rexus.modules.backup.model import BackupModel
from rexus.modules.backup.qt import server_words
from rexus.modules.backup.qt.server_words import Address

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY_S = 86_400.0


@pytest.fixture(autouse=True)
def english():
    use_language("en")


def seen(model: str = "FULL", *, chain: bool = True) -> SeenDatabase:
    return SeenDatabase(
        name="users",
        recovery_model=model,
        is_online=True,
        has_base=chain,
        has_log_chain=chain,
        data_bytes=1,
        log_bytes=1,
        to_full="ALTER DATABASE [users] SET RECOVERY FULL;",
        to_simple="ALTER DATABASE [users] SET RECOVERY SIMPLE;",
    )


hosts = st.from_regex(r"[A-Za-z][A-Za-z0-9.-]{0,20}", fullmatch=True)
instances = st.one_of(st.just(""), st.from_regex(r"[A-Za-z][A-Za-z0-9_$#]{0,15}", fullmatch=True))
ports = st.one_of(st.just(""), st.integers(1, 65_535).map(str))


@given(hosts, instances, ports)
def test_what_is_typed_in_three_fields_is_what_the_engine_reads(host, instance, port):
    address = Address(host, instance, port)

    assert address.wrong() == {}
    assert BackupModel.server_address(address.text) == ("", host, instance, int(port) if port else None)


@pytest.mark.parametrize(
    ("address", "wrong"),
    [
        (Address("srv 1"), {"host"}),
        (Address("srv;1"), {"host"}),
        (Address("", "EXPRESS"), {"host"}),
        (Address("srv", "two words"), {"instance"}),
        (Address("srv", "1ABC"), {"instance"}),
        (Address("srv", "", "0"), {"port"}),
        (Address("srv", "", "65536"), {"port"}),
        (Address("srv", "", "abc"), {"port"}),
        (Address("::1"), set()),
        (Address(""), set()),
    ],
)
def test_each_field_says_what_it_may_hold(address, wrong):
    assert set(address.wrong()) == wrong


def test_nothing_named_is_nothing_said():
    assert Address().text == ""
    assert Address("SRV", "X", "1433", "tcp").text == "tcp:SRV\\X,1433"


def test_only_the_statement_is_copied_of_a_fix_that_has_one():
    right = Finding(
        code="sqlserver.progress_right", severity=Severity.WARNING, values={"login": "c", "login_sql": "[c]"}
    )
    fix = server_words.fix_of(right)

    assert server_words.statement_of(fix) == "GRANT VIEW SERVER STATE TO [c];"
    assert server_words.can_be_copied(right)


def test_several_statements_are_copied_without_the_words_between():
    right = Finding(
        code="sqlserver.verify_right", severity=Severity.WARNING, values={"login": "c", "login_sql": "[c;d]"}
    )

    assert server_words.statement_of(server_words.fix_of(right)).splitlines() == [
        "GRANT CREATE ANY DATABASE TO [c;d];",
        "ALTER SERVER ROLE dbcreator ADD MEMBER [c;d];",
    ]


def test_what_is_well_and_could_be_better_is_no_tick():
    could = Finding(code="sqlserver.progress_right", severity=Severity.INFO, values={"login": "c", "login_sql": "[c]"})
    fine = Finding(code="sqlserver.folder_ok", severity=Severity.INFO, values={"here": "/x", "there": "C:\\x"})

    assert (server_words.sign_of(could)[0], server_words.sign_of(fine)[0]) == ("info", "tick")
    assert server_words.fix_of(fine) == ""


@pytest.mark.parametrize(
    ("codes", "seen"),
    [
        (("folder_ok", "folder_written"), (True, True, True, True)),
        (("folder_unseen",), (True, None, None, None)),
        (("folder_denied",), (True, False, None, None)),
        (("folders_differ",), (True, True, False, None)),
        (("folder_ok", "folder_unwritable"), (True, True, True, False)),
        (("folder_unwritten",), (None, True, None, None)),
        (("folder_missing",), (False, None, None, None)),
    ],
)
def test_who_sees_the_folder_is_never_told_better_than_it_is_known(codes, seen):
    found = [Finding(code=f"sqlserver.{one}", severity=Severity.INFO) for one in codes]

    assert server_words.folder_seen(found) == seen
    assert server_words.folder_seen([]) is None


def test_what_is_mended_in_the_window_tells_no_names_of_settings_and_offers_nothing_to_copy():
    absent = Problem(code="sqlserver.no_password", values={"login": "sa"})

    assert server_words.fix_of(absent) == "Write the password."
    assert not server_words.can_be_copied(absent)


def test_simple_recovery_is_told_in_hours_and_minutes_with_the_statement():
    told = server_words.advice("users", seen("SIMPLE"), DAY_S, None, NOW)

    assert "up to 24 hours" in told.text
    assert "15 minutes" in told.text
    assert told.sql == "ALTER DATABASE [users] SET RECOVERY FULL;"


def test_a_log_that_nobody_copies_is_told_with_the_way_back():
    told = server_words.advice("users", seen(), 8 * 3600.0, None, NOW)

    assert "8\u00a0h" in told.text
    assert told.sql.endswith("SIMPLE;")


@pytest.mark.parametrize(
    ("there", "gap", "log_at", "tone", "part"),
    [
        (None, DAY_S, None, "danger", "not on the server"),
        (seen(chain=False), DAY_S, None, "warn", "next full copy"),
        (seen(), DAY_S, NOW - timedelta(minutes=12), "ok", "12 minutes"),
        (seen("SIMPLE"), None, None, "warn", "last copy by hand"),
    ],
)
def test_every_state_has_its_sentence(there, gap, log_at, tone, part):
    told = server_words.advice("users", there, gap, log_at, NOW)

    assert (told.tone, part in told.text, told.sql if tone in {"ok", "danger"} else "") == (tone, True, "")
