"""Running work below every page: how far, how long, how it ended, how to stop it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from qtpy.QtCore import QPoint, QTimer, Signal
from qtpy.QtGui import QShowEvent
from qtpy.QtWidgets import QBoxLayout, QFrame, QSizePolicy, QWidget

from ..base.records import Status
from ..base.texts import _, n_
from . import words, work_words
from .guard import guarded
from .resting import switch
from .runner import the_runner
from .work import FILES, Part, Work
from .work_causes import Cause, backed_up, failed_databases
from .work_rows import FINE, SHOWN, Elided, WorkRow, bar, busiest

HEIGHT = 84
FOLD_MS = 10_000
"""How long a good end is shown."""
_TITLE_WIDTH, _TITLE_MOST = 168, 280
_ALL = 1000
"""Rows take all the room there is; without them nothing does."""
_AROUND = 55
"""Icon and edges of a button."""
_NO_LIMIT = (1 << 24) - 1
_SPOKEN = 10


class WorkStrip(QFrame):
    """Docked below the page, above its own buttons; there only while there is something to say.

    Made anew with every page, it forgets nothing: what it shows is asked of the runner.
    """

    look = Signal(str)
    """Somebody wants to see this set."""
    again = Signal()
    """Somebody wants another backup."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("rx", "footer")
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._work: Work | None = None
        self._ends: list[Work] = []
        self._fixed = True
        self.may_stop: Callable[[Work], bool] = lambda _work: True
        """Whether the person may stop a work, which others may have ordered."""
        self._build()
        self._fold = QTimer(self)
        self._fold.setSingleShot(True)
        self._fold.timeout.connect(self._on_fold)
        runner = the_runner()
        for one in runner.unread():  # what went wrong while no page was there
            self._ends = _read_still(self._ends, one)
        runner.changed.connect(self._on_changed)
        runner.finished.connect(self._on_finished)
        runner.acknowledged.connect(self._on_acknowledged)
        self._show_now()

    @property
    def work(self) -> Work | None:
        """What it shows."""
        return self._work

    def stand_in(self, place: QBoxLayout) -> None:
        """Stand at the end of that layout from now on."""
        if place.indexOf(self) < 0:
            place.addWidget(self)
            self._show_now()  # a widget that moves is hidden by Qt

    def _build(self) -> None:
        self.total = bar("total")
        self.icon = words.icon_label("", size=20)
        self.title = Elided("strong")
        self.state = Elided("muted")
        self.closing = Elided("meta")
        texts = QWidget()
        words.column(
            ...,
            words.row(self.icon, (self.title, 1)),
            self.state,
            self.closing,
            ...,
            gap=2,
            parent=texts,
        )
        self._texts = texts
        self.rows = tuple(WorkRow() for _one in range(SHOWN))
        self.more = words.button("", "link")
        self.more.clicked.connect(self._on_more)
        self.button_cancel = words.button(_("Cancel"), icon="stop")
        self.button_cancel.setToolTip(_("Stop this work; nothing unfinished is left"))
        self.button_cancel.clicked.connect(self._on_cancel)
        self.button_look = words.button(_("See the copy"))
        self.button_look.clicked.connect(self._on_look)
        self.button_close = words.tool("cross", _("Understood: hide this"))
        self.button_close.clicked.connect(self._on_close)
        self.button_again = words.button(_("Back up again"), icon="play")
        self.button_again.clicked.connect(self.again)
        self._content = words.row(
            texts,
            4,
            *((one, _ALL) for one in self.rows),
            ...,
            self.more,
            self.button_look,
            self.button_again,
            self.button_cancel,
            self.button_close,
            gap=20,
            margins=(20, 0, 16, 0),
        )
        words.column(self.total, (self._content, 1), gap=0, parent=self)

    def _show_now(self) -> None:
        """What there is to show at this moment: running work, else what has just ended, else nothing."""
        runner = the_runner()
        waiting = next((one for one in runner.works() if one.state == "queued"), None)
        work = runner.running() or waiting or (self._ends[-1] if self._ends else None)
        self._work = work
        if work is None:
            self.hide()
            return
        if self.parentWidget() is not None:  # before that it would be a window of its own; then it comes with its page
            self.show()
        if work.state == "ended":
            self._show_end(work)
        else:
            self._show_course(work)

    def _show_course(self, work: Work) -> None:
        waiting = sum(1 for one in the_runner().works() if one.state == "queued" and one.id != work.id)
        self.icon.hide()
        title, closing = work_words.title(work), work_words.closing(work, waiting)
        self._set_texts(title, work_words.how_far(work), closing, fixed=True)
        words.set_tone(self.title, "")
        words.set_tone(self.total, "")
        self._fill_total(work.fraction or 0.0)
        self._show_rows(work, {})
        self.button_look.hide()
        self.button_again.hide()
        self.button_close.hide()
        self.button_cancel.setVisible(self.may_stop(work))
        stopping = work.state == "cancelling"
        switch(self.button_cancel, on=not stopping)
        words.retitle(self.button_cancel, _("Stopping…") if stopping else _("Cancel"))

    def _show_end(self, work: Work) -> None:
        result = work_words.result(work)
        failed = backed_up(work) if failed_databases(work) else {}
        self.icon.setVisible(True)
        self.icon.tell(result.icon, result.tone or "text2")
        self._set_texts(result.title, result.detail, "", fixed=bool(failed), cause=result.cause)
        words.set_tone(self.title, {"": "", "ok": "ok", "warn": "warn"}.get(result.tone, "danger"))
        words.set_tone(self.total, "ok" if result.tone == "warn" else result.tone)
        self._fill_total(1.0 if result.tone else 0.0)
        self._show_rows(work if failed else None, failed)
        name = work_words.set_of(work)
        self.button_look.setVisible(bool(name))
        lacks = work.outcome is not None and work.outcome.status in (Status.FAILED, Status.INTERRUPTED)
        self.button_again.setVisible(lacks and work.verb == "backup" and self.may_stop(work))
        self.button_cancel.hide()
        self.button_close.setVisible(True)

    def _show_rows(self, work: Work | None, failed: Mapping[str, Cause | None]) -> None:
        parts: tuple[Part, ...] = ()
        if work is not None:
            parts = work.databases or tuple(one for one in work.parts if one.name != FILES) or work.parts
        if failed:  # what failed is what must be read
            parts = tuple(sorted(parts, key=lambda one: failed.get(one.name) is None))
        shown = busiest(parts) if not failed else parts[:SHOWN]
        for number, row in enumerate(self.rows):
            row.setVisible(number < len(shown))
            if number < len(shown) and work is not None:
                part = shown[number]
                row.tell(part, work.verb, failed.get(part.name))
        rest = len(parts) - len(shown)
        self.more.setVisible(rest > 0)
        if rest > 0:
            self.more.setText(n_("and {count} more", "and {count} more", rest).format(count=rest))
            self.more.setAccessibleName(_("Show all"))

    def _fill_total(self, fraction: float) -> None:
        self.total.setValue(round(fraction * FINE))
        percent = int(fraction * 100) // _SPOKEN * _SPOKEN
        told = _("All together, {percent} %").format(percent=percent)
        if told != self.total.accessibleName():
            self.total.setAccessibleName(told)

    def _set_texts(self, title: str, state: str, closing: str, *, fixed: bool, cause: Cause | None = None) -> None:
        """Three lines; ``fixed``: as wide as they need, so that rows have the rest; ``cause``: the state in short."""
        for one, text in ((self.title, title), (self.closing, closing)):
            one.tell(text)
            one.setVisible(bool(text))
        short = cause if cause is not None else Cause(state)
        self.state.tell(state, shorter=short.short, place=short.place)
        self.state.setVisible(bool(state))
        self._fixed = fixed
        self._fit()

    def _fit(self) -> None:
        """Give the lines and the button the room that their words need in the present font."""
        stops = self._work is not None and self._work.state == "cancelling"  # else figures would move the bars
        lines = (self.title, self.closing, *((self.state,) if stops else ()))
        wide = max(one.sizeHint().width() for one in lines) + (0 if self.icon.isHidden() else 28)
        wide = max(_TITLE_WIDTH, min(wide, _TITLE_MOST)) if self._fixed else _TITLE_WIDTH
        self._texts.setMinimumWidth(wide)
        self._texts.setMaximumWidth(wide if self._fixed else _NO_LIMIT)
        self._content.setStretch(0, 0 if self._fixed else _ALL)
        metrics = self.button_cancel.fontMetrics()
        widest = max(metrics.horizontalAdvance(one) for one in (_("Cancel"), _("Stopping…")))
        self.button_cancel.setMinimumWidth(widest + _AROUND)  # it keeps its place whatever it says

    @guarded
    def showEvent(self, event: QShowEvent) -> None:
        """Only now the font is known."""
        super().showEvent(event)
        self._fit()

    @guarded
    def _on_changed(self, work: Work) -> None:
        if work.state != "ended":
            self._show_now()

    @guarded
    def _on_finished(self, work: Work) -> None:
        """Show it; what must be read and was not waits behind it, unless this says that it is over."""
        before, self._ends = self._ends, _read_still(self._ends, work)
        for one in before:
            if one not in self._ends:
                the_runner().acknowledge(one.id)
        if work not in self._ends:
            self._ends.append(work)
        self._fold.stop()
        if not work_words.result(work).stays:
            self._fold.start(FOLD_MS)
        self._show_now()

    @guarded
    def _on_acknowledged(self, number: str) -> None:
        """It was read here or elsewhere: nobody needs to be told again."""
        left = [one for one in self._ends if one.id != number]
        if len(left) < len(self._ends):
            self._ends = left
            self._show_now()

    @guarded
    def _on_close(self) -> None:
        """Whoever has read the newest needs none of the older ones again."""
        self._fold.stop()
        while self._ends:
            the_runner().acknowledge(self._ends.pop().id)
        self._show_now()

    @guarded
    def _on_fold(self) -> None:
        self._fold.stop()
        if self._ends:
            the_runner().acknowledge(self._ends.pop().id)
        self._show_now()

    @guarded
    def _on_cancel(self) -> None:
        if self._work is not None and self.may_stop(self._work):
            the_runner().cancel(self._work.id)

    @guarded
    def _on_look(self) -> None:
        name = work_words.set_of(self._work) if self._work is not None else ""
        if name:
            self.look.emit(name)

    @guarded
    def _on_more(self) -> None:
        """All databases of the work, in a list."""
        from .history import parts_menu

        if self._work is not None:
            made = parts_menu(self, self._work)
            made.aboutToHide.connect(made.deleteLater)
            made.popup(self.more.mapToGlobal(QPoint(0, -made.sizeHint().height())))


def _read_still(ends: list[Work], work: Work) -> list[Work]:
    """What is still to be read once ``work`` has ended: not what this says that it is over."""
    is_well = work.outcome is not None and work.outcome.status is Status.OK
    left = [one for one in ends if work_words.result(one).stays and not (is_well and _alike(one, work))]
    return [*left, work] if work_words.result(work).stays else left


def _alike(one: Work, other: Work) -> bool:
    """Whether the second is the first done again."""
    return (one.verb, one.config) == (other.verb, other.config)
