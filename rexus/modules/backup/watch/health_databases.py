"""How well one database is protected, and what is wrong with its backups. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from ..base.records import BackupKind, Problem, Record, SetStatus, Severity, Tick
from ..base.watching import DatabaseHealth
from ..catalog.index import DatabaseSummary, SetSummary
from ..catalog.names import order_of
from ..jobs.chains import Link, lacking
from .forecast import slope
from .known import ASIDE, FULLNESS, REGULAR, SKEW, HealthFacts, at, error, median, note, told, warning

_DAY_S = 86_400.0
_CHARTED = 365
_USUAL = 30
"""So many backups tell what is usual."""
_LEAST = 5
"""With fewer than so many before it nothing is unusual."""
_SLOW_FLOOR_S = 60.0
_SIZE_FLOOR = {True: 1_000_000, False: 100_000}
_SIZE_SHARE = {True: 0.5, False: 0.3}
"""How much larger (True) or smaller than usual a backup may be whatever the spread: bytes, and share of the usual."""
_SPREADS = 5 * 1.4826
"""Five standard deviations, where the spread is the median absolute deviation of something normal."""
_NEWS = timedelta(days=7)
"""A new size that has lasted so long is the usual one."""


class Copy(Record, frozen=True, kw_only=True, gc=False):
    """A set, and its backup of the database in question."""

    set: SetSummary
    held: DatabaseSummary

    @property
    def iso(self) -> str:
        """The instant that its content is of; all are UTC, so that they sort as texts."""
        return self.held.started_at or self.set.timestamp

    @property
    def at(self) -> datetime:
        """The same instant."""
        return at(self.iso)


class Restored(Record, frozen=True, kw_only=True):
    """A restore that was proven, as a test or in earnest."""

    at: datetime
    seconds: float


class Case(Record, frozen=True, kw_only=True):
    """One database with its backups, newest first."""

    name: str
    copies: tuple[Copy, ...]
    full: tuple[Copy, ...]
    """The complete full ones, as many as a chart shows; without copies made before a restore."""
    newest: Copy | None
    """The newest that is usable, of whatever date."""
    best: Copy | None
    """The usable one with the newest content that is not of the future: what protects the database."""
    rpo: timedelta
    test: Restored | None
    """The last good restore."""
    failed_in: str = ""
    """The set whose restore test failed, and was the last one."""
    alarm: Problem | None = None
    """The question of the last restore test whose answer was not what it must be; the restore itself was good."""


class Judged(Record, frozen=True, kw_only=True):
    """What there is to say of one database."""

    health: DatabaseHealth
    alarms: tuple[Problem, ...] = ()


def judge_database(name: str, facts: HealthFacts, now: datetime) -> Judged:
    """How well ``name`` is protected at ``now``."""
    case = _case(name, facts, now)
    verdict = _verdict(case, now)
    drill = _failed_drill(case)
    alarms = [one for one in (drill, verdict, case.alarm) if one is not None and one.severity is not Severity.INFO]
    alarms += _overdue(case, facts, now)
    alarms += _latest(case, facts, now)
    alarms += _unusual(case, now)
    return Judged(health=_told(case, drill or verdict, now), alarms=tuple(alarms))


def _case(name: str, facts: HealthFacts, now: datetime) -> Case:
    copies = tuple(Copy(set=one, held=one.databases[name]) for one in facts.sets if name in one.databases)
    broken = _broken(name, copies, facts)

    def is_usable(one: Copy) -> bool:
        return one.set.set not in broken and facts.usable(one.set, name)

    regular = [one for one in copies if one.set.origin not in ASIDE]
    # A copy made before a restore holds what was about to be replaced: it counts only where there is nothing else.
    counting = regular if any(map(is_usable, regular)) else copies
    agreed = facts.settings.health
    test = _test(name, copies, facts)
    last = facts.tests.get(name)
    failed = last is not None and not (last.ok or last.alarm) and (test is None or test.at < last.tested_at)
    return Case(
        name=name,
        copies=copies,
        full=_full(regular),
        newest=next(filter(is_usable, counting), None),
        best=_best(counting, is_usable, (now + SKEW).astimezone(UTC).isoformat()),
        rpo=timedelta(hours=agreed.rpo_hours_of.get(name, agreed.rpo_hours)),
        test=test,
        failed_in=last.set if last is not None and failed else "",
        alarm=_alarm(name, facts),
    )


def _best(copies: Iterable[Copy], is_usable: Callable[[Copy], bool], latest: str) -> Copy | None:
    """The usable one with the newest content until ``latest``; whether it is usable is asked of few."""
    best, content = None, ""
    for one in copies:
        iso = one.iso
        if content < iso <= latest and is_usable(one):
            best, content = one, iso
    return best


def _alarm(name: str, facts: HealthFacts) -> Problem | None:
    """The wrong answer in the last restore test, as long as that question is asked."""
    last = facts.tests.get(name)
    if last is None or not any((one.database, one.name) == (name, last.alarm) for one in facts.settings.drill_checks):
        return None
    return warning("health.drill_question", database=name, name=last.alarm, set=last.set)


def _test(name: str, copies: Sequence[Copy], facts: HealthFacts) -> Restored | None:
    """The last good restore, by the sets or by what is written down of those that are gone."""
    tested = [one.held for one in copies if one.held.restored_at is not None]
    newest = max(tested, key=lambda one: one.restored_at or "", default=None)
    found = [] if newest is None else [Restored(at=at(newest.restored_at or ""), seconds=newest.restored_s)]
    last = facts.tests.get(name)
    if last is not None and last.restored_at is not None:
        found.append(Restored(at=last.restored_at, seconds=last.restore_s))
    return max(found, key=lambda one: one.at, default=None)


def _broken(name: str, copies: Sequence[Copy], facts: HealthFacts) -> frozenset[str]:
    """Sets with a differential or log backup that lacks something it needs."""
    if all(one.held.kind is BackupKind.FULL for one in copies):  # as most are, of which there may be thousands
        return frozenset()
    usable = {one.set.set for one in copies if facts.usable(one.set, name)}
    links = [
        Link(
            set=one.set.set,
            at=at(one.set.timestamp),
            kind=one.held.kind,
            usable=one.set.set in usable,
            facts=one.held.chain,
        )
        for one in copies
    ]
    return frozenset(lacking(links))


def _full(regular: Sequence[Copy]) -> tuple[Copy, ...]:
    found: list[Copy] = []
    for one in regular:
        if one.held.status is SetStatus.COMPLETED and one.held.kind is BackupKind.FULL and one.held.size_bytes:
            found.append(one)
            if len(found) == _CHARTED:
                break
    return tuple(found)


def _verdict(case: Case, now: datetime) -> Problem:
    """Whether it is protected, and why (not)."""
    if not case.copies:
        return error("health.never", database=case.name)
    if case.newest is None:
        return error("health.none_proven", database=case.name, set=case.copies[0].set.set)
    if case.best is None:
        return error("health.all_future", database=case.name, since=told(case.newest.at))
    since = told(case.best.at)
    if now - case.best.at > case.rpo:
        hours = round(case.rpo.total_seconds() / 3600)
        return error("health.too_old", database=case.name, set=case.best.set.set, since=since, hours=hours)
    return note("health.protected", database=case.name, since=since, set=case.best.set.set)


def _failed_drill(case: Case) -> Problem | None:
    """The failed restore test of a set, as long as none has passed with that one or a newer."""
    passed = next((one for one in case.copies if one.held.restored_at and one.held.tick is not Tick.FAILED), None)
    if case.failed_in and (passed is None or order_of(passed.set.set) <= order_of(case.failed_in)):
        return error("health.drill_failed", database=case.name, set=case.failed_in)
    for one in case.copies:
        if one.held.tick is Tick.FAILED and one.held.failed_depth == Tick.RESTORED:
            return error("health.drill_failed", database=case.name, set=one.set.set)
        if one.held.restored_at is not None and one.held.tick is not Tick.FAILED:
            return None
    return None


def _overdue(case: Case, facts: HealthFacts, now: datetime) -> Iterator[Problem]:
    """Checks and restore tests that should have been by now."""
    if case.best is None:
        return
    agreed = facts.settings.health
    proven = at(case.best.held.proven_at) if case.best.held.proven_at else case.best.at
    if now - proven > timedelta(days=agreed.verify_days):
        values: dict[str, str | int] = {"set": case.best.set.set, "since": told(proven), "days": agreed.verify_days}
        yield warning("health.verify_overdue", database=case.name, **values)
    limit = timedelta(days=agreed.drill_days)
    if case.test is None:
        first = next(one for one in reversed(case.copies) if one.held.status is SetStatus.COMPLETED)
        tell = warning if now - at(first.set.timestamp) > limit else note
        yield tell("health.untested", database=case.name)
    elif now - case.test.at > limit:
        yield warning("health.drill_overdue", database=case.name, since=told(case.test.at), days=agreed.drill_days)


def _latest(case: Case, facts: HealthFacts, now: datetime) -> Iterator[Problem]:
    """The newest attempt of each kind, where it gave nothing to rely on; what was cancelled was no attempt.

    A fuller backup after it makes up for one that failed; a log after a full one that failed does not.
    """
    seen, good = -1, False
    for one in case.copies:
        if seen >= FULLNESS[one.held.kind]:
            continue
        under_way = SetStatus.IN_PROGRESS in (one.set.status, one.held.status)
        status = SetStatus.INTERRUPTED if under_way else one.held.status  # by whoever died over it
        if one.set.origin not in REGULAR or status is SetStatus.CANCELLED or at(one.set.timestamp) > now + SKEW:
            continue
        if under_way and facts.holder is not None:
            continue
        if status is not SetStatus.COMPLETED:
            values: dict[str, str | int] = {"set": one.set.set, "status": status.value}
            if good:  # then it is not the newest of all
                values["kind"] = one.held.kind.value
            yield warning("health.latest_failed", database=case.name, cause=one.set.code or status.value, **values)
        elif one.held.tick is Tick.NONE:
            yield warning("health.latest_unproven", database=case.name, set=one.set.set)
        good = good or status is SetStatus.COMPLETED
        seen = FULLNESS[one.held.kind]
        if one.held.kind is BackupKind.FULL:
            return


def _unusual(case: Case, now: datetime) -> Iterator[Problem]:
    """A newest backup that took longer, or is larger or smaller, than those before it let expect."""
    before = case.full[1 : 1 + _USUAL]
    if len(before) < _LEAST or now - case.full[0].at > _NEWS:
        return
    newest = case.full[0]
    usual_s = median([one.held.seconds for one in before])
    if newest.held.seconds > max(1.5 * usual_s, usual_s + _SLOW_FLOOR_S):
        took = {"minutes": round(newest.held.seconds / 60), "usual": round(usual_s / 60)}
        yield warning("health.slow", database=case.name, set=newest.set.set, **took)
    yield from _unusual_size(case, now)


def _content(held: DatabaseSummary | None, full: int | None) -> int:
    """Bytes in a database: as its best backup says, or the newest ``full`` one where that holds only a part."""
    if held is None or (held.kind is not BackupKind.FULL and full is not None):
        return full or 0
    return held.size_bytes


def _unusual_size(case: Case, now: datetime) -> Iterator[Problem]:
    """A jump or a drop of size, until the new size has lasted for some days."""
    sizes = [one.held.size_bytes for one in case.full[: 1 + _USUAL]]
    usual = median(sizes[1:])
    spread = _SPREADS * median([abs(size - usual) for size in sizes[1:]])
    grew = sizes[0] > usual
    limit = max(spread, _SIZE_SHARE[grew] * usual, _SIZE_FLOOR[grew])
    odd = [(size - usual if grew else usual - size) > limit for size in sizes]
    if not odd[0]:
        return
    begun = case.full[odd.index(False) - 1]
    if now - begun.at <= _NEWS:
        code = "health.size_jump" if grew else "health.size_drop"
        values = {"bytes_now": sizes[0], "bytes_then": round(usual)}
        yield warning(code, database=case.name, set=begun.set.set, **values)


def _told(case: Case, because: Problem, now: datetime) -> DatabaseHealth:
    """The figures of one database."""
    best, test = case.best, case.test
    held = best.held if best is not None else None
    sizes = tuple((one.at, one.held.size_bytes) for one in reversed(case.full))
    recent = [(when.timestamp() / _DAY_S, float(size)) for when, size in sizes[-2 * _USUAL :]]
    known = len(recent) >= _LEAST and recent[-1][0] - recent[0][0] >= 1
    return DatabaseHealth(
        name=case.name,
        protected_until=best.at if best is not None else None,
        proven_at=at(held.proven_at) if held is not None and held.proven_at else None,
        deepest=held.tick if held is not None else Tick.NONE,
        age_s=max((now - best.at).total_seconds(), 0.0) if best is not None else None,
        rpo_s=case.rpo.total_seconds(),
        ok=because.severity is Severity.INFO,
        because=because,
        set=best.set.set if best is not None else None,
        restored_at=test.at if test is not None else None,
        restore_s=test.seconds if test is not None else None,
        size_bytes=_content(held, sizes[-1][1] if sizes else None),
        growth_bytes_per_day=slope(recent) if known else None,
        median_s=median([one.held.seconds for one in case.full[:_USUAL]]) if case.full else None,
        sizes=sizes,
    )
