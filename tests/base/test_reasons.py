"""Why the system refused something, told in the reader's language."""

from __future__ import annotations

import errno
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.base.reasons import in_words
from rexus.modules.backup.base.records import Problem
from rexus.modules.backup.base.texts import sentence, use_language


def loud(text: str) -> str:
    """Stands for a translation; gaps stay."""
    return f"<{text}>"


@pytest.mark.parametrize("number", [errno.EACCES, errno.ENOSPC, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.EEXIST])
def test_what_the_system_says_is_translated_by_its_number(number: int) -> None:
    error = OSError(number, os.strerror(number), "/d/x")
    assert in_words(error.strerror or "", loud).startswith("<")
    assert in_words(str(error), loud).endswith(">: '/d/x'")
    assert "Errno" not in in_words(str(error), loud)
    assert in_words(f"/d/x: {os.strerror(number)}", loud).startswith("/d/x: <")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("JSON is malformed: invalid character (byte 8)", "<it is no valid JSON (byte 8)>"),
        ("Input data was truncated", "<it ends too early>"),
        ("Object missing required field `set_id`", "<«set_id» is missing>"),
        ("Error -3 while decompressing data: incorrect header check", "<the compressed bytes are damaged>"),
        ("no such table: No such file or directory", "no such table: <No such file or directory>"),
    ],
)
def test_what_readers_of_files_say_is_told_with_what_helps(said: str, told: str) -> None:
    assert in_words(said, loud) == told


@given(st.text(alphabet=st.characters(blacklist_characters="[]:"), max_size=60))
def test_anything_else_stays_as_it_is(said: str) -> None:
    engine = f"near «{said}» syntax error"
    assert in_words(engine, loud) == engine


def test_the_values_of_a_problem_stay_as_programs_read_them() -> None:
    use_language("en")
    problem = Problem(code="check.root_denied", values={"path": "/d", "why": "[Errno 30] Read-only file system"})
    assert "can't be written: Read-only file system." in sentence(problem).message
    assert problem.values["why"] == "[Errno 30] Read-only file system"
