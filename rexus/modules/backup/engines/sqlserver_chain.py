"""Chains over the sets that we hold: what a new backup would stand on, and which old ones bring something back."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone

import msgspec

from ..base.clock import spelled, tells_instants
from ..base.errors import BackupError, Refused
from ..base.records import BackupKind, Problem, Severity
from ..base.server_parts import is_system
from . import tsql_ask
from .chain import Holdings, plan
from .chain_guard import DatabaseState, kind_to_make
from .chain_pieces import ChainPiece
from .chain_sources import HistoryRow, from_manifest
from .chain_steps import RestoreSteps
from .chain_target import backup_set, instant
from .port import DatabaseRef
from .port_server import ChainPlan, ChainStep, KindChoice, StoredBackup
from .sqlserver_client import Client, Row
from .sqlserver_facts import DatabaseFacts, ServerFacts, ask_database

log = logging.getLogger(__name__)
_QUARTER = timedelta(minutes=15)
_WALL = re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?\b")
"""A wall time as `chain_pieces.told` has it."""


def decide(
    client: Client, server: ServerFacts, database: DatabaseRef, kind: BackupKind, ours: Sequence[StoredBackup]
) -> KindChoice:
    """Which kind is of use now. Raises `Refused` (``guard.*``) where a backup of that kind can't be at all."""
    if is_system(database.location):
        return KindChoice(
            kind=BackupKind.FULL,
            because=Problem(code="guard.system_full", severity=Severity.INFO, values={"database": database.location}),
        )
    there = ask_database(client, database.location)
    if there is None:
        raise Refused("sqlserver.no_database", database=database.location, server=server.name, login=server.login)
    pieces = [piece for one in ours if (piece := piece_of(one, server)) is not None]
    verdict = kind_to_make(kind, _state(there), pieces, _history(client, database.location))
    clock = ServerClock(server.utc_offset_minutes, ours)
    because = clock.told(verdict.because) if verdict.because is not None else None
    if verdict.kind is None:
        assert because is not None
        raise Refused(because.code, **because.values)
    return KindChoice(kind=verdict.kind, because=because)


def _state(there: DatabaseFacts) -> DatabaseState:
    return DatabaseState(
        database=there.name,
        recovery_model=there.recovery_model,
        differential_base_guid=there.differential_base_guid or None,
        differential_base_lsn=there.differential_base_lsn,
        last_log_backup_lsn=there.last_log_backup_lsn,
        family_guid=there.family_guid,
        recovery_fork=there.recovery_fork,
    )


def _history(client: Client, name: str) -> tuple[HistoryRow, ...]:
    """What msdb knows; where it may not be read nobody can say who made a backup that is not ours."""
    try:
        rows = client.query(tsql_ask.history(name))
    except BackupError as error:
        log.info("the history of %s can't be read: %s", name, error)
        return ()
    return tuple(_row(row) for row in rows if (row.integer("stripe") or 1) == 1)


def _row(row: Row) -> HistoryRow:
    return HistoryRow(
        database_name=row.text("database_name"),
        type=row.text("type").strip(),
        backup_start_date=row.instant("started_at"),
        backup_finish_date=row.instant("finished_at"),
        first_lsn=row.integer("first_lsn"),
        last_lsn=row.integer("last_lsn"),
        checkpoint_lsn=row.integer("checkpoint_lsn"),
        database_backup_lsn=row.integer("database_backup_lsn"),
        differential_base_guid=row.guid("differential_base_guid") or None,
        backup_set_uuid=row.guid("set_guid"),
        is_copy_only=row.flag("is_copy_only"),
        user_name=row.text("user_name"),
        server_name=row.text("server_name"),
        position=row.integer("position") or 1,
        devices=(row.text("place"),),
    )


def piece_of(one: StoredBackup, server: ServerFacts) -> ChainPiece | None:
    """A stored backup as the planner takes it; None for one of another engine."""
    return piece_at(one, server.utc_offset_minutes)


def piece_at(one: StoredBackup, offset_minutes: int) -> ChainPiece | None:
    """The same for a server whose wall time has that offset now."""
    piece = from_manifest(one.set, one.name, one.backup, timezone(timedelta(minutes=offset_minutes)))
    if piece is None:
        return None
    problem = (piece.problem or Problem(code="chain.check_failed")) if one.damaged else None
    if problem is not None and piece.problem is None and len(piece.stripes) < piece.family_count:
        problem = None  # what failed was to find all its files
    return msgspec.structs.replace(piece, missing=piece.missing or not one.present, lost=one.lost, problem=problem)


def chain(  # noqa: PLR0913  what, to which state, on which server
    server: ServerFacts,
    name: str,
    held: Sequence[StoredBackup],
    set_name: str,
    at: datetime | None,
    *,
    applied: bool = False,
) -> ChainPlan:
    """The steps that bring ``name`` back as a set holds it, or as it was at an instant (UTC): `ServerSide.chain`."""
    return chain_at(name, held, set_name, at, (server.utc_offset_minutes, server.major or None), applied=applied)


def chain_at(  # noqa: PLR0913  what, to which state, on which server
    name: str,
    held: Sequence[StoredBackup],
    set_name: str,
    at: datetime | None,
    server: tuple[int, int | None],
    *,
    applied: bool = False,
) -> ChainPlan:
    """The same for a server of which only the offset in minutes and the version (None: any) are known."""
    offset, major = server
    pairs = [(one, piece) for one in held if (piece := piece_at(one, offset)) is not None]
    wanted = next((piece for one, piece in pairs if one.set == set_name), None)
    if wanted is None:
        values: dict[str, str | int] = {"set": set_name, "database": name}
        holder = max((one.set for one, _piece in pairs if one.present and not one.damaged), default="")
        values |= {"holder": holder} if holder else {}
        return ChainPlan(refusals=(Problem(code="restore.not_in_set", values=values),))
    clock = ServerClock(offset, held)
    target = instant(clock.wall(at)) if at is not None else backup_set(wanted.header.set_guid, applied=applied)
    holdings = Holdings(
        pieces=tuple(piece for _, piece in pairs),
        family=wanted.header.family_guid,
        server_major=major,
    )
    found = plan(holdings, target)
    by_guid = {piece.header.set_guid: one for one, piece in pairs}
    return ChainPlan(
        steps=_steps(found, by_guid),
        reaches_at=clock.utc(found.reaches_at) if found.reaches_at is not None else None,
        warnings=tuple(map(clock.told, found.warnings)),
        refusals=tuple(map(clock.told, found.refusals)),
    )


class ServerClock:
    """Wall times of the server, with the offset of the backup nearest to them: clocks change twice a year."""

    def __init__(self, offset_minutes: int, held: Sequence[StoredBackup]) -> None:
        self._now = timedelta(minutes=offset_minutes)
        self._seen = [pair for one in held if (pair := _offset(one)) is not None]

    def wall(self, at: datetime) -> datetime:
        """What the server's clock showed at an instant."""
        told = at.astimezone(UTC).replace(tzinfo=None)
        return told + self._nearest(lambda utc, _: abs(utc - told))

    def utc(self, wall: datetime) -> datetime:
        """The instant of a wall time."""
        offset = self._nearest(lambda utc, offset: abs(utc + offset - wall))
        return (wall - offset).replace(tzinfo=UTC)

    def told(self, problem: Problem) -> Problem:
        """``problem`` of a chain, whose planner knows the server's clock alone, with instants (UTC) for wall times."""
        values: dict[str, str | int] = {
            key: _WALL.sub(self._instant, value) if isinstance(value, str) and tells_instants(key) else value
            for key, value in problem.values.items()
        }
        return msgspec.structs.replace(problem, values=values)

    def _instant(self, found: re.Match[str]) -> str:
        try:
            return spelled(self.utc(datetime.fromisoformat(found[0])))
        except (OverflowError, ValueError):  # a header may say anything
            return found[0]

    def _nearest(self, distance: Callable[[datetime, timedelta], timedelta]) -> timedelta:
        return min(self._seen, key=lambda pair: distance(*pair), default=(datetime.min, self._now))[1]


def _offset(one: StoredBackup) -> tuple[datetime, timedelta] | None:
    """When a backup was finished (UTC, naive), and the server's offset then, in quarters of an hour."""
    finished, facts = one.backup.completed_at, one.backup.facts
    if finished is None or facts is None or facts.wall_finished_at is None:
        return None
    utc = finished.astimezone(UTC).replace(tzinfo=None)
    return utc, _QUARTER * round((facts.wall_finished_at - utc) / _QUARTER)


def _steps(found: RestoreSteps, by_guid: dict[str, StoredBackup]) -> tuple[ChainStep, ...]:
    steps = []
    for step in found.steps:
        if step.piece is None:
            continue
        one = by_guid[step.piece.header.set_guid]
        stop = step.stop.at if step.stop is not None else None
        steps.append(ChainStep(set=one.set, backup=one.backup, stop_at=stop, spare=step.spare))
    return tuple(steps)
