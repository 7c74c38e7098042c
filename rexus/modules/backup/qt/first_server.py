"""The databases of a server in the first run: how it is reached, then what is on it, with a tick each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtGui import QHideEvent
from qtpy.QtWidgets import QCheckBox, QScrollArea, QVBoxLayout, QWidget

from ..base.clock import SystemClock
from ..base.errors import BadInput
from ..base.files import RealFiles
from ..base.records import Problem, Severity
from ..base.texts import _
from ..config.env_text import is_writable
from ..config.finding import free_name
from ..config.first import Answers
from ..config.first_server import SavedLogin, ServerAnswers, about_login, loaded_of, saved_login
from ..config.secrets import Secret
from ..model import BackupModel
from . import asking, telling, words
from .findings import Findings
from .guard import guarded
from .resting import Resting
from .restore_pane import wrapped
from .server_asked import asked
from .server_words import limits
from .settings_fields import ChoiceField, FlagField, SecretField, TextField, beside
from .settings_server import AddressFields, sign_ins

if TYPE_CHECKING:
    from pathlib import Path

    from ..base.identity import Identity
    from ..engines.sqlserver_look import Look, SeenDatabase
    from .desk import Desk
    from .first_course import Course

_LONGEST = 128


class ServerFields(QWidget):
    """Connection, a button that asks the server, and its databases."""

    changed = Signal()
    checked = Signal()
    """The server was asked."""
    dropped = Signal()
    """It was being asked, and another one stands here by now."""

    def __init__(self) -> None:
        super().__init__()
        self._course: Course | None = None
        self._asked: ServerAnswers | None = None
        """How the server is reached that is being asked; None: none is."""
        self._saved = SavedLogin()
        """The login that `.env` holds, as far as it was looked for."""
        self._fault: QWidget | None = None
        """The field of the login that can't be as it is."""
        self._blames = False
        """Whether that is told in red: nobody is blamed for an empty field before it is needed."""
        self._desk: Desk | None = None
        self.boxes: dict[str, QCheckBox] = {}
        self.address = AddressFields(wide=True)
        self.sign_in = ChoiceField(_("Sign in as"), ("authentication",), sign_ins())
        self.user, self.password = TextField(_("User"), ("user",)), SecretField(_("Password"))
        self.trust = FlagField(_("Trust a certificate that can't be checked"), ("trust",))
        for field in (self.user, self.password):
            field.box.setMaxLength(_LONGEST)
        self.button_look = words.button(_("Look for databases"), icon="search")
        self.said, self.findings = wrapped("muted"), Findings(self._copy)
        self._card = words.card()
        self._rows: QVBoxLayout = words.column(gap=0, margins=(16, 6, 16, 6), parent=self._card)
        login = beside(self.sign_in, (self.user, 1), (self.password, 1))
        look = words.row(self.button_look, ..., gap=8)
        words.column(
            self.address, login, self.trust, look, self.said, self.findings, self._card, gap=12, parent=self
        )  # fmt: skip
        for one in (self.sign_in, self.user, self.password, self.trust):
            one.edited.connect(self._on_edited)
        self.address.edited.connect(self._on_edited)
        self._look = Resting(self.button_look)
        self.button_look.clicked.connect(self.look)
        self.said.hide()
        self._card.hide()

    def use(self, desk: Desk) -> None:
        """Take the desk: whose configuration it becomes, and who asks."""
        self._desk = desk

    def show_course(self, course: Course, from_env: str) -> None:
        """Show what was answered before; ``from_env`` is the server that the application's `.env` names."""
        self._course = course
        told = course.server or ServerAnswers()
        if self._asked is not None and self._asked != told:
            self._drop()
        try:
            parts = BackupModel.server_address(told.server) if told.server else ("", "", "", None)
            self.address.fill(parts, from_env)
        except BadInput:
            self.address.show_odd(told.server)
        self.sign_in.fill(told.authentication)
        self.user.fill(told.user)
        self.trust.fill(told.trust_certificate)
        self._judge()
        if self._desk is not None:
            config, answers, login_of = self._desk.config, course.answers, course.login_of
            asking.ask(self, lambda: saved_login(answers, config, login_of), self._hear_saved, key="saved")

    def _hear_saved(self, saved: SavedLogin) -> None:
        self._saved = saved
        self._judge()
        self.changed.emit()

    @property
    def ready(self) -> bool:
        """Whether some database of the server is ticked."""
        return any(box.isChecked() for box in self.boxes.values()) and self._fault is None

    @property
    def is_looking(self) -> bool:
        """Whether the server is being asked."""
        return self._asked is not None

    def first(self) -> QWidget:
        """Where the keyboard begins."""
        return next(iter(self.boxes.values()), self.address.host.box)

    def at_fault(self) -> QWidget | None:
        """What must be answered otherwise."""
        if self.address.judge():
            return self.address.host.box
        if self._fault is not None:
            self._blame()
            return self._fault
        return None if self.ready else next(iter(self.boxes.values()), self.button_look)

    def answers(self) -> ServerAnswers:
        """What stands there; a password that was typed before is kept for the same user of the same server alone."""
        before = self._course.server if self._course is not None else None
        typed, server = self.password.typed, self.address.address.text
        user = self.user.box.text().strip() if self.user.isVisibleTo(self) else ""
        password = Secret(typed) if typed else None
        if typed is None and before is not None and (before.server, before.user) == (server, user):
            password = before.password
        return ServerAnswers(
            server=server,
            authentication=self.sign_in.value,
            trust_certificate=self.trust.mark.isChecked(),
            user=user,
            password=password if self.password.isVisibleTo(self) else None,
        )

    def _copy(self, text: str) -> None:
        if self._desk is not None:
            self._desk.copy(text)

    def _judge(self) -> None:
        self.address.judge()
        signs = self.sign_in.value != "windows"
        self.user.setVisible(signs)
        self.password.setVisible(signs)
        self._tell_login()

    def _tell_login(self) -> None:
        """Say what is wrong with user and password, and what stands for them where they are empty."""
        told, saved = self.answers(), self._saved
        problem = about_login(told, saved)
        of_user = problem is not None and problem.code == "first.user_of_other"
        odd = told.password is not None and not is_writable(told.password.reveal())
        self._fault = self.user.box if of_user else self.password.box if odd or problem is not None else None
        self._blames = self._blames and problem is not None
        said = telling.reason(problem) if problem is not None else ""
        is_saved = problem is None and saved.is_of(told) and told.user in ("", saved.user) and bool(saved.user)
        has_password = is_saved and saved.has_password and told.password is None
        note = _("Empty: the saved user {user}").format(user=saved.user) if is_saved and not told.user else ""
        _say(self.user, said if of_user else "", note, blames=self._blames)
        note = _("Empty: the saved password of {user}").format(user=saved.user) if has_password else ""
        if odd:
            self.password.tell(_("One line, without blanks at its ends"), note)
        else:
            _say(self.password, "" if of_user else said, note, blames=self._blames)
        self.password.known(saved=has_password, typed=told.password is not None)

    def _blame(self) -> None:
        """Tell in red what is missing, now that it is needed."""
        self._blames = True
        self._tell_login()

    @guarded
    def _on_edited(self) -> None:
        """Another server has other databases."""
        self._judge()
        if self._course is not None:
            self._course.server = self.answers()
        if self._asked is not None:
            self._drop()
        if self.boxes:
            self._show_databases(())
            self._take()
        self.changed.emit()

    @guarded
    def hideEvent(self, event: QHideEvent | None) -> None:
        """Another step, or other databases: what was typed as a password is kept, and stands in no field."""
        if event is not None:
            super().hideEvent(event)
            if not event.spontaneous():
                self.password.forget()

    @guarded
    def look(self) -> None:
        """Ask the server what is on it."""
        course, desk = self._course, self._desk
        if course is None or desk is None or self.is_looking or self.address.judge():
            return
        if self._fault is not None:
            self._blame()
            self._fault.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        course.server = server = self.answers()
        answers = msgspec.structs.replace(course.answers, databases={})
        config, identity, login_of = desk.config, desk.identity, course.login_of

        def look() -> Look:
            return _looked(answers, server, config, identity, login_of)

        self._busy(server)
        asking.ask(self, look, self._show, self._failed, key="server")

    def _busy(self, asked: ServerAnswers | None) -> None:
        self._asked, on = asked, asked is not None
        if on:
            self._look.rest(_("Asking the server…"))
        else:
            self._look.rise()
        self.changed.emit()

    def _drop(self) -> None:
        """Another server stands here: nobody waits any more for what was asked."""
        self._busy(None)
        self.dropped.emit()

    @property
    def _is_heard(self) -> bool:
        """Whether the answer that comes is about the server that stands here."""
        return self._asked is not None and self._course is not None and self._asked == self._course.server

    def _show(self, look: Look) -> None:
        if not self._is_heard:
            self._busy(None)
            return
        server = look.server
        self._show_databases(server.databases if server is not None else ())
        bad = [one for one in look.findings if one.severity is not Severity.INFO]
        unneeded = {"sqlserver.folder_unseen"} if server is not None else set()
        self.findings.tell([one for one in bad if one.code not in unneeded])
        told = [f"{server.name}: {server.edition}.", *limits(server)] if server is not None else []
        if server is not None and not server.databases:
            told.append(_("There is no database on it that this user may see."))
        self.said.setText(" ".join(told))
        self.said.setVisible(bool(told))
        self._take()
        self._busy(None)
        self.checked.emit()

    def _failed(self, problem: Problem) -> None:
        if not self._is_heard:
            self._busy(None)
            return
        self._show_databases(())
        self.said.hide()
        self.findings.tell((problem,))
        self._busy(None)
        self.checked.emit()

    def _show_databases(self, found: tuple[SeenDatabase, ...]) -> None:
        words.clear(self._rows)
        self.boxes = {}
        chosen = set(self._course.answers.databases.values()) if self._course is not None else set()
        for number, one in enumerate(found):
            if number:
                self._rows.addWidget(words.line())
            box = QCheckBox(one.name.replace("&", "&&"))
            box.setChecked(one.is_online and (one.name in chosen or not chosen))
            box.setEnabled(one.is_online)
            size = telling.size(one.data_bytes)
            told = size if one.is_online else _("It is not online")
            words.named(box, f"{one.name}, {told}")
            box.toggled.connect(self._take)
            self.boxes[one.name] = box
            held = QWidget()
            words.row(box, ..., words.label(told, "muted"), margins=(0, 7, 0, 7), parent=held)
            self._rows.addWidget(held)
        self._card.setVisible(bool(found))
        words.tab_order(self)
        if found:
            QTimer.singleShot(0, self._reveal)

    @guarded
    def _reveal(self) -> None:
        """Scroll to what was found."""
        above = self.parentWidget()
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parentWidget()
        if above is not None and self._card.isVisible():
            above.ensureWidgetVisible(self._card, 0, 16)

    @guarded
    def _take(self) -> None:
        """Keep what is ticked."""
        course = self._course
        if course is not None:
            ticked = [name for name, box in self.boxes.items() if box.isChecked()]
            course.answers = msgspec.structs.replace(course.answers, databases=_named(ticked))
        self.changed.emit()


def _say(field: TextField, wrong: str, note: str, *, blames: bool) -> None:
    """What is wrong in red, or as calmly as what is worth knowing."""
    field.tell(wrong if blames else "", wrong or note)


def _looked(
    answers: Answers, server: ServerAnswers, config: Path, identity: Identity | None, login_of: str | None
) -> Look:
    """Raises `BadInput` where a saved login would go to somebody else's server."""
    wrong = about_login(server, saved_login(answers, config, login_of))
    if wrong is not None:
        raise BadInput(wrong.code, **wrong.values)
    loaded = loaded_of(answers, server, config)
    model = BackupModel(loaded, RealFiles(), SystemClock(), identity=identity)
    return asked(loaded, model.look_at_server)


def _named(locations: list[str]) -> dict[str, str]:
    """Databases of the server by names that settings can have."""
    found: dict[str, str] = {}
    used: set[str] = set()
    for location in locations:
        name = free_name(location, used)
        used.add(name.casefold())
        found[name] = location
    return found
