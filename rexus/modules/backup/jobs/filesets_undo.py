"""What makes a restore of files all or nothing: a journal in the backup folder, and the way back.

While files are restored, ``safety/.restoring-<run>.json`` in the backup folder tells all that is about to be done, and
the folder `WORK` at every destination holds nothing but the random name of that run. So nothing that lies at a
destination is ever believed, and whoever finds it later (a dead run's successor) calls `undo`: then everything is as
it was before. A run may hold several journals, which are committed together.
"""

from __future__ import annotations

import contextlib
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ..base.cancel import CancelToken
from ..base.errors import Refused, StoreFailed
from ..base.files import PARTIAL, WINDOWS, Files, publish
from ..base.records import FileCopy, Record
from .file_names import is_safe, told, untold
from .file_reads import CHUNK, hash_of, here, is_link, is_plain_folder, lies_in, listed, open_plain, points_to, real
from .file_scan import RESTORING
from .filesets import finish as finish_copy
from .filesets import remove_tree
from .kit import SAFETY

WORK = RESTORING
_POINTER = "run"
_TOKEN = re.compile(r"[0-9a-f]{32}")
_FILE = re.compile(r"\.restoring-([0-9a-f]{32})\.json")


class Change(Record, frozen=True, kw_only=True):
    """One path below the destination that the restore changes; paths as `file_names.told`."""

    path: str
    staged: str
    kept: str | None = None
    """Where the old file is kept, below the safety folder; None if there was none."""
    mode: int | None = None
    """Permission bits of the old file; the kept one may be closer."""
    link: str | None = None
    """What the old link pointed to."""


class Journal(Record, frozen=True, kw_only=True):
    """All that one restore is about to do at one destination."""

    key: str
    destination: str
    over: bool = False
    """Nothing of it is at the destination (not yet, or no longer)."""
    replacing: bool = False
    """Old files may already be gone; until then only staged files and new folders need to go."""
    made: bool = False
    """The destination was not there before."""
    safety: str
    fresh: bool
    """The safety folder was made for this restore."""
    changes: tuple[Change, ...]
    folders: tuple[str, ...] = ()
    """Folders that were not there before."""


class Run(Record, frozen=True, kw_only=True):
    """Journals that are committed, or taken back, together."""

    committed: bool = False
    journals: tuple[Journal, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """One destination of a run; ``root`` is the backup folder."""

    destination: Path
    root: Path
    run: str

    @property
    def file(self) -> Path:
        """Where the journals of the run lie."""
        return self.root / SAFETY / f".restoring-{self.run}.json"


def new_run() -> str:
    """A name for one run that nobody can guess."""
    return secrets.token_hex(16)


def begin(place: Place, journal: Journal, files: Files) -> None:
    """Write the journal, durable, before anything is changed. Raises `OSError`, `Refused`."""
    files.make_folder(place.file.parent)
    earlier = _load(place) or Run()
    idle = msgspec.structs.replace(journal, over=True)
    _save(place, msgspec.structs.replace(earlier, journals=(*earlier.journals, idle)), files)
    if _pointer(place.destination) != place.run:
        files.make_folder(place.destination / WORK)
        publish(files, place.destination / WORK / _POINTER, place.run.encode())
    _save(place, msgspec.structs.replace(earlier, journals=(*earlier.journals, journal)), files)


def begin_replacing(place: Place, key: str, files: Files) -> None:
    """Note that from now on old files go. Raises `OSError`."""
    _mark(place, key, files, replacing=True)


def finish(destination: Path, files: Files, *, root: Path) -> None:
    """What was restored to ``destination`` stays, and so does all that belongs to the same run.

    Harmless where nothing is open. Raises `StoreFailed` (``files.write_failed``; then nothing is committed) and
    `Refused`. What can't be cleaned up afterwards waits for the next `undo`.
    """
    place = _place(destination, root)
    if place is None:
        return
    run = _known(place)
    try:
        if not run.committed:
            _save(place, msgspec.structs.replace(run, committed=True), files)
    except OSError as error:
        with contextlib.suppress(OSError):
            _save(place, run, files)
        raise StoreFailed(
            "files.write_failed", path=str(place.file), reason=error.strerror or type(error).__name__
        ) from error
    with contextlib.suppress(OSError):
        _clear(place, files)


def is_pending(destination: Path, *, root: Path | None = None) -> bool:
    """Whether a restore to ``destination`` did not come to its end.

    With ``root`` one that was committed, and only left something to be removed, is none.
    """
    if not is_plain_folder(destination / WORK):
        return False
    pointer = None if root is None else _pointer(destination)
    if root is None or pointer is None or not _TOKEN.fullmatch(pointer):
        return True
    try:
        run = _load(Place(destination, root, pointer))
    except (OSError, msgspec.MsgspecError):
        return True
    return run is None or not run.committed


def open_destinations(root: Path) -> tuple[Path, ...]:
    """Where restores left something to take back or to clean up, by what ``root`` knows."""
    found: dict[Path, None] = {}
    folder = root / SAFETY
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        named = _FILE.fullmatch(path.name)
        if named is None:
            continue
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            run = _load(Place(root, root, named[1])) or Run()
            found |= {Path(untold(one.destination)): None for one in run.journals}
    return tuple(found)


def refuse_foreign(destination: Path, root: Path) -> None:
    """Raise `Refused` where the destination holds an unfinished restore of another backup folder, or of nobody."""
    place = _place(destination, root)
    if place is not None:
        _known(place)


def undo(destination: Path, files: Files, *, root: Path, but_not: str = "") -> bool:
    """Bring ``destination`` back to what it was before an unfinished restore; may be begun again at any point.

    Only what ``root`` knows of is believed; the run ``but_not`` is left open. Returns whether something was taken
    back. Raises `StoreFailed` (``files.undo_failed``) when something can't be put back, and `Refused`
    (``files.foreign_journal``, ``files.in_the_way``), which changes nothing.
    """
    try:
        place = _place(destination, root)
        if place is None:
            if is_pending(destination):  # begun, or all but gone
                remove_tree(destination / WORK, files)
            _drop_forgotten(root, files)
            return False
        if place.run == but_not:
            return False
        run = _known(place)
        mine = [one.key for one in _of(run, place) if not one.over and not run.committed]
        for key in reversed(mine):
            _take_back(place, key, files)
        _clear(place, files)
    except (OSError, msgspec.MsgspecError) as error:
        raise StoreFailed("files.undo_failed", path=str(destination), reason=str(error)) from error
    return bool(mine)


def take_back(place: Place, key: str, files: Files) -> None:
    """Undo one journal of a run that goes on. Raises as `undo`."""
    try:
        run = _load(place)
        if run is not None and any(one.key == key and not one.over for one in run.journals):
            _take_back(place, key, files)
        if run is None or all(one.over or one.key == key for one in _of(run, place)):
            _clear(place, files)
    except (OSError, msgspec.MsgspecError) as error:
        raise StoreFailed("files.undo_failed", path=str(place.destination), reason=str(error)) from error


def _pointer(destination: Path) -> str | None:
    try:
        with open_plain(destination / WORK / _POINTER) as reading:
            return reading.read(100).decode("ascii", "replace")
    except FileNotFoundError:
        return None


def _place(destination: Path, root: Path) -> Place | None:
    """The run that is open at ``destination``. Raises `Refused` for what this program did not leave there."""
    work = destination / WORK
    if is_link(work) or (here(work).exists() and not is_plain_folder(work)):
        raise Refused("files.in_the_way", path=str(work))
    if not is_plain_folder(work):
        return None
    try:
        token = _pointer(destination)
    except OSError as error:
        raise Refused("files.foreign_journal", path=str(destination)) from error
    if token is None and {entry.name for entry in listed(work)} <= {_POINTER + PARTIAL}:
        return None
    if token is None or not _TOKEN.fullmatch(token):
        raise Refused("files.foreign_journal", path=str(destination))
    return Place(destination, root, token)


def _known(place: Place) -> Run:
    """The journals of the run. Raises `Refused` when ``root`` knows of none for this destination, `StoreFailed`."""
    try:
        run = _load(place)
    except (OSError, msgspec.MsgspecError) as error:
        raise StoreFailed("files.undo_failed", path=str(place.destination), reason=str(error)) from error
    if run is None or not _of(run, place):
        raise Refused("files.foreign_journal", path=str(place.destination))
    return run


def _of(run: Run, place: Place) -> list[Journal]:
    where = told(str(real(place.destination)))
    return [one for one in run.journals if one.destination == where]


def _load(place: Place) -> Run | None:
    try:
        with open_plain(place.file) as reading:
            run = msgspec.json.decode(reading.read(), type=Run)
    except FileNotFoundError:
        return None
    for journal in run.journals:
        paths = [name for one in journal.changes for name in (one.path, one.staged, one.kept or "x")]
        destination, safety = Path(untold(journal.destination)), Path(untold(journal.safety))
        if not all(is_safe(untold(one)) for one in (*paths, *journal.folders)):
            raise msgspec.ValidationError(f"unsafe path in {place.file}")
        if not may_keep_in(safety, destination, place.root):
            raise msgspec.ValidationError(f"unsafe safety folder in {place.file}")
    return run


def may_keep_in(safety: Path, destination: Path, root: Path) -> bool:
    """Whether ``safety`` lies where this program keeps old files, and so may be removed again."""
    below = lies_in(safety, root / SAFETY) and not lies_in(root / SAFETY, safety)
    return below or (lies_in(safety, destination / WORK) and not lies_in(destination / WORK, safety))


def _save(place: Place, run: Run, files: Files) -> None:
    publish(files, place.file, msgspec.json.encode(run))


def _mark(place: Place, key: str, files: Files, **what: bool) -> None:
    run = _load(place)
    assert run is not None, "begun"
    journals = tuple(msgspec.structs.replace(one, **what) if one.key == key else one for one in run.journals)
    _save(place, Run(journals=journals), files)


def _take_back(place: Place, key: str, files: Files) -> None:
    run = _load(place)
    assert run is not None, "begun"
    journal = next(one for one in run.journals if one.key == key)
    destination, touched = place.destination, set[Path]()
    for change in journal.changes:
        staged = destination / untold(change.staged)
        if here(staged.parent).is_dir():
            files.unlink(staged)
            touched.add(staged.parent)
    for change in journal.changes if journal.replacing else ():
        _put_back(destination, Path(untold(journal.safety)), change, files)
    for folder in sorted((destination / untold(name) for name in journal.folders), reverse=True):
        with contextlib.suppress(OSError):  # somebody else may have put something in it
            files.remove_folder(folder)
            touched.add(folder.parent)
    for folder in touched:
        if here(folder).is_dir():
            files.sync_folder(folder)
    _mark(place, key, files, over=True)


def _clear(place: Place, files: Files) -> None:
    """Remove what a run left at a destination where all of it is over, and the run itself after the last."""
    run = _load(place) or Run()
    gone = [] if run.committed else _of(run, place)
    for journal in gone:
        if journal.fresh:
            remove_tree(Path(untold(journal.safety)), files)
    if _pointer(place.destination) in (place.run, None) and is_pending(place.destination):
        remove_tree(place.destination / WORK, files)
    if any(journal.made for journal in gone):
        with contextlib.suppress(OSError):  # somebody else may have put something in it
            files.remove_folder(place.destination)
    _drop(place, run, files)


def _drop(place: Place, run: Run, files: Files) -> None:
    """Forget a run of which nothing is left anywhere."""
    destinations = {Path(untold(one.destination)) for one in run.journals}
    if not run.committed and not all(one.over for one in run.journals):
        return
    if not any(_pointer(one) == place.run for one in destinations):
        files.unlink(place.file)
        if here(place.file.parent).is_dir():
            files.sync_folder(place.file.parent)


def _drop_forgotten(root: Path, files: Files) -> None:
    """Forget the runs that died before their first mark at a destination, or after removing their last."""
    for entry in listed(root / SAFETY) if here(root / SAFETY).is_dir() else ():
        if found := _FILE.fullmatch(entry.name):
            place = Place(root, root, found[1])
            with contextlib.suppress(msgspec.MsgspecError):
                if (run := _load(place)) is not None:
                    _drop(place, run, files)


def _put_back(destination: Path, safety: Path, change: Change, files: Files) -> None:
    target, staged = destination / untold(change.path), destination / untold(change.staged)
    if not here(target.parent).is_dir():
        return
    if change.link is not None:
        if not (is_link(target) and points_to(target) == untold(change.link)):
            files.link(untold(change.link), staged)
            files.replace(staged, target)
    elif change.kept is None:
        files.unlink(target)
    else:
        kept = safety / untold(change.kept)
        if is_link(target) or not here(target).is_file() or not _same_bytes(kept, target):
            keep(kept, staged, files, mode=change.mode)
            files.replace(staged, target)


def _same_bytes(one: Path, other: Path) -> bool:
    with open_plain(one) as first, open_plain(other) as second:
        return hash_of(first, "sha256", CancelToken()) == hash_of(second, "sha256", CancelToken())


def keep(
    source: Path, target: Path, files: Files, cancel: CancelToken | None = None, *, mode: int | None = None
) -> None:
    """Copy a regular file with its time and its mode (or ``mode``), durable. Raises `OSError`, `Cancelled`."""
    with open_plain(source) as reading:
        status = here(source).stat()
        bits = None if WINDOWS else status.st_mode & 0o777 if mode is None else mode
        copy = FileCopy(source="", backup="", mode=bits, mtime_ns=status.st_mtime_ns)
        writing = files.create(target, private=True)
        try:
            while chunk := reading.read(CHUNK):
                if cancel is not None:
                    cancel.check()
                writing.write(chunk)
            finish_copy(writing, target, copy, files)
        finally:
            writing.close()
