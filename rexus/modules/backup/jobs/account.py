"""Write down who did what; a trail that can't be written never turns a good backup into a bad one."""

from __future__ import annotations

import logging

from ..base.errors import BackupError, Refused
from ..base.records import Outcome, Problem, Severity, Status
from ..catalog.ledger import Audit
from .kit import Kit, why_of

log = logging.getLogger(__name__)


def accounted(kit: Kit, who: str, what: str, outcome: Outcome, detail: dict[str, str | int]) -> Outcome:
    """Record ``outcome`` in the audit trail and return it, with a warning when that was not possible."""
    return recorded(kit.audit, who, what, outcome, detail)


def recorded(audit: Audit, who: str, what: str, outcome: Outcome, detail: dict[str, str | int]) -> Outcome:
    """The same for whoever works without a kit."""
    level = logging.ERROR if outcome.status is Status.FAILED else logging.INFO
    log.log(level, "%s: %s", f"{what} {outcome.set}" if outcome.set else what, outcome.status)
    try:
        audit.record(who, what, outcome.set or "", outcome.status.value, detail)
    except (BackupError, OSError) as error:
        log.warning("the audit trail can't be written: %s", error)
        return with_warnings(
            outcome, (Problem(code="audit.unwritten", severity=Severity.WARNING, values={"why": why_of(error)}),)
        )
    return outcome


def refused(  # noqa: PLR0913, PLR0917  a line of the trail and the error to raise
    audit: Audit | None, who: str, what: str, target: str, code: str, values: dict[str, str | int]
) -> Refused:
    """Record that ``who`` was refused ``what`` on ``target``; returns the error to raise.

    Without a trail (no backup was ever made) it goes to the log only: whoever may do nothing makes no folder either.
    """
    log.warning("%s %s by %s refused: %s", what, target, who, code)
    if audit is not None:
        try:
            audit.record(who, what, target, Status.REFUSED.value, {"code": code, **values})
        except (BackupError, OSError) as error:
            log.warning("the audit trail can't be written: %s", error)
    return Refused(code, **values)


def with_warnings(outcome: Outcome, problems: tuple[Problem, ...]) -> Outcome:
    """Return ``outcome`` with ``problems`` told as well; a warning makes a plain success one with warnings."""
    if not problems:
        return outcome
    status = Status.WARNINGS if outcome.status is Status.OK and worth_telling(problems) else outcome.status
    return Outcome(status=status, proof=outcome.proof, problems=(*outcome.problems, *problems), set=outcome.set)


def worth_telling(found: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """What was found before a job began and is more than information."""
    return tuple(one for one in found if one.severity is not Severity.INFO)
