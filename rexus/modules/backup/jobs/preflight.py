"""Would a backup work now? Every finding has a severity, and what to do stands with its sentence."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Sequence
from pathlib import Path

from ..base.errors import BackupError
from ..base.files import PARTIAL, WINDOWS, in_the_way, why_closed
from ..base.records import Finding, SetStatus, Severity
from ..config.accepted import eased
from ..config.known_roots import vanished
from ..config.load import findings as about_settings
from ..config.roles import findings as about_roles
from ..engines.port import DatabaseRef
from . import cut_off, restore_journal, server_journal, server_writing
from .dead_runs import left_beside
from .kit import LOGS, Kit
from .lease import who_holds

_HALFWAY = frozenset({"check.restore_open", "check.restore_unkept"})
_DOWN = frozenset({"sqlserver.not_online", "sqlserver.no_database"})
"""What a restore that died makes of a database until it is taken back."""
_TOLD = 5
"""Names of foreign things that are told."""


def findings(kit: Kit) -> tuple[Finding, ...]:
    """Look at the root, its space, every database, the application folder and the lease; changes nothing lasting."""
    found = [_root(kit), *denied_logs(kit), *_open_to_others(kit), *_foreign(kit), _space(kit)]
    refs = kit.engine.databases()
    server = kit.engine.server
    if server is not None:
        found.extend(_unplanned(one, kit) for one in server.findings())
        if any(one.severity is Severity.ERROR for one in found):
            refs = () if refs else refs
    if not kit.engine.databases():
        found.append(Finding(code="database.none", severity=Severity.ERROR))
    of_databases, down = _each_database(kit, refs)
    found.extend(of_databases)
    if not os.path.isdir(kit.loaded.app_root):  # noqa: PTH112  asks where rights lack
        found.append(_said("check.no_app_root", Severity.WARNING, path=str(kit.loaded.app_root)))
    holder = who_holds(kit.root)
    if holder is not None:
        found.append(_said("check.held", Severity.WARNING, pid=holder.pid, verb=holder.verb))
    try:
        found.extend(_graver(one) if down and one.code in _HALFWAY else one for one in open_restores(kit))
    except OSError as error:
        if found[0].severity is not Severity.ERROR:  # else that says it
            why = error.strerror or type(error).__name__
            found.append(_said("store.unreadable", Severity.ERROR, path=str(error.filename or kit.root), why=why))
    found.extend(_left_in_progress(kit, holder is not None))
    if server is not None and holder is None:
        left = server_writing.findings(kit)
        found.extend(Finding(code=one.code, severity=one.severity, values=one.values) for one in left)
    found.extend(_same_disk(kit))
    found.extend(about_settings(kit.loaded))
    found.extend(about_roles(kit.loaded.settings))
    return eased(found, kit.loaded.settings)


def _unplanned(one: Finding, kit: Kit) -> Finding:
    """A log that waits for its backup, where no schedule makes one: that does not end by itself."""
    waits = one.code == "sqlserver.log_waits" and one.values.get("wait") == "LOG_BACKUP"
    if not waits or any(each.action == "log" and each.enabled for each in kit.loaded.settings.schedules):
        return one
    return Finding(code="sqlserver.log_unplanned", severity=one.severity, values=one.values)


def open_restores(kit: Kit) -> list[Finding]:
    """Restores that died halfway and were not taken back yet; also those of which nobody can tell what they did.

    And what dead ones left beside databases before they changed any. Nothing while somebody works here: that one may
    be restoring, and has tidied up. Raises `OSError`.
    """
    if who_holds(kit.root) is not None:
        return []
    told = left_beside(kit)
    pending, unknown = restore_journal.found(kit)
    by_server, unread = server_journal.found(kit)
    told.extend(finding for one in pending for finding in cut_off.findings(one))
    told.extend(finding for one in by_server for finding in cut_off.findings(one))
    told.extend(_said("check.restore_unreadable", Severity.WARNING, path=path) for path in (*unknown, *unread))
    return told


def _half_restored(kit: Kit) -> frozenset[str]:
    """Databases of a server that a restore that died has left halfway; the next run puts them back by itself."""
    if kit.engine.server is None or who_holds(kit.root) is not None:
        return frozenset()
    try:
        pending = server_journal.found(kit)[0]
    except OSError:  # told with the restores themselves
        return frozenset()
    every = [place for one in pending if not (one.committed or one.taken_back) for place in one.places]
    return frozenset(place.location for place in every if place.existed and place.begun)


def _each_database(kit: Kit, refs: Sequence[DatabaseRef]) -> tuple[list[Finding], bool]:
    """What there is to say of each; and whether one is down that an open restore, told by itself, has left so.

    Who brought such a database online by hand would have half of it, so nobody is told to.
    """
    halfway, found, down = _half_restored(kit), list[Finding](), False
    for ref in refs:
        for one in kit.engine.preflight(ref):
            if ref.location in halfway and one.code in _DOWN:
                down = True
            else:
                found.append(one)
    return found, down


def _graver(one: Finding) -> Finding:
    """The same where nobody can work with the database until then."""
    return Finding(code=one.code, severity=Severity.ERROR, values=one.values)


def _said(code: str, severity: Severity, **values: str | int) -> Finding:
    return Finding(code=code, severity=severity, values=values)


def _root(kit: Kit) -> Finding:
    """Prove with a real file that the root can be written, synced, read and cleaned."""
    gone = vanished(kit.loaded)
    if gone is not None:
        return Finding(code=gone.code, severity=Severity.ERROR, values=gone.values)
    if not os.path.lexists(kit.root) and in_the_way(kit.root) is None:
        return _said("check.root_absent", Severity.WARNING, path=str(kit.root))
    try:
        kit.catalog.require()
    except BackupError as error:
        return Finding(code=error.code, severity=Severity.ERROR, values=dict(error.values))
    probe = kit.root / f".probe{PARTIAL}"
    try:
        kit.files.unlink(probe)
        writing = kit.files.create(probe)
        try:
            writing.write(b"probe")
            writing.sync()
        finally:
            writing.close()
        readable = probe.read_bytes() == b"probe"
        kit.files.unlink(probe)
    except OSError as error:
        return _said("check.root_denied", Severity.ERROR, path=str(kit.root), why=error.strerror or str(error))
    if not readable:
        return _said("store.reread", Severity.ERROR, path=str(probe))
    return _said("check.root_ok", Severity.INFO, path=str(kit.root))


def denied_logs(kit: Kit) -> list[Finding]:
    """The folder of logs and of the trail, once there is one; what hides it is told by `_root`, as is its disk."""
    folder = kit.root / LOGS
    if not os.path.lexists(folder) or (folder.is_dir() and os.access(folder, os.R_OK | os.W_OK | os.X_OK)):
        return []
    number = why_closed(folder)
    if number == errno.EROFS and folder.stat().st_dev == kit.root.stat().st_dev:
        return []
    return [_said("check.logs_denied", Severity.ERROR, path=str(folder), why=os.strerror(number))]


def _open_to_others(kit: Kit) -> list[Finding]:
    """A folder that existed before keeps its rights; ours is made for this account alone."""
    try:
        mode = kit.root.stat().st_mode & 0o777
    except OSError:  # told by `_root`
        return []
    if WINDOWS or not mode & 0o077 or not kit.root.is_dir():
        return []
    return [_said("check.root_open", Severity.WARNING, path=str(kit.root), mode=f"{mode:04o}")]


def _foreign(kit: Kit) -> list[Finding]:
    """A folder that is in use for something else, and not yet for backups."""
    from .litter import foreign_things

    try:
        if not kit.root.is_dir() or any(kit.root.glob("backup_manifest_*.json")):
            return []
        names = foreign_things(kit)
    except (BackupError, OSError):  # told by `_root`
        return []
    told = ", ".join((*names[:_TOLD], *(("…",) if len(names) > _TOLD else ())))
    return [_said("check.root_foreign", Severity.WARNING, path=str(kit.root), names=told)] if names else []


def _space(kit: Kit) -> Finding:
    from .space import needed_bytes

    try:
        free = kit.store.free_bytes()
    except BackupError as error:
        return Finding(code=error.code, severity=Severity.ERROR, values=dict(error.values))
    needed = needed_bytes(kit, kit.engine.databases())
    if free is not None and needed > free:
        return _said("space.short", Severity.ERROR, path=str(kit.root), needed=needed, free=free)
    return _said("check.space_ok", Severity.INFO, needed=needed, free=free or 0)


def _left_in_progress(kit: Kit, held: bool) -> list[Finding]:
    """Sets whose writer is gone; the next backup marks them."""
    return [
        _said("check.interrupted", Severity.WARNING, set=one.set)
        for one in kit.catalog.entries().sets
        if one.status is SetStatus.IN_PROGRESS and not held
    ]


def _same_disk(kit: Kit) -> list[Finding]:
    """A disk that dies takes data and backups together."""
    if kit.engine.capabilities.server_side or not kit.root.exists():
        return []
    device = kit.root.stat().st_dev
    for ref in kit.engine.databases():
        path = Path(ref.location)
        with contextlib.suppress(OSError):  # not there, or not for us to see: told of the database itself
            if path.stat().st_dev == device:
                return [_said("check.same_disk", Severity.WARNING, path=str(kit.root), database=ref.name)]
    return []
