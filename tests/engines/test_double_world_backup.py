"""BACKUP in the double's world: what it says and in which order, what is in the file, what it refuses."""

from datetime import timedelta
from pathlib import Path

import pytest
from engines.double_talk import Aside, ask, come_in, fine, world_in
from sqlserver_double.sessions import WorldSession
from sqlserver_double.world import SqlWorld
from sqlserver_double.world_messages import say

from rexus.modules.backup.engines.bak import check_file

ROWS = [{"id": n, "nombre": f"Cliente {n}"} for n in range(300)]


@pytest.fixture
def world(tmp_path: Path) -> SqlWorld:
    made = world_in(tmp_path)
    made.add_database("Tienda", tables={"clientes": ROWS})
    made.add_database("Simple", recovery="SIMPLE")
    return made


@pytest.fixture
def sa(world: SqlWorld) -> WorldSession:
    return come_in(world)


def bak(world: SqlWorld, name: str) -> Path:
    return world.share_of("C:\\Backup") / name


def test_the_stream_of_a_backup(sa: WorldSession) -> None:
    """Every message is followed by a DONE of its own; 4035 of the data comes before the last percent."""
    talk = fine(sa, "BACKUP DATABASE Tienda TO DISK = N'C:\\Backup\\t.bak' WITH STATS = 40, CHECKSUM")
    assert talk.numbers == [3211, 3211, 4035, 3211, 4035, 3014]
    assert talk.texts[3] == "100 percent processed."
    assert talk.texts[-1].startswith("BACKUP DATABASE successfully processed ")
    assert [type(one).__name__ for one in talk.answers] == ["Message", "Done"] * 6
    assert {one.command for one in talk.done} == {228}
    assert [one.more for one in talk.done] == [True] * 5 + [False]
    assert {one.severity for one in talk.answers if hasattr(one, "severity")} == {10}


def test_the_file_is_a_real_one(world: SqlWorld, sa: WorldSession) -> None:
    fine(sa, "BACKUP DATABASE Tienda TO DISK = N'C:\\Backup\\t.bak' WITH CHECKSUM, NAME = N'noche', DESCRIPTION = N'd'")
    with bak(world, "t.bak").open("rb") as file:
        report = check_file(file)
    assert report.is_sound
    header = report.contents.sets[0].header
    assert (header.database, header.name, header.description, header.server) == ("Tienda", "noche", "d", "RXSRV")
    assert (header.has_checksums, header.software_major, header.utc_offset_minutes) == (True, 16, 120)
    assert header.set_guid == world.history.sets[0].guid


def test_without_stats_no_percent_is_said(sa: WorldSession) -> None:
    assert fine(sa, "BACKUP DATABASE Tienda TO DISK = 't.bak'").numbers == [4035, 4035, 3014]


def test_a_bare_name_goes_to_the_default_folder(world: SqlWorld, sa: WorldSession) -> None:
    fine(sa, "DECLARE @d sysname = N'Tienda', @f nvarchar(200) = N't.bak'; BACKUP DATABASE @d TO DISK = @f")
    assert (world.share_of(world.backup_folder) / "t.bak").is_file()


def test_verbs_of_success(sa: WorldSession) -> None:
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'a.bak'")
    differential = fine(sa, "BACKUP DATABASE Tienda TO DISK = 'b.bak' WITH DIFFERENTIAL")
    assert differential.texts[-1].startswith("BACKUP DATABASE WITH DIFFERENTIAL successfully processed ")
    log = fine(sa, "BACKUP LOG Tienda TO DISK = 'c.trn'")
    assert log.texts[-1].startswith("BACKUP LOG successfully processed ")
    assert {one.command for one in log.done} == {235}


@pytest.mark.parametrize(
    ("text", "numbers", "state"),
    [
        ("BACKUP DATABASE nada TO DISK = 'x.bak'", [911, 3013], 11),
        ("BACKUP DATABASE tempdb TO DISK = 'x.bak'", [3147, 3013], 1),
        ("BACKUP DATABASE master TO DISK = 'x.bak' WITH DIFFERENTIAL", [3024, 3013], 0),
        ("BACKUP LOG master TO DISK = 'x.bak'", [4212, 3013], 1),
        ("BACKUP LOG Simple TO DISK = 'x.bak'", [4208, 3013], 1),
        ("BACKUP LOG Tienda TO DISK = 'x.bak'", [4214, 3013], 1),
        ("BACKUP DATABASE Tienda TO DISK = 'x.bak' WITH DIFFERENTIAL", [3035, 3013], 1),
        ("BACKUP DATABASE Tienda TO DISK = ''", [3044, 3013], 1),
        ("BACKUP DATABASE Tienda TO DISK = 'C:\\nada\\x.bak'", [3201, 3013], 1),
        ("BACKUP DATABASE Tienda TO URL = 'https://a.blob.core.windows.net/c/x.bak'", [3201, 3013], 1),
        ("BACKUP DATABASE Tienda TO somewhere", [3206, 3013], 1),
        ("BACKUP DATABASE Tienda TO DISK = 'x.bak' MIRROR TO DISK = 'y.bak' WITH FORMAT", [3218, 3013], 1),
    ],
)
def test_refusals(sa: WorldSession, text: str, numbers: list[int], state: int) -> None:
    """The cause first, 3013 last, then one DONE with an error."""
    talk = ask(sa, text)
    assert talk.errors == numbers
    assert talk.message(numbers[0]).state == state
    assert len(talk.done) == 1
    assert talk.done[0].error


def test_operating_system_errors(world: SqlWorld, sa: WorldSession) -> None:
    backup = "BACKUP DATABASE Tienda TO DISK = N'{}'"
    assert "3(The system cannot find the path specified.)" in ask(sa, backup.format("C:\\nada\\x.bak")).texts[0]
    assert "53(The network path was not found.)" in ask(sa, backup.format("\\\\nas\\copias\\x.bak")).texts[0]
    world.disk.add_share("\\\\nas\\copias")
    fine(sa, backup.format("\\\\nas\\copias\\x.bak"))
    assert (world.share_of("\\\\nas\\copias") / "x.bak").is_file()
    assert "67(" in ask(sa, backup.format("\\\\nas\\otra\\x.bak")).texts[0]
    world.disk.make_read_only("C:\\Backup")
    assert "5(Access is denied.)" in ask(sa, backup.format("c:\\BACKUP\\x.bak")).texts[0]


def test_a_missing_folder_on_linux_is_error_5(tmp_path: Path) -> None:
    world = world_in(tmp_path, platform="linux")
    world.add_database("Tienda")
    talk = ask(come_in(world), "BACKUP DATABASE Tienda TO DISK = N'/var/nada/x.bak'")
    assert "Operating system error 5(Access is denied.)" in talk.texts[0]


def test_a_full_disk(world: SqlWorld, sa: WorldSession) -> None:
    world.disk.fill_after("C:\\Backup", 50_000)
    talk = ask(sa, "BACKUP DATABASE Tienda TO DISK = N'C:\\Backup\\t.bak'")
    assert talk.errors == [3202, 3013]
    assert "112(There is not enough space on the disk.)" in talk.texts[0]
    assert bak(world, "t.bak").stat().st_size == 50_000
    assert world.history.sets == []


@pytest.mark.parametrize("edition", ["express2019", "express2022"])
def test_express_does_not_compress(tmp_path: Path, edition: str) -> None:
    world = world_in(tmp_path, edition)
    world.add_database("Tienda")
    world.settings["backup compression default"].running = 1
    sa = come_in(world)
    talk = ask(sa, "BACKUP DATABASE Tienda TO DISK = 't.bak' WITH COMPRESSION")
    assert talk.errors == [1844, 3013]
    assert talk.texts[0] == "BACKUP DATABASE WITH COMPRESSION is not supported on Express Edition (64-bit)."
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 't.bak'")
    assert fine(sa, "SELECT compressed_backup_size, backup_size FROM msdb.dbo.backupset").rows[0][0] is not None


def test_sets_are_appended_unless_init_or_format(world: SqlWorld, sa: WorldSession) -> None:
    for _ in range(2):
        fine(sa, "BACKUP DATABASE Tienda TO DISK = N'C:\\Backup\\t.bak'")
    heads = fine(sa, "RESTORE HEADERONLY FROM DISK = N'C:\\Backup\\t.bak'").records
    assert [one["Position"] for one in heads] == [1, 2]
    one = fine(sa, "RESTORE HEADERONLY FROM DISK = N'C:\\Backup\\t.bak' WITH FILE = 2").records
    assert [each["BackupSetGUID"] for each in one] == [heads[1]["BackupSetGUID"]]
    media = fine(sa, "RESTORE LABELONLY FROM DISK = N'C:\\Backup\\t.bak'").records[0]["MediaSetId"]
    fine(sa, "BACKUP DATABASE Tienda TO DISK = N'C:\\Backup\\t.bak' WITH INIT")
    assert len(fine(sa, "RESTORE HEADERONLY FROM DISK = N'C:\\Backup\\t.bak'").rows) == 1
    assert fine(sa, "RESTORE LABELONLY FROM DISK = N'C:\\Backup\\t.bak'").records[0]["MediaSetId"] == media
    fine(sa, "BACKUP DATABASE Tienda TO DISK = N'C:\\Backup\\t.bak' WITH FORMAT")
    assert fine(sa, "RESTORE LABELONLY FROM DISK = N'C:\\Backup\\t.bak'").records[0]["MediaSetId"] != media


def test_sets_on_compressed_media_are_compressed(world: SqlWorld, sa: WorldSession) -> None:
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'C:\\Backup\\c.bak' WITH COMPRESSION, CHECKSUM")
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'C:\\Backup\\c.bak' WITH CHECKSUM")
    heads = fine(sa, "RESTORE HEADERONLY FROM DISK = 'C:\\Backup\\c.bak'").records
    assert [one["Compressed"] for one in heads] == [1, 1]
    assert bak(world, "c.bak").read_bytes()[:8] == b"MSSQLBAK"
    assert fine(sa, "RESTORE VERIFYONLY FROM DISK = 'C:\\Backup\\c.bak' WITH FILE = 2").numbers == [3262]


def test_media_that_are_used_again(world: SqlWorld, sa: WorldSession) -> None:
    bak(world, "junk.bak").write_bytes(b"this is no backup" * 1000)
    assert ask(sa, "BACKUP DATABASE Tienda TO DISK = 'C:\\Backup\\junk.bak'").errors == [3242, 3013]
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'C:\\Backup\\junk.bak' WITH FORMAT")
    assert ask(sa, "BACKUP DATABASE Tienda TO DISK = 'C:\\Backup\\junk.bak' WITH COMPRESSION").errors == [3098, 3013]
    two = "DISK = 'C:\\Backup\\junk.bak', DISK = 'C:\\Backup\\other.bak'"
    assert ask(sa, f"BACKUP DATABASE Tienda TO {two}").errors == [3231, 3013]
    whole = bak(world, "junk.bak").read_bytes()
    bak(world, "junk.bak").write_bytes(whole[:-2000])
    assert ask(sa, "BACKUP DATABASE Tienda TO DISK = 'C:\\Backup\\junk.bak'").errors == [3266, 3013]


def test_expired_sets_only_are_overwritten_by_init(world: SqlWorld, sa: WorldSession) -> None:
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 't.bak' WITH RETAINDAYS = 2")
    assert ask(sa, "BACKUP DATABASE Tienda TO DISK = 't.bak' WITH INIT").errors == [4030, 3013]
    world.clock.advance(timedelta(days=3))
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 't.bak' WITH INIT")


def test_stripes_and_mirrors(tmp_path: Path) -> None:
    world = world_in(tmp_path, "developer2025")
    world.add_database("Tienda", tables={"clientes": ROWS}, filler_bytes=300_000)
    sa = come_in(world)
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'C:\\Backup\\1.bak', DISK = 'C:\\Backup\\2.bak' WITH CHECKSUM")
    label = fine(sa, "RESTORE LABELONLY FROM DISK = 'C:\\Backup\\2.bak'").records[0]
    assert (label["FamilyCount"], label["FamilySequenceNumber"]) == (2, 2)
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'C:\\Backup\\a.bak' MIRROR TO DISK = 'C:\\Backup\\b.bak' WITH FORMAT")
    assert bak(world, "a.bak").read_bytes() == bak(world, "b.bak").read_bytes()
    families = fine(sa, "SELECT physical_device_name, mirror FROM msdb..backupmediafamily ORDER BY 1").rows
    assert [row[1] for row in families if str(row[0]).endswith(("a.bak", "b.bak"))] == [0, 1]


def test_nul_counts_as_a_backup(sa: WorldSession) -> None:
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'NUL'")
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'd.bak' WITH DIFFERENTIAL")
    fine(sa, "BACKUP LOG Tienda TO DISK = 'l.trn'")


def test_damaged_pages(world: SqlWorld, sa: WorldSession) -> None:
    world.damage("Tienda", "clientes")
    assert ask(sa, "BACKUP DATABASE Tienda TO DISK = 'a.bak' WITH CHECKSUM").errors == [3043, 3013]
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'b.bak'")
    talk = fine(sa, "BACKUP DATABASE Tienda TO DISK = 'c.bak' WITH CHECKSUM, CONTINUE_AFTER_ERROR")
    assert talk.numbers[-2:] == [3042, 3014]
    assert fine(sa, "RESTORE HEADERONLY FROM DISK = 'c.bak'").records[0]["IsDamaged"] is True


def test_history_agrees_with_the_file(world: SqlWorld, sa: WorldSession) -> None:
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'C:\\Backup\\t.bak' WITH NAME = 'n', COPY_ONLY")
    head = fine(sa, "RESTORE HEADERONLY FROM DISK = 'C:\\Backup\\t.bak'").records[0]
    row = fine(
        sa,
        "SELECT s.*, f.physical_device_name FROM msdb.dbo.backupset s JOIN msdb.dbo.backupmediafamily f "
        "ON f.media_set_id = s.media_set_id",
    ).records[0]
    same = {
        "backup_set_uuid": "BackupSetGUID", "first_lsn": "FirstLSN", "last_lsn": "LastLSN", "position": "Position",
        "checkpoint_lsn": "CheckpointLSN", "backup_finish_date": "BackupFinishDate", "is_copy_only": "IsCopyOnly",
        "family_guid": "FamilyGUID", "backup_size": "BackupSize", "name": "BackupName", "user_name": "UserName",
        "last_recovery_fork_guid": "RecoveryForkID",
    }  # fmt: skip
    assert {ours: row[ours] for ours in same} == {ours: head[theirs] for ours, theirs in same.items()}
    assert (row["type"], row["physical_device_name"]) == ("D", "C:\\Backup\\t.bak")


def test_encryption_needs_its_certificate(world: SqlWorld, sa: WorldSession) -> None:
    encrypted = "WITH ENCRYPTION (ALGORITHM = AES_256, SERVER CERTIFICATE = bc), FORMAT"
    assert ask(sa, f"BACKUP DATABASE Tienda TO DISK = 'e.bak' {encrypted}").errors == [15151, 3013]
    fine(sa, "CREATE CERTIFICATE bc WITH SUBJECT = 'copias'")
    fine(sa, f"BACKUP DATABASE Tienda TO DISK = 'C:\\Backup\\e.bak' {encrypted}")
    fine(sa, "BACKUP CERTIFICATE bc TO FILE = 'C:\\Backup\\bc.cer' WITH PRIVATE KEY (FILE = 'C:\\Backup\\bc.key', "
             "ENCRYPTION BY PASSWORD = 'x')")  # fmt: skip
    assert fine(sa, "RESTORE HEADERONLY FROM DISK = 'C:\\Backup\\e.bak'").records[0]["KeyAlgorithm"] == "aes_256"
    assert b"Cliente 1" not in bak(world, "e.bak").read_bytes()
    with bak(world, "e.bak").open("rb") as file:
        assert "bak.encrypted" in {one.code for one in check_file(file).contents.findings}
    fine(sa, "DROP CERTIFICATE bc")
    assert ask(sa, "RESTORE FILELISTONLY FROM DISK = 'C:\\Backup\\e.bak'").errors == [33111, 3013]
    fine(sa, "CREATE CERTIFICATE bc FROM FILE = 'C:\\Backup\\bc.cer' WITH PRIVATE KEY (FILE = 'C:\\Backup\\bc.key', "
             "DECRYPTION BY PASSWORD = 'x')")  # fmt: skip
    assert fine(sa, "RESTORE VERIFYONLY FROM DISK = 'C:\\Backup\\e.bak'").numbers == [3262]


def test_two_data_backups_of_one_database_wait_for_each_other(world: SqlWorld, sa: WorldSession) -> None:
    hold = world.faults.hold("backup.half")
    first = Aside(sa, "BACKUP DATABASE Tienda TO DISK = 'a.bak'")
    assert hold.reached.wait(10)
    second = Aside(come_in(world), "BACKUP DATABASE Tienda TO DISK = 'b.bak'")
    other = ask(come_in(world), "BACKUP DATABASE Simple TO DISK = 'a.bak' WITH FORMAT")
    assert "32(The process cannot access the file" in other.texts[0]
    hold.release()
    assert first.ended().errors == second.ended().errors == []


def test_named_failures(world: SqlWorld, sa: WorldSession) -> None:
    world.faults.fail("backup.half", say(3271, "C:\\x.bak", "1117(I/O)"))
    assert ask(sa, "BACKUP DATABASE Tienda TO DISK = 'a.bak'").errors == [3271, 3013]
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'b.bak'")
