"""Somebody who goes on working in a database while the program restores over it."""

from __future__ import annotations

from collections.abc import Callable

from sqlserver_double.answers import Login, Message
from sqlserver_double.sessions import WorldSession
from sqlserver_double.world import SA_PASSWORD
from sqlserver_double.world_faults import Point
from support.sqlserver import Company

FIRST = 5000
"""Numbers of its rows begin here."""


_WITHIN = frozenset({"alter", "restore.recover"})
"""Between two statements of one batch: an instant, in which nobody is tried."""


class Writer:
    """Writes a row with all rights whenever anybody else's batch begins, and while BACKUP, RESTORE and CHECKDB run."""

    def __init__(self, firm: Company, database: str = "users") -> None:
        self._firm, self._database = firm, database
        self._inner = firm.world.faults.at
        self._session: WorldSession | None = None
        self._writes = False
        self._next = FIRST
        self.kept: list[int] = []
        """Rows that the server took."""
        self.refused: set[int] = set()
        """Numbers of the errors by which it took none."""
        self.batches = 0
        """Of others."""
        self.before: Callable[[int], object] = lambda number: None
        """Called with the number of each batch of others."""
        self.start()

    def start(self) -> None:
        """Begin to work, or go on; what was done before is forgotten."""
        self.kept.clear()
        self.batches = 0
        self._firm.world.faults.at = self._at  # type: ignore[method-assign]

    def stop(self) -> None:
        """Go home."""
        self._firm.world.faults.at = self._inner  # type: ignore[method-assign]
        if self._session is not None:
            self._session.close()

    def _at(self, point: Point, session: WorldSession, database: str = "", **more: str) -> None:
        if not self._writes and session.login.interface:  # it came over the wire
            if point == "batch":
                self.batches += 1
                self.before(self.batches)
            if point not in _WITHIN:
                self._write()
        self._inner(point, session, database, **more)

    def _write(self) -> None:
        self._writes = True
        try:
            world = self._firm.world
            if self._session is None or self._session.id not in world.sessions:
                made = world.login(Login(user="sa", password=SA_PASSWORD))
                assert isinstance(made, WorldSession)
                self._session = made
            number, self._next = self._next, self._next + 1
            text = f"INSERT INTO {self._database}.dbo.datos VALUES ({number}, N'trabajo')"
            answers = list(self._session.batch(text, {}))
            errors = [one.number for one in answers if isinstance(one, Message) and one.severity > 10]
            self.refused.update(errors)
            if not errors:
                self.kept.append(number)
        finally:
            self._writes = False


def access_of(firm: Company, database: str) -> tuple[str, str, bool]:
    """Its state, who is let in, and whether it can only be read."""
    columns = "state_desc, user_access_desc, is_read_only"
    ((state, users, still),) = firm.sql(f"SELECT {columns} FROM sys.databases WHERE name = N'{database}'")
    return str(state), str(users), bool(still)


def rows_of(firm: Company, *databases: str) -> set[int]:
    """Numbers of all rows in these databases."""
    return {int(number) for name in databases for (number,) in firm.sql(f"SELECT id FROM {name}.dbo.datos")}
