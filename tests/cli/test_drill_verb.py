"""The verb drill through the real program: JSON, exit codes, what a person reads."""

from __future__ import annotations

import pytest
from cli.command_line import CommandLine
from cli.contract import INSIDE, PROBLEM
from support.world import NAMES, World

CHECKS = [
    {"name": "filas", "database": "users", "query": "select count(*) from datos", "at_least": 10},
    {"name": "mitad", "database": "users", "query": "select count(*) / 4.0 from datos", "drift_percent": 5},
]


@pytest.fixture
def company(tmp_path):
    world = World(tmp_path, rows=50, drill_checks=CHECKS).build()
    return world, CommandLine(world.config)


def test_the_json_has_the_members_of_the_contract(company):
    world, run = company
    name = run.backup("--no-files")
    told = run.json("drill")

    assert told["status"] == "ok"
    assert [one["name"] for one in told["drills"]] == list(NAMES)
    assert all(one.keys() >= INSIDE["drill", "drills"] | {"figures", "problems"} for one in told["drills"])
    assert all((one["set"], one["ok"], one["checks"][0]["depth"]) == (name, True, "restored") for one in told["drills"])
    assert [(one["name"], one["value"], one["ok"]) for one in told["drills"][0]["figures"]] == [
        ("filas", 50.0, True),
        ("mitad", 12.5, True),
    ]
    assert run.json("list")["sets"][0]["tick"] == "restored"
    assert [one["name"] for one in run.json("drill", "--rotate")["drills"]] == ["users"]
    assert world.unfinished() == []


def test_a_failed_test_is_2_as_where_nothing_was_proven_and_what_could_not_be_tested_beside_that_is_1(company):
    world, run = company
    told = run.json("backup", "users", "--no-files")
    assert run.json("drill", "inventario", code=2)["drills"][0]["ok"] is None
    assert [one["ok"] for one in run.json("drill", "users", "inventario", code=1)["drills"]] == [True, None]
    path = world.root / told["databases"]["users"]["file"]
    path.write_bytes(path.read_bytes()[:-5])
    failed = run.json("drill", "users", "--set", told["set"], code=2)

    assert (failed["status"], failed["drills"][0]["ok"]) == ("failed", False)
    assert all(one.keys() >= PROBLEM for one in failed["drills"][0]["problems"])
    assert run.json("health", code=2)["level"] == "unprotected"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["nadie"], "database.unknown"),
        (["--set", "20200101_000000"], "catalog.absent"),
        (["--set", ""], "catalog.absent"),
        (["--set", "x", "--rotate"], "cli.usage_together"),
        ([], "catalog.absent"),
    ],
)
def test_bad_input_ends_with_3_and_touches_nothing(company, words, code):
    world, run = company
    ran = run("drill", *words, "--json")

    assert (ran.code, ran.codes, ran.json["drills"]) == (3, {code}, [])
    assert not world.root.exists()


def test_where_the_archives_are_moved_away_nothing_is_proven_and_that_is_2(company):
    world, run = company
    run.backup("--no-files")
    (world.root / "databases").rename(world.folder / "databases")
    told = run.json("drill", code=2)

    assert (told["status"], [one["ok"] for one in told["drills"]]) == ("failed", [None, None, None])


def test_without_a_set_of_that_name_or_any_nothing_is_tested(company):
    world, run = company
    world.root.mkdir()

    assert run("drill", "--set", "20200101_000000", "--json").codes == {"set.unknown"}
    assert run("drill", "--json").codes == {"drill.none"}


@pytest.mark.parametrize("names", [["inventario"], ["users", "inventario", "auditoria"]])
def test_a_set_that_does_not_hold_what_is_asked_is_refused_whole(company, names):
    world, run = company
    of_set = run.backup("users", "--no-files")
    before = {path: path.stat().st_mtime_ns for path in world.root.rglob("*")}
    ran = run("drill", *names, "--set", of_set, "--json", "--lang", "en")

    assert (ran.code, ran.codes, ran.json["status"], ran.json["drills"]) == (3, {"drill.set_lacks"}, "refused", [])
    problem = ran.json["problems"][0]
    assert of_set in problem["message"]
    assert ", ".join(name for name in names if name != "users") in problem["message"]
    assert "It holds: users." in problem["fix"]
    assert {path: path.stat().st_mtime_ns for path in world.root.rglob("*")} == before


def test_a_set_of_failed_backups_alone_is_refused(company):
    world, run = company
    world.database("users").write_bytes(b"no es una base de datos" * 100)
    failed = run.json("backup", "users", "--no-files", code=2)["set"]

    assert run("drill", "users", "--set", failed, "--json").codes == {"drill.none"}
    assert run("drill", "--set", failed).code == 3


def test_a_person_reads_the_verdicts_and_the_answers(company):
    _world, run = company
    run.backup("users", "auditoria", "--no-files")
    english, spanish = run("drill", "--lang", "en"), run("drill", "--lang", "es")

    assert english.code == spanish.code == 1
    assert "restored and proven" in english.out
    assert "could not be tested" in english.out
    assert "users: mitad: 12.5" in english.out
    assert "users: mitad: 12,5" in spanish.out
    assert "What to do:" in english.err


def test_the_progress_says_of_each_how_its_test_ended(company):
    world, run = company
    told = run.json("backup", "users", "auditoria", "--no-files")
    path = world.root / told["databases"]["users"]["file"]
    path.write_bytes(path.read_bytes()[:-5])
    english, spanish = run("drill", "--lang", "en"), run("drill", "--lang", "es")

    ends = {line.partition(":")[0]: line.partition(": ")[2] for line in english.err.splitlines()[:20] if ": " in line}
    assert {name: ends[name] for name in NAMES} == {
        "users": "Failed",
        "inventario": "Not tested",
        "auditoria": "Done",
    }
    assert "inventario: Sin probar" in spanish.err
    assert "inventario: Listo" not in spanish.err


def test_the_age_of_the_newest_entry_is_read_in_minutes_and_a_wrong_answer_in_words(tmp_path):
    checks = [
        {"name": "reciente", "database": "users", "query": "select '2099-01-01 00:00'", "within_hours": 1},
        {"name": "antigua", "database": "users", "query": "select '2001-01-01 00:00'", "within_hours": 1},
    ]
    world = World(tmp_path, rows=5, drill_checks=checks).build()
    run = CommandLine(world.config)
    run.backup("users", "--no-files")

    told = run("drill", "users", "--lang", "en")
    figures = run.json("drill", "users", code=2)["drills"][0]["figures"]

    assert told.code == 2
    recent, old = told.out.splitlines()[-2:]
    assert recent.endswith("after it")
    assert old.endswith("before the backup")
    assert "restored and proven; a wrong answer" in told.out
    assert [one["unit"] for one in figures] == ["hours", "hours"]
    log = next((world.root / "logs").glob("backup_*.log")).read_text("utf-8")
    assert "restored and proven, but the answer to «antigua» is wrong" in log
    assert ": True" not in log
