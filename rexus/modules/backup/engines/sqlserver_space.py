"""Whether a database fits where a server would put it: sizes of files, volumes, the limit of the edition."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence

from ..base.errors import BackupError
from ..base.files import Data
from ..base.records import DatabaseBackup
from . import tsql, tsql_ask
from .bak import files_at_start
from .headers import FileEntry
from .port_server import FileSize, Room, VolumeNeed
from .sqlserver_client import Client
from .sqlserver_facts import ServerFacts
from .sqlserver_headers import file_of

log = logging.getLogger(__name__)
_MB = 1 << 20
_KINDS = {"LOG": "L", "ROWS": "D"}


def sizes_there(client: Client, backup: DatabaseBackup) -> tuple[FileSize, ...]:
    """FILELISTONLY of files that the server keeps; none where it does not tell. Raises nothing."""
    media = tsql.media(*(one.server_file for one in backup.pieces if one.server_file is not None))
    try:
        return _sizes(file_of(row) for row in client.query(tsql.file_list(media, backup.position)))
    except BackupError as error:
        log.info("the files in %s are not told: %s", backup.server_file, error)
        return ()


def sizes_of(chunks: Iterable[Data]) -> tuple[FileSize, ...]:
    """The same from the first bytes of a backup file; none where they do not tell."""
    return _sizes(files_at_start(chunks))


def _sizes(entries: Iterable[FileEntry]) -> tuple[FileSize, ...]:
    return tuple(
        FileSize(name=one.logical_name, is_log=one.type == "L", bytes=one.size_bytes)
        for one in entries
        if one.is_present
    )


def room(client: Client, server: ServerFacts, name: str, files: Sequence[FileSize]) -> Room:
    """What ``files`` need on each volume if the database ``name`` is made of them. Raises nothing.

    What is there already under that name is overwritten, and its space used again.
    """
    free = volumes(client)
    needed: dict[str, int] = {}
    present, used = _present(client, name), set[str]()
    for one in files:
        path, size = present.get(one.name.casefold()) or present.get("L" if one.is_log else "D") or ("", 0)
        if path.casefold() in used:  # as `sqlserver_restore.placed` has it: no path is for two files
            path, size = "", 0
        used.add(path.casefold())
        folder = path or (server.log_folder if one.is_log else server.data_folder) or server.data_folder
        volume = volume_of(folder, free) or folder
        needed[volume] = needed.get(volume, 0) + max(0, one.bytes - size)
    return Room(
        needs=tuple(VolumeNeed(volume=one, needed=size, free=free.get(one)) for one, size in needed.items()),
        data_bytes=sum(one.bytes for one in files if not one.is_log),
        limit=server.largest_database,
        edition=server.edition,
    )


def _present(client: Client, name: str) -> dict[str, tuple[str, int]]:
    """Path and bytes of each file of a database that is there, by its logical name and its kind."""
    try:
        rows = client.query(tsql_ask.files_of(name))
    except BackupError as error:
        log.info("the files of %s are not told: %s", name, error)
        return {}
    found: dict[str, tuple[str, int]] = {}
    for row in rows:
        told = (row.text("physical_name"), row.integer("size_bytes") or 0)
        found[row.text("logical_name").casefold()] = told
        found.setdefault(_KINDS.get(row.text("type_desc").upper(), "S"), told)
    return found


def volumes(client: Client) -> dict[str, int]:
    """Free bytes by mount point or drive of the server, as far as the login may see them. Raises nothing.

    Views ask for VIEW SERVER STATE; xp_fixeddrives, which everybody may call, knows whole letters of Windows alone.
    """
    found: dict[str, int] = {}
    for question in (tsql_ask.VOLUMES, tsql_ask.DRIVES):
        try:
            found |= {row.text("volume"): row.integer("free_bytes") or 0 for row in client.query(question)}
        except BackupError as error:
            log.info("the server does not tell its volumes: %s", error)
    if found:
        return found
    try:
        rows = client.query(tsql_ask.FIXED_DRIVES)
        return {f"{row.text('drive').strip()}:\\": (row.integer("MB free") or 0) * _MB for row in rows}
    except BackupError as error:
        log.info("the server does not tell its drives: %s", error)
        return {}


def volume_of(path: str, known: Mapping[str, int]) -> str:
    """The volume that holds a path of the server; empty: none that is known."""
    holding = [one for one in known if _is_within(path.casefold(), one.casefold())]
    return max(holding, key=len, default="")


def _is_within(path: str, volume: str) -> bool:
    """Whether the volume is the path or a folder above it; its name may end with the separator."""
    return path.startswith(volume) and (volume.endswith(("/", "\\")) or path[len(volume) :][:1] in ("", "/", "\\"))


def free_at(client: Client, folder: str) -> int | None:
    """Free bytes where a folder of the server is; None where nobody tells. Raises nothing."""
    known = volumes(client)
    return known.get(volume_of(folder, known))
