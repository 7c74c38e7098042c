"""A year of a company with sleep, clock changes, crashes, full disks and vandals, judged by small models of its own."""

from __future__ import annotations

import errno
import itertools
import os
import random
import shutil
import tempfile
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
from rexus.modules.backup.base.records import BackupRequest, Origin, RestoreRequest, SetStatus, Status, Tick
from rexus.modules.backup.base.watching import Run, RunState
from rexus.modules.backup.catalog.index import SetSummary

SEED = int(os.environ.get("REXUS_YEAR_SEED", "20181001"))
BEGIN = datetime(2018, 10, 1, 12, 0, tzinfo=UTC)
DAYS = 365
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
        self.onlooker = self.model()
        self.content: dict[str, tuple[object, ...]] = {}
        """What ``users`` held, by set."""
        self.chance = random.Random(SEED)
        self.crashes = 0
        self.spoilt: set[tuple[str, str]] = set()
        """Set and database of what the vandal touched."""
        self.picture: dict[str, str] = {}
        """By database the newest set that it can be restored from, as far as anybody has seen."""
        self.waiting: dict[Path, frozenset[str]] = {}
        """What somebody took away for a while, and the sets that have to be there still when it is back."""
        self.model().backup(BackupRequest(requested_by="ana"), quiet, CancelToken())
        self.remember()

    def model(self, port: Files | None = None):
        return self.world.model(port, self.clock)

    def trigger(self, port: Files | None = None) -> tuple[Run, ...]:
        """What the system's scheduler starts: run what is due, in a program of its own."""
        runs = self.model(port).run_due("sim", quiet, CancelToken())
        if runs:
            self.remember()
        return runs

    def remember(self) -> None:
        """What the sets hold that came just now."""
        for one in self.look():
            if one.origin is not Origin.SAFETY and one.set not in self.content:
                self.content[one.set] = self.world.content("users")

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
        self.remember()

    def sets(self) -> tuple[SetSummary, ...]:
        """As somebody sees them who looks on all the year."""
        return self.onlooker.catalog.entries().sets

    def present(self, one: SetSummary, name: str) -> bool:
        held = one.databases.get(name)
        return held is not None and held.file is not None and (self.world.root / held.file).is_file()

    def proven(self, one: SetSummary, name: str) -> bool:
        if not self.present(one, name):
            return False
        held = one.databases[name]
        return held.tick in PROVEN or (held.tick is Tick.FAILED and not held.damaged and held.proven_at is not None)

    def look(self) -> tuple[SetSummary, ...]:
        """Compare with the picture: what could be restored still can, or what is newer; only the vandal takes away."""
        sets = {one.set: one for one in self.sets()}  # newest first
        for name, newest in self.picture.items():
            if any(newest in waited for waited in self.waiting.values()):
                assert self.manifest(newest).exists(), (name, newest, self.clock.now())
                continue
            usable = [one for one in sets.values() if self.proven(one, name)]
            good = newest in sets and self.proven(sets[newest], name)
            assert good or any(one.set > newest for one in usable), (name, newest, self.clock.now())
        for waited in self.waiting.values():
            assert all(self.manifest(one).exists() for one in waited), (sorted(waited - sets.keys()), self.clock.now())
        self.picture |= {
            name: found[0]
            for name in NAMES
            if (found := [s for s, one in sets.items() if self.proven(one, name) and (s, name) not in self.spoilt])
            and found[0] > self.picture.get(name, "")
        }
        return tuple(sets.values())

    def manifest(self, set_name: str) -> Path:
        return self.world.root / f"backup_manifest_{set_name}.json"

    # what happens to it

    def spoil_a_manifest(self) -> None:
        """For some days one manifest can't be read."""
        path = self.manifest(self.chance.choice(self.sets()[:9]).set)
        self.waiting[path] = frozenset(one.set for one in self.sets())
        path.rename(self.world.folder / "manifest")
        path.write_bytes(b'{"timestamp": ')

    def take_the_store_away(self) -> None:
        """The disk of ``databases/`` is not there for some days."""
        store = self.world.root / "databases"
        self.waiting[store] = frozenset(one.set for one in self.sets())
        store.rename(self.world.folder / "store")

    def bring_back(self) -> None:
        """What was taken away is there again; what was written meanwhile is put beside it."""
        for path in self.waiting:
            if path.suffix == ".json":
                (self.world.folder / "manifest").replace(path)
                continue
            for one in path.iterdir() if path.is_dir() else ():
                one.rename(self.world.folder / "store" / one.name)
            if path.is_dir():
                path.rmdir()
            (self.world.folder / "store").rename(path)
        self.look()
        self.waiting.clear()

    def somebody_works(self) -> None:
        self.world.add_row(self.chance.choice(NAMES), f"venta {self.clock.now():%Y-%m-%d}")

    def vandal(self) -> None:
        """An archive is deleted or damaged, but never the last that is left."""
        victims = [one for one in self.sets()[2:] if one.status is SetStatus.COMPLETED]
        if not victims:
            return
        victim = self.chance.choice(victims)
        name, held = self.chance.choice(tuple(victim.databases.items()))
        path = self.world.root / (held.file or "")
        if not path.is_file() or self.picture[name] == victim.set:
            return
        self.spoilt.add((victim.set, name))
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
            assert (one.set, "users") in self.spoilt
        self.look()

    def full_disk(self) -> None:
        self.trigger(FaultyFiles(RealFiles(), self.chance.randint(1, 150), OSError(errno.ENOSPC, "full")))


def kept(company: Company, now: datetime) -> set[str]:
    """A small model of retention: which of today's sets may stay, by the rules as the settings page tells them."""
    sets = [one for one in company.sets() if not one.deleting]  # newest first
    trail = company.model().audit().tail(700)
    made = {line.target: line.number for line in trail if line.what == "backup"}
    keep = {one.set for one in sets if began(one) > now}
    regular = [one for one in sets if one.origin not in (Origin.SAFETY, Origin.DRILL)]
    for name in NAMES:
        proven = [one for one in regular if company.proven(one, name) and one.set not in keep]
        for number, one in enumerate(regular):
            if may_be_there(company, one, name):
                keep.add(one.set)
            if one in proven:
                later = [o.set for o in regular[number:] if may_be_there(company, o, name)]
                keep.update(o for o in later if made.get(o, 0) > made.get(one.set, len(trail) * 99))
                break
        proven = [one for one in proven if began(one) <= now]
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
    keep.update([one.set for one in regular if one.files and began(one) <= now][:1])
    clock = believed(sets, [line.at for line in trail], now)
    return keep | {one.set for one in sets if is_young(company, one, clock, sets)}


def began(one: SetSummary) -> datetime:
    return datetime.fromisoformat(one.timestamp)


def may_be_there(company: Company, one: SetSummary, name: str) -> bool:
    """There, or missing without anybody having noted it."""
    held = one.databases.get(name)
    if held is None or held.status is not SetStatus.COMPLETED:
        return False
    return company.present(one, name) or not (held.damaged or held.absent_at)


def believed(sets: list[SetSummary], written: list[datetime], now: datetime) -> datetime:
    """The last instant at which the clock was not seen to jump."""
    begun = sorted(at for one in sets if (at := began(one)) <= now)
    if begun and now - begun[-1] > timedelta(days=45):
        return begun[-1]
    told = sorted({*begun, *(at for at in written if at <= now)})
    for earlier, later in itertools.pairwise(told):
        if later >= now - timedelta(days=7) and later - earlier > timedelta(days=45):
            return earlier
    return now


def is_young(company: Company, one: SetSummary, now: datetime, sets: list[SetSummary]) -> bool:
    """Whether a safety copy or a set with nothing usable is kept for its age, or may come back."""
    finished = {name: held for name, held in one.databases.items() if held.status is SetStatus.COMPLETED}
    missing = [held for name, held in finished.items() if not company.present(one, name)]
    usable = any(company.present(one, name) and not held.damaged for name, held in finished.items())
    if missing and (
        mostly_missing(company, sets) or (not usable and not all(h.damaged or h.absent_at for h in missing))
    ):
        return True
    if one.origin is Origin.SAFETY:
        return now - began(one) <= timedelta(days=RETENTION["safety_days"])
    noted = [
        (held.failed_at if held.damaged else held.absent_at) or "9999-01-01T00:00:00+00:00"
        for held in finished.values()
    ]
    since = max((datetime.fromisoformat(at) for at in noted), default=began(one))
    return not usable and now - since <= timedelta(days=RETENTION["failed_days"])


def mostly_missing(company: Company, sets: list[SetSummary]) -> bool:
    there = [
        company.present(one, name)
        for one in sets
        for name, held in one.databases.items()
        if held.status is SetStatus.COMPLETED
    ]
    return there.count(False) > there.count(True)


def latest_is_proven(company: Company) -> bool:
    """Whether every database's newest attempt is one to rely on, or there was no room; else nothing is deleted."""
    now = company.clock.now()
    regular = [one for one in company.sets() if one.origin is not Origin.SAFETY and not one.deleting]
    tried = [one for one in regular if began(one) <= now] or regular
    for name in NAMES:
        newest = next((one for one in tried if name in one.databases), None)
        if newest is not None and not company.proven(newest, name):
            held = newest.databases[name]
            if held.status is SetStatus.COMPLETED or not (held.code or newest.code or "").endswith(".full"):
                return False
    return True


pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="crashes a forked copy; sets the zone of the process")


@pytest.fixture
def folder(tmp_path):
    """In memory where the system has such a place: SQLite waits for the disk after each of a year's changes."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK) or shutil.disk_usage(memory).free < 1 << 30:
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(prefix="rexus-year-", dir=memory) as made:
        yield Path(made)


@pytest.fixture
def company(folder, monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Madrid")
    monkeypatch.setattr(os, "fsync", lambda _: None)  # a killed process loses nothing of what it wrote
    time.tzset()
    yield Company(folder)
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
        date(2019, 1, 15): timedelta(days=70),
        date(2019, 1, 16): timedelta(days=70),
        date(2019, 7, 20): timedelta(days=-80),
    }
    taken = {
        date(2018, 12, 20): company.spoil_a_manifest,
        date(2018, 12, 24): company.bring_back,
        date(2019, 3, 10): company.take_the_store_away,
        date(2019, 3, 14): company.bring_back,
        date(2019, 8, 2): company.spoil_a_manifest,
        date(2019, 8, 5): company.bring_back,
    }
    asleep_until = BEGIN
    for number, (at, key) in enumerate(due):
        company.clock.skew = jumps.get(at.date(), timedelta())
        company.clock.at = at + timedelta(seconds=company.chance.randint(0, 50))
        if at < asleep_until:
            continue
        for day in [day for day in taken if day <= at.date()]:
            taken.pop(day)()
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
    unreadable = any(path.suffix == ".json" for path in company.waiting)
    if unreadable or not latest_is_proven(company):
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
