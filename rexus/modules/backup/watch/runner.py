"""Run what is due: once, by one runner, and what was missed is caught up; an end that is written down for each."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ParamSpec, Protocol

import msgspec

from ..base import process
from ..base.cancel import CancelToken
from ..base.clock import Clock
from ..base.errors import BackupError, Busy, Cancelled, Refused, StoreFailed
from ..base.records import Origin, Outcome, Problem, Severity, Status
from ..base.texts import sentence
from ..base.watching import Occurrence, Run, RunState
from ..config.settings import Schedule
from ..jobs.account import with_warnings
from .actions import FREEING, WHO, Act, Report
from .due import MISSED, NOT_READY, Due, Planned, begin, judge
from .endings import last_line
from .runs import Runs, lacks_space
from .schedule import fingerprint, occurrences, upcoming
from .zones import local_zone

log = logging.getLogger(__name__)
Said = ParamSpec("Said")

_FIRST_PAUSE_S = 5.0
_PATIENCE_S = 600.0
"""How long a run waits in all for disks, databases and power."""
_PATIENCE_MIN = int(_PATIENCE_S // 60)
_TICK_S = 20
_AGAIN = timedelta(minutes=15)
"""After so long everything is looked at again: another runner may have died, the machine may have travelled."""
_MOST = 2_000
"""Due times of one schedule that are looked back at."""
_GOOD = {RunState.OK: Status.OK, RunState.WARNINGS: Status.WARNINGS}


class Listener(Protocol):
    """Whoever hears of runs (`pings.Pings`); trouble comes back as warnings."""

    def started(self, occurrence: Occurrence) -> tuple[Problem, ...]:
        """A run begins."""
        ...

    def ended(self, occurrence: Occurrence, outcome: Outcome) -> tuple[Problem, ...]:
        """A run ended."""
        ...

    def skipped(self, occurrence: Occurrence, problem: Problem) -> tuple[Problem, ...]:
        """A run did not take place."""
        ...


def _untold(action: str, origin: Origin, who: str, outcome: Outcome) -> Outcome:
    return outcome


def _nothing() -> None:
    """Wait for nobody; or: nothing has changed."""


def _unsaid(problem: Problem) -> None:
    """Nobody listens."""


def _free() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class RunnerKit:
    """The parts a runner works with."""

    schedules: Sequence[Schedule]
    runs: Runs
    actions: Mapping[str, Act]
    probe: Callable[[str], tuple[Problem, ...]]
    """What keeps an action from being worth a try now."""
    pings: Listener
    clock: Clock
    by: str
    """What started the runner."""
    ended: Callable[[str, Origin, str, Outcome], Outcome] = _untold
    """Hears of endings that no job tells of itself, because it never came to run."""
    say: Callable[[Problem], None] = _unsaid
    """Hears in between what is waited for."""
    is_busy: Callable[[], bool] = _free
    """Whether somebody works on the root now."""
    again: Callable[[], None] = _nothing
    """Tries once more what could not be told; called whenever a service looks at everything."""
    waiter: Callable[[CancelToken, float], bool] = CancelToken.wait
    reread: Callable[[], RunnerKit | None] = _nothing
    """The parts by settings that were changed meanwhile; None: go on with these. Raises `Refused`."""


def run_due(
    kit: RunnerKit, report: Report, cancel: CancelToken, tell: Callable[[Run], object] = lambda run: None
) -> tuple[Run, ...]:
    """Run what is due and was not run yet, one after the other, until nothing is; nothing while another runner does.

    Raises `Cancelled` when that was asked for before anything ran, `StoreFailed` when nothing can be known of runs.
    """
    cancel.check()
    done: list[Run] = []
    with kit.runs.claim() as ours:
        for dead in kit.runs.buried if ours else ():
            _tell_of_dead(kit, dead)
        while ours and not cancel.is_set:
            planned = _next(kit, {run.key for run in done})
            if planned is None:
                break
            done.append(_run(kit, planned, report, cancel))
            tell(done[-1])
    return tuple(done)


def _tell_of_dead(kit: RunnerKit, run: Run) -> None:
    """Let everybody hear of a run that its dead runner could not tell of."""
    one = Occurrence(schedule=run.schedule, action=run.action, wall=run.wall, at=run.due, utc=run.due)
    if run.state in _GOOD:  # people heard of its set; a switch is told again rather than never
        _heard(kit.pings.ended, one, Outcome(status=_GOOD[run.state], proof=(str(run.set),), set=run.set))
        return
    status = Status.FAILED if run.state is RunState.FAILED else Status.INTERRUPTED
    outcome = Outcome(status=status, problems=(Problem(code=run.code, values=run.values),), set=run.set)
    told(kit, Planned(occurrence=one, origin=run.origin, attempt=run.attempt), outcome)


def serve(kit: RunnerKit, report: Report, cancel: CancelToken, tell: Callable[[Run], None]) -> None:
    """Run what is due whenever it is, until ``cancel``; ``tell`` hears of every ended run.

    Raises `Refused` when the settings were changed so that whoever runs this may not any more.
    """
    import schedule

    attendant = _Attendant(kit, report, cancel, tell)
    ticker = schedule.Scheduler()
    ticker.every(_TICK_S).seconds.do(attendant.look)
    attendant.look()
    while not cancel.is_set:
        ticker.run_pending()
        if (ticker.idle_seconds or 0) > _TICK_S:  # its clock is the one on the wall, which was put back
            ticker.run_all()
        kit.waiter(cancel, min(max(ticker.idle_seconds or 0, 0.1), _TICK_S))


class _Attendant:
    """Looks at the clock often and at everything seldom: when something is due, or the clock was moved."""

    def __init__(self, kit: RunnerKit, report: Report, cancel: CancelToken, tell: Callable[[Run], None]) -> None:
        self._kit, self._report, self._cancel, self._tell = kit, report, cancel, tell
        self._seen: datetime | None = None
        self._next: datetime | None = None
        self._whole: datetime | None = None

    def look(self) -> None:
        """Run what is due, if anything can be. Raises `Refused` as `serve` does, and nothing else."""
        self._take_over()
        now = self._kit.clock.now()
        if self._is_quiet(now):
            self._seen = now
            return
        try:
            run_due(self._kit, self._report, self._cancel, self._tell)
            self._kit.again()
            self._whole = self._seen = now = self._kit.clock.now()
            coming = upcoming(self._kit.schedules, now, 1)
            self._next = coming[0].utc if coming else now + _AGAIN
        except Cancelled:
            return
        except Exception:
            self._next = None
            log.exception("looking for what is due")

    def _take_over(self) -> None:
        """Go on by changed settings; then everything is looked at, so that they are known from now on."""
        try:
            fresh = self._kit.reread()
        except Refused:
            raise
        except Exception:
            log.exception("reading the settings again")
            return
        if fresh is not None:
            fresh.runs.inherit(self._kit.runs)
            self._kit = replace(fresh, waiter=self._kit.waiter, reread=self._kit.reread)
            self._next = None

    def _is_quiet(self, now: datetime) -> bool:
        if self._seen is None or self._whole is None or self._next is None:
            return False
        return self._seen <= now < self._next and now - self._whole < _AGAIN


def due_now(kit: RunnerKit, now: datetime) -> Due:
    """What is to be run, and what is missed, of everything that was due. Raises `StoreFailed`."""
    zone = local_zone()
    found: list[Occurrence] = []
    for one in kit.schedules:
        known = kit.runs.known(one.name, fingerprint(one))
        found.extend(occurrences((one,), begin(known, now), now, zone)[-_MOST:])
    return judge(found, kit.runs.newest(), now)


def _next(kit: RunnerKit, tried: Collection[str]) -> Planned | None:
    """The next occurrence to run; what will not be run any more is written down."""
    now = kit.clock.now()
    due = due_now(kit, now)
    if due.missed:
        try:
            kit.runs.record(*(_missed(kit, one, now) for one in due.missed))
        except StoreFailed as error:  # they are found missed the next time as well
            log.warning("%s", error)
    untried = [one for one in due.run if one.occurrence.key not in tried]
    return next((one for one in untried if not (one.after_busy and kit.is_busy())), None)


def _missed(kit: RunnerKit, planned: Planned, now: datetime) -> Run:
    return msgspec.structs.replace(begun(kit, planned, RunState.MISSED, now), code=MISSED)


def begun(kit: RunnerKit, planned: Planned, state: RunState, now: datetime) -> Run:
    """The line of an attempt as it begins."""
    one = planned.occurrence
    return Run(
        schedule=one.schedule,
        action=one.action,
        wall=one.wall,
        due=one.utc,
        state=state,
        at=now,
        attempt=planned.attempt,
        origin=planned.origin,
        pid=os.getpid(),
        start=process.start_time() or 0.0,
        boot=process.boot_id(),
        host=process.host(),
        by=kit.by,
        config=kit.runs.owner,
    )


def _run(kit: RunnerKit, planned: Planned, report: Report, cancel: CancelToken) -> Run:
    """One attempt, with its first and its last line."""
    since = time.monotonic()
    run = begun(kit, planned, RunState.STARTED, kit.clock.now())
    try:
        kit.runs.record(run)
    except StoreFailed as error:
        # Not to be run: nobody would know of it, and it would be run again and again. What frees space may make room
        # for its own line, and does no harm when it is done again.
        if not (lacks_space(error) and run.action in FREEING):
            return over(kit, run, told(kit, planned, _failed(Status.FAILED, error.problem)), since)
        log.warning("%s is run without its first line: %s", run.key, error)
    ended = over(kit, run, _outcome(kit, planned, report, cancel), since)
    for last in (False, True):
        try:
            kit.runs.record(ended)
            break
        except StoreFailed as error:
            log.log(logging.ERROR if last else logging.INFO, "%s %s: %s", ended.key, ended.state, error)
    else:
        kit.runs.remember(ended)
    return ended


def over(kit: RunnerKit, run: Run, outcome: Outcome, since: float) -> Run:
    """The last line of ``run``; ``since``: when it began, by the monotonic clock."""
    return last_line(run, outcome, kit.clock.now(), time.monotonic() - since)


def _outcome(kit: RunnerKit, planned: Planned, report: Report, cancel: CancelToken) -> Outcome:
    """Wait until it is worth a try, do it, and let everybody hear of it; whatever goes wrong is the outcome."""
    one = planned.occurrence
    warnings: tuple[Problem, ...] = ()
    try:
        lacking = _lacking(kit, one, cancel)
        if lacking:
            problem = Problem(code=NOT_READY, values={"schedule": one.schedule, "minutes": _PATIENCE_MIN})
            return told(kit, planned, _failed(Status.FAILED, problem, *lacking))
        warnings = _heard(kit.pings.started, one)
        outcome = kit.actions[one.action](one, planned.origin, report, cancel)
        warnings += _heard(kit.pings.ended, one, outcome)
    except Busy as error:
        outcome = _failed(Status.SKIPPED, error.problem)
        warnings += _heard(kit.pings.skipped, one, error.problem)
    except Exception as error:
        if not isinstance(error, BackupError):
            log.exception("%s of %s", one.action, one.key)
        outcome = told(kit, planned, _raised(error))
    return with_warnings(outcome, warnings)


def _raised(error: Exception) -> Outcome:
    """The outcome of an action that raised."""
    if not isinstance(error, BackupError):
        return _failed(Status.FAILED, Problem(code="unexpected"))
    problems = tuple(getattr(error, "problems", ())) or (error.problem,)
    if isinstance(error, Cancelled):
        return _failed(Status.CANCELLED, *problems)
    return _failed(Status.REFUSED if isinstance(error, Refused) else Status.FAILED, *problems)


def _lacking(kit: RunnerKit, one: Occurrence, cancel: CancelToken) -> tuple[Problem, ...]:
    """What an action still lacks after waiting for it as long as is sensible. Raises `Cancelled`.

    What is no error is waited for as well, but does not keep the action from being done then.
    """
    waited, pause = 0.0, _FIRST_PAUSE_S
    while lacking := kit.probe(one.action):
        if waited >= _PATIENCE_S:
            return tuple(each for each in lacking if each.severity is Severity.ERROR)
        pause = min(pause, _PATIENCE_S - waited)
        if not waited:
            _say_waiting(kit, one, lacking)
        log.info("%s waits %s s for %s", one.action, pause, ", ".join(each.code for each in lacking))
        if kit.waiter(cancel, pause):
            raise Cancelled
        waited, pause = waited + pause, pause * 2
    return ()


def _say_waiting(kit: RunnerKit, one: Occurrence, lacking: Sequence[Problem]) -> None:
    """Say once what is waited for, and how long at most; whoever hears it never touches the run."""
    what = " ".join(dict.fromkeys(sentence(each).message for each in lacking))
    values: dict[str, str | int] = {"schedule": one.schedule, "minutes": _PATIENCE_MIN, "what": what}
    try:
        kit.say(Problem(code="schedule.waiting", severity=Severity.INFO, values=values))
    except Exception:
        log.exception("saying what is waited for")


def _failed(status: Status, *problems: Problem) -> Outcome:
    return Outcome(status=status, problems=problems)


def told(kit: RunnerKit, planned: Planned, outcome: Outcome) -> Outcome:
    """An ending that no job told of itself, after everybody heard of it."""
    one = planned.occurrence
    try:
        outcome = kit.ended(one.action, planned.origin, WHO, outcome)
    except Exception:
        log.exception("telling of %s", one.key)
    return with_warnings(outcome, _heard(kit.pings.ended, one, outcome))


def _heard(say: Callable[Said, tuple[Problem, ...]], *said: Said.args, **more: Said.kwargs) -> tuple[Problem, ...]:
    """What a listener has to tell; its own errors never touch the run."""
    try:
        return say(*said, **more)
    except Exception as error:
        log.exception("a listener to runs")
        return (Problem(code="schedule.unheard", severity=Severity.WARNING, values={"why": type(error).__name__}),)
