"""What was laid into a host's tree, written down there, so that it can be taken out exactly."""

from __future__ import annotations

import enum
import hashlib
from pathlib import Path

import msgspec

from .errors import Refused
from .files import os_path
from .records import Record

NAME = ".rexus-backups-host.json"
"""In the root of the tree."""
_VERSION = 1


class Entry(Record, frozen=True, kw_only=True):
    """One file that was added or edited."""

    path: str
    """Below the tree, with ``/``."""
    after: str
    """SHA-256 of what we wrote."""
    before: str | None = None
    """SHA-256 of what was there; None: nothing was."""
    original: bytes | None = None
    """All of what was there."""
    mode: int | None = None
    mtime_ns: int | None = None


class Receipt(Record, frozen=True, kw_only=True):
    """Everything that an installation did, or set out to do."""

    version: int = _VERSION
    tool_version: str = ""
    installed_at: str = ""
    done: bool = False
    """False: it was cut short."""
    entries: tuple[Entry, ...] = ()
    """In the order they were written."""
    folders: tuple[str, ...] = ()
    """Folders that were made, parents first."""


class Standing(enum.Enum):
    """How a file of a receipt is now."""

    OURS = "ours"
    BACK = "back"
    """As it was before us."""
    CHANGED = "changed"


def sha(data: bytes) -> str:
    """SHA-256 of ``data``, in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def read(tree: Path) -> Receipt | None:
    """The receipt in ``tree``; None: there is none. Raises `Refused`."""
    path = tree / NAME
    data = content(path)
    if data is None:
        return None
    try:
        receipt = msgspec.json.decode(data, type=Receipt)
    except msgspec.MsgspecError as error:
        raise Refused("host.receipt_broken", path=str(path)) from error
    names = [one.path for one in receipt.entries] + list(receipt.folders)
    if receipt.version != _VERSION or any(not _is_inside(name) for name in names):
        raise Refused("host.receipt_broken", path=str(path))
    return receipt


def written(receipt: Receipt) -> bytes:
    """The receipt as it is stored."""
    return msgspec.json.format(msgspec.json.encode(receipt), indent=1) + b"\n"


def content(path: Path) -> bytes | None:
    """All of a file; None: there is nothing of that name. Raises `Refused`."""
    try:
        return Path(os_path(path)).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise Refused("host.unreadable", path=str(path), why=why) from error


def standing(tree: Path, entry: Entry) -> Standing:
    """Whether a file is still as we wrote it, is as it was before, or was changed since. Raises `Refused`."""
    data = content(tree / entry.path)
    found = None if data is None else sha(data)
    if found == entry.after:
        return Standing.OURS
    return Standing.BACK if found == entry.before else Standing.CHANGED


def _is_inside(name: str) -> bool:
    """Whether ``name`` is a plain path below the tree: a receipt lies where others may write, too."""
    return bool(name) and not set(name) & set(":\\") and not {"", ".", ".."} & set(name.split("/"))
