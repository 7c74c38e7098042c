"""Verbs that read what was written down: audit, log."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import TYPE_CHECKING

import click

from ..base.errors import Failed
from ..base.records import Status
from ..base.saying import N_
from ..base.texts import _, deed, n_, person
from .about import ABOUT
from .answers import Answer, settled
from .parsing import Instant, Option, Verb, Word
from .streams import clean, put
from .tables import Column, Table, draw
from .wording import moment, word

if TYPE_CHECKING:
    from ..catalog.ledger import AuditLine
    from .session import Session


def audit(session: Session, *, action: str | None, lines: int) -> Answer:
    """The newest lines of the audit trail, or the proof that it is whole."""
    if action == "verify":
        report = session.model.audit_verify()
        members: dict[str, object] = {"ok": report.ok, "count": report.lines, "lines": []}
        status = settled(report.problems) if report.ok else Status.FAILED
        told = n_("{count} line, unbroken.", "{count} lines, unbroken.", report.lines).format(count=report.lines)
        return Answer(status, report.problems, members, lambda: put(told + "\n") if report.ok else None)
    trail = session.model.audit()
    session.model.catalog.require()
    newest = trail.tail(lines)
    return Answer(members={"ok": None, "count": len(newest), "lines": newest}, tell=lambda: _tell_audit(newest))


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
    try:
        with path.open(encoding="utf-8", errors="replace") as entries:
            newest = [line.rstrip("\n") for line in deque(entries, maxlen=lines)]
    except FileNotFoundError:
        newest = []
    except OSError as error:
        raise Failed("cli.log_unreadable", path=str(path), reason=error.strerror or str(error)) from error

    def tell() -> None:
        told = "".join(clean(line) + "\n" for line in newest)
        put(told or _("Nothing was logged that day ({path}).").format(path=clean(str(path))) + "\n")

    return Answer(members={"path": str(path), "lines": newest}, tell=tell)


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
