"""What a scheduler starts: this interpreter, always by the same of its names, and the program."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

from ..base.files import WINDOWS

PROGRAM = Path(__file__).resolve().parents[4] / "main_backup.py"
_WINDOWLESS = "pythonw"
"""Windows' interpreter without a console: what it says is nowhere to be read, and it has no exit code to wait for."""


def command_of(config: Path) -> tuple[str, ...]:
    """What is started: which occurrence is due is judged then, and not by the scheduler."""
    file = os.path.abspath(config)  # noqa: PTH100
    return (interpreter(), str(PROGRAM), "--config", file, "schedule", "run", "--due", "--by", "service")


def foreground(config: Path) -> str:
    """What runs all that becomes due for as long as it is at work, as one types it in the shell of this system."""
    words = [*command_of(config)[:4], "schedule", "run"]
    return subprocess.list2cmdline(words) if WINDOWS else shlex.join(words)


def interpreter() -> str:
    """The running interpreter by the plain name in its folder, whichever of its names it was started by."""
    plain = _folder() / ("python.exe" if WINDOWS else "python")
    if is_ours(str(plain)):
        return str(plain)
    running = Path(sys.executable)
    if running.stem.lower() == _WINDOWLESS:
        running = running.with_name(f"python{running.suffix}")
    return str(running)


def is_ours(path: str) -> bool:
    """Whether ``path`` is an interpreter that is there and finds the same libraries as this one."""
    one = Path(path)
    name = one.name.lower()
    if not one.is_absolute() or not name.startswith("python") or name.startswith(_WINDOWLESS):
        return False
    try:
        if not one.is_file():
            return False
        if sys.prefix != sys.base_prefix:  # each of a virtual environment's names leads to its libraries
            return one.parent.samefile(_folder())
        return bool(sys.executable) and one.samefile(sys.executable)
    except OSError:
        return False


def _folder() -> Path:
    """Where this installation of Python, or this virtual environment, keeps its interpreter."""
    if not WINDOWS:
        return Path(sys.prefix) / "bin"
    return Path(sys.prefix) / "Scripts" if sys.prefix != sys.base_prefix else Path(sys.prefix)
