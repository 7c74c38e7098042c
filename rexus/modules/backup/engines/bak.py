"""SQL Server backup files read without a server: what they hold, whether it is whole and sound.

`BakReader` listens to a file as it streams by; `read_headers` lists its sets, reading no more than that needs;
`check_media` judges the files of a striped set together. Pages, log blocks and the backup's own checksums prove what
happened before a file reached us; what they can't show (two equal flips in one column, unused bytes) our own SHA-256
does from then on.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import BinaryIO

from ..base.files import Data
from ..base.records import Finding
from .bak_compressed import MAGIC, CompressedReader
from .bak_fields import is_sound
from .bak_frame import HEAD, MARK, FrameReader
from .bak_media import MediaListener
from .bak_records import BakReport, MediaContents
from .bak_stripes import judge_stripes
from .headers import FileEntry

_TAPE = b"TAPE"
_MARKS_AT = (0x400, 0x1000)
"""Where the first filemark stands; it tells a backup whose first bytes are damaged."""
_DECIDED_AT = max(_MARKS_AT) + HEAD
_STEP = 64 << 10
_PIECE = 4 << 20
_RECORD_STEP = 4 << 10
_FILES_WITHIN = 1 << 20
"""The list of files stands in the first 64 KiB of a backup, or it can't be read without a server."""


def is_backup(begun: bytes) -> bool:
    """Whether a file that begins so is a backup of SQL Server; of a damaged one only its reader can tell."""
    return begun.startswith((_TAPE, MAGIC))


class BakReader:
    """Takes a backup file in pieces of any size, from first to last byte; `finish` tells what was found.

    Never raises for what the bytes are. Holds some tens of MiB at most.
    """

    def __init__(self, *, pages: bool = True, decode: bool = False, verify: bool = True) -> None:
        """How much is looked at.

        ``pages``: look at pages, log blocks and stream checksums; ``decode``: open compressed records for that, which
        goes at some MB/s; ``verify``: compare the checksums of compressed records even if they stay closed.
        """
        self._wants, self._decode, self._verify = pages, decode, verify
        self._begun = bytearray()
        self._is_foreign = False
        self._listener = MediaListener(pages=pages, compressed=False)
        self._frame = FrameReader(self._listener)
        self._compressed: CompressedReader | None = None
        self._is_decided = False
        self._size = 0

    @property
    def skippable(self) -> int:
        """So many of the next bytes of the file nobody wants to see."""
        if not self._is_decided:
            return 0
        return self._compressed.skippable if self._compressed else self._frame.skippable

    @property
    def step(self) -> int:
        """So much is worth reading at once where the rest is passed over."""
        return _RECORD_STEP if self._compressed else _STEP

    def skip(self, size: int) -> None:
        """Take ``size`` bytes, at most `skippable`, as having come."""
        self._size += size
        if self._compressed:
            self._compressed.skip(size)
        else:
            self._frame.skip(size)

    def ends_at(self, size: int) -> None:
        """The file has ``size`` bytes, whatever was passed over."""
        self._size = size

    def feed(self, data: Data) -> None:
        """The next bytes of the file; they are not kept."""
        self._size += len(data)
        if self._is_foreign:
            return
        if not self._is_decided:
            self._begun += data
            if not self._decide(at_end=False):
                return
            data, self._begun = bytes(self._begun), bytearray()
            if self._is_foreign:
                return
        (self._compressed or self._frame).feed(data)

    def _decide(self, *, at_end: bool) -> bool:
        """Tell by the first bytes what it is; False while there are too few of them."""
        begun = bytes(self._begun)
        if begun.startswith(MAGIC):
            self._listener = MediaListener(pages=self._wants and self._decode, compressed=True)
            self._frame = FrameReader(self._listener)
            self._compressed = CompressedReader(self._frame, self._listener, decode=self._decode, verify=self._verify)
        elif not begun.startswith(_TAPE):
            if not at_end and len(begun) < _DECIDED_AT:
                return False
            self._is_foreign = not any(self._is_mark(begun[at : at + HEAD]) for at in _MARKS_AT)
        elif not at_end and len(begun) < len(MAGIC):
            return False
        self._is_decided = True
        return True

    @staticmethod
    def _is_mark(head: bytes) -> bool:
        return len(head) == HEAD and head[:4] == MARK.encode() and is_sound(head)

    def finish(self) -> BakReport:
        """The end of the file: all that was found."""
        if not self._is_decided:
            self._decide(at_end=True)
            if not self._is_foreign and self._begun:
                (self._compressed or self._frame).feed(bytes(self._begun))
        found = self._listener.found
        if self._is_foreign:
            found.error("bak.not_a_backup")
        elif not (self._compressed and self._compressed.is_closed):
            self._end()
        opened = not self._compressed or (self._decode and not self._compressed.is_closed)
        return BakReport(
            contents=self._listener.contents(),
            size_bytes=self._size,
            stream_bytes=self._frame.offset,
            checked_pages=self._wants and opened and not self._is_foreign,
            maps=self._listener.maps(),
        )

    def _end(self) -> None:
        frame, compressed, listener = self._frame, self._compressed, self._listener
        frame.close()
        if compressed:
            compressed.finish()
        is_whole = listener.is_at_end and (frame.is_between_blocks or frame.is_lost)
        if listener.is_at_end and frame.held and not frame.is_lost and not b"SSET".startswith(frame.held[:4]):
            listener.on_damage(frame.held_from, MARK)
            is_whole = True
        if not is_whole or (compressed and not compressed.is_between):
            listener.found.error("bak.truncated", offset=self._size)
        listener.finish()


def read_headers(file: BinaryIO) -> MediaContents:
    """The sets of a backup file: reads the headers alone, and seeks over the rest where ``file`` can.

    ``file`` stands at its first byte. Raises only what reading raises (`OSError`, or a decompressor's errors).
    """
    reader = BakReader(pages=False, verify=False)
    can_seek = file.seekable()
    while data := file.read(reader.step):
        reader.feed(data)
        if can_seek and reader.skippable > reader.step:
            over = min(reader.skippable, sys.maxsize >> 1)
            if not _sought(file, over, 1):
                break
            reader.skip(over)
    if can_seek and _sought(file, 0, 2):
        reader.ends_at(file.tell())
    return reader.finish().contents


def files_at_start(chunks: Iterable[Data]) -> tuple[FileEntry, ...]:
    """The files of the database in a backup, from its first bytes; none where they do not tell.

    Takes no more of ``chunks`` than is worth reading, and raises only what they raise.
    """
    reader, done = BakReader(pages=False, verify=False), 0
    for piece in chunks:
        reader.feed(piece[: _FILES_WITHIN - done])
        done += len(piece)
        if done >= _FILES_WITHIN:
            break
    found = reader.finish().contents.sets
    return found[0].files if found else ()


def _sought(file: BinaryIO, over: int, whence: int) -> bool:
    """Pass over so many bytes; False where no file can be so large, whatever a damaged length says."""
    try:
        file.seek(over, whence)
    except (OSError, OverflowError, ValueError):
        return False
    return True


def check_file(file: BinaryIO, *, decode: bool = False) -> BakReport:
    """Read all of ``file``, from where it stands, and check what can be checked."""
    reader = BakReader(decode=decode)
    while data := file.read(_PIECE):
        reader.feed(data)
    return reader.finish()


def check_media(files: Mapping[str, BakReport]) -> tuple[Finding, ...]:
    """What is wrong with the files of one media set together; what is wrong with each alone stands in its report."""
    return judge_stripes(files)
