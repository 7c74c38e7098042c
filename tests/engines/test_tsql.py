"""The statements themselves, word for word: this is what the server gets."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from engines.tsql_words import words

from rexus.modules.backup.base.errors import BadInput
from rexus.modules.backup.base.records import BackupKind
from rexus.modules.backup.engines import tsql, tsql_ask
from rexus.modules.backup.engines.tsql import BackupOrder, Encryption, Media, Move, RestoreOrder, Stop

ONE = Media(places=(r"D:\b\users.bak",))


def test_a_full_backup() -> None:
    made = tsql.backup(BackupOrder(database="users", media=ONE, name="n", description="d", compression=True))
    assert made.text == (
        "BACKUP DATABASE [users]\n"
        "TO DISK = N'D:\\b\\users.bak'\n"
        "WITH FORMAT, INIT, CHECKSUM, NAME = N'n', DESCRIPTION = N'd', COMPRESSION, STATS = 5;"
    )
    assert (made.verdict, made.verb, made.cleanup) == (3014, "BACKUP DATABASE", "")


def test_a_differential_backup_on_stripes() -> None:
    media = Media(places=("/b/1", "/b/2"))
    made = tsql.backup(BackupOrder(database="x", media=media, kind=BackupKind.DIFFERENTIAL, compression=False))
    assert made.text == (
        "BACKUP DATABASE [x]\nTO DISK = N'/b/1',\nDISK = N'/b/2'\n"
        "WITH DIFFERENTIAL, FORMAT, INIT, CHECKSUM, NO_COMPRESSION, STATS = 5;"
    )
    assert made.verb == "BACKUP DATABASE WITH DIFFERENTIAL"


def test_an_encrypted_copy_only_backup_to_an_address() -> None:
    order = BackupOrder(
        database="x",
        media=Media(places=("https://a/b",), url=True),
        copy_only=True,
        encryption=Encryption(certificate="c]"),
        block_size=65536,
        max_transfer_size=4194304,
        buffer_count=20,
        stats=10,
    )
    assert tsql.backup(order).text == (
        "BACKUP DATABASE [x]\nTO URL = N'https://a/b'\n"
        "WITH FORMAT, CHECKSUM, COPY_ONLY, ENCRYPTION (ALGORITHM = AES_256, SERVER CERTIFICATE = [c]]]), "
        "BLOCKSIZE = 65536, MAXTRANSFERSIZE = 4194304, BUFFERCOUNT = 20, STATS = 10;"
    )


def test_a_log_backup_that_is_added_to_its_file() -> None:
    made = tsql.backup(BackupOrder(database="x", media=ONE, kind=BackupKind.LOG, append=True))
    assert made.text.startswith("BACKUP LOG [x]\n")
    assert made.text.endswith("WITH NOINIT, CHECKSUM, STATS = 5;")
    assert made.verb == "BACKUP LOG"


def test_the_tail_of_the_log_of_a_lost_database() -> None:
    made = tsql.backup(BackupOrder(database="x", media=ONE, kind=BackupKind.LOG, tail=True, damaged=True))
    assert "WITH FORMAT, INIT, CHECKSUM, NORECOVERY, NO_TRUNCATE, STATS = 5;" in made.text


def test_only_log_backups_have_a_tail() -> None:
    made = tsql.backup(BackupOrder(database="x", media=ONE, tail=True, damaged=True))
    assert "NORECOVERY" not in made.text
    assert "NO_TRUNCATE" not in made.text


@pytest.mark.parametrize("count", [0, 65])
def test_a_media_set_has_one_to_sixty_four_files(count: int) -> None:
    with pytest.raises(BadInput, match="stripes_count"):
        tsql.backup(BackupOrder(database="x", media=Media(places=("p",) * count)))


def test_a_restore_beside_what_is_there() -> None:
    order = RestoreOrder(
        database="copy",
        media=ONE,
        position=3,
        moves=(Move(logical_name="users", path="/d/copy.mdf"), Move(logical_name="users_log", path="/d/copy.ldf")),
        recovery=False,
    )
    made = tsql.restore(order)
    assert made.text == (
        "RESTORE DATABASE [copy]\nFROM DISK = N'D:\\b\\users.bak'\n"
        "WITH FILE = 3, MOVE N'users' TO N'/d/copy.mdf', MOVE N'users_log' TO N'/d/copy.ldf', NORECOVERY, CHECKSUM, "
        "STATS = 5;"
    )
    assert (made.verdict, made.verb, made.cleanup) == (3014, "RESTORE DATABASE", "")


def test_a_log_is_applied_up_to_an_instant() -> None:
    stop = Stop(at=datetime(2026, 4, 21, 17, 0, 0, 123456))
    made = tsql.restore(RestoreOrder(database="x", media=ONE, log=True, recovery=False, checksum=False, stop=stop))
    assert "WITH FILE = 1, NORECOVERY, STOPAT = N'2026-04-21T17:00:00.123', STATS = 5;" in made.text
    assert made.verb == "RESTORE LOG"


@pytest.mark.parametrize(
    ("stop", "clause"),
    [
        (Stop(lsn=39000000172000001), "STOPATMARK = N'lsn:39000000172000001'"),
        (Stop(lsn=7, before=True), "STOPBEFOREMARK = N'lsn:7'"),
        (Stop(mark="m"), "STOPATMARK = N'm'"),
        (
            Stop(mark="m", before=True, after=datetime(2026, 1, 2)),
            "STOPBEFOREMARK = N'm' AFTER N'2026-01-02T00:00:00.000'",
        ),
    ],
)
def test_a_log_is_applied_up_to_a_mark(stop: Stop, clause: str) -> None:
    assert f", {clause}, " in tsql.restore(RestoreOrder(database="x", media=ONE, log=True, stop=stop)).text


def test_the_server_keeps_no_zone() -> None:
    with pytest.raises(AssertionError):
        tsql.instant(datetime(2026, 1, 2, tzinfo=UTC))


def test_a_restore_in_the_place_of_a_used_database() -> None:
    """Everybody out, restore, everybody in again: one batch, and the second step only after the first."""
    made = tsql.restore(RestoreOrder(database="u]", media=ONE, replace=True, exclusive=True))
    assert made.text == (
        "DECLARE @error int = 0;\n"
        "IF EXISTS (SELECT 1 FROM sys.databases WHERE name = N'u]' AND state = 0)\n"
        "BEGIN\n"
        "ALTER DATABASE [u]]] SET SINGLE_USER WITH ROLLBACK IMMEDIATE;\n"
        "SET @error = @@ERROR;\n"
        "END;\n"
        "IF @error = 0\n"
        "RESTORE DATABASE [u]]]\nFROM DISK = N'D:\\b\\users.bak'\n"
        "WITH FILE = 1, RECOVERY, REPLACE, CHECKSUM, STATS = 5;"
    )
    assert (
        made.cleanup
        == tsql.release("u]")
        == (
            "IF EXISTS (SELECT 1 FROM sys.databases WHERE name = N'u]' AND state = 0 AND user_access <> 0)\n"
            "ALTER DATABASE [u]]] SET MULTI_USER WITH ROLLBACK IMMEDIATE;"
        )
    )


def test_looking_at_a_backup() -> None:
    assert tsql.header_only(ONE) == "RESTORE HEADERONLY\nFROM DISK = N'D:\\b\\users.bak';"
    assert tsql.file_list(ONE, 2) == "RESTORE FILELISTONLY\nFROM DISK = N'D:\\b\\users.bak'\nWITH FILE = 2;"
    assert tsql.label(ONE) == "RESTORE LABELONLY\nFROM DISK = N'D:\\b\\users.bak';"
    made = tsql.verify(ONE, 2)
    assert made.text == "RESTORE VERIFYONLY\nFROM DISK = N'D:\\b\\users.bak'\nWITH FILE = 2, CHECKSUM, STATS = 5;"
    assert made.verdict == 3262
    assert "CHECKSUM" not in tsql.verify(ONE, checksum=False).text


def test_the_rest() -> None:
    assert tsql.recover("x").text == "RESTORE DATABASE [x] WITH RECOVERY;"
    assert tsql.check_database("x").text == "DBCC CHECKDB (N'x') WITH ALL_ERRORMSGS;"
    assert tsql.check_database("x").verdict == 8989
    assert tsql.check_database("x", physical_only=True).text.endswith("ALL_ERRORMSGS, PHYSICAL_ONLY;")
    assert tsql.kill(57).text == "KILL 57;"
    assert tsql.create_folder("/b/ñ").text == "EXEC master.dbo.xp_create_subdir N'/b/ñ';"
    assert tsql.set_owner("x", "sa").text == "ALTER AUTHORIZATION ON DATABASE::[x] TO [sa];"
    assert tsql.drop("x").text.endswith("\nDROP DATABASE [x];")
    assert tsql.adopt_user("d", "u", "l").text == "EXEC [d].sys.sp_executesql N'ALTER USER [u] WITH LOGIN = [l];';"


def test_history_is_asked_from_an_instant_on() -> None:
    assert "backup_finish_date >= N'2026-01-02T03:04:05.000'" in tsql_ask.history("x", datetime(2026, 1, 2, 3, 4, 5))
    assert ">=" not in tsql_ask.history("x")


@pytest.mark.parametrize("question", [tsql_ask.SERVER, tsql_ask.DRIVES, tsql_ask.BACKUP_FOLDER, tsql_ask.databases()])
def test_questions_without_a_name_are_read_as_they_are(question: str) -> None:
    assert words(question)
    assert tsql.as_ascii(question) == question
