"""All sentences, by code: every room's list in one. A new list is one line here."""

from __future__ import annotations

import importlib

from .saying import Text

_ROOMS = (
    "archive",
    "bak",
    "catalog",
    "chain",
    "cli",
    "config",
    "cut_off",
    "drill",
    "engine",
    "first",
    "health",
    "host",
    "jobs",
    "keep",
    "lost",
    "notices",
    "roles",
    "schedule",
    "server",
    "shortcut",
    "sqlserver",
    "sqlserver_backup",
    "sqlserver_engine",
    "sqlserver_parts",
    "sqlserver_restore",
    "tasks",
    "work",
)
"""The modules ``sentences_…`` of this folder."""


def _of(room: str) -> dict[str, Text]:
    texts: dict[str, Text] = importlib.import_module(f".sentences_{room}", __package__).TEXTS
    return texts


TEXTS: dict[str, Text] = {code: text for room in _ROOMS for code, text in _of(room).items()}
"""What is said for each code; no two rooms have the same one."""
