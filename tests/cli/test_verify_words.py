"""What a person reads of a verification: each stray thing once, by what it is; what could not be looked at as that."""

from __future__ import annotations

import pytest
from cli.command_line import CommandLine, can_be_ordinary
from support.world import World

posix = pytest.mark.skipif(not can_be_ordinary(), reason="rights of files don't count here")


@pytest.fixture
def site(tmp_path):
    world = World(tmp_path, rows=5).build()
    run = CommandLine(world.config, ordinary=True)
    return world, run, run.backup()


def test_what_belongs_to_no_set_is_told_once_and_a_folder_is_a_folder(site):
    world, run, _name = site
    (world.root / "config/20200101_000000").mkdir(parents=True)
    (world.root / "config/otra").mkdir()
    (world.root / "databases/users_20200101_000000.bak.gz").write_bytes(b"x")
    ran = run("verify", "--all", "--lang", "en")

    assert ran.code == 1
    assert "The folder config/20200101_000000 belongs to no set." in ran.err
    assert "The folder config/otra belongs to no set, and this program gives no such names." in ran.err
    assert "The file databases/users_20200101_000000.bak.gz belongs to no set." in ran.err
    for name in ("config/20200101_000000", "config/otra", "users_20200101_000000"):
        assert (ran.out + ran.err).count(name) == 1
    assert len(run.json("verify", "--all", code=1)["orphans"]) == 3


@posix
def test_what_can_not_be_read_was_not_checked_and_neither_passed_nor_failed(site):
    world, run, name = site
    path = next((world.root / "databases").glob("users_*"))
    path.chmod(0)
    verified, drilled = run("verify", name, "--lang", "en"), run("drill", "users", "--json")

    assert (verified.code, drilled.code) == (2, 2), "both say that they could not be made"
    assert "could not be checked" in verified.out
    assert "earlier" in verified.out
    assert "not passed" not in verified.out
    assert drilled.json["drills"][0]["ok"] is None
    path.chmod(0o600)
    assert run("verify", name).code == 0


@posix
def test_one_that_can_not_be_read_among_others_that_pass_is_no_success(site):
    world, run, _name = site
    next((world.root / "databases").glob("users_*")).chmod(0)
    told = run.json("drill", code=2)

    assert [one["ok"] for one in told["drills"]] == [None, True, True]


def test_a_damaged_set_does_not_vouch_for_the_others(site):
    world, run, _name = site
    path = next((world.root / "databases").glob("users_*"))
    path.write_bytes(path.read_bytes()[:-9])
    run.backup()
    next((world.root / "databases").glob("users_*")).write_bytes(b"damaged")
    ran = run("verify", "--all", "--lang", "en")

    assert ran.code == 2
    assert "all other backups are untouched" not in ran.out + ran.err


@posix
def test_a_folder_that_can_not_be_written_is_named_with_its_reason_and_no_code(site):
    world, run, _name = site
    for folder in (world.root, world.root / "logs"):
        folder.chmod(0o500)
    ran = run("verify", "--all", "--lang", "en")
    for folder in (world.root, world.root / "logs"):
        folder.chmod(0o700)

    assert ran.code == 1
    assert "audit.write_failed" not in ran.err
    assert "reason=" not in ran.err
    assert f"{world.root} can't be written (Permission denied)" in ran.err
    assert "could not be written to the audit trail: Permission denied." in ran.err
