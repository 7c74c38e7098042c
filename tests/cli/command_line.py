"""Starts the real program in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from .nursery import PROGRAM, Nursery, fits

_nurseries: list[Nursery] = []

_RIGHTS = "-dac_override,-dac_read_search"
_UNPRIVILEGED = ("setpriv", f"--bounding-set={_RIGHTS}", f"--inh-caps={_RIGHTS}")


def can_be_ordinary() -> bool:
    """Whether commands can be run for which the rights of files count."""
    return os.name == "posix" and (os.geteuid() != 0 or shutil.which("setpriv") is not None)


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

    def __init__(self, config: Path, *, ordinary: bool = False) -> None:
        self.config = config
        self._before = _UNPRIVILEGED if ordinary and os.name == "posix" and os.geteuid() == 0 else ()
        """``ordinary``: rights of files count, also for the administrator (`can_be_ordinary`)."""

    def __call__(self, *words: str, typed: str = "", **environment: str) -> Ran:
        argv = ["--config", str(self.config), *words]
        code, *streams = self._run(argv, {"REXUS_BACKUPS_WINDOW": "no", **environment}, typed.encode())
        told, erred = (stream.decode("utf-8").replace("\r\n", "\n") for stream in streams)
        return Ran(code, told, erred)

    def _run(self, argv: list[str], environment: dict[str, str], typed: bytes) -> tuple[int, bytes, bytes]:
        folder, whole = self.config.parent, {**os.environ, **environment}
        if fits(environment):
            return _nursery().run(argv, folder, whole, typed, ordinary=bool(self._before))
        command = [*self._before, sys.executable, str(PROGRAM), *argv]
        ran = subprocess.run(command, cwd=folder, input=typed, capture_output=True, check=False, env=whole)
        return ran.returncode, ran.stdout, ran.stderr

    def json(self, *words: str, code: int = 0) -> dict[str, Any]:
        """The JSON answer of a command that must end with ``code``."""
        ran = self(*words, "--json")
        assert ran.code == code, ran.out + ran.err
        return ran.json

    def backup(self, *words: str) -> str:
        """Name of a new set."""
        return str(self.json("backup", *words)["set"])


def _nursery() -> Nursery:
    """The one of this process."""
    if not _nurseries or not _nurseries[0].is_mine:
        _nurseries[:] = [Nursery()]
    return _nurseries[0]
