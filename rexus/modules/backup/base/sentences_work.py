"""What backing up, verifying, restoring and deleting may have to tell, by code."""

from __future__ import annotations

from .saying import N_, Text

_UNTOUCHED = N_("Nothing was touched.")
_OLD_SETS = N_("The earlier backups are as they were.")
_DATABASES = N_("Your databases are as they were.")

TEXTS: dict[str, Text] = {
    "unexpected": Text(
        N_("The program met an error of its own."),
        _OLD_SETS,
        N_("Look at today's log (verb log) and try again; send the log to support if it happens again."),
    ),
    "root.new": Text(
        N_("The backup folder {path} held no backup before this one."),
        N_("If it is the right folder, all is well."),
        N_("If earlier backups should be there, look whether its disk is connected."),
    ),
    "root.write_failed": Text(
        N_("Writing failed at {path}: {why}."), _OLD_SETS, N_("Check space and rights of that folder and try again.")
    ),
    "audit.absent": Text(
        N_("There is no audit trail in {path}, though backups were made: somebody removed it."),
        _OLD_SETS,
        N_("Ask who had access to that folder; a new trail begins with the next run."),
    ),
    "audit.unwritten": Text(
        N_("What was done could not be written to the audit trail: {why}."),
        N_("The work itself was done as told."),
        N_("Check space and rights of the folder logs in the backup folder."),
    ),
    "cancelled": Text(
        N_("Cancelled at your request."), _OLD_SETS, N_("Start it again when you like; nothing unfinished is left.")
    ),
    "engine.unavailable": Text(
        N_("This version can't work with the engine {engine}."), _UNTOUCHED, N_("Set «engine» to one of: {allowed}.")
    ),
    "database.none": Text(
        N_("No database is configured."),
        _OLD_SETS,
        N_("Name them under «databases» in the configuration, or in .env (DB_USERS, DB_INVENTARIO, DB_AUDITORIA)."),
    ),
    "database.unknown": Text(N_("There is no database named «{name}»."), _UNTOUCHED, N_("Use one of: {allowed}.")),
    "backup.kind": Text(
        N_("The engine {engine} can't take a backup of kind {kind}."), _UNTOUCHED, N_("Use one of: {allowed}.")
    ),
    "backup.unproven": Text(
        N_("The backup of {database} did not pass its check and was discarded."),
        _OLD_SETS,
        N_("Run the backup again; if it fails again, check the disk of the backup folder."),
    ),
    "space.short": Text(
        N_("Not enough space in {path}: {needed} needed, {free} free."),
        _OLD_SETS,
        N_("Free space there, delete sets you no longer need, or choose another folder under «root»."),
    ),
    "set.interrupted": Text(
        N_("The backup {set} was interrupted before its end; what it had written was removed."),
        _OLD_SETS,
        N_("Run the backup again."),
    ),
    "sweep.took_over": Text(
        N_("An earlier run ({verb}, process {pid}, since {since}) ended without saying goodbye; its place was taken."),
        _OLD_SETS,
        N_("Nothing to do."),
    ),
    "sweep.interrupted": Text(
        N_("The set {set} was left unfinished by a run that died; it is marked as interrupted."),
        _OLD_SETS,
        N_("Run the backup again if no later set exists."),
    ),
    "sweep.deletion_finished": Text(
        N_("The deletion of {set}, begun earlier, was finished."), _OLD_SETS, N_("Nothing to do.")
    ),
    "sweep.deletion_dropped": Text(
        N_("The deletion of {set} was not finished: by now it holds the newest proven backup of a database."),
        _OLD_SETS,
        N_("Verify it (verb verify); a part of it may be gone already."),
    ),
    "sweep.left": Text(
        N_("Something an earlier run left could not be tidied up: {path} ({why})."),
        _OLD_SETS,
        N_("Nothing else is held up; look at that place and its rights."),
    ),
    "sweep.partials": Text(N_("Unfinished files removed: {count}."), _OLD_SETS, N_("Nothing to do.")),
    "sweep.beside_database": Text(
        N_("What a dead restore had left was cleaned up: {path}."), _DATABASES, N_("Nothing to do.")
    ),
    "list.file_gone": Text(
        N_("The file {file} of the set {set} is not there."),
        N_("The other files and sets are not affected."),
        N_("Do not count on this set: look who removes files there, put it back or make a new backup."),
    ),
    "list.file_cut": Text(
        N_("The file {file} of the set {set} has {found} bytes instead of {expected}."),
        N_("The other files and sets are not affected."),
        N_("Do not count on this set: make a new backup now and look at the disk."),
    ),
    "list.more_gone": Text(
        N_("More files of sets that are not there whole: {count}."),
        N_("Sets with a tick are not affected."),
        N_("Look whether the disk of the backup folder is whole and connected; list --all shows all sets."),
    ),
    "verify.none": Text(
        N_("There is no backup to verify in {path}."), _UNTOUCHED, N_("Make a backup first (verb backup).")
    ),
    "verify.nothing": Text(
        N_("The set {set} ({status}) holds no finished database backup."),
        N_("The other sets are not affected."),
        N_("Make a new backup (verb backup)."),
    ),
    "verify.no_file": Text(
        N_("The backup of {database} has no stored file."),
        N_("The other databases of the set are not affected."),
        N_("Use another set, or make a new backup."),
    ),
    "verify.size": Text(
        N_("The file {file} has {found} bytes instead of {expected}."),
        N_("The other files and sets are not affected."),
        N_("Do not count on this set: make a new backup now and look at the disk."),
    ),
    "verify.stored_hash": Text(
        N_("The file {file} is not what was written: its checksum differs."),
        N_("The other files and sets are not affected."),
        N_("Do not count on this set: make a new backup now and look at the disk."),
    ),
    "verify.content_hash": Text(
        N_("The content of {file} is not what was backed up: its checksum differs."),
        N_("The other files and sets are not affected."),
        N_("Do not count on this set: make a new backup now and look at the disk."),
    ),
    "verify.row_counts": Text(
        N_("The backup of {database} holds {found} rows in {table} instead of {expected}."),
        N_("The other databases of the set are not affected."),
        N_("Do not count on this set: make a new backup now."),
    ),
    "verify.other_engine": Text(
        N_("The backup of {database} is not of the engine {engine}: its bytes are proven, the engine can't judge it."),
        N_("Its content is complete and unchanged."),
        N_("Verify it with the engine it comes from."),
    ),
    "verify.orphan": Text(
        N_("The file {file} belongs to no set."),
        N_("All listed sets are as they were."),
        N_("It may be left of a dead run or a lost manifest; see when it is removed: cleanup --plan."),
    ),
    "verify.foreign": Text(
        N_("The file {file} belongs to no set, and this program gives no such names."),
        N_("All listed sets are as they were."),
        N_("Move it out of the backup folder if it does not belong there; cleanup never removes it."),
    ),
    "verify.orphan_folder": Text(
        N_("The folder {file} belongs to no set."),
        N_("All listed sets are as they were."),
        N_("It may be left of a dead run or a lost manifest; see when it is removed: cleanup --plan."),
    ),
    "verify.foreign_folder": Text(
        N_("The folder {file} belongs to no set, and this program gives no such names."),
        N_("All listed sets are as they were."),
        N_("Move it out of the backup folder if it does not belong there; cleanup never removes it."),
    ),
    "verify.on_server": Text(
        N_("The backup of {database} in {set} can't be checked here: only the server sees its file."),
        N_("That says nothing bad of the backup; it is as it was."),
        N_("Verify it on the server, or let the backups be written where this machine can read them."),
    ),
    "verify.still_failed": Text(
        N_("The set {set} passed, but a deeper check failed before, so it is still marked as failed."),
        N_("Its bytes are what the manifest says, as deep as it was checked now."),
        N_("Check it as deep as before: verify {set} --depth engine."),
    ),
    "verify.files_lacking": Text(
        N_("The set {set} holds no {name} files: they could not be copied then."),
        N_("Its databases are not affected."),
        N_("Make a new backup and see what it says of them."),
    ),
    "verify.not_done": Text(
        N_("The check could not be made: {path}: {why}."),
        N_("That says nothing bad of the backup; it is as it was."),
        N_("Look whether that disk is connected, has space and lets this user read and write, and verify again."),
    ),
    "verify.not_kept": Text(
        N_("The results can't be kept: {path} can't be written ({why})."),
        N_("The check itself was done; the backups are as they were."),
        N_("Give this user the right to write there, or check the disk."),
    ),
    "verify.unkept_full": Text(
        N_("The results can't be kept: there is no space left in {path}."),
        N_("The check itself was done; the backups are as they were."),
        N_("Free space there. These work on a full disk too: prune (first: prune --plan), delete SET, cleanup."),
    ),
    "restore.nothing_asked": Text(
        N_("It is not said what to restore."),
        _UNTOUCHED,
        N_("Say --database NAME ({allowed}), --files config|application, or --all."),
    ),
    "restore.empty_target": Text(
        N_("The place to restore to is empty."), _UNTOUCHED, N_("Name a path behind --to, or leave --to out.")
    ),
    "restore.unheld": Text(
        N_("The backup folder {path} can't be written, so nothing was noted down there."),
        N_("The data was brought out and proven as always."),
        N_("Look at that disk; make the next backup to another one."),
    ),
    "restore.bad_target": Text(
        N_("«{path}» can't be the place to restore to: {why}."), _UNTOUCHED, N_("Name another path behind --to.")
    ),
    "restore.inside_root": Text(
        N_("{path} lies in the backup folder {root}; restoring there could overwrite backups."),
        _UNTOUCHED,
        N_("Name a path outside behind --to."),
    ),
    "restore.nothing_in_set": Text(
        N_("There is nothing to restore in the set {set}."), _UNTOUCHED, N_("Choose another set (verb list).")
    ),
    "restore.files_left": Text(
        N_("The {name} files of the set {set} were left out: different files are in their place."),
        N_("Those files are as they were."),
        N_("Restore them with --files {name} --overwrite --yes {name}, or elsewhere with --to DIR."),
    ),
    "restore.no_place": Text(
        N_("{database} is not in the configuration, so it has no place of its own."),
        _UNTOUCHED,
        N_("Name a path with --to. Configured: {allowed}."),
    ),
    "restore.file_set": Text(N_("There are no files named «{name}»."), _UNTOUCHED, N_("Use one of: {allowed}.")),
    "restore.no_files": Text(
        N_("The set {set} holds no {name} files."), _UNTOUCHED, N_("Choose another set (verb list).")
    ),
    "restore.not_in_set": Text(
        N_("The set {set} holds no finished backup of {database}."), _UNTOUCHED, N_("Choose another set (verb list).")
    ),
    "restore.in_other_set": Text(
        N_("The set {set} holds no finished backup of {database}."),
        _UNTOUCHED,
        N_("Choose a set that does; the newest one with {database} is {holder}."),
    ),
    "restore.file_missing": Text(
        N_("The file {file} of the set {set} is missing."),
        _UNTOUCHED,
        N_("Choose another set, or put the file back where it was."),
    ),
    "restore.exists": Text(
        N_("{target} exists already."),
        _UNTOUCHED,
        N_("Restore beside it with another --to, or replace it with --overwrite --yes {database}."),
    ),
    "restore.unconfirmed": Text(
        N_("Overwriting {target} must be confirmed by name."),
        _UNTOUCHED,
        N_("Repeat the command with --overwrite --yes {database}."),
    ),
    "restore.files_exist": Text(
        N_("Existing files that differ from the backup: {count}, {file} among them."),
        _UNTOUCHED,
        N_("Restore them elsewhere with --to DIR, or replace them with --overwrite."),
    ),
    "restore.other_engine": Text(
        N_("The backup of {database} comes from another engine than the configured one."),
        _UNTOUCHED,
        N_("With --to PATH its plain backup file is written, proven by its checksum."),
    ),
    "restore.plain_only": Text(
        N_("{database} comes from another engine: its plain backup file is written, not a database."),
        N_("Its content is proven by its checksum."),
        N_("Restore that file with the engine it comes from."),
    ),
    "restore.plain_file": Text(
        N_("{target} is the plain backup file of {database}, not a database."),
        N_("Its content is proven by its checksum."),
        N_("To have the database itself: restore {set} --database {database} --to NAME"),
    ),
    "restore.on_server_only": Text(
        N_("The backup of {database} in {set} is on the server only, it can't be written from here: {files}."),
        _UNTOUCHED,
        N_("Restore it on the server: restore {set} --database {database}. Or have its files copied there."),
    ),
    "restore.no_space": Text(
        N_("Not enough space: {needed} needed, {free} free."),
        _UNTOUCHED,
        N_("Free space on that disk, or restore to another one with --to."),
    ),
    "restore.being_deleted": Text(
        N_("The set {set} is being deleted."), _UNTOUCHED, N_("Choose another set (verb list).")
    ),
    "restore.lost_changes": Text(
        N_("Everything written to {database} since {since} is lost."),
        N_("A safety copy of the present database is made first."),
        N_("If those changes matter, restore beside it with --to PATH."),
    ),
    "restore.lost_nothing": Text(
        N_("{database} does not seem to have changed since {since}."),
        N_("A safety copy of the present database is made first."),
        N_("Nothing to do."),
    ),
    "restore.lost_unknown": Text(
        N_("What was written to {database} after that backup is lost; how much can't be told: its date is ahead."),
        N_("A safety copy of the present database is made first."),
        N_("If those changes matter, restore beside it with --to PATH."),
    ),
    "restore.check_failed_before": Text(
        N_("The backup of {database} in {set} failed a check before."),
        N_("It is proven anew before anything is touched."),
        N_("Prefer another set if there is one."),
    ),
    "restore.never_checked": Text(
        N_("The backup of {database} in {set} was never checked."),
        N_("It is proven before anything is touched."),
        N_("Nothing to do."),
    ),
    "restore.from_future": Text(
        N_("The set {set} seems to come from the future."),
        N_("It is proven before anything is touched."),
        N_("Check the clock of this machine."),
    ),
    "restore.foreign_content": Text(
        N_("The content of the backup of {database} is not a database of the engine {engine}."),
        _DATABASES,
        N_("Choose another set (verb list)."),
    ),
    "restore.unproven": Text(
        N_("The restored database {database} did not pass its check."),
        _DATABASES,
        N_("Choose another set (verb list)."),
    ),
    "restore.read_back": Text(
        N_("What was written to {path} reads back differently: that disk is not to be trusted."),
        _DATABASES,
        N_("Restore to another disk with --to PATH, and have this one examined."),
    ),
    "restore.io": Text(
        N_("Writing failed at {path}: {why}."), _DATABASES, N_("Check space and rights of that folder and try again.")
    ),
    "safety.failed": Text(
        N_("No safety copy of {database} could be made, so nothing was overwritten. The cause: {why}"),
        _DATABASES,
        N_("{remedy} Or restore beside it with --to."),
    ),
    "undo.done": Text(
        N_("{target} was put back from the safety copy {set}."), _DATABASES, N_("Choose another set (verb list).")
    ),
    "undo.worked_with": Text(
        N_("{target} was restored by a run that died, and somebody has worked with it since: it stays as it is."),
        N_("What was there before the restore is in {set}."),
        N_("Decide which one counts: keep it, or restore {database} from {set} with --overwrite."),
    ),
    "undo.files": Text(
        N_("The files in {target} were put back as they were."), _DATABASES, N_("Choose another set (verb list).")
    ),
    "undo.removed": Text(N_("What had been written to {target} was removed."), _DATABASES, N_("Nothing to do.")),
    "check.root_ok": Text(N_("The backup folder {path} can be written."), _UNTOUCHED, N_("Nothing to do.")),
    "check.root_denied": Text(
        N_("The backup folder {path} can't be written: {why}."),
        _UNTOUCHED,
        N_("Give this user the right to write there, free space on a full disk, or choose another «root»."),
    ),
    "check.logs_denied": Text(
        N_("The folder {path} can't be written: {why}."),
        _UNTOUCHED,
        N_("Give this user the right to read and write there."),
    ),
    "check.root_absent": Text(
        N_("The backup folder {path} does not exist; the first backup makes it."),
        _UNTOUCHED,
        N_("If it did exist, its disk is not connected: connect it before the next backup."),
    ),
    "check.interrupted": Text(
        N_("The backup {set} was interrupted; nothing of it counts."),
        _OLD_SETS,
        N_("Run the backup again; that also tidies up."),
    ),
    "check.root_open": Text(
        N_("Other users of this machine may look into the backup folder {path} (rights {mode})."),
        N_("Archives and copies of secrets can be read by this account only."),
        N_("Take their rights away: chmod 700 {path}"),
    ),
    "check.space_ok": Text(N_("There is room: about {needed} needed, {free} free."), _UNTOUCHED, N_("Nothing to do.")),
    "check.no_app_root": Text(
        N_("The application folder {path} does not exist; its files can't be backed up."),
        N_("The databases are backed up all the same."),
        N_("Correct «app_root» in the configuration."),
    ),
    "check.held": Text(
        N_("Another run ({verb}, process {pid}) is working in this folder."),
        N_("It goes on undisturbed."),
        N_("Wait until it ends."),
    ),
    "check.same_disk": Text(
        N_("Backups and data ({database}) are on the same disk: if it dies, both are lost."),
        N_("Against mistakes and damaged files you are protected."),
        N_("Choose a folder on another disk under «root», or copy {path} elsewhere."),
    ),
}
