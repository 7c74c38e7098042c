"""Garbage is collected in the thread of the screens alone.

Python's cyclic collector runs in whichever thread happens to allocate. Were that a worker's, widgets that nobody
refers to any more would be destroyed there, which Qt answers with a crash.
"""

from __future__ import annotations

import gc

from qtpy.QtCore import QCoreApplication, QObject, QThread, QTimer

from .guard import guarded

EVERY_MS = 1000
OLD_EVERY = 120
"""The oldest generation takes long where much lives: once in so many turns."""


class _Sweeper(QObject):
    """Collects by a timer of the screens' thread what the automatic collector would have."""

    def __init__(self, application: QCoreApplication) -> None:
        super().__init__(application)
        self._turns = 0
        timer = QTimer(self)
        timer.timeout.connect(self.sweep)
        timer.start(EVERY_MS)

    @guarded
    def sweep(self) -> None:
        """Collect the young; now and then everything."""
        self._turns += 1
        if self._turns % OLD_EVERY == 0:
            gc.collect()
        elif gc.get_count()[0] > gc.get_threshold()[0]:
            gc.collect(1)


_sweepers: list[_Sweeper] = []


def hold_garbage() -> None:
    """From now on no other thread than that of the screens collects; call it there before a worker is started."""
    application = QCoreApplication.instance()
    if application is None or QThread.currentThread() is not application.thread() or application in _owners():
        gc.disable()
        return
    gc.disable()
    _sweepers[:] = [_Sweeper(application)]


def _owners() -> list[QObject | None]:
    return [one.parent() for one in _sweepers]
