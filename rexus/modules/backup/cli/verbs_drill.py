"""The verb drill: restore to an isolated place, prove it, measure it, and drop it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..base.records import Severity, Tick
from ..base.saying import N_
from ..base.texts import _, language
from ..base.watching import HOURS, DrillRequest, DrillVerdict, Figure
from .about import ABOUT
from .answers import Answer, of_job, problem_json
from .parsing import Option, Verb, Word, exclusive, switch
from .session import who
from .streams import clean, put
from .tables import Column, Table, draw
from .wording import glyph, mark, size, span, tick_glyph

if TYPE_CHECKING:
    from .session import Session


def drill(session: Session, *, names: tuple[str, ...], set: str | None, rotate: bool) -> Answer:
    """Test the named databases, all, or the one whose turn it is."""
    exclusive(set=set, rotate=rotate)
    request = DrillRequest(databases=names, set=set, rotate=rotate, requested_by=who())
    model = session.model
    result = session.work(lambda report, cancel: model.drill(request, report, cancel))
    members = {"drills": [_told(one) for one in result.drills]}
    return of_job(result.outcome, members, lambda: tell_verdicts(result.drills))


def _told(one: DrillVerdict) -> dict[str, object]:
    return {
        "set": one.set,
        "name": one.name,
        "ok": one.ok,
        "seconds": one.seconds,
        "bytes": one.bytes,
        "checks": one.checks,
        "figures": [_figure(figure) for figure in one.figures],
        "problems": [problem_json(problem) for problem in one.problems],
    }


def _figure(one: Figure) -> dict[str, object]:
    problem = problem_json(one.problem) if one.problem is not None else None
    return {"name": one.name, "value": one.value, "unit": one.unit, "ok": one.ok, "problem": problem}


def tell_verdicts(drills: tuple[DrillVerdict, ...]) -> None:
    """The table of verdicts, and what the questions gave."""
    titles = (
        Column(_("Database")),
        Column(_("Set")),
        Column(_("Result"), fold=True),
        Column(_("Content"), right=True, spare=2),
        Column(_("Time"), right=True, spare=1),
    )
    table = Table([Column(""), *titles])
    for one in drills:
        content = size(one.bytes) if one.bytes else ""
        style = "red" if one.ok is False else ""
        table.add(_sign(one.ok), one.name, one.set, _words(one), content, span(one.seconds), style=style)
    draw(table)
    for one in drills:
        for figure in one.figures:
            value = glyph("–", "-") if figure.value is None else _value(figure.value, figure.unit)
            sign = _sign(True) if figure.ok else mark(figure.problem.severity if figure.problem else Severity.ERROR)
            put(f"{sign} {one.name}: {clean(figure.name)}: {value}\n")


def _sign(ok: bool | None) -> str:
    if ok is None:
        return mark(Severity.WARNING)
    return glyph("✓", "v") if ok else tick_glyph(Tick.FAILED)


def _words(one: DrillVerdict) -> str:
    if one.ok is None:
        return _("could not be tested")
    if one.ok:
        return _("restored and proven")
    if one.checks and one.checks[0].ok:
        return _("restored and proven; a wrong answer")
    return _("not passed")


def _value(value: float, unit: str) -> str:
    """A number as it is; an age in words."""
    if unit != HOURS:
        return _number(value)
    told = span(abs(value) * 3600)
    return _("{span} before the backup").format(span=told) if value >= 0 else _("{span} after it").format(span=told)


def _number(value: float) -> str:
    """A figure with no more digits than it has."""
    told = f"{value:.10g}"
    return told.replace(".", ",") if language() == "es" else told


DRILL = Verb(
    "drill",
    ABOUT["drill"],
    drill,
    (
        Word("names", "NAME", many=True),
        Option("--set", N_("from this set; by default from the newest that holds the database"), "SET"),
        switch("--rotate", N_("only the database whose restore test is oldest")),
    ),
    {"drills": []},
)
VERBS = {DRILL.name: DRILL}
