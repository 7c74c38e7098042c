"""A list of the trail that was tampered with says so, and where."""

from __future__ import annotations

import pytest
from cli.command_line import CommandLine
from support.world import World


@pytest.fixture
def site(tmp_path):
    world = World(tmp_path, rows=5).build()
    run = CommandLine(world.config)
    name = run.backup("--no-files")
    for number in range(4):
        run.json("pin", name, "--name", f"año {number}", "--yes", name)
    return world.root / "logs/audit.jsonl", run


def forged(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[1].replace(b'"pin"', b'"look"'), *lines[2:]]


def removed(lines: list[bytes]) -> list[bytes]:
    return [*lines[:2], *lines[3:]]


def cut_off(lines: list[bytes]) -> list[bytes]:
    return lines[:3]


@pytest.mark.parametrize(
    ("tampered", "place", "shown"),
    [(forged, 2, 4), (removed, 3, 4), (cut_off, 4, 3)],
    ids=["forged", "removed", "cut off"],
)
def test_the_list_names_the_first_line_that_is_not_proven(site, tampered, place, shown):
    trail, run = site
    assert run("audit").code == 0
    lines = trail.read_bytes().splitlines(keepends=True)
    changed = tampered(lines)
    assert changed != lines
    trail.write_bytes(b"".join(changed))
    told = run.json("audit", code=1)

    (problem,) = told["problems"]
    assert (problem["code"], problem["severity"]) == ("audit.broken", "warning")
    assert problem["values"]["line"] == place
    assert "audit verify" in problem["fix"]
    assert (told["ok"], len(told["lines"])) == (False, shown)
    assert run("audit", "verify").code == 2


def test_a_trail_that_somebody_removed_is_told_by_the_list_too(site):
    trail, run = site
    for path in trail.parent.glob("audit*"):
        path.unlink()
    told = run("audit", "--json")

    assert (told.code, told.codes) == (1, {"audit.absent"})
