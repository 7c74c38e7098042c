"""A SQL Server that lives in memory and in one folder: databases, logins, history, a disk of its own, faults.

world = make_world(tmp_path, "express2019")
world.add_database("Tienda", tables={"clientes": [{"id": 1, "nombre": "Ana"}]})
world.add_login("copias", "secret", users={"Tienda": ["db_backupoperator"]})
world.share_of("C:\\\\Backup")  # the same folder, as a client sees it
hold = world.faults.hold("backup.half")  # hold.reached.wait(), then hold.release() or an attention
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from . import statements  # noqa: F401 -- registers what does the statements
from .answers import Login, Message
from .containers import IDENTITIES
from .database_files import default_files, make_files
from .database_making import content_from
from .databases import Database
from .editions import EDITIONS, Edition
from .history import History
from .logins import SA_SID, Account, User, sid_of, windows_sid
from .server_clock import ServerClock
from .server_disk import ServerDisk
from .sessions import WorldSession
from .world_faults import WorldFaults
from .world_messages import SqlError, say

SYSTEM_DATABASES = ("master", "tempdb", "model", "msdb")
SA_PASSWORD = "Str0ng;Pass"
INSTANCE_FOLDERS = MappingProxyType({15: "MSSQL15", 16: "MSSQL16", 17: "MSSQL17"})


@dataclass(slots=True)
class Setting:
    """One option of sp_configure."""

    name: str
    least: int
    most: int
    value: int
    running: int
    advanced: bool = False
    id: int = 0


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate in master; its thumbprint is what backups name."""

    id: int
    name: str
    subject: str
    thumbprint: bytes
    has_key: bool = True


def _settings() -> dict[str, Setting]:
    made = (
        Setting("backup checksum default", 0, 1, 0, 0, id=1584),
        Setting("backup compression default", 0, 1, 0, 0, id=1579),
        Setting("clr enabled", 0, 1, 0, 0, id=1562),
        Setting("cost threshold for parallelism", 0, 32767, 5, 5, advanced=True, id=1538),
        Setting("max degree of parallelism", 0, 32767, 0, 0, advanced=True, id=1539),
        Setting("max server memory (MB)", 128, 2147483647, 2147483647, 2147483647, advanced=True, id=1544),
        Setting("remote access", 0, 1, 1, 1, id=117),
        Setting("show advanced options", 0, 1, 0, 0, id=518),
        Setting("user connections", 0, 32767, 0, 0, advanced=True, id=103),
        Setting("xp_cmdshell", 0, 1, 0, 0, advanced=True, id=16390),
    )
    return {one.name: one for one in made}


class SqlWorld:
    """One instance."""

    def __init__(self, folder: Path, edition: str, platform: str, clock: ServerClock, machine: str) -> None:
        self.edition: Edition = EDITIONS[edition]
        self.version = self.edition.version
        self.platform: str = platform
        self.windows = platform == "windows"
        self.separator = "\\" if self.windows else "/"
        self.machine = machine
        self.instance: str = "SQLEXPRESS" if self.windows and self.edition.engine == 4 else ""
        self.name: str = f"{machine}\\{self.instance}" if self.instance else machine
        self.collation = "SQL_Latin1_General_CP1_CI_AS"
        self.integrated_only = False
        self.clock = clock
        self.started_at = clock.now()
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.databases: dict[str, Database] = {}
        self.logins: dict[str, Account] = {}
        self.sessions: dict[int, WorldSession] = {}
        self.certificates: dict[str, Certificate] = {}
        self.credentials: dict[str, str] = {}
        self.containers: set[str] = set()
        """Addresses of containers and buckets; nobody makes one by a statement."""
        self.linked_servers: dict[str, str] = {}
        """Name and where it is."""
        self.settings = _settings()
        self.history = History()
        self.error_log: list[str] = []
        self._session_ids = itertools.count(51)
        self._login_ids = itertools.count(259)
        self.data_folder, self.backup_folder = self._folders()
        self.disk = ServerDisk(folder, platform, self.backup_folder)
        self.faults = WorldFaults(self)

    def _folders(self) -> tuple[str, str]:
        if not self.windows:
            return "/var/opt/mssql/data", "/var/opt/mssql/data"
        instance = self.instance or "MSSQLSERVER"
        root = f"C:\\Program Files\\Microsoft SQL Server\\{INSTANCE_FOLDERS[self.version[0]]}.{instance}\\MSSQL"
        return f"{root}\\DATA", f"{root}\\Backup"

    # the door for tests

    def add_database(
        self,
        name: str,
        recovery: str = "FULL",
        tables: Mapping[str, Iterable[Mapping[str, object]]] | None = None,
        *,
        owner: str = "sa",
        size_bytes: int | None = None,
        filler_bytes: int = 0,
    ) -> Database:
        """A database with rows, as if somebody had made it long ago; no backup of it exists.

        ``filler_bytes``: so much more is in it that backups have to carry; ``size_bytes``: how big its data file says
        that it is.
        """
        with self.lock:
            made = Database(
                name=name,
                id=self.next_database_id(),
                created_at=self.clock.tick().replace(microsecond=0),
                owner_sid=self.logins[owner.casefold()].sid,
                collation=self.collation,
                compatibility=self.edition.compatibility,
                recovery_model=recovery.upper(),
                files=default_files(self, name),
            )
            made.fork = made.family_guid
            made.filler = bytes(range(251)) * (filler_bytes // 251 + 1) if filler_bytes else b""
            if size_bytes is not None:
                made.files = (replace(made.files[0], size=size_bytes), *made.files[1:])
            make_files(self, made)
            made.change(content_from(tables or {}), self.clock.now())
            self.databases[made.key] = made
            return made

    def add_login(
        self,
        name: str,
        password: str = "",
        *,
        roles: Sequence[str] = (),
        grants: Sequence[str] = (),
        users: Mapping[str, Sequence[str]] | None = None,
        windows: bool = False,
        language: str = "us_english",
    ) -> Account:
        """A login; ``users``: database -> database roles and permissions that its user has there."""
        with self.lock:
            account = Account(
                name=name,
                password=password,
                sid=windows_sid(name) if windows else sid_of(name, self.name),
                id=next(self._login_ids),
                roles=set(roles),
                grants=set(grants),
                windows=windows,
                default_language=language,
            )
            self.logins[name.casefold()] = account
            for database, held in (users or {}).items():
                self.add_user(database, name, held)
            return account

    def add_user(self, database: str, login: str, held: Sequence[str] = (), name: str = "") -> User:
        """A user of the database for a login; ``held``: roles (``db_…``) and permissions."""
        with self.lock:
            found, account = self.databases[database.casefold()], self.logins[login.casefold()]
            user = User(
                name=name or login,
                sid=account.sid,
                id=5 + len(found.content.users),
                windows=account.windows,
                roles=frozenset(each for each in held if each.startswith("db_")),
                grants=frozenset(each for each in held if not each.startswith("db_")),
            )
            found.change(found.content.with_user(user), self.clock.tick())
            return user

    def share_of(self, server_folder: str) -> Path:
        """The same folder as a client sees it that was given a share of it; made if it is not there."""
        path = self.disk.local(server_folder)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def add_container(self, address: str, *, credential: bool = True) -> Path:
        """A store of objects that the server reaches: its objects are files of the folder that is returned."""
        self.containers.add(address)
        if credential:
            self.credentials[address.casefold()] = IDENTITIES[address.partition(":")[0]].upper()
        path = self.disk.local(address)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def database(self, name: str) -> Database:
        return self.databases[name.casefold()]

    def damage(self, database: str, table: str) -> None:
        """Let a page of the table be unreadable: checksums and CHECKDB find it, backups without checksum do not."""
        with self.lock:
            found = self.database(database)
            key = f"{table if '.' in table else 'dbo.' + table}".casefold()
            found.damaged_pages.add(f"{key}#000000")

    # what the wire asks

    def login(self, login: Login) -> WorldSession | tuple[Message, ...]:
        """Let somebody in, or say why not."""
        with self.lock:
            if ordered := self.faults.refusal():
                return tuple(one.message() for one in ordered)
            account = self.logins.get(login.user.casefold())
            refused = say(18456, login.user).message()
            if login.integrated:
                if account is None or not account.windows:
                    return (say(18452).message(),)
            elif account is None or account.windows or not account.is_password(login.password) or self.integrated_only:
                return (refused,)
            barred = {
                18486: account.locked,
                18470: account.disabled,
                18487: account.expired,
                18488: account.must_change,
            }
            for number, is_so in barred.items():
                if is_so:
                    return (say(number, account.name).message(account.default_language),)
            database = login.database or account.default_database
            session = WorldSession(self, next(self._session_ids), login, account, "master")
            try:
                session.database = session.rights.enter(database).name
            except SqlError:
                return (say(4060, database).message(account.default_language), refused)
            self.sessions[session.id] = session
            self.changed.notify_all()
            return session

    # what statements ask

    def next_database_id(self) -> int:
        taken = {each.id for each in self.databases.values()}
        return next(number for number in itertools.count(1) if number not in taken)

    def next_login_id(self) -> int:
        return next(self._login_ids)

    def users_of(self, database: Database, *, without: WorldSession | None = None) -> list[WorldSession]:
        """Sessions whose current database it is."""
        return [
            each for each in self.sessions.values() if each is not without and each.database.casefold() == database.key
        ]

    def single_user_of(self, database: Database) -> int | None:
        """The session that has the only place in a database for one user."""
        return next((each.id for each in self.users_of(database)), None)

    def note(self, number: int, *arguments: object) -> None:
        """Write to the server's own log, which clients do not see."""
        self.error_log.append(say(number, *arguments).message().text)

    def restart(self) -> None:
        """Stop and start the service: everybody is thrown out, what ran is rolled back, databases stay."""
        with self.changed:
            for session in list(self.sessions.values()):
                session.stop("restarted")
                session.roll_back()
            self.sessions.clear()
            for database in self.databases.values():
                database.write_locks.clear()
            self.started_at = self.clock.tick()
            self.changed.notify_all()


def make_world(
    folder: Path,
    edition: str = "standard2022",
    platform: str = "windows",
    *,
    clock: ServerClock | None = None,
    machine: str = "RXSRV",
    sa_password: str = SA_PASSWORD,
) -> SqlWorld:
    """A server below the folder with the login ``sa`` and no databases but its own.

    ``edition``: a key of `editions.EDITIONS`, e.g. ``express2019``, ``standard2022``, ``developer2025``.
    """
    world = SqlWorld(folder, edition, platform, clock or ServerClock(), machine)
    world.logins["sa"] = Account("sa", sa_password, SA_SID, 1, {"sysadmin"})
    for path in (world.data_folder, world.backup_folder, "C:\\Backup" if world.windows else "/var/backups"):
        world.share_of(path)
    for name in SYSTEM_DATABASES:
        made = world.add_database(name, recovery="FULL" if name == "model" else "SIMPLE")
        assert made.id == SYSTEM_DATABASES.index(name) + 1
    return world
