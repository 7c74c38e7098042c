"""What the engine room may have to tell, by code."""

from __future__ import annotations

from .saying import N_, Text

_UNTOUCHED = N_("Nothing was touched; earlier backups are as they were.")
_OLD_STAYS = N_("The database at its place is as it was, and so are all backups.")

TEXTS: dict[str, Text] = {
    "source.missing": Text(
        N_("The database {path} does not exist."),
        _UNTOUCHED,
        N_("Correct its path in the settings, or connect the disk it is on."),
    ),
    "source.folder": Text(
        N_("{path} is not a file, so it is no SQLite database."),
        _UNTOUCHED,
        N_("Write the path of the database file itself in the settings."),
    ),
    "source.empty": Text(
        N_("The database {path} is an empty file."),
        _UNTOUCHED,
        N_(
            "Look whether the path is right: a program may have created the file by mistake. Restore it if it was lost."
        ),
    ),
    "source.foreign": Text(
        N_("{path} is not a SQLite database."),
        _UNTOUCHED,
        N_("Correct its path or the engine in the settings; if it was a database, restore it from a backup."),
    ),
    "source.encrypted": Text(
        N_("{path} looks like an encrypted database, which SQLite can't read."),
        _UNTOUCHED,
        N_("Back it up with the program that encrypts it, or give the path of an unencrypted database."),
    ),
    "source.truncated": Text(
        N_("The database {path} is cut off: it should have {expected} bytes and {found} could be read."),
        N_("No backup was made of it; earlier backups are as they were."),
        N_("Check the disk, and restore the database from its newest proven backup."),
    ),
    "source.corrupt": Text(
        N_("The database {path} is damaged: {detail}."),
        N_("It was not kept as a good backup; earlier backups are as they were."),
        N_("Check the disk, and restore the database from its newest proven backup."),
    ),
    "source.unreadable": Text(
        N_("The database {path} could not be read: {reason}."),
        _UNTOUCHED,
        N_("Give the account that runs the backups the right to read and write the file and its folder."),
    ),
    "source.busy": Text(
        N_("The database {path} is locked by another program."),
        _UNTOUCHED,
        N_("Try again when that program has finished writing, or close it."),
    ),
    "source.failed": Text(
        N_("SQLite could not read the database {path}: «{reason}»."),
        N_("No backup was made of it; earlier backups are as they were."),
        N_("Try again; if it stays so, check the database with “check” and look into the log."),
    ),
    "source.no_scratch": Text(
        N_("There is no place for the working copy of {path}: {reason}."),
        _UNTOUCHED,
        N_("Make room in the backup folder, for one more copy of the database."),
    ),
    "source.ready": Text(
        N_("The database {database} can be read: {bytes}, journal mode {mode} ({path})."),
        N_("Nothing was touched."),
        N_("Nothing to do."),
    ),
    "source.large_log": Text(
        N_("The log of the database {database} has grown to {log_bytes}, more than the database itself."),
        N_("It can be backed up as it is."),
        N_("Close programs that keep {path} open without ever finishing to read; then SQLite shrinks the log itself."),
    ),
    "target.folder": Text(
        N_("{path} is a folder; a database is restored to a file."),
        _OLD_STAYS,
        N_("Add a file name to the path, for example copy.db."),
    ),
    "target.no_folder": Text(
        N_("There can't be a file {path}, because {folder} is not a folder."),
        _OLD_STAYS,
        N_("Give a path in an existing folder."),
    ),
    "target.exists": Text(
        N_("There is already a file {path}."),
        _OLD_STAYS,
        N_("Restore to another path, or confirm that it shall be overwritten."),
    ),
    "target.changed": Text(
        N_("Somebody wrote to {database} while it was about to be replaced ({target})."),
        N_("Nothing is lost: the database is as they left it."),
        N_("Close every program that uses it and restore again, or restore beside it with --to PATH."),
    ),
    "target.in_use": Text(
        N_("The database {target} is open in another program: {who}."),
        _OLD_STAYS,
        N_("Close that program and restore again."),
    ),
    "target.not_staged": Text(
        N_("The unpacked database {path} is gone before it could be put in place."),
        _OLD_STAYS,
        N_("Restore again; if it happens again, look which program removes files there."),
    ),
    "target.io": Text(
        N_("The restored database could not be put in place: {path}: {reason}."),
        N_("What is there is either the old database or the new one, each whole."),
        N_("Check the disk and the rights of the folder, and restore again."),
    ),
}
