"""Where sqlcmd writes to: its two streams, or a file; at once, or held back."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    pass

EOL = "\r\n" if os.name == "nt" else "\n"


class Sink:
    """Something to write to, unbuffered."""

    def __init__(self, descriptor: int, *, utf16: bool = False) -> None:
        self._descriptor, self._encoding = descriptor, "utf-16-le" if utf16 else "utf-8"

    def write(self, text: str) -> None:
        self.write_bytes(text.encode(self._encoding, "replace"))

    def write_bytes(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._descriptor, data) :]

    def flush(self) -> None:
        """Nothing is held here."""


class HeldBack(Sink):
    """Keeps everything until it is told, as a stream does whose other end is no terminal."""

    def __init__(self, descriptor: int, *, utf16: bool = False) -> None:
        super().__init__(descriptor, utf16=utf16)
        self._held: list[bytes] = []

    def write_bytes(self, data: bytes) -> None:
        self._held.append(data)

    def flush(self) -> None:
        held, self._held = b"".join(self._held), []
        super().write_bytes(held)


def file_sink(path: str, *, utf16: bool, mark: bool) -> Sink:
    """A file made anew; raises OSError. ``mark``: with the byte order mark that go-sqlcmd writes."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    sink = Sink(os.open(path, flags, 0o644), utf16=utf16)
    if utf16 and mark:
        sink.write_bytes(b"\xff\xfe")
    return sink
