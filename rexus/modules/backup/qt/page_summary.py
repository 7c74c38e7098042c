"""The screen Summary: is all well, until when, how is that proven, and what to do if not."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, ClassVar

from qtpy.QtCore import QSize, QTimer
from qtpy.QtGui import QHideEvent, QResizeEvent, QShowEvent
from qtpy.QtWidgets import QVBoxLayout, QWidget

from ..base.records import BackupRequest, Depth, Problem, VerifyRequest
from ..base.texts import _
from ..base.watching import DrillRequest
from ..config.roles import Right
from . import backup_kind, chart_data, charts, words
from .guard import guarded
from .judgement import Judgement
from .page import Page
from .runner import Work, the_runner
from .starting import install
from .summary_cards import Cards
from .summary_facts import Overview, overview
from .summary_hero import Empty, Hero
from .summary_points import Mend, Point
from .summary_warnings import Warnings
from .summary_words import EMPTY, Top, top

if TYPE_CHECKING:
    from .desk import Desk

_CHARTS_AFTER_MS = 150
_LOADING_AFTER_MS = 200
_AGAIN_MS = 60_000
"""Ages pass and files vanish while one looks."""
_RIGHTS = {
    "backup": Right.BACKUP,
    "begin": Right.BACKUP,
    "drill": Right.DRILL,
    "verify": Right.VERIFY,
    "install": Right.SCHEDULE,
}


class SummaryPage(Page):
    """Whether all is well, in one look."""

    key: ClassVar[str] = "summary"

    def __init__(self) -> None:
        super().__init__()
        self.overview: Overview | None = None
        self.hero = Hero()
        self.empty = Empty()
        self.warnings = Warnings()
        self.cards = Cards()
        self.charts = tuple(charts.ChartCard() for _number in range(3))
        self.hero.lost_wanted.connect(self._on_lost)
        self.hero.restore_wanted.connect(self._on_restore)
        self.hero.backup_wanted.connect(self._on_backup)
        self.empty.first_wanted.connect(self._on_first)
        self.empty.lost_wanted.connect(self._on_lost)
        self.warnings.wanted.connect(self._on_point)
        self.cards.day_wanted.connect(self._on_day)
        self.cards.schedule_wanted.connect(self._on_schedule)
        self.loading = words.label("", "meta")
        self._clock = QTimer(self)
        self._clock.setInterval(_AGAIN_MS)
        self._clock.timeout.connect(self._on_clock)
        self._fill()
        self._say_nothing()

    def _fill(self) -> None:
        self._row = QWidget()
        words.row(*((one, 1) for one in self.charts), gap=16, parent=self._row)
        inner = _Body()
        self._body: QVBoxLayout = words.column(
            self.hero, self.loading, self.warnings, (self.empty, 1), self.cards, (self._row, 1), gap=16,
            margins=(24, 20, 24, 20), parent=inner,
        )  # fmt: skip
        self._body.addStretch(0)
        words.column(words.scroll(inner), parent=self)

    def use(self, desk: Desk) -> None:
        """Take the desk, and listen to what runs."""
        super().use(desk)
        the_runner().changed.connect(self._on_work)
        the_runner().finished.connect(self._on_work)
        desk.reopened.connect(self._on_reopened)
        self._tell_work()

    def refresh(self) -> None:
        """Read anew."""
        if self.desk is None:
            return
        if self.desk.model is None:
            self._say_nothing()
            return
        if self.overview is None:
            QTimer.singleShot(_LOADING_AFTER_MS, self._say_loading)
        self._ask(self.desk, self.desk.judgement)

    def _ask(self, desk: Desk, judgement: Judgement) -> None:
        desk.ask(self, lambda model: overview(model, judgement), self._show, self._failed, key="summary")

    def command(self) -> tuple[str, ...]:
        """The judgement, on the command line."""
        return ("health",)

    def retheme(self) -> None:
        """Charts and strips are painted by hand."""
        for one in self.charts:
            one.plot.retheme()
        for card in self.cards.cards.values():
            card.strip.update()

    @guarded
    def showEvent(self, event: QShowEvent) -> None:
        """The charts' library comes after what one came for."""
        super().showEvent(event)
        QTimer.singleShot(_CHARTS_AFTER_MS, charts.library().want)
        self._clock.start()

    @guarded
    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks: nothing to keep fresh."""
        self._clock.stop()
        super().hideEvent(event)

    def _show(self, found: Overview) -> None:
        self.overview = found
        said = top(found.health)
        empty = found.sets == 0 and any(one.code in EMPTY for one in found.health.alarms)
        leads = not empty and leads_below(said)
        dense = bool(said.points) and not empty
        self._body.setSpacing(12 if dense else 16)
        self._body.setContentsMargins(24, 14 if dense else 20, 24, 12 if dense else 20)
        self.loading.hide()
        self.hero.tell(said, mend_above=leads)
        self.empty.tell(said, _("Make the first copy"))
        self.warnings.tell(said.points, main=leads)
        self.cards.tell(found)
        self._switch(full=not empty, empty=empty)
        pictures = (chart_data.sizes(found), chart_data.durations(found), chart_data.space(found))
        for chart, picture in zip(self.charts, pictures, strict=True):
            chart.tell(picture)
        self._tell_rights()

    def _switch(self, *, full: bool, empty: bool) -> None:
        """Show the figures, or that there are none yet, or neither."""
        self.hero.setVisible(not empty)
        self.empty.setVisible(empty)
        self.cards.setVisible(full)
        self._row.setVisible(full)

    def _failed(self, problem: Problem) -> None:
        self.loading.hide()
        if self.desk is not None:
            self.desk.tell(problem, mend=_("Read again"), act=self.desk.refresh)

    @guarded
    def _say_loading(self) -> None:
        if self.overview is None and self.desk is not None and self.desk.model is not None:
            self.loading.setText(_("Reading the copies…"))
            self.loading.show()

    def _say_nothing(self) -> None:
        """Nothing was read yet, or there is nothing to read."""
        self.overview = None
        nothing = self.desk is not None and self.desk.model is None
        if self.desk is not None and self.desk.trouble is not None:
            said = Top(
                tone="danger", icon="shield-alert", title=_("The settings can't be used"),
                text=_("Nothing runs by itself until that is mended. What is stored can be restored all the same."),
            )  # fmt: skip
        else:
            said = Top(
                tone="info", icon="shield-alert", title=_("There are no copies yet"),
                text=_("Nothing is set up here: say which databases are to be copied, and where to."),
            )  # fmt: skip
        self.empty.tell(said, _("Set up the copies") if said.tone == "info" else _("See the settings"))
        self.loading.hide()
        self.warnings.tell((), main=False)
        self._switch(full=False, empty=nothing)
        self.hero.hide()

    @guarded
    def _on_reopened(self) -> None:
        self._say_nothing()

    @guarded
    def _on_work(self, work: Work) -> None:
        self._tell_work()

    def _tell_work(self) -> None:
        desk = self.desk
        if desk is None:
            return
        here = desk.config.absolute()
        works = [one for one in the_runner().works() if one.config == here and one.verb == "backup"]
        running = any(one.state != "ended" for one in works)
        for one in (self.hero, self.empty):
            one.tell_work(running=running, allowed=desk.may(Right.BACKUP) or self._is_unset())

    def _is_unset(self) -> bool:
        return self.desk is not None and self.desk.model is None

    def _tell_rights(self) -> None:
        if self.desk is not None:
            self.warnings.allow({verb: self.desk.may(right) for verb, right in _RIGHTS.items()})
            self.cards.allow(schedule=self.desk.may(Right.SCHEDULE))
            self._tell_work()

    @guarded
    def _on_clock(self) -> None:
        if self.isVisible() and self.desk is not None and self.desk.model is not None:
            self._ask(self.desk, Judgement())  # nobody told of any change: it is found by looking anew

    @guarded
    def _on_lost(self) -> None:
        if self.desk is not None:
            self.desk.go("restore", lost=True)

    @guarded
    def _on_restore(self, mend: Mend | None) -> None:
        if self.desk is not None:
            self.desk.go("restore", **({"database": mend.databases[0]} if mend is not None else {}))

    @guarded
    def _on_backup(self) -> None:
        if self.desk is not None:
            backup_kind.wanted(self, self.desk)

    @guarded
    def _on_first(self) -> None:
        """The main button where there is nothing yet."""
        if self.desk is None:
            return
        if self.desk.model is not None:
            self.desk.back_up()
        else:
            self.desk.go("first" if self.desk.trouble is None else "settings")

    @guarded
    def _on_day(self, which: date) -> None:
        if self.desk is not None:
            self.desk.go("sets", day=which)

    @guarded
    def _on_point(self, point: Point) -> None:
        desk, mend = self.desk, point.mend
        if desk is None:
            return
        if mend.verb == "backup":
            backup_kind.wanted(self, desk)
        elif mend.verb == "begin":
            desk.order("backup", BackupRequest(new_root=True, requested_by=desk.who))
        elif mend.verb == "drill":
            desk.order("drill", DrillRequest(databases=mend.databases, requested_by=desk.who))
        elif mend.verb == "verify":
            desk.order("verify", VerifyRequest(sets=(mend.what,), depth=Depth.CONTENT, requested_by=desk.who))
        elif mend.verb == "install":
            self._install()
        elif mend.verb == "details":
            desk.tell(point.problem)
        else:
            self._go(desk, mend)

    @staticmethod
    def _go(desk: Desk, mend: Mend) -> None:
        """To the screen where it is mended."""
        what: dict[str, object] = {}
        if mend.verb == "restore":
            what = {"database": mend.databases[0]} if mend.databases else {}
        elif mend.what:
            what = {"section" if mend.verb == "settings" else "set": mend.what}
        desk.go(mend.verb, **what)

    @guarded
    def _on_schedule(self) -> None:
        """Have the system run the schedules; where there are none, choose times first."""
        if self.desk is None or self.desk.model is None:
            return
        if any(one.enabled for one in self.desk.model.loaded.settings.schedules):
            self._install()
        else:
            self.desk.go("settings", section="times")

    def _install(self) -> None:
        if self.desk is not None:
            who = self.desk.who
            self.desk.ask(self, lambda model: install(model, who).problems, self._installed, key="install")

    def _installed(self, problems: tuple[Problem, ...]) -> None:
        if self.desk is not None:
            for one in problems:
                self.desk.tell(one)
            self.desk.refresh()


class _Body(QWidget):
    """As high as its words are at the width they have, and no higher: sentences that wrap need less than they fear."""

    def minimumSizeHint(self) -> QSize:
        """At the present width."""
        lay = self.layout()
        hint = super().minimumSizeHint()
        return QSize(hint.width(), lay.minimumHeightForWidth(self.width())) if lay is not None else hint

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width, another height."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.updateGeometry()


def leads_below(said: Top) -> bool:
    """Whether the first point has the main button of the page: only one has."""
    return said.mend is None and bool(said.points) and said.points[0].mend.verb not in {"backup", "begin", "details"}
