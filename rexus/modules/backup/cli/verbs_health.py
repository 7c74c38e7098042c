"""The verb health: is all well, and what to do if not; exit 0, 1 or 2, also in one line for Nagios."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ..base.errors import BackupError, BadInput
from ..base.records import Problem, Severity, Status
from ..base.saying import N_
from ..base.texts import _, sentence
from ..base.watching import DatabaseHealth, Health, Level, merged
from .about import ABOUT
from .answers import Answer, problem_json, tell_problems
from .parsing import Verb, switch
from .session import without_collector
from .streams import clean, folded, put
from .tables import Column, Table, draw
from .wording import age, glyph, legend, mark, moment, size, span, tick_glyph

if TYPE_CHECKING:
    from pathlib import Path

    from .session import Session

_STATUS = {Level.WELL: Status.OK, Level.ATTENTION: Status.WARNINGS, Level.UNPROTECTED: Status.FAILED}
_NAGIOS = {Level.WELL: "OK", Level.ATTENTION: "WARNING", Level.UNPROTECTED: "CRITICAL"}
_SUMMED = 3
"""So many alarms stand in the line for Nagios."""
_NEVER = "-"


def health(session: Session, *, nagios: bool) -> Answer:
    """Whether all is well. 0 yes, 1 something wants attention, 2 unprotected; 3 where it can't be found out."""
    line = nagios and not session.options.json
    try:
        model = session.model
    except BadInput as error:
        return _unknown(_nothing_runs(error, session.options.config), line=line)
    try:
        with without_collector():
            found = model.health()
    except BackupError as error:
        if not line:
            raise
        return _unknown((error.problem,), line=line)
    status = _STATUS[found.level]
    members = _members(found)
    if line:
        return Answer(status=status, members=members, tell=lambda: put(_nagios_line(found) + "\n"))
    if session.options.json:
        return Answer(status=status, problems=found.alarms, members=members)
    return Answer(status=status, members=members, tell=lambda: _tell(found))


def _nothing_runs(error: BadInput, config: Path) -> tuple[Problem, ...]:
    """What is wrong with the settings, what that means, and where the last good ones are."""
    from ..config.last_good import kept

    problems = tuple(getattr(error, "problems", ())) or (error.problem,)
    return (*problems, Problem(code="config.nothing_runs", values={"file": str(config)}), *kept(config))


def _unknown(problems: tuple[Problem, ...], *, line: bool) -> Answer:
    """Nothing could be found out: what the plugins' guidelines want then is ``UNKNOWN - text`` and exit 3."""
    if not line:
        return Answer(status=Status.REFUSED, problems=problems)
    text = " ".join(dict.fromkeys(sentence(one).message for one in problems))
    return Answer(status=Status.REFUSED, tell=lambda: put(f"UNKNOWN - {clean(text).replace('|', '/')}\n"))


def _members(found: Health) -> dict[str, object]:
    told: dict[str, object] = msgspec.structs.asdict(found)
    told["said"] = problem_json(found.said)
    told["alarms"] = [problem_json(one) for one in found.alarms]
    told["databases"] = {name: _database(one) for name, one in found.databases.items()}
    return told


def _database(one: DatabaseHealth) -> dict[str, object]:
    told: dict[str, object] = msgspec.structs.asdict(one)
    told["because"] = problem_json(one.because)
    return told


def _tell(found: Health) -> None:
    """The sentence, the databases, the figures, the alarms: they are the answer, and so are on stdout as well."""
    sign = glyph("✓", "v") if found.level is Level.WELL else mark(found.said.severity)
    put(folded(f"{sign} {clean(sentence(found.said).message)}") + "\n")
    if found.databases:
        put("\n")
        _tell_databases(found)
    facts = _figures(found)
    if facts:
        put(folded(facts) + "\n")
    tell_problems(merged(found.alarms), line=lambda text: put(text + "\n"))


def _tell_databases(found: Health) -> None:
    table = Table(
        [
            Column(""),
            Column(_("Database")),
            Column(_("Protected until")),
            Column(_("Age"), spare=1),
            Column(_("Proven"), spare=2),
            Column(_("Restore test"), spare=3),
            Column(_("Size"), right=True, spare=4),
        ]
    )
    for one in found.databases.values():
        tested = age((found.at - one.restored_at).total_seconds()) if one.restored_at is not None else _NEVER
        table.add(
            mark(one.because.severity) if not one.ok else glyph("✓", "v"),
            one.name,
            moment(one.protected_until) or _NEVER,
            age(one.age_s) if one.age_s is not None else _NEVER,
            tick_glyph(one.deepest),
            tested,
            size(one.size_bytes) if one.size_bytes else "",
            style="" if one.ok else "red",
        )
    draw(table)
    put(folded(legend({one.deepest for one in found.databases.values()})) + "\n")


def _figures(found: Health) -> str:
    """Space, success and times, in one line."""
    told = []
    if found.free_bytes is not None:
        told.append(_("free: {size}").format(size=size(found.free_bytes)))
    if found.full_on is not None:
        told.append(_("full towards {day}").format(day=found.full_on.isoformat()))
    if found.success_percent is not None:
        told.append(_("latest backups that succeeded: {percent} %").format(percent=found.success_percent))
    if found.restore_all_s is not None:
        told.append(_("restoring everything takes about {time}").format(time=span(found.restore_all_s)))
    return glyph(" · ", ", ").join(told)


def _nagios_line(found: Health) -> str:
    """``WARNING - text | perfdata``: one line, as its plugins' guidelines have it (seconds, bytes, percent)."""
    told = [found.said, *(one for one in merged(found.alarms) if one.severity is not Severity.INFO)]
    text = " ".join(list(dict.fromkeys(sentence(one).message for one in told))[: 1 + _SUMMED])
    return f"{_NAGIOS[found.level]} - {clean(text).replace('|', '/')} | {' '.join(_perfdata(found))}"


def _perfdata(found: Health) -> list[str]:
    """Label and figure of each, with the limit that makes it critical where there is one."""
    told = [
        f"age_{one.name}={one.age_s:.0f}s;;{one.rpo_s:.0f}" for one in found.databases.values() if one.age_s is not None
    ]
    if found.free_bytes is not None:
        told.append(f"free={found.free_bytes}B")
    if found.success_percent is not None:
        told.append(f"success={found.success_percent}%")
    if found.restore_all_s is not None:
        told.append(f"restore={found.restore_all_s:.0f}s")
    told.append(f"alarms={_count(merged(found.alarms))}")
    return told


def _count(alarms: tuple[Problem, ...]) -> int:
    return sum(one.severity is not Severity.INFO for one in alarms)


HEALTH = Verb(
    "health",
    ABOUT["health"],
    health,
    (switch("--nagios", N_("one line for Nagios and its kin: OK, WARNING or CRITICAL, and figures")),),
    {"level": None, "said": None, "databases": {}, "alarms": []},
)
VERBS = {HEALTH.name: HEALTH}
