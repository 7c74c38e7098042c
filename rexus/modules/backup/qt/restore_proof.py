"""Last step: what is proven, what changed, the way back; or what went wrong, what is safe and what to do."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Qt, QUrl, Signal
from qtpy.QtGui import QDesktopServices
from qtpy.QtWidgets import QFrame, QGridLayout, QSizePolicy, QVBoxLayout

from ..base.records import Outcome, Problem, Severity
from ..base.texts import _, n_
from . import restore_words, telling, words
from .guard import guarded
from .restore_answers import Home, Place
from .restore_facts import Counted, Line, Proof, Undo, causes, failure_title, title_of
from .restore_pane import Pane, Point, wrapped
from .restore_plan import Notes
from .rows_table import plain_tip

_FEW = 5
"""Tables that are shown before somebody asks for all."""
_LINE = 28


class ProofPane(Pane):
    """Built anew for each result."""

    undo_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._lay = words.column(gap=14, parent=self)
        self._counts: tuple[Counted, ...] = ()
        self._rows: QGridLayout | None = None
        self._all = words.button("", "link")
        self._compared = False
        self._folder, self._kept_in = "", ""

    def show_proof(self, home: Home, place: Place, proof: Proof, warnings: tuple[Problem, ...]) -> None:
        """It went well."""
        words.clear(self._lay)
        subtitle = _("It was restored and checked; everybody can work again.")
        if place.kind == "copy":
            subtitle = place.to or ""
        self._hero("ok", "shield-check", title_of(home, place), subtitle, place if not home.server else None)
        cards = words.row((self._checks(proof.checks), 1), gap=16)
        if proof.counts:
            cards.addWidget(self._table(home, proof), 1)
        self._lay.addLayout(cards)
        if warnings:
            notes = Notes()
            notes.tell([("warning", "warn", telling.reason(one)) for one in warnings])
            self._lay.addWidget(notes)
        if proof.undo is not None and not home.undo:
            self._lay.addWidget(self._undo_card(proof.undo))
        kept: list[tuple[str, str, str]] = []
        if proof.kept_set and proof.undo is None:
            told = _("What was there before is in the copy {set}.").format(set=proof.kept_set)
            kept.append(("shield-check", "", told))
        if proof.kept_in:
            self._lay.addWidget(self._kept_card(proof.kept_in, home.safety_days))
        note = Notes()
        note.tell(kept)
        self._lay.addWidget(note)
        self._lay.addStretch(1)

    def show_failure(self, home: Home, outcome: Outcome, undo: Undo | None) -> None:
        """It did not."""
        words.clear(self._lay)
        title, subtitle, tone = failure_title(home, outcome)
        self._hero(tone, "warning" if tone == "warn" else "shield-alert", title, subtitle, None)
        card = words.card(tone)
        inside = words.column(gap=12, margins=(16, 14, 16, 14), parent=card)
        for number, problem in enumerate(causes(outcome)):
            if number:
                inside.addWidget(words.line())
            inside.addLayout(_cause(problem))
        self._lay.addWidget(card)
        if undo is not None:
            self._lay.addWidget(self._undo_card(undo, primary=True))
        self._lay.addStretch(1)

    def _hero(self, tone: str, icon: str, title: str, subtitle: str, place: Place | None) -> None:
        said, under = wrapped("hero"), wrapped("muted")
        said.setText(title)
        under.setText(subtitle)
        under.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        texts = words.column(said, under, gap=1)
        line = words.row(words.Disc(icon, tone), 6, (texts, 1), gap=8)
        if place is not None and place.kind == "copy" and place.to:
            self._folder = str(Path(place.to).parent)
            see = words.button(_("Open the folder"), icon="folder")
            see.clicked.connect(self._on_open)
            line.addWidget(see)
        self._lay.addLayout(line)
        self.setAccessibleName(f"{title}. {subtitle}")

    def _checks(self, lines: tuple[Line, ...]) -> QFrame:
        card = words.card()
        inside = words.column(words.label(_("Checks"), "h2"), 2, gap=8, margins=16, parent=card)
        for one in lines:
            value = words.label(one.value, "meta")
            inside.addLayout(
                words.row(words.icon_label(one.icon, one.token, 20), 2, (wrapped_text(one.words), 1), value)
            )
        inside.addStretch(1)
        card.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        return card

    def _table(self, home: Home, proof: Proof) -> QFrame:
        self._counts, self._compared = proof.counts, proof.compared
        title = _("What changed") if proof.compared else _("Rows restored")
        card = words.card()
        inside = words.column(words.label(title, "h2"), gap=4, margins=16, parent=card)
        self._rows = QGridLayout()
        self._rows.setContentsMargins(0, 4, 0, 0)
        self._rows.setHorizontalSpacing(14)
        self._rows.setVerticalSpacing(0)
        self._rows.setColumnStretch(0, 1)
        inside.addLayout(self._rows)
        self._all = words.button("", "link")
        self._all.clicked.connect(self._on_all)
        inside.addLayout(words.row(self._all, ...))
        inside.addStretch(1)
        self._fill(_FEW)
        card.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        return card

    def _fill(self, most: int) -> None:
        grid = self._rows
        assert grid is not None
        words.clear(grid)
        heads = (_("Table"), _("Before"), _("Now"), _("Difference")) if self._compared else (_("Table"), _("Rows"))
        for column, text in enumerate(heads):
            grid.addWidget(_cell(text, column, "meta"), 0, column)
        for number, one in enumerate(self._counts[:most], 1):
            for column, text in enumerate(_cells(one, compared=self._compared)):
                grid.addWidget(_cell(text, column, ""), number, column)
            grid.setRowMinimumHeight(number, _LINE)
        more = len(self._counts) - most
        count = len(self._counts)
        words.retitle(
            self._all, n_("See the {count} table", "See the {count} tables", count).format(count=telling.count(count))
        )
        self._all.setVisible(more > 0)

    def _undo_card(self, undo: Undo, *, primary: bool = False) -> QFrame:
        card = words.card()
        point = Point("undo", "text2")
        made = telling.when(undo.made)
        if undo.until is not None:
            title = _("You can undo it until {day}").format(day=restore_words.long_date(undo.until))
            days = undo.home.safety_days
            form = n_(
                "The copy of {when} is kept for {count} day, and nobody deletes it before.",
                "The copy of {when} is kept for {count} days, and nobody deletes it before.",
                days,
            )
            point.tell(title, form.format(when=made, count=days))
        else:
            point.tell(_("You can undo it"), _("By the copy of {when}, as long as it is there.").format(when=made))
        press = words.button(_("Undo the restore…"), "primary" if primary else "")
        press.clicked.connect(self._on_undo)
        words.row((point, 1), press, gap=12, margins=(16, 12, 12, 12), parent=card)
        return card

    def _kept_card(self, place: str, days: int) -> QFrame:
        """No set holds replaced files, so that no restore brings them back: they can be fetched where they lie."""
        card, point = words.card(), Point("folder", "text2")
        form = n_(
            "The files that were replaced lie in {path} for {count} day. Copy back from there what you miss.",
            "The files that were replaced lie in {path} for {count} days. Copy back from there what you miss.",
            days,
        )
        point.tell(_("What was replaced is kept"), form.format(path=place, count=days))
        self._kept_in = place if Path(place).is_dir() else str(Path(place).parent)
        see = words.button(_("Open the folder with what was replaced"), icon="folder")
        see.clicked.connect(self._on_see_kept)
        words.row((point, 1), see, gap=12, margins=(16, 12, 12, 12), parent=card)
        return card

    @guarded
    def _on_see_kept(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self._kept_in))

    @guarded
    def _on_undo(self) -> None:
        self.undo_wanted.emit()

    @guarded
    def _on_all(self) -> None:
        self._fill(len(self._counts))

    @guarded
    def _on_open(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self._folder))


def wrapped_text(text: str) -> QFrame:
    """A line of plain text that may break."""
    held = QFrame()
    made = wrapped()
    made.setText(text)
    words.column(made, gap=0, parent=held)
    return held


def _cause(problem: Problem) -> QVBoxLayout:
    """What happened, what is safe, what to do."""
    told = telling.sentence(problem)
    lay = words.column(gap=6)
    parts = ((_("Cause"), told.message), (_("Safe"), told.safe), (_("What to do"), told.fix))
    if problem.severity is Severity.INFO:  # how it was put back: there is nothing to do about that
        parts = ((_("Since then"), told.message), ("", ""), ("", ""))
    for name, text in parts:
        if text:
            value = wrapped()
            value.setText(text)
            label = words.label(name, "strong")
            label.setFixedWidth(84)
            lay.addLayout(words.row(words.column(label, ..., gap=0), (value, 1), gap=8))
    return lay


def _cell(text: str, column: int, rx: str) -> QFrame:
    held = QFrame()
    made = words.label(text, rx)
    side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
    made.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
    if not column:
        made.setToolTip(plain_tip(text))
        made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    words.column(made, gap=0, parent=held)
    return held


def _cells(one: Counted, *, compared: bool) -> list[str]:
    now = telling.count(one.now) if one.now is not None else "–"
    if not compared:
        return [one.table, now]
    before = telling.count(one.before) if one.before is not None else "–"
    change = "–" if one.change is None else "0"
    if one.change:
        change = f"{'+' if one.change > 0 else '−'}{telling.count(abs(one.change))}"
    return [one.table, before, now, change]
