"""What happens when a job has ended: the audit row in the database, then notices. None of it can spoil the job."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..base.clock import Clock
from ..base.files import Files
from ..base.records import Origin, Outcome, Problem, Record, Severity
from ..base.watching import AuditRow, Health
from ..catalog.index import Catalog
from ..catalog.ledger import Audit
from ..config.load import Loaded

log = logging.getLogger(__name__)


class Ending(Record, frozen=True, kw_only=True):
    """The end of a job, for whoever listens."""

    action: str
    """backup, verify, restore, drill, prune, cleanup."""
    origin: Origin
    who: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Watching:
    """The parts that whoever listens to jobs works with."""

    loaded: Loaded
    root: Path
    catalog: Catalog
    audit: Audit
    files: Files
    clock: Clock
    health: Callable[[], Health]
    note: Callable[[str, AuditRow], None]
    """Writes an audit row into a database by its name. Raises `BackupError`."""


def tell(ending: Ending, watching: Watching) -> tuple[Problem, ...]:
    """Write the audit row, then send notices; what goes wrong comes back as warnings. Never raises."""
    return (*_guarded(_row, ending, watching), *tell_people(ending, watching))


def tell_people(ending: Ending, watching: Watching) -> tuple[Problem, ...]:
    """Send notices alone, as for a run that did not take place. Never raises."""
    return _guarded(_notices, ending, watching)


def _row(ending: Ending, watching: Watching) -> tuple[Problem, ...]:
    if watching.loaded.settings.audit_database is None:
        return ()
    from . import audit_row

    return audit_row.write(ending, watching)


def _notices(ending: Ending, watching: Watching) -> tuple[Problem, ...]:
    if not watching.loaded.settings.notices.channels:
        return ()
    from . import notify

    return notify.ended(ending, watching)


def _guarded(
    step: Callable[[Ending, Watching], tuple[Problem, ...]], ending: Ending, watching: Watching
) -> tuple[Problem, ...]:
    """The problems of one step; an error of its own is one of them."""
    try:
        return step(ending, watching)
    except Exception as error:
        log.exception("%s after %s", step.__name__, ending.action)
        values: dict[str, str | int] = {"why": type(error).__name__}
        return (Problem(code="notice.broken", severity=Severity.WARNING, values=values),)
