"""The steps of a restore as rows: what, which file, how big, how long, and how far each is. No widgets here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum

from ..base.records import JobEvent, Problem, RestorePlan, Step
from ..base.saying import N_
from ..base.texts import _, n_, word

_WORDS = {
    "unseal": N_("Unpack {name} aside"),
    "prove": N_("Check what was unpacked of {name}"),
    "on_server": N_("Take the server's own file of {name}"),
    "safety": N_("Keep a copy of {name} as it is now"),
    "restore_full": N_("Restore the full backup of {name}"),
    "restore_differential": N_("Restore the differential backup of {name}"),
    "restore_log": N_("Restore a log backup of {name}"),
    "recover": N_("Open {name}"),
    "checkdb": N_("Check every page of {name}"),
    "swap": N_("Put {name} in its place"),
    "check": N_("Check {name} in its place"),
    "files": N_("Copy the {name} files"),
}
_ORDER = {code: number for number, code in enumerate(_WORDS)}
_SAFETY, _SWAP = _ORDER["safety"], _ORDER["swap"]
_WEIGHTS = {
    "unseal": 1.0,
    "prove": 0.6,
    "safety": 1.2,
    "restore_full": 1.0,
    "restore_differential": 1.0,
    "restore_log": 1.0,
    "recover": 0.02,
    "checkdb": 0.4,
    "swap": 0.02,
    "check": 0.02,
    "files": 1.0,
}
"""What a byte costs in each step, compared with unpacking it."""
_SOURCES = ("unseal", "on_server")
_RESTORES = ("restore_full", "restore_differential", "restore_log")
_TOGETHER = ("unseal", "on_server", "restore_log")
"""Several of these of one database, one behind the other, are one row: a day may have a hundred logs."""
_SIZED = (*_SOURCES, *_RESTORES, "safety", "files")
_MOST_PLACES = 12
_HUNDRED = 100
"""A server tells its steps in hundredths of each."""


@dataclass(frozen=True, slots=True)
class Row:
    """One step."""

    code: str
    name: str
    words: str
    file: str
    """Name of the file or folder that it is about."""
    place: str
    """The whole path."""
    bytes: int
    seconds: float
    """Its share of the expected time."""
    count: int = 1
    """So many steps of the plan are in it."""


class State(Enum):
    """How far a step is."""

    WAITS = "waits"
    RUNS = "runs"
    DONE = "done"
    FAILED = "failed"


def rows_of(plan: RestorePlan) -> tuple[Row, ...]:
    """The steps of a plan, in the order they run, with their share of time."""
    sizes = _sizes(plan)
    costs = [max(size * _WEIGHTS.get(step.code, 0.0), 1.0) for step, size in zip(plan.steps, sizes, strict=True)]
    whole, expected = sum(costs) or 1.0, plan.seconds_expected or 0.0
    made: list[Row] = []
    for step, size, cost in zip(plan.steps, sizes, costs, strict=True):
        row = _row(step, size, expected * cost / whole)
        before = made[-1] if made else None
        if before is not None and row.code in _TOGETHER and (before.code, before.name) == (row.code, row.name):
            made[-1] = _joined(before, row)
        else:
            made.append(row)
    return tuple(made)


def _row(step: Step, size: int, seconds: float) -> Row:
    place = step.source if step.code in (*_SOURCES, "safety") else step.target or step.source
    words = _(_WORDS[step.code]).format(name=word(step.name)) if step.code in _WORDS else step.code
    shown = step.code in (*_SOURCES, "swap", "files")
    file = place.replace("\\", "/").rstrip("/").rpartition("/")[2] if shown else ""
    told = size if step.code in _SIZED else 0
    return Row(step.code, step.name, words, file, place if shown else "", told, seconds)


def _joined(row: Row, other: Row) -> Row:
    """Both in one row."""
    count, name = row.count + other.count, word(row.name)
    if row.code == "restore_log":
        words = n_(
            "Restore {count} log backup of {name}", "Restore {count} log backups of {name}", count
        ).format(count=count, name=name)  # fmt: skip
        file, place = "", ""
    else:
        words = row.words
        file = n_("{count} file", "{count} files", count).format(count=count)
        place = "\n".join((row.place, other.place)) if row.count < _MOST_PLACES else row.place
    return Row(row.code, row.name, words, file, place, row.bytes + other.bytes, row.seconds + other.seconds, count)


def _sizes(plan: RestorePlan) -> list[int]:
    """Bytes that each step works on; of files what the plan needs beyond the databases."""
    held: dict[str, list[int]] = {}
    for step in plan.steps:
        if step.code in _SOURCES:
            held.setdefault(step.name, []).append(step.bytes)
    waiting = {name: iter(sizes) for name, sizes in held.items()}
    found = []
    for step in plan.steps:
        if step.code in _SOURCES:
            found.append(step.bytes)
        elif step.code in _RESTORES:
            found.append(next(waiting.get(step.name, iter(())), 0))
        else:
            found.append(_size(step, plan, {name: sum(sizes) for name, sizes in held.items()}))
    return found


def _size(step: Step, plan: RestorePlan, content: dict[str, int]) -> int:
    if step.code == "safety":
        return next((_now(one) for one in plan.lost if one.values.get("database") == step.name), 0)
    if step.code == "files":
        twice = {one.name for one in plan.steps if one.code == "safety"}
        databases = sum(size * (2 if name in twice else 1) for name, size in content.items())
        kinds = sum(1 for one in plan.steps if one.code == "files")
        return max(plan.bytes_needed - databases, 0) // kinds
    return content.get(step.name, 0)


def _now(lost: Problem) -> int:
    size = lost.values.get("bytes_now", 0)
    return size if isinstance(size, int) else 0


_Test = Callable[[Row], bool]


@dataclass(slots=True)
class Course:
    """Turns the events of a restore into the state of each row; a row never goes back."""

    rows: tuple[Row, ...]
    states: list[State] = field(default_factory=list)
    fractions: list[float] = field(default_factory=list)
    safe: bool = True
    """Whether it can still be stopped."""
    undoes: bool = False
    """Whether something would have to be taken back then, as a server can."""
    _swapped: list[str] = field(default_factory=list)
    _last: int = -1

    def __post_init__(self) -> None:
        """Nothing has begun."""
        self.states = [State.WAITS] * len(self.rows)
        self.fractions = [0.0] * len(self.rows)

    def take(self, events: Iterable[JobEvent]) -> None:
        """Take in what is news of these."""
        for event in sorted(events, key=lambda one: one.sequence):
            if event.sequence > self._last:
                self._last = event.sequence
                self._take(event)

    def finish(self, *, well: bool) -> None:
        """It is over: everything is done, or the step that ran is where it ended."""
        for number, state in enumerate(self.states):
            if well:
                self.states[number], self.fractions[number] = State.DONE, 1.0
            elif state is State.RUNS:
                self.states[number] = State.FAILED

    def _take(self, event: JobEvent) -> None:
        name, phase = event.database, event.phase
        if phase in ("unseal", "prove", "check", "verify") and name and name not in self._swapped:
            step = "unseal" if phase in ("unseal", "verify") else "prove"
            self._done(lambda row: row.name == name and _ORDER[row.code] < _ORDER[step])
            self._runs(lambda row: row.name == name and row.code == step, event)
        elif phase == "restore" and name:
            self._restores(event)
        elif phase == "cancel_rolling_back":  # its figures are of the taking back, and of no step
            self.undoes = True
        elif phase == "safety" or (not name and phase != "files" and self.safe):
            self._done(lambda row: _ORDER[row.code] < _SAFETY)
            self._runs(lambda row: row.code == "safety", event)
        elif phase == "swap":
            self.safe = False
            self._done(lambda row: _ORDER[row.code] < _SWAP or (row.name in self._swapped and row.code != "files"))
            self._swapped.append(name)
            self._runs(lambda row: row.name == name and row.code == "swap", event)
        elif phase in ("check", "prove"):
            self._done(lambda row: row.name == name and row.code in ("swap", "recover", *_RESTORES))
            self._runs(lambda row: row.name == name and row.code in ("check", "checkdb"), event)
        elif phase == "files" and name:
            self.safe = False
            self._done(lambda row: row.code != "files")
            before = [row.name for row in self.rows if row.code == "files"]
            earlier = before[: before.index(name)] if name in before else []
            self._done(lambda row: row.code == "files" and row.name in earlier)
            self._runs(lambda row: row.code == "files" and row.name == name, event)

    def _restores(self, event: JobEvent) -> None:
        """A server is at one of the steps of a database; ``done`` counts in hundredths of a step."""
        name = event.database
        self.undoes = True
        self._done(lambda row: row.code in _SOURCES or row.code in ("prove", "safety"))
        self._done(lambda row: row.name in self._swapped and row.name != name and row.code != "files")
        if name not in self._swapped:
            self._swapped.append(name)
        reached = event.done / _HUNDRED
        for number, row in enumerate(self.rows):
            if row.name != name or row.code not in (*_RESTORES, "recover"):
                continue
            share = min(max(reached / row.count, 0.0), 1.0)
            reached -= row.count
            if share < 1.0:
                if self.states[number] is not State.DONE:
                    self.states[number] = State.RUNS
                    self.fractions[number] = max(self.fractions[number], share)
                return
            self.states[number], self.fractions[number] = State.DONE, 1.0

    def _done(self, is_it: _Test) -> None:
        for number, row in enumerate(self.rows):
            if row.code in _ORDER and is_it(row):
                self.states[number], self.fractions[number] = State.DONE, 1.0

    def _runs(self, is_it: _Test, event: JobEvent) -> None:
        for number, row in enumerate(self.rows):
            if row.code in _ORDER and is_it(row) and self.states[number] is not State.DONE:
                share = min(event.done / event.total, 1.0) if event.total > 0 else 0.0
                self.states[number] = State.RUNS
                self.fractions[number] = max(self.fractions[number], share)

    @property
    def fraction(self) -> float:
        """Of the whole, by the expected time of each step."""
        whole = sum(row.seconds for row in self.rows)
        if not whole:
            return 0.0
        return sum(row.seconds * done for row, done in zip(self.rows, self.fractions, strict=True)) / whole
