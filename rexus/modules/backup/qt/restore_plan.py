"""Third step: what would happen, before anything does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from ..base.records import Problem, RestorePlan
from ..base.texts import _, n_
from . import restore_words, telling, words
from .guard import guarded
from .restore_answers import THROWN_OUT, Home, against, connected
from .restore_pane import Pane, wrapped
from .restore_steps import rows_of
from .restore_table import StepsView
from .rows_table import plain_tip

if TYPE_CHECKING:
    from ..engines.port_server import Occupant

_MOST_WARNINGS = 4


class Tile(QFrame):
    """A figure with its name above and its meaning below."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setProperty("rx", "card")
        self._name, self._value, self._note = words.label(name, "meta"), words.label(rx="num2"), words.label(rx="meta")
        words.column(self._name, self._value, self._note, gap=2, margins=(14, 12, 14, 12), parent=self)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def tell(self, value: str, note: str, tone: str = "") -> None:
        """Show this."""
        self._value.setText(value)
        self._note.setText(note)
        self._value.setToolTip(plain_tip(value))
        self._note.setToolTip(plain_tip(note))
        words.set_tone(self._value, tone)
        words.named(self, f"{self._name.text()}: {value}, {note}")


class Notes(QWidget):
    """Sentences with a sign before each."""

    def __init__(self) -> None:
        super().__init__()
        self._lay: QVBoxLayout = words.column(gap=6, parent=self)

    def tell(self, notes: list[tuple[str, str, str]]) -> None:
        """Show these: icon, tone, sentence."""
        words.clear(self._lay)
        for icon, tone, text in notes:
            label = wrapped(tone=tone)
            label.setText(text)
            sign = words.icon_label(icon, {"": "text2", "info": "accent"}.get(tone, tone), 18)
            self._lay.addLayout(words.row(words.column(sign, ..., gap=0), (label, 1), gap=8))
        self.setVisible(bool(notes))


class PlanPane(Pane):
    """Tiles, steps, and whether it may begin."""

    again = Signal()
    """Look again: what spoke against it may be over."""
    copied = Signal()
    """The command that does the same is wanted."""
    sql_wanted = Signal()
    """The T-SQL that does the same is wanted."""

    def __init__(self) -> None:
        super().__init__()
        self._ready = False
        self._remark = ""
        self.takes, self.lost = Tile(_("It takes")), Tile(_("Is lost"))
        self.people, self.space = Tile(_("Connected")), Tile(_("Space"))
        self.table = StepsView(_("Steps of the restore"))
        self._command = words.button(_("Copy the command"), "link")
        self.button_sql = words.button(_("Copy the T-SQL"), "link")
        self.button_sql.clicked.connect(self.sql_wanted)
        self.button_sql.hide()
        self._again = words.button(_("Check again"), "link")
        self._said = words.label(rx="meta", tone="ok")
        self.notes = Notes()
        tiles = words.row((self.takes, 1), (self.lost, 1), (self.people, 1), (self.space, 1), gap=12)
        links = words.row(self._command, self.button_sql, self._again, ..., self._said, gap=14)
        words.column(tiles, self.table, links, self.notes, ..., gap=12, parent=self)
        self._command.clicked.connect(self._on_copied)
        self._again.clicked.connect(self._on_again)

    @property
    def ready(self) -> bool:
        """Whether nothing speaks against it."""
        return self._ready

    def remark(self, text: str) -> None:
        """Something to be read with the plan, as how the last try ended; nothing takes it away."""
        self._remark = text

    def wait(self) -> None:
        """The answer is still to come."""
        self._ready = False
        self._said.setText(_("Checking…"))
        words.set_tone(self._said, "")
        self.changed.emit()

    def show_plan(
        self,
        home: Home,
        plan: RestorePlan,
        sessions: Mapping[str, Sequence[Occupant]] | None = None,
        *,
        files: Sequence[str] = (),
        may: bool = True,
    ) -> None:
        """Show what it comes to, ``files`` by some of their names; whoever may not restore sees it all the same."""
        seconds = plan.seconds_expected
        self.takes.tell(restore_words.about(seconds) if seconds is not None else "–", _("an estimate"))
        self.lost.tell(*restore_words.lost_tile(home, plan))
        self._tell_people(home, plan, sessions or {})
        self._tell_space(plan)
        self.table.steps.show_plan(rows_of(plan))
        self.button_sql.setVisible(bool(home.server))
        refusals = against(plan)
        self._ready = may and not refusals
        self._again.setVisible(bool(refusals))
        warnings = [one for one in plan.warnings if one.code != THROWN_OUT]  # a tile says that, and the question
        warned = [("warning", "warn", telling.reason(one)) for one in warnings[:_MOST_WARNINGS]]
        more = len(warnings) - _MOST_WARNINGS
        if more > 0:
            told = n_("{count} more warning", "{count} more warnings", more).format(count=more)
            warned.append(("warning", "warn", told))
        said = [("info", "info", self._remark)] if self._remark else []
        if files:
            said.append(("folder", "", restore_words.files_named(files)))
        if not may:
            said.append(("lock", "danger", _("Your role may see this plan, but not restore. Ask an administrator.")))
        self.notes.tell([*said, *(("cross", "danger", restore_words.refusal(one)) for one in refusals), *warned])
        self._tell_said(plan, is_ready=self._ready)
        self.changed.emit()

    def show_trouble(self, problem: Problem) -> None:
        """There is no plan at all."""
        self._ready = False
        for tile in (self.takes, self.lost, self.people, self.space):
            tile.tell("–", "")
        self.table.steps.show_plan(())
        self._again.setVisible(True)
        self._said.setText("")
        self.notes.tell([("cross", "danger", restore_words.refusal(problem))])
        self.changed.emit()

    def _tell_people(self, home: Home, plan: RestorePlan, sessions: Mapping[str, Sequence[Occupant]]) -> None:
        names = connected(plan)
        there = [one for several in sessions.values() for one in several]
        if not home.names:
            self.people.tell("–", _("files need nobody to leave"))
        elif there:
            told = n_("{count} session", "{count} sessions", len(there)).format(count=len(there))
            logins = list(dict.fromkeys(one.login or one.program for one in there))
            self.people.tell(told, restore_words.listed(logins), "warn")
        elif names:
            told = n_("{count} program", "{count} programs", len(names)).format(count=len(names))
            self.people.tell(told, restore_words.listed(list(names)), "danger")
        else:
            self.people.tell(_("Nobody"), _("it is free"))

    def _tell_space(self, plan: RestorePlan) -> None:
        needed = telling.size(plan.bytes_needed)
        if plan.bytes_free is None:
            self.space.tell(needed, _("how much is free is not known"))
            return
        fits = plan.bytes_needed <= plan.bytes_free
        free = _("of {free} free").format(free=telling.size(plan.bytes_free))
        self.space.tell(needed, free, "" if fits else "danger")

    def _tell_said(self, plan: RestorePlan, *, is_ready: bool) -> None:
        count = sum(1 for one in plan.steps if one.code in ("unseal", "on_server", "files"))
        good = n_("All ready: {count} file is in its place", "All ready: {count} files are in their place", count)
        self._said.setText(good.format(count=count) if is_ready else _("It can't begin like this"))
        words.set_tone(self._said, "ok" if is_ready else "danger")

    @guarded
    def _on_copied(self) -> None:
        self.copied.emit()

    @guarded
    def _on_again(self) -> None:
        self.again.emit()
