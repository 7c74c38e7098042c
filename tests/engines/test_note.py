"""A row in the application's own audit table: into the table there is, as it is; never a table or a file more."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from engines.sqlite_world import HOLDER, engine, make, running
from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.base.errors import BackupError, BadInput, Refused, SourceFailed
from rexus.modules.backup.base.watching import AuditRow
from rexus.modules.backup.engines.audit_tables import TABLES, fitted

TRAIL = """create table audit_trail(id integer primary key autoincrement, tabla varchar(100) not null,
    accion varchar(20) not null, registro_id int not null, usuario_id int, usuario_nombre varchar(100),
    datos_anteriores text, datos_nuevos text, modulo varchar(50), detalles text,
    fecha_cambio datetime default current_timestamp, ip_address varchar(45))"""
SCREEN = """create table auditoria_log(id integer primary key, usuario text not null, modulo text not null,
    accion text not null, descripcion text, tabla_afectada text, registro_id int not null, valores_anteriores text,
    valores_nuevos text, nivel_criticidad text, resultado text, error_mensaje text, fecha_hora datetime)"""
ROW = AuditRow(
    at=datetime(2025, 8, 6, 17, 30, 52, tzinfo=UTC),
    who="Ana Núñez",
    action="backup",
    result="ok",
    target="20250806_143052",
    detail="manual: users:content:abc",
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return make(tmp_path / "auditoria.db", rows=3)


def having(place: Path, *tables: str) -> Path:
    with contextlib.closing(sqlite3.connect(place)) as db, db:
        for one in tables:
            db.execute(one)
    return place


def rows(place: Path, table: str) -> list[dict[str, object]]:
    with contextlib.closing(sqlite3.connect(place)) as db:
        db.row_factory = sqlite3.Row
        return [dict(one) for one in db.execute(f"select * from {table}")]


def test_the_trail_is_filled_as_the_application_does(place):
    engine(having(place, SCREEN, TRAIL)).note("auditoria", ROW)

    (row,) = rows(place, "audit_trail")
    assert row["accion"] == "BACKUP"
    assert (row["tabla"], row["modulo"], row["registro_id"]) == ("backups", "Backups", 0)
    assert row["usuario_nombre"] == "Ana Núñez"
    assert "20250806_143052" in row["detalles"]
    assert row["fecha_cambio"] == ROW.at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    assert row["usuario_id"] is None
    assert rows(place, "auditoria_log") == []


@pytest.mark.parametrize(
    ("status", "result", "action", "grave"),
    [
        ("ok", "EXITOSO", "backup", "MEDIA"),
        ("warnings", "WARNING", "verify", "MEDIA"),
        ("failed", "FALLIDO", "backup", "ALTA"),
        ("cancelled", "FALLIDO", "drill", "ALTA"),
        ("ok", "EXITOSO", "restore", "ALTA"),
        ("ok", "EXITOSO", "delete", "ALTA"),
    ],
)
def test_the_table_of_the_audit_screen_gets_its_own_words(place, status, result, action, grave):
    one = AuditRow(at=ROW.at, who="ana", action=action, result=status, error="Disco lleno.")
    engine(having(place, SCREEN)).note("auditoria", one)

    (row,) = rows(place, "auditoria_log")
    assert (row["resultado"], row["nivel_criticidad"], row["accion"]) == (result, grave, action.upper())
    assert (row["usuario"], row["modulo"], row["error_mensaje"]) == ("ana", "Backups", "Disco lleno.")


def test_a_table_with_other_spelling_and_fewer_columns_gets_what_it_can_hold(place):
    table = "create table Audit_Trail(Tabla text, ACCION varchar(20), Usuario_Nombre text)"
    engine(having(place, table)).note("auditoria", ROW)

    assert rows(place, "audit_trail") == [{"Tabla": "backups", "ACCION": "BACKUP", "Usuario_Nombre": "Ana Núñez"}]


def test_without_a_table_none_is_made(place):
    before = place.read_bytes()
    with pytest.raises(Refused) as refused:
        engine(place).note("auditoria", ROW)

    assert refused.value.code == "audit_row.no_table"
    assert place.read_bytes() == before


@pytest.mark.parametrize(
    "other",
    ["create table audit_trail(id integer primary key, hecho text)", "create view audit_trail as select 1 as accion"],
)
def test_something_else_of_that_name_is_passed_over(place, other):
    engine(having(place, other, SCREEN)).note("auditoria", ROW)

    assert len(rows(place, "auditoria_log")) == 1


def test_a_missing_database_is_not_made_either(tmp_path):
    with pytest.raises(SourceFailed) as failed:
        engine(tmp_path / "auditoria.db").note("auditoria", ROW)

    assert failed.value.code == "source.missing"
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_stays_empty(tmp_path):
    (tmp_path / "auditoria.db").touch()
    with pytest.raises(SourceFailed):
        engine(tmp_path / "auditoria.db").note("auditoria", ROW)

    assert (tmp_path / "auditoria.db").stat().st_size == 0


def test_a_name_that_is_not_configured_is_refused(place):
    with pytest.raises(BadInput) as refused:
        engine(place).note("otra", ROW)

    assert refused.value.code == "database.unknown"


def test_a_table_that_wants_more_than_we_know_keeps_its_rows(place):
    strange = "create table audit_trail(accion text, usuario_nombre text, firma text not null)"
    with pytest.raises(BackupError):
        engine(having(place, strange)).note("auditoria", ROW)

    assert rows(place, "audit_trail") == []


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_somebody_who_writes_for_long_is_not_waited_for_for_ever(tmp_path, mode):
    place = having(make(tmp_path / "auditoria.db", mode, rows=3), TRAIL)
    with running(HOLDER, place, "begin immediate"), pytest.raises(SourceFailed) as failed:
        engine(place, wait_s=0.3).note("auditoria", ROW)

    assert failed.value.code == "source.busy"
    engine(place).note("auditoria", ROW)
    assert len(rows(place, "audit_trail")) == 1


def test_readers_are_not_disturbed(place):
    having(place, TRAIL)
    with running(HOLDER, place, "begin", "select count(*) from a"):
        engine(place).note("auditoria", ROW)

    assert len(rows(place, "audit_trail")) == 1


def test_a_row_can_always_be_written_and_never_outgrows_the_widths(tmp_path_factory):
    place = having(make(tmp_path_factory.mktemp("ancho") / "auditoria.db", rows=1), TRAIL)
    odd = AuditRow(at=ROW.at, who="ñ\0'; drop table audit_trail; --\udcff" * 40, action="x" * 300, result="ok")
    engine(place).note("auditoria", odd)

    (row,) = rows(place, "audit_trail")
    assert (len(row["usuario_nombre"]), len(row["accion"])) == (100, 20)


@given(st.text(), st.text(), st.text(), st.text(), st.sets(st.sampled_from(["accion", "usuario", "USUARIO_NOMBRE"])))
def test_what_fits_is_a_part_of_what_is_there(who, action, detail, error, there):
    row = AuditRow(at=ROW.at, who=who, action=action, result="failed", detail=detail, error=error)
    for table in TABLES:
        values = fitted(table, there, row)
        assert set(values) <= there
        assert all(isinstance(one, int) or len(one) <= 4000 for one in values.values())
        assert bool(values) == ("accion" in there and ("usuario", "USUARIO_NOMBRE")[table == "audit_trail"] in there)
