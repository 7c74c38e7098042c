"""The first step of a restore: what is to come back, and as it was when."""

from __future__ import annotations

import functools
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
from qtpy.QtCore import QTimer, Signal
from qtpy.QtGui import QHideEvent, QShowEvent
from qtpy.QtWidgets import QWidget

from ..base.texts import _
from ..base.timeline import Line, Used
from ..base.timeline_view import day_start
from ..base.watching import Occurrence
from . import asking, telling, words
from . import restore_what_words as told
from .guard import guarded
from .restore_what_offer import Key, Offer, Wish, reached, stretch_of
from .restore_what_parts import Choices, Consequence
from .restore_what_words import DATABASE, Choice
from .timeline_card import TimelineCard
from .timeline_moment import MomentField, shown

if TYPE_CHECKING:
    from ..base.records import Problem
    from ..catalog.index import Listing

__all__ = ["Choice", "WhatStep", "Wish"]
_ANY: Key = (DATABASE, "")
AT_ONCE = 1000
"""Up to so many sets a line is drawn up at once; more are worked through elsewhere."""
PAUSE_MS = 350
"""Typing that rests for so long is followed."""
TURN_MS = 20_000
"""How often the present goes on."""
CLOSE_S = 60.0
"""A distance that need not be told."""


class WhatStep(QWidget):
    """Base, timeline, moment, consequences. Knows no model: it is offered a listing."""

    chosen = Signal(object)
    """A `Choice`, or None while there is none."""

    def __init__(self) -> None:
        super().__init__()
        self._offer: Offer | None = None
        self._key: Key = (DATABASE, "")
        self._lines: dict[Key, Line] = {}
        self._instant: datetime | None = None
        self._choice: Choice | None = None
        self._choices = Choices()
        self._card = TimelineCard()
        self._field = MomentField()
        self._latest = words.button(_("The latest"))
        self._hour = words.button(_("An hour ago"))
        self._close = words.button(_("Yesterday at closing"))
        self._remark = words.label(rx="meta", wrap=True)
        self._go = words.button("", "link")
        self._back = Consequence("restore", "accent")
        self._lost = Consequence("warning", "warn")
        self._build()
        self._typing = _timer(self, PAUSE_MS, single=True)
        self._turn = _timer(self, TURN_MS)
        self._wire()
        self._say("")
        self._choose(None)

    def offer(  # noqa: PLR0913  what there is, and what is known of it
        self,
        listing: Listing,
        now: datetime,
        *,
        databases: Sequence[str] = (),
        planned: Sequence[Occurrence] = (),
        agreed_s: Mapping[str, float] | None = None,
        wish: Wish | None = None,
        gone: Problem | None = None,
    ) -> None:
        """Offer what is in ``listing``, the configured ``databases`` first.

        ``agreed_s``: the agreed loss in seconds by name of the database (``""``: of all others). ``gone``: why the
        folder that held copies is not there.
        """
        held = {name: None for one in listing.sets for name in one.databases}
        names = tuple(dict.fromkeys((*(name for name in databases if name in held), *sorted(held))))
        followed = self._is_latest()
        self._offer = Offer(listing, now, names, tuple(planned), dict(agreed_s or {}), time.monotonic(), gone)
        self._lines.clear()
        key, instant = self._offer.wanted(wish, self._key, None if followed else self._instant)
        self._pick(key, instant, wish.set if wish is not None else None)

    def tell_unstarted(self, unstarted: bool) -> None:
        """Whether nobody starts the copies that are planned."""
        self._card.timeline.tell_unstarted(unstarted)

    @property
    def choice(self) -> Choice | None:
        """What is chosen now; None: nothing can be."""
        return self._choice

    @property
    def first(self) -> QWidget:
        """Where the keyboard begins."""
        return self._card.timeline

    def settle(self) -> bool:
        """Take what is typed as meant; whether the choice is what the person has seen."""
        before = self._choice
        self._on_settled()
        return self._choice is not None and self._choice == before

    def retheme(self) -> None:
        """Redraw what the sheet does not reach."""
        self._card.retheme()

    @guarded
    def showEvent(self, event: QShowEvent | None) -> None:
        """Time goes on while it is seen."""
        if event is not None:
            super().showEvent(event)
        self._turn.start()
        self._on_turn()

    @guarded
    def hideEvent(self, event: QHideEvent | None) -> None:
        """Nobody looks."""
        self._turn.stop()
        if event is not None:
            super().hideEvent(event)

    def _build(self) -> None:
        self._of = words.label(_("Database|choice").partition("|")[0])
        what = words.row(self._of, (self._choices, 1), gap=8)
        pick = words.row(words.label(_("Moment")), self._field, 8, self._latest, self._hour, self._close, ..., gap=8)
        remark = words.row((self._remark, 1), self._go, gap=12)
        when = words.column(pick, remark, gap=6)
        cost = words.row((self._back, 1), (self._lost, 1), gap=16)
        words.column(what, self._card, when, cost, ..., gap=14, parent=self)

    def _wire(self) -> None:
        self._choices.picked.connect(self._on_picked)
        self._card.timeline.stood.connect(self._on_stood)
        self._field.typed.connect(self._on_typed)
        self._field.settled.connect(self._on_settled)
        self._typing.timeout.connect(self._on_rest)
        self._turn.timeout.connect(self._on_turn)
        self._latest.clicked.connect(self._on_latest)
        self._hour.clicked.connect(self._on_hour)
        self._close.clicked.connect(self._on_close)
        self._go.clicked.connect(self._on_settled)

    def _order_tabs(self) -> None:
        """As one reads: what, when, the exact moment."""
        shortcuts = (self._field, self._latest, self._hour, self._close, self._go)
        for one, other in pairwise((*self._choices.in_order(), *self._card.in_order(), *shortcuts)):
            QWidget.setTabOrder(one, other)

    @property
    def _line(self) -> Line | None:
        return self._lines.get(self._key)

    def _is_latest(self) -> bool:
        return self._line is not None and self._instant == self._line.latest

    def _pick(self, key: Key, instant: datetime | None, name: str | None = None) -> None:
        """Show the line of ``key``; a long one is drawn up elsewhere."""
        assert self._offer is not None
        self._key = key
        self._choices.offer(self._offer.keys(), key)
        for one in (self._of, self._choices):
            one.setVisible(bool(self._offer.keys()))
        self._order_tabs()
        if key in self._lines or len(self._offer.listing.sets) <= AT_ONCE:
            self._show(key, instant, name, self._lines.get(key) or self._offer.line(key))
            return
        self._choose(None)
        self._card.say_nothing(_("Reading copies…"))
        work = functools.partial(self._offer.line, key)
        asking.ask(self, work, functools.partial(self._show, key, instant, name), key="line")

    def _show(self, key: Key, instant: datetime | None, name: str | None, line: Line) -> None:
        self._lines[key] = line
        of_set = reached(line).get(name) if name is not None else None
        instant = of_set or instant
        stretch = stretch_of(line)
        self._card.timeline.show_line(line, instant, stretch)
        unread = self._offer.unread if self._offer is not None else None
        gone = self._offer.gone if self._offer is not None else None
        nothing = telling.reason(unread) if unread is not None else told.nothing(*(key if gone is None else _ANY), line)
        self._card.say_nothing("" if line.spans else nothing, "" if line.spans else "warning")
        self._choose(self._card.timeline.instant)
        self._field.show_instant(self._instant)
        self._offer_shortcuts()
        self._say("" if gone is None or line.spans else told.not_there(gone), "warn")
        if instant is not None and self._instant is not None:
            self._tell_distance(instant, self._instant)
        if name is not None and of_set is None and self._offer is not None:
            self._say(told.not_here(name, self._offer.listing.sets, line.now), "warn")

    def _offer_shortcuts(self) -> None:
        line = self._line
        latest = line.latest if line is not None else None
        text = _("The latest")
        if latest is not None and line is not None:
            today = latest.astimezone().date() == line.now.astimezone().date()
            when = f"{latest.astimezone():%H:%M}" if today else telling.when(latest, line.now)
            text = _("The latest, {when}").format(when=when)
        words.retitle(self._latest, text)
        for button, target in zip((self._latest, self._hour, self._close), self._targets(), strict=True):
            button.setEnabled(target is not None)
            button.setToolTip(telling.exact(target) if target is not None else _("There is no copy that old."))
        self._field.setEnabled(latest is not None)

    def _targets(self) -> tuple[datetime | None, datetime | None, datetime | None]:
        """Where the shortcuts lead: the latest, an hour ago, the end of yesterday."""
        line = self._line
        if line is None or self._offer is None:
            return None, None, None
        now = self._offer.present()
        closing = day_start(now.astimezone().date()) - timedelta(seconds=1)
        return line.latest, line.nearest(now - timedelta(hours=1), -1), line.nearest(closing, -1)

    def _choose(self, instant: datetime | None) -> None:
        """That instant it is: the cards say what follows, the wizard is told."""
        self._instant = instant
        line = self._line
        used = line.used(instant) if line is not None and instant is not None else None
        self._back.setVisible(used is not None)
        self._lost.setVisible(used is not None)
        if line is None or instant is None or used is None:
            self._tell(None)
            return
        kind, name = self._key
        self._tell(told.choice_of(kind, name, line, instant, used))
        self._tell_cards(kind, line, instant, used)

    def _tell_cards(self, kind: str, line: Line, instant: datetime, used: Used) -> None:
        remark = told.proof(kind, used, line.now)
        if any(piece.partial for piece in used.pieces):
            remark = ("warning", "warn", _("Its set did not complete, but this part did."))
        body = told.back_body(kind, line, used)
        self._back.tell(("restore", "accent"), told.back_title(instant, line.now), body, remark)
        lost = line.lost_s(instant)
        icon = ("warning", "warn") if lost >= 1 else ("tick", "ok")
        self._lost.tell(icon, told.lost_title(lost, kind), told.lost_body(line, instant, kind))

    def _tell(self, choice: Choice | None) -> None:
        before, self._choice = self._choice, choice
        if choice != before:
            self.chosen.emit(choice)

    def _say(self, text: str, tone: str = "", going: datetime | None = None) -> None:
        """One line below the moment; with a way to the nearest instant while another is typed."""
        self._remark.setText(text)
        words.set_tone(self._remark, tone)
        self._remark.setVisible(bool(text))
        line = self._line
        self._go.setVisible(going is not None)
        if going is not None and line is not None:
            words.retitle(self._go, _("Go to {when}").format(when=telling.when(going, line.now)))

    def remark(self) -> str:
        """What is said below the moment."""
        return self._remark.text()

    def _go_to(self, wanted: datetime, near: datetime | None) -> None:
        """Stand at ``near`` and say how far that is from what was wanted."""
        if near is None:
            return
        self._card.timeline.stand(near)
        self._field.show_instant(near)
        self._choose(near)
        self._tell_distance(wanted, near)

    def _tell_distance(self, wanted: datetime, near: datetime, *, going: bool = False) -> None:
        line = self._line
        apart = abs((near - wanted).total_seconds())
        if line is None or (apart < CLOSE_S and not going):
            self._say("")
            return
        text, tone, agreed = told.distance(wanted, near, line), "", self._agreed_s()
        if agreed is not None and apart > agreed:
            text, tone = f"{text} {told.too_far(agreed)}", "warn"
        elif near > wanted:
            tone = "warn"
        self._say(text, tone, near if going else None)

    def _agreed_s(self) -> float | None:
        agreed = self._offer.agreed_s if self._offer is not None else {}
        return agreed.get(self._key[1], agreed.get(""))

    @guarded
    def _on_picked(self, key: Key) -> None:
        latest = self._is_latest()
        self._pick(key, None if latest else self._instant)

    @guarded
    def _on_stood(self, instant: datetime) -> None:
        self._typing.stop()
        self._field.show_instant(instant)
        self._choose(instant)
        self._say("")

    @guarded
    def _on_typed(self, instant: datetime | None) -> None:
        self._typing.start()
        if instant is None:
            self._tell(None)

    @guarded
    def _on_rest(self) -> None:
        """Typing rests: follow to where one can stand; else say what would come back instead, and wait."""
        line, wanted = self._line, self._field.instant()
        grain = self._field.grain()
        near = line.meant(wanted, grain) if line is not None and wanted is not None else None
        if wanted is None:
            self._say(_("A day and a time, as in {example}").format(example=_example(self._field)), "danger")
        if wanted is None or near is None:
            return
        if abs(near - wanted) < grain:
            self._card.timeline.stand(near)
            self._choose(near)
            self._say("")
        else:
            self._tell(None)
            self._tell_distance(wanted, near, going=True)

    @guarded
    def _on_settled(self) -> None:
        """The field is left: the latest possible instant until then, and in words how far that is."""
        self._typing.stop()
        line = self._line
        if line is None or not self._field.is_changed:
            return
        wanted = self._field.instant()
        if wanted is None:
            self._field.show_instant(self._instant)
            self._choose(self._instant)
            self._say("")
        else:
            self._go_to(wanted, line.meant(wanted, self._field.grain()))

    @guarded
    def _on_latest(self) -> None:
        if (target := self._targets()[0]) is not None:
            self._go_to(target, target)

    @guarded
    def _on_hour(self) -> None:
        if self._offer is not None:
            self._go_to(self._offer.present() - timedelta(hours=1), self._targets()[1])

    @guarded
    def _on_close(self) -> None:
        if (target := self._targets()[2]) is not None:
            self._go_to(target, target)

    @guarded
    def _on_turn(self) -> None:
        """The present goes on, and with it what is lost."""
        line = self._line
        if line is None or self._offer is None:
            return
        now = self._offer.present()
        self._lines[self._key] = msgspec.structs.replace(line, now=now)
        self._card.timeline.go_on(self._lines[self._key])
        self._offer_shortcuts()
        if self._choice is not None and not self._field.is_changed:
            self._choose(self._instant)


def _example(one: MomentField) -> str:
    return shown(one.present) if one.present is not None else ""


def _timer(owner: QWidget, wait_ms: int, *, single: bool = False) -> QTimer:
    made = QTimer(owner)
    made.setInterval(wait_ms)
    made.setSingleShot(single)
    return made
