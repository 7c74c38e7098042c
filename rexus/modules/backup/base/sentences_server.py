"""What only a server sees or knows: backups that it keeps, its folder and space, and what ``check`` says of it."""

from __future__ import annotations

from .saying import N_, Text

_UNTOUCHED = N_("Nothing was touched; earlier backups are as they were.")
_MADE = N_("Backups are made all the same.")
_NOTHING = N_("Nothing to do.")
_OLD_SETS = N_("Sets that were complete before are not affected.")

TEXTS: dict[str, Text] = {
    "sqlserver.databases_unseen": Text(
        N_("The login {login} may not see which databases the server has: whether {database} is there is unknown."),
        _UNTOUCHED,
        N_("Ask the server's administrator to run: USE master; GRANT VIEW ANY DATABASE TO {login_sql};"),
    ),
    "sqlserver.history_unseen": Text(
        N_("The login {login} may not read what the server noted of backups of {database}."),
        N_("Backups are made all the same; who made those that are not ours can't be told."),
        N_(
            "Ask the server's administrator to run: USE msdb; CREATE USER {login_sql} FOR LOGIN {login_sql}; "
            "ALTER ROLE db_datareader ADD MEMBER {login_sql};"
        ),
    ),
    "sqlserver.last_backups": Text(
        N_("The server knows these last backups of {database}: full {full}, differential {differential}, log {log}."),
        N_("Copy-only backups, which change nothing for the others, are not among them."),
        _NOTHING,
    ),
    "sqlserver.log_waits": Text(
        N_("The log of {database} ({log_bytes}) is shortened after: {wait}."),
        _MADE,
        N_("Nothing to do; where it waits for LOG_BACKUP, schedule log backups."),
    ),
    "sqlserver.log_unplanned": Text(
        N_(
            "The log of {database} ({log_bytes}) grows until its disk is full: the server keeps it until it is backed "
            "up, and no schedule does that. Full backups do not shorten it."
        ),
        _MADE,
        N_(
            'Add a schedule with "action": "log", such as every 15 minutes; or, if it is enough to get back what the '
            "last backup holds: ALTER DATABASE {database_sql} SET RECOVERY SIMPLE;"
        ),
    ),
    "sqlserver.log_stuck": Text(
        N_("The log of {database} ({log_bytes}) can't be shortened: it waits for {wait}."),
        _MADE,
        N_("End what it waits for before the disk is full: an open transaction, a replica, a replication."),
    ),
    "sqlserver.folder_room": Text(
        N_("A backup of everything needs at most {needed} in {there}; {free} are free there."),
        N_("Nothing was touched."),
        _NOTHING,
    ),
    "sqlserver.folder_short": Text(
        N_("A backup of everything may need {needed} in {there} on the server; {free} are free there."),
        _UNTOUCHED,
        N_("Make room on that disk of the server, or name another folder in “sqlserver.server_backup_dir”."),
    ),
    "sqlserver.folder_unreadable": Text(
        N_("The server may not read what this account puts into {there} (error {os_error})."),
        N_("Backups are made all the same; restores of them from here would fail."),
        N_("Give the account of the SQL Server service the right to read all files of that folder."),
    ),
    "sqlserver.folder_unwritable": Text(
        N_("The server could not write a probe backup into {there}: {why}"),
        _UNTOUCHED,
        N_("Give the account of the SQL Server service the right to write there, and make room on that disk."),
    ),
    "sqlserver.folder_stays": Text(
        N_("The server's probe backup in {there} could be read but not removed by this account: {why}."),
        N_("Backups are made all the same; their files would stay in that folder too."),
        N_("Give this account the right to remove files from {here}, and remove the probe."),
    ),
    "sqlserver.folder_written": Text(
        N_("The server wrote a probe backup into {there}; it was read in {here} and removed."),
        N_("Nothing else was touched."),
        _NOTHING,
    ),
    "sqlserver.folder_unwritten": Text(
        N_("Whether the server can write into {there} was not tried: the login {login} may not back up model."),
        N_("The first backup will tell."),
        N_(
            "To have it tried: USE model; CREATE USER {login_sql} FOR LOGIN {login_sql}; ALTER ROLE db_backupoperator "
            "ADD MEMBER {login_sql};"
        ),
    ),
    "restore.over_limit": Text(
        N_("{target} would have {bytes} of data; the edition of that server, {edition}, allows {most_bytes}."),
        _UNTOUCHED,
        N_("Restore it on a server of a larger edition, such as Standard or Developer."),
    ),
    "restore.server_space": Text(
        N_("On {volume} of the server {needed} are needed, and {free} are free."),
        _UNTOUCHED,
        N_("Make room there, or name folders on other volumes in sqlserver.data_dir and sqlserver.log_dir."),
    ),
    "delete.asked_server": Text(
        N_("{set} is deleted at your request; the server keeps its files: {files} ({bytes})."),
        N_("Nothing else needs those files."),
        N_("Have them removed on the server: {command}"),
    ),
    "delete.addresses": Text(
        N_("What was deleted stays behind these addresses ({bytes}): {files}."),
        N_("Nothing else needs it; nothing of that space was counted as freed."),
        N_("Remove it with the tools of that storage."),
    ),
    "delete.asked_addresses": Text(
        N_("{set} is deleted at your request; its backups stay behind these addresses: {files} ({bytes})."),
        N_("Nothing else needs them."),
        N_("Remove them with the tools of that storage."),
    ),
    "delete.server_files": Text(
        N_("The server keeps {bytes} of what was deleted, in files that only it sees: {files}."),
        N_("Nothing else needs those files; nothing of that space was counted as freed."),
        N_("Have them removed on the server: {command}"),
    ),
    "sweep.dead_backup": Text(
        N_("What a backup that died, or could not tidy up, had left in the server's folder was removed: {path}."),
        _OLD_SETS,
        _NOTHING,
    ),
    "sweep.dead_work": Text(
        N_("What a restore, a check or a test that died had left in the server's folder was removed: {path}."),
        _OLD_SETS,
        _NOTHING,
    ),
    "sweep.server_files": Text(
        N_("The backup {set} ended before its time and left files on the server that no set names: {files}."),
        _OLD_SETS,
        N_("Have them removed on the server: {command}"),
    ),
    "sweep.server_logs": Text(
        N_(
            "The log backup {set} ended before its time and left files on the server that no set names: {files}. "
            "They may hold a stretch of the log that is nowhere else."
        ),
        _OLD_SETS,
        N_(
            "Keep them until a full or differential backup of the same databases is made and proven; "
            "then have them removed on the server: {command}"
        ),
    ),
    "sweep.note_unreadable": Text(
        N_("What a backup noted of its files on the server can't be read: {path}."),
        _OLD_SETS,
        N_("Have somebody look on the server for files that no set names; then remove that note."),
    ),
    "sweep.server_unseen": Text(
        N_(
            "The backup {set} ended before its time and may have left files on the server that no set names; "
            "nobody could look there now: {files}."
        ),
        _OLD_SETS,
        N_("Have the server's administrator look, and remove what is there: {command}"),
    ),
    "sweep.server_strange": Text(
        N_(
            "The backup {set} ended before its time and noted files of the server that are not where that is known to "
            "write backups now, or not named as it names them: {files}."
        ),
        N_("They may be anybody's; nothing was done to them."),
        N_("Look at each of them on the server, and remove only what is a backup that nobody needs."),
    ),
    "sweep.addresses": Text(
        N_("The backup {set} ended before its time and may have left something behind these addresses: {files}."),
        _OLD_SETS,
        N_("Let the store delete unfinished uploads after some days, or remove the objects by hand."),
    ),
    "delete.server_strange": Text(
        N_(
            "What was deleted names other files of the server. They are not where it is known to write backups now, "
            "or not named as it names them, so no command to remove them is given: {files}."
        ),
        N_("They may be anybody's; nothing was done to them."),
        N_("Look at each of them on the server, and remove only what is a backup that nobody needs."),
    ),
    "delete.asked_strange": Text(
        N_(
            "{set} is deleted at your request; it names files of the server that are not where that is known to "
            "write backups now, or not named as it names them: {files}."
        ),
        N_("They may be anybody's; nothing is done to them."),
        N_("Look at each of them on the server, and remove only what is a backup that nobody needs."),
    ),
    "list.server_file_gone": Text(
        N_("The server said that it has no file {file} any more, which belongs to the set {set}."),
        N_("The other files and sets are not affected."),
        N_("Put the file back where it was on the server and verify the set, or make a new backup now."),
    ),
    "verify.by_server": Text(
        N_("The server proved its file of {database}, {file}; its bytes could not be read from here."),
        N_("The server named it as that backup and read all of it, with its checksums (VERIFYONLY)."),
        N_("To have the bytes checked here too, share that folder and name it in sqlserver.client_backup_dir."),
    ),
    "verify.server_unasked": Text(
        N_("The server could not be asked about its file {path}: {why}."),
        N_("That says nothing bad of the backup: what was proven of it before stays."),
        N_("See with “check” what keeps the server from answering, and verify again."),
    ),
    "verify.server_gone": Text(
        N_("The server has no file {path} any more."),
        N_("The other backups are as they were."),
        N_("Put the file back where it was on the server, or make a new backup now."),
    ),
}
