"""What the way to SQL Server may have to tell, by code: its programs, the connection, the login, rights."""

from __future__ import annotations

from .saying import N_, Text

_UNTOUCHED = N_("Nothing was touched; earlier backups are as they were.")
_UNKNOWN_END = N_("Earlier backups are as they were; what the server was doing it takes back by itself.")

TEXTS: dict[str, Text] = {
    "sqlserver.no_client": Text(
        N_("There is no way to SQL Server on this machine: neither sqlcmd nor Microsoft's ODBC driver was found."),
        _UNTOUCHED,
        N_("Install Microsoft's sqlcmd or the “ODBC Driver 18 for SQL Server”, then run “check”."),
    ),
    "sqlserver.no_sqlcmd": Text(
        N_("The program sqlcmd was not found, neither in PATH nor where it is usually installed."),
        _UNTOUCHED,
        N_("Install Microsoft's sqlcmd, name it in REXUS_SQLCMD, or set “sqlserver.client” to “auto” or “odbc”."),
    ),
    "sqlserver.sqlcmd_override": Text(
        N_("REXUS_SQLCMD names {path}, and there is no program there."),
        _UNTOUCHED,
        N_("Correct the variable REXUS_SQLCMD or remove it."),
    ),
    "sqlserver.sqlcmd_odd": Text(
        N_("{path} does not answer as sqlcmd does: {reason}."),
        _UNTOUCHED,
        N_("Name a working sqlcmd in REXUS_SQLCMD, install it anew, or set “sqlserver.client” to “odbc”."),
    ),
    "sqlserver.no_driver": Text(
        N_("Microsoft's ODBC driver for SQL Server can't be used: {why}."),
        _UNTOUCHED,
        N_("Install the “ODBC Driver 18 for SQL Server”, or set “sqlserver.client” to “sqlcmd”."),
    ),
    "sqlserver.no_strict": Text(
        N_("{path} is too old for strict encryption."),
        _UNTOUCHED,
        N_("Install version 18, or set “sqlserver.encrypt” to “mandatory”."),
    ),
    "sqlserver.uses_sqlcmd": Text(
        N_("BACKUP and RESTORE run through sqlcmd ({program}, {path}); questions go through ODBC ({driver})."),
        N_("Nothing was touched."),
        N_("Nothing to do."),
    ),
    "sqlserver.uses_sqlcmd_only": Text(
        N_("Everything goes through sqlcmd ({program}, {path}), for there is no ODBC driver."),
        N_("Nothing was touched."),
        N_("Nothing has to be done; with the “ODBC Driver 18 for SQL Server” more can be seen of running work."),
    ),
    "sqlserver.uses_odbc": Text(
        N_("Everything goes through ODBC ({driver}), as the settings say."),
        N_("Nothing was touched."),
        N_("Nothing to do."),
    ),
    "sqlserver.uses_odbc_only": Text(
        N_("Everything goes through ODBC ({driver}), for no sqlcmd was found."),
        N_("Nothing was touched."),
        N_("Nothing has to be done; whoever wants sqlcmd to be used installs it."),
    ),
    "sqlserver.no_trace": Text(
        N_("The batches can't be written to {path}: {why}."), _UNTOUCHED, N_("Name another file with --trace-sql.")
    ),
    "sqlserver.no_temp": Text(
        N_("There is no place for a temporary file: {reason}."),
        _UNTOUCHED,
        N_("Make room on the disk with the temporary files, or name another folder in the variable TEMP or TMPDIR."),
    ),
    "sqlserver.no_server": Text(
        N_("No SQL Server is named."),
        _UNTOUCHED,
        N_("Write DB_SERVER=host\\INSTANCE into .env, or set “sqlserver.server”."),
    ),
    "sqlserver.bad_server": Text(
        N_("«{server}» is no name of a SQL Server."),
        _UNTOUCHED,
        N_("Write it as host, host\\INSTANCE or host,port."),
    ),
    "sqlserver.no_user": Text(
        N_("Signing in with a user of SQL Server is set, and no user is named."),
        _UNTOUCHED,
        N_("Write DB_USERNAME into .env, or set “sqlserver.authentication” to “windows”."),
    ),
    "sqlserver.no_password": Text(
        N_("There is no password for the user {login}."),
        _UNTOUCHED,
        N_("Write DB_PASSWORD into .env, or set “sqlserver.authentication” to “windows”."),
    ),
    "sqlserver.unreachable": Text(
        N_("The server {server} can't be reached: «{said}»."),
        _UNTOUCHED,
        N_(
            "Look whether its service runs, whether the name and port are right and whether TCP/IP is switched on; for "
            "a named instance the SQL Server Browser must run too."
        ),
    ),
    "sqlserver.certificate_untrusted": Text(
        N_("The certificate of the server {server} can't be checked: «{said}»."),
        _UNTOUCHED,
        N_(
            "Give the server a certificate that this machine trusts; on the same machine or a safe network set "
            "“sqlserver.trust_certificate” to true."
        ),
    ),
    "sqlserver.no_encryption": Text(
        N_("The server {server} does not encrypt connections."),
        _UNTOUCHED,
        N_("Switch encryption on at the server, or set “sqlserver.encrypt” to “optional”."),
    ),
    "sqlserver.client_failed": Text(
        N_("{program} ended with {exit} before the server said anything: «{said}»."),
        _UNKNOWN_END,
        N_("Install it anew or name another one in REXUS_SQLCMD; or set “sqlserver.client” to “odbc”."),
    ),
    "sqlserver.lost": Text(
        N_("The connection to {server} broke off: «{said}»."),
        _UNKNOWN_END,
        N_("Look whether the server runs and the network is well, then try again."),
    ),
    "sqlserver.timeout": Text(
        N_("The server {server} did not finish in the time that the settings allow."),
        _UNKNOWN_END,
        N_("Look what the server is busy with, or raise the times in “sqlserver” in the settings."),
    ),
    "sqlserver.unanswered": Text(
        N_("The server {server} broke a question off before it had answered: «{said}»."),
        _UNKNOWN_END,
        N_("Try again. Somebody may have ended the session, or other work came first; the server's log tells."),
    ),
    "sqlserver.unproven": Text(
        N_("The server did not say that it had finished the work on {database}, so it does not count as done."),
        _UNKNOWN_END,
        N_("Try again; if it happens again, send the log and a --trace-sql file to support."),
    ),
    "sqlserver.odd_answer": Text(
        N_("The server answered something that can't be read: {column} = «{value}»."),
        _UNTOUCHED,
        N_("Send the log and a --trace-sql file to support."),
    ),
    "sqlserver.odd_name": Text(
        N_("«{name}» can't be the name of anything on a SQL Server."),
        _UNTOUCHED,
        N_("Give it at least one and at most 128 characters, none of them invisible."),
    ),
    "sqlserver.login_failed": Text(
        N_("The server {server} refused the user {login}: the name or the password is wrong."),
        _UNTOUCHED,
        N_("Correct DB_USERNAME and DB_PASSWORD in .env; the server's own log tells the exact reason."),
    ),
    "sqlserver.login_untrusted": Text(
        N_("The server {server} takes only Windows accounts, or not those of this domain."),
        _UNTOUCHED,
        N_(
            "Switch the server to “SQL Server and Windows Authentication mode”, or set “sqlserver.authentication” to "
            "“windows”."
        ),
    ),
    "sqlserver.login_disabled": Text(
        N_("The login {login} is disabled on the server."),
        _UNTOUCHED,
        N_("Ask the server's administrator to run: ALTER LOGIN {login_sql} ENABLE;"),
    ),
    "sqlserver.login_locked": Text(
        N_("The login {login} is locked out after too many wrong passwords."),
        _UNTOUCHED,
        N_("Correct DB_PASSWORD in .env, then ask the administrator to unlock {login_sql}."),
    ),
    "sqlserver.login_expired": Text(
        N_("The password of the login {login} has expired or must be changed."),
        _UNTOUCHED,
        N_(
            "Change it on the server and write the new one into .env; a login for backups should have "
            "CHECK_EXPIRATION = OFF."
        ),
    ),
    "sqlserver.server_restricted": Text(
        N_("The server {server} lets only administrators in at the moment."),
        _UNTOUCHED,
        N_("Wait until its maintenance is over, or end its single-user mode."),
    ),
    "sqlserver.login_trigger": Text(
        N_("A trigger of the server {server} does not let the login {login} in."),
        _UNTOUCHED,
        N_("Ask the server's administrator to let this login and program pass in the logon trigger."),
    ),
    "sqlserver.server_closed": Text(
        N_("The server {server} takes no connections at the moment: «{said}»."),
        _UNTOUCHED,
        N_("Wait until it runs again or has fewer users, then try again."),
    ),
    "sqlserver.default_database": Text(
        N_("The login {login} can't open the database that its sessions begin in."),
        _UNTOUCHED,
        N_("Ask the server's administrator to run: ALTER LOGIN {login_sql} WITH DEFAULT_DATABASE = [master];"),
    ),
    "sqlserver.backup_right": Text(
        N_("The login {login} may not back up the database {database}: {right} is missing."),
        _UNTOUCHED,
        N_(
            "Ask the server's administrator to run: USE {database_sql}; "
            "ALTER ROLE db_backupoperator ADD MEMBER {login_sql};"
        ),
    ),
    "sqlserver.right_missing": Text(
        N_("The login {login} lacks a right on the server: {right}."),
        _UNTOUCHED,
        N_("Ask the server's administrator to run: USE master; GRANT CREATE ANY DATABASE TO {login_sql};"),
    ),
    "sqlserver.restore_right": Text(
        N_("The login {login} may not restore the database {database}."),
        N_("The database at its place is as it was, and so are all backups."),
        N_("Ask the server's administrator to run: ALTER SERVER ROLE dbcreator ADD MEMBER {login_sql};"),
    ),
    "sqlserver.create_right": Text(
        N_("The login {login} may not restore databases on the server, not even under a new name."),
        _UNTOUCHED,
        N_("Ask the server's administrator to run: USE master; GRANT CREATE ANY DATABASE TO {login_sql};"),
    ),
    "sqlserver.overwrite_right": Text(
        N_("The login {login} may restore {database} under another name, not over the database itself."),
        N_("Backups are made all the same."),
        N_("If it is to replace it: ALTER SERVER ROLE dbcreator ADD MEMBER {login_sql};"),
    ),
    "sqlserver.alter_right": Text(
        N_("The login {login} may not take the database {database} away from its users, as a restore must."),
        N_("The database at its place is as it was, and so are all backups."),
        N_("Ask the server's administrator to run: USE {database_sql}; ALTER ROLE db_owner ADD MEMBER {login_sql};"),
    ),
    "sqlserver.check_right": Text(
        N_("The login {login} may not have the database {database} checked."),
        _UNTOUCHED,
        N_("Ask the server's administrator to run: USE {database_sql}; ALTER ROLE db_owner ADD MEMBER {login_sql};"),
    ),
    "sqlserver.kill_right": Text(
        N_("The login {login} may not end other sessions of the server."),
        _UNTOUCHED,
        N_("Ask the server's administrator to run: USE master; GRANT ALTER ANY CONNECTION TO {login_sql};"),
    ),
    "sqlserver.state_right": Text(
        N_("The login {login} may not see what the server is doing."),
        N_("Backups are made all the same; only their progress can't be seen."),
        N_("Ask the server's administrator to run: USE master; GRANT VIEW SERVER STATE TO {login_sql};"),
    ),
    "sqlserver.object_right": Text(
        N_("The login {login} may not use {object} on the server: {right} is missing."),
        _UNTOUCHED,
        N_("Ask the server's administrator to do that step, or to give the login the right to it."),
    ),
    "sqlserver.no_access": Text(
        N_("The login {login} has no access to the database {database}."),
        _UNTOUCHED,
        N_(
            "Ask the server's administrator to run: USE {database_sql}; CREATE USER {login_sql} FOR LOGIN "
            "{login_sql}; ALTER ROLE db_backupoperator ADD MEMBER {login_sql};"
        ),
    ),
    "sqlserver.no_object": Text(
        N_("The server has no {object}, or the login {login} may not see it."),
        _UNTOUCHED,
        N_("Correct the name in the settings, or have it made on the server."),
    ),
    "sqlserver.engine_error": Text(
        N_("SQL Server refused: «{said}» (message {number})."),
        N_("Earlier backups are as they were."),
        N_("Look the number up in the documentation of SQL Server, and into the server's own log."),
    ),
    "sqlserver.statement_unknown": Text(
        N_("This server does not know the statement: «{said}» (message {number})."),
        _UNTOUCHED,
        N_("Servers from SQL Server 2017 on are supported, Azure SQL Database is not; send the log to support."),
    ),
}
