"""A row in the application's own audit table for what was done; trouble with that is a warning, never a failed job."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ..base.errors import BackupError
from ..base.masking import Mask
from ..base.records import Outcome, Problem, Severity
from ..base.texts import sentence
from ..base.watching import KIND_OF, AuditRow

if TYPE_CHECKING:
    from .after import Ending, Watching

log = logging.getLogger(__name__)
_LONGEST = 1000
_UNWRITTEN = "audit_row.unwritten"
_ACTION = 20
"""Width of the column in the application's tables."""
_SETS = frozenset({"delete", "pin", "unpin"})
_PLAN = "plan"
"""What stands before a set, or before the digest of a plan, in the proof of a job (`jobs.removal`, `jobs.prune`)."""
_READS = frozenset({"source.failed", "source.unreadable", "source.no_scratch"})
"""What the engine says of reading; here it was writing that failed, so only its reason is told."""


def write(ending: Ending, watching: Watching) -> tuple[Problem, ...]:
    """Add the row where settings name a database for it (``audit_database``). Never raises.

    It comes last, when the job is over: after a restore of that very database, so that the row is in what is there now.
    """
    name = watching.loaded.settings.audit_database
    if name is None:
        return ()
    try:
        watching.note(name, _row(ending, watching))
    except BackupError as error:
        if error.code == "audit_row.no_table":
            return (_warning(error.code, {**error.values, "database": name}),)
        reason = str(error.values.get("reason", "")) if error.code in _READS else ""
        return (_warning(_UNWRITTEN, {"database": name, "reason": reason or sentence(error.problem).message}),)
    except Exception as error:
        log.exception("no row in the audit table of %s", name)
        return (_warning(_UNWRITTEN, {"database": name, "reason": f"{type(error).__name__}."}),)
    return ()


def _row(ending: Ending, watching: Watching) -> AuditRow:
    mask = Mask(watching.loaded.secret_values)
    outcome = ending.outcome
    return AuditRow(
        at=watching.clock.now(),
        who=mask(ending.who),
        action=("backup" if ending.action in KIND_OF else ending.action)[:_ACTION],
        result=outcome.status.value,
        target=mask(_target(outcome)),
        detail=mask(f"{ending.origin.value}: {', '.join(outcome.proof)}")[:_LONGEST],
        error=mask(_wrong(outcome))[:_LONGEST],
    )


def _target(outcome: Outcome) -> str:
    """The set; of a job about several all of them, of one by a plan its digest."""
    if outcome.set:
        return outcome.set
    lines = [line.split(":") for line in outcome.proof]
    sets = [line[1] for line in lines if len(line) == 2 and line[0] in _SETS]
    sets += [str(one.values["set"]) for one in outcome.problems if one.values.get("set")]
    plans = [":".join(line) for line in lines if line[0] == _PLAN]
    return ", ".join(dict.fromkeys([*plans, *sets]))[:_LONGEST]


def _wrong(outcome: Outcome) -> str:
    """What did not go well, in the reader's language."""
    told = (sentence(one).message for one in outcome.problems if one.severity is not Severity.INFO)
    return " ".join(dict.fromkeys(told))


def _warning(code: str, values: dict[str, str | int]) -> Problem:
    return Problem(code=code, severity=Severity.WARNING, values=values)
