"""Prove copied files against the manifest, and look for copies that it does not name."""

from __future__ import annotations

import errno
import hashlib
import stat
from collections.abc import Callable
from pathlib import Path

from ..base.cancel import CancelToken
from ..base.errors import Refused
from ..base.files import PARTIAL, WINDOWS
from ..base.records import Depth, FileCopy, FileSetBackup, Problem, Severity
from .file_names import is_safe, told, untold
from .file_reads import hash_of, here, is_link, leaves, lies_in, open_plain, points_to

_LITTER = frozenset({"thumbs.db", "desktop.ini", ".ds_store"})
"""What file managers leave in every folder that somebody looks at."""
Progress = Callable[[int, int], None]


def verify_files(
    fileset: FileSetBackup, root: Path, depth: Depth, progress: Progress, cancel: CancelToken
) -> tuple[Problem, ...]:
    """What is missing, changed or unreadable (errors) and what nobody named (warnings). Raises `Cancelled`.

    Copies are stored as they are, so that every depth from `Depth.STORED` on compares every byte.
    """
    assert depth in Depth, "a depth"
    copies = legacy_expanded(_last_of_each(fileset.files), root)
    total, done = sum(copy.size_bytes for copy in copies), 0
    problems: list[Problem] = []
    for copy in copies:
        cancel.check()
        problem = problem_of(copy, root, cancel)
        if problem is not None:
            problems.append(problem)
        done += copy.size_bytes
        progress(done, total)
    return (*problems, *_extra(copies, root, cancel))


def stored_path(copy: FileCopy, root: Path) -> Path:
    """Where the copy lies. Raises `Refused` (``files.unsafe_path``) when that is outside the root."""
    if not is_safe(copy.backup) or (WINDOWS and ("\\" in copy.backup or ":" in copy.backup)):
        raise Refused("files.unsafe_path", path=copy.backup)
    path = root / copy.backup
    if not lies_in(path.parent, root):
        raise Refused("files.unsafe_path", path=copy.backup)
    return path


def problem_of(copy: FileCopy, root: Path, cancel: CancelToken) -> Problem | None:
    """What is wrong with one copy, or None. Raises `Cancelled`."""
    try:
        path = stored_path(copy, root)
        if copy.link_target is not None:
            return _problem_of_link(copy, path)
        return None if copy.folder or _is_intact(copy, path, cancel) else _problem("files.damaged", copy)
    except Refused as refused:
        return refused.problem
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            return _problem("files.missing", copy)
        if _is_something_else(root / copy.backup):
            return _problem("files.damaged", copy)
        # That it can't be read says nothing of its bytes.
        values: dict[str, str | int] = {"path": copy.backup, "why": error.strerror or str(error)}
        return Problem(code="verify.not_done", values=values)


def _is_something_else(path: Path) -> bool:
    """Whether a folder, a link or the like lies where a file should."""
    try:
        return not stat.S_ISREG(here(path).lstat().st_mode)
    except OSError:
        return False


def _problem_of_link(copy: FileCopy, path: Path) -> Problem | None:
    """A link lives in the manifest; where the folder could hold it too, it must be the same."""
    if is_link(path):
        return None if points_to(path) == untold(copy.link_target or "") else _problem("files.damaged", copy)
    return _problem("files.damaged", copy) if here(path).exists() else None


def _is_intact(copy: FileCopy, path: Path, cancel: CancelToken) -> bool:
    """Without a checksum (sets of the original program) it is enough that the copy can be opened."""
    with open_plain(path) as reading:
        if not copy.checksum:
            return True
        if copy.checksum_algorithm not in hashlib.algorithms_guaranteed:
            return False
        return hash_of(reading, copy.checksum_algorithm, cancel) == (copy.size_bytes, copy.checksum)


def legacy_expanded(copies: tuple[FileCopy, ...], root: Path) -> tuple[FileCopy, ...]:
    """``copies`` with every folder of the original program (which recorded no single files) as its files."""
    expanded: list[FileCopy] = []
    for copy in copies:
        if copy.folder and copy.checksum_algorithm != "sha256":
            expanded.extend(_files_of(copy, root))
        else:
            expanded.append(copy)
    return tuple(expanded)


def _files_of(copy: FileCopy, root: Path) -> list[FileCopy]:
    folder = stored_path(copy, root)
    return [
        FileCopy(
            source=f"{copy.source}/{told(path.relative_to(folder).as_posix())}",
            backup=f"{copy.backup}/{path.relative_to(folder).as_posix()}",
            size_bytes=here(path).stat().st_size,
            checksum_algorithm=copy.checksum_algorithm,
        )
        for path in leaves(folder)
        if not is_link(path)
    ]


def _last_of_each(copies: tuple[FileCopy, ...]) -> tuple[FileCopy, ...]:
    """The original program let copies of one name overwrite each other; the last entry describes what is there."""
    return tuple({copy.backup: copy for copy in copies}.values())


def _extra(copies: tuple[FileCopy, ...], root: Path, cancel: CancelToken) -> list[Problem]:
    """Files in the set's folder that the manifest does not name."""
    folders = {"/".join(copy.backup.split("/")[:2]) for copy in copies if is_safe(copy.backup)}
    known = {copy.backup for copy in copies}
    extra: list[Problem] = []
    for folder in sorted(name for name in folders if name.count("/") == 1):
        for path in leaves(root / folder):
            cancel.check()
            name = path.relative_to(root).as_posix()
            if name not in known and not name.endswith(PARTIAL) and path.name.casefold() not in _LITTER:
                extra.append(Problem(code="files.extra", severity=Severity.WARNING, values={"path": told(name)}))
    return extra


def _problem(code: str, copy: FileCopy) -> Problem:
    return Problem(code=code, values={"path": copy.source, "count": 1})
