"""What is said once a restore or a backup on a server is over: in the past, whole, and as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlserver_double.answers import Login
from sqlserver_double.world import SA_PASSWORD
from support.sqlserver import Company, company

pytest.importorskip("pyodbc", reason="no libodbc on this system")
OVER = ("--database", "users", "--overwrite", "--yes", "users")


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path, "odbc") as made:
        yield made


def test_who_was_inside_is_to_be_thrown_out_before_and_was_thrown_out_after(firm: Company) -> None:
    saved = firm.backup("users")
    inside = Login(user="sa", password=SA_PASSWORD, database="users", host="PC-MARIA", application="Contaplus")
    firm.world.login(inside)
    planned = {one["code"] for one in firm.run.json("restore", saved, *OVER, "--plan", code=1)["plan"]["warnings"]}
    told = {one["code"]: one for one in firm.run.json("restore", saved, *OVER, code=1)["problems"]}

    assert "restore.thrown_out" in planned
    assert "restore.thrown_out" not in told
    assert "was thrown out" in told["restore.were_thrown_out"]["message"]
    assert "PC-MARIA" in told["restore.were_thrown_out"]["message"]


def test_nobody_is_said_to_be_thrown_out_by_what_failed(firm: Company) -> None:
    saved = firm.backup("users")
    firm.world.login(Login(user="sa", password=SA_PASSWORD, database="users"))
    firm.world.faults.drop("backup.half")
    codes = {one["code"] for one in firm.run.json("restore", saved, *OVER, code=2)["problems"]}

    assert not codes & {"restore.thrown_out", "restore.were_thrown_out"}


def test_what_opens_a_database_is_a_whole_statement(firm: Company) -> None:
    firm.sql("ALTER DATABASE users SET RESTRICTED_USER")
    firm.sql("ALTER DATABASE users SET READ_ONLY")
    saved = firm.backup("users")
    told = firm.run.json("restore", saved, *OVER, code=1)["problems"]
    (one,) = [each for each in told if each["code"] == "restore.access_kept"]

    statement = one["fix"].partition(": ")[2]
    assert statement == "ALTER DATABASE [users] SET MULTI_USER; ALTER DATABASE [users] SET READ_WRITE;"
    firm.sql(statement)
    assert firm.state("users") == ("ONLINE", "MULTI_USER")


def test_a_database_that_came_from_a_copy_only_backup_is_not_said_to_have_had_none(firm: Company) -> None:
    firm.backup("users")
    aside = firm.backup("users")
    firm.run("restore", aside, *OVER)
    told = firm.run("backup", "users", "--kind", "differential", "--no-files", "--json").json["problems"]
    (one,) = [each for each in told if each["code"] == "guard.no_base"]

    assert "never" not in one["message"]
    assert "restored" in one["message"]
