"""Names of stored files: relative, with ``/``, and possible on every system, because the folder may be moved to one."""

from __future__ import annotations

import re

from ..base.errors import Refused
from ..base.files import PARTIAL

_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\]')
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])[ ]*(\.|$)", re.IGNORECASE)
_LONGEST = 255
"""Bytes of one part of a name."""


def is_name(name: str) -> bool:
    """Whether ``name`` can be a stored file, or an unfinished one."""
    return all(is_part(part) for part in name.split("/"))


def is_part(part: str) -> bool:
    """The same for one part of it."""
    if not part or part[-1] in ". " or _FORBIDDEN.search(part) or _RESERVED.match(part):
        return False
    try:
        return len(part.encode()) <= _LONGEST
    except UnicodeEncodeError:  # half of a UTF-16 pair
        return False


def check_name(name: str) -> str:
    """``name`` itself. Raises `Refused` (``store.bad_name``)."""
    if not is_name(name):
        raise Refused("store.bad_name", name=name.encode("utf-8", "replace").decode())
    return name


def check_new_name(name: str) -> str:
    """``name`` itself, which must also leave room for the suffix of the unfinished file. Raises `Refused`."""
    if name.endswith(PARTIAL) or not is_name(name + PARTIAL):
        raise Refused("store.bad_name", name=name.encode("utf-8", "replace").decode())
    return check_name(name)
