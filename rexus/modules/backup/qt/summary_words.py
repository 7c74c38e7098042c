"""What the summary says of a judgement: the sentence on top, and the points that it leaves to say. No Qt here."""

from __future__ import annotations

from datetime import datetime

from ..base.records import Record, Severity
from ..base.texts import _, n_
from ..base.watching import Health, Level, merged
from . import telling
from .summary_points import Mend, Point, counted, point

EMPTY = frozenset({"health.no_backup", "health.no_folder"})
"""There is no copy at all."""
_SAID_ON_TOP = frozenset({"backup", "restore"})
"""What the large buttons beside the sentence do, so that a point of its own would say it twice."""


class Top(Record, frozen=True, kw_only=True):
    """The sentence on top, and the points that it leaves to say."""

    tone: str
    icon: str
    title: str
    text: str
    mend: Mend | None = None
    """Where the sentence is of one point that a large button mends."""
    points: tuple[Point, ...] = ()


def top(health: Health) -> Top:
    """What is said on top of the page."""
    points = tuple(
        point(one, health)
        for one in merged(health.alarms)
        if one.severity is not Severity.INFO and one.code not in EMPTY
    )
    if any(one.code in EMPTY for one in health.alarms):
        return _empty(health, points)
    gone = next((one for one in points if one.problem.code == "root.vanished"), None)
    if gone is not None:
        return _vanished(gone, points)
    if health.level is Level.UNPROTECTED:
        return _unprotected(health, points)
    until = telling.when(_oldest(health), health.at)
    if health.level is Level.ATTENTION:
        title = n_("Protected, with one warning", "Protected, with {count} warnings", len(points))
        return Top(
            tone="warn",
            icon="shield-alert",
            title=title.format(count=counted(len(points))),
            text=_("Everything can be recovered up to {when}.").format(when=until),
            points=points,
        )
    count = len(health.databases)
    text = n_("{name} can be recovered up to {when}.", "All {count} databases can be recovered up to {when}.", count)
    name = next(iter(health.databases), "")
    return Top(
        tone="ok",
        icon="shield-check",
        title=_("All is protected"),
        text=text.format(count=counted(count), name=name, when=until),
        points=points,
    )


def _empty(health: Health, points: tuple[Point, ...]) -> Top:
    gone = next((one for one in health.alarms if one.code == "health.no_folder"), None)
    if gone is not None:
        text = _(
            "There is no folder {path}. If there were copies in it, connect the disk it is on; otherwise make the "
            "first one: until then nothing is protected."
        ).format(path=gone.values.get("path", ""))
    else:
        text = _(
            "Until the first one is made, what is lost is lost. It usually takes a few minutes, and work can go on."
        )
    return Top(tone="danger", icon="shield-alert", title=_("There are no copies yet"), text=text, points=points)


def _vanished(gone: Point, points: tuple[Point, ...]) -> Top:
    """The folder is not there, or empty, though there were copies in it."""
    values = gone.problem.values
    text = _(
        "At {when} there were copies in {path}; now there are none, or there is no such folder. Connect the disk or "
        "the share it is on: until then no copy is made."
    ).format(when=telling.when(datetime.fromisoformat(str(values["since"]))), path=values["path"])
    return Top(
        tone="danger", icon="shield-alert", title=_("The copies are not in their place"), text=text, points=points
    )


def _unprotected(health: Health, points: tuple[Point, ...]) -> Top:
    errors = [one for one in points if one.problem.severity is Severity.ERROR]
    first = errors[0]
    rest = tuple(one for one in points if one is not first)
    if len(errors) == 1 or first.mend.verb == "restore":
        mended = first.mend if first.mend.verb in _SAID_ON_TOP else None
        left = rest if mended is not None else points
        title, text = (first.title, first.text) if mended is not None else _named(health)
        return Top(tone="danger", icon="shield-alert", title=title, text=text, mend=mended, points=left)
    title, text = _named(health)
    return Top(tone="danger", icon="shield-alert", title=title, text=text, points=points)


def _named(health: Health) -> tuple[str, str]:
    """Which databases are not protected."""
    bad = [one.name for one in health.databases.values() if not one.ok]
    text = _("Begin with the first point; its button mends it.")
    if not bad:
        return _("The copies are not in order"), text
    if len(bad) == len(health.databases) and len(bad) > 1:
        return _("No database is protected"), text
    if len(bad) > 3:
        return _("{count} databases are not protected").format(count=counted(len(bad))), text
    names = bad[0] if len(bad) == 1 else _("{names} and {last}").format(names=", ".join(bad[:-1]), last=bad[-1])
    return n_("{names} is not protected", "{names} are not protected", len(bad)).format(names=names), text


def _oldest(health: Health) -> datetime | None:
    known = [one.protected_until for one in health.databases.values() if one.protected_until is not None]
    return min(known, default=None)
