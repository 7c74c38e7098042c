"""What roles and rows in the audit database may have to tell, by code."""

from __future__ import annotations

from .saying import N_, Text

_DONE = N_("What the job came to is not changed by this; the audit trail of the backup folder is kept apart from it.")

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
    "role.no_administrators": Text(
        N_("In {file} groups are named for {value} and none for roles.administrators: who could then restore?"),
        N_("Nothing was touched."),
        N_("Name the group of the administrators in roles.administrators, or name no groups at all."),
    ),
    "role.unknown_group": Text(
        N_("{key} names «{group}», and this machine knows no group or account of that name."),
        N_("Nobody gets rights by a group that does not exist."),
        N_("Correct the name, or make the group: whoever is to have these rights has none by it."),
    ),
    "role.no_rights": Text(
        N_("With these settings {who} may do nothing here, not even look."),
        N_("Nothing was touched, and the settings can be corrected with any editor."),
        N_("Add one of its groups, or its name, to roles.administrators, roles.operators or roles.viewers."),
    ),
    "role.no_runner": Text(
        N_("{who} has no right to run the schedules: started by this account, nothing of them runs. Role: {role}."),
        N_("What other accounts run is not affected."),
        N_("Add one of its groups to roles.{needs} in the settings, or have the schedules run by an account that may."),
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
