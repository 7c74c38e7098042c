"""The way back from a restore by a server, for its own run and for whoever finds one that died."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import msgspec

from ..base.cancel import CancelToken
from ..base.errors import BackupError, Damaged
from ..base.files import PARTIAL
from ..base.records import Problem, RestoreRequest, Severity
from ..base.sentences_beside import COMMAND
from ..base.texts import sentence
from ..engines.port_server import EVERYBODY, PROBE, Access, ServerRestore, ServerSide, ServerStep
from ..engines.tsql_access import opening
from . import cut_off, server_journal
from .kit import Kit, Teller, Work, why_of
from .removal_server import older_than_all
from .restore_advice import command
from .server_journal import ServerPending, ServerPlaceKept
from .server_stage import stage, unstage
from .undo import files_back, files_kept

log = logging.getLogger(__name__)
_STAYS = frozenset({"undo.worked_with", "undo.not_kept"})
"""Said of a database that is left as it is, and so is to whom it is open."""
_UNDONE = frozenset({"undo.done", "undo.removed", "undo.files"})


def settle(kit: Kit, pending: ServerPending, *, found: bool = False) -> tuple[Problem, ...]:
    """Take a restore back, or end one that was committed, and forget it when nothing is left to do.

    All or nothing: files are put back only once every database is, and no database is open to writers before both
    are; so whoever dies in here, or finds the server gone, leaves what the next one can go on with.

    ``found``: it is the restore of a run that died, and nobody knows what was done since.
    """
    server = kit.engine.server
    if server is None:
        return ()
    told: list[Problem] = []
    if pending.committed:
        told += files_kept(kit, pending.files, pending.safety or pending.set)
    elif not pending.taken_back:
        told, pending = _taken_back(kit, server, pending, found=found)
    if _has_failed(told):
        return tuple(told)
    for place in pending.places:
        told += _opened(server, place, committed=pending.committed, found=found)
    if not _has_failed(told):
        try:
            server_journal.remove(kit, pending)
        except OSError as error:
            log.warning("the journal of a settled restore stays: %s", error)
    return tuple(told)


def _has_failed(told: list[Problem]) -> bool:
    return any(one.severity is Severity.ERROR for one in told)


def _taken_back(
    kit: Kit, server: ServerSide, pending: ServerPending, *, found: bool
) -> tuple[list[Problem], ServerPending]:
    """Put back the content of every database, then the files; what is left is to open the databases that are ours."""
    told: list[Problem] = []
    mine: list[ServerPlaceKept] = []
    for place in reversed(pending.places):
        said = _put_back(kit, server, place, pending.safety, found=found)
        if not any(one.code in _STAYS for one in said):
            mine.insert(0, place)
        told += said
    if not _has_failed(told):
        told += files_back(kit, pending.files, pending.safety or pending.set)
    if _has_failed(told):
        return told, pending
    done = msgspec.structs.replace(pending, places=tuple(mine), taken_back=True)
    try:
        if server_journal.is_written(kit, pending):
            server_journal.write(kit, done)
    except OSError as error:  # then all of it is looked at again, which changes nothing
        log.warning("that a restore is taken back can't be noted: %s", error)
    return told, done


def sweep(kit: Kit) -> tuple[Problem, ...]:
    """Settle every restore by a server that died on its way. Raises nothing: a server that is gone is told."""
    told: list[Problem] = list(_leftovers(kit))
    for pending in server_journal.unsettled(kit):
        settled = settle(kit, pending, found=True)
        told.extend(settled)
        if not pending.committed and any(one.code in _UNDONE for one in settled) and not _has_failed(list(settled)):
            told.insert(0, cut_off.taken_back(pending))
    return tuple(told)


def _put_back(kit: Kit, server: ServerSide, one: ServerPlaceKept, safety: str | None, *, found: bool) -> list[Problem]:
    """Make the content of ``one`` what it was, and leave it closed to writers."""
    if not one.begun:
        return []
    values: dict[str, str | int] = {"database": one.name, "target": one.location, "set": safety or "–"}
    try:
        code = _way_back(kit, server, one, safety, found=found)
        if code == "undo.removed":
            server.drop(one.location)
        elif code == "undo.done":
            _from_safety(kit, server, one, safety or "")
        elif code == "undo.worked_with":
            _let_in(server, one)
    except (BackupError, OSError) as error:
        log.error("undo of %s fails: %s", one.name, error)  # noqa: TRY400  the sentence tells the person
        return [_failed(kit, server, one, safety, error)]
    severity = Severity.WARNING if code in _STAYS else Severity.INFO
    return [Problem(code=code, severity=severity, values=values)] if code else []


def _failed(
    kit: Kit, server: ServerSide, one: ServerPlaceKept, safety: str | None, error: BackupError | OSError
) -> Problem:
    """Why ``one`` can't be put back, who keeps it from that where somebody does, and what to type."""
    other = server.under_way(one.location)
    why = sentence(other).message.rstrip(".") if other is not None else why_of(error)
    values: dict[str, str | int] = {"database": one.name, "target": one.location, "why": why}
    if not one.existed:
        return Problem(code="undo.not_removed", values=values)
    values["set"] = safety or "–"
    return Problem(code="undo.failed", values=values | _by_hand(kit, one, safety))


def _by_hand(kit: Kit, one: ServerPlaceKept, safety: str | None) -> dict[str, str | int]:
    """The command that restores what was there from the set that holds it."""
    if safety is None or not one.kept_as:
        return {}
    configured = next((ref.name for ref in kit.engine.databases() if ref.location == one.location), None)
    request = RestoreRequest(
        set=safety,
        databases=(one.kept_as,),
        to=one.location if configured != one.kept_as else None,
        overwrite=True,
        confirmed=(configured or one.location,),
    )
    return {COMMAND: command(request)}


def _way_back(kit: Kit, server: ServerSide, one: ServerPlaceKept, safety: str | None, *, found: bool) -> str:
    """What has to be done, as it is told afterwards; nothing where RESTORE changed nothing. Raises `SourceFailed`.

    What a run that died has left is closed to writers too: what is open and another database than before was opened
    by somebody, who may have worked with it; it stays.
    """
    state, access = kit.engine.state(one.location), server.access(one.location)
    is_online = state == "ONLINE"
    is_old = one.existed and is_online and one.identity and server.place(one.location).identity == one.identity
    if is_old or not (one.existed or state):
        return ""
    is_open = is_online and access is not None and not access.read_only
    if found and is_open and not one.is_ours:
        return "undo.worked_with"
    if is_open and not one.is_ours:  # the connection broke just before it was closed
        server.close(one.location, CancelToken())
    if not one.existed:
        return "undo.removed"
    return "undo.done" if one.kept_as and safety else "undo.not_kept"


def _let_in(server: ServerSide, one: ServerPlaceKept) -> None:
    """Let everybody into what stays, where that is as the end of a restore leaves it for an instant."""
    if one.before.readers == "MULTI_USER" and server.access(one.location) == Access(users="RESTRICTED_USER"):
        server.give(one.location, EVERYBODY)


def _from_safety(kit: Kit, server: ServerSide, one: ServerPlaceKept, safety: str) -> None:
    backup = kit.catalog.load(safety).databases.get(one.kept_as)
    if backup is None:
        raise Damaged("restore.not_in_set", set=safety, database=one.kept_as)
    work = Work(kit, Teller(lambda event: None, safety), CancelToken())
    files: list[Path] = []
    try:
        first, *more = stage(work, server, one.kept_as, backup, files)
        order = ServerRestore(
            name=one.location,
            steps=(ServerStep(kind=backup.kind, file=first, more=tuple(more)),),
            overwrite=bool(kit.engine.state(one.location)),
            closed=True,
            users=one.before.readers,
        )
        server.restore(order, lambda phase, done, total: None, work.cancel)
    finally:
        unstage(kit, files)


def _opened(server: ServerSide, one: ServerPlaceKept, *, committed: bool, found: bool) -> list[Problem]:
    """Open ``one`` to whom it was open, and say so where that is not everybody, or nobody was there to see it."""
    if one.is_ours or not (one.closed or one.begun):
        return []
    wanted = one.after if committed else one.before
    values: dict[str, str | int] = {"database": one.name, "target": one.location, "access": wanted.told}
    values["statement"] = opening(one.location, users=wanted.users, read_only=wanted.read_only)
    try:
        now = server.access(one.location)
        if now is None or now == wanted:
            return _kept_access(one, values, committed=committed) if now is not None else []
        server.give(one.location, wanted)
    except (BackupError, OSError) as error:
        log.error("%s can't be opened: %s", one.name, error)  # noqa: TRY400  the sentence tells the person
        return [Problem(code="restore.still_closed", values={**values, "why": why_of(error)})]
    told = _kept_access(one, values, committed=committed)
    if found:
        told.append(Problem(code="undo.opened", severity=Severity.WARNING, values=values))
    return told


def _kept_access(one: ServerPlaceKept, values: dict[str, str | int], *, committed: bool) -> list[Problem]:
    """Who closed a database for maintenance finds it closed: a statement opens it, and nothing takes back who came in.

    So that stays also where another content was restored there: it belongs to the place, and not to the content.
    """
    severity = Severity.WARNING if committed else Severity.INFO
    told = []
    if one.before != EVERYBODY:
        told.append(Problem(code="restore.access_kept", severity=severity, values=values))
    elif committed and one.after != EVERYBODY:
        told.append(Problem(code="restore.read_only", severity=severity, values=values))
    return told


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
    if named is not None:
        named |= older_than_all(kit, (path.name for path in files))
    told = []
    for path in files:
        if not path.name.endswith((PARTIAL, PROBE)) and (named is None or path.name in named):
            continue
        try:
            kit.files.unlink(path)
            code = "sweep.dead_work" if path.name.endswith((PARTIAL, PROBE)) else "sweep.dead_backup"
            told.append(Problem(code=code, severity=Severity.INFO, values={"path": str(path)}))
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
                    found |= {re.split(r"[\\/]", piece.server_file or "")[-1] for piece in backup.pieces}
    except BackupError:
        return None
    return frozenset(found)
