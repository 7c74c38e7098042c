"""Names of sets, of manifests and of files inside the root; what a stranger's manifest may not name."""

from __future__ import annotations

import re
from pathlib import Path

from ..base.errors import Damaged

PREFIX = "backup_manifest_"
SUFFIX = ".json"
ORIGINAL = ".original"
"""Suffix of the untouched manifest of the original program, kept when its set gets checks or a pin."""

SET_NAME = re.compile(r"[0-9]{8}_[0-9]{6}(_[0-9]+)?", re.ASCII)
"""``20250806_143052``, with ``_2`` and so on behind it."""

_DRIVE = re.compile(r"[A-Za-z]:")


def is_set_name(name: str) -> bool:
    """Whether ``name`` has the form of a set's name."""
    return SET_NAME.fullmatch(name) is not None


def order_of(set_name: str) -> tuple[str, int]:
    """Sorts names of sets by time, ``_10`` behind ``_2``."""
    return set_name[:15], int(set_name[16:] or 1) if len(set_name) < 40 else 0


def manifest_path(root: Path, set_name: str) -> Path:
    """Where the manifest of a set lies. Raises `ValueError` for what is no name of a set."""
    if not is_set_name(set_name):
        raise ValueError(f"not a set's name: {set_name!r}")
    return root / f"{PREFIX}{set_name}{SUFFIX}"


def set_of(file_name: str) -> str | None:
    """The set that the manifest file ``file_name`` should describe, or None if no set has such a name."""
    if not (file_name.startswith(PREFIX) and file_name.endswith(SUFFIX)):
        return None
    name = file_name[len(PREFIX) : -len(SUFFIX)]
    return name if is_set_name(name) else None


def is_plain(name: str) -> bool:
    r"""Whether ``name`` is a relative path with ``/`` that stays below its root on every system.

    Refused are absolute paths, drive letters, ``\``, NUL, lone surrogates, and parts that are empty or nothing but
    dots and blanks (Windows drops those at the end, and ``".. "`` becomes ``".."``).
    """
    if not name or "\\" in name or "\0" in name or _DRIVE.match(name) or not all(map(_is_part, name.split("/"))):
        return False
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_part(part: str) -> bool:
    return bool(part.strip(". "))


def is_database_name(name: str) -> bool:
    """Whether ``name`` may be a database's: one plain part without control characters (it becomes a file's name)."""
    return is_plain(name) and "/" not in name and name.isprintable()


def inside(root: Path, name: str, *, follow: bool = True) -> Path:
    """The path of ``name`` below ``root``, with no symbolic link on the way out of the root.

    With ``follow`` false the last part itself may be a link to anywhere (a copied link is restored as one).
    Raises `Damaged` (``manifest.hostile_path``).
    """
    if not is_plain(name):
        raise Damaged("manifest.hostile_path", file=str(root), name=ascii(name))
    path = root / name
    try:
        home = root.resolve()
        leads_to = path.resolve() if follow else path.parent.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links is a RuntimeError before Python 3.13
        raise Damaged("manifest.hostile_path", file=str(root), name=name) from error
    if not leads_to.is_relative_to(home):
        raise Damaged("manifest.hostile_path", file=str(root), name=name)
    return path
