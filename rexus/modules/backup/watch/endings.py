"""The last line of a run: how its job ended, with the gravest reason. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from ..base.records import Outcome, Problem, Severity, Status
from ..base.watching import Run, RunState
from .due import NOT_READY

_LONGEST = 500
_GRAVE = (Severity.ERROR, Severity.WARNING, Severity.INFO)
_STATES = {
    Status.OK: RunState.OK,
    Status.WARNINGS: RunState.WARNINGS,
    Status.FAILED: RunState.FAILED,
    Status.REFUSED: RunState.REFUSED,
    Status.BUSY: RunState.SKIPPED,
    Status.SKIPPED: RunState.SKIPPED,
    Status.CANCELLED: RunState.CANCELLED,
    Status.INTERRUPTED: RunState.INTERRUPTED,
}


def last_line(run: Run, outcome: Outcome, at: datetime, seconds: float) -> Run:
    """The last line of ``run``, written ``at``, which took so many ``seconds``; with its first and gravest reason."""
    state = _STATES[outcome.status]
    first = _reason(outcome) if state is not RunState.OK else None
    return msgspec.structs.replace(
        run,
        state=state,
        at=at,
        set=outcome.set,
        code=first.code if first is not None else "",
        values=_short(first.values) if first is not None else {},
        begun=all(one.code != NOT_READY for one in outcome.problems),
        seconds=round(seconds, 3),
    )


def interrupted(run: Run, at: datetime) -> Run:
    """The last line of a ``run`` whose process is gone."""
    values: dict[str, str | int] = {"pid": run.pid, "host": run.host or "?"}
    return msgspec.structs.replace(run, state=RunState.INTERRUPTED, at=at, code="schedule.interrupted", values=values)


def _reason(outcome: Outcome) -> Problem | None:
    """The gravest problem, the first of several; that something was lacking is explained by what it was."""
    told_of = [one for one in outcome.problems if one.code != NOT_READY] or list(outcome.problems)
    if outcome.status is not Status.SKIPPED:
        told_of = [one for one in told_of if one.severity is not Severity.INFO]
    return min(told_of, key=lambda one: _GRAVE.index(one.severity), default=None)


def _short(values: Mapping[str, str | int]) -> dict[str, str | int]:
    return {key: value[:_LONGEST] if isinstance(value, str) else value for key, value in values.items()}
