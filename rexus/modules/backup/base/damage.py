"""Which words of a server mean that a backup is damaged, and not that something kept it from being looked at."""

from __future__ import annotations

DAMAGE = frozenset(
    {
        "sqlserver.checkdb",
        "sqlserver.damaged_content",
        "sqlserver.not_a_backup",
        "sqlserver.not_that_backup",
        "sqlserver.other_file",
        "sqlserver.page_damaged",
        "sqlserver.set_damaged",
        "sqlserver.set_unfinished",
    }
)
