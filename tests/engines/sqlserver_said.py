"""What real servers say (Microsoft's tables of 2022, and recorded streams), and what of it a problem must tell."""

from __future__ import annotations


def cannot_open(os_error: str, path: str = r"D:\b\u.bak") -> str:
    return f"Cannot open backup device '{path}'. Operating system error {os_error}."


SAID: list[tuple[int, str, str, dict[str, str | int]]] = [
    (911, "Database 'nope' does not exist. Make sure that the name is entered correctly.", "no_database", {}),
    (262, "BACKUP DATABASE permission denied in database 'users'.", "backup_right", {"right": "BACKUP DATABASE"}),
    (262, "CREATE DATABASE permission denied in database 'master'.", "right_missing", {"right": "CREATE DATABASE"}),
    (
        229,
        "The EXECUTE permission was denied on the object 'xp_create_subdir', database 'mssqlsystemresource', "
        "schema 'sys'.",
        "object_right",
        {"object": "xp_create_subdir", "right": "EXECUTE"},
    ),
    (300, "VIEW SERVER STATE permission was denied on object 'server', database 'master'.", "state_right", {}),
    (297, "The user does not have permission to perform this action.", "state_right", {}),
    (
        916,
        'The server principal "rexus" is not able to access the database "users" under the current security context.',
        "no_access",
        {"login": "rexus", "database": "users"},
    ),
    (942, "Database 'users' cannot be opened because it is offline.", "offline", {}),
    (927, "Database 'users' cannot be opened. It is in the middle of a restore.", "restoring", {}),
    (924, "Database 'users' is already open and can only have one user at a time.", "single_user", {}),
    (
        945,
        "Database 'users' cannot be opened due to inaccessible files or insufficient memory or disk space.",
        "inaccessible",
        {},
    ),
    (1844, "BACKUP DATABASE WITH COMPRESSION is not supported on Express Edition (64-bit).", "edition", {}),
    (3021, "Cannot perform a backup or restore operation within a transaction.", "in_transaction", {}),
    (
        3023,
        "Backup, file manipulation operations (such as ALTER DATABASE ADD FILE) and encryption changes on a database "
        "must be serialized.",
        "serialized",
        {},
    ),
    (
        3035,
        'Cannot perform a differential backup for database "users", because a current database backup does not exist.',
        "no_base",
        {},
    ),
    (4208, "The statement BACKUP LOG is not allowed while the recovery model is SIMPLE.", "simple_model", {}),
    (4214, "BACKUP LOG cannot be performed because there is no current database backup.", "no_full", {}),
    (
        3043,
        r"BACKUP 'users' detected an error on page (1:24) in file 'D:\d\users.mdf'.",
        "page_damaged",
        {"path": r"D:\d\users.mdf"},
    ),
    (3201, cannot_open("5(Access is denied.)"), "path_denied", {"path": r"D:\b\u.bak", "os_error": 5}),
    (3201, cannot_open("3(The system cannot find the path specified.)"), "path_missing", {"os_error": 3}),
    (3201, cannot_open("2(The system cannot find the file specified.)"), "path_missing", {"os_error": 2}),
    (3201, cannot_open("32(The process cannot access the file because …)"), "file_in_use", {"os_error": 32}),
    (3201, cannot_open("53(The network path was not found.)"), "share_unreachable", {"os_error": 53}),
    (3201, cannot_open("67(The network name cannot be found.)"), "share_unreachable", {"os_error": 67}),
    (3201, cannot_open("1326(The user name or password is incorrect.)"), "share_denied", {"os_error": 1326}),
    (3201, cannot_open("1385(Logon failure.)"), "share_denied", {"os_error": 1385}),
    (3201, cannot_open("4711(Something new.)"), "path_failed", {"os_error": 4711, "reason": "Something new"}),
    (3201, cannot_open("86(The specified network password is not correct.)", "https://a/b"), "url_failed", {}),
    (3201, cannot_open("5(Acceso denegado.)", r"D:\O'Brien\x.bak"), "path_denied", {"path": r"D:\O'Brien\x.bak"}),
    (3201, cannot_open("3(No such)", r"D:\copia 2(vieja)\x.bak"), "path_missing", {"os_error": 3}),
    (
        3202,
        'Write on "/b/u.bak" failed: 112(There is not enough space on the disk.)',
        "disk_full",
        {"path": "/b/u.bak", "os_error": 112},
    ),
    (3202, 'Write on "/b/u.bak" failed: 1117(The request could not be performed.)', "disk_damage", {"os_error": 1117}),
    (3203, 'Read on "/b/u.bak" failed: 38(Reached the end of the file.)', "set_unfinished", {"path": "/b/u.bak"}),
    (3271, 'A nonrecoverable I/O error occurred on file "/b/u.bak:" 21(The device is not ready.)', "path_missing", {}),
    (
        3271,
        'A nonrecoverable I/O error occurred on file "https://a/b:" Backup to URL (403) Forbidden.',
        "url_failed",
        {},
    ),
    (
        5120,
        r'Unable to open the physical file "D:\d\u.mdf". Operating system error 5: "5(Access is denied.)".',
        "target_path",
        {"path": r"D:\d\u.mdf", "os_error": 5},
    ),
    (
        5133,
        r'Directory lookup for the file "E:\u.mdf" failed with the operating system error 21(The device is not '
        "ready.).",
        "target_path",
        {"path": r"E:\u.mdf"},
    ),
    (
        5149,
        "MODIFY FILE encountered operating system error 112(There is not enough space on the disk.) while attempting "
        r"to expand the physical file 'D:\d\u.mdf'.",
        "target_full",
        {"path": r"D:\d\u.mdf", "os_error": 112},
    ),
    (
        3634,
        "The operating system returned the error '5(Access is denied.)' while attempting 'RestoreContainer::Validate"
        r"TargetForCreation' on 'D:\d\u.mdf'.",
        "target_path",
        {"path": r"D:\d\u.mdf", "os_error": 5},
    ),
    (
        1205,
        "Transaction (Process ID 57) was deadlocked on lock resources with another process and has been chosen as the "
        "deadlock victim. Rerun the transaction.",
        "locked",
        {},
    ),
    (
        1105,
        "Could not allocate space for object 'dbo.SORT' in database 'tempdb' because the 'PRIMARY' filegroup is full.",
        "filegroup_full",
        {"full": "tempdb"},
    ),
    (596, "Cannot continue the execution because the session is in the kill state.", "aborted", {}),
    (17892, "Logon failed for login 'rexus' due to trigger execution.", "login_trigger", {"login": "rexus"}),
    (
        3709,
        'Cannot RESTORE the database while the database snapshot "foto" refers to it. Drop that database first.',
        "has_snapshot",
        {"snapshot": "foto"},
    ),
    (
        9002,
        "The transaction log for database 'users' is full due to 'LOG_BACKUP' and the holdup lsn is (37:1:1).",
        "log_full",
        {"wait": "LOG_BACKUP"},
    ),
    (
        1834,
        "The file '/d/u.mdf' cannot be overwritten.  It is being used by database 'other'.",
        "target_file_used",
        {"path": "/d/u.mdf", "other": "other"},
    ),
    (3101, "Exclusive access could not be obtained because the database is in use.", "in_use", {}),
    (
        3102,
        "RESTORE cannot process database 'users' because it is in use by this session. It is recommended that the "
        "master database be used when performing this operation.",
        "in_use",
        {},
    ),
    (3110, "User does not have permission to RESTORE database 'users'.", "restore_right", {}),
    (
        3117,
        "The log or differential backup cannot be restored because no files are ready to rollforward.",
        "chain_closed",
        {},
    ),
    (
        3132,
        "The media set has 4 media families but only 2 are provided. All members must be provided.",
        "stripes_missing",
        {"families": 4, "given": 2},
    ),
    (
        3154,
        "The backup set holds a backup of a database other than the existing 'users' database.",
        "other_database",
        {},
    ),
    (
        3156,
        "File 'users' cannot be restored to '/d/u.mdf'. Use WITH MOVE to identify a valid location for the file.",
        "target_path",
        {"file": "users", "path": "/d/u.mdf"},
    ),
    (3159, 'The tail of the log for the database "users" has not been backed up.', "tail_unsaved", {}),
    (
        3169,
        "The database was backed up on a server running version 16.00.1000. That version is incompatible with this "
        "server, which is running version 15.00.4298. Either restore the database on a server that "
        "supports the backup.",
        "newer",
        {"source_version": "16.00.1000", "server_version": "15.00.4298"},
    ),
    (
        948,
        "The database 'users' cannot be opened because it is version 957. This server supports "
        "version 904 and earlier.",
        "newer",
        {"source_version": 957, "server_version": 904},
    ),
    (
        3183,
        'RESTORE detected an error on page (1:8) in database "users" as read from the backup set.',
        "set_damaged",
        {"database": "users"},
    ),
    (3189, "Damage to the backup set was detected.", "set_damaged", {}),
    (
        3234,
        "Logical file 'x' is not part of database 'users'. Use RESTORE FILELISTONLY to list the logical file names.",
        "move_unknown",
        {"file": "x"},
    ),
    (
        3241,
        "The media family on device '/b/u.bak' is incorrectly formed. SQL Server cannot process this media family.",
        "not_a_backup",
        {"path": "/b/u.bak"},
    ),
    (3254, "The volume on device '/b/u.bak' is empty.", "set_unfinished", {"path": "/b/u.bak"}),
    (
        3257,
        "There is insufficient free space on disk volume 'C:\\' to create the database. The database requires "
        "4294967296 additional free bytes, while only 1073741824 bytes are available.",
        "no_room",
        {"volume": "C:\\", "needed": 4294967296, "free": 1073741824},
    ),
    (
        3287,
        "The file ID 7 on device '/b/u.bak' is incorrectly formed and can not be read.",
        "no_set",
        {"path": "/b/u.bak", "position": 7},
    ),
    (
        4305,
        "The log in this backup set begins at LSN 39000000172000001, which is too recent to apply to the database. An "
        "earlier log backup that includes LSN 39000000170400001 can be restored.",
        "chain_gap",
        {"first_lsn": "39000000172000001", "needed_lsn": "39000000170400001"},
    ),
    (
        4326,
        "The log in this backup set terminates at LSN 39000000172000001, which is too early to apply to the database. "
        "A more recent log backup that includes LSN 39000000180000001 can be restored.",
        "chain_old",
        {"last_lsn": "39000000172000001"},
    ),
    (5064, "Changes to the state or options of database 'users' cannot be made at this time.", "in_use", {}),
    (33111, "Cannot find server certificate with thumbprint '0x8D2F'.", "no_certificate", {"thumbprint": "0x8D2F"}),
    (18456, "Login failed for user 'rexus'.", "login_failed", {"login": "rexus"}),
    (4060, 'Cannot open database "users" requested by the login. The login failed.', "default_database", {}),
    (
        8921,
        "Check terminated. A failure was detected while collecting facts. Possibly tempdb out of space.",
        "check_unknown",
        {},
    ),
    (
        8928,
        "Object ID 5, index ID 1: Page (1:9) could not be processed. See other errors for details.",
        "check_errors",
        {},
    ),
    (155, "'CHECKDB' is not a recognized RESTORE option.", "statement_unknown", {}),
    (31337, "Something that no table knows.", "engine_error", {"number": 31337}),
]
"""Number, text, code, and values that must be found."""
