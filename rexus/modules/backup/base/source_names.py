"""Paths of copied files as the manifest tells them.

The manifest is Unicode; a name on disk may not be. A ``source`` (or ``link_target``) that starts with ``%%`` is
escaped: behind the mark ``%XX`` is one byte that is no UTF-8, ``%uXXXX`` half of a UTF-16 pair, ``%25`` a percent sign.
Any other ``source`` is the name as it is, percent signs included.
"""

from __future__ import annotations

import re

_MARK = "%%"
_SURROGATE = r"[%\ud800-\udfff]"
_ESCAPED = re.compile(r"%u([0-9A-F]{4})|%([0-9A-F]{2})")


def told(name: str) -> str:
    """A path from the disk as it stands in the manifest; see the module."""
    if name.startswith(_MARK) or any("\ud800" <= character <= "\udfff" for character in name):
        return _MARK + re.sub(_SURROGATE, lambda found: escaped(found[0]), name)
    return name


def untold(source: str) -> str:
    """The path on disk of what `told` returned."""
    if not source.startswith(_MARK):
        return source
    return _ESCAPED.sub(_unescape, source[len(_MARK) :])


def is_safe(path: str) -> bool:
    r"""Whether a path with ``/`` is relative and stays where it begins, without looking at the disk.

    What Windows takes for something else (``C:x``, ``a\b``, ``...``) is an ordinary name elsewhere: whoever writes
    to a disk must look at that too.
    """
    return "\0" not in path and all(part not in ("", ".", "..") for part in path.split("/"))


def escaped(character: str) -> str:
    """One character, as the escape that stands for it."""
    point = ord(character)
    if 0xDC80 <= point <= 0xDCFF:
        return f"%{point - 0xDC00:02X}"
    return f"%u{point:04X}" if point > 0xFF else f"%{point:02X}"


def _unescape(found: re.Match[str]) -> str:
    if found[1]:
        return chr(int(found[1], 16))
    byte = int(found[2], 16)
    return chr(byte) if byte < 0x80 else chr(0xDC00 + byte)
