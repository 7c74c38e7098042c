"""The demonstration, small, through the real program; and its data."""

from __future__ import annotations

import contextlib
import sqlite3

from cli.command_line import CommandLine

from rexus.modules.backup.cli import demo_data


def test_the_demonstration_shows_what_it_says(tmp_path):
    run = CommandLine(tmp_path / "none.json")
    first = run("demo", "--folder", "demo", "--mib", "2")
    again = run("demo", "--folder", "demo", "--mib", "2", "--json", "--lang", "en")

    assert (first.code, again.code) == (0, 0), first.err + again.err
    assert "✗" in first.out
    assert "DROP TABLE" in first.out
    assert len(again.json["steps"]) == 12
    assert again.json["safety_set"]
    assert not list((tmp_path / "demo").rglob("*.partial"))


def test_a_folder_of_somebody_else_is_never_emptied(tmp_path):
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo/tesis.odt").write_text("única copia", "utf-8")
    ran = CommandLine(tmp_path / "none.json")("demo", "--folder", "demo", "--json")

    assert (ran.code, ran.codes) == (3, {"demo.foreign_folder"})
    assert (tmp_path / "demo/tesis.odt").is_file()


def test_the_data_are_large_enough_believable_and_always_the_same(tmp_path):
    first, second = (demo_data.build(tmp_path / name, 3, seed=7) for name in "ab")

    assert set(first) == {"users", "inventario", "auditoria"}
    assert sum(path.stat().st_size for path in first.values()) >= 3 * demo_data.MIB
    for name in first:
        assert _dump(first[name]) == _dump(second[name])
    assert _dump(demo_data.build(tmp_path / "c", 3, seed=8)["users"]) != _dump(first["users"])


def _dump(path):
    with contextlib.closing(sqlite3.connect(path)) as live:
        assert live.execute("pragma integrity_check").fetchone() == ("ok",)
        assert live.execute("pragma journal_mode").fetchone() == ("wal",)
        return list(live.iterdump())
