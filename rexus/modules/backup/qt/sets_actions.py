"""What can be done with chosen sets: by key, by the menu, by the buttons of the pane; all of it the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, Qt, QUrl
from qtpy.QtGui import QAction, QDesktopServices, QKeySequence
from qtpy.QtWidgets import QMenu, QWidget

from ..base.records import (
    Action,
    BackupKind,
    Decision,
    Depth,
    Origin,
    Problem,
    PruneRequest,
    SetStatus,
    Status,
    VerifyRequest,
)
from ..base.saying import N_
from ..base.texts import _
from ..base.watching import DrillRequest
from ..config.roles import Right
from . import theme
from .guard import alive, guarded
from .sets_delete import Deeds, DeleteSheet
from .sets_rows import Row, Shelf, holds_only_files, is_checkable
from .sets_sheets import PinSheet, VerifySheet

if TYPE_CHECKING:
    from ..jobs.removal import RemovalResult
    from .desk import Desk

_FORBIDDEN = N_("Your role does not allow it")


@dataclass(frozen=True, slots=True)
class _Kind:
    """One action: its words, keys as pressed and as told, its icon."""

    key: str
    text: str
    keys: tuple[str, ...]
    told: str
    icon: str


_KINDS = (
    _Kind("details", N_("See details"), ("Return", "Enter"), N_("Enter"), "info"),
    _Kind("restore", N_("Restore…"), ("Ctrl+R",), "Ctrl+R", "restore"),
    _Kind("verify", N_("Check…"), ("Ctrl+K",), "Ctrl+K", "tick-double"),
    _Kind("pin", N_("Pin…"), ("Ctrl+P",), "Ctrl+P", "pin"),
    _Kind("unpin", N_("Unpin"), (), "", "pin"),
    _Kind("folder", N_("Open folder"), ("Ctrl+O",), "Ctrl+O", "folder"),
    _Kind("command", N_("Copy the command"), ("Ctrl+Shift+C",), N_("Ctrl+Shift+C"), "terminal"),
    _Kind("delete", N_("Delete…"), ("Del",), N_("Del"), "trash"),
)
_PARTED = ("restore", "folder", "delete")
"""Before these the menu has a line."""


class SetsActions(QObject):
    """The actions on whatever is chosen now; questions are asked in sheets over ``page``."""

    def __init__(self, page: QWidget, scope: QWidget, chosen: Callable[[], Sequence[Row]]) -> None:
        super().__init__(page)
        self._page, self._chosen = page, chosen
        self.desk: Desk | None = None
        self.shelf = Shelf()
        self.sheet: QWidget | None = None
        """The question that is open, or was."""
        self.open_folder: Callable[[Path], object] = _open
        self.details: Callable[[], object] = lambda: None
        self.by_key: dict[str, QAction] = {}
        for one in _KINDS:
            action = QAction(self)
            action.setText(f"{_(one.text)}\t{_(one.told)}" if one.told else _(one.text))
            action.setShortcuts([QKeySequence(keys) for keys in one.keys])
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            scope.addAction(action)
            self.by_key[one.key] = action
        slots = {
            "details": self._on_details,
            "restore": self.restore,
            "verify": self.verify,
            "pin": self.pin,
            "unpin": self.unpin,
            "folder": self.folder,
            "command": self.command,
            "delete": self.delete,
        }
        for key, slot in slots.items():
            self.by_key[key].triggered.connect(slot)

    def refit(self) -> dict[str, bool]:
        """Enable what fits the chosen sets and the person; returns it by key."""
        rows, desk = self._chosen(), self.desk
        rights = {right: desk is not None and desk.model is not None and desk.may(right) for right in Right}
        one = rows[0] if len(rows) == 1 else None
        whole = bool(rows) and all([row.is_whole for row in rows])
        idle = bool(rows) and all([row.summary.status is not SetStatus.IN_PROGRESS for row in rows])
        fits = {
            "details": (one is not None, Right.LOOK),
            "restore": (one is not None and whole, Right.PLAN),
            "verify": (bool(rows) and all([is_checkable(row) for row in rows]), Right.VERIFY),
            "pin": (idle, Right.RETENTION),
            "unpin": (any([row.summary.pinned is not None for row in rows]), Right.RETENTION),
            "folder": (one is not None, Right.LOOK),
            "command": (bool(rows), Right.LOOK),
            "delete": (idle, Right.DELETE),
        }
        found: dict[str, bool] = {}
        for key, (fit, right) in fits.items():
            found[key] = fit and rights[right]
            self.by_key[key].setEnabled(found[key])
            self.by_key[key].setToolTip("" if rights[right] else _(_FORBIDDEN))
        return found

    def menu(self) -> QMenu:
        """Everything that can be done, each with its key."""
        made = QMenu(self._page)
        made.aboutToHide.connect(made.deleteLater)
        self.refit()
        look = theme.current()
        for one in _KINDS:
            action = self.by_key[one.key]
            if one.key == "unpin" and not action.isEnabled():
                continue
            if one.key in _PARTED:
                made.addSeparator()
            action.setIcon(look.icon(one.icon))
            made.addAction(action)
        return made

    @guarded
    def _on_details(self) -> None:
        self.details()

    @guarded
    def restore(self) -> None:
        """Go to the wizard with the chosen set."""
        rows = self._chosen()
        if self.desk is not None and len(rows) == 1:
            self.desk.go("restore", **_what_of(rows[0]))

    @guarded
    def verify(self) -> None:
        """Ask how deep, then have it done."""
        rows = [row for row in self._chosen() if is_checkable(row)]
        desk = self.desk
        if desk is None or not rows or not desk.may(Right.VERIFY):
            return
        names = tuple(row.name for row in rows)

        def act(depth: Depth) -> None:
            if depth is Depth.RESTORED:
                for name in names:
                    desk.order("drill", DrillRequest(set=name, requested_by=desk.who))
            else:
                desk.order("verify", VerifyRequest(sets=names, depth=depth, requested_by=desk.who))

        may_test = desk.may(Right.DRILL) and all(_is_testable(row) for row in rows)
        sheet = VerifySheet(self._page, rows, act, may_test=may_test)
        self.sheet = sheet
        sheet.ask()

    @guarded
    def pin(self) -> None:
        """Ask for name and end, then pin."""
        rows, desk = self._chosen(), self.desk
        if desk is None or not rows or not desk.may(Right.RETENTION):
            return
        names = tuple(row.name for row in rows)
        who = desk.who

        def act(name: str, until: datetime | None) -> None:
            desk.ask(self, lambda model: model.pin(names, name, until, who), self._kept, key="pin")

        sheet = PinSheet(self._page, rows, act)
        self.sheet = sheet
        sheet.ask()

    @guarded
    def unpin(self) -> None:
        """Take the pins away; nothing is lost by that itself, so nothing is asked."""
        desk = self.desk
        names = tuple(row.name for row in self._chosen() if row.summary.pinned is not None)
        if desk is None or not names or not desk.may(Right.RETENTION):
            return
        who = desk.who
        desk.ask(self, lambda model: model.unpin(names, who), self._kept, key="pin")

    def _kept(self, result: RemovalResult) -> None:
        """Pins were set or taken away."""
        desk = self.desk
        if desk is None:
            return
        refused = [one.because for one in result.decisions if one.action is Action.REFUSE]
        if result.outcome.status in (Status.FAILED, Status.REFUSED):
            refused = refused or list(result.outcome.problems)
        for problem in refused[:1]:
            desk.tell(problem)
        desk.refresh()

    @guarded
    def delete(self) -> None:
        """Look what would go and what not, then ask."""
        desk = self.desk
        names = tuple(row.name for row in self._chosen())
        if desk is None or not names or not desk.may(Right.DELETE):
            return
        request = PruneRequest(sets=names, requested_by=desk.who)
        desk.ask(self, lambda model: model.plan_delete(request), self._ask_to_delete, self._not_planned, "delete")

    def _ask_to_delete(self, decisions: tuple[Decision, ...]) -> None:
        desk = self.desk
        if desk is None or not self._page.isVisible() or self._is_asking():
            return

        def act(names: tuple[str, ...]) -> None:
            desk.order("delete", PruneRequest(sets=names, confirmed=names, requested_by=desk.who))

        def copy(names: tuple[str, ...], confirmed: bool) -> None:
            agreed = [word for name in names for word in ("--yes", name)] if confirmed else []
            desk.copy_command("delete", *names, *agreed)

        sheet = DeleteSheet(self._page, decisions, self.shelf, Deeds(act, copy, desk.copy))
        self.sheet = sheet
        sheet.ask(sheet.typed)

    def _is_asking(self) -> bool:
        """Whether another question is open."""
        return self.sheet is not None and alive(self.sheet) and self.sheet.isVisible()

    def _not_planned(self, problem: Problem) -> None:
        if self.desk is not None:
            self.desk.tell(problem)
            self.desk.refresh()

    @guarded
    def folder(self) -> None:
        """Show the files where they are."""
        rows, desk = self._chosen(), self.desk
        if desk is None or desk.model is None or len(rows) != 1:
            return
        root = desk.model.root
        stored = [one.file for one in rows[0].summary.databases.values() if one.file]
        self.open_folder((root / stored[0]).parent if stored else root)

    @guarded
    def command(self) -> None:
        """Put the line that shows the set, or checks the sets, on the clipboard."""
        if self.desk is not None and self._chosen():
            self.desk.copy_command(*self.words())

    def words(self) -> tuple[str, ...]:
        """The words of that line."""
        names = [row.name for row in self._chosen()]
        if not names:
            return ("list",)
        return ("show", names[0]) if len(names) == 1 else ("verify", *names)


def _what_of(row: Row) -> dict[str, object]:
    """What the wizard is asked for: a set with its bases, its copied files, or the way back of a restore of files."""
    one = row.summary
    if one.origin is Origin.SAFETY and one.copied:
        return {"undo": row.name}
    if any(each.status is SetStatus.COMPLETED for each in one.databases.values()):
        return {"set": row.name}
    return {"set": row.name, "files": next(reversed(one.copied), "")}


def _is_testable(row: Row) -> bool:
    """Whether a restore test of it can be made: of bases that a full backup holds."""
    return row.summary.kind is BackupKind.FULL and not holds_only_files(row.summary)


def _open(folder: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
