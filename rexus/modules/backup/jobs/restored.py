"""What a restore came to."""

from __future__ import annotations

from ..base.records import Check, Outcome, Record, RestorePlan


class Restored(Record, frozen=True, kw_only=True):
    """One thing that is back, and what was proven of it."""

    name: str
    to: str
    checks: tuple[Check, ...] = ()


class RestoreResult(Record, frozen=True, kw_only=True):
    """What a restore came to."""

    outcome: Outcome
    plan: RestorePlan
    restored: tuple[Restored, ...] = ()
    safety_set: str | None = None
    safety_path: str | None = None
    """Folder that keeps replaced files that no set holds."""
