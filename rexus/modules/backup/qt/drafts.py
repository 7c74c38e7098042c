"""Settings that somebody changed and did not save: kept by the process, for a host lets go of a page without asking."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..config.draft import Draft

if TYPE_CHECKING:
    from .desk import Desk

_waiting: dict[tuple[Path, str], Draft] = {}
"""By configuration and person: nobody saves what another one typed."""


def keep(desk: Desk, draft: Draft) -> None:
    """Remember what is changed in it; one without changes is forgotten."""
    if draft.changes():
        _waiting[_key(desk)] = draft
    else:
        forget(desk)


def forget(desk: Desk) -> None:
    """It was saved."""
    _waiting.pop(_key(desk), None)


def waiting(desk: Desk) -> Draft | None:
    """What the person changed and did not save; whether the file is still the same shows when it is saved."""
    return _waiting.get(_key(desk))


def _key(desk: Desk) -> tuple[Path, str]:
    return desk.config.absolute(), desk.who
