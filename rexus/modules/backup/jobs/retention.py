"""Which sets are kept and why: a function of values, whose list is both shown and executed."""

from __future__ import annotations

import functools
import hashlib
import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

import msgspec

from ..base.records import Action, Decision, Origin, Problem, Record, SetStatus, Severity
from ..base.watching import PrunePlan
from ..config.settings import Retention
from .standing import ASIDE, Candidate, Held, Sets, begun_stays, is_pinned, ordered, protected, protecting

__all__ = ["Candidate", "Held", "Known", "Stop", "plan", "protected"]

_STANDSTILL = timedelta(days=45)
"""If nothing happened for longer, the clock may have jumped."""
_SETTLING = timedelta(days=7)
"""After that the clock is believed, if all goes on: somebody has seen the warning."""

_ATTEMPTS = frozenset({Origin.MANUAL, Origin.SCHEDULED, Origin.CATCH_UP})
_KEPT = {
    "newest_proven": "keep.newest_proven",
    "newer": "keep.newer",
    "future": "keep.future",
    "pinned": "keep.pinned",
    "yearly": "keep.yearly",
    "monthly": "keep.monthly",
    "weekly": "keep.weekly",
    "daily": "keep.daily",
    "count": "keep.count",
    "age": "keep.age",
    "base": "keep.base",
    "files": "keep.files",
    "safety": "keep.safety",
    "unverified": "keep.unverified",
    "trace": "keep.trace",
    "restore_open": "keep.restore_open",
    "in_progress": "keep.in_progress",
    "today": "keep.today",
}
"""Every rule that keeps a set, the one that keeps it longest first, with what is said of it."""
_RANK = {rule: number for number, rule in enumerate(_KEPT)}
_GONE = {"expired": "prune.expired", "safety_expired": "prune.safety_expired", "trace_expired": "prune.trace_expired"}
_RULES = ("daily", "weekly", "monthly", "yearly")

Values = dict[str, str | int]


class Stop(Record, frozen=True, kw_only=True):
    """Why nothing at all may be deleted now."""

    rule: str
    because: Problem


class Known(Record, frozen=True, kw_only=True):
    """What is known beside the sets."""

    today: date | None = None
    """Sets of this day stay, since the day is not over."""
    stop: Stop | None = None
    made: dict[str, int] = msgspec.field(default_factory=dict)
    """In which order sets were made, as far as that is known (`Sets.made`)."""
    lived: tuple[datetime, ...] = ()
    """When anything happened here, by the clock of that time."""


class _Keeping:
    """By which rules each set is kept so far."""

    def __init__(self) -> None:
        self.of: dict[str, dict[str, Values]] = {}

    def keep(self, set_name: str, rule: str, database: str = "", **values: str | int) -> None:
        """Add a rule; databases for which the same rule speaks are told together."""
        told = self.of.setdefault(set_name, {}).setdefault(rule, values)
        if database:
            told["database"] = f"{told['database']}, {database}" if "database" in told else database


def plan(
    candidates: Sequence[Candidate],
    rules: Retention,
    now: datetime,
    names: Collection[str],
    known: Known | None = None,
) -> PrunePlan:
    """Decide about every set at the instant ``now``; ``names`` are the databases configured today.

    Database by database, and a set that one of them needs is kept whole. What is kept is kept for as long as any
    rule says so; what no rule keeps is deleted, unless the newest attempt to back up one of ``names`` is nothing to
    rely on, or ``known`` says what stops it: then nothing is deleted at all. What only goes by its age waits after a
    standstill, for the clock may be wrong.
    """
    known = known or Known()
    sets = ordered(candidates, now, known.made)
    keeping = _kept(sets, rules, now, known.today)
    before = _standstill(sets, now, known.lived)
    waiting: Collection[str] = _kept(sets, rules, before, known.today).of.keys() if before is not None else ()
    stopped = known.stop or _unproven(sets, names)
    clock = _clock(before) if before is not None else None
    gone = {rule: _gone(rule, rules) for rule in _GONE}
    decisions = tuple(
        _decided(one, keeping, stopped or (clock if one.set in waiting else None), gone)
        for one in sets.newest_first
        if not one.deleting
    )
    begun = {one.set for one in sets.newest_first if one.deleting}
    digest = _digest(decisions, (one for one in sets.newest_first if not one.deleting))
    if begun:
        decisions = _with_begun(decisions, sets, now, known.stop)
    freed = sum(one.bytes for one in decisions if one.action is Action.DELETE)
    return PrunePlan(decisions=decisions, digest=digest, freed_bytes=freed)


def _kept(sets: Sets, rules: Retention, now: datetime, today: date | None) -> _Keeping:
    """What the rules keep, where it is ``now`` for those that go by age."""
    keeping = _Keeping()
    for name, rule, database in protecting(sets):
        if rule != "base":  # those of every kept set follow below
            keeping.keep(name, rule, database)
    _keep_periods(sets, rules, keeping)
    _keep_newest(sets, rules, now, keeping)
    healthy = _is_healthy(sets)
    for one in sets.newest_first:
        if not one.deleting:
            _keep_itself(one, one.set in sets.future, rules, now, keeping)
            if one.status is not SetStatus.IN_PROGRESS:
                _keep_trace(one, rules, now, healthy, keeping)
            if today is not None and one.day >= today:
                keeping.keep(one.set, "today")
    _keep_bases(sets, keeping)
    return keeping


def _standstill(sets: Sets, now: datetime, lived: Iterable[datetime]) -> datetime | None:
    """The last instant before ``now`` that the clock is believed; None: it is believed now.

    Where nothing was tried for very long, or for very long nothing happened at all until a few days ago, the clock
    may have been put forward.
    """
    tried = next((one.at for one in sets.newest_first if one.at <= now), None)
    if tried is not None and now - tried > _STANDSTILL:
        return tried
    found: datetime | None = None
    for later, earlier in itertools.pairwise(_lately(sets, now, lived)):
        if later - earlier > _STANDSTILL:
            found = earlier
    return found


def _lately(sets: Sets, now: datetime, lived: Iterable[datetime]) -> list[datetime]:
    """When anything was tried or happened while the clock settles, and once before that; the latest first."""
    known = {at for at in lived if at <= now}
    for one in sets.newest_first:
        if one.at <= now:
            known.add(one.at)
            if now - one.at > _SETTLING:
                break
    recent = sorted((at for at in known if now - at <= _SETTLING), reverse=True)
    before = max((at for at in known if now - at > _SETTLING), default=None)
    return recent if before is None else [*recent, before]


def _clock(before: datetime) -> Stop:
    values: Values = {"since": before.isoformat(), "days": _SETTLING.days}
    return Stop(rule="clock", because=Problem(code="prune.clock", severity=Severity.WARNING, values=values))


@functools.lru_cache(maxsize=1 << 15)
def _periods(day: date) -> tuple[str, str, str, str]:
    """The day, ISO week, month and year of ``day``: ``2026-03-14``, ``2026-W11``, ``2026-03``, ``2026``."""
    year, week, _ = day.isocalendar()
    told = day.isoformat()
    return told, f"{year:04}-W{week:02}", told[:7], told[:4]


def _keep_periods(sets: Sets, rules: Retention, keeping: _Keeping) -> None:
    """Of each day, week, month and year the newest sound set, for the newest N such periods that have one."""
    limits = (rules.daily, rules.weekly, rules.monthly, rules.yearly)
    for name in sets.holders:
        seen: tuple[set[str], ...] = (set(), set(), set(), set())
        filling = [kind for kind in range(4) if limits[kind]]
        day: date | None = None
        for one in sets.regular(name):
            if one.day == day:  # nothing of it is left to fill
                continue
            day = one.day
            periods = _periods(day)
            for kind in filling:
                if periods[kind] not in seen[kind]:
                    seen[kind].add(periods[kind])
                    keeping.keep(one.set, _RULES[kind], name, period=periods[kind])
            filling = [kind for kind in filling if len(seen[kind]) < limits[kind]]
            if not filling:
                break


def _keep_newest(sets: Sets, rules: Retention, now: datetime, keeping: _Keeping) -> None:
    """By number, by age, and the newest with the application's files."""
    if rules.count is not None:
        for name in sets.holders:
            for one, _ in zip(sets.regular(name), range(rules.count), strict=False):
                keeping.keep(one.set, "count", name, count=rules.count)
    if rules.max_age_days is not None:
        oldest = now - timedelta(days=rules.max_age_days)
        for one in sets.newest_first:
            if one.at >= oldest and one.origin not in ASIDE and not one.deleting and _is_usable(one):
                keeping.keep(one.set, "age", days=rules.max_age_days)
    whole = [one for one in sets.newest_first if one.files and not one.deleting and one.set not in sets.future]
    newest = next((one for one in whole if one.origin not in ASIDE), whole[0] if whole else None)
    if newest is not None:
        keeping.keep(newest.set, "files")


def _is_usable(one: Candidate) -> bool:
    """Whether anything in it could be restored."""
    for held in one.databases.values():  # noqa: SIM110  of very many sets a generator for each would be felt
        if held.completed and held.present and not held.damaged:
            return True
    return False


def _keep_itself(one: Candidate, future: bool, rules: Retention, now: datetime, keeping: _Keeping) -> None:
    """The rules that look at one set alone."""
    if future:
        keeping.keep(one.set, "future")
    if one.pin is not None and is_pinned(one, now):
        if one.until is None:
            keeping.keep(one.set, "pinned", name=one.pin)
        else:
            keeping.keep(one.set, "pinned", name=one.pin, until=one.until.isoformat())
    if one.wanted:
        keeping.keep(one.set, "restore_open")
    if one.status is SetStatus.IN_PROGRESS:
        keeping.keep(one.set, "in_progress")
    elif one.origin in ASIDE:
        if now - one.at <= timedelta(days=rules.safety_days):
            keeping.keep(one.set, "safety", days=rules.safety_days)
    elif one.origin is Origin.LEGACY and any(_is_unverified(held) for held in one.databases.values()):
        keeping.keep(one.set, "unverified")


def _keep_trace(one: Candidate, rules: Retention, now: datetime, healthy: bool, keeping: _Keeping) -> None:
    """A set with nothing usable in it: for some days from when that was noted.

    No set goes either of which a part is merely not seen: nobody noted that, it may come back, and a rule may want
    it then. Nor does anything go of which a part is missing while most is missing: it is the store that is not there.
    """
    missing = [each for each in one.databases.values() if each.completed and not each.present]
    if missing and (not healthy or any(each.claimed for each in missing)):
        keeping.keep(one.set, "trace")
    elif one.origin not in ASIDE and not _is_usable(one):
        noted = [each.since for each in one.databases.values() if each.completed] or [one.at]
        limit = now - timedelta(days=rules.failed_days)
        if any(since is None or since >= limit for since in noted):
            keeping.keep(one.set, "trace", days=rules.failed_days)


def _is_healthy(sets: Sets) -> bool:
    """Whether at least half of the finished backups are seen."""
    held = [held for one in sets.newest_first if not one.deleting for held in one.databases.values() if held.completed]
    return 2 * sum(each.present for each in held) >= len(held)


def _is_unverified(held: Held) -> bool:
    return held.completed and not held.proven and not held.damaged


def _keep_bases(sets: Sets, keeping: _Keeping) -> None:
    """Whatever a kept set needs is kept, and whatever that needs."""
    there = {one.set: one for one in sets.newest_first if not one.deleting}
    needed_by: dict[str, int] = {}
    waiting = list(keeping.of)
    done = set(waiting)
    while waiting:
        one = there[waiting.pop()]
        needs = {need for held in one.databases.values() if held.there for need in held.needs} - {one.set}
        for need in needs & there.keys():
            needed_by[need] = needed_by.get(need, 0) + 1
            if need not in done:
                done.add(need)
                waiting.append(need)
    for need, count in needed_by.items():
        keeping.keep(need, "base", count=count)


def _unproven(sets: Sets, names: Collection[str]) -> Stop | None:
    """The first database whose newest regular attempt is nothing to rely on; None when there is none.

    An attempt from the future counts only where there is no other: else a clock that was wrong once would decide.
    One that failed for lack of space holds nothing up: nothing else would lead out of a full disk.
    """
    waiting = set(names)
    later: dict[str, Candidate] = {}
    found: dict[str, Candidate] = {}
    for one in sets.newest_first:
        if not waiting:
            break
        if one.origin not in _ATTEMPTS or one.deleting or one.status is SetStatus.IN_PROGRESS:
            continue
        for name in waiting & one.databases.keys():
            if one.set in sets.future:
                later.setdefault(name, one)
            else:
                found[name] = one
                waiting.discard(name)
    for name in names:
        attempt = found.get(name) or later.get(name)
        if attempt is not None and attempt.set not in sets.sound[name] and not attempt.databases[name].no_room:
            values: Values = {"database": name, "set": attempt.set}
            because = Problem(code="prune.latest_unproven", severity=Severity.WARNING, values=values)
            return Stop(rule="latest_unproven", because=because)
    return None


def _decided(one: Candidate, keeping: _Keeping, stop: Stop | None, gone: Mapping[str, Problem]) -> Decision:
    kept = keeping.of.get(one.set)
    if kept is not None:
        told = tuple(sorted(kept, key=lambda rule: _rank(rule, kept[rule])))
        values = kept[told[0]]
        because = Problem(code=_code(told[0], values), severity=Severity.INFO, values=values)
        return Decision(set=one.set, action=Action.KEEP, rule=told[0], rules=told, because=because, bytes=one.bytes)
    if stop is not None:
        rule, action, because = stop.rule, Action.REFUSE, stop.because
    else:
        rule, action = _expiry(one), Action.DELETE
        because = gone[rule]
    return Decision(set=one.set, action=action, rule=rule, rules=(rule,), because=because, bytes=one.bytes)


def _code(rule: str, values: Values) -> str:
    if rule == "trace" and "days" not in values:
        return "keep.trace_unseen"
    return _KEPT[rule] if values.get("name", rule) else "keep.pinned_unnamed"


def _rank(rule: str, values: Values) -> float:
    """How long a rule may keep a set, the longest first; a pin with an end is the shortest of the wanted ones."""
    return _RANK["age"] + 0.5 if rule == "pinned" and "until" in values else _RANK[rule]


def _expiry(one: Candidate) -> str:
    if one.origin in ASIDE:
        return "safety_expired"
    return "expired" if _is_usable(one) else "trace_expired"


def _gone(rule: str, rules: Retention) -> Problem:
    days = {"safety_expired": rules.safety_days, "trace_expired": rules.failed_days}.get(rule)
    values: Values = {"days": days} if days is not None else {}
    return Problem(code=_GONE[rule], severity=Severity.INFO, values=values)


def _with_begun(decisions: tuple[Decision, ...], sets: Sets, now: datetime, stop: Stop | None) -> tuple[Decision, ...]:
    """With the sets whose deletion was begun: it is finished, unless one of them may not go by now."""
    decided = {one.set: one for one in decisions}
    for begun in (one for one in sets.newest_first if one.deleting):
        stays = begun_stays(begun, sets, now)
        rule, action, because = "expired", Action.DELETE, Problem(code="prune.begun", severity=Severity.INFO)
        if stays is not None:
            rule, action = stays[0], Action.KEEP
            values: Values = {"database": stays[1]} if stays[1] else {}
            if begun.pin and rule == "pinned":
                values = {"name": begun.pin}
            code = "keep.pinned_unnamed" if rule == "pinned" and not values else _KEPT[rule]
            because = Problem(code=code, severity=Severity.INFO, values=values)
        elif stop is not None:
            rule, action, because = stop.rule, Action.REFUSE, stop.because
        decided[begun.set] = Decision(
            set=begun.set, action=action, rule=rule, rules=(rule,), because=because, bytes=begun.bytes
        )
    return tuple(decided[one.set] for one in sets.newest_first)


def _digest(decisions: tuple[Decision, ...], candidates: Iterable[Candidate]) -> str:
    """Of what is decided and of everything it was decided by, except the time, which goes on.

    Sets whose deletion was begun are left out: they go, whatever the plan says, before it is made again.
    """
    state = msgspec.msgpack.encode((decisions, tuple(candidates)))
    return hashlib.sha256(state).hexdigest()
