"""Every failure of the tables, by its name: a named problem in both languages, a usable database, nothing left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from e2e.sqlserver_failed_restores import BESIDES, CHAINS, CHECKS, DIFFERENTIALS, DRILLS, LOGS, OVERS
from e2e.sqlserver_failures import BACKUPS, ENTERING, Failure, Left
from support.points import EVERY
from support.sqlserver_prepared import ODBC, Prepared, Seen, Told, prepared

from rexus.modules.backup.base import texts
from rexus.modules.backup.base.records import BackupKind, Status

pytest.importorskip("pyodbc", reason="no libodbc on this system")


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    with prepared(tmp_path_factory.mktemp("empresa")) as made:
        yield made


@pytest.fixture
def on(standing: Prepared, client: str) -> Iterator[Prepared]:
    standing.begin(client)
    yield standing
    standing.calm()


def each(table: tuple[Failure, ...]) -> pytest.MarkDecorator:
    """One test for each row and each client that the row names; in the usual suite one row for each problem."""
    chosen = table if EVERY else {one.code: one for one in reversed(table)}.values()
    pairs = [
        (one, client)
        for number, one in enumerate(chosen)
        for client in (one.clients if EVERY else (one.clients[number % len(one.clients)],))
    ]
    rows = [pytest.param(one, client, id=f"{one.name}-{client}") for one, client in pairs]
    return pytest.mark.parametrize(("failure", "client"), rows)


def is_named(told: Told, failure: Failure) -> None:
    """The problem has its code, and in both languages says what happened, what is safe and what to do."""
    assert failure.code in told.codes
    assert told.status is failure.status
    for language in texts.LANGUAGES:
        texts.use_language(language)
        for problem in told.problems:
            said = texts.sentence(problem)
            whole = f"{said.message} {said.safe} {said.fix}"
            assert said.message and said.safe and said.fix
            assert not {"{", "}", "[?]"} & set(whole.split()), whole
            assert " ?" not in said.message, whole


def nothing_is_left(before: Seen, after: Seen, failure: Failure, told: Told) -> None:
    """The databases are as they were, and no file is there that was not, but what the row allows."""
    assert after.databases == before.databases
    assert (after.half_done, after.unnamed) == (set(), before.unnamed)
    more = after.on_server ^ before.on_server
    if failure.left is Left.SERVER_FILE:
        (file,) = more
        assert any(str(problem.values.get("left", "")).endswith(file.rpartition("/")[2]) for problem in told.problems)
    else:
        assert more == set()


def fails_as_told(on: Prepared, failure: Failure, order: Callable[[], Told]) -> None:
    """Let it happen, give the order, and look at what it says and leaves."""
    failure.happens(on)
    before = on.seen()
    told = order()
    on.calm()

    is_named(told, failure)
    nothing_is_left(before, on.seen(), failure, told)


@each(ENTERING)
def test_who_does_not_get_in_is_told_why(on: Prepared, failure: Failure) -> None:
    fails_as_told(on, failure, on.backup)


@each(BACKUPS)
def test_a_backup_that_fails(on: Prepared, failure: Failure) -> None:
    fails_as_told(on, failure, on.backup)


@each(DIFFERENTIALS)
def test_a_differential_backup_without_a_base(on: Prepared, failure: Failure) -> None:
    fails_as_told(on, failure, lambda: on.backup(BackupKind.DIFFERENTIAL))


@each(LOGS)
def test_a_log_backup_without_a_chain(on: Prepared, failure: Failure) -> None:
    fails_as_told(on, failure, lambda: on.backup(BackupKind.LOG))


@each(CHAINS)
def test_a_chain_that_leads_nowhere(on: Prepared, failure: Failure) -> None:
    fails_as_told(on, failure, lambda: on.restore("log", to="aparte"))


@each(BESIDES)
def test_a_restore_beside_that_fails(on: Prepared, failure: Failure) -> None:
    fails_as_told(on, failure, lambda: on.restore(to="aparte"))


@each(OVERS)
def test_a_restore_over_a_database_that_fails_gives_the_old_one_back(on: Prepared, failure: Failure) -> None:
    fails_as_told(on, failure, lambda: on.restore(overwrite=True, confirmed=("users",)))


@each(CHECKS)
def test_what_a_check_finds(on: Prepared, failure: Failure) -> None:
    fails_as_told(on, failure, on.check)


@each(DRILLS)
def test_a_restore_test_that_fails(on: Prepared, failure: Failure) -> None:
    fails_as_told(on, failure, on.drill)


@pytest.mark.parametrize(
    ("client", "year", "code"), [(ODBC, 2001, "chain.before_first"), (ODBC, 2101, "chain.after_last")]
)
def test_an_instant_that_no_backup_holds(on: Prepared, year: int, code: str) -> None:
    failure = Failure(str(year), lambda _: None, code, Status.REFUSED)
    fails_as_told(on, failure, lambda: on.restore("log", datetime(year, 1, 1, tzinfo=UTC), to="aparte"))


def test_there_are_enough_of_them() -> None:
    """Names tell causes apart, within each table."""
    tables = (ENTERING, BACKUPS, DIFFERENTIALS, LOGS, CHAINS, BESIDES, OVERS, CHECKS, DRILLS)
    assert all(len({one.name for one in table}) == len(table) for table in tables)
    assert len({(one.name, one.code) for table in tables for one in table}) >= 80
