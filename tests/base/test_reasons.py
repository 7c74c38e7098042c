"""Why the system refused something, told in the reader's language."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.base import reasons_sent
from rexus.modules.backup.base.reasons import in_words
from rexus.modules.backup.base.records import Problem
from rexus.modules.backup.base.texts import sentence, use_language
from rexus.modules.backup.engines.sqlite_open import failure


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


_POOL = "A Connection error occurred sending JSON notification to h.; Socket Exception: HTTPSConnectionPool(host='h', "
_MAIL = 'Connection error while submitting email to "h"; Socket Exception: '


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Failed to send JSON POST notification: Verification Failed., error=401.", "not accepted (401)"),
        ("Failed to send JSON POST notification: error=403.", "does not allow it (403)"),
        ("Failed to send JSON POST notification: Page not found., error=404.", "nothing at that address (404)"),
        ("Failed to send X notification: Servers are overloaded., error=503.", "trouble of its own; it may pass (503)"),
        ("Failed to send Telegram notification to 7: chat not found, error=400.", "(400): «chat not found»"),
        ("HTTP 404", "nothing at that address (404)"),
        (_MAIL + "(535, b'5.7.8 Authentication credentials invalid')", "not accepted (535): «5.7.8 Authentication"),
        (_MAIL + "{'ana@h': (550, b'no such user')}", "refuses sender or recipients (550): «no such user»"),
        (_MAIL + "[Errno 111] Connection refused", "nobody listens there"),
        (_POOL + "Failed to establish a new connection: [WinError 10061] x", "nobody listens there"),
        (_POOL + 'NameResolutionError("Failed to resolve ([Errno 11001] getaddrinfo failed)"', "name of the server"),
        (_MAIL + "[Errno -2] Name or service not known", "name of the server"),
        (_POOL + "SSLError(1, '[SSL: WRONG_VERSION_NUMBER] wrong version number')", "does not speak TLS"),
        (
            _POOL + "SSLError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed')",
            "certificate",
        ),
        (_POOL + "SSLError(1, '[SSL: UNSUPPORTED_PROTOCOL] x')", "no encrypted connection"),
        (_POOL + "Read timed out. (read timeout=5)", "does not answer"),
        (_MAIL + "Connection unexpectedly closed", "hung up"),
        ("No route to host", "no way leads to the server"),
    ],
)
def test_what_keeps_a_notice_from_being_sent_is_told_in_our_words(said: str, told: str) -> None:
    use_language("en")
    message = sentence(Problem(code="notice.unsent", values={"channel": "c", "why": said})).message
    assert told in message
    for raw in ("Socket", "Pool", "Errno", "WinError", "SSL:", "error=", "notification"):
        assert raw not in message


@pytest.mark.parametrize("said", ["-", "ValueError", "a service of which nobody knows what it says 404"])
def test_what_nobody_knows_of_a_service_stays_as_it_is(said: str) -> None:
    assert reasons_sent.in_words(said, loud) is None


@pytest.mark.parametrize(
    "number",
    [
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    ],
)
def test_what_sqlite_says_is_told_in_our_words_by_its_code(number: int, tmp_path: Path) -> None:
    error = sqlite3.OperationalError(_said_by_sqlite(number))
    error.sqlite_errorcode = number
    path = tmp_path / "users.db"
    path.write_bytes(b"SQLite format 3\0" + bytes(4080))
    use_language("en")
    message = sentence(failure(error, path).problem).message
    assert str(error) not in message
    assert str(path) in message


def _said_by_sqlite(number: int) -> str:
    """The words of the library itself for one of its codes."""
    import ctypes.util

    name = ctypes.util.find_library("sqlite3")
    if name is None:
        pytest.skip("the library can't be asked by itself")
    library = ctypes.CDLL(name)
    library.sqlite3_errstr.restype = ctypes.c_char_p
    return str(library.sqlite3_errstr(number).decode())
