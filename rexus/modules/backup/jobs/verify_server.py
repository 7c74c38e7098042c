"""Backups that only the server sees: what it says of them is kept as its word, for nobody else can read their bytes."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterable

from ..base.errors import BackupError, Cancelled
from ..base.records import Check, DatabaseBackup, Depth, Problem, SetStatus, Severity
from ..catalog.index import SetSummary
from ..catalog.ticks import is_absence, is_damage
from ..engines.port_server import ServerSide
from .inspect import UNASKED
from .kit import Kit, Work, why_of

log = logging.getLogger(__name__)
_NAME = re.compile(r"[^\\/]*\Z")
_OTHERS = 3
"""So many other backups are looked for before one that is not there counts as lost."""


def is_asked(kit: Kit, backup: DatabaseBackup) -> bool:
    """Whether the backup is one that only the configured server can say something of."""
    of = backup.facts.engine if backup.facts is not None else ""
    is_away = backup.status is SetStatus.COMPLETED and backup.file is None and backup.server_file is not None
    return is_away and kit.engine.server is not None and of in ("", kit.engine.name)


def by_server(work: Work, name: str, file: str, seconds: float = 0.0) -> Check:
    """The check that the server made of a file of its: as good as its word, and told as that."""
    values: dict[str, str | int] = {"database": name, "file": file}
    told = Problem(code="verify.by_server", severity=Severity.INFO, values=values)
    now = work.kit.clock.now()
    return Check(depth=Depth.ENGINE, at=now, ok=True, database=name, problem=told, seconds=seconds)


def examine(work: Work, name: str, backup: DatabaseBackup) -> Check:
    """Ask the server for the identity of its file and to read all of it.

    What it finds is told in the check; what keeps it from looking is `inspect.UNASKED`, which is neither a proof nor
    damage. Raises `Cancelled`.
    """
    server, begun = work.kit.engine.server, time.monotonic()
    assert server is not None

    def progress(phase: str, done: int, total: int) -> None:
        work.teller.tell(phase, name, done, total)

    try:
        server.prove(backup, progress, work.cancel)
    except Cancelled:
        raise
    except BackupError as error:
        problem = _judged(work.kit, server, name, backup, error)
        at, took = work.kit.clock.now(), time.monotonic() - begun
        return Check(depth=Depth.ENGINE, at=at, ok=False, database=name, problem=problem, seconds=took)
    return by_server(work, name, files_of(backup), time.monotonic() - begun)


def files_of(backup: DatabaseBackup) -> str:
    """The server's files of a backup, to be told."""
    return ", ".join(one.server_file for one in backup.pieces if one.server_file is not None)


def _judged(kit: Kit, server: ServerSide, name: str, backup: DatabaseBackup, error: BackupError) -> Problem:
    """What is wrong with the files, or what kept the server from looking at them."""
    problem, file = error.problem, files_of(backup)
    named = {"path": file, **problem.values, "database": name, "file": file}
    if is_absence(problem) and not _is_folder_there(kit, server, backup):
        return Problem(code=UNASKED, values={"path": file, "why": why_of(error)})
    if is_absence(problem) or is_damage(problem):
        return Problem(code=problem.code, values=named)
    log.info("the server can't look at %s: %s", file, error)
    return Problem(code=UNASKED, values={"path": file, "why": why_of(error)})


def _is_folder_there(kit: Kit, server: ServerSide, lost: DatabaseBackup) -> bool:
    """Whether the server still has another backup there that only it sees; else the folder may just be elsewhere now.

    A file of the same backup, where it has several, is as good. What lies in another folder says nothing of this one,
    and neither does what another server made: its files may well be where they were, and this server was never to have
    them.
    """
    if lost.stripes and any(server.is_there(piece.server_file or "") for piece in lost.pieces):
        return True
    tried = 0
    for backup in _others(kit, kit.catalog.entries().sets):
        if backup.server_file == lost.server_file or _home(backup) != _home(lost):
            continue
        try:
            server.identify(str(backup.server_file), backup)
        except BackupError:
            tried += 1
            if tried == _OTHERS:
                return False
        else:
            return True
    return False


def _home(backup: DatabaseBackup) -> tuple[str, str]:
    """The server that keeps a backup, and the folder or container there."""
    server = backup.facts.server if backup.facts is not None else ""
    return server, _NAME.sub("", backup.server_file or "")


def _others(kit: Kit, sets: Iterable[SetSummary]) -> Iterable[DatabaseBackup]:
    """Backups that only the server sees, newest first."""
    for one in sets:
        if not one.deleting and any(each.on_server and each.file is None for each in one.databases.values()):
            try:
                manifest = kit.catalog.load(one.set)
            except BackupError:
                continue
            yield from (backup for backup in manifest.databases.values() if is_asked(kit, backup))
