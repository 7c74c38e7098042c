"""The example: what a newcomer looks around in is real, and nobody else's folder is touched."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from cli.command_line import CommandLine
from support.world import quiet

from rexus.modules.backup.base import process
from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import BadInput, Failed
from rexus.modules.backup.base.records import Origin, RestoreRequest, SetStatus, Status, Tick
from rexus.modules.backup.base.watching import Level, RunState
from rexus.modules.backup.cli import example as module
from rexus.modules.backup.cli import example_life
from rexus.modules.backup.model import BackupModel

DAYS = 19
"""Enough for every kind of outcome."""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The configuration of an example of a few weeks."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "DAYS", DAYS)
        patched.setattr(module, "_MIB", 1)
        steps: list[tuple[int, int]] = []
        config = module.example(tmp_path_factory.mktemp("ejemplo") / "example", lambda *told: steps.append(told))
    assert steps[0] == (0, DAYS)
    assert steps == sorted(steps)
    return config


@pytest.fixture
def short(monkeypatch):
    """Examples of two days, for whatever is about the folder alone."""
    monkeypatch.setattr(module, "DAYS", 2)
    monkeypatch.setattr(module, "_MIB", 1)


def test_it_shows_every_kind_of_outcome(made):
    listing = BackupModel.open(made).listing()

    assert listing.problems == ()
    assert {one.status for one in listing.sets} == {SetStatus.COMPLETED, SetStatus.FAILED, SetStatus.CANCELLED}
    assert {one.origin for one in listing.sets} >= {Origin.SCHEDULED, Origin.MANUAL, Origin.SAFETY}
    ticks = {each.tick for one in listing.sets for each in one.databases.values()}
    assert ticks >= {Tick.CONTENT, Tick.RESTORED, Tick.FAILED, Tick.NONE}


def test_it_looks_like_weeks_of_work(made):
    model = BackupModel.open(made)
    scheduled = [one for one in model.listing().sets if one.origin is Origin.SCHEDULED]
    sizes = [one.databases["inventario"].size_bytes for one in scheduled]

    assert len({one.set[:8] for one in scheduled}) >= DAYS - 4
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > sizes[-1]
    runs = model.runs()
    assert {one.action for one in runs} >= {"backup", "verify", "drill"}
    assert {one.state for one in runs} <= {RunState.OK, RunState.WARNINGS}


def test_all_databases_are_protected_and_one_old_set_is_not_whole(made):
    health = BackupModel.open(made).health()

    assert health.level is Level.ATTENTION
    assert all(one.ok for one in health.databases.values())
    assert [one.code for one in health.alarms if one.severity != "info"] == ["health.damaged"]


def test_its_backups_are_real(made):
    model = BackupModel.open(made)
    assert model.audit_verify().ok
    newest = next(one.set for one in model.listing().sets if one.status is SetStatus.COMPLETED)
    target = made.parent / "probada.db"
    request = RestoreRequest(set=newest, databases=("inventario",), to=str(target), requested_by="prueba")
    assert model.restore(request, quiet, CancelToken()).outcome.status is Status.OK

    with contextlib.closing(sqlite3.connect(target)) as restored:
        found = restored.execute("select count(*) from movimientos").fetchone()[0]
    facts = model.show(newest).databases["inventario"].facts
    assert found == facts.row_counts["movimientos"]


def test_the_next_start_finds_it_ready_and_changes_nothing(made):
    before = {path: path.stat().st_mtime_ns for path in made.parent.rglob("*.json")}

    assert module.example(made.parent) == made
    assert {path: path.stat().st_mtime_ns for path in made.parent.rglob("*.json")} == before


def test_days_later_what_became_due_is_made_up_for(tmp_path, short, monkeypatch):
    config = module.example(tmp_path / "example")
    later = (datetime.now().astimezone() + timedelta(days=2)).replace(hour=12).astimezone(UTC)  # at no time of a run
    monkeypatch.setattr("rexus.modules.backup.base.clock.SystemClock.now", lambda self: later)
    before = {one.set for one in BackupModel.open(config).listing().sets}
    module.example(config.parent)
    model = BackupModel.open(config)

    assert {one.origin for one in model.listing().sets if one.set not in before} == {Origin.CATCH_UP}
    assert all(one.ok for one in model.health().databases.values())


def test_what_was_begun_and_not_ended_is_made_anew(tmp_path, short):
    folder = tmp_path / "example"
    folder.mkdir()
    (folder / module.MARKER).write_bytes(b'{"whole":false,"pid":1,"start":-5.0}')
    (folder / "medio.db").write_text("x", "utf-8")
    config = module.example(folder)

    assert not (folder / "medio.db").exists()
    assert BackupModel.open(config).listing().sets


def test_one_that_is_being_made_is_left_alone(tmp_path, short):
    parent = os.getppid()
    mine = module._Mark(whole=False, pid=parent, start=process.start_time(parent) or 0.0)
    (tmp_path / module.MARKER).write_bytes(msgspec.json.encode(mine))
    with pytest.raises(BadInput) as refused:
        module.example(tmp_path)

    assert refused.value.code == "example.busy"


def test_a_folder_of_somebody_else_is_never_touched(tmp_path, short):
    (tmp_path / "tesis.odt").write_text("única copia", "utf-8")
    (tmp_path / "archivo").write_text("x", "utf-8")
    for place in (tmp_path, tmp_path / "archivo"):
        with pytest.raises(BadInput) as refused:
            module.example(place)
        assert refused.value.code == "example.foreign_folder"

    assert sorted(one.name for one in tmp_path.iterdir()) == ["archivo", "tesis.odt"]


def test_trouble_in_between_is_told_and_the_next_start_begins_anew(tmp_path, short, monkeypatch):
    folder = tmp_path / "example"
    with monkeypatch.context() as patched:

        def broken(*_: object) -> None:
            raise sqlite3.OperationalError("disk I/O error")

        patched.setattr(example_life, "work", broken)
        with pytest.raises(Failed) as failed:
            module.example(folder)
    assert failed.value.code == "example.failed"

    assert BackupModel.open(module.example(folder)).listing().sets


def test_the_command_tells_its_configuration_and_refuses_strangers(made, tmp_path):
    run = CommandLine(tmp_path / "none.json")
    (tmp_path / "x").write_text("x", "utf-8")
    told = run("example", str(made.parent))
    refused = run("example", ".", "--json")

    assert (told.code, str(made) in told.out) == (0, True)
    assert (refused.code, refused.codes) == (3, {"example.foreign_folder"})
    assert run("example", "", "--json").code == 3
