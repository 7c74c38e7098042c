"""SQL Server: databases that a server keeps, backed up and restored by it, through whichever client there is."""

from __future__ import annotations

import contextlib
import functools
import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from ..base.cancel import CancelToken
from ..base.errors import BackupError, BadInput, Refused
from ..base.files import PARTIAL, Data, Files
from ..base.records import BackupKind, DatabaseBackup, Depth, Finding, Problem, Severity
from ..base.watching import AuditRow
from ..config.settings import SqlServer
from . import (
    sqlserver_access,
    sqlserver_chain,
    sqlserver_check,
    sqlserver_known,
    sqlserver_logins,
    sqlserver_others,
    sqlserver_plain,
    sqlserver_question,
    sqlserver_restore,
    sqlserver_space,
    sqlserver_url,
    tsql,
    tsql_ask,
)
from .port import BackupProduct, Capabilities, DatabaseRef, Noting, PlainCheck, Progress, RestoreTarget, no_noting
from .port_server import (
    Access,
    ChainPlan,
    FileSize,
    KindChoice,
    Room,
    ServerPlace,
    ServerRestore,
    ServerScript,
    StoredBackup,
    is_path,
)
from .sqlserver_away import Way
from .sqlserver_backup import Taking, Wish, take, wish_of
from .sqlserver_client import Client
from .sqlserver_facts import DatabaseFacts, ServerFacts, ask_database, ask_server
from .sqlserver_folder import Meeting, container, holds, is_by, is_there, leftovers, meeting, server_sees
from .sqlserver_headers import ENGINE
from .sqlserver_restore import Restoring

log = logging.getLogger(__name__)
_KINDS = (BackupKind.FULL, BackupKind.DIFFERENTIAL, BackupKind.LOG)


class SqlServerEngine:
    """See `Engine` and `ServerSide`. Nothing connects before something is asked."""

    name = ENGINE
    capabilities = Capabilities(kinds=_KINDS, server_side=True, point_in_time=True, restored_suffix=".bak")

    def __init__(
        self,
        databases: tuple[DatabaseRef, ...],
        way: Way,
        settings: SqlServer,
        files: Files,
        owner: str,
    ) -> None:
        """``way`` leads to the server; ``owner`` tells files of this installation from others in the same folder."""
        self._databases, self._way, self._settings, self._files = databases, way, settings, files
        self._owner = owner

    @property
    def _client(self) -> Client:
        """The way to the server. Raises `Refused`, `BadInput`."""
        return self._way.client

    @property
    def server(self) -> SqlServerEngine:
        """Itself: see `ServerSide`."""
        return self

    def databases(self) -> tuple[DatabaseRef, ...]:
        """See `Engine.databases`."""
        return self._databases

    @functools.cached_property
    def facts(self) -> ServerFacts:
        """The server, asked once; new databases go where the settings say. Raises `SourceFailed`."""
        told, wanted = ask_server(self._client), self._settings
        return msgspec.structs.replace(
            told, data_folder=wanted.data_dir or told.data_folder, log_folder=wanted.log_dir or told.log_folder
        )

    @functools.cached_property
    def meeting(self) -> Meeting:
        """The folder where both meet. Raises `SourceFailed`."""
        folder = self._settings
        return meeting(self.facts, folder.server_backup_dir, folder.client_backup_dir, self._owner)

    @functools.cached_property
    def destination(self) -> Meeting:
        """Where the server writes backups: that folder, or a container. Raises `SourceFailed`, `Refused`."""
        address = self._settings.backup_url
        if address is None:
            return self.meeting
        sqlserver_url.refuse(self.facts, address)
        return container(address, self._owner)

    def preflight(self, database: DatabaseRef) -> tuple[Finding, ...]:
        """See `Engine.preflight`."""
        return sqlserver_check.database_findings(self._client, self.facts, database)

    def findings(self) -> tuple[Finding, ...]:
        """See `ServerSide.findings`."""
        found = sqlserver_check.server_findings(self._client, self._settings, self._files, self._owner)
        if any(one.severity is Severity.ERROR for one in found):
            return found
        more = [one for ref in self._databases for one in sqlserver_known.known_of(self._client, self.facts, ref)]
        return (*found, *self._room(), *more)

    def _room(self) -> tuple[Finding, ...]:
        """Of a backup of every database where the server writes it."""
        if self._settings.backup_url is not None:
            return ()
        needed = 0
        for ref in self._databases:
            with contextlib.suppress(BackupError):  # its own findings tell
                needed += self.estimate(ref)
        with contextlib.suppress(BackupError):
            return sqlserver_known.room_in(self._client, self.meeting.server, needed)
        return ()

    def estimate(self, database: DatabaseRef) -> int:
        """See `Engine.estimate`: the pages in use; where they can't be asked for, the size of the files."""
        with contextlib.suppress(BackupError):
            rows = self._client.query(tsql_ask.used_bytes(database.location))
            used = rows[0].integer("used_bytes") if rows else None
            if used:
                return used
        return self._there(database.location).data_bytes

    def _there(self, name: str) -> DatabaseFacts:
        found = ask_database(self._client, name)
        if found is None:
            raise Refused("sqlserver.no_database", **sqlserver_check.values_of(self.facts, name))
        return found

    def scratch_bytes(self, database: DatabaseRef) -> int:
        """See `Engine.scratch_bytes`: the server writes elsewhere, and tells by itself when that is full."""
        return 0

    @contextlib.contextmanager
    def backup(  # noqa: PLR0913  as the port has it
        self,
        database: DatabaseRef,
        kind: BackupKind,
        scratch: Path,
        progress: Progress,
        cancel: CancelToken,
        *,
        aside: bool = False,
        noting: Noting = no_noting,
    ) -> Iterator[BackupProduct]:
        """See `Engine.backup`. What the server wrote is removed once it is stored, where this machine sees it."""
        order = Taking(
            client=self._client,
            server=self.facts,
            place=self.destination,
            files=self._files,
            database=database,
            kind=kind,
            wish=self._wish(database, kind, aside=aside),
            total_bytes=self.estimate(database) if kind is BackupKind.FULL else 0,
            progress=progress,
            cancel=cancel,
            noting=noting,
        )
        taken = take(order)
        stored = False
        try:
            yield taken
            stored = True
        finally:
            if taken.paths or not stored:
                taken.discard()

    def _wish(self, database: DatabaseRef, kind: BackupKind, *, aside: bool) -> Wish:
        """A full backup beside the plan is copy-only wherever there is a base that somebody's differentials need."""
        there = ask_database(self._client, database.location) if aside and kind is BackupKind.FULL else None
        return wish_of(self._settings, self.facts, has_base=there is not None and there.may_have_base)

    def target(self, database: str, to: str | None) -> RestoreTarget:
        """See `Engine.target`: a name on the server; nothing is staged beside it."""
        name = to or self._location(database)
        if to is not None and is_path(to):
            return sqlserver_plain.target_at(database, to)
        there = ask_database(self._client, name)
        return RestoreTarget(
            name=database,
            location=name,
            exists=there is not None,
            bytes=there.data_bytes if there is not None else 0,
            staging="",
            state=there.state.name if there is not None else "",
            in_use_by=tuple(one.told for one in sqlserver_restore.occupants(self._client, name)) if there else (),
        )

    def _location(self, database: str) -> str:
        for ref in self._databases:
            if ref.name == database:
                return ref.location
        raise BadInput("database.unknown", name=database, allowed=", ".join(ref.name for ref in self._databases))

    def state(self, location: str) -> str:
        """See `Engine.state`: what the server calls it; of a plain file its size and time."""
        if is_path(location):
            return sqlserver_plain.state_of(location)
        there = ask_database(self._client, location)
        return there.state.name if there is not None else ""

    def check_plain(self, path: Path, depth: Depth, progress: Progress, cancel: CancelToken) -> PlainCheck:
        """See `Engine.check_plain`: read here page by page; for ``engine`` the server reads it too, if it sees it."""
        found = sqlserver_plain.check_plain(path, progress, cancel)
        if not found.ok or depth not in (Depth.ENGINE, Depth.RESTORED):
            return found
        return sqlserver_plain.verified(self._client, self.meeting, (path,), cancel)

    def check_files(self, files: Sequence[Path], progress: Progress, cancel: CancelToken) -> PlainCheck:
        """See `ServerSide.check_files`."""
        found = sqlserver_plain.check_files(files, progress, cancel)
        return sqlserver_plain.verified(self._client, self.meeting, files, cancel) if found.ok else found

    def sample(self, path: Path, rows: int, cancel: CancelToken) -> int:
        """See `Engine.sample`: files of backups hold no tables that could be read here."""
        raise Refused("drill.other_engine", engine=self.name, here=self.name)

    def ask(self, path: Path, query: str, timeout_s: float, cancel: CancelToken) -> float | str | None:
        """See `Engine.ask`: as `sample`."""
        raise Refused("drill.other_engine", engine=self.name, here=self.name)

    def install(self, target: RestoreTarget, *, overwrite: bool, cancel: CancelToken) -> None:
        """See `Engine.install`: a server restores by `ServerSide.restore` alone."""
        raise Refused("engine.unavailable", engine=self.name, allowed="sqlite")

    def sweep(self, target: RestoreTarget) -> tuple[str, ...]:
        """See `Engine.sweep`: nothing is left beside databases of a server."""
        return ()

    def note(self, name: str, row: AuditRow) -> None:
        """See `Engine.note`."""
        sqlserver_check.note(self._client, self._location(name), row)

    def anew(self) -> None:
        """See `ServerSide.anew`."""
        self._way.anew()

    def decide(self, database: DatabaseRef, kind: BackupKind, ours: Sequence[StoredBackup]) -> KindChoice:
        """See `ServerSide.decide`."""
        return sqlserver_chain.decide(self._client, self.facts, database, kind, ours)

    def without_log(self, databases: Sequence[DatabaseRef]) -> tuple[DatabaseRef, ...]:
        """See `ServerSide.without_log`."""
        simple = {row.text("name").casefold() for row in self._client.query(tsql_ask.SIMPLE)}
        return tuple(ref for ref in databases if ref.location.casefold() in simple)

    def to_keep_log(self, database: DatabaseRef) -> str:
        """See `ServerSide.to_keep_log`."""
        return f"ALTER DATABASE {tsql.identifier(database.location)} SET RECOVERY FULL;"

    def chain(
        self, name: str, held: Sequence[StoredBackup], set_name: str, at: datetime | None, *, applied: bool = False
    ) -> ChainPlan:
        """See `ServerSide.chain`."""
        return sqlserver_chain.chain(self.facts, name, held, set_name, at, applied=applied)

    def place(self, name: str) -> ServerPlace:
        """See `ServerSide.place`."""
        tsql.identifier(name)
        facts, there = self.facts, ask_database(self._client, name)
        values = sqlserver_check.values_of(facts, name) | ({"is_new": 1} if there is None else {})
        return ServerPlace(
            name=name,
            exists=there is not None,
            state=there.state.name if there is not None else "",
            identity=there.recovery_fork if there is not None else "",
            bytes=there.data_bytes + there.log_bytes if there is not None else 0,
            occupants=sqlserver_restore.occupants(self._client, name) if there is not None else (),
            lacks=None
            if sqlserver_restore.may_restore(facts, there)
            else Problem(code="sqlserver.restore_right", values=values),
        )

    def folder(self) -> Path | None:
        """See `ServerSide.folder`."""
        return Path(self.meeting.client) if self.meeting.client is not None else None

    def new_file(self, name: str) -> Path | None:
        """See `ServerSide.new_file`."""
        return self.meeting.here(self.meeting.new_name(name, PARTIAL))

    def leftovers(self) -> tuple[Path, ...]:
        """See `ServerSide.leftovers`."""
        return leftovers(self._settings.client_backup_dir, self._owner)

    def is_there(self, file: str) -> bool | None:
        """See `ServerSide.is_there`."""
        try:
            return is_there(self._client, self.facts, file)
        except BackupError:
            return None

    def is_ours(self, file: str) -> bool:
        """See `ServerSide.is_ours`; where a setting names the folder nobody connects."""
        try:
            return holds(self._settings.server_backup_dir or self.meeting.server, file)
        except BackupError:
            return is_by(self._owner, file)

    def on_server(self, file: Path) -> str:
        """See `ServerSide.on_server`."""
        return self.meeting.on_server(file.name)

    def seen(self, file: Path) -> str | None:
        """See `ServerSide.seen`."""
        there = self.meeting.of(file)
        return there if server_sees(self._client, there) else None

    def identify(self, file: str, backup: DatabaseBackup) -> bool:
        """See `ServerSide.identify`."""
        return sqlserver_restore.identify(self._client, file, backup)

    def prove(self, backup: DatabaseBackup, progress: Progress, cancel: CancelToken) -> None:
        """See `ServerSide.prove`."""
        sqlserver_plain.proven_there(self._client, backup, progress, cancel)

    def sizes_there(self, backup: DatabaseBackup) -> tuple[FileSize, ...]:
        """See `ServerSide.sizes_there`."""
        return sqlserver_space.sizes_there(self._client, backup)

    def sizes_of(self, chunks: Iterable[Data]) -> tuple[FileSize, ...]:
        """See `ServerSide.sizes_of`."""
        return sqlserver_space.sizes_of(chunks)

    def room(self, name: str, files: Sequence[FileSize]) -> Room:
        """See `ServerSide.room`."""
        return sqlserver_space.room(self._client, self.facts, name, files)

    def restore(self, order: ServerRestore, progress: Progress, cancel: CancelToken) -> tuple[Problem, ...]:
        """See `ServerSide.restore`."""
        return sqlserver_restore.restore(order, self._restoring(progress, cancel))

    def script(self, head: str) -> ServerScript | None:
        """See `ServerSide.script`."""
        if "logins" not in self._settings.server_parts:
            return None
        return sqlserver_logins.script(self._client, self.facts, head)

    def _restoring(self, progress: Progress, cancel: CancelToken) -> Restoring:
        return Restoring(client=self._client, server=self.facts, progress=progress, cancel=cancel)

    def access(self, name: str) -> Access | None:
        """See `ServerSide.access`."""
        return sqlserver_access.access_of(self._client, name)

    def close(self, name: str, cancel: CancelToken) -> None:
        """See `ServerSide.close`."""
        sqlserver_access.close(self._client, name, cancel)

    def give(self, name: str, access: Access) -> None:
        """See `ServerSide.give`."""
        sqlserver_access.give(self._client, name, access)

    def under_way(self, name: str) -> Problem | None:
        """See `ServerSide.under_way`."""
        return sqlserver_others.under_way(self._client, name)

    def drop(self, name: str) -> None:
        """See `ServerSide.drop`."""
        sqlserver_restore.drop(self._client, name)

    def judge(self, name: str, progress: Progress, cancel: CancelToken) -> PlainCheck:
        """See `ServerSide.judge`."""
        return sqlserver_restore.judge(name, self._restoring(progress, cancel))

    def asker(self, name: str) -> sqlserver_question.Ask:
        """See `ServerSide.asker`."""
        return sqlserver_question.asker(self._client, self.facts, name)

    def afterwards(self, name: str) -> tuple[Problem, ...]:
        """See `ServerSide.afterwards`."""
        return sqlserver_restore.afterwards(self._client, self.facts, name)
