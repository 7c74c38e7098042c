"""What roles and rows in the audit database may have to tell, by code."""

from __future__ import annotations

from .saying import N_, Text

_DONE = N_("What was done is done, and stands in the audit trail of the backup folder.")

TEXTS: dict[str, Text] = {
    "role.denied": Text(
        N_("{who} may not do this here: {what}. Role: {role}."),
        N_("Nothing was touched."),
        N_("Ask an administrator to do it, or to add one of your groups to roles.{needs} in the settings."),
    ),
    "role.denied_by_host": Text(
        N_("{who} may not do this here: {what}. Role: {role}."),
        N_("Nothing was touched."),
        N_("Ask an administrator of the application to do it, or to give you another role there."),
    ),
    "audit_row.no_table": Text(
        N_("The database {database} has no audit table that a row could go to ({allowed})."),
        _DONE,
        N_("Name another database in audit_database, or null; the tables are made by the application, never here."),
    ),
    "audit_row.unwritten": Text(
        N_("No row could be added to the audit table of {database}: {reason}"),
        _DONE,
        N_("See what holds or damages that database; the next action writes its own row again."),
    ),
}
