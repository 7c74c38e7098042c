"""Who works on a root now, seen from another process: how far, how it is stopped, how it ended."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

from ..base import process
from ..base.clock import SystemClock
from ..base.errors import BackupError
from ..base.files import RealFiles
from ..base.records import JobEvent, Outcome, Problem, Record, SetStatus, Severity, Status
from ..catalog.index import Catalog
from ..catalog.ledger import Audit
from . import progress
from .kit import LOGS
from .lease import left_open, who_holds

log = logging.getLogger(__name__)
_LINES = 50
"""Of the trail, in which the end of a job is looked for."""


class Running(Record, frozen=True, kw_only=True):
    """A job that holds a root."""

    verb: str
    who: str = ""
    since: datetime
    pid: int = 0
    here: bool = True
    """Whether it runs on this machine."""
    token: str = ""
    """Of its lease: names the job."""
    events: tuple[JobEvent, ...] = ()
    """The newest of each database; nothing in its first moments."""


def running(root: Path) -> Running | None:
    """Who works on ``root`` now, without disturbing; None when nobody does."""
    held = who_holds(root)
    if held is None:
        return None
    return Running(
        verb=held.verb,
        who=held.who,
        since=held.since,
        pid=held.pid,
        here=held.host == process.host(),
        token=held.token,
        events=progress.events_of(root, held.token),
    )


def ask_to_stop(root: Path, job: Running, who: str) -> None:
    """Ask that job to stop at its next safe point; whether it does is seen from its end."""
    progress.ask_to_stop(root, job.token, who)


def ended_as(root: Path, job: Running) -> Outcome | None:
    """How a job ended, by its manifest or by the trail; None: neither says (yet)."""
    if left_open(root, job.token):
        problem = Problem(code="work.died", values={"verb": job.verb, "who": job.who or "?"})
        return Outcome(status=Status.INTERRUPTED, problems=(problem,))
    files, clock = RealFiles(), SystemClock()
    try:
        name = next((one.job for one in job.events if one.job), "")
        if job.verb == "backup" and name:
            from .backup import outcome_of

            manifest = Catalog(root, files).load(name)
            if manifest.status in (SetStatus.COMPLETED, SetStatus.FAILED):
                return outcome_of(manifest)
        lines = Audit(root / LOGS, files, clock).tail(_LINES)
    except (BackupError, OSError, ValueError) as error:
        log.debug("the end of %s: %s", job.verb, error)
        return None
    mine = [one for one in lines if one.what == job.verb and one.at >= job.since and one.who == job.who]
    if not mine or mine[-1].result not in set(Status):
        return None
    status = Status(mine[-1].result)
    proof = (f"trail:{mine[-1].number}",) if status in (Status.OK, Status.WARNINGS) else ()
    problems = () if proof or status is Status.CANCELLED else (_said(job),)
    return Outcome(status=status, proof=proof, problems=problems, set=mine[-1].target or None)


def _said(job: Running) -> Problem:
    return Problem(code="work.not_well", severity=Severity.ERROR, values={"verb": job.verb, "who": job.who or "?"})
