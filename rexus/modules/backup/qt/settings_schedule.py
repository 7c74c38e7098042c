"""One schedule as an entry: what, on which days, at which times; the rest on demand."""

from __future__ import annotations

from functools import cache

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QCompleter, QPushButton, QWidget

from ..base.texts import _
from ..config.document import Value
from ..config.draft import Draft
from ..config.settings import Schedule
from . import settings_words as told
from . import telling, words
from .asking import ask
from .guard import guarded
from .settings_fields import ChoiceField, DaysField, Field, FlagField, TextField
from .settings_repeat import RepeatPanel
from .settings_section import Entry
from .settings_times_field import TimesField

EVERY, SOME, ONE, DATES = "every", "some", "one", "dates"
"""Every day; some days of the week; one weekday of the month; days of the month."""


class ScheduleEntry(Entry):
    """A schedule."""

    def __init__(self, entry: dict[str, Value]) -> None:
        super().__init__(entry, Schedule)
        self.action = self.bind(ChoiceField("", ("action",), told.actions(of_server=True)))
        words.named(self.action.box, _("What runs"))
        self.days = DaysChoice(self.entry)
        self.days.chosen.connect(self._on_days)
        self.times = self.bind(TimesField(("times",)))
        self.repeat = RepeatPanel()
        self.repeat.filled.connect(self.times.replace)
        self.times.button_repeat.clicked.connect(self._on_repeat)
        self.dates = self.bind(DaysField("", ("days",), hint=_("1, 15, 31"), note=""))
        self.dates.name = _("Days of the month")
        words.named(self.dates.box, self.dates.name)
        self.week = self.bind(WeekField(("weekdays",)))
        self.ordinal = self.bind(OrdinalField(("ordinal",)))
        self.ordinal.weekday.edited.connect(self._on_field)
        self.button_more = words.tool("chevron-down", _("Name, zone and pause"))
        self.button_more.clicked.connect(self._on_more)
        self.button_gone = words.tool("trash", _("Take this time away"))
        self.button_gone.clicked.connect(self.remove)
        self.more = self._more()
        first = words.row(self.action, self.days, ..., gap=8)
        second = words.row((self.times, 1), self.button_more, self.button_gone, gap=4)
        words.column(
            self.line, first, second, self.repeat, self.week, self.ordinal, self.dates, self.more,
            gap=8, margins=(0, 8, 0, 8), parent=self,
        )  # fmt: skip
        self._show_days()
        self._tell_state()

    def _more(self) -> QWidget:
        self.name = self.bind(TextField(_("Name"), ("name",)))
        self.zone = self.bind(ZoneField(("zone",)))
        self.enabled = self.bind(FlagField(_("Runs; without the mark it waits"), ("enabled",)))
        held = QWidget()
        words.column(words.row((self.name, 1), (self.zone, 1), gap=12), self.enabled, gap=6, parent=held)
        held.setVisible(self.value(("enabled",)) is not True)
        return held

    def editable(self, on: bool) -> None:
        """Let it be changed, or only be read."""
        for one in self.fields:
            one.editable(on)
        self.days.box.setEnabled(on)
        self.repeat.setVisible(False)
        self.ordinal.weekday.editable(on)
        self.button_gone.setVisible(on)

    def judge(self, draft: Draft, place: str) -> None:
        """Say what is wrong; what is wrong with what is folded unfolds it."""
        self._offer_kinds(draft)
        super().judge(draft, place)
        self._tell_state()
        if any(one.wrong for one in (self.name, self.zone)):
            self.more.show()

    def _offer_kinds(self, draft: Draft) -> None:
        """Only where there are differential and log copies these are offered; one that stands there is shown."""
        chosen = self.value(("action",))
        choices = told.actions(of_server=draft.get(("engine",)) == "sqlserver" or chosen in told.OF_SERVER)
        if choices != self.action.choices:
            self.action.offer(choices)
            self.action.fill(chosen)

    @guarded
    def _on_more(self) -> None:
        ask(self.zone, _zones, self.zone.offer, key="zones")
        self.more.setVisible(self.more.isHidden())
        words.set_icon(self.button_more, "chevron-down" if self.more.isHidden() else "chevron-up")

    @guarded
    def _on_repeat(self) -> None:
        """Fold it out with the rhythm that there is, or away."""
        if self.repeat.isHidden():
            self.repeat.fill(self.times.all_times)
        self.repeat.setVisible(self.repeat.isHidden())

    @guarded
    def _on_days(self, kind: str) -> None:
        """Another way to say the days: what the others said goes, and something sensible stands there."""
        weekdays, ordinal, dates = self.value(("weekdays",)), self.value(("ordinal",)), self.value(("days",))
        plans: dict[str, tuple[Value, Value, Value]] = {
            EVERY: ([], None, []),
            SOME: (weekdays or [1, 2, 3, 4, 5], None, []),
            ONE: ([weekdays[0]] if weekdays else [7], ordinal or 1, []),
            DATES: ([], None, dates or [1]),
        }
        for name, value in zip(("weekdays", "ordinal", "days"), plans[kind], strict=True):
            self.put((name,), value)
        self.week.fill(self.value(("weekdays",)))
        self.ordinal.fill(self.value(("ordinal",)))
        self.ordinal.weekday.fill(self.value(("weekdays",)))
        self.dates.fill(self.value(("days",)))
        self._show_days()
        self.changed.emit()

    def _show_days(self) -> None:
        kind = self.days.value
        self.week.setVisible(kind == SOME)
        self.ordinal.setVisible(kind == ONE)
        self.dates.setVisible(kind == DATES)
        self.ordinal.weekday.fill(self.value(("weekdays",)))

    def _tell_state(self) -> None:
        waits = self.value(("enabled",)) is not True
        self.enabled.tell(note=_("It waits: nothing runs by it.") if waits else "")


class DaysChoice(ChoiceField):
    """In which way the days are said."""

    chosen = Signal(str)

    def __init__(self, entry: dict[str, Value]) -> None:
        choices = [
            (EVERY, _("Every day")),
            (SOME, _("Days of the week")),
            (ONE, _("One day a month")),
            (DATES, _("Dates of the month")),
        ]
        super().__init__("", (), choices)
        words.named(self.box, _("On which days"))
        self.fill(_kind(entry))
        self.edited.connect(self._on_chosen)

    @guarded
    def _on_chosen(self, _key: object, value: object) -> None:
        self.chosen.emit(str(value))


def _kind(entry: dict[str, Value]) -> str:
    if entry.get("days"):
        return DATES
    if entry.get("ordinal") is not None:
        return ONE
    return SOME if entry.get("weekdays") else EVERY


class WeekField(Field):
    """Days of the week, a mark each."""

    def __init__(self, key: tuple[str, ...]) -> None:
        self.marks: list[QPushButton] = []
        held = QWidget()
        flow = words.row(gap=4, parent=held)
        super().__init__("", key, held, ...)
        self.name = _("Days of the week")
        words.named(held, self.name)
        for number, day in enumerate(told.WEEKDAYS):
            mark = words.button(telling.short_weekday(number).capitalize(), "seg")
            mark.setCheckable(True)
            words.named(mark, _(day))
            mark.setMinimumWidth(0)
            mark.setFixedWidth(58)
            mark.clicked.connect(self._on_any)
            self.marks.append(mark)
            flow.addWidget(mark)

    def put(self, value: Value) -> None:
        """Show days, 1 to 7."""
        days = value if isinstance(value, list | tuple) else ()
        for number, mark in enumerate(self.marks, 1):
            mark.setChecked(number in days)

    @guarded
    def _on_any(self) -> None:
        chosen = [number for number, mark in enumerate(self.marks, 1) if mark.isChecked()]
        if not chosen:  # no day at all would mean every day
            sender = self.sender()
            if isinstance(sender, QPushButton):
                sender.setChecked(True)
            return
        self.say(chosen)

    def editable(self, on: bool) -> None:
        """See `Field.editable`."""
        for one in self.marks:
            one.setEnabled(on)


class WeekdayField(ChoiceField):
    """One day of the week."""

    def __init__(self) -> None:
        super().__init__("", ("weekdays",), [([number], _(day)) for number, day in enumerate(told.WEEKDAYS, 1)])
        words.named(self.box, _("Day of the week"))


class OrdinalField(ChoiceField):
    """Which of a month's weekdays; the weekday itself stands beside it."""

    def __init__(self, key: tuple[str, ...]) -> None:
        super().__init__("", key, [(number, _(one)) for number, one in enumerate(told.ORDINALS, 1)])
        words.named(self.box, _("Which one of the month"))
        self.weekday = WeekdayField()
        self.line.insertWidget(0, words.label(_("The"), "muted"))
        self.line.insertWidget(2, self.weekday)


class ZoneField(TextField):
    """A time zone, with those that there are offered while one types."""

    def __init__(self, key: tuple[str, ...]) -> None:
        super().__init__(_("Time zone"), key, hint=_("Of this computer"), none=True)

    def offer(self, zones: list[str]) -> None:
        """Offer these while one types."""
        if self.box.completer() is not None:
            return
        completer = QCompleter(zones, self.box)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.activated.connect(self._on_text)
        self.box.setCompleter(completer)


@cache
def _zones() -> list[str]:
    from zoneinfo import available_timezones

    return sorted(available_timezones())
