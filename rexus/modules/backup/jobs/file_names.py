"""Names of copied files as the backup folder stores them; how the manifest tells them is in `base.source_names`.

A stored name must be possible on every system, because the folder may be copied to one: what Windows forbids,
bytes that are no UTF-8, percent signs and the suffix of unfinished files are written ``%XX``. What would be too long,
or the same as another name where case does not count, is stored as ``%/`` and the SHA-256 of its source.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

from ..base.files import PARTIAL
from ..base.source_names import escaped, is_safe, told, untold

__all__ = ["StoredNames", "caseless", "is_safe", "told", "untold", "windows_forbids"]

_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\%\ud800-\udfff]')
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])[ ]*(\.|$)", re.IGNORECASE)
_LONGEST_NAME = 255 - len(PARTIAL)
"""Bytes of one name, with room for the suffix of an unfinished file."""
_LONGEST_PATH = 700
"""Bytes of a stored path below its set's folder."""


def caseless(path: str) -> str:
    """What two paths share that are the same file where case (and the form of accents) does not count."""
    return unicodedata.normalize("NFC", path).casefold()


class StoredNames:
    """Gives every source of one set a stored path of its own."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def give(self, source: str) -> str:
        """The stored path, with ``/`` and below the set's folder, for a path from the disk."""
        stored = _stored(source)
        if stored is None or not self._take(stored):
            stored = _hashed(source)
            self._take(stored)
        return stored

    def give_folder(self, source: str) -> str:
        """The same for a folder, which may be given any number of times."""
        stored = _stored(source)
        if stored is None:
            return _hashed(source)
        key = caseless(stored)
        whole = {key, *_above(key)}
        if whole & self._files:  # beneath a stored file or link
            return _hashed(source)
        self._folders |= whole
        return stored

    def _take(self, stored: str) -> bool:
        key = caseless(stored)
        above = _above(key)
        if key in self._files or key in self._folders or above & self._files:
            return False
        self._files.add(key)
        self._folders |= above
        return True


def _above(key: str) -> set[str]:
    parts = key.split("/")
    return {"/".join(parts[:end]) for end in range(1, len(parts))}


def _stored(source: str) -> str | None:
    """``source`` in names that are possible everywhere, or None when that becomes too long."""
    stored = "/".join(_safe(name) for name in source.split("/"))
    too_long = any(len(name.encode()) > _LONGEST_NAME for name in stored.split("/"))
    return None if too_long or len(stored.encode()) > _LONGEST_PATH else stored


def _hashed(source: str) -> str:
    return f"%/{hashlib.sha256(source.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _safe(name: str) -> str:
    safe = _FORBIDDEN.sub(lambda found: escaped(found[0]), name)
    if safe[-1:] in (".", " "):
        safe = f"{safe[:-1]}%{ord(safe[-1]):02X}"
    if _RESERVED.match(safe):
        safe = f"%{ord(safe[0]):02X}{safe[1:]}"
    if safe.casefold().endswith(PARTIAL):
        safe = f"{safe[: -len(PARTIAL)]}%2E{safe[1 - len(PARTIAL) :]}"
    return safe


def windows_forbids(name: str) -> bool:
    """Whether Windows can't have a file of this name (or would take it for a device or another folder)."""
    return _safe(name.replace("%", "_")).partition("%")[1] == "%" and not name.casefold().endswith(PARTIAL)
