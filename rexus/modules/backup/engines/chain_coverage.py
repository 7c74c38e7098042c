"""All that a set of backups can bring back, for a timeline: spans, whole backups, and gaps with their reasons. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from ..base.records import Problem, Record
from ..base.timeline import Reason
from .chain_pieces import ChainPiece
from .chain_reach import Segment, World
from .chain_refusal import refusals
from .chain_target import instant

_GRAIN = timedelta(seconds=1)
_REASONS = {
    "chain.missing": Reason.MISSING,
    "chain.stripe_missing": Reason.MISSING,
    "chain.damaged": Reason.DAMAGED,
    "chain.unfinished": Reason.FAILED,
    "chain.fork": Reason.FORKED,
    "chain.simple_no_point": Reason.RECOVERY_MODEL,
    "chain.gap": Reason.BROKEN,
    "chain.no_logs": Reason.NOT_MADE,
    "chain.no_base": Reason.NO_BASE,
    "chain.no_full": Reason.NO_BASE,
    "chain.before_first": Reason.NO_BASE,
    "chain.bulk_logged": Reason.BULK_LOGGED,
    "chain.newer_version": Reason.NEWER_VERSION,
}


def reason_of(problem: Problem) -> Reason | None:
    """How the timeline of the window calls it; None: it has no word for it."""
    return _REASONS.get(problem.code)


class Stretch(Record, frozen=True, kw_only=True):
    """From where to where every instant can be brought back, both ends too; wall times of the server.

    A backup that no log goes on from is a single instant.
    """

    start: datetime
    end: datetime


class Whole(Record, frozen=True, kw_only=True):
    """One full or differential backup."""

    piece: ChainPiece
    at: datetime
    wrong: Problem | None = None
    """Why it can't be restored."""


class Hole(Record, frozen=True, kw_only=True):
    """Between two stretches, or behind the last: backups are there, and nothing can be brought back. Its ends can."""

    start: datetime
    end: datetime
    because: Problem

    @property
    def reason(self) -> Reason | None:
        """How the timeline calls it."""
        return reason_of(self.because)

    @property
    def set(self) -> str:
        """The backup at fault, where it is one."""
        return str(self.because.values.get("set") or self.because.values.get("after") or "")


class Coverage(Record, frozen=True, kw_only=True):
    """Everything that can be chosen, oldest first."""

    spans: tuple[Stretch, ...] = ()
    wholes: tuple[Whole, ...] = ()
    holes: tuple[Hole, ...] = ()
    has_logs: bool = False


def coverage_of(world: World) -> Coverage:
    """What can be reached in ``world``."""
    segments = world.segments()
    spans, used = tuple(_merged(segments)), {id(one.link) for one in segments}
    wholes = [
        Whole(
            piece=base.link.piece,
            at=base.link.finish,
            wrong=next((link.trouble for link in base.links if link.trouble is not None), None),
        )
        for base in world.bases
        if world.is_wanted(base.link)
    ]
    wholes.sort(key=lambda one: one.at)
    logs = [one for one in world.links if one.is_log and world.is_wanted(one)]
    idle = sorted(one.finish for one in logs if id(one) not in used)
    holes = tuple(_holes(world, spans, idle)) if logs else ()
    return Coverage(spans=spans, wholes=tuple(wholes), holes=holes, has_logs=bool(logs))


def _merged(segments: Iterable[Segment]) -> Iterable[Stretch]:
    """Neighbours are joined: times have no finer grain than a second."""
    start: datetime | None = None
    end = datetime.min
    for one in segments:
        if start is not None and one.start > end + _GRAIN:
            yield Stretch(start=start, end=end)
            start = None
        start, end = (one.start, one.end) if start is None else (start, max(end, one.end))
    if start is not None:
        yield Stretch(start=start, end=end)


def _holes(world: World, spans: Sequence[Stretch], logs: Sequence[datetime]) -> Iterable[Hole]:
    """Where logs end, or are to no avail (``logs``: those, in order); whole backups alone are no sign of a hole."""
    for before, after in zip((None, *spans), (*spans, None), strict=True):
        since = bisect_right(logs, before.end + _GRAIN) if before is not None else 0
        until = bisect_left(logs, after.start - _GRAIN) if after is not None else len(logs)
        inside = logs[since:until]
        went_on = before is not None and before.start < before.end and after is not None
        if not inside and not went_on:
            continue
        start = before.end if before is not None else inside[0]
        end = after.start if after is not None else inside[-1]
        within = start + _GRAIN if before is not None else start
        yield Hole(start=start, end=end, because=refusals(world, instant(within))[0])
