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
    if name == "prune":
        from . import verbs_prune

        return verbs_prune.VERBS[name]
    if name == "cleanup":
        from . import verbs_cleanup

        return verbs_cleanup.CLEANUP
    if name == "drill":
        from . import verbs_drill

        return verbs_drill.DRILL
    if name == "health":
        from . import verbs_health

        return verbs_health.HEALTH
    if name == "schedule":
        from . import verbs_schedule

        return verbs_schedule.SCHEDULE
    return _rare(name)


def _rare(name: str) -> Verb | None:
    if name == "notify":
        from . import verbs_notify

        return verbs_notify.NOTIFY
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
