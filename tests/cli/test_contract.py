"""Every verb of the contract, through the real program: exit codes, JSON members, refusals."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from cli.command_line import CommandLine
from cli.contract import DATABASE, EXITS, INSIDE, MEMBERS, PROBLEM, TICKS
from support.world import NAMES, World


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """A company with two sets; tests of this module only look at it, or ask what is refused."""
    world = World(tmp_path_factory.mktemp("empresa"), rows=50).build()
    run = CommandLine(world.config)
    return world, run, (run.backup(), run.backup("users", "--no-files"))


@pytest.fixture
def fresh(tmp_path):
    world = World(tmp_path, rows=50).build()
    return world, CommandLine(world.config)


LOOKS = {
    "config": ["config", "show"],
    "list": ["list"],
    "show": ["show", "SET"],
    "verify": ["verify", "SET"],
    "restore": ["restore", "SET", "--all", "--plan"],
    "check": ["check"],
    "audit": ["audit", "verify"],
    "log": ["log"],
    "menu": ["menu"],
}


@pytest.mark.parametrize("verb", LOOKS)
def test_one_json_object_with_the_members_of_the_contract(company, verb):
    _world, run, sets = company
    ran = run(*[sets[0] if word == "SET" else word for word in LOOKS[verb]], "--json")

    assert ran.code in (0, 1), ran.err
    assert {"status", "problems"} | MEMBERS[verb] <= ran.json.keys()
    assert ran.code == EXITS[ran.json["status"]]
    assert all(one.keys() >= PROBLEM for one in ran.json["problems"])
    for (name, member), inside in INSIDE.items():
        if name == verb:
            assert all(inside <= one.keys() for one in ran.json[member])


@pytest.mark.parametrize("verb", [one for one in MEMBERS if one not in ("demo", "menu")])
def test_a_refusal_too_is_one_json_object_with_every_member(company, verb):
    _world, run, _sets = company
    ran = run(verb, "--no-such-option", "--json")

    assert (ran.code, ran.json["status"]) == (3, "refused")
    assert {"status", "problems"} | MEMBERS[verb] <= ran.json.keys()
    assert all(one.keys() >= PROBLEM and all(one[part] for part in PROBLEM) for one in ran.json["problems"])
    assert ran.codes == {"cli.usage_option"}


WRONG = {
    "no verb": ([], "cli.usage_no_verb"),
    "unknown verb": (["bakcup"], "cli.usage_verb"),
    "unknown action": (["config", "initt"], "cli.usage_verb"),
    "action missing": (["config"], "cli.usage_missing"),
    "unknown option": (["list", "--al"], "cli.usage_option"),
    "unknown option before the verb": (["--jsn", "list"], "cli.usage_option"),
    "too many words": (["list", "x"], "cli.usage_extra"),
    "word missing": (["show"], "cli.usage_missing"),
    "value missing": (["backup", "--kind"], "cli.usage_needs_value"),
    "value of a global option missing": (["list", "--lang"], "cli.usage_needs_value"),
    "wrong kind": (["backup", "--kind", "half"], "cli.usage_value"),
    "wrong depth": (["verify", "--depth", "restored"], "cli.usage_value"),
    "wrong number": (["verify", "--oldest", "0"], "cli.usage_value"),
    "wrong language": (["list", "--lang", "fr"], "cli.usage_value"),
    "wrong instant": (["pin", "SET", "--until", "mañana"], "cli.usage_value"),
    "all and oldest": (["verify", "--all", "--oldest", "1"], "cli.usage_together"),
    "set and all": (["verify", "SET", "--all"], "cli.usage_together"),
    "database and files": (["restore", "SET", "--database", "users", "--files", "config"], "cli.usage_together"),
    "only without files": (["restore", "SET", "--database", "users", "--only", "x"], "cli.usage_missing"),
    "nothing to restore": (["restore", "SET"], "restore.nothing_asked"),
    "empty target": (["restore", "SET", "--database", "users", "--to", ""], "restore.empty_target"),
    "blank target": (["restore", "SET", "--all", "--to", " "], "restore.empty_target"),
    "no other instant": (["restore", "SET", "--all", "--at", "2025-08-06T10:00:00Z"], "cli.no_point_in_time"),
    "existing target": (["restore", "SET", "--database", "users"], "restore.exists"),
    "unconfirmed": (["restore", "SET", "--database", "users", "--overwrite"], "restore.unconfirmed"),
    "other name confirmed": (
        ["restore", "SET", "--database", "users", "--overwrite", "--yes", "auditoria"],
        "restore.unconfirmed",
    ),
    "unknown database": (["backup", "usuarios"], "database.unknown"),
    "unknown database to restore": (["restore", "SET", "--database", "usuarios"], "database.unknown"),
    "unknown set": (["show", "19990101_000000"], "set.unknown"),
    "unknown set to verify": (["verify", "19990101_000000"], "set.unknown"),
    "unknown set to restore": (["restore", "19990101_000000", "--all"], "set.unknown"),
    "unknown set to delete": (["delete", "19990101_000000", "--yes", "19990101_000000"], "set.unknown"),
    "no set at all": (["show", "../../etc/passwd"], "set.unknown"),
    "kind the engine has not": (["backup", "--kind", "log"], "backup.kind"),
    "newest proven set": (["delete", "SET", "--yes", "SET"], "delete.protected"),
    "configuration exists": (["config", "init", "--engine", "sqlite"], "config.exists"),
    "configuration missing": (["--config", "nowhere.json", "list"], "config.absent"),
}


@pytest.mark.parametrize("case", WRONG)
def test_bad_input_ends_with_3_and_a_named_problem_and_touches_nothing(company, case):
    world, run, sets = company
    words, code = WRONG[case]
    before = {name: world.content(name) for name in NAMES}
    ran = run(*[sets[0] if word == "SET" else word for word in words], "--json")

    assert (ran.code, ran.json["status"], ran.codes) == (3, "refused", {code})
    assert {name: world.content(name) for name in NAMES} == before
    assert len(run.json("list")["sets"]) == 2


def test_a_refusal_tells_a_person_what_happened_what_is_safe_and_what_to_do(company):
    ran = company[1]("verfy", "--lang", "en")

    assert (ran.code, ran.out) == (3, "")
    assert "verfy" in ran.err
    assert "verify" in ran.err
    assert "Still safe:" in ran.err
    assert "What to do:" in ran.err
    spanish = company[1]("verfy", "--lang", "es").err
    assert "A salvo:" in spanish
    assert "Qué hacer:" in spanish


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_global_options_stand_before_and_after_the_verb(company, tmp_path, before):
    _world, run, sets = company
    options = ["--json", "--lang", "en", "--debug", f"--trace-sql={tmp_path / 'trace.sql'}"]
    ran = run(*options, "show", sets[0]) if before else run("show", *options, sets[0])

    assert ran.code == 0, ran.err
    assert ran.json["manifest"]["timestamp"] == sets[0]


def test_the_version_is_name_and_version(company):
    ran = company[1]("--version")
    alone = CommandLine(company[0].config)("--version", "--json")

    assert ran.code == 0
    assert ran.out.startswith("Rexus Backups 0.")
    assert alone.json["version"] in ran.out


@pytest.mark.parametrize("verb", MEMBERS)
def test_every_verb_has_help_in_both_languages(company, verb):
    for language in ("es", "en"):
        ran = company[1](verb, "--help", "--lang", language)
        assert (ran.code, ran.err) == (0, "")
        assert f"main_backup.py [GLOBAL] {verb}" in ran.out


def test_without_a_verb_and_without_a_terminal_there_is_help_and_3(company):
    ran = company[1]()

    assert (ran.code, ran.out) == (3, "")
    assert all(verb in ran.err for verb in MEMBERS)


def test_backup_tells_every_database(fresh):
    world, run = fresh
    told = run.json("backup")

    assert told["status"] == "ok"
    assert set(told["databases"]) == set(NAMES)
    for one in told["databases"].values():
        assert one.keys() >= DATABASE
        assert (world.root / one["file"]).stat().st_size == one["stored_bytes"]


def test_the_list_is_newest_first_and_has_the_ticks(company):
    told = company[1].json("list")

    assert [one["set"] for one in told["sets"]] == sorted(company[2], reverse=True)
    assert all(one["tick"] in TICKS for one in told["sets"])
    assert all(each.keys() >= {"status", "tick"} for one in told["sets"] for each in one["databases"].values())


def test_a_damaged_manifest_makes_the_list_end_with_1(fresh):
    world, run = fresh
    name = run.backup("--no-files")
    (world.root / "backup_manifest_20200101_000000.json").write_text("{", "utf-8")
    told = run.json("list", code=1)

    assert [one["set"] for one in told["sets"]] == [name]
    assert told["problems"]


def test_a_root_that_cannot_be_read_makes_the_list_end_with_2(fresh):
    world, run = fresh
    world.root.write_text("una carpeta no es", "utf-8")
    told = run.json("list", code=2)
    ran = run("list")

    assert (told["sets"], [one["severity"] for one in told["problems"]]) == ([], ["error"])
    assert (ran.code, ran.out) == (2, "")


def test_a_flipped_bit_is_exit_2_and_a_cross(fresh):
    world, run = fresh
    told = run.json("backup", "--no-files")
    path = world.root / told["databases"]["users"]["file"]
    blob = bytearray(path.read_bytes())
    blob[100] ^= 1
    path.write_bytes(blob)
    verdict = run.json("verify", told["set"], code=2)

    assert verdict["problems"]
    assert (verdict["sets"][0]["ok"], verdict["sets"][0]["tick"]) == (False, "failed")
    assert run.json("list")["sets"][0]["tick"] == "failed"
    assert "✗" in run("list").out


def test_a_database_is_restored_beside_and_over_the_old_one(fresh):
    world, run = fresh
    name = run.backup()
    before = world.content("users")
    world.add_row("users")
    beside = run.json("restore", name, "--database", "users", "--to", str(world.folder / "copia.db"))
    over = run.json("restore", name, "--database", "users", "--overwrite", "--yes", "users")

    assert beside["restored"][0]["name"] == "users"
    assert beside["restored"][0]["checks"]
    assert beside["safety_set"] is None
    assert world.content("users") == before
    assert over["safety_set"] in {one["set"] for one in run.json("list")["sets"]}


def test_several_databases_and_a_whole_set_go_into_a_folder(fresh):
    world, run = fresh
    name = run.backup()
    run.json("restore", name, "--database", "users", "--database", "auditoria", "--to", str(world.folder / "dos"))
    run.json("restore", name, "--all", "--to", str(world.folder / "todo"))

    assert {one.name for one in (world.folder / "dos").glob("*.db")} == {"users.db", "auditoria.db"}
    assert {one.name for one in (world.folder / "todo").glob("*.db")} == {f"{name}.db" for name in NAMES}


def test_a_plan_touches_nothing_and_needs_no_consent(fresh):
    world, run = fresh
    name = run.backup("--no-files")
    world.add_row("users")
    before = world.content("users")
    told = run.json("restore", name, "--database", "users", "--plan")

    assert (told["status"], told["restored"], told["safety_set"]) == ("ok", [], None)
    assert [one["code"] for one in told["plan"]["lost"]] == ["restore.lost_changes"]
    assert [one["code"] for one in told["plan"]["refusals"]] == ["restore.exists"]
    assert world.content("users") == before


def test_a_plan_with_a_warning_is_1(fresh):
    world, run = fresh
    told = run.json("backup", "users", "--no-files")
    path = world.root / told["databases"]["users"]["file"]
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    run.json("verify", told["set"], code=2)
    path.write_bytes(whole)
    plan = run.json("restore", told["set"], "--database", "users", "--plan", code=1)

    assert plan["status"] == "warnings"
    assert "restore.check_failed_before" in {one["code"] for one in plan["problems"]}


def test_a_plan_that_consent_does_not_help_is_refused(fresh):
    world, run = fresh
    told = run.json("backup", "users", "--no-files")
    (world.root / told["databases"]["users"]["file"]).unlink()
    ran = run("restore", told["set"], "--database", "users", "--plan", "--json")

    assert ran.code == 3
    assert "restore.file_missing" in ran.codes


def test_configuration_files_are_restored_elsewhere(fresh):
    world, run = fresh
    name = run.backup()
    run.json("restore", name, "--files", "config", "--to", str(world.folder / "conf"), "--only", ".env")

    assert (world.folder / "conf/.env").read_bytes() == (world.app / ".env").read_bytes()
    assert not (world.folder / "conf/requirements.txt").exists()


def test_files_are_replaced_when_they_are_named_only(fresh):
    world, run = fresh
    name = run.backup()
    (world.app / ".env").write_text("NUEVO=1\n", "utf-8")
    words = ("restore", name, "--files", "config", "--overwrite")
    assert run(*words, "--json").codes == {"restore.unconfirmed"}
    assert run(*words, "--yes", "application", "--json").codes == {"restore.unconfirmed"}
    assert (world.app / ".env").read_text("utf-8") == "NUEVO=1\n"
    told = run.json(*words, "--yes", "config")

    assert (world.app / ".env").read_text("utf-8") != "NUEVO=1\n"
    assert any(path.read_text("utf-8") == "NUEVO=1\n" for path in Path(told["safety_path"]).rglob(".env"))


def test_a_pinned_set_stays_until_it_is_unpinned(fresh):
    _world, run = fresh
    old, _new = run.backup("--no-files"), run.backup("--no-files")

    assert run.json("pin", old, "--name", "cierre de año")["decisions"][0]["action"] == "pin"
    assert run.json("list")["sets"][1]["pinned"] == "cierre de año"
    assert run("delete", old, "--yes", old, "--json").codes == {"delete.pinned"}
    run.json("unpin", old, "--yes", old)
    assert run.json("pin", old, "--yes", old)["decisions"][0]["action"] == "pin"
    run.json("unpin", old)
    assert run("delete", old, "--json").codes == {"delete.unconfirmed"}
    assert run.json("delete", old, "--yes", old)["decisions"][0]["action"] == "delete"
    assert len(run.json("list")["sets"]) == 1


def test_the_trail_is_kept_and_a_changed_line_is_exit_2(fresh):
    world, run = fresh
    run.backup("--no-files")
    assert run.json("audit")["lines"][0]["what"] == "backup"
    assert run.json("audit", "verify")["ok"] is True
    trail = world.root / "logs/audit.jsonl"
    trail.write_bytes(trail.read_bytes().replace(b'"backup"', b'"nobody"', 1))
    told = run.json("audit", "verify", code=2)

    assert told["ok"] is False
    assert told["problems"]
    shown = run("audit", "--lang", "en")
    assert shown.code == 1, "neither may a list of what is left look as if nothing were wrong"
    assert "line 1:" in shown.err
    assert "audit verify" in shown.err
    assert run("audit", "--json").codes == {"audit.broken"}


def test_the_log_of_today_is_shown(fresh):
    _world, run = fresh
    name = run.backup("--no-files")

    assert name in run("log").out
    assert run.json("log", "--date", "2001-01-01")["lines"] == []


def test_a_running_writer_makes_the_next_one_busy(fresh):
    from rexus.modules.backup.base.clock import SystemClock
    from rexus.modules.backup.base.files import RealFiles
    from rexus.modules.backup.jobs.lease import Lease

    world, run = fresh
    world.root.mkdir()
    with Lease.hold(world.root, "backup", "otra persona", RealFiles(), SystemClock()):
        ran = run("backup", "--json")

    assert (ran.code, ran.json["status"], ran.codes) == (4, "busy", {"root.busy"})


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_root_that_cannot_be_written_fails_the_preflight(fresh):
    world, run = fresh
    world.root.mkdir(mode=0o500)

    assert run.json("check", code=2)["problems"]


def test_a_database_that_is_none_fails_the_preflight(fresh):
    world, run = fresh
    world.database("users").write_bytes(b"no es una base de datos" * 100)

    assert run.json("check", code=2)["problems"]


def test_wrong_settings_are_all_named_at_once(tmp_path):
    config = tmp_path / "backup_config.json"
    config.write_text(json.dumps({"rooot": "x", "language": "fr", "retention": {"daily": "many"}}), "utf-8")
    ran = CommandLine(config)("config", "check", "--json")

    assert ran.code == 3
    assert len(ran.json["problems"]) == 3
