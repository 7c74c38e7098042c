"""The verb schedule through the real program: what is due, running it, what became of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cli.command_line import CommandLine
from support.world import World
from watch.servers import http_sink

from rexus.modules.backup.base import process
from rexus.modules.backup.base.clock import SystemClock
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import Problem
from rexus.modules.backup.base.texts import sentence
from rexus.modules.backup.base.watching import Run, RunState
from rexus.modules.backup.config.settings import Schedule
from rexus.modules.backup.jobs.lease import Lease
from rexus.modules.backup.watch.runs import Runs
from rexus.modules.backup.watch.schedule import fingerprint

NIGHT = {"name": "noche", "action": "backup", "times": ["02:30"], "zone": "Europe/Madrid"}


def earlier(name: str = "horas", action: str = "backup") -> dict[str, object]:
    """A schedule that was due an hour and a half ago."""
    time = f"{datetime.now(UTC) - timedelta(minutes=90):%H:%M}"
    return {"name": name, "action": action, "times": [time], "zone": "UTC"}


@pytest.fixture
def company(tmp_path):
    def make(*schedules: dict[str, object]) -> tuple[World, CommandLine]:
        world = World(tmp_path, rows=10, schedules=list(schedules)).build()
        return world, CommandLine(world.config)

    return make


def know(world: World, since: timedelta) -> None:
    """The schedules have been known for so long."""
    (world.root / "logs").mkdir(parents=True, exist_ok=True)
    lines = []
    for one in json.loads(world.config.read_text("utf-8"))["schedules"]:
        form = fingerprint(msgspec.convert(one, Schedule))
        known = {"known": one["name"], "form": form, "since": (datetime.now(UTC) - since).isoformat()}
        lines.append(json.dumps(known, separators=(",", ":")) + "\n")
    (world.root / "logs/schedule.jsonl").write_text("".join(lines), "utf-8")


def test_what_is_due_next_for_programs(company):
    _, run = company(NIGHT, earlier() | {"enabled": False})
    told = run.json("schedule", "next", "--count", "3", "--from", "2026-03-28T00:00:00+01:00")

    assert told["occurrences"] == [
        {
            "schedule": "noche",
            "action": "backup",
            "at": "2026-03-28T02:30:00+01:00",
            "utc": "2026-03-28T01:30:00+00:00",
            "wall": "2026-03-28T02:30",
        },
        {
            "schedule": "noche",
            "action": "backup",
            "at": "2026-03-29T03:00:00+02:00",
            "utc": "2026-03-29T01:00:00+00:00",
            "wall": "2026-03-29T02:30",
        },
        {
            "schedule": "noche",
            "action": "backup",
            "at": "2026-03-30T02:30:00+02:00",
            "utc": "2026-03-30T00:30:00+00:00",
            "wall": "2026-03-30T02:30",
        },
    ]
    assert len(run.json("schedule", "next")["occurrences"]) == 10
    assert len(run.json("schedule", "next", "--count", "10000")["occurrences"]) == 10_000


def test_what_is_due_next_for_people(company):
    _, run = company(NIGHT)
    ran = run("schedule", "next", "--count", "2", "--from", "2026-03-28T12:00:00+01:00")

    assert ran.code == 0, ran.err
    assert [line.split() for line in ran.out.splitlines()[1:]] == [
        ["2026-03-29", "03:00", "+02:00", "noche", "copia"],
        ["2026-03-30", "02:30", "+02:00", "noche", "copia"],
    ]


def test_without_a_schedule_nothing_is_due(company):
    _, run = company(NIGHT | {"enabled": False})

    assert run.json("schedule", "next")["occurrences"] == []
    assert "schedules" in run("schedule", "next").out
    assert run.json("schedule", "run", "--due")["runs"] == []
    assert "Nothing is due" in run("schedule", "run", "--due", "--lang", "en").out
    assert "Nothing ran yet" in run("schedule", "history", "--lang", "en").out


@pytest.mark.skipif(sys.platform == "win32", reason="names of zones in TZ")
def test_the_zone_is_that_of_the_environment(company):
    _, run = company(NIGHT | {"zone": None, "times": ["02:00"]})
    ran = run("schedule", "next", "--count", "1", "--from", "2026-01-01T00:00Z", "--json", TZ="America/Santiago")

    assert ran.json["occurrences"][0]["at"] == "2026-01-01T02:00:00-03:00"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([], "cli.usage_missing"),
        (["rum"], "cli.usage_verb"),
        (["next", "--count", "0"], "cli.usage_value"),
        (["next", "--count", "10001"], "cli.usage_value"),
        (["next", "--from", "mañana"], "cli.usage_value"),
        (["run", "--du"], "cli.usage_option"),
    ],
)
def test_bad_words_are_refused(company, words, code):
    world, run = company(NIGHT)
    ran = run("schedule", *words, "--json")

    assert (ran.code, ran.codes) == (3, {code})
    assert not world.root.exists()


def test_running_what_is_due(company):
    world, run = company(earlier())
    assert run.json("schedule", "run", "--due", "--by", "service")["runs"] == [], "it is known only now"
    know(world, timedelta(days=2, hours=6))
    ran = run("schedule", "run", "--due", "--by", "service", "--json")

    assert ran.code in (0, 1), ran.out
    (done,) = ran.json["runs"]
    assert (done["schedule"], done["action"], done["by"], done["attempt"]) == ("horas", "backup", "service", 1)
    assert (done["state"], done["origin"]) in (("ok", "catch_up"), ("warnings", "catch_up"))
    assert done["set"] == run.json("list")["sets"][0]["set"]
    states = [one["state"] for one in run.json("schedule", "history")["runs"]]
    assert states == ["missed", "missed", done["state"]]
    assert len(run.json("schedule", "history", "--lines", "1")["runs"]) == 1
    told = run("schedule", "history", "--lang", "en").out
    assert done["set"] in told
    assert told.count("missed") == 2
    assert run.json("schedule", "run", "--due")["runs"] == []


def test_a_run_that_is_left_out_is_a_warning(company):
    world, run = company(earlier())
    know(world, timedelta(hours=3))
    with Lease.hold(world.root, "restore", "ana", RealFiles(), SystemClock()):
        ran = run("schedule", "run", "--due", "--json", "--lang", "en")

    assert (ran.code, ran.json["status"], ran.codes) == (1, "skipped", {"schedule.run_skipped"})
    assert "ana" in ran.json["problems"][0]["message"]
    told = run("schedule", "history", "--lang", "en").out
    assert "ana" in told
    assert "root.busy" not in told


def test_a_run_whose_process_is_dead_is_not_under_way(company):
    world, run = company(earlier())
    know(world, timedelta(hours=3))
    with subprocess.Popen([sys.executable, "-c", "pass"]) as child:
        child.wait()
    due = datetime.now(UTC) - timedelta(minutes=90)
    started = Run(
        schedule="horas", action="backup", wall=f"{due:%Y-%m-%dT%H:%M}", due=due, state=RunState.STARTED, at=due,
        pid=child.pid, start=1.0, boot=process.boot_id(), host=process.host(),
    )  # fmt: skip
    runs = Runs(world.root / "logs", RealFiles(), SystemClock())
    runs.record(started)
    assert run.json("schedule", "history")["runs"][-1]["state"] == "interrupted"
    told = " ".join(run("schedule", "history", "--lang", "en").out.split())
    assert str(child.pid) in told
    assert "under way" not in told
    alive = msgspec.structs.replace(started, pid=os.getpid(), start=process.start_time() or 0.0)
    runs.record(alive)

    assert run.json("schedule", "history")["runs"][-1]["state"] == "started"


def test_a_summary_that_nobody_wants_is_no_trouble(company):
    world, run = company(earlier("semana", "digest"))
    know(world, timedelta(hours=3))
    ran = run("schedule", "run", "--due", "--json", "--lang", "en")

    assert (ran.code, ran.codes) == (0, {"notice.no_digest"})
    assert "channel" in ran.json["problems"][0]["message"]
    assert "channel" in run("schedule", "history", "--lang", "en").out


@pytest.mark.skipif(sys.platform == "win32", reason="names of zones in TZ")
def test_a_zone_that_nobody_knows_is_told(company):
    world, run = company(NIGHT | {"zone": None})
    world.model().settle_in()
    for words in (["next"], ["run", "--due"]):
        ran = run("schedule", *words, "--json", TZ="Marte/Olimpo")
        assert (ran.code, "schedule.unknown_zone" in ran.codes) == (1, True), words
    assert "schedule.unknown_zone" in {one["code"] for one in run("health", "--json", TZ="Marte/Olimpo").json["alarms"]}
    for good in ("Europe/Madrid", "CET-1CEST,M3.5.0,M10.5.0/3", "UTC", ":America/Santiago", "<+03>-3"):
        assert run("schedule", "next", "--json", TZ=good).code == 0, good


def test_settings_that_can_not_be_used_do_not_silence_the_schedules(company):
    """What is still right of them is enough to write down what was due, and to tell people."""
    with http_sink() as people:
        world, run = company(earlier())
        know(world, timedelta(hours=3))
        settings = json.loads(world.config.read_text("utf-8"))
        settings["notices"] = {"channels": [{"name": "aviso", "variable": "AVISO", "on": ["failure"]}]}
        settings["drill_checks"] = [{"name": "n", "database": "otra", "query": "select 1", "equals": 1}]
        world.config.write_text(json.dumps(settings), "utf-8")
        (world.folder / ".env").write_text(f"AVISO=json://{people.place}/gancho\n", "utf-8")
        ran = run("schedule", "run", "--due", "--by", "service", "--json")
        again = run("schedule", "run", "--due", "--by", "service", "--json")

        assert (ran.code, ran.codes) == (again.code, again.codes) == (3, {"config.no_such_database"})
        assert len(people.asked) == 1, "the same is not told every hour"
        assert "drill_checks" in people.asked[0].json["message"]
    del settings["drill_checks"]
    world.config.write_text(json.dumps(settings), "utf-8")
    (line,) = run.json("schedule", "history")["runs"]
    assert (line["state"], line["code"], line["begun"]) == ("refused", "config.no_such_database", False)
    assert "health.run_failed" in {one["code"] for one in run("health", "--json").json["alarms"]}
    (done,) = run("schedule", "run", "--due", "--by", "service", "--json").json["runs"]
    assert done["state"] in ("ok", "warnings")


def told_by(world: World, place: str) -> None:
    """Let the channel «aviso» of the world hear of failures at ``place``."""
    settings = json.loads(world.config.read_text("utf-8"))
    settings["notices"] = {"channels": [{"name": "aviso", "variable": "AVISO", "on": ["failure"]}]}
    world.config.write_text(json.dumps(settings, indent=1), "utf-8")
    (world.folder / ".env").write_text(f"AVISO=json://{place}/gancho\n", "utf-8")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def spoil_comma(path: Path) -> None:
    path.write_text(path.read_text("utf-8").replace(",\n", "\n", 1), "utf-8")


def spoil_notices(path: Path) -> None:
    """It can be read, but does not say any more who is told."""
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "notices": {"canales": []}}), "utf-8")


UNREADABLE = {
    "cut": (cut, "config.cut_short"),
    "comma": (spoil_comma, "config.syntax"),
    "empty": (lambda path: path.write_bytes(b""), "config.empty"),
    "zeros": (lambda path: path.write_bytes(bytes(400)), "config.syntax"),
    "latin": (lambda path: path.write_bytes(b'{"root": "a\xf1o"}'), "config.not_text"),
    "gone": (Path.unlink, "config.absent"),
    "folder": (lambda path: (path.unlink(), path.mkdir()), "config.is_folder"),
    "list": (lambda path: path.write_text("[1]", "utf-8"), "config.not_an_object"),
    "notices": (spoil_notices, "config.unknown"),
}


@pytest.mark.parametrize("how", UNREADABLE)
def test_settings_that_can_not_even_be_read_are_told_by_those_that_were_good_last(company, how):
    """To people, to the log, to the history, and to whoever asks for health; and once."""
    spoil, code = UNREADABLE[how]
    with http_sink() as people:
        world, run = company(earlier())
        told_by(world, people.place)
        good = world.config.read_bytes()
        know(world, timedelta(hours=1))  # nothing is due yet
        assert run("schedule", "run", "--due", "--by", "service", "--json").code == 0
        know(world, timedelta(hours=3))
        spoil(world.config)
        ran = run("schedule", "run", "--due", "--by", "service", "--json")
        again = run("schedule", "run", "--due", "--by", "service", "--json")

        assert (ran.code, ran.codes) == (again.code, again.codes) == (3, {code})
        (letter,) = people.asked
        assert str(world.config) in letter.json["message"]
    (log,) = (world.root / "logs").glob("backup_*.log")
    assert code in log.read_text("utf-8")
    asked = run("health", "--json")
    assert (asked.code, asked.codes) == (3, {code, "config.nothing_runs", "config.last_good"})
    assert run("health", "--nagios").out.startswith("UNKNOWN - ")
    shutil.rmtree(world.config) if world.config.is_dir() else None
    world.config.with_name("backup_config.json.good").rename(world.config)
    assert world.config.read_bytes() == good
    (line,) = run.json("schedule", "history")["runs"]
    assert (line["state"], line["code"], line["begun"]) == ("refused", code, False)
    assert "health.run_failed" in {one["code"] for one in run("health", "--json").json["alarms"]}


@pytest.mark.parametrize("spoil", [cut, spoil_comma])
def test_without_good_settings_the_log_of_the_folder_that_is_named_tells_it(company, spoil):
    world, run = company(earlier())
    world.model().settle_in()
    world.config.with_name("backup_config.json.good").unlink()
    text = world.config.read_text("utf-8").replace('"backups"', '"copias"').replace(', "', ',\n "')
    world.config.write_text(text, "utf-8")
    world.root.rename(world.folder / "copias")
    spoil(world.config)
    ran = run("schedule", "run", "--due", "--by", "service", "--json")

    assert ran.code == 3
    (log,) = (world.folder / "copias/logs").glob("backup_*.log")
    assert ran.codes.pop() in log.read_text("utf-8")
    assert not world.root.exists()


def test_a_service_that_stays_tells_it_as_well(company):
    with http_sink() as people:
        world, run = company(earlier())
        told_by(world, people.place)
        world.model().settle_in()
        world.config.write_bytes(b"")
        ran = run("schedule", "run", "--json")

        assert (ran.code, ran.codes) == (3, {"config.empty"})
        assert len(people.asked) == 1


def test_an_env_file_that_can_not_be_read_silences_only_what_needs_it(company):
    """The address may be a secret of the process or of the keyring."""
    with http_sink() as people:
        world, run = company(earlier())
        told_by(world, people.place)
        know(world, timedelta(hours=3))
        (world.folder / ".env").write_bytes(b"AVISO=\xff\n")
        ran = run("schedule", "run", "--due", "--by", "service", "--json", AVISO=f"json://{people.place}/gancho")

        assert (ran.code, ran.codes) == (3, {"config.not_text"})
        assert len(people.asked) == 1


def test_the_good_settings_are_owner_only_and_looking_writes_none(company):
    world, run = company(earlier())
    kept = world.config.with_name("backup_config.json.good")
    for words in (["health"], ["check"], ["list"], ["schedule", "next"], ["config", "check"]):
        run(*words)
    assert not kept.exists()
    world.model().settle_in()
    assert kept.read_bytes() == world.config.read_bytes()
    if os.name != "nt":
        assert kept.stat().st_mode & 0o777 == 0o600


def test_the_worst_end_is_the_commands_and_has_a_problem(company):
    world, run = company(earlier(), earlier("limpieza", "prune"))
    know(world, timedelta(hours=3))
    world.database("users").write_bytes(b"nada" * 2000)
    ran = run("schedule", "run", "--due", "--json")

    states = {one["schedule"]: one["state"] for one in ran.json["runs"]}
    assert states["horas"] == "failed"
    assert states.keys() == {"horas", "limpieza"}
    assert (ran.code, ran.json["status"]) == (2, "failed")
    assert "schedule.run_failed" in ran.codes
    assert all(one["message"] and one["safe"] and one["fix"] for one in ran.json["problems"])
    assert "horas" in run("schedule", "history").out


def test_what_to_do_about_a_run_is_what_its_cause_says(company):
    world, run = company(earlier())
    know(world, timedelta(hours=3))
    world.database("users").write_bytes(b"nada" * 2000)
    [told] = [one for one in run("schedule", "run", "--due", "--json").json["problems"] if one["severity"] == "error"]

    [failed] = run.json("schedule", "history")["runs"]
    cause = sentence(Problem(code=failed["code"], values=failed["values"]))
    assert told["code"] == "schedule.run_failed"
    assert cause.fix.rstrip(".") in told["fix"]


def test_a_run_that_is_refused_is_not_said_to_have_failed(company):
    world, run = company(earlier("prueba", "drill"))
    know(world, timedelta(hours=3))
    ran = run("schedule", "run", "--due", "--json")

    assert [one["state"] for one in ran.json["runs"]] == ["refused"]
    assert (ran.code, ran.codes) == (3, {"schedule.run_refused"})


def test_a_folder_that_is_gone_is_not_told_as_nothing_that_ran(company):
    world, run = company(earlier())
    know(world, timedelta(hours=3))
    run("schedule", "run", "--due")
    world.root.rename(world.root.with_name("elsewhere"))

    for empty in (False, True):
        if empty:  # as an unplugged disk leaves it
            world.root.mkdir()
        ran = run("schedule", "history", "--json")
        assert (ran.code, ran.codes, ran.json["runs"]) == (1, {"root.vanished"}, [])
        assert str(world.root) in run("schedule", "history").err


def test_a_root_that_can_not_be_written_is_told(company):
    world, run = company(NIGHT)
    world.root.write_bytes(b"no folder")
    ran = run("schedule", "run", "--due", "--json")

    assert (ran.code, ran.codes) == (2, {"schedule.unwritten"})
