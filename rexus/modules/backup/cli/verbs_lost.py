"""A folder of backups whose server is lost, told: what is in it, what comes back, where gaps are, what to type."""

from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING

from ..base.clock import local
from ..base.errors import BadInput
from ..base.files import WINDOWS
from ..base.records import BackupKind, Problem, Severity, Status
from ..base.texts import _, n_, sentence
from .answers import Answer, problem_json, settled
from .streams import clean, folded, put
from .tables import Column, Table, draw
from .wording import count, mark, moment, size

if TYPE_CHECKING:
    from ..engines.sqlserver_offline import Gap
    from ..jobs.lost import LostDatabase, LostFolder
    from .session import Session

_FEW = 6
"""Single instants that are named, the newest ones."""
_BLANK: dict[str, object] = {"plan": None, "restored": [], "safety_set": None, "safety_path": None}


def overview(session: Session) -> Answer:
    """Everything that a folder without settings brings back. Raises `BadInput` where there are settings."""
    _only_for_lost(session)
    found = session.model.lost()
    useless = [problem for one in found.databases for problem in one.useless]
    lost = [
        Problem(code="lost.nothing_whole", severity=Severity.ERROR, values={"database": one.name})
        for one in found.databases
        if not one.outlook.latest_set
    ]
    problems = (*useless, *found.problems, *lost)
    return Answer(
        status=Status.FAILED if lost else settled(problems),
        problems=problems,
        members={**_BLANK, "found": _members(session, found)},
        tell=lambda: _tell(session, found),
    )


def newest(session: Session, databases: tuple[str, ...]) -> str:
    """The set that the newest state of a database ends with, where nobody named one. Raises `BadInput`."""
    _only_for_lost(session)
    if len(databases) != 1:
        raise BadInput("cli.usage_missing", verb="restore", what="SET")
    one = session.model.lost().of(databases[0])
    return one.outlook.latest_set or one.outlook.sets[-1]


def _only_for_lost(session: Session) -> None:
    """Elsewhere one says which set is meant."""
    loaded = session.model.loaded
    if not loaded.bare or loaded.settings.engine != "sqlserver":
        raise BadInput("cli.usage_missing", verb="restore", what="SET")


def command(session: Session, one: LostDatabase) -> str:
    """What brings the newest state of a database back, as it can be typed."""
    words = ["restore", one.outlook.latest_set, "--database", one.name, "--to", one.name]
    line = ["main_backup.py", "--config", str(session.model.loaded.path), *words]
    return subprocess.list2cmdline(line) if WINDOWS else shlex.join(line)


def _members(session: Session, found: LostFolder) -> dict[str, object]:
    return {
        "path": found.path,
        "has_server": found.has_server,
        "databases": [_database(session, one) for one in found.databases],
        "files": [problem_json(one) for one in found.problems],
    }


def _database(session: Session, one: LostDatabase) -> dict[str, object]:
    look = one.outlook
    return {
        "name": one.name,
        "server": look.server,
        "version": look.version,
        "family": look.family,
        "kinds": one.kinds,
        "stored_bytes": one.stored_bytes,
        "sets": look.sets,
        "spans": [{"start": span.start, "end": span.end} for span in look.spans],
        "gaps": [_gap(gap) for gap in look.gaps],
        "useless": [problem_json(problem) for problem in one.useless],
        "latest": look.latest.reaches_at,
        "latest_set": look.latest_set or None,
        "chain": [step.set for step in look.latest.steps],
        "refusals": [problem_json(problem) for problem in look.latest.refusals],
        "command": command(session, one) if look.latest_set else None,
    }


def _gap(gap: Gap) -> dict[str, object]:
    because = problem_json(gap.because)
    return {"start": gap.start, "end": gap.end, "reason": gap.reason, "because": because}


def _tell(session: Session, found: LostFolder) -> None:
    if not found.databases:
        put(_("There is no backup of SQL Server in this folder.") + "\n")
        return
    table = Table(
        [
            Column(_("Database")),
            Column(_("Server"), spare=3),
            Column(_("Backups"), fold=True),
            Column(_("Size"), right=True, spare=2),
            Column(_("Earliest"), spare=1),
            Column(_("Latest")),
        ]
    )
    for one in found.databases:
        spans = one.outlook.spans
        first = moment(spans[0].start) if spans else ""
        last = moment(one.outlook.latest.reaches_at) if one.outlook.latest_set else _("nothing comes back")
        style = "" if one.outlook.latest_set else "red"
        table.add(one.name, one.outlook.server, _kinds(one), size(one.stored_bytes), first, last, style=style)
    draw(table)
    for one in found.databases:
        _tell_database(session, one)
    if not found.has_server:
        told = sentence(Problem(code="lost.no_server", values={"path": found.path}))
        put("\n" + folded(clean(f"{told.message} {told.fix}")) + "\n")


def _kinds(one: LostDatabase) -> str:
    return ", ".join(_counted(kind, number) for kind, number in one.kinds.items())


def _counted(kind: BackupKind, number: int) -> str:
    told = {
        BackupKind.FULL: n_("{count} full backup", "{count} full backups", number),
        BackupKind.DIFFERENTIAL: n_("{count} differential backup", "{count} differential backups", number),
        BackupKind.LOG: n_("{count} log backup", "{count} log backups", number),
    }
    return told[kind].format(count=count(number))


def _tell_database(session: Session, one: LostDatabase) -> None:
    look = one.outlook
    put(f"\n{clean(one.name)}\n")
    points = [span for span in look.spans if span.start == span.end]
    for span in look.spans:
        if span.start < span.end:
            told = _("Every instant from {start} to {end}.")
            put("  " + told.format(start=local(span.start), end=local(span.end)) + "\n")
    if points:
        times = ", ".join(local(span.end) for span in points[-_FEW:])
        if len(points) > _FEW:
            times = f"{local(points[0].end)}, … {times}"
        put(folded("  " + _("As it was at these instants: {times}.").format(times=times)) + "\n")
    for gap in look.gaps:
        told = _("Gap from {start} to {end}: {because}")
        because = sentence(gap.because).message
        line = told.format(start=local(gap.start), end=local(gap.end), because=clean(because))
        put(folded(f"  {mark(Severity.WARNING)} {line}") + "\n")
    for problem in look.latest.refusals:
        put(folded(f"  {mark(Severity.ERROR)} {clean(sentence(problem).message)}") + "\n")
    if look.latest_set:
        number = len(look.latest.steps)
        told = n_(
            "To get its latest state back, {count} backup:", "To get its latest state back, {count} backups:", number
        )
        put("  " + told.format(count=number) + f"\n    {clean(command(session, one))}\n")
        if one.kinds.get(BackupKind.LOG):
            example = local(look.spans[-1].start) if look.spans else "INSTANT"
            put("    " + _("An earlier instant: add --at {example}, for instance.").format(example=example) + "\n")
