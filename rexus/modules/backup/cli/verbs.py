"""The verbs there are. Each is imported only when it is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..base.texts import N_

if TYPE_CHECKING:
    from .parsing import Verb

ABOUT = {
    "backup": N_("Back up the databases, the configuration and the application files."),
    "list": N_("List the backup sets, newest first."),
    "show": N_("Show everything known of one set."),
    "verify": N_("Prove that stored sets are whole."),
    "restore": N_("Bring databases or files back."),
    "delete": N_("Delete sets."),
    "pin": N_("Keep sets whatever the rules say."),
    "unpin": N_("Take the pins of sets away."),
    "check": N_("Look whether a backup would work now."),
    "config": N_("Write, show, check or import the configuration."),
    "audit": N_("Show who did what, or prove that this record is whole."),
    "log": N_("Show the program's log."),
    "demo": N_("See it all on invented data: back up, prove, damage, restore."),
    "menu": N_("Choose from a menu."),
}
"""Every verb with its sentence, in the order of the help."""


def find(name: str) -> Verb | None:
    """The verb of that name, or None."""
    if name in ("list", "show", "check"):
        from . import verbs_look

        return verbs_look.VERBS[name]
    if name in ("backup", "verify"):
        from . import verbs_prove

        return verbs_prove.VERBS[name]
    if name == "restore":
        from . import verbs_restore

        return verbs_restore.RESTORE
    if name in ("delete", "pin", "unpin"):
        from . import verbs_keep

        return verbs_keep.VERBS[name]
    if name in ("audit", "log"):
        from . import verbs_trail

        return verbs_trail.VERBS[name]
    return _seldom(name)


def _seldom(name: str) -> Verb | None:
    if name == "config":
        from . import verbs_config

        return verbs_config.CONFIG
    if name == "demo":
        from . import verbs_demo

        return verbs_demo.DEMO
    if name == "menu":
        from . import menu

        return menu.MENU
    return None
