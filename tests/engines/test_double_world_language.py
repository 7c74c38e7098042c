"""The T-SQL of the double: what it understands, what it refuses, and how errors end a statement or a batch."""

import uuid
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from engines.double_talk import NOON, ask, come_in, fine, world_in
from sqlserver_double.answers import Columns
from sqlserver_double.sessions import WorldSession
from sqlserver_double.sql_parser import parse
from sqlserver_double.world import SqlWorld
from sqlserver_double.world_messages import SqlError


@pytest.fixture
def world(tmp_path: Path) -> SqlWorld:
    made = world_in(tmp_path)
    made.add_database("Tienda", tables={"clientes": [{"id": n, "nombre": f"Cliente {n}"} for n in (1, 2, 3)]})
    return made


@pytest.fixture
def sa(world: SqlWorld) -> WorldSession:
    return come_in(world)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("7 / 2", 3),
        ("-7 % 3", -1),
        ("7 / 2.0", Decimal("3.500000")),
        ("N'a' + N'b'", "ab"),
        ("N'it''s'", "it's"),
        ("NULL + 1", None),
        ("ISNULL(NULL, 5)", 5),
        ("COALESCE(NULL, NULL, N'x')", "x"),
        ("NULLIF(1, 1)", None),
        ("CASE WHEN 1 = 2 THEN 'a' WHEN 2 = 2 THEN 'b' END", "b"),
        ("CASE 3 WHEN 1 THEN 'a' ELSE 'z' END", "z"),
        ("IIF(NULL = NULL, 1, 0)", 0),
        ("CONVERT(nvarchar(10), 1234)", "1234"),
        ("CAST('12' AS int) + 1", 13),
        ("TRY_CAST('x' AS int)", None),
        ("CONVERT(varchar(30), CAST('2026-04-21T17:05:06.123' AS datetime), 120)", "2026-04-21 17:05:06"),
        ("CONVERT(varchar(30), CAST('2026-04-21T17:05:06.123' AS datetime), 126)", "2026-04-21T17:05:06.123"),
        ("CONVERT(varchar(8), GETDATE(), 112)", "20260421"),
        ("CONVERT(varchar(40), 0xABCD, 1)", "0xABCD"),
        ("QUOTENAME(N'a]b')", "[a]]b]"),
        ("LEN('ab  ')", 2),
        ("CHARINDEX('B', 'abc')", 2),
        ("REPLACE('aXbX', 'x', '-')", "a-b-"),
        ("CONCAT('a', NULL, 1)", "a1"),
        ("SUBSTRING('hello', 2, 3)", "ell"),
        ("DATEDIFF(minute, '2026-01-01T00:00:00', '2026-01-01T01:30:00')", 90),
        ("DATEADD(month, 1, CAST('2026-01-31' AS date))", datetime(2026, 2, 28).date()),
        ("CAST(39000000172000001 AS numeric(25,0))", Decimal(39000000172000001)),
        ("DB_ID('nowhere')", None),
        ("DB_NAME(1)", "master"),
        ("SUSER_SNAME()", "sa"),
        ("ORIGINAL_LOGIN()", "sa"),
        ("IS_SRVROLEMEMBER('sysadmin')", 1),
        ("IS_SRVROLEMEMBER('nonsense')", None),
        ("HAS_PERMS_BY_NAME(N'Tienda', 'DATABASE', 'BACKUP DATABASE')", 1),
        ("HAS_PERMS_BY_NAME(NULL, NULL, 'NO SUCH PERMISSION')", None),
        ("SYSDATETIMEOFFSET()", NOON.replace(tzinfo=timezone(timedelta(hours=2)))),
        ("CAST('6F9619FF-8B86-D011-B42D-00C04FC964FF' AS uniqueidentifier)",
         uuid.UUID("6f9619ff-8b86-d011-b42d-00c04fc964ff")),
    ],
)  # fmt: skip
def test_expressions(sa: WorldSession, text: str, value: object) -> None:
    sa.world.clock.step = timedelta(0)
    sa.world.clock._moved = timedelta(0)
    assert fine(sa, f"SELECT {text}").value == value


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("SELEC 1", 2812),  # a bare word at the beginning is the name of a procedure
        ("PRINT 1 SELEC 1", 102),
        ("MERGE x USING y", 102),
        ("CREATE INDEX i ON t(a)", 102),
        ("SELECT 1 FROM", 102),
        ("SELECT 'abc", 105),
        ("SELECT 1 /* open", 113),
        ("SELECT FROM x", 156),
        ("SELECT @nobody", 137),
        ("DECLARE @a nonsense", 243),
        ("SELECT NO_SUCH(1)", 195),
        ("SELECT LEN(1, 2)", 174),
        ("SELECT nada FROM sys.databases", 207),
        ("SELECT * FROM dbo.nada", 208),
        ("SELECT * FROM nowhere.dbo.nada", 208),
        ("SELECT name FROM sys.databases a, sys.tables b", 209),
        ("SELECT name, COUNT(*) FROM sys.databases", 8120),
        ("SELECT 1/0", 8134),
        ("SELECT CAST('x' AS int)", 245),
        ("SELECT CAST('x' AS datetime)", 241),
        ("SELECT 2147483647 + 1", 8115),
        ("SELECT N'a' - N'b'", 8117),
        ("SELECT (SELECT name FROM sys.databases)", 512),
        ("EXEC dbo.nothing", 2812),
        ("BACKUP DATABASE Tienda TO DISK = 'x' WITH CHECKDB", 155),
        ("RESTORE DATABASE Tienda FROM DISK = 'x' WITH CHECKDB", 155),
        ("BACKUP DATABASE Tienda TO DISK = 'x' WITH NORECOVERY", 155),
        ("RESTORE HEADERONLY FROM DISK = 'x' WITH REPLACE", 155),
        ("BACKUP TIENDA", 102),
        ("USE nowhere", 911),
        ("SET LANGUAGE klingon", 2740),
    ],
)
def test_what_is_wrong_is_said(sa: WorldSession, text: str, number: int) -> None:
    talk = ask(sa, text)
    assert talk.errors[0] == number
    assert talk.done[-1].error


def test_a_syntax_error_anywhere_runs_nothing(sa: WorldSession) -> None:
    talk = ask(
        sa, "INSERT INTO Tienda.dbo.clientes VALUES (9, 'x')\nPRINT 'a'\nBACKUP DATABASE x TO DISK='y' WITH WRONG"
    )
    assert talk.numbers == [155]
    assert talk.message(155).line == 3
    assert (talk.message(155).severity, talk.message(155).state) == (15, 1)
    assert fine(sa, "SELECT COUNT(*) FROM Tienda.dbo.clientes").value == 3


def test_an_error_ends_its_statement_only(sa: WorldSession) -> None:
    talk = ask(sa, "SELECT 1/0\nPRINT 'later'")
    assert talk.numbers == [8134, 0]
    assert [one.error for one in talk.done] == [True, False]
    assert fine(sa, "SELECT 1").value == 1


def test_xact_abort_ends_the_batch(sa: WorldSession) -> None:
    assert ask(sa, "SET XACT_ABORT ON; SELECT 1/0; PRINT 'later'").numbers == [8134]


def test_errors_are_seen_by_the_next_statement(sa: WorldSession) -> None:
    talk = ask(sa, "SELECT 1/0\nIF @@ERROR = 8134 PRINT 'yes'\nIF @@ERROR = 0 PRINT 'forgotten'")
    assert talk.texts[1:] == ["yes", "forgotten"]


def test_catch_sees_the_last_error_only(sa: WorldSession) -> None:
    talk = ask(
        sa,
        "BEGIN TRY BACKUP DATABASE Tienda TO DISK = N'C:\\nada\\x.bak' END TRY\n"
        "BEGIN CATCH SELECT ERROR_NUMBER(), ERROR_MESSAGE(), ERROR_SEVERITY(); THROW; END CATCH",
    )
    assert talk.rows == [(3013, "BACKUP DATABASE is terminating abnormally.", 16)]
    assert talk.numbers == [3013]


def test_control_flow(sa: WorldSession) -> None:
    talk = fine(
        sa,
        """DECLARE @n int = 0, @t nvarchar(50) = N''
        WHILE 1 = 1
        BEGIN
            SET @n += 1
            IF @n = 2 CONTINUE
            IF @n > 4 BREAK
            SET @t = @t + CONVERT(nvarchar(5), @n)
        END
        IF @t = N'134' PRINT @t ELSE PRINT 'no'
        RETURN
        PRINT 'never'""",
    )
    assert talk.texts == ["134"]


def test_raiserror_and_throw(sa: WorldSession) -> None:
    talk = ask(
        sa, "RAISERROR(N'%s has %d', 10, 1, N'box', 5); RAISERROR('bad', 16, 3); THROW 50001, 'worse', 7; PRINT 1"
    )
    assert talk.texts == ["box has 5", "bad", "worse"]
    assert (talk.message(50000).severity, talk.message(50001).state) == (10, 7)
    assert ask(sa, "RAISERROR('x', 20, 1)").errors == [2754]
    assert ask(sa, "RAISERROR('x', 20, 1) WITH LOG").dropped


def test_procedures_of_text(sa: WorldSession) -> None:
    talk = fine(
        sa,
        "DECLARE @out int; EXEC sp_executesql N'SELECT @x = COUNT(*) FROM sys.databases WHERE name = @n', "
        "N'@n sysname, @x int OUTPUT', @n = N'Tienda', @x = @out OUTPUT; SELECT @out; EXEC (N'PRINT ''inner''')",
    )
    assert (talk.value, talk.texts) == (1, ["inner"])


def test_parameters_of_a_call(sa: WorldSession) -> None:
    when = datetime(2026, 1, 2, 3, 4, 5)
    talk = ask(sa, "SELECT @P1 + 1, @P2, @P3", {"@P1": 41, "@P2": "ñ", "@P3": when})
    assert talk.rows == [(42, "ñ", when)]
    head = next(one for one in talk.answers if isinstance(one, Columns))
    assert [one.type for one in head.columns] == ["int", "nvarchar(max)", "datetime2(7)"]


def test_queries(sa: WorldSession) -> None:
    fine(
        sa,
        "CREATE TABLE Tienda.dbo.pedidos (id int IDENTITY(1,1) PRIMARY KEY, cliente int NOT NULL, total numeric(9,2))",
    )
    fine(sa, "INSERT INTO Tienda.dbo.pedidos (cliente, total) VALUES (1, 10.5), (1, 4), (3, NULL)")
    talk = fine(
        sa,
        """USE Tienda
        SELECT c.nombre, COUNT(p.id) AS n, SUM(p.total) AS suma, MAX(p.id) AS ultimo
        FROM dbo.clientes AS c LEFT JOIN dbo.pedidos p ON p.cliente = c.id
        GROUP BY c.nombre HAVING COUNT(*) > 0 ORDER BY suma DESC, c.nombre""",
    )
    assert talk.rows == [
        ("Cliente 1", 2, Decimal("14.50"), 2),
        ("Cliente 2", 0, None, None),
        ("Cliente 3", 1, None, 3),
    ]
    assert talk.types["suma"] == "numeric(38,2)"
    newest = fine(
        sa,
        """WITH ranked AS (SELECT cliente, id, ROW_NUMBER() OVER (PARTITION BY cliente ORDER BY id DESC) AS place
                           FROM pedidos)
        SELECT c.id, r.id FROM clientes c
        OUTER APPLY (SELECT TOP (1) id FROM ranked WHERE cliente = c.id AND place = 1) r
        WHERE EXISTS (SELECT 1 FROM pedidos p WHERE p.cliente = c.id) OR c.nombre LIKE N'%2' ORDER BY 1""",
    )
    assert newest.rows == [(1, 2), (2, None), (3, 3)]
    assert fine(sa, "SELECT 1 UNION ALL SELECT 1 UNION SELECT 2 ORDER BY 1 DESC").rows == [(2,), (1,)]
    assert fine(sa, "SELECT id FROM clientes WHERE id NOT IN (1, 2) AND id BETWEEN 2 AND 9").rows == [(3,)]
    assert fine(sa, "SELECT id FROM clientes ORDER BY id OFFSET 1 ROWS FETCH NEXT 1 ROWS ONLY").rows == [(2,)]


def test_changes_count_their_rows(sa: WorldSession) -> None:
    talk = fine(sa, "USE Tienda; UPDATE clientes SET nombre = UPPER(nombre) WHERE id > 1; DELETE clientes WHERE id = 1")
    assert [one.count for one in talk.done] == [None, 2, 1]
    talk = fine(sa, "SET NOCOUNT ON; DELETE FROM clientes; SELECT @@ROWCOUNT")
    assert [one.count for one in talk.done] == [None, None, None]
    assert talk.value == 2


def test_tables_refuse_what_does_not_fit(sa: WorldSession) -> None:
    fine(sa, "USE Tienda; CREATE TABLE t (id int PRIMARY KEY, nombre nvarchar(3) NOT NULL)")
    assert ask(sa, "INSERT INTO t VALUES (1, N'abcd')").errors == [2628]
    assert ask(sa, "INSERT INTO t VALUES (1, NULL)").errors == [515]
    assert ask(sa, "INSERT INTO t VALUES (1, N'a'), (1, N'b')").errors == [2627]
    assert ask(sa, "INSERT INTO t VALUES (1)").errors == [213]
    assert ask(sa, "CREATE TABLE t (a int)").errors == [2714]
    assert fine(sa, "SELECT COUNT(*) FROM t").value == 0


def test_transactions_tell_the_client_and_roll_back(sa: WorldSession) -> None:
    other = come_in(sa.world)
    talk = fine(sa, "USE Tienda; BEGIN TRAN; DELETE clientes; SELECT COUNT(*) FROM clientes")
    assert (talk.value, [one.type for one in talk.environment]) == (0, [1, 8])
    assert fine(other, "SELECT COUNT(*) FROM Tienda.dbo.clientes").value == 3
    assert ask(other, "DELETE Tienda.dbo.clientes").errors == [1222]
    assert [one.type for one in fine(sa, "ROLLBACK").environment] == [10]
    assert fine(sa, "SELECT COUNT(*) FROM clientes").value == 3
    fine(sa, "BEGIN TRAN; DELETE clientes; COMMIT")
    assert fine(other, "SELECT COUNT(*) FROM Tienda.dbo.clientes").value == 0
    assert ask(sa, "COMMIT").errors == [3902]


def test_backups_are_refused_in_a_transaction(sa: WorldSession) -> None:
    talk = ask(sa, "BEGIN TRAN; BACKUP DATABASE Tienda TO DISK = 'x.bak'; ROLLBACK")
    assert talk.errors == [3021, 3013]
    assert talk.message(3021).state == 0


def test_dates_are_read_as_the_language_has_it(sa: WorldSession) -> None:
    """In Spanish ``2026-04-05 10:00`` is the fourth of May; with a T it is the fifth of April everywhere."""
    talk = fine(
        sa, "SET LANGUAGE Español; SELECT CAST('2026-04-05 10:00' AS datetime), CAST('2026-04-05T10:00:00' AS datetime)"
    )
    assert talk.rows == [(datetime(2026, 5, 4, 10), datetime(2026, 4, 5, 10))]
    assert talk.texts == ["Se cambió la configuración de idioma a Español."]
    assert talk.environment[0].new == "Español"
    assert ask(sa, "SELECT CAST('2026-04-21 10:00' AS datetime)").errors == [242]


def test_a_session_in_spanish_hears_spanish(world: SqlWorld) -> None:
    world.add_login("ana", "x", roles=["sysadmin"], language="Español")
    talk = ask(come_in(world, "ana", "x"), "BACKUP DATABASE nada TO DISK = 'x.bak'")
    assert talk.texts == [
        "La base de datos 'nada' no existe. Asegúrese de que el nombre se ha escrito correctamente.",
        "Fin anómalo de BACKUP DATABASE.",
    ]


def test_temporary_tables_take_what_procedures_say(sa: WorldSession) -> None:
    fine(sa, "BACKUP DATABASE Tienda TO DISK = N'C:\\Backup\\t.bak'")
    talk = fine(
        sa,
        "CREATE TABLE #f (subdirectory nvarchar(512), depth int, [file] int)\n"
        "INSERT INTO #f EXEC master.sys.xp_dirtree N'C:\\Backup', 1, 1\n"
        "SELECT subdirectory FROM #f WHERE [file] = 1",
    )
    assert talk.rows == [("t.bak",)]


def test_names_in_brackets_and_comments(sa: WorldSession) -> None:
    fine(sa, "CREATE DATABASE [raro ]] nombre]")
    talk = fine(sa, "-- nothing\nSELECT /* a /* nested */ b */ [name] FROM sys.databases WHERE name = N'raro ] nombre'")
    assert talk.rows == [("raro ] nombre",)]


def test_a_parsed_batch_can_be_looked_at() -> None:
    with pytest.raises(SqlError) as caught:
        parse("SELECT 1\nSELECT )")
    assert (caught.value.said[0].number, caught.value.line) == (102, 2)
