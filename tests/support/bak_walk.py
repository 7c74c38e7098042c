"""Files of `bak_writer` taken apart again: what was put in comes back out."""

import dataclasses
import struct
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import bak_content as content
from .bak_packed import stream_of


def read_payload(paths: Path | Sequence[Path], position: int = 1) -> bytes:
    """The payload of the set at ``position``; of a striped set, all its files."""
    return _joined(paths, position, "payload")


def read_log(paths: Path | Sequence[Path], position: int = 1) -> bytes:
    """The log payload of the set at ``position``."""
    return _joined(paths, position, "log")


@dataclass
class _Set:
    """What a walk found of one set."""

    opening: bytes = b""
    closing: bytes = b""
    data: list[bytes] = dataclasses.field(default_factory=list)
    log: list[bytes] = dataclasses.field(default_factory=list)


class Walk:
    """A whole stream that this writer made, taken apart."""

    def __init__(self, raw: bytes) -> None:
        self.size = len(raw)
        self.marks: list[int] = []
        self.sets: list[_Set] = []
        self.media_set_id = ""
        self.regions: list[tuple[str, int, int]] = []
        """What stands where: ``TAPE`` (head of a block), ``TAPE body``, ``MQDA head`` (of a stream), ``MQDA``."""
        at = log_end = 0
        while at < len(raw):
            kind, length = raw[at : at + 4], struct.unpack_from("<H", raw, at + 8)[0]
            self.regions.append((kind.decode(), at, at + 52))
            self.regions.append((f"{kind.decode()} body", at + 52, at + length))
            if kind == b"SFMB":
                self.marks.append(at)
                at += length
                continue
            if kind == b"SSET":
                self.sets.append(_Set())
            if kind == b"MSTL":
                start, end = struct.unpack_from("<QQ", raw, at + 60)
                log_end = end - start
            at += length
            name = b""
            while name != b"SPAD":
                name, size = raw[at : at + 4], struct.unpack_from("<Q", raw, at + 8)[0]
                self.regions.append((f"{name.decode()} head", at, at + 22))
                self.regions.append((name.decode(), at + 22, at + 22 + size))
                self._keep(kind, name, raw[at + 22 : at + 22 + size], log_end)
                at += 22 + size + (-(22 + size) % 4 if name != b"SPAD" else 0)

    def all(self, name: str) -> list[tuple[int, int]]:
        """Begin and end of each region of that name that holds something."""
        return [(begin, end) for one, begin, end in self.regions if one == name and end > begin]

    def _keep(self, block: bytes, name: bytes, data: bytes, log_bytes: int) -> None:
        if name == b"RAID":
            self.media_set_id = str(uuid.UUID(bytes_le=data[:16]))
        elif name == b"MQCI":
            setattr(self.sets[-1], "opening" if block == b"MSCI" else "closing", data)
        elif name == b"MQDA":
            self.sets[-1].data.append(data[2:])
        elif name == b"MQTL":
            self.sets[-1].log.append(data[2 : 2 + log_bytes])


def _joined(paths: Path | Sequence[Path], position: int, what: str) -> bytes:
    targets = [paths] if isinstance(paths, Path) else list(paths)
    pages: dict[tuple[int, int], bytes] = {}
    log = b""
    for target in targets:
        one = Walk(stream_of(target)).sets[position - 1]
        log += b"".join(one.log)
        for run in one.data:
            for at in range(0, len(run), content.PAGE):
                page = run[at : at + content.PAGE]
                if page[:2] == b"\x01\x01":
                    number, file = struct.unpack_from("<IH", page, 32)
                    pages[file, number] = content.page_payload(page)
    return content.log_payload(log) if what == "log" else b"".join(pages[key] for key in sorted(pages))
