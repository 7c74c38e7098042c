"""Fourth step, only where something is overwritten: the question, and the name as the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFrame, QLineEdit, QWidget

from ..base.records import Problem, RestorePlan
from ..base.texts import _, n_
from . import restore_words, words
from .guard import guarded
from .restore_answers import Home, against, connected, is_typed, shown_name, to_type, undo_until
from .restore_pane import Pane, Point
from .restore_sessions import Sessions

if TYPE_CHECKING:
    from ..engines.port_server import Occupant


class ConfirmPane(Pane):
    """What is lost, what is kept, who is connected; then the name."""

    as_copy = Signal()
    """Rather as a copy."""
    again = Signal()
    """Look again who is connected."""

    def __init__(self) -> None:
        super().__init__()
        self._names: tuple[str, ...] = ()
        self._free = False
        self.lost, self.kept = Point("trash", "danger"), Point("shield-check", "ok")
        self.people = Point("users", "text2")
        self._again = words.button(_("Check again"), "link")
        facts = words.card()
        self._held = QWidget()
        self.sessions = Sessions()
        people = words.row((self.people, 1), self._again, gap=12)
        words.column(words.line(), words.column(people, self.sessions, gap=8), gap=12, parent=self._held)
        words.column(self.lost, words.line(), self.kept, self._held, gap=12, margins=(16, 14, 16, 14), parent=facts)
        self._ask, self._wanted = words.label(), words.label(rx="strong")
        self.name = QLineEdit()
        self.name.setFixedWidth(320)
        self.name.setMaxLength(400)
        self._right = words.icon_label("", "ok", 20)
        self.told = words.label("", "meta", "danger")
        self.told.hide()
        typed = words.column(
            words.row(self._ask, self._wanted, ..., gap=5), words.row(self.name, self._right, ...), self.told, gap=6
        )
        words.column(facts, typed, self._banner(), ..., gap=16, parent=self)
        self.name.textChanged.connect(self._on_typed)
        self._again.clicked.connect(self._on_again)

    def _banner(self) -> QFrame:
        self._rather = words.button(_("Restore as a copy"))
        self._rather.clicked.connect(self._on_rather)
        self._rather_point = point = Point("info", "accent")
        self.harmless = QFrame()
        self.harmless.setProperty("rx", "banner")
        self.harmless.setProperty("tone", "info")
        words.row((point, 1), self._rather, gap=12, margins=(16, 12, 12, 12), parent=self.harmless)
        return self.harmless

    @property
    def ready(self) -> bool:
        """Whether the name stands there, and nobody is in the way."""
        return self._free and is_typed(self.name.text(), self._names)

    @property
    def typed(self) -> tuple[str, ...]:
        """The names that were confirmed."""
        return self._names if self.ready else ()

    def wait(self) -> None:
        """The figures are still to come; until then nothing is confirmed."""
        self._free = False
        for point, title in ((self.lost, _("Is lost")), (self.kept, _("Is kept")), (self.people, _("Connected now"))):
            point.tell(title, _("Checking…"))
        self._again.hide()
        self.changed.emit()

    def begin(self) -> None:
        """The question is asked anew."""
        self._names = ()
        self.name.clear()

    def show_plan(
        self, home: Home, plan: RestorePlan, sessions: Mapping[str, Sequence[Occupant]] | None = None
    ) -> None:
        """Show the figures of this moment; ``sessions`` are those in the databases of a server."""
        self._names = to_type(plan) or self._names
        names = connected(plan)
        others = [one for one in against(plan) if one.code != "target.in_use"]
        self._free = not against(plan)
        self.lost.tell(_("Is lost"), restore_words.lost_sentence(home, plan))
        self.kept.tell(_("Is kept"), restore_words.kept_sentence(home, undo_until(home, datetime.now(UTC))))
        there = sessions or {}
        count = sum(len(one) for one in there.values())
        free = restore_words.thrown_out_sentence(count) if home.server else restore_words.connected_sentence(names)
        self.people.tell(_("Connected now"), restore_words.refusal(others[0]) if others else free)
        self.people.icon.tell("users", "danger" if names or others else "warn" if count else "ok")
        self.sessions.tell({} if others else there)
        self._again.setVisible(not self._free or bool(home.server))
        self._held.setVisible(bool(home.names) or not self._free)
        ask = n_("To confirm, write the name:", "To confirm, write the names:", len(self._names))
        if self._names and not home.names:
            ask = n_("To confirm, write the word:", "To confirm, write the words:", len(self._names))
        self._ask.setText(ask)
        self._wanted.setText(", ".join(shown_name(name) for name in self._names))
        words.named(self.name, f"{ask} {self._wanted.text()}")
        self.harmless.setVisible(not home.undo)
        look = _("Restore it as a copy, compare the rows and replace later.")
        if not home.names:
            look = _("Restore them as a copy, compare the files and replace later.")
        self._rather_point.tell(_("Rather look first?"), look)
        self.changed.emit()

    def show_trouble(self, problem: Problem) -> None:
        """Nobody can say what it comes to now."""
        self._free = False
        self.people.tell(_("Connected now"), restore_words.refusal(problem))
        self.sessions.tell({})
        self._again.show()
        self.changed.emit()

    def answered(self) -> bool:
        """Whether all is answered that was asked; what is not, is told."""
        right = is_typed(self.name.text(), self._names)
        self._tell_wrong(wrong=not right)
        return right and self.ready

    def _tell_wrong(self, *, wrong: bool) -> None:
        self.told.setText(_("That is not what is asked for: {wanted}").format(wanted=self._wanted.text()))
        self.told.setVisible(wrong and bool(self._names))
        words.set_invalid(self.name, wrong and bool(self._names))
        self.name.setAccessibleDescription(self.told.text() if wrong else "")

    @guarded
    def _on_typed(self) -> None:
        text = self.name.text().strip()
        right = is_typed(text, self._names)
        self._right.tell("tick" if right else "", "ok")
        self._tell_wrong(wrong=bool(text) and not right and not self._wanted.text().startswith(text))
        self.changed.emit()

    @guarded
    def _on_rather(self) -> None:
        self.as_copy.emit()

    @guarded
    def _on_again(self) -> None:
        self.again.emit()
