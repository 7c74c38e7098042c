"""A restore that is refused or fails says what was not touched, and gives the command that leads on."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cli.command_line import CommandLine
from support.world import NAMES, World, rows_of

from rexus.modules.backup.base.files import WINDOWS


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, rows=20).build()


@pytest.fixture
def run(world: World) -> CommandLine:
    return CommandLine(world.config)


def flip(world: World, name: str, of_set: str) -> None:
    path = world.root / str(world.model().show(of_set).databases[name].file)
    blob = bytearray(path.read_bytes())
    blob[len(blob) // 2] ^= 1
    path.write_bytes(blob)


def words_in(fix: str) -> list[str]:
    """The command at the end of what to do, as a shell splits it."""
    command = fix[fix.index("restore ") :]
    return [word.strip('"') for word in shlex.split(command, posix=not WINDOWS)]


def failed(run: CommandLine, *words: str) -> dict[str, Any]:
    ran = run(*words, "--json", "--lang", "en")
    assert ran.code == 2, ran.out
    problem: dict[str, Any] = ran.json["problems"][0]
    return problem


def test_a_damaged_archive_leaves_the_database_and_names_the_newest_other_proven_set(
    world: World, run: CommandLine
) -> None:
    run.backup("--no-files")
    good = run.backup("--no-files")
    without = run.backup("inventario", "--no-files")
    bad = run.backup("users", "--no-files")
    flip(world, "users", bad)
    world.add_row("users")
    before = world.content("users")
    problem = failed(run, "restore", bad, "--database", "users", "--overwrite", "--yes", "users")

    assert world.content("users") == before
    assert str(world.database("users")) in problem["safe"]
    assert "untouched" in problem["safe"]
    assert without not in problem["fix"]
    assert words_in(problem["fix"]) == ["restore", good, "--database", "users", "--overwrite", "--yes", "users"]
    assert run(*words_in(problem["fix"])).code == 0
    assert len(world.content("users")) == 20


def test_beside_and_in_a_whole_set_the_command_goes_to_the_same_place(world: World, run: CommandLine) -> None:
    good = run.backup("--no-files")
    bad = run.backup("--no-files")
    flip(world, "auditoria", bad)
    target = world.folder / "una copia.db"
    beside = failed(run, "restore", bad, "--database", "auditoria", "--to", str(target))
    assert words_in(beside["fix"]) == ["restore", good, "--database", "auditoria", "--to", str(target)]
    assert run(*words_in(beside["fix"])).code == 0
    assert rows_of(target) == world.content("auditoria")

    consent = [word for name in NAMES for word in ("--yes", name)]
    whole = failed(run, "restore", bad, "--all", "--overwrite", *consent)
    assert all(str(world.database(name)) in whole["safe"] for name in NAMES)
    assert words_in(whole["fix"]) == ["restore", good, "--database", "auditoria", "--overwrite", "--yes", "auditoria"]


@pytest.mark.parametrize("spoil", ["damaged", "gone"])
def test_no_set_is_named_that_is_not_proven_itself(world: World, run: CommandLine, spoil: str) -> None:
    other = run.backup("users", "--no-files")
    bad = run.backup("users", "--no-files")
    flip(world, "users", bad)
    if spoil == "gone":
        (world.root / str(world.model().show(other).databases["users"].file)).unlink()
    else:
        flip(world, "users", other)
        run.json("verify", other, code=2)
    problem = failed(run, "restore", bad, "--database", "users", "--overwrite", "--yes", "users")

    assert "untouched" in problem["safe"]
    assert "restore " not in problem["fix"]
    assert other not in problem["fix"]


def test_all_confirmations_are_asked_for_at_once(world: World, run: CommandLine) -> None:
    name = run.backup()
    before = {each: world.content(each) for each in NAMES}
    for words in (["--overwrite"], [], ["--overwrite", "--yes", "inventario"]):
        ran = run("restore", name, "--all", *words, "--json", "--lang", "en")
        assert ran.code == 3
        told = {tuple(words_in(one["fix"])) for one in ran.json["problems"] if one["severity"] == "error"}
        (command,) = told
        assert command[:4] == ("restore", name, "--all", "--overwrite")
        assert set(command[4::2]) == {"--yes"}
        assert sorted(command[5::2]) == sorted(NAMES)
    assert {each: world.content(each) for each in NAMES} == before
    assert run(*command).code in (0, 1)


def test_a_person_reads_the_command_once(world: World, run: CommandLine) -> None:
    name = run.backup()
    ran = run("restore", name, "--all", "--overwrite", "--lang", "en")

    assert ran.code == 3
    assert ran.err.count("--yes users") == 1
    for each in NAMES:
        assert str(world.database(each)) in ran.err
        assert f"--yes {each}" in ran.err


def test_files_are_confirmed_by_one_command_too(world: World, run: CommandLine) -> None:
    name = run.backup()
    requirements = world.app / "requirements.txt"
    requirements.write_text("mío", "utf-8")
    ran = run("restore", name, "--files", "config", "--only", "requirements.txt", "--json", "--lang", "en")
    command = words_in(ran.json["problems"][0]["fix"])

    assert ran.code == 3
    assert command[2:] == ["--files", "config", "--only", "requirements.txt", "--overwrite", "--yes", "config"]
    assert run(*command).code == 0
    assert requirements.read_text("utf-8") == "PyQt6\n"


def test_the_name_to_confirm_is_that_of_the_place(world: World, run: CommandLine) -> None:
    name = run.backup("users", "--no-files")
    place = str(world.database("inventario"))
    ran = run("restore", name, "--database", "users", "--to", place, "--json", "--lang", "en")
    command = words_in(ran.json["problems"][0]["fix"])

    assert command[-2:] == ["--yes", "inventario"]
    assert run(*command).code == 0
    assert rows_of(Path(place)) == world.content("users")


def test_a_command_with_odd_names_can_be_pasted_into_a_shell(world: World, run: CommandLine) -> None:
    name = run.backup("users", "--no-files")
    target = world.folder / "l'année 2025 & más.db"
    target.write_bytes(world.database("users").read_bytes())
    ran = run("restore", name, "--database", "users", "--to", str(target), "--json", "--lang", "en")
    fix = ran.json["problems"][0]["fix"]
    command = fix[fix.index("restore ") :]
    expected = ["restore", name, "--database", "users", "--to", str(target), "--overwrite", "--yes", "users"]

    if WINDOWS:
        assert command == subprocess.list2cmdline(expected)
    else:
        assert shlex.split(command) == expected


def test_a_folder_that_is_made_is_told_before_and_after(world: World, run: CommandLine) -> None:
    name = run.backup()
    place = world.folder / "nueva/carpeta"
    words = ("restore", name, "--database", "users", "--to", str(place / "users.db"))

    def told(*words: str) -> list[str]:
        answer = run.json(*words)
        assert answer["status"] == "ok"
        found = [one for one in answer["problems"] if one["code"] == "restore.makes_folder"]
        assert all(one["severity"] == "info" for one in found)
        return [one["values"]["path"] for one in found]

    assert told(*words, "--plan") == [str(place)]
    assert not place.exists()
    assert told(*words) == [str(place)]
    assert told("restore", name, "--database", "users", "--to", str(place / "otra.db")) == []
    assert told("restore", name, "--files", "config", "--to", str(place / "c")) == [str(place / "c")]
    whole = world.folder / "todo"
    parts = [str(whole), str(whole / "config"), str(whole / "application")]
    assert told("restore", name, "--all", "--to", str(whole)) == parts
    assert str(place) in run("restore", name, "--database", "users", "--to", str(place / "mas/x.db"), "--plan").err


def test_a_restore_that_fails_says_nothing_of_a_folder(world: World, run: CommandLine) -> None:
    name = run.backup("users", "--no-files")
    flip(world, "users", name)
    ran = run("restore", name, "--database", "users", "--to", str(world.folder / "nueva/users.db"), "--json")
    assert (ran.code, "restore.makes_folder" in ran.codes) == (2, False)
