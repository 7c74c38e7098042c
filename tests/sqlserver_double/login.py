"""LOGIN7, and what a server says to it (MS-TDS 2.2.6.4)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from . import tokens
from .answers import Environment, Login, Message, Session
from .packet import SIZE
from .wire_types import COLLATION

INTEGRATED = 0x80
"""In OptionFlags2: Windows says who it is."""
READ_ONLY = 0x20
"""In TypeFlags: a readable secondary is enough."""
LEAST, MOST = 512, 32767
"""Bytes a packet may have."""


def opened(scrambled: bytes) -> str:
    """The password as it was typed: each byte XOR 0xA5, then its halves swapped back."""
    plain = bytes((byte ^ 0xA5) >> 4 | ((byte ^ 0xA5) & 0x0F) << 4 for byte in scrambled)
    return plain.decode("utf-16-le")


def _field(message: bytes, at: int, size: int = 2) -> bytes:
    """What a pair of offset and count at ``at`` points to."""
    start, count = struct.unpack_from("<HH", message, at)
    return message[start : start + count * size]


def read(message: bytes, *, encrypted: bool) -> Login:
    """A client's LOGIN7."""

    def text(at: int) -> str:
        return _field(message, at).decode("utf-16-le")

    return Login(
        user=text(40),
        password=opened(_field(message, 44)),
        database=text(68),
        host=text(36),
        application=text(48),
        interface=text(60),
        process_id=struct.unpack_from("<I", message, 16)[0],
        integrated=bool(message[25] & INTEGRATED),
        encrypted=encrypted,
        read_only=bool(message[26] & READ_ONLY),
    )


def packet_size(message: bytes) -> int:
    """The bytes of a packet that the client asks for, within what is allowed; 0 leaves it to the server."""
    wanted = int(struct.unpack_from("<I", message, 8)[0])
    return min(max(wanted, LEAST), MOST) if wanted else SIZE


def welcome(session: Session, version: tuple[int, int, int], server: str, size: int) -> Iterator[bytes]:
    """The tokens that let somebody in, as the real server orders them."""
    yield tokens.environment(Environment(1, session.database, "master"))
    said = f"Changed database context to '{session.database}'."
    yield tokens.message(Message(5701, 10, said, state=2), server)
    yield tokens.environment(Environment(7, COLLATION))
    yield tokens.environment(Environment(2, session.language))
    yield tokens.message(Message(5703, 10, f"Changed language setting to {session.language}."), server)
    yield tokens.login_ack(version)
    yield tokens.environment(Environment(4, str(size), str(SIZE)))
    yield tokens.done(tokens.DONE, 0, 0)


def refusal(messages: tuple[Message, ...], server: str) -> Iterator[bytes]:
    """The tokens that let nobody in; the connection ends with them."""
    for one in messages:
        yield tokens.message(one, server)
    yield tokens.done(tokens.DONE, tokens.ERROR, 0)
