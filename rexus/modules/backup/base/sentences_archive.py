"""What the archive and the stores may have to tell, by code."""

from __future__ import annotations

from .saying import N_, Text

_OTHERS_SAFE = N_("The other files and sets are not affected.")
_NOTHING_LEFT = N_("Nothing is left of the unfinished file; the live databases and all other backups are untouched.")
_NOTHING_TOUCHED = N_("Nothing was touched.")
_OTHER_SET = N_("Use another set, take a new backup now, and check the disk: stored bytes do not change by themselves.")
_DISK = N_("Look at the disk's health and the system's log, or choose another folder for the backups («root»).")

TEXTS: dict[str, Text] = {
    "archive.corrupt": Text(
        N_("The archive {file} is damaged: it can't be unpacked ({why})."), _OTHERS_SAFE, _OTHER_SET
    ),
    "archive.truncated": Text(N_("The archive {file} is cut off: its end is missing."), _OTHERS_SAFE, _OTHER_SET),
    "archive.trailing": Text(
        N_("The archive {file} has foreign bytes behind its end."),
        _OTHERS_SAFE,
        _OTHER_SET,
    ),
    "archive.level": Text(
        N_("The compression {codec} has no level {level}."),
        _NOTHING_TOUCHED,
        N_("Set compression.level to a number from {lowest} to {highest}, or leave it out."),
    ),
    "store.full": Text(
        N_("There is no space left for {path}."),
        _NOTHING_LEFT,
        N_(
            "Free some space (prune --plan shows what the rules of «retention» would delete), "
            "or choose another folder for the backups («root»)."
        ),
    ),
    "store.too_big": Text(
        N_("The disk does not take a file as large as {path} has become."),
        _NOTHING_LEFT,
        N_("Raise the limit for this user, or choose a folder on another kind of file system (FAT32 ends at 4 GiB)."),
    ),
    "store.denied": Text(
        N_("The system does not allow access to {path}: {why}."),
        _NOTHING_LEFT,
        N_("Give this user the right to write there, see that the disk is not read-only, and try again."),
    ),
    "store.io": Text(N_("The backup folder failed at {path}: {why}."), _NOTHING_LEFT, _DISK),
    "store.unreadable": Text(N_("The stored file {path} could not be read: {why}."), _OTHERS_SAFE, _DISK),
    "store.read_denied": Text(
        N_("{path} can't be read: {why}."),
        _OTHERS_SAFE,
        N_("Give this user the right to read it, and to enter the folders above it."),
    ),
    "store.exists": Text(
        N_("There is a stored file named {path} already."),
        N_("It was not touched, and nothing was added."),
        N_("Try again in a second: a new set gets a new name."),
    ),
    "store.missing": Text(
        N_("The stored file {path} is not there."),
        _OTHERS_SAFE,
        N_("Look whether somebody moved or deleted it, or whether its disk is not mounted; else use another set."),
    ),
    "store.reread": Text(
        N_("What the disk gives back for {path} is not what was written to it."),
        _NOTHING_LEFT,
        N_(
            "The disk, its cable or the memory is faulty: choose another folder for the backups («root») and test them."
        ),
    ),
    "store.bad_name": Text(
        N_("{name} can't be the name of a stored file."),
        _NOTHING_TOUCHED,
        N_("Use names without drive letters, backslashes, .. and other characters that a system forbids."),
    ),
}
