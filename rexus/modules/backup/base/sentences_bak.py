"""What reading SQL Server's backup files without a server may have to tell, by code."""

from __future__ import annotations

from .saying import N_, Text

_UNTOUCHED = N_("The file was only read. The live database and the other backups are not affected.")
_OTHER = N_("Use another backup, make a new one now, and check the disk and the way that the file took.")
_DATABASE = N_(
    "Check the live database (DBCC CHECKDB): the damage may be its own. Use an older backup that is sound, and make a "
    "new one once the database is."
)
_LOOK_LOG = N_("Look into the server's error log for that time, and make a new backup.")
_ALL_PARTS = N_("Put all files of the backup together in one folder and check them together.")
_BY_SERVER = N_("Have the server check it: RESTORE VERIFYONLY, or better a restore test.")

TEXTS: dict[str, Text] = {
    "bak.not_a_backup": Text(
        N_("This is no backup of SQL Server: neither its beginning nor what should follow is one's."),
        _UNTOUCHED,
        N_("Look whether the right file was chosen; it may be packed, encrypted by another program, or overwritten."),
    ),
    "bak.truncated": Text(
        N_("The backup is cut off: it ends after {offset} bytes, in the middle of what it should hold."),
        _UNTOUCHED,
        _OTHER,
    ),
    "bak.incomplete": Text(
        N_("The backup number {position} in the file, of {database}, was never finished: its closing part is missing."),
        _UNTOUCHED,
        _LOOK_LOG,
    ),
    "bak.block_damaged": Text(
        N_("The backup is damaged at byte {offset}: the block {block} is not sound."), _UNTOUCHED, _OTHER
    ),
    "bak.mark_odd": Text(
        N_("An unused place of the backup, at byte {offset}, is not empty as it is in all backups that are known."),
        N_("Nothing that the backup needs is there. Nothing was changed."),
        N_("Compare the file with another copy of it; bytes that change by themselves are a sign of a failing disk."),
    ),
    "bak.block_misplaced": Text(
        N_("The backup is not in one piece: at byte {offset} there is a block {block} that belongs elsewhere."),
        _UNTOUCHED,
        _OTHER,
    ),
    "bak.trailing_bytes": Text(
        N_("Behind the end of the backup there are foreign bytes, from byte {offset} on."),
        N_("The backup before them was checked by itself. Nothing was changed."),
        N_("Look what wrote to the file. If a second backup was added to it, that one is damaged."),
    ),
    "bak.unknown_block": Text(
        N_("The backup holds something that this program does not know (a block {block} at byte {offset})."),
        _UNTOUCHED,
        _BY_SERVER,
    ),
    "bak.config_damaged": Text(
        N_("What the backup number {position} says of itself is damaged (at byte {offset})."), _UNTOUCHED, _OTHER
    ),
    "bak.config_differs": Text(
        N_(
            "The backup of {database} (number {position}) says two different things of itself: its opening and its "
            "closing description differ."
        ),
        _UNTOUCHED,
        _OTHER,
    ),
    "bak.database_differs": Text(
        N_("The pages in the backup of {database} are of another database than the backup says."), _UNTOUCHED, _OTHER
    ),
    "bak.page_checksum": Text(
        N_(
            "Pages of {database} in the backup that do not agree with their checksum: {count}. The first is page "
            "{file}:{page}, at byte {offset}."
        ),
        _UNTOUCHED,
        _DATABASE,
    ),
    "bak.page_torn": Text(
        N_(
            "Pages of {database} in the backup of which only a part was written: {count}. The first is page "
            "{file}:{page}, at byte {offset}."
        ),
        _UNTOUCHED,
        _DATABASE,
    ),
    "bak.page_foreign": Text(
        N_(
            "Pages of {database} in the backup whose content is missing or of another page: {count}. The first is page "
            "{file}:{page}."
        ),
        _UNTOUCHED,
        _DATABASE,
    ),
    "bak.pages_encrypted": Text(
        N_(
            "The pages of {database} seem to be encrypted (TDE): nearly none agrees with its checksum, which without "
            "the server proves nothing then. Such pages: {count}."
        ),
        N_("All else in the file was checked."),
        _BY_SERVER,
    ),
    "bak.extent_order": Text(
        N_(
            "Parts of {database} stand in the wrong order in the backup, or twice: {count}. The first begins with page "
            "{file}:{page}, at byte {offset}."
        ),
        _UNTOUCHED,
        _OTHER,
    ),
    "bak.extent_missing": Text(
        N_(
            "Parts of {database} are missing in the backup (64 KB each): {count}. The first is number {extent} of the "
            "file {file}."
        ),
        _UNTOUCHED,
        _OTHER,
    ),
    "bak.extent_surplus": Text(
        N_(
            "The backup holds parts of {database} that are not in use there (64 KB each): {count}. The first is number "
            "{extent} of the file {file}."
        ),
        _UNTOUCHED,
        _DATABASE,
    ),
    "bak.size_differs": Text(
        N_("The backup of {database} should hold {expected} bytes of data or log and holds {found}."),
        _UNTOUCHED,
        _OTHER,
    ),
    "bak.log_block": Text(
        N_(
            "Blocks of the transaction log of {database} that are damaged or missing in the backup: {count}. The first "
            "is at byte {offset}."
        ),
        _UNTOUCHED,
        _OTHER,
    ),
    "bak.log_gap": Text(
        N_("The transaction log of {database} does not go on without a gap in the backup (at its part {vlf})."),
        _UNTOUCHED,
        _OTHER,
    ),
    "bak.csum": Text(
        N_(
            "The backup of {database} does not agree with the checksum that the server gave it (from byte {offset} on)."
        ),
        _UNTOUCHED,
        _OTHER,
    ),
    "bak.csum_missing": Text(
        N_("A checksum that the server should have given the backup of {database} is missing (from byte {offset} on)."),
        _UNTOUCHED,
        _OTHER,
    ),
    "bak.record_damaged": Text(
        N_("Parts of the compressed backup that are damaged: {count}. The first is at byte {offset}."),
        _UNTOUCHED,
        _OTHER,
    ),
    "bak.encrypted": Text(
        N_("The backup is encrypted; what is in it can be told by the server alone."),
        _UNTOUCHED,
        N_("Have the server check it (RESTORE VERIFYONLY); it needs the certificate that the backup was made with."),
    ),
    "bak.old_compression": Text(
        N_("The backup is compressed in the way of servers before 2014, which this program can't look into."),
        _UNTOUCHED,
        _BY_SERVER,
    ),
    "bak.pages_closed": Text(
        N_("The pages in the compressed backup were not looked at one by one; its parts agree with their checksums."),
        _UNTOUCHED,
        _BY_SERVER,
    ),
    "bak.stripe_missing": Text(
        N_("The backup is spread over {expected} files and {found} are here; missing: {parts}."),
        _UNTOUCHED,
        N_("Find the missing files: without each of them nothing can be restored."),
    ),
    "bak.stripe_twice": Text(
        N_("{file} and {other} are the same part of the backup (number {part})."), _UNTOUCHED, _ALL_PARTS
    ),
    "bak.stripe_foreign": Text(
        N_("{file} does not belong to the same backup as the other files."), _UNTOUCHED, _ALL_PARTS
    ),
    "bak.stripe_differs": Text(
        N_("{file} and {other} are parts of one media set, but do not hold the same backups."),
        _UNTOUCHED,
        _ALL_PARTS,
    ),
}
