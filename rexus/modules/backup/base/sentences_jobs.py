"""What the jobs room may have to tell, by code."""

from __future__ import annotations

from .saying import N_, Text

_READ_ONLY_SAFE = N_("What is on that disk is as it was, and can be listed, verified and restored to another place.")
_READ_ONLY_FIX = N_(
    "To bring data out now: restore SET --database NAME --to PATH. For new backups make the disk writable (its switch, "
    "its mount options; a system locks a failing disk like this, too: see its log), or set another «root»."
)

TEXTS: dict[str, Text] = {}

# --- file sets, lease, logs -------------------------------------------------------------------------------------
TEXTS |= {
    "files.unreadable": Text(
        N_("The file {path} could not be read: {reason}."),
        N_("Everything else was copied; an older set may hold this file."),
        N_("Give the account that runs the backups the right to read it, or exclude it in the settings."),
    ),
    "files.vanished": Text(
        N_("The file {path} disappeared before it could be copied."),
        N_("Everything else was copied."),
        N_("Nothing to do if it is temporary; else look why it is gone, and exclude it if this happens again."),
    ),
    "files.changed": Text(
        N_("The file {path} was changed again and again while it was copied."),
        N_("A copy was kept and has its own checksum, but it may mix two states."),
        N_("Back up again while nobody writes to it."),
    ),
    "files.special": Text(
        N_("{path} is a pipe, socket or device and was not copied."),
        N_("Everything else was copied."),
        N_("Exclude it in the settings if it belongs there."),
    ),
    "files.link_only": Text(
        N_("{path} is a link to {target}, outside the application; the link was copied, not what it points to."),
        N_("The link itself can be restored."),
        N_("Back up the place it points to in its own way, or put the file itself into the application folder."),
    ),
    "files.too_many": Text(
        N_("There are more files than a set can list: {count} entries of {path} were left out."),
        N_("Everything that the set lists was copied and checked; the databases are not affected."),
        N_("Exclude what need not be backed up in the settings (files.exclude), and back up again."),
    ),
    "files.foreign_journal": Text(
        N_("{path} holds the folder .rexus_restore.partial of a restore that this backup folder knows nothing of."),
        N_("Nothing was touched there; this program never follows such a folder."),
        N_("If a restore from another backup folder died there, start it again; else remove that folder by hand."),
    ),
    "files.app_root": Text(
        N_("The application folder {path} could not be read: {reason}."),
        N_("No copy was changed."),
        N_("Correct app_root in the settings, or give the account that runs the backups the right to read it."),
    ),
    "files.bad_pattern": Text(
        N_("The pattern “{pattern}” does not name something below the application folder."),
        N_("Nothing was touched."),
        N_("Write a relative path without “..”, for example config/** or resources/qss."),
    ),
    "files.full": Text(
        N_("There is no space left for {path}."),
        N_("Finished sets are as they were; nothing unfinished stays behind."),
        N_("Make room on that disk and try again."),
    ),
    "files.write_failed": Text(
        N_("{path} could not be written: {reason}."),
        N_("Finished sets and the files that were there are as they were."),
        N_("Check the disk and the rights there, close programs that use the file, and try again."),
    ),
    "files.reread": Text(
        N_("The copy {path} did not read back as it was written."),
        N_("The original file is untouched; the bad copy was removed."),
        N_("Check the disk of the backup folder before you trust it again."),
    ),
    "files.missing": Text(
        N_("The copy of {path} is missing from the set."),
        N_("The other copies of the set are checked one by one."),
        N_("Restore this file from another set, and back up again."),
    ),
    "files.damaged": Text(
        N_("The copy of {path} is not what the manifest promises (copies that are not: {count})."),
        N_("Nothing was restored from it; existing files are as they were."),
        N_("Restore it from another set, or restore the other files by name."),
    ),
    "files.extra": Text(
        N_("{path} lies in the set's folder, but the manifest does not name it."),
        N_("The copies that the manifest names are not affected, and it is never restored."),
        N_("Look who put it there, and remove it by hand."),
    ),
    "files.exists": Text(
        N_("A different {path} is already there (different files: {count})."),
        N_("Nothing was restored; the existing files are as they were."),
        N_("Restore to another folder with --to, or add --overwrite; the old files are kept."),
    ),
    "files.in_the_way": Text(
        N_("{path} is in the way: it is something else than what would be restored there."),
        N_("Nothing was restored; what is there is as it was."),
        N_("Move it away, or restore to another folder with --to."),
    ),
    "files.unsafe_path": Text(
        N_("The path {path} leads out of the folder where it belongs."),
        N_("Nothing was read or written there."),
        N_("If a link at the destination leads elsewhere, restore to another folder; else distrust this set."),
    ),
    "files.not_in_set": Text(
        N_("The set holds nothing named {path}."),
        N_("Nothing was touched."),
        N_("Look with “show” what the set holds, and write the path as it stands there."),
    ),
    "files.impossible": Text(
        N_("This system can't have a file named {path} beside the others."),
        N_("Its copy stays in the set; the other files were restored."),
        N_("Restore it on the system it comes from, or copy it by hand under another name."),
    ),
    "files.no_links": Text(
        N_("The link {path} could not be restored: there can be no links in that folder, or this account may not."),
        N_("The other files were restored; what the link points to stands in the manifest."),
        N_("On Windows, restore as administrator or in developer mode; else restore to another disk."),
    ),
    "files.undo_failed": Text(
        N_("An unfinished restore of files to {path} could not be undone: {reason}."),
        N_("The old files are kept in the folder safety of the backup folder; .restoring-… there says where."),
        N_("Check disk and rights there, and start the restore again: it begins by undoing."),
    ),
    "root.busy": Text(
        N_("Somebody already works on this backup folder: {verb} by {who} on {host} since {since} (process {pid})."),
        N_("Nothing was touched, and the running work goes on."),
        N_("Wait until it is done, or stop it there."),
    ),
    "root.full": Text(
        N_("There is no space left in the backup folder {path}."),
        N_("What is stored there is as it was."),
        N_("Free space there. These work on a full disk too: prune (first: prune --plan), delete SET, cleanup."),
    ),
    "verify.lacking": Text(
        N_("Of the set {set} ({status}) only what it holds could be checked: the backup of {database} is not in it."),
        N_("What it holds can be restored; the other sets are not affected."),
        N_("Use another set for what is not in it (verb list), or make a new backup: backup"),
    ),
    "root.lock_failed": Text(
        N_("The backup folder could not be locked: {reason} ({path})."),
        N_("Nothing was touched."),
        N_("Check that the folder can be written, and that its disk is connected."),
    ),
    "root.lock_read_only": Text(
        N_("The backup folder could not be locked: {reason} ({path})."), _READ_ONLY_SAFE, _READ_ONLY_FIX
    ),
    "check.root_read_only": Text(
        N_("The backup folder {path} can't be written: {why}."), _READ_ONLY_SAFE, _READ_ONLY_FIX
    ),
    "root.lease_lost": Text(
        N_("This run was silent for so long that another one took the backup folder over ({verb} by {who} on {host})."),
        N_("It stopped before its next step; finished sets are as they were, and the other run goes on."),
        N_("See why this machine stood still (sleep, a lost network drive), and start the command again."),
    ),
    "log.unwritable": Text(
        N_("The log {path} can't be written: {reason}."),
        N_("The work itself goes on."),
        N_("Check the rights of the logs folder, and the space on its disk."),
    ),
}
TEXTS |= {
    "restore.makes_folder": Text(
        N_("The folder {path} is new: restoring makes it."),
        N_("Nothing is replaced there."),
        N_("If another folder was meant, look at the path behind --to."),
    ),
    "report.unwritten": Text(
        N_("The report can't be written to {path}: {why}."),
        N_("What was restored is in its place; the report can be saved again."),
        N_("Choose another folder, one that this account may write to."),
    ),
}
# --- end of file sets, lease, logs ------------------------------------------------------------------------------

# --- checks that find no room -----------------------------------------------------------------------------------
TEXTS |= {
    "backup.no_room_to_check": Text(
        N_(
            "The backup of {database} was not kept, for its check found no room: unpacked it needs {needed} in {path}, "
            "{free} are free."
        ),
        N_("The earlier backups are as they were."),
        N_("Free space there, or agree to a check that unpacks nothing («verification.after_backup»: content)."),
    ),
    "backup.not_checked": Text(
        N_("The backup of {database} was not kept, for it could not be checked: {path}: {why}."),
        N_("The earlier backups are as they were."),
        N_("Look whether that disk is connected, has space and lets this user read and write, and back up again."),
    ),
    "verify.no_space": Text(
        N_("The check of {file} could not be made: unpacked it needs {needed} in {path}, {free} are free."),
        N_("That says nothing bad of the backup; it is as it was."),
        N_("Free space there, or verify less deeply: --depth content unpacks nothing."),
    ),
}

# --- work in a process of its own -------------------------------------------------------------------------------
TEXTS |= {
    "work.gone": Text(
        N_("The work ended abruptly ({exit_told}): {why}"),
        N_("The earlier backups are as they were; what the work had begun is tidied up at the next start."),
        N_("Start it again. If it happens again, send today's log to support."),
    ),
    "work.gone_alone": Text(
        N_("The work ended abruptly ({exit_told})."),
        N_("The earlier backups are as they were; what the work had begun is tidied up at the next start."),
        N_("Start it again. If it happens again, send today's log to support."),
    ),
    "work.unstarted": Text(
        N_("The work could not be started: {path}: {why}."),
        N_("Nothing was touched."),
        N_("Look whether the program is whole and the machine has memory left, and start it again."),
    ),
    "work.bad_order": Text(
        N_("What was ordered can't be read: {why}."),
        N_("Nothing was touched."),
        N_("Order it in the window, or by its verb on the command line."),
    ),
    "work.died": Text(
        N_("The work «{verb}» of {who} was cut off."),
        N_("The earlier backups are as they were; what the work had begun is tidied up at the next start."),
        N_("Start it again. If it happens again, send today's log to support."),
    ),
    "work.not_well": Text(
        N_("The work «{verb}» of {who}, started elsewhere, did not end well."),
        N_("The earlier backups are as they were."),
        N_("The log of the day and the record of who did what say why."),
    ),
}
