"""What an administrator may know of and agree to (``health.accepted``), so that it is told without an alarm."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from ..base.records import Finding, Problem, Severity
from .settings import Settings

Said = TypeVar("Said", Problem, Finding)

CODES = {
    "same_disk": frozenset({"health.same_disk", "check.same_disk"}),
    "no_scheduler": frozenset({"health.not_installed", "schedule.no_scheduler"}),
    "no_schedule": frozenset({"health.no_schedule", "config.no_backup_schedule"}),
    "open_folder": frozenset({"check.root_open"}),
    "newest_only": frozenset({"config.keeps_newest_only"}),
}
"""What each word means, whoever tells it: `health`, `check` or `config check`.

Only what somebody may have chosen. What breaks by itself (damage, age, space, failed runs) can't be agreed to: how much
of it is too much is said by settings of its own.
"""


def agreed(settings: Settings) -> frozenset[str]:
    """Codes of what the settings agree to."""
    return frozenset[str]().union(*(CODES[one] for one in settings.health.accepted))


def eased(found: Iterable[Said], settings: Settings) -> tuple[Said, ...]:
    """``found``, where the warnings that the settings agree to are only worth knowing."""
    codes = agreed(settings)
    return tuple(
        msgspec.structs.replace(one, severity=Severity.INFO)
        if one.code in codes and one.severity is Severity.WARNING
        else one
        for one in found
    )
