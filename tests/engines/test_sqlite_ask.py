"""Questions to a plain database file: one answer, nothing but reading, and an end in time."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
import subprocess
import sys
import threading

import pytest
from engines.sqlite_world import backed_up, engine, make

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import BackupError, Cancelled, Failed, Refused, SourceFailed
from rexus.modules.backup.engines import sqlite_question

INSIDE = (
    "select sum(instr(h || h, substr(h || h, 1, 499999) || 'b')) "
    "from (select replace(hex(zeroblob(250000)), '0', 'a') as h), a, a as another"
)
"""Instructions of SQLite of many seconds each, in which it looks at no clock."""
ENDLESS = "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n"


@pytest.fixture
def copy(tmp_path):
    """A database in WAL mode as a backup holds it, with text, numbers, instants and virtual tables."""
    path = make(tmp_path / "a.db")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("create table ventas(id integer primary key, importe real, hecha text, nota text)")
        db.execute("insert into ventas values(1, 10.5, '2025-08-06 14:30:00', 'Ñandú'), (2, 2, null, '{\"n\": 7}')")
        db.execute("create virtual table busqueda using fts5(texto)")
        db.execute("insert into busqueda values('hola mundo')")
        db.execute("create view caras as select * from ventas where importe > 5")
    backed_up(engine(path), tmp_path / "copia")
    return tmp_path / "copia"


def ask(copy, query: str, *, timeout_s: float = 30.0, cancel: CancelToken | None = None):
    before = hashlib.sha256(copy.read_bytes()).hexdigest(), sorted(one.name for one in copy.parent.iterdir())
    try:
        return engine().ask(copy, query, timeout_s, cancel or CancelToken())
    finally:
        after = hashlib.sha256(copy.read_bytes()).hexdigest(), sorted(one.name for one in copy.parent.iterdir())
        assert after == before


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("select count(*) from a", 300.0),
        ("select sum(importe) from ventas;", 12.5),
        ("select max(hecha) from ventas", "2025-08-06 14:30:00"),
        ("select nota from ventas where id = 1", "Ñandú"),
        ("select hecha from ventas where id = 2", None),
        ("select importe from ventas where id = 99", None),
        ("select count(*) from caras", 1.0),
        ("with mucho as (select 1 union select 2) select count(*) from mucho", 2.0),
        ("with recursive n(x) as (select 1 union all select x + 1 from n where x < 9) select sum(x) from n", 45.0),
        ("values (3)", 3.0),
        ("select json_extract(nota, '$.n') from ventas where id = 2", 7.0),
        ("select count(*) from busqueda where busqueda match 'hola'", 1.0),
        ("select count(*) from sqlite_master where name = 'ventas'", 1.0),
        ("-- cuántas\nselect count(*) from ventas", 2.0),
        ("select count(*) from json_each('[1, 2]')", 2.0),
        ("select 9e999", None),
        ("select x'00ff'", None),
    ],
)
def test_one_question_has_one_answer(copy, query, answer):
    assert ask(copy, query) == answer


@pytest.mark.parametrize(
    "query",
    [
        "insert into a(x) values(1)",
        "delete from a",
        "update a set x = 0",
        "drop table a",
        "create table z(x)",
        "create temp table z as select 1",
        "insert into a(x) values(1) returning x",
        "attach database ':memory:' as otra",
        "vacuum",
        "reindex",
        "begin",
        "savepoint x",
        "pragma writable_schema = 1",
        "pragma journal_mode = delete",
        "pragma user_version",
        "select * from pragma_table_info('a')",
        "select load_extension('/tmp/x')",
        "alter table a rename to b2",
        "insert into busqueda(busqueda) values('rebuild')",
        "analyze",
    ],
)
def test_what_does_more_than_read_is_refused(copy, query):
    with pytest.raises(Refused) as refused:
        ask(copy, query)
    assert refused.value.code == "drill.query_refused"


@pytest.mark.parametrize(
    "query",
    [
        "",
        "-- nada",
        "selekt 1",
        "select 1; select 2",
        "select 1; drop table a",
        "select 1, 2",
        "select id from a",
        "select 'a\0b'",
        "select no_hay(1)",
        "update sqlite_master set sql = ''",
        "select ?",
        "select cast(x'fffe' as text)",
        "select '\ud800'",
        "select length(randomblob(900000000))",
    ],
)
def test_what_is_no_question_is_told(copy, query):
    with pytest.raises(Refused) as refused:
        ask(copy, query)
    assert refused.value.code == "drill.query_unusable"
    assert refused.value.values["why"]


@pytest.mark.parametrize("query", ["select count(*) from nadie", "select nada from a"])
def test_a_copy_that_lacks_what_is_asked_for_fails(copy, query):
    with pytest.raises(Failed) as failed:
        ask(copy, query)
    assert failed.value.code == "drill.query_failed"


def test_a_question_without_end_is_ended(copy):
    with pytest.raises(Failed) as failed:
        ask(copy, ENDLESS, timeout_s=0.05)
    assert (failed.value.code, failed.value.values) == ("drill.query_slow", {"seconds": 1})


def test_one_instruction_without_end_is_ended_too(copy):
    with pytest.raises(Failed) as failed:
        ask(copy, INSIDE, timeout_s=0.3)
    assert failed.value.code == "drill.query_slow"


@pytest.mark.parametrize("query", [INSIDE, ENDLESS])
def test_a_wish_to_stop_ends_it_at_once(copy, query):
    stopped = CancelToken()
    threading.Timer(0.3, stopped.cancel).start()
    with pytest.raises(Cancelled):
        ask(copy, query, timeout_s=3600.0, cancel=stopped)


def test_whoever_asked_and_died_leaves_nobody_asking(copy):
    order = {"uri": f"file:{copy.as_posix()}?mode=ro", "query": INSIDE, "longest": 1 << 20, "heap": 1 << 28}
    command = [sys.executable, "-I", "-S", sqlite_question.__file__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as alone:
        alone.stdin.write(json.dumps(order).encode() + b"\n")
        alone.stdin.close()
        assert alone.stdout.read() == b""
        assert alone.wait(30) == 1


@pytest.mark.parametrize(
    "query",
    [
        "select hex(zeroblob(900000))",
        "select " + ", ".join(["hex(zeroblob(500000))"] * 300) + " from a",
        "with recursive t(x) as (select 1 union all select x + 1 from t) "
        "select count(*) from (select x, hex(randomblob(1000)) h from t order by h)",
    ],
)
def test_a_question_that_wants_too_much_room_is_told(copy, query):
    with pytest.raises(Refused) as refused:
        ask(copy, query)
    assert refused.value.code == "drill.query_unusable"


def test_large_values_beside_are_in_nobodys_way(tmp_path):
    path = make(tmp_path / "a.db", rows=2)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("create table fotos(id integer primary key, foto blob, nota int)")
        db.executemany("insert into fotos(foto, nota) values(zeroblob(?), 7)", [(3 << 20,), (1000,), (3 << 20,)])
        db.execute("create table sin(x, y generated always as (zeroblob(300000000 + x)) virtual)")
        db.execute("insert into sin(x) values(1)")
    backed_up(engine(path), tmp_path / "copia")

    assert ask(tmp_path / "copia", "select sum(nota) + max(length(foto)) from fotos") == 21 + (3 << 20)
    assert engine().sample(tmp_path / "copia", 30, CancelToken()) >= 2 + 2


def test_what_the_schema_of_the_copy_holds_is_not_trusted(tmp_path):
    path = make(tmp_path / "a.db", rows=2)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("create view trampa as select * from pragma_data_version")
    backed_up(engine(path), tmp_path / "copia")

    with pytest.raises(Refused, match="unsafe use of virtual table"):
        ask(tmp_path / "copia", "select count(*) from trampa")


@pytest.mark.parametrize("call", ["fts3_tokenizer('simple')", "FTS3_Tokenizer('simple')", "load_extension('x')"])
def test_functions_that_do_more_than_calculate_are_refused(copy, call):
    with contextlib.closing(sqlite3.connect(":memory:")) as db:
        known = {name for (name,) in db.execute("select name from pragma_function_list")}
    with pytest.raises(Refused) as refused:
        ask(copy, f"select {call}")
    if call.partition("(")[0].lower() in known:
        assert refused.value.code == "drill.query_refused"


def test_a_wish_to_stop_reaches_a_question_and_a_sample(copy):
    stopped = CancelToken()
    stopped.cancel()
    with pytest.raises(Cancelled):
        ask(copy, ENDLESS, cancel=stopped)
    with pytest.raises(Cancelled):
        engine().sample(copy, 100, stopped)


def test_a_sample_reads_some_of_every_table(copy):
    assert engine().sample(copy, 10_000, CancelToken()) >= 300 + 300 + 2
    few = engine().sample(copy, 30, CancelToken())
    assert 32 <= few <= 2 * (30 + 4) + 2


def test_a_sample_reads_strange_tables_too(tmp_path):
    path = make(tmp_path / "a.db", rows=2)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.create_function("es_cuit", 1, lambda _text: 1, deterministic=True)
        db.execute("create table c(n, v as (es_cuit(n)))")
        db.execute("insert into c values(1)")
        db.execute('create table "tabla ""rara"" ñ"(rowid text)')
        db.execute('insert into "tabla ""rara"" ñ" values(\'uno\')')
        db.execute("create table sin_rowid(x primary key) without rowid")
        db.executemany("insert into sin_rowid values(?)", ((number,) for number in range(50)))
        db.execute("create table mala(t text)")
        db.execute("insert into mala values(cast(x'fffe' as text))")
        db.execute("create table lejos(id integer primary key)")
        db.execute("insert into lejos values(-9223372036854775808), (0), (9223372036854775807)")
    backed_up(engine(path), tmp_path / "copia")

    assert engine().sample(tmp_path / "copia", 30, CancelToken()) >= 2 + 2 + 30 + 1 + 3


def test_a_sample_meets_damage_that_lies_behind_the_first_page(tmp_path):
    path = make(tmp_path / "a.db", rows=3000)
    backed_up(engine(path), tmp_path / "copia")
    blob = bytearray((tmp_path / "copia").read_bytes())
    for page in range(1, len(blob) // 4096):
        blob[page * 4096 : page * 4096 + 8] = b"\xff" * 8
    (tmp_path / "copia").write_bytes(blob)

    with pytest.raises(SourceFailed) as failed:
        engine().sample(tmp_path / "copia", 100, CancelToken())
    assert failed.value.code == "source.corrupt"


def test_the_marks_move_on_with_every_new_row_and_table(tmp_path):
    path = make(tmp_path / "a.db")
    marks = []
    for statement in ("select 1", "insert into a(x) values(1)", "create table nueva(x)"):
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute(statement)
        marks.append(backed_up(engine(path), tmp_path / "copia")[0].marks)
    assert marks[0]["newest:a"] + 1 == marks[1]["newest:a"] == marks[2]["newest:a"]
    assert marks[0]["schema_version"] == marks[1]["schema_version"] < marks[2]["schema_version"]


def test_a_missing_file_is_named(tmp_path):
    for asked in (
        lambda one: one.sample(tmp_path / "no", 9, CancelToken()),
        lambda one: one.ask(tmp_path / "no", "select 1", 1.0, CancelToken()),
    ):
        with pytest.raises(BackupError) as missing:
            asked(engine())
        assert missing.value.code == "source.missing"
