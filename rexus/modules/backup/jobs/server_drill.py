"""A restore test by a server: under a name of its own, checked page by page, and dropped whatever happens."""

from __future__ import annotations

import logging
import secrets
import time
from pathlib import Path

from ..base.errors import BackupError, Cancelled
from ..base.records import Manifest, Problem, SetStatus, Severity
from ..base.texts import sentence
from ..catalog.ticks import is_damage
from ..engines.port_server import ChainPlan, ServerRestore, ServerSide, ServerStep
from . import server_journal
from .drill_found import Found
from .held import held
from .kit import Work, why_of
from .server_journal import ServerPending, ServerPlaceKept
from .server_stage import stage, unstage

log = logging.getLogger(__name__)


def tested(work: Work, manifest: Manifest, name: str, server: ServerSide) -> Found:
    """Restore ``name`` as the set has it into a database of its own, look at every page, and drop it.

    Damage is told in what is found; what only this machine or the server is to blame for is no damage. Raises
    `Cancelled`.
    """
    values: dict[str, str | int] = {"database": name, "set": manifest.timestamp}
    backup = manifest.databases.get(name)
    if backup is None or backup.status is not SetStatus.COMPLETED:
        return _unable("drill.not_in_set", values)
    staged: list[Path] = []
    try:
        chain = server.chain(name, held(work.kit, name), manifest.timestamp, None)
        if chain.refusals:
            return _unchained(values, chain)
        return _tried(work, server, chain, (name, values, staged))
    except Cancelled:
        raise
    except BackupError as error:
        if is_damage(error.problem):
            return Found(ok=False, problems=(Problem(code="drill.failed", values=values), error.problem))
        return _unable("drill.not_done", {**values, "why": why_of(error)})
    except (OSError, MemoryError) as error:
        return _unable("drill.not_done", {**values, "why": why_of(error)})
    finally:
        unstage(work.kit, staged)


def _unchained(values: dict[str, str | int], chain: ChainPlan) -> Found:
    """Without a chain nothing can be said, unless the chain is known to be damaged."""
    if any(one.code == "chain.damaged" for one in chain.refusals):
        return Found(ok=False, problems=(Problem(code="drill.failed", values=values), *chain.refusals))
    why = sentence(chain.refusals[0]).message.rstrip(".")
    return _unable("drill.not_done", {**values, "why": why})


def _tried(work: Work, server: ServerSide, chain: ChainPlan, of: tuple[str, dict[str, str | int], list[Path]]) -> Found:
    """The database of the test is written down before it comes to be, so that a crash leaves none behind."""
    name, values, staged = of
    begun = time.monotonic()
    steps = tuple(
        ServerStep(kind=step.backup.kind, file=stage(work, server, name, step.backup, staged), spare=step.spare)
        for step in chain.steps
    )
    isolated = f"{name}_drill_{secrets.token_hex(4)}"
    place = ServerPlaceKept(name=name, location=isolated, existed=False, is_ours=True, begun=True)
    pending = ServerPending(token=server_journal.new_token(), set=str(values["set"]), places=(place,))
    server_journal.write(work.kit, pending)

    def progress(phase: str, done: int, total: int) -> None:
        work.teller.tell(phase, name, done, total)

    problems: list[Problem] = []
    try:
        server.restore(ServerRestore(name=isolated, steps=steps), progress, work.cancel)
        verdict = server.judge(isolated, progress, work.cancel)
        restore_s = time.monotonic() - begun
    finally:
        problems += _dropped(work, server, pending, isolated)
    if not verdict.ok:
        told = (verdict.problem,) if verdict.problem is not None else ()
        return Found(ok=False, problems=(Problem(code="drill.failed", values=values), *told, *problems))
    differing = _differing(chain, verdict.row_counts or {}, values)
    problems += [differing] if differing is not None else []
    questions = [one.name for one in work.kit.loaded.settings.drill_checks if one.database == name]
    if questions:
        unasked: dict[str, str | int] = {**values, "questions": ", ".join(questions)}
        problems.append(Problem(code="drill.unasked", severity=Severity.WARNING, values=unasked))
    return Found(ok=True, problems=tuple(problems), restore_s=restore_s, row_counts=verdict.row_counts)


def _differing(chain: ChainPlan, found: dict[str, int], values: dict[str, str | int]) -> Problem | None:
    """Rows of tables that nobody seems to have changed while the backup ran; a difference is worth a look."""
    facts = chain.steps[-1].backup.facts
    for table, rows in ((facts.row_counts or {}) if facts is not None else {}).items():
        if found.get(table) != rows:
            told = {**values, "table": table, "expected": rows, "found": found.get(table, 0)}
            return Problem(code="restore.rows_differ", severity=Severity.WARNING, values=told)
    return None


def _dropped(work: Work, server: ServerSide, pending: ServerPending, isolated: str) -> tuple[Problem, ...]:
    """Drop the test's database; what can't be dropped now is at the next start."""
    try:
        server.drop(isolated)
        server_journal.remove(work.kit, pending)
    except (BackupError, OSError) as error:
        log.warning("the database %s of a restore test stays: %s", isolated, error)
        values: dict[str, str | int] = {"path": isolated, "why": why_of(error)}
        return (Problem(code="drill.copy_left", severity=Severity.WARNING, values=values),)
    return ()


def _unable(code: str, values: dict[str, str | int]) -> Found:
    return Found(ok=None, problems=(Problem(code=code, severity=Severity.WARNING, values=values),))
