"""Which log backup goes on where a restore has come to, by LSN and recovery path; and all that can be reached so. Pure.

A restore that is under way is known by two things: the LSN up to which it has come, and the recovery fork it is on
(a database that was restored and went on has a fork of its own from then on, and numbers that the old one has too).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from ..base.records import Problem
from .chain_pieces import ChainPiece, about, is_base_of, is_damage, trouble
from .headers import KIND_OF, SetType


class Link(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A piece with all that walking needs of it; times are the server's."""

    piece: ChainPiece
    first: int
    last: int
    start: datetime
    finish: datetime
    fork: str
    """The recovery path at its end; empty: unknown."""
    first_fork: str
    """The same at its beginning."""
    fork_point: int | None
    trouble: Problem | None
    """Why it can't be restored."""

    @property
    def is_log(self) -> bool:
        """A log backup, else a full or differential one."""
        return self.piece.header.type is SetType.LOG

    @property
    def is_bulk(self) -> bool:
        """A log that can only be restored whole, for it holds changes that were not logged one by one (4341)."""
        return self.is_log and self.piece.header.has_bulk_logged_data

    @property
    def is_empty(self) -> bool:
        """A log without a record: nothing to restore, but nothing had happened until then."""
        return self.first == self.last

    @property
    def until(self) -> datetime:
        """Until when all that happened is in it for sure: a log's end is fixed while the backup starts."""
        return self.start if self.is_log and not self.is_bulk else self.finish


class Base(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What a restore may begin with: a full backup, or a differential on top of its own."""

    link: Link
    full: Link
    """``link`` itself where that is a full backup."""

    @property
    def last(self) -> int:
        """Up to where the database is there afterwards."""
        return self.link.last

    @property
    def links(self) -> tuple[Link, ...]:
        """What is restored for it, in order."""
        return (self.link,) if self.full is self.link else (self.full, self.link)

    @property
    def is_sound(self) -> bool:
        """Whether all of it can be restored."""
        return all(one.trouble is None for one in self.links)


class Node(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A state that a restore can come to, and the best way there."""

    link: Link
    """What was restored last."""
    base: Base
    before: Node | None
    steps: int
    broken: int
    """How many of the steps a server would refuse; 0 unless that is what is asked for."""

    @property
    def last(self) -> int:
        """Up to where."""
        return self.link.last

    @property
    def cost(self) -> tuple[int, int, int]:
        """What is sound goes before what is not, a newer base before an older one, fewer steps before more."""
        return (self.broken, -self.base.last, self.steps)

    @property
    def chain(self) -> tuple[Link, ...]:
        """Everything that is restored for it, in order."""
        logs: list[Link] = []
        node: Node | None = self
        while node is not None and node.before is not None:
            logs.append(node.link)
            node = node.before
        return (*self.base.links, *reversed(logs))


def unplaced(pieces: Iterable[ChainPiece]) -> list[ChainPiece]:
    """Full, differential and log backups of which nobody knows what they hold, for they broke off or can't be read."""
    kinds = (one for one in pieces if one.header.type in KIND_OF)
    return [one for one in kinds if None in (one.header.first_lsn, one.header.last_lsn, one.header.finished_at)]


def links_of(pieces: Iterable[ChainPiece], server_major: int | None, *, force_damaged: bool = False) -> list[Link]:
    """The full, differential and log backups whose place in the log and in time is known."""
    made = []
    for piece in pieces:
        header = piece.header
        if header.type not in KIND_OF or header.first_lsn is None or header.last_lsn is None:
            continue
        if header.finished_at is None:
            continue
        wrong = trouble(piece, server_major)
        made.append(
            Link(
                piece=piece,
                first=header.first_lsn,
                last=header.last_lsn,
                start=header.started_at or header.finished_at,
                finish=header.finished_at,
                fork=header.recovery_fork,
                first_fork=header.first_recovery_fork or header.recovery_fork,
                fork_point=header.fork_point_lsn,
                trouble=None if force_damaged and is_damage(wrong) else wrong,
            )
        )
    return made


def bases_of(links: Sequence[Link]) -> list[Base]:
    """Every full backup, and every differential with the full one that it needs (itself, where that is not there)."""
    fulls = [one for one in links if one.piece.header.type is SetType.FULL]
    by_name: dict[str | int, list[Link]] = {}
    for full in fulls:
        for key in (full.piece.header.set_guid, full.piece.header.checkpoint_lsn):
            if key:
                by_name.setdefault(key, []).append(full)
    made = [Base(link=full, full=full) for full in fulls]
    for one in links:
        if one.piece.header.type is not SetType.DIFFERENTIAL:
            continue
        keys = (one.piece.header.differential_base_guid, one.piece.header.differential_base_lsn)
        there = [full for key in keys if key for full in by_name.get(key, ())]
        fitting = [full for full in there if is_base_of(full.piece.header, one.piece.header)]
        if fitting:
            made.append(Base(link=one, full=min(fitting, key=lambda full: full.trouble is not None)))
        else:
            alone = msgspec.structs.replace(one, trouble=one.trouble or _baseless(one.piece))
            made.append(Base(link=alone, full=alone))
    return made


def _baseless(piece: ChainPiece) -> Problem:
    """A differential whose full backup is not there; without the name of one it has several, one for each file."""
    header = piece.header
    if not header.differential_base_guid and header.differential_base_lsn is None:
        return Problem(code="chain.many_bases", values=about(piece))
    base = header.differential_base_guid or f"LSN {header.differential_base_lsn}"
    return Problem(code="chain.no_base", values={**about(piece), "base": base})


def is_on_path(log: Link, lsn: int, fork: str) -> bool:
    """Whether ``log`` belongs to the recovery path ``fork`` at ``lsn`` (else 4330). Unknown paths are all right."""
    if not fork or not log.fork:
        return True
    if log.first_fork == log.fork:
        return fork == log.fork
    if log.fork_point is None:  # somewhere within it
        return fork == log.fork or (fork == log.first_fork and lsn <= log.first)
    return fork == (log.first_fork if lsn <= log.fork_point else log.fork)


class Ground:
    """All states that were reached, by recovery path and LSN."""

    def __init__(self, *, any_path: bool = False) -> None:
        self._any_path = any_path
        self._lsns: dict[str, list[int]] = {}
        self._nodes: dict[str, list[Node]] = {}
        self._led_on: set[int] = set()

    def add(self, node: Node) -> None:
        """Nodes come in the order of their LSNs."""
        fork = "" if self._any_path else node.link.fork
        self._lsns.setdefault(fork, []).append(node.last)
        self._nodes.setdefault(fork, []).append(node)

    def before(self, log: Link, *, or_at_its_end: bool = False) -> Iterator[Node]:
        """The states from which ``log`` goes on; or also those that are where it ends, to which it adds nothing."""
        forks: Iterable[str] = {log.fork, log.first_fork, ""} if log.fork and not self._any_path else self._nodes
        for fork in forks:
            lsns = self._lsns.get(fork, [])
            found = bisect_right if or_at_its_end else bisect_left
            for place in range(bisect_left(lsns, log.first), found(lsns, log.last)):
                node = self._nodes[fork][place]
                if self._any_path or is_on_path(log, node.last, fork):
                    yield node

    def take(self, log: Link) -> None:
        """Add what ``log`` leads to, if it goes on from anywhere."""
        found = list(self.before(log))
        if not found:
            return
        self._led_on.update(map(id, found))
        best = min(found, key=_cost)
        broken = best.broken + (log.trouble is not None)
        self.add(Node(link=log, base=best.base, before=best, steps=best.steps + 1, broken=broken))

    @property
    def nodes(self) -> Iterator[Node]:
        """All of them."""
        for there in self._nodes.values():
            yield from there

    @property
    def ends(self) -> list[Node]:
        """Those from which no log goes on."""
        return [node for node in self.nodes if id(node) not in self._led_on]


def _cost(node: Node) -> tuple[int, int, int]:
    return node.cost


def walk(bases: Iterable[Base], logs: Iterable[Link], *, any_path: bool = False) -> Ground:
    """Everything that can be reached from ``bases`` with whole ``logs``; with ``any_path`` forks are not looked at."""
    ground = Ground(any_path=any_path)
    begins = list(bases)
    lowest = min((one.last for one in begins), default=0)
    events: list[Base | Link] = [*begins, *(one for one in logs if one.last > lowest)]
    events.sort(key=lambda one: one.last)
    for one in events:
        if isinstance(one, Link):
            ground.take(one)
            continue
        broken = sum(link.trouble is not None for link in one.links)
        ground.add(Node(link=one.link, base=one, before=None, steps=len(one.links), broken=broken))
    return ground


def lineage(links: Sequence[Link], fork: str) -> Mapping[str, int | None]:
    """The recovery paths that lead to ``fork``, each with the LSN up to which; None: to its end."""
    limits: dict[str, int | None] = {fork: None}
    waiting = [fork]
    while waiting:
        child = waiting.pop()
        for one in links:
            if one.is_log and one.fork == child and one.first_fork not in limits:
                limits[one.first_fork] = one.fork_point if one.fork_point is not None else one.first
                waiting.append(one.first_fork)
    return limits


def on_lineage(links: Sequence[Link], fork: str) -> list[Link]:
    """Those of ``links`` that belong to the history of ``fork``."""
    limits = lineage(links, fork)

    def belongs(one: Link) -> bool:
        limit = limits.get(one.fork, -1) if one.fork else None
        return limit is None or one.last <= limit

    return [one for one in links if belongs(one)]
