"""The points that the summary makes of alarms: the fact, what it means, the button that mends it. No Qt here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

from ..base.records import Problem, Record
from ..base.saying import N_
from ..base.texts import _, n_, schedule_titles, sentence
from ..base.watching import Health
from . import telling

_COUNTED = (N_("two"), N_("three"), N_("four"), N_("five"), N_("six"), N_("seven"), N_("eight"), N_("nine"))


class Mend(Record, frozen=True, kw_only=True):
    """What a button does about a point."""

    verb: str
    """backup, begin (in a new folder), drill, verify, restore, install; or a page: settings, sets, log; details."""
    words: str
    databases: tuple[str, ...] = ()
    what: str = ""
    """A set, or a section of the settings."""


class Point(Record, frozen=True, kw_only=True):
    """One thing that is wrong: the fact, what it means, the button."""

    problem: Problem
    icon: str = "warning"
    title: str
    text: str
    mend: Mend


def counted(number: int) -> str:
    """A small number as a word."""
    return _(_COUNTED[number - 2]) if 2 <= number < 2 + len(_COUNTED) else str(number)


def point(problem: Problem, health: Health) -> Point:
    """The fact, what it means and what mends it."""
    told = _TOLD.get(problem.code)
    if told is None:
        said = sentence(problem)
        mend = Mend(verb="details", words=_("See what to do"))
        return Point(problem=problem, title=said.message, text=said.safe, mend=mend)
    return told(problem, health)


def _databases(problem: Problem) -> tuple[str, ...]:
    return tuple(str(problem.values.get("database", "")).split(", "))


def _name(problem: Problem) -> str:
    return str(problem.values.get("database", ""))


def _since(problem: Problem) -> str:
    return telling.when(datetime.fromisoformat(str(problem.values["since"])))


def _until(problem: Problem, health: Health) -> datetime | None:
    """Up to when the first of its databases can be restored."""
    one = health.databases.get(_databases(problem)[0])
    return one.protected_until if one is not None else None


def _live(title: str) -> Callable[[Problem, Health], Point]:
    def told(problem: Problem, health: Health) -> Point:
        name, until = _name(problem), _until(problem, health)
        why = problem.values.get("why") or _("There is no {path}.").format(path=problem.values.get("path", ""))
        if "since" in problem.values:
            why = _("Since {when} no copy of it could be made. {why}").format(when=_since(problem), why=why)
        if until is None:
            text = _("{why} There is no copy that could be restored.")
            mend = _correct(problem)
        elif "was" in problem.values:
            text = _("{why} The newest copy was made of {was}, which is there: the settings name another place since.")
            mend = _correct(problem)
        else:
            text = _("{why} Its newest copy is of {when}.")
            mend = Mend(verb="restore", words=_("Restore {name}…").format(name=name), databases=(name,))
        said = text.format(why=why, when=telling.when(until, health.at), was=problem.values.get("was", ""))
        return Point(problem=problem, icon="database", title=_(title).format(name=name), text=said, mend=mend)

    return told


def _correct(_problem: Problem) -> Mend:
    return Mend(verb="settings", words=_("Correct its path…"), what="databases")


def _drill(problem: Problem) -> Mend:
    names = _databases(problem)
    words = n_("Test {name}", "Test {count} databases", len(names)).format(name=names[0], count=counted(len(names)))
    return Mend(verb="drill", words=words, databases=names)


def _backup(problem: Problem) -> Mend:
    return Mend(verb="backup", words=_("Back up now"))


def _verify(problem: Problem) -> Mend:
    return Mend(verb="verify", words=_("Check this copy"), what=str(problem.values.get("set", "")))


def _sets(problem: Problem) -> Mend:
    return Mend(verb="sets", words=_("See the copy"), what=str(problem.values.get("set", "")))


def _log(problem: Problem) -> Mend:
    return Mend(verb="log", words=_("See the log"))


def _settings(section: str, words: str) -> Callable[[Problem], Mend]:
    return lambda problem: Mend(verb="settings", words=_(words), what=section)


def _install(words: str) -> Callable[[Problem], Mend]:
    return lambda problem: Mend(verb="install", words=_(words))


def _say(
    title: str, text: str, mend: Callable[[Problem], Mend], icon: str = "warning"
) -> Callable[[Problem, Health], Point]:
    """A point whose gaps are the problem's values, those that are known below, and ``name``."""

    def told(problem: Problem, health: Health) -> Point:
        gaps = _gaps(problem, health)
        return Point(
            problem=problem,
            icon=icon,
            title=_(title).format_map(gaps),
            text=_(text).format_map(gaps),
            mend=mend(problem),
        )

    return told


def _low_space(problem: Problem, health: Health) -> Point:
    if health.full_on is None:
        text = N_("Agreed are {bytes} at least.")
    else:
        text = N_("Agreed are {bytes} at least. As things go the disk is full towards {day}.")
    mend = _settings("keep", N_("See what can be deleted…"))
    return _say(N_("{free} are left in {path}"), text, mend, "disk")(problem, health)


class _Gaps(dict[str, object]):
    """Values for sentences; one that is missing shows as a dash."""

    def __missing__(self, key: str) -> str:
        return "–"


def _gaps(problem: Problem, health: Health) -> _Gaps:
    found = _Gaps(problem.values)
    for key in ("schedule", "names"):
        if key in problem.values:
            found[key] = schedule_titles(str(problem.values[key]))
    found["question"] = problem.values.get("name", "")
    found["name"] = _name(problem)
    found["until"] = telling.when(_until(problem, health), health.at)
    for key in ("free", "bytes", "bytes_now", "bytes_then"):
        value = problem.values.get(key)
        if isinstance(value, int):
            found[key] = telling.size(value)
    if "since" in problem.values:
        found["when"] = _since(problem)
        passed = (datetime.now(UTC) - datetime.fromisoformat(str(problem.values["since"]))).days
        found["passed"] = n_("{count} day", "{count} days", passed).format(count=passed)
    for key, told in (("days", "days_told"), ("count", "count_told")):
        value = problem.values.get(key)
        if isinstance(value, int):
            text = n_("{count} day", "{count} days", value) if key == "days" else "{count}"
            found[told] = text.format(count=value)
    if health.full_on is not None:
        found["day"] = day_told(health.full_on, health.at)
    return found


def day_told(which: date, now: datetime) -> str:
    """A day to come, with its year only where that is another one."""
    short = f"{which.day} {telling.short_month(which.month)}"
    return short if which.year == now.astimezone().year else f"{short} {which.year}"


_TOLD: dict[str, Callable[[Problem, Health], Point]] = {
    "root.vanished": _say(
        N_("Is another disk to take its place?"),
        N_("Then a first copy begins anew in {path}. The earlier ones stay on their disk."),
        lambda problem: Mend(verb="begin", words=_("Begin anew there")),
        "disk",
    ),
    "health.live_missing": _live(N_("{name} is no longer in its place")),
    "health.live_dropped": _live(N_("{name} is no longer on its server")),
    "health.live_damaged": _live(N_("{name} is damaged")),
    "health.live_ailing": _live(N_("{name} itself seems to be damaged")),
    "health.drill_failed": _say(
        N_("The restore test of {name} failed"),
        N_("Don't rely on its copies until a test has passed. The database itself is not affected."),
        _drill,
    ),
    "health.never": _say(N_("There is no copy of {name} yet"), N_("What is lost there is lost."), _backup),
    "health.none_proven": _say(
        N_("No copy of {name} can be relied on"), N_("None is both checked and in its place."), _backup
    ),
    "health.too_old": _say(
        N_("{name} is protected only up to {until}"),
        N_("What was entered since is in no copy. Agreed is a loss of at most {hours} h."),
        _backup,
        "clock",
    ),
    "health.untested": _say(
        N_("{name} has never been restored as a test"),
        N_("There is a copy of {until}, but nobody has proven that it serves."),
        _drill,
    ),
    "health.drill_overdue": _say(
        N_("{name} has gone {passed} without a restore test"),
        N_("There is a copy of {until}, but nobody has proven lately that it serves. Agreed is every {days_told}."),
        _drill,
    ),
    "health.drill_question": _say(
        N_("The restore test of {name} gave an unexpected answer"),
        N_("The copy itself was restored and proven; the answer to «{question}» was not what it must be."),
        _sets,
    ),
    "health.verify_overdue": _say(
        N_("The newest copy of {name} has not been checked for {passed}"),
        N_("Agreed is every {days_told}; what is stored is not touched by that."),
        _verify,
    ),
    "health.latest_failed": _say(
        N_("The last copy of {name} failed"), N_("The one before protects it up to {until}."), _backup
    ),
    "health.latest_unproven": _say(
        N_("The newest copy of {name} was never checked"), N_("It is protected up to {until}."), _verify
    ),
    "health.slow": _say(
        N_("The last copy of {name} took longer than usual"),
        N_("{minutes} min; usual are {usual} min. The copy itself is complete."),
        _log,
        "clock",
    ),
    "health.size_jump": _say(
        N_("{name} has suddenly grown"), N_("It has {bytes_now}; usual were {bytes_then}."), _sets, "database"
    ),
    "health.size_drop": _say(
        N_("{name} has suddenly shrunk"),
        N_("It has {bytes_now}; usual were {bytes_then}. Pin an earlier copy if data was lost."),
        _sets,
        "database",
    ),
    "health.low_space": _low_space,
    "health.full_soon": _say(
        N_("The disk of the copies will be full towards {day}"),
        N_("{free} are left in {path}; this is how it goes if nothing changes."),
        _settings("keep", N_("See what can be deleted…")),
        "disk",
    ),
    "health.same_disk": _say(
        N_("Copies and data are on the same disk"),
        N_("If it dies, both are lost. Against deleted or damaged data the copies do protect."),
        _settings("folders", N_("Choose another folder…")),
        "disk",
    ),
    "health.missing": _say(
        N_("Files of copies are gone"),
        N_("Copies that lack something: {count}. The others are not affected."),
        _sets,
        "folder",
    ),
    "health.damaged": _say(
        N_("Copies failed their check"), N_("Damaged copies: {count}. The others are not affected."), _sets
    ),
    "health.no_schedule": _say(
        N_("No copies are scheduled"),
        N_("Each has to be made by hand."),
        _settings("times", N_("Choose times…")),
        "calendar",
    ),
    "health.not_installed": _say(
        N_("Nothing starts the copies by itself"),
        N_("They run only while somebody has them run."),
        _install(N_("Schedule the copies")),
        "calendar",
    ),
    "schedule.no_scheduler": _say(
        N_("Nothing starts the copies by itself"),
        N_("This machine has no scheduler that could. They run only while somebody has them run."),
        lambda problem: Mend(verb="details", words=_("See what to do")),
        "calendar",
    ),
    "health.schedule_outdated": _say(
        N_("The copies still run at the old times"),
        N_("The system runs them as they were before the settings were changed."),
        _install(N_("Bring up to date")),
        "calendar",
    ),
    "health.not_firing": _say(
        N_("What was due did not run"),
        N_("Since {when}: {names}. The copies made until then are as they were."),
        _backup,
        "clock",
    ),
    "health.skipped": _say(N_("«{schedule}» was left out, {when}"), N_("{why}"), _log, "clock"),
    "health.run_failed": _say(N_("«{schedule}» did not end well, {when}"), N_("{why}"), _log),
    "health.success": _say(
        N_("Copies that failed lately: {failed} of {count}"),
        N_("The newest good copy of each database is as it was."),
        _sets,
    ),
    "health.undelivered": _say(
        N_("Notices that reached nobody: {count}"),
        N_("They are kept and tried again; the copies themselves are not touched by that."),
        _settings("notices", N_("Test the notices…")),
        "bell",
    ),
    "check.restore_closed": _say(
        N_("{name} may be closed to writers"),
        N_("A restore of it was cut short before it changed anything. The next copy opens it as it was."),
        _backup,
        "restore",
    ),
    "check.restore_unopened": _say(
        N_("{name} is restored, but not opened yet"),
        N_("The restore was proven and then cut short. The next copy opens it to whoever used it before."),
        _backup,
        "restore",
    ),
    "check.drill_open": _say(
        N_("A restore test of {name} was cut short"),
        N_("Its own database {target} may still take up room on the server. The next copy drops it."),
        _backup,
        "database",
    ),
    "check.restore_new": _say(
        N_("A restore of {name} beside it was cut short"),
        N_("The database itself was not touched. The next copy removes what is left of {target}."),
        _backup,
        "database",
    ),
    "check.restore_open": _say(
        N_("A restore of {name} was cut short"),
        N_("What was there before is kept, and can be put back."),
        lambda problem: Mend(verb="restore", words=_("See the restore…"), databases=_databases(problem)),
        "restore",
    ),
}
