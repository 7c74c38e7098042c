"""Every action also leaves a row in the application's audit table, and trouble with that spoils nothing."""

from __future__ import annotations

import contextlib
import json
import sqlite3

import pytest
from engines.sqlite_world import HOLDER, running
from support.world import NAMES, World, quiet, rows_of

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import Refused
from rexus.modules.backup.base.identity import Identity
from rexus.modules.backup.base.records import (
    BackupRequest,
    Outcome,
    PruneRequest,
    RestoreRequest,
    Severity,
    Status,
)
from rexus.modules.backup.base.texts import sentence
from rexus.modules.backup.base.watching import RetentionRequest
from rexus.modules.backup.model import BackupModel

SCREEN = """create table auditoria_log(id integer primary key, usuario text, modulo text, accion text,
    descripcion text, tabla_afectada text, registro_id int not null, valores_anteriores text, valores_nuevos text,
    nivel_criticidad text, resultado text, error_mensaje text, fecha_hora datetime)"""


@pytest.fixture
def world(tmp_path):
    made = World(
        tmp_path, rows=20, audit_database="auditoria", retention={"after_backup": False}, files={"application": []}
    ).build()
    with contextlib.closing(sqlite3.connect(made.database("auditoria"))) as db, db:
        db.execute(SCREEN)
    return made


def told(world: World) -> list[tuple[str, str, str]]:
    with contextlib.closing(sqlite3.connect(world.database("auditoria"))) as db:
        return list(db.execute("select usuario, accion, resultado from auditoria_log order by id"))


def warned(outcome: Outcome) -> list[str]:
    return [one.code for one in outcome.problems if one.severity is not Severity.INFO]


def test_what_is_done_by_hand_is_told_one_by_one(world):
    first = world.backup().outcome.set
    second = world.backup().outcome.set
    world.verify(first)
    model = world.model()
    model.pin((first,), "cierre", None, "prueba")
    model.unpin((first,), "prueba")
    assert world.delete(first).outcome.status is Status.OK
    world.overwrite(second, "users")

    assert told(world) == [
        ("prueba", action, "EXITOSO") for action in ("BACKUP", "BACKUP", "VERIFY", "PIN", "UNPIN", "DELETE", "RESTORE")
    ]


def test_a_restore_of_the_audit_database_itself_is_in_the_restored_one(world):
    name = world.backup().outcome.set
    world.add_row("auditoria")
    before = rows_of(world.database("auditoria"))
    result = world.overwrite(name, "auditoria")

    assert result.outcome.status in (Status.OK, Status.WARNINGS)
    assert not [one for one in result.outcome.problems if one.code.startswith("audit_row.")]
    assert rows_of(world.database("auditoria")) == before[:-1]
    assert told(world) == [("prueba", "RESTORE", "EXITOSO")], "the backup's own row came after what it holds"


def test_without_its_table_a_good_backup_has_a_warning_and_no_table(world):
    with contextlib.closing(sqlite3.connect(world.database("auditoria"))) as db, db:
        db.execute("drop table auditoria_log")
    outcome = world.backup().outcome

    assert outcome.status is Status.WARNINGS
    assert warned(outcome) == ["audit_row.no_table"]
    assert "auditoria" in sentence(outcome.problems[-1]).message
    assert world.verify(outcome.set).outcome.proof
    with contextlib.closing(sqlite3.connect(world.database("auditoria"))) as db:
        assert db.execute("select name from sqlite_master where type = 'table'").fetchall() == [("datos",)]


def test_a_locked_audit_database_is_a_warning_of_a_good_backup(world):
    with running(HOLDER, world.database("auditoria"), "begin immediate"):
        outcome = world.backup().outcome

    assert outcome.status is Status.WARNINGS
    assert outcome.proof
    assert warned(outcome) == ["audit_row.unwritten"]
    assert told(world) == []
    world.backup()
    assert told(world) == [("prueba", "BACKUP", "EXITOSO")]


def test_a_damaged_audit_database_is_told_and_the_others_are_backed_up(world):
    world.database("auditoria").write_bytes(b"no es una base de datos" * 100)
    outcome = world.backup("users").outcome

    assert outcome.status is Status.WARNINGS
    assert warned(outcome) == ["audit_row.unwritten"]


def test_a_failure_is_told_with_its_reason(world):
    world.database("users").write_bytes(b"no es una base de datos" * 100)
    outcome = world.backup("users").outcome

    assert outcome.status is Status.FAILED
    with contextlib.closing(sqlite3.connect(world.database("auditoria"))) as db:
        (row,) = db.execute("select resultado, nivel_criticidad, error_mensaje from auditoria_log")
    assert row[:2] == ("FALLIDO", "ALTA")
    assert "users" in row[2]


def test_the_row_names_the_sets_or_the_plan(world):
    first, second = world.backup().outcome.set, world.backup().outcome.set
    third = world.backup().outcome.set
    model = world.model()
    model.pin((first, second), "cierre", None, "prueba")
    model.unpin((first, second), "prueba")
    world.delete(first, second)
    digest = model.prune(RetentionRequest(requested_by="prueba"), CancelToken()).plan.digest
    world.delete(third)

    with contextlib.closing(sqlite3.connect(world.database("auditoria"))) as db:
        rows = list(db.execute("select accion, valores_nuevos from auditoria_log order by id"))[3:]
    named = [(action, json.loads(told)["set"]) for action, told in rows]
    both = f"{first}, {second}"
    newest_first = f"{second}, {first}"
    assert named[:3] == [("PIN", both), ("UNPIN", both), ("DELETE", newest_first)]
    assert named[3][0] == "PRUNE"
    assert digest in named[3][1]
    assert named[4] == ("DELETE", third), "refused, and it is told of which set"


def test_who_is_refused_by_role_has_a_row(world):
    name = world.backup().outcome.set
    model = BackupModel.open(world.config, identity=Identity(name="ana", host_role="supervisor"))
    with pytest.raises(Refused, match="denied_by_host"):
        model.delete(PruneRequest(sets=(name,), confirmed=(name,), requested_by="ana"))

    with contextlib.closing(sqlite3.connect(world.database("auditoria"))) as db:
        rows = list(db.execute("select usuario, accion, resultado, valores_nuevos from auditoria_log order by id"))
    assert rows[-1][:3] == ("ana", "DELETE", "FALLIDO")
    assert json.loads(rows[-1][3]) == {"set": name, "status": "refused"}


def test_a_row_that_the_table_does_not_take_is_a_failed_write(world):
    with contextlib.closing(sqlite3.connect(world.database("auditoria"))) as db, db:
        db.execute("create trigger cerrada before insert on auditoria_log begin select raise(abort, 'cerrada'); end")
    outcome = world.backup().outcome

    (unwritten,) = [one for one in outcome.problems if one.code == "audit_row.unwritten"]
    assert unwritten.values["reason"] == "cerrada"


def test_no_secret_gets_into_the_row(world):
    (world.app / ".env").write_text("DB_PASSWORD=prueba\n", "utf-8")
    world.backup()

    with contextlib.closing(sqlite3.connect(world.database("auditoria"))) as db:
        dump = "\n".join(db.iterdump())
    assert "prueba" not in dump
    assert "********" in dump


def test_no_secret_gets_into_the_row_of_what_went_wrong(world):
    (world.app / ".env").write_text("CLAVE_DEL_ERP=users\n", "utf-8")
    world.database("users").write_bytes(b"no es una base de datos" * 100)
    assert world.backup("users").outcome.status is Status.FAILED

    with contextlib.closing(sqlite3.connect(world.database("auditoria"))) as db:
        (row,) = db.execute("select error_mensaje from auditoria_log")
    assert "********" in row[0]
    assert "users" not in row[0]


def test_with_nothing_configured_no_row_is_written_and_nothing_is_told(tmp_path):
    world = World(tmp_path, rows=5, retention={"after_backup": False}).build()
    before = {name: rows_of(world.database(name)) for name in NAMES}

    assert world.backup().outcome.status is Status.OK
    assert {name: rows_of(world.database(name)) for name in NAMES} == before


def test_a_person_of_the_host_is_judged_by_the_role_there(world):
    name = world.backup().outcome.set

    def model(role: str) -> BackupModel:
        return BackupModel.open(world.config, identity=Identity(name="ana", host_role=role))

    request = RestoreRequest(set=name, databases=("users",), overwrite=True, confirmed=("users",), requested_by="ana")
    for role in ("supervisor", "USUARIO", "algo nuevo", ""):
        with pytest.raises(Exception, match="denied_by_host"):
            model(role).restore(request, quiet, CancelToken())
        assert model(role).listing().sets
    assert model("supervisor").backup(BackupRequest(requested_by="ana"), quiet, CancelToken()).outcome.proof
    with pytest.raises(Exception, match="denied_by_host"):
        model("USUARIO").backup(BackupRequest(requested_by="ana"), quiet, CancelToken())
    refused = [one for one in world.model().audit().tail(50) if one.result == "refused"]
    assert [(one.who, one.what) for one in refused] == [*[("ana", "restore")] * 4, ("ana", "backup")]
    assert model("Super_Admin").restore(request, quiet, CancelToken()).outcome.proof
