"""Schedules, due times and what became of them, in the words of the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..base.saying import N_
from ..base.texts import _, schedule_title, sentence, times_in_words, word
from .streams import clean

if TYPE_CHECKING:
    from ..base.watching import Occurrence, Run
    from ..config.settings import Schedule

_WEEKDAYS = (N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"))
_ACTIONS = {
    "backup": N_("backup"),
    "differential": N_("differential backup"),
    "log": N_("log backup"),
    "verify": N_("verification"),
    "drill": N_("restore test"),
    "prune": N_("retention rules"),
    "cleanup": N_("clean-up"),
    "digest": N_("summary by notice"),
}
_STATES = {"started": N_("under way"), "missed": N_("missed")}
_LAST = 5


def action_word(action: str) -> str:
    """What an action is called."""
    return _(_ACTIONS[action]) if action in _ACTIONS else action


def title(one: Occurrence | Run) -> str:
    """What the schedule of it is called."""
    return clean(schedule_title(one.schedule))


def state_word(run: Run) -> str:
    """What became of an occurrence."""
    state = run.state.value
    return _(_STATES[state]) if state in _STATES else word(state)


def because(run: Run) -> str:
    """Why it did not end well, as a sentence; empty where it did."""
    return sentence(run.problem).message if run.problem is not None else ""


def remedy(run: Run) -> str:
    """What to do about it, as a sentence; the log tells where nothing better is known."""
    said = sentence(run.problem).fix if run.problem is not None else ""
    return said if not said or said[-1] in ".!?" else f"{said}."


def in_words(one: Schedule) -> str:
    """``backup, Monday, number 1 of the month, 02:00``."""
    told = [action_word(one.action), _days(one), times_in_words(one.times)]
    if one.zone is not None:
        told.append(one.zone)
    if not one.enabled:
        told.append(_("waits (not enabled)"))
    return ", ".join(told)


def _days(one: Schedule) -> str:
    if one.days:
        return _("day {days} of the month").format(days=", ".join(map(str, one.days)))
    days = ", ".join(_(_WEEKDAYS[day - 1]) for day in one.weekdays) or _("every day")
    if one.ordinal is None:
        return days
    if one.ordinal == _LAST:
        return _("{day}, the last of the month").format(day=days)
    return _("{day}, number {ordinal} of the month").format(day=days, ordinal=one.ordinal)


def when(one: Occurrence) -> str:
    """An occurrence's instant in the zone of its schedule: ``2026-03-29 03:00 +02:00``."""
    told = one.at.isoformat(sep=" ", timespec="minutes")
    return f"{told[:16]} {told[16:]}"
