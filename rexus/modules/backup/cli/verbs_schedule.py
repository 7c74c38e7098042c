"""The verb schedule: what is due, run it now or whenever it is, and what became of it."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from ..base.errors import BadInput, Cancelled
from ..base.records import Problem, Severity, Status
from ..base.saying import N_
from ..base.texts import _, sentence
from ..base.watching import RunState
from .about import ABOUT
from .answers import EXIT, Answer, settled, tell_problems
from .parsing import Instant, Option, Verb, switch
from .schedule_words import action_word, because, remedy, state_word, title, when
from .streams import clean, folded, is_terminal, put, say
from .tables import Column, Table, draw
from .verbs_tasks import ACTIONS
from .wording import moment, span

if TYPE_CHECKING:
    from ..base.watching import Occurrence, Run
    from ..model import BackupModel
    from .session import Session

_ZONE = "schedule.unknown_zone"
_ABSENT = frozenset({"schedule.root_absent", "root.vanished"})
_SHOWN = 10
_MOST = 10_000
_REMEMBERED = 1_000
"""Runs that a long service tells of at its end."""
_ENDINGS = {
    RunState.WARNINGS: Status.WARNINGS,
    RunState.SKIPPED: Status.SKIPPED,
    RunState.FAILED: Status.FAILED,
    RunState.INTERRUPTED: Status.INTERRUPTED,
    RunState.REFUSED: Status.REFUSED,
    RunState.CANCELLED: Status.CANCELLED,
}
_TOLD_AS = {
    Status.WARNINGS: ("schedule.run_warned", Severity.WARNING),
    Status.SKIPPED: ("schedule.run_skipped", Severity.WARNING),
    Status.FAILED: ("schedule.run_failed", Severity.ERROR),
    Status.REFUSED: ("schedule.run_refused", Severity.ERROR),
    Status.INTERRUPTED: ("schedule.run_cut", Severity.ERROR),
    Status.CANCELLED: ("schedule.run_cut", Severity.WARNING),
}
_NOTHING_TO_SEND = "notice.no_digest"
_BY_HAND = "by_hand"
"""What starts it where nobody says so; whoever is there reads what is refused."""


def coming(session: Session, *, count: int, **given: datetime | None) -> Answer:
    """The next due times."""
    found = session.model.next_runs(given["from"], count)
    odd = tuple(one for one in session.model.oddities() if one.code == _ZONE)
    members = {"occurrences": [as_json(one) for one in found]}
    return Answer(status=settled(odd), problems=odd, members=members, tell=lambda: _tell_coming(found))


def as_json(one: Occurrence) -> dict[str, str]:
    """An occurrence for programs: its instant as the wall of its zone shows it, and in UTC."""
    return {
        "schedule": one.schedule,
        "action": one.action,
        "at": one.at.isoformat(),
        "utc": one.utc.isoformat(),
        "wall": one.wall,
    }


def _tell_coming(found: tuple[Occurrence, ...]) -> None:
    if not found:
        put(_("No schedule is enabled; add one to «schedules» in the configuration.") + "\n")
        return
    table = Table([Column(_("When")), Column(_("Schedule")), Column(_("What"), spare=1)])
    for one in found:
        table.add(when(one), title(one), action_word(one.action))
    draw(table)


def run(session: Session, *, due: bool, by: str | None) -> Answer:
    """Run what is due now and end; or stay, and run whatever is due whenever it is."""
    return run_due(session, by or _BY_HAND) if due else _serve(session, by or "foreground")


def run_due(session: Session, by: str) -> Answer:
    """Run what is due now, once; the worst ending counts."""
    model = _opened(session, by, is_read=by == _BY_HAND)
    session.notes += [one for one in model.oddities() if one.code == _ZONE]
    model.say = _say
    runs = session.work(lambda report, cancel: model.run_due(by, report, cancel))
    return _answered(session, runs, by_itself=False)


def _opened(session: Session, by: str, *, is_read: bool) -> BackupModel:
    """The configured backups. Settings that can't be used are no reason to be silent, unless somebody reads it here."""
    try:
        return session.model
    except BadInput as error:
        if not is_read:
            from ..model import BackupModel

            BackupModel.unusable(session.options.config, error, by)
        raise


def _serve(session: Session, by: str) -> Answer:
    """Run what is due until somebody asks to stop; that alone is a good end."""
    from .interrupts import IDLE_LOOK_S, attended, listening
    from .progress import Lines

    runs: deque[Run] = deque(maxlen=_REMEMBERED)

    def tell(run: Run) -> None:
        runs.append(run)
        if not session.options.json:
            put(f"{moment(run.at)}  {title(run)}: {state_word(run)}\n")

    model = _opened(session, by, is_read=is_terminal(sys.stderr))
    model.say = _say
    if not session.options.json:
        tell_problems(model.oddities())
    with listening(session.cancel):
        for one in model.next_runs(None, 1) if not session.options.json else ():
            said = _("Waiting. Due next: {when}, {name}. Ctrl-C ends it.")
            put(folded(said.format(when=when(one), name=title(one))) + "\n")
        attended(lambda: model.serve(by, Lines().report, session.cancel, tell), IDLE_LOOK_S)
    cut = [one for one in runs if one.state is RunState.CANCELLED]
    return _answered(session, cut[-1:], by_itself=True, every=tuple(runs))


def _say(problem: Problem) -> None:
    """Say on stderr what is waited for, in one line."""
    say(clean(sentence(problem).message))


def _answered(
    session: Session, runs: Iterable[Run], *, by_itself: bool, every: tuple[Run, ...] | None = None
) -> Answer:
    """The worst ending of ``runs``, each that did not go well told as a problem."""
    several = tuple(runs)
    ended = [one for one in several if one.state in _ENDINGS]
    endings = [_ENDINGS[one.state] for one in ended if one.code != _NOTHING_TO_SEND]
    problems = tuple(_told(one) for one in ended)
    status = max(endings, key=lambda one: EXIT[one], default=Status.OK)
    if status is Status.CANCELLED or (session.cancel.is_set and not by_itself):
        status, problems = Status.CANCELLED, (*problems, Cancelled().problem)
    shown = several if every is None else every
    return Answer(
        status=status,
        problems=problems,
        members={"runs": list(shown)},
        tell=lambda: None if by_itself else _tell_runs(session, several),
    )


def _told(run: Run) -> Problem:
    if run.code == _NOTHING_TO_SEND:
        return Problem(code=run.code, severity=Severity.INFO)
    code, severity = _TOLD_AS[_ENDINGS[run.state]]
    if run.state is RunState.SKIPPED and run.attempt > 1:
        code = "schedule.run_skipped_again"
    why = because(run).removesuffix(".") or "?"
    values: dict[str, str | int] = {"schedule": run.schedule, "wall": run.wall.replace("T", " "), "why": why}
    return Problem(code=code, severity=severity, values={**values, "cause": run.code, "remedy": remedy(run)})


def _tell_runs(session: Session, runs: tuple[Run, ...]) -> None:
    if runs:
        _draw(runs)
        return
    for one in session.model.runs(every=True):  # only one runs at a time, whoever it is
        if one.state is RunState.STARTED:
            put(_("«{name}» is under way already (process {pid}).").format(name=title(one), pid=one.pid) + "\n")
            return
    put(_("Nothing is due.") + "\n")


def history(session: Session, *, lines: int, **given: bool) -> Answer:
    """What became of the newest due times, of other configurations that share the backup folder too (``all``)."""
    runs = session.model.runs(every=given["all"])[-lines:]
    absent = () if runs else tuple(one for one in session.model.oddities() if one.code in _ABSENT)
    if absent:  # whatever ran is written down in a folder that nobody sees
        return Answer(status=settled(absent), problems=absent, members={"runs": []})
    return Answer(members={"runs": list(runs)}, tell=lambda: _draw(runs) if runs else put(_("Nothing ran yet.") + "\n"))


def _draw(runs: tuple[Run, ...]) -> None:
    titles = (Column(_("Schedule")), Column(_("Result")), Column(_("Set"), spare=1), Column(_("Took"), True, spare=2))
    several = len({one.config for one in runs if one.config}) > 1
    whose = [Column(_("Configuration"), spare=4)] if several else []
    table = Table([Column(_("Due")), *titles, Column(_("Because"), fold=True, spare=3), *whose])
    for one in runs:
        took = span(one.seconds) if one.seconds else ""
        cells = (one.wall.replace("T", " "), title(one), state_word(one), one.set or "", took, because(one))
        table.add(*cells, *([one.config] if several else []))
    draw(table)


_BLANK: dict[str, Any] = {"occurrences": []}
_RUNS: dict[str, Any] = {"runs": []}
SCHEDULE = Verb(
    "schedule",
    ABOUT["schedule"],
    blank=_BLANK,
    actions=(
        Verb(
            "schedule next",
            N_("Show what is due next."),
            coming,
            (
                Option(
                    "--count", N_("so many (10 by default)"), "N", kind=click.IntRange(min=1, max=_MOST), default=_SHOWN
                ),
                Option("--from", N_("after this instant; now by default"), "INSTANT", kind=Instant()),
            ),
            _BLANK,
        ),
        Verb(
            "schedule run",
            N_("Run what is due whenever it is, until Ctrl-C; what was missed is caught up."),
            run,
            (
                switch("--due", N_("run what is due now, then end")),
                Option("--by", N_("what starts it, for the record"), "WORD"),
            ),
            _RUNS,
        ),
        Verb(
            "schedule history",
            N_("Show what became of the newest due times."),
            history,
            (
                Option(
                    "--lines", N_("the newest N lines (50 by default)"), "N", kind=click.IntRange(min=1), default=50
                ),
                switch("--all", N_("those of other configurations that share the backup folder too")),
            ),
            _RUNS,
        ),
        *ACTIONS,
    ),
)
VERBS = {SCHEDULE.name: SCHEDULE}
