"""The pane beside the table: one set in full, or what several have in common. Its widgets are made once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from qtpy.QtCore import QSize, Qt, QTimer, Signal
from qtpy.QtGui import QKeyEvent, QResizeEvent
from qtpy.QtWidgets import QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from ..base.records import Origin, Problem
from ..base.texts import _, n_, person
from . import telling, words
from .guard import guarded
from .rows_table import plain_tip
from .sets_facts import Facts, Line, Stored, bases, read
from .sets_rows import Row, date_of, sentence_case

if TYPE_CHECKING:
    from .desk import Desk

NARROW_PANE, WIDE_PANE = 276, 336
_LATE_MS = 200
"""After so long without an answer the old one is taken away."""


class Elided(QLabel):
    """Plain text that leaves out its middle or its end where there is no room."""

    def __init__(self, rx: str = "", mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._whole, self._mode = "", mode
        if rx:
            self.setProperty("rx", rx)

    def tell(self, text: str, tip: str = "") -> None:
        """Show another text; the whole of it is its name for readers."""
        self._whole = text
        self.setAccessibleName(text)
        self.setToolTip(plain_tip(tip))
        self._fit()

    @property
    def whole(self) -> str:
        """The text, nothing left out."""
        return self._whole

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out as little as there must be."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        told = self.fontMetrics().elidedText(self._whole, self._mode, self.width())
        if told != self.text():
            self.setText(told)

    def sizeHint(self) -> QSize:
        """One line high, as wide as there is room."""
        return QSize(40, self.fontMetrics().height() + 2)

    def minimumSizeHint(self) -> QSize:
        """The same."""
        return self.sizeHint()


class _MarkLine(QWidget):
    """Icon, words, figure at the right; without a figure the words may take several lines."""

    def __init__(self) -> None:
        super().__init__()
        self._icon = words.icon_label("", size=20)
        self._text = words.label(wrap=True)
        self._name = Elided()
        self._right = words.label("", "meta")
        mark = words.column(self._icon, ..., gap=0)
        words.row(mark, (self._text, 1), (self._name, 1), self._right, gap=8, parent=self)

    def tell(self, line: Line) -> None:
        is_named = bool(line.right)
        self._icon.tell(line.icon, line.token)
        self._icon.setVisible(bool(line.icon))
        self._name.setVisible(is_named)
        self._text.setVisible(not is_named)
        if is_named:
            self._name.tell(line.text, line.tip)
        else:
            self._text.setText(words.breakable(line.text))
            self._text.setAccessibleName(line.text)
            words.set_rx(self._text, "" if line.icon else "muted")
        self._right.setText(line.right)
        self._right.setVisible(is_named)
        self.setToolTip(plain_tip(line.tip))
        self.setAccessibleName(" ".join(filter(None, (line.text, line.right, line.tip))))


class _FileLine(QWidget):
    """A file's name, its checksum, and a button that copies both."""

    def __init__(self, copy: Callable[[str], None]) -> None:
        super().__init__()
        self._copy, self._copied = copy, ""
        self._name = Elided("mono", Qt.TextElideMode.ElideMiddle)
        self._meta = words.label("", "meta")
        self._button = words.tool("copy", _("Copy path and checksum"))
        self._button.clicked.connect(self._on_copy)
        words.row((words.column(self._name, self._meta, gap=2), 1), self._button, gap=4, parent=self)

    def tell(self, one: Stored) -> None:
        self._name.tell(one.name, one.tip)
        self._meta.setText(one.meta)
        self._meta.setToolTip(plain_tip(one.tip))
        self._copied = one.copied
        self._button.setAccessibleName(_("Copy path and checksum of {file}").format(file=one.name))

    @guarded
    def _on_copy(self) -> None:
        self._copy(self._copied)


class _Section(QWidget):
    """A title, perhaps a link at its right, and lines below, made as they are needed and used again."""

    def __init__(self, title: str, link: str = "") -> None:
        super().__init__()
        self.link = words.button(link, "link") if link else None
        head = words.row(words.label(title, "strong"), ..., *((self.link,) if self.link else ()), gap=8)
        self._below = QVBoxLayout()
        self._below.setSpacing(5)
        self._lines: list[_MarkLine] = []
        words.column(words.line(), 2, head, self._below, gap=8, parent=self)
        words.named(self, title)

    def tell(self, lines: Sequence[Line]) -> None:
        """Show these lines; without any the section is not there."""
        while len(self._lines) < len(lines):
            made = _MarkLine()
            self._lines.append(made)
            self._below.addWidget(made)
        for widget, line in zip(self._lines, lines, strict=False):
            widget.tell(line)
            widget.show()
        for widget in self._lines[len(lines) :]:
            widget.hide()
        self.setVisible(bool(lines))


class _Files(_Section):
    """The stored files, and what else was copied."""

    def __init__(self, copy: Callable[[str], None]) -> None:
        super().__init__(_("Files"), _("Open folder"))
        self._copy = copy
        self._files: list[_FileLine] = []
        self._stack = QVBoxLayout()
        self._stack.setSpacing(6)
        self._below.addLayout(self._stack)

    def fill(self, files: Sequence[Stored], copies: Sequence[str]) -> None:
        """Show files and what was copied beside them."""
        while len(self._files) < len(files):
            made = _FileLine(self._copy)
            self._files.append(made)
            self._stack.addWidget(made)
        for widget, one in zip(self._files, files, strict=False):
            widget.tell(one)
            widget.show()
        for widget in self._files[len(files) :]:
            widget.hide()
        self.tell([Line(text) for text in copies])
        self.setVisible(bool(files or copies))


class SetsDetail(QFrame):
    """The pane. It asks for the rest of a set itself; until that comes it shows what its row knows."""

    restore_wanted = Signal()
    verify_wanted = Signal()
    pin_wanted = Signal()
    unpin_wanted = Signal()
    delete_wanted = Signal()
    folder_wanted = Signal()
    log_wanted = Signal(str)
    menu_wanted = Signal()
    left = Signal()
    """Back to the table."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("rx", "card")
        self.desk: Desk | None = None
        self.facts: Facts | None = None
        self._row: Row | None = None
        self._make_head()
        self._make_sections()
        inner = QWidget()
        words.column(
            self.bases, self.checks, self.why, self.files, self.warnings, self.log, ...,
            gap=12, margins=(16, 0, 16, 16), parent=inner,
        )  # fmt: skip
        inner.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # never wider than the pane
        self._inner = inner
        self._area = words.scroll(inner)
        bar = self._area.verticalScrollBar()
        if bar is not None:
            bar.rangeChanged.connect(self._on_range)
        top = words.column(
            words.row((self.title, 1), self.more, gap=4), self.about, 6, self.buttons, gap=2, margins=(16, 12, 12, 0)
        )
        words.column(top, 12, (self._area, 1), gap=0, margins=(1, 1, 1, 1), parent=self)
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(_LATE_MS)
        self._late.timeout.connect(self._on_late)
        self.setAccessibleName(_("Details of the backup"))
        self.show_rows([])

    def _make_head(self) -> None:
        self.title = words.label("", "h2", wrap=True)
        self.about = words.label("", "meta", wrap=True)
        self.more = words.tool("more", _("More"))
        self.restore = words.button(_("Restore…"), "primary", "restore")
        self.verify = words.button(_("Check…"))
        self.pin = words.button(_("Pin…"))
        self.delete = words.button(_("Delete…"))
        self.buttons = words.column(
            words.row(self.restore, self.verify, self.pin, ..., gap=8), words.row(self.delete, ...), gap=8
        )
        for button, wish in (
            (self.restore, self.restore_wanted),
            (self.verify, self.verify_wanted),
            (self.pin, self.pin_wanted),
            (self.delete, self.delete_wanted),
            (self.more, self.menu_wanted),
        ):
            button.clicked.connect(wish)

    def _make_sections(self) -> None:
        self.bases = _Section(_("Bases"))
        self.checks = _Section(_("Checks"))
        self.why = _Section(_("Kept because of"), _("Pin…"))
        self.files = _Files(self._copy)
        self.warnings = _Section(_("Warnings"))
        self.log = _Section(_("Log of the backup"), _("See it all"))
        for section, slot in ((self.why, self._on_pin), (self.log, self._on_log)):
            if section.link is not None:
                section.link.clicked.connect(slot)
        if self.files.link is not None:
            self.files.link.clicked.connect(self.folder_wanted)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show one set, several, or none; costs next to nothing."""
        one = rows[0] if len(rows) == 1 else None
        self._row = one
        for button, shown in ((self.restore, one), (self.more, rows), (self.verify, rows)):
            button.setVisible(bool(shown))
        self.pin.setVisible(len(rows) > 1)
        self.delete.setVisible(len(rows) > 1)
        if one is None:
            self._late.stop()
            self.facts = None
            for section in (self.bases, self.checks, self.why, self.files, self.warnings, self.log):
                section.hide()
            self._tell_several(rows)
            return
        self.title.setText(date_of(one))
        self.about.setText(_about(one))
        self.bases.tell(bases(one))
        self._tell_why(one)
        if self.facts is None or self.facts.name != one.name:
            self._late.start()
        if self.desk is not None:
            self.desk.ask(self, lambda model: read(model, one), self._show_facts, self._show_problem, "detail")

    def _tell_several(self, rows: Sequence[Row]) -> None:
        if not rows:
            self.title.setText(_("No backup is chosen"))
            self.about.setText(_("Choose one to see its bases, checks and files."))
            return
        self.title.setText(n_("{count} backup", "{count} backups", len(rows)).format(count=len(rows)))
        total = telling.size(sum(row.summary.stored_bytes for row in rows))
        first, last = min(rows, key=lambda row: row.at), max(rows, key=lambda row: row.at)
        told = _("{size}, from {first} to {last}")
        self.about.setText(told.format(size=total, first=first.when, last=last.when))
        counts: dict[tuple[str, str, str], int] = {}
        for row in rows:
            counts[row.mark] = counts.get(row.mark, 0) + 1
        lines = [
            Line(sentence_case(mark[2]), mark[0], mark[1], telling.count(number)) for mark, number in counts.items()
        ]
        self.bases.hide()
        self.checks.tell(lines)

    def _tell_why(self, one: Row) -> None:
        lines = [Line(text) for text in one.why.lines or ((one.why.text,) if one.why.text else ())]
        if one.why.icon and lines:
            lines[0] = replace(lines[0], icon=one.why.icon, token=one.why.token)
        self.why.tell(lines or [Line("–")])
        if self.why.link is not None:
            words.retitle(self.why.link, _("Unpin") if one.why.pinned else _("Pin…"))

    def allow(self, *, restore: bool, verify: bool, pin: bool, delete: bool, folder: bool) -> None:
        """Which buttons can be pressed."""
        self.restore.setEnabled(restore)
        self.verify.setEnabled(verify)
        self.pin.setEnabled(pin)
        self.delete.setEnabled(delete)
        for section, may in ((self.why, pin), (self.files, folder)):
            if section.link is not None:
                section.link.setEnabled(may)

    def _show_facts(self, facts: Facts) -> None:
        if self._row is None or facts.name != self._row.name:
            return
        self._late.stop()
        self.facts = facts
        self.checks.tell(facts.checks)
        self.files.fill(facts.files, facts.copies)
        self.warnings.tell(facts.warnings)
        log = [Line(text) for text in facts.log]
        if facts.more_log:
            told = n_("and {count} line before", "and {count} lines before", facts.more_log)
            log.insert(0, Line(told.format(count=telling.count(facts.more_log))))
        self.log.tell(log)

    def _show_problem(self, problem: Problem) -> None:
        """It can't be read, or is gone by now."""
        self._late.stop()
        self.facts = None
        for section in (self.checks, self.files, self.log):
            section.hide()
        self.warnings.tell([Line(telling.reason(problem), "warning", "warn")])

    def _copy(self, text: str) -> None:
        if self.desk is not None:
            self.desk.copy(text)

    @guarded
    def _on_range(self, _least: int, most: int) -> None:
        """Lines keep their width, with or without the bar beside them."""
        lay = self._inner.layout()
        if lay is not None:
            lay.setContentsMargins(16, 0, 4 if most else 16, 16)

    @guarded
    def _on_late(self) -> None:
        self.facts = None
        for section in (self.checks, self.files, self.warnings, self.log):
            section.hide()

    @guarded
    def _on_pin(self) -> None:
        wish = self.unpin_wanted if self._row is not None and self._row.why.pinned else self.pin_wanted
        wish.emit()

    @guarded
    def _on_log(self) -> None:
        if self._row is not None:
            self.log_wanted.emit(self._row.name)

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc goes back to the table."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)


def _about(one: Row) -> str:
    """Kind, origin and how long it took, in one line."""
    origin = one.origin[:1].lower() + one.origin[1:]
    user = person(one.summary.requested_by)
    if user and user not in origin and one.summary.origin is not Origin.SCHEDULED:
        origin = _("{origin}, ordered by {user}").format(origin=origin, user=user)
    return " · ".join(filter(None, (one.kind, origin, one.span if one.summary.seconds else "")))
