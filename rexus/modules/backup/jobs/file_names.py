"""Names of copied files: as the manifest tells them and as the backup folder stores them.

The manifest is Unicode; a name on disk may not be. A ``source`` (or ``link_target``) that starts with ``%%`` is
escaped: behind the mark ``%XX`` is one byte that is no UTF-8, ``%uXXXX`` half of a UTF-16 pair, ``%25`` a percent sign.
Any other ``source`` is the name as it is, percent signs included.

A stored name must be possible on every system, because the folder may be copied to one: what Windows forbids,
bytes that are no UTF-8, percent signs and the suffix of unfinished files are written ``%XX``. What would be too long,
or the same as another name where case does not count, is stored as ``%/`` and the SHA-256 of its source.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

from ..base.files import PARTIAL

_MARK = "%%"
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\%\ud800-\udfff]')
_SURROGATE = re.compile(r"[%\ud800-\udfff]")
_ESCAPED = re.compile(r"%u([0-9A-F]{4})|%([0-9A-F]{2})")
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])[ ]*(\.|$)", re.IGNORECASE)
_LONGEST_NAME = 255 - len(PARTIAL)
"""Bytes of one name, with room for the suffix of an unfinished file."""
_LONGEST_PATH = 700
"""Bytes of a stored path below its set's folder."""


def told(name: str) -> str:
    """A path from the disk as it stands in the manifest; see the module."""
    if name.startswith(_MARK) or any("\ud800" <= character <= "\udfff" for character in name):
        return _MARK + _SURROGATE.sub(lambda found: _escape(found[0]), name)
    return name


def untold(source: str) -> str:
    """The path on disk of what `told` returned."""
    if not source.startswith(_MARK):
        return source
    return _ESCAPED.sub(_unescape, source[len(_MARK) :])


def _escape(character: str) -> str:
    point = ord(character)
    if 0xDC80 <= point <= 0xDCFF:
        return f"%{point - 0xDC00:02X}"
    return f"%u{point:04X}" if point > 0xFF else f"%{point:02X}"


def _unescape(found: re.Match[str]) -> str:
    if found[1]:
        return chr(int(found[1], 16))
    byte = int(found[2], 16)
    return chr(byte) if byte < 0x80 else chr(0xDC00 + byte)


class StoredNames:
    """Gives every source of one set a stored path of its own."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def give(self, source: str) -> str:
        """The stored path, with ``/`` and below the set's folder, for a path from the disk."""
        stored = "/".join(_safe(name) for name in source.split("/"))
        too_long = len(stored.encode()) > _LONGEST_PATH or any(
            len(name.encode()) > _LONGEST_NAME for name in stored.split("/")
        )
        if too_long or not self._take(stored):
            stored = f"%/{hashlib.sha256(source.encode('utf-8', 'surrogatepass')).hexdigest()}"
            self._take(stored)
        return stored

    def give_folder(self, source: str) -> str:
        """The same for a folder, which may be given any number of times."""
        stored = "/".join(_safe(name) for name in source.split("/"))
        key = unicodedata.normalize("NFC", stored).casefold()
        if len(stored.encode()) > _LONGEST_PATH or key in self._files:
            return f"%/{hashlib.sha256(source.encode('utf-8', 'surrogatepass')).hexdigest()}"
        self._folders.add(key)
        return stored

    def _take(self, stored: str) -> bool:
        key = unicodedata.normalize("NFC", stored).casefold()
        parts = key.split("/")
        above = {"/".join(parts[:end]) for end in range(1, len(parts))}
        if key in self._files or key in self._folders or above & self._files:
            return False
        self._files.add(key)
        self._folders |= above
        return True


def _safe(name: str) -> str:
    safe = _FORBIDDEN.sub(lambda found: _escape(found[0]), name)
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


def is_safe(path: str) -> bool:
    """Whether a path with ``/`` is relative and stays where it begins, without looking at the disk."""
    return "\0" not in path and all(part not in ("", ".", "..") for part in path.split("/"))
