"""What the blocks of a backup file tell of the media set and of each backup set."""

from __future__ import annotations

from datetime import datetime

from ..base.records import Record
from .bak_fields import Unreadable, date, guid, text, u16, u32, u64
from .bak_frame import SECTOR, Block
from .headers import MediaLabel

_NO_ZONE = 127
_MARKS_AT, _OLD_MARKS_AT = 72, 60
_CAPACITY_AT, _COUNT_AT = 52, 56
_MOST_VLF_HEAD = 65536


class SetStart(Record, frozen=True, kw_only=True):
    """The first block of a backup set (``SSET``)."""

    position: int
    name: str
    description: str
    user: str
    set_guid: str
    offset: int
    """Where it says that it stands."""
    expires_at: datetime | None
    utc_offset_minutes: int | None


def label_of(tape: bytes, raid: bytes) -> MediaLabel:
    """What LABELONLY tells, from the block ``TAPE`` and its stream ``RAID``. Raises `Unreadable`."""
    return MediaLabel(
        media_set_id=guid(raid, 0),
        family_count=u16(raid, 20),
        family_sequence=u16(raid, 24),
        family_id=f"{u32(tape, 52):08X}-0000-0000-0000-000000000000",
        media_sequence=u16(tape, 60),
        media_name=text(tape, 68),
        description=text(tape, 72),
        software=text(tape, 80),
        written_at=date(tape, 88),
        block_bytes=u16(tape, 64) * SECTOR,
        has_password=u16(tape, 62) != 0,
    )


def set_start(data: bytes) -> SetStart:
    """Read an ``SSET``. Raises `Unreadable`."""
    at = u16(data, 46)
    if len(data) < at + 21 or len(data) < 96:
        raise Unreadable(at)
    zone = int.from_bytes(data[95:96], "little", signed=True)
    return SetStart(
        position=u16(data, 62),
        name=text(data, 64),
        description=text(data, 68),
        user=text(data, 76),
        set_guid=guid(data, at),
        offset=u64(data, 80),
        expires_at=date(data, at + 16),
        utc_offset_minutes=None if zone == _NO_ZONE else zone * 15,
    )


def machine_of(volume: bytes) -> str:
    """The machine that a ``VOLB`` names. Raises `Unreadable`."""
    return text(volume, 64)


def is_mark(mark: bytes, earlier: list[int]) -> bool:
    """Whether a filemark lists those ``earlier`` (offsets, oldest first), the newest first. Raises `Unreadable`."""
    capacity, count, at = u32(mark, _CAPACITY_AT), u32(mark, _COUNT_AT), _marks_at(mark)
    shown = min(count, capacity)
    told = [u64(mark, at + 8 * index) for index in range(min(shown, len(earlier)))]
    return capacity == (len(mark) - at) // 8 and count == len(earlier) and told == earlier[::-1][:shown]


def marks_before(mark: bytes) -> int:
    """How many filemarks a filemark says to be before it: an even number at the end of a set. Raises `Unreadable`."""
    return u32(mark, _COUNT_AT)


def is_clean(mark: bytes) -> bool:
    """Whether the unused part of a filemark is empty, as all that were ever seen. Raises `Unreadable`."""
    at = _marks_at(mark)
    return not any(mark[_OLD_MARKS_AT + 4 : at]) and not any(mark[at + 8 * u32(mark, _COUNT_AT) :])


def _marks_at(mark: bytes) -> int:
    return _MARKS_AT if u32(mark, _OLD_MARKS_AT) == _MARKS_AT else _OLD_MARKS_AT


def is_end(block: Block, position: int, first: int | None) -> bool:
    """Whether an ``ESET`` is of the set at ``position``; ``first``: offset of the first of the two. `Unreadable`."""
    offset, number = u64(block.data, 60), u16(block.data, 78)
    return number == position and offset == (first or 0)


class LogRange(Record, frozen=True, kw_only=True):
    """What a block ``MSTL`` says: which part of which virtual log file follows."""

    start: int
    """Offset in the log file, in bytes."""
    end: int
    file_id: int
    vlf: int
    """Zero: never used, or nothing to back up."""
    vlf_start: int
    vlf_size: int

    @property
    def size(self) -> int:
        """Bytes of log."""
        return self.end - self.start

    @property
    def is_to_end(self) -> bool:
        """It ends where its VLF does."""
        return self.end == self.vlf_start + self.vlf_size

    @property
    def is_from_begin(self) -> bool:
        """It begins with the first block of its VLF, behind the VLF's own header (8 KiB where seen)."""
        return self.vlf_start < self.start <= self.vlf_start + _MOST_VLF_HEAD

    @property
    def first_block(self) -> int:
        """Number of the first sector inside its VLF."""
        return (self.start - self.vlf_start) // SECTOR


def log_range(data: bytes) -> LogRange:
    """Read an ``MSTL``. Raises `Unreadable`."""
    at = u16(data, 0x52)
    found = LogRange(
        start=u64(data, 0x3C),
        end=u64(data, 0x44),
        file_id=u32(data, 0x4C),
        vlf=u32(data, at),
        vlf_size=u64(data, at + 4),
        vlf_start=u64(data, at + 12),
    )
    inside = found.vlf_start <= found.start <= found.end <= found.vlf_start + found.vlf_size
    if found.start % SECTOR or found.end % SECTOR or (found.size and not inside) or found.end < found.start:
        raise Unreadable(0x3C)
    return found


class LogCounts:
    """What was counted over the log streams of a set."""

    def __init__(self) -> None:
        self.size = self.blocks = self.checksums = 0
        self.damaged = 0
        self.first_damage = 0
        """Offset in the backup's stream."""
