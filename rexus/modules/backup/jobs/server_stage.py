"""Backup files put where a server can read them: unpacked from the store and proven, or where it keeps them itself."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec

from ..base.errors import Damaged, Failed, Refused
from ..base.records import Codec, DatabaseBackup, Depth, Manifest
from ..engines.port_server import ChainPlan, ServerSide
from .inspect import examine_database, unpack
from .kit import Kit, Work

log = logging.getLogger(__name__)


def held_still(manifest: Manifest, names: frozenset[str]) -> Manifest:
    """The same set with the note that these databases were read-only for its sake alone."""
    marked = {
        name: msgspec.structs.replace(one, facts=msgspec.structs.replace(one.facts, held_still=True))
        for name, one in manifest.databases.items()
        if name in names and one.facts is not None
    }
    return msgspec.structs.replace(manifest, databases={**manifest.databases, **marked})


def is_held_still(backup: DatabaseBackup) -> bool:
    """Whether what it brings back as read-only was open to writers before and after."""
    return backup.facts is not None and backup.facts.held_still


def unstage(kit: Kit, files: list[Path]) -> None:
    """Remove what was put there; what stays is swept at the next start."""
    for path in files:
        try:
            kit.files.unlink(path)
        except OSError as error:
            log.warning("%s stays: %s", path, error)


def stage(work: Work, server: ServerSide, name: str, backup: DatabaseBackup, files: list[Path]) -> tuple[str, ...]:
    """What the server calls the files of ``backup``; one from the store is unpacked, proven and added to ``files``.

    Raises `Damaged`, `Refused`, `Failed` (``restore.io``), `Cancelled`.
    """
    return tuple(_staged(work, server, name, piece, files) for piece in backup.pieces)


def _staged(work: Work, server: ServerSide, name: str, backup: DatabaseBackup, files: list[Path]) -> str:
    """The same of one file."""
    if backup.file is None:
        assert backup.server_file is not None, "a finished backup is somewhere"
        return backup.server_file
    there = _where_it_lies(work, server, name, backup)
    if there is not None:
        return there
    path = server.new_file(name)
    if path is None:
        raise Refused("restore.no_meeting", database=name, file=backup.file)
    files.append(path)
    try:
        unpack(work, name, backup, path, "unseal", private=False)
        path.chmod(0o644)  # the service account is another one
    except OSError as error:
        raise Failed("restore.io", path=str(path), why=error.strerror or str(error)) from error
    return server.on_server(path)


def needs_folder(kit: Kit, server: ServerSide, chain: ChainPlan) -> bool:
    """Whether any file of a chain has to be put where the server can read it."""
    pieces = {piece.file: piece for step in chain.steps for piece in step.backup.pieces if piece.file is not None}
    return any(_seen_by(kit, server, piece) is None for piece in pieces.values())


def _seen_by(kit: Kit, server: ServerSide, backup: DatabaseBackup) -> str | None:
    """What the server calls a file of a folder of its own files; None: it does not see it, or it is packed."""
    assert backup.file is not None
    if not kit.loaded.loose or backup.codec is not Codec.NONE:
        return None
    return server.seen(kit.loaded.path / backup.file)


def _where_it_lies(work: Work, server: ServerSide, name: str, backup: DatabaseBackup) -> str | None:
    """The same once it is proven to be sound. Raises `Damaged`, `Cancelled`."""
    there = _seen_by(work.kit, server, backup)
    if there is None:
        return None
    prove(work, name, backup)
    return there


def prove(work: Work, name: str, backup: DatabaseBackup) -> None:
    """Read a stored backup where it lies. Raises `Damaged`, `Cancelled`."""
    check = examine_database(work, name, backup, Depth.CONTENT)
    if not check.ok and check.problem is not None:
        raise Damaged(check.problem.code, **check.problem.values)
