"""What a set proves of the scheduled run that made it, where the run's last line could not be written."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from ..base.errors import BackupError
from ..base.records import Manifest, SetStatus
from ..base.watching import KIND_OF, Run
from ..catalog.index import Catalog, SetSummary
from .endings import last_line
from .whose import mark_of

log = logging.getLogger(__name__)

_SKEW = timedelta(minutes=5)
"""A clock may have been put back by so much between the run's first line and its set."""
_ENDED = (SetStatus.COMPLETED, SetStatus.FAILED)


def proven(run: Run, catalog: Catalog, now: datetime) -> Run | None:
    """The last line that ``run`` lacks, if its set is there and came to an end; None: nothing proves what it did."""
    if run.action not in KIND_OF or not run.config:
        return None
    mark = mark_of(run.config, run.key)
    for one in catalog.entries().sets:  # newest first
        if datetime.fromisoformat(one.timestamp) < run.at - _SKEW:
            return None
        manifest = _made_for(mark, one, run, catalog)
        if manifest is not None:
            return _told_by(manifest, run, now)
    return None


def _made_for(mark: str, one: SetSummary, run: Run, catalog: Catalog) -> Manifest | None:
    """The manifest of that set if it bears ``mark``."""
    if one.origin is not run.origin or one.status not in _ENDED or one.deleting:
        return None
    try:
        manifest = catalog.load(one.set)
    except BackupError as error:
        log.warning("what made %s is not known: %s", one.set, error)
        return None
    return manifest if manifest.occurrence == mark else None


def _told_by(manifest: Manifest, run: Run, now: datetime) -> Run | None:
    from ..jobs.backup import outcome_of

    try:
        outcome = outcome_of(manifest)
    except ValueError:  # completed, and yet nothing in it is proven
        return None
    log.info("%s had come to its end: %s", run.key, manifest.timestamp)
    return last_line(run, outcome, now, manifest.seconds)
