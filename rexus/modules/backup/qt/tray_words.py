"""What the tray says: the state in few words, what comes next, what ended. No widgets here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..base.records import Problem, Severity, Status
from ..base.saying import N_
from ..base.texts import _, n_
from ..base.watching import Health, Level, Occurrence
from . import telling
from .desk import DENIED, READING, RESCUE, UNSET, UNUSABLE
from .work import Work

STATES = {
    Level.WELL: ("ok", "shield-check"),
    Level.ATTENTION: ("warn", "shield-alert"),
    Level.UNPROTECTED: ("danger", "cross"),
}
"""Tone and icon of a state."""
UNKNOWN = {
    UNUSABLE: ("danger", "shield-alert", N_("The settings can't be used")),
    UNSET: ("mute", "clock", N_("Nothing is set up yet")),
}
"""Tone, icon and words where there is nothing to judge by."""
_BARRED = {
    READING: N_("the settings are being read"),
    UNUSABLE: N_("the settings can't be used"),
    UNSET: N_("nothing is set up yet"),
    RESCUE: N_("only a folder is looked at"),
    DENIED: N_("your role does not allow it"),
}
_GOOD = frozenset({Status.OK, Status.WARNINGS})
_CALM = frozenset({Status.SKIPPED, Status.CANCELLED})
_SOME = 3
_OTHER = N_("Working…")
_DOING = {
    "backup": N_("Backing up…"),
    "restore": N_("Restoring…"),
    "verify": N_("Checking copies…"),
    "drill": N_("Testing a restore…"),
}
_DONE = {
    "backup": N_("The copy is done"),
    "restore": N_("The restore is done"),
    "drill": N_("The restore test is done"),
}
"""Endings that one waits for; of the others only the bad ones are told."""
_FAILED = {
    "backup": N_("The copy failed"),
    "restore": N_("The restore failed"),
    "verify": N_("A check failed"),
    "drill": N_("The restore test failed"),
}


class Notice(NamedTuple):
    """One notice of the system."""

    title: str
    text: str
    severity: Severity


def state(health: Health | None) -> str:
    """How well all is, in one line of a menu."""
    if health is None:
        return _("Looking at the copies…")
    if health.level is Level.UNPROTECTED:
        bad = [name for name, one in health.databases.items() if not one.ok]
        if not bad:
            return _("Not protected")
        return n_("{names} is not protected", "{names} are not protected", len(bad)).format(names=_listed(bad))
    instants = [one.protected_until for one in health.databases.values() if one.protected_until is not None]
    until = telling.when(min(instants)) if instants else "–"
    if health.level is Level.WELL:
        return _("Protected until {when}").format(when=until)
    points = sum(one.severity is not Severity.INFO for one in health.alarms)
    told = n_("Protected until {when}, {count} notice", "Protected until {when}, {count} notices", points)
    return told.format(when=until, count=points)


def backing_up(barred: str) -> str:
    """The order to back up; with the reason where nobody here can give it (`Desk.barred`): menus show no tips."""
    if not barred:
        return _("Back up now")
    return _("Back up now ({why})").format(why=_(_BARRED[barred]))


def coming(runs: Iterable[Occurrence]) -> str:
    """When the next scheduled copy is; empty where nothing is known of it."""
    following = min((one for one in runs), key=lambda one: one.utc, default=None)
    return "" if following is None else _("Next copy: {when}").format(when=telling.when(following.at))


def working(works: Iterable[Work]) -> str:
    """What is being done now; empty when nothing is."""
    now = next((one for one in works if one.is_running), None)
    if now is None:
        return ""
    return _(_DOING.get(now.verb, _OTHER))


def ended(work: Work) -> Notice | None:
    """What is worth a notice of a work that ended."""
    outcome = work.outcome
    if outcome is None or outcome.status in _CALM:
        return None
    good = outcome.status in _GOOD
    titles = _DONE if good else _FAILED
    if work.verb not in titles:
        return None
    worst = _worst(outcome.problems)
    names = _listed([one.name for one in work.databases])
    if worst is not None:
        text = telling.reason(worst)
    else:
        text = _("Proven: {names}").format(names=names) if names else _("Everything was proven.")
    severity = Severity.ERROR if not good else worst.severity if worst is not None else Severity.INFO
    return Notice(_(titles[work.verb]), text, severity)


def alarmed(alarms: Iterable[Problem]) -> Notice | None:
    """One notice for all that is new."""
    found = [one for one in alarms if one.severity is not Severity.INFO]
    worst = _worst(found)
    if worst is None:
        return None
    said = telling.sentence(worst)
    more = len(found) - 1
    rest = n_("And {count} more notice.", "And {count} more notices.", more).format(count=more)
    title = _("A database is not protected") if worst.severity is Severity.ERROR else _("The copies need a look")
    return Notice(title, said.message if not more else f"{said.message}\n{rest}", worst.severity)


def key(alarm: Problem) -> str:
    """By what an alarm is known again, whatever its figures are by then."""
    return " ".join(
        [alarm.code, *(str(alarm.values[name]) for name in ("database", "set", "path") if name in alarm.values)]
    )


def _worst(problems: Iterable[Problem]) -> Problem | None:
    order = (Severity.ERROR, Severity.WARNING)
    found = [one for one in problems if one.severity in order]
    return min(found, key=lambda one: order.index(one.severity), default=None)


def _listed(names: list[str]) -> str:
    """The first names, and how many more there are."""
    more = len(names) - _SOME
    first = ", ".join(names[:_SOME])
    return _("{names} and {count} more").format(names=first, count=more) if more > 0 else first
