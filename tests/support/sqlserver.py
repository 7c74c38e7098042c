"""A company on SQL Server: the double on loopback, the program configured for it, and what one asks of both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cli.command_line import CommandLine, Ran
from sqlserver_double.answers import Login, Message, Row
from sqlserver_double.server import Server
from sqlserver_double.world import SA_PASSWORD, SqlWorld, make_world

from rexus.modules.backup.model import BackupModel

FOLDER = "C:\\Backup"
NAMES = ("users", "inventario", "auditoria")
ROWS = 200


class Company:
    """Three databases with rows, a folder that server and client share, and the command line."""

    def __init__(self, folder: Path, world: SqlWorld, server: Server, client: str) -> None:
        self.folder, self.world, self.server = folder, world, server
        self.share = world.share_of(FOLDER)
        self.root = folder / "copias"
        self.run = CommandLine(folder / "app" / "backup_config.json")
        self._session = world.login(Login(user="sa", password=SA_PASSWORD))
        self.run.config.parent.mkdir(exist_ok=True)
        self.sign_in("sa", SA_PASSWORD)
        self._write(client)

    def sign_in(self, user: str, password: str) -> None:
        """The program enters the server with this login from now on."""
        lines = (f"DB_SERVER=127.0.0.1,{self.server.port}", f"DB_USERNAME={user}", f"DB_PASSWORD={password}")
        (self.run.config.parent / ".env").write_text("\n".join(lines) + "\n", "utf-8")

    def model(self) -> BackupModel:
        """The door, in this process."""
        return BackupModel.open(self.run.config)

    def _write(self, client: str, **sqlserver: Any) -> None:
        app = self.run.config.parent
        settings = {
            "client": client,
            "encrypt": "optional",
            "trust_certificate": True,
            "login_timeout_s": 2,
            "server_backup_dir": FOLDER,
            "client_backup_dir": str(self.share),
            **sqlserver,
        }
        whole = {
            "root": str(self.root),
            "engine": "sqlserver",
            "databases": {name: name for name in NAMES},
            "app_root": str(app),
            "language": "en",
            "sqlserver": {name: value for name, value in settings.items() if value is not None},
        }
        self.run.config.write_text(json.dumps(whole), "utf-8")

    def configured(self, client: str, **sqlserver: Any) -> None:
        """The same company with other settings."""
        self._write(client, **sqlserver)

    def sql(self, text: str) -> list[tuple[Any, ...]]:
        """Rows that the server gives; fails on an error of the server."""
        if self._session.id not in self.world.sessions:  # the server was started anew
            self._session = self.world.login(Login(user="sa", password=SA_PASSWORD))
        answers = list(self._session.batch(text, {}))
        errors = [one for one in answers if isinstance(one, Message) and one.severity > 10]
        assert not errors, errors
        return [one.values for one in answers if isinstance(one, Row)]

    def count(self, database: str) -> int:
        """Rows of the table in a database."""
        return int(self.sql(f"SELECT COUNT(*) FROM {database}.dbo.datos")[0][0])

    def add(self, database: str, number: int) -> None:
        """A row more."""
        self.sql(f"INSERT INTO {database}.dbo.datos VALUES ({number}, N'más {number}')")

    def backup(self, *words: str, code: int = 0) -> str:
        """Name of a new set."""
        return str(self.run.json("backup", "--no-files", *words, code=code)["set"])

    def leftovers(self) -> list[str]:
        """What lies in the shared folder."""
        return sorted(path.name for path in self.share.iterdir())

    def databases(self) -> set[str]:
        """Databases of users on the server."""
        return {str(name) for (name,) in self.sql("SELECT name FROM sys.databases WHERE database_id > 4")}

    def state(self, database: str) -> tuple[str, str]:
        """Its state and who is let in."""
        where = f"WHERE name = N'{database}'"
        ((state, access),) = self.sql(f"SELECT state_desc, user_access_desc FROM sys.databases {where}")
        return str(state), str(access)


@contextmanager
def company(folder: Path, client: str, edition: str = "standard2022") -> Iterator[Company]:
    """One that lives as long as the context."""
    world = make_world(folder / "servidor", edition, "windows")
    for name in NAMES:
        rows = [{"id": number, "texto": f"fila {number}"} for number in range(ROWS)]
        world.add_database(name, recovery="FULL", tables={"datos": rows})
    with Server(world) as server:
        yield Company(folder, world, server, client)


def codes(ran: Ran) -> set[str]:
    """Codes of all problems of a JSON answer."""
    return ran.codes
