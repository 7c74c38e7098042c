"""Who is told of what: channels, dead man's switches, and a button that tries them as they stand here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFrame, QVBoxLayout

from ..base.records import Outcome, Problem, Status
from ..base.saying import N_
from ..base.texts import _
from ..config.document import Value
from ..config.draft import ASIDE, Change, Draft
from . import words
from .guard import guarded
from .resting import switch
from .settings_channel import ChannelEntry, PingEntry
from .settings_database import finding
from .settings_fields import NumberField, beside
from .settings_marks import MarksField
from .settings_section import Section, hint, whole

ACCEPTED = (
    ("same_disk", N_("Copies are on the disk of the data")),
    ("no_scheduler", N_("The system starts nothing by itself")),
    ("no_schedule", N_("No time makes copies")),
    ("open_folder", N_("Others may look into the backup folder")),
    ("newest_only", N_("Only the newest copy is kept")),
)
_FIXES = {
    "notice.trial_unsent": N_("Correct the fields above, then try again."),
    "notice.trial_slow": N_("Check the server and the network, or give it more time below; then try again."),
}
"""What is done here about a test that failed, by its code: nobody looks for a setting by its name in the file."""
CHANNELS, PINGS = ("notices", "channels"), ("notices", "pings")


class NoticesSection(Section):
    """Channels and switches."""

    key: ClassVar[str] = "notices"
    title: ClassVar[str] = N_("Notices")
    icon: ClassVar[str] = "bell"
    owns: ClassVar[tuple[str, ...]] = ("notices", "health.accepted", ASIDE)

    def __init__(self) -> None:
        super().__init__()
        self.channels: list[ChannelEntry] = []
        self.pings: list[PingEntry] = []
        self.list: QVBoxLayout = words.column(gap=0)
        self.ping_list: QVBoxLayout = words.column(gap=0)
        self.none = words.label(_("Nobody is told when a copy fails: add somebody."), "muted", wrap=True)
        self.button_add = words.button(_("Add somebody"), "link", "plus")
        self.button_ping = words.button(_("Add an address"), "link", "plus")
        self._sending = False
        self.button_test = words.button(_("Send a test notice"))
        self.button_add.clicked.connect(self._on_add)
        self.button_ping.clicked.connect(self._on_add_ping)
        self.button_test.clicked.connect(self._on_test)
        self.results: QVBoxLayout = words.column(gap=4)
        self.repeat = self.bind(
            NumberField(_("Tell the same again after"), ("notices", "repeat_hours"), unit=_("hours"))
        )
        self.patience = self.bind(NumberField(_("Time for each notice"), ("notices", "timeout_s"), unit="s"))
        who = whole(
            words.row(words.label(_("Who is told"), "h2"), ..., self.button_test), self.none, self.list,
            words.row(self.button_add, ...), self.results,
            hint(_("Passwords and addresses are kept in .env, never in the settings."), "lock"),
            gap=8,
        )  # fmt: skip
        switch = whole(
            words.label(_("Alarm when nothing is heard"), "h2"),
            words.label(
                _(
                    "A service elsewhere (healthchecks.io and the like) hears of every scheduled backup, and tells you "
                    "when this computer falls silent."
                ),
                "muted", wrap=True,
            ),
            self.ping_list, words.row(self.button_ping, ...), gap=6,
        )  # fmt: skip
        pace = whole(beside((self.repeat, 1), (self.patience, 1), gap=24))
        words.column(who, switch, pace, self._agreed(), ..., gap=12, parent=self)

    def _agreed(self) -> QFrame:
        """What nobody wants to be alarmed of."""
        choices, title = [(one, _(told)) for one, told in ACCEPTED], _("Known and agreed to")
        self.accepted = self.bind(MarksField(title, ("health", "accepted"), choices, columns=2))
        self.accepted.title.hide()
        return whole(
            words.label(title, "h2"),
            words.label(_("What is marked is still told, but is no warning any more."), "muted", wrap=True),
            self.accepted, gap=6,
        )  # fmt: skip

    def command(self) -> tuple[str, ...]:
        """See `Section.command`."""
        return ("notify", "test")

    def fill(self, draft: Draft) -> None:
        """One entry for each channel and switch."""
        words.clear(self.list)
        words.clear(self.ping_list)
        words.clear(self.results)
        self.channels, self.pings = [], []
        for one in _entries(draft.get(CHANNELS)):
            self._insert(one)
        for one in _entries(draft.get(PINGS)):
            self._insert_ping(one)
        for button in (self.button_add, self.button_ping, self.button_test):
            button.setVisible(self.free)

    def _insert(self, entry: dict[str, Value]) -> ChannelEntry:
        made = ChannelEntry(entry)
        made.line.setVisible(bool(self.channels))
        made.editable(on=self.free)
        made.changed.connect(self._on_changed)
        made.secret.connect(self._on_secret)
        made.gone.connect(self._on_gone)
        self.channels.append(made)
        self.list.addWidget(made)
        return made

    def _insert_ping(self, entry: dict[str, Value]) -> PingEntry:
        made = PingEntry(entry)
        made.line.setVisible(bool(self.pings))
        made.editable(on=self.free)
        made.changed.connect(self._on_changed)
        made.secret.connect(self._on_secret)
        made.gone.connect(self._on_gone)
        self.pings.append(made)
        self.ping_list.addWidget(made)
        return made

    def judge(self, draft: Draft) -> None:
        """Say what is wrong with each."""
        super().judge(draft)
        for number, channel in enumerate(self.channels):
            channel.judge(draft, f"notices.channels[{number}]")
        for number, ping in enumerate(self.pings):
            ping.judge(draft, f"notices.pings[{number}]")
        self.none.setVisible(not self.channels)
        if not self._sending:
            switch(self.button_test, on=self.free and bool(self.channels) and draft.loaded() is not None)

    def trouble(self) -> str:
        """Who is told must be reached by mail addresses, which the file does not ask of them."""
        for one in self.channels:
            field = one.no_address
            if field is not None:
                return _("{field} of {name}").format(field=field.name, name=str(one.value(("name",))))
        return ""

    def name_of(self, key: str) -> str:
        """Field and channel."""
        if key.startswith(f"{ASIDE}."):
            return key.partition(".")[2]
        above, _sign, rest = key.partition("[")
        number, _sign, inside = rest.partition("].")
        held: dict[str, Sequence[ChannelEntry | PingEntry]] = {
            "notices.channels": self.channels,
            "notices.pings": self.pings,
        }
        entries = held.get(above, ())
        if not number.rstrip("]").isdigit() or int(number.rstrip("]")) >= len(entries):
            return super().name_of(key)
        entry = entries[int(number.rstrip("]"))]
        field = entry.field_at(inside) if inside else None
        name = str(entry.value(("name",)) or entry.value(("variable",)))
        return _("{field} of {name}").format(field=field.name, name=name) if field is not None else name

    def said(self, change: Change) -> str:
        """See `Section.said`; a secret is told by its name alone."""
        if change.key[0] == ASIDE:
            return _("secret {name}").format(name=change.key[1])
        return super().said(change)

    @guarded
    def _on_changed(self) -> None:
        self.put(CHANNELS, [one.entry for one in self.channels])
        self.put(PINGS, [one.entry for one in self.pings])

    @guarded
    def _on_secret(self, name: str, value: str) -> None:
        self.put((ASIDE, name), value)

    @guarded
    def _on_gone(self) -> None:
        gone = self.sender()
        self.channels = [one for one in self.channels if one is not gone]
        self.pings = [one for one in self.pings if one is not gone]
        if isinstance(gone, ChannelEntry | PingEntry):
            (self.list if isinstance(gone, ChannelEntry) else self.ping_list).removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for first in (*self.channels[:1], *self.pings[:1]):
            first.line.hide()
        self._on_changed()

    @guarded
    def _on_add(self) -> None:
        used = {str(one.value(("name",))).casefold() for one in self.channels}
        word = _("mail")
        name = next(one for one in (word, *(f"{word}_{n}" for n in range(2, 99))) if one not in used)
        made = self._insert({"name": name, "email": {"server": "", "recipients": []}})
        self._on_changed()
        made.server.box.setFocus(Qt.FocusReason.OtherFocusReason)

    @guarded
    def _on_add_ping(self) -> None:
        used = {str(one.value(("variable",))) for one in self.pings}
        name = next(one for one in ("PING_URL", *(f"PING_URL_{n}" for n in range(2, 99))) if one not in used)
        made = self._insert_ping({"variable": name})
        self._on_changed()
        made.url.box.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- the test

    @guarded
    def _on_test(self) -> None:
        desk, draft = self.desk, self.draft
        if desk is None or draft is None or desk.model is None:
            return
        self._sending = True
        switch(self.button_test, on=False)
        words.retitle(self.button_test, _("Sending…"))
        words.clear(self.results)
        who, asked = desk.who, draft.copy()
        desk.ask(self, lambda model: model.notify_test(who, asked), self._tested, self._untested, key="test")

    def _tested(self, outcome: Outcome) -> None:
        self._again()
        for one in outcome.problems:
            self.results.addWidget(_told(one))
        if outcome.status in (Status.OK, Status.WARNINGS):
            names = ", ".join(one.partition(":")[2] for one in outcome.proof if one.startswith("notice:"))
            if names:
                text = _("Sent by: {names}. Look whether it arrives.").format(names=names)
                self.results.addWidget(hint(text, "tick", "ok"))

    def _untested(self, problem: Problem) -> None:
        self._again()
        self.results.addWidget(_told(problem))

    def _again(self) -> None:
        words.clear(self.results)
        words.retitle(self.button_test, _("Send a test notice"))
        self._sending = False
        switch(self.button_test, on=self.free and bool(self.channels))


def _told(problem: Problem) -> QFrame:
    fix = _FIXES.get(problem.code)
    return finding(problem, _(fix) if fix is not None else "")


def _entries(value: Value) -> list[dict[str, Value]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
