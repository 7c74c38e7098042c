"""After settings were saved: databases that are not where these say are told, with the way to the field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..base.records import Problem, Severity
from ..base.texts import _

if TYPE_CHECKING:
    from ..model import BackupModel
    from .desk import Desk

_GONE = "source.missing"


def tell_misplaced(desk: Desk) -> None:
    """Tell what was saved of a place where no database is; it was saved all the same, for a disk may come back."""

    def show(missing: Problem | None) -> None:
        desk.solved(_GONE)
        if missing is not None:
            desk.tell(missing, mend=_("Correct its path…"), act=lambda: desk.go("settings", section="databases"))

    desk.ask(desk, _first_missing, show, lambda _problem: None, key="placed")


def _first_missing(model: BackupModel) -> Problem | None:
    if model.loaded.settings.engine != "sqlite":
        return None
    for name, place in model.loaded.settings.databases.items():
        for one in model.try_database(name, place):
            if one.code == _GONE:
                return Problem(code=one.code, severity=Severity.WARNING, values=dict(one.values))
    return None
