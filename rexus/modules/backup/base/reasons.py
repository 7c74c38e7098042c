"""Why the system refused something, in the reader's language: one table by the number of the error.

Problems keep the system's own words as their ``why`` or ``reason``, for logs, programs and whoever searches for them;
they are translated where a sentence is told. What a database engine says is left as it is.
"""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Callable

from .saying import N_

_BY_NUMBER = {
    errno.EPERM: N_("Operation not permitted"),
    errno.ENOENT: N_("No such file or directory"),
    errno.EIO: N_("Input/output error"),
    errno.ENOMEM: N_("Cannot allocate memory"),
    errno.EACCES: N_("Permission denied"),
    errno.EBUSY: N_("Device or resource busy"),
    errno.EEXIST: N_("File exists"),
    errno.EXDEV: N_("Invalid cross-device link"),
    errno.ENODEV: N_("No such device"),
    errno.ENOTDIR: N_("Not a directory"),
    errno.EISDIR: N_("Is a directory"),
    errno.EINVAL: N_("Invalid argument"),
    errno.ENFILE: N_("Too many open files in system"),
    errno.EMFILE: N_("Too many open files"),
    errno.EFBIG: N_("File too large"),
    errno.ENOSPC: N_("No space left on device"),
    errno.EROFS: N_("Read-only file system"),
    errno.EPIPE: N_("Broken pipe"),
    errno.ENAMETOOLONG: N_("File name too long"),
    errno.ENOTEMPTY: N_("Directory not empty"),
    errno.ELOOP: N_("Too many levels of symbolic links"),
    errno.EDQUOT: N_("Disk quota exceeded"),
    errno.ESTALE: N_("Stale file handle"),
    errno.ENOTCONN: N_("Transport endpoint is not connected"),
    errno.ENETUNREACH: N_("Network is unreachable"),
    errno.EHOSTUNREACH: N_("No route to host"),
    errno.EHOSTDOWN: N_("Host is down"),
    errno.ECONNREFUSED: N_("Connection refused"),
    errno.ECONNRESET: N_("Connection reset by peer"),
    errno.ETIMEDOUT: N_("Connection timed out"),
}
_OTHERS = (
    N_("Name or service not known"),
    N_("Temporary failure in name resolution"),
    N_("No address associated with hostname"),
    N_("timed out"),
    N_("not a regular file"),
)
"""What other libraries say in words that never change."""
_OF_SQLITE = {
    "access permission denied": _BY_NUMBER[errno.EACCES],
    "attempt to write a readonly database": N_("it may only be read"),
    "database disk image is malformed": N_("its pages do not fit together"),
    "database is locked": N_("another program holds it"),
    "database or disk is full": _BY_NUMBER[errno.ENOSPC],
    "database table is locked": N_("another program holds it"),
    "disk I/O error": N_("its disk can't be read or written"),
    "file is not a database": N_("it is no SQLite database"),
    "header": N_("its first page makes no sense"),
    "locking protocol": N_("another program holds it"),
    "out of memory": _BY_NUMBER[errno.ENOMEM],
    "transaction": N_("it was not left in peace while it was read"),
    "unable to open database file": N_("it can't be opened"),
}
"""What SQLite says by each of its codes (sqlite3_errstr), and what we say where it has no words."""
_WRITE_PROTECT = 19
"""ERROR_WRITE_PROTECT, which C programs are told as a denied permission."""


def _of_windows() -> dict[str, str]:
    """What Windows says in the words of its own language where others have a number (winerror.h)."""
    if sys.platform != "win32":
        return {}
    import ctypes

    return {ctypes.FormatError(_WRITE_PROTECT): _BY_NUMBER[errno.EROFS]}


_KNOWN = {
    **{text: text for text in (*_BY_NUMBER.values(), *_OTHERS)},
    **{os.strerror(number): text for number, text in _BY_NUMBER.items()},
    **_OF_SQLITE,
    **_of_windows(),
}
_NUMBER = r"\[(?:Errno|WinError) -?\d+\] "
_WITHIN = rf"(?:(?<=\A)|(?<=: ))({'|'.join(map(re.escape, sorted(_KNOWN, key=len, reverse=True)))})(?=\Z|[:.,(])"
_FORMS = (
    (r"JSON is malformed: .*\(byte (?P<byte>\d+)\)", N_("it is no valid JSON (byte {byte})")),
    (r"Input data was truncated", N_("it ends too early")),
    (r"Object missing required field `(?P<name>[^`]+)`.*", N_("«{name}» is missing")),
    (r"Error -\d+ .*", N_("the compressed bytes are damaged")),
)
"""What the readers of JSON and of compressed bytes say, with what of it helps; compiled when something is wrong."""


def in_words(reason: str, translated: Callable[[str], str]) -> str:
    """``reason`` with the parts that are known in the reader's language; anything else as it is."""
    plain = re.sub(_NUMBER, "", reason)
    for form, text in _FORMS:
        found = re.fullmatch(form, plain)
        if found:
            return translated(text).format_map(found.groupdict())
    return re.sub(_WITHIN, lambda found: translated(_KNOWN[found[1]]), plain)


def numbers(reason: str) -> set[int]:
    """The numbers of the system's errors that ``reason`` tells of."""
    plain = re.sub(_NUMBER, "", reason)
    texts = {_KNOWN[found[1]] for found in re.finditer(_WITHIN, plain)}
    return {number for number, text in _BY_NUMBER.items() if text in texts}
