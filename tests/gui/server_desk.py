"""A desk on a company whose databases a SQL Server keeps: the double on loopback, reached by the real driver."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gui.world import HOST_CONTENT, settle, type_in, under_root
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QAbstractButton, QLabel, QLineEdit, QWidget
from sqlserver_double.answers import Login
from sqlserver_double.world import SA_PASSWORD
from support.sqlserver import Company, company

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.records import BackupKind, BackupRequest
from rexus.modules.backup.base.texts import use_language
from rexus.modules.backup.model import BackupModel
from rexus.modules.backup.qt.desk import Desk
from rexus.modules.backup.qt.page import Page
from rexus.modules.backup.qt.page_first import FirstPage
from rexus.modules.backup.qt.page_settings import SettingsPage
from rexus.modules.backup.qt.settings_section import Section


class Ago:
    """A clock that is so many minutes behind."""

    def __init__(self, minutes: float) -> None:
        self._behind = timedelta(minutes=minutes)

    def now(self) -> datetime:
        return datetime.now(UTC) - self._behind


class ServerDesk:
    """The company, a desk on it, and the roots that pages were put under."""

    def __init__(self, there: Company) -> None:
        self.company = there
        self.desk = Desk(there.run.config)
        self.made: list[QWidget] = []
        self._ago = 0.0
        self.open()

    def open(self) -> None:
        """Read the settings anew."""
        self.desk.open()
        use_language("en")

    @property
    def model(self) -> BackupModel:
        """The desk's model."""
        assert self.desk.model is not None
        return self.desk.model

    def at(self, minutes_ago: float) -> None:
        """It is so many minutes ago on the server."""
        self.company.world.clock.advance(timedelta(minutes=self._ago - minutes_ago))
        self._ago = minutes_ago

    def backup(self, kind: BackupKind, minutes_ago: float, *names: str) -> str:
        """A set of all databases or of these, that was made so many minutes ago, by both clocks; its name."""
        self.at(minutes_ago)
        model = BackupModel.open(self.company.run.config, clock=Ago(minutes_ago), language="en")
        request = BackupRequest(databases=names, kind=kind, files=False, requested_by="prueba")
        outcome = model.backup(request, lambda _event: None, CancelToken()).outcome
        assert outcome.set is not None, outcome
        return outcome.set

    def show(self, page: Page, **what: object) -> QWidget:
        """Put ``page`` under a themed root, give it the desk, open it."""
        root = under_root(page, HOST_CONTENT)
        self.made.append(root)
        page.use(self.desk)
        root.show()
        page.opened(**what)
        return root

    def enter(self, database: str, host: str, program: str) -> None:
        """Somebody works in a database."""
        session = self.company.world.login(Login(user="sa", password=SA_PASSWORD, host=host, application=program))
        list(session.batch(f"USE {database}", {}))


@contextmanager
def server_desk(folder: Path, edition: str = "standard2022") -> Iterator[ServerDesk]:
    """One that lives as long as the context."""
    with company(folder, "odbc", edition) as there:
        yield ServerDesk(there)


def opened(there: ServerDesk, qtbot: object, section: str = "databases") -> tuple[SettingsPage, Section]:
    """The settings at a section; at the databases after the look that they take by themselves."""
    page = SettingsPage()
    qtbot.waitExposed(there.show(page, section=section))  # type: ignore[attr-defined]
    settle(qtbot, lambda: page.draft is not None)
    return page, page.book.current


def first_run(there: ServerDesk, config: Path, qtbot: object) -> FirstPage:
    """The step of the databases where nothing is configured, with SQL Server chosen, its address and a user typed."""
    use_language("en")
    desk = Desk(config)
    desk.open()
    made = FirstPage()
    root = under_root(made, HOST_CONTENT)
    there.made.append(root)
    made.use(desk)
    root.show()
    made.opened()
    settle(qtbot)
    press(made.button_next)
    settle(qtbot, lambda: made.course.step == "databases")
    press(made.databases.of_server)
    settle(qtbot)
    server = made.databases.server
    retype(server.address.host.box, f"127.0.0.1,{there.company.server.port}")
    QTest.keyClick(server.address.host.box, Qt.Key.Key_Tab)
    retype(server.user.box, "sa")
    return made


def look(page: FirstPage, qtbot: object, password: str) -> None:
    """Type the password and have the server asked."""
    server = page.databases.server
    retype(server.password.box, password)
    server.trust.mark.setChecked(True)
    press(server.button_look)
    settle(qtbot, lambda: not server.is_looking)


def go_on(page: FirstPage, qtbot: object, step: str) -> None:
    """Press the primary button as soon as it can be, and come to that step."""
    settle(qtbot, lambda: page.button_next.isEnabled() and not page.panes[page.course.step].is_checking)
    press(page.button_next)
    settle(qtbot, lambda: page.course.step == step)


def retype(box: QLineEdit, text: str) -> None:
    """Put another text into a field, key by key."""
    box.setFocus()
    box.selectAll()
    QTest.keyClick(box, Qt.Key.Key_Delete)
    type_in(box, text)


def texts(widget: QWidget) -> str:
    """Everything that can be read there, once the page is seen."""
    return "\n".join(one.text() for one in widget.findChildren(QLabel) if one.isVisibleTo(widget))


def press(button: QAbstractButton) -> None:
    """Click on a button that can be clicked."""
    assert button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
