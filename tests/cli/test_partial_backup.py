"""A backup that lacks one database: its problem says what was saved, and never that nothing was touched."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.command_line import CommandLine
from support.world import NAMES, World

from rexus.modules.backup.base.sentences import TEXTS
from rexus.modules.backup.base.sentences_beside import _NOTHING

BESIDE = "No backup of this database was made. Saved: users, auditoria. Earlier backups are as they were."


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, rows=5).build()


def test_a_missing_database_is_sentences_beside_what_was_saved(world: World) -> None:
    run = CommandLine(world.config)
    world.database("inventario").unlink()
    told = run.json("backup", "--no-files", "--lang", "en", code=2)

    (missing,) = (one for one in told["problems"] if one["code"] == "source.missing")
    assert missing["safe"] == BESIDE
    assert {name for name, one in told["databases"].items() if one["status"] == "completed"} == {"users", "auditoria"}
    assert BESIDE in run("backup", "--no-files", "--lang", "en").err


def test_where_nothing_was_saved_nothing_was_touched(world: World) -> None:
    run = CommandLine(world.config)
    for name in NAMES:
        world.database(name).unlink()
    told = run.json("backup", "--no-files", "--lang", "en", code=2)
    assert {one["safe"] for one in told["problems"] if one["code"] == "source.missing"} == {
        "Nothing was touched; earlier backups are as they were."
    }
    looked = run.json("check", "--lang", "en", code=2)
    assert "Nothing was touched" in next(one for one in looked["problems"] if one["code"] == "source.missing")["safe"]


def test_what_is_said_instead_stands_for_sentences_that_are_said() -> None:
    assert {text.safe for text in TEXTS.values()} >= _NOTHING
