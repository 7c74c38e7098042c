"""A company whose databases a SQL Server keeps, for the pictures: the double of the tests, half a day of copies."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from sqlserver_double.answers import Login, Message
from sqlserver_double.server import Server
from sqlserver_double.world import SA_PASSWORD, SqlWorld, make_world

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.records import BackupKind, BackupRequest, Origin
from rexus.modules.backup.model import BackupModel

FOLDER = "C:\\Backup"
USUAL_PORT = 1433
USER = "rexus_copias"
"""A login that may back up and nothing more, so that there is something to say of it."""
ROWS = MappingProxyType({"users": 60, "inventario": 5200, "auditoria": 900})
_FILLER_MIB = MappingProxyType({"users": 4, "inventario": 24, "auditoria": 9})
_SIMPLE = "auditoria"
"""Its log can't be copied."""
_LOGS_MINUTES = 30
"""So often the log of the others is."""


class Ago:
    """A clock that is so many minutes behind."""

    def __init__(self, minutes: float) -> None:
        self._behind = timedelta(minutes=minutes)

    def now(self) -> datetime:
        """See `Clock.now`."""
        return datetime.now(UTC) - self._behind


class ServerCompany:
    """The server, the program's settings for it, and what happens there."""

    def __init__(self, folder: Path, world: SqlWorld, server: Server) -> None:
        self.world, self.port = world, server.port
        self.config = folder / "backup_config.json"
        self.root = folder / "copias"
        self._session = world.login(Login(user="sa", password=SA_PASSWORD))
        self._ago = 0.0
        self._folder = folder

    def configure(self, look: str, user: str = "sa") -> None:
        """Write the settings, with this theme and login."""
        (self._folder / ".env").write_text(f"DB_USERNAME={user}\nDB_PASSWORD={SA_PASSWORD}\n", "utf-8")
        settings = {
            "root": str(self.root),
            "engine": "sqlserver",
            "databases": {name: name for name in ROWS},
            "app_root": str(self._folder),
            "language": "es",
            "theme": look,
            "schedules": [
                {"name": "weekly_full", "action": "backup", "weekdays": [7], "times": ["02:00"]},
                {"name": "differential", "action": "differential", "times": ["07:00", "13:00", "19:00"]},
                {
                    "name": "log",
                    "action": "log",
                    "times": [f"{hour:02}:{half}" for hour in range(24) for half in ("00", "30")],
                },
            ],
            "health": {"free_bytes": 0, "accepted": ["same_disk", "no_scheduler", "open_folder"]},
            "sqlserver": {
                "server": f"localhost,{self.port}",
                "authentication": "sql",
                "encrypt": "optional",
                "trust_certificate": True,
                "client": "odbc",
                "server_backup_dir": FOLDER,
                "client_backup_dir": str(self.world.share_of(FOLDER)),
            },
        }
        self.config.write_text(json.dumps(settings, indent=2), "utf-8")

    def sql(self, text: str) -> None:
        """What somebody does on the server. Raises `SystemExit` where it is refused."""
        wrong = [one.text for one in self._session.batch(text, {}) if isinstance(one, Message) and one.severity > 10]
        if wrong:
            raise SystemExit(f"{text}: {wrong[0]}")

    def at(self, minutes_ago: float) -> None:
        """It is so many minutes ago on the server."""
        self.world.clock.advance(timedelta(minutes=self._ago - minutes_ago))
        self._ago = minutes_ago

    def backup(self, kind: BackupKind, minutes_ago: float) -> None:
        """A set that was made so many minutes ago, by both clocks."""
        self.at(minutes_ago)
        model = BackupModel.open(self.config, clock=Ago(minutes_ago), language="es")
        databases = tuple(name for name in ROWS if name != _SIMPLE) if kind is BackupKind.LOG else ()
        request = BackupRequest(
            databases=databases, kind=kind, files=False, origin=Origin.SCHEDULED, requested_by="programación"
        )
        model.backup(request, lambda _event: None, CancelToken())

    def enter(self, database: str, host: str, program: str) -> None:
        """Somebody works in a database."""
        session = self.world.login(Login(user="sa", password=SA_PASSWORD, host=host, application=program))
        list(session.batch(f"USE {database}", {}))

    def work_on(self, number: int) -> None:
        """Somebody enters a movement."""
        self.sql(f"INSERT INTO inventario.dbo.movimientos VALUES ({number}, N'entrada')")  # noqa: S608  a number

    def half_a_day(self) -> None:
        """A full copy, differential ones, the log every half hour; once somebody else copied the log meanwhile."""
        self.backup(BackupKind.FULL, 720)
        number = 100_000
        for ago in range(720 - _LOGS_MINUTES, 0, -_LOGS_MINUTES):
            number += 1
            self.at(ago + _LOGS_MINUTES / 2)
            self.work_on(number)
            if ago == 420:  # by hand, to a place of his own: nobody has what it took out of the log
                self.sql("BACKUP LOG inventario TO DISK = N'C:\\Backup\\prueba.trn'")
            self.backup(BackupKind.DIFFERENTIAL if ago in (360, 180) else BackupKind.LOG, ago)
        self.at(0)
        self.work_on(number + 1)


def _port() -> int:
    """The usual one where nobody has it, else any."""
    with contextlib.closing(socket.socket()) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", USUAL_PORT))
        except OSError:
            return 0
    return USUAL_PORT


@contextlib.contextmanager
def server_company(folder: Path, edition: str = "standard2022") -> Iterator[ServerCompany]:
    """One in ``folder`` that lives as long as the context."""
    world = make_world(folder / "servidor", edition, "windows", machine="SRV1")
    for name, rows in ROWS.items():
        made = [{"id": number, "que": f"movimiento {number}"} for number in range(1, rows + 1)]
        filler = _FILLER_MIB[name] << 20
        recovery = "SIMPLE" if name == _SIMPLE else "FULL"
        world.add_database(name, recovery, {"movimientos": made}, filler_bytes=filler)
    world.add_login(USER, SA_PASSWORD, users={name: ["db_backupoperator"] for name in ROWS if name != _SIMPLE})
    with Server(world, port=_port()) as server:
        yield ServerCompany(folder, world, server)
