"""From proven archives back to databases; nothing is touched before everything is proven."""

from __future__ import annotations

import contextlib
import errno
import json
import sqlite3
import sys

import msgspec
import pytest
from support.faults import FaultyFiles
from support.world import NAMES, World, make_database, quiet, rows_of

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import BadInput
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import Origin, RestoreRequest, SetStatus, Status, Tick


@pytest.fixture
def world(tmp_path):
    return World(tmp_path).build()


@pytest.fixture
def saved(world):
    return world.backup().outcome.set


def restore(world, request: RestoreRequest):
    return world.model().restore(request, quiet, CancelToken())


def codes(problems) -> set[str]:
    return {problem.code for problem in problems}


def test_a_copy_beside_is_the_easy_way(world, saved, tmp_path):
    target = tmp_path / "copia de prueba/usuarios.db"

    result = restore(world, RestoreRequest(set=saved, databases=("users",), to=str(target)))

    assert result.outcome.status is Status.OK, result.outcome.problems
    assert rows_of(target) == world.content("users")
    assert result.safety_set is None
    assert world.model().listing().sets[0].databases["users"].tick is Tick.RESTORED


def test_overwriting_brings_the_old_rows_back_and_keeps_the_new_ones_in_a_safety_set(world, saved):
    then = world.content("users")
    world.add_row("users")
    now = world.content("users")

    result = world.overwrite(saved, "users")

    assert result.outcome.status is Status.OK, result.outcome.problems
    assert world.content("users") == then
    assert world.model().show(result.safety_set).origin is Origin.SAFETY
    assert world.overwrite(result.safety_set, "users").outcome.status is Status.OK
    assert world.content("users") == now


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "restore.exists"),
        ({"overwrite": True}, "restore.unconfirmed"),
        ({"overwrite": True, "confirmed": ("inventario",)}, "restore.unconfirmed"),
    ],
)
def test_overwriting_needs_the_name(world, saved, changes, code):
    before = world.content("users")

    result = restore(world, RestoreRequest(set=saved, databases=("users",), **changes))

    assert result.outcome.status is Status.REFUSED
    assert codes(result.outcome.problems) == {code}
    assert world.content("users") == before


def test_an_empty_target_and_unknown_names_are_refused(world, saved):
    for request in (
        RestoreRequest(set=saved, databases=("users",), to=""),
        RestoreRequest(set=saved, databases=("nadie",)),
        RestoreRequest(set="20200101_000000", databases=("users",)),
        RestoreRequest(set=saved),
        RestoreRequest(set=saved, files="fotos"),
    ):
        with pytest.raises(BadInput):
            restore(world, request)


def test_a_damaged_archive_leaves_the_database_alone(world, saved):
    path = world.root / world.model().show(saved).databases["users"].file
    blob = bytearray(path.read_bytes())
    blob[len(blob) // 2] ^= 1
    path.write_bytes(blob)
    before = world.content("users")

    result = world.overwrite(saved, "users")

    assert result.outcome.status is Status.FAILED
    assert world.content("users") == before
    assert result.safety_set is None
    assert world.unfinished() == []


def test_what_was_never_touched_is_not_called_lost(world, saved):
    """The database is already what the damaged set holds: there is nothing to take back, and nothing is told of it."""
    assert world.overwrite(saved, "users").outcome.status is Status.OK
    path = world.root / world.model().show(saved).databases["users"].file
    blob = bytearray(path.read_bytes())
    blob[len(blob) // 2] ^= 1
    path.write_bytes(blob)

    result = world.overwrite(saved, "users")

    assert result.outcome.status is Status.FAILED
    assert not {one for one in codes(result.outcome.problems) if one.startswith("undo.")}


def test_one_damaged_archive_of_three_keeps_all_three_databases_as_they_are(world, saved):
    path = world.root / world.model().show(saved).databases["auditoria"].file
    path.write_bytes(path.read_bytes()[:-9])
    for name in NAMES:
        world.add_row(name)
    before = {name: world.content(name) for name in NAMES}

    result = world.overwrite(saved, *NAMES)

    assert result.outcome.status is Status.FAILED
    assert {name: world.content(name) for name in NAMES} == before
    assert world.unfinished() == []


def test_while_somebody_writes_it_is_busy_and_nothing_happens(world, saved):
    with contextlib.closing(sqlite3.connect(world.database("users"))) as writer:
        writer.execute("begin immediate")
        writer.execute("insert into datos(texto) values('a medias')")

        result = world.overwrite(saved, "users")

        writer.commit()
    assert result.outcome.status is Status.BUSY
    assert codes(result.outcome.problems) & {"target.in_use"}
    assert len(world.content("users")) == world.rows + 1
    assert world.unfinished() == []


def test_a_damaged_live_database_is_kept_raw_and_replaced(world, saved):
    then = world.content("users")
    live = world.database("users")
    ruined = b"\x00" * 4096 + live.read_bytes()[4096:]
    live.write_bytes(ruined)

    result = world.overwrite(saved, "users")

    assert result.outcome.status in (Status.OK, Status.WARNINGS), result.outcome.problems
    assert world.content("users") == then
    raw = world.root / "safety" / result.safety_set / "users.db"
    assert raw.read_bytes() == ruined


def test_a_lost_database_comes_back_to_its_place(world, saved):
    then = world.content("users")
    for path in world.app.glob("users.db*"):
        path.unlink()

    result = restore(world, RestoreRequest(set=saved, databases=("users",)))

    assert result.outcome.status is Status.OK, result.outcome.problems
    assert world.content("users") == then


def test_a_whole_set_goes_to_a_folder(world, saved, tmp_path):
    target = tmp_path / "otra máquina"

    result = restore(world, RestoreRequest(set=saved, everything=True, to=str(target)))

    assert result.outcome.status is Status.OK, result.outcome.problems
    assert {name: rows_of(target / f"{name}.db") for name in NAMES} == {name: world.content(name) for name in NAMES}
    assert (target / "config/requirements.txt").read_text("utf-8") == "PyQt6\n"
    assert (target / "application/rexus/core/núcleo.py").exists()


def test_configuration_files_come_back_one_or_all(world, saved, tmp_path):
    (world.app / "requirements.txt").write_text("otra cosa\n", "utf-8")

    refused = restore(world, RestoreRequest(set=saved, files="config"))
    one = RestoreRequest(set=saved, files="config", to=str(tmp_path / "c"), only=("requirements.txt",))
    beside = restore(world, one)
    unnamed = restore(world, RestoreRequest(set=saved, files="config", overwrite=True))
    over = restore(world, RestoreRequest(set=saved, files="config", overwrite=True, confirmed=("config",)))

    assert refused.outcome.status is Status.REFUSED
    assert [path.name for path in (tmp_path / "c").iterdir()] == ["requirements.txt"]
    assert beside.outcome.status is Status.OK
    assert (unnamed.outcome.status, codes(unnamed.outcome.problems)) == (Status.REFUSED, {"restore.unconfirmed"})
    assert over.outcome.status is Status.OK, over.outcome.problems
    assert (world.app / "requirements.txt").read_text("utf-8") == "PyQt6\n"


def test_a_failing_swap_of_the_second_database_puts_the_first_back(world, saved):
    for name in NAMES:
        world.add_row(name)
    before = {name: world.content(name) for name in NAMES}

    class SecondSwapFails(RealFiles):
        def replace(self, source, target):
            if target.name == "inventario.db":
                raise OSError(errno.EIO, "disk")
            super().replace(source, target)

    result = world.overwrite(saved, "users", "inventario", port=SecondSwapFails())

    assert result.outcome.status is Status.FAILED
    assert "undo.done" in codes(result.outcome.problems)
    assert {name: world.content(name) for name in NAMES} == before
    assert world.unfinished() == []


def test_without_a_safety_copy_nothing_is_overwritten(world, saved):
    world.add_row("users")
    before = world.content("users")

    class NoNewArchives(RealFiles):
        def create(self, path, *, private=True):
            if path.parent.name == "databases" or "safety" in path.parts:
                raise OSError(errno.ENOSPC, "full")
            return super().create(path, private=private)

    result = world.overwrite(saved, "users", port=NoNewArchives())

    assert result.outcome.status is Status.FAILED
    assert world.content("users") == before
    assert world.unfinished() == []


def test_the_plan_touches_nothing(world, saved):
    before = sorted((str(p), p.stat().st_mtime_ns) for p in world.folder.rglob("*") if p.is_file())

    plan = world.model(FaultyFiles(RealFiles(), fail_at=1, error=OSError(errno.EIO, "no"))).plan_restore(
        RestoreRequest(set=saved, databases=("users",), overwrite=True, confirmed=("users",))
    )

    after = sorted((str(p), p.stat().st_mtime_ns) for p in world.folder.rglob("*") if p.is_file())
    assert plan.refusals == ()
    assert before == after


def test_what_a_restore_replaces_is_kept_under_the_name_of_its_place(world, saved):
    world.backup()
    elsewhere = world.database("inventario")

    unnamed = restore(
        world,
        RestoreRequest(set=saved, databases=("users",), to=str(elsewhere), overwrite=True, confirmed=("users",)),
    )
    result = restore(
        world,
        RestoreRequest(set=saved, databases=("users",), to=str(elsewhere), overwrite=True, confirmed=("inventario",)),
    )

    assert unnamed.outcome.status is Status.REFUSED
    assert result.outcome.status is Status.OK, result.outcome.problems
    assert set(world.model().show(result.safety_set).databases) == {"inventario"}


def test_a_safety_copy_does_not_make_the_regular_backup_deletable(world, saved, tmp_path):
    other = tmp_path / "otra.db"
    make_database(other, "otra", 3)

    result = restore(
        world, RestoreRequest(set=saved, databases=("users",), to=str(other), overwrite=True, confirmed=("users",))
    )

    assert set(world.model().show(result.safety_set).databases) == {"otra"}
    assert world.delete(saved).outcome.status is Status.REFUSED
    world.overwrite(saved, "users")
    assert world.delete(saved).outcome.status is Status.REFUSED


@pytest.mark.parametrize("where", ["databases/x.db", "x.db", "config/x/y.db"])
def test_the_backup_folder_is_no_place_to_restore_to(world, saved, where):
    with pytest.raises(BadInput) as refused:
        restore(world, RestoreRequest(set=saved, databases=("users",), to=str(world.root / where)))

    assert refused.value.code == "restore.inside_root"


def test_a_whole_set_tells_what_it_does_not_hold(world):
    world.database("inventario").write_bytes(b"nada" * 2000)
    partly = world.backup().outcome.set

    result = restore(world, RestoreRequest(set=partly, everything=True, to=str(world.folder / "fuera")))

    assert result.outcome.status is Status.WARNINGS
    assert "restore.not_in_set" in codes(result.outcome.problems)


def test_a_whole_set_brings_missing_files_home_and_leaves_different_ones(world, saved):
    (world.app / "rexus/core/núcleo.py").unlink()
    (world.app / "requirements.txt").write_text("otra cosa", "utf-8")

    result = restore(world, RestoreRequest(set=saved, everything=True, overwrite=True, confirmed=NAMES))

    assert result.outcome.status is Status.WARNINGS
    assert codes(result.outcome.problems) == {"restore.files_left"}
    assert (world.app / "rexus/core/núcleo.py").exists()
    assert (world.app / "requirements.txt").read_text("utf-8") == "otra cosa"


def test_damaged_files_of_a_set_keep_its_databases_from_being_touched(world, saved):
    copied = next(one for one in world.model().show(saved).application.files if one.source.endswith("núcleo.py"))
    (world.root / copied.backup).write_text("dañado", "utf-8")
    world.add_row("users")
    before = world.content("users")

    result = restore(
        world, RestoreRequest(set=saved, everything=True, overwrite=True, confirmed=(*NAMES, "application", "config"))
    )

    assert result.outcome.status is Status.FAILED
    assert result.safety_set is None
    assert world.content("users") == before


def test_a_place_no_file_can_have_is_refused_by_name(world, saved):
    for place in ("caf\udce9", "a\x00b", *(() if sys.platform == "win32" else ("x" * 300,))):
        with pytest.raises(BadInput):
            restore(world, RestoreRequest(set=saved, databases=("users",), to=place))


@pytest.mark.skipif(sys.platform != "win32", reason="elsewhere it is known before anything is written")
def test_a_name_that_is_too_long_is_told_when_it_is_written(world, saved):
    result = restore(world, RestoreRequest(set=saved, databases=("users",), to="x" * 300))

    assert result.outcome.status is Status.FAILED
    assert codes(result.outcome.problems) <= {"restore.io", "target.io"}


def test_an_archive_that_holds_more_than_it_says_is_stopped_early(world, saved):
    manifest = world.model().show(saved)
    users = msgspec.structs.replace(manifest.databases["users"], size_bytes=8192, stored_bytes=0, stored_sha256="")
    forged = msgspec.structs.replace(manifest, databases={**manifest.databases, "users": users})
    world.model().catalog.publish(forged)

    result = restore(world, RestoreRequest(set=saved, databases=("users",), to=str(world.folder / "c.db")))

    assert result.outcome.status is Status.FAILED
    assert world.unfinished() == []


def test_data_comes_out_of_a_folder_that_can_not_be_written_any_more(world, saved, tmp_path):
    class ReadOnly(RealFiles):
        def _refuse(self, path):
            if world.root in (path, *path.parents):
                raise OSError(errno.EROFS, "read-only", str(path))

        def create(self, path, *, private=True):
            self._refuse(path)
            return super().create(path, private=private)

        def append(self, path):
            self._refuse(path)
            return super().append(path)

    port = ReadOnly()
    request = RestoreRequest(set=saved, databases=("users",), to=str(tmp_path / "fuera.db"))

    result = world.model(port).restore(request, quiet, CancelToken())

    assert result.outcome.status is Status.WARNINGS, result.outcome.problems
    assert "restore.unheld" in codes(result.outcome.problems)
    assert rows_of(tmp_path / "fuera.db") == world.content("users")


def test_a_failing_last_file_takes_everything_back(world, saved):
    for name in NAMES:
        world.add_row(name)
    (world.app / "requirements.txt").write_text("mío", "utf-8")
    (world.app / "rexus/core/núcleo.py").write_text("mío", "utf-8")
    before = {name: world.content(name) for name in NAMES}

    class LastFileFails(RealFiles):
        def replace(self, source, target):
            if target.name == "núcleo.py" and target.is_relative_to(world.app):
                raise OSError(errno.EIO, "disk")
            super().replace(source, target)

    request = RestoreRequest(set=saved, everything=True, overwrite=True, confirmed=(*NAMES, "config", "application"))
    result = world.model(LastFileFails()).restore(request, quiet, CancelToken())

    assert result.outcome.status is Status.FAILED
    assert {name: world.content(name) for name in NAMES} == before
    assert (world.app / "requirements.txt").read_text("utf-8") == "mío"
    assert (world.app / "rexus/core/núcleo.py").read_text("utf-8") == "mío"
    assert world.unfinished() == []


def test_what_somebody_writes_between_the_safety_copy_and_the_swap_is_not_lost(world, saved):
    world.add_row("users")

    class WritesBeforeTheSwap(RealFiles):
        def replace(self, source, target):
            super().replace(source, target)
            if target.name.startswith("backup_manifest_") and source.suffix == ".partial" and not self.wrote:
                safety = world.model().listing().sets[0]
                if safety.origin is Origin.SAFETY and safety.status is SetStatus.COMPLETED:
                    self.wrote = True

        def create(self, path, *, private=True):
            if self.wrote and not self.added and ".restore-" in path.name:
                self.added = True
                world.add_row("users")
            return super().create(path, private=private)

        wrote = added = False

    port = WritesBeforeTheSwap()
    result = world.overwrite(saved, "users", port=port)

    assert port.added
    assert (result.outcome.status, codes(result.outcome.problems)) == (Status.BUSY, {"target.changed"})
    assert len(world.content("users")) == world.rows + 2
    assert world.unfinished() == []


def test_different_files_elsewhere_need_their_name_too_and_the_plan_says_so(world, saved, tmp_path):
    target = tmp_path / "otra"
    (target / "config").mkdir(parents=True)
    (target / "config/requirements.txt").write_text("mío", "utf-8")

    plain = restore(world, RestoreRequest(set=saved, everything=True, to=str(target)))
    unnamed = restore(world, RestoreRequest(set=saved, everything=True, to=str(target), overwrite=True))

    assert (plain.outcome.status, codes(plain.outcome.problems)) == (Status.REFUSED, {"restore.files_exist"})
    assert (unnamed.outcome.status, codes(unnamed.outcome.problems)) == (Status.REFUSED, {"restore.unconfirmed"})
    assert (target / "config/requirements.txt").read_text("utf-8") == "mío"


def test_files_that_were_not_copied_then_are_missed_now(world):
    settings = json.loads(world.config.read_text("utf-8"))
    world.config.write_text(json.dumps({**settings, "app_root": "no está"}), "utf-8")
    partly = world.backup().outcome.set

    result = restore(world, RestoreRequest(set=partly, everything=True, to=str(world.folder / "fuera")))

    assert result.outcome.status is Status.WARNINGS
    assert "restore.not_in_set" in codes(result.outcome.problems)


@pytest.mark.skipif(sys.platform == "win32", reason="there every name has a home beside ours")
def test_the_home_of_nobody_is_no_place(world, saved):
    with pytest.raises(BadInput):
        restore(world, RestoreRequest(set=saved, databases=("users",), to="~nadie-que-exista/x.db"))
