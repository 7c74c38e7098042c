"""What a tired administrator must be able to follow: next steps, whole problems, honest words."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cli.command_line import PROGRAM, CommandLine
from support.world import World

from rexus.modules.backup.base import texts
from rexus.modules.backup.base.records import Problem
from rexus.modules.backup.cli.about import ABOUT
from rexus.modules.backup.cli.schedule_words import in_words
from rexus.modules.backup.config.settings import Schedule

LINUX = sys.platform == "linux"
FULL = Path("/dev/full")


@pytest.fixture
def world(tmp_path):
    return World(tmp_path, rows=20).build()


@pytest.fixture
def run(world):
    return CommandLine(world.config)


@pytest.fixture
def bare(tmp_path):
    return CommandLine(tmp_path / "backup_config.json")


# --- config


def test_a_first_configuration_without_databases_says_what_is_missing(bare):
    ran = bare("config", "init")

    assert ran.code == 1
    assert bare.config.is_file()
    assert "check y después backup" not in ran.out
    assert "falta algo" in ran.out
    assert "DB_USERS" in ran.err
    bare.config.with_name(".env").write_text("DB_USERS=users\n", "utf-8")
    assert "check y después backup" in bare("config", "init", "--force").out


def test_a_first_configuration_for_a_server_lacks_the_server_alone(bare):
    ran = bare("config", "init", "--engine", "sqlserver", "--database", "users=users", "--json")

    assert (ran.code, ran.codes) == (1, {"sqlserver.no_server"})
    assert [one["severity"] for one in ran.json["problems"]] == ["warning"]
    assert bare.config.is_file()


def test_an_import_ends_with_what_was_written_and_what_to_do(run):
    before = run.config.read_bytes()
    old = run.config.with_name("viejo.json")
    old.write_text(
        json.dumps({"backup_schedule": "monthly", "backup_time": "3:30", "backup_databases": ["users"]}), "utf-8"
    )
    ran = run("config", "import", str(old))

    assert ran.code == 0
    assert f"Escrito: {run.config}" in ran.out
    assert "check y después backup" in ran.out
    assert "copia, lunes, número 1 del mes, 03:30" in ran.out
    assert "el primer lunes" in ran.out
    assert re.search(r"backup_databases +users +las bases de datos se indican", ran.out)
    kept = list(run.config.parent.glob("backup_config.json.bak-*"))
    assert [path.read_bytes() for path in kept] == [before]
    assert str(kept[0]) in ran.out
    old.write_text(json.dumps({"backup_schedule": "monthly", "retention_days": 40}), "utf-8")
    assert run("config", "import", str(old)).code == 0
    assert len(list(run.config.parent.glob("backup_config.json.bak-*"))) == 2, "also within one second"


def test_an_import_without_databases_says_how_to_name_them(bare):
    old = bare.config.with_name("viejo.json")
    old.write_text(json.dumps({"backup_dir": "copias", "backup_databases": ["users"]}), "utf-8")
    ran = bare("config", "import", str(old), "--json")

    assert (ran.code, ran.codes) == (1, {"database.none"})
    assert "DB_USERS" in ran.json["problems"][0]["fix"]


def test_a_missing_file_to_import_is_no_reason_to_write_a_new_one(bare):
    ran = bare("config", "import", "nada.json", "--json")

    assert (ran.code, ran.codes) == (3, {"import.absent"})
    assert "config init" not in ran.json["problems"][0]["fix"]


def test_kinds_of_settings_are_told_in_words(bare):
    bare.config.write_text(
        json.dumps({"root": " ", "retention": {"daily": -1}, "files": {"config": [7]}, "logs": {"level": "x"}}), "utf-8"
    )
    said = bare("config", "check").err

    assert "número entero 0…100000" in said
    assert "texto (1…1024)" in said
    assert not re.search(r"string|integer|U\+", said)


# --- verbs, files, plans


@pytest.mark.parametrize("word", ["delet", "delete_all", "xyzzy"])
def test_deleting_is_never_suggested(run, word):
    said = run(word).err

    assert "delete" not in said.replace(word, "")
    assert "Para copiar: backup" in said


@pytest.mark.parametrize("word", ["xyzzy", "status", "remove", "install", "import"])
def test_a_word_of_no_verb_leads_on(run, word):
    led = {"status": "schedule status", "remove": "schedule remove, host remove"}
    led["install"] = "schedule install, host install"
    (problem,) = run(word, "--json", "--lang", "en").json["problems"]

    assert problem["values"]["nearest"] == {**led, "import": "config import"}.get(word, "-")
    assert "restore" not in problem["fix"] or word == "xyzzy"


def test_all_verbs_are_named_where_none_is_near(run):
    fix = run("xyzzy", "--json", "--lang", "en").json["problems"][0]["fix"]

    words = set(re.findall(r"[a-z]+", fix))
    assert set(ABOUT) - {"delete"} <= words


@pytest.mark.parametrize(
    ("words", "allowed"),
    [
        (["schedule", "next", "--count", "0"], "whole numbers from 1 to 10000"),
        (["schedule", "next", "--count", "x"], "whole numbers from 1 to 10000"),
        (["log", "--lines", "0"], "whole numbers from 1 on"),
    ],
)
def test_a_number_has_its_limits_named(run, words, allowed):
    assert f"Allowed: {allowed}." in run(*words, "--lang", "en").err


@pytest.mark.parametrize("words", [["list"], ["config", "init"], ["config", "init", "--force"], ["config", "check"]])
def test_a_folder_in_place_of_the_configuration_is_told_to_be_one(run, words):
    ran = run("--config", str(run.config.parent), *words, "--json", "--lang", "en")

    assert (ran.code, ran.codes) == (3, {"config.is_folder"})
    assert str(run.config) in ran.json["problems"][0]["fix"]


def test_a_wrong_word_names_its_argument(run):
    assert "la palabra que sigue a «audit»" in run("audit", "verifi").err


def test_an_unknown_set_in_an_empty_folder_has_no_nearest(world, run):
    world.root.mkdir()
    ran = run("show", "20250101_000000")

    assert (ran.code, " -" in ran.err) == (3, False)
    assert "no hay ninguna" in ran.err


def test_the_files_of_a_set_can_be_listed(world, run):
    for number in range(20):
        (world.app / f"rexus/core/m{number}.py").write_text("x", "utf-8")
    name = run.backup()
    shown = run("show", name).out

    assert "  .env\n" in shown
    assert f"show {name} --files application" in shown
    assert "rexus/core/m7.py\n" in run("show", name, "--files", "application").out


def test_a_set_without_archives_is_not_said_to_be_verifiable(world, run):
    world.database("users").write_bytes(b"nada" * 100)
    assert run("backup", "users", "--no-files").code == 2
    (listed,) = run.json("list")["sets"]

    assert "verify" not in run("show", listed["set"]).out


def test_every_problem_of_several_sets_says_whose_it_is(world, run):
    names = [run.backup(), run.backup()]
    for name in names:
        (world.root / "config" / name / ".env").unlink()
    ran = run("verify", "--all")

    assert ran.code == 2
    assert all(f"✗ {name}: Falta" in ran.err for name in names)
    assert ".env" in ran.err


def test_a_plan_tells_its_reasons_whole(world, run):
    name = run.backup("--no-files")
    ran = run("restore", name, "--database", "users", "--plan")

    assert ran.code == 0
    assert "--overwrite" not in ran.out
    assert re.search(r"ya existe\.\n.*A salvo.*\n.*--overwrite --yes users", ran.err)
    assert f"{world.database('users')}.restoring.partial" in ran.out


def test_the_staging_place_is_the_one_of_the_engine():
    from rexus.modules.backup.cli.verbs_restore import _STAGED
    from rexus.modules.backup.engines.sqlite_install import STAGED

    assert _STAGED == STAGED


def test_restored_settings_of_another_folder_are_told(world, run):
    name = run.backup()
    shown = run("restore", name, "--files", "config").out

    assert str(world.config) in shown
    assert str(world.app / "backup_config.json") in shown


def test_the_trail_is_in_words(run):
    run("verify", run.backup("--no-files"))
    shown = run("audit").out

    assert "verificación" in shown
    assert not re.search(r"\b(backup|verify)\b", shown)


# --- terminals, lost answers


@pytest.mark.skipif(not FULL.exists(), reason="a device that is full")
@pytest.mark.parametrize("words", [["list"], ["--json", "list"], ["--version"], ["--help"]])
def test_a_lost_answer_is_an_error(run, words):
    run.backup("--no-files")
    command = [sys.executable, str(PROGRAM), "--config", str(run.config), *words]
    with FULL.open("wb") as full:
        ran = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)

    assert ran.returncode == 2
    assert "No se pudo escribir la respuesta" in ran.stderr.decode()


def on_terminal(run, columns, words, typed=b"", term="xterm"):
    """What a terminal of that width shows, without colours."""
    import fcntl
    import pty
    import struct
    import termios

    front, back = pty.openpty()
    fcntl.ioctl(back, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "NO_COLOR")}
    command = [sys.executable, str(PROGRAM), "--config", str(run.config), *words]
    with subprocess.Popen(command, stdin=back, stdout=back, stderr=back, env={**environment, "TERM": term}):
        os.close(back)
        os.write(front, typed)
        shown = b""
        while True:
            try:
                piece = os.read(front, 65536)
            except OSError:
                break
            if not piece:
                break
            shown += piece
    os.close(front)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode()).replace("\r", "")


@pytest.mark.skipif(not LINUX, reason="a pseudo terminal")
@pytest.mark.parametrize("term", ["xterm", "dumb"])
@pytest.mark.parametrize("columns", [40, 60])
def test_narrow_terminals_never_break_the_name_of_a_set(run, columns, term):
    names = [run.backup("--no-files"), run.backup("users", "--no-files")]
    shown = on_terminal(run, columns, ["list"], term=term)

    assert all(name in shown for name in names)
    if columns == 60:
        assert max(map(len, shown.splitlines())) <= columns


@pytest.mark.skipif(not LINUX, reason="a pseudo terminal")
def test_the_menu_breaks_at_words(run):
    run.backup("--no-files")
    shown = on_terminal(run, 60, ["menu"], b"4\n1\n1\n0\n6\n")

    assert max(map(len, shown.splitlines())) <= 60
    assert "(antes se hace una copia de\n     resguardo)" in shown


# --- menu


def test_a_relative_place_of_the_menu_is_beside_the_database(world, run):
    run.backup("--no-files")
    ran = run("menu", typed="4\n1\n3\n1\ncopia.db\n6\n")

    assert ran.code == 0, ran.err
    assert (world.app / "copia.db").is_file()
    assert str(world.app / "copia.db") in ran.out


@pytest.mark.parametrize("typed", ["4\n0\n", "4\n1\n0\n", "4\n1\n1\n0\n", "4\n1\n1\n1\n0\n", "4\n1\n1\n2\n0\n"])
def test_every_question_leads_back(world, run, typed):
    run.backup("--no-files")
    ran = run("menu", typed=typed + "6\n")

    assert ran.code == 0, ran.err
    assert ran.out.count("6. Salir") == 2
    assert not list(world.app.glob("0*"))


def test_the_menu_shows_the_times_and_runs_what_is_due(tmp_path):
    now = datetime.now(ZoneInfo("Europe/Madrid"))
    early, late = sorted(f"{now + timedelta(hours=ahead):%H:%M}" for ahead in (6, 7))  # nothing is due meanwhile
    own = f"{datetime.now() + timedelta(hours=8):%H:%M}"
    schedules = [
        {"name": "otra", "action": "prune", "times": [own]},
        {"name": "noche", "action": "backup", "times": [early, late], "weekdays": [1, 5], "zone": "Europe/Madrid"},
    ]
    run = CommandLine(World(tmp_path, rows=1, schedules=schedules).build().config)
    ran = run("menu", typed="5\n0\n5\n1\n6\n")

    assert ran.code == 0, ran.err
    assert f"noche: copia, lunes, viernes, {early}, {late}, Europe/Madrid" in ran.out
    assert re.search(rf"\d{{4}}-\d\d-\d\d ({early}|{late}|{own}) [+-]\d\d:00  (noche|otra)", ran.out)
    assert ran.out.count("6. Salir") == 3


def test_schedules_in_words():
    texts.use_language("en")

    def said(**of: object) -> str:
        return in_words(Schedule(name="m", times=("02:05",), **of))

    assert said(action="backup", weekdays=(7,), ordinal=2) == "backup, Sunday, number 2 of the month, 02:05"
    assert said(action="drill", weekdays=(5,), ordinal=5) == "restore test, Friday, the last of the month, 02:05"
    assert said(action="prune", days=(1, 15)) == "retention rules, day 1, 15 of the month, 02:05"
    assert said(action="digest", enabled=False) == "summary by notice, every day, 02:05, waits (not enabled)"
    texts.use_language("es")


# --- instants, start script


def test_instants_are_told_in_local_time(monkeypatch):
    import time

    if not hasattr(time, "tzset"):
        pytest.skip("no zone of its own")
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "UTC-3")
        time.tzset()
        texts.use_language("es")
        values = {"verb": "backup", "pid": 7, "since": "2025-08-06T12:30:52.123456+00:00"}
        told = texts.sentence(Problem(code="sweep.took_over", values=values)).message
        odd = texts.sentence(Problem(code="sweep.took_over", values={**values, "since": "?"})).message
    time.tzset()

    assert "2025-08-06 15:30:52" in told
    assert "+00:00" not in told
    assert "?" in odd


@pytest.mark.skipif(not LINUX, reason="a shell script and another user")
def test_who_cannot_use_the_environment_is_told_so():
    import shutil
    import tempfile

    project = PROGRAM.parent
    with tempfile.TemporaryDirectory() as name:  # reachable for others, as pytest's own folders are not
        folder = Path(name)
        folder.chmod(0o755)
        for one in ("ejecutar_backup.sh", "requirements.lock"):
            shutil.copy(project / one, folder)
        shutil.copytree(project / "scripts", folder / "scripts")
        (folder / ".venv").mkdir()
        (folder / ".venv").chmod(0o700 if os.geteuid() == 0 else 0o000)
        other = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
        ran = subprocess.run(
            [folder / "ejecutar_backup.sh", "list"], cwd="/", capture_output=True, text=True, check=False, **other
        )
        (folder / ".venv").chmod(0o700)

    assert ran.returncode == 3
    assert "no puede usar el entorno" in ran.stderr
