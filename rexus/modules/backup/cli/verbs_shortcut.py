"""The verb shortcut: the window in the menu of programs and on the desktop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..base import shortcut as shortcuts
from ..base.files import RealFiles
from ..base.records import Problem, Severity
from ..base.saying import N_
from ..base.texts import _
from .about import ABOUT
from .answers import Answer, settled
from .parsing import Verb, switch
from .streams import clean, folded, put

if TYPE_CHECKING:
    from ..base.shortcut import Shortcut
    from .session import Session

_NONE: tuple[Problem, ...] = ()
_KINDS = {"menu": N_("menu of programs"), "desktop": N_("desktop"), "icon": N_("icon")}


def shortcut(session: Session, *, remove: bool) -> Answer:
    """Put the shortcuts to the window where the person looks for them, or take them away."""
    config = session.options.config
    if remove:
        found, problems = shortcuts.remove(config, RealFiles()), _NONE
    else:
        found = shortcuts.install(config, _("Backs up, proves and restores the databases of Rexus.app."), RealFiles())
        problems = _lacking(found)
    members = {"shortcuts": [{"kind": one.kind, "path": one.path} for one in found], "removed": remove}
    return Answer(
        status=settled(problems),
        problems=problems,
        members=members,
        tell=lambda: _tell(found, removed=remove),
    )


def _lacking(found: tuple[Shortcut, ...]) -> tuple[Problem, ...]:
    """Say so where there is no desktop folder to put one on."""
    if any(one.kind == "desktop" for one in found):
        return ()
    return (Problem(code="shortcut.no_folder", severity=Severity.INFO),)


def _tell(found: tuple[Shortcut, ...], *, removed: bool) -> None:
    if not found:
        put(_("There was no shortcut; there is nothing to remove.") + "\n")
        return
    put((_("Removed:") if removed else _("Written:")) + "\n")
    for one in found:
        put(folded(f"  {_(_KINDS[one.kind])}: {clean(one.path)}", 4) + "\n")


SHORTCUT = Verb(
    "shortcut",
    ABOUT["shortcut"],
    shortcut,
    (switch("--remove", N_("take the shortcuts away")),),
    {"shortcuts": [], "removed": False},
)
VERBS = {SHORTCUT.name: SHORTCUT}
