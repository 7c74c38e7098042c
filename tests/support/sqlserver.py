"""A company on SQL Server: the double or a real server, the program configured for it, and what one asks of both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cli.command_line import CommandLine, Ran
from sqlserver_double.server import Server
from sqlserver_double.world import SqlWorld

from rexus.modules.backup.base.files import Files, RealFiles
from rexus.modules.backup.model import BackupModel

from .sqlserver_stands import FOLDER, ROWS, Entry, Stand, stand

__all__ = ["FOLDER", "NAMES", "ROWS", "Company", "codes", "company"]
NAMES = ("users", "inventario", "auditoria")


class Company:
    """Three databases with rows, a folder that server and client share, and the command line."""

    def __init__(self, folder: Path, standing: Stand, client: str) -> None:
        self.folder, self.stand, self.client = folder, standing, client
        self.share = standing.share
        self.root = folder / "copias"
        self.run = CommandLine(folder / "app" / "backup_config.json")
        self.run.config.parent.mkdir(parents=True, exist_ok=True)
        self.sign_in(standing.entry.user, standing.entry.password)
        self._write(client)

    @property
    def world(self) -> SqlWorld:
        """The double's insides; skips the test on a real server."""
        return self.stand.world

    @property
    def server(self) -> Server:
        """The double's wire; skips the test on a real server."""
        return self.stand.server

    @property
    def password(self) -> str:
        """What must be seen nowhere."""
        return self.stand.entry.password

    def sign_in(self, user: str, password: str, server: str = "") -> None:
        """The program enters the server with this login from now on."""
        self.enter(Entry(server or self.stand.entry.server, user, password))

    def enter(self, entry: Entry) -> None:
        """What `.env` says from now on; what is empty is left out."""
        told = {"DB_SERVER": entry.server, "DB_USERNAME": entry.user, "DB_PASSWORD": entry.password}
        lines = [f"{name}={value}\n" for name, value in told.items() if value]
        (self.run.config.parent / ".env").write_text("".join(lines), "utf-8")

    def model(self, files: Files | None = None) -> BackupModel:
        """The door, in this process."""
        return BackupModel.open(self.run.config, files=files or RealFiles())

    def _write(self, client: str, **sqlserver: Any) -> None:
        app = self.run.config.parent
        settings = {
            "client": client,
            "encrypt": "optional",
            "trust_certificate": True,
            "login_timeout_s": self.stand.login_timeout_s,
            "server_backup_dir": self.stand.there,
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

    def reconfigured(self, **sqlserver: Any) -> None:
        """The same with the client that it has."""
        self._write(self.client, **sqlserver)

    def sql(self, text: str) -> list[tuple[Any, ...]]:
        """Rows that the server gives; fails on an error of the server."""
        return self.stand.sql(text)

    def on_server(self, name: str) -> str:
        """A file of the shared folder as the server names it."""
        separator = "/" if "/" in self.stand.there else "\\"
        return f"{self.stand.there.rstrip(separator)}{separator}{name}"

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
        return self.stand.leftovers()

    def databases(self) -> set[str]:
        """Databases of users on the server."""
        return self.stand.databases()

    def state(self, database: str) -> tuple[str, str]:
        """Its state and who is let in."""
        where = f"WHERE name = N'{database}'"
        ((state, access),) = self.sql(f"SELECT state_desc, user_access_desc FROM sys.databases {where}")
        return str(state), str(access)


@contextmanager
def company(folder: Path, client: str, edition: str = "standard2022") -> Iterator[Company]:
    """One that lives as long as the context."""
    with stand(folder, NAMES, edition) as standing:
        yield Company(folder, standing, client)


def codes(ran: Ran) -> set[str]:
    """Codes of all problems of a JSON answer."""
    return ran.codes
