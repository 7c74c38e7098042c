"""What is known of a folder before anything is put there: its disk, its space, who owns what is in it."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from pathlib import Path

from ..base.files import in_the_way, os_path
from ..base.records import Record
from .finding import FoundBackups, backups_in

_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "afpfs", "webdav", "davfs", "fuse.sshfs", "fuse.rclone", "ncpfs"}
)
_DRIVE_REMOTE = 4
_TOLD = 5


class Place(Record, frozen=True, kw_only=True):
    """A folder that backups may go to; nothing was made or changed to find this out."""

    path: str
    exists: bool = False
    blocked_by: str = ""
    """What is no folder where ``path`` or one above it must be one."""
    writable: bool = True
    network: bool = False
    free_bytes: int | None = None
    backups: FoundBackups | None = None
    """Backup sets that are there already."""
    strangers: tuple[str, ...] = ()
    """Names of things there that no backup made."""


def place_of(path: Path) -> Place:
    """Look at ``path``. Raises nothing."""
    blocked = in_the_way(path)
    near = nearest(path)
    backups = backups_in(path)
    free: int | None = None
    with contextlib.suppress(OSError):
        free = shutil.disk_usage(os_path(near)).free
    return Place(
        path=str(path),
        exists=path.is_dir(),
        blocked_by=str(blocked) if blocked is not None else "",
        writable=os.access(os_path(near), os.W_OK | os.X_OK),
        network=is_network(near),
        free_bytes=free,
        backups=backups,
        strangers=() if backups is not None else _names(path),
    )


def nearest(path: Path) -> Path:
    """``path``, or the first folder above it that there is."""
    for one in (path, *path.parents):
        if os.path.isdir(os_path(one)):  # noqa: PTH112  asks where rights lack
            return one
    return path


def same_disk(path: Path, databases: dict[str, str]) -> str:
    """The name of a database on the disk that ``path`` is or would be on, or nothing."""
    try:
        device = nearest(path).stat().st_dev
    except OSError:
        return ""
    for name, place in databases.items():
        with contextlib.suppress(OSError):
            if Path(place).stat().st_dev == device:
                return name
    return ""


def is_network(path: Path) -> bool:
    """Whether ``path`` is on another machine, as far as this one tells."""
    text = str(path)
    if text.startswith(("\\\\", "//")):
        return True
    if sys.platform == "win32":
        import ctypes

        return bool(ctypes.windll.kernel32.GetDriveTypeW(f"{path.drive}\\") == _DRIVE_REMOTE)
    import psutil  # type: ignore[import-untyped,unused-ignore]  # it has no types of its own

    kind, longest = "", -1
    with contextlib.suppress(OSError):
        for one in psutil.disk_partitions(all=True):
            if len(one.mountpoint) > longest and path.is_relative_to(one.mountpoint):
                kind, longest = one.fstype, len(one.mountpoint)
    return kind.casefold() in _NETWORK


def _names(path: Path) -> tuple[str, ...]:
    """A few names of what is there; none of a folder that can't be read."""
    try:
        return tuple(sorted(os.listdir(os_path(path)))[:_TOLD])  # noqa: PTH208
    except OSError:
        return ()
