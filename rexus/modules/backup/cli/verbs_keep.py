"""Verbs about keeping: delete, pin, unpin."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ..base.records import Action, Problem, PruneRequest, Severity
from ..base.saying import N_
from ..base.texts import sentence
from .about import ABOUT
from .answers import Answer, of_job, problem_json
from .parsing import Option, Until, Verb, Word
from .session import who
from .streams import clean, put
from .wording import mark, size

if TYPE_CHECKING:
    from ..jobs.removal import RemovalResult
    from .session import Session


def delete(session: Session, *, sets: tuple[str, ...], yes: tuple[str, ...]) -> Answer:
    """Delete the named sets; each must be confirmed by its name."""
    model = session.model
    request = PruneRequest(sets=sets, confirmed=yes, requested_by=who())
    return _decided(session.work(lambda _report, _cancel: model.delete(request)))


def pin(session: Session, *, sets: tuple[str, ...], name: str, until: datetime | None, yes: tuple[str, ...]) -> Answer:
    """Keep the named sets whatever the rules say; nothing is lost, so ``yes`` is not needed.

    Of a set that is pinned already, what is not given stays.
    """
    del yes
    model = session.model
    return _decided(session.work(lambda _report, _cancel: model.pin(sets, name, until, who(), again=True)))


def unpin(session: Session, *, sets: tuple[str, ...], yes: tuple[str, ...]) -> Answer:
    """Take the pins away; nothing is lost by that itself, so ``yes`` is not needed."""
    del yes
    model = session.model
    return _decided(session.work(lambda _report, _cancel: model.unpin(sets, who())))


def _decided(result: RemovalResult) -> Answer:
    decisions = [
        {
            "set": one.set,
            "action": one.action,
            "rule": one.rule,
            "because": problem_json(one.because),
            "bytes": one.bytes,
        }
        for one in result.decisions
    ]
    return of_job(result.outcome, {"decisions": decisions}, lambda: _tell(result))


def _tell(result: RemovalResult) -> None:
    """What was done; what was refused is told as a problem."""
    for one in result.decisions:
        if one.action is not Action.REFUSE:
            freed = f" ({size(one.bytes)})" if one.bytes else ""
            put(f"{mark(Severity.INFO)} {_message(one.because)}{freed}\n")


def _message(because: Problem) -> str:
    return clean(sentence(because).message)


_SETS = Word("sets", "SET", many=True, required=True)
_YES = Option("--yes", N_("taken as in delete, but not needed: nothing is deleted"), "SET", many=True)
VERBS = {
    "delete": Verb(
        "delete",
        ABOUT["delete"],
        delete,
        (_SETS, Option("--yes", N_("the name of each set that may be deleted; may be repeated"), "SET", many=True)),
        {"decisions": []},
    ),
    "pin": Verb(
        "pin",
        ABOUT["pin"],
        pin,
        (
            _SETS,
            Option("--name", N_("why it is kept; without it an earlier name stays"), "TEXT", default=""),
            Option("--until", N_("keep it through this day, or until this instant, only"), "INSTANT", kind=Until()),
            _YES,
        ),
        {"decisions": []},
    ),
    "unpin": Verb("unpin", ABOUT["unpin"], unpin, (_SETS, _YES), {"decisions": []}),
}
