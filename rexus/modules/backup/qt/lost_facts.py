"""What each copy of a folder is good for: what choosing it brings back, or why nothing comes of it. No widgets here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ..base.records import BackupKind, SetStatus
from ..base.saying import N_
from ..base.texts import _
from ..base.timeline import Reason, chain
from ..base.timeline_whole import files
from . import telling, timeline_words
from .restore_what_offer import Wish, reached
from .restore_what_words import APPLICATION
from .sets_rows import sentence_case

if TYPE_CHECKING:
    from ..catalog.index import SetSummary

_UNFINISHED = {
    SetStatus.FAILED: N_("Failed, nothing complete"),
    SetStatus.INTERRUPTED: N_("Interrupted, nothing complete"),
    SetStatus.CANCELLED: N_("Cancelled, nothing complete"),
    SetStatus.IN_PROGRESS: N_("Still being made"),
}


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
    copied = reached(files(sets, now))
    return tuple(_copy(one, reach, wrong, one.set in copied) for one in sets)


def _copy(
    one: SetSummary,
    reach: Mapping[str, Mapping[str, datetime]],
    wrong: Mapping[tuple[str, str], Reason],
    copied: bool,
) -> Copy:
    names = tuple(name for name in one.databases if one.set in reach[name])
    wish: Wish | None = None
    if names:
        wish = Wish(set=one.set, database=names[0])
    elif copied:
        wish = Wish(set=one.set, files=APPLICATION)
    return Copy(one, wish, names, _whole(one, names) if wish is not None else _reason(one, wrong))


def _whole(one: SetSummary, names: tuple[str, ...]) -> str:
    if len(names) == len(one.databases):
        return sentence_case(telling.status_words(SetStatus.COMPLETED))
    return _("In part: {done} of {count}").format(done=len(names), count=len(one.databases))


def _reason(one: SetSummary, wrong: Mapping[tuple[str, str], Reason]) -> str:
    """Why nothing of a copy can be brought back."""
    if one.deleting:
        return _("Being deleted")
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
