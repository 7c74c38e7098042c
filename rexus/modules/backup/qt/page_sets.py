"""Copias: every set in a table, what is chosen in a pane beside it, and all that can be done with it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, ClassVar

from qtpy.QtCore import QPoint, Qt, QTimer
from qtpy.QtGui import QKeySequence, QResizeEvent, QShortcut
from qtpy.QtWidgets import QStackedLayout, QWidget

from ..base.records import BackupKind, Problem
from ..base.texts import _, n_
from ..config.roles import Right
from . import backup_kind, telling, words
from .guard import guarded
from .page import NARROW, WIDE, Page
from .resting import switch
from .runner import Work, the_runner
from .sets_actions import SetsActions
from .sets_detail import NARROW_PANE, WIDE_PANE, SetsDetail
from .sets_empty import AGAIN, BACKUP, SetsEmpty
from .sets_filter import SetsFilter
from .sets_model import columns
from .sets_rows import Row, Shelf, read
from .sets_table import SetsTable
from .sheet import Sheet

if TYPE_CHECKING:
    from ..model import BackupModel
    from .desk import Desk

_LATE_MS = 200
"""After so long without an answer it is said that something is read."""
_ROOMY = 1450
"""From this width on the table has all it needs, and the pane gets more."""
_AROUND_TABLE = 78
"""Margins of the page, the gap beside the table, its edges and its scroll bar."""
_NOT_OF_SETS = frozenset({"catalog.absent"})
_UNREAD = "catalog.unreadable"


class SetsPage(Page):
    """The page of all sets."""

    key: ClassVar[str] = "sets"

    def __init__(self) -> None:
        super().__init__()
        self.shelf = Shelf()
        self._to_choose = ""
        self._looks: tuple[object, ...] = ()
        self._begun: set[str] = set()
        self._to_focus = False
        self.filter = SetsFilter()
        self.table = SetsTable()
        self.table.pick(self.filter.pick)
        self.detail = SetsDetail()
        self.backup = words.button(_("Back up now"), icon="play")
        self._make_content()
        self.empty = SetsEmpty()
        self._stack = QStackedLayout(self)
        self.waiting = words.label(_("Reading the backups…"), "meta")
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(_LATE_MS)
        self._late.timeout.connect(self._on_late)
        self._blank = QWidget()
        words.column(self.waiting, ..., margins=24, parent=self._blank)
        self.waiting.hide()
        for one in (self._blank, self.content, self.empty):
            self._stack.addWidget(one)
        self.actions_ = SetsActions(self, self._body, self.table.chosen)
        self.actions_.details = self._focus_details
        self._connect()

    def _make_content(self) -> None:
        self.content = QWidget()
        self._body = QWidget()
        self.none = words.label(_("No backup matches"), "h1")
        self.lift = words.button(_("Remove the filters"))
        self._nothing = QWidget()
        self._about = words.label(_("No backup is like what the bar above asks for."), "muted")
        lines = [words.row(..., one, ...) for one in (self.none, self._about, self.lift)]
        words.column(..., *lines[:2], 8, lines[2], ..., gap=6, parent=self._nothing)
        self.count = words.label("", "meta")
        self._make_trouble()
        table = QWidget()
        self._over = QStackedLayout(table)
        self._over.addWidget(self.table)
        self._over.addWidget(self._nothing)
        left = words.column((table, 1), self.count, gap=10)
        words.row((left, 1), self.detail, gap=16, parent=self._body)
        bar = words.row((self.filter, 1), self.backup, gap=24)
        words.column(bar, self.trouble, (self._body, 1), gap=12, margins=(24, 16, 24, 14), parent=self.content)

    def _make_trouble(self) -> None:
        """What is wrong with the folder as a whole: manifests that can't be read, files that are gone."""
        self.trouble = words.card("warn")
        self._trouble_text = words.label("", wrap=True)
        self._trouble_more = words.button(_("See what to do"), "link")
        words.row(
            words.icon_label("warning", "warn", 20), (self._trouble_text, 1), self._trouble_more,
            gap=10, margins=(14, 7, 14, 7), parent=self.trouble,
        )  # fmt: skip
        self.trouble.hide()

    def _connect(self) -> None:
        self.filter.wanted.connect(self._on_wanted)
        self.backup.clicked.connect(self._on_backup)
        self.empty.first.clicked.connect(self._on_first)
        self.empty.search.clicked.connect(self._on_search_folder)
        self.lift.clicked.connect(self.filter.lift)
        self._trouble_more.clicked.connect(self._on_trouble)
        self.table.customContextMenuRequested.connect(self._on_menu)
        self.table.doubleClicked.connect(self._focus_details)
        self.table.selectionModel().selectionChanged.connect(self._on_selection)
        self.table.rows.modelReset.connect(self._on_reset)
        detail, do = self.detail, self.actions_
        for wish, slot in (
            (detail.restore_wanted, do.restore),
            (detail.verify_wanted, do.verify),
            (detail.pin_wanted, do.pin),
            (detail.unpin_wanted, do.unpin),
            (detail.delete_wanted, do.delete),
            (detail.folder_wanted, do.folder),
            (detail.log_wanted, self._on_log),
            (detail.menu_wanted, self._on_more),
            (detail.left, self._on_left),
        ):
            wish.connect(slot)
        find = QShortcut(QKeySequence("Ctrl+F"), self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self._on_find)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._show_chosen)

    def use(self, desk: Desk) -> None:
        """Take the desk; hear when work begins, for then there is a set under way."""
        super().use(desk)
        self.detail.desk = self.actions_.desk = desk
        the_runner().changed.connect(self._on_work)
        the_runner().finished.connect(self._on_work)

    def refresh(self) -> None:
        """Read all sets anew."""
        desk = self.desk
        if desk is None:
            return
        if desk.model is None:
            self._show_empty()
            return
        plans, before = desk.may(Right.PLAN), self.shelf
        self._late.start()

        def work(model: BackupModel) -> Shelf:
            return read(model, plans=plans, before=before)

        desk.ask(self, work, self._show, self._show_problem, key="sets")

    def opened(self, **what: object) -> None:
        """``set``: choose it; ``day``: show the sets of that day."""
        day, name = what.get("day"), what.get("set")
        if isinstance(day, date):
            self.filter.look_at(day)
        if isinstance(name, str) and name:
            self._to_choose = name
            if name in self.shelf.at:
                self._choose_wanted()
        self._to_focus = not self.filter.search.hasFocus()
        self._focus_main()

    def command(self) -> tuple[str, ...]:
        """The list, or what is chosen."""
        return self.actions_.words()

    def retheme(self) -> None:
        """Rows are drawn from the theme; the lens is not."""
        self.filter.redraw()
        self.table.viewport().update()

    def _show(self, shelf: Shelf) -> None:
        self._late.stop()
        self.waiting.hide()
        self.shelf = self.actions_.shelf = shelf
        unread = next((one for one in shelf.problems if one.code == _UNREAD), None)
        if not shelf.rows and (unread is not None or all(one.code in _NOT_OF_SETS for one in shelf.problems)):
            self._show_empty(unread)
            return
        self.filter.offer(shelf.databases)
        kinds = self.desk is not None and self.desk.has_kinds
        self.filter.offer_kinds(kinds or any(row.summary.kind is not BackupKind.FULL for row in shelf.rows))
        self._stack.setCurrentWidget(self.content)
        place = self.table.first_chosen()
        self._looks = ()
        self._fit_width(rows=shelf.rows)
        self._choose_wanted()
        self._to_choose = ""
        if not self.table.chosen() and self.table.rows.shown:
            shown = self.table.rows.shown  # what was chosen is gone: its neighbour comes next
            self.table.choose(shown[min(place, len(shown) - 1)].name, scroll=place > 0)
        self._tell_trouble()
        self._focus_main()
        self._tell_busy()

    def _show_empty(self, problem: Problem | None = None) -> None:
        """There is nothing yet, nothing is configured, or nobody knows what there is, by ``problem``."""
        self._late.stop()
        configured = self.desk is not None and self.desk.model is not None
        trouble = self.desk.trouble if self.desk is not None and not configured else None
        self.empty.tell(configured=configured, problem=problem or trouble)
        self._tell_busy()
        self._stack.setCurrentWidget(self.empty)
        self._focus_main()

    def _show_problem(self, problem: Problem) -> None:
        self._late.stop()
        if self._stack.currentWidget() is not self.content:
            self._show_empty(problem)
        if self.desk is not None:
            self.desk.tell(problem, mend=_("Read again"), act=self.desk.refresh)

    def _focus_main(self) -> None:
        """The keyboard begins on what the page is for, once that is there."""
        main = self.empty.first if self._stack.currentWidget() is self.empty else self.table
        if self._to_focus and main.isVisible():
            self._to_focus = False
            main.setFocus(Qt.FocusReason.OtherFocusReason)

    def _tell_trouble(self) -> None:
        told = [one for one in self.shelf.problems if one.code not in _NOT_OF_SETS]
        self.trouble.setVisible(bool(told))
        if not told:
            return
        text, more = telling.reason(told[0]), len(told) - 1
        if more:
            text = n_("{first} And {count} more.", "{first} And {count} more.", more).format(first=text, count=more)
        self._trouble_text.setText(text)

    def _tell_busy(self) -> None:
        """A backup can be ordered where the person may, and while none is made."""
        desk, busy = self.desk, False
        if desk is not None and desk.model is not None:
            place = desk.config.absolute()
            busy = any(one.verb == "backup" and one.is_running and one.config == place for one in the_runner().works())
        may = desk is not None and desk.may(Right.BACKUP) and not desk.rescue
        words.retitle(self.backup, _("Backing up…") if busy else _("Back up now"))
        switch(self.backup, on=may and not busy)
        self.empty.first.setEnabled(desk is not None and (self.empty.act != BACKUP or (may and not busy)))

    def _fit_width(self, rows: tuple[Row, ...] | None = None) -> None:
        """Lay out for the present width: columns, pane; put ``rows`` where there are new ones."""
        wide, narrow = self.width() > WIDE, self.width() < NARROW
        self.detail.setFixedWidth(WIDE_PANE if self.width() > _ROOMY else NARROW_PANE)
        room = self.width() - self.detail.width() - _AROUND_TABLE
        shown = self.table.fitting(self.shelf.databases, room, wide=wide, narrow=narrow)
        looks = (shown, wide, narrow)
        if rows is not None:
            self.table.put(rows, columns(shown, wide=wide, narrow=narrow))
        elif looks != self._looks:
            self.table.show_columns(columns(shown, wide=wide, narrow=narrow))
        self._looks = looks

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other columns where there is other room."""
        super().resizeEvent(event)
        self._fit_width()

    def _choose_wanted(self) -> None:
        """Choose the set that was asked for; a filter that hides it is lifted."""
        name = self._to_choose
        if not name or name not in self.shelf.at:
            return
        self._to_choose = ""
        if name not in self.table.rows.at:
            self.filter.lift()
            if name not in self.table.rows.at:
                self.filter.kind.setCurrentIndex(1)
        self.table.choose(name, scroll=True)

    @guarded
    def _on_wanted(self) -> None:
        wanted = self.filter.now_wanted()
        self.table.pick(self.filter.pick)
        self.lift.setVisible(not wanted.is_usual)

    @guarded
    def _on_reset(self) -> None:
        self._over.setCurrentWidget(self.table if self.table.rows.shown else self._nothing)
        some = bool(self.shelf.rows)  # without any no filter is to blame
        unread = any(one.code.startswith("manifest.") for one in self.shelf.problems)
        none = _("No backup here can be read") if unread else _("There is no backup here")
        self.none.setText(_("No backup matches") if some else none)
        self._about.setVisible(some)
        self.lift.setVisible(some and not self.filter.now_wanted().is_usual)
        self._soon.start()

    @guarded
    def _on_selection(self) -> None:
        self._soon.start()

    @guarded
    def _show_chosen(self) -> None:
        rows = self.table.chosen()
        may = self.actions_.refit()
        self.detail.show_rows(rows)
        self.detail.allow(**{key: may[key] for key in ("restore", "verify", "pin", "delete", "folder")})
        self._tell_count(rows)

    def _tell_count(self, chosen: list[Row]) -> None:
        shown = self.table.rows.shown
        total = telling.size(sum(row.summary.stored_bytes for row in shown))
        parts = [n_("{count} backup", "{count} backups", len(shown)).format(count=telling.count(len(shown))), total]
        if len(shown) < len(self.shelf.rows):
            parts[0] = _("{count} of {all} backups").format(
                count=telling.count(len(shown)), all=telling.count(len(self.shelf.rows))
            )
        if chosen:
            told = n_("{count} chosen", "{count} chosen|many", len(chosen)).partition("|")[0]
            parts.append(told.format(count=telling.count(len(chosen))))
        self.count.setText(" · ".join(parts))

    @guarded
    def _focus_details(self) -> None:
        """The keyboard goes to the pane."""
        button = self.detail.restore if self.detail.restore.isEnabled() else self.detail.more
        button.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @guarded
    def _on_left(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    @guarded
    def _on_find(self) -> None:
        self.filter.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.search.selectAll()

    @guarded
    def _on_menu(self, place: QPoint) -> None:
        if self.table.chosen():
            self.actions_.menu().popup(self.table.viewport().mapToGlobal(place))

    @guarded
    def _on_more(self) -> None:
        button = self.detail.more
        self.actions_.menu().popup(button.mapToGlobal(QPoint(0, button.height())))

    @guarded
    def _on_log(self, name: str) -> None:
        if self.desk is not None:
            self.desk.go("log", search=name)

    @guarded
    def _on_backup(self) -> None:
        if self.desk is not None:
            backup_kind.wanted(self, self.desk)

    @guarded
    def _on_first(self) -> None:
        act = self.empty.act
        if self.desk is not None and act == AGAIN:
            self.desk.refresh()
        elif self.desk is not None and act != BACKUP:
            self.desk.go(act)
        else:
            self._on_backup()

    @guarded
    def _on_search_folder(self) -> None:
        if self.desk is not None:
            self.desk.go("restore", lost=True)

    @guarded
    def _on_trouble(self) -> None:
        """What is wrong, what is safe, what to do: each in full."""
        told = [one for one in self.shelf.problems if one.code not in _NOT_OF_SETS]
        sheet = Sheet(self, _("What is wrong in the backup folder"), 600)
        for problem in told:
            said = telling.sentence(problem)
            lines = [words.label(said.message, "strong", wrap=True)]
            lines += [words.label(text, "muted", wrap=True) for text in (said.safe, said.fix) if text]
            sheet.body.addLayout(words.column(*lines, gap=2))
        words.retitle(sheet.cancel, _("Close"))
        sheet.ask()

    @guarded
    def _on_work(self, work: Work) -> None:
        """A set that is being written shows as such, once there is one; one backup at a time."""
        self._tell_busy()
        if work.verb == "backup" and work.state == "running" and work.parts and work.id not in self._begun:
            self._begun.add(work.id)
            self.read_again()

    @guarded
    def _on_late(self) -> None:
        self.waiting.setText(_("Reading the backups…"))
        self.waiting.setVisible(self._stack.currentWidget() is self._blank)
