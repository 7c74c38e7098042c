"""A year of a company with sleep, clock changes, crashes, full disks and vandals, judged by small models of its own."""

from __future__ import annotations

import errno
import os
import random
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from support.faults import FaultyFiles, KillingFiles
from support.world import NAMES, World, quiet

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.files import Files, RealFiles
from rexus.modules.backup.base.records import Origin, RestoreRequest, SetStatus, Status, Tick
from rexus.modules.backup.base.watching import Run, RunState
from rexus.modules.backup.catalog.index import SetSummary

SEED = int(os.environ.get("REXUS_YEAR_SEED", "20181001"))
BEGIN = datetime(2018, 10, 1, 12, 0, tzinfo=UTC)
DAYS = int(os.environ.get("REXUS_YEAR_DAYS", "365"))
RETENTION = {"daily": 7, "weekly": 5, "monthly": 6, "yearly": 2, "safety_days": 20, "failed_days": 10}
EVERY_DAY = tuple(range(1, 8))


class Plan(NamedTuple):
    """A schedule as this test understands it."""

    name: str
    action: str
    time: str
    zone: str
    weekdays: tuple[int, ...] = EVERY_DAY
    first_only: bool = False


PLANS = (
    Plan("noche", "backup", "02:30", "Europe/Madrid"),  # does not exist on 31 March, exists twice on 28 October
    Plan("limpieza", "prune", "00:15", "America/Sao_Paulo"),  # skipped on 4 November; summer time abolished in 2019
    Plan("semana", "verify", "00:00", "America/Santiago", (7,)),  # the clock is put forward at this very minute
    Plan("prueba", "drill", "04:00", "Europe/Madrid", (7,), first_only=True),
)
SETTLED = {RunState.OK, RunState.WARNINGS, RunState.FAILED, RunState.SKIPPED, RunState.MISSED, RunState.REFUSED}
RAN = SETTLED - {RunState.MISSED, RunState.SKIPPED}
PROVEN = {Tick.STORED, Tick.CONTENT, Tick.ENGINE, Tick.RESTORED}


def due_times(plan: Plan, begin: datetime, end: datetime) -> Iterator[tuple[str, datetime]]:
    """Nominal wall time and instant: the first at which a clock on the wall, seen before it, shows it or more."""
    zone = ZoneInfo(plan.zone)
    day = begin.date() - timedelta(days=2)
    while day <= end.date() + timedelta(days=2):
        if day.isoweekday() in plan.weekdays and (not plan.first_only or day.day <= 7):
            wall = datetime.fromisoformat(f"{day} {plan.time}")
            minute = wall.replace(tzinfo=UTC) - timedelta(hours=15)
            while minute.astimezone(zone).replace(tzinfo=None) < wall:
                minute += timedelta(minutes=15)
            if begin < minute <= end:
                yield f"{plan.name}@{wall:%Y-%m-%dT%H:%M}", minute
        day += timedelta(days=1)


class Clock:
    """The company's clock; ``skew`` is what somebody did to it."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.skew = timedelta()

    def now(self) -> datetime:
        return self.at + self.skew


class Company:
    """A company whose machine sleeps, crashes and fills up."""

    def __init__(self, folder: Path) -> None:
        schedules = [
            {"name": one.name, "action": one.action, "times": [one.time], "zone": one.zone}
            | ({"weekdays": list(one.weekdays)} if one.weekdays != EVERY_DAY else {})
            | ({"ordinal": 1} if one.first_only else {})
            for one in PLANS
        ]
        settings = {
            "schedules": schedules,
            "retention": RETENTION,
            "compression": {"codec": "none"},
            "verification": {"after_backup": "stored"},
            "health": {"free_bytes": 0},
        }
        self.world = World(folder, rows=3, **settings).build()
        self.clock = Clock(BEGIN)
        self.content: dict[str, tuple[object, ...]] = {}
        """What ``users`` held, by set."""
        self.chance = random.Random(SEED)
        self.crashes = 0

    def model(self, port: Files | None = None):
        return self.world.model(port, self.clock)

    def trigger(self, port: Files | None = None) -> tuple[Run, ...]:
        """What the system's scheduler starts: run what is due, in a program of its own."""
        before = self.sets()
        protected = self.protected(before)
        runs = self.model(port).run_due("sim", quiet, CancelToken())
        after = self.sets() if runs else before
        for name in {one.set for one in after} - {one.set for one in before}:
            self.content[name] = self.world.content("users")
        assert protected <= self.protected(after), (self.clock.now(), runs)
        return runs

    def crash(self) -> None:
        """The same in a process that dies at one of its changes of a file."""
        child = os.fork()
        if child == 0:
            try:
                self.model(KillingFiles(RealFiles(), kill_at=self.chance.randint(1, 150))).run_due(
                    "sim", quiet, CancelToken()
                )
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        self.crashes += os.waitstatus_to_exitcode(status) == 137

    def sets(self) -> tuple[SetSummary, ...]:
        return self.model().listing().sets

    def present(self, one: SetSummary, name: str) -> bool:
        held = one.databases.get(name)
        return held is not None and held.file is not None and (self.world.root / held.file).is_file()

    def proven(self, one: SetSummary, name: str) -> bool:
        return self.present(one, name) and one.databases[name].tick in PROVEN

    def protected(self, sets: tuple[SetSummary, ...]) -> set[str]:
        """Databases that can be restored from a proven set."""
        return {name for name in NAMES if any(self.proven(one, name) for one in sets)}

    # what happens to it

    def somebody_works(self) -> None:
        self.world.add_row(self.chance.choice(NAMES), f"venta {self.clock.now():%Y-%m-%d}")

    def vandal(self) -> None:
        """An archive is deleted or damaged, but never the last that is left."""
        victims = [one for one in self.sets()[2:] if one.status is SetStatus.COMPLETED]
        if not victims:
            return
        held = self.chance.choice(tuple(self.chance.choice(victims).databases.values()))
        path = self.world.root / (held.file or "")
        if not path.is_file():
            return
        if self.chance.random() < 0.5:
            path.unlink()
            return
        data = bytearray(path.read_bytes())
        data[self.chance.randrange(len(data))] ^= 1
        path.write_bytes(data)

    def restores(self) -> None:
        """Data of a kept day comes back over the living database, exactly."""
        usable = [one for one in self.sets() if one.set in self.content and self.proven(one, "users")]
        if not usable:
            return
        one = self.chance.choice(usable)
        request = RestoreRequest(set=one.set, databases=("users",), overwrite=True, confirmed=("users",))
        result = self.model().restore(request, quiet, CancelToken())
        if result.outcome.status in (Status.OK, Status.WARNINGS):
            assert self.world.content("users") == self.content[one.set]
        else:  # the vandal had been there, and nobody had looked since
            assert {p.code for p in result.outcome.problems} & {"verify.content_hash", "verify.stored_hash"}

    def full_disk(self) -> None:
        self.trigger(FaultyFiles(RealFiles(), self.chance.randint(1, 150), OSError(errno.ENOSPC, "full")))


def kept(company: Company, now: datetime) -> set[str]:
    """A small model of retention: which of today's sets may stay, by the rules as the settings page tells them."""
    sets = [one for one in company.sets() if not one.deleting]  # newest first
    keep: set[str] = set()
    regular = [one for one in sets if one.origin not in (Origin.SAFETY, Origin.DRILL)]
    for name in NAMES:
        proven = [one for one in regular if company.proven(one, name)]
        for one in regular:
            if name in one.databases:
                keep.add(one.set)
            if one in proven:
                break
        for period, count in (
            ("%Y-%m-%d", RETENTION["daily"]),
            ("%G-%V", RETENTION["weekly"]),
            ("%Y-%m", RETENTION["monthly"]),
            ("%Y", RETENTION["yearly"]),
        ):
            newest: dict[str, str] = {}
            for one in proven:
                newest.setdefault(f"{datetime.strptime(one.set[:8], '%Y%m%d'):{period}}", one.set)
            keep.update(list(newest.values())[:count])
    keep.update([one.set for one in regular if one.files][:1])
    for one in sets:
        age = now - datetime.fromisoformat(one.timestamp)
        usable = any(
            company.present(one, name) and one.databases[name].tick is not Tick.FAILED
            for name in NAMES
            if name in one.databases and one.databases[name].status is SetStatus.COMPLETED
        )
        limit = RETENTION["safety_days"] if one.origin is Origin.SAFETY else RETENTION["failed_days"]
        if (one.origin is Origin.SAFETY or not usable) and age <= timedelta(days=limit):
            keep.add(one.set)
    return keep


def latest_is_proven(company: Company) -> bool:
    """Whether every database's newest attempt is one to rely on; else nothing is deleted."""
    regular = [one for one in company.sets() if one.origin is not Origin.SAFETY]
    return all(next((company.proven(one, name) for one in regular if name in one.databases), False) for name in NAMES)


pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="crashes a forked copy; sets the zone of the process")


@pytest.fixture
def company(tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Madrid")
    time.tzset()
    yield Company(tmp_path)
    monkeypatch.undo()
    time.tzset()


def test_a_year(company):
    print("seed", SEED)
    company.trigger()  # the schedules are known from here on
    due = sorted((at, key) for plan in PLANS for key, at in due_times(plan, BEGIN, BEGIN + timedelta(days=DAYS)))
    jumps = {
        date(2018, 12, 3): timedelta(hours=-3),
        date(2019, 2, 5): timedelta(hours=7),
        date(2019, 6, 6): -timedelta(hours=1),
    }
    asleep_until = BEGIN
    for number, (at, key) in enumerate(due):
        company.clock.skew = jumps.get(at.date(), timedelta())
        company.clock.at = at + timedelta(seconds=company.chance.randint(0, 50))
        if at < asleep_until:
            continue
        live(company, number)
        if company.chance.random() < 0.01:
            asleep_until = at + timedelta(days=company.chance.randint(1, 5))
        if key.startswith("limpieza") and number % 7 == 0:
            judge_retention(company)
    company.clock.skew = timedelta()
    company.clock.at = BEGIN + timedelta(days=DAYS, minutes=1)
    company.trigger()
    judge_runs(company, {key: at for at, key in due})


def live(company: Company, number: int) -> None:
    """One awakening of the machine, with whatever happens to it."""
    luck = company.chance.random()
    if luck < 0.02:
        company.crash()
    elif luck < 0.035:
        company.full_disk()
    elif luck < 0.05:
        company.vandal()
    elif luck < 0.065:
        company.restores()
    if number % 3 == 0:
        company.somebody_works()
    company.trigger()


def judge_retention(company: Company) -> None:
    """What a clean-up leaves is what the small model keeps."""
    expected = kept(company, company.clock.now())
    if not latest_is_proven(company):
        expected = {one.set for one in company.sets()}
    plan = company.model().plan_prune()
    staying = {one.set for one in plan.decisions if one.action != "delete"}
    assert staying == expected, (company.clock.now(), sorted(staying ^ expected))


def judge_runs(company: Company, due: dict[str, datetime]) -> None:
    """Every due time was run once, or one after it was in its stead; nothing else was run."""
    told: dict[str, list[Run]] = {}
    for run in company.model().runs():
        told.setdefault(run.key, []).append(run)
    assert set(told) <= set(due)
    for key, at in sorted(due.items(), key=lambda pair: pair[1]):
        states = [one.state for one in told.get(key, ())]
        assert sum(state in SETTLED for state in states) == 1, (key, at, told.get(key))
        assert sum(state in RAN for state in states) <= 1, (key, told.get(key))
    assert company.crashes > DAYS // 100
