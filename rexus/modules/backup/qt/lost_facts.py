"""What each copy of a folder is good for: what choosing it brings back, or why nothing comes of it. No widgets here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ..base.records import BackupKind, Problem, SetStatus, Severity
from ..base.saying import N_
from ..base.texts import _, sentence
from ..base.timeline import Reason, chain
from ..base.timeline_whole import files
from . import telling, timeline_words
from .restore_what_offer import Wish, reached
from .restore_what_words import APPLICATION, CONFIG
from .sets_rows import sentence_case

if TYPE_CHECKING:
    from ..catalog.index import SetSummary
    from ..jobs.lost import LostDatabase, LostFolder

_UNFINISHED = {
    SetStatus.FAILED: N_("Failed, nothing complete"),
    SetStatus.INTERRUPTED: N_("Interrupted, nothing complete"),
    SetStatus.CANCELLED: N_("Cancelled, nothing complete"),
    SetStatus.IN_PROGRESS: N_("Still being made"),
}


_MOST_TOLD = 4
"""Databases, gaps and files that are told in words; of more it is told how many."""


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy that a folder holds."""

    summary: SetSummary
    wish: Wish | None
    """What choosing it asks for; None: nothing of it can be brought back."""
    databases: tuple[str, ...]
    """Those that it can bring back."""
    state: str
    """How it stands, or why nothing comes of it."""

    @property
    def is_whole(self) -> bool:
        """Whether it brings back all that it was begun for."""
        return self.wish is not None and len(self.databases) == len(self.summary.databases)


def copies(sets: Sequence[SetSummary], now: datetime) -> tuple[Copy, ...]:
    """All copies, in the order of ``sets``. Takes a moment where there are thousands."""
    names = dict.fromkeys(name for one in sets for name in one.databases)
    lines = {name: chain(sets, name, now) for name in names}
    reach = {name: reached(line) for name, line in lines.items()}
    wrong = {(name, mark.set): mark.wrong for name, line in lines.items() for mark in line.marks if mark.wrong}
    copied = {kind: reached(files(sets, kind, now)) for kind in (APPLICATION, CONFIG)}
    return tuple(_copy(one, reach, wrong, [kind for kind, of in copied.items() if one.set in of]) for one in sets)


def _copy(
    one: SetSummary,
    reach: Mapping[str, Mapping[str, datetime]],
    wrong: Mapping[tuple[str, str], Reason],
    copied: Sequence[str],
) -> Copy:
    names = tuple(name for name in one.databases if one.set in reach[name])
    wish: Wish | None = None
    if names:
        wish = Wish(set=one.set, database=names[0])
    elif copied:
        wish = Wish(set=one.set, files=copied[0])
    return Copy(one, wish, names, _whole(one, names) if wish is not None else _reason(one, wrong))


def _whole(one: SetSummary, names: tuple[str, ...]) -> str:
    if not names:
        return _("Only copied files")
    if len(names) == len(one.databases):
        return sentence_case(telling.status_words(SetStatus.COMPLETED))
    return _("In part: {done} of {count}").format(done=len(names), count=len(one.databases))


def _reason(one: SetSummary, wrong: Mapping[tuple[str, str], Reason]) -> str:
    """Why nothing of a copy can be brought back."""
    if one.deleting:
        return _("Being deleted")
    if one.copied and not one.databases:
        return _("Only files that a restore replaced")
    done = [name for name, each in one.databases.items() if each.status is SetStatus.COMPLETED]
    if not done and one.status in _UNFINISHED:
        return _(_UNFINISHED[one.status])
    told = next((wrong[name, one.set] for name in done if (name, one.set) in wrong), None)
    if told is None and one.kind is BackupKind.LOG:
        told = Reason.NO_BASE
    return sentence_case(timeline_words.reason(told)) if told is not None else _("Nothing usable in it")


def usable(found: Sequence[Copy]) -> tuple[Copy, ...]:
    """Those that bring something back."""
    return tuple(one for one in found if one.wish is not None)


def told_of(found: LostFolder) -> str:
    """What a folder of a server's own files brings back, what is wrong in it, and what it takes; a line for each."""
    lines = _some([_reach(one) for one in found.databases])
    gaps = [(one.name, gap.start, gap.end, gap.because) for one in found.databases for gap in one.outlook.gaps]
    lines += _some([_gap(*gap) for gap in gaps])
    useless = [problem for one in found.databases for problem in one.useless]
    bad = [one for one in (*useless, *found.problems) if one.severity is not Severity.INFO]
    lines += _some([sentence(one).message for one in bad])
    if not found.has_server:
        told = sentence(Problem(code="lost.no_server", values={"path": found.path}))
        lines.append(f"{told.message} {told.fix}")
    return "\n".join(lines)


def _reach(one: LostDatabase) -> str:
    spans, latest = one.outlook.spans, one.outlook.latest.reaches_at
    if latest is None or not spans:
        return _("{database}: nothing comes back.").format(database=one.name)
    if any(span.start < span.end for span in spans):
        values = {"database": one.name, "start": telling.exact(spans[0].start), "end": telling.exact(latest)}
        return _("{database}: every instant from {start} to {end}.").format(**values)
    return _("{database}: as it was at {end}.").format(database=one.name, end=telling.exact(latest))


def _gap(database: str, start: datetime, end: datetime, because: Problem) -> str:
    values = {"database": database, "start": telling.exact(start), "end": telling.exact(end)}
    return _("{database}: gap from {start} to {end}. {because}").format(**values, because=sentence(because).message)


def _some(lines: list[str]) -> list[str]:
    """The first of them, and how many there are more."""
    more = len(lines) - _MOST_TOLD
    if more <= 0:
        return lines
    return [*lines[:_MOST_TOLD], _("… and more of them: {count}.").format(count=more)]
