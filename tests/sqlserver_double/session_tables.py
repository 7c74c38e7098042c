"""The tables that one session sees: those of databases, and its own temporary ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .database_content import Content, Table
from .databases import Database
from .world_messages import error

if TYPE_CHECKING:
    from .sessions import WorldSession


class SessionTables:
    """Finds tables, and puts changed ones in their place."""

    def __init__(self, session: WorldSession) -> None:
        self._session = session
        self.temporary: dict[str, Table] = {}

    def place(self, name: tuple[str, ...]) -> tuple[Database, str, str]:
        """Database, schema and name that a name of one to three parts means. Raises `SqlError`."""
        if len(name) > 3:
            raise error(208, ".".join(name), ends_batch=True)
        wanted = name[-3] if len(name) > 2 and name[-3] else self._session.database
        if wanted.casefold() not in self._session.world.databases:
            raise error(208, ".".join(name), ends_batch=True)
        database = self._session.rights.enter(wanted)
        schema = name[-2] if len(name) > 1 and name[-2] else "dbo"
        return database, schema, name[-1]

    def find(self, name: tuple[str, ...]) -> Table:
        """Raises `SqlError` 208 where there is none."""
        if name[-1].startswith("#"):
            if name[-1].casefold() not in self.temporary:
                raise error(208, name[-1], ends_batch=True)
            return self.temporary[name[-1].casefold()]
        database, schema, table = self.place(name)
        found = self.content(database).tables.get(f"{schema}.{table}".casefold())
        if found is None:
            raise error(208, ".".join(name), ends_batch=True)
        return found

    def check(self, name: tuple[str, ...], permission: str) -> None:
        """Raises `SqlError` 229 where the session may not do that with the table."""
        if name[-1].startswith("#"):
            return
        database, schema, table = self.place(name)
        if not self._session.rights.on(database, permission):
            raise error(229, permission, table, database.name, schema)

    def content(self, database: Database) -> Content:
        """As this session sees it: with what its open transaction has changed."""
        transaction = self._session.transaction
        if transaction is not None and database.id in transaction.contents:
            return transaction.contents[database.id]
        return database.content

    def put(self, name: tuple[str, ...], table: Table) -> None:
        """The table as it is now, at once or when the transaction is committed."""
        if name[-1].startswith("#"):
            self.temporary[name[-1].casefold()] = table
            return
        database, _, _ = self.place(name)
        self.change(database, self.content(database).with_table(table), table.key)

    def change(self, database: Database, content: Content, table: str = "") -> None:
        """Another content of the database. Raises `SqlError`, e.g. where another transaction holds the table."""
        session = self._session
        if database.read_only or database.standby:
            raise error(3906, database.name)
        holder = database.write_locks.get(table)
        if holder not in {None, session.id}:
            raise error(1222)
        limit = session.world.edition.limit
        if limit is not None and database.data_bytes > limit:
            raise error(1105, table, database.name)
        if session.transaction is None:
            database.change(content, session.world.clock.tick())
            return
        session.transaction.contents[database.id] = content
        session.transaction.touched.setdefault(database.id, set()).add(table)
        database.write_locks[table] = session.id
