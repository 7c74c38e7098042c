"""Closing a database of a server to writers, and giving it back: the statements, and what the double makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.sqlserver import NAMES, ROWS, Company, company
from support.writers import access_of

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import BadInput, SourceFailed
from rexus.modules.backup.engines import tsql_access
from rexus.modules.backup.engines.port_server import EVERYBODY, Access, ServerSide

USERS = ("MULTI_USER", "SINGLE_USER", "RESTRICTED_USER")


def test_names_are_quoted_wherever_they_stand() -> None:
    for batch in (
        tsql_access.close("o'b]", "MULTI_USER"),
        tsql_access.give("o'b]", "SINGLE_USER", read_only=True),
        tsql_access.recover_closed("o'b]", "RESTRICTED_USER"),
    ):
        assert "N'o''b]'" in batch.text
        assert "[o'b]]]" in batch.text
    with pytest.raises(BadInput):
        tsql_access.ask("x\0")


def test_the_end_of_a_restore_is_proven_as_one_that_is_not_closed() -> None:
    batch = tsql_access.recover_closed("x", "MULTI_USER")
    assert batch.text.startswith("RESTORE DATABASE [x] WITH RECOVERY, RESTRICTED_USER;")
    assert (batch.verdict, batch.verb) == (3014, "RESTORE DATABASE")


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    pytest.importorskip("pyodbc", reason="no libodbc on this system")
    with company(tmp_path, "odbc") as made:
        yield made


@pytest.fixture
def server(firm: Company) -> ServerSide:
    side = firm.model()._kit().engine.server
    assert side is not None
    return side


@pytest.mark.parametrize("users", USERS)
@pytest.mark.parametrize("read_only", [False, True])
def test_it_is_seen_closed_and_given_back(firm: Company, server: ServerSide, users: str, read_only: bool) -> None:
    firm.sql(f"ALTER DATABASE users SET {users}")
    if read_only:
        firm.sql("ALTER DATABASE users SET READ_ONLY")
    before = server.access("users")
    assert before == Access(users=users, read_only=read_only)

    server.close("users", CancelToken())
    assert access_of(firm, "users") == ("ONLINE", "MULTI_USER" if users == "MULTI_USER" else "RESTRICTED_USER", True)
    assert firm.count("users") == ROWS
    server.close("users", CancelToken())
    server.give("users", before)

    assert access_of(firm, "users") == ("ONLINE", users, read_only)


def test_others_are_left_alone_and_what_is_not_there_is_said(firm: Company, server: ServerSide) -> None:
    server.close("users", CancelToken())
    assert {access_of(firm, name) for name in NAMES[1:]} == {("ONLINE", "MULTI_USER", False)}
    assert server.access("nada") is None
    with pytest.raises(SourceFailed, match=r"sqlserver\.access"):
        server.close("nada", CancelToken())


def test_a_database_that_is_not_online_can_not_be_given_back_and_that_is_said(
    firm: Company, server: ServerSide
) -> None:
    server.close("users", CancelToken())
    firm.sql("ALTER DATABASE users SET OFFLINE")
    with pytest.raises(SourceFailed, match=r"sqlserver\.access"):
        server.give("users", EVERYBODY)
