"""A restore test by a server: under a name of its own, checked page by page, and dropped whatever happens."""

from __future__ import annotations

import logging
import secrets
import time
from pathlib import Path

from ..base.errors import BackupError, Cancelled
from ..base.records import Manifest, Problem, SetStatus, Severity
from ..base.sentences_beside import REMEDY
from ..base.texts import sentence
from ..base.watching import Figure
from ..catalog.ticks import is_damage
from ..engines.port_server import ChainPlan, ServerRestore, ServerSide, ServerStep
from . import server_journal
from .drill_figures import figures
from .drill_found import Found
from .kit import Work, why_of
from .server_chain import Chains
from .server_journal import ServerPending, ServerPlaceKept
from .server_plan import folder_free
from .server_room import against, room_for
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
        chain = Chains(work.kit, server, name, frozenset({manifest.timestamp})).to_try(manifest.timestamp)
        hindered = _unchained(values, chain) if chain.refusals else _roomless(work, server, chain, values)
        return hindered or _tried(work, server, chain, (name, values, staged))
    except Cancelled:
        raise
    except BackupError as error:
        if is_damage(error.problem):
            return Found(ok=False, problems=(Problem(code="drill.failed", values=values), error.problem))
        return _unable("drill.not_done", {**values, "why": why_of(error), REMEDY: sentence(error.problem).fix})
    except (OSError, MemoryError) as error:
        return _unable("drill.not_done", {**values, "why": why_of(error)})
    finally:
        unstage(work.kit, staged)


def _roomless(work: Work, server: ServerSide, chain: ChainPlan, values: dict[str, str | int]) -> Found | None:
    """That there is no room for the copy, on the server or where the backups are unpacked for it; None: there is."""
    copy = f"{values['database']}_drill"
    found = against(((copy, room_for(work.kit, server, copy, chain)),))
    staged, free = sum(step.backup.whole_bytes for step in chain.steps if step.backup.file), folder_free(server)
    if free is not None and staged > free:
        told: dict[str, str | int] = {"volume": str(server.folder()), "needed": staged, "free": free}
        found.append(Problem(code="restore.server_space", values=told))
    return _unable("drill.no_room", {**values, "why": sentence(found[0]).message.rstrip(".")}) if found else None


def _unchained(values: dict[str, str | int], chain: ChainPlan) -> Found:
    """Without a chain nothing can be said, unless the chain is known to be damaged."""
    if any(one.code == "chain.damaged" for one in chain.refusals):
        return Found(ok=False, problems=(Problem(code="drill.failed", values=values), *chain.refusals))
    told = sentence(chain.refusals[0])
    return _unable("drill.not_done", {**values, "why": told.message.rstrip("."), REMEDY: told.fix})


def _tried(work: Work, server: ServerSide, chain: ChainPlan, of: tuple[str, dict[str, str | int], list[Path]]) -> Found:
    """The database of the test is written down before it comes to be, so that a crash leaves none behind."""
    name, values, staged = of
    begun = time.monotonic()
    files = [stage(work, server, name, step.backup, staged) for step in chain.steps]
    for step, places in zip(chain.steps, files, strict=True):
        if step.backup.file is None:  # what was unpacked is proven; what the server kept may be another file by now
            server.identify(places[0], step.backup)
    steps = tuple(ServerStep.of(step, places) for step, places in zip(chain.steps, files, strict=True))
    isolated = f"{name}_drill_{secrets.token_hex(4)}"
    place = ServerPlaceKept(name=name, location=isolated, existed=False, is_ours=True, begun=True)
    pending = ServerPending(token=server_journal.new_token(), set=str(values["set"]), places=(place,))
    server_journal.write(work.kit, pending)

    def progress(phase: str, done: int, total: int) -> None:
        work.teller.tell(phase, name, done, total)

    problems: list[Problem] = []
    try:
        server.restore(ServerRestore(name=isolated, steps=steps, closed=True), progress, work.cancel)
        verdict = server.judge(isolated, progress, work.cancel)
        restore_s = time.monotonic() - begun
        asked = _asked(work, server, chain, name, isolated) if verdict.ok else ()
    finally:
        problems += _dropped(work, server, pending, isolated)
    if not verdict.ok:
        told = (verdict.problem,) if verdict.problem is not None else ()
        return Found(ok=False, problems=(Problem(code="drill.failed", values=values), *told, *problems))
    differing = _differing(chain, verdict.row_counts or {}, values)
    problems += [differing] if differing is not None else []
    problems += [one.problem for one in asked if one.problem is not None]
    counts = verdict.row_counts
    return Found(ok=True, problems=tuple(problems), restore_s=restore_s, row_counts=counts, figures=asked)


def _asked(work: Work, server: ServerSide, chain: ChainPlan, name: str, copy: str) -> tuple[Figure, ...]:
    """The administrator's questions to the copy, which is of the instant that the chain reaches."""
    work.teller.tell("prove", name)
    last = chain.steps[-1].backup
    taken_at = chain.reaches_at or last.started_at or work.kit.clock.now()
    return figures(work, name, taken_at, lambda: server.asker(copy))


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
