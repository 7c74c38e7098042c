"""What a restore that is refused or fails leads on to: the whole command, another set, and what was not touched."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable

import msgspec

from ..base.errors import BackupError, Damaged
from ..base.files import WINDOWS
from ..base.records import Problem, RestorePlan, RestoreRequest, Status
from ..base.sentences_beside import COMMAND, OTHER_SET, UNHARMED
from ..catalog.ticks import is_absence, is_damage
from .drill_rotation import newest_proven
from .holdings import Presence
from .kit import Kit, Work
from .plan import Wanted, World
from .restored import RestoreResult

_CONSENT = frozenset({"restore.exists", "restore.files_exist", "restore.unconfirmed"})
"""Refusals that lack nothing but that a person agrees."""


def command(request: RestoreRequest) -> str:
    """``request`` as it is typed behind the name of the program."""
    words = ["restore", request.set]
    words += [word for name in request.databases for word in ("--database", name)]
    words += ["--files", request.files] if request.files is not None else []
    words += [word for path in request.only for word in ("--only", path)]
    words += ["--all"] if request.everything else []
    words += ["--to", request.to] if request.to is not None else []
    words += ["--at", request.at.isoformat()] if request.at is not None else []
    words += ["--overwrite"] if request.overwrite else []
    words += [word for name in request.confirmed for word in ("--yes", name)]
    return subprocess.list2cmdline(words) if WINDOWS else shlex.join(words)


def planned(request: RestoreRequest, drafted: RestorePlan) -> RestorePlan:
    """``drafted``, whose refusals for lack of consent all name the one command that gives it."""
    return msgspec.structs.replace(drafted, refusals=_consented(request, drafted.refusals))


def refused(request: RestoreRequest, result: RestoreResult) -> RestoreResult:
    """The same of a restore that was refused."""
    if result.outcome.status is not Status.REFUSED:
        return result
    outcome = msgspec.structs.replace(result.outcome, problems=_consented(request, result.outcome.problems))
    return msgspec.structs.replace(result, outcome=outcome, plan=planned(request, result.plan))


def _consented(request: RestoreRequest, problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    names = [str(one.values["database"]) for one in problems if one.code in _CONSENT]
    confirmed = tuple(dict.fromkeys((*request.confirmed, *names)))
    told = command(msgspec.structs.replace(request, overwrite=True, confirmed=confirmed))
    return tuple(_leading_on(one, told) for one in problems)


def _leading_on(problem: Problem, told: str) -> Problem:
    if problem.code not in _CONSENT:
        return problem
    return msgspec.structs.replace(problem, values={**problem.values, COMMAND: told})


def unharmed(request: RestoreRequest, world: World, kit: Kit, error: BackupError) -> Problem:
    """What ended a restore that replaced nothing: it says so, and where a backup is bad also which other one is not."""
    problem, values = error.problem, dict[str, str | int]()
    there = [one.target.location for one in world.databases if one.target.exists]
    if there:
        values[UNHARMED] = ", ".join(there)
    if isinstance(error, Damaged) and (is_damage(problem) or is_absence(problem)):
        damaged = next((one for one in world.databases if one.name == problem.values.get("database")), None)
        values |= _other_set(request, damaged, kit) if damaged is not None else {}
    return msgspec.structs.replace(problem, values={**problem.values, **values}) if values else problem


def naming(stage: Callable[[Work, Wanted], None]) -> Callable[[Work, Wanted], None]:
    """``stage``, whose damage says of which database it is: what only knows bytes does not."""

    def named(work: Work, one: Wanted) -> None:
        try:
            stage(work, one)
        except Damaged as error:
            error.values.setdefault("database", one.name)
            raise

    return named


def _other_set(request: RestoreRequest, one: Wanted, kit: Kit) -> dict[str, str | int]:
    """The newest other set to take ``one`` from, and the command for it; nothing where there is none."""
    try:
        sets, there = kit.catalog.entries().sets, Presence(kit)
    except (BackupError, OSError):  # the store can't be listed: nobody knows what is left
        return {}
    gone = {each.set for each in sets if (held := each.databases.get(one.name)) is not None and not there(held)}
    other = newest_proven(one.name, sets, kit.clock.now(), {request.set, *gone})
    if other is None:
        return {}
    again = RestoreRequest(
        set=other,
        databases=(one.name,),
        to=one.target.location if request.to is not None else None,
        overwrite=one.target.exists,
        confirmed=(one.confirm_as,) if one.target.exists else (),
    )
    return {"database": one.name, OTHER_SET: other, COMMAND: command(again)}
