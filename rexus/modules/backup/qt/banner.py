"""What went wrong, on top of the page: the cause, what is safe, what to do, and a button that does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence, QShortcut
from qtpy.QtWidgets import QApplication, QFrame, QLabel, QPlainTextEdit, QSizePolicy, QWidget

from ..base.errors import BackupError
from ..base.records import Problem
from ..base.texts import _, sentence
from . import banner_words, words
from .guard import guarded

_LABEL = 76
_DETAILS = 88
_MOST = 20
"""Older ones than so many are forgotten."""


@dataclass(slots=True)
class _Told:
    problem: Problem
    mend: str = ""
    act: Callable[[], None] | None = None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def is_of(self, problem: Problem) -> bool:
        """Whether it is the same trouble."""
        return (self.problem.code, self.problem.values) == (problem.code, problem.values)


class Banners(QWidget):
    """At most one banner is shown, the newest; the older ones wait behind "1 of 3"."""

    def __init__(self) -> None:
        super().__init__()
        self._queue: list[_Told] = []
        self._at = 0
        self._frame = QFrame()
        self._frame.setProperty("rx", "banner")
        self._make_words()
        self._make_buttons()
        self._fill()
        words.column(self._frame, margins=(24, 16, 24, 0), parent=self)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self._on_understood)
        self.hide()

    def tell(self, problem: Problem, mend: str = "", act: Callable[[], None] | None = None) -> None:
        """Show a problem; one that is told already comes to the front. ``mend`` are the words of the button."""
        self._queue = [one for one in self._queue if not one.is_of(problem)]
        self._queue.insert(0, _Told(problem, mend, act))
        del self._queue[_MOST:]
        self._at = 0
        self._show()

    def solved(self, code: str) -> None:
        """Take away what was told by this code: it is over."""
        if code in self.codes():
            shown = self._queue[self._at]
            self._queue = [one for one in self._queue if one.problem.code != code]
            self._at = self._queue.index(shown) if shown in self._queue else 0
            self._show()

    def hide_one(self) -> None:
        """Hide the one that is shown, as ✕ does."""
        self._drop()

    def again(self) -> Banners:
        """The same ones in the present language."""
        made = Banners()
        for one in reversed(self._queue):
            made.tell(one.problem, one.mend, one.act)
        return made

    def codes(self) -> frozenset[str]:
        """What is told now, so that nobody says it a second time elsewhere."""
        return frozenset(one.problem.code for one in self._queue)

    def _make_words(self) -> None:
        self._icon = words.icon_label("warning", "danger", 20)
        self._title = words.label(rx="h2", wrap=True)
        self._cause, self._safe, self._fix = (_text() for _number in range(3))
        self._details = QPlainTextEdit()
        self._details.setReadOnly(True)
        self._details.setTabChangesFocus(True)
        self._details.setFixedHeight(_DETAILS)
        words.named(self._details, _("Details"))
        self._details.hide()

    def _make_buttons(self) -> None:
        self._mend = words.button("")
        self._mend.clicked.connect(self._on_mend)
        self._more = words.button(_("See details"), "link")
        self._more.clicked.connect(self._on_more)
        self._copy = words.button(_("Copy"), "link", tip=_("Copy all of this, to send it to somebody"))
        self._copy.clicked.connect(self._on_copy)
        self._understood = words.tool("cross", _("Understood, hide"))
        self._understood.clicked.connect(self._on_understood)
        self._count = words.label(rx="muted")
        self._before = words.tool("chevron-left", _("Previous message"))
        self._before.clicked.connect(self._on_before)
        self._after = words.tool("chevron-right", _("Next message"))
        self._after.clicked.connect(self._on_after)

    def _fill(self) -> None:
        rows = [
            words.row((_named(name), 0), (told, 1), gap=8)
            for name, told in ((_("Cause"), self._cause), (_("Safe"), self._safe), (_("What to do"), self._fix))
        ]
        acts = words.row(self._mend, self._more, self._copy, ..., gap=12)
        body = words.column(self._title, 2, *rows, 4, self._details, 2, acts, gap=2)
        turn = words.row(self._before, self._count, self._after, self._understood, gap=2)
        top = words.column(words.column(2, self._icon, gap=0), ..., gap=0)
        side = words.column(turn, ..., gap=0)
        words.row(top, (body, 1), side, gap=12, margins=(16, 12, 10, 12), parent=self._frame)

    def _show(self) -> None:
        """Show the one at the cursor, or nothing."""
        self.setVisible(bool(self._queue))
        if not self._queue:
            return
        told = self._queue[self._at]
        said, tone = sentence(told.problem), banner_words.tone(told.problem)
        words.set_tone(self._frame, tone)
        self._icon.tell("info" if tone == "info" else "warning", "accent" if tone == "info" else tone)
        self._title.setText(banner_words.title(told.problem))
        for label, text in ((self._cause, said.message), (self._safe, said.safe), (self._fix, said.fix)):
            label.setText(text)
        self._details.setPlainText(banner_words.details(told.problem, told.at))
        self._unfold(open_=False)
        if told.mend and told.act is not None:
            words.retitle(self._mend, told.mend)
        self._mend.setVisible(bool(told.mend) and told.act is not None)
        several = len(self._queue) > 1
        self._count.setText(_("{number} of {count}").format(number=self._at + 1, count=len(self._queue)))
        for one in (self._count, self._before, self._after):
            one.setVisible(several)
        self._before.setEnabled(self._at > 0)
        self._after.setEnabled(self._at + 1 < len(self._queue))
        self._frame.setAccessibleName(self._title.text())
        self._frame.setAccessibleDescription(f"{said.message} {said.safe} {said.fix}")

    def _unfold(self, *, open_: bool) -> None:
        self._details.setVisible(open_)
        words.retitle(self._more, _("Hide details") if open_ else _("See details"))

    @guarded
    def _on_more(self) -> None:
        self._unfold(open_=self._details.isHidden())

    @guarded
    def _on_copy(self) -> None:
        clipboard = QApplication.clipboard()
        if self._queue and clipboard is not None:
            told = self._queue[self._at]
            clipboard.setText(banner_words.whole(told.problem, told.at))

    @guarded
    def _on_mend(self) -> None:
        told = self._queue[self._at]
        self._drop()
        if told.act is not None:
            try:
                told.act()
            except BackupError as error:
                self.tell(error.problem, told.mend, told.act)

    @guarded
    def _on_understood(self) -> None:
        self._drop()

    def _drop(self) -> None:
        if self._queue:
            del self._queue[self._at]
            self._at = min(self._at, max(len(self._queue) - 1, 0))
            self._show()

    @guarded
    def _on_before(self) -> None:
        self._turn(-1)

    @guarded
    def _on_after(self) -> None:
        self._turn(1)

    def _turn(self, by: int) -> None:
        self._at = min(max(self._at + by, 0), len(self._queue) - 1)
        self._show()


def _text() -> QLabel:
    """A sentence that may be copied, and takes the lines it needs."""
    made = words.label(wrap=True)
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


def _named(name: str) -> QWidget:
    """What a sentence is about, at its top left."""
    holder, label = QWidget(), words.label(name, "strong")
    words.column(label, ..., gap=0, parent=holder)
    holder.setMinimumWidth(_LABEL)
    holder.setMaximumWidth(max(_LABEL, label.sizeHint().width()))
    return holder
