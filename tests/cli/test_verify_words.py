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


@pytest.fixture
def partial(site):
    """A set without one of its databases, which was no database at that moment."""
    world, run, _name = site
    good = world.database("users").read_bytes()
    world.database("users").write_bytes(b"nada" * 4096)
    told = run.json("backup", code=2)
    world.database("users").write_bytes(good)
    return run, told["set"]


def test_a_set_that_lacks_a_database_is_never_shown_as_one_that_passed(partial):
    run, name = partial
    ran = run("verify", name, "--lang", "en")
    (row,) = (line for line in ran.out.splitlines() if name in line)

    assert ran.code == 0, "what it holds is as it should be"
    assert row.split()[0] == "▲"
    assert "passed, as far as it goes" in row
    assert "✓" not in row
    assert "only what it holds" in row
    assert (
        f"Of the set {name} (failed) only what it holds could be checked: the backup of users is not in it." in ran.err
    )
    told = run.json("verify", name)
    assert ([one["code"] for one in told["problems"]], told["sets"][0]["ok"]) == (["verify.lacking"], True)


def test_a_set_that_holds_nothing_has_not_passed(site):
    world, run, _name = site
    for name in ("users", "inventario", "auditoria"):
        world.database(name).write_bytes(b"nada" * 4096)
    name = run.json("backup", code=2)["set"]
    ran = run("verify", name, "--lang", "en")
    (row,) = (line for line in ran.out.splitlines() if name in line)

    assert ran.code == 2
    assert row.split()[0] == "✗"
    assert "not passed" in row
    assert "✓" not in row


def test_one_that_failed_deeper_before_does_not_look_as_if_all_were_well(site):
    from datetime import UTC, datetime

    import msgspec

    from rexus.modules.backup.base.records import Check, Depth
    from rexus.modules.backup.base.records import Problem as Told
    from rexus.modules.backup.catalog import manifest as manifests

    world, run, name = site
    path = world.root / f"backup_manifest_{name}.json"
    whole = manifests.read(path, world.root)
    problem = Told(code="source.corrupt", values={"path": "x", "detail": "y"})
    failed = Check(depth=Depth.ENGINE, at=datetime.now(UTC), ok=False, problem=problem)
    users = whole.databases["users"]
    users = msgspec.structs.replace(users, checks=(*users.checks, failed))
    whole = msgspec.structs.replace(whole, databases={**whole.databases, "users": users})
    path.write_bytes(manifests.to_text(whole))
    ran = run("verify", name, "--depth", "stored", "--lang", "en")
    (row,) = (line for line in ran.out.splitlines() if name in line)

    assert ran.code == 1
    assert row.split()[0] == "▲"
    assert "passed, not so deep" in row
