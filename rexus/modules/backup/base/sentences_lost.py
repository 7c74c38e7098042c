"""What a folder of backups without its server and settings may have to tell, by code."""

from __future__ import annotations

from .saying import N_, Text

_ONLY_READ = N_("The folder was only read; nothing in it was changed.")
_OTHERS = N_("All other files in the folder were looked at as well, and what they hold is in the list.")

TEXTS: dict[str, Text] = {
    "lost.no_server": Text(
        N_("No server is named that could restore it: {path} was opened without settings."),
        _ONLY_READ,
        N_(
            "Write DB_SERVER, DB_USERNAME and DB_PASSWORD of the new server into a file .env in that folder or in the "
            "one above. Where it does not see the folder, also REXUS_SERVER_BACKUP_DIR and REXUS_CLIENT_BACKUP_DIR: a "
            "folder that both see, as the server names it and as this machine does."
        ),
    ),
    "lost.reaches": Text(
        N_("{database} comes back as it was on {at}. Backups that it takes: {count}."),
        _ONLY_READ,
        N_("Nothing has to be done."),
    ),
    "lost.several": Text(
        N_("There are {count} databases called {database} here, which have nothing else in common."),
        _ONLY_READ,
        N_("Name a set of the one that is meant; the newest of each: {sets}."),
    ),
    "lost.useless": Text(
        N_("The backup {set} of {database} can't be used ({file}): {why}"),
        _OTHERS,
        N_("Look for another copy of its files."),
    ),
    "lost.nothing_whole": Text(
        N_("None of the backups of {database} brings it back."),
        _ONLY_READ,
        N_("Look for what they lack; a full backup is what everything begins with."),
    ),
    "lost.no_overwrite": Text(
        N_("Without settings nothing is overwritten: what {target} holds now could not be kept."),
        N_("Nothing was touched."),
        N_("Restore under another name with --to, or write settings with: config init --engine sqlserver --root DIR."),
    ),
    "bare.sqlite_file": Text(
        N_("{file} is the copy of a SQLite database, not of one of SQL Server."),
        _ONLY_READ,
        N_("Unpack it, if it is packed, and put it where the application expects its database."),
    ),
    "bare.unusable_file": Text(
        N_("{file} brings nothing back: {why}"),
        _OTHERS,
        N_("Look for another copy of this file."),
    ),
    "bare.closed_file": Text(
        N_("{file} can't be looked into here, so it is in no chain: {why}"),
        _OTHERS,
        N_(
            "A server can: RESTORE HEADERONLY tells what is in it. An encrypted one needs the certificate, with its "
            "private key, that it was made with."
        ),
    ),
    "bare.empty": Text(
        N_("There is no backup in {file}."),
        _OTHERS,
        N_("Look for another copy of this file, if there should be one."),
    ),
    "bare.odd_name": Text(
        N_("{file} has a name that not all systems know; it was not read."),
        _OTHERS,
        N_("Give the file another name, of letters, digits, «-» and «_», and look again."),
    ),
    "bare.closed_folder": Text(
        N_("The folder {path} could not be looked into: {why}."),
        _OTHERS,
        N_("Have the rights on it given to you, or look with an account that has them."),
    ),
    "bare.too_many": Text(
        N_("There are more than {count} files in the folder; those behind them were not looked at."),
        _ONLY_READ,
        N_("Name the folder that the backups are in, not one far above it."),
    ),
    "bare.link": Text(
        N_("{file} is a link; where it leads to was not looked at."),
        _OTHERS,
        N_("If there are backups, open that folder by itself or put copies of the files here."),
    ),
    "bare.other_kind": Text(
        N_("{file} holds a backup of {database} of a kind that this program does not restore ({kind})."),
        _OTHERS,
        N_("Restore it by hand with the statements of SQL Server: it holds only some files of the database."),
    ),
    "bare.other_files": Text(
        N_("Other files in the folder that are no backups: {count} ({files})."),
        _ONLY_READ,
        N_("Nothing has to be done."),
    ),
    "bare.packed_differently": Text(
        N_("The {count} files of the backup in {file} and others are all here, but not all packed in the same way."),
        _ONLY_READ,
        N_("Unpack all of them (gunzip, zstd -d) and look again."),
    ),
}
