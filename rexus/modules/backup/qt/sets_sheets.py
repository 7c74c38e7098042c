"""What is asked before sets are checked or pinned: how deep, and for how long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta

from qtpy.QtCore import QDate, Qt
from qtpy.QtWidgets import QCheckBox, QDateEdit, QLineEdit, QRadioButton, QWidget

from ..base.records import Depth
from ..base.saying import N_
from ..base.texts import _, n_
from . import words
from .guard import guarded
from .sets_rows import Row, date_of
from .sheet import Sheet

_DEPTHS = (
    (Depth.CONTENT, "tick", N_("Content"), N_("Reads every file to its end and compares it with its checksum.")),
    (Depth.ENGINE, "tick-double", N_("Engine"), N_("Also opens every base and has the engine examine it.")),
    (
        Depth.RESTORED,
        "tick-triple",
        N_("Restore test"),
        N_("Restores every base to a place of its own, examines it there and removes it. It proves the most."),
    ),
)
_PIN_DAYS = 30
_LONGEST = 80
"""Characters of the name of a pin."""


class VerifySheet(Sheet):
    """How deep to check."""

    def __init__(
        self, parent: QWidget, rows: Sequence[Row], act: Callable[[Depth], object], *, may_test: bool = True
    ) -> None:
        title = n_("Check {count} backup", "Check {count} backups", len(rows)).format(count=len(rows))
        if len(rows) == 1:
            title = _("Check the backup of {date}").format(date=date_of(rows[0]))
        super().__init__(parent, title)
        self._act_with = act
        self.choices: dict[Depth, QRadioButton] = {}
        for depth, icon, told, meaning in _DEPTHS:
            choice = words.named(QRadioButton(_(told)), _(told))
            choice.setToolTip(_(meaning))
            choice.setEnabled(depth is not Depth.RESTORED or may_test)
            choice.setAccessibleDescription(_(meaning))
            self.choices[depth] = choice
            mark = words.row(words.icon_label(icon, "ok", 20), choice, ..., gap=8)
            explained = words.row(56, (words.label(_(meaning), "muted", wrap=True), 1), gap=0)
            self.body.addLayout(words.column(mark, explained, gap=1))
        self.choices[Depth.ENGINE].setChecked(True)
        self.add_main(n_("Check it", "Check them", len(rows)), self._on_main, icon="play")

    @property
    def how_deep(self) -> Depth:
        """What is chosen."""
        return next(depth for depth, choice in self.choices.items() if choice.isChecked())

    def ask(self, first: QWidget | None = None) -> None:
        """Show it, with the keyboard on what is chosen."""
        super().ask(first or self.choices[self.how_deep])

    def _on_main(self) -> None:
        self._act_with(self.how_deep)


class PinSheet(Sheet):
    """Under what name to keep sets, and until when."""

    def __init__(self, parent: QWidget, rows: Sequence[Row], act: Callable[[str, datetime | None], object]) -> None:
        title = n_("Pin {count} backup", "Pin {count} backups", len(rows)).format(count=len(rows))
        if len(rows) == 1:
            title = _("Pin the backup of {date}").format(date=date_of(rows[0]))
        super().__init__(parent, title, 420)
        self._act_with = act
        self.name = words.named(QLineEdit(), _("What it is kept for"))
        self.name.setPlaceholderText(_("For example: before the update"))
        self.name.setMaxLength(_LONGEST)
        self.has_end = QCheckBox(_("Only until"))
        words.named(self.has_end, _("Only until a day"))
        self.end = words.named(QDateEdit(), _("Last day"))
        self.end.setDisplayFormat("dd/MM/yyyy")
        self.end.setMinimumDate(QDate.currentDate())
        self.end.setDate(QDate.currentDate().addDays(_PIN_DAYS))
        self.end.setFixedSize(130, 32)
        field = self.end.lineEdit()
        if field is not None:
            field.setTextMargins(8, 0, 0, 0)
        self.end.setEnabled(False)
        self.has_end.toggled.connect(self._on_end)
        self._fill_in(rows)
        self.body.addLayout(words.column(words.label(_("What it is kept for")), self.name, gap=6))
        self.body.addLayout(words.row(self.has_end, self.end, ..., gap=8))
        self.body.addWidget(words.label(_("While it is pinned no rule and nobody deletes it."), "meta", wrap=True))
        self.add_main(n_("Pin it", "Pin them", len(rows)), self._on_main, icon="pin")

    @property
    def until(self) -> datetime | None:
        """The end, which is the last second of its day; None: it has none."""
        if not self.has_end.isChecked():
            return None
        day = self.end.date()
        return datetime.combine(datetime(day.year(), day.month(), day.day()), time(23, 59, 59)).astimezone()

    def ask(self, first: QWidget | None = None) -> None:
        """Show it, with the keyboard in the name."""
        super().ask(first or self.name)
        self.name.selectAll()

    def _fill_in(self, rows: Sequence[Row]) -> None:
        """What a single set is pinned with already."""
        if len(rows) != 1 or not rows[0].why.pinned:
            return
        one = rows[0].summary
        self.name.setText(one.pinned or "")
        if one.pinned_until:
            until = datetime.fromisoformat(one.pinned_until).astimezone() - timedelta(seconds=1)
            self.has_end.setChecked(True)
            self.end.setDate(QDate(until.year, until.month, until.day))

    @guarded
    def _on_end(self) -> None:
        self.end.setEnabled(self.has_end.isChecked())
        if self.has_end.isChecked():
            self.end.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_main(self) -> None:
        self._act_with(" ".join(self.name.text().split()), self.until)
