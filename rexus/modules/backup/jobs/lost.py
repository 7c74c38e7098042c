"""A lost server: what a folder of its backups brings back, planned without it, and what to type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta

from ..base.clock import spelled
from ..base.errors import BadInput, Refused
from ..base.records import (
    BackupKind,
    DatabaseBackup,
    Manifest,
    Problem,
    Record,
    RestorePlan,
    RestoreRequest,
    SetStatus,
    Severity,
    Step,
)
from ..base.texts import sentence
from ..catalog.index import SetSummary
from ..engines.port_server import ChainPlan, is_path
from ..engines.sqlserver_offline import Outlook, chain_without_server, outlooks
from .held import held
from .kit import Kit
from .plan import RATE_BYTES_PER_S

NO_SERVER = "lost.no_server"
"""The one refusal of a plan that is made without a server."""


class LostDatabase(Record, frozen=True, kw_only=True):
    """One database that a folder holds backups of."""

    name: str
    kinds: dict[BackupKind, int]
    stored_bytes: int
    """Of its files, each once."""
    outlook: Outlook
    useless: tuple[Problem, ...] = ()
    """What is wrong with backups of it, each with its ``set``."""


class LostFolder(Record, frozen=True, kw_only=True):
    """What a folder without settings holds."""

    path: str
    databases: tuple[LostDatabase, ...] = ()
    problems: tuple[Problem, ...] = ()
    """Backups that broke off, and files that are no part of any backup here; each is named."""
    has_server: bool = False
    """Whether a server is named that could take them."""

    def of(self, name: str) -> LostDatabase:
        """The only database of that name. Raises `BadInput`."""
        found = [one for one in self.databases if one.name.casefold() == name.casefold()]
        if not found:
            allowed = ", ".join(dict.fromkeys(one.name for one in self.databases)) or "-"
            raise BadInput("database.unknown", name=name, allowed=allowed)
        if len(found) > 1:
            sets = ", ".join(one.outlook.sets[-1] for one in found)
            raise BadInput("lost.several", database=name, count=len(found), sets=sets)
        return found[0]


def look(kit: Kit) -> LostFolder:
    """Everything that the folder of ``kit`` holds; no server is asked. Raises `BackupError`."""
    kit.catalog.require()
    listing = kit.catalog.entries()
    names = dict.fromkeys(name for one in listing.sets for name in one.databases)
    found = [one for name in names for one in _databases(kit, name)]
    found.sort(key=lambda one: (one.name.casefold(), one.outlook.sets[0]))
    return LostFolder(
        path=str(kit.loaded.path),
        databases=tuple(found),
        problems=(*_unfinished(kit, listing.sets), *listing.problems),
        has_server=kit.engine.server is not None,
    )


def _databases(kit: Kit, name: str) -> list[LostDatabase]:
    backups = held(kit, name, reading=None)
    by_set = {one.set: one for one in backups}
    found = []
    for outlook in outlooks(backups, _offset(kit)):
        own = [by_set[one] for one in outlook.sets]
        files = {part.file: part.stored_bytes for one in own for part in one.backup.pieces}
        kinds = Counter(one.backup.kind for one in own)
        found.append(
            LostDatabase(
                name=name,
                kinds={kind: kinds[kind] for kind in BackupKind if kinds[kind]},
                stored_bytes=sum(files.values()),
                outlook=outlook,
                useless=tuple(_useless(one.set, name, one.backup) for one in own if one.damaged),
            )
        )
    return found


def _useless(set_name: str, name: str, backup: DatabaseBackup) -> Problem:
    """Why nothing comes of a backup, in one sentence with the name of its file."""
    failed = [check.problem for check in backup.checks if not check.ok and check.problem is not None]
    cause = failed[-1] if failed else backup.problem or Problem(code="chain.check_failed")
    values: dict[str, str | int] = {
        "set": set_name,
        "database": name,
        "file": backup.file or backup.server_file or "-",
        "cause": cause.code,
        "why": sentence(cause).message,
    }
    return Problem(code="lost.useless", severity=Severity.WARNING, values=values)


def _unfinished(kit: Kit, sets: Iterable[SetSummary]) -> Iterator[Problem]:
    """Backups that broke off: no chain has them."""
    for one in sets:
        for name, known in one.databases.items():
            if known.status is not SetStatus.COMPLETED and not one.deleting:
                yield _useless(one.set, name, kit.catalog.load(one.set).databases[name])


def _offset(kit: Kit) -> int:
    """Minutes that the clock on the wall here is ahead of UTC: that of a server that does not tell its own."""
    return round((kit.clock.now().astimezone().utcoffset() or timedelta()) / timedelta(minutes=1))


def is_planned_here(request: RestoreRequest, kit: Kit) -> bool:
    """Whether a server would have to do it, and none is named."""
    of_server = kit.loaded.bare and kit.loaded.settings.engine == "sqlserver" and kit.engine.server is None
    to_file = request.to is not None and (is_path(request.to) or request.everything)
    return of_server and request.files is None and not to_file


def refuse_overwrite(request: RestoreRequest, kit: Kit) -> None:
    """Raises `Refused`: of what is overwritten a copy is made, and in somebody's folder of files nothing is written."""
    if kit.loaded.loose and request.overwrite:
        target = request.to or ", ".join(request.databases) or "*"
        raise Refused("lost.no_overwrite", target=target)


def preview(request: RestoreRequest, manifest: Manifest, kit: Kit) -> RestorePlan:
    """The steps of a restore on whatever server; that none is named is its only refusal where all else is well.

    Raises `BadInput`.
    """
    names = tuple(manifest.databases) if request.everything else tuple(dict.fromkeys(request.databases))
    if not names:
        raise BadInput("restore.nothing_asked", allowed=", ".join(manifest.databases))
    for name in names:
        if name not in manifest.databases:
            _refuse_wrong_set(name, manifest, kit)
    own = frozenset({request.set})
    chains = {
        name: chain_without_server(name, held(kit, name, reading=own), request.set, request.at, _offset(kit))
        for name in names
    }
    needed = sum(step.backup.whole_bytes for chain in chains.values() for step in chain.steps)
    reached = [chain.reaches_at for chain in chains.values() if chain.reaches_at is not None]
    began = min(reached, default=manifest.completed_at or manifest.started_at)
    refusals = [problem for chain in chains.values() for problem in chain.refusals]
    return RestorePlan(
        set=manifest.timestamp,
        steps=tuple(step for name, chain in chains.items() for step in _steps(name, request.to or name, chain)),
        bytes_needed=needed,
        bytes_free=None,
        seconds_expected=max(1.0, needed / RATE_BYTES_PER_S),
        backup_age_s=(kit.clock.now() - began).total_seconds(),
        lost=(),
        warnings=tuple(one for name, chain in chains.items() for one in _warnings(name, chain)),
        refusals=tuple(refusals) or (Problem(code=NO_SERVER, values={"path": str(kit.loaded.path)}),),
    )


def _refuse_wrong_set(name: str, manifest: Manifest, kit: Kit) -> None:
    """Raises `Refused`, naming a set that holds the database, or `BadInput` where none does."""
    holders = [one.set for one in held(kit, name, reading=None) if one.present and not one.damaged]
    if not holders:
        raise BadInput("database.unknown", name=name, allowed=", ".join(manifest.databases))
    raise Refused("restore.not_in_set", set=manifest.timestamp, database=name, holder=max(holders))


def _steps(name: str, target: str, chain: ChainPlan) -> list[Step]:
    steps = [
        Step(
            code=f"restore_{step.backup.kind}",
            name=name,
            source=", ".join(part.file or part.server_file or "" for part in step.backup.pieces),
            target=target,
            bytes=step.backup.whole_bytes,
        )
        for step in chain.steps
    ]
    if not steps:
        return []
    return [*steps, Step(code="recover", name=name, target=target), Step(code="checkdb", name=name, target=target)]


def _warnings(name: str, chain: ChainPlan) -> list[Problem]:
    found = list(chain.warnings)
    if chain.reaches_at is not None:
        values: dict[str, str | int] = {"database": name, "at": spelled(chain.reaches_at), "count": len(chain.steps)}
        found.append(Problem(code="lost.reaches", severity=Severity.INFO, values=values))
    return found
