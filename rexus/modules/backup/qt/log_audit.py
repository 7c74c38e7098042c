"""The audit trail as rows: who did what, to which set, with what result; and whether the chain is whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..base.records import Problem, Severity
from ..base.texts import _, deed, n_, person, word
from . import telling
from .sets_rows import folded, sentence_case

if TYPE_CHECKING:
    from ..catalog.ledger import AuditLine
    from ..model import BackupModel

NEWEST = 2000
"""Lines that are shown."""
_LEVELS = {"ok": "info", "warnings": "warning", "refused": "warning", "busy": "warning", "cancelled": "warning"}
"""By the result; anything else is a failure."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One line of the trail."""

    number: int
    when: str
    exact: str
    level: str
    who: str
    what: str
    target: str
    result: str
    raw: str
    text: str


@dataclass(frozen=True, slots=True)
class Chain:
    """Whether the trail is whole."""

    ok: bool
    told: str
    problems: tuple[Problem, ...] = ()


def read(model: BackupModel) -> tuple[Deed, ...]:
    """The newest lines, oldest first. Raises `BackupError`."""
    return tuple(_deed(line) for line in model.audit().tail(NEWEST))


def prove(model: BackupModel) -> Chain:
    """Follow the chain from its first line to its end. Raises `BackupError`."""
    report = model.audit_verify()
    count = telling.count(report.lines)
    if report.ok:
        told = n_("The chain is whole: {count} line", "The chain is whole: {count} lines", report.lines)
        return Chain(True, told.format(count=count), report.problems)
    return Chain(
        False, _("The chain is broken"), tuple(one for one in report.problems if one.severity is Severity.ERROR)
    )


def _deed(line: AuditLine) -> Deed:
    local = line.at.astimezone()
    when = f"{local.day} {telling.short_month(local.month)} {local.year} {telling.clock_time(line.at)}"
    who, what = person(line.who), sentence_case(deed(line.what))
    result = sentence_case(word(line.result))
    raw = f"{line.number}\t{telling.exact(line.at)}\t{line.who}\t{line.what}\t{line.target}\t{line.result}"
    return Deed(
        number=line.number,
        when=when,
        exact=telling.exact(line.at),
        level=_LEVELS.get(line.result, "error"),
        who=who,
        what=what,
        target=line.target,
        result=result,
        raw="\t".join((raw, *(f"{key}={value}" for key, value in line.detail.items()))),
        text=folded(f"{when} {who} {what} {line.target} {result}"),
    )
