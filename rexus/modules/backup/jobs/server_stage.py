"""Backup files put where a server can read them: unpacked from the store and proven, or where it keeps them itself."""

from __future__ import annotations

import logging
from pathlib import Path

from ..base.errors import Failed, Refused
from ..base.records import DatabaseBackup
from ..engines.port_server import ServerSide
from .inspect import unpack
from .kit import Kit, Work

log = logging.getLogger(__name__)


def unstage(kit: Kit, files: list[Path]) -> None:
    """Remove what was put there; what stays is swept at the next start."""
    for path in files:
        try:
            kit.files.unlink(path)
        except OSError as error:
            log.warning("%s stays: %s", path, error)


def stage(work: Work, server: ServerSide, name: str, backup: DatabaseBackup, files: list[Path]) -> str:
    """What the server calls the file of ``backup``; one from the store is unpacked, proven and added to ``files``.

    Raises `Damaged`, `Refused`, `Failed` (``restore.io``), `Cancelled`.
    """
    if backup.file is None:
        assert backup.server_file is not None, "a finished backup is somewhere"
        return backup.server_file
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
