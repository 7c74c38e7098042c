"""What SQL Server may say of a database or of its backup, by code."""

from __future__ import annotations

from .saying import N_, Text

_UNTOUCHED = N_("Nothing was touched; earlier backups are as they were.")
_NO_BACKUP = N_("No backup was made of it; earlier backups are as they were.")
_NEUTRAL = N_("Earlier backups are as they were; what is unfinished does not count.")

TEXTS: dict[str, Text] = {
    "sqlserver.no_database": Text(
        N_("The server {server} has no database {database}."),
        _UNTOUCHED,
        N_("Correct its name in the settings or in .env; if it was lost, restore it from a backup."),
    ),
    "sqlserver.offline": Text(
        N_("The database {database} is offline."),
        _UNTOUCHED,
        N_("Bring it online: ALTER DATABASE {database_sql} SET ONLINE;"),
    ),
    "sqlserver.restoring": Text(
        N_("The database {database} is in the middle of a restore."),
        N_("The backups are as they were."),
        N_(
            "Finish that restore or restore it again; if all of it is there: "
            "RESTORE DATABASE {database_sql} WITH RECOVERY;"
        ),
    ),
    "sqlserver.being_backed_up": Text(
        N_(
            "The server is writing a backup of {database} that another session began: {login} from {host}, since "
            "{since}, session {session}."
        ),
        N_("A new backup of it waits until that one has ended, and is then made."),
        N_("Wait; or, where nobody needs that backup any more, end it on the server: KILL {session};"),
    ),
    "sqlserver.being_restored": Text(
        N_("Another session is restoring {database} just now: {login} from {host}, since {since}, session {session}."),
        _NO_BACKUP,
        N_("Wait until it has ended; or, where nobody wants that restore any more, on the server: KILL {session};"),
    ),
    "sqlserver.waited": Text(
        N_("The backup of {database} waited for one of another session: {login} from {host}, since {since}."),
        N_("It was then made and proven as always."),
        N_("Nothing to do; where both run by schedule, give them other times."),
    ),
    "sqlserver.single_user": Text(
        N_("The database {database} lets only one user in, and somebody else is."),
        _UNTOUCHED,
        N_("Let everybody in again: ALTER DATABASE {database_sql} SET MULTI_USER WITH ROLLBACK IMMEDIATE;"),
    ),
    "sqlserver.inaccessible": Text(
        N_("The server can't open the database {database}: files are missing or damaged, or memory or disk is short."),
        _NO_BACKUP,
        N_("Look into the server's log; if the files are lost, restore the database from its newest proven backup."),
    ),
    "sqlserver.in_transition": Text(
        N_("The database {database} is just changing its state."), _UNTOUCHED, N_("Try again in a minute.")
    ),
    "sqlserver.state_odd": Text(
        N_("The database {database} can't be backed up in the state it is in (emergency or standby)."),
        _UNTOUCHED,
        N_("Bring the database to its normal state first."),
    ),
    "sqlserver.in_transaction": Text(
        N_("The server takes no backups inside a transaction."),
        _UNTOUCHED,
        N_("Try again; if it happens again, send the log and a --trace-sql file to support."),
    ),
    "sqlserver.disk_damage": Text(
        N_("The server's disk reports errors: «{said}»."),
        _NEUTRAL,
        N_("Check that disk now, and restore the database from its newest proven backup onto a sound one."),
    ),
    "sqlserver.log_unavailable": Text(
        N_("The transaction log of the database {database} is not available."),
        _NO_BACKUP,
        N_("Look into the server's log: the disk of the log file may have failed."),
    ),
    "sqlserver.log_full": Text(
        N_("The transaction log of the database {database} is full (it waits for {wait})."),
        _NO_BACKUP,
        N_("Back up the log more often, or give its file more space."),
    ),
    "sqlserver.memory": Text(
        N_("The server lacks memory: «{said}»."), _NEUTRAL, N_("Try again later, when the server has less to do.")
    ),
    "sqlserver.locked": Text(
        N_("The server gave way to other work on {database}: «{said}»."),
        _NEUTRAL,
        N_("Try again; if it happens often, back up when less is done in that database."),
    ),
    "sqlserver.filegroup_full": Text(
        N_("The server has no room left in its database {full}."),
        _NEUTRAL,
        N_("Make room on the disk of that database, or let its files grow, then try again."),
    ),
    "sqlserver.edition": Text(
        N_("The edition of this server can't do that: «{said}»."),
        _NO_BACKUP,
        N_(
            "Set “sqlserver.compression” to null and leave “sqlserver.encryption_certificate” out: Express can do "
            "neither."
        ),
    ),
    "sqlserver.not_for_backup": Text(
        N_("The server makes no backups of the database {database}: it is tempdb or a snapshot."),
        _UNTOUCHED,
        N_("Take it out of the databases in the settings."),
    ),
    "sqlserver.no_history": Text(
        N_("The backup of {database} is made, but the server could not note it in msdb."),
        N_("The backup itself is complete."),
        N_("Look into the server's log why msdb can't be written; its disk may be full."),
    ),
    "sqlserver.serialized": Text(
        N_("Another backup or a change of the files of {database} runs on the server."),
        _NO_BACKUP,
        N_("Try again when it has ended; another program may back up at the same time."),
    ),
    "sqlserver.master_full_only": Text(
        N_("Of the database master only full backups can be made."), _UNTOUCHED, N_("Make a full backup of it.")
    ),
    "sqlserver.no_base": Text(
        N_("A differential backup of {database} needs a full one before it, and the server knows of none."),
        _NO_BACKUP,
        N_("Make a full backup of it first; “copy_only” ones do not count."),
    ),
    "sqlserver.simple_model": Text(
        N_("The database {database} has the recovery model SIMPLE: it has no log backups."),
        _NO_BACKUP,
        N_("Make full or differential backups, or change it: ALTER DATABASE {database_sql} SET RECOVERY FULL;"),
    ),
    "sqlserver.no_full": Text(
        N_("The log of {database} can't be backed up before a full backup was made."),
        _NO_BACKUP,
        N_("Make a full backup of it first."),
    ),
    "sqlserver.damaged_content": Text(
        N_("What was backed up or restored of {database} is damaged: «{said}»."),
        N_("It does not count as good; earlier backups are as they were."),
        N_("Check the database with DBCC CHECKDB, and restore it from its newest proven backup."),
    ),
    "sqlserver.page_damaged": Text(
        N_("The database {database} has damaged pages: «{said}»."),
        N_("It was not kept as a good backup; earlier backups are as they were."),
        N_("Check the disk of the server, and restore the database from its newest proven backup."),
    ),
    "sqlserver.secondary": Text(
        N_("The database {database} is a secondary replica here, of which the server makes no such backups."),
        _NO_BACKUP,
        N_("Back up at the primary replica, or make full backups with “sqlserver.copy_only”."),
    ),
    "sqlserver.media_differs": Text(
        N_("The file {path} on the server holds something that this backup can't be added to."),
        _NO_BACKUP,
        N_("Try again: every backup gets a file of its own. Remove the file if it is no backup."),
    ),
    "sqlserver.certificate_expired": Text(
        N_("The certificate {certificate}, by which backups are encrypted, has expired."),
        _NO_BACKUP,
        N_(
            "Make a new certificate in master, save it with its private key, and name it in "
            "“sqlserver.encryption_certificate”."
        ),
    ),
    "sqlserver.no_master_key": Text(
        N_("The server has no master key open by which it could encrypt."),
        _NO_BACKUP,
        N_("In master, as administrator: CREATE MASTER KEY ENCRYPTION BY PASSWORD = …, or OPEN it."),
    ),
    "sqlserver.no_certificate": Text(
        N_("The server lacks the certificate by which the backup is encrypted (thumbprint {thumbprint})."),
        N_("The backups are as they were."),
        N_(
            "Bring that certificate with its private key into master first: "
            "CREATE CERTIFICATE … FROM FILE … WITH PRIVATE KEY …"
        ),
    ),
    "sqlserver.path_denied": Text(
        N_("The server may not use {path}: the operating system refuses it (error {os_error})."),
        _NEUTRAL,
        N_(
            "Give the account of the SQL Server service the right to read and write that folder; it is that account "
            "that opens the file, not you. On Linux the folder may also be missing."
        ),
    ),
    "sqlserver.path_missing": Text(
        N_("There is no {path} for the server (error {os_error})."),
        _NEUTRAL,
        N_(
            "Make the folder on the server, or correct “sqlserver.server_backup_dir”: it is a path of the server's own."
        ),
    ),
    "sqlserver.path_read_only": Text(
        N_("The server can't write to {path}: the disk is write-protected."), _NEUTRAL, N_("Choose another folder.")
    ),
    "sqlserver.path_failed": Text(
        N_("The server can't open {path}: {reason} (error {os_error})."),
        _NEUTRAL,
        N_("Look whether the folder exists on the server and whether the account of its service may write there."),
    ),
    "sqlserver.file_in_use": Text(
        N_("Another program on the server holds {path}."),
        _NEUTRAL,
        N_("Find out which one (antivirus programs do it), exclude the folder from it, and try again."),
    ),
    "sqlserver.disk_full": Text(
        N_("The disk of the server is full: {path} could not be written."),
        N_("The unfinished file does not count; earlier backups are as they were."),
        N_("Make room on that disk of the server, or name another folder in “sqlserver.server_backup_dir”."),
    ),
    "sqlserver.share_unreachable": Text(
        N_("The server can't reach the share of {path} (error {os_error})."),
        _NEUTRAL,
        N_(
            "Look whether that machine is up, and write the path as \\\\machine\\share: drive letters of users do "
            "not count."
        ),
    ),
    "sqlserver.share_denied": Text(
        N_("The share of {path} does not let the server in (error {os_error})."),
        _NEUTRAL,
        N_(
            "Give the account of the SQL Server service rights on the share and the folder; a service account shows "
            "itself on the network as the machine, DOMAIN\\MACHINE$."
        ),
    ),
    "sqlserver.place_name": Text(
        N_("The server can't take {path} as a path."),
        _NEUTRAL,
        N_("Write a shorter or plainer path in “sqlserver.server_backup_dir”."),
    ),
    "sqlserver.file_system_limit": Text(
        N_("The file system of the server has come to a limit of its own at {path} (error 665)."),
        _NEUTRAL,
        N_("Use another disk, formatted with large file records (format /L)."),
    ),
    "sqlserver.write_failed": Text(
        N_("The server could not write {path} to its end: {reason} (error {os_error})."),
        N_("The unfinished file does not count; earlier backups are as they were."),
        N_("Check that disk or share of the server, and try again."),
    ),
    "sqlserver.read_failed": Text(
        N_("The server could not read {path}: {reason} (error {os_error})."),
        N_("Other backups are as they were."),
        N_("Check that disk or share of the server, and try again."),
    ),
    "sqlserver.aborted": Text(
        N_("The server broke the work on {database} off."),
        N_("The unfinished file does not count; earlier backups are as they were."),
        N_("Somebody may have ended the session; look into the server's log and try again."),
    ),
    "sqlserver.stripes_count": Text(
        N_("A backup has at least one file and at most {allowed}."),
        _UNTOUCHED,
        N_("Set “sqlserver.stripes” to a number from 1 to {allowed}."),
    ),
    "sqlserver.no_device": Text(
        N_("The server knows no backup device {path}."), _UNTOUCHED, N_("Name a folder of the server instead.")
    ),
    "sqlserver.url_limit": Text(
        N_("The backup is too large for one file at {path}."),
        _NO_BACKUP,
        N_("Spread it over more files with “sqlserver.stripes” (up to 64), or back up to a folder of the server."),
    ),
    "sqlserver.url_failed": Text(
        N_("The server could not use {path}: «{said}»."),
        _NO_BACKUP,
        N_(
            "Look whether the server has a credential of exactly that address, whether its signature is still valid, "
            "and whether the server reaches the address."
        ),
    ),
    "sqlserver.check_errors": Text(
        N_("CHECKDB found errors in the database {database}: «{said}»."),
        N_("The backups are as they were; this copy does not count as good."),
        N_("Check the disk of the server, and restore the database from its newest proven backup."),
    ),
    "sqlserver.check_unknown": Text(
        N_("CHECKDB could not come to an end in {database}: «{said}»."),
        N_("Nothing was changed; whether the database is sound is unknown."),
        N_("Make room for tempdb on the server and check again; if it stays so, restore from a proven backup."),
    ),
}
