"""Restore tests: what was backed up comes back in an isolated place, or that is told; nothing of it stays."""

from __future__ import annotations

import contextlib
import errno
import json
import sqlite3
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from support.faults import FullDisk
from support.world import NAMES, World, quiet

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.clock import SystemClock
from rexus.modules.backup.base.errors import BadInput, Busy, Refused
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import Depth, Origin, RestoreRequest, SetStatus, Severity, Status, Tick
from rexus.modules.backup.base.sentences_drill import TEXTS
from rexus.modules.backup.base.watching import DrillRequest, Level
from rexus.modules.backup.jobs.drill_record import last_tests
from rexus.modules.backup.jobs.lease import Lease

ALARM = "health.drill_question"
COUNT = "select count(*) from datos"


@pytest.fixture
def world(tmp_path):
    return World(tmp_path).build()


def asking(tmp_path, *checks: dict[str, object]) -> World:
    """A world whose restore tests ask ``users`` these questions."""
    named = [{"name": f"p{number}", "database": "users", **one} for number, one in enumerate(checks)]
    return World(tmp_path, drill_checks=named, retention={"after_backup": False}).build()


def codes(problems) -> set[str]:
    return {problem.code for problem in problems}


def left_behind(world: World) -> list[str]:
    folder = world.root / "restore"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def flip(world: World, name: str, set_name: str) -> None:
    path = world.root / world.model().show(set_name).databases[name].file
    blob = bytearray(path.read_bytes())
    blob[len(blob) // 2] ^= 1
    path.write_bytes(blob)


def edit(world: World, set_name: str, name: str, **facts: object) -> None:
    """Publish the manifest of a set anew with other facts of a database."""
    catalog = world.model().catalog
    manifest = catalog.load(set_name)
    old = manifest.databases[name]
    new = msgspec.structs.replace(old, facts=msgspec.structs.replace(old.facts, **facts))
    catalog.publish(msgspec.structs.replace(manifest, databases={**manifest.databases, name: new}))


def test_every_database_comes_back_is_proven_and_dropped(world):
    name = world.backup().outcome.set
    before = {each: world.content(each) for each in NAMES}

    result = world.drill()

    assert result.outcome.status is Status.OK, result.outcome.problems
    assert [(one.set, one.name, one.ok) for one in result.drills] == [(name, each, True) for each in NAMES]
    assert all(
        one.checks[0].depth is Depth.RESTORED and one.checks[0].row_counts == {"datos": 200} for one in result.drills
    )
    assert all(0 < one.checks[0].seconds <= one.seconds for one in result.drills)
    assert {one.tick for one in world.model().listing().sets[0].databases.values()} == {Tick.RESTORED}
    assert {each: world.content(each) for each in NAMES} == before
    assert left_behind(world) == world.unfinished() == []
    lines = [json.loads(line) for line in (world.root / "logs/audit.jsonl").read_text("utf-8").splitlines()]
    tests = [line for line in lines if line["what"] == "drill"]
    assert [(line["detail"]["database"], line["result"]) for line in tests] == [(each, "ok") for each in NAMES]


def test_the_copy_is_whole_while_it_is_there_and_the_live_databases_may_be_written_to(world):
    world.backup()
    seen = []

    def look(event: object) -> None:
        if event.phase == "prove":
            (path,) = (world.root / "restore").iterdir()
            world.add_row("users")
            with contextlib.closing(sqlite3.connect(f"file:{path.as_posix()}?mode=ro&immutable=1", uri=True)) as copy:
                seen.append(copy.execute(COUNT).fetchone()[0])

    result = world.model().drill(DrillRequest(databases=("users",)), look, CancelToken())

    assert result.outcome.status is Status.OK
    assert seen == [200]


def test_the_newest_proven_set_is_taken_or_the_one_that_is_named(world):
    old = world.backup().outcome.set
    new = world.backup("users").outcome.set

    assert [(one.name, one.set) for one in world.drill().drills] == [
        ("users", new),
        ("inventario", old),
        ("auditoria", old),
    ]
    assert [(one.name, one.set) for one in world.drill(set=new).drills] == [("users", new)]
    assert [(one.name, one.set) for one in world.drill("users", set=old).drills] == [("users", old)]
    with pytest.raises(BadInput) as refused:
        world.drill("inventario", set=new)
    assert (refused.value.code, refused.value.values["allowed"]) == ("drill.set_lacks", "users")


@pytest.mark.parametrize("asked", [{"databases": ("nadie",)}, {"set": "20200101_000000"}])
def test_names_that_are_none_are_refused(world, asked):
    world.backup()
    with pytest.raises(BadInput):
        world.model().drill(DrillRequest(**asked), quiet, CancelToken())


def test_without_a_backup_there_is_nothing_to_test_and_nothing_is_made(world):
    with pytest.raises(Refused) as refused:
        world.drill()
    assert refused.value.code == "catalog.absent"
    assert not world.root.exists()


def test_a_database_without_a_backup_is_told(world):
    world.backup("users")

    result = world.drill("users", "auditoria")

    assert result.outcome.status is Status.WARNINGS
    assert [(one.name, one.ok) for one in result.drills] == [("users", True), ("auditoria", None)]
    assert codes(result.outcome.problems) == {"drill.no_backup"}


def test_while_somebody_holds_the_root_it_is_busy(world):
    world.backup()
    with Lease.hold(world.root, "backup", "otra persona", RealFiles(), SystemClock()), pytest.raises(Busy):
        world.drill()


def test_a_flipped_bit_fails_and_stays_failed_until_a_test_passes(world):
    name = world.backup().outcome.set
    flip(world, "users", name)

    result = world.drill()

    assert result.outcome.status is Status.FAILED
    assert [one.ok for one in result.drills] == [False, True, True]
    assert "drill.failed" in codes(result.drills[0].problems)
    assert world.model().listing().sets[0].databases["users"].tick is Tick.FAILED
    assert left_behind(world) == []
    flip(world, "users", name)
    again = world.verify(name)
    assert again.sets[0].tick is Tick.FAILED
    assert "drill.still_failed" in codes(again.outcome.problems)
    assert world.drill("users").drills[0].ok is True
    assert world.model().listing().sets[0].databases["users"].tick is Tick.RESTORED


def test_a_missing_file_is_a_failed_test(world):
    name = world.backup().outcome.set
    (world.root / world.model().show(name).databases["users"].file).unlink()

    result = world.drill("users")

    assert (result.outcome.status, result.drills[0].ok) == (Status.FAILED, False)
    assert "store.missing" in codes(result.outcome.problems)


def test_other_row_counts_and_an_earlier_state_than_promised_fail(world):
    name = world.backup().outcome.set
    marks = world.model().show(name).databases["users"].facts.marks
    assert marks["newest:datos"] == world.rows
    edit(world, name, "users", row_counts={"datos": 201})
    edit(world, name, "auditoria", marks={**marks, "newest:datos": 201})

    result = world.drill()

    assert [one.ok for one in result.drills] == [False, True, False]
    assert {"verify.row_counts", "drill.stale"} <= codes(result.outcome.problems)
    stale = next(one for one in result.outcome.problems if one.code == "drill.stale")
    assert (stale.values["mark"], stale.values["expected"], stale.values["found"]) == ("newest:datos", 201, 200)


def test_a_set_that_does_not_say_what_makes_it_fresh_passes_and_says_so(world):
    edit(world, world.backup().outcome.set, "users", marks=None)

    result = world.drill("users")

    assert (result.outcome.status, result.drills[0].ok) == (Status.OK, True)
    assert [(one.code, one.severity) for one in result.drills[0].problems] == [("drill.no_marks", Severity.INFO)]


@pytest.mark.parametrize(
    ("settings", "facts", "code"),
    [
        ({"free_space_reserve_bytes": 2**62}, {}, "drill.no_space"),
        ({}, {"engine": "sqlserver"}, "drill.other_engine"),
    ],
)
def test_what_cannot_be_tested_proves_nothing_and_leaves_no_tick(tmp_path, settings, facts, code):
    world = World(tmp_path).build()
    name = world.backup().outcome.set
    if facts:
        edit(world, name, "users", **facts)
    if settings:
        world.config.write_text(json.dumps({**json.loads(world.config.read_text("utf-8")), **settings}), "utf-8")
    before = world.model().show(name).databases["users"].checks

    result = world.drill("users")

    assert (result.outcome.status, result.drills[0].ok, result.drills[0].checks) == (Status.FAILED, None, ())
    assert codes(result.outcome.problems) == {code}
    assert world.model().show(name).databases["users"].checks == before
    assert left_behind(world) == []


def test_a_backup_that_only_the_server_sees_cannot_be_tested_here(world):
    name = world.backup().outcome.set
    catalog = world.model().catalog
    manifest = catalog.load(name)
    away = msgspec.structs.replace(manifest.databases["users"], file=None, server_file="D:\\copias\\users.bak")
    catalog.publish(msgspec.structs.replace(manifest, databases={"users": away}))

    result = world.drill("users")

    assert (result.outcome.status, result.drills[0].ok) == (Status.FAILED, None)
    assert codes(result.outcome.problems) == {"drill.on_server"}


def test_a_disk_that_fills_up_is_no_failure_of_the_backup(world):
    name = world.backup().outcome.set

    result = world.drill("users", port=FullDisk(RealFiles(), 30_000, OSError(errno.ENOSPC, "full")))

    assert result.drills[0].ok is None
    assert "drill.not_done" in codes(result.outcome.problems)
    assert world.model().show(name).databases["users"].checks[-1].ok
    assert left_behind(world) == []


@pytest.mark.parametrize("phase", ["unseal", "check", "prove"])
def test_a_wish_to_stop_leaves_nothing_behind(world, phase):
    world.backup()
    cancel = CancelToken()

    def stop(event: object) -> None:
        if event.phase == phase and event.database == "inventario":
            cancel.cancel()

    result = world.model().drill(DrillRequest(), stop, cancel)

    assert result.outcome.status is Status.CANCELLED
    assert [one.name for one in result.drills] == ["users"]
    assert left_behind(world) == world.unfinished() == []


def test_what_a_dead_test_left_is_swept_by_the_next_run(world):
    name = world.backup().outcome.set
    (world.root / "restore").mkdir()
    for end in ("", "-wal", "-shm", "-journal"):
        (world.root / f"restore/users_{name}.drill.partial{end}").write_bytes(b"x")

    world.drill("auditoria")

    assert left_behind(world) == []


def test_a_copy_of_the_original_program_is_tested_by_what_it_says(world):
    """No row counts, no marks, an MD5: what can be proven is proven, and the rest is told."""
    from hashlib import md5

    name = world.backup().outcome.set
    catalog = world.model().catalog
    manifest = catalog.load(name)
    old = manifest.databases["users"]
    world.overwrite(name, "users")
    world.model()
    with contextlib.closing(sqlite3.connect(world.database("users"))) as live:
        live.execute("pragma journal_mode=delete")
    target = world.folder / "plain.db"
    request = RestoreRequest(set=name, databases=("users",), to=str(target))
    assert world.model().restore(request, quiet, CancelToken()).outcome.status is Status.OK
    plain = md5(target.read_bytes()).hexdigest()
    legacy = msgspec.structs.replace(
        old, checksum=plain, checksum_algorithm="md5", stored_sha256="", stored_bytes=0, facts=None, checks=()
    )
    changed = msgspec.structs.replace(manifest, databases={"users": legacy}, origin=Origin.LEGACY)
    catalog.publish(changed)

    result = world.drill("users", set=name)

    assert (result.outcome.status, result.drills[0].ok) == (Status.OK, True), result.outcome.problems
    assert "drill.no_marks" in codes(result.outcome.problems)


class TestTurns:
    def test_the_one_that_waited_longest_is_tested_and_only_it(self, world):
        world.backup()
        order = [world.drill(rotate=True).drills for _ in range(4)]

        assert [[one.name for one in drills] for drills in order] == [
            ["users"],
            ["inventario"],
            ["auditoria"],
            ["users"],
        ]

    def test_it_stays_fair_when_retention_deleted_the_tested_sets(self, world):
        order = []
        for _ in range(5):
            world.backup(files=False)
            order += [one.name for one in world.drill(rotate=True).drills]
            sets = world.model().listing().sets
            world.backup(files=False)
            world.delete(*(one.set for one in sets))
            assert not any(one.tested_at for each in world.model().listing().sets for one in each.databases.values())

        assert order == ["users", "inventario", "auditoria", "users", "inventario"]

    def test_one_that_cannot_be_tested_is_told_and_keeps_nobody_waiting(self, world):
        world.backup("inventario", "auditoria")

        first, second = world.drill(rotate=True), world.drill(rotate=True)

        assert [(one.name, one.ok) for one in first.drills] == [("users", None), ("inventario", True)]
        assert [(one.name, one.ok) for one in second.drills] == [("users", None), ("auditoria", True)]
        assert first.outcome.status is Status.WARNINGS

    def test_one_that_fails_keeps_nobody_waiting(self, world):
        flip(world, "users", world.backup().outcome.set)

        assert [world.drill(rotate=True).drills[0].name for _ in range(4)] == [
            "users",
            "inventario",
            "auditoria",
            "users",
        ]


class TestQuestions:
    def test_answers_are_kept_with_the_check(self, tmp_path):
        world = asking(
            tmp_path,
            {"query": COUNT, "at_least": 200},
            {"query": "select max(id) from datos", "equals": 200},
            {"query": "select '2099-01-01'", "within_hours": 1},
        )
        name = world.backup().outcome.set

        result = world.drill()

        assert result.outcome.status is Status.OK, result.outcome.problems
        assert [(one.name, one.value) for one in result.drills[0].figures[:2]] == [("p0", 200.0), ("p1", 200.0)]
        kept = world.model().show(name).databases["users"].checks[-1].figures
        assert (kept["p0"], kept["p1"]) == (200.0, 200.0)
        assert result.drills[1].figures == ()

    @pytest.mark.parametrize(
        ("query", "wanted", "code"),
        [
            (COUNT, {"at_least": 201}, "drill.too_low"),
            (COUNT, {"at_most": 199}, "drill.too_high"),
            (COUNT, {"equals": 1}, "drill.not_equal"),
            ("select max(x) from nadie", {"at_least": 1}, "drill.query_failed"),
            ("select texto from datos where id < 0", {"at_least": 1}, "drill.no_answer"),
            ("select '2001-01-01 00:00:00'", {"within_hours": 24}, "drill.too_old"),
        ],
    )
    def test_a_wrong_answer_is_an_alarm_of_the_test_and_condemns_no_backup(self, tmp_path, query, wanted, code):
        world = asking(tmp_path, {"query": query, **wanted})
        world.backup()

        result = world.drill("users")

        assert (result.outcome.status, result.drills[0].ok) == (Status.FAILED, False)
        assert {code} == codes(result.drills[0].problems)
        assert (result.drills[0].checks[0].ok, result.drills[0].checks[0].problem) == (True, None)
        assert world.model().listing().sets[0].databases["users"].tick is Tick.RESTORED
        assert result.outcome.proof[0].startswith("users:restored:")
        assert "The question itself may be wrong" in TEXTS[code].safe

    def test_health_tells_of_a_wrong_answer_until_it_is_right_or_no_longer_asked(self, tmp_path):
        world = asking(tmp_path, {"query": COUNT, "at_least": 201})
        name = world.backup().outcome.set
        world.drill("users")

        told = world.model().health()
        assert [(one.values["name"], one.values["set"]) for one in told.alarms if one.code == ALARM] == [("p0", name)]
        assert told.level is not Level.UNPROTECTED
        assert "health.drill_failed" not in codes(told.alarms)
        assert (last_tests(world.root)["users"].ok, last_tests(world.root)["users"].alarm) == (False, "p0")
        settings = json.loads(world.config.read_text("utf-8"))
        world.config.write_text(json.dumps({**settings, "drill_checks": []}), "utf-8")
        assert ALARM not in codes(world.model().health().alarms)
        world.config.write_text(json.dumps(settings), "utf-8")
        world.add_row("users")
        world.backup()
        assert world.drill("users").drills[0].ok is True
        assert ALARM not in codes(world.model().health().alarms)

    def test_rows_that_are_missing_are_damage_whatever_is_asked(self, tmp_path):
        world = asking(tmp_path, {"query": COUNT, "at_least": 1})
        edit(world, world.backup().outcome.set, "users", row_counts={"datos": 201})

        result = world.drill("users")

        assert codes(result.drills[0].problems) == {"drill.failed", "verify.row_counts"}
        assert world.model().listing().sets[0].databases["users"].tick is Tick.FAILED

    @pytest.mark.parametrize(
        ("query", "code"),
        [("with x as (select 1) delete from datos", "drill.query_refused"), ("select 1, 2", "drill.query_unusable")],
    )
    def test_a_question_that_is_none_is_told_and_the_restore_is_proven_all_the_same(self, tmp_path, query, code):
        world = asking(tmp_path, {"query": query, "equals": 1})
        world.backup()

        result = world.drill("users")

        assert (result.outcome.status, result.drills[0].ok) == (Status.WARNINGS, True)
        assert codes(result.outcome.problems) == {code}
        assert world.model().listing().sets[0].databases["users"].tick is Tick.RESTORED

    def test_drift_is_measured_against_the_last_good_run_though_its_set_is_gone(self, tmp_path):
        world = asking(tmp_path, {"query": COUNT, "drift_percent": 10})
        first = world.backup(files=False).outcome.set
        assert world.drill("users").outcome.status is Status.OK
        with contextlib.closing(sqlite3.connect(world.database("users"))) as live, live:
            live.execute("delete from datos where id > 100")
        world.backup(files=False)
        assert world.delete(first).outcome.status is Status.OK

        for _ in range(2):  # what moved too far is not what the next run is measured by
            result = world.drill("users")
            assert (result.outcome.status, result.drills[0].ok) == (Status.WARNINGS, True)
            assert codes(result.outcome.problems) == {"drill.drift"}
            assert result.drills[0].figures[0].value == 100.0
        assert world.model().listing().sets[0].databases["users"].tick is Tick.RESTORED

    def test_drift_is_found_in_the_sets_where_the_record_is_lost(self, tmp_path):
        world = asking(tmp_path, {"query": COUNT, "drift_percent": 10})
        world.backup(files=False)
        world.drill("users")
        (world.root / "logs/restore_tests.json").write_bytes(b"\xff{")
        with contextlib.closing(sqlite3.connect(world.database("users"))) as live, live:
            live.execute("delete from datos where id > 100")
        world.backup(files=False)

        assert codes(world.drill("users").outcome.problems) == {"drill.drift", "drill.record_damaged"}
        assert codes(world.drill("users").outcome.problems) == {"drill.drift"}

    def test_a_restore_does_not_forget_the_figures(self, tmp_path):
        world = asking(tmp_path, {"query": COUNT, "drift_percent": 10})
        name = world.backup().outcome.set
        world.drill("users")
        request = RestoreRequest(set=name, databases=("users",), to=str(tmp_path / "copia.db"))
        world.model().restore(request, quiet, CancelToken())

        assert world.model().show(name).databases["users"].checks[-1].figures == {"p0": 200.0}


def test_the_record_outlives_a_failed_test(world):
    name = world.backup().outcome.set
    world.drill("users")
    good = last_tests(world.root)["users"]
    flip(world, "users", name)
    world.drill("users")
    bad = last_tests(world.root)["users"]

    assert (good.ok, good.restored_at) == (True, good.tested_at)
    assert (bad.ok, bad.restored_at, bad.restore_s) == (False, good.restored_at, good.restore_s)
    assert bad.tested_at > good.tested_at


def test_a_plan_expects_what_restore_tests_took(world):
    name = world.backup().outcome.set
    world.drill("users")
    measured = last_tests(world.root)["users"]
    slow = msgspec.structs.replace(measured, restore_s=100.0)
    (world.root / "logs/restore_tests.json").write_bytes(msgspec.json.encode({"users": slow}))

    def expected(database: str) -> float:
        request = RestoreRequest(set=name, databases=(database,), to=str(world.folder / "copia.db"))
        return world.model().plan_restore(request).seconds_expected

    catalog = world.model().catalog
    manifest = catalog.load(name)
    users = manifest.databases["users"]
    catalog.publish(
        msgspec.structs.replace(
            manifest, databases={**manifest.databases, "users": msgspec.structs.replace(users, checks=users.checks[:1])}
        )
    )
    assert expected("users") == pytest.approx(100.0)
    assert expected("inventario") == 1.0


def test_an_unreadable_manifest_beside_is_told(world):
    world.backup()
    (world.root / "backup_manifest_20200101_000000.json").write_text("{", "utf-8")

    result = world.drill("users")

    assert (result.outcome.status, result.drills[0].ok) == (Status.WARNINGS, True)


def test_a_set_that_is_not_complete_is_no_set_to_test(world):
    world.database("users").write_bytes(b"no es una base de datos" * 100)
    result = world.backup()
    assert result.manifest.databases["users"].status is SetStatus.FAILED

    told = world.drill()

    assert [(one.name, one.ok) for one in told.drills] == [("users", None), ("inventario", True), ("auditoria", True)]
    assert datetime.now(UTC) - told.drills[1].checks[0].at < timedelta(days=1)
