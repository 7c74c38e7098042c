"""The catalogue, the procedures and the checks of the double's world; and that it understands all that we ask."""

import os
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from engines.double_talk import NOON, ask, come_in, fine, world_in
from sqlserver_double.sessions import WorldSession
from sqlserver_double.world import SqlWorld, make_world

from rexus.modules.backup.base.records import BackupKind
from rexus.modules.backup.engines import tsql, tsql_ask

ODD = "raro ] 'nombre' ñ"


@pytest.fixture
def world(tmp_path: Path) -> SqlWorld:
    made = world_in(tmp_path)
    made.share_of("C:\\Data")
    made.add_database("Tienda", tables={"clientes": [{"id": n} for n in range(7)], "ventas.pedidos": [{"id": 1}]})
    made.add_database(ODD, recovery="SIMPLE", tables={"t": [{"a": "x"}]})
    return made


@pytest.fixture
def sa(world: SqlWorld) -> WorldSession:
    return come_in(world)


QUESTIONS = {
    "server": tsql_ask.SERVER,
    "databases": tsql_ask.databases(),
    "database": tsql_ask.database(ODD),
    "used_bytes": tsql_ask.used_bytes(ODD),
    "files_of": tsql_ask.files_of(ODD),
    "volumes_of": tsql_ask.volumes_of(ODD),
    "drives": tsql_ask.DRIVES,
    "backup_folder": tsql_ask.BACKUP_FOLDER,
    "path_facts": tsql_ask.path_facts("C:\\Backup"),
    "folder_files": tsql_ask.folder_files("C:\\"),
    "history": tsql_ask.history("Tienda", NOON),
    "row_counts": tsql_ask.row_counts("Tienda"),
    "is_preferred": tsql_ask.is_preferred_replica(ODD),
    "columns_of": tsql_ask.columns_of("Tienda", "clientes"),
}
QUIET = {
    "progress": tsql_ask.progress("nobody"),
    "sessions_in": tsql_ask.sessions_in(ODD),
    "orphaned_users": tsql_ask.orphaned_users(ODD),
    "certificate": tsql_ask.certificate("none"),
    "credential": tsql_ask.credential("https://x/y"),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_our_questions_are_answered(sa: WorldSession, name: str) -> None:
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'C:\\Backup\\t.bak'")
    talk = fine(sa, QUESTIONS[name])
    assert talk.rows
    assert all(talk.columns)


@pytest.mark.parametrize("name", QUIET)
def test_our_questions_without_an_answer(sa: WorldSession, name: str) -> None:
    assert fine(sa, QUIET[name]).rows == []


def test_our_orders_are_understood(sa: WorldSession, world: SqlWorld) -> None:
    media = tsql.Media(places=("C:\\Backup\\ñ ' x.bak",))
    full = tsql.backup(tsql.BackupOrder(database=ODD, media=media, name="n", description="d", compression=True))
    assert 3014 in fine(sa, full.text).numbers
    assert 3262 in fine(sa, tsql.verify(media).text).numbers
    assert len(fine(sa, tsql.header_only(media)).rows) == len(fine(sa, tsql.label(media)).rows) == 1
    files = fine(sa, tsql.file_list(media)).records
    moves = tuple(
        tsql.Move(logical_name=str(one["LogicalName"]), path=f"C:\\Data\\{n}.dat") for n, one in enumerate(files)
    )
    order = tsql.RestoreOrder(database="Copia ]", media=media, moves=moves, exclusive=True)
    talk = fine(sa, tsql.as_ascii(tsql.restore(order).text))
    assert 3014 in talk.numbers
    fine(sa, tsql.restore(order).cleanup)
    fine(sa, f"CREATE DATABASE dos; USE dos; {tsql.drop('Copia ]').text}")
    assert fine(sa, "SELECT DB_ID(N'Copia ]'), DB_NAME()").rows == [(None, "dos")]
    fine(sa, tsql.create_folder("C:\\Nueva\\dentro").text)
    assert world.disk.exists("C:\\Nueva\\dentro")[1]
    check = fine(sa, tsql.check_database(ODD).text)
    assert tsql.CHECKED in check.numbers


def test_our_chain_orders_are_understood(sa: WorldSession) -> None:
    for kind in (BackupKind.FULL, BackupKind.DIFFERENTIAL, BackupKind.LOG):
        media = tsql.Media(places=(f"C:\\Backup\\{kind}.bak",))
        order = tsql.backup(tsql.BackupOrder(database="Tienda", media=media, kind=kind))
        assert fine(sa, order.text).texts[-1].startswith(f"{order.verb} successfully processed")
    tail = tsql.BackupOrder(database="Tienda", media=media, kind=BackupKind.LOG, tail=True, exclusive=True)
    inside = come_in(sa.world, database="Tienda")
    assert fine(sa, tsql.backup(tail).text).numbers[-1] == 3014
    assert ask(inside, "SELECT 1").dropped
    assert fine(sa, tsql.recover("Tienda").text).numbers == [3014]


def test_state_of_a_chain_in_the_catalogue(sa: WorldSession, world: SqlWorld) -> None:
    query = tsql_ask.database("Tienda")
    (before,) = fine(sa, query).records
    assert (before["last_log_backup_lsn"], before["differential_base_guid"]) == (None, None)
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'C:\\Backup\\t.bak'")
    (head,) = fine(sa, "RESTORE HEADERONLY FROM DISK = 'C:\\Backup\\t.bak'").records
    (after,) = fine(sa, query).records
    assert after["last_log_backup_lsn"] == head["FirstLSN"]
    assert uuid.UUID(str(after["differential_base_guid"])) == head["BackupSetGUID"]
    fine(sa, "BACKUP LOG Tienda TO DISK = 'C:\\Backup\\t.trn'")
    (log,) = fine(sa, "RESTORE HEADERONLY FROM DISK = 'C:\\Backup\\t.trn'").records
    assert (log["FirstLSN"], log["BeginsLogChain"]) == (head["FirstLSN"], True)
    fine(sa, "ALTER DATABASE Tienda SET RECOVERY SIMPLE; ALTER DATABASE Tienda SET RECOVERY FULL")
    assert ask(sa, "BACKUP LOG Tienda TO DISK = 'C:\\Backup\\u.trn'").errors == [4214, 3013]
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'C:\\Backup\\d.bak' WITH DIFFERENTIAL")
    fine(sa, "BACKUP LOG Tienda TO DISK = 'C:\\Backup\\u.trn'")


def test_lsns_grow_with_every_change(sa: WorldSession) -> None:
    lsns: list[int] = []
    for number in range(3):
        fine(sa, f"INSERT INTO Tienda.dbo.clientes VALUES ({100 + number}); BACKUP DATABASE Tienda TO DISK = 'NUL'")
        lsns.append(int(str(fine(sa, "SELECT MAX(last_lsn) FROM msdb.dbo.backupset").value)))
    assert lsns == sorted(set(lsns))


@pytest.mark.parametrize(
    ("edition", "columns", "name"),
    [("express2019", 56, "RXSRV\\SQLEXPRESS"), ("standard2022", 59, "RXSRV"), ("developer2025", 59, "RXSRV")],
)
def test_editions(tmp_path: Path, edition: str, columns: int, name: str) -> None:
    world = world_in(tmp_path, edition)
    sa = come_in(world)
    fine(sa, "BACKUP DATABASE master TO DISK = 'm.bak'")
    assert len(fine(sa, "RESTORE HEADERONLY FROM DISK = 'm.bak'").columns) == columns
    (row,) = fine(sa, tsql_ask.SERVER).records
    assert (row["server_name"], row["engine_edition"]) == (name, world.edition.engine)
    assert str(row["product_version"]).startswith(f"{world.version[0]}.0.")
    assert str(row["edition"]) in str(fine(sa, "SELECT @@VERSION").value)


def test_types_of_headers_are_the_servers(sa: WorldSession) -> None:
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 't.bak'")
    types = fine(sa, "RESTORE HEADERONLY FROM DISK = 't.bak'").types
    assert (types["FirstLSN"], types["BackupType"], types["BackupSetGUID"]) == (
        "numeric(25,0)", "tinyint", "uniqueidentifier",
    )  # fmt: skip
    talk = fine(sa, "RESTORE FILELISTONLY FROM DISK = 't.bak'")
    assert len(talk.columns) == 22
    assert [one.command for one in talk.done] == [230, 376]


def test_linux(tmp_path: Path) -> None:
    world = make_world(tmp_path, "developer2025", "linux")
    sa = come_in(world)
    world.add_database("Tienda")
    assert fine(sa, "SELECT host_platform FROM sys.dm_os_host_info").value == "Linux"
    fine(sa, "BACKUP DATABASE Tienda TO DISK = N'/var/opt/mssql/data/t.bak'")
    assert (tmp_path / "root/var/opt/mssql/data/t.bak").is_file()
    if os.name != "nt":  # its disk is ours, and Windows takes one letter for the other
        exists = "SELECT * FROM sys.dm_os_file_exists(N'/var/opt/mssql/data/T.bak')"
        assert fine(sa, exists).rows == [(False, False, True)]


def test_files_and_folders(sa: WorldSession, world: SqlWorld) -> None:
    fine(sa, "EXEC xp_create_subdir N'C:\\Backup\\a'; BACKUP DATABASE Tienda TO DISK = N'C:\\Backup\\a\\t.bak'")
    assert fine(sa, "EXEC master.dbo.xp_fileexist N'c:\\backup\\A\\T.BAK'").rows == [(1, 0, 1)]
    assert fine(sa, "EXEC xp_dirtree N'C:\\Backup', 0, 1").rows == [("a", 1, 0), ("t.bak", 2, 1)]
    (world.share_of("C:\\Backup\\a") / "notes.bak").write_text("no backup", "utf-8")
    fine(sa, "EXEC xp_delete_file 0, N'C:\\Backup\\a', N'bak'")
    assert [path.name for path in world.share_of("C:\\Backup\\a").iterdir()] == ["notes.bak"]
    exists = "DECLARE @e int; EXEC xp_fileexist N'C:\\Backup\\a\\notes.bak', @e OUTPUT; SELECT @e"
    assert fine(sa, exists).value == 1


def test_room_on_the_disk(sa: WorldSession, world: SqlWorld) -> None:
    world.disk.capacity["C:\\"] = 10 * 2**30
    (before,) = fine(sa, tsql_ask.DRIVES).records
    world.add_database("Grande", size_bytes=4 * 2**30)
    (after,) = fine(sa, tsql_ask.DRIVES).records
    assert 4 * 2**30 <= int(str(before["free_bytes"])) - int(str(after["free_bytes"])) < 4.1 * 2**30


def test_configuration(sa: WorldSession) -> None:
    read = "SELECT value_in_use FROM sys.configurations WHERE name = 'backup compression default'"
    assert fine(sa, read).value == 0
    fine(sa, "EXEC sp_configure 'backup compression default', 1; RECONFIGURE")
    assert fine(sa, read).value == 1
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'c.bak'")
    assert fine(sa, "RESTORE HEADERONLY FROM DISK = 'c.bak'").records[0]["Compressed"] == 1
    assert ask(sa, "EXEC sp_configure 'no such option'").errors == [15123]


def test_checkdb(sa: WorldSession, world: SqlWorld) -> None:
    assert fine(sa, "DBCC CHECKDB (N'Tienda') WITH NO_INFOMSGS").answers[:-1] == []
    assert fine(sa, "DBCC CHECKDB ('Tienda')").numbers[-2:] == [8989, 2528]
    world.damage("Tienda", "clientes")
    talk = ask(sa, "DBCC CHECKDB (N'Tienda') WITH NO_INFOMSGS, ALL_ERRORMSGS; PRINT 'on'")
    assert talk.numbers == [8939, 8928, 8990, 8989, 8958, 0]
    assert talk.texts[3] == "CHECKDB found 0 allocation errors and 2 consistency errors in database 'Tienda'."
    rows = ask(sa, "DBCC CHECKDB (N'Tienda') WITH TABLERESULTS, NO_INFOMSGS").records
    assert [(one["Error"], one["Level"], one["RepairLevel"]) for one in rows][:2] == [
        (8939, 16, "repair_allow_data_loss"), (8928, 16, "repair_allow_data_loss"),
    ]  # fmt: skip


def test_undeclared_parameters_are_not_deduced(sa: WorldSession) -> None:
    assert ask(sa, "EXEC sp_describe_undeclared_parameters N'SELECT @P1'").errors == [11502]


def test_a_clock_in_the_hand(world: SqlWorld, sa: WorldSession) -> None:
    before = fine(sa, "SELECT SYSDATETIME(), SYSUTCDATETIME()").rows[0]
    world.clock.advance(timedelta(days=1))
    after = fine(sa, "SELECT SYSDATETIME(), DATEPART(tzoffset, SYSDATETIMEOFFSET())").rows[0]
    assert after[0] - before[0] == timedelta(days=1)  # type: ignore[operator]
    assert before[0] - before[1] == timedelta(hours=2)  # type: ignore[operator]
    assert after[1] == 120


def test_a_batch_inside_another_database(sa: WorldSession, world: SqlWorld) -> None:
    world.add_login("caja", "x")
    world.add_user("Tienda", "caja", name="vieja")
    fine(sa, tsql.adopt_user("Tienda", "vieja", "caja").text)
    assert fine(sa, "SELECT DB_NAME()").value == "master"
