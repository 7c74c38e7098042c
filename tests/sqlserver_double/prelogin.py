"""The first message both ways: versions, and whether what follows is encrypted (MS-TDS 2.2.6.5)."""

from __future__ import annotations

import struct
from typing import Literal

OFF, ON, NOT_SUPPORTED, REQUIRED = 0, 1, 2, 3
Encryption = Literal["off", "on", "required", "not_supported", "login_only"]
"""How a server is set up.

``off``: whatever the client wishes, at least the login; ``on`` and ``required``: all of it (answered with 1 and 3);
``not_supported``: none; ``login_only``: never more than the login, which clients that insist on encryption refuse.
"""

_ANSWERS: dict[Encryption, dict[int, int]] = {
    "off": {OFF: OFF, ON: ON, NOT_SUPPORTED: NOT_SUPPORTED, REQUIRED: ON},
    "on": dict.fromkeys(range(4), ON),
    "required": dict.fromkeys(range(4), REQUIRED),
    "not_supported": dict.fromkeys(range(4), NOT_SUPPORTED),
    "login_only": dict.fromkeys(range(4), OFF),
}
_VERSION, _ENCRYPTION, _INSTANCE, _THREAD, _MARS = range(5)
_OPTION = struct.Struct(">BHH")
_END = b"\xff"


def options(message: bytes) -> dict[int, bytes]:
    """What a client says, by token; offsets are big-endian here and only here."""
    found: dict[int, bytes] = {}
    at = 0
    while message[at : at + 1] != _END:
        token, start, length = _OPTION.unpack_from(message, at)
        found[token] = message[start : start + length]
        at += _OPTION.size
    return found


def agreed(server: Encryption, client: bytes) -> int:
    """What the server answers to a client's PRELOGIN: one of the four numbers."""
    wish = options(client).get(_ENCRYPTION, bytes([NOT_SUPPORTED]))[0]
    return _ANSWERS[server][wish & 0x03]


def answer(version: tuple[int, int, int], encryption: int) -> bytes:
    """The server's PRELOGIN: its version, its word on encryption, and no instance name, thread or MARS."""
    values = [
        (_VERSION, struct.pack(">BBHH", *version, 0)),
        (_ENCRYPTION, bytes([encryption])),
        (_INSTANCE, b"\x00"),
        (_THREAD, b""),
        (_MARS, b"\x00"),
    ]
    start = _OPTION.size * len(values) + len(_END)
    head = b""
    for token, value in values:
        head += _OPTION.pack(token, start, len(value))
        start += len(value)
    return head + _END + b"".join(value for _, value in values)
