"""In whose name a job is done: the person's who orders it, or that of whoever wrote the schedules down."""

from __future__ import annotations

from contextvars import ContextVar

from ..base.cancel import CancelToken
from ..base.records import Origin, Outcome
from ..base.watching import Occurrence
from .actions import Act, Report

_ORIGIN: ContextVar[Origin | None] = ContextVar("origin", default=None)
"""Why a job runs while a schedule's occurrence does; in the thread that runs it."""


def by_schedule() -> Origin | None:
    """Why the job of this thread runs, while a schedule's occurrence does; None: a person ordered it."""
    return _ORIGIN.get()


def as_scheduled(action: Act) -> Act:
    """The same, done in the name of whoever wrote the schedules down."""

    def act(one: Occurrence, origin: Origin, report: Report, cancel: CancelToken) -> Outcome:
        before = _ORIGIN.set(origin)
        try:
            return action(one, origin, report, cancel)
        finally:
            _ORIGIN.reset(before)

    return act
