"""Backup files encrypted by a certificate: the frame of compressed records stays readable, their content does not.

The real cipher and the place of the thumbprint are not known; here the payload is combined with a stream of bytes
that follows from the thumbprint, which stands behind the file's first words.
"""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

from support.bak_packed import MAGIC, MARK_ALIGNMENT, RECORDS_AT

PLAIN, ENCRYPTED = 0x21, 0x33
THUMBPRINT_AT = 32
HEAD = 28
NO_VECTOR = b"\xff" * 16
"""Where an encrypted record has the beginning of its cipher."""


def encrypt(path: Path, thumbprint: bytes) -> None:
    """Encrypt a compressed backup file in place."""
    raw = bytearray(path.read_bytes())
    raw[THUMBPRINT_AT : THUMBPRINT_AT + 20] = thumbprint
    path.write_bytes(_turned(raw, thumbprint, PLAIN, ENCRYPTED))


def decrypt(path: Path, to: Path) -> None:
    """Write the file in clear (compressed, as it was before)."""
    raw = bytearray(path.read_bytes())
    to.write_bytes(_turned(raw, bytes(raw[THUMBPRINT_AT : THUMBPRINT_AT + 20]), ENCRYPTED, PLAIN))


def thumbprint_of(path: Path) -> bytes | None:
    """The certificate that the file is encrypted by; None for one in clear, or for no such file at all."""
    with path.open("rb") as file:
        head = file.read(RECORDS_AT + 1)
    if not head.startswith(MAGIC) or len(head) <= RECORDS_AT or head[RECORDS_AT] != ENCRYPTED:
        return None
    return head[THUMBPRINT_AT : THUMBPRINT_AT + 20]


def _turned(raw: bytearray, thumbprint: bytes, old: int, new: int) -> bytes:
    """Every record from one form to the other; filemarks stand between them in clear."""
    at = RECORDS_AT
    while at < len(raw):
        if raw[at] == old:
            (stored,) = struct.unpack_from("<H", raw, at + 2)
            vector = hashlib.sha256(thumbprint + struct.pack("<Q", at)).digest()[:16]
            raw[at] = new
            raw[at + 4 : at + 20] = vector if new == ENCRYPTED else NO_VECTOR
            content = slice(at + HEAD, at + HEAD + stored)
            raw[content] = _combined(raw[content], thumbprint + vector)
            at += HEAD + stored
        else:
            at += -at % MARK_ALIGNMENT
            if at + 10 > len(raw):
                break
            at += max(1, struct.unpack_from("<H", raw, at + 8)[0])
    return bytes(raw)


def _combined(data: bytes | bytearray, secret: bytes) -> bytes:
    key = hashlib.shake_256(secret).digest(len(data))
    return (int.from_bytes(data, "big") ^ int.from_bytes(key, "big")).to_bytes(len(data), "big")
