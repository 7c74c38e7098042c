"""A window to take pictures of, and the camera. Used by `pictures.py`."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from qtpy.QtCore import QCoreApplication, QEvent, QEventLoop, QSize
from qtpy.QtGui import QImage, QPixmap
from qtpy.QtWidgets import QWidget

from rexus.modules.backup.base.identity import Identity
from rexus.modules.backup.qt import asking, charts, first_course, theme
from rexus.modules.backup.qt.page_summary import SummaryPage
from rexus.modules.backup.qt.runner import Work, the_runner
from rexus.modules.backup.qt.window import Alone, Window

OUT = Path(__file__).resolve().parents[1] / "docs" / "screenshots"
SMALL, LARGE = QSize(1366, 768), QSize(1920, 1080)
IN_BOTH = frozenset({"summary", "sets", "restore-1-what"})
MARTA = Identity(name="marta", host_role="ADMIN")
PATIENCE_S = 120.0
_SLICE_S, _LOOK_S = 0.03, 0.45
_COMMON = 96
"""Of the colours of a picture so many are those that occur most."""


def turn(milliseconds: int = 20) -> None:
    """Let the window do what it has to do."""
    QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, milliseconds)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    time.sleep(0.005)


def until(met: Callable[[], bool], what: str) -> None:
    """Wait for something to become true. Raises `SystemExit` after two minutes."""
    end = time.monotonic() + PATIENCE_S
    while not met():
        if time.monotonic() > end:
            raise SystemExit(f"waited in vain for: {what}")
        turn()


def pause(seconds: float) -> None:
    """Let so much time go by."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        turn()


class Stage:
    """One window in one theme, and the camera."""

    def __init__(self, config: Path, look: str, wanted: frozenset[str]) -> None:
        self.look, self.wanted = look, wanted
        theme.use(look)
        self.window = Window(config, language="es", theme_name=look)
        self.window.controller._source = Alone(config, MARTA)  # whoever takes the pictures is not to be seen in them
        self.window.resize(SMALL)
        self.window.begin()
        self.view, self.desk = self.window.view, self.window.controller.desk
        until(lambda: bool(self.view.current), "the first page")
        self.settle()

    def settle(self) -> None:
        """All that was asked is answered, and drawn."""
        still = 0
        until(lambda: not asking.is_asking(), "an answer")
        while still < 10:
            turn()
            still = 0 if asking.is_asking() or not self._is_drawn() else still + 1

    def go(self, page: str, **what: object) -> QWidget:
        """Show a page, filled."""
        self.desk.go(page, **what)
        self.settle()
        return self.view.made[page]

    def take(self, name: str, widget: QWidget | None = None, arrange: Callable[[], object] = lambda: None) -> None:
        """Save what is seen, in the sizes that are wanted of it; ``arrange`` puts it in place in each."""
        if self.wanted and name not in self.wanted:
            return
        several = (SMALL, LARGE) if name in IN_BOTH else (SMALL,)
        for size in several if widget is None else (widget.size(),):
            if widget is None:
                self.window.resize(size)
                if the_runner().running() is None:
                    self.settle()
                else:
                    pause(0.3)
                arrange()
                turn()
            shot = (widget or self.window).grab()
            save(shot, OUT / f"{name}-{self.look}-{size.width()}x{size.height()}.png")
        self.window.resize(SMALL)
        turn()

    def hold(self, met: Callable[[Work], bool], after: Callable[[], None], slice_s: float = _SLICE_S) -> None:
        """Let the running work go on in small steps until ``met``, do ``after`` meanwhile, then let it end."""
        until(lambda: bool(pid_of()), "a process")
        pid, end = pid_of(), time.monotonic() + PATIENCE_S
        while (work := the_runner().running()) is not None and not met(work) and time.monotonic() < end:
            os.kill(pid, signal.SIGSTOP)
            pause(_LOOK_S if work.parts else 0.0)
            now = the_runner().running()
            if now is not None and met(now):
                break
            os.kill(pid, signal.SIGCONT)
            pause(slice_s)
        try:
            after()
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        until(lambda: the_runner().running() is None, "the end of the work")
        self.settle()

    def leave(self) -> None:
        """No window, no worker, no answer of it is left."""
        self.window.hide()
        self.window.deleteLater()
        the_runner().shutdown()
        asking.stop()
        first_course._courses.clear()
        pause(0.1)

    def _is_drawn(self) -> bool:
        page = self.view.made.get(self.view.current)
        if not isinstance(page, SummaryPage) or page.overview is None or not page.overview.sets:
            return True
        drawn = [one.plot.is_drawn for one in page.charts if one.plot.isVisible()]
        return charts.library().module is not None and bool(drawn) and all(drawn)


def pid_of() -> int:
    """Number of the process that works."""
    work = the_runner().running()
    return work.pid if work is not None else 0


def save(shot: QPixmap, path: Path) -> None:
    """As a PNG of 256 colours: those that occur most, and those that are farthest from all taken before."""
    image = shot.toImage().convertToFormat(QImage.Format.Format_RGB32)
    high, wide = image.height(), image.width()
    held = np.frombuffer(image.constBits(), np.uint32).reshape(high, -1)[:, :wide] & 0xFFFFFF
    colours, places, counts = np.unique(held, return_inverse=True, return_counts=True)
    parts = np.stack([(colours >> shift) & 0xFF for shift in (16, 8, 0)], axis=1).astype(np.int32)
    chosen = list(np.argsort(counts)[::-1][:_COMMON])
    apart = ((parts[:, None, :] - parts[None, chosen, :]) ** 2).sum(axis=2)
    nearest, distance = apart.argmin(axis=1), apart.min(axis=1)
    while len(chosen) < min(256, len(colours)):
        farthest = int(distance.argmax())
        far = ((parts - parts[farthest]) ** 2).sum(axis=1)
        nearest, distance = np.where(far < distance, len(chosen), nearest), np.minimum(far, distance)
        chosen.append(farthest)
    nearest = nearest.astype(np.uint8)[places].reshape(high, wide)
    made = QImage(nearest.tobytes(), wide, high, wide, QImage.Format.Format_Indexed8)
    made.setColorTable([0xFF000000 | int(colours[one]) for one in chosen])
    path.parent.mkdir(parents=True, exist_ok=True)
    if not made.save(str(path), "PNG", 0):
        raise SystemExit(f"can't write {path}")
    print(path.name, path.stat().st_size // 1024, "KiB", flush=True)
