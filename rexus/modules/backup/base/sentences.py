"""All sentences, by code: every room's list in one. A new list is one line here, twice."""

from __future__ import annotations

from . import (
    sentences_archive,
    sentences_bak,
    sentences_catalog,
    sentences_chain,
    sentences_cli,
    sentences_config,
    sentences_drill,
    sentences_engine,
    sentences_first,
    sentences_health,
    sentences_host,
    sentences_jobs,
    sentences_keep,
    sentences_notices,
    sentences_roles,
    sentences_schedule,
    sentences_shortcut,
    sentences_sqlserver,
    sentences_sqlserver_backup,
    sentences_sqlserver_engine,
    sentences_sqlserver_restore,
    sentences_tasks,
    sentences_work,
)
from .saying import Text

_ROOMS = (
    sentences_archive,
    sentences_bak,
    sentences_catalog,
    sentences_chain,
    sentences_cli,
    sentences_config,
    sentences_drill,
    sentences_engine,
    sentences_first,
    sentences_health,
    sentences_host,
    sentences_jobs,
    sentences_keep,
    sentences_notices,
    sentences_roles,
    sentences_schedule,
    sentences_shortcut,
    sentences_sqlserver,
    sentences_sqlserver_backup,
    sentences_sqlserver_engine,
    sentences_sqlserver_restore,
    sentences_tasks,
    sentences_work,
)
TEXTS: dict[str, Text] = {code: text for room in _ROOMS for code, text in room.TEXTS.items()}
"""What is said for each code; no two rooms have the same one."""
