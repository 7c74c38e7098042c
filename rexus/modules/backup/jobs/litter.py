"""What lies about in a backup root that nobody may need any more: found here, judged in `cleanup_rules`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ..base.files import PARTIAL
from ..base.records import Record
from ..catalog.names import SET_NAME, is_set_name
from .cleanup_rules import Litter, Thing
from .file_reads import here, is_link, is_plain_folder, leaves, listed
from .kit import DATABASES, LOGS, RESTORE, SAFETY, TEMP, Kit
from .logs import old_logs
from .sweep import unfinished
from .verify import orphans

_JOURNAL = re.compile(r"\.restor(e|ing)-.*\.json", re.DOTALL)
_COPIES_OF = re.compile(SET_NAME.pattern + r"_.+", re.ASCII | re.DOTALL)
"""Folders below ``safety/`` that hold copies, one folder each, made before restores of one set."""


class Leftovers(Record, frozen=True, kw_only=True):
    """What the sweep of the next job would remove too, so that it must be looked up before."""

    temp: tuple[Thing, ...] = ()
    restore: tuple[Thing, ...] = ()
    partial: tuple[Thing, ...] = ()
    logs: tuple[Thing, ...] = ()


def leftovers(kit: Kit) -> Leftovers:
    """Work that was left unfinished, and logs of long ago. Raises `OSError`."""
    folders = {name: tuple(_entries(kit.root, name)) for name in (TEMP, RESTORE)}
    listed_already = {one.path for things in folders.values() for one in things}
    partial = [one for one in _things(kit.root, unfinished(kit)) if one.path not in listed_already]
    today = kit.clock.now().astimezone().date()
    logs = old_logs(kit.root / LOGS, kit.loaded.settings.logs.keep_days, today)
    return Leftovers(
        temp=folders[TEMP], restore=folders[RESTORE], partial=tuple(partial), logs=tuple(_things(kit.root, logs))
    )


def look(kit: Kit, left: Leftovers) -> Litter:
    """Everything, with what was ``left`` before the sweep. Raises `BackupError`, `OSError`."""
    before = kit.clock.now() - timedelta(days=kit.loaded.settings.cleanup.audit_days)
    known = {one.path for one in left.partial}
    return Litter(
        temp=left.temp,
        restore=left.restore,
        partial=left.partial,
        logs=left.logs,
        orphans=tuple(one for one in _orphans(kit) if one.path not in known),
        copies=tuple(_copies(kit.root)),
        segments=kit.audit.old_segments(before),
    )


def restore_open(kit: Kit) -> bool:
    """Whether some restore is not settled, or its journal can't be understood. Raises `OSError`."""
    folder = kit.root / SAFETY
    return is_plain_folder(folder) and any(_JOURNAL.fullmatch(entry.name) for entry in listed(folder))


def _entries(root: Path, name: str) -> Iterator[Thing]:
    """What is directly in a folder of the root, each with all it holds; nothing where the folder is a link."""
    if is_plain_folder(root / name):
        for entry in listed(root / name):
            yield Thing(path=f"{name}/{entry.name}", bytes=_bytes(root / name / entry.name))


def _things(root: Path, paths: Iterable[Path]) -> Iterator[Thing]:
    for path in paths:
        yield Thing(path=path.relative_to(root).as_posix(), bytes=_bytes(path))


def _bytes(path: Path) -> int:
    """Size of a file, or of all files in a folder; what vanishes meanwhile counts nothing."""
    total = 0
    for one in leaves(path) if is_plain_folder(path) else (path,):
        try:
            total += here(one).lstat().st_size
        except OSError:
            continue
    return total


def _orphans(kit: Kit) -> Iterator[Thing]:
    """Files and folders of no set, and unfinished files of names that this program does not give."""
    names = {stored.name for stored in kit.store.list(DATABASES) if stored.name.endswith(PARTIAL)}
    for name in sorted(names | set(orphans(kit))):
        yield Thing(path=name, bytes=_bytes(kit.root / name))


def _copies(root: Path) -> Iterator[Thing]:
    """Each raw copy that a restore kept, with the time of its making."""
    for entry in listed(root / SAFETY) if is_plain_folder(root / SAFETY) else ():
        path = root / SAFETY / entry.name
        if not is_plain_folder(path):
            continue
        if is_set_name(entry.name):
            yield _copy(root, path)
        elif _COPIES_OF.fullmatch(entry.name):
            inside = [path / one.name for one in listed(path)]
            folders = [one for one in inside if is_plain_folder(one)]
            for one in folders if folders and len(folders) == len(inside) else (path,):
                yield _copy(root, one)


def _copy(root: Path, path: Path) -> Thing:
    newest = max(here(folder).lstat().st_mtime for folder in _folders(path))
    made = datetime.fromtimestamp(newest, UTC)
    return Thing(path=path.relative_to(root).as_posix(), bytes=_bytes(path), at=made)


def _folders(path: Path) -> Iterator[Path]:
    """``path`` and the folders below it: their times tell when the copy was made; those of files are the originals'."""
    yield path
    for entry in listed(path):
        if entry.is_dir(follow_symlinks=False) and not is_link(path / entry.name):
            yield from _folders(path / entry.name)
