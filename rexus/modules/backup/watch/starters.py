"""Who starts what is due: the system's scheduler, a service that is at work, or nobody. Pure."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from ..base.records import Record
from ..base.watching import Run
from ..config.settings import Schedule
from .schedule import upcoming

if TYPE_CHECKING:
    from .tasks import TaskStatus

_LATE = timedelta(hours=2)
"""What was due longer ago than this and is not answered will not be."""
_OFF = "schedule.switched_off"
_NONE = "schedule.no_scheduler"


class Starter(Record, frozen=True, kw_only=True):
    """Whether the next runs are more than a plan."""

    who: Literal["system", "service", "nobody"]
    """service: `schedule run`, or whatever else has answered the last due time."""
    can_install: bool = True
    """Whether the system has a scheduler that could."""


def starter(task: TaskStatus | None, runs: Sequence[Run], schedules: Sequence[Schedule], now: datetime) -> Starter:
    """Judged by what the system's scheduler says (None: it could not be asked), and by what ran so far."""
    codes = {one.code for one in task.problems} if task is not None else set()
    able = task is not None and _NONE not in codes
    if task is not None and task.installed and _OFF not in codes:
        return Starter(who="system", can_install=able)
    return Starter(who="service" if _is_answered(runs, schedules, now) else "nobody", can_install=able)


def _is_answered(runs: Sequence[Run], schedules: Sequence[Schedule], now: datetime) -> bool:
    """Whether nothing is overdue since the last run: then somebody is at it."""
    last = max((one.due for one in runs), default=None)
    if last is None:
        return False
    with contextlib.suppress(LookupError, ValueError, OSError):  # a zone that this system lacks
        following = upcoming([one for one in schedules if one.enabled], last, 1)
        return bool(following) and following[0].utc > now - _LATE
    return False
