"""Looks for a secret where none may be: in command lines and environments of processes, in files, in what was said."""

from __future__ import annotations

import base64
import gzip
import html
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, quote_plus

PROC = Path("/proc")
CHILD = b"batch.sql"
"""Stands in the command line of our sqlcmd, whose environment alone may hold the password."""


def forms(secret: str) -> frozenset[bytes]:
    """The secret as it may be written down: as it is, in other encodings, percent-encoded, in hexadecimal, base64."""
    plain = (secret.encode(), secret.encode("utf-16-le"), secret.encode("utf-16-be"))
    texts = {quote(secret), quote(secret, safe=""), quote_plus(secret), html.escape(secret), json.dumps(secret)[1:-1]}
    texts |= {one.lower() for one in (quote(secret, safe=""), quote_plus(secret))}
    coded = {one for data in plain for one in (*_base64(data), data.hex().encode(), data.hex().upper().encode())}
    return frozenset({*plain, *(one.encode() for one in texts), *coded})


def _base64(data: bytes) -> Iterator[bytes]:
    """What is always the same of it in base64, by each of the three places where it may begin."""
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + data)
        first = -(-before * 8 // 6)
        last = (before + len(data)) * 8 // 6
        yield whole[first:last]
        yield base64.urlsafe_b64encode(b"\0" * before + data)[first:last]


def holds(data: bytes, wanted: frozenset[bytes]) -> bool:
    """Whether it is in there, in whatever form."""
    return any(one in data for one in wanted)


def files_with(folder: Path, wanted: frozenset[bytes], *, but: frozenset[str] = frozenset()) -> list[str]:
    """Files below the folder that hold it, packed ones too; ``but``: names of files that may."""
    found = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name in but:
            continue
        data = path.read_bytes()
        unpacked = gzip.decompress(data) if path.suffix == ".gz" else b""
        if holds(data, wanted) or holds(unpacked, wanted) or holds(path.name.encode(), wanted):
            found.append(path.relative_to(folder).as_posix())
    return found


class Leak(NamedTuple):
    """Where a process showed it."""

    pid: int
    where: str


class Watcher:
    """Reads what everybody may read of all processes, again and again."""

    def __init__(self, secret: str) -> None:
        self._wanted = forms(secret)
        self._over = threading.Event()
        self._round = threading.Condition()
        self._rounds = 0
        self.leaks: set[Leak] = set()
        self.children: set[bytes] = set()
        """Command lines of all that was seen of sqlcmd."""

    def _run(self) -> None:
        while not self._over.is_set():
            for process in PROC.iterdir():
                if process.name.isdigit():
                    self._look_at(process)
            with self._round:
                self._rounds += 1
                self._round.notify_all()

    def _look_at(self, process: Path) -> None:
        words = _read(process / "cmdline")
        is_child = CHILD in words
        self.children |= {words} if is_child else set()
        seen = {"cmdline": words, "environ": b"" if is_child else _read(process / "environ")}
        if CHILD in _read(process / "cmdline"):  # it became one meanwhile: that was its environment already
            seen["environ"] = b""
        self.leaks |= {Leak(int(process.name), where) for where, data in seen.items() if holds(data, self._wanted)}

    def look_around(self) -> None:
        """Return when all processes that there are now were looked at."""
        with self._round:
            wanted = self._rounds + 2  # the round that is under way may be past some of them
            self._round.wait_for(lambda: self._rounds >= wanted, 60)

    @contextmanager
    def watching(self) -> Iterator[Watcher]:
        """Look for as long as the context lasts."""
        thread = threading.Thread(target=self._run, name="watcher")
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it is gone, or somebody else's
        return b""
