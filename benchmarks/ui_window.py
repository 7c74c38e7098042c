"""The real program, with somebody at its window who measures: started by `ui.py`, prints one line of JSON."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from qtpy.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QAbstractItemView, QApplication, QWidget

from rexus.modules.backup.base.records import BackupRequest
from rexus.modules.backup.qt import asking, runner
from rexus.modules.backup.qt.window import Window

Wait = Callable[[], bool] | float
Script = Generator[Wait, None, None]
EVERY_S = 0.005
"""So often somebody could click: how long each would have waited is what is counted."""
PATIENCE_S = 120.0


class Painted(QObject):
    """When widgets were painted last."""

    def __init__(self) -> None:
        super().__init__()
        self.at: dict[int, float] = {}
        self.first: float | None = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note it."""
        if event.type() == QEvent.Type.Paint and isinstance(watched, QWidget):
            now = time.monotonic()
            self.at[id(watched)] = now
            if self.first is None:
                self.first = now
        return False


class Waits(QObject):
    """How long the thread of the screens would have let people wait."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []
        self._next = time.monotonic() + EVERY_S
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(1)

    def _tick(self) -> None:
        now = time.monotonic()
        while self._next <= now:
            self.seconds.append(now - self._next)
            self._next += EVERY_S

    def begin(self) -> None:
        """Forget what was before."""
        self.seconds.clear()
        self._next = time.monotonic() + EVERY_S

    def told(self, name: str) -> dict[str, float]:
        """The longest, and that which one in a hundred exceeds."""
        ordered = sorted(self.seconds)
        return {f"{name}_longest": ordered[-1], f"{name}_p99": ordered[int(0.99 * len(ordered))]}


class Person(QObject):
    """Follows a script, a step each time the window has nothing else to do."""

    def __init__(self, script: Script, done: Callable[[], None]) -> None:
        super().__init__()
        self._script, self._done = script, done
        self._wait: Wait = 0.0
        self._since = time.monotonic()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._step)
        self._timer.start(2)

    def _step(self) -> None:
        passed = time.monotonic() - self._since
        if passed > PATIENCE_S:
            raise SystemExit(f"nothing happened for {PATIENCE_S:g} s")
        if not (self._wait() if callable(self._wait) else passed >= self._wait):
            return
        try:
            self._wait = next(self._script)
            self._since = time.monotonic()
        except StopIteration:
            self._timer.stop()
            self._done()


def table_of(window: Window) -> QAbstractItemView:
    """The table of copies."""
    page = window.view.made["sets"]
    return max(page.findChildren(QAbstractItemView), key=lambda one: one.model().rowCount() if one.model() else 0)


def switch(window: Window, painted: Painted, key: str, took: list[float]) -> Script:
    """Click a tab and wait until its screen was painted."""
    tabs = window.view.tabs
    number = next(one for one in range(tabs.count()) if tabs.tabData(one) == key)
    begun = time.monotonic()
    QTest.mouseClick(tabs, Qt.MouseButton.LeftButton, pos=tabs.tabRect(number).center())
    page = window.view.made[key]
    page.installEventFilter(painted)
    page.update()
    yield lambda: painted.at.get(id(page), 0.0) >= begun
    took.append(painted.at[id(page)] - begun)
    yield 0.3


def opening(window: Window, painted: Painted, found: dict[str, float], begun: float) -> Script:
    """The first look."""
    yield lambda: painted.first is not None
    found["first_paint"] = (painted.first or 0.0) - begun
    yield lambda: "summary" in window.view.made and getattr(window.view.made["summary"], "overview", None) is not None
    found["first_figures"] = time.monotonic() - begun


def walking(window: Window, painted: Painted, found: dict[str, float]) -> Script:
    """All tabs, then all of them again."""
    yield lambda: not asking.is_asking()
    yield 3.0  # the charts' library comes by itself
    first: list[float] = []
    again: list[float] = []
    for took in (first, again, again):
        for key in ("sets", "restore", "settings", "log", "summary"):
            yield from switch(window, painted, key, took)
            yield lambda: not asking.is_asking()
    found["switch_first"] = max(first)
    found["switch_again"] = max(again)


def working(window: Window, painted: Painted, waits: Waits, found: dict[str, float]) -> Script:
    """Scroll and look around while three databases are copied."""
    yield from switch(window, painted, "sets", [])
    yield lambda: table_of(window).model().rowCount() >= found["sets"]
    yield 1.0
    table = table_of(window)
    waits.begin()
    desk = window.controller.desk
    order = desk.order("backup", BackupRequest(requested_by="medida", files=False))
    begun, turns = time.monotonic(), 0

    def ended() -> bool:
        work = next(one for one in runner.the_runner().works() if one.id == order)
        return work.state == "ended"

    while not ended():
        turns += 1
        bar = table.verticalScrollBar()
        bar.setValue(bar.maximum() * (turns % 40) // 40)
        QTest.mouseMove(table.viewport(), QPoint(100, 20 + 7 * (turns % 30)))
        if turns % 40 == 0:
            yield from switch(window, painted, "summary" if turns % 80 else "sets", [])
        yield 0.05
    found["work"] = time.monotonic() - begun
    yield lambda: not asking.is_asking()
    yield 2.0
    found.update(waits.told("work"))


def main() -> None:
    """``begun`` is the instant at which this process was started, by the monotonic clock."""
    mode, config, begun, sets = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    found: dict[str, float] = {"sets": sets}
    painted = Painted()
    shown = Window.begin
    kept: list[QObject] = [painted]

    def script(window: Window, waits: Waits) -> Script:
        yield from opening(window, painted, found, begun)
        if mode == "all":
            yield from walking(window, painted, found)
            yield from working(window, painted, waits, found)

    def begin(window: Window, *, hidden: bool = False) -> None:
        window.view.installEventFilter(painted)
        waits = Waits()

        def done() -> None:
            print(json.dumps(found), flush=True)
            QApplication.instance().quit()

        kept.extend((waits, Person(script(window, waits), done)))
        shown(window, hidden=hidden)

    Window.begin = begin  # type: ignore[method-assign]  # whoever measures stands beside the window
    from rexus.modules.backup.qt.app import start

    code = start(config)
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
