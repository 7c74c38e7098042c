"""Questions to a restored copy, and whether the answers are what they must be."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from ..base.cancel import CancelToken
from ..base.errors import Cancelled, Failed, Refused, SourceFailed
from ..base.records import Problem, Severity
from ..base.watching import HOURS, Figure
from ..config.settings import DrillCheck
from .kit import Work

QUERY_S = 60.0
"""So long one question may take, in seconds."""
_MILLISECONDS_FROM = 1e11
"""Instants as numbers: from here on they are milliseconds since 1970, below it seconds."""
_UNANSWERABLE = frozenset({"drill.query_refused", "drill.query_unusable", "drill.query_slow"})
"""What says nothing of the data: the question itself is no good."""


Ask = Callable[[str, float, CancelToken], float | str | None]
"""``(query, timeout_s, cancel)``: asks a copy, wherever that is; see `Engine.ask`."""


def ask_all(
    work: Work, ask: Ask, checks: Sequence[DrillCheck], before: Mapping[str, float], taken_at: datetime
) -> tuple[Figure, ...]:
    """Ask a copy every question, and judge the answers. Raises `Cancelled`, `SourceFailed`.

    ``before`` are the figures of the last good run, ``taken_at`` is the instant that the copy is of.
    """
    figures = []
    for number, check in enumerate(checks):
        work.teller.tell("prove", check.database, number, len(checks))
        try:
            answer = ask(check.query, QUERY_S, work.cancel)
        except (Cancelled, SourceFailed):
            raise
        except (Refused, Failed) as error:
            figures.append(_bad(check, error.code, error.values))
        else:
            figures.append(judge(check, answer, before.get(check.name), taken_at))
    return tuple(figures)


def judge(check: DrillCheck, answer: float | str | None, before: float | None, taken_at: datetime) -> Figure:
    """Whether ``answer`` is what ``check`` wants. Pure."""
    if answer is None:
        return _bad(check, "drill.no_answer", {})
    if check.within_hours is not None:
        return _judged_age(check, answer, taken_at)
    number = _number(answer)
    if number is None:
        return _bad(check, "drill.no_number", {"found": str(answer)[:80]})
    return _judged_number(check, number, before)


def _judged_number(check: DrillCheck, number: float, before: float | None) -> Figure:
    bounds = (
        ("drill.not_equal", check.equals, number == check.equals),
        ("drill.too_low", check.at_least, number >= (check.at_least or 0)),
        ("drill.too_high", check.at_most, number <= (check.at_most or 0)),
    )
    for code, bound, kept in bounds:
        if bound is not None and not kept:
            return _bad(check, code, {"found": told(number), "expected": told(bound)}, number)
    if check.drift_percent is not None and before is not None and drift(before, number) > check.drift_percent:
        values = {"found": told(number), "before": told(before), "limit": told(check.drift_percent)}
        return _bad(check, "drill.drift", values, number, Severity.WARNING)
    return Figure(name=check.name, value=number)


def _judged_age(check: DrillCheck, answer: float | str, taken_at: datetime) -> Figure:
    """How much older than the backup the newest entry is; the figure is that age in hours."""
    assert check.within_hours is not None
    instant = instant_of(answer)
    if instant is None:
        return _bad(check, "drill.no_instant", {"found": str(answer)[:80]})
    hours = (taken_at - instant).total_seconds() / 3600
    if hours > check.within_hours:
        values: dict[str, str | int] = {"since": instant.isoformat(), "hours": check.within_hours}
        return msgspec.structs.replace(_bad(check, "drill.too_old", values, hours), unit=HOURS)
    return Figure(name=check.name, value=hours, unit=HOURS)


def drift(before: float, now: float) -> float:
    """How far ``now`` is from ``before``, in percent of ``before``; infinite where that was nothing."""
    if before == now:
        return 0.0
    return abs(now - before) / abs(before) * 100 if before else math.inf


def instant_of(answer: float | str) -> datetime | None:
    """The instant that ``answer`` is: ISO 8601 (without an offset: local time), or seconds or ms since 1970."""
    try:
        if isinstance(answer, str):
            return datetime.fromisoformat(answer.strip()).astimezone(UTC)
        seconds = answer / 1000 if abs(answer) >= _MILLISECONDS_FROM else answer
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _number(answer: float | str) -> float | None:
    try:
        number = float(answer)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def told(number: float) -> str:
    """A number as it is told: whole ones without a point."""
    return str(int(number)) if float(number).is_integer() and abs(number) < 1e15 else f"{number:.6g}"


def _bad(
    check: DrillCheck,
    code: str,
    values: Mapping[str, str | int],
    number: float | None = None,
    severity: Severity = Severity.ERROR,
) -> Figure:
    """A figure that is not as it must be; a question that is no good is only a warning."""
    if code in _UNANSWERABLE:
        severity = Severity.WARNING
    named = {"database": check.database, "name": check.name, **values}
    return Figure(name=check.name, value=number, ok=False, problem=Problem(code=code, severity=severity, values=named))
