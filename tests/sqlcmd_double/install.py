"""Puts the stand-in where a program looks for sqlcmd: an executable of that name in a folder."""

from __future__ import annotations

import importlib.util
import io
import os
import sys
import zipfile
from pathlib import Path
from typing import Literal

import pytest

Dialect = Literal["go", "odbc17", "odbc18"]
_HERE = Path(__file__).parent
_QUICKLY = ("-S", "-E")
"""An interpreter without site packages and without its environment starts in a third of the time."""


def install(folder: Path, dialect: Dialect = "go") -> Path:
    """Write a launcher into a folder, for PATH or REXUS_SQLCMD; returns the launcher.

    On Windows it is a program that runs the interpreter and dies with it, elsewhere it becomes the interpreter:
    signals, exit codes and arguments are the stand-in's own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if os.name == "nt":
        launcher = folder / "sqlcmd.exe"
        launcher.write_bytes(_windows_program(dialect))
        return launcher
    launcher = folder / "sqlcmd"
    words = [sys.executable, *_QUICKLY, str(_HERE / "sqlcmd.py"), dialect]
    quoted = " ".join("'" + word.replace("'", "'\\''") + "'" for word in words)
    launcher.write_text(f'#!/bin/sh\nexec {quoted} "$@"\n', "utf-8")
    launcher.chmod(0o755)
    return launcher


def _windows_program(dialect: Dialect) -> bytes:
    """What pip makes of console scripts: its launcher, the interpreter's name, and a zipped program behind both."""
    pip = importlib.util.find_spec("pip")
    if pip is None or not pip.origin:
        pytest.skip("pip is missing, which brings the launcher of Windows programs")
    program = io.BytesIO()
    with zipfile.ZipFile(program, "w") as packed:
        packed.writestr(
            "__main__.py",
            f"import sys\nsys.path[0] = {str(_HERE.parent)!r}\nsys.argv.insert(1, {dialect!r})\n"
            "from sqlcmd_double.sqlcmd import main\nsys.exit(main())\n",
        )
    interpreter = f'#!"{sys.executable}" {" ".join(_QUICKLY)}\n'.encode()
    return (
        Path(pip.origin).with_name("_vendor").joinpath("distlib", "t64.exe").read_bytes()
        + interpreter
        + program.getvalue()
    )
