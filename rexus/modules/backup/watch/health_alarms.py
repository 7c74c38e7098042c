"""What is wrong beside the databases' own backups: sets, disk, clock, schedules, notices. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import islice, pairwise, takewhile

import msgspec

from ..base.records import BackupKind, Problem, Record, SetStatus, Severity, Tick
from ..base.texts import sentence, word
from ..base.watching import KIND_OF, Run, RunState
from ..catalog.index import SetSummary
from .known import FULLNESS, REGULAR, SKEW, HealthFacts, at, median, note, told, warning

_LATE = timedelta(hours=2)
"""A due time without a run is late by more than any queue of runs."""
_FRESH = timedelta(days=14)
"""Damage found longer ago is known by now: it is told, but no alarm any more."""
_SOON = timedelta(days=30)
_ATTEMPTS = 10
_ATTEMPTS_OF = timedelta(days=30)
_LEAST_ATTEMPTS = 5
_LEAST_PERCENT = 80
_SLOW_FLOOR_S = 60.0
_NEAR = 30
"""So many sets on either side tell how they usually follow one another."""
_BAD_RUNS = (RunState.FAILED, RunState.REFUSED, RunState.INTERRUPTED)
_UNREADABLE = "catalog.unreadable"
NO_DIGEST = "notice.no_digest"


def about_sets(facts: HealthFacts, now: datetime, drilled: frozenset[str] = frozenset()) -> Iterator[Problem]:
    """Sets that can't be relied on, manifests that can't be read, dates that can't be.

    Of ``drilled`` sets it is told with their databases that their restore test failed.
    """
    unreadable = [one for one in facts.problems if one.code != _UNREADABLE]
    yield from (one for one in facts.problems if one.code == _UNREADABLE)
    if unreadable:
        file = str(unreadable[0].values.get("file", "?"))
        yield warning("health.unreadable", count=len(unreadable), file=file)
    yield from _missing(facts)
    yield from _damaged(facts, now, drilled)
    ahead = list(takewhile(lambda one: at(one.timestamp) > now + SKEW, facts.sets))
    if ahead:
        rpo = timedelta(hours=facts.settings.health.rpo_hours)
        code = "health.clock_back" if _goes_on(facts.sets, len(ahead), rpo) else "health.future"
        yield warning(code, set=ahead[0].set, since=ahead[0].timestamp, count=len(ahead))


def _goes_on(sets: Sequence[SetSummary], ahead: int, rpo: timedelta) -> bool:
    """Whether the newest sets, so many, follow the others as usual: then it is now that the clock is wrong.

    Sets made while it was ahead stand apart.
    """
    if ahead == len(sets):
        return True
    near = [at(one.timestamp) for one in sets[max(ahead - _NEAR, 0) : ahead + _NEAR]]
    gaps = [newer - older for newer, older in pairwise(near)]
    apart = gaps.pop(min(ahead, _NEAR) - 1)
    usual = timedelta(seconds=median([one.total_seconds() for one in gaps])) if gaps else rpo
    return apart <= max(2 * usual, rpo)


def _missing(facts: HealthFacts) -> Iterator[Problem]:
    """Sets of which stored files are gone, where no check has noted it yet."""
    gone = (
        [
            (one.set, name)
            for one in facts.sets
            for name in one.databases
            if (one.set, name) in facts.absent and one.databases[name].tick is not Tick.FAILED and not one.deleting
        ]
        if facts.absent
        else []
    )
    if gone:
        (newest, database), count = gone[0], len({of_set for of_set, _ in gone})
        yield warning("health.missing", set=newest, database=database, count=count)


def _damaged(facts: HealthFacts, now: datetime, drilled: frozenset[str]) -> Iterator[Problem]:
    """Sets whose last check failed, without restore tests that are told with their database."""
    bad = [
        one
        for one in facts.sets
        if one.tick is Tick.FAILED
        and (
            one.set not in drilled
            or any(held.tick is Tick.FAILED and held.failed_depth != Tick.RESTORED for held in one.databases.values())
        )
    ]
    if bad:
        found = max(at(one.last_checked_at or one.timestamp) for one in bad)
        tell = warning if now - found <= _FRESH else note
        values: dict[str, str | int] = {"set": bad[0].set, "count": len(bad)}
        yield tell("health.damaged", **values, **_kept(bad[0], facts.sets, now))


def _kept(bad: SetSummary, sets: Sequence[SetSummary], now: datetime) -> dict[str, str | int]:
    """Why a damaged set is not to be deleted, as ``needed``: pinned, needed by another, or nothing better is there."""
    from ..jobs import holdings, standing

    if bad.pinned is not None:
        return {"needed": bad.pinned or bad.set}
    needed = tuple(standing.protecting(standing.ordered(holdings.candidates(sets), now + SKEW)))
    of_it = [database for name, _rule, database in needed if name == bad.set]
    proven = {database for _name, rule, database in needed if rule == "newest_proven"}
    lacking = [*of_it, *(name for name in bad.databases if name not in proven)]
    return {"needed": lacking[0]} if lacking else {}


def about_place(facts: HealthFacts, full_on: date | None, now: datetime) -> Iterator[Problem]:
    """The disk, the clock and whoever works there."""
    wanted = facts.settings.health.free_bytes
    if facts.free_bytes is not None and facts.free_bytes < wanted:
        yield warning("health.low_space", path=facts.root, free=facts.free_bytes, bytes=wanted)
    if full_on is not None and full_on <= (now + _SOON).date():
        yield warning("health.full_soon", path=facts.root, day=full_on.isoformat(), free=facts.free_bytes or 0)
    if facts.same_disk:
        yield warning("health.same_disk", path=facts.root, database=facts.same_disk)
    yield from facts.trouble
    yield from _holder(facts, now)
    if facts.undelivered:
        yield warning("health.undelivered", count=facts.undelivered)


def _holder(facts: HealthFacts, now: datetime) -> Iterator[Problem]:
    """A backup that runs now, and for longer than they usually do."""
    holder = facts.holder
    if holder is None or holder.verb != "backup":
        return
    begun = next((one.kind for one in facts.sets if one.status is SetStatus.IN_PROGRESS), BackupKind.FULL)
    alike = (one for one in facts.sets if one.kind is begun)
    usual = [one.seconds for one in islice(alike, 30) if one.origin in REGULAR and one.status is SetStatus.COMPLETED]
    runs_s = (now - holder.since).total_seconds()
    usual_s = median(usual) if len(usual) >= _LEAST_ATTEMPTS else runs_s
    slow = runs_s > max(1.5 * usual_s, usual_s + _SLOW_FLOOR_S)
    since = told(holder.since)
    if slow:
        yield warning("health.running_long", since=since, pid=holder.pid, usual=round(usual_s / 60))
    else:
        yield note("health.running", since=since)


class Success(Record, frozen=True, kw_only=True):
    """How the newest attempts went."""

    count: int
    failed: int

    @property
    def percent(self) -> int:
        """Of all attempts."""
        return round(100 * (self.count - self.failed) / self.count)


def success(facts: HealthFacts, now: datetime) -> Success | None:
    """How the newest backups of the last weeks went, those that came to no set included; None without any.

    Each kind is judged by itself, and the worst is told: many good logs say nothing of full backups that fail.
    """
    without = _without_sets(facts)
    rates = [rate for kind in BackupKind if (rate := _success_of(kind, facts, without, now)) is not None]
    return min(rates, key=lambda one: (one.count < _LEAST_ATTEMPTS, one.percent), default=None)


def _success_of(kind: BackupKind, facts: HealthFacts, without: Sequence[Run], now: datetime) -> Success | None:
    """The same of one kind."""
    of_kind = islice((one for one in facts.sets if one.kind is kind), 4 * _ATTEMPTS)
    ended = [
        (at(one.timestamp), _succeeded(one))
        for one in of_kind
        if one.origin in REGULAR and one.status not in (SetStatus.CANCELLED, SetStatus.IN_PROGRESS)
    ]
    ended += [(run.at, False) for run in without if KIND_OF[run.action] is kind]
    recent = sorted((one for one in ended if now - _ATTEMPTS_OF <= one[0] <= now + SKEW), reverse=True)[:_ATTEMPTS]
    return Success(count=len(recent), failed=sum(not well for _, well in recent)) if recent else None


def _without_sets(facts: HealthFacts) -> list[Run]:
    """Backups of the schedules that came to no set; what a killed one had begun may stand among the sets."""
    begun = [one for one in facts.sets if one.status is SetStatus.INTERRUPTED]
    found = []
    for run in facts.runs:
        if run.action not in KIND_OF or run.set is not None or not _is_bad(run):
            continue
        its = next((one for one in begun if run.state is RunState.INTERRUPTED and _is_of(one, run)), None)
        if its is None:
            found.append(run)
        else:
            begun.remove(its)
    return found


def _is_of(one: SetSummary, run: Run) -> bool:
    """Whether that set can be what ``run`` had begun when it died."""
    return one.origin is run.origin and run.due - SKEW <= at(one.timestamp) <= run.at + SKEW


def _succeeded(one: SetSummary) -> bool:
    return one.status is SetStatus.COMPLETED and all(
        held.status is SetStatus.COMPLETED for held in one.databases.values()
    )


def _is_bad(run: Run) -> bool:
    return run.state in _BAD_RUNS or run.state is RunState.SKIPPED


def about_runs(facts: HealthFacts, rate: Success | None, now: datetime) -> Iterator[Problem]:
    """Schedules: whether anybody runs them, and how the newest run of each ended."""
    if rate is not None and rate.count >= _LEAST_ATTEMPTS and rate.percent < _LEAST_PERCENT:
        yield warning("health.success", failed=rate.failed, count=rate.count)
    enabled = [one for one in facts.settings.schedules if one.enabled]
    if not any(one.action in KIND_OF for one in enabled):
        yield warning("health.no_schedule")
    if not enabled:
        return
    yield from _firing(facts, now)
    made = _newest(facts)
    for schedule in enabled:
        told_of = [one for one in facts.runs if one.schedule == schedule.name and one.state is not RunState.MISSED]
        if told_of:
            yield from _ended(told_of[-1], made)


def _counts(one: SetSummary) -> bool:
    return one.origin in REGULAR and _succeeded(one)


def _newest(facts: HealthFacts) -> dict[str, datetime]:
    """For each action that takes backups when the newest good one was made that holds as much."""
    found: dict[str, datetime] = {}
    for one in facts.sets if any(run.action in KIND_OF for run in facts.runs) else ():
        if _counts(one):
            as_full = (action for action, kind in KIND_OF.items() if FULLNESS[kind] <= FULLNESS[one.kind])
            found = dict.fromkeys(as_full, at(one.timestamp)) | found
            if len(found) == len(KIND_OF):
                break
    return found


def _ended(run: Run, made: Mapping[str, datetime]) -> Iterator[Problem]:
    """How the newest run of a schedule ended; a good backup after it that holds as much makes up for a backup."""
    if run.state is RunState.SKIPPED and run.code == NO_DIGEST:
        yield note(NO_DIGEST)
        return
    if not _is_bad(run) or (run.action in made and made[run.action] > run.at):
        return
    if run.state is RunState.SKIPPED:
        yield warning("health.skipped", schedule=run.schedule, since=told(run.due), why=_because(run))
    elif not (run.set and run.action in KIND_OF):  # what a set came to is told with its databases
        cause = run.code or run.state.value
        values = {"schedule": run.schedule, "action": run.action, "since": told(run.due), "cause": cause}
        yield warning("health.run_failed", why=_because(run), **values)


def _because(run: Run) -> str:
    """Why it did not end well, in the reader's language."""
    return sentence(run.problem).message if run.problem is not None else word(run.state.value)


def _firing(facts: HealthFacts, now: datetime) -> Iterator[Problem]:
    """Whether due times are run by whatever it is: judged from the runs first."""
    last: dict[str, datetime] = {}
    for one in facts.runs:
        last[one.schedule] = max(one.due, last.get(one.schedule, one.due))
    unanswered = [
        one
        for one in facts.due
        if one.utc <= now - _LATE and (one.schedule not in last or one.utc > last[one.schedule])
    ]
    late = bool(unanswered) and facts.holder is None  # whoever works now may come to it later
    yield from _task(facts, anyhow=bool(facts.runs) and not late)
    if late and facts.task is not None and facts.task.installed:
        names = ", ".join(dict.fromkeys(one.schedule for one in unanswered))
        yield warning("health.not_firing", names=names, since=told(unanswered[0].utc), count=len(unanswered))


def _task(facts: HealthFacts, *, anyhow: bool) -> Iterator[Problem]:
    """What the system's scheduler says; ``anyhow``: somebody runs the schedules, whatever it says."""
    task = facts.task
    severity = Severity.INFO if anyhow else Severity.WARNING
    if task is None or not task.installed:
        said = (task.problems if task is not None else ()) or (warning("health.not_installed"),)
        yield from (msgspec.structs.replace(one, severity=severity) for one in said)
        return
    yield from task.problems
    if task.outdated:
        yield warning("health.schedule_outdated")
