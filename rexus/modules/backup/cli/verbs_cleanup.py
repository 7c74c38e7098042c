"""The verb cleanup: what nobody needs any more, shown and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..base.records import Origin
from ..base.saying import N_
from ..base.texts import _, n_, sentence
from .about import ABOUT
from .answers import Answer, of_job, problem_json
from .parsing import Verb, switch
from .session import who
from .streams import clean, put
from .tables import Column, Table, draw
from .wording import size

if TYPE_CHECKING:
    from ..base.watching import CleanupItem, CleanupResult
    from .session import Session

_KINDS = {
    "temp": N_("temporary"),
    "restore": N_("of a restore"),
    "partial": N_("unfinished"),
    "orphan": N_("of no set"),
    "log": N_("old log"),
    "audit": N_("audit trail"),
    "safety": N_("raw safety copy"),
}


def cleanup(session: Session, *, plan: bool) -> Answer:
    """Remove what nobody needs any more, or show what that would be."""
    model = session.model
    if plan:
        result = model.plan_cleanup()
    else:
        result = session.work(lambda _report, cancel: model.cleanup(who(), Origin.MANUAL, cancel))
    members = {"items": [_item(one) for one in result.items], "freed_bytes": result.freed_bytes}
    return of_job(result.outcome, members, lambda: _tell(result, plan=plan))


def _item(one: CleanupItem) -> dict[str, object]:
    return {
        "kind": one.kind,
        "path": one.path,
        "bytes": one.bytes,
        "delete": one.delete,
        "because": problem_json(one.because),
    }


def _tell(result: CleanupResult, *, plan: bool) -> None:
    """What goes or went, and what stays for now; each with its reason."""
    going = [one for one in result.items if one.delete]
    staying = [one for one in result.items if not one.delete]
    if going:
        put((_("This would go:") if plan else _("Removed:")) + "\n")
        _table(going)
    if staying:
        put(_("This stays for now:") + "\n")
        _table(staying)
    freed = size(result.freed_bytes)
    if not going:
        put(_("There is nothing to remove.") + "\n")
    elif plan:
        told = n_("{count} item would free {freed}.", "{count} items would free {freed}.", len(going))
        put(told.format(count=len(going), freed=freed) + "\n")
    else:
        told = n_("{count} item removed, {freed} freed.", "{count} items removed, {freed} freed.", len(going))
        put(told.format(count=len(going), freed=freed) + "\n")


def _table(items: list[CleanupItem]) -> None:
    table = Table(
        [
            Column(_("Kind"), spare=2),
            Column(_("Path")),
            Column(_("Size"), right=True, spare=1),
            Column(_("Why"), fold=True),
        ]
    )
    for one in items:
        table.add(_(_KINDS[one.kind]), one.path, size(one.bytes), clean(sentence(one.because).message))
    draw(table)


CLEANUP = Verb(
    "cleanup",
    ABOUT["cleanup"],
    cleanup,
    (switch("--plan", N_("only show what would go, and what has to wait"), alias="--dry-run"),),
    {"items": [], "freed_bytes": 0},
)
VERBS = {CLEANUP.name: CLEANUP}
