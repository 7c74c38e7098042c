"""The verb config, through the real program."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from cli.command_line import CommandLine
from support.world import make_database


@pytest.fixture
def run(tmp_path):
    return CommandLine(tmp_path / "sitio/backup_config.json")


@pytest.fixture
def first(run):
    run.config.parent.mkdir()
    make_database(run.config.parent / "users.db", "users", 5)
    words = ["--engine", "sqlite", "--root", "copias", "--app-root", ".", "--database", "users=users.db"]
    run.json("config", "init", *words)
    return run


def test_a_first_configuration_works_at_once(first):
    told = first.json("config", "show")

    assert told["config"]["databases"] == {"users": "users.db"}
    assert told["root"] == str(first.config.parent / "copias")
    assert first.json("backup")["databases"].keys() == {"users"}


def test_editors_find_the_types(first):
    """The schema lies next to the program, not next to the settings."""
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    (named,) = re.findall(r'"\$schema": "(.*)"', first.config.read_text("utf-8"))
    schema = json.loads(Path(url2pathname(urlsplit(named).path)).read_text("utf-8"))

    assert schema["$defs"]["Settings"]["properties"]["root"]


def test_what_is_unwise_is_told_by_both_checks(first, tmp_path):
    settings = {
        "root": "copias",
        "databases": {"users": "users.db"},
        "retention": {"daily": 0, "weekly": 0, "monthly": 0, "yearly": 0},
        "schedules": [],
        "files": {"application": ["**"]},
        "notices": {"pings": [{"variable": "REXUS_NO_ESTA"}]},
    }
    first.config.write_text(json.dumps(settings), "utf-8")
    unwise = {
        "config.no_backup_schedule",
        "config.keeps_newest_only",
        "config.root_inside_app",
        "config.secret_missing",
    }
    quiet = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    ran = first("config", "check", "--json", **quiet)

    assert (ran.code, ran.codes) == (1, unwise)
    assert all(one["severity"] == "warning" and one["fix"] for one in ran.json["problems"])
    assert first("check", "--json", **quiet).codes >= unwise


def test_no_databases_are_a_warning_of_the_settings(run):
    run.config.parent.mkdir()
    run.config.write_text("{}", "utf-8")

    assert run("config", "check", "--json").codes == {"database.none"}


def test_a_file_that_was_cut_short_says_so(first):
    text = first.config.read_text("utf-8").rstrip()
    first.config.write_text(text[:-1], "utf-8")
    ran = first("list", "--json", "--lang", "en")

    assert (ran.code, ran.codes) == (3, {"config.cut_short"})
    assert "EOF" not in ran.out


def test_settings_of_an_earlier_program_lead_to_the_import(first):
    first.config.write_text('{"email_notifications": true, "backup_dir": "respaldos"}', "utf-8")
    ran = first("config", "check", "--json", "--lang", "en")

    assert (ran.code, ran.codes) == (3, {"config.old_name"})
    assert "config import FILE" in ran.json["problems"][0]["fix"]
    first.config.rename(first.config.with_name("viejo.json"))
    assert first("config", "import", "viejo.json", "--json").json["config"]["root"] == "respaldos"


def test_an_existing_one_is_replaced_by_force_only_and_kept(first):
    old = first.config.read_bytes()
    assert first("config", "init", "--json").codes == {"config.exists"}
    assert first.config.read_bytes() == old
    told = first.json("config", "init", "--root", "otra", "--force", code=1)  # it names no database

    assert told["config"]["root"] == "otra"
    kept = [path for path in first.config.parent.iterdir() if ".bak-" in path.name]
    assert [path.read_bytes() for path in kept] == [old]
    assert told["kept"] == str(kept[0])


@pytest.mark.parametrize("database", ["users", "=x.db", "users=", "con=x.db", "a/b=x.db", "config=x.db", "all=x.db"])
def test_a_database_that_cannot_be_is_refused_and_nothing_is_written(run, database):
    run.config.parent.mkdir()
    ran = run("config", "init", "--database", database, "--json")

    assert ran.code == 3
    assert not run.config.exists()


def test_a_database_that_is_not_there_is_named_and_the_settings_are_written(run):
    run.config.parent.mkdir()
    make_database(run.config.parent / "users.db", "users", 5)
    words = ["--database", "users=users.db", "--database", "auditoria=no/esta.db"]
    ran = run("config", "init", *words, "--json", "--lang", "en")

    assert (ran.code, ran.codes) == (1, {"config.database_absent"})
    (problem,) = ran.json["problems"]
    assert problem["severity"] == "warning"
    assert "auditoria" in problem["message"]
    assert str(run.config.parent / "no/esta.db") in problem["message"]
    assert str(run.config) in problem["fix"]
    assert ran.json["config"]["databases"].keys() == {"users", "auditoria"}
    assert run.json("config", "show")["config"]["databases"].keys() == {"users", "auditoria"}


def test_no_database_at_all_is_a_warning_and_the_settings_are_written(run):
    run.config.parent.mkdir()
    ran = run("config", "init", "--json")

    assert (ran.code, ran.codes) == (1, {"database.none"})
    assert [one["severity"] for one in ran.json["problems"]] == ["warning"]
    assert run.config.is_file()


def test_secrets_are_never_shown(first):
    (first.config.parent / ".env").write_text("DB_SERVER=srv\nDB_PASSWORD=muy-secreta-123\n", "utf-8")
    for words in (["config", "show"], ["config", "show", "--json"], ["backup", "--debug"], ["log"]):
        ran = first(*words)
        assert ran.code == 0
        assert "muy-secreta-123" not in ran.out + ran.err
    assert first.json("config", "show")["environment"]["DB_SERVER"] == "srv"


def test_what_the_host_keeps_for_itself_is_hidden_everywhere(first):
    (first.config.parent / ".env").write_text("JWT=eyJhbGciOi\nSMTP_AUTH=copias\n", "utf-8")

    assert set(first.json("config", "show")["environment"].values()) == {"***"}
    ran = first("backup", "--debug")
    assert ran.code == 0
    assert " - DEBUG - [BACKUP] " in ran.err or " - INFO - [BACKUP] " in ran.err
    lines = [line for line in ran.err.splitlines() if "[BACKUP]" in line]
    assert not any("copias" in line for line in lines), "the folder is called like a secret"


def test_an_error_of_the_program_itself_is_told_without_secrets(first, capsys, monkeypatch):
    from rexus.modules.backup.catalog.index import Catalog
    from rexus.modules.backup.cli.dispatch import run

    def broken(catalog):
        raise RuntimeError("no se pudo entrar con hunter2")

    (first.config.parent / ".env").write_text("SMTP_AUTH=hunter2\n", "utf-8")
    monkeypatch.setattr(Catalog, "entries", broken)
    assert run(["--config", str(first.config), "list"]) == 2
    told = capsys.readouterr().err
    assert "no se pudo entrar con ***" in told
    assert "hunter2" not in told


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes")
@pytest.mark.parametrize("words", [["list"], ["config", "init", "--force"], ["config", "import", "backup_config.json"]])
def test_a_pipe_in_place_of_the_configuration_is_refused_at_once(run, words):
    run.config.parent.mkdir()
    os.mkfifo(run.config)
    ran = run(*words, "--json")

    assert ran.code == 3
    assert ran.json["problems"]


def test_an_older_configuration_is_taken_over_and_told(first):
    old = first.config.parent / "viejo.json"
    old.write_text(json.dumps({"backup_dir": "respaldos", "max_backups": 45, "email_notifications": True}), "utf-8")
    told = first.json("config", "import", str(old))

    assert told["taken"]
    assert told["left"]
    assert told["config"]["databases"] == {"users": "users.db"}
    assert "email_notifications" in first("config", "import", str(old)).out


def test_an_import_leaves_schedules_and_channels_of_ones_own_and_says_so(first):
    settings = json.loads(re.sub(r"^ *//.*$", "", first.config.read_text("utf-8"), flags=re.MULTILINE))
    settings["schedules"] = [
        {"name": "noche", "action": "backup", "times": ["22:30"]},
        {"name": "resumen", "action": "digest", "times": ["07:00"]},
    ]
    settings["notices"] = {"channels": [{"name": "aviso", "variable": "AVISO", "on": ["digest"]}]}
    first.config.write_text(json.dumps(settings), "utf-8")
    old = first.config.parent / "viejo.json"
    mail = {"email_notifications": True, "email_recipients": ["ana@empresa.example"]}
    old.write_text(json.dumps({"schedule_time": "03:15", "max_backups": 45, **mail}), "utf-8")
    told = first.json("config", "import", str(old))
    again = first("config", "import", str(old), "--lang", "en")

    assert {one["name"]: one["times"] for one in told["config"]["schedules"]} == {
        "noche": ["22:30"],
        "resumen": ["07:00"],
    }
    assert [one["name"] for one in told["config"]["notices"]["channels"]] == ["aviso", "email"]
    assert {one["old"]: one["why"] for one in told["left"]}["schedule_time"] == "import.own_schedules"
    assert "schedule_time" not in {one["old"] for one in told["taken"]}
    assert "03:15" in again.out
    assert "schedules of your own" in again.out


def test_the_language_is_the_one_of_the_configuration_unless_said_otherwise(first):
    first.config.write_text(first.config.read_text("utf-8").replace('"es"', '"en"'), "utf-8")

    assert "Usage:" in first("--help").out
    assert "What to do:" in first("show", "x").err
