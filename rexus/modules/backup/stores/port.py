"""What the jobs may ask of a place that keeps stored files. Names are relative with ``/``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Protocol

from ..base.files import Data
from ..base.records import Record


class StoredFile(Record, frozen=True, kw_only=True, gc=False):
    """One file in the store."""

    name: str
    size: int
    mtime_ns: int


class Sink(Protocol):
    """A stored file coming into being; invisible under its final name until `commit` returns."""

    def write(self, data: Data) -> None:
        """Append. Raises `StoreFailed` (``store.full`` when there is no space)."""
        ...

    def commit(self, sha256: str, size: int) -> None:
        """Sync, read back, compare with ``sha256`` (hex) and ``size``, rename, sync the folder.

        Raises `StoreFailed` or `Damaged`, and then nothing is left.
        """
        ...

    def abort(self) -> None:
        """Leave nothing; harmless after `commit` or a second time."""
        ...


class Store(Protocol):
    """A place for stored files. All raise `StoreFailed`."""

    def create(self, name: str, *, private: bool = True) -> Sink:
        """Begin a new file; refuses a name that exists (`StoreFailed`, ``store.exists``)."""
        ...

    def open(self, name: str) -> BinaryIO:
        """Read a stored file. Raises `Damaged` (``store.missing``) if it is not there."""
        ...

    def stat(self, name: str) -> StoredFile | None:
        """Size and time, or None if it is not there."""
        ...

    def list(self, prefix: str = "") -> Iterator[StoredFile]:
        """Every file below ``prefix``, unfinished ones included."""
        ...

    def sizes(self, folder: str) -> dict[str, int]:
        """Size of each file right in ``folder``, by its name; quicker than `list` where there are very many."""
        ...

    def delete(self, name: str) -> None:
        """Remove one file and make that durable; a missing one is no error."""
        ...

    def free_bytes(self) -> int | None:
        """Free space in bytes, or None where that means nothing."""
        ...
