"""What a restore of files would do, and all that it must refuse: every entry, its place, its proof. Changes nothing."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass, replace
from pathlib import Path

from ..base.cancel import CancelToken
from ..base.errors import BadInput, Damaged, Refused
from ..base.files import PARTIAL, WINDOWS
from ..base.records import FileCopy, FileSetBackup, Problem, Severity
from .file_names import caseless, is_safe, told, untold, windows_forbids
from .file_patterns import IGNORES_CASE, Patterns
from .file_reads import hash_of, here, is_link, lies_in, open_plain, points_to, real
from .file_scan import RESTORING
from .filesets import Tools
from .filesets_undo import may_keep_in
from .filesets_verify import legacy_expanded, problem_of
from .kit import SAFETY


@dataclass(frozen=True, slots=True)
class FilesOrder:
    """What to bring back, and where. ``only`` names files, folders or patterns.

    ``safety`` keeps what is replaced and lies below ``safety`` in the backup folder. With a ``run`` (of `new_run`)
    the restore stays open, to be finished or undone with all others of that run.
    """

    destination: Path
    only: tuple[str, ...] = ()
    overwrite: bool = False
    safety: Path | None = None
    run: str = ""
    journals: Path | None = None
    """Where the journal is kept instead of the backup folder, when that can't be written."""


class FilesExist(Refused):
    """Different files are in the way; ``problems`` names each (``files.exists``)."""

    def __init__(self, sources: list[str]) -> None:
        super().__init__("files.exists", path=sources[0], count=len(sources))
        self.problems = tuple(Problem(code="files.exists", values={"path": path, "count": 1}) for path in sources)


@dataclass(frozen=True, slots=True)
class Item:
    """One entry and its place; ``path`` is raw, below the destination."""

    copy: FileCopy
    path: str
    target: Path
    exists: bool
    same: bool
    goes: bool = False
    """Its place was empty before a restore, and shall be empty again."""

    @property
    def staged(self) -> str:
        """Where the new file waits: beside its place, under a short name."""
        folder = self.path.rpartition("/")[0]
        name = f".{hashlib.sha256(self.path.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}{PARTIAL}"
        return f"{folder}/{name}" if folder else name


def differing(fileset: FileSetBackup, destination: Path, only: tuple[str, ...], root: Path | None = None) -> list[str]:
    """The sources whose file at ``destination`` is another one. Raises `BadInput`, `Refused`.

    With ``root`` also the files of folders in sets of the original program.
    """
    copies, _ = _chosen(fileset.files if root is None else legacy_expanded(fileset.files, root), only)
    items = [_item(copy, destination, CancelToken()) for copy in copies]
    items += _going(fileset, destination, only, CancelToken())
    return [item.copy.source for item in items if item.exists and not item.same]


def lacking(fileset: FileSetBackup, destination: Path, only: tuple[str, ...], root: Path) -> tuple[FileCopy, ...]:
    """The plain files at whose place at ``destination`` nothing is. Raises as `differing`."""
    copies, _ = _chosen(legacy_expanded(fileset.files, root), only)
    items = (_item(copy, destination, CancelToken()) for copy in copies)
    return tuple(item.copy for item in items if not item.exists and item.copy.checksum)


def _going(fileset: FileSetBackup, destination: Path, only: tuple[str, ...], cancel: CancelToken) -> list[Item]:
    """What a restore had put where nothing was, and is still as that put it. Raises `Refused`."""
    found: list[Item] = []
    for copy in fileset.absent if not only else ():
        path = untold(copy.source)
        if not is_safe(path) or any(caseless(part) == RESTORING for part in path.split("/")):
            raise Refused("files.unsafe_path", path=copy.source)
        item = _item(copy, destination, cancel)
        if item.exists and item.same:
            found.append(replace(item, same=False, goes=True))
    return found


def proven(fileset: FileSetBackup, root: Path, order: FilesOrder, tools: Tools) -> tuple[list[Item], list[Problem]]:
    """What is to come back, each with its place, when all of it can. Raises as `filesets_restore.restore_files`."""
    if order.safety is not None and not may_keep_in(order.safety, order.destination, root):
        raise Refused("files.unsafe_path", path=told(str(order.safety)))
    copies, problems = _chosen(legacy_expanded(fileset.files, root), order.only)
    items = [_item(copy, order.destination, tools.cancel) for copy in copies]
    _refuse_collisions(items)
    _refuse_root(items, order.destination, root)
    broken = [problem for copy in copies if (problem := problem_of(copy, root, tools.cancel)) is not None]
    if broken:
        raise Damaged("files.damaged", path=broken[0].values["path"], count=len(broken))
    different = [item.copy.source for item in items if item.exists and not item.same]
    if different and not order.overwrite:
        raise FilesExist(different)
    if order.overwrite:
        items += _going(fileset, order.destination, order.only, tools.cancel)
    return items, problems


def _chosen(copies: tuple[FileCopy, ...], only: tuple[str, ...]) -> tuple[list[FileCopy], list[Problem]]:
    """The entries that ``only`` means, the last of those that share a place, and those impossible here."""
    chosen: dict[str, FileCopy] = {}
    problems: list[Problem] = []
    by_backup = {copy.backup: copy for copy in copies}
    for copy in _asked(tuple(by_backup.values()), only):
        path = untold(copy.source)
        if not is_safe(path) or any(caseless(part) == RESTORING for part in path.split("/")):
            raise Refused("files.unsafe_path", path=copy.source)
        if not _is_possible(path):
            problems.append(_impossible(copy))
            continue
        earlier = chosen.pop(_key(path), None)
        if earlier is not None and earlier.source != copy.source:
            problems.append(_impossible(earlier))
        chosen[_key(path)] = copy
    if IGNORES_CASE:
        problems += [_impossible(chosen.pop(key)) for key in _clashing(chosen)]
    return list(chosen.values()), problems


def _key(path: str) -> str:
    """The same for two paths that are one file here."""
    return caseless(path) if IGNORES_CASE else path


def _is_possible(path: str) -> bool:
    if WINDOWS:
        return not any(windows_forbids(part) for part in path.split("/"))
    try:
        os.fsencode(path)
    except UnicodeEncodeError:  # a name of Windows that is no Unicode
        return False
    return True


def _impossible(copy: FileCopy) -> Problem:
    return Problem(code="files.impossible", severity=Severity.WARNING, values={"path": copy.source})


def _clashing(chosen: dict[str, FileCopy]) -> list[str]:
    """The keys of files and links whose name is, but for its case, that of a folder with other files in it."""
    above: dict[str, set[str]] = {}
    for copy in chosen.values():
        parts = untold(copy.source).split("/")
        for end in range(1, len(parts)):
            folder = "/".join(parts[:end])
            above.setdefault(_key(folder), set()).add(folder)
    return [
        key
        for key, copy in chosen.items()
        if not copy.folder and key in above and untold(copy.source) not in above[key]
    ]


def _asked(copies: tuple[FileCopy, ...], only: tuple[str, ...]) -> list[FileCopy]:
    if not only:
        return list(copies)
    meant: set[str] = set()
    for wanted in only:
        patterns = Patterns((wanted,))
        found = {copy.source for copy in copies if copy.source == wanted or patterns.match(copy.source)}
        if not found:
            raise BadInput("files.not_in_set", path=wanted)
        meant |= found
    return [copy for copy in copies if copy.source in meant]


def _item(copy: FileCopy, destination: Path, cancel: CancelToken) -> Item:
    """Find the place of ``copy``. Raises `Refused` when it lies outside or is taken by something else."""
    path = untold(copy.source)
    target = destination / path
    try:
        refuse_escape(copy, target, destination)
        status = here(target).lstat()
    except FileNotFoundError:
        _refuse_blocked(target, destination)
        return Item(copy, path, target, exists=False, same=False)
    except (NotADirectoryError, RuntimeError) as error:
        raise Refused("files.in_the_way", path=str(target)) from error
    except (OSError, ValueError) as error:
        raise Refused("files.unsafe_path", path=copy.source) from error
    link, folder = is_link(target), stat.S_ISDIR(status.st_mode)
    if copy.folder:
        if link or not folder:
            raise Refused("files.in_the_way", path=str(target))
        return Item(copy, path, target, exists=True, same=True)
    if not link and not stat.S_ISREG(status.st_mode):
        raise Refused("files.in_the_way", path=str(target))
    return Item(copy, path, target, exists=True, same=_is_same(copy, target, cancel))


def _refuse_blocked(target: Path, destination: Path) -> None:
    """Refuse a place whose folder can't be made because a file has its name (Windows says only “not found”)."""
    for folder in target.parents:
        if here(folder).exists():
            if not here(folder).is_dir():
                raise Refused("files.in_the_way", path=str(folder))
            return
        if folder == destination:
            return


def refuse_escape(copy: FileCopy, target: Path, destination: Path) -> None:
    """Refuse a place that links at the destination lead out of it."""
    if not lies_in(target.parent, destination):
        raise Refused("files.unsafe_path", path=copy.source)


def _is_same(copy: FileCopy, target: Path, cancel: CancelToken) -> bool:
    if is_link(target) or copy.link_target is not None:
        return copy.link_target is not None and is_link(target) and points_to(target) == untold(copy.link_target)
    if not copy.checksum or here(target).stat().st_size != copy.size_bytes:
        return False
    try:
        with open_plain(target) as reading:
            return hash_of(reading, copy.checksum_algorithm, cancel)[1] == copy.checksum
    except OSError:
        return False


def _refuse_collisions(items: list[Item]) -> None:
    """Nothing may lie beneath a file or link that comes back too."""
    leaves = {_key(item.path) for item in items if not item.copy.folder}
    for item in items:
        parts = _key(item.path).split("/")
        if any("/".join(parts[:end]) in leaves for end in range(1, len(parts))):
            raise Refused("files.unsafe_path", path=item.copy.source)


def _refuse_root(items: list[Item], destination: Path, root: Path) -> None:
    """No file comes back into the backup folder, where this program believes what it finds."""
    within = lies_in(destination, root)
    if not within and not lies_in(root, destination):
        return
    closed = _key(str(real(root / SAFETY if within else root)))
    for item in items:
        place = _key(str(real(item.target.parent) / item.target.name))
        if Path(place).is_relative_to(closed):
            raise Refused("files.unsafe_path", path=item.copy.source)


def missing_folders(items: list[Item], destination: Path) -> list[str]:
    """Folders that must be made, raw and with ``/``, each after the one it lies in."""
    wanted: set[str] = set()
    for item in items:
        parts = item.path.split("/")
        last = len(parts) + 1 if item.copy.folder else len(parts)
        wanted |= {"/".join(parts[:end]) for end in range(1, last)}
    return sorted(name for name in wanted if not here(destination / name).is_dir())
