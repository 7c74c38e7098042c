"""The double as a process of its own, as if it were somebody's server: ``python -m sqlserver_double.alone FOLDER``.

Prints its port and the shared folder as one line of JSON, then serves until its input ends.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from .server import Server
from .world import SA_PASSWORD, make_world

FOLDER = "C:\\Backup"
_TESTS = Path(__file__).parents[1]


class Alone(NamedTuple):
    """Where it is."""

    port: int
    user: str
    password: str
    there: str
    """The shared folder as the server names it."""
    share: Path
    """The same folder here."""


def main() -> int:
    """Serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--edition", default="standard2022")
    parser.add_argument("--database", default="", help="a database that is there from the start")
    parser.add_argument("--bytes", type=int, default=0, help="how much is in it")
    asked = parser.parse_args()
    world = make_world(asked.folder, asked.edition, "windows")
    if asked.database:
        rows = [{"id": number, "texto": f"fila {number}"} for number in range(200)]
        world.add_database(asked.database, tables={"datos": rows}, filler_bytes=asked.bytes)
    share = world.share_of(FOLDER)
    with Server(world) as server:
        sys.stdout.write(json.dumps({"port": server.port, "share": str(share)}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()
    return 0


@contextmanager
def alone(folder: Path, *words: str) -> Iterator[Alone]:
    """One that runs as long as the context."""
    command = [sys.executable, "-m", "sqlserver_double.alone", str(folder), *words]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(_TESTS), str(_TESTS.parent)))}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=_TESTS, env=environment
    ) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        yield Alone(told["port"], "sa", SA_PASSWORD, FOLDER, Path(told["share"]))
        process.communicate()


if __name__ == "__main__":
    sys.exit(main())
