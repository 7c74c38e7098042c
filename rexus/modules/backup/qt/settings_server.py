"""How a SQL Server is reached: its name, who signs in, encryption; tried as it stands here, with a mend."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QFrame

from ..base.errors import BadInput
from ..base.records import Problem
from ..base.saying import N_
from ..base.texts import _
from ..config.document import Value
from ..config.draft import ASIDE, Draft
from ..model import BackupModel
from . import words
from .findings import Findings
from .guard import guarded
from .resting import Resting
from .restore_pane import wrapped
from .server_asked import Seen, seen_by
from .server_words import Address, limits
from .settings_fields import ChoiceField, FlagField, SecretField, TextField, beside
from .settings_section import Section, heading, split

if TYPE_CHECKING:
    from ..config.load import Loaded

USER, PASSWORD = "DB_USERNAME", "DB_PASSWORD"
_KEY = "sqlserver"
SERVER = (_KEY, "server")
_PORT_WIDTH = 82
_LONGEST_LOGIN, _LONGEST_HOST = 128, 255
_AGAIN_MS = 500
"""So soon it is looked again whether a server has answered that somebody else asked the same."""


class AddressFields(QFrame):
    """Computer, instance and port, each with what it may be."""

    edited = Signal(str)
    """The server as the settings name it."""

    def __init__(self, *, wide: bool = False) -> None:
        super().__init__()
        self._protocol = ""
        self.host = TextField(_("Server"), ("host",))
        self.instance = TextField(_("Instance"), ("instance",), note=_("Empty: the usual one"))
        self.port = TextField(_("Port"), ("port",))
        self.port.setFixedWidth(_PORT_WIDTH)
        for field, longest in ((self.host, _LONGEST_HOST), (self.instance, 32), (self.port, 5)):
            field.box.setMaxLength(longest)
            field.edited.connect(self._on_edited)
        self.host.box.editingFinished.connect(self._on_left)
        if wide:
            line = beside((self.host, 3), (self.instance, 2), self.port, gap=12)
            words.column(line, gap=0, parent=self)
        else:
            words.column(self.host, beside((self.instance, 1), self.port, gap=10), gap=10, parent=self)

    @property
    def address(self) -> Address:
        """What stands there."""
        host, instance, port = (one.box.text() for one in (self.host, self.instance, self.port))
        return Address(host, instance, port, self._protocol)

    def fill(self, parts: tuple[str, str, str, int | None], from_env: str) -> None:
        """Show a server in its parts; ``from_env`` is the one that is used while none is named here."""
        self._protocol, host, instance, port = parts
        self.host.fill(host)
        self.instance.fill(instance)
        self.port.fill(str(port) if port is not None else "")
        self.host.box.setPlaceholderText(from_env)
        self.host.tell(note=_("Now {server}, by .env").format(server=from_env) if from_env and not host else "")

    def show_odd(self, text: str) -> None:
        """Show a server that can't be taken apart, to be mended."""
        self._protocol = ""
        for field, told in ((self.host, text), (self.instance, ""), (self.port, "")):
            field.fill(told)

    def judge(self) -> str:
        """Say at each what is wrong; the name of the first that is, empty: none."""
        wrong, first = self.address.wrong(), ""
        for name, field in (("host", self.host), ("instance", self.instance), ("port", self.port)):
            field.tell(wrong.get(name, ""))
            first = first or (field.name if name in wrong else "")
        if not wrong and self.address.instance.strip() and self.address.port.strip():
            self.instance.tell(note=_("With a port its name is not used"))
        elif not wrong:
            self.instance.tell(note=_("Empty: the usual one"))
        return first

    def editable(self, on: bool) -> None:
        """Let it be changed, or only be read."""
        for field in (self.host, self.instance, self.port):
            field.editable(on)

    @guarded
    def _on_edited(self, key: object) -> None:
        """Another computer is reached as usual, whatever way to the one before was named."""
        if key == self.host.key:
            self._protocol = ""
        self.edited.emit(self.address.text)

    @guarded
    def _on_left(self) -> None:
        r"""A whole name that was typed or pasted, as ``SRV1\SQLEXPRESS,1433``, goes into its fields."""
        text = self.host.box.text().strip()
        if "\\" not in text and "," not in text and ":" not in text:
            return
        try:
            parts = BackupModel.server_address(text)
        except BadInput:
            return
        before = self.address
        kept = parts[3] if parts[3] is not None else int(before.port) if before.port.strip().isdigit() else None
        self.fill((parts[0], parts[1], parts[2] or before.instance, kept), self.host.box.placeholderText())
        self.edited.emit(self.address.text)


class ConnectionCard(QFrame):
    """The connection, and what trying it finds."""

    looked = Signal(object)
    """What was `Seen` of it."""
    edited = Signal()
    """Somebody described it otherwise."""

    def __init__(self, section: Section) -> None:
        super().__init__()
        self._section = section
        self._is_testing = False
        self._asked_of: BackupModel | None = None
        """Whose settings were tried last, as they are shown; None: none yet."""
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(_AGAIN_MS)
        self._again.timeout.connect(self._on_again)
        self.address = AddressFields()
        self.sign_in = section.bind(ChoiceField(_("Sign in as"), (_KEY, "authentication"), sign_ins()))
        self.user = TextField(_("User"), (ASIDE, USER))
        self.password = SecretField(_("Password"), (ASIDE, PASSWORD))
        self.encrypt = section.bind(ChoiceField(_("Encryption"), (_KEY, "encrypt"), _encryptions()))
        self.trust = section.bind(
            FlagField(_("Trust a certificate that can't be checked"), (_KEY, "trust_certificate"))
        )
        self.client = section.bind(ChoiceField(_("Client program"), (_KEY, "client"), _clients()))
        for field in (self.user, self.password):
            field.box.setMaxLength(_LONGEST_LOGIN)
            field.edited.connect(self._on_login)
        self.address.edited.connect(self._on_address)
        self.button_test = words.button(_("Test connection"))
        self._test = Resting(self.button_test)
        self.button_test.clicked.connect(self.test)
        self.said = wrapped("muted")
        self.findings = Findings(self.copy)
        self._build()

    def _build(self) -> None:
        left = words.column(
            heading(_("Connection")), self.address, self.sign_in, self.user, self.password,
            self.encrypt, self.trust, self.client, ...,
            gap=10,
        )  # fmt: skip
        head = words.row(heading(_("What is found")), ..., self.button_test)
        right = words.column(head, self.said, self.findings, ..., gap=10)
        words.column(split(left, right), gap=0, parent=self)

    def fill(self, draft: Draft, *, free: bool) -> None:
        """Show what the settings and `.env` say."""
        named = draft.get(SERVER)
        try:
            parts = BackupModel.server_address(named) if isinstance(named, str) else ("", "", "", None)
            self.address.fill(parts, self._of_env("DB_SERVER"))
        except BadInput:
            self.address.show_odd(str(named))
        self.address.editable(free)
        waiting = draft.secrets.get(USER)
        self.user.fill(waiting.reveal() if waiting is not None else self._of_env(USER))
        self.password.forget()
        self.password.known(saved=draft.has_secret(PASSWORD), typed=PASSWORD in draft.secrets)
        for field in (self.user, self.password):
            field.editable(free)
        self._asked_of = None
        self.forget()

    def forget(self) -> None:
        """Nothing is known of it any more; an answer that is still to come is about another one."""
        self._again.stop()
        self._busy(on=False)
        self._tell_first()

    def _of_env(self, name: str) -> str:
        model = self._section.desk.model if self._section.desk is not None else None
        value = model.loaded.environment.get(name, "") if model is not None else ""
        return value if isinstance(value, str) else ""

    def _tell_first(self) -> None:
        """Before anything was tried."""
        self.said.setText(_("Nothing is changed on the server: it is asked who you are there and what it can do."))
        self.said.show()
        self.findings.tell(())

    def name_of(self, key: str) -> str:
        """What a setting is called that has no field of its own; empty: it is none of these."""
        told = {".".join(SERVER): self.address.host.name, f"{ASIDE}.{USER}": self.user.name}
        return {**told, f"{ASIDE}.{PASSWORD}": self.password.name}.get(key, "")

    def judge(self, draft: Draft) -> str:
        """Say at the fields what is wrong; the name of the first that can't be, empty: none."""
        wrong = self.address.judge()
        way, encrypts = draft.get((_KEY, "authentication")), draft.get((_KEY, "encrypt"))
        signs = way in ("sql", "auto", "entra")
        for field in (self.user, self.password):
            field.setVisible(signs)
        notes = (
            (self.sign_in, _NOTES_SIGN_IN.get(str(way), "")),
            (self.encrypt, _NOTES_ENCRYPT.get(str(encrypts), "")),
            (self.trust, _RISK if draft.get((_KEY, "trust_certificate")) is True else ""),
        )
        for one, note in notes:
            if not one.wrong:
                one.tell(note=_(note) if note else "")
        user = self.user.box.text().strip()
        saved = self._of_env(USER) or os.environ.get(USER, "")
        absent = way == "sql" and not user and not saved
        kept = _("The saved user {user} is still used: take it out of .env, or choose another way to sign in.")
        self.user.tell(
            _("A user must be named here, or choose another way to sign in") if absent else "",
            kept.format(user=saved) if saved and not user else "",
        )
        odd = draft.problem_at(f"{ASIDE}.{PASSWORD}")
        note = _("It is kept in .env, never in the settings.")
        self.password.tell(_("One line, without blanks at its ends") if odd else "", note)
        return wrong or (self.user.name if absent else "")

    @guarded
    def _on_address(self, text: str) -> None:
        self._section.put(SERVER, text or None)
        self.edited.emit()

    @guarded
    def _on_login(self, key: tuple[str, ...], value: Value) -> None:
        self._section.put(key, value)
        self.edited.emit()

    def copy(self, text: str) -> None:
        """Put a text on the clipboard."""
        if self._section.desk is not None:
            self._section.desk.copy(text)

    @guarded
    def test(self) -> None:
        """Look at the server as it is described here, saved or not."""
        section, draft = self._section, self._section.draft
        if draft is None or self._is_testing:
            return
        typed: Loaded | None = None
        if draft.changes():
            typed = draft.loaded()
            if typed is None or section.trouble():
                self.said.setText(_("First correct what is marked in red."))
                self.said.show()
                return
        self._ask(typed, by_hand=True)

    def look(self) -> None:
        """Look by itself, once, at what is saved; what was refused before is told again and not asked again."""
        desk, draft = self._section.desk, self._section.draft
        is_new = desk is not None and desk.model is not self._asked_of
        if is_new and draft is not None and not draft.changes() and not self._is_testing:
            self._ask(None, by_hand=False)

    def _ask(self, typed: Loaded | None, *, by_hand: bool) -> None:
        desk = self._section.desk
        if desk is None or desk.model is None:
            return
        self._busy(on=True)
        self._asked_of = desk.model
        desk.ask(
            self._section,
            lambda model: seen_by(model, typed, by_hand=by_hand),
            self._show, self._failed, key="look",
        )  # fmt: skip

    @guarded
    def _on_again(self) -> None:
        if self._is_testing:
            self._ask(None, by_hand=False)

    def _busy(self, *, on: bool) -> None:
        self._is_testing = on
        if not on:
            self._test.rise()
        else:
            self._test.rest(_("Testing…"))
            self.said.setText(_("Asking the server…"))
            self.said.show()

    def _show(self, seen: Seen | None) -> None:
        if not self._is_testing:  # it was described otherwise meanwhile
            return
        if seen is None:
            self._again.start()
            return
        self._busy(on=False)
        look = seen.look
        said = ""
        if look.server is not None:
            said = " ".join((f"{look.server.name}: {look.server.edition}.", *limits(look.server)))
        elif seen.is_old:
            said = _(
                "This is what the last attempt ended with. It is not tried again by itself, for refused attempts can "
                "lock an account: press “Test connection” once it is mended."
            )
        self.said.setText(said)
        self.said.setVisible(bool(said))
        told_elsewhere = {"sqlserver.express"} if look.server is not None else set()
        self.findings.tell([one for one in look.of_connection if one.code not in told_elsewhere])
        self.looked.emit(seen)

    def _failed(self, problem: Problem) -> None:
        if not self._is_testing:
            return
        self._busy(on=False)
        self.said.hide()
        self.findings.tell((problem,))


def sign_ins() -> list[tuple[Value, str]]:
    """The ways to sign in, with their words."""
    return [
        ("auto", _("With a user if there is one")),
        ("sql", _("A user of SQL Server")),
        ("windows", _("The Windows account")),
        ("entra", _("Microsoft Entra")),
    ]


def _encryptions() -> list[tuple[str, str]]:
    return [("mandatory", _("Always")), ("strict", _("Strict")), ("optional", _("Only the password"))]


def _clients() -> list[tuple[str, str]]:
    return [("auto", _("sqlcmd, else ODBC")), ("sqlcmd", _("sqlcmd only")), ("odbc", _("ODBC only"))]


_RISK = N_("Whoever stands between could pose as the server: only on this computer or a safe network.")
_NOTES_SIGN_IN = {
    "auto": N_("Without a user: the Windows account that runs the program."),
    "windows": N_("The one that runs the program; scheduled work runs as the account of its task."),
    "entra": N_("Without a user: the identity of this machine."),
}
_NOTES_ENCRYPT = {
    "mandatory": N_("All is encrypted, and the server's certificate is checked."),
    "strict": N_("Encrypted from the first byte; SQL Server 2022 and newer."),
    "optional": N_("What is copied passes readable through the network."),
}
