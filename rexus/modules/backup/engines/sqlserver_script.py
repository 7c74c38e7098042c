"""The T-SQL of a backup or a restore as a text to be read, kept or run by hand. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ..base.records import BackupKind, Record
from . import tsql
from .headers import FileEntry
from .port_server import ServerRestore
from .sqlserver_facts import ServerFacts
from .sqlserver_folder import SUFFIXES, Meeting, numbered
from .sqlserver_restore import new_paths
from .sqlserver_url import url_sizes


class BackupWish(Record, frozen=True, kw_only=True):
    """One database to be backed up."""

    database: str
    """As the server calls it."""
    kind: BackupKind
    copy_only: bool = False
    compression: bool | None = None
    encryption: tsql.Encryption | None = None
    stripes: int = 1


def backup(wishes: Sequence[BackupWish], place: Meeting, stamp: str) -> str:
    """BACKUP and VERIFYONLY of each, into files with ``stamp`` in their names. Raises `BadInput`."""
    parts = []
    for one in wishes:
        plain = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in one.database)[:40]
        names = numbered(f"{plain}_{stamp}", SUFFIXES[one.kind], one.stripes)
        media = tsql.media(*(place.on_server(name) for name in names))
        sizes = url_sizes(media, compressed=one.compression is True)
        order = tsql.BackupOrder(
            database=one.database,
            media=media,
            kind=one.kind,
            copy_only=one.copy_only and one.kind is BackupKind.FULL,
            compression=one.compression,
            encryption=one.encryption,
            block_size=sizes.block,
            max_transfer_size=sizes.transfer,
        )
        text = _between(tsql.backup(order).text)
        parts += [_remark(one.database), text, "GO", _between(tsql.verify(media).text), "GO", ""]
    return _joined(parts)


def restore(order: ServerRestore, files: Sequence[FileEntry], server: ServerFacts, *, notes: Sequence[str] = ()) -> str:
    """Every step of a restore, then recovery and a check of all pages. ``files`` are those of the full backup.

    Over a database that is there its own files are taken again; for a new one each file gets a place in the server's
    usual folders. Raises `BadInput`.
    """
    new = [one for one in files if one.is_present and not order.overwrite]
    paths = new_paths(server, order.name, new)
    moves = [tsql.Move(logical_name=one.logical_name, path=path) for one, path in zip(new, paths, strict=True)]
    parts = [*(_remark(one) for one in notes)]
    for number, step in enumerate(order.steps):
        log = step.kind is BackupKind.LOG
        first = number == 0
        if step.spare:
            parts.append(_remark("only if the server says that the instant lies behind the step before:"))
        told = tsql.RestoreOrder(
            database=order.name,
            media=tsql.media(step.file, *step.more),
            log=log,
            position=step.position,
            moves=tuple(moves) if first else (),
            recovery=False,
            replace=first and order.overwrite,
            checksum=False,
            stop=tsql.Stop(at=step.stop_at) if log and step.stop_at is not None else None,
            exclusive=first and order.overwrite,
        )
        text = _between(tsql.restore(told).text)
        parts += ["\n".join(f"-- {line}" for line in text.splitlines()) if step.spare else text, "GO"]
    for text in (tsql.recover(order.name).text, tsql.release(order.name), tsql.check_database(order.name).text):
        parts += [_between(text), "GO"]
    return _joined(parts)


def _between(batch: str) -> str:
    """A batch as it may stand between two ``GO``: no line of a name in it can be taken for one."""
    return tsql.as_ascii(batch) if tsql.is_split(batch) else batch


def _remark(text: str) -> str:
    """A remark of one line, whatever a name has in it."""
    return "-- " + " ".join(text.split())


def _joined(parts: Sequence[str]) -> str:
    return "\n".join(parts).rstrip() + "\n"
