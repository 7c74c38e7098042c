"""One database in the settings: its name, its place, what may be lost of it; a file is looked at while one types."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QFrame, QVBoxLayout

from ..base.records import Finding, Problem, Severity
from ..base.texts import _
from . import telling, words
from .findings import FindingRow
from .guard import guarded
from .resting import switch
from .server_words import TONES, fix_of
from .settings_fields import NumberField, TextField, beside, level
from .settings_paths import PathField

if TYPE_CHECKING:
    from .desk import Desk


class DatabaseEntry(QFrame):
    """One database."""

    changed = Signal()
    gone = Signal()

    def __init__(self, name: str, place: str, loss: int | None, folder: Path | None) -> None:
        super().__init__()
        self.line = words.line()
        self.name = TextField(_("Name"), ("name",))
        self.place = _place(folder, place)
        self.loss = NumberField(_("Agreed loss"), ("loss",), unit="h", special=_("general"), width=104)
        self.name.fill(name)
        self.place.fill(place)
        self.loss.fill(loss)
        self.on_server = folder is None
        self.value_name, self.value_place, self.value_loss = name, place, loss
        self.bad = False
        """Whether no database could be read there, when it was looked at last."""
        self.button_try = words.button(_("Test"))
        self.button_try.clicked.connect(self.try_now)
        self.button_gone = words.tool("trash", _("Take this database away"))
        self.button_gone.clicked.connect(self._on_gone)
        self._label_buttons()
        self.name.setFixedWidth(150)
        self.loss.setFixedWidth(140)
        self.findings: QVBoxLayout = words.column(gap=4)
        tried = () if self.on_server else (level(self.button_try),)  # a server is tried as a whole
        first = beside(self.name, (self.place, 1), *tried, self.loss, level(self.button_gone))
        words.column(self.line, first, self.findings, gap=8, margins=(0, 8, 0, 8), parent=self)
        for field in (self.name, self.place, self.loss):
            field.edited.connect(self._on_edited)
        self.desk: Desk | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(300)
        self._soon.timeout.connect(self.look)

    def _label_buttons(self) -> None:
        name = self.value_name
        words.named(self.button_try, _("Test the database {name}").format(name=name))
        words.named(self.button_gone, _("Take {name} away").format(name=name))

    def editable(self, *, on: bool) -> None:
        """Let it be changed, or only be tried."""
        for field in (self.name, self.place, self.loss):
            field.editable(on)
        self.button_gone.setVisible(on)

    @guarded
    def _on_edited(self, key: object, value: object) -> None:
        if key == ("name",):
            self.value_name = str(value)
            self._label_buttons()
        elif key == ("place",):
            self.value_place, self.bad = str(value), False
            self._soon.start()
        else:
            self.value_loss = value if isinstance(value, int) else None
        self.changed.emit()

    @guarded
    def _on_gone(self) -> None:
        self.gone.emit()

    @guarded
    def try_now(self) -> None:
        """Look at it because somebody asked."""
        words.retitle(self.button_try, _("Testing…"))
        switch(self.button_try, on=False)
        self.look()

    @guarded
    def look(self) -> None:
        """Look at it: a file that is not there is told at once."""
        desk, name, place = self.desk, self.value_name, self.value_place
        if desk is None or desk.model is None or not place or self.on_server:
            self._again()
            return
        desk.ask(self, lambda model: model.try_database(name or "?", place), self.show_found, self._failed, key="try")

    def show_found(self, found: tuple[Finding, ...]) -> None:
        """Show what was found of it."""
        self._again()
        words.clear(self.findings)
        for one in found:
            row = self._row(one)
            self.findings.addWidget(row)
            row.show()
        self.bad = any(one.severity is Severity.ERROR for one in found)
        words.set_invalid(self.place.control, self.bad)

    def _row(self, found: Finding) -> QFrame:
        """Of a server with a button that copies what is to be done there."""
        if not self.on_server or self.desk is None or not fix_of(found):
            return finding(found)
        return FindingRow(found, self.desk.copy)

    def _failed(self, problem: Problem) -> None:
        self._again()
        words.clear(self.findings)
        self.findings.addWidget(finding(problem))

    def _again(self) -> None:
        words.retitle(self.button_try, _("Test"))
        self._label_buttons()
        switch(self.button_try, on=True)


def _place(folder: Path | None, before: str) -> TextField:
    """Where a database is: its file, named from ``folder``; without one its name on the server."""
    if folder is None:
        return TextField(_("Name on the server"), ("place",))
    made = PathField(_("File"), ("place",), file=True)
    made.settle(folder, before)
    return made


def finding(found: Finding | Problem, fix: str = "") -> QFrame:
    """What was found, and what to do about it: ``fix``, where this place has a better way than the command line."""
    icon, tone = TONES[found.severity]
    said = telling.sentence(found)
    shown_ = QFrame()
    is_well = found.code == "source.ready"
    message = (
        _("It can be read: {size}").format(size=telling.size(int(found.values["bytes"]))) if is_well else said.message
    )
    texts = [words.label(message, "meta" if is_well else "", "" if tone == "ok" else tone, wrap=True)]
    if found.severity is not Severity.INFO and (fix or said.fix):
        texts.append(words.label(fix or said.fix, "meta", wrap=True))
    mark = words.column(words.icon_label(icon, tone, 16), ..., margins=(0, 2, 0, 0))
    words.row(mark, (words.column(*texts, gap=2), 1), gap=8, parent=shown_)
    return shown_
