"""RESTORE in the double's world: content that comes back, chains, points in time, and all that is refused."""

from datetime import timedelta
from pathlib import Path

import pytest
from engines.double_talk import Talk, ask, come_in, fine, world_in
from sqlserver_double.sessions import WorldSession
from sqlserver_double.world import SqlWorld

ROWS = [{"id": n, "nombre": f"Cliente {n}"} for n in range(40)]
MOVED = "MOVE 'Tienda' TO 'C:\\Data\\{0}.mdf', MOVE 'Tienda_log' TO 'C:\\Data\\{0}.ldf'"
IDS = "SELECT id FROM {}.dbo.clientes ORDER BY id"


@pytest.fixture
def world(tmp_path: Path) -> SqlWorld:
    made = world_in(tmp_path)
    made.share_of("C:\\Data")
    made.add_database("Tienda", tables={"clientes": ROWS})
    return made


@pytest.fixture
def sa(world: SqlWorld) -> WorldSession:
    return come_in(world)


def add(session: WorldSession, number: int) -> None:
    fine(session, f"INSERT INTO Tienda.dbo.clientes VALUES ({number}, N'nuevo {number}')")


def ids(session: WorldSession, database: str) -> list[object]:
    return [row[0] for row in fine(session, IDS.format(database)).rows if int(str(row[0])) >= 100]


def chain(session: WorldSession) -> None:
    """full 100 log1 101 diff 102 log2 103 log3: a row before each."""
    add(session, 100)
    fine(session, "BACKUP DATABASE Tienda TO DISK = 'full.bak' WITH CHECKSUM")
    add(session, 101)
    fine(session, "BACKUP LOG Tienda TO DISK = 'log1.trn'")
    add(session, 102)
    fine(session, "BACKUP DATABASE Tienda TO DISK = 'diff.bak' WITH DIFFERENTIAL")
    add(session, 103)
    fine(session, "BACKUP LOG Tienda TO DISK = 'log2.trn'")
    add(session, 104)
    fine(session, "BACKUP LOG Tienda TO DISK = 'log3.trn'")


def restored(session: WorldSession, *steps: str, name: str = "Copia") -> Talk:
    """Restore the full as a copy, then the steps; the last reply."""
    talk = fine(
        session, f"RESTORE DATABASE {name} FROM DISK = 'full.bak' WITH NORECOVERY, REPLACE, {MOVED.format(name)}"
    )
    for step in steps:
        talk = ask(session, step.format(name))
    return talk


def test_the_stream_of_a_restore(sa: WorldSession) -> None:
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'full.bak' WITH CHECKSUM")
    talk = fine(sa, f"RESTORE DATABASE Copia FROM DISK = 'full.bak' WITH STATS = 50, {MOVED.format('Copia')}")
    assert talk.numbers == [3211, 4035, 4035, 3211, 3014]
    assert talk.texts[-1].startswith("RESTORE DATABASE successfully processed ")
    assert {one.command for one in talk.done} == {229}
    same = "SELECT * FROM {}.dbo.clientes ORDER BY id"
    assert fine(sa, same.format("Copia")).rows == fine(sa, same.format("Tienda")).rows


def test_full_differential_and_logs(sa: WorldSession) -> None:
    chain(sa)
    restored(sa, "RESTORE DATABASE {} FROM DISK = 'diff.bak' WITH NORECOVERY",
             "RESTORE LOG {} FROM DISK = 'log2.trn' WITH NORECOVERY",
             "RESTORE LOG {} FROM DISK = 'log3.trn'")  # fmt: skip
    assert ids(sa, "Copia") == [100, 101, 102, 103, 104]
    restored(sa, "RESTORE LOG {} FROM DISK = 'log1.trn' WITH NORECOVERY", "RESTORE DATABASE {} WITH RECOVERY")
    assert ids(sa, "Copia") == [100, 101]


def test_steps_that_do_not_fit(sa: WorldSession) -> None:
    chain(sa)
    gap = restored(sa, "RESTORE LOG {} FROM DISK = 'log3.trn' WITH NORECOVERY")
    assert gap.errors == [4305, 3013]
    assert "An earlier log backup that includes LSN" in gap.texts[0]
    early = restored(sa, "RESTORE DATABASE {} FROM DISK = 'diff.bak' WITH NORECOVERY",
                     "RESTORE LOG {} FROM DISK = 'log1.trn' WITH NORECOVERY")  # fmt: skip
    assert early.errors == [4326, 3013]
    done = restored(sa, "RESTORE DATABASE {} WITH RECOVERY", "RESTORE LOG {} FROM DISK = 'log1.trn'")
    assert done.errors == [3117, 3013]
    assert ask(sa, "RESTORE LOG Nueva FROM DISK = 'log1.trn'").errors == [3118, 3013]
    assert ask(sa, "RESTORE DATABASE Tienda WITH RECOVERY").errors == [3153, 3013]
    assert ask(sa, "RESTORE LOG Copia FROM DISK = 'full.bak'").errors == [3135, 3013]


def test_a_differential_of_another_full(sa: WorldSession) -> None:
    chain(sa)
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'full2.bak'")
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'diff2.bak' WITH DIFFERENTIAL")
    assert restored(sa, "RESTORE DATABASE {} FROM DISK = 'diff2.bak' WITH NORECOVERY").errors == [3136, 3013]


def test_copies_disturb_no_chain(sa: WorldSession) -> None:
    chain(sa)
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'copy.bak' WITH COPY_ONLY")
    fine(sa, "BACKUP LOG Tienda TO DISK = 'copy.trn' WITH COPY_ONLY")
    add(sa, 105)
    fine(sa, "BACKUP LOG Tienda TO DISK = 'log4.trn'")
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'diff2.bak' WITH DIFFERENTIAL")
    restored(sa, "RESTORE DATABASE {} FROM DISK = 'diff2.bak' WITH RECOVERY")
    assert ids(sa, "Copia")[-1] == 105
    fine(sa, f"RESTORE DATABASE Copia FROM DISK = 'copy.bak' WITH NORECOVERY, REPLACE, {MOVED.format('Copia')}")
    fine(sa, "RESTORE LOG Copia FROM DISK = 'log4.trn'")
    assert ids(sa, "Copia")[-1] == 105


def test_a_point_in_time(world: SqlWorld, sa: WorldSession) -> None:
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'full.bak'")
    add(sa, 100)
    world.clock.advance(timedelta(minutes=10))
    between = world.clock.now()
    world.clock.advance(timedelta(minutes=10))
    add(sa, 101)
    fine(sa, "BACKUP LOG Tienda TO DISK = 'log1.trn'")
    stop = f"STOPAT = '{between:%Y-%m-%dT%H:%M:%S}'"
    talk = restored(sa, f"RESTORE LOG {{}} FROM DISK = 'log1.trn' WITH RECOVERY, {stop}")
    assert (talk.errors, ids(sa, "Copia")) == ([], [100])
    later = f"STOPAT = '{world.clock.now() + timedelta(hours=1):%Y-%m-%dT%H:%M:%S}'"
    talk = restored(sa, f"RESTORE LOG {{}} FROM DISK = 'log1.trn' WITH RECOVERY, {later}")
    assert 4322 in talk.numbers
    assert fine(sa, "SELECT state_desc FROM sys.databases WHERE name = 'Copia'").value == "RESTORING"
    fine(sa, "RESTORE DATABASE Copia WITH RECOVERY")
    assert ids(sa, "Copia") == [100, 101]
    early = "STOPAT = '2026-04-21T00:00:00'"
    assert restored(sa, f"RESTORE LOG {{}} FROM DISK = 'log1.trn' WITH RECOVERY, {early}").errors == [4335, 3013]
    full = f"RESTORE DATABASE Copia FROM DISK = 'full.bak' WITH NORECOVERY, REPLACE, {early}, {MOVED.format('Copia')}"
    assert ask(sa, full).errors == [4338, 3013]


def test_a_marked_transaction(sa: WorldSession) -> None:
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'full.bak'")
    add(sa, 100)
    fine(sa, "BEGIN TRAN cierre WITH MARK 'fin de mes'; INSERT INTO Tienda.dbo.clientes VALUES (101, 'x'); COMMIT")
    add(sa, 102)
    fine(sa, "BACKUP LOG Tienda TO DISK = 'log1.trn'")
    restored(sa, "RESTORE LOG {} FROM DISK = 'log1.trn' WITH RECOVERY, STOPATMARK = 'cierre'")
    assert ids(sa, "Copia") == [100, 101]
    restored(sa, "RESTORE LOG {} FROM DISK = 'log1.trn' WITH RECOVERY, STOPBEFOREMARK = 'cierre'")
    assert ids(sa, "Copia") == [100]


def test_the_tail_of_the_log(sa: WorldSession) -> None:
    chain(sa)
    add(sa, 105)
    full = "RESTORE DATABASE Tienda FROM DISK = 'full.bak' WITH NORECOVERY"
    assert ask(sa, full).errors == [3159, 3013]
    fine(sa, "BACKUP LOG Tienda TO DISK = 'tail.trn' WITH NORECOVERY")
    assert ask(sa, "SELECT * FROM Tienda.dbo.clientes").errors == [927]
    assert fine(sa, "RESTORE HEADERONLY FROM DISK = 'tail.trn'").records[0]["IsForceOffline"] is True
    fine(sa, full)
    for log in ("log1", "log2", "log3"):
        fine(sa, f"RESTORE LOG Tienda FROM DISK = '{log}.trn' WITH NORECOVERY")
    fine(sa, "RESTORE LOG Tienda FROM DISK = 'tail.trn' WITH RECOVERY")
    assert ids(sa, "Tienda") == [100, 101, 102, 103, 104, 105]


def test_branches_of_recovery(sa: WorldSession) -> None:
    """After a restore the database is on a branch of its own; logs of the old one no longer fit."""
    chain(sa)
    fine(sa, "BACKUP LOG Tienda TO DISK = 'tail.trn' WITH NORECOVERY")
    fine(sa, "RESTORE DATABASE Tienda FROM DISK = 'full.bak' WITH NORECOVERY")
    fine(sa, "RESTORE LOG Tienda FROM DISK = 'log1.trn' WITH RECOVERY")
    for number in range(200, 210):
        add(sa, number)
    fine(sa, "BACKUP LOG Tienda TO DISK = 'branch.trn'")
    head = fine(sa, "RESTORE HEADERONLY FROM DISK = 'branch.trn'").records[0]
    assert head["FirstRecoveryForkID"] != head["RecoveryForkID"]
    assert int(str(head["FirstLSN"])) < int(str(head["ForkPointLSN"]))
    restored(sa, "RESTORE LOG {} FROM DISK = 'log1.trn' WITH NORECOVERY",
             "RESTORE LOG {} FROM DISK = 'branch.trn' WITH RECOVERY")  # fmt: skip
    assert ids(sa, "Copia") == [100, 101, *range(200, 210)]
    wrong = restored(sa, "RESTORE LOG {} FROM DISK = 'log1.trn' WITH NORECOVERY",
                     "RESTORE LOG {} FROM DISK = 'log2.trn' WITH NORECOVERY",
                     "RESTORE LOG {} FROM DISK = 'branch.trn' WITH RECOVERY")  # fmt: skip
    assert wrong.errors == [4330, 3013]


def test_standby_is_read_between_two_steps(sa: WorldSession) -> None:
    chain(sa)
    restored(sa, "RESTORE LOG {} FROM DISK = 'log1.trn' WITH STANDBY = 'C:\\Data\\undo.dat'")
    assert ids(sa, "Copia") == [100, 101]
    assert ask(sa, "INSERT INTO Copia.dbo.clientes VALUES (1, 'x')").errors == [3906]
    assert ask(sa, "BACKUP DATABASE Copia TO DISK = 'x.bak'").errors == [3036, 3013]
    fine(sa, "RESTORE LOG Copia FROM DISK = 'log2.trn' WITH RECOVERY")
    assert ids(sa, "Copia") == [100, 101, 102, 103]


def test_over_another_database_only_with_replace(world: SqlWorld, sa: WorldSession) -> None:
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'full.bak'")
    world.add_database("Otra", recovery="SIMPLE", tables={"cosas": [{"id": 1}]})
    talk = ask(sa, f"RESTORE DATABASE Otra FROM DISK = 'full.bak' WITH {MOVED.format('Otra')}")
    assert talk.errors == [3154, 3013]
    assert talk.message(3154).state == 4
    assert fine(sa, "SELECT COUNT(*) FROM Otra.dbo.cosas").value == 1
    fine(sa, f"RESTORE DATABASE Otra FROM DISK = 'full.bak' WITH REPLACE, {MOVED.format('Otra')}")
    assert fine(sa, "SELECT COUNT(*) FROM Otra.dbo.clientes").value == len(ROWS)


def test_places_that_are_taken(world: SqlWorld, sa: WorldSession) -> None:
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'full.bak'")
    talk = ask(sa, "RESTORE DATABASE Copia FROM DISK = 'full.bak'")
    assert talk.errors == [1834, 3156, 1834, 3156, 3119, 3013]
    assert "overwritten.  It is being used by database 'Tienda'." in talk.texts[0]
    assert talk.message(3156).state == 4
    copy = "RESTORE DATABASE Copia FROM DISK = 'full.bak' WITH "
    assert ask(sa, copy + "MOVE 'nada' TO 'C:\\Data\\x'").errors == [3234, 3013]
    assert ask(sa, copy + "MOVE 'Tienda' TO 'C:\\Data\\x', MOVE 'Tienda' TO 'C:\\Data\\y'").errors == [4353, 3013]
    both = "MOVE 'Tienda' TO 'C:\\Data\\x', MOVE 'Tienda_log' TO 'C:\\DATA\\X'"
    assert ask(sa, copy + both).errors == [3176, 3119, 3013]
    nowhere = "MOVE 'Tienda' TO 'C:\\nada\\x', MOVE 'Tienda_log' TO 'C:\\nada\\y'"
    assert ask(sa, copy + nowhere).errors == [5133, 3156, 5133, 3156, 3119, 3013]
    (world.share_of("C:\\Data") / "Copia.mdf").write_bytes(b"something of somebody")
    assert ask(sa, copy + MOVED.format("Copia")).errors == [3142, 3156, 3119, 3013]
    assert fine(sa, "SELECT DB_ID('Copia')").value is None
    fine(sa, copy + "REPLACE, " + MOVED.format("Copia"))


def test_room_and_limits(tmp_path: Path) -> None:
    big = world_in(tmp_path / "a")
    big.add_database("Tienda", size_bytes=12 * 2**30)
    fine(come_in(big), "BACKUP DATABASE Tienda TO DISK = 'C:\\Backup\\t.bak'")
    small = world_in(tmp_path / "b", "express2019")
    small.share_of("C:\\Data")
    there = small.share_of("C:\\Backup") / "t.bak"
    there.write_bytes((big.share_of("C:\\Backup") / "t.bak").read_bytes())
    sa = come_in(small)
    restore = f"RESTORE DATABASE Copia FROM DISK = 'C:\\Backup\\t.bak' WITH {MOVED.format('Copia')}"
    assert ask(sa, restore).errors == [3169, 3013]
    same = world_in(tmp_path / "c", "express2022")
    same.share_of("C:\\Data")
    (same.share_of("C:\\Backup") / "t.bak").write_bytes(there.read_bytes())
    sa = come_in(same)
    talk = ask(sa, restore)
    assert talk.errors == [1827, 3013]
    assert "10240 MB per database" in talk.texts[0]
    same.disk.capacity["C:\\"] = 2**30
    assert ask(sa, restore).errors == [3257, 3119, 3013]
    verify = "RESTORE VERIFYONLY FROM DISK = 'C:\\Backup\\t.bak'"
    assert fine(sa, f"{verify} WITH {MOVED.format('Copia')}").numbers == [3181, 3257, 3262]
    assert fine(sa, verify).numbers == [3181, 5133, 5133, 3262]  # another instance, other folders


def test_a_database_in_use(world: SqlWorld, sa: WorldSession) -> None:
    fine(sa, "ALTER DATABASE Tienda SET RECOVERY SIMPLE; BACKUP DATABASE Tienda TO DISK = 'full.bak'")
    other = come_in(world, database="Tienda")
    restore = "RESTORE DATABASE Tienda FROM DISK = 'full.bak'"
    assert ask(sa, restore).errors == [3101, 3013]
    assert ask(come_in(world, database="Tienda"), restore).errors == [3102, 3013]
    talk = fine(sa, f"ALTER DATABASE Tienda SET SINGLE_USER WITH ROLLBACK IMMEDIATE; {restore}")
    assert talk.numbers[:2] == [5060, 5060]
    assert ask(other, "SELECT 1").dropped
    assert fine(sa, "SELECT user_access_desc FROM sys.databases WHERE name = 'Tienda'").value == "MULTI_USER"


def test_a_restore_that_fails_early_leaves_single_user(world: SqlWorld, sa: WorldSession) -> None:
    ask(
        sa,
        "ALTER DATABASE Tienda SET SINGLE_USER WITH ROLLBACK IMMEDIATE; RESTORE DATABASE Tienda FROM DISK = 'no.bak'",
    )
    assert fine(sa, "SELECT user_access_desc FROM sys.databases WHERE name = 'Tienda'").value == "SINGLE_USER"
    inside = come_in(world, database="Tienda")
    assert ask(sa, "USE Tienda").errors == [924]
    assert ask(sa, "ALTER DATABASE Tienda SET MULTI_USER").errors == [5064, 5069]
    inside.close()
    fine(sa, "ALTER DATABASE Tienda SET MULTI_USER; USE Tienda")


def test_offline_and_restoring_databases(world: SqlWorld, sa: WorldSession) -> None:
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'full.bak'; ALTER DATABASE Tienda SET OFFLINE WITH ROLLBACK IMMEDIATE")
    assert ask(sa, "USE Tienda").errors == [942]
    assert ask(sa, "BACKUP DATABASE Tienda TO DISK = 'x.bak'").errors == [942, 3013]
    fine(sa, "RESTORE DATABASE Tienda FROM DISK = 'full.bak' WITH REPLACE, NORECOVERY")
    assert ask(sa, "ALTER DATABASE Tienda SET SINGLE_USER").errors == [5052, 5069]
    assert ask(sa, "BACKUP LOG Tienda TO DISK = 'x.bak'").errors == [927, 3013]
    fine(sa, "DROP DATABASE Tienda")
    assert not (world.share_of(world.data_folder) / "Tienda.mdf").exists()


def test_stripes_must_all_be_there(sa: WorldSession) -> None:
    stripes = "DISK = 'a.bak', DISK = 'b.bak'"
    fine(sa, f"BACKUP DATABASE Tienda TO {stripes}; BACKUP DATABASE Tienda TO DISK = 'c.bak', DISK = 'd.bak'")
    copy = f"WITH {MOVED.format('Copia')}"
    assert ask(sa, f"RESTORE DATABASE Copia FROM DISK = 'b.bak' {copy}").errors == [3132, 3013]
    assert ask(sa, f"RESTORE DATABASE Copia FROM DISK = 'a.bak', DISK = 'd.bak' {copy}").errors == [3258, 3013]
    assert ask(sa, f"RESTORE DATABASE Copia FROM DISK = 'a.bak', DISK = 'a.bak' {copy}").errors == [3227, 3013]
    fine(sa, f"RESTORE DATABASE Copia FROM DISK = 'b.bak', DISK = 'a.bak' {copy}")
    assert len(fine(sa, IDS.format("Copia")).rows) == len(ROWS)


def test_users_come_back_orphaned_on_another_server(tmp_path: Path, world: SqlWorld, sa: WorldSession) -> None:
    world.add_login("caja", "x", users={"Tienda": ["db_datareader"]})
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'C:\\Backup\\full.bak'")
    other = world_in(tmp_path / "other")
    other.machine = other.name = "OTRO"
    other.share_of("C:\\Data")
    other.add_login("caja", "y")
    (other.share_of("C:\\Backup") / "full.bak").write_bytes((world.share_of("C:\\Backup") / "full.bak").read_bytes())
    there = come_in(other)
    fine(there, f"RESTORE DATABASE Copia FROM DISK = 'C:\\Backup\\full.bak' WITH {MOVED.format('Copia')}; USE Copia")
    orphans = (
        "SELECT p.name FROM sys.database_principals p LEFT JOIN sys.server_principals s ON p.sid = s.sid "
        "WHERE s.sid IS NULL AND p.type = 'S' AND p.authentication_type = 1"
    )
    assert fine(there, orphans).rows == [("caja",)]
    caja = come_in(other, "caja", "y")
    assert ask(caja, "USE Copia").errors == [916]
    fine(there, "ALTER USER [caja] WITH LOGIN = [caja]")
    assert fine(there, orphans).rows == []
    assert len(fine(caja, "USE Copia; SELECT * FROM dbo.clientes").rows) == len(ROWS)
    fine(there, "ALTER AUTHORIZATION ON DATABASE::[Copia] TO [caja]")
    assert fine(there, "SELECT SUSER_SNAME(owner_sid) FROM sys.databases WHERE name = 'Copia'").value == "caja"


def test_restores_are_remembered(sa: WorldSession) -> None:
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'full.bak'")
    fine(sa, f"RESTORE DATABASE Copia FROM DISK = 'full.bak' WITH {MOVED.format('Copia')}")
    row = fine(
        sa,
        "SELECT r.destination_database_name, r.restore_type, b.database_name FROM msdb.dbo.restorehistory r "
        "JOIN msdb.dbo.backupset b ON b.backup_set_id = r.backup_set_id",
    )
    assert row.rows == [("Copia", "D", "Tienda")]


def test_missing_and_broken_files(world: SqlWorld, sa: WorldSession) -> None:
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'C:\\Backup\\full.bak' WITH CHECKSUM")
    good = (world.share_of("C:\\Backup") / "full.bak").read_bytes()

    def tried(content: bytes | None, statement: str = "RESTORE VERIFYONLY") -> list[int]:
        path = world.share_of("C:\\Backup") / "x.bak"
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)
        return ask(sa, f"{statement} FROM DISK = 'C:\\Backup\\x.bak'").errors

    assert tried(None) == [3201, 3013]
    assert tried(b"") == [3254, 3013]
    assert tried(b"PK zip or so" * 1000) == [3241, 3013]
    assert tried(good[: len(good) // 2]) == [3256, 3013]
    assert tried(good[: len(good) // 2], "RESTORE HEADERONLY") == [3256, 3013]
    at = good.index(b"nombre")
    flipped = good[:at] + bytes([good[at] ^ 4]) + good[at + 1 :]
    assert tried(flipped) == [3189, 3013]
    over = "RESTORE DATABASE Tienda FROM DISK = 'C:\\Backup\\x.bak' WITH REPLACE"
    assert ask(sa, over).errors == [3183, 3013]
    assert fine(sa, "SELECT state_desc FROM sys.databases WHERE name = 'Tienda'").value == "RESTORING"
    assert tried(good) == []
    talk = ask(sa, "RESTORE VERIFYONLY FROM DISK = 'C:\\Backup\\nada.bak'")
    assert (talk.message(3201).state, talk.texts[-1]) == (2, "VERIFY DATABASE is terminating abnormally.")


def test_checksums_that_are_not_there(sa: WorldSession) -> None:
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'full.bak'")
    assert ask(sa, "RESTORE VERIFYONLY FROM DISK = 'full.bak' WITH CHECKSUM").errors == [3187, 3013]


def test_damage_goes_along_unseen_without_checksums(world: SqlWorld, sa: WorldSession) -> None:
    world.damage("Tienda", "clientes")
    fine(sa, "BACKUP DATABASE Tienda TO DISK = 'full.bak'")
    fine(sa, f"RESTORE DATABASE Copia FROM DISK = 'full.bak' WITH {MOVED.format('Copia')}")
    assert ask(sa, "DBCC CHECKDB (N'Copia') WITH NO_INFOMSGS").errors == [8939, 8928]
