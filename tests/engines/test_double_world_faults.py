"""What happens in the middle: attentions, lost clients, KILL, restarts of the server; and what is left of the work."""

from pathlib import Path

import pytest
from engines.double_talk import Aside, ask, come_in, fine, world_in
from sqlserver_double.answers import Message
from sqlserver_double.sessions import WorldSession
from sqlserver_double.world import SqlWorld
from sqlserver_double.world_messages import say

BACKUP = "BACKUP DATABASE Tienda TO DISK = 'C:\\Backup\\t.bak' WITH STATS = 10"
RESTORE = "RESTORE DATABASE Tienda FROM DISK = 'C:\\Backup\\good.bak' WITH REPLACE, STATS = 10"
STATE = "SELECT state_desc FROM sys.databases WHERE name = 'Tienda'"


@pytest.fixture
def world(tmp_path: Path) -> SqlWorld:
    made = world_in(tmp_path)
    made.add_database("Tienda", recovery="SIMPLE", tables={"clientes": [{"id": 1}]}, filler_bytes=200_000)
    fine(come_in(made), "BACKUP DATABASE Tienda TO DISK = 'C:\\Backup\\good.bak'")
    return made


@pytest.fixture
def sa(world: SqlWorld) -> WorldSession:
    return come_in(world)


def part_of_a_file(world: SqlWorld) -> bool:
    size = (world.share_of("C:\\Backup") / "t.bak").stat().st_size
    return 0 < size < (world.share_of("C:\\Backup") / "good.bak").stat().st_size


def test_an_attention_ends_a_backup_without_a_word(world: SqlWorld, sa: WorldSession) -> None:
    hold = world.faults.hold("backup.half")
    running = Aside(sa, BACKUP)
    assert hold.reached.wait(10)
    sa.attention()
    talk = running.ended()
    assert (talk.errors, 3014 in talk.numbers, talk.dropped) == ([], False, False)
    assert part_of_a_file(world)
    assert len(world.history.sets) == 1
    assert ask(sa, "RESTORE VERIFYONLY FROM DISK = 'C:\\Backup\\t.bak'").errors == [3256, 3013]
    assert fine(sa, "SELECT COUNT(*) FROM sys.dm_exec_requests WHERE command LIKE 'BACKUP%'").value == 0
    fine(sa, BACKUP + ", FORMAT")


def test_a_client_that_goes_ends_its_backup(world: SqlWorld, sa: WorldSession) -> None:
    """The reader of the answers is the client: it stops reading and closes."""
    answers = sa.batch(BACKUP, {})
    first = next(answers)
    assert isinstance(first, Message)
    sa.close()
    assert list(answers) == []
    assert part_of_a_file(world)
    assert sa.id not in world.sessions


def test_kill_ends_a_backup(world: SqlWorld, sa: WorldSession) -> None:
    hold = world.faults.hold("backup.half")
    running = Aside(sa, BACKUP)
    assert hold.reached.wait(10)
    fine(come_in(world), f"KILL {sa.id}")
    talk = running.ended()
    assert (talk.errors, talk.dropped) == ([596], True)
    assert len(world.history.sets) == 1


def test_a_restart_throws_everybody_out(world: SqlWorld, sa: WorldSession) -> None:
    hold = world.faults.hold("backup.half")
    running, idle = Aside(sa, BACKUP), come_in(world)
    assert hold.reached.wait(10)
    world.restart()
    assert running.ended().dropped
    assert ask(idle, "SELECT 1").dropped
    assert fine(come_in(world), STATE).value == "ONLINE"


def test_a_restart_at_a_point(world: SqlWorld, sa: WorldSession) -> None:
    world.faults.restart("restore.half")
    talk = ask(sa, RESTORE)
    assert (talk.dropped, 3014 in talk.numbers) == (True, False)
    assert fine(come_in(world), STATE).value == "RESTORING"


def test_a_dropped_connection(world: SqlWorld, sa: WorldSession) -> None:
    world.faults.drop("backup.end")
    assert ask(sa, BACKUP).dropped
    assert len(world.history.sets) == 1
    assert ask(come_in(world), "SELECT 1").errors == []


@pytest.mark.parametrize("point", ["restore.begun", "restore.half", "restore.end"])
def test_a_restore_that_breaks_off_leaves_restoring(world: SqlWorld, sa: WorldSession, point: str) -> None:
    world.faults.fail(point, say(3203, "C:\\Backup\\good.bak", "23(Data error)"))  # type: ignore[arg-type]
    assert ask(sa, RESTORE).errors == [3203, 3013]
    assert fine(sa, STATE).value == "RESTORING"
    assert ask(sa, "USE Tienda").errors == [927]
    assert ask(sa, "RESTORE DATABASE Tienda WITH RECOVERY").errors == [4333, 3013]
    fine(sa, RESTORE)
    assert fine(sa, "SELECT COUNT(*) FROM Tienda.dbo.clientes").value == 1


def test_an_attention_in_a_restore(world: SqlWorld, sa: WorldSession) -> None:
    hold = world.faults.hold("restore.half")
    running = Aside(sa, RESTORE)
    assert hold.reached.wait(10)
    assert ask(come_in(world), RESTORE).errors == [3101, 3013]
    sa.attention()
    assert running.ended().errors == []
    assert fine(sa, STATE).value == "RESTORING"


def test_waiting_is_ended_by_an_attention(world: SqlWorld, sa: WorldSession) -> None:
    answers = sa.batch("RAISERROR('begun', 10, 1) WITH NOWAIT; WAITFOR DELAY '00:10:00'; PRINT 'never'", {})
    assert next(answers) == Message(50000, 10, "begun")
    sa.attention()
    assert [one for one in answers if isinstance(one, Message)] == []
    assert fine(sa, "WAITFOR DELAY '00:00:00'; PRINT 'yes'").texts == ["yes"]


def test_alter_database_waits_for_others(world: SqlWorld, sa: WorldSession) -> None:
    other = come_in(world, database="Tienda")
    assert ask(sa, "ALTER DATABASE Tienda SET SINGLE_USER WITH NO_WAIT").errors == [5070, 5069]
    assert ask(sa, "SET LOCK_TIMEOUT 0; ALTER DATABASE Tienda SET OFFLINE").errors == [5061, 5069]
    running = Aside(sa, "SET LOCK_TIMEOUT -1; ALTER DATABASE Tienda SET OFFLINE")
    fine(other, "USE master")
    assert running.ended().errors == []
    assert fine(other, STATE).value == "OFFLINE"


def test_faults_strike_only_where_they_were_ordered(world: SqlWorld, sa: WorldSession) -> None:
    world.add_database("Otra", recovery="SIMPLE")
    world.faults.fail("backup.begun", say(3204), database="Otra")
    fine(sa, BACKUP + ", FORMAT")
    assert ask(sa, "BACKUP DATABASE Otra TO DISK = 'o.bak'").errors == [3204, 3013]
    world.faults.fail("headeronly", say(3204), times=2)
    world.faults.clear()
    fine(sa, "RESTORE HEADERONLY FROM DISK = 'C:\\Backup\\good.bak'")


def test_a_verification_can_be_held(world: SqlWorld, sa: WorldSession) -> None:
    hold = world.faults.hold("verify.half")
    running = Aside(sa, "RESTORE VERIFYONLY FROM DISK = 'C:\\Backup\\good.bak'")
    assert hold.reached.wait(10)
    seen = "SELECT command FROM sys.dm_exec_requests WHERE session_id <> @@SPID"
    assert fine(come_in(world), seen).rows == [("RESTORE VERIFYON",)]
    hold.release()
    assert running.ended().numbers == [3262]


def test_the_servers_own_log(world: SqlWorld, sa: WorldSession) -> None:
    ask(sa, "BACKUP DATABASE Tienda TO DISK = 'C:\\nada\\x.bak'")
    assert world.error_log[0].startswith("Database was backed up. Database: Tienda")
    assert world.error_log[-1].startswith("BACKUP failed to complete the command BACKUP DATABASE Tienda")
