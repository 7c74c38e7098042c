"""Compressed backups (``MSSQLBAK``): records with a checksum of their own, and between them filemarks in clear.

Joined, the records and filemarks are the same stream that an uncompressed backup is. The data inside the records may
stay closed: their checksums tell damage, and their heads how much they hold, so that the rest is found and decoded.
Proven on a file of SQL Server 2022; older containers (before 2014) are only recognised.
"""

from __future__ import annotations

import enum
import re
import struct

from ..base.files import Data
from .bak_fields import Unreadable
from .bak_frame import HEAD, FrameReader
from .bak_media import MediaListener

MAGIC = b"MSSQLBAK"
RECORDS_AT = 0x1E0
MARK_ALIGNMENT = 4096
_HEAD = struct.Struct("<BBH16sII")
_COMPRESSED, _ENCRYPTED = 0x21, 0x10
_NO_VECTOR = b"\xff" * 16
_LIKELY = re.compile(rb"\x21[\s\S]{3}\xff{16}")
_LIKELY_SIZE = 20
_UNIT = 512
_ALL = 1 << 62
_OLDEST = 2
"""First version whose records are known."""


class _State(enum.Enum):
    BEGIN = enum.auto()
    HEAD = enum.auto()
    PAYLOAD = enum.auto()
    PASS = enum.auto()
    GAP = enum.auto()
    MARK = enum.auto()
    SEEK = enum.auto()
    CLOSED = enum.auto()
    ENDED = enum.auto()


class CompressedReader:
    """Takes the file as it comes and gives the stream to a frame reader. Holds one record at most."""

    def __init__(self, frame: FrameReader, listener: MediaListener, *, decode: bool, verify: bool) -> None:
        """``decode``: open every record; ``verify``: check even those that stay closed."""
        self._frame, self._listener, self._decode, self._verify = frame, listener, decode, verify
        self._state, self._want = _State.BEGIN, RECORDS_AT
        self._held = bytearray()
        self.at = 0
        """Bytes of the file that have come."""
        self._size = self._check = self._record_at = 0
        self._then = _State.HEAD
        """What follows the gap."""
        self._is_after_mark = False
        """Records may go on at the next multiple of 4096, too."""
        self._damaged = 0
        self._first_damaged = 0

    @property
    def is_closed(self) -> bool:
        """Nothing of what comes can be read: it is encrypted, or of an old version."""
        return self._state is _State.CLOSED

    @property
    def is_between(self) -> bool:
        """No record is begun."""
        return self._state is _State.ENDED or (self._state in {_State.HEAD, _State.GAP, _State.SEEK} and not self._held)

    @property
    def skippable(self) -> int:
        """So many of the next bytes of the file nobody wants to see."""
        if self._state is _State.CLOSED:
            return _ALL
        return self._want if self._state is _State.PASS else 0

    def skip(self, size: int) -> None:
        """Take ``size`` bytes, at most `skippable`, as having come."""
        self.at += size
        if self._state is _State.PASS:
            self._pass(size)

    def feed(self, data: Data) -> None:
        """The next bytes of the file."""
        view = memoryview(data)
        while view:
            if self._state in {_State.CLOSED, _State.ENDED}:
                self.at += len(view)
                return
            if self._state is _State.SEEK:
                view = self._look_for_record(view)
                continue
            took = min(len(view), self._want - len(self._held))
            self.at += took
            if self._state is _State.PASS:
                self._pass(took)
            else:
                self._held += view[:took]
                if len(self._held) == self._want:
                    self._came()
            view = view[took:]

    def _pass(self, size: int) -> None:
        """Bytes of a record that stays closed and unchecked."""
        self._want -= size
        if not self._want:
            self._frame.skip(self._size)
            self._next()

    def finish(self) -> None:
        """Nothing more comes."""
        if self._state is _State.HEAD and self._held and self._listener.is_at_end:
            self._end_before(self.at - len(self._held))
        if self._damaged:
            self._listener.found.error("bak.record_damaged", count=self._damaged, offset=self._first_damaged)

    def _came(self) -> None:
        raw = bytes(self._held)
        match self._state:
            case _State.BEGIN:
                self._begin(raw)
            case _State.HEAD:
                self._head(raw)
            case _State.PAYLOAD:
                self._payload(raw)
            case _State.GAP:
                self._expect(self._then, HEAD if self._then is _State.MARK else _HEAD.size)
            case _State.MARK:
                self._mark(raw)

    def _expect(self, state: _State, want: int) -> None:
        self._state, self._want = state, want
        self._held.clear()

    def _begin(self, raw: bytes) -> None:
        (version,) = struct.unpack_from("<I", raw, len(MAGIC))
        if version < _OLDEST:
            self._listener.found.note("bak.old_compression")
            self._listener.close(encrypted=False)
            self._expect(_State.CLOSED, 0)
        else:
            self._expect(_State.HEAD, _HEAD.size)

    def _head(self, raw: bytes) -> None:
        kind, units, stored, vector, _, check = _HEAD.unpack(raw)
        if kind & _ENCRYPTED and vector != _NO_VECTOR and not self._frame.offset:
            self._listener.found.note("bak.encrypted")
            self._listener.close(encrypted=True)
            self._expect(_State.CLOSED, 0)
            return
        if kind != _COMPRESSED or vector != _NO_VECTOR or not units or not stored:
            self._no_record(raw)
            return
        self._is_after_mark = False
        self._size, self._check, self._record_at = units * _UNIT, check, self.at - len(raw)
        passed = not self._verify and self._size <= self._frame.skippable
        self._expect(_State.PASS if passed else _State.PAYLOAD, stored)

    def _no_record(self, raw: bytes) -> None:
        """What stands where a record must be is none: foreign bytes behind the end, a gap, or damage."""
        if self._listener.is_at_end and not self._frame.is_lost:
            self._end_before(self.at - len(raw))
        elif self._is_after_mark and self.at % MARK_ALIGNMENT:
            self._is_after_mark = False
            self._then = _State.HEAD
            self._expect(_State.GAP, -self.at % MARK_ALIGNMENT)
        else:
            self._tell_damage(self.at - len(raw))
            self._lose(0)
            self._expect(_State.SEEK, 0)
            self.at -= len(raw) - 1
            self.feed(raw[1:])

    def _end_before(self, offset: int) -> None:
        self._listener.found.warning("bak.trailing_bytes", offset=offset)
        self._expect(_State.ENDED, 0)

    def _payload(self, raw: bytes) -> None:
        """A whole record: open it, unless its content is such as nobody wants to see."""
        closed = self._size <= self._frame.skippable
        if not self._is_sound(raw):
            self._tell_damage(self._record_at)
            if closed:
                self._frame.skip(self._size)
            else:
                self._lose(self._size)
        elif closed:
            self._frame.skip(self._size)
        else:
            self._open(raw)
        self._next()

    def _open(self, raw: bytes) -> None:
        from .bak_xpress import decode

        try:
            self._frame.feed(decode(raw, self._size))
        except Unreadable:
            self._tell_damage(self._record_at)
            self._lose(self._size)

    def _is_sound(self, raw: bytes) -> bool:
        import numpy as np

        from .bak_fold import fold

        return fold(np.frombuffer(raw + bytes(-len(raw) % 4), "<u4")) == self._check

    def _tell_damage(self, offset: int) -> None:
        if not self._damaged:
            self._first_damaged = offset
        self._damaged += 1

    def _lose(self, size: int) -> None:
        """The stream has a hole here, of ``size`` bytes if that is known."""
        self._listener.lost()
        self._frame.lose(size)

    def _next(self) -> None:
        """After a record: another one, or a filemark at its place."""
        if not (self._listener.expects_mark and self._frame.is_between_blocks):
            self._expect(_State.HEAD, _HEAD.size)
        elif gap := -self.at % MARK_ALIGNMENT:
            self._then = _State.MARK
            self._expect(_State.GAP, gap)
        else:
            self._expect(_State.MARK, HEAD)

    def _mark(self, raw: bytes) -> None:
        length = int.from_bytes(raw[8:10], "little")
        if raw[:4] == b"SFMB" and self._want == HEAD and length > HEAD:
            self._want = length
            return
        self._frame.feed(raw)
        self._is_after_mark = True
        if self._frame.is_lost:
            self._expect(_State.SEEK, 0)
        else:
            self._expect(_State.HEAD, _HEAD.size)

    def _look_for_record(self, view: memoryview) -> memoryview:
        """Go on at the next thing that looks like the head of a record; returns what is left of ``view``."""
        data = bytes(self._held) + bytes(view)
        base = self.at - len(self._held)
        self._held.clear()
        match = _LIKELY.search(data)
        if match is None:
            self._held += data[1 - _LIKELY_SIZE :]
            self.at = base + len(data)
            return memoryview(b"")
        self.at = base + match.start()
        self._expect(_State.HEAD, _HEAD.size)
        return memoryview(data[match.start() :])
