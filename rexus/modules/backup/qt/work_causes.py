"""Why work failed where there is little room: the cause in a few words, then the path it is about. No widgets here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import msgspec

from ..base.records import Problem, SetStatus, Status
from ..base.saying import N_
from ..base.texts import _
from . import telling
from .work import Work

if TYPE_CHECKING:
    from ..jobs.backup import BackupResult

_CAUSES = {
    "source.missing": N_("It does not exist"),
    "source.folder": N_("It is not a file"),
    "source.empty": N_("It is an empty file"),
    "source.foreign": N_("It is no database"),
    "source.encrypted": N_("It is encrypted"),
    "source.truncated": N_("It is cut off"),
    "source.corrupt": N_("It is damaged"),
    "source.unreadable": N_("It can't be read"),
    "source.busy": N_("It is in use"),
    "source.no_scratch": N_("No working space"),
    "store.full": N_("No space left"),
    "space.short": N_("Not enough space"),
    "store.denied": N_("Access denied"),
    "store.read_denied": N_("It can't be read"),
    "store.missing": N_("File missing"),
}
"""By the code of the problem; the path is told beside."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something failed."""

    whole: str
    """The sentence."""
    short: str = ""
    """The cause alone; empty: there is no shorter way to say it."""
    place: str = ""
    """The path that it is about."""


def cause_of(problem: Problem | None) -> Cause:
    """A problem, for a line that may be too short for its sentence; nothing of none."""
    if problem is None:
        return Cause("")
    whole, path = telling.reason(problem), str(problem.values.get("path", ""))
    if problem.code in _CAUSES:
        return Cause(whole, _(_CAUSES[problem.code]), path)
    if not path:
        return Cause(whole)
    named = msgspec.structs.replace(problem, values={**problem.values, "path": _name(path)})
    return Cause(whole, telling.reason(named))


def _name(path: str) -> str:
    """A path without the folders, as ``…/users.db``."""
    cut = max(path.rstrip("/\\").rfind(one) for one in "/\\")
    return f"…{path[cut:]}" if cut > 0 else path


def backed_up(work: Work) -> dict[str, Cause | None]:
    """The databases of a backup that has ended, each with why it failed (None: it is well)."""
    manifest = cast("BackupResult", work.result).manifest if work.verb == "backup" and work.result else None
    if manifest is None:
        return {}
    return {
        name: None if one.status is SetStatus.COMPLETED else cause_of(one.problem)
        for name, one in manifest.databases.items()
    }


def failed_databases(work: Work) -> tuple[str, ...]:
    """Of those the ones without a copy; none where somebody stopped it: that is no failure."""
    if work.outcome is not None and work.outcome.status is Status.CANCELLED:
        return ()
    return tuple(name for name, why in backed_up(work).items() if why is not None)
