"""A small model of retention that shares no code with it, random roots to try both on, and what must always hold."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from rexus.modules.backup.base.records import Action, Origin, SetStatus
from rexus.modules.backup.base.watching import PrunePlan
from rexus.modules.backup.config.settings import Retention
from rexus.modules.backup.jobs.retention import Candidate, Held, Known, plan

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
NAMES = ("users", "auditoria")
ASIDE = (Origin.SAFETY, Origin.DRILL)
PERIODS = (("daily", "%Y-%m-%d"), ("weekly", "%G-%V"), ("monthly", "%Y-%m"), ("yearly", "%Y"))


class Model:
    """Which of ``sets`` may stay, told rule by rule and slowly."""

    def __init__(
        self,
        sets: Sequence[Candidate],
        rules: Retention,
        now: datetime,
        names: Sequence[str],
        made: dict[str, int] | None = None,
    ) -> None:
        self.all = sorted(
            (one for one in sets if not one.deleting),
            key=lambda one: (one.at, one.set[:15], int(one.set[16:] or 1)),
            reverse=True,
        )
        self.by_name = {one.set: one for one in self.all}
        self.rules, self.now, self.names, self.made = rules, now, names, made or {}
        self.known = {one.at for one in sets if one.at <= now}
        self.clock = now
        """By which ages are told."""

    def whole(self, set_name: str, name: str, above: tuple[str, ...] = ()) -> bool:
        """Proven and there, down to the full backup."""
        one = self.by_name.get(set_name)
        held = one.databases.get(name) if one is not None else None
        if held is None or not (held.completed and held.present and held.proven) or held.damaged:
            return False
        return all(need in above or self.whole(need, name, (*above, set_name)) for need in held.needs)

    def may_be_there(self, one: Candidate, name: str) -> bool:
        """There, or not seen now without anybody having noted that it is lost."""
        held = one.databases.get(name)
        return held is not None and held.completed and (held.present or not (held.damaged or held.missed))

    def untouchable(self, name: str) -> set[str]:
        """The newest whole backup of ``name`` and what is newer; without one, all that there is or may be."""
        mine = [one for one in self.all if self.may_be_there(one, name)]
        regular = [one for one in mine if one.origin not in ASIDE]
        if not any(self.whole(one.set, name) and one.at <= self.now for one in regular):
            regular = mine
        found = set()
        for one in regular:
            found.add(one.set)
            if self.whole(one.set, name) and one.at <= self.now:
                number = self.made.get(one.set, 99)
                found.update(
                    later.set for later in mine if later.origin not in ASIDE and self.made.get(later.set, 0) > number
                )
                break
        return found

    def by_period(self, name: str) -> set[str]:
        usable = [
            one for one in self.all if one.origin not in ASIDE and one.at <= self.now and self.whole(one.set, name)
        ]
        found = {one.set for one in usable[: self.rules.count or 0]}
        for rule, pattern in PERIODS:
            newest: dict[str, str] = {}
            for one in usable:
                newest.setdefault(one.day.strftime(pattern), one.set)
            found.update(list(newest.values())[: getattr(self.rules, rule)])
        return found

    def alone(self, one: Candidate) -> bool:
        """Whether a rule that looks at this set only keeps it."""
        rules, age = self.rules, self.clock - one.at
        usable = any(held.completed and held.present and not held.damaged for held in one.databases.values())
        if one.at > self.now or one.wanted or one.status is SetStatus.IN_PROGRESS or self.may_come_back(one):
            return True
        if one.pin is not None and (one.until is None or one.until > self.clock):
            return True
        if one.origin in ASIDE:
            return age <= timedelta(days=rules.safety_days)
        if rules.max_age_days and usable and age <= timedelta(days=rules.max_age_days):
            return True
        if one.origin is Origin.LEGACY and any(
            held.completed and not held.proven and not held.damaged for held in one.databases.values()
        ):
            return True
        return not usable and self.is_trace(one)

    def may_come_back(self, one: Candidate) -> bool:
        """A part of it is missing while most is missing, or nobody noted that it is."""
        missing = [held for held in one.databases.values() if held.completed and not held.present]
        unseen = any(not (held.damaged or held.missed) for held in missing)
        return bool(missing) and (self.mostly_missing() or unseen)

    def is_trace(self, one: Candidate) -> bool:
        """Whether a set with nothing usable stays: its trouble is known for some days only."""
        mine = [held for held in one.databases.values() if held.completed]
        if any(held.since is None for held in mine):
            return True
        known = max((held.since for held in mine if held.since), default=one.at)
        return self.clock - known <= timedelta(days=self.rules.failed_days)

    def mostly_missing(self) -> bool:
        there = [held.present for one in self.all for held in one.databases.values() if held.completed]
        return there.count(False) > there.count(True)

    def trusted(self, lived: Sequence[datetime] = ()) -> datetime:
        """The last instant up to which the clock is believed."""
        if self.known and (self.now - max(self.known)).total_seconds() > 45 * 86400:
            return max(self.known)
        told = sorted(self.known | {at for at in lived if at <= self.now})
        for earlier, later in itertools.pairwise(told):
            if self.now - later <= timedelta(days=7) and later - earlier > timedelta(days=45):
                return earlier
        return self.now

    def kept(self) -> set[str]:
        """By any rule, with what those need."""
        found = {one.set for one in self.all if self.alone(one)}
        for name in {name for one in self.all for name in one.databases}:
            found |= self.untouchable(name) | self.by_period(name)
        whole = [one for one in self.all if one.files and one.at <= self.now]
        found |= {one.set for one in ([one for one in whole if one.origin not in ASIDE] or whole)[:1]}
        while True:
            more = {
                need
                for one in found
                for held in self.by_name[one].databases.values()
                if held.completed and held.present
                for need in held.needs
                if need in self.by_name
            }
            if more <= found:
                return found
            found |= more

    def is_blocked(self) -> bool:
        """Whether the newest attempt of a configured database is nothing to rely on."""
        for name in self.names:
            tried = [
                one
                for one in self.all
                if one.origin in (Origin.MANUAL, Origin.SCHEDULED, Origin.CATCH_UP)
                and one.status is not SetStatus.IN_PROGRESS
                and name in one.databases
            ]
            newest = next((one for one in tried if one.at <= self.now), tried[0] if tried else None)
            if newest is not None and not (self.whole(newest.set, name) or newest.databases[name].no_room):
                return True
        return False


def judge(sets: Sequence[Candidate], rules: Retention, now: datetime, names: Sequence[str]) -> PrunePlan:
    """Plan and compare with the model; what is left must need no second look. Returns the plan."""
    order = sorted(one.set for one in sets)
    made = {one: number for number, one in enumerate(order[1:] + order[:1], 1)} if len(sets) % 3 == 0 else {}
    known = Known(made=made, lived=tuple(one.at for one in sets))
    planned = plan(sets, rules, now, names, known)
    model = Model(sets, rules, now, names, made)
    begun = {one.set for one in sets if one.deleting}
    decided = [one for one in planned.decisions if one.set not in begun]
    gone = {one.set for one in decided if one.action is Action.DELETE}
    refused = {one.rule: {other.set for other in decided if other.rule == one.rule} for one in decided
               if one.action is Action.REFUSE}  # fmt: skip
    kept, blocked = model.kept(), model.is_blocked()
    model.clock = model.trusted(known.lived)
    waiting = model.kept() - kept

    assert len(planned.decisions) == len(sets)
    assert {one.set for one in planned.decisions} == {one.set for one in sets}
    assert {one.set for one in decided if one.action is Action.KEEP} == kept
    assert not gone & (kept | waiting)
    assert not (blocked and gone)
    rest = {one.set for one in decided} - kept
    assert refused == ({"latest_unproven": rest} if blocked and rest else {"clock": waiting} if waiting else {})
    assert all(one.rules and one.rule == one.rules[0] and one.because.code for one in planned.decisions)
    assert planned.freed_bytes == sum(one.bytes for one in planned.decisions if one.action is Action.DELETE)

    left = [one for one in sets if one.set not in gone]
    again = plan(left, rules, now, names, known)
    assert not [one for one in again.decisions if one.action is Action.DELETE and one.set not in begun]
    assert kept <= {one.set for one in again.decisions if one.action is Action.KEEP}
    after = Model(left, rules, now, names, made)
    for name in NAMES:  # whatever could be restored before can be restored now, as new as it was
        before = [one.set for one in model.all if model.whole(one.set, name) and one.at <= now]
        regular = [one for one in before if model.by_name[one].origin not in ASIDE]
        assert all(after.whole(one, name) for one in (regular or before)[:1])
        if not before:  # and what may come back is there to be taken
            assert all(one in after.all for one in model.all if model.may_be_there(one, name))
    return planned


def some_rules(chance: random.Random) -> Retention:
    """Any rules, small ones often."""
    few = chance.choice((1, 2, 4, 30))
    return Retention(
        daily=chance.randint(0, few),
        weekly=chance.randint(0, few),
        monthly=chance.randint(0, few),
        yearly=chance.randint(0, few),
        count=chance.choice((None, None, 1, 3)),
        max_age_days=chance.choice((None, None, 1, 40)),
        safety_days=chance.choice((0, 30)),
        failed_days=chance.choice((0, 30)),
    )


ORIGINS = tuple(Origin) + (Origin.SCHEDULED,) * 8
STATUSES = tuple(SetStatus) + (SetStatus.COMPLETED,) * 6


def some_sets(chance: random.Random, most: int = 9) -> list[Candidate]:
    """Any root: sets of minutes and of years, of tomorrow, damaged, lost, pinned, half deleted."""
    span = chance.choice((3, 60, 900, 40_000))
    instants = sorted({chance.randint(-span // 8, span) for _ in range(chance.randint(0, most))})
    names = [f"{NOW - timedelta(hours=hours):%Y%m%d_%H%M%S}" for hours in instants]
    return [_some_set(chance, name, NOW - timedelta(hours=h), names) for name, h in zip(names, instants, strict=True)]


def _some_set(chance: random.Random, name: str, at: datetime, names: Sequence[str]) -> Candidate:
    luck = chance.random
    status = chance.choice(STATUSES)
    pinned = luck() < 0.05
    return Candidate(
        set=name,
        day=(at + timedelta(hours=chance.randint(-12, 14))).date(),
        at=at,
        status=status,
        origin=chance.choice(ORIGINS),
        databases={one: _some_held(chance, status, names) for one in NAMES if luck() < 0.9},
        pin="" if pinned else None,
        until=NOW + timedelta(days=chance.choice((-1, 0, 1))) if pinned and luck() < 0.5 else None,
        files=luck() < 0.3,
        bytes=chance.randint(0, 99),
        deleting=luck() < 0.02,
        wanted=luck() < 0.02,
    )


def _some_held(chance: random.Random, status: SetStatus, names: Sequence[str]) -> Held:
    luck = chance.random
    completed = status is SetStatus.COMPLETED or luck() < 0.3
    damaged, present = luck() < 0.06, luck() < chance.choice((0.93, 0.93, 0.3))
    missed = not present and luck() < 0.7
    noted = (damaged or missed) and luck() < 0.9
    needs = tuple(chance.choice((*names, "lost")) for _ in range(chance.choice((1, 1, 2)))) if luck() < 0.15 else ()
    return Held(
        completed=completed,
        present=present,
        proven=completed and luck() < 0.9,
        damaged=damaged,
        missed=missed,
        since=NOW - timedelta(days=chance.choice((-3, 1, 29, 31, 900))) if noted else None,
        no_room=not completed and luck() < 0.3,
        needs=needs,
    )
