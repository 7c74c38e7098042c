"""Why a target can't be reached: which backup is at fault, between which the gap is, and what can be reached nearby.

Found by asking again under looser rules: what is possible only if a backup were whole, only if one could stop within a
bulk-logged log, only if histories did not matter. What is not possible even then is simply not in the backups.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from ..base.records import Problem
from .chain_pieces import UNKNOWN, told
from .chain_reach import Rules, Segment, World, troubles
from .chain_target import Aim, Target
from .chain_walk import Link


class _Point(msgspec.Struct, frozen=True, kw_only=True):
    """An instant, or a place in the log."""

    at: datetime | None = None
    lsn: int = 0
    before: bool = False

    def is_in(self, segment: Segment) -> bool:
        """Whether it is in what can be reached."""
        if self.at is not None:
            return segment.start <= self.at <= segment.end
        return segment.start_lsn <= self.lsn < segment.end_lsn + (1 if self.before else 0)

    def is_after(self, link: Link) -> bool:
        """Whether all of the backup is before it."""
        return link.until <= self.at if self.at is not None else link.last <= self.lsn

    def is_reached_by(self, link: Link) -> bool:
        """Whether the backup goes on as far."""
        return link.finish >= self.at if self.at is not None else link.last > self.lsn


def _point(target: Target) -> _Point:
    if target.aim is Aim.INSTANT:
        return _Point(at=target.second)
    return _Point(lsn=target.lsn or 0, before=target.before)


def nearest(world: World, target: Target) -> tuple[datetime | None, datetime | None]:
    """The nearest instants before and after the target that can be reached."""
    segments = world.segments()
    if target.aim is Aim.INSTANT:
        second = target.second
        before = (min(one.end, second) for one in segments if one.start <= second)
        return max(before, default=None), min((one.start for one in segments if one.start > second), default=None)
    number = target.lsn or 0
    earlier = max((one for one in segments if one.start_lsn <= number), key=lambda one: one.end_lsn, default=None)
    later = min((one for one in segments if one.start_lsn > number), key=lambda one: one.start_lsn, default=None)
    return earlier.end if earlier is not None else None, later.start if later is not None else None


def refusals(world: World, target: Target) -> tuple[Problem, ...]:
    """Why ``target``, an instant or LSN, can't be reached; each with the nearest instants that can."""
    before, after = nearest(world, target)
    near: dict[str, str | int] = {
        "wanted": target.told,
        "nearest_before": told(before),
        "nearest_after": told(after),
    }
    point = _point(target)
    found = _at_fault(world, point) or [_not_there(world, point), *world.unclear]
    return tuple(with_values(one, near) for one in _once(found))


def with_values(problem: Problem, values: dict[str, str | int]) -> Problem:
    """``problem`` with more values."""
    return Problem(code=problem.code, severity=problem.severity, values={**values, **problem.values})


def _once(problems: Iterable[Problem]) -> list[Problem]:
    found: list[Problem] = []
    for one in problems:
        if one not in found:
            found.append(one)
    return found


def _at_fault(world: World, point: _Point) -> list[Problem]:
    """What keeps backups that hold the target from being used, as few of them as possible."""
    for rules in (Rules.BROKEN, Rules.BULK, Rules.PATHS):
        found = _fewest((one for one in world.segments(rules) if point.is_in(one)), rules, point)
        if found:
            return found
    return []


def _fewest(segments: Iterable[Segment], rules: Rules, point: _Point | None = None) -> list[Problem]:
    """The shortest list of what is wrong with one of ``segments``, on a way to it that is not past the point."""
    found = [
        troubles(segment, opener, rules)
        for segment in segments
        for opener in segment.openers
        if point is None or opener.link is segment.link or point.is_after(opener.link)
    ]
    return min((one for one in found if one), key=len, default=[])


def _not_there(world: World, point: _Point) -> Problem:
    """No backup holds it, whatever state the backups are in."""
    strict, loose = world.segments(), world.segments(Rules.PATHS)
    if not loose:
        return no_full(world)
    if not strict:
        return (_fewest(loose, Rules.PATHS) or [no_full(world)])[0]
    earlier = [one for one in loose if point.is_after(one.link)]
    if not earlier:
        first = min(strict, key=lambda one: one.start)
        return Problem(
            code="chain.before_first", values={"first": first.link.piece.name, "first_at": told(first.start)}
        )
    last = max(earlier, key=_by_lsn if point.at is None else _by_end)
    if not any(point.is_reached_by(one) for one in world.links if world.is_wanted(one)):
        return _after_last(last)
    return _between(world, last)


def _by_end(segment: Segment) -> tuple[datetime, int]:
    return (segment.end, segment.end_lsn)


def _by_lsn(segment: Segment) -> int:
    return segment.end_lsn


def no_full(world: World) -> Problem:
    """There is nothing that a restore could begin with."""
    others = sorted((one for one in world.links), key=lambda one: one.finish)
    values: dict[str, str | int] = {"count": len(others), "first_at": told(others[0].finish if others else None)}
    server = others[0].piece.header.server if others else ""
    return Problem(code="chain.no_full", values={**values, "server": server or UNKNOWN})


def _after_last(last: Segment) -> Problem:
    values = {"last": last.link.piece.name, "last_at": told(last.end), "server": last.link.piece.header.server}
    return Problem(code="chain.after_last", values={**values, "server": values["server"] or UNKNOWN})


def _between(world: World, last: Segment) -> Problem:
    """The log does not go on from ``last``, though there are later backups."""
    later = [one for one in world.links if world.is_wanted(one) and one.last > last.end_lsn]
    logs = sorted((one for one in later if one.is_log and one.first > last.end_lsn), key=lambda one: one.first)
    values: dict[str, str | int] = {
        "before": last.link.piece.name,
        "before_at": told(last.end),
        "server": last.link.piece.header.server or UNKNOWN,
        "after": UNKNOWN,
        "after_at": UNKNOWN,
    }
    follower = logs[0] if logs else min(later, key=lambda one: one.finish, default=None)
    if follower is not None:
        values |= {"after": follower.piece.name, "after_at": told(follower.finish)}
        values |= {"lsn_from": str(last.end_lsn), "lsn_to": str(follower.first)}
    if _was_simple(world.links, last, follower):
        return Problem(code="chain.simple_no_point", values=values)
    return Problem(code="chain.gap" if logs else "chain.no_logs", values=values)


def _was_simple(links: Sequence[Link], last: Segment, follower: Link | None) -> bool:
    """Whether a backup around the gap was taken under simple recovery, which has no log backups."""
    around = [last.link] if follower is None else [last.link, follower]
    until = follower.finish if follower is not None else last.end
    around += [one for one in links if last.end <= one.finish <= until]
    return any(one.piece.header.recovery_model.upper() == "SIMPLE" for one in around)
