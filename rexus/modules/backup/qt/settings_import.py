"""Bring the settings of an earlier program: what would be taken is shown, then waits as changes not saved."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from ..base.records import Problem
from ..base.saying import N_
from ..base.texts import _
from ..config.draft import Draft
from ..config.migrate import Imported, import_old
from . import settings_words as told
from . import telling, words
from .asking import ask
from .guard import guarded
from .settings_paths import Chooser
from .settings_section import Section, hint, whole


class ImportSection(Section):
    """Choose a file, see what it comes to, take it over."""

    key: ClassVar[str] = "import"
    title: ClassVar[str] = N_("Bring older ones")
    icon: ClassVar[str] = "download"

    def __init__(self) -> None:
        super().__init__()
        self.file = ""
        self.found: Imported | None = None
        self.button_file = words.button(_("Choose the older file…"), "", "folder")
        self.button_take = words.button(_("Take these values over"))
        self.chooser = Chooser(self.button_file)
        self.button_file.clicked.connect(self._on_choose)
        self.button_take.clicked.connect(self._on_take)
        self.place = words.label(rx="mono", wrap=True)
        self.place.hide()
        self.result: QVBoxLayout = words.column(gap=10)
        about = words.label(
            _(
                "The backup_config.json of the earlier program, in any of its three forms. Nothing changes before you "
                "save, and the older file stays as it is."
            ),
            "muted",
            wrap=True,
        )
        self.button_take.hide()
        words.column(
            whole(
                words.label(_("Settings of an earlier program"), "h2"), about, words.row(self.button_file, ...),
                self.place, self.result, words.row(self.button_take, ...), gap=10,
            ),
            ..., gap=12, parent=self,
        )  # fmt: skip

    def command(self) -> tuple[str, ...]:
        """See `Section.command`."""
        return ("config", "import", self.file or "FILE")

    def fill(self, draft: Draft) -> None:
        """See `Section.fill`."""
        self.chooser.editable(self.free)
        self.button_take.setEnabled(self.free)

    @guarded
    def _on_choose(self) -> None:
        draft = self.draft
        if draft is None:
            return
        filters = (_("Settings (*.json)"), _("All files (*)"))
        begin = self.file or str(draft.path)
        self.chooser.choose(_("Choose the older file"), begin, self._on_chosen, file=True, filters=filters)

    @guarded
    def _on_chosen(self, path: str) -> None:
        self.look_at(path)

    def look_at(self, path: str) -> None:
        """Read an older file and show what it comes to; changes nothing."""
        draft = self.draft
        if draft is None:
            return
        self.file = path
        present = draft.document.root.plain()
        ask(self, lambda: import_old(Path(path), present), self._show, self._failed, key="import")

    def _show(self, found: Imported) -> None:
        self.found = found
        self._begin()
        if found.taken:
            self.result.addWidget(words.label(_("This would be taken over"), "strong"))
            rows = [(one.old, told.name_of(one.new), _short(one.value)) for one in found.taken]
            self.result.addWidget(_table((_("In that file"), _("Setting here"), _("Value")), rows))
        if found.left:
            self.result.addWidget(words.label(_("This not"), "strong"))
            left = [(one.old, telling.reason(Problem(code=one.why)), "") for one in found.left]
            self.result.addWidget(_table((_("In that file"), _("Because"), ""), left))
        if not found.changes:
            self.result.addWidget(hint(_("Nothing of that file can be taken over.")))
        self.button_take.setVisible(bool(found.changes))

    def _failed(self, problem: Problem) -> None:
        self.found = None
        self._begin()
        said = telling.sentence(problem)
        self.result.addWidget(hint(f"{said.message} {said.fix}", "cross", "danger"))
        self.button_take.hide()

    def _begin(self) -> None:
        words.clear(self.result)
        self.place.setText(self.file)
        self.place.show()

    @guarded
    def _on_take(self) -> None:
        found = self.found
        if found is None:
            return
        for key, value in found.changes.items():
            self.put(tuple(key.split(".")), value)
        self.button_take.hide()
        words.clear(self.result)
        text = _("Taken over. Look at the sections with a dot, then save the changes.")
        self.result.addWidget(hint(text, "tick", "ok"))
        self.overwritten.emit()


def _short(value: object) -> str:
    if isinstance(value, dict):
        parts = [told.value(one) for one in value.values() if not isinstance(one, dict)]
        return ", ".join(one for one in parts if one and one != "–")
    return told.value(value)


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> QWidget:
    held = QWidget()
    grid = QGridLayout(held)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(20)
    grid.setVerticalSpacing(5)
    top = Qt.AlignmentFlag.AlignTop
    for column, text in enumerate(heads):
        grid.addWidget(words.label(text, "meta"), 0, column)
    for number, one in enumerate(rows, 1):
        for column, text in enumerate(one):
            grid.addWidget(words.label(text, "muted" if column == 0 else "", wrap=column > 0), number, column, top)
    grid.setColumnStretch(1, 1)
    grid.setColumnStretch(2, 1 if heads[2] else 0)
    return held
