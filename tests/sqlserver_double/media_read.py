"""What stands in backup files, kept by their content: statement after statement asks about the same ones."""

from __future__ import annotations

import functools
import hashlib
import io
from pathlib import Path

from rexus.modules.backup.engines.bak import check_file, read_headers
from rexus.modules.backup.engines.bak_records import BakReport, MediaContents

_MOST_BYTES = 8 << 20
"""Larger files are read from the disk each time."""
_KEPT = 64


class _Content:
    """Bytes that are the same as others if their hash is."""

    def __init__(self, data: bytes) -> None:
        self.data, self._hash = data, hashlib.sha256(data).digest()

    def __hash__(self) -> int:
        return hash(self._hash)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Content) and other._hash == self._hash


def headers_of(local: Path) -> MediaContents:
    """The headers of a file."""
    if local.stat().st_size <= _MOST_BYTES:
        return _headers(_Content(local.read_bytes()))
    with local.open("rb") as file:
        return read_headers(file)


def report_on(local: Path) -> BakReport:
    """What is to be said of a file once all of it is read."""
    if local.stat().st_size <= _MOST_BYTES:
        return _report(_Content(local.read_bytes()))
    with local.open("rb") as file:
        return check_file(file, decode=True)


@functools.lru_cache(_KEPT)
def _headers(content: _Content) -> MediaContents:
    return read_headers(io.BytesIO(content.data))


@functools.lru_cache(_KEPT)
def _report(content: _Content) -> BakReport:
    return check_file(io.BytesIO(content.data), decode=True)
