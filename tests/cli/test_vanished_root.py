"""A backup folder whose disk is not there: told by name, and no backup is begun in its place unless on purpose."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cli.command_line import CommandLine
from support.world import World

from rexus.modules.backup.base.clock import SystemClock
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.config import known_roots
from rexus.modules.backup.config.load import load
from rexus.modules.backup.qt.summary_words import top
from rexus.modules.backup.watch import readiness

CODE = "root.vanished"


@pytest.fixture
def site(tmp_path):
    world = World(tmp_path, rows=5, health={"free_bytes": 0}).build()
    return world, CommandLine(world.config)


def unplug(world: World, how: str) -> Path:
    """Take the disk away; returns where it is kept. What is left: nothing, an empty place, or somebody's things."""
    disk = world.root.with_name("disk")
    world.root.rename(disk)
    if how != "gone":
        world.root.mkdir()
    if how == "other":
        (world.root / "fotos").mkdir()
        (world.root / "databases").mkdir()
    return disk


def everything(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.rglob("*")) if folder.exists() else ["-"]


@pytest.mark.parametrize("how", ["gone", "empty", "other"])
def test_whoever_asks_is_told_and_a_backup_is_refused(site, how):
    world, run = site
    name = run.backup()
    disk = unplug(world, how)
    before = everything(world.root)
    ran = {
        words[0]: run(*words, "--json", "--lang", "en") for words in (("list",), ("health",), ("backup",), ("check",))
    }

    assert {verb: one.code for verb, one in ran.items()} == {"list": 1, "health": 2, "backup": 3, "check": 2}
    assert ran["list"].codes == ran["backup"].codes == {CODE}
    assert ran["health"].json["said"]["code"] == CODE
    assert {one["because"]["code"] for one in ran["health"].json["databases"].values()} == {CODE}
    assert CODE in ran["check"].codes
    problem = ran["backup"].json["problems"][0]
    seen = datetime.fromisoformat(problem["values"]["since"])
    assert abs(datetime.now(UTC) - seen).total_seconds() < 600
    assert str(world.root) in problem["message"]
    assert seen.astimezone().strftime("%Y-%m-%d %H:%M") in problem["message"]
    assert "backup --new-root" in problem["fix"]
    assert everything(world.root) == before, "nothing was written to the wrong disk"

    if how != "gone":
        for path in sorted(world.root.iterdir()):
            path.rmdir()
        world.root.rmdir()
    disk.rename(world.root)
    assert [one["set"] for one in run.json("list")["sets"]] == [name]
    assert run.backup() != name


def test_a_person_reads_it_and_no_empty_table(site):
    world, run = site
    run.backup()
    unplug(world, "empty")
    ran = run("list", "--lang", "en")

    assert ran.code == 1
    assert ran.out == ""
    assert "Connect the disk or the share" in ran.err


def test_what_runs_by_itself_waits_for_the_disk_and_leaves_nothing(site):
    world, run = site
    run.backup()
    unplug(world, "other")
    before = everything(world.root)
    (why, *_) = readiness.probe("backup", world.model()._kit(), power=lambda: None)
    world.model().settle_in()

    assert why.code == CODE
    assert everything(world.root) == before
    assert [one.code for one in world.model().oddities()] == [CODE]


def test_another_disk_is_begun_on_purpose_and_then_all_is_as_ever(site):
    world, run = site
    run.backup()
    unplug(world, "gone")
    first = run.backup("--new-root")
    assert run.json("backup")["set"] != first
    assert len(run.json("list")["sets"]) == 2


def test_a_fresh_place_needs_no_extra_step(site):
    world, run = site
    assert run("list", "--json").codes == {"catalog.absent"}
    assert run("backup", "--json").code == 0
    other = World(world.folder / "otra", rows=5).build()
    other.root.mkdir()
    assert CommandLine(other.config)("backup", "--json").code == 0


def test_another_folder_in_the_settings_is_a_fresh_place_and_both_are_remembered(site):
    world, run = site
    run.backup()
    settings = json.loads(world.config.read_text("utf-8"))
    world.config.write_text(json.dumps({**settings, "root": "nueva"}), "utf-8")
    assert run("backup", "--json").code == 0
    world.config.write_text(json.dumps(settings), "utf-8")
    unplug(world, "empty")
    assert run("backup", "--json").codes == {CODE}


def test_lost_manifests_are_no_lost_disk(site):
    world, run = site
    name = run.backup()
    (world.root / f"backup_manifest_{name}.json").unlink()

    assert CODE not in run("list", "--json").codes
    assert run("health", "--json").json["said"]["code"] != CODE
    assert run("backup", "--json").code < 2


def test_a_backup_folder_on_its_own_remembers_nothing_beside_itself(site):
    world, run = site
    run.backup()
    bare = load(world.root)
    known_roots.keep(bare, SystemClock().now(), RealFiles())

    assert bare.bare
    assert not known_roots.place_of(world.root).exists()
    assert known_roots.vanished(bare) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '[{"path": 3}]', "\udcff"])
def test_a_memory_that_can_not_be_read_is_none(site, text):
    world, run = site
    run.backup()
    place = known_roots.place_of(world.config)
    place.write_text(text, "utf-8", errors="surrogateescape")
    unplug(world, "empty")

    assert run("backup", "--json").code == 0
    assert known_roots.vanished(load(world.config)) is None


def test_where_nothing_can_be_written_beside_the_settings_the_backup_is_as_good(site):
    world, run = site
    place = known_roots.place_of(world.config)
    place.mkdir()

    assert run("backup", "--json").code == 0


def test_the_window_says_where_they_were_and_how_to_begin_anew(site):
    world, run = site
    run.backup()
    unplug(world, "empty")
    said = top(world.model().health())

    assert said.tone == "danger"
    assert str(world.root) in said.text
    assert said.title != "Todavía no hay copias"
    assert next(one.mend.verb for one in said.points if one.problem.code == CODE) == "begin"


LOST_QUESTIONS = (
    ("show", "SET"),
    ("restore", "SET", "--database", "users", "--plan"),
    ("restore", "SET", "--database", "users", "--to", "x.db"),
    ("verify",),
    ("verify", "SET"),
    ("drill",),
    ("pin", "SET"),
    ("delete", "SET", "--yes", "SET"),
)


@pytest.mark.parametrize("how", ["gone", "empty", "other"])
@pytest.mark.parametrize("words", LOST_QUESTIONS, ids=" ".join)
def test_whatever_is_not_found_there_leads_to_the_disk_and_not_to_a_first_backup(site, words, how):
    world, run = site
    name = run.backup()
    unplug(world, how)
    before = everything(world.root)
    ran = run(*(name if word == "SET" else word for word in words), "--json", "--lang", "en")
    (problem,) = ran.json["problems"]

    assert (ran.code, problem["severity"]) == (3, "error")
    assert problem["code"] in (CODE, "catalog.absent")
    assert str(world.root) in problem["message"]
    assert "there were some" in problem["message"]
    assert problem["fix"].startswith("Connect the disk or the share")
    assert everything(world.root) == before, "nothing was written to the wrong disk"
    assert not world.folder.joinpath("x.db").exists()


@pytest.mark.parametrize("words", [("audit",), ("audit", "verify"), ("log",)], ids=" ".join)
def test_what_was_written_down_there_is_not_told_to_be_nothing(site, words):
    world, run = site
    run.backup()
    unplug(world, "empty")
    ran = run(*words, "--json")

    assert (ran.code, ran.codes) == (1, {CODE})
    assert run(*words).out == ""


def test_a_folder_that_never_held_a_backup_is_asked_for_before_a_first_one_is_advised(site):
    _world, run = site
    (problem,) = run("restore", "20250806_143052", "--database", "users", "--json", "--lang", "en").json["problems"]

    assert problem["code"] == "catalog.absent"
    assert problem["fix"].index("Connect the disk") < problem["fix"].index("backup")
