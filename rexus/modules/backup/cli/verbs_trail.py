"""Verbs that read what was written down: audit, log."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import TYPE_CHECKING

import click
import msgspec

from ..base.errors import Failed
from ..base.records import Problem, Severity, Status
from ..base.saying import N_
from ..base.texts import _, deed, n_, person
from ..config.known_roots import vanished
from .about import ABOUT
from .answers import Answer, settled
from .parsing import Instant, Option, Verb, Word
from .streams import clean, put
from .tables import Column, Table, draw
from .wording import moment, word

if TYPE_CHECKING:
    from ..catalog.ledger import AuditLine, AuditReport
    from .session import Session

_PLACES = {
    "audit.changed": ("line", 0),
    "audit.chain": ("line", 0),
    "audit.gap": ("line", 0),
    "audit.truncated": ("found", 1),
    "audit.head_missing": ("lines", 0),
    "audit.head_wrong": ("lines", 0),
}
"""Which value of a problem names a line, and how many lines behind it the chain is broken."""


def audit(session: Session, *, action: str | None, lines: int) -> Answer:
    """The newest lines of the audit trail, and whether it is whole; or (``verify``) the proof of that."""
    report = session.model.audit_verify()
    lost = _lost(session) if not report.lines else ()
    if action == "verify":
        problems = (*report.problems, *lost)
        verified: dict[str, object] = {"ok": report.ok, "count": report.lines, "lines": []}
        told = n_("{count} line, unbroken.", "{count} lines, unbroken.", report.lines).format(count=report.lines)
        status = settled(problems) if report.ok else Status.FAILED
        return Answer(status, problems, verified, lambda: put(told + "\n") if report.ok and not lost else None)
    newest = session.model.audit().tail(lines)
    problems = lost or _broken(report)
    members: dict[str, object] = {"ok": report.ok, "count": len(newest), "lines": newest}
    return Answer(settled(problems), problems, members, lambda: None if lost else _tell_audit(newest))


def _lost(session: Session) -> tuple[Problem, ...]:
    """That the backup folder is not there, where one finds nothing of what was written down in it."""
    gone = vanished(session.model.loaded)
    return (msgspec.structs.replace(gone, severity=Severity.WARNING),) if gone is not None else ()


def _broken(report: AuditReport) -> tuple[Problem, ...]:
    """That what is shown is not proven, and where that begins; what exactly is wrong `audit verify` says."""
    wrong = [one for one in report.problems if one.severity is Severity.ERROR]
    if not wrong:
        return ()
    places = [_place(one) for one in wrong if one.code in _PLACES]
    if not places:
        return tuple(Problem(code=one.code, severity=Severity.WARNING, values=one.values) for one in wrong)
    return (Problem(code="audit.broken", severity=Severity.WARNING, values={"line": min(places)}),)


def _place(problem: Problem) -> int:
    key, behind = _PLACES[problem.code]
    return int(problem.values[key]) + behind


def _tell_audit(lines: tuple[AuditLine, ...]) -> None:
    if not lines:
        put(_("Nothing is written there yet.") + "\n")
        return
    titles = (Column(_("Who"), spare=1), Column(_("What")), Column(_("Set")), Column(_("Result")))
    table = Table([Column(_("When")), *titles])
    for one in lines:
        table.add(moment(one.at), person(one.who), deed(one.what), one.target, word(one.result))
    draw(table)


def log(session: Session, *, lines: int, date: datetime | None) -> Answer:
    """The end of a day's log."""
    path = session.model.log_path()
    if date is not None:
        path = path.with_name(f"backup_{date:%Y-%m-%d}.log")
    lost: tuple[Problem, ...] = ()
    try:
        with path.open(encoding="utf-8", errors="replace") as entries:
            newest = [line.rstrip("\n") for line in deque(entries, maxlen=lines)]
    except FileNotFoundError:
        newest, lost = [], _lost(session)
    except OSError as error:
        raise Failed("cli.log_unreadable", path=str(path), reason=error.strerror or str(error)) from error

    def tell() -> None:
        told = "".join(clean(line) + "\n" for line in newest)
        if told or not lost:
            put(told or _("Nothing was logged that day ({path}).").format(path=clean(str(path))) + "\n")

    return Answer(settled(lost), lost, {"path": str(path), "lines": newest}, tell)


_LINES = Option("--lines", N_("the newest N lines (50 by default)"), "N", kind=click.IntRange(min=1), default=50)
VERBS = {
    "audit": Verb(
        "audit",
        ABOUT["audit"],
        audit,
        (Word("action", "verify", kind=click.Choice(["verify"])), _LINES),
        {"ok": None, "count": 0, "lines": []},
    ),
    "log": Verb(
        "log",
        ABOUT["log"],
        log,
        (_LINES, Option("--date", N_("the log of this day; today's by default"), "DAY", kind=Instant())),
        {"path": None, "lines": []},
    ),
}
