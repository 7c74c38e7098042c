"""What was due and could not even be tried, for the runner was refused or its settings can't be used: not silent."""

from __future__ import annotations

import logging
import time

import msgspec

from ..base.errors import BackupError, Refused, StoreFailed
from ..base.records import Origin, Outcome, Status
from ..base.watching import RunState
from .actions import WHO
from .runner import RunnerKit, begun, due_now, over, told

log = logging.getLogger(__name__)
BY_HAND = frozenset({"by_hand", "menu"})
"""Whoever is there reads it at once."""
_ROLES = "role."
_ALL = "schedule"
"""Stands for the action where nobody knows what was due."""


def tell(kit: RunnerKit, error: BackupError) -> None:
    """Write down what was due and could not be tried, and let everybody hear of it. Never raises.

    It is no try: whoever may and can still runs it. Each due time gets one line, however often it is met.
    """
    if kit.by in BY_HAND:
        return
    outcome = Outcome(
        status=Status.REFUSED if isinstance(error, Refused) else Status.FAILED,
        problems=tuple(getattr(error, "problems", ())) or (error.problem,),
    )
    log.error("nothing could be tried: %s", error)
    try:
        if not _told_one_by_one(kit, outcome) and not error.code.startswith(_ROLES):
            kit.ended(_ALL, Origin.SCHEDULED, WHO, outcome)
    except Exception:
        log.exception("telling that nothing could be tried")


def _told_one_by_one(kit: RunnerKit, outcome: Outcome) -> bool:
    """Do it for everything that was due; False: nothing was, or nobody knows, or another runner is at it."""
    now = kit.clock.now()
    try:
        with kit.runs.claim() as ours:
            due = due_now(kit, now).run if ours else ()
            known = {(one.key, one.attempt): one.code for one in kit.runs.newest()} if due else {}
            for planned in due:
                run = over(kit, begun(kit, planned, RunState.STARTED, now), outcome, time.monotonic())
                if known.get((run.key, run.attempt)) != run.code:
                    kit.runs.record(msgspec.structs.replace(run, begun=False))
                told(kit, planned, outcome)
            return bool(due)
    except StoreFailed as error:
        log.warning("%s", error)
        return False
