"""Instants that a restore tells: local time with its offset, good to be copied into ``--at`` as they stand."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cli.command_line import CommandLine, Ran
from support.lost import MINUTES, START, Story

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?[+-]\d\d:\d\d")
BARE = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?!\.\d)(?![+-]\d\d:\d\d)")
FIRST = START.replace(tzinfo=UTC) + timedelta(seconds=7)
"""When the first backup of a story is finished."""


@pytest.fixture(params=["America/Argentina/Buenos_Aires", "Asia/Kolkata"])
def zone(request, monkeypatch):
    """Where people sit; the server's clock shows UTC. On Windows it is the zone of the machine, whatever that is."""
    for name in ("DB_SERVER", "DB_USERNAME", "DB_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    return request.param


@pytest.fixture
def story(tmp_path, zone, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    made = Story(tmp_path / "rescate")
    made.full("full.bak")
    made.log("1.trn")
    return made


@pytest.fixture
def run(story, zone):
    program = CommandLine(story.folder)

    def plan(at: str) -> Ran:
        return program("--lang", "en", "restore", "--database", "erp", "--at", at, "--plan", "--json", TZ=zone)

    return plan


def told_by(ran: Ran) -> list[str]:
    """All instants of the refusals, which are never without an offset."""
    texts = [f"{one['message']} {one['fix']}" for one in ran.json["problems"]]
    assert ran.code == 3
    assert not any(BARE.search(text) for text in texts), texts
    return [found for text in texts for found in INSTANT.findall(text)]


def instants(told: list[str]) -> set[datetime]:
    return {datetime.fromisoformat(one).astimezone(UTC) for one in told}


def minute(number: float) -> str:
    return (FIRST + timedelta(minutes=number)).isoformat()


def test_behind_the_last_backup_the_end_is_told_and_works(run):
    ran = run("2026-03-10T05:00:00+00:00")
    *_, end = told_by(ran)

    assert ran.codes == {"chain.after_last"}
    assert datetime.fromisoformat(end) == FIRST + timedelta(minutes=MINUTES)
    assert (again := run(end)).code == 1
    assert again.json["plan"]["steps"] != []
    assert "chain.edge" in again.codes


def test_before_the_first_backup_its_end_is_told_and_works(run):
    ran = run("2020-01-01T00:00:00+00:00")
    *_, first = told_by(ran)

    assert ran.codes == {"chain.before_first"}
    assert datetime.fromisoformat(first) == FIRST
    assert run(first).code == 0


def test_both_sides_of_a_gap_are_told_and_work(story, run):
    story.lose_log()
    story.log("2.trn")
    story.full("full2.bak")
    ran = run(minute(25))
    near = told_by(ran)[-2:]

    assert ran.codes == {"chain.gap"}
    assert [run(one).code for one in near] == [0, 0]
    assert instants(near) == {START.replace(tzinfo=UTC) + timedelta(minutes=MINUTES), FIRST + timedelta(minutes=40)}


def test_where_histories_fork_the_instants_that_can_be_reached_work(story, run):
    other = str(uuid.uuid4())
    story.log("2.trn", recovery_fork=other, first_recovery_fork=other)
    story.full("full2.bak", recovery_fork=other, first_recovery_fork=other)
    ran = run(minute(15))

    assert ran.codes == {"chain.fork"}
    assert [run(one).code for one in told_by(ran)[-2:]] == [0, 0]


def test_a_fraction_of_a_second_is_told_as_it_was_given(run):
    ran = run("2026-03-10T05:00:00.125+00:00")

    assert "05:00:00.125000+00:00" in {
        datetime.fromisoformat(one).astimezone(UTC).isoformat()[11:] for one in told_by(ran)
    }


def test_values_are_instants_for_programs(run):
    values = run("2026-03-10T05:00:00+00:00").json["problems"][0]["values"]

    assert (values["wanted"], values["last_at"]) == ("2026-03-10T05:00:00Z", "2026-03-10T02:10:07Z")


def test_what_a_lost_folder_brings_back_is_told_with_the_offset(story, zone):
    program = CommandLine(story.folder)
    overview = program("--lang", "en", "restore", "--plan", TZ=zone)
    spans = [line for line in overview.out.splitlines() if line.startswith("  Every instant from")]
    (start, end) = INSTANT.findall(spans[0])

    assert instants([start, end]) == {FIRST, START.replace(tzinfo=UTC) + timedelta(minutes=MINUTES)}
    assert INSTANT.search(overview.out.partition("add --at ")[2]) is not None
    for one in (start, end):
        plan = program("--lang", "en", "restore", "--database", "erp", "--at", one, "--plan", TZ=zone)
        assert plan.code == 0
        assert f"Instant that was understood: {one}." in plan.out
        assert f"erp comes back as it was on {one}." in plan.err


def test_an_instant_without_a_zone_is_echoed_with_the_one_that_was_understood(story, zone):
    ran = CommandLine(story.folder)(
        "--lang", "en", "restore", "--database", "erp", "--at", "2026-03-12T10:00", "--plan", TZ=zone
    )
    (told,) = INSTANT.findall(ran.out)

    assert told.startswith("2026-03-12T10:00:00")
    assert ran.code == 3


def test_a_refused_plan_has_no_steps(story, zone):
    where = ("--lang", "en", "restore", "--database", "erp", "--at", "2020-01-01", "--plan")
    ran = CommandLine(story.folder)(*where, TZ=zone)

    assert "can't be restored as it was asked for" in ran.out
    assert not any(word in ran.out for word in ("CHECKDB", "0 B", "Space"))
    assert CommandLine(story.folder)(*where, "--json").json["plan"]["steps"] == []


def test_the_wrong_set_leads_to_one_that_holds_the_database(story, zone):
    other = Story(Path(story.folder), "auditoria")
    other.full("auditoria.bak")
    program = CommandLine(story.folder)
    sets = {name: one["set"] for one in program("list", "--json").json["sets"] for name in one["databases"]}
    ran = program("--lang", "en", "restore", sets["auditoria"], "--database", "erp", "--plan", "--json", TZ=zone)

    assert (ran.code, ran.codes) == (3, {"restore.not_in_set"})
    holder = ran.json["problems"][0]["values"]["holder"]
    assert holder in ran.json["problems"][0]["fix"]
    assert program("restore", holder, "--database", "erp", "--plan", TZ=zone).code == 0
