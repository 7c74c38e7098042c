"""Places on the disk: shown whole, written as the file names them, chosen in a dialog."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from qtpy.QtCore import QDir, QUrl
from qtpy.QtWidgets import QFileDialog, QPushButton, QWidget

from ..base.texts import _
from ..config.document import Value
from . import asking, words
from .guard import guarded
from .rows_table import plain_tip
from .settings_fields import TextField


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
        choose(self, self.name or _("Choose a file"), self.box.text(), self._on_chosen, file=self._file)

    @guarded
    def _on_chosen(self, path: str) -> None:
        self.box.setText(QDir.toNativeSeparators(path))
        self._on_text(self.box.text())

    def editable(self, on: bool) -> None:
        """See `Field.editable`."""
        super().editable(on)
        self.button.setEnabled(on)


def choose(  # noqa: PLR0913  what a dialog looks like
    parent: QWidget,
    title: str,
    present: str,
    then: Callable[[str], object],
    *,
    file: bool = False,
    filters: Sequence[str] = (),
) -> None:
    """Have somebody choose a place in a dialog that begins where ``present`` is; ``then`` is a slot that takes it.

    Where to begin is looked for elsewhere first: a share that does not answer holds up nobody.
    """

    def open_at(folder: Path) -> None:
        if parent.isVisible():
            dialog = _dialog(parent, title, folder, file=file)
            if filters:
                dialog.setNameFilters(list(filters))
            dialog.fileSelected.connect(then)
            dialog.open()

    asking.ask(parent, lambda: nearest(present), open_at, key="choose")


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


def _dialog(parent: QWidget, title: str, folder: Path, *, file: bool) -> QFileDialog:
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
    dialog.setDirectoryUrl(QUrl.fromLocalFile(str(folder)))
    return dialog
