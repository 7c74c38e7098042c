"""Ticks are of the bytes that are there: what was removed or cut off behind the program's back is no good backup."""

from __future__ import annotations

import os

import msgspec
import pytest
from cli.command_line import CommandLine
from support.world import World

from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.catalog.index import Catalog


@pytest.fixture
def site(tmp_path):
    world = World(tmp_path, rows=10).build()
    run = CommandLine(world.config)
    return world, run, run.backup("--no-files")


def ticks(told) -> dict[str, str]:
    return {name: one["tick"] for name, one in told["sets"][0]["databases"].items()}


def test_whole_sets_have_their_ticks(site):
    _world, run, _set = site
    told = run.json("list")

    assert set(ticks(told).values()) == {"content"}
    assert told["sets"][0]["tick"] == "content"
    assert told["problems"] == []


def test_a_file_that_is_gone_makes_a_cross(site):
    world, run, name = site
    lost = next((world.root / "databases").glob("users_*"))
    lost.unlink()
    told = run.json("list", code=1)

    assert ticks(told) == {"users": "failed", "inventario": "content", "auditoria": "content"}
    assert told["sets"][0]["tick"] == "failed"
    assert told["sets"][0]["databases"]["users"]["proven_at"] is None
    (problem,) = told["problems"]
    assert (problem["code"], problem["severity"]) == ("list.file_gone", "warning")
    assert problem["values"] == {"set": name, "file": f"databases/{lost.name}"}
    assert name in problem["message"]
    assert lost.name in problem["message"]
    ran = run("list", "--lang", "en")
    assert ran.code == 1
    assert "users X" in ran.out.replace("✗", "X")
    assert lost.name in ran.err


def test_a_file_that_was_cut_off_makes_a_cross(site):
    world, run, _set = site
    cut = next((world.root / "databases").glob("auditoria_*"))
    whole = cut.read_bytes()
    cut.write_bytes(whole[:-7])
    told = run.json("list", code=1)

    assert ticks(told)["auditoria"] == "failed"
    (problem,) = told["problems"]
    assert problem["code"] == "list.file_cut"
    assert (problem["values"]["found"], problem["values"]["expected"]) == (len(whole) - 7, len(whole))
    cut.write_bytes(whole)
    assert run.json("list")["problems"] == []


def test_a_folder_that_is_gone_is_told_in_few_words(site):
    world, run, name = site
    catalog = Catalog(world.root, RealFiles())
    first = catalog.load(name)
    for number in range(10):
        catalog.publish(msgspec.structs.replace(first, timestamp=f"20200101_0000{number:02}", set_id=""))
    (world.root / "databases").rename(world.root / "otra")
    told = run.json("list", code=1)

    assert len(told["sets"]) == 11
    assert {one["tick"] for one in told["sets"]} == {"failed"}
    codes = [one["code"] for one in told["problems"]]
    assert (codes.count("list.file_gone"), codes.count("list.more_gone")) == (20, 1)
    assert told["problems"][-1]["values"] == {"count": 13}


def test_every_screen_is_told_the_same(site):
    """The menu and the window ask the model, too."""
    world, _run, _set = site
    next((world.root / "databases").glob("users_*")).unlink()

    (one,) = world.model().listing().sets
    assert one.tick == "failed"
    assert one.databases["inventario"].tick == "content"


@pytest.mark.skipif(os.name == "nt" or not os.geteuid(), reason="nothing is forbidden to root")
def test_a_store_that_can_not_be_looked_at_proves_nothing(site):
    world, run, _set = site
    (world.root / "databases").chmod(0)
    try:
        told = run.json("list", code=1)
    finally:
        (world.root / "databases").chmod(0o700)

    assert set(ticks(told).values()) == {"none"}
    assert {one["code"] for one in told["problems"]} == {"store.unreadable"}
