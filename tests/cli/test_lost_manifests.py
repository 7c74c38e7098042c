"""A manifest that can't be used is not moved away alone; where one is gone all the same, health says so."""

from __future__ import annotations

import shutil

import pytest
from cli.command_line import CommandLine, can_be_ordinary
from support.world import World

ADVICE = [
    ["list"],
    ["show", "SET"],
    ["verify", "SET"],
    ["drill", "--set", "SET"],
    ["pin", "SET"],
    ["prune", "--plan"],
    ["cleanup", "--plan"],
]


@pytest.fixture
def site(tmp_path):
    """A company with three sets, the last two of them named; no rule keeps the first."""
    rules = {"daily": 1, "weekly": 0, "monthly": 0, "yearly": 0, "after_backup": False}
    world = World(tmp_path, rows=5, retention=rules).build()
    run = CommandLine(world.config, ordinary=True)
    run.backup("--no-files")
    return world, run, run.backup(), run.backup()


def alarms(run) -> dict[str, dict[str, object]]:
    return {one["code"]: one for one in run("health", "--json").json["alarms"]}


@pytest.mark.parametrize("words", ADVICE, ids=" ".join)
@pytest.mark.parametrize("how", ["damaged", "unreadable"])
def test_nobody_advises_to_move_the_manifest_alone(site, words, how):
    world, run, old, _new = site
    path = world.root / f"backup_manifest_{old}.json"
    if how == "damaged":
        path.write_text('{"broken', "utf-8")
    elif can_be_ordinary():
        path.chmod(0)
    ran = run("--lang", "en", *[old if word == "SET" else word for word in words], "--json")
    told = [one for one in ran.json["problems"] if path.name in one["message"]]

    assert told, ran.out
    for one in told:
        assert "move it to another" not in one["fix"]
        assert "move it out" not in one["fix"]


def test_archives_without_a_manifest_are_an_alarm(site):
    world, run, old, new = site
    assert "cleanup.manifest_lost" not in alarms(run)
    path = world.root / f"backup_manifest_{old}.json"
    kept = path.read_bytes()
    path.unlink()

    lost = alarms(run)["cleanup.manifest_lost"]
    assert lost["severity"] == "warning"
    assert (lost["values"]["count"], lost["values"]["set"]) == (1, old)
    assert old in lost["values"]["file"]
    (world.root / f"backup_manifest_{new}.json").unlink()
    lost = alarms(run)["cleanup.manifest_lost"]
    assert (lost["values"]["count"], lost["values"]["set"]) == (2, new)
    path.write_bytes(kept)
    assert alarms(run)["cleanup.manifest_lost"]["values"]["count"] == 1


def test_what_is_no_archive_of_ours_or_can_not_be_read_has_not_lost_its_manifest(site):
    world, run, old, _new = site
    (world.root / "databases/prueba_vieja.bak").write_bytes(b"x")
    (world.root / "databases/users_20200101_000000.bak.gz.partial").write_bytes(b"x")
    (world.root / f"backup_manifest_{old}.json").write_text('{"broken', "utf-8")
    told = alarms(run)

    assert "health.unreadable" in told
    assert "cleanup.manifest_lost" not in told


def test_once_the_archives_are_put_aside_too_all_is_well_again(site):
    world, run, old, _new = site
    (world.root / f"backup_manifest_{old}.json").unlink()
    aside = world.folder / "aside"
    aside.mkdir()
    for path in (world.root / "databases").glob(f"*_{old}.bak*"):
        shutil.move(path, aside)

    assert "cleanup.manifest_lost" not in alarms(run)
