"""How a database comes back: backups and a target in, the steps of the restore or the reasons against it out. Pure.

The rules are the server's: a differential goes on its own full backup alone; a log on what ends within it; where a
history forked, only the logs of one path fit; nobody stops within a log with bulk-logged changes. LSNs decide the
order. Times are of the server's wall clock, in whole seconds, and only tell which log an instant is in.

Every log that may hold the instant is told to stop there. Where it is not sure that the last one does, a spare one
follows: the server tells after each log whether the instant lies further on (4322), and only then the next is applied.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from ..base.records import Problem, Record
from .chain_choice import Choice, choose
from .chain_coverage import Coverage, coverage_of
from .chain_pieces import UNKNOWN, ChainPiece, LogMark, gathered, told, trouble, weaker
from .chain_reach import World
from .chain_refusal import nearest, no_full, refusals
from .chain_steps import RestoreSteps, steps_of
from .chain_target import Aim, Target, instant, lsn
from .chain_walk import bases_of, links_of, on_lineage, unplaced
from .chain_warnings import alternatives, newer, warnings

_MOST_FAMILIES = 5
"""So many are named where there is more than one."""


class Holdings(Record, frozen=True, kw_only=True):
    """Which backups there are, and which of them count."""

    pieces: tuple[ChainPiece, ...]
    """Of any databases; a file of a striped set may be a piece of its own."""
    database: str = ""
    """By this name, in letters of any case; empty: whatever there is."""
    family: str = ""
    """``FamilyGUID``, where the name alone does not tell."""
    fork: str = ""
    """Only the history of this recovery path."""
    server_major: int | None = None
    """Version of the server that is to restore them; None: any."""
    force_damaged: bool = False
    """Use backups that are known to be damaged, too; what comes back may then be damaged."""
    marks: tuple[LogMark, ...] = ()
    """Named transactions that the log backups hold."""


def plan(holdings: Holdings, target: Target) -> RestoreSteps:
    """How ``target`` is reached; else the refusals say why not, and what can be reached nearby."""
    pieces = _of_one_database(holdings)
    if isinstance(pieces, Problem):
        return RestoreSteps(target=target, database=holdings.database, refusals=(pieces,))
    found = _planned(_world(holdings, pieces), holdings, target)
    return msgspec.structs.replace(found, target=target, database=holdings.database or pieces[0].header.database)


def coverage(holdings: Holdings) -> Coverage:
    """All that can be brought back, and the gaps with their reasons; nothing where it is of several databases."""
    pieces = _of_one_database(holdings)
    return Coverage() if isinstance(pieces, Problem) else coverage_of(_world(holdings, pieces))


def _of_one_database(holdings: Holdings) -> tuple[ChainPiece, ...] | Problem:
    """The backups of the database that is meant. A family keeps its GUID when it is renamed or restored elsewhere."""
    every = gathered(holdings.pieces)
    name = holdings.database.casefold()
    named = [one for one in every if not name or one.header.database.casefold() == name]
    if holdings.family:
        named = [one for one in named if one.header.family_guid in (holdings.family, "")]
    if not named:
        return Problem(code="chain.nothing", values={"database": holdings.database or holdings.family or UNKNOWN})
    families = list(dict.fromkeys(one.header.family_guid or one.header.database.casefold() for one in named))
    known = [one.header.family_guid for one in named if one.header.family_guid]
    if known:  # what does not tell its family may belong to any that has its name
        families = list(dict.fromkeys(known))
    if len(families) > 1:
        told_of = [_family(one, named) for one in families[:_MOST_FAMILIES]]
        return Problem(code="chain.several_families", values={"count": len(families), "families": "; ".join(told_of)})
    names = {one.header.database.casefold() for one in named if one.header.family_guid or not known}
    return tuple(
        one
        for one in every
        if one.header.family_guid in known or (not one.header.family_guid and one.header.database.casefold() in names)
    )


def _family(family: str, pieces: Iterable[ChainPiece]) -> str:
    """``erp (SRV1, 2025-10-01 … 2025-10-24, guid)``."""
    own = [one.header for one in pieces if family in (one.header.family_guid, one.header.database.casefold())]
    times = sorted(one.finished_at for one in own if one.finished_at is not None)
    span = f"{told(times[0])} … {told(times[-1])}" if times else UNKNOWN
    return f"{own[-1].database} ({own[-1].server or UNKNOWN}, {span}, {own[-1].family_guid or UNKNOWN})"


def _world(holdings: Holdings, pieces: Sequence[ChainPiece]) -> World:
    links = links_of(pieces, holdings.server_major, force_damaged=holdings.force_damaged)
    bases = bases_of(links)
    if holdings.fork:
        belonging = on_lineage(links, holdings.fork)
        names = {id(one.piece) for one in belonging}
        links, bases = belonging, [one for one in bases if id(one.link.piece) in names]
    unclear = [wrong for one in unplaced(pieces) if (wrong := trouble(one)) is not None]
    return World(links, bases, holdings.database, unclear)


def _planned(world: World, holdings: Holdings, target: Target) -> RestoreSteps:
    if target.aim is Aim.MARK:
        return _to_mark(world, holdings, target)
    choice = choose(world, target, world.sound_bases())
    if choice is not None:
        return _steps(world, target, choice)
    return _earlier(world, _refused(world, target))


def _steps(world: World, target: Target, choice: Choice) -> RestoreSteps:
    considered = alternatives(world, target, choice)
    said = warnings(world, target, choice, considered)
    if target.aim is Aim.LATEST:
        unused = newer(world, choice.at)
        if unused is not None:
            reasons = refusals(world, instant(unused.finish))
            said = (*said, *(weaker(one) for one in reasons if weaker(one) not in said))
        else:
            said = (*said, *map(weaker, world.unclear))
    return RestoreSteps(
        target=target,
        steps=steps_of(choice),
        reaches_at=choice.at,
        reaches_lsn=choice.reaches_lsn,
        warnings=said,
        alternatives=considered,
    )


def _refused(world: World, target: Target) -> RestoreSteps:
    if target.aim is Aim.LATEST:
        last = max((one.finish for one in world.links), default=None)
        reasons = refusals(world, instant(last)) if last is not None else (no_full(world), *world.unclear)
        return RestoreSteps(target=target, refusals=reasons)
    if target.aim is Aim.SET:
        return _set_refused(world, target)
    before, after = nearest(world, target)
    return RestoreSteps(target=target, refusals=refusals(world, target), nearest_before=before, nearest_after=after)


def _set_refused(world: World, target: Target) -> RestoreSteps:
    wanted = next((one for one in world.links if one.piece.header.set_guid == target.set_guid), None)
    if wanted is None:
        problem = Problem(code="chain.set_unknown", values={"set": target.set_guid})
        return RestoreSteps(target=target, refusals=(problem,))
    if wanted.trouble is not None:
        return RestoreSteps(target=target, refusals=(wanted.trouble,))
    by_lsn = lsn(wanted.last, before=True)
    before, after = nearest(world, by_lsn)
    return RestoreSteps(target=target, refusals=refusals(world, by_lsn), nearest_before=before, nearest_after=after)


def _to_mark(world: World, holdings: Holdings, target: Target) -> RestoreSteps:
    """The first mark of that name that can be reached: the server stops at the first that it meets."""
    marks = [one for one in holdings.marks if one.name == target.mark]
    if target.after is not None:
        marks = [one for one in marks if one.at is not None and one.at >= target.after]
    if not marks:
        known = ", ".join(sorted({one.name for one in holdings.marks})) or UNKNOWN
        problem = Problem(code="chain.mark_unknown", values={"mark": target.mark, "known": known})
        return RestoreSteps(target=target, refusals=(problem,))
    marks.sort(key=lambda one: one.lsn)
    refused: RestoreSteps | None = None
    for one in marks:
        placed = msgspec.structs.replace(target, lsn=one.lsn)
        choice = choose(world, placed, world.sound_bases())
        if choice is not None:
            made = _steps(world, placed, msgspec.structs.replace(choice, at=one.at))
            skipped = tuple(weaker(problem) for problem in refused.refusals) if refused is not None else ()
            return msgspec.structs.replace(made, warnings=(*skipped, *made.warnings))
        refused = refused or _refused(world, placed)
    assert refused is not None
    return _earlier(world, refused)


def _earlier(world: World, refused: RestoreSteps) -> RestoreSteps:
    """The nearest state before will do, if that was said; why it is not the very one stands with the warnings."""
    if not refused.target.or_earlier or refused.nearest_before is None:
        return refused
    nearby = instant(refused.nearest_before)
    choice = choose(world, nearby, world.sound_bases())
    if choice is None:
        return refused
    made = _steps(world, nearby, choice)
    return msgspec.structs.replace(made, warnings=(*(weaker(one) for one in refused.refusals), *made.warnings))
