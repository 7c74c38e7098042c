# ruff: noqa: D102  the names are those of the catalogue's summaries, which say what they mean
"""What the timeline reads of sets: the catalogue's summaries, seen from below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from .records import BackupKind, Origin, SetStatus, Tick


class Facts(Protocol):
    """What the engine says of a backup, as the catalogue keeps it."""

    @property
    def backup_set_guid(self) -> str | None: ...

    @property
    def differential_base_guid(self) -> str | None: ...

    @property
    def differential_base_lsn(self) -> str | None: ...

    @property
    def checkpoint_lsn(self) -> str | None: ...

    @property
    def first_lsn(self) -> str | None: ...

    @property
    def last_lsn(self) -> str | None: ...

    @property
    def family_guid(self) -> str | None: ...

    @property
    def copy_only(self) -> bool: ...

    @property
    def recovery_model(self) -> str | None: ...

    @property
    def recovery_fork_guid(self) -> str | None: ...


class OneDatabase(Protocol):
    """One database of a set."""

    @property
    def status(self) -> SetStatus: ...

    @property
    def tick(self) -> Tick: ...

    @property
    def size_bytes(self) -> int: ...

    @property
    def stored_bytes(self) -> int: ...

    @property
    def file(self) -> str | None: ...

    @property
    def kind(self) -> BackupKind: ...

    @property
    def on_server(self) -> bool: ...

    @property
    def started_at(self) -> str | None: ...

    @property
    def seconds(self) -> float: ...

    @property
    def restored_s(self) -> float: ...

    @property
    def damaged(self) -> bool: ...

    @property
    def absent_at(self) -> str | None: ...

    @property
    def chain(self) -> Facts | None: ...


class OneSet(Protocol):
    """One set, as lists know it."""

    @property
    def set(self) -> str: ...

    @property
    def timestamp(self) -> str: ...

    @property
    def status(self) -> SetStatus: ...

    @property
    def origin(self) -> Origin: ...

    @property
    def stored_bytes(self) -> int: ...

    @property
    def deleting(self) -> bool: ...

    @property
    def files(self) -> bool: ...

    @property
    def copied(self) -> Mapping[str, tuple[int, int]]: ...

    @property
    def databases(self) -> Mapping[str, OneDatabase]: ...
