"""Space on the volumes of a server and the limit of its edition: told before anything is touched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlserver_double.server_disk import GIB
from support.sqlserver import NAMES, ROWS, Company, company

pytest.importorskip("pyodbc", reason="no libodbc on this system")
DATA, LOGS = "D:\\Datos", "E:\\Registros"
MIB = 1 << 20


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path, "odbc") as made:
        for folder in (DATA, LOGS):
            made.world.share_of(folder)
        made.configured("odbc", data_dir=DATA, log_dir=LOGS)
        yield made


def sizes(firm: Company) -> tuple[int, int]:
    """Of data and log, in bytes, as FILELISTONLY tells."""
    files = firm.world.database("users").files
    return sum(one.size for one in files if one.type == "D"), sum(one.size for one in files if one.type == "L")


def leave(firm: Company, volume: str, free: int) -> None:
    """So many bytes are free on a volume of the server."""
    disk = firm.world.disk
    disk.capacity[volume] = disk.total(volume) - disk.free(volume) + free
    assert disk.free(volume) == free


def plan(firm: Company, name: str, *words: str, code: int = 3) -> dict[str, dict]:
    told = firm.run.json("restore", name, "--plan", "--database", "users", *words, code=code)
    return {one["code"]: one for one in told["problems"]}


@pytest.mark.parametrize(("volume", "which"), [("D:\\", 0), ("E:\\", 1)])
@pytest.mark.parametrize("shared", [True, False])
def test_each_volume_must_have_room_for_its_own_files(firm: Company, volume: str, which: int, shared: bool):
    if not shared:
        firm.configured("odbc", data_dir=DATA, log_dir=LOGS, client_backup_dir=None)
    name = firm.backup("users")
    needed = sizes(firm)[which]
    leave(firm, volume, needed - 1)
    told = plan(firm, name, "--to", "copia")["restore.server_space"]["values"]
    assert (told["volume"], told["needed"], told["free"]) == (volume, needed, needed - 1)
    firm.run.json("restore", name, "--database", "users", "--to", "copia", code=3)
    assert firm.databases() == set(NAMES)

    leave(firm, volume, needed)
    assert plan(firm, name, "--to", "copia", code=0) == {}


def test_what_is_overwritten_gives_its_own_space(firm: Company):
    name = firm.backup("users")
    for volume in ("C:\\", "D:\\", "E:\\"):
        leave(firm, volume, 10 * MIB if volume == "C:\\" else 0)

    assert "restore.server_space" not in plan(firm, name, "--overwrite", code=0)


def test_databases_that_share_a_volume_need_it_together(firm: Company):
    name = firm.backup()
    leave(firm, "D:\\", 2 * sizes(firm)[0])
    told = firm.run.json("restore", name, "--all", "--plan", code=3)
    (problem,) = [one for one in told["problems"] if one["code"] == "restore.server_space"]

    assert problem["values"]["needed"] == sum(
        one.size for base in NAMES for one in firm.world.database(base).files if one.type == "D"
    )


def test_a_restore_test_begins_only_where_there_is_room(firm: Company):
    firm.backup("users")
    leave(firm, "D:\\", 1)
    told = firm.run.json("drill", "users", code=2)

    assert told["drills"][0]["ok"] is None
    (problem,) = told["problems"]
    assert problem["code"] == "drill.no_room"
    assert "D:\\" in problem["message"]
    assert firm.databases() == set(NAMES)


def test_whoever_may_not_see_the_state_asks_for_letters_of_drives(firm: Company):
    name = firm.backup("users")
    firm.world.add_login("copias", "C0pias;Clave", roles=("dbcreator",), users={"users": ("db_owner",)})
    firm.sign_in("copias", "C0pias;Clave")
    leave(firm, "D:\\", 1)
    told = plan(firm, name, "--to", "copia")["restore.server_space"]["values"]

    assert (told["volume"], told["free"]) == ("D:\\", 0)


@pytest.mark.parametrize(("edition", "limit"), [("express2019", 10), ("express2025", 50)])
def test_the_limit_of_an_edition_is_told_before(tmp_path: Path, edition: str, limit: int):
    with company(tmp_path, "odbc", edition) as firm:
        firm.sql("DROP DATABASE users")
        firm.world.add_database("users", recovery="SIMPLE", size_bytes=limit * GIB + MIB)
        name = firm.backup("users")
        told = firm.run.json("restore", name, "--database", "users", "--plan", code=3)
        values = next(one["values"] for one in told["problems"] if one["code"] == "restore.over_limit")

    assert (values["most_bytes"], values["bytes"]) == (limit * GIB, limit * GIB + MIB)


def test_a_volume_without_a_figure_hinders_nobody(firm: Company):
    name = firm.backup("users")
    firm.world.disk.add_share("\\\\nas\\datos")
    firm.configured("odbc", data_dir="\\\\nas\\datos", log_dir=LOGS)
    told = firm.run.json("restore", name, "--database", "users", "--to", "copia")

    assert told["restored"][0]["to"] == "copia"
    assert firm.count("copia") == ROWS
