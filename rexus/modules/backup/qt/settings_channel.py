"""One way to reach somebody, and one dead man's switch, as entries; their secrets are typed here and kept in .env."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QWidget

from ..base.saying import N_
from ..base.texts import _
from ..config.document import Value
from ..config.draft import ASIDE, Draft
from ..config.settings import Channel, Email, Ping
from . import words
from .guard import guarded
from .settings_fields import (
    ChoiceField,
    FlagField,
    NumberField,
    SecretField,
    TextField,
    WordsField,
    beside,
    level,
)
from .settings_marks import MarksField
from .settings_section import Entry

if TYPE_CHECKING:
    from .settings_fields import Field

_MAIL_ADDRESS = re.compile(r"(?:[^<>]*<)?[^@\s<>]+@[^@\s<>]+>?")
EVENTS = (
    ("failure", N_("Failures")),
    ("warning", N_("Warnings")),
    ("success", N_("Successes")),
    ("digest", N_("Summaries")),
)
MAIL, ADDRESS = "mail", "address"
_MAIL_USUAL = {
    one.encode_name: one.default for one in msgspec.structs.fields(Email) if one.default is not msgspec.NODEFAULT
}


class ChannelEntry(Entry):
    """A mail server, or an address of another service."""

    secret = Signal(str, str)
    """Name and value of a secret that was typed."""

    def __init__(self, entry: dict[str, Value]) -> None:
        super().__init__(entry, Channel)
        self.name = self.bind(TextField(_("Name"), ("name",)))
        self.way = ChoiceField(_("Reached by"), (), [(MAIL, _("Mail")), (ADDRESS, _("Another service"))])
        self.way.fill(MAIL if isinstance(entry.get("email"), dict) else ADDRESS)
        self.way.edited.connect(self._on_way)
        self.enabled = self.bind(FlagField(_("In use"), ("enabled",)))
        self.events = self.bind(
            MarksField(_("It is told of"), ("on",), [(one, _(told)) for one, told in EVENTS], columns=len(EVENTS))
        )
        self.button_gone = words.tool("trash", _("Take this channel away"))
        self.button_gone.clicked.connect(self.remove)
        self.mail, self.address = self._mail(), self._address()
        head = beside(
            (self.name, 1), self.way, level(self.enabled),
            level(self.button_gone), gap=12,
        )  # fmt: skip
        words.column(self.line, head, self.mail, self.address, self.events, gap=8, margins=(0, 8, 0, 10), parent=self)
        self._show_way()

    def _mail(self) -> QWidget:
        self.server = self.bind(TextField(_("Mail server"), ("email", "server"), hint="smtp.ejemplo.com"))
        self.port = self.bind(NumberField(_("Port"), ("email", "port"), width=84))
        kinds = (("starttls", "STARTTLS"), ("ssl", "SSL/TLS"), ("none", _("None")))
        self.security = self.bind(ChoiceField(_("Encryption"), ("email", "security"), kinds))
        self.user = self.bind(TextField(_("Account"), ("email", "user"), hint=_("No account"), none=True))
        self.password = SecretField(_("Password"))
        self.from_whom = self.bind(TextField(_("From"), ("email", "sender"), hint=_("The account"), none=True))
        self.to = self.bind(WordsField(_("To"), ("email", "recipients"), hint=_("Addresses, with commas between")))
        self.password.edited.connect(self._on_password)
        held = QWidget()
        words.column(
            beside((self.server, 1), self.port, self.security, gap=12),
            beside((self.user, 1), (self.password, 1), gap=12),
            beside((self.to, 2), (self.from_whom, 1), gap=12),
            gap=8, parent=held,
        )  # fmt: skip
        return held

    def _address(self) -> QWidget:
        self.url = SecretField(
            _("Address of the service (apprise)"), note=_("As tgram://…, slack://…, ntfys://…; it is kept in .env.")
        )
        self.variable = self.bind(TextField(_("Its name in .env"), ("variable",)))
        self.url.edited.connect(self._on_url)
        held = QWidget()
        words.column(beside((self.url, 2), (self.variable, 1)), parent=held)
        return held

    @property
    def variable_name(self) -> str:
        """What the secret of this channel is called."""
        if self.way.value == MAIL:
            return str(self.value(("email", "variable")))
        return str(self.value(("variable",)) or "")

    def editable(self, *, on: bool) -> None:
        """Let it be changed, or only be read."""
        for one in (*self.fields, self.way, self.password, self.url):
            one.editable(on)
        self.button_gone.setVisible(on)

    def field_at(self, key: str) -> Field | None:
        """See `Entry.field_at`; what a mail server lacks is one of two things."""
        if key == "email":
            return self.to if self.value(("email", "server")) else self.server
        return super().field_at(key)

    @property
    def no_address(self) -> Field | None:
        """A field with something that is no mail address and did not stand in the file; the draft would take it."""
        return next((field for field in (self.to, self.from_whom) if self._not_an_address(field)), None)

    def _not_an_address(self, field: Field) -> str:
        first = self._first.get("email")
        stood = first.get(field.key[1]) if self.way.value == MAIL and isinstance(first, dict) else None
        told = self.value(field.key) if self.way.value == MAIL else None
        known = stood if isinstance(stood, list) else [stood]
        every = told if isinstance(told, list) else [told] if told else []
        return next((str(one) for one in every if one not in known and not _MAIL_ADDRESS.fullmatch(str(one))), "")

    def _judge_mail(self) -> None:
        """What the rules of the file say of a mail server as a whole, or do not ask of it."""
        if not self.value(self.to.key):
            self.to.tell(_("Write at least one address"))
        for field in (self.to, self.from_whom):
            odd = self._not_an_address(field)
            if odd:
                field.tell(_("«{value}» is no mail address").format(value=odd))

    def judge(self, draft: Draft, place: str) -> None:
        """Say what is wrong, and whether its secret is known."""
        super().judge(draft, place)
        if self.way.value == MAIL:
            self._judge_mail()
        saved = draft.has_secret(self.variable_name)
        for one in (self.password, self.url):
            one.known(saved=saved, typed=self.variable_name in draft.secrets)
        problem = draft.problem_at(f"{ASIDE}.{self.variable_name}")
        wrong = _("One line, without blanks at its ends") if problem is not None else ""
        (self.password if self.way.value == MAIL else self.url).tell(wrong)

    def forget(self) -> None:
        """Empty what was typed as a secret."""
        self.password.fill("")
        self.url.fill("")

    @guarded
    def _on_way(self, _key: object, way: object) -> None:
        """The other way takes the place of what was said of this one."""
        if way == MAIL:
            self.put(("variable",), None)
            self.entry["email"] = {"server": "", "recipients": []}
        else:
            self.entry.pop("email", None)
            self.put(("variable",), "NOTICE_URL")
        for one in self.fields:
            one.fill(self.value(one.key))
        self._show_way()
        self.changed.emit()

    def _show_way(self) -> None:
        self.mail.setVisible(self.way.value == MAIL)
        self.address.setVisible(self.way.value != MAIL)

    def value(self, key: tuple[str, ...]) -> Value:
        """See `Entry.value`; a mail server has defaults of its own."""
        if key[0] == "email" and isinstance(self.entry.get("email"), dict):
            inside = self.entry["email"].get(key[1])
            return _MAIL_USUAL.get(key[1]) if inside is None else inside
        return super().value(key)

    def put(self, key: tuple[str, ...], value: Value) -> None:
        """See `Entry.put`; a mail server has defaults of its own."""
        if key[0] != "email":
            super().put(key, value)
            return
        mail = dict(self.entry.get("email") or {})
        stood = key[1] in (self._first.get("email") or {})
        if value == _MAIL_USUAL.get(key[1]) and not stood and key[1] not in ("server", "recipients"):
            mail.pop(key[1], None)
        else:
            mail[key[1]] = value
        self.entry["email"] = mail

    @guarded
    def _on_password(self, _key: object, value: object) -> None:
        self.secret.emit(self.variable_name, str(value))

    @guarded
    def _on_url(self, _key: object, value: object) -> None:
        if not self.variable_name:
            self.put(("variable",), "NOTICE_URL")
            self.variable.fill("NOTICE_URL")
            self.changed.emit()
        self.secret.emit(self.variable_name, str(value))


class PingEntry(Entry):
    """A dead man's switch: an address that hears of every scheduled backup, and raises an alarm when it does not."""

    secret = Signal(str, str)

    def __init__(self, entry: dict[str, Value]) -> None:
        super().__init__(entry, Ping)
        self.url = SecretField(_("Address"), note=_("As https://hc-ping.com/…; it is kept in .env."))
        self.variable = self.bind(TextField(_("Its name in .env"), ("variable",)))
        self.schedules = self.bind(WordsField(_("Only for these times"), ("schedules",), hint=_("All backups")))
        self.button_gone = words.tool("trash", _("Take this address away"))
        self.button_gone.clicked.connect(self.remove)
        self.url.edited.connect(self._on_url)
        words.column(
            self.line,
            beside(
                (self.url, 2), (self.variable, 1), (self.schedules, 1), level(self.button_gone),
                gap=12,
            ),
            gap=8, margins=(0, 8, 0, 8), parent=self,
        )  # fmt: skip

    def editable(self, *, on: bool) -> None:
        """Let it be changed, or only be read."""
        for one in (*self.fields, self.url):
            one.editable(on)
        self.button_gone.setVisible(on)

    def judge(self, draft: Draft, place: str) -> None:
        """Say what is wrong, and whether its address is known."""
        super().judge(draft, place)
        name = str(self.value(("variable",)))
        self.url.known(saved=draft.has_secret(name), typed=name in draft.secrets)
        problem = draft.problem_at(f"{ASIDE}.{name}")
        self.url.tell(_("One line, without blanks at its ends") if problem is not None else "")

    @guarded
    def _on_url(self, _key: object, value: object) -> None:
        self.secret.emit(str(self.value(("variable",))), str(value))
