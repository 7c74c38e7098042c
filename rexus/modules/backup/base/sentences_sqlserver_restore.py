"""What SQL Server may say of a restore, by code."""

from __future__ import annotations

from .saying import N_, Text

_OLD_STAYS = N_("The database at its place is as it was, and so are all backups.")
_HALF = N_("The backups are as they were; the database may be left in the middle of a restore.")
_OTHER_BACKUPS = N_("Other backups are as they were.")

TEXTS: dict[str, Text] = {
    "sqlserver.in_use": Text(
        N_("The database {database} is in use, and others came in faster than the restore."),
        _OLD_STAYS,
        N_("Close the programs that use it (or stop their services) and restore again."),
    ),
    "sqlserver.in_group": Text(
        N_("The database {database} belongs to an availability group or is mirrored; it can't be restored there."),
        _OLD_STAYS,
        N_("Take it out of the group first, or restore under another name with --to."),
    ),
    "sqlserver.has_snapshot": Text(
        N_("The database {database} has a snapshot ({snapshot}), so the server does not let it be replaced."),
        _OLD_STAYS,
        N_("Drop that snapshot first, or restore under another name with --to."),
    ),
    "sqlserver.recovery_failed": Text(
        N_("The server restored {database} and could not open it: «{said}»."),
        _HALF,
        N_("Look into the server's log for the reason, and restore from an earlier backup."),
    ),
    "sqlserver.system_database": Text(
        N_("A system database can be restored only by its own rules: «{said}»."),
        _OLD_STAYS,
        N_("Follow Microsoft's instructions for that database; master needs a server started with -m."),
    ),
    "sqlserver.other_database": Text(
        N_("The backup holds another database than the existing {database}."),
        _OLD_STAYS,
        N_("Restore under another name with --to, or confirm that it shall be overwritten."),
    ),
    "sqlserver.tail_unsaved": Text(
        N_("The newest changes of the database {database} are in no backup yet."),
        _OLD_STAYS,
        N_("Make a log backup first, or confirm that those changes may be lost."),
    ),
    "sqlserver.target_file_used": Text(
        N_("The file {path} belongs to the database {other}."),
        _OLD_STAYS,
        N_("Restore under another name with --to: then the files get places of their own."),
    ),
    "sqlserver.target_file_exists": Text(
        N_("There is already a file {path} on the server."),
        _OLD_STAYS,
        N_("Restore under another name with --to, or remove the file on the server if nobody needs it."),
    ),
    "sqlserver.target_path": Text(
        N_("The server can't put a file of the database at {path}: «{said}»."),
        _OLD_STAYS,
        N_("Make that folder on the server and give its service the right to it, or set “sqlserver.data_dir”."),
    ),
    "sqlserver.target_full": Text(
        N_("The disk of the server became full while the database's file {path} was written."),
        _HALF,
        N_("Make room there, or put the files on another disk with “sqlserver.data_dir” and “sqlserver.log_dir”."),
    ),
    "sqlserver.move_clash": Text(
        N_("Two files of the database would go to {path}."), _OLD_STAYS, N_("Restore again; send the log to support.")
    ),
    "sqlserver.move_unknown": Text(
        N_("The backup has no file {file}."), _OLD_STAYS, N_("Restore again; send the log to support.")
    ),
    "sqlserver.planning": Text(
        N_("The server could not plan the restore of {database}: «{said}»."),
        _OLD_STAYS,
        N_("Look into the server's log for what it said before."),
    ),
    "sqlserver.no_room": Text(
        N_("The disk {volume} of the server has no room for the database: {needed} more are needed, {free} are free."),
        _OLD_STAYS,
        N_("Make room there, or put the files on another disk with “sqlserver.data_dir” and “sqlserver.log_dir”."),
    ),
    "sqlserver.express_size": Text(
        N_("The database is larger than this edition of SQL Server allows: «{said}»."),
        _OLD_STAYS,
        N_("Restore it on a server of a larger edition."),
    ),
    "sqlserver.edition_feature": Text(
        N_("The database {database} uses something that this edition of SQL Server does not have: «{said}»."),
        _HALF,
        N_("Restore it on a server of the edition that it came from."),
    ),
    "sqlserver.newer": Text(
        N_("The backup comes from a newer SQL Server (version {source_version}) than this one ({server_version})."),
        _OLD_STAYS,
        N_("Restore it on a server of that version or newer; there is no way back to an older one."),
    ),
    "sqlserver.not_a_backup": Text(
        N_("{path} is no backup that this server can read."),
        _OTHER_BACKUPS,
        N_("Check the set with “verify”; if its bytes are unchanged, it may be of a newer server or encrypted."),
    ),
    "sqlserver.set_unfinished": Text(
        N_("The backup in {path} was broken off before its end."),
        _OTHER_BACKUPS,
        N_("Restore from another backup; delete this one."),
    ),
    "sqlserver.set_damaged": Text(
        N_("The backup is damaged: «{said}»."),
        _OTHER_BACKUPS,
        N_("Restore from another backup, and check the disk that this one is on."),
    ),
    "sqlserver.set_password": Text(
        N_("The backup has a password of its own, as old versions of SQL Server made them."),
        _OTHER_BACKUPS,
        N_("Restore it by hand: RESTORE … WITH PASSWORD = …"),
    ),
    "sqlserver.no_set": Text(
        N_("The file {path} holds no backup number {position}."),
        _OTHER_BACKUPS,
        N_("Check the set with “verify”: the file is not the one that was written."),
    ),
    "sqlserver.no_checksum": Text(
        N_("The backup was made without checksums, so its pages can't be proven."),
        _OTHER_BACKUPS,
        N_("Make new backups with this program: they have checksums."),
    ),
    "sqlserver.stripes_missing": Text(
        N_("The backup is spread over {families} files, and {given} were given."),
        _OTHER_BACKUPS,
        N_("Put all files of the set back to where they were."),
    ),
    "sqlserver.stripes_wrong": Text(
        N_("The files do not make up one backup: «{said}»."),
        _OTHER_BACKUPS,
        N_("Put exactly the files of that one set together."),
    ),
    "sqlserver.chain_closed": Text(
        N_("The database {database} is online already: nothing more can be applied to it."),
        _OTHER_BACKUPS,
        N_("Begin the restore again from the full backup."),
    ),
    "sqlserver.chain_no_database": Text(
        N_("There is no database {database} that this backup could be applied to."),
        _OTHER_BACKUPS,
        N_("Begin the restore from the full backup."),
    ),
    "sqlserver.chain_other_full": Text(
        N_("The differential backup belongs to another full backup than the one that was restored."),
        _HALF,
        N_("Restore again with the full backup that was the newest when the differential one was made."),
    ),
    "sqlserver.chain_gap": Text(
        N_("Log backups are missing in between: this one begins at {first_lsn}, needed is {needed_lsn}."),
        _HALF,
        N_("Look for the missing log backup (another program may have made it), or restore to an earlier instant."),
    ),
    "sqlserver.chain_old": Text(
        N_("The log backup ends at {last_lsn}, before what is restored already ({needed_lsn})."),
        _HALF,
        N_("Restore again; the next newer log backup follows here."),
    ),
    "sqlserver.chain_fork": Text(
        N_("The backup belongs to another line of the database's history: it was restored in between."),
        _HALF,
        N_("Restore again from a full backup of the same line."),
    ),
    "sqlserver.chain_step": Text(
        N_("The restore was broken off earlier or its steps do not fit: «{said}»."),
        _HALF,
        N_("Begin the restore again from the full backup."),
    ),
    "sqlserver.not_consistent": Text(
        N_("The database {database} can't go online yet: more log has to be applied."),
        _HALF,
        N_("Restore again and apply all log backups up to the instant."),
    ),
    "sqlserver.stop_simple": Text(
        N_("The database {database} has the recovery model SIMPLE: only whole backups can be restored."),
        _OLD_STAYS,
        N_("Choose the instant of a backup."),
    ),
    "sqlserver.stop_bulk": Text(
        N_("This log backup holds bulk operations: it can be restored as a whole only, not to an instant in it."),
        _HALF,
        N_("Choose an instant before or after that log backup."),
    ),
    "sqlserver.stop_early": Text(
        N_("The instant lies before the end of the backup that the restore begins with."),
        _HALF,
        N_("Choose a later instant, or begin with an earlier full backup."),
    ),
    "sqlserver.access": Text(
        N_("The server was to open {database} as {wanted}, and it is open as {now}."),
        N_("The content of the database was not changed by that."),
        N_("Look whether somebody or something else changes that database's settings, and try again."),
    ),
    "restore.still_closed": Text(
        N_("{target} could not be opened again to whom it was open ({access}): {why}."),
        N_("Its content is whole. Nothing can be written in it until it is opened."),
        N_("Bring the server back and run any backup: that opens it."),
    ),
    "restore.access_kept": Text(
        N_("{target} is open as {access}: so it was before, and so it stays."),
        N_("Whoever closed it finds it closed; its content is whole."),
        N_("When the work there is over: {statement}"),
    ),
    "restore.read_only": Text(
        N_("{target} can only be read, as it was when it was backed up."),
        N_("Its content is whole."),
        N_("If it shall be written in: {statement}"),
    ),
    "undo.opened": Text(
        N_("{target} had been closed to writers by a restore that died; it is open again ({access})."),
        N_("Whatever was written in it before is in it."),
        N_("Look whether the application works; what it tried to write meanwhile was refused."),
    ),
    "undo.not_kept": Text(
        N_("{target} can't be put back: it was not online before the restore, so nothing of it could be kept."),
        N_("The backups are as they were. It is {state} now."),
        N_("Restore it again, from this set or another one, with --overwrite."),
    ),
    "check.restore_closed": Text(
        N_("A restore of {database} died before it changed any content; the databases may be closed to writers."),
        N_("Their content is whole and can be read."),
        N_("Run any backup: that opens them to whom they were open."),
    ),
    "check.restore_unopened": Text(
        N_("A restore of {database} is done and proven, but it died before the databases were opened to writers."),
        N_("Their restored content is whole and can be read."),
        N_("Run any backup: that opens them and tidies up."),
    ),
    "check.drill_open": Text(
        N_("A restore test of {database} died; its own database {target} may still be on the server."),
        N_("The database itself was not touched."),
        N_("Run any backup: that drops it."),
    ),
}
