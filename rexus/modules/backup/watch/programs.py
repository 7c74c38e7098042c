"""Run a program of the operating system: found where such programs are, no shell, never for ever."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ..base.errors import Failed, Refused
from ..base.files import WINDOWS
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
        lines = [line.strip() for line in decoded(self.err or self.out).splitlines() if line.strip()]
        return " ".join(lines)[:_WORDS] or str(self.code)

    def expect(self) -> Ran:
        """Itself when it ended well. Raises `Failed` (``schedule.program_failed``)."""
        if self.code:
            raise Failed("schedule.program_failed", program=self.program, reason=self.said)
        return self


def is_there(program: str) -> bool:
    """Whether ``program`` can be found."""
    return _found(program) is not None


def run(words: Sequence[str], data: bytes | None = None) -> Ran:
    """Run ``words`` with ``data`` as its input, for a minute at most.

    Raises `Refused` (``schedule.no_program``) when there is no such program, `Failed` when it can't be started or
    does not end.
    """
    found = _found(words[0])
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


def _found(program: str) -> str | None:
    """Where the system's own program is; never in the current folder, where anybody may have put one of that name."""
    if WINDOWS:
        folders, name = [Path(os.environ.get("SYSTEMROOT") or r"C:\Windows") / "System32"], f"{program}.exe"
    else:
        folders, name = [Path(one) for one in os.environ.get("PATH", os.defpath).split(os.pathsep)], program
    there = (one / name for one in folders if one.is_absolute())
    return next((str(path) for path in there if os.access(path, os.X_OK) and path.is_file()), None)


def _session() -> dict[str, str]:
    """Where a person's service manager listens, for shells that were not told (``su``, cron)."""
    if sys.platform == "win32" or "XDG_RUNTIME_DIR" in os.environ:
        return {}
    folder = f"/run/user/{os.getuid()}"
    return {"XDG_RUNTIME_DIR": folder} if os.path.isdir(folder) else {}  # noqa: PTH112


def decoded(data: bytes) -> str:
    """Text of a console program; on Windows those write in the code page of consoles, or in UTF-16."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if data[1:2] == b"\0":
        return data.decode("utf-16-le", "replace")
    return data.decode("oem" if sys.platform == "win32" else "utf-8", "replace")
