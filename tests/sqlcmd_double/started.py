"""Starts a sqlcmd as a program of ours would: no input, a clean environment, the password not on show."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import NamedTuple

from sqlserver_double.server import Server

PASSWORD = "Str0ng;Pass"


class Ran(NamedTuple):
    """How it ended; line ends as everywhere."""

    code: int
    out: str
    err: str


def environment(**more: str) -> dict[str, str]:
    """Of the child, without anything that sqlcmd reads, but the password."""
    clean = {name: value for name, value in os.environ.items() if not name.upper().startswith("SQLCMD")}
    return clean | {"SQLCMDPASSWORD": PASSWORD} | more


def start(program: Path, server: Server | str, *flags: str, user: str = "sa", **more: str) -> subprocess.Popen[bytes]:
    """Start it against a server, by the server's port or by a name; ``user`` may be empty."""
    name = server if isinstance(server, str) else f"127.0.0.1,{server.port}"
    words = [str(program), "-S", name, *(["-U", user] if user else []), *flags]
    return subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(**more),
    )


def run(program: Path, server: Server | str, *flags: str, user: str = "sa", **more: str) -> Ran:
    """Start it and wait for its end."""
    with start(program, server, *flags, user=user, **more) as process:
        out, err = process.communicate(timeout=60)
    return ended(process.returncode, out, err)


def ended(code: int, out: bytes, err: bytes) -> Ran:
    return Ran(code, out.decode().replace("\r\n", "\n"), err.decode().replace("\r\n", "\n"))
