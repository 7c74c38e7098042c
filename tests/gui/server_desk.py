"""A desk on a company whose databases a SQL Server keeps: the double on loopback, reached by the real driver."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gui.world import HOST_CONTENT, under_root
from qtpy.QtWidgets import QWidget
from sqlserver_double.answers import Login
from sqlserver_double.world import SA_PASSWORD
from support.sqlserver import Company, company

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.records import BackupKind, BackupRequest
from rexus.modules.backup.base.texts import use_language
from rexus.modules.backup.model import BackupModel
from rexus.modules.backup.qt.desk import Desk
from rexus.modules.backup.qt.page import Page


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
