"""While the server works somebody is told of it again and again, however long one step of the server takes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlserver_double.world_faults import Point
from support.sqlserver import Company, company

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.records import BackupRequest, JobEvent, Outcome, Status

pytest.importorskip("pyodbc", reason="no libodbc on this system")
STEPS: tuple[Point, ...] = ("backup.begun", "backup.half", "backup.end", "verify.half")
SIGNS = 3
"""Of life, that must come during one step."""


class Signs:
    """Counts what is told."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._events: list[JobEvent] = []

    def __call__(self, event: JobEvent) -> None:
        with self._changed:
            self._events.append(event)
            self._changed.notify_all()

    def comes_again(self, phase: str) -> bool:
        """Wait until so many more have come, all of that phase."""
        with self._changed:
            before = len(self._events)
            came = self._changed.wait_for(lambda: len(self._events) >= before + SIGNS, 60)
            return came and {one.phase for one in self._events[before:]} == {phase}


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path, "odbc") as made:
        yield made


def test_a_backup_that_stands_still_goes_on_telling(firm: Company) -> None:
    holds = [(step, firm.world.faults.hold(step)) for step in STEPS]
    signs, ended = Signs(), list[Outcome]()

    def run() -> None:
        request = BackupRequest(databases=("users",), files=False, requested_by="prueba")
        ended.append(firm.model().backup(request, signs, CancelToken()).outcome)

    running = threading.Thread(target=run)
    running.start()
    try:
        for step, hold in holds:
            assert hold.reached.wait(60)
            assert signs.comes_again("verify" if step.startswith("verify") else "server"), step
            hold.release()
    finally:
        firm.world.faults.clear()
        running.join()
    assert [one.status for one in ended] == [Status.OK]
