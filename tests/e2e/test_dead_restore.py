"""A restore that died: what happens to the databases between its death, people's work and the next starts."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3

import pytest
from support.world import NAMES, World, quiet

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import RestoreRequest, Status

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked copy of the process")


class DiesBefore(RealFiles):
    """The process dies just before a file of that name is replaced."""

    def __init__(self, name: str) -> None:
        self._name = name

    def replace(self, source, target):
        if target.name == self._name:
            os._exit(137)
        super().replace(source, target)


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path).build()
    world.backup()
    for name in NAMES:
        world.add_row(name)
    return world


@pytest.fixture
def before(world):
    return {name: world.content(name) for name in NAMES}


def die(world: World, at: str, *names: str) -> None:
    """Restore these databases in a process that dies there."""
    saved = world.model().listing().sets[-1].set
    child = os.fork()
    if child == 0:
        try:
            world.overwrite(saved, *names, port=DiesBefore(at))
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 137


def codes(problems) -> set[str]:
    return {problem.code for problem in problems}


def test_the_next_start_takes_it_back_and_says_so(world, before):
    die(world, "inventario.db", "users", "inventario")
    assert "check.restore_open" in codes(world.model().check())

    result = world.backup(files=False)

    assert result.outcome.status is Status.WARNINGS
    assert {"sweep.restore_undone", "undo.done"} <= codes(result.outcome.problems)
    assert {name: world.content(name) for name in NAMES} == before
    assert world.backup(files=False).outcome.status is Status.OK
    assert world.unfinished() == []


def test_what_people_write_after_the_death_is_never_overwritten(world, before):
    die(world, "inventario.db", "users", "inventario")
    world.add_row("users", "el trabajo de un día")
    worked = world.content("users")

    result = world.backup(files=False)

    assert "undo.worked_with" in codes(result.outcome.problems)
    assert world.content("users") == worked
    assert world.content("inventario") == before["inventario"]
    world.add_row("users")
    again = world.content("users")
    assert world.backup(files=False).outcome.status is Status.OK
    assert world.content("users") == again


def test_a_disk_that_forgot_the_times_is_told_by_its_bytes(world, before):
    die(world, "inventario.db", "users", "inventario")
    for name in NAMES:
        os.utime(world.database(name))

    world.backup(files=False)

    assert {name: world.content(name) for name in NAMES} == before


def test_what_was_taken_back_once_is_not_taken_back_again(world, before):
    die(world, "inventario.db", "users", "inventario")
    child = os.fork()
    if child == 0:
        try:
            world.backup(port=DiesBefore("users_x"), files=False)
        finally:
            os._exit(137)
    os.waitpid(child, 0)
    world.add_row("users")
    world.add_row("inventario")
    now = {name: world.content(name) for name in NAMES}

    world.backup(files=False)

    assert {name: world.content(name) for name in NAMES} == now


def test_a_lost_staged_file_does_not_cost_an_untouched_database(world, before):
    die(world, "users.db", "users", "inventario")
    for path in world.app.glob("*.partial"):
        path.unlink()
    world.add_row("users")
    now = world.content("users")

    world.backup(files=False)

    assert world.content("users") == now


def test_while_the_way_back_is_barred_it_stays_open_and_its_safety_set_stays(world, before):
    die(world, "inventario.db", "users", "inventario")
    safety = world.model().listing().sets[0].set
    with contextlib.closing(sqlite3.connect(world.database("users"))) as application:
        application.execute("begin")
        application.execute("select count(*) from datos").fetchone()

        barred = world.backup(files=False)
        kept = world.delete(safety)

    assert "undo.failed" in codes(barred.outcome.problems)
    assert "sweep.restore_undone" not in codes(barred.outcome.problems)
    assert kept.outcome.status is Status.REFUSED
    assert "delete.needed" in codes(kept.outcome.problems)
    world.backup(files=False)
    assert {name: world.content(name) for name in NAMES} == before
    assert world.backup(files=False).outcome.status is Status.OK


def test_a_new_database_that_died_goes_with_its_companions(world, tmp_path):
    saved = world.model().listing().sets[-1].set
    target = tmp_path / "fuera"
    child = os.fork()
    if child == 0:
        try:
            request = RestoreRequest(set=saved, databases=("users", "inventario"), to=str(target))
            world.model(DiesBefore("inventario.db")).restore(request, quiet, CancelToken())
        finally:
            os._exit(0)
    os.waitpid(child, 0)

    world.backup(files=False)

    assert list(target.iterdir()) == []


def test_a_restore_that_could_not_tidy_up_stays_done(world):
    saved = world.model().listing().sets[-1].set
    (world.app / "requirements.txt").write_text("mío", "utf-8")

    class CommitFails(RealFiles):
        def replace(self, source, target):
            if target.name.startswith(".restoring-") and b'"committed":true' in source.read_bytes():
                raise OSError(errno.EIO, "disk")
            super().replace(source, target)

    request = RestoreRequest(set=saved, everything=True, overwrite=True, confirmed=(*NAMES, "config", "application"))
    result = world.model(CommitFails()).restore(request, quiet, CancelToken())
    assert result.outcome.status is Status.WARNINGS, result.outcome.problems
    then = {name: world.content(name) for name in NAMES}

    world.backup(files=False)

    assert (world.app / "requirements.txt").read_text("utf-8") == "PyQt6\n"
    assert {name: world.content(name) for name in NAMES} == then
    assert world.unfinished() == []


def test_everything_comes_out_of_a_folder_that_can_not_be_written(world, tmp_path):
    saved = world.model().listing().sets[-1].set
    target = tmp_path / "fuera"

    class ReadOnly(RealFiles):
        def create(self, path, *, private=True):
            if path.is_relative_to(world.root):
                raise OSError(errno.EROFS, "read-only", str(path))
            return super().create(path, private=private)

        def append(self, path):
            raise OSError(errno.EROFS, "read-only", str(path))

        def make_folder(self, path, *, private=True):
            if path.is_relative_to(world.root) and not path.exists():
                raise OSError(errno.EROFS, "read-only", str(path))
            super().make_folder(path, private=private)

    request = RestoreRequest(set=saved, everything=True, to=str(target))
    result = world.model(ReadOnly()).restore(request, quiet, CancelToken())

    assert result.outcome.status is Status.WARNINGS, result.outcome.problems
    assert "restore.unheld" in codes(result.outcome.problems)
    assert sorted(path.name for path in target.iterdir()) == [
        "application",
        "auditoria.db",
        "config",
        "inventario.db",
        "users.db",
    ]
    assert (target / "config/requirements.txt").read_text("utf-8") == "PyQt6\n"
    assert world.unfinished() == []
    shutil.rmtree(target)


def test_one_to_another_place_names_no_set_that_would_have_to_be_restored(world, before, tmp_path):
    saved, beside = world.model().listing().sets[-1].set, tmp_path / "aparte"
    child = os.fork()
    if child == 0:
        try:
            request = RestoreRequest(
                set=saved, databases=("users", "inventario"), to=str(beside), requested_by="prueba"
            )
            world.model(DiesBefore("inventario.db")).restore(request, quiet, CancelToken())
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 137

    found = {one.code: one for one in world.model().check()}
    assert "check.restore_open" not in found
    assert str(beside) in str(found["check.restore_new"].values["target"])
    assert saved not in found["check.restore_new"].values.values()

    result = world.backup(files=False)

    assert "sweep.restore_undone" not in codes(result.outcome.problems)
    assert "sweep.restore_removed" in codes(result.outcome.problems)
    assert not list(beside.glob("*.db"))
    assert {name: world.content(name) for name in NAMES} == before
