"""Has the example data made by a process of its own; belongs to the application, not to a page."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from platformdirs import user_data_path
from qtpy.QtCore import QCoreApplication, QObject, QProcess, QProcessEnvironment, Signal

from ..base.records import Problem
from ..base.texts import language
from .desk import PROGRAM
from .guard import guarded

_WITHOUT_ENTRY = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from rexus.modules.backup.cli.main import main; sys.exit(main(sys.argv[1:]))"
)
_PATIENCE_MS = 2000


class ExampleMaker(QObject):
    """At most one example is made at a time."""

    made = Signal(str)
    """The configuration of the example."""
    failed = Signal(object)
    """A `Problem`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None

    @property
    def is_busy(self) -> bool:
        """Whether one is being made."""
        return self._process is not None

    def make(self, folder: Path | None = None) -> None:
        """Make it in ``folder``, by default among the person's own data."""
        if self._process is not None:
            return
        place = folder or user_data_path("rexus-backups", appauthor=False) / "example"
        process = QProcess(self)
        process.setProcessEnvironment(QProcessEnvironment.systemEnvironment())
        words = ["example", str(place), "--json", "--lang", language()]
        begin = [str(PROGRAM)] if PROGRAM.is_file() else ["-c", _WITHOUT_ENTRY, str(PROGRAM.parent)]
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_error)
        self._process = process
        process.start(sys.executable, [*begin, *words])

    def stop(self) -> None:
        """Let it be; what was begun is made anew the next time."""
        process, self._process = self._process, None
        if process is not None:
            process.blockSignals(True)
            process.kill()
            process.waitForFinished(_PATIENCE_MS)
            process.deleteLater()

    @guarded
    def _on_finished(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        told = bytes(process.readAllStandardOutput().data())
        process.deleteLater()
        try:
            answer = json.loads(told)
            place, problems = answer.get("file"), answer.get("problems", [])
        except (ValueError, AttributeError):
            place, problems = None, []
        if isinstance(place, str) and place:
            self.made.emit(place)
        elif problems:
            self.failed.emit(Problem(code=str(problems[0]["code"]), values=problems[0].get("values", {})))
        else:
            self.failed.emit(Problem(code="unexpected"))

    @guarded
    def _on_error(self) -> None:
        process = self._process
        if process is not None and process.error() == QProcess.ProcessError.FailedToStart:
            self._process = None
            why = process.errorString()
            process.deleteLater()
            self.failed.emit(Problem(code="work.unstarted", values={"path": sys.executable, "why": why}))


_makers: list[ExampleMaker] = []


def the_maker() -> ExampleMaker:
    """The one of this process, made in the thread of the screens."""
    if not _makers:
        _makers.append(ExampleMaker())
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(stop)
    return _makers[0]


def stop() -> None:
    """Let go of it."""
    while _makers:
        _makers.pop().stop()
