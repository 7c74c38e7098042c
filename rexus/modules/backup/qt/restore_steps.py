"""The steps of a restore as rows: what, which file, how big, how long, and how far each is. No widgets here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum

from ..base.records import JobEvent, Problem, RestorePlan, Step
from ..base.saying import N_
from ..base.texts import _, word

_WORDS = {
    "unseal": N_("Unpack {name} aside"),
    "prove": N_("Check what was unpacked of {name}"),
    "on_server": N_("Take the server's own file of {name}"),
    "restore_full": N_("Restore the full backup of {name}"),
    "restore_differential": N_("Restore the differential backup of {name}"),
    "restore_log": N_("Restore a log backup of {name}"),
    "recover": N_("Open {name}"),
    "checkdb": N_("Check every page of {name}"),
    "safety": N_("Keep a copy of {name} as it is now"),
    "swap": N_("Put {name} in its place"),
    "check": N_("Check {name} in its place"),
    "files": N_("Copy the {name} files"),
}
_ORDER = {code: number for number, code in enumerate(_WORDS)}
_SAFETY, _SWAP = _ORDER["safety"], _ORDER["swap"]
_WEIGHTS = {"unseal": 1.0, "prove": 0.6, "safety": 1.2, "swap": 0.02, "check": 0.02, "files": 1.0}
"""What a byte costs in each step, compared with unpacking it."""


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


class State(Enum):
    """How far a step is."""

    WAITS = "waits"
    RUNS = "runs"
    DONE = "done"
    FAILED = "failed"


def rows_of(plan: RestorePlan) -> tuple[Row, ...]:
    """The steps of a plan, in the order they run, with their share of time."""
    sizes = [_size(step, plan) for step in plan.steps]
    costs = [max(size * _WEIGHTS.get(step.code, 0.0), 1.0) for step, size in zip(plan.steps, sizes, strict=True)]
    whole, expected = sum(costs) or 1.0, plan.seconds_expected or 0.0
    return tuple(
        _row(step, size, expected * cost / whole) for step, size, cost in zip(plan.steps, sizes, costs, strict=True)
    )


def _row(step: Step, size: int, seconds: float) -> Row:
    place = step.source if step.code in ("unseal", "safety") else step.target or step.source
    words = _(_WORDS[step.code]).format(name=word(step.name)) if step.code in _WORDS else step.code
    shown = step.code in ("unseal", "swap", "files")
    file = place.replace("\\", "/").rstrip("/").rpartition("/")[2] if shown else ""
    told = size if step.code in ("unseal", "safety", "files") else 0
    return Row(step.code, step.name, words, file, place if shown else "", told, seconds)


def _size(step: Step, plan: RestorePlan) -> int:
    """Bytes that a step works on; of files what the plan needs beyond the databases."""
    content = {one.name: one.bytes for one in plan.steps if one.code == "unseal"}
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
    """Whether stopping still leaves everything as it is."""
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
        elif phase == "safety" or (not name and phase != "files" and self.safe):
            self._done(lambda row: _ORDER[row.code] < _SAFETY)
            self._runs(lambda row: row.code == "safety", event)
        elif phase == "swap":
            self.safe = False
            self._done(lambda row: _ORDER[row.code] < _SWAP or (row.name in self._swapped and row.code != "files"))
            self._swapped.append(name)
            self._runs(lambda row: row.name == name and row.code == "swap", event)
        elif phase in ("check", "prove"):
            self._done(lambda row: row.name == name and row.code == "swap")
            self._runs(lambda row: row.name == name and row.code == "check", event)
        elif phase == "files" and name:
            self.safe = False
            self._done(lambda row: row.code != "files")
            before = [row.name for row in self.rows if row.code == "files"]
            earlier = before[: before.index(name)] if name in before else []
            self._done(lambda row: row.code == "files" and row.name in earlier)
            self._runs(lambda row: row.code == "files" and row.name == name, event)

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
