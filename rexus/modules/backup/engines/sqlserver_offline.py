"""What stored backups of SQL Server bring back, told without a server: stretches, gaps and why, the newest state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..base.records import Problem, Record
from ..base.timeline import Reason
from .chain import Holdings, coverage, plan
from .chain_pieces import ChainPiece
from .chain_target import LATEST
from .port_server import ChainPlan, StoredBackup
from .sqlserver_chain import ServerClock, chain_at, piece_at


class Reachable(Record, frozen=True, kw_only=True):
    """From where to where every instant can be brought back, both ends too (UTC); of a backup by itself one instant."""

    start: datetime
    end: datetime


class Gap(Record, frozen=True, kw_only=True):
    """Where nothing can be brought back though backups were made; its ends can (UTC)."""

    start: datetime
    end: datetime
    because: Problem
    reason: Reason | None = None


class Outlook(Record, frozen=True, kw_only=True):
    """All that the backups of one database bring back."""

    family: str = ""
    """Tells it from another database of the same name."""
    server: str = ""
    version: str = ""
    sets: tuple[str, ...] = ()
    """All of its backups, oldest first."""
    spans: tuple[Reachable, ...] = ()
    gaps: tuple[Gap, ...] = ()
    latest: ChainPlan = ChainPlan()
    """How its newest state comes back; else why nothing does."""
    latest_set: str = ""
    """The backup that the newest state ends with."""


def outlooks(held: Sequence[StoredBackup], offset_minutes: int) -> tuple[Outlook, ...]:
    """One for each database that the backups of one name are of, the newest first.

    ``offset_minutes`` is the offset of the server's clock where a backup does not tell.
    """
    pairs = [(one, piece) for one in held if (piece := piece_at(one, offset_minutes)) is not None]
    families: dict[str, list[tuple[StoredBackup, ChainPiece]]] = {}
    for one, piece in pairs:
        families.setdefault(piece.header.family_guid, []).append((one, piece))
    found = [_outlook(family, group, offset_minutes) for family, group in families.items()]
    return tuple(sorted(found, key=lambda one: one.sets[-1], reverse=True))


def chain_without_server(
    name: str, held: Sequence[StoredBackup], set_name: str, at: datetime | None, offset_minutes: int
) -> ChainPlan:
    """See `ServerSide.chain`; any version of the server will do."""
    return chain_at(name, held, set_name, at, (offset_minutes, None))


def _outlook(family: str, group: Sequence[tuple[StoredBackup, ChainPiece]], offset_minutes: int) -> Outlook:
    held, pieces = [one for one, _ in group], tuple(piece for _, piece in group)
    clock = ServerClock(offset_minutes, held)
    holdings = Holdings(pieces=pieces, family=family)
    seen, found = coverage(holdings), plan(holdings, LATEST)
    used = [one.set for one in found.pieces if one.set]
    newest = max(group, key=lambda pair: (pair[1].header.finished_at or datetime.min, pair[0].set))[1].header
    last = used[-1] if used else ""
    latest = ChainPlan(refusals=tuple(map(clock.told, found.refusals)))
    if last and found.reaches_at is not None:
        steps = chain_at(held[0].name, held, last, None, (offset_minutes, None)).steps
        warnings = tuple(map(clock.told, found.warnings))
        latest = ChainPlan(steps=steps, reaches_at=clock.utc(found.reaches_at), warnings=warnings)
    return Outlook(
        family=family,
        server=newest.server,
        version=f"{newest.software_major}.{newest.software_minor}.{newest.software_build}",
        sets=tuple(sorted(one.set for one in held)),
        spans=tuple(Reachable(start=clock.utc(one.start), end=clock.utc(one.end)) for one in seen.spans),
        gaps=tuple(
            Gap(start=clock.utc(one.start), end=clock.utc(one.end), because=clock.told(one.because), reason=one.reason)
            for one in seen.holes
        ),
        latest=latest,
        latest_set=last,
    )
