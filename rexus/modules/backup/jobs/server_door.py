"""What the door answers of a server without doing anything there: how it is, who is in it, which T-SQL a plan is."""

from __future__ import annotations

import contextlib
import io
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ..archive.codecs import codec_of, suffix
from ..archive.unpack import unpack
from ..base.errors import BackupError, Refused
from ..base.records import BackupKind, BackupRequest, DatabaseBackup, Problem, Record, RestoreRequest
from ..config.roles import Right
from .kit import Kit

if TYPE_CHECKING:
    from ..base.files import Data
    from ..base.records import Finding
    from ..config.load import Loaded
    from ..engines.port_server import Occupant
    from ..engines.sqlserver_facts import ServerFacts
    from ..engines.sqlserver_folder import Meeting
    from ..engines.sqlserver_look import Look
    from .lost import LostFolder
    from .server_plan import ServerWanted


class Forecast(Record, frozen=True, kw_only=True):
    """What a backup of some kind would be made of one database now."""

    database: str
    kind: BackupKind | None
    """None: nothing can be made; why, is the reason."""
    because: Problem | None = None
    """Why it is another kind than was asked for."""


class ServerDoor(ABC):
    """A part of `model.BackupModel`: questions to the server that settings, saved or not, describe."""

    @abstractmethod
    def _allow(self, right: Right, what: str, target: str = "") -> None:
        """See `parts.ModelSettings`."""

    @abstractmethod
    def _kit(self) -> Kit:
        """See `model.BackupModel`."""

    @staticmethod
    def server_address(text: str) -> tuple[str, str, str, int | None]:
        """Protocol, host, instance and port of a server as settings name it. Raises `BadInput`; asks nobody."""
        from ..engines.sqlserver_connect import server_parts

        return server_parts(text)

    def look_at_server(self, typed: Loaded | None = None) -> Look:
        """How the server is; with settings that were only ``typed``, as it would be by those. Raises `Refused`."""
        from ..engines import sqlserver_look

        loaded, kit = self._settings(typed)
        return sqlserver_look.look(loaded, kit.files)

    def prove_folder(self, typed: Loaded | None = None) -> tuple[Finding, ...]:
        """Whether the backup folder's two names mean the same folder. Raises `Refused`."""
        from ..engines import sqlserver_look

        loaded, kit = self._settings(typed)
        return sqlserver_look.prove_folder(loaded, kit.files)

    def sessions(self, names: tuple[str, ...]) -> dict[str, tuple[Occupant, ...]]:
        """Who is in these databases, named as the server does. Raises `Refused`, `BadInput`."""
        from ..engines import sqlserver_look

        self._allow(Right.PLAN, "restore --plan", ",".join(names))
        return sqlserver_look.sessions(self._kit().loaded, names)

    def forecast(self, kind: BackupKind) -> tuple[Forecast, ...]:
        """What a backup of that kind would come to now, database by database. Raises `Refused`, `SourceFailed`."""
        self._allow(Right.PLAN, "backup")
        return forecast(kind, self._kit())

    def lost(self) -> LostFolder:
        """What a folder brings back whose server is lost, and its settings. Raises `Refused`, `BackupError`."""
        from . import lost

        self._allow(Right.PLAN, "restore --plan")
        return lost.look(self._kit())

    def backup_sql(self, request: BackupRequest) -> str:
        """The T-SQL of a backup. Raises `Refused`, `BadInput`, `SourceFailed`."""
        self._allow(Right.PLAN, "backup", ",".join(request.databases))
        return backup_sql(request, self._kit())

    def restore_sql(self, request: RestoreRequest) -> str:
        """The T-SQL of a restore. Raises `Refused`, `BadInput`, `SourceFailed`."""
        self._allow(Right.PLAN, "restore --plan", request.set)
        return restore_sql(request, self._kit())

    def _settings(self, typed: Loaded | None) -> tuple[Loaded, Kit]:
        """The settings to ask by; what somebody has only typed is tried for whoever may change it."""
        self._allow(Right.LOOK if typed is None else Right.CONFIG, "check")
        kit = self._kit()
        return typed or kit.loaded, kit


def forecast(kind: BackupKind, kit: Kit) -> tuple[Forecast, ...]:
    """See `ServerDoor.forecast`. A full backup can always be made."""
    from .backup import agreed
    from .held import outlined
    from .passed_over import without_logs

    server, told, request = kit.engine.server, list[Forecast](), BackupRequest(kind=kind)
    all_of_them = agreed(request, kit)
    refs, passed_over = without_logs(request, all_of_them, kit)
    for ref in refs:
        if server is None or kind is BackupKind.FULL:
            told.append(Forecast(database=ref.name, kind=kind))
            continue
        try:
            choice = server.decide(ref, kind, outlined(kit, ref.name))
        except Refused as error:
            told.append(Forecast(database=ref.name, kind=None, because=error.problem))
        else:
            told.append(Forecast(database=ref.name, kind=choice.kind, because=choice.because))
    because = {str(one.values["database"]): one for one in passed_over}
    left = [ref for ref in all_of_them if ref not in refs]
    told += [Forecast(database=ref.name, kind=None, because=because[ref.location]) for ref in left]
    order = [ref.name for ref in all_of_them]
    return tuple(sorted(told, key=lambda one: order.index(one.database)))


def backup_sql(request: BackupRequest, kit: Kit) -> str:
    """BACKUP of each database as it would be sent; which kind it is in truth is decided when it is made."""
    from ..engines import sqlserver_look, sqlserver_script, tsql
    from ..engines.sqlserver_facts import ask_database, ask_server
    from ..engines.sqlserver_folder import container
    from .backup import agreed
    from .passed_over import without_logs

    refs, _passed_over = without_logs(request, agreed(request, kit), kit)
    client, _because = sqlserver_look.client_of(kit.loaded)
    server, settings = ask_server(client), kit.loaded.settings.sqlserver
    encryption = None
    if settings.encryption_certificate is not None:
        algorithm = tsql.Algorithm(settings.encryption_algorithm)
        encryption = tsql.Encryption(certificate=settings.encryption_certificate, algorithm=algorithm)
    wishes = []
    for ref in refs:
        there = ask_database(client, ref.location)
        has_base = there is not None and there.may_have_base
        wishes.append(
            sqlserver_script.BackupWish(
                database=ref.location,
                kind=request.kind,
                copy_only=settings.copy_only or has_base,
                compression=settings.compression if server.can_compress else None,
                encryption=encryption,
                stripes=settings.stripes,
            )
        )
    stamp = kit.clock.now().astimezone().strftime("%Y%m%d_%H%M%S")
    address = settings.backup_url
    place = container(address) if address is not None else sqlserver_look.place_of(kit.loaded, server)
    return sqlserver_script.backup(wishes, place, stamp)


def restore_sql(request: RestoreRequest, kit: Kit) -> str:
    """Every step of a restore plan. Files that this program keeps packed are named as they are once unpacked."""
    from ..engines import sqlserver_look
    from ..engines.sqlserver_facts import ask_server
    from .server_plan import survey

    server = kit.engine.server
    if server is None:
        raise Refused("engine.unavailable", engine=kit.engine.name, allowed="sqlserver")
    world = survey(request, kit.catalog.load(request.set), kit, server)
    client, _because = sqlserver_look.client_of(kit.loaded)
    facts = ask_server(client)
    place = sqlserver_look.place_of(kit.loaded, facts)
    return "\n".join(_one(one, kit, facts, place) for one in world.databases if one.chain.steps)


def _one(one: ServerWanted, kit: Kit, facts: ServerFacts, place: Meeting) -> str:
    from ..engines import sqlserver_script
    from ..engines.bak import files_at_start
    from ..engines.port_server import ServerRestore, ServerStep

    notes, steps = [one.name], []
    for step in one.chain.steps:
        files = [piece.server_file or place.on_server(_plain(piece)) for piece in step.backup.pieces]
        if step.backup.server_file is None:
            notes.append(f"main_backup.py restore {step.set} --database {one.name} --to {_plain(step.backup)}")
        steps.append(ServerStep.of(step, files))
    order = ServerRestore(name=one.place.name, steps=tuple(steps), overwrite=one.place.exists)
    begun = _begun(one.chain.steps[0].backup, kit)
    return sqlserver_script.restore(order, files_at_start(begun), facts, notes=notes)


def _plain(backup: DatabaseBackup) -> str:
    """The name of a stored backup once it is unpacked; of a log with the suffix that logs have."""
    name = PurePosixPath(backup.file or "").name
    plain = name.removesuffix(suffix(codec_of(name)))
    return plain.removesuffix(".bak") + ".trn" if backup.kind is BackupKind.LOG else plain


def _begun(backup: DatabaseBackup, kit: Kit) -> Iterator[Data]:
    """What a stored backup holds, from its beginning as far as it can be read; of the server's own files nothing."""
    if backup.file is None:
        return
    with contextlib.suppress(BackupError, OSError), kit.store.open(backup.file) as stored:
        pieces = iter(lambda: stored.read(io.DEFAULT_BUFFER_SIZE * 8), b"")
        yield from unpack(pieces, backup.codec, backup.file)
