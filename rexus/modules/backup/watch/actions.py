"""What each action of a schedule orders: one line for each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from ..base.called import BY_SCHEDULE
from ..base.cancel import CancelToken
from ..base.records import BackupKind, BackupRequest, JobEvent, Origin, Outcome, VerifyRequest
from ..base.watching import KIND_OF, CleanupResult, DrillRequest, DrillResult, Occurrence, PruneResult, RetentionRequest

if TYPE_CHECKING:
    from ..config.load import Loaded
    from ..jobs.backup import BackupResult
    from ..jobs.verify import VerifyResult

Report = Callable[[JobEvent], None]
Act = Callable[[Occurrence, Origin, Report, CancelToken], Outcome]
WHO = BY_SCHEDULE
FREEING = frozenset({"prune", "cleanup"})
"""Actions that free space: a full disk is no reason not to run them."""
_ALL_CHECKED = timedelta(weeks=4)


class Orders(Protocol):
    """The part of the door that schedules order from."""

    @property
    def loaded(self) -> Loaded:
        """The settings."""
        ...

    def backup(self, request: BackupRequest, report: Report, cancel: CancelToken) -> BackupResult:
        """Take a backup set."""
        ...

    def verify(self, request: VerifyRequest, report: Report, cancel: CancelToken) -> VerifyResult:
        """Check stored sets."""
        ...

    def drill(self, request: DrillRequest, report: Report, cancel: CancelToken) -> DrillResult:
        """Restore to an isolated place and prove it."""
        ...

    def prune(self, request: RetentionRequest, cancel: CancelToken) -> PruneResult:
        """Apply the retention rules."""
        ...

    def cleanup(self, who: str, origin: Origin, cancel: CancelToken) -> CleanupResult:
        """Remove what nobody needs any more."""
        ...

    def digest(self) -> Outcome:
        """Send the summary."""
        ...


def actions(orders: Orders) -> dict[str, Act]:
    """Every action that a schedule may name (`config.settings.ScheduledAction`)."""
    return {
        **{action: _backing_up(orders, kind) for action, kind in KIND_OF.items()},
        "verify": lambda due, why, report, cancel: (
            orders.verify(VerifyRequest(parts=_turns(orders, due), requested_by=WHO), report, cancel).outcome
        ),
        "drill": lambda _, why, report, cancel: (
            orders.drill(DrillRequest(rotate=True, origin=why, requested_by=WHO), report, cancel).outcome
        ),
        "prune": lambda _, why, report, cancel: (
            orders.prune(RetentionRequest(origin=why, requested_by=WHO), cancel).outcome
        ),
        "cleanup": lambda _, why, report, cancel: orders.cleanup(WHO, why, cancel).outcome,
        "digest": lambda _, why, report, cancel: orders.digest(),
    }


def _backing_up(orders: Orders, kind: BackupKind) -> Act:
    """Take all databases; the files of the application are not copied with every piece of a log."""

    def act(due: Occurrence, why: Origin, report: Report, cancel: CancelToken) -> Outcome:
        files, mark = kind is not BackupKind.LOG, _mark(orders, due)
        request = BackupRequest(kind=kind, files=files, origin=why, requested_by=WHO, occurrence=mark)
        return orders.backup(request, report, cancel).outcome

    return act


def _mark(orders: Orders, due: Occurrence) -> str:
    """Tells which due time a set was made for, should nobody be able to write it down."""
    from .whose import mark_of, owner_of

    return mark_of(owner_of(orders.loaded.path).name, due.key)


def _turns(orders: Orders, due: Occurrence) -> int:
    """How often in four weeks the schedule of ``due`` runs: so many turns may pass until all sets were checked."""
    from .schedule import occurrences

    mine = [one for one in orders.loaded.settings.schedules if one.name == due.schedule]
    return max(1, len(occurrences(mine, due.utc, due.utc + _ALL_CHECKED)))
