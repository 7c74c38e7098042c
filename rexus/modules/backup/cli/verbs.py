"""The verbs there are. Each is imported only when it is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .parsing import Verb


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
