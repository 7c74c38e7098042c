"""What restore tests may have to tell, by code."""

from __future__ import annotations

from .saying import N_, Text

_DATABASES = N_("Your databases are as they were: a restore test never touches them.")
_BACKUP = N_("That says nothing bad of the backup; it is as it was.")
_RESTORED = N_("The copy itself was restored and judged whole by the engine.")
_QUESTION = N_("The backup itself is sound: it was restored and proven. The question itself may be wrong.")

TEXTS: dict[str, Text] = {
    "drill.none": Text(
        N_("There is nothing to test in {path}: it holds no backup."),
        _DATABASES,
        N_("Make a backup first (verb backup)."),
    ),
    "drill.no_backup": Text(
        N_("The restore of {name} can't be tested: no set holds a backup of it."),
        N_("The other databases are not affected."),
        N_("Make a backup of it now (verb backup)."),
    ),
    "drill.not_in_set": Text(
        N_("The restore of {database} can't be tested from {set}: that set holds no finished backup of it."),
        _DATABASES,
        N_("Name another set, or none: then the newest is taken that holds it."),
    ),
    "drill.set_lacks": Text(
        N_("The set {set} holds no finished backup of {database}, so its restore can't be tested from it."),
        N_("Nothing was touched; nothing at all was tested."),
        N_("It holds: {allowed}. Name one of these or another set; without --set the newest that holds it is taken."),
    ),
    "drill.on_server": Text(
        N_("The restore of {database} can't be tested here: only the server sees its backup file."),
        _BACKUP,
        N_("Test it on the server, or let the backups be written where this machine can read them."),
    ),
    "drill.passed_over": Text(
        N_("The set {newer} was passed over for the restore test of {database}: {why}."),
        N_("The set {set} was tested instead: its files are all there."),
        N_("Bring the missing files back and test it (drill {database} --set {newer}), or make a full backup now."),
    ),
    "drill.not_alone": Text(
        N_("The restore of {database} from {set} can't be tested: a backup of kind {kind} needs those before it."),
        _BACKUP,
        N_("Test the full backup that it builds on."),
    ),
    "drill.other_engine": Text(
        N_("The restore of {database} can't be tested: its backup is of the engine {engine}, this is {here}."),
        _BACKUP,
        N_("Test it with a configuration for the engine that it comes from."),
    ),
    "drill.no_space": Text(
        N_("The restore of {database} can't be tested: the copy needs {needed}, {free} are free."),
        _BACKUP,
        N_("Free space where the backup folder is; the copy is removed again after the test."),
    ),
    "drill.no_room": Text(
        N_("The restore of {database} from {set} can't be tested: {why}."),
        _BACKUP,
        N_("Make room there, or test it on another server; the copy is removed again after the test."),
    ),
    "drill.not_done": Text(
        N_("The restore of {database} could not be tested: {why}."),
        _BACKUP,
        N_("Look at the space, the rights and the disk of the backup folder, and test again (verb drill)."),
    ),
    "drill.failed": Text(
        N_("The restore test of {database} from {set} failed."),
        _DATABASES,
        N_("Do not count on this set: make a new backup now and test it (drill {database})."),
    ),
    "drill.stale": Text(
        N_("The copy of {database} from {set} is not of the instant that it claims: {mark} is {found} for {expected}."),
        _DATABASES,
        N_("Do not count on this set: make a new backup now and test it (drill {database})."),
    ),
    "drill.no_marks": Text(
        N_("The set {set} does not say what tells {database} from an earlier state: it was made by an older version."),
        N_("The test itself was done."),
        N_("Nothing to do: backups of this version say it."),
    ),
    "drill.record_damaged": Text(
        N_("The record of the last restore tests ({path}) is damaged; the next one begins it anew."),
        N_("The backups and the checks kept with them are as they were."),
        N_("Test each database again: drill"),
    ),
    "drill.record_unreadable": Text(
        N_("The record of the last restore tests ({path}) could not be read: {why}."),
        N_("The backups and the checks kept with them are as they were."),
        N_("Check the permissions of the backup folder and of its folder logs."),
    ),
    "drill.copy_left": Text(
        N_("The copy of a restore test could not be removed: {path} ({why})."),
        N_("The test itself was done; the next run removes the copy."),
        N_("Nothing to do, unless it is still there after the next backup."),
    ),
    "drill.still_failed": Text(
        N_("The set {set} passed, but its restore test failed before, so it is still marked as failed."),
        N_("Its bytes are what the manifest says, as deep as it was checked now."),
        N_("Test its restore again: drill --set {set}."),
    ),
    "drill.query_refused": Text(
        N_("The question «{name}» to {database} does more than read: «{why}»."),
        _RESTORED,
        N_("Write one SELECT under «drill_checks» that only reads, and test again."),
    ),
    "drill.query_unusable": Text(
        N_("The question «{name}» to {database} can't be asked: «{why}»."),
        _RESTORED,
        N_("Write one SELECT under «drill_checks» that gives one value, and test again."),
    ),
    "drill.query_slow": Text(
        N_("The question «{name}» to {database} was not answered within {seconds} seconds."),
        _RESTORED,
        N_("Ask under «drill_checks» for something that an index answers, and test again."),
    ),
    "drill.query_failed": Text(
        N_("The copy of {database} can't answer the question «{name}»: «{why}»."),
        _QUESTION,
        N_("Look whether the table is still in the database; correct the question if it was renamed, and test again."),
    ),
    "drill.no_answer": Text(
        N_("The question «{name}» to {database} gave no answer: what it asks for is not in the copy."),
        _QUESTION,
        N_("Look whether the data is still in the database, or in an earlier set (drill {database} --set …)."),
    ),
    "drill.no_number": Text(
        N_("The question «{name}» to {database} gave «{found}» where a number was expected."),
        _QUESTION,
        N_("Ask for a number under «drill_checks», and test again."),
    ),
    "drill.no_instant": Text(
        N_("The question «{name}» to {database} gave «{found}» where an instant was expected."),
        _QUESTION,
        N_("Ask for an instant under «drill_checks», such as 2025-08-06 14:30:00, and test again."),
    ),
    "drill.not_equal": Text(
        N_("The question «{name}» to {database} gave {found} instead of {expected}."),
        _QUESTION,
        N_("Look whether the data is right in the database, and since when it is not (drill {database} --set …)."),
    ),
    "drill.too_low": Text(
        N_("The question «{name}» to {database} gave {found}; at least {expected} was expected."),
        _QUESTION,
        N_("Look whether data is missing in the database, and since when (drill {database} --set …)."),
    ),
    "drill.too_high": Text(
        N_("The question «{name}» to {database} gave {found}; at most {expected} was expected."),
        _QUESTION,
        N_("Look whether the data is right in the database, and since when it is not (drill {database} --set …)."),
    ),
    "drill.too_old": Text(
        N_("The newest that «{name}» finds in {database} is of {since}: more than {hours} hours before the backup."),
        _QUESTION,
        N_("Look whether the application still writes to the database that is backed up."),
    ),
    "drill.drift": Text(
        N_("The question «{name}» to {database} gave {found} after {before} before: it moved by more than {limit} %."),
        _RESTORED,
        N_("Look whether data was lost; if the change is right, widen its «drift_percent» or give it another name."),
    ),
}
