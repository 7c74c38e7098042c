"""Where the server puts the files of a database that comes back under a new name: each to a place of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlserver_double.database_files import make_files
from support.sqlserver import ROWS, Company, company

from rexus.modules.backup.engines.headers import FileEntry
from rexus.modules.backup.engines.sqlserver_facts import ServerFacts
from rexus.modules.backup.engines.sqlserver_restore import new_paths

LIKE = ("datos 1", "datos_1", "DATOS.1", "datos_1_2", "Datos-1")
"""Logical names that a server tells apart, and that come to the same name of a file."""
ROOM = "x" * 120


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    pytest.importorskip("pyodbc", reason="no libodbc on this system")
    with company(tmp_path, "odbc") as made:
        yield made


def files(firm: Company, database: str) -> dict[str, str]:
    rows = firm.sql(f"SELECT name, physical_name FROM sys.master_files WHERE database_id = DB_ID(N'{database}')")
    return {str(name): str(path) for name, path in rows}


def test_files_of_like_names_come_back_beside_each_other(firm: Company) -> None:
    users = firm.world.databases["users"]
    first = users.files[0]
    more = tuple(
        replace(first, id=number, logical=name, physical=first.physical.replace(".mdf", f"_{number}.ndf"))
        for number, name in enumerate(LIKE, 3)
    )
    users.files = (*users.files, *more)
    make_files(firm.world, users)
    name = firm.backup("users")
    firm.run.json("restore", name, "--database", "users", "--to", "vuelta")

    assert firm.count("vuelta") == ROWS
    places = files(firm, "vuelta")
    assert places.keys() == {one.logical for one in users.files}
    assert len({path.casefold() for path in places.values()}) == len(places)
    assert firm.run.json("drill", "users")["drills"][0]["ok"]


@given(
    names=st.lists(st.sampled_from((*LIKE, ROOM, f"{ROOM}y", "a_2", "A", "a", "a_3", "ä")), min_size=1, max_size=12),
    kinds=st.lists(st.sampled_from("DDLFS"), min_size=12, max_size=12),
    platform=st.sampled_from(("Windows", "Linux")),
    log_folder=st.sampled_from(("", "L")),
)
def test_no_two_files_have_one_place(names: list[str], kinds: list[str], platform: str, log_folder: str) -> None:
    data = "D:\\Datos" if platform == "Windows" else "/datos"
    server = ServerFacts(
        name="S", machine="S", version="16.0.1000", edition="Standard", engine_edition=2, platform=platform,
        collation="", backup_folder="", data_folder=data, log_folder=data + log_folder, compresses_by_default=False,
        utc_offset_minutes=60, time=None, login="sa", is_sysadmin=True, is_dbcreator=True, may_create=True,
        may_view_state=True, may_kill=True,
    )  # fmt: skip
    entries = [
        FileEntry(logical_name=name, physical_name="", type=kind, file_id=number, size_bytes=1)
        for number, (name, kind) in enumerate(zip(names, kinds, strict=False), 1)
    ]
    paths = new_paths(server, "nueva", entries)

    assert len({path.casefold() for path in paths}) == len(entries)
    assert all(path.startswith(data) for path in paths)
    assert [path.endswith(".ldf") for path in paths] == [one.type == "L" for one in entries]
