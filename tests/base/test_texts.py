"""Figures and states, as sentences and tables tell them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rexus.modules.backup.base import texts
from rexus.modules.backup.base.records import Problem


@pytest.fixture(autouse=True)
def _language_as_before() -> Iterator[None]:
    before = texts.language()
    yield
    texts.use_language(before)


@pytest.mark.parametrize(
    ("number", "told"),
    [(0, "0 B"), (999, "999 B"), (1000, "1,00 kB"), (999_499, "999 kB"), (999_500, "1,00 MB"), (270506559, "271 MB")],
)
def test_sizes_are_readable(number: int, told: str) -> None:
    texts.use_language("es")
    assert texts.size(number) == told


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("es", "No hay espacio suficiente en /d: hacen falta 271 MB y hay 80,4 GB libres."),
        ("en", "Not enough space in /d: 271 MB needed, 80.4 GB free."),
    ],
)
def test_sentences_tell_sizes_and_keep_the_values(language: str, told: str) -> None:
    texts.use_language(language)
    problem = Problem(code="space.short", values={"path": "/d", "needed": 270506559, "free": 80363458560})
    assert texts.sentence(problem).message == told
    assert problem.values["needed"] == 270506559


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_full_disk_is_told_what_would_go(language: str) -> None:
    """What this program deletes by itself, and where one sees it before."""
    texts.use_language(language)
    fix = texts.sentence(Problem(code="store.full", values={"path": "/d"})).fix
    assert "prune --plan" in fix
    assert "retention" in fix


@pytest.mark.parametrize(
    "code", ["of.nobody", "notice.no_digest", "drill.no_marks", "source.ready", "schedule.waiting"]
)
def test_nothing_is_told_without_what_to_do(code: str) -> None:
    texts.use_language("en")
    told = texts.sentence(Problem(code=code))
    assert told.message and told.safe and told.fix


def test_states_are_told_in_words() -> None:
    texts.use_language("es")
    told = texts.sentence(Problem(code="verify.nothing", values={"set": "20250806_143052", "status": "interrupted"}))
    assert "(interrumpida)" in told.message
    assert (
        "full" not in texts.sentence(Problem(code="backup.kind", values={"kind": "full", "engine": "sqlite"})).message
    )


@pytest.mark.parametrize(
    ("exit_code", "why", "told"),
    [
        (-9, "-", "The work ended abruptly (signal 9)."),
        (-15, "MemoryError", "The work ended abruptly (signal 15): MemoryError"),
        (3, "-", "The work ended abruptly (exit code 3)."),
        (1, "no space", "The work ended abruptly (exit code 1): no space"),
    ],
)
def test_a_signal_is_no_exit_code_and_nothing_said_is_left_out(exit_code: int, why: str, told: str) -> None:
    texts.use_language("en")
    problem = Problem(code="work.gone", values={"exit": exit_code, "why": why})
    assert texts.sentence(problem).message == told
