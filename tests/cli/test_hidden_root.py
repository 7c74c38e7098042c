"""A backup folder that is not there or that nobody may look into is no folder without backups."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.command_line import CommandLine, can_be_ordinary
from support.world import World

VERBS = (
    ("list",),
    ("show", "SET"),
    ("verify",),
    ("verify", "--all"),
    ("drill",),
    ("drill", "--set", "SET"),
    ("restore", "SET", "--all", "--plan"),
    ("pin", "SET"),
    ("unpin", "SET"),
    ("delete", "SET", "--yes", "SET"),
    ("prune", "--plan"),
    ("cleanup",),
    ("cleanup", "--plan"),
    ("audit",),
    ("audit", "verify"),
)
posix = pytest.mark.skipif(not can_be_ordinary(), reason="rights of files don't count here")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A company with one set, whose backup folder tests hide for a while."""
    world = World(tmp_path_factory.mktemp("empresa"), rows=5).build()
    run = CommandLine(world.config, ordinary=True)
    return world, run, run.backup()


@contextlib.contextmanager
def without_rights(path: Path) -> Iterator[None]:
    path.chmod(0)
    try:
        yield
    finally:
        path.chmod(0o700)


@contextlib.contextmanager
def away(path: Path) -> Iterator[Path]:
    kept = path.with_name("elsewhere")
    path.rename(kept)
    try:
        yield path
    finally:
        if path.exists():
            path.unlink()
        kept.rename(path)


def with_set(words: tuple[str, ...], name: str) -> list[str]:
    return [name if word == "SET" else word for word in words]


@posix
@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_a_folder_that_nobody_may_look_into_is_named(site, words):
    world, run, name = site
    with without_rights(world.root):
        ran = run(*with_set(words, name), "--json")

    assert (ran.code, ran.codes) == (2, {"catalog.unreadable"})
    assert str(world.root) in ran.json["problems"][0]["message"]


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_a_folder_that_is_gone_is_named(site, words):
    world, run, name = site
    with away(world.root):
        ran = run(*with_set(words, name), "--json")
        assert not world.root.exists()

    assert ran.code == (1 if words in (("list",), ("prune", "--plan")) else 3)
    assert ran.codes == {{"prune": "prune.no_root", "list": "root.vanished"}.get(words[0], "catalog.absent")}
    assert str(world.root) in ran.json["problems"][0]["message"]


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_a_file_in_its_place_is_no_folder_without_backups(site, words):
    world, run, name = site
    with away(world.root) as place:
        place.write_text("no folder", "utf-8")
        ran = run(*with_set(words, name), "--json")

    assert (ran.code, ran.codes) == (2, {"catalog.unreadable"})


@posix
def test_check_says_that_the_folder_can_not_be_read(site):
    world, run, _name = site
    with without_rights(world.root):
        ran = run("check", "--json")

    assert ran.code == 2
    assert "catalog.unreadable" in ran.codes
    assert not {"unexpected", "check.root_absent"} & ran.codes


@posix
@pytest.mark.parametrize(("folder", "code"), [("logs", "check.logs_denied"), ("safety", "store.unreadable")])
def test_check_says_which_folder_of_it_can_not_be_used(site, folder, code):
    world, run, _name = site
    (world.root / folder / "x").mkdir(parents=True, exist_ok=True)
    with without_rights(world.root / folder):
        ran = run("check", "--json")
        backup = run("backup", "--json")

    assert (ran.code, backup.code) == (2, 2), "a backup says the same as the check before it"
    assert code in ran.codes
    assert str(world.root / folder) in str(ran.json["problems"])


@posix
def test_a_trail_that_nobody_may_read_is_not_whole(site):
    world, run, _name = site
    with without_rights(world.root / "logs"):
        ran = run("audit", "verify", "--json")

    assert (ran.code, ran.codes) == (2, {"audit.unreadable"})


def test_the_record_of_restore_tests_is_not_damaged_where_the_folder_is_none(site):
    world, run, _name = site
    with away(world.root) as place:
        place.write_text("no folder", "utf-8")
        told = run("health", "--json").json

    assert "drill.record_damaged" not in {one["code"] for one in told["alarms"]}
