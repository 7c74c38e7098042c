"""What the planning of restores and of backup chains of SQL Server may have to tell, by code."""

from __future__ import annotations

from .saying import N_, Text

_NOTHING_DONE = N_("This is only a plan: nothing was touched, neither the database nor any backup.")
_OTHERS_GOOD = N_("The other backups are not affected.")
_NEAREST = N_(
    "Choose an instant that can be reached: the last before is {nearest_before}, the next is {nearest_after}."
)
_CAN_BE_DONE = N_("The restore can be done; this is only to be known before.")
_STILL_SAFE = N_("Nothing is lost: the backups that are there are as they were.")
_COPY_ONLY = N_("Ask whoever made it to take such backups as copy-only, or stop that program's backups.")

TEXTS: dict[str, Text] = {
    "chain.nothing": Text(
        N_("There is no backup of {database} among those that were looked at."),
        _NOTHING_DONE,
        N_("Check the name, and look where the backups of this database are written."),
    ),
    "chain.several_families": Text(
        N_("The backups are of {count} different databases: {families}."),
        _NOTHING_DONE,
        N_("Choose one of them; databases of one name may have nothing else in common."),
    ),
    "chain.set_unknown": Text(
        N_("There is no backup {set} of this database."),
        _NOTHING_DONE,
        N_("Choose one from the list."),
    ),
    "chain.mark_unknown": Text(
        N_("No log backup is known to hold the mark «{mark}»; known marks: {known}."),
        _NOTHING_DONE,
        N_("Check how the mark is written and since when it is looked for, or choose an instant instead."),
    ),
    "chain.no_full": Text(
        N_("There is no full backup for a restore to begin with; there are {count} others, the first of {first_at}."),
        _NOTHING_DONE,
        N_("Look for the full backup on the server {server}; the history in its database msdb tells where it went."),
    ),
    "chain.before_first": Text(
        N_("{wanted} is before everything that can be restored: the first backup is {first} of {first_at}."),
        _NOTHING_DONE,
        N_("Look for older backups elsewhere, or choose {nearest_after} or later."),
    ),
    "chain.after_last": Text(
        N_("{wanted} is after everything that was backed up: the last backup is {last} and reaches to {last_at}."),
        _NOTHING_DONE,
        N_("If the database on {server} still opens, back up its log and plan again; else restore to {last_at}."),
    ),
    "chain.gap": Text(
        N_("The log has a gap: {after} ({after_at}) does not go on where {before} ends ({before_at})."),
        _NOTHING_DONE,
        N_(
            "Look on {server}, in its database msdb, who took a log backup in between, and bring that file here. "
            "Else choose {nearest_before} or {nearest_after}."
        ),
    ),
    "chain.no_logs": Text(
        N_("No log backup goes on from {before} ({before_at}) to {wanted}; the next backup is {after} ({after_at})."),
        _NOTHING_DONE,
        _NEAREST,
    ),
    "chain.simple_no_point": Text(
        N_(
            "Between {before} ({before_at}) and {after} ({after_at}) the database was in simple recovery: "
            "only whole backups can be restored, no instant between them."
        ),
        _NOTHING_DONE,
        _NEAREST,
    ),
    "chain.fork": Text(
        N_(
            "{after} ({after_at}) does not go on from {before} ({before_at}): "
            "in between the database was restored to an earlier state and has had another history since."
        ),
        _NOTHING_DONE,
        N_("Look on {server} for a full backup of after that restore, or choose {nearest_before} or {nearest_after}."),
    ),
    "chain.bulk_logged": Text(
        N_(
            "{wanted} is within {set}, which holds changes that were only logged in bulk: "
            "it can be restored whole, no instant between {since_at} and {until_at}."
        ),
        _NOTHING_DONE,
        _NEAREST,
    ),
    "chain.missing": Text(
        N_("The files of {set} ({at}) are not there: {place}; {who} made it on {server}."),
        _OTHERS_GOOD,
        N_("Ask for the files, bring them back to their place, and check the set again (verb verify)."),
    ),
    "chain.damaged": Text(
        N_("The backup {set} ({at}) is damaged."),
        _OTHERS_GOOD,
        N_("Look for a good copy of its files; if there is none, choose an instant that does not need it."),
    ),
    "chain.unfinished": Text(
        N_("The backup {set} broke off and was never finished, or its header can't be read."),
        _OTHERS_GOOD,
        N_("Look for another copy of its files; if there is none, choose an instant that does not need it."),
    ),
    "chain.snapshot": Text(
        N_("{set} ({at}) is a snapshot of disks that another program made; its file alone can't be restored."),
        _OTHERS_GOOD,
        N_("Restore it with the program that made it, or choose an instant that does not need it."),
    ),
    "chain.stripe_missing": Text(
        N_("The backup {set} ({at}) was written to {count} files and {found} of them are there; it needs all."),
        _OTHERS_GOOD,
        N_("Look for the others; the history in the database msdb of {server} tells where they were written."),
    ),
    "chain.newer_version": Text(
        N_("{set} ({at}) was made by SQL Server version {version}; a server of version {here} can't restore it."),
        _OTHERS_GOOD,
        N_("Restore it on a server of version {version} or newer."),
    ),
    "chain.no_base": Text(
        N_("The full backup that {set} ({at}) builds on is not there ({base})."),
        _OTHERS_GOOD,
        N_("Look for it on {server}: the history in its database msdb tells who made it and where it went."),
    ),
    "chain.many_bases": Text(
        N_("{set} ({at}) builds on several full backups, one for each file of the database."),
        _OTHERS_GOOD,
        N_("Have such a backup restored by hand, or choose an instant that does not need it."),
    ),
    "chain.fell_back": Text(
        N_("{set} ({at}) can't be used. Instead {used} ({used_at}) is restored, and {count} log backups after it."),
        N_("What comes back is the same."),
        N_("Nothing has to be done; it only takes longer. Make a new full backup soon."),
    ),
    "chain.forced": Text(
        N_("The damaged backup {set} ({at}) is used all the same, as was asked for."),
        N_("The backups themselves are not changed by it."),
        N_("Check what comes back before anybody works with it: rows may be missing or wrong."),
    ),
    "chain.edge": Text(
        N_("{set} was being written just at {wanted}, and no later log is there: the last moment may be missing."),
        _CAN_BE_DONE,
        N_("If the database still opens, back up its log first, then plan again."),
    ),
    "chain.clock_set_back": Text(
        N_("The server's clock showed {wanted} twice, for it was set back ({set}, {at})."),
        _CAN_BE_DONE,
        N_("Check what comes back; if the other time is meant, choose the instant before or after that hour."),
    ),
    "chain.restored_within": Text(
        N_(
            "Between {since_at} and {at} the database was restored to an earlier state ({set}). "
            "If {wanted} is before that, what comes back is the state that it was restored to."
        ),
        _CAN_BE_DONE,
        N_("Check what comes back before anybody works with it."),
    ),
    "chain.several_histories": Text(
        N_("At {wanted} there were two databases with one origin: {set} on {server}, and {other} on {other_server}."),
        N_("The first of them is planned; nothing was touched."),
        N_("Choose the other history if that one is meant."),
    ),
    "guard.master": Text(
        N_("Of {database} only full backups can be made, so one is made."),
        _STILL_SAFE,
        N_("Plan full backups of it."),
    ),
    "guard.no_base": Text(
        N_(
            "{database} has no full backup that a differential could build on: none was made since it was created or "
            "restored (copy-only ones do not count). A full backup is made."
        ),
        _STILL_SAFE,
        N_("Nothing to do: from now on differential backups are possible."),
    ),
    "guard.base_useless": Text(
        N_(
            "The full backup that the next differential of {database} would build on is no longer of use: "
            "{set} ({made_at}). A full backup is made."
        ),
        N_("Earlier backups that do not need it are as they were."),
        N_("Find out what happened to its files."),
    ),
    "guard.foreign_full": Text(
        N_(
            "{who} made a full backup of {database} at {made_at} on {machine}, to {place} (program: {program}). "
            "Differential backups would need that one, so a full backup is made."
        ),
        _STILL_SAFE,
        N_(
            "Ask whoever made it to take such backups as copy-only, or stop that program's backups. Scheduled backups "
            "build on their own full backup again; by hand, where that program needs no differentials: "
            "backup --new-base"
        ),
    ),
    "guard.unknown_full": Text(
        N_(
            "Differential backups of {database} would build on a full backup that is not here and that msdb does not "
            "know ({base}), as after a restore. A full backup is made."
        ),
        _STILL_SAFE,
        N_("Nothing to do, unless it happens again: then find out which program backs up this database."),
    ),
    "guard.none_yet": Text(
        N_("There is no full backup of {database} here yet that can be used; a backup of kind {kind} is made."),
        _STILL_SAFE,
        N_("Nothing to do: the next log backups go on from it."),
    ),
    "guard.switched": Text(
        N_(
            "{database} was switched to simple recovery since {set} ({made_at}): logs can't be backed up any more. "
            "A backup of kind {kind} is made instead, once."
        ),
        _STILL_SAFE,
        N_("Switch the database back to full recovery, or plan differential backups instead of logs."),
    ),
    "guard.simple": Text(
        N_("{database} is in simple recovery: it has no log that could be backed up, so nothing is made."),
        N_("Its full and differential backups are as they were."),
        N_("Switch the database to full recovery, or plan differential backups instead of logs."),
    ),
    "guard.logs_ended": Text(
        N_(
            "{database} had log backups and is in simple recovery now: it keeps no log any more, so none is made of it "
            "and its log backups have come to an end."
        ),
        N_("What was backed up before can be restored as before; nothing is lost by this alone."),
        N_("If nobody meant to change it: {statement} and then make a full backup; the logs go on from there."),
    ),
    "guard.passed_over": Text(
        N_(
            "{database} is in simple recovery: it keeps no log that could be backed up, so it is passed over. "
            "If its log is wanted: {statement}"
        ),
        N_("Its full and differential backups are as they were; between them nothing of it can be brought back."),
        N_("Nothing to do; or run the statement {statement} and make a full backup of it."),
    ),
    "guard.pseudo_simple": Text(
        N_("{database} keeps its log for backups only after a full backup, so one is made."),
        _STILL_SAFE,
        N_("Nothing to do: from now on log backups are possible."),
    ),
    "guard.restored": Text(
        N_("{database} was restored and has had another history since; a backup of kind {kind} begins a new chain."),
        _STILL_SAFE,
        N_("Nothing to do: from now on log backups go on from it."),
    ),
    "guard.foreign_log": Text(
        N_(
            "{who} took a log backup of {database} at {made_at} on {machine}, to {place} (program: {program}). "
            "The log does not go on from {last} ({last_at}) without it; a backup of kind {kind} closes the gap."
        ),
        N_("Everything up to {last_at} can be restored; what was between is in that file only."),
        _COPY_ONLY,
    ),
    "guard.log_useless": Text(
        N_("The log backup {set} of {database} ({made_at}) is of no use; a backup of kind {kind} closes the gap."),
        N_("What was backed up before it can be restored as before."),
        N_("Find out what happened to its files: until they are back, the time of that log can't be restored."),
    ),
    "guard.gap": Text(
        N_(
            "The log of {database} does not go on from {last} ({last_at}), and msdb does not tell why: a log backup "
            "was taken elsewhere, or it was switched to simple recovery. A backup of kind {kind} closes the gap."
        ),
        N_("Everything up to {last_at} can be restored as before."),
        N_("Find out which other program backs up this database, and let only one of them do it."),
    ),
    "list.base_lost": Text(
        N_(
            "Sets of {database} from which nothing can be restored: {count} (the newest: {set}). They need {needed}, "
            "which is damaged or not there."
        ),
        N_("Their own bytes are as their ticks say; sets that do not need it are not affected."),
        N_("Put its file back if anybody has it, and verify it: verify {needed}. Else make a full backup now: backup"),
    ),
    "list.base_unknown": Text(
        N_(
            "Sets of {database} from which nothing can be restored: {count} (the newest: {set}). What they build on is "
            "in no set that is here."
        ),
        N_("Their own bytes are as their ticks say; sets that do not need it are not affected."),
        N_("Make a full backup now (backup); the sets behind it can be restored again."),
    ),
}
