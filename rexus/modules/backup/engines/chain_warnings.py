"""What has to be said of a restore that can be done: what could not be used, and what is not as clear as it looks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ..base.records import Problem, Severity
from .chain_choice import Choice, choose
from .chain_pieces import UNKNOWN, about, told, weaker
from .chain_reach import World
from .chain_steps import Alternative
from .chain_target import Aim, Target
from .chain_walk import Base, Link

_MOST = 6
"""Bases that are considered beside the one that was chosen."""


def alternatives(world: World, target: Target, choice: Choice) -> tuple[Alternative, ...]:
    """Other bases that lead to the target, or would if they were whole; the newest first."""
    others = [one for one in world.bases if one.link is not choice.base.link and _may_lead(one, target)]
    others.sort(key=lambda one: (one.link.finish, one.last), reverse=True)
    found: list[Alternative] = []
    for base in others[:_MOST]:
        way = choose(world, target, [base])
        if way is not None and _is_same(way, choice, target):
            because = next((link.trouble for link in base.links if link.trouble is not None), None)
            found.append(Alternative(base=base.link.piece, full=base.full.piece, logs=len(way.logs), because=because))
    return tuple(found)


def _is_same(way: Choice, choice: Choice, target: Target) -> bool:
    """Whether both lead to one state."""
    same_path = way.end.fork == choice.end.fork
    return same_path and (target.aim is Aim.INSTANT or way.reaches_lsn == choice.reaches_lsn)


def _may_lead(base: Base, target: Target) -> bool:
    """Whether it is not behind the target for sure."""
    if target.aim is Aim.INSTANT:
        return base.link.finish <= target.second
    return target.lsn is None or base.last <= target.lsn


def warnings(world: World, target: Target, choice: Choice, considered: Iterable[Alternative]) -> tuple[Problem, ...]:
    """All that the person should know before it is done."""
    found = [*_fell_back(choice, considered), *_forced(choice)]
    if target.aim is Aim.INSTANT:
        found += [*_edge(target, choice), *_clock(world, target, choice), *_within(world, target, choice)]
        found += _parallel(world, target, choice)
    return tuple(found)


def _fell_back(choice: Choice, considered: Iterable[Alternative]) -> Iterable[Problem]:
    """A newer base would have been better, and can't be used."""
    used = choice.base.link.piece
    for one in considered:
        if one.because is not None and (one.base.header.last_lsn or 0) > choice.base.last:
            yield weaker(one.because)
            values = {**about(one.base), "used": used.name, "used_at": told(used.header.finished_at)}
            yield _warning("chain.fell_back", {**values, "count": len(choice.logs)})
            return


def _forced(choice: Choice) -> Iterable[Problem]:
    """Backups that are used although they are damaged."""
    for link in (*choice.node.chain, choice.last, choice.spare):
        if link is not None and (link.piece.problem is not None or link.piece.header.is_damaged):
            yield _warning("chain.forced", about(link.piece))


def _edge(target: Target, choice: Choice) -> Iterable[Problem]:
    """The last log was being written just then."""
    if choice.unsure:
        yield _warning("chain.edge", {**about(choice.end.piece), "wanted": target.told})


def _clock(world: World, target: Target, choice: Choice) -> Iterable[Problem]:
    """The server's clock showed that time twice: a later backup began before it, or an earlier one ended after it."""
    for one in world.links:
        if one.fork != choice.end.fork or one in (choice.end, choice.node.link):
            continue
        again = one.first >= choice.end.last and one.start < target.second
        before = one.last <= choice.base.last and one.finish > target.second
        if again or before:
            yield _warning("chain.clock_set_back", {**about(one.piece), "wanted": target.told})
            return


def _within(world: World, target: Target, choice: Choice) -> Iterable[Problem]:
    """The database was restored while the log ran: an instant before that shows what it was restored to."""
    last = next((one for one in (choice.last, choice.spare) if one is not None and one.fork != one.first_fork), None)
    if last is None:
        return
    yield _warning(
        "chain.restored_within",
        {**about(last.piece), "wanted": target.told, "since_at": told(choice.node.link.finish)},
    )
    for one in world.links:
        lost = one.fork == last.first_fork and one.trouble is not None and one.finish >= target.second
        if lost and one.trouble is not None and (last.fork_point is None or one.last > last.fork_point):
            yield weaker(one.trouble)


def _parallel(world: World, target: Target, choice: Choice) -> Iterable[Problem]:
    """At that time there were two databases that came from one."""
    lives: dict[str, list[Link]] = {}
    for one in world.links:
        if one.fork and one.fork == one.first_fork and world.is_wanted(one):
            lives.setdefault(one.fork, []).append(one)
    for fork, links in lives.items():
        first = min(links, key=lambda one: one.start)
        last = max(links, key=lambda one: one.finish)
        if fork != choice.end.fork and first.start < target.second < last.finish:
            values = about(choice.end.piece)
            other = {"other": last.piece.name, "other_server": last.piece.header.server or UNKNOWN}
            yield _warning("chain.several_histories", {**values, **other, "wanted": target.told})


def newer(world: World, reached: datetime | None) -> Link | None:
    """The newest backup that the latest state that can be reached does not hold."""
    links = [one for one in world.links if world.is_wanted(one) and (reached is None or one.finish > reached)]
    return max(links, key=lambda one: one.finish, default=None)


def _warning(code: str, values: dict[str, str | int]) -> Problem:
    return Problem(code=code, severity=Severity.WARNING, values=values)
