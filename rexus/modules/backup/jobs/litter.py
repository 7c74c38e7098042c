"""What lies about in a backup root that nobody may need any more: found here, judged in `cleanup_rules`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ..base.files import PARTIAL
from ..base.records import Record
from ..catalog.names import SET_NAME, is_set_name
from .cleanup_rules import Litter, Thing, is_archive, is_copies
from .file_reads import here, is_link, is_plain_folder, leaves, listed
from .kit import APPLICATION, CONFIG, DATABASES, LOGS, RESTORE, SAFETY, TEMP, Kit
from .logs import old_logs
from .sweep import unfinished
from .verify import orphans

_JOURNAL = re.compile(r"\.(restore|restoring|server)-.*\.json", re.DOTALL)
_OURS = frozenset({APPLICATION, CONFIG, DATABASES, LOGS, RESTORE, SAFETY, TEMP})
_OF_SYSTEMS = frozenset({"lost+found", "system volume information", "$recycle.bin", "desktop.ini", "thumbs.db"})
"""What systems put into folders and on disks by themselves; folded."""
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
    found: dict[str, list[Thing]] = {TEMP: [], RESTORE: []}
    partial: list[Thing] = []
    for one in sorted(_things(kit.root, unfinished(kit)), key=lambda thing: thing.path):
        found.get(one.path.rpartition("/")[0], partial).append(one)
    today = kit.clock.now().astimezone().date()
    logs = old_logs(kit.root / LOGS, kit.loaded.settings.logs.keep_days, today)
    return Leftovers(
        temp=tuple(found[TEMP]),
        restore=tuple(found[RESTORE]),
        partial=tuple(partial),
        logs=tuple(_things(kit.root, logs)),
    )


def look(kit: Kit, left: Leftovers) -> Litter:
    """Everything, with what was ``left`` before the sweep. Raises `BackupError`, `OSError`."""
    before = kit.clock.now() - timedelta(days=kit.loaded.settings.cleanup.audit_days)
    orphaned, foreign = _of_no_set(kit)
    return Litter(
        temp=left.temp,
        restore=left.restore,
        partial=left.partial,
        logs=left.logs,
        orphans=tuple(orphaned),
        foreign=tuple(foreign),
        copies=tuple(_copies(kit.root)),
        segments=kit.audit.old_segments(before),
    )


def restore_open(kit: Kit) -> bool:
    """Whether some restore is not settled, or its journal can't be understood. Raises `OSError`."""
    folder = kit.root / SAFETY
    return is_plain_folder(folder) and any(_JOURNAL.fullmatch(entry.name) for entry in listed(folder))


def foreign_things(kit: Kit) -> tuple[str, ...]:
    """What in the root has no name that this program gives, sorted; what is hidden or of the system aside.

    Raises `BackupError`, `OSError`.
    """
    found = {one.name for one in listed(kit.root) if one.name not in _OURS}
    found |= {one.path for one in _of_no_set(kit)[1]}
    names = {path: path.rpartition("/")[2] for path in found}
    return tuple(sorted(path for path, name in names.items() if name[0] != "." and name.casefold() not in _OF_SYSTEMS))


def _entries(root: Path, name: str) -> list[str]:
    """The paths of what is directly in a folder of the root; nothing where the folder is a link."""
    folder = root / name
    return [f"{name}/{entry.name}" for entry in listed(folder)] if is_plain_folder(folder) else []


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


def _of_no_set(kit: Kit) -> tuple[list[Thing], list[Thing]]:
    """Archives and folders of copies that no set names; and whatever has no name that this program gives."""
    paths = {stored.name for stored in kit.store.list(DATABASES) if stored.name.endswith(PARTIAL)}
    paths |= {*orphans(kit), *_entries(kit.root, TEMP), *_entries(kit.root, RESTORE)}
    ours: list[Thing] = []
    foreign: list[Thing] = []
    for path in sorted(paths - {one.relative_to(kit.root).as_posix() for one in unfinished(kit)}):
        mine = is_archive(path) or (is_copies(path) and is_plain_folder(kit.root / path))
        (ours if mine else foreign).append(Thing(path=path, bytes=_bytes(kit.root / path)))
    return ours, foreign


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
    try:
        made = datetime.fromtimestamp(newest, UTC)
    except (OverflowError, ValueError, OSError):  # no time that anybody could reckon with: it counts as made now
        made = None
    return Thing(path=path.relative_to(root).as_posix(), bytes=_bytes(path), at=made)


def _folders(path: Path) -> Iterator[Path]:
    """``path`` and the folders below it: their times tell when the copy was made; those of files are the originals'."""
    yield path
    for entry in listed(path):
        if entry.is_dir(follow_symlinks=False) and not is_link(path / entry.name):
            yield from _folders(path / entry.name)
