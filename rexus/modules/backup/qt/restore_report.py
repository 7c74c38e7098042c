"""Saves what a restore has proven as a text that can be printed or sent."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QWidget

from ..base.errors import StoreFailed
from ..base.records import Problem
from ..base.texts import _
from . import asking
from .guard import guarded
from .restore_dialogs import save_dialog


class ReportSaver(QObject):
    """Asks where to, and writes it there."""

    saved = Signal(str)
    failed = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over, self._text = parent, ""

    def ask(self, text: str, name: str) -> None:
        """Ask where the report shall go."""
        self._text = text
        documents = Path.home() / "Documents"
        folder = documents if documents.is_dir() else Path.home()
        stamp = f"{datetime.now(UTC).astimezone():%Y%m%d_%H%M}"
        start = folder / _("restore_{name}_{stamp}.txt").format(name=name, stamp=stamp)
        dialog = save_dialog(self._over, _("Save report"), str(start), _("Save report"))
        dialog.fileSelected.connect(self.write)
        dialog.open()

    @guarded
    def write(self, path: str) -> None:
        """Write it there."""
        if path:
            text = self._text
            asking.ask(self, lambda: _write(Path(path), text), self._on_saved, self._on_failed, key="report")

    def _on_saved(self, path: str) -> None:
        self.saved.emit(path)

    def _on_failed(self, problem: Problem) -> None:
        self.failed.emit(problem)


def _write(path: Path, text: str) -> str:
    """Write a text for people, readable everywhere. Raises `StoreFailed`."""
    try:
        path.write_text(text, "utf-8-sig")
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise StoreFailed("report.unwritten", path=str(path), why=why) from error
    return str(path)
