"""What a restore on a server says of plain files, of what only the server has, and of names that are taken."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.sqlserver import Company, company

pytest.importorskip("pyodbc", reason="no libodbc on this system")


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path, "odbc") as made:
        yield made


def test_the_plain_file_of_a_backup_is_told_to_be_no_database(firm: Company):
    name = firm.backup("users")
    path = firm.folder / "users.bak"
    told = firm.run.json("restore", name, "--database", "users", "--to", str(path), code=1)

    assert [one["code"] for one in told["problems"]] == ["restore.plain_file"]
    assert str(path) in told["problems"][0]["message"]
    kept = firm.run.json("show", name)["manifest"]["databases"]["users"]["checksum"]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == kept


@pytest.mark.parametrize("whole", [False, True])
def test_what_is_on_the_server_only_is_said_to_be_there(firm: Company, whole: bool):
    firm.configured("odbc", client_backup_dir=None)
    name = firm.backup("users")
    (file,) = firm.leftovers()
    to = ["--all", "--to", str(firm.folder / "aparte")] if whole else ["--database", "users", "--to", "users.bak"]
    (problem,) = firm.run.json("restore", name, *to, code=3)["problems"]

    assert problem["code"] == "restore.on_server_only"
    assert firm.on_server(file) in problem["message"]
    assert problem["fix"].startswith(f"Restore it on the server: restore {name} --database users")


def test_a_name_that_is_taken_is_confirmed_by_that_name(firm: Company):
    name = firm.backup("users")
    firm.run.json("restore", name, "--database", "users", "--to", "otra")
    (problem,) = firm.run.json("restore", name, "--database", "users", "--to", "otra", code=3)["problems"]
    assert problem["code"] == "restore.exists"
    command = f"restore {name} --database users --to otra --overwrite --yes otra"
    assert problem["fix"].endswith(command)

    plan = firm.run.json(*command.split(), "--plan")
    assert [one["values"]["database"] for one in plan["plan"]["lost"]] == ["otra"]
    firm.run.json(*command.split())
