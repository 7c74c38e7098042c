"""Terminals that can write few letters: accents are left out, and no letter becomes a question mark."""

from __future__ import annotations

import pytest
from cli.command_line import CommandLine
from support.world import World


@pytest.mark.parametrize("words", [("list",), ("health",), ("--help",), ("show", "no-existe"), ("schedule", "next")])
def test_no_letter_becomes_a_question_mark(words, tmp_path):
    world = World(tmp_path, rows=5, language="es").build()
    run = CommandLine(world.config)
    run.backup("--no-files")
    fine, plain = run(*words), run(*words, PYTHONIOENCODING="ascii")

    told = plain.out + plain.err
    assert told.isascii()
    assert told.count("?") <= (fine.out + fine.err).count("?")
    assert plain.code == fine.code


def test_letters_lose_their_accents_and_quotes_become_plain(tmp_path):
    world = World(tmp_path, rows=5, language="es").build()
    ran = CommandLine(world.config)("lst", PYTHONIOENCODING="ascii")

    assert 'No existe el comando "lst"' in ran.err
    assert "Que hacer:" in ran.err


def test_what_has_no_plain_letter_is_marked(tmp_path):
    world = World(tmp_path, rows=5, language="es").build()
    ran = CommandLine(world.config)("日本", PYTHONIOENCODING="ascii")

    assert 'No existe el comando "??"' in ran.err
