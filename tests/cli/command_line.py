"""Starts the real program in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

PROGRAM = Path(__file__).parents[2] / "main_backup.py"


class Ran(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object on stdout."""
        assert self.out.count("\n") == 1, self.out + self.err
        return json.loads(self.out)

    @property
    def codes(self) -> set[str]:
        """The codes of its problems."""
        return {one["code"] for one in self.json["problems"]}


class CommandLine:
    """Commands on one configuration, which relative paths start from."""

    def __init__(self, config: Path) -> None:
        self.config = config

    def __call__(self, *words: str, typed: str = "", **environment: str) -> Ran:
        command = [sys.executable, str(PROGRAM), "--config", str(self.config), *words]
        ran = subprocess.run(
            command,
            cwd=self.config.parent,
            input=typed.encode(),
            capture_output=True,
            check=False,
            env={**os.environ, **environment},
        )
        told, erred = (stream.decode("utf-8").replace("\r\n", "\n") for stream in (ran.stdout, ran.stderr))
        return Ran(ran.returncode, told, erred)

    def json(self, *words: str, code: int = 0) -> dict[str, Any]:
        """The JSON answer of a command that must end with ``code``."""
        ran = self(*words, "--json")
        assert ran.code == code, ran.out + ran.err
        return ran.json

    def backup(self, *words: str) -> str:
        """Name of a new set."""
        return str(self.json("backup", *words)["set"])
