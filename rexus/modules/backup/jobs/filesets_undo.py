"""What makes a restore of files all or nothing: a journal at the destination, and the way back.

While files are restored, the destination holds the folder `WORK` with the journal; whoever finds it later (a dead
run's successor) calls `undo`, and everything is as it was before.
"""

from __future__ import annotations

import contextlib
import filecmp
from pathlib import Path

import msgspec

from ..base.cancel import CancelToken
from ..base.errors import StoreFailed
from ..base.files import WINDOWS, Files, publish
from ..base.records import FileCopy, Record
from .file_names import is_safe, told, untold
from .file_scan import is_link
from .filesets import CHUNK, finish, open_plain, remove_tree

WORK = ".rexus_restore.partial"
_JOURNAL = "journal.json"


class Change(Record, frozen=True, kw_only=True):
    """One path below the destination that the restore changes; paths as `file_names.told`."""

    path: str
    staged: str
    kept: str | None = None
    """Where the old file is kept, below the safety folder; None if there was none."""
    link: str | None = None
    """What the old link pointed to."""


class Journal(Record, frozen=True, kw_only=True):
    """All that a restore is about to do."""

    replacing: bool = False
    """Old files may already be gone; until then only staged files and new folders need to go."""
    safety: str
    fresh: bool
    """The safety folder was made for this restore."""
    changes: tuple[Change, ...]
    folders: tuple[str, ...] = ()
    """Folders that were not there before."""


def begin(destination: Path, journal: Journal, files: Files) -> None:
    """Write the journal, durable, before (or while) anything is changed. Raises `OSError`."""
    files.make_folder(destination / WORK)
    publish(files, destination / WORK / _JOURNAL, msgspec.json.encode(journal))


def end(destination: Path, files: Files) -> None:
    """The restore is complete: forget the journal first, then the rest. Raises `OSError`."""
    work = destination / WORK
    files.unlink(work / _JOURNAL)
    if work.is_dir():
        files.sync_folder(work)
    remove_tree(work, files)


def is_pending(destination: Path) -> bool:
    """Whether a restore to ``destination`` did not come to its end."""
    return (destination / WORK).is_dir()


def undo(destination: Path, files: Files) -> bool:
    """Bring ``destination`` back to what it was before an unfinished restore; may be begun again at any point.

    Returns whether there was one. Raises `StoreFailed` (``files.undo_failed``) when something can't be put back.
    """
    work = destination / WORK
    if not is_pending(destination):
        return False
    try:
        journal = _read(work / _JOURNAL)
        if journal is not None:
            _take_back(destination, journal, files)
        end(destination, files)
        if journal is not None and journal.fresh:
            remove_tree(Path(untold(journal.safety)), files)
    except (OSError, msgspec.MsgspecError) as error:
        raise StoreFailed("files.undo_failed", path=str(destination), reason=str(error)) from error
    return True


def _read(path: Path) -> Journal | None:
    try:
        journal = msgspec.json.decode(path.read_bytes(), type=Journal)
    except FileNotFoundError:
        return None
    for change in journal.changes:
        if not all(is_safe(untold(one)) for one in (change.path, change.staged, change.kept or "x")):
            raise msgspec.ValidationError(f"unsafe path in {path}")
    if not all(is_safe(untold(folder)) for folder in journal.folders):
        raise msgspec.ValidationError(f"unsafe path in {path}")
    return journal


def _take_back(destination: Path, journal: Journal, files: Files) -> None:
    touched: set[Path] = set()
    for change in journal.changes:
        staged = destination / untold(change.staged)
        if staged.parent.is_dir():
            files.unlink(staged)
            touched.add(staged.parent)
    for change in journal.changes if journal.replacing else ():
        _put_back(destination, Path(untold(journal.safety)), change, files)
    for folder in sorted((destination / untold(name) for name in journal.folders), reverse=True):
        with contextlib.suppress(OSError):  # somebody else may have put something in it
            files.remove_folder(folder)
            touched.add(folder.parent)
    for folder in touched:
        if folder.is_dir():
            files.sync_folder(folder)


def _put_back(destination: Path, safety: Path, change: Change, files: Files) -> None:
    target, staged = destination / untold(change.path), destination / untold(change.staged)
    if not target.parent.is_dir():
        return
    if change.link is not None:
        if not (is_link(target) and str(target.readlink()) == untold(change.link)):
            files.link(untold(change.link), staged)
            files.replace(staged, target)
    elif change.kept is None:
        files.unlink(target)
    else:
        kept = safety / untold(change.kept)
        if is_link(target) or not target.is_file() or not filecmp.cmp(kept, target, shallow=False):
            keep(kept, staged, files)
            files.replace(staged, target)


def keep(source: Path, target: Path, files: Files, cancel: CancelToken | None = None) -> None:
    """Copy a regular file with its time and mode, durable. Raises `OSError`, `Cancelled`."""
    with open_plain(source) as reading:
        status = source.stat()
        mode = None if WINDOWS else status.st_mode & 0o777
        copy = FileCopy(source="", backup="", mode=mode, mtime_ns=status.st_mtime_ns)
        writing = files.create(target, private=True)
        try:
            while chunk := reading.read(CHUNK):
                if cancel is not None:
                    cancel.check()
                writing.write(chunk)
            finish(writing, target, copy, files)
        finally:
            writing.close()


def change_of(path: str, staged: str, kept: str | None, link: str | None) -> Change:
    """A change of raw paths."""
    return Change(
        path=told(path),
        staged=told(staged),
        kept=None if kept is None else told(kept),
        link=None if link is None else told(link),
    )
