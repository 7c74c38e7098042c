"""Run a program of the operating system: found first, an argument list, never a shell, never for ever."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from ..base.errors import Failed, Refused
from ..base.records import Record

_LONGEST_S = 60
_WORDS = 300
"""Characters of what a program says that are told."""


class Ran(Record, frozen=True, kw_only=True):
    """How a program ended."""

    program: str
    code: int
    out: bytes = b""
    err: bytes = b""

    @property
    def said(self) -> str:
        """What it complained of, in one line; its exit code when it said nothing."""
        lines = [line.strip() for line in _decoded(self.err or self.out).splitlines() if line.strip()]
        return " ".join(lines)[:_WORDS] or str(self.code)

    def expect(self) -> Ran:
        """Itself when it ended well. Raises `Failed` (``schedule.program_failed``)."""
        if self.code:
            raise Failed("schedule.program_failed", program=self.program, reason=self.said)
        return self


def is_there(program: str) -> bool:
    """Whether ``program`` can be found."""
    return shutil.which(program) is not None


def run(words: Sequence[str], data: bytes | None = None) -> Ran:
    """Run ``words`` with ``data`` as its input, for a minute at most.

    Raises `Refused` (``schedule.no_program``) when there is no such program, `Failed` when it can't be started or
    does not end.
    """
    found = shutil.which(words[0])
    if found is None:
        raise Refused("schedule.no_program", program=words[0])
    spoken = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": ""}
    try:
        ended = subprocess.run(
            [found, *words[1:]],
            input=b"" if data is None else data,
            capture_output=True,
            check=False,
            timeout=_LONGEST_S,
            env={**os.environ, **_session(), **spoken},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except subprocess.TimeoutExpired as error:
        raise Failed("schedule.program_failed", program=words[0], reason=f"> {_LONGEST_S} s") from error
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise Failed("schedule.program_failed", program=words[0], reason=why) from error
    return Ran(program=words[0], code=ended.returncode, out=ended.stdout, err=ended.stderr)


def _session() -> dict[str, str]:
    """Where a person's service manager listens, for shells that were not told (``su``, cron)."""
    if sys.platform == "win32" or "XDG_RUNTIME_DIR" in os.environ:
        return {}
    folder = f"/run/user/{os.getuid()}"
    return {"XDG_RUNTIME_DIR": folder} if os.path.isdir(folder) else {}  # noqa: PTH112


def _decoded(data: bytes) -> str:
    """Text of a console program; on Windows those write in the code page of consoles."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    return data.decode("oem" if sys.platform == "win32" else "utf-8", "replace")
