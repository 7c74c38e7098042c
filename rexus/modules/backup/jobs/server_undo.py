"""The way back from a restore by a server, for its own run and for whoever finds one that died."""

from __future__ import annotations

import logging
import re
from pathlib import Path

from ..base.cancel import CancelToken
from ..base.errors import BackupError, Failed
from ..base.files import PARTIAL
from ..base.records import Problem, Severity
from ..engines.port_server import ServerRestore, ServerSide, ServerStep
from . import server_journal
from .kit import Kit, Teller, Work
from .server_journal import ServerPending, ServerPlaceKept
from .server_stage import stage, unstage

log = logging.getLogger(__name__)


def settle(kit: Kit, pending: ServerPending, *, found: bool = False) -> tuple[Problem, ...]:
    """Take a restore back, or tidy up after one that was committed, and forget it when nothing is left to do.

    ``found``: it is the restore of a run that died, and nobody knows what was done since.
    """
    server = kit.engine.server
    if server is None:
        return ()
    told: list[Problem] = []
    if not pending.committed:
        for place in reversed(pending.places):
            told.extend(_put_back(kit, server, place, pending.safety, found=found))
    if not any(one.severity is Severity.ERROR for one in told):
        try:
            server_journal.remove(kit, pending)
        except OSError as error:
            log.warning("the journal of a settled restore stays: %s", error)
    return tuple(told)


def sweep(kit: Kit) -> tuple[Problem, ...]:
    """Settle every restore by a server that died on its way. Raises nothing: a server that is gone is told."""
    told: list[Problem] = list(_leftovers(kit))
    for pending in server_journal.unsettled(kit):
        settled = settle(kit, pending, found=True)
        told.extend(settled)
        if any(one.code == "undo.done" for one in settled):
            names = ", ".join(one.name for one in pending.places)
            values: dict[str, str | int] = {"database": names, "set": pending.safety or pending.set}
            told.insert(0, Problem(code="sweep.restore_undone", severity=Severity.WARNING, values=values))
    return tuple(told)


def _put_back(kit: Kit, server: ServerSide, one: ServerPlaceKept, safety: str | None, *, found: bool) -> list[Problem]:
    """Make ``one`` what it was. Where RESTORE changed nothing only the doors are opened again.

    What is open and another database than before may have been worked with since a run that died: it stays.
    """
    if not one.begun:
        return []
    values: dict[str, str | int] = {"database": one.name, "target": one.location, "set": safety or "–"}
    stays = [Problem(code="undo.worked_with", severity=Severity.WARNING, values=values)]
    try:
        state = server.put_right(one.location)
        is_open = state == "ONLINE"
        if not one.existed:
            return _removed(server, one, values, state) if one.is_ours or not (found and is_open) else stays
        if is_open and one.identity and server.place(one.location).identity == one.identity:
            return []
        if (found and is_open) or not one.kept_as or safety is None:
            return stays
        _from_safety(kit, server, one, safety)
    except (BackupError, OSError) as error:
        log.error("undo of %s fails: %s", one.name, error)  # noqa: TRY400  the sentence tells the person
        return [Problem(code="undo.failed", values=values)]
    return [Problem(code="undo.done", severity=Severity.INFO, values=values)]


def _removed(server: ServerSide, one: ServerPlaceKept, values: dict[str, str | int], state: str) -> list[Problem]:
    if not state:
        return []
    server.drop(one.location)
    return [Problem(code="undo.removed", severity=Severity.INFO, values=values)]


def _from_safety(kit: Kit, server: ServerSide, one: ServerPlaceKept, safety: str) -> None:
    backup = kit.catalog.load(safety).databases.get(one.kept_as)
    if backup is None:
        raise Failed("undo.failed", database=one.name, target=one.location, set=safety)
    work = Work(kit, Teller(lambda event: None, safety), CancelToken())
    files: list[Path] = []
    try:
        file = stage(work, server, one.kept_as, backup, files)
        order = ServerRestore(name=one.location, steps=(ServerStep(kind=backup.kind, file=file),), overwrite=True)
        server.restore(order, lambda phase, done, total: None, work.cancel)
    finally:
        unstage(kit, files)
    server.put_right(one.location)


def _leftovers(kit: Kit) -> list[Problem]:
    """Files of ours in the server's folder that no set names: of a backup or a restore that died."""
    server = kit.engine.server
    if server is None:
        return []
    try:
        files = server.leftovers()
    except BackupError as error:
        log.info("the server's folder can't be looked at: %s", error)
        return []
    named = _named(kit) if files else frozenset()
    told = []
    for path in files:
        if not path.name.endswith(PARTIAL) and (named is None or path.name in named):
            continue
        try:
            kit.files.unlink(path)
            told.append(Problem(code="sweep.beside_database", severity=Severity.INFO, values={"path": str(path)}))
        except OSError as error:
            why = error.strerror or type(error).__name__
            told.append(Problem(code="sweep.left", severity=Severity.WARNING, values={"path": str(path), "why": why}))
    return told


def _named(kit: Kit) -> frozenset[str] | None:
    """Names of the files that sets have on the server; None: not all sets can be read."""
    listing = kit.catalog.entries()
    if listing.problems:
        return None
    found = set()
    try:
        for one in listing.sets:
            if any(backup.on_server for backup in one.databases.values()):
                for backup in kit.catalog.load(one.set).databases.values():
                    found.add(re.split(r"[\\/]", backup.server_file or "")[-1])
    except BackupError:
        return None
    return frozenset(found)
