"""Once somebody wants to stop, what the server still does is told as stopping, and never as work again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlserver_double.sessions import WorldSession
from sqlserver_double.world_faults import Point
from support.sqlserver import Company, company

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.records import BackupRequest, JobEvent, Outcome, RestoreRequest, Status
from rexus.modules.backup.base.watching import DrillRequest
from rexus.modules.backup.engines import sqlserver_progress
from rexus.modules.backup.engines.messages import Message
from rexus.modules.backup.engines.sqlserver_client import End, Executed, OnMessage, OnPhase, Phase, Row
from rexus.modules.backup.engines.sqlserver_progress import Course
from rexus.modules.backup.engines.tsql import Batch

LONG_S = 60
SIGNS = 4
"""Of life, that must come while the server does not obey yet."""
STAGES = ["cancel_asked", "cancel_rolling_back", "cancel_stopped"]


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    pytest.importorskip("pyodbc", reason="no libodbc on this system")
    with company(tmp_path, "odbc") as made:
        yield made


class Slow:
    """A server that hears of the wish to stop at some point of its work, and goes on for as long as the test wants."""

    def __init__(self, firm: Company, point: Point) -> None:
        self._world = firm.world
        self.reached, self._obeys = threading.Event(), False
        self._world.faults.do(point, self._stand_still)

    def _stand_still(self, session: WorldSession) -> None:
        self.reached.set()
        with self._world.changed:
            self._world.changed.wait_for(lambda: self._obeys, LONG_S)

    def obey(self) -> None:
        with self._world.changed:
            self._obeys = True
            self._world.changed.notify_all()


class Heard:
    """All that is told."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.events: list[JobEvent] = []

    def __call__(self, event: JobEvent) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def wait_for(self, count: int, *phases: str) -> bool:
        """Until one of these was told so often."""
        with self._changed:
            return self._changed.wait_for(lambda: sum(one.phase in phases for one in self.events) >= count, LONG_S)


@contextmanager
def at_work(call: Callable[[], Outcome], slow: Slow) -> Iterator[list[Outcome]]:
    ended: list[Outcome] = []
    running = threading.Thread(target=lambda: ended.append(call()), daemon=True)
    running.start()
    try:
        assert slow.reached.wait(LONG_S)
        yield ended
    finally:
        slow.obey()
        running.join(LONG_S)
    assert not running.is_alive()


def work_of(firm: Company, point: Point, heard: Heard, cancel: CancelToken) -> Callable[[], Outcome]:
    model = firm.model()
    if point in ("backup.half", "verify.half"):
        new = BackupRequest(databases=("users",), files=False, requested_by="prueba")
        return lambda: model.backup(new, heard, cancel).outcome
    name = firm.backup("users")
    if point == "restore.half":
        back = RestoreRequest(set=name, databases=("users",), to="vuelta", requested_by="prueba")
        return lambda: model.restore(back, heard, cancel).outcome
    tested = DrillRequest(databases=("users",), requested_by="prueba")
    return lambda: model.drill(tested, heard, cancel).outcome


@pytest.mark.parametrize(
    ("point", "phase"),
    [("backup.half", "server"), ("verify.half", "verify"), ("restore.half", "restore"), ("checkdb.half", "check")],
)
def test_what_still_comes_of_the_work_is_not_told_as_work(firm: Company, point: Point, phase: str) -> None:
    heard, cancel = Heard(), CancelToken()
    call = work_of(firm, point, heard, cancel)
    slow = Slow(firm, point)
    with at_work(call, slow) as ended:
        assert heard.wait_for(2, phase)
        stopping = threading.Thread(target=cancel.cancel, daemon=True)  # the driver may wait until it obeys
        stopping.start()
        assert heard.wait_for(SIGNS, *STAGES), "it is told while the server does not obey"
    stopping.join(LONG_S)
    first = next(number for number, one in enumerate(heard.events) if one.phase == "cancel_asked")
    later = [one.phase for one in heard.events[first:]]

    assert [one.status for one in ended] == [Status.CANCELLED]
    assert phase not in later
    stages = [one for one in later if one in STAGES]
    assert (stages[0], stages[-1]) == (STAGES[0], STAGES[-1])
    assert stages == sorted(stages, key=STAGES.index)
    assert firm.databases() == {"users", "inventario", "auditoria"}
    assert firm.leftovers() == []


class Scripted:
    """A client whose batch comes to what a test says, one after the other; nobody is asked anything."""

    def __init__(self, *happens: int | Phase) -> None:
        self._happens = happens

    def query(self, text: str, **_: object) -> tuple[Row, ...]:
        return ()

    def execute(self, batch: Batch, *, on_message: OnMessage, on_phase: OnPhase, **_: object) -> Executed:
        for one in self._happens:
            if isinstance(one, Phase):
                on_phase(one)
            else:
                on_message(Message(text=f"{one} percent processed.", number=3211))
        return Executed(end=End.CANCELLED)


@given(st.lists(st.one_of(st.integers(0, 100), st.sampled_from(Phase)), max_size=20))
def test_no_stage_is_told_after_a_later_one(happens: list[int | Phase]) -> None:
    told: list[tuple[str, int, int]] = []
    course = Course(phase="server", begin=100, length=50, total=150)
    sqlserver_progress.run(
        Scripted(*happens), Batch(text=""), course, lambda *one: told.append(one), None  # type: ignore[arg-type]
    )  # fmt: skip
    order = ["server", *STAGES]
    stages = [order.index(phase) for phase, _, _ in told]

    assert stages == sorted(stages)
    assert told[0] == ("server", 100, 150)
    assert {(phase, total) for phase, _, total in told} <= {("server", 150), *((one, 50) for one in STAGES)}
    assert max(stages) == max(
        (STAGES.index(f"cancel_{one}") + 1 for one in happens if isinstance(one, Phase)), default=0
    )


def test_who_stops_it_while_he_is_told_of_it_waits_for_nobody() -> None:
    told: list[str] = []
    stop: list[OnPhase] = []

    class Stopped(Scripted):
        def execute(self, batch: Batch, *, on_message: OnMessage, on_phase: OnPhase, **more: object) -> Executed:
            stop.append(on_phase)
            return super().execute(batch, on_message=on_message, on_phase=on_phase, **more)

    def progress(phase: str, done: int, total: int) -> None:
        told.append(phase)
        if done == 40:
            stop[0](Phase.ASKED)
            assert told[-1] == "server", "one after the other"

    running = threading.Thread(
        target=sqlserver_progress.run,
        args=(Stopped(40, 50), Batch(text=""), Course(phase="server", length=100), progress, None),
        daemon=True,
    )
    running.start()
    running.join(LONG_S)
    assert not running.is_alive()
    assert told == ["server", "server", "cancel_asked", "cancel_asked"]
