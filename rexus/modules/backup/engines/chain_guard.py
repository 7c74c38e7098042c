"""Which kind of backup is to be made in truth: a differential or a log that nobody could restore is not made. Pure.

Compared are the server's own facts of the database with the backups that we have. Whoever took a full backup that is
not ours has taken our differentials their base; whoever took a log backup has taken our logs a part of the chain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..base.records import BackupKind, Problem, Record, Severity
from .chain_pieces import UNKNOWN, ChainPiece, gathered, is_base_of, told
from .chain_sources import TYPE_OF, HistoryRow, from_history, guid_of
from .chain_walk import Link, bases_of, links_of, walk
from .headers import BackupHeader, SetType


class DatabaseState(Record, frozen=True, kw_only=True):
    """What the server says of the database now."""

    database: str
    recovery_model: str
    """``sys.databases.recovery_model_desc``: SIMPLE, FULL, BULK_LOGGED."""
    differential_base_guid: str | None = None
    differential_base_lsn: int | None = None
    """``sys.master_files``, of the first file; both None: no full backup was ever taken (3035)."""
    last_log_backup_lsn: int | None = None
    """``sys.database_recovery_status``: where the next log backup begins; None in pseudo-simple recovery (4214)."""
    family_guid: str = ""
    recovery_fork: str = ""

    @property
    def is_simple(self) -> bool:
        """Its log is not kept for backups at all (4208)."""
        return self.recovery_model.upper() == "SIMPLE"

    @property
    def is_pseudo_simple(self) -> bool:
        """Its log is not kept although it should be: a full backup has to come first (4214)."""
        return not self.is_simple and self.last_log_backup_lsn is None


class Verdict(Record, frozen=True, kw_only=True):
    """What is to be made."""

    kind: BackupKind | None
    """None: nothing; why, is the reason."""
    because: Problem | None = None
    """Why it is not what was asked for; None: it is."""


def kind_to_make(
    asked: BackupKind, state: DatabaseState, ours: Sequence[ChainPiece], history: Sequence[HistoryRow] = ()
) -> Verdict:
    """What to make instead of ``asked``, if that could not be restored from ``ours``.

    ``ours`` are the backups of this database whose files we have; ``history`` tells who made the others. A full
    backup can always be made. Where one was asked for, that is what is made.
    """
    if asked is BackupKind.FULL:
        return Verdict(kind=asked)
    case = _Case(state, ours, history)
    if asked is BackupKind.DIFFERENTIAL:
        wrong = case.base_wrong()
        return Verdict(kind=asked if wrong is None else BackupKind.FULL, because=wrong)
    return _log(case, state)


def _log(case: _Case, state: DatabaseState) -> Verdict:
    """A log, unless the chain is broken: then a differential bridges the gap, or a full where that has no base."""
    if state.is_simple:
        wrong = case.switched()
        if wrong is None:
            return Verdict(kind=None, because=case.problem("guard.simple"))
    elif state.is_pseudo_simple:
        return Verdict(kind=BackupKind.FULL, because=case.problem("guard.pseudo_simple"))
    else:
        wrong = case.chain_wrong()
        if wrong is None:
            return Verdict(kind=BackupKind.LOG)
    bridge = BackupKind.DIFFERENTIAL if case.base_wrong() is None else BackupKind.FULL
    return Verdict(kind=bridge, because=case.made_instead(wrong, bridge))


class _Case:
    """The facts of one decision."""

    def __init__(self, state: DatabaseState, ours: Sequence[ChainPiece], history: Sequence[HistoryRow]) -> None:
        family = state.family_guid
        self._state = state
        self._ours = [one for one in gathered(ours) if not family or one.header.family_guid in (family, "")]
        self._links = links_of(self._ours, None)
        own = {one.header.set_guid for one in self._ours}
        rows = [one for one in history if self._is_ours_to_judge(one)]
        self._foreign = [one for one in rows if guid_of(one.backup_set_uuid) not in own]

    def _is_ours_to_judge(self, row: HistoryRow) -> bool:
        """Copy-only backups change nothing for anybody."""
        return not row.is_copy_only and row.database_name.casefold() == self._state.database.casefold()

    def problem(self, code: str, values: Mapping[str, str | int] | None = None) -> Problem:
        """What is to be told of this database."""
        told_of = {"database": self._state.database, **(values or {})}
        return Problem(code=code, severity=Severity.WARNING, values=told_of)

    def made_instead(self, problem: Problem, kind: BackupKind) -> Problem:
        """The reason with what is made instead."""
        return Problem(code=problem.code, severity=problem.severity, values={**problem.values, "kind": kind.value})

    def base_wrong(self) -> Problem | None:
        """Why a differential backup could not be restored; None: it could, for its full backup is ours and whole."""
        guid, lsn = self._state.differential_base_guid, self._state.differential_base_lsn
        if self._state.database.casefold() == "master":
            return self.problem("guard.master")
        if not guid and not lsn:
            return self.problem("guard.no_base")
        wanted = BackupHeader(
            database=self._state.database,
            type=SetType.DIFFERENTIAL,
            software_major=0,
            differential_base_guid=guid_of(guid) or None,
            differential_base_lsn=lsn,
        )
        base = next((one for one in self._links if is_base_of(one.piece.header, wanted)), None)
        if base is not None and base.trouble is None:
            return None
        if base is not None:
            return self.problem("guard.base_useless", _made(base))
        row = next((one for one in self._foreign if _is_base(one, wanted)), None)
        if row is not None:
            return self.problem("guard.foreign_full", _who(row))
        return self.problem("guard.unknown_full", {"base": guid_of(guid) or f"LSN {lsn}"})

    def switched(self) -> Problem | None:
        """Under simple recovery: whether our newest backup is still of before, or there is none."""
        newest = max((one for one in self._links if one.trouble is None), key=lambda one: one.finish, default=None)
        if newest is None:
            return self.problem("guard.none_yet")
        if newest.piece.header.recovery_model.upper() not in ("SIMPLE", ""):
            return self.problem("guard.switched", _made(newest))
        return None

    def chain_wrong(self) -> Problem | None:
        """Why the next log backup would not go on where our backups end; None: it would."""
        begins = self._state.last_log_backup_lsn or 0
        bases = [one for one in bases_of(self._links) if one.is_sound]
        if not bases:
            return self.problem("guard.none_yet")
        ground = walk(bases, [one for one in self._links if one.is_log and one.trouble is None])
        if any(self._leads_on(one.link, begins) for one in ground.nodes):
            return None
        here = [one for one in ground.nodes if self._is_here(one.link)]
        if not here:
            return self.problem("guard.restored")
        newest = max(here, key=lambda one: one.last)
        since = {"last": newest.link.piece.name, "last_at": told(newest.link.finish)}
        row = self._taker(newest.last, begins)
        if row is not None:
            return self.problem("guard.foreign_log", {**_who(row), **since})
        lost = next((one for one in self._links if one.is_log and newest.last < one.last <= begins), None)
        if lost is not None:
            return self.problem("guard.log_useless", _made(lost))
        return self.problem("guard.gap", since)

    def _is_here(self, link: Link) -> bool:
        fork = self._state.recovery_fork
        return not fork or not link.fork or link.fork == fork

    def _leads_on(self, link: Link, begins: int) -> bool:
        """On the path that the database was on before it was restored, only what ends just where the log begins."""
        return link.last >= begins if self._is_here(link) else link.last == begins

    def _taker(self, reached: int, begins: int) -> HistoryRow | None:
        """Who took the first log backup behind the end of ours."""
        logs = [one for one in self._foreign if TYPE_OF.get(one.type.upper()) is SetType.LOG]
        behind = [one for one in logs if (one.last_lsn or 0) > reached and (one.first_lsn or 0) < begins]
        return min(behind, key=lambda one: one.first_lsn or 0, default=None)


def _is_base(row: HistoryRow, differential: BackupHeader) -> bool:
    piece = from_history(row)
    return piece is not None and is_base_of(piece.header, differential)


def _made(link: Link) -> dict[str, str | int]:
    return {"set": link.piece.name, "made_at": told(link.finish)}


def _who(row: HistoryRow) -> dict[str, str | int]:
    """Who made a backup, with what, and where it went."""
    return {
        "who": row.user_name or UNKNOWN,
        "machine": row.machine_name or row.server_name or UNKNOWN,
        "program": row.software_name or UNKNOWN,
        "place": ", ".join(row.devices) or UNKNOWN,
        "made_at": told(row.backup_finish_date),
    }
