"""What the engine for SQL Server itself may have to tell, by code: preflight, proof of backups, restores."""

from __future__ import annotations

from .saying import N_, Text

_UNTOUCHED = N_("Nothing was touched; earlier backups are as they were.")
_NOT_MADE = N_("No backup was made of it; earlier backups are as they were.")
_WORKS = N_("Backups work all the same.")
_KEPT = N_("The backup itself was made and is kept.")
_AS_IT_WAS = N_("The database at its place is as it was, and so are all backups.")
_RESTORED = N_("The database was restored and can be used.")
_NOTHING = N_("There is nothing to do.")

TEXTS: dict[str, Text] = {
    "restore.no_meeting": Text(
        N_(
            "The server can't read the backup {file} of {database}: there is no folder that both this machine "
            "and the server see."
        ),
        _AS_IT_WAS,
        N_(
            "Set sqlserver.server_backup_dir and sqlserver.client_backup_dir to the two names of one shared "
            "folder; or unpack the backup with restore --to FILE.bak and restore it on the server."
        ),
    ),
    "restore.one_name": Text(
        N_("{count} databases can't all be restored as «{value}»."),
        _AS_IT_WAS,
        N_("Restore them one by one, each with a name of its own."),
    ),
    "restore.state": Text(
        N_("{target} is {state} on the server, so it can't be kept before it is overwritten."),
        _AS_IT_WAS,
        N_("Restore under another name (--to NAME), or bring the database online first."),
    ),
    "restore.not_kept": Text(
        N_("{target} is {state}, so it can't be kept before it is overwritten."),
        N_("The backups are as they were."),
        N_("Restore under another name (--to NAME) if anything in it may be worth keeping."),
    ),
    "sqlserver.not_that_backup": Text(
        N_("The file {path} on the server is not the backup {file}."),
        _AS_IT_WAS,
        N_("Look whether somebody moved or overwrote it; restore from another backup."),
    ),
    "sqlserver.not_asked": Text(
        N_("The server did not verify {path}: it can't see it, or was not to be asked."),
        N_("This machine read it whole and found every page sound."),
        N_("To have the server's word too, look with check that it is reached and shares its folder."),
    ),
    "sqlserver.edition_no_encryption": Text(
        N_("{server} ({edition}) can't encrypt backups, and the settings ask for it."),
        _NOT_MADE,
        N_("Remove sqlserver.encryption_certificate, or use an edition that encrypts."),
    ),
    "sqlserver.stop_beyond": Text(
        N_("The backups of {database} end before {at}: what came back is the last state that they hold."),
        _RESTORED,
        N_("If more is needed, look for a later log backup."),
    ),
    "restore.thrown_out": Text(
        N_("Whoever is in {target} will be thrown out: {who}."),
        N_("What they have saved is in the safety copy; what they have not is lost."),
        N_("Ask them to close the application first."),
    ),
    "restore.were_thrown_out": Text(
        N_("Whoever was in {target} was thrown out: {who}."),
        N_("What they had saved is in the safety copy; what they had not is lost."),
        N_("Tell them that they have to enter again."),
    ),
    "restore.rows_differ": Text(
        N_("{database}: the table {table} has {found} rows after the restore, and {expected} were backed up."),
        N_("The backup is kept as it is."),
        N_("Restore from an earlier backup, and look why this one is different: verify SET --depth engine."),
    ),
    "chain.check_failed": Text(
        N_("The last check of this backup failed."),
        N_("The other backups are not affected."),
        N_("Check it again: verify SET."),
    ),
    "sqlserver.header_count": Text(
        N_("The file {path} that {server} wrote of {database} holds {count} backups instead of one."),
        _NOT_MADE,
        N_("Look whether another program writes in the same folder of the server, and back up again."),
    ),
    "sqlserver.header_differs": Text(
        N_("The file {path} that {server} wrote of {database} is not what was asked for ({what})."),
        _NOT_MADE,
        N_("Back up again; if it happens again, send the log to support."),
    ),
    "sqlserver.not_verified": Text(
        N_("The server was not asked to verify the backup of {database}: the login {login} may not."),
        _KEPT,
        N_("On the server: GRANT CREATE ANY DATABASE TO [{login}]; or verify with a login that may restore."),
    ),
    "sqlserver.unverifiable": Text(
        N_(
            "Nothing could prove the backup of {database}: the login {login} may not read headers on {server}, "
            "and this machine does not see the server's folder."
        ),
        _NOT_MADE,
        N_("On the server: GRANT CREATE ANY DATABASE TO [{login}]; or share the backup folder with this machine."),
    ),
    "sqlserver.folders_differ": Text(
        N_("{here} on this machine is not the folder that the server knows as {there}."),
        _NOT_MADE,
        N_("Correct sqlserver.client_backup_dir or sqlserver.server_backup_dir: both must name the same folder."),
    ),
    "sqlserver.other_file": Text(
        N_("{path} is not the backup that {server} has just made of {database}."),
        _NOT_MADE,
        N_("Correct sqlserver.client_backup_dir: it must be the server's own backup folder."),
    ),
    "sqlserver.file_left": Text(
        N_("The file {path} stays on the server: it could not be removed."),
        N_("It is in nobody's way; no set needs it."),
        N_("Remove it on the server."),
    ),
    "sqlserver.no_folder": Text(
        N_("{server} does not say where it keeps backups."),
        _UNTOUCHED,
        N_("Write a folder of the server in sqlserver.server_backup_dir."),
    ),
    "sqlserver.no_files": Text(
        N_("The backup {path} of {database} names no files of a database."),
        _AS_IT_WAS,
        N_("Restore from another backup."),
    ),
    "sqlserver.checkdb": Text(
        N_("{database} is damaged: CHECKDB found {count} errors. «{said}»"),
        N_("All backups are as they were."),
        N_("Restore from an earlier backup, and check the server's disks."),
    ),
    "sqlserver.orphan": Text(
        N_("The user {user} of {database} belongs to no login of this server."),
        _RESTORED,
        N_("Join them again: {statement}"),
    ),
    "sqlserver.orphan_unknown": Text(
        N_("The user {user} of {database} belongs to no login of this server, and there is none of that name."),
        _RESTORED,
        N_(
            "Make its login with the same SID, then they belong together: {statement} The script of logins in a set "
            "does it with the old password."
        ),
    ),
    "sqlserver.no_owner": Text(
        N_("{database} has no owner that this server knows."),
        _RESTORED,
        N_("Give it one: {statement}"),
    ),
    "sqlserver.reached": Text(
        N_("{server} answers: {edition}, version {version}, by {client} in {took_ms} ms."),
        _WORKS,
        _NOTHING,
    ),
    "sqlserver.old_version": Text(
        N_("{server} is {version}; this program is made for SQL Server 2017 and newer."),
        N_("Backups are proven all the same, or fail with a reason."),
        N_("Update the server when you can."),
    ),
    "sqlserver.edition_no_disk": Text(
        N_("{server} ({edition}) makes no backups to a disk."),
        _UNTOUCHED,
        N_("Use the backups that the service makes by itself."),
    ),
    "sqlserver.express": Text(
        N_(
            "{server} is {edition}: no compression and no encryption by the server, and databases of at most "
            "{most_bytes}."
        ),
        _WORKS,
        N_("There is nothing to do: this program compresses by itself."),
    ),
    "sqlserver.verify_right": Text(
        N_("The login {login} may not verify nor restore backups."),
        N_("Backups are made all the same; where this machine sees them, it checks every page by itself."),
        N_(
            "On the server: GRANT CREATE ANY DATABASE TO {login_sql}; to restore over a database: ALTER SERVER "
            "ROLE dbcreator ADD MEMBER {login_sql};"
        ),
    ),
    "sqlserver.progress_right": Text(
        N_("The login {login} may not see how far the server is."),
        _WORKS,
        N_("On the server: GRANT VIEW SERVER STATE TO {login_sql};"),
    ),
    "sqlserver.clock": Text(
        N_("The clock of {server} is {seconds} seconds ahead of this one."),
        _WORKS,
        N_("Set both clocks by the same time server: the instant to restore to is told by the server's."),
    ),
    "sqlserver.folder_missing": Text(
        N_("The server's service account does not see the folder {there}."),
        _UNTOUCHED,
        N_(
            "Make the folder on the server, and give the account of the SQL Server service the right to write in "
            "it; a mapped drive letter is not seen by services."
        ),
    ),
    "sqlserver.folder_unseen": Text(
        N_(
            "Backups stay on the server, in {there}: this machine does not see them, and proves only what the "
            "server says."
        ),
        N_("Backups are made and verified by the server."),
        N_("Share that folder with this machine and write its name here in sqlserver.client_backup_dir."),
    ),
    "sqlserver.folder_denied": Text(
        N_("This machine can't write in {here}, its name for the server's folder {there}: {why}."),
        _UNTOUCHED,
        N_("Connect the share, and give this account the right to read and write there."),
    ),
    "sqlserver.folder_ok": Text(
        N_("{here} on this machine and {there} on the server are the same folder; both have seen the same file in it."),
        _WORKS,
        _NOTHING,
    ),
    "sqlserver.not_online": Text(
        N_("{database} is {state} on {server}."),
        _NOT_MADE,
        N_("Bring it online, or restore it."),
    ),
    "sqlserver.ready": Text(
        N_("{database} can be backed up: {bytes} of data, recovery model {model}."),
        _WORKS,
        _NOTHING,
    ),
    "sqlserver.log_grows": Text(
        N_("The log of {database} has grown to {log_bytes}: nobody backs it up."),
        _WORKS,
        N_(
            "Schedule log backups of it, or set its recovery model to SIMPLE: ALTER DATABASE {database_sql} SET "
            "RECOVERY SIMPLE;"
        ),
    ),
    "sqlserver.near_limit": Text(
        N_("{database} has {bytes} of the {most_bytes} that this edition allows."),
        _WORKS,
        N_("Remove old data or move to a larger edition before it is full."),
    ),
    "sqlserver.tde": Text(
        N_("{database} is encrypted by the server (TDE): without its certificate no backup can be restored elsewhere."),
        _WORKS,
        N_("Save the certificate with its private key apart from the backups: BACKUP CERTIFICATE … WITH PRIVATE KEY."),
    ),
}
