"""Databases and parts of the backup folder that one may not read: told as that, not as something nobody could write."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.command_line import CommandLine, can_be_ordinary
from support.world import World

pytestmark = pytest.mark.skipif(not can_be_ordinary(), reason="rights of files don't count here")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("empresa"), rows=5).build()
    data = world.app / "aparte"
    data.mkdir()
    world.database("users").rename(data / "users.db")
    settings = json.loads(world.config.read_text("utf-8"))
    settings["databases"]["users"] = str(data / "users.db")
    world.config.write_text(json.dumps(settings), "utf-8")
    run = CommandLine(world.config, ordinary=True)
    return world, run, data, run.backup()


@contextlib.contextmanager
def closed(folder: Path, mode: int) -> Iterator[None]:
    folder.chmod(mode)
    try:
        yield
    finally:
        folder.chmod(0o700)


@pytest.mark.parametrize("mode", [0o000, 0o444])
@pytest.mark.parametrize("words", [("backup", "--no-files"), ("check",)], ids=" ".join)
def test_a_folder_of_data_that_nobody_may_look_into_was_not_read(site, words, mode):
    _world, run, data, _name = site
    with closed(data, mode):
        ran = run(*words, "--json", "--lang", "en")
    problems = [*ran.json["problems"], *ran.json.get("findings", ())]
    (met,) = {one["code"]: one for one in problems if one["values"].get("path") == str(data / "users.db")}.values()

    assert (ran.code, met["code"], met["severity"]) == (2, "source.unreadable", "error")
    assert "could not be read: Permission denied" in met["message"]
    assert "right to read" in met["fix"]
    assert not {"unexpected", "root.write_failed"} & {one["code"] for one in problems}


@pytest.mark.parametrize("to", [(), ("--to", "aparte/otra.db")], ids=["in place", "beside"])
def test_a_restore_there_names_the_place_and_the_reason(site, to):
    world, run, data, name = site
    where = (to[0], str(world.app / to[1])) if to else ()
    with closed(data, 0o000):
        ran = run("restore", name, "--database", "users", *where, "--plan", "--json", "--lang", "en")
    (problem,) = ran.json["problems"]

    assert (ran.code, problem["code"]) == (3, "restore.bad_target")
    assert str(data) in problem["message"]
    assert "Permission denied" in problem["message"]


@pytest.mark.parametrize("folder", ["databases", "temp", "logs"])
@pytest.mark.parametrize("words", [("backup", "--no-files"), ("verify", "SET"), ("drill",)], ids=" ".join)
def test_a_part_of_the_backup_folder_that_nobody_may_look_into_was_not_read(site, words, folder):
    world, run, _data, name = site
    (world.root / folder).mkdir(exist_ok=True)
    with closed(world.root / folder, 0o000):
        ran = run(*(name if word == "SET" else word for word in words), "--json", "--lang", "en")
    (met,) = [one for one in ran.json["problems"] if one["code"] == "store.unreadable"]

    assert ran.code == 2
    assert met["message"] == f"{world.root / folder} can't be read: Permission denied."
    assert "right to read" in met["fix"]
    assert "unexpected" not in ran.codes


def test_copies_of_files_that_nobody_may_look_into_are_named_by_a_verification(site):
    world, run, _data, name = site
    with closed(world.root / "config", 0o000):
        ran = run("verify", name, "--json")

    assert (ran.code, ran.codes) == (2, {"store.unreadable"})
