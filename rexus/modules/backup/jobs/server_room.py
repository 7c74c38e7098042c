"""Whether a database fits on its server before anything is restored there: by the sizes that its backups tell."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

import msgspec

from ..archive.unseal import Unsealing
from ..base.cancel import CancelToken
from ..base.errors import BackupError
from ..base.records import BackupKind, DatabaseBackup, Problem
from ..engines.port_server import ChainPlan, FileSize, Room, ServerSide
from .kit import Kit

_SERVER_SHARE = 2
"""The files of a database take about so many times the room of its backup."""


def sizes(kit: Kit, server: ServerSide, chain: ChainPlan) -> tuple[FileSize, ...]:
    """The files that the chain brings back, each as large as its largest backup has it; none where nobody tells.

    Asked are the full and differential backups, and the newest of all: files grow from one to the next.
    """
    found: dict[str, FileSize] = {}
    for number, step in enumerate(chain.steps, 1):
        if step.backup.kind is BackupKind.LOG and number < len(chain.steps):
            continue
        for one in _sizes(kit, server, step.backup):
            known = found.get(one.name.casefold())
            if known is None or known.bytes < one.bytes:
                found[one.name.casefold()] = one
    return tuple(found.values())


def room_for(kit: Kit, server: ServerSide, name: str, chain: ChainPlan) -> Room:
    """What a chain needs if it is restored as the database ``name``; estimated where no backup tells its files."""
    found = sizes(kit, server, chain)
    if found:
        return server.room(name, found)
    guess = sum(step.backup.whole_bytes for step in chain.steps) * _SERVER_SHARE
    room = server.room(name, (FileSize(name="", is_log=False, bytes=guess),))
    return msgspec.structs.replace(room, data_bytes=0, limit=None)


def _sizes(kit: Kit, server: ServerSide, backup: DatabaseBackup) -> tuple[FileSize, ...]:
    if backup.file is None:
        return server.sizes_there(backup) if backup.server_file is not None else ()
    try:
        with (
            kit.store.open(backup.file) as stored,
            contextlib.closing(iter(Unsealing(stored, backup.codec, cancel=CancelToken()))) as chunks,
        ):
            return server.sizes_of(chunks)
    except (BackupError, OSError):  # whoever unpacks it will tell
        return ()


def against(rooms: Iterable[tuple[str, Room]]) -> list[Problem]:
    """Why databases, each by the name that it shall have, do not fit together; empty: they do, or nobody can tell."""
    found: list[Problem] = []
    needed: dict[str, int] = {}
    free: dict[str, int] = {}
    for name, room in rooms:
        if room.limit is not None and room.data_bytes > room.limit:
            told: dict[str, str | int] = {"target": name, "bytes": room.data_bytes, "most_bytes": room.limit}
            found.append(Problem(code="restore.over_limit", values={**told, "edition": room.edition}))
        for one in room.needs:
            needed[one.volume] = needed.get(one.volume, 0) + one.needed
            if one.free is not None:
                free[one.volume] = one.free
    for volume, size in needed.items():
        if size > free.get(volume, size):
            values: dict[str, str | int] = {"volume": volume, "needed": size, "free": free[volume]}
            found.append(Problem(code="restore.server_space", values=values))
    return found
