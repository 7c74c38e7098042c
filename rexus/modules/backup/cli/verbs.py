"""The verbs there are. Each is imported only when it is wanted."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .parsing import Verb

_HOMES = {
    "backup": "verbs_prove",
    "list": "verbs_look",
    "show": "verbs_look",
    "verify": "verbs_prove",
    "restore": "verbs_restore",
    "delete": "verbs_keep",
    "pin": "verbs_keep",
    "unpin": "verbs_keep",
    "prune": "verbs_prune",
    "cleanup": "verbs_cleanup",
    "drill": "verbs_drill",
    "health": "verbs_health",
    "schedule": "verbs_schedule",
    "notify": "verbs_notify",
    "check": "verbs_look",
    "config": "verbs_config",
    "audit": "verbs_trail",
    "log": "verbs_trail",
    "demo": "verbs_demo",
    "example": "verbs_example",
    "shortcut": "verbs_shortcut",
    "host": "verbs_host",
    "menu": "menu",
    "run": "verbs_run",
}
"""The module of each verb; there it stands in ``VERBS``."""


def find(name: str) -> Verb | None:
    """The verb of that name, or None."""
    home = _HOMES.get(name)
    if home is None:
        return None
    verbs: dict[str, Verb] = import_module(f".{home}", __package__).VERBS
    return verbs[name]
