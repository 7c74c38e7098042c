"""Settings that are damaged or not there: every verb says what was looked at, and how one comes to good ones."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from cli.command_line import CommandLine
from support.world import World

VERBS = (
    ("list",),
    ("backup",),
    ("verify",),
    ("restore", "20250806_143052", "--database", "users", "--plan"),
    ("health",),
    ("check",),
    ("config", "check"),
    ("config", "show"),
    ("schedule", "status"),
    ("audit",),
)
ADVICE = "config init --root DIR --database NAME=PATH"


@pytest.fixture
def known(tmp_path):
    """A company whose settings were good once, as a run by schedule leaves them."""
    world = World(tmp_path / "sitio mío", rows=5).build()
    (world.folder / "viejo.json").write_text('{"backup_dir": "copias"}', "utf-8")
    world.model().settle_in()
    return world, CommandLine(world.config)


def spoiled(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def unknown(path: Path) -> None:
    text = path.read_text("utf-8")
    path.write_text(text.replace("{", '{"rot": 1, "roott": 2, ', 1), "utf-8")


@pytest.mark.parametrize("how", [spoiled, unknown, Path.unlink], ids=["spoiled", "unknown", "gone"])
@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_every_verb_names_the_good_copy_and_how_to_take_it_back(known, words, how):
    world, run = known
    how(world.config)
    ran = run(*words, "--json", "--lang", "en")
    (told,) = [one for one in ran.json["problems"] if "take_back" in one["values"]]

    assert ran.code == 3
    command = told["values"]["take_back"]
    assert f"{world.config}.good" in command
    assert command in told["fix"]
    assert command in run(*words, "--lang", "en").err


def test_an_import_into_a_damaged_one_names_it_too(known):
    world, run = known
    spoiled(world.config)
    (problem,) = run("config", "import", "viejo.json", "--json").json["problems"]

    assert problem["values"]["take_back"] in problem["fix"]


@pytest.mark.skipif(os.name != "posix", reason="a command of this system's shell")
def test_the_command_does_take_them_back(known):
    world, run = known
    good = world.config.read_bytes()
    spoiled(world.config)
    (problem,) = run("list", "--json").json["problems"]
    subprocess.run(shlex.split(problem["values"]["take_back"]), check=True)

    assert world.config.read_bytes() == good
    assert run("config", "check", "--json").code < 2


def test_without_a_good_copy_none_is_named(known):
    world, run = known
    world.config.with_name(f"{world.config.name}.good").unlink()
    spoiled(world.config)
    (problem,) = run("list", "--json").json["problems"]

    assert "take_back" not in problem["values"]
    assert ".good" not in problem["fix"]


def test_what_is_no_fault_of_the_text_is_not_mended_by_another(known):
    world, run = known
    world.config.unlink()
    world.config.mkdir()

    assert "take_back" not in str(run("list", "--json").json)
    shutil.rmtree(world.config)


@pytest.mark.parametrize("words", [("list",), ("backup",), ("config", "check"), ("health",)], ids=" ".join)
@pytest.mark.parametrize("named", ["folder", "file"])
def test_where_there_is_none_the_place_and_both_ways_on_are_named(tmp_path, words, named):
    config = tmp_path / "backup_config.json"
    run = CommandLine(config)
    told = run("--config", str(tmp_path if named == "folder" else config), *words, "--json", "--lang", "en")
    problem = told.json["problems"][0]

    assert (told.code, problem["code"]) == (3, "config.is_folder" if named == "folder" else "config.absent")
    assert str(config) in problem["message"]
    assert f"--config {config} {ADVICE}" in problem["fix"]
    assert "--config FILE" in problem["fix"]


def test_the_advice_can_be_followed(tmp_path):
    run = CommandLine(tmp_path / "backup_config.json")
    (tmp_path / "u.db").touch()
    fix = run("--config", str(tmp_path), "list", "--json", "--lang", "en").json["problems"][0]["fix"]
    words = fix.partition("with: ")[2].partition(". ")[0].replace("DIR", "copias").replace("NAME=PATH", "users=u.db")

    assert run(*shlex.split(words) if os.name == "posix" else words.split(), "--json").code == 0
    assert run("config", "check", "--json").code < 2


def test_a_folder_to_import_from_is_not_told_to_be_a_configuration(known):
    world, run = known
    ran = run("config", "import", str(world.app), "--json", "--lang", "en")
    (problem,) = ran.json["problems"]

    assert (ran.code, problem["code"]) == (3, "import.is_folder")
    assert "--config" not in problem["fix"]


def test_a_file_to_import_is_named_by_its_whole_path(known):
    world, run = known
    (problem,) = run("config", "import", "nada.json", "--json").json["problems"]

    assert str(world.folder / "nada.json") in problem["message"]
