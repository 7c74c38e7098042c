"""Running work in the words of the reader: titles, phases, figures, results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from ..base.called import BY_SCHEDULE
from ..base.identity import account_name
from ..base.records import Outcome, Problem, RestoreRequest, Severity, Status
from ..base.saying import N_
from ..base.texts import _, n_
from . import telling
from .work import FILES, Part, Work
from .work_causes import Cause, backed_up, cause_of, failed_databases

if TYPE_CHECKING:
    from ..jobs.verify import VerifyResult

_NUMBERS = (N_("two"), N_("three"), N_("four"), N_("five"), N_("six"), N_("seven"), N_("eight"), N_("nine"))
"""From two on: small numbers of databases are told in words."""
_PHASES = {
    "": N_("Waiting"),
    "snapshot": N_("Reading|phase"),
    "seal": N_("Compressing"),
    "reread": N_("Writing"),
    "check": N_("Checking|phase"),
    "verify": N_("Checking|phase"),
    "prove": N_("Checking|phase"),
    "unseal": N_("Unpacking|phase"),
    "swap": N_("Putting in place|phase"),
    "safety": N_("Keeping a copy of what is there"),
    "files": N_("Copying files|phase"),
    "publish": N_("Writing down what was proven"),
    "server": N_("Server writes|phase"),
    "waits": N_("Waits for another session|phase"),
    "restore": N_("Server restores|phase"),
    "cancel_asked": N_("Asked to stop|phase"),
    "cancel_rolling_back": N_("Taking back|phase"),
    "cancel_stopped": N_("Stopped"),
    "cancel_too_late": N_("Opens, can't be interrupted|phase"),
    "failed": N_("Failed|phase"),
    "untested": N_("Not tested"),
}
_READY = {
    "backup": N_("Ready and checked"),
    "drill": N_("Restored and checked"),
    "restore": N_("In its place, checked"),
}
SOON_S = 5.0
"""With less left nobody counts seconds."""
_NEARLY = 0.9
"""With less done nobody says that it is almost over, however quick the beginning was."""
_MEASURED_S = 0.01
"""What began and ended in one look took no time that anybody measured."""


@dataclass(frozen=True, slots=True)
class Result:
    """How a work ended, for whoever looks at it."""

    title: str
    detail: str
    tone: str
    icon: str
    stays: bool
    """Whether it must be read: it stays until somebody has."""
    cause: Cause | None = None
    """Why, for where the detail does not fit."""


def title(work: Work) -> str:
    """What is being done, in a few words."""
    names = tuple(one.name for one in work.databases)
    if work.verb == "backup":
        return _databases(names, _("Backing up"), _("Backing up {name}"), _("Backing up {count} databases"))
    if work.verb == "drill":
        told = (_("Testing the restore"), _("Testing the restore of {name}"), _("Testing {count} restores"))
        return _databases(names, *told)
    if work.verb == "verify":
        sets: tuple[str, ...] = getattr(work.request, "sets", ())
        return _checking(sets)
    if work.verb == "restore":
        return _restoring(work, names)
    told_simply = {
        "prune": N_("Applying the rules of what is kept"),
        "delete": N_("Deleting copies"),
        "cleanup": N_("Clearing away leftovers"),
        "pin": N_("Pinning copies"),
        "unpin": N_("Taking pins away"),
    }
    return _(told_simply[work.verb]) if work.verb in told_simply else _("Working: {what}").format(what=work.verb)


def _checking(sets: tuple[str, ...]) -> str:
    if len(sets) != 1:
        return _("Checking copies")
    return _("Checking the copy of {when}").format(when=telling.when_of_set(sets[0]))


def _databases(names: tuple[str, ...], none: str, one: str, many: str) -> str:
    if len(names) == 1:
        return one.format(name=names[0])
    return many.format(count=number(len(names))) if names else none


def _restoring(work: Work, names: tuple[str, ...]) -> str:
    asked = work.request.databases if isinstance(work.request, RestoreRequest) else names
    if isinstance(work.request, RestoreRequest) and work.request.files:
        return _("Restoring files")
    return _databases(asked, _("Restoring"), _("Restoring {name}"), _("Restoring {count} databases"))


def noun(work: Work) -> str:
    """What it is, for lists of what has ended too."""
    names = tuple(one.name for one in work.databases)
    if work.verb == "backup":
        return _databases(
            names, _("Copy|of databases").partition("|")[0], _("Copy of {name}"), _("Copy of {count} databases")
        )
    if work.verb == "drill":
        return _databases(names, _("Restore test"), _("Restore test of {name}"), _("{count} restore tests"))
    if work.verb == "restore":
        return _databases(
            names, _("Restore|noun").partition("|")[0], _("Restore of {name}"), _("Restore of {count} databases")
        )
    told = {
        "verify": N_("Check of copies"),
        "prune": N_("Rules of what is kept"),
        "delete": N_("Deletion of copies"),
        "cleanup": N_("Clearing of leftovers"),
    }
    return _(told[work.verb]) if work.verb in told else work.verb


def number(count: int) -> str:
    """A small number in words, a larger one in digits."""
    return _(_NUMBERS[count - 2]) if 2 <= count < len(_NUMBERS) + 2 else str(count)


def phase(part: Part, verb: str) -> str:
    """What is being done with one database."""
    if part.phase == "done" or (verb == "verify" and part.fraction >= 1):
        return _(_READY.get(verb, N_("Checked|phase")))
    return _(_PHASES[part.phase]).partition("|")[0] if part.phase in _PHASES else part.phase


def name(part: Part) -> str:
    """The database; the files where it is none."""
    told = {FILES: N_("Files"), "config": N_("Configuration|files"), "application": N_("Application|files")}
    return _(told[part.name]).partition("|")[0] if part.name in told else part.name


def amount(part: Part) -> str:
    """``1,24 de 2,01 GB · 148 MB/s``: how much, how fast, as far as it is known."""
    told = much(part)
    return f"{told} · {telling.rate(part.rate)}" if told and part.phase and part.rate >= 1 else told


def much(part: Part) -> str:
    """``1,24 de 2,01 GB``."""
    if not part.total or not (part.in_bytes or part.phase == ""):
        return ""
    if part.phase == "" or part.ended or part.done >= part.total:
        return telling.size(part.total)
    return _("{done} of {total}").format(done=_beside(part.done, part.total), total=telling.size(part.total))


def _beside(done: int, total: int) -> str:
    """``done`` without its unit where that is the unit of ``total`` too."""
    figure, _gap, unit = telling.size(done).partition(telling.NARROW)
    return figure if unit == telling.size(total).partition(telling.NARROW)[2] else telling.size(done)


def time_of(part: Part) -> str:
    """Time left, or what it took."""
    if part.ended:
        return telling.span(part.seconds) if part.seconds >= _MEASURED_S else ""
    if part.left_s is None or part.phase.startswith("cancel_"):
        return ""
    return _("a few seconds") if part.left_s < SOON_S else left(part.left_s)


def left(seconds: float) -> str:
    """Time that is left: nobody knows fractions of a second of it."""
    return f"{max(round(seconds), 1)}{telling.NARROW}s" if seconds < 59.5 else telling.span(seconds)


def left_count(seconds: float) -> int:
    """The number that `left` begins with: other languages say *is left* otherwise of one than of several."""
    rest = max(round(seconds), 1)
    return next((rest // unit for unit in (86400, 3600, 60) if rest >= unit), rest)


def how_far(work: Work) -> str:
    """``48 % · quedan 18 s``."""
    if work.state == "cancelling":
        return stopping(work)
    if work.state == "queued":
        return _("Waiting")
    if work.fraction is None:
        return _("Under way")
    percent = percent_of(work.fraction)
    if work.left_s is None:
        return percent
    if work.left_s < SOON_S:
        return _("{percent} · almost done").format(percent=percent) if is_nearly_done(work) else percent
    told = n_("{percent} · {time} left", "{percent} · {time} left", left_count(work.left_s))
    return told.format(percent=percent, time=left(work.left_s))


def is_nearly_done(work: Work) -> bool:
    """Whether next to nothing is left of it."""
    return work.left_s is not None and work.left_s < SOON_S and (work.fraction or 0.0) >= _NEARLY


def stopping(work: Work) -> str:
    """How far a wish to stop has come: a server is asked, takes back what it began, and has stopped."""
    by_phase = {one.phase: one for one in work.parts}
    back = by_phase.get("cancel_rolling_back")
    if back is not None:
        share = f", {percent_of(back.done / back.total)}" if back.total and back.done else ""
        return _("SQL Server takes back what it began{share}").format(share=share)
    if "cancel_too_late" in by_phase:
        return _("The opening of the database can't be interrupted; waiting for the server")
    if "cancel_asked" in by_phase:
        return _("SQL Server was asked to stop")
    if "cancel_stopped" in by_phase:
        return _("SQL Server has stopped; tidying up")
    return _("Stopping…")


def percent_of(fraction: float) -> str:
    """``48 %``; the whole only when all is done."""
    return f"{min(int(fraction * 100), 99)}{telling.NARROW}%"


def closing(work: Work, waiting: int = 0) -> str:
    """What happens if the window is closed, or who ordered it; what waits behind it."""
    if work.state == "queued":
        return _("It begins after what is running.")
    if waiting:
        return n_("{count} more is waiting", "{count} more are waiting", waiting).format(count=waiting)
    if not work.foreign:
        return _("It goes on if you close the window.")
    if work.who == BY_SCHEDULE:
        return _("Started by the schedule.")
    if work.who == account_name():  # whether this window ordered it before it was opened again, nobody can tell
        return _("Started by {who}, here before or in another window.").format(who=work.who)
    return _("Started elsewhere by {who}.").format(who=work.who or "?")


def state(work: Work) -> str:
    """Where it is, in a word or two, for lists."""
    if work.state != "ended":
        return how_far(work)
    return result(work).title


def result(work: Work) -> Result:
    """How it ended."""
    outcome = work.outcome
    if outcome is None:
        return Result(_("It has ended"), _("How it ended is in the log of the day."), "", "info", stays=False)
    if outcome.status is Status.CANCELLED:
        return _stopped(outcome)
    if outcome.status is Status.OK:
        return _well(work)
    if outcome.status in (Status.WARNINGS, Status.SKIPPED):
        return Result(_warned_title(work), cause_of(_worst_of(outcome)).whole, "warn", "warning", stays=True)
    return _not_well(work, outcome)


def _stopped(outcome: Outcome) -> Result:
    left = next((str(one.values["left"]) for one in outcome.problems if one.values.get("left")), "")
    if left:
        return Result(_("Stopped; a file stays on the server"), left, "warn", "warning", stays=True)
    return Result(_("Stopped, nothing was left half done"), "", "", "stop", stays=False)


def _well(work: Work) -> Result:
    if lacking(work):
        return Result(_in_part_title(work), _not_in_it(work), "warn", "warning", stays=False)
    return Result(_done_title(work), _detail(work), "ok", "shield-check", stays=False)


def _not_well(work: Work, outcome: Outcome) -> Result:
    failed, worst = failed_databases(work), _worst_of(outcome)
    if failed and len(failed) < len(backed_up(work)):
        return Result(_failed_title(work), _detail(work), "danger", "cross", stays=True)
    cause = cause_of(worst)
    detail = cause.whole
    if worst is not None and outcome.status is Status.INTERRUPTED:
        detail = f"{detail} {telling.sentence(worst).fix}".strip()
    return Result(_failed_title(work), detail, "danger", "cross", stays=True, cause=cause)


def _done_title(work: Work) -> str:
    told = {
        "backup": N_("Copy ready and checked"),
        "verify": N_("Checked: all is well"),
        "restore": N_("Restored and checked"),
        "drill": N_("Restore test passed"),
        "prune": N_("Rules applied"),
        "delete": N_("Copies deleted"),
        "cleanup": N_("Leftovers cleared away"),
    }
    return _(told.get(work.verb, N_("Done, as ordered")))


def lacking(work: Work) -> tuple[str, ...]:
    """Of a check: the databases that were ordered with a set once and are not in it, for their backup failed then."""
    verdicts = cast("VerifyResult", work.result).sets if work.verb == "verify" and work.result else ()
    told = [one for verdict in verdicts for one in verdict.problems if one.code == "verify.lacking"]
    return tuple(name for one in told for name in str(one.values.get("database", "")).split(", ") if name)


def _in_part_title(work: Work) -> str:
    """``Comprobada: 2 de 3 bien``."""
    done = len({one.name for one in work.databases} - set(lacking(work)))
    if not done or len(cast("VerifyResult", work.result).sets) != 1:
        return _("Checked: what is in them is well")
    told = n_("Checked: {done} of {count} is well", "Checked: {done} of {count} are well", done)
    return told.format(done=done, count=done + len(lacking(work)))


def _not_in_it(work: Work) -> str:
    """``users no está en ella``."""
    names = list(dict.fromkeys(lacking(work)))
    if len(cast("VerifyResult", work.result).sets) != 1:
        return _("Not in all of them: {names}.").format(names=", ".join(names))
    told = n_("{names} is not in it: its copy failed.", "{names} are not in it: their copies failed.", len(names))
    return told.format(names=", ".join(names))


def _warned_title(work: Work) -> str:
    told = {
        "backup": N_("Copy ready, with a warning"),
        "verify": N_("Checked, with a warning"),
        "restore": N_("Restored, with a warning"),
        "drill": N_("Restore test passed, with a warning"),
    }
    return _(told.get(work.verb, N_("Done, with a warning")))


def _failed_title(work: Work) -> str:
    assert work.outcome is not None
    if work.outcome.status is Status.INTERRUPTED:
        return _("The work was cut off")
    if work.outcome.status is Status.BUSY:
        opened = [str(one.values.get("database", "")) for one in work.outcome.problems if one.code == "target.in_use"]
        if any(opened):
            return _("{database} is open in another program").format(database=opened[0])
        return _("Something else is running")
    if work.outcome.status is Status.REFUSED:
        return _("This was not done")
    failed = failed_databases(work)
    if failed and len(failed) < len(backed_up(work)):
        return _("The copy of {names} failed").format(names=", ".join(failed))
    told = {
        "backup": N_("The copy failed"),
        "verify": N_("A check failed"),
        "restore": N_("The restore failed"),
        "drill": N_("The restore test failed"),
        "prune": N_("The rules could not be applied"),
        "delete": N_("The copies could not be deleted"),
        "cleanup": N_("Leftovers could not be cleared away"),
    }
    return _(told.get(work.verb, N_("It did not end well")))


def _worst_of(outcome: Outcome) -> Problem | None:
    order = (Severity.ERROR, Severity.WARNING, Severity.INFO)
    return min(outcome.problems, key=lambda one: order.index(one.severity), default=None)


def _detail(work: Work) -> str:
    """What it came to, and how long it took."""
    failed, every = failed_databases(work), backed_up(work)
    if failed and len(failed) < len(every):
        done = len(every) - len(failed)
        return n_("{done} of {count} is ready", "{done} of {count} are ready", done).format(done=done, count=len(every))
    is_whole = work.outcome is not None and work.outcome.status is Status.OK  # not every end may have been heard of
    size = sum(one.total for one in work.databases if one.ended or is_whole)
    took = telling.span((work.ended - work.began).total_seconds()) if work.ended and work.began else ""
    if work.verb in ("backup", "drill") and size and took:
        return _("{size} in {time}").format(size=telling.size(size), time=took)
    return took


def set_of(work: Work) -> str:
    """The set that a work made and that can be looked at; empty: none."""
    outcome = work.outcome
    if outcome is None or outcome.set is None or work.verb not in ("backup", "verify", "drill"):
        return ""
    return outcome.set if outcome.status in (Status.OK, Status.WARNINGS, Status.FAILED) else ""
