"""The deep clean-up through the door: what goes, what waits, and why."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.faults import FaultyFiles, RecordingFiles, left_unsynced, read_tree
from support.litter import COPY, FOREIGN, LEFT, OLD_LOG, ORPHANS, SEGMENT, At, age, list_orphans, litter, old_trail, put
from support.world import World

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import Busy, Failed, Refused
from rexus.modules.backup.base.files import WINDOWS, RealFiles
from rexus.modules.backup.base.records import Origin, Status
from rexus.modules.backup.base.texts import sentence
from rexus.modules.backup.base.watching import CleanupItem, CleanupResult
from rexus.modules.backup.jobs.lease import Lease

ALL = {*LEFT, OLD_LOG, *ORPHANS, SEGMENT, COPY}


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path, rows=20).build()
    world.backup()
    return world


@pytest.fixture
def littered(tmp_path: Path) -> World:
    world = World(tmp_path, rows=20).build()
    old_trail(world)
    world.backup()
    litter(world)
    return world


def cleaned(world: World, clock: At | None = None, files: RealFiles | None = None) -> CleanupResult:
    return world.model(files, clock).cleanup("prueba", Origin.MANUAL, CancelToken())


def going(result: CleanupResult) -> set[str]:
    return {one.path for one in result.items if one.delete}


def codes(result: CleanupResult) -> dict[str, str]:
    return {one.path: one.because.code for one in result.items}


def item(result: CleanupResult, path: str) -> CleanupItem:
    return next(one for one in result.items if one.path == path)


def there(world: World, *paths: str) -> list[bool]:
    return [os.path.lexists(world.root / path) for path in paths]


def test_the_plan_is_what_is_done_and_changes_nothing(littered: World) -> None:
    before = read_tree(littered.root)
    plan = littered.model().plan_cleanup()
    assert read_tree(littered.root) == before
    assert going(plan) == ALL
    result = cleaned(littered)
    assert [(one.path, one.delete, one.bytes) for one in result.items] == [
        (one.path, one.delete, one.bytes) for one in plan.items
    ]
    assert result.freed_bytes == plan.freed_bytes == sum(one.bytes for one in plan.items) > 8000
    assert result.outcome.status is Status.OK
    assert not any(there(littered, *ALL))
    assert all(sentence(one.because).message.isprintable() for one in result.items)
    assert going(cleaned(littered)) == set()


def test_sets_are_as_they_were_and_the_trail_is_whole(littered: World) -> None:
    sets = littered.model().listing()
    cleaned(littered)
    assert littered.model().listing() == sets
    verdict = littered.verify()
    assert (verdict.outcome.status, verdict.orphans) == (Status.OK, ())
    report = littered.model().audit_verify()
    assert (report.ok, report.expired) == (True, 3)


def test_when_ok_is_said_nothing_is_left_unsynced(littered: World) -> None:
    initial = read_tree(littered.folder)
    recording = RecordingFiles(littered.folder)
    assert cleaned(littered, files=recording).outcome.status is Status.OK
    left = [name for name in left_unsynced(recording, initial) if (littered.folder / name).parent.is_dir()]
    assert [name for name in left if "/logs/backup_" not in name] == []


def test_who_removed_what_is_written_down(littered: World) -> None:
    cleaned(littered)
    told = [(one.who, one.what, one.target, one.result) for one in littered.model().audit().tail(5)]
    assert told == [
        *(("prueba", "cleanup.orphan", path, "ok") for path in ORPHANS),
        ("prueba", "audit.expired", SEGMENT.removeprefix("logs/"), "ok"),
        ("prueba", "cleanup.safety", COPY, "ok"),
        ("prueba", "cleanup", "", "ok"),
    ]


def test_an_orphan_waits_from_its_first_listing_on(world: World) -> None:
    put(world, ORPHANS[1])
    age(world, "databases", days=500)
    clock = At(datetime.now(UTC))
    assert codes(world.model(clock=clock).plan_cleanup()) == {ORPHANS[1]: "cleanup.orphan_new"}
    assert codes(cleaned(world, clock)) == {ORPHANS[1]: "cleanup.orphan_new"}
    clock.later(days=13, hours=23)
    assert codes(cleaned(world, clock)) == {ORPHANS[1]: "cleanup.orphan_waits"}
    clock.later(hours=1)
    assert going(cleaned(world, clock)) == {ORPHANS[1]}
    assert there(world, ORPHANS[1]) == [False]


def test_one_that_comes_back_waits_anew(world: World) -> None:
    put(world, ORPHANS[1])
    list_orphans(world, ORPHANS[1])
    assert going(cleaned(world)) == {ORPHANS[1]}
    put(world, ORPHANS[1])
    assert codes(cleaned(world)) == {ORPHANS[1]: "cleanup.orphan_new"}


def test_one_that_belongs_to_a_set_again_is_no_longer_listed(world: World) -> None:
    manifest = next(world.root.glob("backup_manifest_*.json"))
    text = manifest.read_bytes()
    world.backup()
    manifest.unlink()
    listed = [one.path for one in cleaned(world).items]
    assert listed
    list_orphans(world, *listed)
    manifest.write_bytes(text)
    assert cleaned(world).items == ()
    manifest.unlink()
    assert set(codes(cleaned(world)).values()) == {"cleanup.orphan_new"}


def test_while_a_manifest_cannot_be_read_no_orphan_goes(littered: World) -> None:
    (littered.root / "backup_manifest_20240101_000000.json").write_text("{", "utf-8")
    result = cleaned(littered)
    assert {codes(result)[path] for path in ORPHANS} == {"cleanup.orphan_manifests"}
    assert there(littered, *ORPHANS) == [True, True]
    assert (result.outcome.status, result.outcome.problems[0].code) == (Status.WARNINGS, "manifest.damaged")


def test_when_all_manifests_are_lost_no_archive_goes(world: World) -> None:
    for manifest in world.root.glob("backup_manifest_*.json"):
        manifest.unlink()
    archives = world.archives()
    list_orphans(world, *(one.path for one in world.model().plan_cleanup().items))
    assert set(codes(cleaned(world)).values()) == {"cleanup.orphan_last"}
    assert world.archives() == archives


def test_the_last_backup_of_a_configured_database_does_not_go(world: World) -> None:
    manifest = next(world.root.glob("backup_manifest_*.json"))
    world.backup("inventario", files=False)
    manifest.unlink()
    paths = [one.path for one in world.model().plan_cleanup().items]
    list_orphans(world, *paths)
    result = cleaned(world)
    kept = {one.path.split("/")[1].split("_")[0] for one in result.items if one.because.code == "cleanup.orphan_last"}
    assert kept == {"users", "auditoria"}
    assert {path.split("_")[0] for path in going(result)} == {
        "databases/inventario", *(path.split("_")[0] for path in paths if not path.startswith("databases/")),
    }  # fmt: skip


@pytest.mark.parametrize("days", [-400, 400])
def test_after_a_jump_of_the_clock_nothing_goes_by_its_age(littered: World, days: int) -> None:
    clock = At(datetime.now(UTC))
    clock.later(days=days)
    result = cleaned(littered, clock)
    aged = {*ORPHANS, SEGMENT, COPY}
    assert not going(result) & aged
    assert all(there(littered, *ORPHANS, COPY))
    assert [one.code for one in result.outcome.problems] == ["cleanup.clock"]
    clock.later(days=13)
    assert not going(cleaned(littered, clock)) & aged
    if days > 0:
        clock.later(days=1)
        assert going(cleaned(littered, clock)) == aged


def test_what_this_program_did_not_make_is_told_and_never_removed(world: World) -> None:
    for path in FOREIGN:
        put(world, path)
    told = ["/".join(path.split("/")[:2]) for path in FOREIGN]
    list_orphans(world, *told)
    clock = At(datetime.now(UTC))
    for _ in range(3):
        result = cleaned(world, clock)
        assert codes(result) == dict.fromkeys(told, "cleanup.foreign")
        assert going(result) == set()
        clock.later(days=15)
    assert {one.path.partition("/")[0]: one.kind for one in result.items} == {
        "config": "orphan", "databases": "orphan", "restore": "restore", "temp": "temp",
    }  # fmt: skip
    assert all(there(world, *FOREIGN))
    assert all(sentence(one.because).fix for one in result.items)


def test_a_file_with_the_name_of_a_set_is_no_folder_of_copies(world: World) -> None:
    put(world, "config/20250101_000000")
    assert codes(cleaned(world)) == {"config/20250101_000000": "cleanup.foreign"}


def test_an_archive_stays_while_no_sound_set_of_its_database_is_there(world: World) -> None:
    """Two sets with good ticks: the manifest of one is lost, and so are the files of the other."""
    first = next(world.root.glob("backup_manifest_*.json"))
    archives = world.archives()
    second = world.backup().outcome.set
    first.unlink()
    for path in (world.root / "databases").glob(f"*_{second}*"):
        path.unlink()
    list_orphans(world, *(one.path for one in world.model().plan_cleanup().items))
    assert set(codes(cleaned(world)).values()) == {"cleanup.orphan_last"}
    assert world.archives() == archives


def test_the_first_cleanup_trusts_no_clock(world: World) -> None:
    """With a clock that is years ahead, nothing may go that was made a minute ago."""
    put(world, f"{COPY}/users.db")
    clock = At(datetime.now(UTC))
    log = f"logs/backup_{clock.now().astimezone():%Y-%m-%d}.log"
    clock.later(days=4000)
    result = cleaned(world, clock)
    assert codes(result) == {COPY: "cleanup.clock_waits"}
    assert result.outcome.status is Status.OK
    assert all(there(world, log, COPY))
    clock.later(days=14)
    assert going(cleaned(world, clock)) >= {COPY, log}


def test_without_its_list_what_goes_by_its_age_waits_anew(littered: World) -> None:
    (littered.root / ".orphans").unlink()
    clock = At(datetime.now(UTC))
    result = cleaned(littered, clock)
    assert going(result) == {*LEFT, OLD_LOG}
    assert codes(result)[SEGMENT] == codes(result)[COPY] == "cleanup.clock_waits"
    clock.later(days=14)
    assert going(cleaned(littered, clock)) == {*ORPHANS, SEGMENT, COPY}


@pytest.mark.parametrize("text", ['{"looked":"2026-01-01T00:00:00"}', '{"looked":"9999-12-31T00:00:00Z"}'])
def test_a_list_with_instants_that_nobody_can_reckon_with_is_begun_anew(littered: World, text: str) -> None:
    (littered.root / ".orphans").write_text(text, "utf-8")
    assert not going(cleaned(littered)) & {*ORPHANS, SEGMENT, COPY}
    json.loads((littered.root / ".orphans").read_text("utf-8"))
    assert {codes(cleaned(littered))[path] for path in ORPHANS} == {"cleanup.orphan_waits"}


def test_the_log_names_the_job(world: World) -> None:
    cleaned(world)
    assert "cleanup: ok" in next((world.root / "logs").glob("backup_*.log")).read_text("utf-8")


def test_a_young_safety_copy_stays(littered: World) -> None:
    age(littered, COPY, days=29)
    result = cleaned(littered)
    assert codes(result)[COPY] == "cleanup.safety_waits"
    assert (littered.root / COPY / "users.db").is_file()


def test_while_a_restore_is_open_no_safety_copy_goes(littered: World) -> None:
    put(littered, "safety/.restore-0123.json", b"what nobody understands")
    assert codes(cleaned(littered))[COPY] == "cleanup.restore_open"
    assert there(littered, COPY) == [True]


def test_what_a_person_put_into_safety_stays(littered: World) -> None:
    put(littered, "safety/mis cosas/nota.txt")
    age(littered, "safety/mis cosas", days=4000)
    assert "safety/mis cosas" not in codes(cleaned(littered))
    assert there(littered, "safety/mis cosas/nota.txt") == [True]


def test_a_trail_that_is_not_whole_stays_as_evidence(littered: World) -> None:
    path = littered.root / SEGMENT
    path.write_bytes(path.read_bytes().replace(b"ana", b"eva", 1))
    assert codes(cleaned(littered))[SEGMENT] == "cleanup.audit_broken"
    assert path.is_file()


def test_one_that_cannot_be_removed_does_not_keep_the_others(littered: World) -> None:
    class Stubborn(RealFiles):
        def unlink(self, path: Path) -> None:
            if path.name == ORPHANS[1].rpartition("/")[2]:
                raise PermissionError(13, "Permission denied", str(path))
            super().unlink(path)

    result = cleaned(littered, files=Stubborn())
    assert result.outcome.status is Status.WARNINGS
    assert [one.code for one in result.outcome.problems] == ["cleanup.left"]
    assert going(result) == ALL - {ORPHANS[1]}
    assert item(result, ORPHANS[1]).because.code == "cleanup.left"
    assert sentence(result.outcome.problems[0]).fix
    assert going(cleaned(littered)) == {ORPHANS[1]}


def test_without_the_list_no_orphan_goes(littered: World) -> None:
    class Listless(RealFiles):
        def replace(self, source: Path, target: Path) -> None:
            if target.name == ".orphans":
                raise OSError(28, "No space left on device")
            super().replace(source, target)

    result = cleaned(littered, files=Listless())
    assert [one.code for one in result.outcome.problems] == ["cleanup.unlisted"]
    assert going(result) == ALL - set(ORPHANS)
    assert there(littered, *ORPHANS) == [True, True]


def test_links_are_left_and_never_followed(world: World, tmp_path: Path) -> None:
    outside = tmp_path / "afuera"
    outside.mkdir()
    (outside / "valioso.txt").write_text("x", "utf-8")
    (world.root / "temp").mkdir(exist_ok=True)
    try:
        (world.root / "temp/enlace").symlink_to(outside, target_is_directory=True)
        (world.root / "restore").symlink_to(outside, target_is_directory=True)
    except OSError:
        pytest.skip("this account may not make links")
    if not (world.root / "temp/enlace").is_symlink():
        pytest.skip("links can't be made here")
    assert codes(cleaned(world)) == {"temp/enlace": "cleanup.foreign"}
    assert (outside / "valioso.txt").is_file()
    assert there(world, "temp/enlace", "restore") == [True, True]


def test_what_was_asked_to_stop_stops_and_says_what_it_did(littered: World) -> None:
    cancel = CancelToken()

    class Stopping(RealFiles):
        def unlink(self, path: Path) -> None:
            super().unlink(path)
            if path.name == LEFT[1].rpartition("/")[2]:
                cancel.cancel()

    result = littered.model(Stopping()).cleanup("prueba", Origin.MANUAL, cancel)
    assert result.outcome.status is Status.CANCELLED
    assert going(result) == {*LEFT, OLD_LOG}
    assert all(there(littered, *ORPHANS, COPY, SEGMENT))
    assert littered.model().audit().tail(1)[0].result == "cancelled"
    assert going(cleaned(littered)) >= {*ORPHANS, COPY, SEGMENT}


def test_somebody_at_work_is_not_disturbed(littered: World) -> None:
    with Lease.hold(littered.root, "backup", "ana", RealFiles(), At(datetime.now(UTC))):
        plan = littered.model().plan_cleanup()
        assert {codes(plan)[path] for path in LEFT} == {"cleanup.in_use"}
        assert not going(plan) & set(LEFT)
        with pytest.raises(Busy):
            cleaned(littered)


def test_where_there_are_no_backups_nothing_is_made(tmp_path: Path) -> None:
    world = World(tmp_path, rows=5).build()
    for asked in (lambda: cleaned(world), world.model().plan_cleanup):
        with pytest.raises(Refused) as refused:
            asked()
        assert refused.value.code == "catalog.absent"
    assert not world.root.exists()


def test_a_lost_lease_stops_everything(littered: World) -> None:
    class Robbed(FaultyFiles):
        def sync_folder(self, path: Path) -> None:
            super().sync_folder(path)
            record = littered.root / ".lease"
            if path.name == "temp" and record.exists():
                other = json.loads(record.read_text("utf-8"))
                record.write_text(json.dumps({**other, "token": "de otro"}), "utf-8")

    listed = (littered.root / ".orphans").read_bytes()
    with pytest.raises(Failed, match="lease_lost"):
        cleaned(littered, files=Robbed(RealFiles(), 0, OSError()))  # type: ignore[arg-type]
    assert (littered.root / ".orphans").read_bytes() == listed
    assert all(there(littered, *ORPHANS, COPY, SEGMENT))


@pytest.mark.skipif(WINDOWS, reason="file names are text there")
def test_names_that_are_no_text_are_cleaned_too(world: World) -> None:
    (world.root / "temp").mkdir(exist_ok=True)
    (world.root / "config").mkdir(exist_ok=True)
    try:
        Path(os.fsdecode(os.fsencode(world.root / "temp") + b"/\xff")).write_bytes(b"x")
        Path(os.fsdecode(os.fsencode(world.root / "config") + b"/\xff")).write_bytes(b"x")
    except OSError:
        pytest.skip("this file system takes text only")
    list_orphans(world)
    assert codes(cleaned(world)) == dict.fromkeys(("config/\udcff", "temp/\udcff"), "cleanup.foreign")
    program = Path(__file__).parents[2] / "main_backup.py"
    command = [sys.executable, str(program), "--config", str(world.config), "cleanup", "--json"]
    ran = subprocess.run(command, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["items"][0]["path"] == "config/\udcff"
