"""A server that takes a connection and never answers: each command waits for it once, and says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.silent import Silent
from support.sqlserver import Company, company

pytest.importorskip("pyodbc", reason="no libodbc on this system")


@pytest.fixture
def silent() -> Iterator[Silent]:
    made = Silent()
    yield made
    made.stop()


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path, "odbc") as made:
        yield made


def test_a_server_that_never_answers_is_asked_once_by_each_command(firm: Company, silent: Silent) -> None:
    name = firm.backup("users")
    firm.configured("odbc", login_timeout_s=1)
    firm.sign_in("sa", firm.password, silent.address)
    restore = ("restore", name, "--database", "users", "--to", "vuelta")
    commands = [
        ("backup", "--no-files"),
        ("backup", "--no-files", "--kind", "log"),
        ("check",),
        (*restore, "--plan"),
        restore,
        ("drill", "users"),
    ]
    asked = {}
    for words in commands:
        ran = firm.run(*words, "--json")
        asked[words] = silent.came()
        assert "can't be reached" in ran.out, ran.out
    assert asked == dict.fromkeys(commands, 1)
    for words in (("list",), ("health",), ("prune", "--plan")):
        firm.run(*words, "--json")
        assert silent.came() == 0


def test_what_was_asked_of_a_server_that_is_back_is_answered_again(firm: Company, silent: Silent) -> None:
    there = firm.stand.entry.server
    firm.configured("odbc", login_timeout_s=1)
    firm.sign_in("sa", firm.password, silent.address)
    assert firm.model().look_at_server().server is None
    firm.sign_in("sa", firm.password, there)

    assert firm.model().look_at_server().server is not None
