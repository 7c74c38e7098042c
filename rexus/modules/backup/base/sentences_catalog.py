"""What the catalog room may have to tell, by code."""

from __future__ import annotations

from .saying import N_, Text

_OTHERS_SAFE = N_("All other sets are untouched and can be used; nothing was changed.")
_FILES_SAFE = N_("The stored files of this set were not touched; they can be restored by hand.")
_NOTHING = N_("Nothing was changed.")
_AUDIT_SAFE = N_("Backups and databases are not concerned; the lines before are proven.")
_BY_HAND = N_(
    "Put the file back from a duplicate of the backup folder. Do not move it away alone: without it no set names its "
    "archives, and clean-ups remove those after a while. docs/emergencies.md says how to restore by hand."
)
_INSPECT = N_("Find out who changed the folder logs; keep a copy of it before anything else is done.")

TEXTS: dict[str, Text] = {
    "manifest.damaged": Text(N_("The manifest {file} is damaged: {reason}."), _FILES_SAFE, _BY_HAND),
    "manifest.unreadable": Text(
        N_("The manifest {file} could not be read: {reason}."),
        _OTHERS_SAFE,
        N_("Check the permissions of that file and of the backup folder, and the health of its disk, then try again."),
    ),
    "manifest.hash": Text(
        N_("The manifest {file} was changed after it was written: its own hash does not match."),
        _FILES_SAFE,
        _BY_HAND,
    ),
    "manifest.hostile_path": Text(
        N_("The manifest {file} names a path that no backup has: {name}."),
        N_("The path was not followed; all other sets are untouched and can be used."),
        N_("Find out where this manifest comes from, and remove it if nobody knows."),
    ),
    "manifest.too_big": Text(N_("The manifest {file} is larger than {limit} bytes."), _OTHERS_SAFE, _BY_HAND),
    "manifest.too_deep": Text(
        N_("The manifest {file} is nested deeper than {limit} levels, as no backup is."), _OTHERS_SAFE, _BY_HAND
    ),
    "manifest.newer": Text(
        N_("The manifest {file} has format {version}; this program knows formats up to {known}."),
        _OTHERS_SAFE,
        N_("Use the newer version of the program that wrote it."),
    ),
    "manifest.bad_name": Text(
        N_("The file {file} is named like a manifest, but not after a set."),
        _OTHERS_SAFE,
        N_(
            "Give it its name back (backup_manifest_YYYYMMDD_HHMMSS.json). Move it to another folder only if it is of "
            "no set: without a manifest the archives of a set are removed by clean-ups after a while."
        ),
    ),
    "manifest.name_mismatch": Text(
        N_("The manifest {file} describes another set: {set}."),
        _OTHERS_SAFE,
        N_("Give the file its name back, or remove it if it is a copy."),
    ),
    "manifest.unwritable": Text(
        N_("The manifest of {set} was not written, because it could not be read back: {reason}."),
        N_("The manifest that was there before is still there, and all other sets are untouched."),
        N_("Exclude the files with odd names or reduce their number in the settings, then back up again."),
    ),
    "catalog.write_failed": Text(
        N_("{path} could not be written: {reason}."),
        N_("What was there before is still there, and all other sets are untouched."),
        N_("Check the permissions of the backup folder and the health of its disk, then try again."),
    ),
    "catalog.full": Text(
        N_("There is no space left to write {path}."),
        N_("What was there before is still there, and all other sets are untouched."),
        N_("Free space on the disk of the backup folder, then try again."),
    ),
    "catalog.unreadable": Text(
        N_("The backup folder {path} could not be read: {reason}."),
        _NOTHING,
        N_("Check that the folder exists, that its disk is connected, and its permissions."),
    ),
    "catalog.absent": Text(
        N_("There is no backup folder {path}."),
        N_("Nothing was touched."),
        N_(
            "Connect the disk or the share it is on, or correct «root» in the configuration, and repeat the command. "
            "Only where no backup was ever made: backup"
        ),
    ),
    "set.unknown": Text(
        N_("There is no backup set {set}; the nearest is {nearest}."),
        _NOTHING,
        N_("See the names of the sets with: list"),
    ),
    "set.unknown_far": Text(
        N_("There is no backup set {set}."),
        _NOTHING,
        N_("See the names of the sets with: list. They are written like this: {nearest}"),
    ),
    "set.unknown_alone": Text(
        N_("There is no backup set {set}; there are no sets at all in the backup folder."),
        _NOTHING,
        N_("Look whether «root» names the right folder and its disk is connected; the first backup: backup"),
    ),
    "set.no_part": Text(
        N_("The set {set} holds no {name}; its databases are: {allowed}."),
        _NOTHING,
        N_("See what the set holds with: show {set}"),
    ),
    "set.no_name": Text(
        N_("No free name was found for a new set at {set} in {root}."),
        N_("All sets that are there are untouched; no backup was begun."),
        N_("Check the clock of this machine, and try again."),
    ),
    "legacy.failed": Text(
        N_("The original program says that its backup of {database} failed: {reason}."),
        N_("The other parts of that set are not concerned."),
        N_("Use another set for this part."),
    ),
    "legacy.no_file": Text(
        N_("The original program's manifest names no usable file for {database}."),
        N_("The other parts of that set are not concerned."),
        N_("Use another set, or look for the file in the folder databases and restore it by hand."),
    ),
    "legacy.odd_name": Text(
        N_("A copied file has a name that can't be restored on every system: {name}."),
        N_("The file stays where it is in the backup folder."),
        N_("Copy it by hand if it is needed."),
    ),
    "audit.write_failed": Text(
        N_("The audit trail {path} could not be written: {reason}."),
        N_("The backups themselves are not concerned; the lines that were there are unchanged."),
        N_("Check the space and the permissions of the folder logs, then try again."),
    ),
    "audit.unreadable": Text(
        N_("The audit trail {path} could not be read: {reason}."),
        N_("The backups themselves are not concerned."),
        N_("Check the permissions of the folder logs, then try again."),
    ),
    "audit.changed": Text(
        N_("Line {line} of the audit trail was changed or damaged after it was written."), _AUDIT_SAFE, _INSPECT
    ),
    "audit.chain": Text(
        N_("Before line {line} of the audit trail lines were removed, inserted or moved."), _AUDIT_SAFE, _INSPECT
    ),
    "audit.truncated": Text(
        N_("The audit trail had {expected} lines and now has {found}: lines at its end were removed."),
        _AUDIT_SAFE,
        _INSPECT,
    ),
    "audit.gap": Text(
        N_("When line {line} of the audit trail was written, lines were missing: {found} instead of {expected}."),
        _AUDIT_SAFE,
        _INSPECT,
    ),
    "audit.head_missing": Text(
        N_("The file audit.head is missing beside an audit trail of {lines} lines."), _AUDIT_SAFE, _INSPECT
    ),
    "audit.head_wrong": Text(N_("{path} does not belong to this audit trail of {lines} lines."), _AUDIT_SAFE, _INSPECT),
    "audit.expired": Text(
        N_("The first {lines} lines of the audit trail are gone: the clean-up removed them for their age."),
        N_("A later line vouches for their end; all lines that are there are chained to it."),
        N_("Nothing needs to be done."),
    ),
    "audit.torn": Text(
        N_("Line {line} of the audit trail is incomplete: the program was interrupted while writing it."),
        N_("All other lines are whole and chained."),
        N_("Nothing needs to be done."),
    ),
}
