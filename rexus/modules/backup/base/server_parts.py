"""What of a database server itself a set may hold: the databases that it keeps for its own use."""

from __future__ import annotations

SYSTEM_DATABASES = ("master", "model", "msdb")
"""``tempdb`` is made anew at every start and can't be backed up."""


def is_system(location: str) -> bool:
    """Whether that is the name of a database that the server needs for itself."""
    return location.casefold() in SYSTEM_DATABASES
