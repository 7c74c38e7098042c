"""Would a backup work now? Every finding has a severity, and what to do stands with its sentence."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from ..base.errors import BackupError
from ..base.files import PARTIAL, WINDOWS, in_the_way
from ..base.records import Finding, SetStatus, Severity
from ..config.accepted import eased
from ..config.known_roots import vanished
from ..config.load import findings as about_settings
from ..config.roles import findings as about_roles
from . import restore_journal, server_journal, server_writing
from .kit import LOGS, Kit
from .lease import who_holds
from .server_journal import ServerPending

_TOLD = 5
"""Names of foreign things that are told."""


def findings(kit: Kit) -> tuple[Finding, ...]:
    """Look at the root, its space, every database, the application folder and the lease; changes nothing lasting."""
    found = [_root(kit), *denied_logs(kit), *_open_to_others(kit), *_foreign(kit), _space(kit)]
    refs = kit.engine.databases()
    server = kit.engine.server
    if server is not None:
        found.extend(server.findings())
        if any(one.severity is Severity.ERROR for one in found):
            refs = () if refs else refs
    if not kit.engine.databases():
        found.append(Finding(code="database.none", severity=Severity.ERROR))
    for ref in refs:
        found.extend(kit.engine.preflight(ref))
    if not kit.loaded.app_root.is_dir():
        found.append(_said("check.no_app_root", Severity.WARNING, path=str(kit.loaded.app_root)))
    holder = who_holds(kit.root)
    if holder is not None:
        found.append(_said("check.held", Severity.WARNING, pid=holder.pid, verb=holder.verb))
    try:
        found.extend(open_restores(kit))
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


def open_restores(kit: Kit) -> list[Finding]:
    """Restores that died halfway and were not taken back yet; also those of which nobody can tell what they did.

    Raises `OSError`.
    """
    told = []
    pending, unknown = restore_journal.found(kit)
    for one in pending:
        names = ", ".join(place.name for place in one.places) or ", ".join(one.files)
        told.append(_said("check.restore_open", Severity.WARNING, database=names, set=one.safety or one.set))
    by_server, unread = server_journal.found(kit)
    told.extend(_open_on_server(one) for one in by_server)
    told.extend(_said("check.restore_unreadable", Severity.WARNING, path=path) for path in (*unknown, *unread))
    return told


def _open_on_server(one: ServerPending) -> Finding:
    """How far a restore by a server came that is not settled, and so what is the matter with the databases."""
    names = ", ".join(place.name for place in one.places) or ", ".join(one.files)
    if one.places and all(place.is_ours for place in one.places):
        targets = ", ".join(place.location for place in one.places)
        return _said("check.drill_open", Severity.WARNING, database=names, target=targets)
    if one.committed:
        return _said("check.restore_unopened", Severity.WARNING, database=names)
    if one.taken_back or not (one.files or any(place.begun for place in one.places)):
        return _said("check.restore_closed", Severity.WARNING, database=names)
    return _said("check.restore_open", Severity.WARNING, database=names, set=one.safety or one.set)


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
    """The folder of logs and of the audit trail, once there is one; what hides it is told by `_root`."""
    folder = kit.root / LOGS
    if not os.path.lexists(folder) or (folder.is_dir() and os.access(folder, os.R_OK | os.W_OK | os.X_OK)):
        return []
    why = os.strerror(errno.EACCES if folder.is_dir() else errno.ENOTDIR)
    return [_said("check.logs_denied", Severity.ERROR, path=str(folder), why=why)]


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
        if path.exists() and path.stat().st_dev == device:
            return [_said("check.same_disk", Severity.WARNING, path=str(kit.root), database=ref.name)]
    return []
