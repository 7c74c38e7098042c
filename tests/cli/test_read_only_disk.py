"""A backup disk that is read-only: what is on it comes back all the same, and nobody is sent after missing rights."""

from __future__ import annotations

import errno
import functools
import json
import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from cli.command_line import Ran
from cli.nursery import PROGRAM
from support.world import World

from rexus.modules.backup.base import reasons

_MOUNTED = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"'


def on_read_only_disk(folder: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run ``command`` where ``folder`` is a disk of its own that can only be read; nobody else sees that."""
    space = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", _MOUNTED, "sh", str(folder)]
    environment = {**os.environ, "REXUS_BACKUPS_WINDOW": "no"}
    return subprocess.run([*space, *command], capture_output=True, text=True, check=False, env=environment)


@functools.cache
def can_be_mounted() -> bool:
    """Whether this machine lets its users make such disks."""
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return False
    return on_read_only_disk(Path("/tmp"), ["true"]).returncode == 0


@pytest.fixture
def site(tmp_path):
    if not can_be_mounted():
        pytest.skip("no disk can be made read-only here")
    world = World(tmp_path, rows=20, health={"free_bytes": 0}).build()
    return world, world.backup().outcome.set


def run(world: World, *words: str) -> Ran:
    command = [sys.executable, str(PROGRAM), "--config", str(world.config), "--lang", "en", *words]
    ran = on_read_only_disk(world.root, command)
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def test_databases_and_files_are_brought_out(site):
    import sqlite3

    world, name = site
    target = world.folder / "aparte/users.db"
    target.parent.mkdir()
    alone = run(world, "restore", name, "--database", "users", "--to", str(target), "--json")
    every = run(world, "restore", name, "--all", "--to", str(world.folder / "todo"), "--json")

    assert (alone.code, every.code) == (1, 1), alone.err + every.err
    assert {"restore.unheld", "audit.unwritten"} == alone.codes
    assert [one["name"] for one in alone.json["restored"]] == ["users"]
    with closing(sqlite3.connect(target)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert (world.folder / "todo/users.db").is_file()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("backup",), 2),
        (("check",), 2),
        (("health",), 1),
        (("drill",), 2),
        (("restore", "SET", "--database", "users", "--overwrite", "--yes", "users"), 2),
    ],
    ids=["backup", "check", "health", "drill", "overwrite"],
)
def test_whoever_meets_it_reads_the_cause_and_the_way_out(site, words, code):
    world, name = site
    ran = run(world, *(name if word == "SET" else word for word in words), "--json")
    told = json.loads(ran.out)
    problems = [*told["problems"], *told.get("alarms", ()), *told.get("findings", ())]
    met = [one for one in problems if errno.EROFS in reasons.numbers(str(one["values"].get("why", "")))]
    met += [one for one in problems if errno.EROFS in reasons.numbers(str(one["values"].get("reason", "")))]

    assert ran.code == code, ran.err
    assert {one["code"] for one in met} & {"root.lock_failed", "check.root_denied"}
    for one in met:
        assert "Read-only file system" in one["message"]
        assert "restore SET --database NAME --to PATH" in one["fix"]
    assert "Permission denied" not in ran.out + ran.err
    assert "check.logs_denied" not in {one["code"] for one in problems}, "the same disk once more"


@pytest.mark.parametrize(
    ("said", "is_one"),
    [
        ("Read-only file system", True),
        ("[Errno 30] Read-only file system: '/mnt/copias/x'", True),
        ("/mnt/copias: Read-only file system", True),
        ("Permission denied", False),
        ("a table called Read-only file system", False),
        ("", False),
    ],
)
def test_the_cause_is_known_by_the_words_of_the_system(said, is_one):
    assert (errno.EROFS in reasons.numbers(said)) is is_one
