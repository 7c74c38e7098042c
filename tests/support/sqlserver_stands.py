"""What a company of the tests stands on: the double on loopback, or a real server that the environment names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, Protocol

import pytest
from sqlserver_double.answers import Login, Message, Row
from sqlserver_double.server import Server
from sqlserver_double.world import SA_PASSWORD, SqlWorld, make_world

from rexus.modules.backup.config.secrets import Secret
from rexus.modules.backup.engines.odbc import OdbcClient
from rexus.modules.backup.engines.sqlserver_connect import Connection, Encrypt, server_parts
from rexus.modules.backup.engines.tsql import Batch, identifier

FOLDER = "C:\\Backup"
ROWS = 200
VARIABLE = "REXUS_TEST_SQLSERVER"
NEEDS_DOUBLE = f"{VARIABLE} names a real server: this needs what only the double can be told to do"


class Entry(NamedTuple):
    """Who enters where."""

    server: str
    user: str
    password: str


class Stand(Protocol):
    """A server with databases ``names``, and a folder that it shares with us."""

    entry: Entry
    there: str
    """The folder as the server names it."""
    share: Path
    """The folder here."""
    login_timeout_s: int

    @property
    def world(self) -> SqlWorld:
        """The double's insides; the test is skipped where there is none."""
        ...

    @property
    def server(self) -> Server:
        """The double's wire; the test is skipped where there is none."""
        ...

    def sql(self, text: str) -> list[tuple[Any, ...]]:
        """Rows that the server gives; fails on an error of the server."""
        ...

    def databases(self) -> set[str]:
        """Databases of users that the tests have to do with."""
        ...

    def leftovers(self) -> list[str]:
        """What the tests have left in the shared folder."""
        ...


class OnDouble:
    """See `Stand`. Asked past the wire, so that nothing ordered of the wire or of logins strikes the question."""

    login_timeout_s = 10

    def __init__(self, world: SqlWorld, server: Server) -> None:
        self.world, self.server = world, server
        self.entry = Entry(f"127.0.0.1,{server.port}", "sa", SA_PASSWORD)
        self.there, self.share = FOLDER, world.share_of(FOLDER)
        self._session = world.login(Login(user="sa", password=SA_PASSWORD))

    def sql(self, text: str) -> list[tuple[Any, ...]]:
        """See `Stand.sql`."""
        if self._session.id not in self.world.sessions:  # the server was started anew
            self._session = self.world.login(Login(user="sa", password=SA_PASSWORD))
        answers = list(self._session.batch(text, {}))
        errors = [one for one in answers if isinstance(one, Message) and one.severity > 10]
        assert not errors, errors
        return [one.values for one in answers if isinstance(one, Row)]

    def databases(self) -> set[str]:
        """See `Stand.databases`."""
        return {str(name) for (name,) in self.sql("SELECT name FROM sys.databases WHERE database_id > 4")}

    def leftovers(self) -> list[str]:
        """See `Stand.leftovers`."""
        return sorted(path.name for path in self.share.iterdir())


class OnForeign:
    """See `Stand`: a server of somebody's, for tests alone. Makes its databases, and drops all that come to be."""

    login_timeout_s = 15

    def __init__(self, entry: Entry, there: str, share: Path) -> None:
        self.entry, self.there, self.share = entry, there, share
        protocol, host, instance, port = server_parts(entry.server)
        self._client = OdbcClient(
            Connection(
                protocol=protocol,
                host=host,
                instance=instance,
                port=port,
                user=entry.user,
                password=Secret(entry.password),
                encrypt=Encrypt.OPTIONAL,
                trust_certificate=True,
            )
        )
        self._others = self._all()
        self._strange = {path.name for path in share.iterdir()}

    @property
    def world(self) -> NoReturn:
        """See `Stand.world`."""
        pytest.skip(NEEDS_DOUBLE)

    server = world

    def sql(self, text: str) -> list[tuple[Any, ...]]:
        """See `Stand.sql`."""
        executed = self._client.execute(Batch(text=text))
        assert not executed.errors and executed.end == "finished", (executed.errors, executed.said)
        return [row.cells for row in (executed.results or ((),))[0]]

    def _all(self) -> set[str]:
        return {str(name) for (name,) in self.sql("SELECT name FROM sys.databases WHERE database_id > 4")}

    def databases(self) -> set[str]:
        """See `Stand.databases`."""
        return self._all() - self._others

    def leftovers(self) -> list[str]:
        """See `Stand.leftovers`."""
        return sorted({path.name for path in self.share.iterdir()} - self._strange)

    def make(self, names: tuple[str, ...]) -> None:
        """The databases; refuses to touch one that is there already."""
        theirs = self._others & set(names)
        if theirs:
            pytest.fail(f"{VARIABLE}: the server has databases {sorted(theirs)}, which these tests would make anew")
        for name in names:
            self.sql(f"CREATE DATABASE {identifier(name)};\nALTER DATABASE {identifier(name)} SET RECOVERY FULL;")
            self.sql(f"CREATE TABLE {name}.dbo.datos (id int NOT NULL PRIMARY KEY, texto nvarchar(100));")
            rows = ", ".join(f"({number}, N'fila {number}')" for number in range(ROWS))
            self.sql(f"INSERT INTO {name}.dbo.datos VALUES {rows};")

    def tidy(self) -> None:
        """Drop every database and remove every file that came to be since."""
        for name in sorted(self.databases()):
            self.sql(  # what is offline leaves its files behind when it is dropped
                f"IF EXISTS (SELECT 1 FROM sys.databases WHERE name = N'{name}' AND state = 6)\n"
                f"ALTER DATABASE {identifier(name)} SET ONLINE;\n"
                f"IF EXISTS (SELECT 1 FROM sys.databases WHERE name = N'{name}' AND state = 0)\n"
                f"ALTER DATABASE {identifier(name)} SET SINGLE_USER WITH ROLLBACK IMMEDIATE;\n"
                f"DROP DATABASE {identifier(name)};"
            )
        for name in self.leftovers():
            (self.share / name).unlink()


def foreign(environment: Mapping[str, str] = os.environ) -> OnForeign | None:
    """The real server that the environment names; None: none, so that the double is used."""
    server = environment.get(VARIABLE, "")
    if not server:
        return None
    words = ("USER", "PASSWORD", "SERVER_DIR", "CLIENT_DIR")
    told = {word: environment.get(f"{VARIABLE}_{word}", "") for word in words}
    missing = [f"{VARIABLE}_{word}" for word, value in told.items() if not value]
    if missing:
        pytest.fail(f"{VARIABLE} needs {', '.join(missing)} too")
    entry = Entry(server, told["USER"], told["PASSWORD"])
    return OnForeign(entry, told["SERVER_DIR"], Path(told["CLIENT_DIR"]))


@contextmanager
def stand(folder: Path, names: tuple[str, ...], edition: str) -> Iterator[Stand]:
    """The server of the environment, else the double; its databases last as long as the context."""
    real = foreign()
    if real is None:
        world = make_world(folder / "servidor", edition, "windows")
        for name in names:
            rows = [{"id": number, "texto": f"fila {number}"} for number in range(ROWS)]
            world.add_database(name, recovery="FULL", tables={"datos": rows})
        with Server(world) as server:
            yield OnDouble(world, server)
        return
    if edition != "standard2022":
        pytest.skip(f"{VARIABLE} names a real server: this is about a double of {edition}")
    try:
        real.make(names)
        yield real
    finally:
        real.tidy()
