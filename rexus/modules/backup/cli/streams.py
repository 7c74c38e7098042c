"""Standard streams that never fail for an encoding or because nobody listens any more."""

from __future__ import annotations

import codecs
import contextlib
import errno
import functools
import io
import os
import sys
import textwrap
import unicodedata

from ..base.files import WINDOWS

_CONTROL = {number: "�" for number in (*range(32), *range(127, 160), 0x2028, 0x2029)}
"""Names come from files and servers; in a terminal some of their characters would be commands."""
_GONE = frozenset({errno.EPIPE, *((errno.EINVAL,) if WINDOWS else ())})
"""What the system says when the reader of a pipe has left."""
_PLAIN = str.maketrans(
    {
        "«": '"',
        "»": '"',
        "“": '"',
        "”": '"',
        "‘": "'",
        "’": "'",
        "…": ".",
        "–": "-",
        "—": "-",
        "·": "-",
        "→": ">",
        "×": "x",
    }
)
"""One character for each that many encodings lack, so that tables stay even."""
_PLAINLY = "rexus_plainly"
"""The name of `_plainly` among the ways to deal with what can't be encoded."""
_lost: list[str] = []
"""Why an answer could not be written, for the end of the program."""


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """Letters without their accents, plain signs for typographic ones, ``?`` for what is left."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_plain(one) for one in error.object[error.start : error.end]), error.end


def _plain(letter: str) -> str:
    first = unicodedata.normalize("NFKD", letter.translate(_PLAIN))[:1]
    return first if first.isascii() else "?"


def prepare() -> None:
    """Make all three streams usable: present, UTF-8 in Windows pipes, with a stand-in for what can't be encoded."""
    codecs.register_error(_PLAINLY, _plainly)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:  # a program without a console
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115
        elif isinstance(stream, io.TextIOWrapper):
            piped = WINDOWS and not stream.isatty() and "PYTHONIOENCODING" not in os.environ
            errors = "replace" if name == "stdin" else _PLAINLY
            stream.reconfigure(encoding="utf-8" if piped else None, errors=errors)


def is_terminal(*streams: object) -> bool:
    """Whether a person sits in front of all of ``streams``."""
    return all(isinstance(stream, io.TextIOBase) and stream.isatty() for stream in streams)


def clean(text: str) -> str:
    """``text`` in one line, without characters that command a terminal."""
    return text if text.isprintable() else text.translate(_CONTROL)


def can_write(text: str, stream: object) -> bool:
    """Whether ``stream`` has characters for ``text``."""
    return encodable(text, encoding_of(stream))


def encoding_of(stream: object) -> str:
    """What ``stream`` writes in."""
    return getattr(stream, "encoding", None) or "ascii"


@functools.cache
def encodable(text: str, encoding: str) -> bool:
    """Whether ``encoding`` has characters for ``text``."""
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def say(text: str = "") -> None:
    """One line for the person, on stderr; silent when nobody listens."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def put(text: str) -> None:
    """Text of an answer, on stdout. When the reader is gone (``| head``), the rest is dropped quietly."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        abandon_stdout(error)


def put_bytes(data: bytes) -> None:
    """UTF-8 of an answer, whatever the encoding of stdout."""
    raw = getattr(sys.stdout, "buffer", None)
    if raw is None:
        put(data.decode("utf-8"))
        return
    try:
        sys.stdout.flush()
        raw.write(data)
        raw.flush()
    except OSError as error:
        abandon_stdout(error)


def lost() -> str:
    """Why the answer, or a part of it, could not be written since this was last asked; empty when all is well."""
    reason = _lost[0] if _lost else ""
    _lost.clear()
    return reason


def width() -> int:
    """Columns of the terminal, of a dumb one too."""
    import shutil

    return shutil.get_terminal_size((80, 24)).columns


def folded(text: str, indent: int = 0) -> str:
    """``text`` broken at words for the terminal, further lines ``indent`` blanks in; as it is anywhere else."""
    if not is_terminal(sys.stdout):
        return text
    lines = textwrap.wrap(
        text,
        max(width() - 1, 20),
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )
    return "\n".join(lines)


def abandon_stdout(error: OSError) -> None:
    """Let what is still buffered go nowhere, so that the end of the program does not complain."""
    if error.errno not in _GONE:
        _lost.append(error.strerror or type(error).__name__)
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
