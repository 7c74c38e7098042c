"""What one restore test found."""

from __future__ import annotations

from ..base.records import Problem, Record, Severity
from ..base.watching import Figure


class Found(Record, frozen=True, kw_only=True):
    """What one test found; ``ok`` is None where nothing can be said, because of the first problem."""

    ok: bool | None
    """Whether it was restored and proven, whatever its questions gave."""
    problems: tuple[Problem, ...] = ()
    restore_s: float = 0.0
    """How long it took to unpack and to judge it, in seconds: what a restore takes."""
    row_counts: dict[str, int] | None = None
    figures: tuple[Figure, ...] = ()

    @property
    def alarm(self) -> str:
        """The first question whose answer is not what it must be; empty: none."""
        wrong = (one.name for one in self.figures if one.problem and one.problem.severity is Severity.ERROR)
        return next(wrong, "")
