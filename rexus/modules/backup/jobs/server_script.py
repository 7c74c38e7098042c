"""The script of a server's logins as a file of a set: owner-only, told as private, never in a log."""

from __future__ import annotations

import logging

from ..base.errors import BackupError, Cancelled
from ..base.records import Problem, Record, Severity
from ..base.texts import sentence
from .filesets import MadeFile
from .kit import Kit, why_of

log = logging.getLogger(__name__)
SCRIPT = "_sqlserver/logins.sql"
"""What it is called among the configuration files. No folder of an application begins so."""


class ScriptMade(Record, frozen=True, kw_only=True):
    """The file, where one is wanted and could be had, and what is to be told of it."""

    files: tuple[MadeFile, ...] = ()
    notes: tuple[Problem, ...] = ()


def script_made(kit: Kit) -> ScriptMade:
    """Ask the server. What it refuses is told and keeps nothing else from being copied. Raises `Cancelled`."""
    server = kit.engine.server
    if server is None:
        return ScriptMade()
    now = kit.clock.now()
    about = sentence(Problem(code="sqlserver.logins_head", values={"at": now.astimezone().strftime("%Y-%m-%d %H:%M")}))
    try:
        made = server.script("\n".join((about.message, about.safe, about.fix)))
    except Cancelled:
        raise
    except BackupError as error:
        log.warning("the logins of the server can't be kept: %s", error)
        values: dict[str, str | int] = {"why": why_of(error)}
        return ScriptMade(notes=(Problem(code="sqlserver.logins_failed", severity=Severity.WARNING, values=values),))
    if made is None:
        return ScriptMade()
    return ScriptMade(files=(MadeFile(SCRIPT, made.text.encode("utf-8"), now),), notes=made.notes)
