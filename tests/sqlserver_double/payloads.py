"""What a backup of this world carries inside of the file: pages and what is told of them, or log records."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
from support.bak_writer import read_log, read_payload

from .databases import Database, LogRecord

T = TypeVar("T")
MAGIC = b"REXUSWORLD"
FOREIGN = (struct.error, IndexError, KeyError, ValueError, msgspec.DecodeError, AttributeError)
"""What taking apart a file of another maker may raise."""


class Traits(msgspec.Struct):
    """What belongs to the database beside its pages."""

    recovery_model: str
    collation: str
    compatibility: int
    page_verify: str
    options: dict[str, bool]
    encrypted: bool = False


class DataPayload(msgspec.Struct):
    """The pages of a full backup, or those that changed since its base."""

    traits: Traits
    pages: dict[str, bytes]
    removed: list[str]
    damaged: list[str]
    filler: bytes


class LogPayload(msgspec.Struct):
    """Log records, oldest first."""

    records: list[LogRecord]


def data_payload(database: Database, *, since: dict[str, bytes] | None) -> bytes:
    """All pages, or those that are other than in ``since``."""
    pages, before = database.content.pages, since or {}
    traits = Traits(
        database.recovery_model, database.collation, database.compatibility, database.page_verify, database.options,
        database.encrypted,
    )  # fmt: skip
    made = DataPayload(
        traits,
        {key: page for key, page in pages.items() if before.get(key) != page},
        [key for key in before if key not in pages],
        sorted(database.damaged_pages),
        database.filler if since is None else b"",
    )
    return MAGIC + msgspec.msgpack.encode(made)


def log_payload(records: Sequence[LogRecord]) -> bytes:
    """The records; nothing for none."""
    return MAGIC + msgspec.msgpack.encode(LogPayload(list(records))) if records else b""


def data_of(paths: Sequence[Path], position: int) -> DataPayload | None:
    """What a backup of this world holds; None for another maker's, and for one that is damaged inside."""
    try:
        raw = read_payload(list(paths), position)
    except FOREIGN:
        return None
    return _decoded(raw, DataPayload)


def records_of(paths: Sequence[Path], position: int) -> list[LogRecord]:
    """The log records of a backup of this world; none in another maker's."""
    try:
        raw = read_log(list(paths), position)
    except FOREIGN:
        return []
    found = _decoded(raw, LogPayload)
    return found.records if found else []


def _decoded(raw: bytes, kind: type[T]) -> T | None:
    if not raw.startswith(MAGIC):
        return None
    try:
        return msgspec.msgpack.decode(raw[len(MAGIC) :], type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
