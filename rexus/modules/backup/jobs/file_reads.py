"""Looking at files and reading them, also where a path is longer than Windows usually takes. Nothing is changed."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ..base.cancel import CancelToken
from ..base.files import WINDOWS, os_path

CHUNK = 1 << 20
_JUNCTION = 0xA0000003
"""Reparse tag of a Windows junction, which is a link although it is not called one."""
_LONG_SHARE, _LONG = "\\\\?\\UNC\\", "\\\\?\\"


def here(path: Path) -> Path:
    """``path`` in the form in which the system finds it; not for telling and not for joining relative paths."""
    return Path(os_path(path))


_MORE_DATA = 234
"""ERROR_MORE_DATA."""


def real(path: Path) -> Path:
    """``path`` without links, as far as it exists, in the usual form. Raises `OSError`, `ValueError`."""
    try:
        found = str(here(path).resolve())
    except RuntimeError as error:  # a loop of links, before Python 3.13
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from error
    except OSError as error:  # a long path that can be used, but whose final form can't be asked for
        if getattr(error, "winerror", None) != _MORE_DATA or is_link(path) or path.parent == path:
            raise
        return real(path.parent) / path.name
    if WINDOWS and found.startswith(_LONG_SHARE):
        return Path("\\\\" + found[len(_LONG_SHARE) :])
    return Path(found[len(_LONG) :] if WINDOWS and found.startswith(_LONG) else found)


def lies_in(path: Path, folder: Path) -> bool:
    """Whether ``path`` is in ``folder`` or is it, all links followed; False where that can't be told."""
    try:
        return real(path).is_relative_to(real(folder))
    except (OSError, ValueError):
        return False


def status_is_link(status: os.stat_result) -> bool:
    """Whether what ``lstat`` returned is of a symbolic link or junction."""
    return stat.S_ISLNK(status.st_mode) or getattr(status, "st_reparse_tag", 0) == _JUNCTION


def is_link(path: Path) -> bool:
    """Whether ``path`` is a link of any kind; False when it is not there. Raises `OSError`."""
    try:
        return status_is_link(here(path).lstat())
    except FileNotFoundError:
        return False


def is_plain_folder(path: Path) -> bool:
    """Whether ``path`` is a folder and no link to one. Raises `OSError`."""
    return here(path).is_dir() and not is_link(path)


def points_to(link: Path) -> str:
    """What a link points to, as it is written in it. Raises `OSError`."""
    return str(here(link).readlink())


def listed(folder: Path) -> list[os.DirEntry[str]]:
    """What is in ``folder``, in the order of names; only the names of the entries may be relied on as paths.

    Raises `OSError`.
    """
    with os.scandir(os_path(folder)) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def leaves(folder: Path) -> Iterator[Path]:
    """Files and links below ``folder``; links are not followed, and what can't be read is passed over."""
    try:
        entries = listed(folder)
    except OSError:
        return
    for entry in entries:
        path = folder / entry.name
        if entry.is_dir(follow_symlinks=False) and not is_link(path):
            yield from leaves(path)
        else:
            yield path


def open_plain(path: Path) -> BinaryIO:
    """Open a regular file for reading; no link, and never waiting for a pipe. Raises `OSError`."""
    if WINDOWS and is_link(path):  # there is no O_NOFOLLOW
        raise OSError(errno.EINVAL, "a link")
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    opened = os.fdopen(os.open(os_path(path), flags), "rb", buffering=0)
    if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
        opened.close()
        raise OSError(errno.EINVAL, "not a regular file")
    return opened


def hash_of(reading: BinaryIO, algorithm: str, cancel: CancelToken) -> tuple[int, str]:
    """Size in bytes and checksum of what is left to read. Raises `OSError`, `Cancelled`."""
    digest, size = hashlib.new(algorithm, usedforsecurity=False), 0
    while chunk := reading.read(CHUNK):
        cancel.check()
        digest.update(chunk)
        size += len(chunk)
    return size, digest.hexdigest()
