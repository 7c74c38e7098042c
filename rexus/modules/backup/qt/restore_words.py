"""How the restore wizard says things: what, where, what is lost, what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from qtpy.QtCore import QDate, QLocale

from ..base.records import Problem, RestorePlan
from ..base.texts import _, language, n_, word
from . import telling
from .restore_answers import Home, Place, files_overwritten, first_overwritten

_ALONE = 3
"""So many names are told one by one."""
_NAMED = 4
"""So many copied files are named in a plan."""


def what_of(home: Home) -> str:
    """What comes back: ``inventario``, ``inventario y users``, ``archivos de configuración``."""
    told = [*home.names, *(files_words(kind) for kind in home.file_sets)]
    return _("everything") if len(told) > _ALONE else listed(told)


def is_many(home: Home) -> bool:
    """Whether `what_of` is a plural."""
    count = len(home.all_names)
    return 1 < count <= _ALONE or (count == 1 and not home.names)


def files_words(kind: str) -> str:
    """A file set as people call it."""
    return _("the settings files") if kind == "config" else _("the application files")


def files_named(files: Sequence[str]) -> str:
    """Some of the copied files by their names, and how many more there are."""
    more = len(files) - _NAMED
    if more <= 0:
        return _("Files: {names}.").format(names=listed(list(files)))
    told = _("Files: {names} and {count} more.")
    return told.format(names=", ".join(files[:_NAMED]), count=telling.count(more))


def listed(names: list[str]) -> str:
    """``a, b y c``."""
    if len(names) < 2:
        return "".join(names)
    return _("{some} and {last}").format(some=", ".join(names[:-1]), last=names[-1])


def chosen_words(home: Home) -> str:
    """What was chosen, for the rail."""
    told = what_of(home)
    if home.undo:
        return _("Undo of {what}").format(what=told)
    return f"{told}, {telling.when(home.of)}"


def place_words(home: Home, place: Place) -> str:
    """Where to, for the rail."""
    if place.kind == "home":
        return replace_words(home)
    if home.server and not place.to:
        return _("As copies of their own")
    name = place.to or "" if home.server else Path(place.to or "").name
    return _("As a copy: {name}").format(name=name)


def replace_words(home: Home) -> str:
    """The second choice, and the button that does it."""
    if home.undo:
        return _("Undo the restore")
    return _("Replace {what}").format(what=what_of(home))


def return_words(home: Home) -> str:
    """The second choice where nothing is there to be replaced."""
    return _("Put {what} back in place").format(what=what_of(home))


def place_of(home: Home) -> str:
    """The folder of what would be replaced, or its server, for the question."""
    if home.server and home.names:
        return home.server
    known = [Path(home.places[name]).parent for name in home.names if home.places[name]]
    known += [Path(home.places[kind]) for kind in home.file_sets if home.places[kind]]
    return str(known[0]) if known else ""


def question(home: Home) -> str:
    """The destructive question: verb, object, place."""
    what = what_of(home)
    if home.undo:
        return _("Undo the restore of {what}?").format(what=what)
    return _("Replace {what} in {place}?").format(what=what, place=place_of(home))


def long_date(when: date) -> str:
    """``viernes 31 de octubre``."""
    form = "dddd d 'de' MMMM" if language() == "es" else "dddd, d MMMM"
    return QLocale(language()).toString(QDate(when.year, when.month, when.day), form)


def lost_seconds(home: Home, now: datetime | None = None) -> float:
    """How much work lies between the copy and now."""
    return ((now or datetime.now(UTC)) - home.of).total_seconds()


def since(home: Home, now: datetime | None = None) -> str:
    """``desde las 14:05``, or with the day where it was not today."""
    today = (now or datetime.now(UTC)).astimezone().date()
    local = home.of.astimezone()
    if local.date() == today:
        return _("since {time}").format(time=f"{local:%H:%M}")
    return _("since {day}").format(day=telling.when(home.of))


def about(seconds: float) -> str:
    """An expected time: whole seconds, at least one."""
    whole = max(round(seconds), 1)
    return f"{whole}\u00a0s" if whole < 60 else telling.span(whole)


def lost_tile(home: Home, plan: RestorePlan) -> tuple[str, str, str]:
    """Value, note and tone of what is lost."""
    codes, count = {one.code for one in plan.lost}, files_overwritten(plan)
    if not codes and not count:
        return _("Nothing"), _("nothing is replaced"), ""
    if "restore.lost_unknown" in codes:
        return _("Not known"), _("the clock went back"), "warn"
    if home.undo and "restore.lost_changes" not in codes and not count:
        return _("What it brought"), _("as before it again"), "warn"
    if "restore.lost_changes" in codes:
        note = _("done since the restore") if home.undo else since(home)
        return about(lost_seconds(home)), note, "warn"
    if count:
        note = n_("differs from the copy", "differ from the copy", count)
        return n_("{count} file", "{count} files", count).format(count=count), note, "warn"
    return _("Nothing"), _("unchanged {since}").format(since=since(home)), ""


def lost_sentence(home: Home, plan: RestorePlan) -> str:
    """What is lost, in a sentence."""
    when, passed = since(home), about(lost_seconds(home))
    changed = [str(one.values["database"]) for one in plan.lost if one.code == "restore.lost_changes"]
    told: list[str] = []
    if home.undo:
        told.append(_("The undo takes back the restore: it is again as it was before it."))
    if any(one.code == "restore.lost_unknown" for one in plan.lost):
        told.append(_("What was written after this copy; how much can't be told, for its date is ahead."))
    elif changed and home.undo:
        told.append(_("What was done {since}, after the restore: {passed}.").format(since=when, passed=passed))
    elif changed:
        form = _("What was written to {what} {since}: {passed}.")
        told.append(form.format(what=listed(changed), since=when, passed=passed))
    elif plan.lost and home.undo:
        told.append(_("Nothing else was written {since}.").format(since=when))
    elif plan.lost:
        told.append(_("Nothing: it has not changed {since}.").format(since=when))
    count = files_overwritten(plan)
    if count:
        form = n_(
            "{count} file that differs from the copy is replaced.",
            "{count} files that differ from the copy are replaced.",
            count,
        )
        told.append(form.format(count=count))
        named = first_overwritten(plan)
        if named and count == 1:
            told.append(_("It is {file}.").format(file=named))
        elif named:
            told.append(_("One of them: {file}.").format(file=named))
    return " ".join(told)


def kept_sentence(home: Home, until: date | None) -> str:
    """What is kept, and until when it can be undone."""
    if not home.names:
        return _("The files that are replaced are kept aside, in the folder with the copies.")
    if until is None:
        return _("A copy of how it is now is made first.")
    return _("A copy of how it is now is made first. You can undo until {day}.").format(day=long_date(until))


def connected_sentence(names: tuple[str, ...]) -> str:
    """Who has it open."""
    if not names:
        return _("Nobody has it open at this moment.")
    return n_(
        "{names} has it open. Close that program and check again.",
        "{names} have it open. Close those programs and check again.",
        len(names),
    ).format(names=listed(list(names)))


def thrown_out_sentence(count: int) -> str:
    """What becomes of whoever is in a database of a server."""
    if not count:
        return _("Nobody is in it at this moment.")
    form = n_(
        "{count} session is ended when the restore begins; what it has not saved is lost.",
        "{count} sessions are ended when the restore begins; what they have not saved is lost.",
        count,
    )
    return form.format(count=count)


def refusal(problem: Problem) -> str:
    """Why it can't be done, and what to do about it, without words of the command line."""
    told = {
        "restore.exists": _("There is already something at {target}. Choose another name."),
        "restore.files_exist": _("There are already other files in {target}. Choose another folder."),
        "restore.no_space": _("There is not enough space: {needed} are needed and {free} are free."),
        "restore.inside_root": _("That place is inside the folder with the copies. Choose another one."),
        "restore.bad_target": _("That can't be a place to restore to: {why}."),
        "restore.empty_target": _("Write where the copy shall go."),
        "restore.no_place": _("Nobody knows where {database} belongs. Restore it as a copy."),
        "restore.other_engine": _("{database} comes from another kind of server. Restore it as a copy."),
        "restore.file_missing": _("The file {file} of this copy is missing. Choose another copy."),
        "restore.not_in_set": _("This copy holds no complete {database}. Choose another copy."),
        "restore.being_deleted": _("This copy is being deleted. Choose another copy."),
        "restore.no_files": _("This copy holds no files of that kind. Choose another copy."),
    }
    values = {key: _value(key, value) for key, value in problem.values.items()}
    if problem.code == "target.in_use":
        return connected_sentence(tuple(str(problem.values.get("who", "")).split(", ")))
    if problem.code in told:
        try:
            return told[problem.code].format(**values)
        except KeyError:
            pass
    return telling.reason(problem)


def _value(key: str, value: str | int) -> str:
    if key in ("needed", "free") and isinstance(value, int):
        return telling.size(value)
    return word(value) if key == "database" and isinstance(value, str) else str(value)
