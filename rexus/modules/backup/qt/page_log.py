"""Registro: what the program writes down, as it writes it, and the trail of who did what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from qtpy.QtCore import QSignalBlocker, Qt, QTimer
from qtpy.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from qtpy.QtWidgets import QCheckBox, QStackedLayout, QWidget

from ..base.masking import Mask
from ..base.records import Problem
from ..base.saying import N_
from ..base.texts import _, n_
from ..config.roles import Right
from . import telling, words
from .guard import guarded
from .log_audit import Chain, Deed, prove
from .log_audit import read as read_audit
from .log_bar import LogBar, about_here
from .log_lines import Part, Place, read_day, read_first, read_on
from .log_table import LinesTable, audit_columns, log_columns
from .page import Page

if TYPE_CHECKING:
    from ..model import BackupModel

_EVERY_MS = 1000
_HIDDEN = N_("Keys and passwords are hidden when it is copied.")


class LogPage(Page):
    """The page of the log and of the trail."""

    key: ClassVar[str] = "log"

    def __init__(self) -> None:
        super().__init__()
        self._place = Place()
        self._asked = False
        self._turn = 0
        """Counts how often the log was begun anew: answers of an earlier turn are late."""
        self._to_focus = False
        self._shown_of: BackupModel | None = None
        self.bar = LogBar()
        self.live = LinesTable(log_columns(), _("Log"))
        self.audit = LinesTable(audit_columns(), _("Audit trail"))
        self.nothing = words.label(_("Nothing is written there yet."), "muted")
        self._nothing = QWidget()
        words.column(..., words.row(..., self.nothing, ...), ..., parent=self._nothing)
        self._make_chain()
        middle = QWidget()
        self._stack = QStackedLayout(middle)
        for one in (self.live, self.audit, self._nothing):
            self._stack.addWidget(one)
        self.follow = QCheckBox(_("Follow what is new"))
        self.follow.setChecked(True)
        self.note = words.label(_(_HIDDEN), "meta")
        foot = words.row(self.follow, ..., self.note, gap=12)
        words.column(self.bar, self.chain, (middle, 1), foot, gap=12, margins=(24, 16, 24, 12), parent=self)
        self._connect()
        self._show_mode()

    def _make_chain(self) -> None:
        """Whether the trail is whole, and what is wrong with it."""
        self.chain = QWidget()
        self.chain_state = words.Chip()
        self.chain_why = words.label("", "muted", wrap=True)
        self.prove_again = words.button(_("Check again"), "link")
        words.row(self.chain_state, (self.chain_why, 1), self.prove_again, gap=12, parent=self.chain)

    def _connect(self) -> None:
        self._tick = QTimer(self)
        self._tick.setInterval(_EVERY_MS)
        self._tick.timeout.connect(self.read_on)
        self.bar.mode_chosen.connect(self._on_mode)
        self.bar.wanted.connect(self._on_filter)
        self.bar.day_chosen.connect(self._on_day)
        self.follow.toggled.connect(self._on_follow)
        self.live.followed.connect(self._on_followed)
        self.bar.support.clicked.connect(self._on_support)
        self.prove_again.clicked.connect(self._on_prove)
        for keys, slot in ((QKeySequence("Ctrl+F"), self._on_find), (QKeySequence("Ctrl+C"), self._on_copy)):
            shortcut = QShortcut(keys, self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot)

    def refresh(self) -> None:
        """Read what is shown anew."""
        desk = self.desk
        if desk is None or desk.model is None or not desk.may(Right.LOOK):
            self._show_nothing(self._without_lines())
            return
        self.bar.offer_bases(desk.model.loaded.database_names)
        if self.is_audit:
            desk.ask(self, read_audit, self._show_audit, self._show_problem, key="audit")
            self._on_prove()
        elif self.bar.chosen_day is not None:
            day = self.bar.chosen_day
            self._begin_anew(desk.model)
            desk.ask(self, lambda model: read_day(model, day), self._show_first, self._show_problem, key="log")
        elif self._place.path is None or self._shown_of is not desk.model:
            self._begin_anew(desk.model)
            desk.ask(self, read_first, self._show_first, self._show_problem, key="log")
        else:
            self.read_on()
        self._follow_on()

    def _begin_anew(self, model: BackupModel) -> None:
        self._turn += 1
        self._asked, self._place, self._shown_of = True, Place(), model

    def _follow_on(self) -> None:
        """Look again and again, where there may be something new to be seen."""
        if self.isVisible() and not self.is_audit and self.bar.chosen_day is None:
            self._tick.start()
        else:
            self._tick.stop()

    def opened(self, **what: object) -> None:
        """``search``: look for that; the name of an earlier set shows the log of its day."""
        text = what.get("search")
        if isinstance(text, str) and text:
            self.bar.look_for(text)
            self.follow.setEnabled(self.bar.chosen_day is None)
            self._show_mode()
            self._on_filter()
            self.refresh()
        self._to_focus = not self.bar.search.hasFocus()
        self._show_table()
        self._follow_on()

    def leaving(self) -> None:
        """Nobody looks: nothing is read."""
        self._tick.stop()

    @guarded
    def hideEvent(self, event: QHideEvent) -> None:
        """The same."""
        super().hideEvent(event)
        self._tick.stop()

    @guarded
    def showEvent(self, event: QShowEvent) -> None:
        """What was written meanwhile, and what is written from now on."""
        super().showEvent(event)
        self._follow_on()

    def command(self) -> tuple[str, ...]:
        """The log (of a day), or the trail."""
        if self.is_audit:
            return ("audit",)
        return ("log", "--date", self.bar.chosen_day.isoformat()) if self.bar.chosen_day is not None else ("log",)

    def retheme(self) -> None:
        """Rows are drawn from the theme; the lens is not."""
        self.bar.redraw()

    @property
    def is_audit(self) -> bool:
        """Whether the trail is shown."""
        return self.bar.is_audit

    @property
    def _table(self) -> LinesTable:
        return self.audit if self.is_audit else self.live

    @guarded
    def read_on(self) -> None:
        """Read what was written since, unless an answer is still to come."""
        desk = self.desk
        if desk is None or desk.model is None or self._asked or self.is_audit or self.bar.chosen_day is not None:
            return
        self._asked = True
        place, turn = self._place, self._turn

        def show(part: Part) -> None:
            if turn == self._turn:
                self._show_more(part)

        desk.ask(self, lambda model: read_on(model, place), show, self._not_read)

    def _show_first(self, part: Part) -> None:
        self._place, self._asked = part.place, False
        self.bar.offer_days(part.days)
        self.live.put(part.entries)
        self.live.follow(self.bar.chosen_day is None)
        self._show_table()

    def _show_more(self, part: Part) -> None:
        self._asked = False
        self._place = part.place
        if part.entries:
            had = self.live.rows.total
            self.live.rows.add(part.entries)
            if not had:
                self.live.fit()
            self._show_table()

    def _not_read(self, _problem: Problem) -> None:
        """It is tried again at the next turn."""
        self._asked = False

    def _show_audit(self, deeds: Sequence[Deed]) -> None:
        self.audit.put(deeds)
        self.audit.follow(True)
        self._show_table()

    def _show_chain(self, chain: Chain) -> None:
        tone, icon = ("ok", "shield-check") if chain.ok else ("danger", "shield-alert")
        self.chain_state.tell(chain.told, tone, icon)
        self.chain_why.setText(" ".join(telling.reason(one) for one in chain.problems[:3]))

    def _no_chain(self, problem: Problem) -> None:
        self.chain_state.tell(_("The chain can't be checked"), "warn", "shield-alert")
        self.chain_why.setText(telling.reason(problem))

    def _show_problem(self, problem: Problem) -> None:
        self._asked = False
        self._show_nothing(telling.reason(problem))

    def _without_lines(self) -> str:
        """Why there is none."""
        if self.desk is not None and self.desk.model is None and self.desk.trouble is not None:
            return _("The settings can't be used, so nobody knows where the log is.")
        return _("Nothing is written there yet.")

    def _show_nothing(self, text: str) -> None:
        self.nothing.setText(text)
        self._stack.setCurrentWidget(self._nothing)

    def _show_table(self) -> None:
        rows = self._table.rows
        if rows.shown:
            self._stack.setCurrentWidget(self._table)
            if self._to_focus and self._table.isVisible():
                self._to_focus = False
                self._table.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._show_nothing(_("No line matches.") if rows.total else self._without_lines())

    def _show_mode(self) -> None:
        audit = self.is_audit
        self.bar.show_mode()
        self.follow.setVisible(not audit)
        self.chain.setVisible(audit)
        self._show_table()

    @guarded
    def _on_filter(self) -> None:
        self._table.rows.pick(self.bar.test())
        self._table.follow(True)
        self._show_table()

    @guarded
    def _on_mode(self) -> None:
        self._tick.stop()
        self._show_mode()
        self._on_filter()
        self.refresh()

    @guarded
    def _on_day(self) -> None:
        self.follow.setEnabled(self.bar.chosen_day is None)
        self.refresh()

    @guarded
    def _on_follow(self, following: bool) -> None:
        self.live.follow(following)

    @guarded
    def _on_followed(self, following: bool) -> None:
        with QSignalBlocker(self.follow):
            self.follow.setChecked(following)

    @guarded
    def _on_prove(self) -> None:
        desk = self.desk
        if desk is None or desk.model is None or not desk.may(Right.LOOK):
            return
        self.chain_state.tell(_("Checking the chain…"), "", "clock")
        self.chain_why.setText("")
        desk.ask(self, prove, self._show_chain, self._no_chain, key="chain")

    @guarded
    def _on_find(self) -> None:
        self.bar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.bar.search.selectAll()

    @guarded
    def _on_copy(self) -> None:
        rows = self._table.chosen()
        if rows:
            self._copy([row.raw for row in rows], head=False)

    @guarded
    def _on_support(self) -> None:
        self._copy([row.raw for row in self._table.shown], head=True)

    def _copy(self, lines: list[str], *, head: bool) -> None:
        """Put lines on the clipboard, with stars for every secret."""
        desk = self.desk
        if desk is None or desk.model is None:
            return
        before = about_here() if head else []

        def masked(model: BackupModel) -> str:
            return Mask(model.loaded.secret_values)("\n".join((*before, *lines, "")))

        count = len(lines)

        def done(text: str) -> None:
            desk.copy(text)
            told = n_(
                "Copied {count} line; keys and passwords are stars.",
                "Copied {count} lines; keys and passwords are stars.",
                count,
            )
            self.note.setText(told.format(count=telling.count(count)))

        desk.ask(self, masked, done, key="copy")
