"""Places on the disk: shown whole, written as the file names them, chosen in a dialog."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from qtpy.QtCore import QDir, QObject, QTimer, QUrl
from qtpy.QtWidgets import QFileDialog, QPushButton, QWidget

from ..base.records import Problem
from ..base.texts import _
from ..config.document import Value
from . import asking, words
from .guard import guarded
from .resting import Resting
from .restore_dialogs import in_our_words
from .rows_table import plain_tip
from .settings_fields import TextField

PATIENCE_MS = 2000
"""So long a disk or share may take to say where a dialog can begin; then it begins at home."""
_one_at_a_time = threading.Lock()
"""Held while a disk is asked where a dialog can begin: one that hangs keeps one worker, whoever clicks how often."""


def shown(value: str, folder: Path) -> str:
    """A place that settings in ``folder`` name, whole."""
    try:
        return os.path.abspath(folder / Path(value).expanduser())  # noqa: PTH100  links stay links
    except (RuntimeError, ValueError):  # somebody's home that there is not
        return value


def written(text: str, folder: Path, before: str) -> str:
    """What was typed, as the settings in ``folder`` name it: below that folder without it."""
    if text == shown(before, folder):
        return before
    path = Path(text)
    if not text or not path.is_absolute():
        return text
    inside = Path(os.path.abspath(path))  # noqa: PTH100  links stay links
    home = Path(os.path.abspath(folder))  # noqa: PTH100
    return inside.relative_to(home).as_posix() if inside.is_relative_to(home) else text


class PathField(TextField):
    """A folder or a file, typed or chosen."""

    def __init__(self, name: str, key: tuple[str, ...], *extra: words.Item, file: bool = False, note: str = "") -> None:
        self.button: QPushButton = words.button(_("Choose…"))
        super().__init__(name, key, self.button, *extra, note=note)
        words.named(self.button, _("Choose: {name}").format(name=name) if name else _("Choose a file"))
        self.folder = Path()
        self._before = ""
        self._file = file
        self.chooser = Chooser(self.button)
        self.button.clicked.connect(self._on_choose)

    def settle(self, folder: Path, before: str) -> None:
        """The folder that relative places start at, and what the file says."""
        self.folder, self._before = folder, before

    def put(self, value: Value) -> None:
        """Show a place, whole; what is being typed stays as it is."""
        told = value if isinstance(value, str) else ""
        if written(self.box.text().strip(), self.folder, self._before) != told or not told:
            self.box.setText(shown(told, self.folder) if told else "")
            self.box.setCursorPosition(0)
        self.box.setToolTip(plain_tip(self.box.text()))

    @guarded
    def _on_text(self, text: str) -> None:
        self.say(written(text.strip(), self.folder, self._before))

    @guarded
    def _on_choose(self) -> None:
        title = self.name or _("Choose a file")
        self.chooser.choose(title, self.box.text(), self._on_chosen, file=self._file)

    @guarded
    def _on_chosen(self, path: str) -> None:
        self.box.setText(QDir.toNativeSeparators(path))
        self._on_text(self.box.text())

    def editable(self, on: bool) -> None:
        """See `Field.editable`."""
        super().editable(on)
        self.chooser.editable(on)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a dialog is to look like, and the slot that takes what is chosen in it."""

    title: str
    then: Callable[[str], object]
    file: bool
    filters: tuple[str, ...]


class Chooser(QObject):
    """Has somebody choose a place in a dialog; its button rests until that opens.

    Where it begins is looked for elsewhere first: a share that does not answer holds up nobody, and is not waited for
    longer than `PATIENCE_MS`.
    """

    def __init__(self, button: QPushButton) -> None:
        super().__init__(button)
        self._button, self._rest, self._may = button, Resting(button), True
        self._wanted: _Wanted | None = None
        """The dialog that is to open; None: nobody waits for one."""
        self.patience = QTimer(self)
        self.patience.setSingleShot(True)
        self.patience.setInterval(PATIENCE_MS)
        self.patience.timeout.connect(self._on_late)

    def editable(self, on: bool) -> None:
        """Let somebody choose, or not; a button that rests does so until its dialog opens."""
        self._may = on
        self._button.setEnabled(on and self._wanted is None)

    def choose(
        self,
        title: str,
        present: str,
        then: Callable[[str], object],
        *,
        file: bool = False,
        filters: Sequence[str] = (),
    ) -> None:
        """Open a dialog where ``present`` is, or as near to it as there is a folder; not a second one meanwhile."""
        if self._wanted is not None:
            return
        self._wanted = wanted = _Wanted(title, then, file, tuple(filters))
        self._rest.rest(_("Looking…"))
        self.patience.start()

        def look() -> Path:
            return _begins(present) if self._wanted is wanted else Path.home()

        def begin(folder: Path) -> None:
            self._open(wanted, str(folder))

        def begin_at_home(_problem: Problem) -> None:
            self._open(wanted, QDir.homePath())

        asking.ask(self, look, begin, begin_at_home, key="choose")

    @guarded
    def _on_late(self) -> None:
        if self._wanted is not None:
            self._open(self._wanted, QDir.homePath())

    def _open(self, wanted: _Wanted, folder: str) -> None:
        if self._wanted is not wanted:  # its dialog is open already
            return
        self._wanted = None
        self.patience.stop()
        self._rest.rise()
        self._button.setEnabled(self._may)
        if self._button.isVisible():
            dialog = _dialog(self._button, wanted.title, folder, file=wanted.file)
            if wanted.filters:
                dialog.setNameFilters(list(wanted.filters))
            dialog.fileSelected.connect(wanted.then)
            dialog.finished.connect(dialog.deleteLater)
            dialog.open()


def _begins(present: str) -> Path:
    """Where a dialog begins; at home where the disk is still being asked for another one."""
    if not _one_at_a_time.acquire(blocking=False):
        return Path.home()
    try:
        return nearest(present)
    finally:
        _one_at_a_time.release()


def nearest(present: str) -> Path:
    """The folder that is there and nearest to a place, else the person's own. Asks the disk."""
    begin = Path(present) if present and not present.startswith("~") else Path.home()
    return next((one for one in (begin, *begin.parents) if _is_folder(one)), Path.home())


def _is_folder(path: Path) -> bool:
    """Whether it is one that somebody may look at."""
    try:
        return path.is_dir()
    except OSError:  # below a folder that is closed to us
        return False


def _dialog(parent: QWidget, title: str, folder: str, *, file: bool) -> QFileDialog:
    dialog = QFileDialog(parent.window(), title)
    mode = QFileDialog.FileMode
    dialog.setFileMode(mode.ExistingFile if file else mode.Directory)
    if not file:
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    label = QFileDialog.DialogLabel
    dialog.setLabelText(label.LookIn, _("Look in"))
    dialog.setLabelText(label.FileName, _("File") if file else _("Folder"))
    dialog.setLabelText(label.FileType, _("Kind"))
    dialog.setLabelText(label.Accept, _("Choose file") if file else _("Choose folder"))
    dialog.setLabelText(label.Reject, _("Cancel"))
    in_our_words(dialog)
    dialog.setDirectoryUrl(QUrl.fromLocalFile(folder))
    return dialog
