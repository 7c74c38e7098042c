"""Databases that a backup of all logs passes over: who keeps no log can have none, and that is no failure then."""

from __future__ import annotations

import logging

from ..base.errors import BackupError, Refused
from ..base.records import BackupKind, BackupRequest, Problem, SetStatus, Severity
from ..engines.port import DatabaseRef
from .held import outlined
from .kit import Kit

log = logging.getLogger(__name__)
_SIMPLE = "guard.simple"
_PASSED_OVER, _LOGS_ENDED = "guard.passed_over", "guard.logs_ended"


def without_logs(
    request: BackupRequest, refs: tuple[DatabaseRef, ...], kit: Kit
) -> tuple[tuple[DatabaseRef, ...], tuple[Problem, ...]]:
    """Which of ``refs`` a backup is made of, and what is told of the others. Raises nothing.

    Only where logs of all databases are asked for. Who names one shall hear that there is none; and where none at all
    keeps a log, whoever planned logs is wrong, which is not to look like success.
    """
    server = kit.engine.server
    if server is None or request.kind is not BackupKind.LOG or request.databases:
        return refs, ()
    try:
        doubtful = server.without_log(refs)
    except BackupError as error:
        log.info("nobody is passed over: %s", error)  # the backup itself meets the same, and tells it
        return refs, ()
    told = {ref: problem for ref in doubtful if (problem := _refusal(ref, kit)) is not None}
    if len(told) == len(refs):
        return refs, ()
    return tuple(ref for ref in refs if ref not in told), tuple(told.values())


def _refusal(ref: DatabaseRef, kit: Kit) -> Problem | None:
    """That there is nothing to be made of it; after a switch of its recovery model there is, once. Raises nothing."""
    server = kit.engine.server
    assert server is not None, "only a server keeps logs"
    try:
        server.decide(ref, BackupKind.LOG, outlined(kit, ref.name))
    except Refused as error:
        if error.code == _SIMPLE:
            values: dict[str, str | int] = {"database": ref.location, "statement": server.to_keep_log(ref)}
            if _had_logs(kit, ref.name):
                return Problem(code=_LOGS_ENDED, severity=Severity.WARNING, values=values)
            return Problem(code=_PASSED_OVER, severity=Severity.INFO, values=values)
    except BackupError as error:
        log.info("%s is not passed over: %s", ref.name, error)
    return None


def _had_logs(kit: Kit, name: str) -> bool:
    """Whether logs of it are kept: then somebody switched its recovery model, and whoever relies on them must know."""
    told = (one.databases.get(name) for one in kit.catalog.entries().sets)
    return any(one is not None and one.kind is BackupKind.LOG and one.status is SetStatus.COMPLETED for one in told)
