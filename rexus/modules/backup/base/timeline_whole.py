"""The lines of what comes back together: all databases of a set, or the copied files. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from .records import BackupKind, Origin, SetStatus, Tick
from .timeline import Line, Mark, Reason, Span, chain, line_of
from .timeline_pieces import Piece
from .timeline_sets import OneDatabase, OneSet
from .watching import Occurrence

_WEAKEST = (Tick.FAILED, Tick.NONE, Tick.STORED, Tick.CONTENT, Tick.ENGINE, Tick.RESTORED)


def together(
    sets: Sequence[OneSet], databases: Sequence[str], now: datetime, planned: Iterable[Occurrence] = ()
) -> Line:
    """The line of all ``databases`` at one instant: sets that hold them all, or where the logs of all reach."""
    found = [piece for one in sets if not one.deleting and (piece := _whole(one, databases)) is not None]
    found.sort(key=lambda piece: (piece.at, piece.set))
    line = line_of(found, "", now, planned)
    parts = tuple(chain(sets, name, now) for name in databases)
    return _common(line, parts) if any(part.has_logs for part in parts) else line


def files(sets: Iterable[OneSet], kind: str, now: datetime, planned: Iterable[Occurrence] = ()) -> Line:
    """The line of the copied files of ``kind`` (``config``, ``application``): sets that hold such files, all whole.

    What a restore put aside is no copy of them all: that is the way back of that restore, and nothing else.
    """
    found = [
        Piece(
            set=one.set,
            kind=BackupKind.FULL,
            began=(at := datetime.fromisoformat(one.timestamp)),
            at=at,
            partial=one.status is not SetStatus.COMPLETED,
            origin=one.origin,
            stored_bytes=one.copied[kind][1],
            size_bytes=one.copied[kind][1],
            files=one.copied[kind][0],
        )
        for one in sets
        if kind in one.copied and not one.deleting and one.origin is not Origin.SAFETY
    ]
    found.sort(key=lambda piece: (piece.at, piece.set))
    return line_of(found, "", now, planned)


def _whole(one: OneSet, databases: Sequence[str]) -> Piece | None:
    """A set as one backup of everything; None unless it holds a full backup of each."""
    held = [one.databases[name] for name in databases if name in one.databases]
    if len(held) < len(databases) or not all(_is_full(each) for each in held):
        return None
    times = [datetime.fromisoformat(each.started_at or one.timestamp) for each in held]
    return Piece(
        set=one.set,
        kind=BackupKind.FULL,
        began=min(times),
        at=max(times),
        partial=one.status is not SetStatus.COMPLETED,
        missing=any(_is_lost(each) for each in held),
        damaged=any(each.damaged for each in held),
        tick=min((each.tick for each in held), key=_WEAKEST.index, default=Tick.NONE),
        origin=one.origin,
        size_bytes=sum(each.size_bytes for each in held),
        stored_bytes=one.stored_bytes,
        files=len(held),
        copied=bool(one.copied),
        restore_s=sum(each.restored_s for each in held) if all(each.restored_s for each in held) else 0.0,
    )


def _is_full(one: OneDatabase) -> bool:
    return one.status is SetStatus.COMPLETED and one.kind is BackupKind.FULL


def _is_lost(one: OneDatabase) -> bool:
    gone = one.absent_at is not None or (one.file is None and not one.on_server)
    return gone or (one.tick is Tick.FAILED and not one.damaged)


def _common(line: Line, parts: tuple[Line, ...]) -> Line:
    """Where all can stand; a gap of one is a gap of all."""
    spans = parts[0].spans
    for part in parts[1:]:
        spans = tuple(_both(spans, part.spans))
    gaps = tuple(sorted((gap for part in parts for gap in part.gaps), key=lambda gap: (gap.start, gap.end)))
    common = msgspec.structs.replace(line, spans=spans, gaps=gaps, has_logs=True, parts=parts, anchors=())
    ends: dict[str, datetime] = {}
    for mark in (mark for part in parts for mark in part.marks):
        ends[mark.set] = max(mark.at, ends.get(mark.set, mark.at))
    marks = sorted((_standing(one, ends[one.set], common) for one in line.marks), key=lambda one: one.at)
    return msgspec.structs.replace(common, marks=tuple(marks))


def _standing(mark: Mark, at: datetime, common: Line) -> Mark:
    """The mark at the earliest instant at which its backups of all databases are done."""
    piece = msgspec.structs.replace(mark.piece, at=at)
    if mark.wrong is not None or common.can_stand(at):
        return Mark(piece=piece, wrong=mark.wrong)
    gap = common.gap(at)
    return Mark(piece=piece, wrong=gap.reason if gap is not None else Reason.NOT_MADE)


def _both(one: Sequence[Span], other: Sequence[Span]) -> Iterable[Span]:
    ends = [span.end for span in other]
    for span in one:
        for place in range(bisect_left(ends, span.start), len(other)):
            if other[place].start > span.end:
                break
            yield Span(start=max(span.start, other[place].start), end=min(span.end, other[place].end))
