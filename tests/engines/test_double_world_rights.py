"""Who may do what in the double's world, who comes in, and what those without rights silently do not see."""

from pathlib import Path

import pytest
from engines.double_talk import Aside, ask, come_in, fine, world_in
from sqlserver_double.answers import Login, Message
from sqlserver_double.sessions import WorldSession
from sqlserver_double.world import SA_PASSWORD, SqlWorld

BACKUP = "BACKUP DATABASE Tienda TO DISK = 'C:\\Backup\\t.bak'"
RESTORE = "RESTORE DATABASE Tienda FROM DISK = 'C:\\Backup\\t.bak' WITH REPLACE"
COPY = (
    "RESTORE DATABASE Copia FROM DISK = 'C:\\Backup\\t.bak' "
    "WITH MOVE 'Tienda' TO 'C:\\Data\\c.mdf', MOVE 'Tienda_log' TO 'C:\\Data\\c.ldf'"
)


@pytest.fixture
def world(tmp_path: Path) -> SqlWorld:
    made = world_in(tmp_path)
    made.share_of("C:\\Data")
    made.add_database("Tienda", recovery="SIMPLE", tables={"clientes": [{"id": 1}]})
    made.add_login("nadie", "x")
    made.add_login("lector", "x", users={"Tienda": ["db_datareader"]})
    made.add_login("copias", "x", users={"Tienda": ["db_backupoperator"]})
    made.add_login("permiso", "x", users={"Tienda": ["BACKUP DATABASE"]})
    made.add_login("jefe", "x", users={"Tienda": ["db_owner"]})
    made.add_login("creador", "x", roles=["dbcreator"])
    made.add_login("mirón", "x", grants=["VIEW SERVER STATE"])
    return made


@pytest.mark.parametrize(
    ("user", "errors"),
    [
        ("nadie", [916, 3013]),
        ("lector", [262, 3013]),
        ("creador", [916, 3013]),
        ("copias", []),
        ("permiso", []),
        ("jefe", []),
        ("sa", []),
    ],
)
def test_who_backs_up(world: SqlWorld, user: str, errors: list[int]) -> None:
    session = come_in(world, user, SA_PASSWORD if user == "sa" else "x")
    talk = ask(session, BACKUP)
    assert talk.errors == errors
    if 262 in errors:
        assert talk.texts[0] == "BACKUP DATABASE permission denied in database 'Tienda'."
        assert talk.message(262).severity == 14


@pytest.mark.parametrize(
    ("user", "over", "new", "head"),
    [
        ("copias", [3110, 3013], [262, 3013], [262, 3013]),
        ("jefe", [3110, 3013], [262, 3013], [262, 3013]),
        ("creador", [], [], []),
        ("sa", [], [], []),
    ],
)
def test_who_restores(world: SqlWorld, user: str, over: list[int], new: list[int], head: list[int]) -> None:
    """Members of db_owner may not, and who may only back up can't even look into the file."""
    fine(come_in(world), BACKUP)
    session = come_in(world, user, SA_PASSWORD if user == "sa" else "x")
    assert ask(session, "RESTORE HEADERONLY FROM DISK = 'C:\\Backup\\t.bak'").errors == head
    assert ask(session, "RESTORE VERIFYONLY FROM DISK = 'C:\\Backup\\t.bak'").errors == head
    assert ask(session, COPY).errors == new
    assert ask(session, RESTORE).errors == over


def test_the_owner_restores(world: SqlWorld) -> None:
    fine(come_in(world), BACKUP + "; ALTER AUTHORIZATION ON DATABASE::Tienda TO nadie")
    assert ask(come_in(world, "nadie", "x"), RESTORE).errors == []


@pytest.mark.parametrize(
    ("user", "text", "value"),
    [
        ("copias", "HAS_PERMS_BY_NAME(N'Tienda', 'DATABASE', 'BACKUP DATABASE')", 1),
        ("copias", "HAS_PERMS_BY_NAME(NULL, NULL, 'CREATE ANY DATABASE')", 0),
        ("lector", "HAS_PERMS_BY_NAME(N'Tienda', 'DATABASE', 'BACKUP LOG')", 0),
        ("creador", "HAS_PERMS_BY_NAME(NULL, NULL, 'CREATE ANY DATABASE')", 1),
        ("mirón", "HAS_PERMS_BY_NAME(NULL, NULL, 'VIEW SERVER STATE')", 1),
        ("nadie", "IS_SRVROLEMEMBER('sysadmin')", 0),
        ("nadie", "HAS_DBACCESS('Tienda')", 0),
        ("nadie", "SUSER_SNAME()", "nadie"),
    ],
)
def test_what_one_is_told_of_oneself(world: SqlWorld, user: str, text: str, value: object) -> None:
    assert fine(come_in(world, user, "x"), f"SELECT {text}").value == value


def test_roles_of_a_database(world: SqlWorld) -> None:
    jefe = come_in(world, "jefe", "x")
    assert fine(jefe, "USE Tienda; SELECT IS_ROLEMEMBER('db_owner'), USER_NAME()").rows == [(1, "jefe")]
    assert ask(come_in(world, "lector", "x"), "USE Tienda; DELETE clientes").errors == [229]
    assert ask(come_in(world, "lector", "x"), "DBCC CHECKDB (N'Tienda')").errors == [2571]
    assert fine(jefe, "DBCC CHECKDB (N'Tienda') WITH NO_INFOMSGS").numbers == []
    assert ask(come_in(world, "lector", "x"), "ALTER DATABASE Tienda SET SINGLE_USER").errors == [5011, 5069]
    fine(jefe, "ALTER DATABASE Tienda SET RECOVERY FULL")


def test_running_work_is_seen_with_the_right_to(world: SqlWorld) -> None:
    hold = world.faults.hold("backup.half")
    owner = come_in(world, host="rx-1234", process_id=77, application="sqlcmd")
    running = Aside(owner, "SET CONTEXT_INFO 0xABCD; " + BACKUP)
    assert hold.reached.wait(10)
    query = (
        "SELECT r.command, r.percent_complete, r.estimated_completion_time, DB_NAME(r.database_id), r.context_info, "
        "s.host_name, s.host_process_id, s.program_name FROM sys.dm_exec_requests r "
        "JOIN sys.dm_exec_sessions s ON s.session_id = r.session_id WHERE r.session_id <> @@SPID"
    )
    (row,) = fine(come_in(world, "mirón", "x"), query).rows
    assert row[0] == "BACKUP DATABASE"
    assert 50 <= float(str(row[1])) < 100
    assert int(str(row[2])) > 0
    assert row[3] == "Tienda"
    assert bytes(row[4])[:2] == b"\xab\xcd"  # type: ignore[call-overload]
    assert row[5:] == ("rx-1234", 77, "sqlcmd")
    assert fine(come_in(world, "lector", "x"), query).rows == []
    hold.release()
    assert running.ended().errors == []
    assert fine(come_in(world), query).rows == []


def test_views_of_the_server_need_the_right_to(world: SqlWorld) -> None:
    nobody = come_in(world, "nadie", "x")
    assert ask(nobody, "SELECT * FROM sys.dm_os_enumerate_fixed_drives").errors == [300, 297]
    assert fine(nobody, "SELECT host_platform FROM sys.dm_os_host_info").value == "Windows"
    assert fine(nobody, "SELECT * FROM sys.dm_os_file_exists(N'C:\\Backup')").rows == [(False, False, False)]
    assert fine(nobody, "EXEC master.dbo.xp_dirtree N'C:\\', 1, 1").rows == []
    assert ask(nobody, "EXEC master.dbo.xp_create_subdir N'C:\\x'").errors == [229]
    mine = fine(nobody, "SELECT login_name FROM sys.dm_exec_sessions").rows
    assert mine == [("nadie",)]


def refused(world: SqlWorld, user: str, password: str, **more: object) -> list[Message]:
    said = world.login(Login(user, password, **more))  # type: ignore[arg-type]
    assert isinstance(said, tuple)
    return list(said)


def test_who_is_not_let_in(world: SqlWorld) -> None:
    for user, password in (("sa", "wrong"), ("unknown", "x")):
        (said,) = refused(world, user, password)
        assert (said.number, said.severity, said.state) == (18456, 14, 1)
        assert said.text == f"Login failed for user '{user}'."
    assert [one.number for one in refused(world, "nadie", "x", database="Tienda")] == [4060, 18456]
    assert [one.number for one in refused(world, "sa", SA_PASSWORD, database="nada")] == [4060, 18456]
    fine(come_in(world), "ALTER LOGIN nadie DISABLE")
    assert [one.number for one in refused(world, "nadie", "x")] == [18470]
    world.logins["lector"].locked = True
    assert [one.number for one in refused(world, "lector", "x")] == [18486]
    assert [one.number for one in refused(world, "sa", "", integrated=True)] == [18452]
    world.integrated_only = True
    assert [one.number for one in refused(world, "jefe", "x")] == [18456]


def test_windows_logins(world: SqlWorld) -> None:
    world.add_login("RX\\operador", windows=True, roles=["sysadmin"])
    session = come_in(world, "RX\\operador", "", integrated=True)
    assert fine(session, "SELECT SUSER_SNAME(), CONNECTIONPROPERTY('auth_scheme')").rows == [("RX\\operador", "NTLM")]


def test_rights_that_are_given_and_taken(world: SqlWorld) -> None:
    sa, nobody = come_in(world), come_in(world, "nadie", "x")
    fine(sa, "USE Tienda; CREATE USER nadie FOR LOGIN nadie; GRANT BACKUP DATABASE TO nadie")
    assert ask(nobody, BACKUP).errors == []
    fine(sa, "DENY BACKUP DATABASE TO nadie; ALTER ROLE db_backupoperator ADD MEMBER nadie")
    assert ask(nobody, BACKUP).errors == [262, 3013]
    fine(sa, "USE master; GRANT CREATE ANY DATABASE TO nadie; ALTER SERVER ROLE processadmin ADD MEMBER nadie")
    assert fine(nobody, "SELECT HAS_PERMS_BY_NAME(NULL, NULL, 'ALTER ANY CONNECTION')").value == 1
    assert ask(nobody, "RESTORE HEADERONLY FROM DISK = 'C:\\Backup\\t.bak'").errors == []


def test_killing(world: SqlWorld) -> None:
    sa, other = come_in(world), come_in(world, "lector", "x")
    assert ask(other, f"KILL {sa.id}").errors == [6102]
    assert ask(sa, f"KILL {sa.id}").errors == [6104]
    assert ask(sa, "KILL 999").errors == [6106]
    fine(sa, f"KILL {other.id}")
    talk = ask(other, "SELECT 1")
    assert (talk.numbers, talk.dropped) == ([596], True)


def test_creating_databases(world: SqlWorld) -> None:
    assert ask(come_in(world, "nadie", "x"), "CREATE DATABASE nueva").errors == [262]
    session = come_in(world, "creador", "x")
    fine(session, "CREATE DATABASE nueva")
    assert ask(session, "CREATE DATABASE Nueva").errors == [1801]
    taken = (
        "CREATE DATABASE otra ON (NAME = a, FILENAME = 'C:\\Data\\a.mdf') LOG ON (NAME = b, FILENAME = 'C:\\no\\b.ldf')"
    )
    assert ask(session, taken).errors == [5133, 1802]
    assert fine(
        session, "SELECT IS_ROLEMEMBER('db_owner'), SUSER_SNAME(owner_sid) FROM sys.databases WHERE name='nueva'"
    ).rows


def test_a_session_of_its_own(world: SqlWorld) -> None:
    session: WorldSession = come_in(world)
    fine(session, "USE Tienda; CREATE TABLE #t (a int)")
    assert ask(come_in(world), "SELECT * FROM #t").errors == [208]
