"""Lines for the system's scheduler, made from a schedule of the settings: cron, or the Windows task scheduler."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..base.saying import N_
from ..base.texts import _

if TYPE_CHECKING:
    from ..config.settings import Schedule

_WEEKDAYS = (N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"))
_ACTIONS = {"backup": N_("backup"), "verify": N_("verification"), "cleanup": N_("clean-up")}
_SHORT = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_ORDINALS = ("FIRST", "SECOND", "THIRD", "FOURTH", "LAST")
_DAILY = "daily_full"


def in_words(one: Schedule) -> str:
    """``backup, Monday, number 1 of the month, 02:00``."""
    days = ", ".join(_(_WEEKDAYS[day - 1]) for day in one.weekdays) or _("every day")
    if one.ordinal is not None:
        days = _("{day}, number {ordinal} of the month").format(day=days, ordinal=one.ordinal)
    return f"{_(_ACTIONS[one.action])}, {days}, {', '.join(one.times)}"


def daily_full(schedules: Sequence[Schedule]) -> Schedule | None:
    """The schedule that takes the backups: the one of that name, else the first that backs up."""
    taking = [one for one in schedules if one.action == "backup"]
    return next((one for one in taking if one.name == _DAILY), taking[0] if taking else None)


def for_cron(one: Schedule, words: Sequence[str]) -> list[str]:
    """One line of a crontab for each time of ``one``; cron knows no second Monday, so the line asks for the day."""
    command = shlex.join(words).replace("%", r"\%")
    lines = []
    for time in one.times:
        hour, minute = (int(part) for part in time.split(":"))
        if one.ordinal is None:
            lines.append(f"{minute} {hour} * * {','.join(map(str, one.weekdays)) or '*'} {command}")
            continue
        days = f"{one.ordinal * 7 - 6}-{min(one.ordinal * 7, 31)}"
        for day in one.weekdays or range(1, 8):
            lines.append(f'{minute} {hour} {days} * * [ "$(date +\\%u)" = {day} ] && {command}')
    return lines


def for_windows(one: Schedule, words: Sequence[str]) -> list[str]:
    """One ``schtasks`` command for each time of ``one``."""
    days = ",".join(_SHORT[day - 1] for day in one.weekdays)
    if one.ordinal is not None:
        when = ["/SC", "MONTHLY", "/MO", _ORDINALS[one.ordinal - 1], "/D", days or "MON"]
    else:
        when = ["/SC", "WEEKLY", "/D", days] if days else ["/SC", "DAILY"]
    run = subprocess.list2cmdline(words)
    names = [
        "Rexus Backups" if time == one.times[0] else f"Rexus Backups {time.replace(':', '')}" for time in one.times
    ]
    return [
        subprocess.list2cmdline(["schtasks", "/Create", "/TN", name, *when, "/ST", time, "/TR", run])
        for name, time in zip(names, one.times, strict=True)
    ]
