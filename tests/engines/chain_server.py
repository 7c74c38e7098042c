"""A little SQL Server that keeps its log in memory: it takes backups as real ones do, and judges what restores them.

It knows nothing of the planner. What a backup truly holds is kept beside its header, and a restore is played record by
record, with the errors by which a real server would refuse it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rexus.modules.backup.engines.chain_pieces import ChainPiece, LogMark, Stripe
from rexus.modules.backup.engines.chain_sources import HistoryRow
from rexus.modules.backup.engines.headers import BackupHeader, SetType

START = datetime(2025, 10, 25, 22, 0, 0)
STEP = 10
"""Between the numbers of two records."""
State = tuple[int, int]
"""Branch, and the number before which everything is there."""


@dataclass(frozen=True)
class Written:
    """One record of the log."""

    lsn: int
    branch: int
    at: datetime
    bulk: bool = False


@dataclass(frozen=True)
class Branch:
    """A history of the database; all but the first begin where another one was restored to."""

    number: int
    parent: int | None
    point: int
    since: datetime


@dataclass(frozen=True)
class Truth:
    """What a backup holds, whatever its header says."""

    kind: SetType
    branch: int
    first: int
    last: int
    began: datetime
    ended: datetime
    base: str = ""
    copy_only: bool = False
    bulk: bool = False


class Rejected(Exception):
    """The server's number for why it does not restore this now."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@dataclass
class Server:
    """Writes, backs up, switches, restores; clock and numbers go on by themselves."""

    database: str = "erp"
    model: str = "FULL"
    wall: datetime = START
    family: str = "family"
    name: str = "SRV1"
    records: list[Written] = field(default_factory=list)
    branches: list[Branch] = field(default_factory=lambda: [Branch(0, None, 0, START)])
    truths: dict[str, Truth] = field(default_factory=dict)
    pieces: list[ChainPiece] = field(default_factory=list)
    live: int = 0
    end: int = 1000
    log_from: int | None = None
    base: str = ""
    base_lsn: int | None = None
    forked: bool = False
    """Restored, and no log backup taken since."""
    clock_went_back: bool = False

    # what people and programs do

    def write(self, count: int = 1, *, gap_s: float = 7.25) -> list[Written]:
        made = []
        for _ in range(count):
            self.wall += timedelta(seconds=gap_s)
            made.append(Written(self.end, self.live, self.wall, self.model == "BULK-LOGGED"))
            self.records.append(made[-1])
            self.end += STEP
        return made

    def full(self, *, copy_only: bool = False, stripes: int = 1, open_since: int = 0, **more: object) -> ChainPiece:
        """``open_since``: so many records before its checkpoint a transaction is still open."""
        began, checkpoint = self._checkpoint()
        first = checkpoint - STEP * open_since
        piece = self._data(SetType.FULL, began, first, checkpoint, stripes=stripes, copy_only=copy_only, **more)
        if not copy_only:
            self.base, self.base_lsn = piece.header.set_guid, checkpoint
        if self.model != "SIMPLE" and self.log_from is None:
            self.log_from = first
        return piece

    def differential(self, *, stripes: int = 1, **more: object) -> ChainPiece:
        began, checkpoint = self._checkpoint()
        piece = self._data(SetType.DIFFERENTIAL, began, checkpoint, checkpoint, stripes=stripes, base=self.base, **more)
        if self.model != "SIMPLE" and self.log_from is None:
            self.log_from = checkpoint
        return piece

    def log(self, *, copy_only: bool = False, stripes: int = 1, meanwhile: int = 1, **more: object) -> ChainPiece:
        """``meanwhile``: so many records are written while it is, and belong to the next one."""
        assert self.log_from is not None
        self.wall += timedelta(seconds=0.5)
        began, first, last = self.wall, self.log_from, self.end
        held = [one for one in self.lineage(self.live) if first <= one.lsn < last]
        bulk = any(one.bulk for one in held)
        self.write(meanwhile, gap_s=0.25)
        self.wall += timedelta(seconds=1.5)
        if not copy_only:
            self.log_from, self.forked = last, False
        return self._piece(
            Truth(SetType.LOG, self.live, first, last, began, self.wall, copy_only=copy_only, bulk=bulk),
            stripes,
            None,
            **more,
        )

    def switch(self, model: str) -> None:
        self.model = model
        if model == "SIMPLE":
            self.log_from = None

    def restore(self, state: State, log_from: int | None) -> None:
        """Bring the database itself back to ``state``; the log is backed up again from ``log_from``."""
        parent = self.branch_at(*state)
        self.wall += timedelta(seconds=30)
        self.branches.append(Branch(len(self.branches), parent, state[1], self.wall))
        self.live, self.end, self.log_from, self.forked = len(self.branches) - 1, state[1], log_from, True
        fulls = [
            (truth.last, guid)
            for guid, truth in self.truths.items()
            if truth.kind is SetType.FULL
            and not truth.copy_only
            and truth.last <= state[1]
            and self.branch_at(state[0], truth.last) == self.branch_at(truth.branch, truth.last)
        ]
        self.base = max(fulls)[1] if fulls else ""
        self.write(1, gap_s=0.5)

    def set_clock_back(self) -> None:
        self.wall -= timedelta(hours=1)
        self.clock_went_back = True

    # how it keeps count

    def _checkpoint(self) -> tuple[datetime, int]:
        self.wall += timedelta(seconds=0.5)
        began, checkpoint = self.wall, self.end
        self.write(2, gap_s=0.75)
        return began, checkpoint

    def _data(
        self,
        kind: SetType,
        began: datetime,
        first: int,
        checkpoint: int,
        *,
        stripes: int,
        copy_only: bool = False,
        base: str = "",
        **more: object,
    ) -> ChainPiece:
        truth = Truth(kind, self.live, first, self.end, began, self.wall, base=base, copy_only=copy_only)
        return self._piece(truth, stripes, checkpoint, **more)

    def _piece(self, truth: Truth, stripes: int, checkpoint: int | None, **more: object) -> ChainPiece:
        number = len(self.truths) + 1
        guid = f"set-{number:03}"
        self.truths[guid] = truth
        first_branch = self.branch_at(truth.branch, truth.first)
        if truth.kind is not SetType.LOG:
            first_branch = truth.branch
        header = BackupHeader(
            database=self.database,
            type=truth.kind,
            server=self.name,
            user="SRV1\\sql",
            software_major=16,
            started_at=truth.began.replace(microsecond=0),
            finished_at=truth.ended.replace(microsecond=0),
            first_lsn=truth.first,
            last_lsn=truth.last,
            checkpoint_lsn=checkpoint,
            differential_base_guid=truth.base or None,
            differential_base_lsn=self.base_lsn if truth.base else None,
            set_guid=guid,
            family_guid=self.family,
            recovery_fork=f"fork-{truth.branch}",
            first_recovery_fork=f"fork-{first_branch}",
            fork_point_lsn=self.branches[truth.branch].point if first_branch != truth.branch else None,
            recovery_model=self.model,
            is_copy_only=truth.copy_only,
            has_bulk_logged_data=truth.bulk,
        )
        suffix = "trn" if truth.kind is SetType.LOG else "bak"
        places = tuple(Stripe(place=f"D:\\B\\{guid}-{n}.{suffix}", sequence=n) for n in range(1, stripes + 1))
        piece = ChainPiece(header=header, stripes=places, family_count=stripes, **more)  # type: ignore[arg-type]
        self.pieces.append(piece)
        return piece

    # what is true

    def branch_at(self, branch: int, lsn: int) -> int:
        """Whose history ``branch`` still shares at ``lsn``."""
        here = self.branches[branch]
        while here.parent is not None and lsn <= here.point:
            here = self.branches[here.parent]
        return here.number

    def lineage(self, branch: int) -> Iterator[Written]:
        """All records of a history, also those from before it forked."""
        here: Branch | None = self.branches[branch]
        limit: int | None = None
        while here is not None:
            for one in self.records:
                if one.branch == here.number and (limit is None or one.lsn < limit):
                    yield one
            limit = here.point if limit is None else min(limit, here.point)
            here = self.branches[here.parent] if here.parent is not None else None

    def content(self, state: State) -> set[Written]:
        """Everything that is in the database in ``state``."""
        return {one for one in self.lineage(state[0]) if one.lsn < state[1]}

    def live_content(self, at: datetime) -> set[Written]:
        """Everything that was in the database at ``at``."""
        branch = max((one for one in self.branches if one.since <= at), key=lambda one: one.number, default=None)
        number = branch.number if branch is not None else 0
        return {one for one in self.lineage(number) if one.at <= at}

    def mark(self, name: str) -> LogMark:
        """A marked transaction that commits now."""
        made = self.write()[0]
        return LogMark(name=name, lsn=made.lsn, at=made.at.replace(microsecond=0))


def history_row(piece: ChainPiece, **more: object) -> HistoryRow:
    """The same backup as msdb tells it."""
    header = piece.header
    letters = {SetType.FULL: "D", SetType.DIFFERENTIAL: "I", SetType.LOG: "L"}
    values: dict[str, object] = {
        "database_name": header.database,
        "type": letters[header.type],
        "backup_start_date": header.started_at,
        "backup_finish_date": header.finished_at,
        "first_lsn": header.first_lsn,
        "last_lsn": header.last_lsn,
        "checkpoint_lsn": header.checkpoint_lsn,
        "differential_base_lsn": header.differential_base_lsn,
        "differential_base_guid": header.differential_base_guid,
        "backup_set_uuid": header.set_guid,
        "family_guid": header.family_guid,
        "first_recovery_fork_guid": header.first_recovery_fork,
        "last_recovery_fork_guid": header.recovery_fork,
        "fork_point_lsn": header.fork_point_lsn,
        "recovery_model": header.recovery_model,
        "is_copy_only": header.is_copy_only,
        "has_bulk_logged_data": header.has_bulk_logged_data,
        "user_name": header.user,
        "server_name": header.server,
        "machine_name": header.server,
        "software_major_version": header.software_major,
        "devices": tuple(one.place for one in piece.stripes),
    }
    return HistoryRow(**{**values, **more})  # type: ignore[arg-type]


@dataclass
class Restore:
    """A restore under way; wrong steps raise `Rejected`."""

    server: Server
    state: State | None = None
    base: str = ""
    stopped: bool = False

    def apply(self, guid: str, *, at: datetime | None = None, lsn: int | None = None, before: bool = False) -> None:
        """Restore one backup WITH NORECOVERY; ``at`` and ``lsn`` say where to stop."""
        truth = self.server.truths[guid]
        if truth.kind is SetType.FULL:
            self.state, self.base = (truth.branch, truth.last), "" if truth.copy_only else guid
            return
        if self.state is None:
            raise Rejected(3118)
        if truth.kind is SetType.DIFFERENTIAL:
            if truth.base != self.base:
                raise Rejected(3136)
            self.state = (truth.branch, truth.last)
            return
        self._roll(truth, at, lsn, before)

    def _roll(self, truth: Truth, at: datetime | None, lsn: int | None, before: bool) -> None:
        assert self.state is not None
        branch, here = self.state
        if truth.first > here:
            raise Rejected(4305)
        if truth.last < here:
            raise Rejected(4326)
        if self.server.branch_at(truth.branch, here) != self.server.branch_at(branch, here):
            raise Rejected(4330)
        newest = max(self.server.content(self.state), key=_lsn, default=None)
        if at is not None and newest is not None and newest.at > at:
            raise Rejected(4335)
        ahead = sorted((one for one in self.server.lineage(truth.branch) if here <= one.lsn < truth.last), key=_lsn)
        end = truth.last
        for one in ahead:
            if at is not None and one.at > at:
                self.stopped, end = True, one.lsn
                break
            if lsn is not None and one.lsn >= lsn:
                self.stopped, end = True, one.lsn if before else one.lsn + 1
                break
        if self.stopped and truth.bulk:
            raise Rejected(4341)
        self.state = (truth.branch, end)


def _lsn(one: Written) -> int:
    return one.lsn


def states(server: Server, guids: Iterable[str]) -> dict[tuple[State, str], Restore]:
    """Every state that any order of these backups leads to, without a stop; tried one by one."""
    usable = list(guids)
    found: dict[tuple[State, str], Restore] = {}
    waiting = [Restore(server)]
    while waiting:
        restore = waiting.pop()
        for guid in usable:
            further = Restore(server, restore.state, restore.base)
            try:
                further.apply(guid)
            except Rejected:
                continue
            assert further.state is not None
            branch, lsn = further.state
            key = ((server.branch_at(branch, lsn), lsn), further.base)
            if key not in found:
                found[key] = further
                waiting.append(further)
    return found
