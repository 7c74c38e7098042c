"""What is said of the server's own databases and logins, of stripes, and of backups behind an address, by code."""

from __future__ import annotations

from .saying import N_, Text

_ALL_SAFE = N_("Nothing was touched; all backups are as they were.")
_REST_SAFE = N_("Everything else is in the backup.")

TEXTS: dict[str, Text] = {
    "sqlserver.logins_head": Text(
        N_("Logins, roles and rights of the server, as they were at {at}."),
        N_("This file holds password hashes: whoever reads it can try passwords. Keep it as the backups themselves."),
        N_(
            "On a new server run it before the databases are restored, with sqlcmd -x -f 65001 -i FILE (where sqlcmd "
            "knows no -f, without it: then it reads UTF-8 by itself); what is there already stays. Lines after -- are "
            "for you: what can't be made by statements."
        ),
    ),
    "sqlserver.logins_unread": Text(
        N_("The login {login} may not see all logins of {server} with their passwords; missing: {names}."),
        _REST_SAFE,
        N_(
            "Make it a member of sysadmin, or on SQL Server 2022 and newer: GRANT VIEW ANY DEFINITION TO {login_sql}; "
            "GRANT VIEW ANY CRYPTOGRAPHICALLY SECURED DEFINITION TO {login_sql};"
        ),
    ),
    "sqlserver.logins_failed": Text(
        N_("The logins of the server could not be kept: {why}."),
        _REST_SAFE,
        N_("Look into “check”; without them the users of restored databases have to be joined to logins by hand."),
    ),
    "guard.system_full": Text(
        N_("Of the server's own database {database} only full backups are made, so this is one."),
        N_("It holds all that a differential would."),
    ),
    "restore.system_master": Text(
        N_("The database master is never restored over by this program: the server has to be started for it."),
        _ALL_SAFE,
        N_(
            "On a server of the same version: 1. Write the backup to a file: restore {set} --database {database} "
            '--to master.bak 2. Stop the service and start it alone: net start MSSQLSERVER /m"SQLCMD" (on Linux: '
            "sqlservr -m\"SQLCMD\") 3. sqlcmd: RESTORE DATABASE master FROM DISK = N'…\\master.bak' WITH REPLACE; "
            "the server stops by itself 4. Start it as usual, then restore msdb, model and the other databases."
        ),
    ),
    "restore.system_other": Text(
        N_("The server's own database {target} is never restored over by this program."),
        _ALL_SAFE,
        N_(
            "On a server of the same version, after master: 1. Write the backup to a file: restore {set} --database "
            "{database} --to {target}.bak 2. Stop SQL Server Agent and whoever else uses it 3. sqlcmd: RESTORE "
            "DATABASE {target} FROM DISK = N'…\\{target}.bak' WITH REPLACE; 4. Start SQL Server Agent again."
        ),
    ),
    "sqlserver.url_unable": Text(
        N_("{server} ({edition}, {version}) can't write to {address}: S3 needs SQL Server 2022 or newer, not Express."),
        _ALL_SAFE,
        N_("Set “sqlserver.backup_url” to null and use a folder, or a container of Azure."),
    ),
    "sqlserver.url_too_old": Text(
        N_(
            "{server} ({edition}, {version}) can't write to {address}: for a container of Azure that is entered with a "
            "shared access signature SQL Server 2016 or newer is needed."
        ),
        _ALL_SAFE,
        N_("Set “sqlserver.backup_url” to null and use a folder, or upgrade the server."),
    ),
    "sqlserver.url_managed": Text(
        N_(
            "{server} ({edition}) is a managed instance of Azure: to an address it writes copy-only full backups "
            "alone, on which no differential or log backup can stand, and this program makes none of them there."
        ),
        _ALL_SAFE,
        N_(
            "Count on the backups that Azure makes of it by itself (restore to a point in time, in the portal). A file "
            "of your own: BACKUP DATABASE … TO URL = … WITH COPY_ONLY, run there."
        ),
    ),
    "sqlserver.url_database": Text(
        N_("{server} ({edition}) is a database of the service Azure SQL, which knows no BACKUP, to no place at all."),
        _ALL_SAFE,
        N_(
            "Count on the backups that Azure makes of it by itself (restore to a point in time, in the portal). A file "
            "of your own: export it there as BACPAC. Take it out of this configuration."
        ),
    ),
    "sqlserver.url_no_credential": Text(
        N_("The server {server} shows {login} no credential for {address}."),
        _ALL_SAFE,
        N_(
            "An administrator runs this on the server with the secret filled in; this program never sends it: "
            "{statement} To see it, {login} needs ALTER ANY CREDENTIAL."
        ),
    ),
    "sqlserver.url_identity": Text(
        N_("The credential of {server} for {address} has the identity «{found}», but it must be «{wanted}»."),
        _ALL_SAFE,
        N_("Drop it and make it anew: {statement}"),
    ),
    "sqlserver.url_ok": Text(
        N_("The server writes backups to {address}; it has a credential for it."),
        fix=N_(
            "Whether its secret is still valid, and the store's certificate trusted, only a backup shows. This machine "
            "does not see those bytes: what the server says of them is all that is known."
        ),
    ),
    "sqlserver.object_left": Text(
        N_("Behind {path} the server may have left parts of a backup that failed."),
        N_("They do not count; earlier backups are as they were."),
        N_("Let the store delete unfinished uploads after some days, or remove the object by hand."),
    ),
    "restore.striped": Text(
        N_("{database} is in {count} files, which only a server can put together: {file} and those beside it."),
        _ALL_SAFE,
        N_(
            "Restore it to the server with --to NAME. Where that is no way, as for master: take the files as they are "
            "(unpacked, if they end in .gz or .zst), and name all of them: RESTORE … FROM DISK = N'…', DISK = N'…'"
        ),
    ),
    "restore.system_left": Text(
        N_("The server's own databases are left as they are: {names}."),
        N_("Their backups stay in the set."),
        N_("For the steps that bring one back: restore {set} --database NAME --overwrite --plan"),
    ),
}
