"""Asked before a server backs up: all of it, what changed, or the log; and what that comes to, database by database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QVBoxLayout, QWidget

from ..base.records import BackupKind, BackupRequest, Problem, Severity
from ..base.saying import N_
from ..base.texts import _
from . import telling, words
from .guard import guarded
from .restore_pane import ChoiceCard, one_of, wrapped
from .sheet import Sheet

if TYPE_CHECKING:
    from ..jobs.server_door import Forecast
    from .desk import Desk

_KINDS = (
    (
        BackupKind.FULL,
        "database",
        N_("Full"),
        N_("Everything. Where differential copies stand on another one already, it is made aside (copy-only)."),
    ),
    (
        BackupKind.DIFFERENTIAL,
        "copy",
        N_("Differential"),
        N_("What changed since the last full one: quick and small. A restore takes both."),
    ),
    (
        BackupKind.LOG,
        "clock",
        N_("Log"),
        N_("What was written since the last copy of the log: any instant comes back, and the log stops growing."),
    ),
)
_WIDTH = 560
_MADE = {
    BackupKind.FULL: N_("a full copy"),
    BackupKind.DIFFERENTIAL: N_("a differential copy"),
    BackupKind.LOG: N_("a copy of the log"),
}


class KindSheet(Sheet):
    """Which kind; below it what would really be made of each database now."""

    def __init__(self, parent: QWidget, desk: Desk) -> None:
        super().__init__(parent, _("Which copy shall be made?"), _WIDTH)
        self._desk = desk
        self._found: dict[BackupKind, tuple[Forecast, ...]] = {}
        self._told: list[str] = []
        self.cards: dict[BackupKind, ChoiceCard] = {}
        for kind, icon, title, meaning in _KINDS:
            card = ChoiceCard(icon)
            card.tell(_(title), _(meaning))
            card.chosen.connect(self._on_chosen)
            self.cards[kind] = card
            self.body.addWidget(card)
        self._group = one_of(self, self.cards.values())
        self.forecast: QVBoxLayout = words.column(gap=6)
        self.body.addLayout(self.forecast)
        self.sql_said = wrapped("meta", "danger")
        self.sql_said.hide()
        self.body.addWidget(self.sql_said)
        self.button_sql = self.add_button(_("Copy the T-SQL"), self.copy_sql, "link")
        self.add_main(_("Back up now"), self._on_main, icon="play")
        self.cards[BackupKind.FULL].choose()

    @property
    def kind(self) -> BackupKind:
        """What is chosen."""
        return next(kind for kind, card in self.cards.items() if card.is_chosen)

    def ask(self, first: QWidget | None = None) -> None:
        """Show it, with the keyboard on what is chosen."""
        super().ask(first or self.cards[self.kind].radio)

    @property
    def told(self) -> list[str]:
        """What is said of the databases now."""
        return self._told

    @guarded
    def _on_chosen(self) -> None:
        kind = self.kind
        self._say_of_sql("")
        if kind in self._found or kind is BackupKind.FULL:
            self._show(kind)
            return
        self._say([("clock", "text3", _("Asking the server…"))])
        self._desk.ask(
            self,
            lambda model: (kind, model.forecast(kind)),
            self._take,
            lambda problem: self._failed(kind, problem),
            key="forecast",
        )

    def _take(self, found: tuple[BackupKind, tuple[Forecast, ...]]) -> None:
        kind, forecasts = found
        self._found[kind] = forecasts
        if kind is self.kind:
            self._show(kind)

    def _failed(self, kind: BackupKind, problem: Problem) -> None:
        if kind is self.kind:
            self._say([("warning", "warn", telling.reason(problem))])

    def _show(self, kind: BackupKind) -> None:
        """Say only what is not as was asked, and that the rest is."""
        forecasts = self._found.get(kind, ())
        other = [one for one in forecasts if one.kind is not kind]
        said = [_said(one) for one in other]
        if forecasts and not other:
            said = [("tick", "ok", _("Of every database: {what}.").format(what=_(_MADE[kind])))]
        self._say(said)
        if self.main is not None:
            nothing = bool(forecasts) and all(one.kind is None for one in forecasts)
            self.main.setEnabled(not nothing)
            self.main.setToolTip(_("Nothing of that kind can be made now") if nothing else "")

    def _say(self, lines: list[tuple[str, str, str]]) -> None:
        words.clear(self.forecast)
        self._told = [text for _icon, _tone, text in lines]
        for icon, tone, text in lines:
            held, label = QWidget(), wrapped("muted")
            label.setText(text)
            words.row(words.column(1, words.icon_label(icon, tone, 18), ..., gap=0), (label, 1), gap=10, parent=held)
            self.forecast.addWidget(words.named(held, text))
            held.show()  # only what is seen counts for the height of the question
        if self.main is not None:
            self.main.setEnabled(True)

    def copy_sql(self) -> None:
        """Put the T-SQL of what is chosen on the clipboard."""
        kind = self.kind
        self._say_of_sql("")
        request = BackupRequest(kind=kind, requested_by=self._desk.who)
        self._desk.ask(
            self,
            lambda model: model.backup_sql(request),
            lambda text: self._take_sql(kind, text),
            lambda problem: self._no_sql(kind, problem),
            key="sql",
        )

    def _take_sql(self, kind: BackupKind, text: str) -> None:
        """Nobody pastes statements of another kind than the one that is chosen by now."""
        if kind is self.kind:
            self._desk.copy(text)
        else:
            self._desk.said.emit(_("Not copied: another kind was chosen meanwhile"))

    def _no_sql(self, kind: BackupKind, problem: Problem) -> None:
        if kind is self.kind:
            self._say_of_sql(telling.reason(problem))

    def _say_of_sql(self, text: str) -> None:
        """Below what would be made, which is as true as before."""
        self.sql_said.setText(text)
        self.sql_said.setVisible(bool(text))

    def _on_main(self) -> None:
        self._desk.back_up_as(self.kind)


def _said(one: Forecast) -> tuple[str, str, str]:
    reason = telling.reason(one.because) if one.because is not None else ""
    if one.kind is None:
        is_passed_over = one.because is not None and one.because.severity is Severity.INFO
        return ("info", "accent", reason) if is_passed_over else ("cross", "danger", reason)
    return "warning", "warn", reason or _("{name}: {what}.").format(name=one.database, what=_(_MADE[one.kind]))


def wanted(page: QWidget, desk: Desk) -> None:
    """Somebody pressed *Respaldar ahora*: ask which kind where there are several, and a backup can be made now."""
    if not desk.has_kinds:
        desk.back_up()
    elif not any(one.isVisible() for one in page.window().findChildren(KindSheet)) and desk.can_back_up():
        KindSheet(page, desk).ask()
