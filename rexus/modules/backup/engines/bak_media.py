"""Listens to the frame of a backup file and makes of it the media, its sets and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from .bak_blocks import (
    LogRange,
    SetStart,
    is_clean,
    is_end,
    is_mark,
    label_of,
    log_range,
    machine_of,
    marks_before,
    set_start,
)
from .bak_config import Configuration, parse
from .bak_fields import Unreadable, u32
from .bak_found import Findings
from .bak_frame import BLOCKS, MARK, Block, Sink, StreamHead
from .bak_records import MediaContents, PageMap
from .bak_set import SetReading
from .headers import MediaLabel, SetType

_FOLLOWING = {
    "": {"TAPE"},
    "TAPE": {MARK},
    "SSET": {"VOLB"},
    "VOLB": {"MSCI"},
    "MSCI": {"MSDA", "MSTL", "MSLS"},
    "MSDA": {"MSDA", "MSTL", "MSLS"},
    "MSTL": {"MSTL", "MSLS"},
    "MSLS": {MARK},
}
_NUMBERED = frozenset({"VOLB", "MSCI", "MSDA", "MSTL", "MSLS"})
_MOST_CONFIG = 16 << 20
_MOST_OTHER = 4096
_UNIT = 1024


class Gather:
    """Keeps the data of a small stream."""

    def __init__(self, then: Callable[[bytes], None]) -> None:
        self._data, self._then = bytearray(), then

    def feed(self, data: memoryview) -> None:
        """See `Sink`."""
        self._data += data

    def close(self) -> None:
        """See `Sink`."""
        self._then(bytes(self._data))


class MediaListener:
    """A listener of the frame reader."""

    def __init__(self, *, pages: bool, compressed: bool) -> None:
        """``pages``: look at pages, log blocks and stream checksums too."""
        self.found = Findings()
        self.sets: list[SetReading] = []
        self._pages, self._compressed = pages, compressed
        self._label: MediaLabel | None = None
        self._tape = b""
        self._marks: list[int] = []
        self._following: set[str] = _FOLLOWING[""]
        self._ends: list[int] = []
        """Offsets of the closing blocks of the set so far."""
        self._number = self._base = 0
        """Number of the last block of the set, and where the set begins as that block sees it."""
        self._is_after_damage = self._was_damaged = False
        self._range: LogRange | None = None
        self._check: tuple[int | None, int] | None = None
        """Checksum of the data stream before, and where that stream is; its own copy has not come yet."""
        self._trailing: tuple[int, str] | None = None
        """Where something stands behind the end, and what it looks like."""
        self._judged = 0
        self._has_unknown = False

    @property
    def is_at_end(self) -> bool:
        """The file may end here."""
        return self._following == {"SSET"} and bool(self.sets)

    @property
    def expects_mark(self) -> bool:
        """A filemark comes next."""
        return self._following == {MARK}

    def on_block(self, block: Block) -> None:
        """See `Listener`."""
        self._check_missing()
        if self._trailing is not None:  # no foreign bytes, but the damaged beginning of one more set
            (offset, kind), self._trailing = self._trailing, None
            self.found.error("bak.block_damaged", block=kind, offset=offset)
        if block.kind not in BLOCKS:
            if not self._has_unknown:
                self.found.note("bak.unknown_block", block=block.kind, offset=block.offset)
            self._has_unknown = True
            return
        if block.kind in _NUMBERED and self._here is None:
            self._begin_unknown(block)
        self._placed(block)
        self._is_after_damage = False
        if block.kind != MARK:
            self._following = _FOLLOWING.get(block.kind, self._following)
        try:
            self._read(block)
        except Unreadable:
            self._damaged(block.offset, block.kind)

    @property
    def _here(self) -> SetReading | None:
        """The set that has begun and not ended."""
        return self.sets[-1] if self._judged < len(self.sets) else None

    def _read(self, block: Block) -> None:
        here = self._here
        match block.kind:
            case "TAPE":
                self._tape = block.data
            case "SSET":
                self._begin(block)
            case "VOLB" if here:
                here.machine = machine_of(block.data)
            case "MSDA" if here:
                here.data_blocks += 1
            case "MSTL" if here:
                self._range = None
                self._range = log_range(block.data)
                here.ranges.append(self._range)
            case "ESET":
                self._end(block)
            case "SFMB":
                self._mark(block)

    def _placed(self, block: Block) -> None:
        """Whether the block is what must follow, at the place and with the number that it says."""
        expected = block.kind in self._following
        if block.kind in _NUMBERED and self._here is not None:
            self._number += 1
            if not self._compressed:  # what it counts there is not known
                expected &= block.relative * _UNIT == block.offset - self._base
                self._base = block.offset - block.relative * _UNIT
            expected &= block.number == self._number
            self._number = block.number
        if not expected and not self._is_after_damage:
            self.found.error("bak.block_misplaced", block=block.kind, offset=block.offset)
            self.lost()

    def _begin(self, block: Block) -> None:
        self._judge(ended=True)
        start = set_start(block.data)
        if start.offset != block.offset and not self._compressed and not self._is_after_damage:
            self.found.error("bak.block_misplaced", block=block.kind, offset=block.offset)
        self._add(start, block.offset)

    def _begin_unknown(self, block: Block) -> None:
        """The first block of a set is not readable; ``block`` is one of those behind it."""
        begun = max(0, block.offset - block.relative * _UNIT)
        start = SetStart(
            position=len(self.sets) + 1,
            name="",
            description="",
            user="",
            set_guid="",
            offset=begun,
            expires_at=None,
            utc_offset_minutes=None,
        )
        self._add(start, begun)
        self.sets[-1].is_torn = True
        self._number = block.number - 1

    def _add(self, start: SetStart, offset: int) -> None:
        label = self._label
        self.sets.append(
            SetReading(
                start,
                offset,
                label.media_set_id if label else "",
                compressed=self._compressed,
                striped=label is not None and label.family_count > 1,
            )
        )
        self.sets[-1].was_looked_at = self._pages
        self._number, self._base, self._ends = 0, offset, []

    def _mark(self, block: Block) -> None:
        if not self._compressed and not self._was_damaged and not is_mark(block.data, self._marks):
            self.found.error("bak.block_damaged", block=block.kind, offset=block.offset)
        elif not is_clean(block.data):
            self.found.warning("bak.mark_odd", offset=block.offset)
        self._marks.append(block.offset)
        earlier = marks_before(block.data) if self._was_damaged else len(self._marks) - 1
        is_last = earlier % 2 == 0
        self._following = {"SSET"} if is_last else {"ESET"}
        if is_last:
            self._judge(ended=True)

    def _end(self, block: Block) -> None:
        first = self._ends[0] if self._ends else None
        self._ends.append(block.offset)
        self._following = {"ESET"} if len(self._ends) == 1 else {MARK}
        if self._was_damaged:
            self._following = {*self._following, MARK}  # perhaps the first was not readable
        here = None if self._was_damaged or self._compressed else self._here
        if here is not None and not is_end(block, here.start.position, first):
            self.found.error("bak.block_damaged", block=block.kind, offset=block.offset)

    def on_stream(self, block: Block, head: StreamHead) -> Sink | None:
        """See `Listener`."""
        if head.kind == "CSUM" and self._check is not None:
            return Gather(self._checksum) if head.size == 4 else None
        self._check_missing()
        here = self._here
        match block.kind, head.kind:
            case "TAPE", "RAID" if head.size <= _MOST_OTHER:
                return Gather(self._raid)
            case (("MSCI" | "MSLS"), "MQCI") if here:
                return self._configuration(here, block, head)
            case "MSDA", "MQDA" if self._pages and head.size and here:
                return self._data(here, head)
            case "MSTL", "MQTL" if self._pages and head.size and here:
                return self._log(here, head)
        return None

    def _raid(self, data: bytes) -> None:
        try:
            self._label = msgspec.structs.replace(label_of(self._tape, data), compressed=self._compressed)
        except Unreadable:
            self._damaged(0, "TAPE")

    def _configuration(self, here: SetReading, block: Block, head: StreamHead) -> Sink | None:
        if head.size > _MOST_CONFIG:
            self._damaged(head.offset, head.kind)
            return None

        def came(data: bytes) -> None:
            try:
                config = parse(data)
            except Unreadable:
                self.found.error("bak.config_damaged", position=here.start.position, offset=head.offset)
                return
            if block.kind == "MSCI":
                here.opening = config
            else:
                here.closing = config

        return Gather(came)

    def _data(self, here: SetReading, head: StreamHead) -> Sink:
        from .bak_extents import PAGE, Ledger
        from .bak_pages import PageChecker, PageCounts

        config = here.opening
        if here.ledger is None:
            files = {one.file_id: one.size_bytes // PAGE for one in config.files if one.type == "D"} if config else {}
            differential = config is not None and config.header.type is SetType.DIFFERENTIAL
            here.ledger = Ledger(files, differential=differential, keep_maps=here.striped)
            here.page_counts = PageCounts()
        assert here.page_counts is not None
        here.ledger.is_second = here.data_blocks > 1
        began = config.header.first_lsn or 0 if config else 0
        return PageChecker(here.ledger, here.page_counts, head, began_lsn=began, close=self._closing(head, config))

    def _log(self, here: SetReading, head: StreamHead) -> Sink | None:
        from .bak_log import LogChecker

        if self._range is None:
            return None
        return LogChecker(
            self._range, here.log_counts, head, striped=here.striped, close=self._closing(head, here.opening)
        )

    def _closing(self, head: StreamHead, config: Configuration | None) -> Callable[[int | None], None]:
        """What to do with a data stream's checksum: one of its own is announced, or must be there by the header."""

        def close(check: int | None) -> None:
            if head.has_checksum or (config is not None and config.header.has_checksums):
                self._check = (check, head.offset)

        return close

    def _checksum(self, data: bytes) -> None:
        assert self._check is not None
        (check, offset), self._check = self._check, None
        self.sets[-1].stream_checksums += 1
        if check != u32(data, 0):
            self.found.error("bak.csum", database=self.sets[-1].database, offset=offset)

    def _check_missing(self) -> None:
        if self._check is not None and self.sets:
            self.found.error("bak.csum_missing", database=self.sets[-1].database, offset=self._check[1])
        self._check = None

    def on_damage(self, offset: int, kind: str) -> None:
        """See `Listener`."""
        self._check = None
        if self.is_at_end and kind != "SSET":
            self._trailing = (offset, kind)
            self._is_after_damage = self._was_damaged = True
        else:
            self._damaged(offset, kind)

    def _damaged(self, offset: int, kind: str) -> None:
        self.found.error("bak.block_damaged", block=kind, offset=offset)
        self.lost()

    def lost(self) -> None:
        """Something did not come, or not as it was; whoever noticed has said so."""
        self._is_after_damage = self._was_damaged = True
        if self._here is not None:
            self._here.is_torn = True

    def _judge(self, *, ended: bool) -> None:
        """Judge the last set, once."""
        if self._judged < len(self.sets):
            self._judged = len(self.sets)
            self.sets[-1].judge(self.found, ended=ended)

    def finish(self) -> None:
        """Nothing more comes."""
        if self._trailing is not None:
            self.found.warning("bak.trailing_bytes", offset=self._trailing[0])
        if not self.is_at_end and self._here is not None:
            self._here.is_torn = True
        self._judge(ended=self.is_at_end)

    def close(self, *, encrypted: bool) -> None:
        """Nothing of the file can be read but that it is one."""
        self._label = MediaLabel(media_set_id="", compressed=True, encrypted=encrypted)

    def contents(self) -> MediaContents:
        """What was read."""
        sets = tuple(one for one in (reading.contents() for reading in self.sets) if one is not None)
        return MediaContents(label=self._label, sets=sets, findings=self.found.all)

    def maps(self) -> tuple[PageMap, ...]:
        """For each set that is in `contents`, what `check_media` needs."""
        return tuple(reading.map() for reading in self.sets if reading.config is not None)
