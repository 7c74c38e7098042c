"""The verb health as scripts, Nagios and a tired administrator use it."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cli.command_line import CommandLine, can_be_ordinary
from support.world import NAMES, World, quiet

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.clock import SystemClock
from rexus.modules.backup.base.errors import BackupError
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.identity import os_identity
from rexus.modules.backup.base.records import BackupRequest
from rexus.modules.backup.base.watching import Run, RunState
from rexus.modules.backup.watch.runs import Runs

ROOTS_DENIED = [
    (".", 0o555, "check.root_denied"),
    ("logs", 0o000, "check.logs_denied"),
    ("logs", 0o555, "check.logs_denied"),
]


@pytest.fixture
def fresh(tmp_path):
    world = World(tmp_path, rows=20, health={"free_bytes": 0}).build()
    return world, CommandLine(world.config)


def test_a_fresh_place_is_unprotected_and_says_what_to_do(fresh):
    world, run = fresh
    told = run.json("health", code=2)
    ran = run("health", "--lang", "en")

    assert (told["status"], told["level"], told["said"]["code"]) == ("failed", "unprotected", "health.no_folder")
    assert told["databases"].keys() == set(NAMES)
    assert told["alarms"][0]["code"] == "health.no_folder"
    first = f"There is no backup folder {world.root}: nothing is protected."
    assert (ran.code, ran.out.splitlines()[0].split(" ", 1)[1]) == (2, first)
    assert "Else make the first one: backup" in ran.out
    assert not world.root.exists()
    world.root.mkdir()
    assert f"There is no backup in {world.root} yet" in run("health", "--lang", "en").out.splitlines()[0]


def test_after_a_backup_every_database_is_protected(fresh):
    _world, run = fresh
    name = run.backup()
    told = run.json("health", code=1)

    assert (told["status"], told["level"]) == ("warnings", "attention")
    assert {one["severity"] for one in told["alarms"]} <= {"warning", "info"}
    for one in told["databases"].values():
        assert (one["set"], one["ok"], one["deepest"]) == (name, True, "content")
        assert datetime.fromisoformat(one["protected_until"]) <= datetime.fromisoformat(one["proven_at"])
        assert 0 <= one["age_s"] < 600
        assert one["because"]["code"] == "health.protected"
        assert one["because"]["message"]
    assert told["free_bytes"] > 0


def test_a_lost_archive_is_exit_2_and_names_the_database(fresh):
    world, run = fresh
    told = run.json("backup")
    (world.root / told["databases"]["users"]["file"]).unlink()
    ran = run("health", "--lang", "en")

    assert ran.code == 2
    assert "users" in ran.out.splitlines()[0]
    assert run.json("health", code=2)["databases"]["users"]["because"]["code"] == "health.none_proven"


def test_the_same_of_several_databases_is_told_once(fresh):
    world, run = fresh
    run.backup()
    for path in (world.root / "databases").iterdir():
        path.unlink()
    ran = run("health", "--lang", "en")

    assert ran.out.splitlines()[0].endswith("Not protected as agreed: users, inventario, auditoria (3 of 3).")
    assert ran.out.count("there is nothing to rely on") == 1
    assert "No backup of users, inventario, auditoria is proven" in ran.out


NAGIOS = re.compile(r"(OK|WARNING|CRITICAL) - ([^|\n]+) \| ([^|\n]+)\n")


def test_nagios_gets_one_line(fresh):
    _world, run = fresh
    before = run("health", "--nagios", "--lang", "en")
    run.backup()
    after = run("health", "--nagios", "--lang", "en")

    assert (before.code, before.err, after.code, after.err) == (2, "", 1, "")
    word, said, figures = NAGIOS.fullmatch(before.out).groups()
    assert (word, said.startswith("There is no backup folder")) == ("CRITICAL", True)
    word, said, figures = NAGIOS.fullmatch(after.out).groups()
    assert word == "WARNING"
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]+=[0-9]+(s|B|%)?(;;[0-9]+)?", one) for one in figures.split())
    assert f"alarms={said.count('(points: ') and said.split('(points: ')[1][0]}" in figures.split()
    assert {f"age_{name}" for name in NAMES} <= {one.partition("=")[0] for one in figures.split()}


def test_nagios_gets_unknown_where_nothing_can_be_found_out(fresh):
    world, run = fresh
    settings = json.loads(world.config.read_text("utf-8"))
    world.config.write_text(json.dumps({**settings, "roles": {"administrators": ["x"], "viewers": ["y"]}}), "utf-8")
    refused = run("health", "--nagios")
    world.config.unlink()
    absent = run("health", "--nagios")

    for ran in (refused, absent):
        assert (ran.code, ran.out.count("\n"), ran.err) == (3, 1, "")
        assert ran.out.startswith("UNKNOWN - ")
    assert run("health", "--json").code == 3


def test_nagios_and_json_is_json(fresh):
    assert fresh[1].json("health", "--nagios", code=2)["alarms"]


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_word_is_in_the_language(fresh, language):
    _world, run = fresh
    run.backup()
    ran = run("health", "--lang", language)

    assert ran.code == 1
    assert ("Protegida hasta" in ran.out) is (language == "es")
    assert ("Protected until" in ran.out) is (language == "en")


@pytest.fixture
def other_disk(tmp_path):
    """A folder on another disk than the data's."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs a second disk")
    folder = Path(tempfile.mkdtemp(dir=memory))
    yield folder
    shutil.rmtree(folder)


def has_answering_scheduler(world: World) -> bool:
    """Whether the system's scheduler can be asked; on Windows it is always there, and must then answer."""
    try:
        return os.name != "nt" or not world.model().tasks().status().problems
    except BackupError:
        return False


def test_exit_0_when_all_is_well(tmp_path, other_disk):
    root = str(other_disk / "copias")
    night = {"name": "noche", "action": "backup", "times": ["02:00"], "zone": "UTC"}
    world = World(tmp_path, rows=20, health={"free_bytes": 0}, root=root, schedules=[night]).build()
    if not has_answering_scheduler(world):
        pytest.skip("needs a scheduler that answers")
    run = CommandLine(world.config)
    run.backup()
    now = datetime.now(UTC)
    due = now.replace(hour=2, minute=0, second=0, microsecond=0)
    due -= timedelta(days=due > now)
    ended = Run(schedule="noche", action="backup", wall=f"{due:%Y-%m-%dT%H:%M}", due=due, state=RunState.OK, at=due)
    Runs(Path(root) / "logs", RealFiles(), SystemClock()).record(ended)
    told = run.json("health")
    ran = run("health", "--lang", "en")

    assert (told["status"], told["level"], told["said"]["code"]) == ("ok", "well", "health.well")
    assert (ran.code, "All is well" in ran.out) == (0, True)
    assert run("health", "--nagios").out.startswith("OK - ")


def agree(world: World, *words: str) -> None:
    settings = json.loads(world.config.read_text("utf-8"))
    settings["health"]["accepted"] = list(words)
    world.config.write_text(json.dumps(settings), "utf-8")


def severities(told: dict[str, object]) -> dict[str, str]:
    return {one["code"]: one["severity"] for one in told}


def test_what_is_agreed_to_is_no_warning_of_any_verb(tmp_path):
    world = World(
        tmp_path,
        rows=5,
        health={"free_bytes": 0},
        schedules=[],
        retention={"daily": 0, "weekly": 0, "monthly": 0, "yearly": 0},
    ).build()
    run = CommandLine(world.config)
    run.backup()
    world.root.chmod(0o755)
    chosen = {"check.same_disk", "config.no_backup_schedule", "config.keeps_newest_only"}
    chosen |= {"check.root_open"} if os.name != "nt" else set()
    before = severities(run("check", "--json").json["findings"])
    agree(world, "same_disk", "no_schedule", "newest_only", "open_folder", "no_scheduler")
    after = run("check", "--json")
    settings = run("config", "check", "--json")

    assert {code for code, severity in before.items() if severity == "warning"} == chosen
    assert {code: severities(after.json["findings"])[code] for code in chosen} == dict.fromkeys(chosen, "info")
    assert (after.code, settings.code, run("health").code) == (0, 0, 0)
    assert "config.no_backup_schedule" in settings.codes, "it is still told"


@pytest.mark.parametrize("word", ["check.same_disk", "health.damaged", "low_space", "Same_Disk", ""])
def test_nothing_else_can_be_agreed_to(fresh, word):
    world, run = fresh
    agree(world, "same_disk", word)
    ran = run("health", "--json", "--lang", "en")
    problem = ran.json["problems"][0]

    assert (ran.code, ran.codes) == (3, {"config.not_acceptable", "config.nothing_runs"})
    assert "health.accepted[1]" in problem["message"]
    for allowed in ("same_disk", "no_scheduler", "no_schedule", "open_folder", "newest_only"):
        assert allowed in problem["fix"]


def test_bad_words_are_refused(fresh):
    ran = fresh[1]("health", "--nagois", "--json")

    assert (ran.code, ran.codes) == (3, {"cli.usage_option"})
    assert ran.json["databases"] == {}


def test_the_alarms_are_in_what_is_kept_of_the_answer(fresh):
    _world, run = fresh
    run.backup()
    ran = run("health", "--lang", "en")

    assert (ran.code, ran.err) == (1, "")
    points = int(re.search(r"\(points: (\d+)\)", ran.out)[1])
    assert points == len(re.findall(r"^(?:▲|!) ", ran.out, re.MULTILINE)) - 1, "as many as are told, and the headline"


def test_a_root_that_is_no_folder_is_exit_2_and_blames_nothing_in_it(fresh):
    world, run = fresh
    world.root.write_text("una carpeta no es", "utf-8")
    told = run.json("health", code=2)
    codes = [one["code"] for one in told["alarms"]]

    assert told["said"]["code"] == codes[0] == "catalog.unreadable"
    assert {one["because"]["code"] for one in told["databases"].values()} == {"catalog.unreadable"}
    assert not [one for one in codes if one.startswith(("drill.", "schedule.unreadable", "health.same_disk"))]
    assert told["free_bytes"] is None


def test_a_root_that_has_vanished_is_named_and_is_no_place_without_backups(fresh):
    world, run = fresh
    run.backup()
    world.root.rename(world.folder / "otra")
    told = run.json("health", code=2)

    assert (told["said"]["code"], told["said"]["values"]["path"]) == ("root.vanished", str(world.root))
    assert {one["because"]["code"] for one in told["databases"].values()} == {"root.vanished"}
    absurd = {"health.no_folder", "health.no_backup", "health.never", "health.unreadable"}
    assert {one["code"] for one in told["alarms"]} & absurd == set()
    assert told["free_bytes"] is None


ordinary = pytest.mark.skipif(not can_be_ordinary(), reason="rights of files can't be taken away here")


@ordinary
@pytest.mark.parametrize("mode", [0o000, 0o111, 0o444])
def test_a_root_that_nobody_may_read_is_told_by_every_form(fresh, mode):
    world, run = fresh
    run.backup()
    run = CommandLine(world.config, ordinary=True)
    world.root.chmod(mode)
    try:
        told, line = run.json("health", code=2), run("health", "--nagios")
    finally:
        world.root.chmod(0o700)

    assert told["said"]["code"] == told["alarms"][0]["code"] == "catalog.unreadable"
    assert (line.code, line.out.startswith("CRITICAL - "), line.err) == (2, True, "")


@ordinary
@pytest.mark.parametrize(("below", "mode", "code"), ROOTS_DENIED)
def test_where_the_next_run_cannot_write_not_all_is_well(fresh, below, mode, code):
    world, run = fresh
    run.backup()
    before = {one["code"] for one in run.json("health", code=1)["alarms"]}
    run = CommandLine(world.config, ordinary=True)
    (world.root / below).chmod(mode)
    try:
        told = run.json("health", code=1)
    finally:
        (world.root / below).chmod(0o700)

    assert {one["code"] for one in told["alarms"]} == before | {code}
    assert not list(world.root.glob("*.partial"))


@ordinary
def test_whoever_may_only_look_need_not_be_able_to_write(fresh):
    world, run = fresh
    run.backup()
    settings = json.loads(world.config.read_text("utf-8"))
    groups = {"administrators": ["nadie-de-aqui"], "viewers": [os_identity().name]}
    world.config.write_text(json.dumps({**settings, "roles": groups}), "utf-8")
    world.root.chmod(0o555)
    try:
        told = CommandLine(world.config, ordinary=True).json("health", code=1)
    finally:
        world.root.chmod(0o700)

    assert "check.root_denied" not in {one["code"] for one in told["alarms"]}


class At:
    """A clock that is so many hours from now."""

    def __init__(self, hours: float) -> None:
        self.hours = hours

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(hours=self.hours)


@pytest.mark.parametrize(
    ("hours", "code", "deletes"),
    [((-48, -24, 4000), "health.future", True), ((-30, -6, 18, 42), "health.clock_back", False)],
)
def test_sets_of_the_future_are_told_by_their_cause(fresh, hours, code, deletes):
    world, run = fresh
    for each in hours:
        request = BackupRequest(files=False, requested_by="prueba")
        world.model(clock=At(each)).backup(request, quiet, CancelToken())
    told = run.json("health", "--lang", "en", code=1)
    (future,) = [one for one in told["alarms"] if one["code"] in ("health.future", "health.clock_back")]

    assert future["code"] == code
    assert ("delete {}".format(future["values"]["set"]) in future["fix"]) is deletes


def test_a_failed_test_of_an_old_set_is_counted_and_overrules_no_newer_one(fresh):
    world, run = fresh
    request = BackupRequest(files=False, requested_by="prueba")
    old = world.model(clock=At(-216)).backup(request, quiet, CancelToken()).outcome.set
    run.backup()
    run.json("drill")
    path = world.root / world.model().show(old).databases["users"].file
    data = bytearray(path.read_bytes())
    data[60] ^= 1
    path.write_bytes(data)
    run.json("drill", "--set", old, "users", code=2)
    told = run.json("health", code=1)

    assert told["databases"]["users"]["ok"]
    (damaged,) = [one for one in told["alarms"] if one["code"] == "health.damaged"]
    assert damaged["values"] == {"set": old, "count": 1}


def test_several_databases_are_told_of_in_the_plural(fresh):
    world, run = fresh
    request = BackupRequest(files=False, requested_by="prueba")
    world.model(clock=At(-60)).backup(request, quiet, CancelToken())
    ran = run("health", "--lang", "en")

    assert re.search(r"Protected only up to [^:]+:\d\d:?[^:]*: users, inventario, auditoria\. ", ran.out)


def test_nagios_stays_one_line_whatever_files_are_called(fresh):
    world, run = fresh
    run.backup()
    (world.root / "backup_manifest_x|y.json").write_text("{", "utf-8") if os.name != "nt" else None
    ran = run("health", "--nagios")

    assert ran.out.count("\n") == 1
    assert ran.out.count("|") == 1
    assert json.loads(run("health", "--json").out)["level"] == "attention"
