"""Configuración: sections of fields on one draft, and at the foot what is not saved yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from qtpy.QtCore import QPoint, Qt, Signal
from qtpy.QtGui import QAction, QKeySequence, QShortcut
from qtpy.QtWidgets import QApplication, QFrame, QMenu

from ..base.errors import BackupError
from ..base.records import Outcome, Problem, Severity
from ..base.texts import _, n_
from ..config.draft import ASIDE, Change, Draft
from ..config.roles import Right
from ..model import BackupModel
from . import drafts, words
from .asking import ask
from .guard import guarded
from .page import Page
from .settings_book import Book
from .settings_placed import tell_misplaced
from .settings_times import TimesSection
from .settings_unread import UnreadSettings

if TYPE_CHECKING:
    from ..base.identity import Identity
    from .desk import Desk


class SettingsPage(Page):
    """Everything that can be set; nothing is written before *Guardar cambios*."""

    key: ClassVar[str] = "settings"
    changes = Signal(int)
    """So many changes are not saved."""

    def __init__(self) -> None:
        super().__init__()
        self.draft: Draft | None = None
        self.menu: QMenu | None = None
        """What can be taken back, while it is asked."""
        self._of: BackupModel | None = None
        self._saving = False
        self.book = Book()
        self.dock = words.column(gap=0)
        self.unread = UnreadSettings()
        self.unread.hide()
        self.unread.taken_back.connect(self._on_taken_back)
        words.column((self.book, 1), (self.unread, 1), self.dock, self._foot(), gap=0, parent=self)
        self.book.edited.connect(self._on_edited)
        self.book.overwritten.connect(self._on_overwritten)
        self._tell()

    def _foot(self) -> QFrame:
        foot = QFrame()
        foot.setProperty("rx", "footer")
        foot.setFixedHeight(54)
        self.dot = words.icon_label("dot", "accent", 14)
        self.state = words.label(rx="muted")
        self.button_undo = words.button(_("Undo"))
        self.button_save = words.button(_("Save changes"), "primary")
        self.button_undo.clicked.connect(self._on_undo)
        self.button_save.clicked.connect(self._on_save)
        keys = QShortcut(QKeySequence("Ctrl+S"), self)
        keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        keys.activated.connect(self._on_save_keys)
        words.row(self.dot, (self.state, 1), self.button_undo, self.button_save, margins=(20, 0, 20, 0), parent=foot)
        return foot

    # --- the page

    def use(self, desk: Desk) -> None:
        """Take the desk, once."""
        super().use(desk)
        desk.reopened.connect(self._on_reopened)
        self.book.use(desk)

    def opened(self, **what: object) -> None:
        """Show the section that was asked for."""
        self.book.open(what.get("section"))
        section = self.book.current
        if what.get("plan") == "log" and self.draft is not None and isinstance(section, TimesSection):
            section.plan_logs()
        if not self.isAncestorOf(QApplication.focusWidget() or self):
            self.book.nav.setFocus()

    def warm(self) -> bool:
        """Build the section that is seen first, then fill it."""
        if self.book.begin():
            return True
        if self.draft is None and self.desk is not None and self.desk.model is not None:
            self._begin()
        return False

    def here(self) -> dict[str, object]:
        """The section that is shown."""
        return {"section": self.book.current.key}

    def refresh(self) -> None:
        """Read the settings where they are others now; else only what they mean is looked at anew."""
        model = self.desk.model if self.desk is not None else None
        if self.draft is None or (model is not self._of and not self.unsaved()):
            self._begin()
        else:
            self.book.current.shown()

    def retheme(self) -> None:
        """Draw the icons of the sections anew."""
        if self.draft is not None:
            self.book.mark(self.draft)

    def command(self) -> tuple[str, ...]:
        """What the section that is shown would be asked on a command line."""
        return self.book.current.command()

    def unsaved(self) -> int:
        """How many changes are not saved."""
        return len(self.draft.changes()) if self.draft is not None else 0

    def save(self) -> bool:
        """Save now; False, and told why, where that can't be."""
        if not self.unsaved():
            return True
        desk = self.desk
        if self.draft is None or desk is None or self.wrong() or not self._is_free():
            self._tell()
            return False
        try:
            self._saved(_written(self._of, self.draft, desk.who, desk.identity))
        except BackupError as error:
            self._not_saved(error.problem)
            return False
        return True

    def discard(self) -> None:
        """Forget every change."""
        if self.draft is not None:
            self.draft.undo_all()
            self._fill()

    def wrong(self) -> str:
        """What must be mended before anything can be saved: field and section; empty: nothing."""
        for one in self.book.built:
            if one.trouble():
                return _("«{field}» in {section}").format(field=one.trouble(), section=_(one.title))
        for key in self.draft.problems if self.draft is not None else ():
            section = self.book.home_of(key)
            if section is None:
                return _("«{key}» in the file").format(key=key)
            return _("«{field}» in {section}").format(field=section.name_of(key), section=_(section.title))
        return ""

    # --- the draft

    def _begin(self) -> None:
        desk = self.desk
        if desk is None:
            return
        self._of = desk.model
        left = drafts.waiting(desk)
        if left is not None and self._is_free():
            self.draft = left
        elif desk.model is not None:
            self.draft = Draft.of(desk.model.loaded)
        elif desk.config.exists():
            path = desk.config
            ask(self, lambda: Draft.read(path), self._read, self._unread, key="draft")
            return
        else:
            self.draft = None
        self._fill()

    def _read(self, draft: Draft) -> None:
        self.draft = draft
        self._fill()

    def _unread(self, problem: Problem) -> None:
        self.draft = None
        desk = self.desk
        if desk is not None:
            self.unread.tell(problem, desk, free=self._is_free())
            if desk.trouble is None:  # else that is told already
                desk.tell(problem)
        self._cover(on=True)
        self._tell()

    def _cover(self, *, on: bool) -> None:
        """Hide the sections while nobody knows what is set: empty fields would say something that is not so."""
        had_keyboard = self.isAncestorOf(QApplication.focusWidget() or self)
        self.unread.setVisible(on)
        self.book.setVisible(not on)
        if on and had_keyboard:
            self.unread.button_again.setFocus(Qt.FocusReason.OtherFocusReason)

    @guarded
    def _on_taken_back(self) -> None:
        if self.desk is not None:
            self.desk.said.emit(_("The earlier settings are in force again"))
            self.desk.reopen()

    def _fill(self) -> None:
        desk, draft = self.desk, self.draft
        self._cover(on=False)
        try:
            if draft is not None and desk is not None:
                self.book.take(draft, free=self._is_free())
        finally:
            self._tell()

    def _is_free(self) -> bool:
        """Whether the person may change anything."""
        desk = self.desk
        return desk is not None and not desk.rescue and desk.may(Right.CONFIG)

    def _tell(self) -> None:
        """Say at the foot how many changes there are, and whether they can be saved."""
        draft, count = self.draft, self.unsaved()
        wrong = self.wrong()
        text = n_("{count} change not saved", "{count} changes not saved", count).format(count=count) if count else ""
        if wrong:
            text = _("{changes}: {what} can't be so").format(changes=text, what=wrong) if text else wrong
        unshown = ", ".join(_(one.title) for one in self.book.unshown)
        if unshown:
            told = _("{sections} could not be shown").format(sections=unshown)
            text = _("{changes}; {what}").format(changes=text, what=told) if text else told
        self.state.setText(text or self._at_rest())
        self.dot.tell(
            "dot", "danger" if wrong or unshown or not self.unread.isHidden() else "accent" if count else "text3"
        )
        half_typed = any(one.trouble() for one in self.book.built)
        self.button_undo.setEnabled((count > 0 or half_typed) and not self._saving)
        words.retitle(self.button_undo, _("Undo…") if count > 1 else _("Undo"))
        self.button_save.setEnabled(count > 0 and not wrong and not self._saving)
        self.button_save.setToolTip(_("First correct {what}").format(what=wrong) if wrong else "Ctrl+S")
        if draft is not None:
            self.book.mark(draft)
            if self.desk is not None:
                drafts.keep(self.desk, draft)
        self.changes.emit(count)

    def _at_rest(self) -> str:
        """What is said where nothing waits to be saved."""
        if self.draft is not None:
            return _("Everything is saved")
        return "" if self.unread.isHidden() else _("Nothing can be changed until the file can be read")

    # --- what somebody does

    @guarded
    def _on_edited(self, key: object, value: object) -> None:
        draft = self.draft
        if draft is None or not isinstance(key, tuple):
            return
        if key and key[0] == ASIDE:
            draft.set_secret(key[1], str(value))
        elif key:
            draft.set(key, value)
        self.book.judge(draft)
        self._tell()

    @guarded
    def _on_overwritten(self) -> None:
        self._fill()

    @guarded
    def _on_undo(self) -> None:
        draft = self.draft
        changes = draft.changes() if draft is not None else ()
        if len(changes) < 2:
            self.discard()
            return
        menu = QMenu(self)
        for number, one in enumerate(changes):
            made = menu.addAction(self.said(one).replace("&", "&&"))
            if made is not None:
                made.setData(number)
        menu.addSeparator()
        count = len(changes)
        every = menu.addAction(n_("Undo {count} change", "Undo all {count} changes", count).format(count=count))
        if every is not None:
            every.setData(-1)
        menu.triggered.connect(self._on_undone)
        menu.aboutToHide.connect(menu.deleteLater)
        self.menu = menu
        menu.popup(self.button_undo.mapToGlobal(QPoint(0, -menu.sizeHint().height())))

    def said(self, change: Change) -> str:
        """A change in a line, with its section."""
        key = ".".join(change.key)
        section = self.book.home_of(key)
        if section is None:
            return key
        return _("{section}: {what}").format(section=_(section.title), what=section.said(change))

    @guarded
    def _on_undone(self, action: QAction) -> None:
        draft, number = self.draft, int(action.data())
        if draft is None:
            return
        if number < 0:
            draft.undo_all()
        else:
            draft.undo(draft.changes()[number])
        self._fill()

    @guarded
    def _on_save_keys(self) -> None:
        if self.button_save.isEnabled():
            self._on_save()

    @guarded
    def _on_save(self) -> None:
        draft, desk = self.draft, self.desk
        if draft is None or desk is None or self.wrong() or not self._is_free():
            return
        self._busy(on=True)
        model, asked, who, identity = self._of, draft.copy(), desk.who, desk.identity
        ask(self, lambda: _written(model, asked, who, identity), self._saved, self._not_saved, key="save")

    def _busy(self, *, on: bool) -> None:
        self._saving = on
        words.retitle(self.button_save, _("Saving…") if on else _("Save changes"))
        self.book.stack.setEnabled(not on)
        self._tell()

    def _saved(self, outcome: Outcome) -> None:
        desk = self.desk
        self.draft = None
        self._busy(on=False)
        if desk is None:
            return
        drafts.forget(desk)
        for code in ("config.changed", "config.unwritable"):
            desk.solved(code)
        for problem in outcome.problems:
            if problem.severity is not Severity.INFO:
                desk.tell(problem)

        def say() -> None:
            desk.said.emit(_("Settings saved"))  # in the language that counts from now on
            tell_misplaced(desk)

        desk.reopen(then=say)

    def _not_saved(self, problem: Problem) -> None:
        self._busy(on=False)
        if self.desk is None:
            return
        if problem.code == "config.changed":
            self.desk.tell(problem, mend=_("Read them again"), act=self.put_on_file)
        else:
            self.desk.tell(problem)

    @guarded
    def put_on_file(self) -> None:
        """Put the changes on the file as it is now; what somebody else changed too is left out and told."""
        draft, desk = self.draft, self.desk
        if draft is not None and desk is not None:
            asked = draft.copy()
            ask(self, asked.again, lambda found: self._read_anew(asked, found), desk.tell, key="draft")

    def _read_anew(self, asked: Draft, found: tuple[Draft, tuple[Change, ...]]) -> None:
        if self.draft is None or self.draft.changes() != asked.changes():  # somebody went on meanwhile
            self.put_on_file()
            return
        fresh, lost = found
        self.draft = fresh
        self._fill()
        if self.desk is not None:
            self.desk.solved("config.changed")
        if lost:
            names = ", ".join(self.said(one) for one in lost)
            self.state.setText(_("Changed by somebody else too, so theirs stays: {names}").format(names=names))

    @guarded
    def _on_reopened(self) -> None:
        """The settings were read anew by somebody; changes that wait stay on top of what was read."""
        if not self.unsaved():
            self.stale = True
        elif self.desk is not None:
            self._of = self.desk.model


def _written(model: BackupModel | None, draft: Draft, who: str, identity: Identity | None) -> Outcome:
    """Save; where the settings in the file can't be used there is no model to ask."""
    return model.reconfigure(draft, who) if model is not None else BackupModel.mend(draft, who, identity)
