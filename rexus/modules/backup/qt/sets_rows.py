"""Sets as rows of a table: every word, figure and reason is worked out once, away from the thread of the screens."""

from __future__ import annotations

import functools
import re
import time
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..base.records import BackupKind, Origin, Problem, SetStatus, Tick
from ..base.saying import N_
from ..base.texts import _, language
from . import telling
from .sets_why import Reasons, Why

if TYPE_CHECKING:
    from ..catalog.index import DatabaseSummary, SetSummary
    from ..model import BackupModel

Mark = tuple[str, str, str]
"""Icon, colour and words of one mark."""

_ACCENTS = re.compile("[\u0300-\u036f]")
_MINUTE = len("2025-10-24T02:00")
"""So much of an instant says its minute."""
_BREATH = 100
"""Rows after which the screens get their turn."""
_UNFINISHED = {
    SetStatus.FAILED: ("cross", "danger"),
    SetStatus.INTERRUPTED: ("cross", "danger"),
    SetStatus.CANCELLED: ("stop", "text3"),
    SetStatus.IN_PROGRESS: ("clock", "text2"),
}
_ABSENT: Mark = ("", "", N_("not in this backup"))


@dataclass(frozen=True, slots=True)
class Row:
    """One set, ready to be shown, sorted and searched."""

    name: str
    summary: SetSummary
    at: float
    """When it began: seconds since 1970."""
    when: str
    kind: str
    size: str
    span: str
    ratio: str
    origin: str
    why: Why
    mark: Mark
    marks: dict[str, Mark]
    content_bytes: int
    states: frozenset[str]
    """What the filter asks for: see `sets_filter`."""
    text: str
    """Everything that a search looks at, folded."""
    is_whole: bool
    """Whether it holds something that could be brought back or checked, and is not being deleted."""
    problems: tuple[Problem, ...] = ()
    """What the list says of it: files that are gone or cut off."""
    exact: bool = False
    """Whether another set began in the same minute, so that its time is told to the second."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """All sets, newest first, and what there is to say of the folder."""

    rows: tuple[Row, ...] = ()
    databases: tuple[str, ...] = ()
    """Names of columns: those configured, then others that some set holds."""
    problems: tuple[Problem, ...] = ()
    at: dict[str, int] = field(default_factory=dict)
    """Place of each set among the rows."""
    spoken: tuple[str, int] = ("", 0)
    """Language and year of the words."""


def read(model: BackupModel, *, plans: bool, before: Shelf | None = None) -> Shelf:
    """Read all sets, and (``plans``: the person may see them) what the rules will do. Raises `BackupError`.

    Rows of ``before`` that are still right are used again.
    """
    listing = model.listing()
    reasons = Reasons.of(model, plans=plans)
    said: dict[str, list[Problem]] = {}
    for problem in listing.problems:
        if "set" in problem.values:
            said.setdefault(str(problem.values["set"]), []).append(problem)
    rows: list[Row] = []
    minutes = Counter(one.timestamp[:_MINUTE] for one in listing.sets)
    known_as = {row.name: row for row in before.rows} if before is not None and before.spoken == _spoken_in() else {}
    shared: dict[Why, Why] = {}  # ten thousand sets have a dozen reasons: the fewer objects, the quicker the collector
    for number, one in enumerate(listing.sets, 1):
        why, problems, old = reasons.why(one), tuple(said.get(one.set, ())), known_as.get(one.set)
        why = shared.setdefault(why, why)
        exact = minutes[one.timestamp[:_MINUTE]] > 1
        same = old is not None and (old.why, old.problems, old.exact) == (why, problems, exact)
        if old is not None and same and old.summary == one:
            rows.append(old)
        else:
            rows.append(_row(one, why, problems, reasons.now, exact=exact))
        if number % _BREATH == 0:
            time.sleep(0)
    known = dict.fromkeys(model.loaded.database_names)
    for row in rows:
        known.update(dict.fromkeys(row.summary.databases))
    return Shelf(
        rows=tuple(rows),
        databases=tuple(known),
        problems=listing.problems,
        at={row.name: number for number, row in enumerate(rows)},
        spoken=_spoken_in(),
    )


def _spoken_in() -> tuple[str, int]:
    """What the words of rows depend on beside the sets: language and year."""
    return language(), datetime.now(UTC).astimezone().year


def _row(one: SetSummary, why: Why, problems: tuple[Problem, ...], now: datetime, *, exact: bool) -> Row:
    instant = datetime.fromisoformat(one.timestamp)
    content = sum(each.size_bytes for each in one.databases.values())
    stored = sum(each.stored_bytes for each in one.databases.values())
    local = instant.astimezone()
    when, kind, origin = _when(local, now.astimezone().year, exact=exact), _kind(one), _origin(one)
    mark = mark_of_set(one)
    return Row(
        name=one.set,
        summary=one,
        at=instant.timestamp(),
        when=when,
        kind=kind,
        size=telling.size(one.stored_bytes),
        span=telling.span(one.seconds) if one.seconds else "–",
        ratio=f"{telling.figure(content / stored)}×" if content and stored else "–",
        origin=origin,
        why=why,
        mark=mark,
        marks={name: mark_of_database(each) for name, each in one.databases.items()},
        content_bytes=content,
        states=_states(one, why),
        text=folded(
            f"{one.set} {when} {_long(local)} {kind} {origin} {' '.join(one.databases)} {why.text} {one.pinned or ''}"
        ),
        is_whole=not one.deleting and (bool(one.copied) or _has_bases(one)),
        problems=problems,
        exact=exact,
    )


def _has_bases(one: SetSummary) -> bool:
    return any(each.status is SetStatus.COMPLETED for each in one.databases.values())


def _kind(one: SetSummary) -> str:
    return _("Files|kind").partition("|")[0] if holds_only_files(one) else sentence_case(telling.kind_words(one.kind))


def holds_only_files(one: SetSummary) -> bool:
    """Whether it was begun for copied files alone, as where a restore of files put aside what it replaced."""
    return not one.databases and bool(one.copied)


def is_checkable(row: Row) -> bool:
    """Whether a check has something to judge: a base, or files where nothing but files was wanted."""
    return row.is_whole and (_has_bases(row.summary) or holds_only_files(row.summary))


def mark_of_set(one: SetSummary) -> Mark:
    """The least of its databases; what came to no end has the mark of that."""
    if one.deleting:
        return ("trash", "text3", _("being deleted"))
    if one.status is SetStatus.COMPLETED:
        return _ticked(one.tick)
    return (*_UNFINISHED[one.status], telling.status_words(one.status))


def mark_of_database(one: DatabaseSummary) -> Mark:
    """Its deepest check; what came to no end has the mark of that."""
    if one.status is SetStatus.COMPLETED:
        return _ticked(one.tick)
    return (*_UNFINISHED[one.status], telling.status_words(one.status))


def mark_in(row: Row, database: str) -> Mark:
    """The mark of one database in a row; empty where the set does not hold it."""
    found = row.marks.get(database)
    return found if found is not None else (_ABSENT[0], _ABSENT[1], _(_ABSENT[2]))


def tip_of_set(row: Row) -> str:
    """What the mark of a set means, since when, and why."""
    one = row.summary
    lines = [sentence_case(row.mark[2])]
    if one.last_checked_at and one.status is SetStatus.COMPLETED:
        told = _("Checked last: {instant}")
        lines.append(told.format(instant=telling.exact(datetime.fromisoformat(one.last_checked_at))))
    return "\n".join((*lines, *(telling.reason(problem) for problem in row.problems)))


def tip_of_database(row: Row, database: str) -> str:
    """The same of one database."""
    one = row.summary.databases.get(database)
    words = sentence_case(mark_in(row, database)[2])
    if one is None:
        return words
    lines = [f"{database}: {words}"]
    if one.tick is Tick.FAILED:
        lines += _failure(one)
    elif one.proven_at:
        lines.append(telling.exact(datetime.fromisoformat(one.proven_at)))
    gone = [problem for problem in row.problems if problem.values.get("file") == one.file]
    return "\n".join((*lines, *(telling.reason(problem) for problem in gone)))


def _failure(one: DatabaseSummary) -> list[str]:
    if one.damaged:
        if one.failed_at is None:
            return [_("A check found damage.")]
        since = telling.exact(datetime.fromisoformat(one.failed_at))
        return [_("A check found damage, first on {instant}.").format(instant=since)]
    if one.absent:
        if one.absent_at is None:
            return [_("Its file was missing when it was last looked for.")]
        since = telling.exact(datetime.fromisoformat(one.absent_at))
        return [_("Its file has been missing since {instant}.").format(instant=since)]
    return []


def spoken(row: Row) -> str:
    """A row in words, for whoever hears the screen."""
    marks = ", ".join(f"{name}: {mark[2]}" for name, mark in row.marks.items())
    return f"{row.when}, {row.kind}, {row.mark[2]}; {marks}; {row.size}; {row.why.text}"


def folded(text: str) -> str:
    """Without case and accents, to search in."""
    if text.isascii():
        return text.casefold()
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", text)).casefold()


def sentence_case(text: str) -> str:
    """With a capital in front, the rest as it is."""
    return text[:1].upper() + text[1:]


def date_of(row: Row) -> str:
    """Weekday, day, month, year and time of a set: ``vie 24 oct 2025, 02:00``."""
    local = instant_of(row).astimezone()
    return f"{telling.short_weekday(local.weekday())} {telling.long_day(local.date())}, {_time(local, row.exact)}"


def _when(local: datetime, year: int, *, exact: bool) -> str:
    """As in a table: all alike, none grows old while it is looked at; the year only where it is another one."""
    if local.year != year:
        return f"{telling.long_day(local.date())}, {_time(local, exact)}"
    weekday, month = telling.short_weekday(local.weekday()), telling.short_month(local.month)
    return f"{weekday} {local.day} {month}, {_time(local, exact)}"


def _time(local: datetime, exact: bool) -> str:
    return f"{local.hour:02}:{local.minute:02}" + (f":{local.second:02}" if exact else "")


def _long(local: datetime) -> str:
    """The date as numbers too, for those who search so."""
    day = local.date()
    return f"{day.isoformat()} {day.day:02}/{day.month:02}/{day.year} {telling.long_day(day)}"


def _origin(one: SetSummary) -> str:
    told = sentence_case(telling.origin_words(one.origin))
    by_hand = one.origin in (Origin.MANUAL, Origin.SAFETY)
    return f"{told}, {one.requested_by}" if by_hand and one.requested_by else told


def _ticked(tick: Tick) -> Mark:
    return _mark_of(tick, language())


@functools.cache
def _mark_of(tick: Tick, _language: str) -> Mark:
    return (*telling.tick_icon(tick), telling.tick_words(tick))


def _states(one: SetSummary, why: Why) -> frozenset[str]:
    found = set()
    done = one.status is SetStatus.COMPLETED
    if done and one.tick is Tick.RESTORED:
        found.add("restored")
    if done and one.tick in (Tick.CONTENT, Tick.ENGINE, Tick.RESTORED):
        found.add("checked")
    if done and one.tick in (Tick.NONE, Tick.STORED):
        found.add("unchecked")
    if one.tick is Tick.FAILED or one.status in (SetStatus.FAILED, SetStatus.INTERRUPTED):
        found.add("failed")
    if why.pinned:
        found.add("pinned")
    if why.goes:
        found.add("goes")
    kinds = {held.kind for held in one.databases.values()} or {one.kind}
    if one.kind is BackupKind.LOG and kinds == {BackupKind.LOG}:  # one that had to become more is worth seeing
        found.add("log")
    return frozenset(found)


def instant_of(row: Row) -> datetime:
    """When the set began."""
    return datetime.fromtimestamp(row.at, UTC)
