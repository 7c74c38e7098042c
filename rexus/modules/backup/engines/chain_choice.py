"""Which backups bring a target back: those that end nearest to it, from the newest base, in the fewest steps. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from .chain_reach import World
from .chain_target import Aim, Stop, Target
from .chain_walk import Base, Ground, Link, Node, is_on_path, walk
from .headers import SetType


class Choice(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What is restored for a target."""

    node: Node
    """The base, and the logs that are applied whole."""
    last: Link | None = None
    """The log that the target is in."""
    spare: Link | None = None
    """The next one, should the target lie further on."""
    stop: Stop | None = None
    unsure: bool = False
    """The target may lie behind the last log, by less than that took to be written."""
    at: datetime | None = None
    """The instant that comes back, where that is known."""

    @property
    def base(self) -> Base:
        """What it begins with."""
        return self.node.base

    @property
    def end(self) -> Link:
        """The last backup that is surely used."""
        return self.last or self.node.link

    @property
    def reaches_lsn(self) -> int | None:
        """Up to where it comes; None where that depends on what the server finds in the log."""
        return self.end.last if self.stop is None else self.stop.lsn

    @property
    def logs(self) -> tuple[Link, ...]:
        """All logs, the spare one not counted."""
        whole = tuple(one for one in self.node.chain if one.is_log)
        return whole if self.last is None else (*whole, self.last)


def choose(world: World, target: Target, bases: Sequence[Base]) -> Choice | None:
    """The best way to ``target`` from one of ``bases``; None: there is none. Marks must have been found before."""
    if not bases:
        return None
    if target.aim is Aim.INSTANT:
        return _instant(world, target, bases)
    if target.aim in (Aim.LSN, Aim.MARK):
        return _lsn(world, target, bases)
    if target.aim is Aim.SET:
        return _set(world, target, bases)
    return _latest(world, bases)


def _alone(base: Base) -> Node:
    return Node(link=base.link, base=base, before=None, steps=len(base.links), broken=0)


def _cost(node: Node) -> tuple[int, int, int]:
    return node.cost


def _latest(world: World, bases: Sequence[Base]) -> Choice | None:
    """The state that the newest of all backups ends with; where several ways lead to it, the best of them."""
    logs = world.logs()
    ground = walk(bases, logs)
    ways: dict[tuple[str, int], list[Node]] = {}
    ends: dict[tuple[str, int], datetime] = {}
    for node in ground.ends:
        key = (node.link.fork, node.last)
        ways.setdefault(key, []).append(node)
        if world.is_wanted(node.link):
            ends[key] = max(node.link.finish, ends.get(key, node.link.finish))
    for log in logs:
        for node in ground.before(log, or_at_its_end=True) if world.is_wanted(log) else ():
            key = (node.link.fork, node.last)
            if node.last == log.last and key in ways:
                ends[key] = max(log.finish, ends.get(key, log.finish))
    if not ends:
        return None
    newest = max(ends, key=lambda key: (ends[key], key[1]))
    return Choice(node=min(ways[newest], key=_cost), at=ends[newest])


def _instant(world: World, target: Target, bases: Sequence[Base]) -> Choice | None:
    second = target.second
    exactly = [_alone(one) for one in bases if one.link.finish == second and world.is_wanted(one.link)]
    if exactly:
        return Choice(node=min(exactly, key=_cost), at=second)
    logs = world.logs()
    ground = walk(
        [one for one in bases if one.link.finish < second],
        [one for one in logs if one.finish < second],  # the server stops in the first log that reaches so far
    )
    reaching = sorted((one for one in logs if one.finish >= second), key=lambda one: (one.finish, one.last))
    for log in reaching:
        node = _best_before(ground, log, whole=log.is_bulk and log.finish > second) if world.is_wanted(log) else None
        if node is not None:
            return _stopping(target, log, node, logs)
    return None


def _best_before(ground: Ground, log: Link, *, whole: bool) -> Node | None:
    """The best state from which ``log`` goes on, or where it ends; only that, where it can't be stopped within."""
    found = ground.before(log, or_at_its_end=True)
    return min((one for one in found if one.last == log.last or not whole), key=_cost, default=None)


def _stopping(target: Target, log: Link, node: Node, logs: Sequence[Link]) -> Choice:
    """Stop at an instant in ``log``; if it may lie behind its end, there is a spare log."""
    last = log if log.last > node.last else None
    if log.is_bulk and last is not None:
        return Choice(node=node, last=last, at=log.finish)
    sure = target.second_after
    if log.start >= sure or any(_tells_of(one, log) and one.start >= sure for one in logs):
        stop = Stop(at=target.at) if last is not None else None
        return Choice(node=node, last=last, stop=stop, at=target.at)
    after = [one for one in logs if _leads_on(one, log) and not one.is_bulk]
    spare = min(after, key=lambda one: one.finish, default=None)
    stop = Stop(at=target.at) if last is not None or spare is not None else None
    return Choice(node=node, last=last, spare=spare, stop=stop, unsure=spare is None, at=target.at)


def _tells_of(other: Link, log: Link) -> bool:
    """Whether ``other`` proves that nothing more had happened at the end of ``log`` when it was taken."""
    return other.first <= log.last == other.last and is_on_path(other, log.last, log.fork)


def _leads_on(other: Link, log: Link) -> bool:
    return other.first <= log.last < other.last and is_on_path(other, log.last, log.fork)


def _lsn(world: World, target: Target, bases: Sequence[Base]) -> Choice | None:
    """Two histories may both have the number: then the one that was backed up last is meant."""
    number = target.lsn
    assert number is not None
    logs = world.logs()
    ground = walk([one for one in bases if one.last <= number], [one for one in logs if one.last <= number])
    newest: dict[str, datetime] = {}
    for link in world.links:
        newest[link.fork] = max(link.finish, newest.get(link.fork, link.finish))
    found: list[tuple[datetime, Choice]] = []
    if target.before:
        there = [node for node in ground.nodes if node.last == number and world.is_wanted(node.link)]
        found += [(newest[node.link.fork], Choice(node=node, at=node.link.finish)) for node in there]
    stop = Stop(lsn=None if target.mark else number, mark=target.mark, after=target.after, before=target.before)
    for log in logs:
        best = None
        if log.first <= number < log.last and not log.is_bulk and world.is_wanted(log):
            best = min(ground.before(log), key=_cost, default=None)
        if best is not None:
            fork = log.first_fork if log.fork_point is not None and number <= log.fork_point else log.fork
            found.append((newest.get(fork, log.finish), Choice(node=best, last=log, stop=stop)))
    if not found:
        return None
    return max(found, key=lambda one: (one[0], one[1].last is None, tuple(-part for part in one[1].node.cost)))[1]


def _set(world: World, target: Target, bases: Sequence[Base]) -> Choice | None:
    wanted = next((one for one in world.links if one.piece.header.set_guid == target.set_guid), None)
    if wanted is None:
        return None
    if wanted.piece.header.type is not SetType.LOG:
        found = next((one for one in bases if one.link.piece is wanted.piece), None)
        return Choice(node=_alone(found), at=wanted.finish) if found is not None else None
    if wanted.trouble is not None:
        return None
    earlier = [one for one in world.logs() if one.last <= wanted.last and one is not wanted]
    ground = walk([one for one in bases if one.last <= wanted.last], earlier)
    best = min(ground.before(wanted), key=_cost, default=None) if target.applied else None
    best = best or min(ground.before(wanted, or_at_its_end=True), key=_cost, default=None)
    if best is None:
        return None
    return Choice(node=best, last=wanted if best.last < wanted.last else None, at=wanted.finish)
