"""What retention and the deep clean-up may have to tell, by code."""

from __future__ import annotations

from .saying import N_, Text

_UNTOUCHED = N_("Nothing was touched.")
_OLD_SETS = N_("The earlier backups are as they were.")

_STAYS = N_("It is kept.")
_CONNECT = N_("Connect the disk or the share with the backups and look at the folder databases; then try again.")
_MEND = N_(
    "Mend that manifest or its permissions, or put it back from a duplicate of the backup folder; then try again. If "
    "its set is given up, move its archives out of the backup folder together with it: without it clean-ups remove "
    "them after a while."
)
_JOURNAL = N_(
    "Look whether the databases are as they should be. If they are, move that file out of the backup folder; "
    "then try again."
)
_REST = N_("What the rules keep is as it was.")


def _kept(message: str) -> Text:
    """Why a set stays."""
    return Text(message, _STAYS, N_("Nothing to do."))


def _gone(message: str) -> Text:
    """Why a set goes."""
    return Text(message, _REST, N_("Pin it (verb pin) if it shall be kept all the same."))


def _litter(message: str) -> Text:
    """Why something that is no set goes or still stays."""
    return Text(message, N_("All sets are as they were."), N_("Nothing to do."))


TEXTS: dict[str, Text] = {
    "keep.newest_proven": _kept(N_("newest proven backup of {database}")),
    "keep.newer": _kept(N_("newer than the newest proven backup of {database}")),
    "keep.future": Text(
        N_("from the future: the clock of this machine was or is wrong"),
        _STAYS,
        N_("Check the clock of this machine. If it is right, a set made later lets this one be deleted by its name."),
    ),
    "keep.pinned": _kept(N_("pinned: {name}")),
    "keep.pinned_unnamed": _kept(N_("pinned")),
    "keep.yearly": _kept(N_("yearly, of {period}")),
    "keep.monthly": _kept(N_("monthly, of {period}")),
    "keep.weekly": _kept(N_("weekly, of {period}")),
    "keep.daily": _kept(N_("daily, of {period}")),
    "keep.count": _kept(N_("one of the newest {count}")),
    "keep.age": _kept(N_("younger than {days} days")),
    "keep.base": _kept(N_("base of other kept backups: {count}")),
    "keep.files": _kept(N_("newest with the application's files")),
    "keep.safety": _kept(N_("safety copy, kept for {days} days")),
    "keep.unverified": Text(
        N_("of the original program, never verified: verify it, then the rules apply to it"),
        _STAYS,
        N_("Verify it (verb verify)."),
    ),
    "keep.trace": _kept(N_("nothing usable in it: kept as a trace for {days} days")),
    "keep.trace_unseen": Text(
        N_("its files are not seen: kept, for they may come back"),
        _STAYS,
        N_("Bring them back, for example by connecting their disk; if they are lost, verify it (verb verify)."),
    ),
    "keep.restore_open": _kept(N_("needed to end a restore that died")),
    "keep.today": _kept(N_("of today, and the day is not over")),
    "keep.in_progress": _kept(N_("being written")),
    "prune.expired": _gone(N_("no rule keeps it any more")),
    "prune.safety_expired": _gone(N_("safety copy older than {days} days")),
    "prune.trace_expired": _gone(N_("nothing usable in it, older than {days} days")),
    "prune.begun": Text(N_("its deletion was begun earlier and is finished"), _REST, N_("Nothing to do.")),
    "prune.latest_unproven": Text(
        N_("Nothing is deleted: the latest backup of {database} ({set}) failed, is not proven or is missing."),
        N_("All older sets are kept, also those that no rule keeps."),
        N_("Make a backup that is proven (verb backup), or verify that one (verb verify); then apply the rules again."),
    ),
    "prune.store_unseen": Text(
        N_("Nothing is deleted: of all the files of the backups in {path} none is seen."),
        N_("All sets are kept. If only a disk or a share is missing, nothing is lost."),
        _CONNECT,
    ),
    "prune.manifest_unreadable": Text(
        N_("Nothing is deleted: the manifest {file} can't be read, and its set may be the newest or need others."),
        N_("All sets are kept, also those that no rule keeps."),
        _MEND,
    ),
    "prune.restore_unreadable": Text(
        N_("Nothing is deleted: the journal {path} of a restore can't be read, so nobody knows what that needs."),
        N_("All sets are kept, also those that no rule keeps."),
        _JOURNAL,
    ),
    "prune.clock": Text(
        N_("What only went by its age stays: after {since} nothing happened here for long, or the clock was changed."),
        N_("All sets are kept that were young enough then."),
        N_(
            "Check the clock of this machine. If it is right, nothing needs to be done: after a new backup and {days} "
            "days the rules apply again."
        ),
    ),
    "delete.asked": Text(N_("{set} is deleted at your request."), _OLD_SETS, N_("Nothing to do.")),
    "delete.protected": Text(
        N_("{set} holds the newest proven backup of {database}, or a newer one, and can't be deleted."),
        _UNTOUCHED,
        N_("Make and verify a newer backup first."),
    ),
    "delete.future": Text(
        N_(
            "{set} is dated in the future and can't be deleted: no proven backup of {database} is known that was made "
            "after it."
        ),
        _UNTOUCHED,
        N_(
            "Look whether the clock of this machine is right now. If it was set back by mistake, set it right: then "
            "this set is not of the future. If it is right, make a backup, and delete this set then."
        ),
    ),
    "delete.needed": Text(
        N_("{set} is needed to end a restore that died."),
        _UNTOUCHED,
        N_(
            "Close the programs that use the databases and run any command that writes, such as backup; then try again."
        ),
    ),
    "delete.pinned": Text(
        N_("{set} is pinned («{name}») and can't be deleted."), _UNTOUCHED, N_("Unpin it first (verb unpin).")
    ),
    "delete.unconfirmed": Text(
        N_("Deleting {set} must be confirmed."), _UNTOUCHED, N_("Repeat the command with --yes {set}.")
    ),
    "pin.past": Text(
        N_("A pin that ends at {value} is over already."),
        _UNTOUCHED,
        N_("Name an instant in the future behind --until."),
    ),
    "pin.done": Text(N_("{set} is pinned («{name}»), without an end."), _OLD_SETS, N_("Nothing to do.")),
    "pin.done_until": Text(N_("{set} is pinned («{name}») until {until}."), _OLD_SETS, N_("Nothing to do.")),
    "pin.nameless": Text(N_("{set} is pinned, without a name or an end."), _OLD_SETS, N_("Nothing to do.")),
    "pin.nameless_until": Text(N_("{set} is pinned until {until}, without a name."), _OLD_SETS, N_("Nothing to do.")),
    "unpin.done": Text(N_("{set} is no longer pinned."), _OLD_SETS, N_("Nothing to do.")),
    "delete.base": Text(
        N_("{set} is not deleted: {other} can't be restored without it."),
        _UNTOUCHED,
        N_("Delete {other} before it, or both with one command."),
    ),
    "delete.store_unseen": Text(
        N_("{set} is not deleted: of all the files of the backups in {path} none is seen."), _UNTOUCHED, _CONNECT
    ),
    "delete.manifest_unreadable": Text(
        N_("{set} is not deleted: the manifest {file} can't be read, and its set may need this one."), _UNTOUCHED, _MEND
    ),
    "delete.restore_unreadable": Text(
        N_("{set} is not deleted: the journal {path} of a restore can't be read, and that restore may need it."),
        _UNTOUCHED,
        _JOURNAL,
    ),
    "unpin.nothing": Text(
        N_("{set} was not pinned; nothing was changed."), N_("All sets are as they were."), N_("Nothing to do.")
    ),
    "pin.deleting": Text(
        N_("{set} can't be pinned or unpinned: its deletion was begun, and a part of it is gone or goes now."),
        N_("All other sets are as they were."),
        N_("Pin another set; the list (verb list) shows them."),
    ),
    "sweep.deletion_pinned": Text(
        N_("The deletion of {set} was not finished: it is pinned."),
        N_("All other sets are as they were."),
        N_("Verify it (verb verify); a part of it may be gone already."),
    ),
    "sweep.deletion_waits": Text(
        N_("The deletion of {set}, begun earlier, has to wait: at this moment nothing may be deleted."),
        N_("All sets are as they were."),
        N_("Nothing to do."),
    ),
    "check.restore_unreadable": Text(
        N_("The journal {path} of a restore can't be read, so that restore counts as not settled."),
        N_("Nothing is deleted while it is there."),
        _JOURNAL,
    ),
    "check.restore_left": Text(
        N_("A restore that died has left what it had unpacked beside {target}: {path}."),
        N_("No program uses that file; the backups are as they were."),
        N_("Run a backup (verb backup), or the restore again: whatever writes to the backup folder next removes it."),
    ),
    "prune.bad_digest": Text(
        N_("«{value}» is not the digest of a plan: that has 64 characters, of 0-9 and a-f."),
        _UNTOUCHED,
        N_("Copy it whole from: prune --plan"),
    ),
    "prune.changed": Text(
        N_("The plan is no longer the one that was shown, so nothing was deleted."),
        _UNTOUCHED,
        N_("Look at the new plan and confirm that one."),
    ),
    "prune.replanned": Text(
        N_("Something had changed since the plan was made; it was made again and that one was executed."),
        _REST,
        N_("Nothing to do."),
    ),
    "prune.done": Text(N_("Sets deleted by the retention rules: {count}; {bytes} freed."), _REST, N_("Nothing to do.")),
    "prune.no_root": Text(
        N_("There is no backup folder {path}."),
        _UNTOUCHED,
        N_("If it should be there, connect its disk; else make a first backup (verb backup)."),
    ),
    "prune.left_out": Text(
        N_("The retention rules could not be applied after the backup, by an error of the program itself."),
        N_("The backup is proven, and all older sets are as they were."),
        N_("Look at today's log (verb log); apply the rules by hand (verb prune)."),
    ),
    "cleanup.temp": _litter(N_("left behind by a run that is over")),
    "cleanup.restore": _litter(N_("left behind by a restore that is over")),
    "cleanup.partial": _litter(N_("never finished, by a run that is over")),
    "cleanup.in_use": _litter(N_("somebody works here at this moment and may need it")),
    "cleanup.log": _litter(N_("older than logs are kept")),
    "cleanup.orphan": _litter(N_("no set names it; it is listed since {since}")),
    "cleanup.orphan_new": _litter(N_("no set names it; first seen now, it goes from {until} on")),
    "cleanup.orphan_waits": _litter(N_("no set names it; it is listed since {since} and goes from {until} on")),
    "cleanup.orphan_manifests": _litter(N_("no readable set names it, but there are manifests that can't be read")),
    "cleanup.orphan_last": _litter(N_("no set names it, but it may be the last backup of its database")),
    "cleanup.manifest_lost": Text(
        N_("What looks like backups whose manifest was lost: {count} (the newest: {set}, {file})."),
        N_("Their archives are there; cleanup --plan says whether and from when on they are removed."),
        N_(
            "Put the manifest back from a duplicate of the backup folder (backup_manifest_{set}.json), or move the "
            "archives to another folder; docs/emergencies.md says how to restore them by hand."
        ),
    ),
    "cleanup.audit": _litter(N_("{lines} lines, the newest of {until}: older than the audit trail is kept")),
    "cleanup.audit_row": _litter(N_("old enough, but it stays as long as an older part that could not be removed")),
    "cleanup.audit_broken": _litter(N_("old enough, but the audit trail is not whole: it stays as evidence")),
    "cleanup.safety": _litter(N_("what a restore replaced, kept since {since}: older than safety copies are kept")),
    "cleanup.safety_waits": _litter(N_("what a restore replaced; it goes from {until} on")),
    "cleanup.restore_open": _litter(N_("a restore is not settled and may need it")),
    "cleanup.clock_waits": _litter(
        N_("old enough, but it stays until {until}: this is the first clean-up here, or the clock seems to have jumped")
    ),
    "cleanup.foreign": Text(
        N_("not made by this program, so it never removes it"),
        N_("All sets are as they were."),
        N_("Move it out of the backup folder if it does not belong there."),
    ),
    "check.root_foreign": Text(
        N_("The backup folder {path} holds no backup, but things of somebody else: {names}."),
        _UNTOUCHED,
        N_("If this is the right folder, nothing needs to be done; else give the backups one of their own («root»)."),
    ),
    "cleanup.clock": Text(
        N_("Since the last clean-up ({since}) the clock seems to have jumped; or there was none for very long."),
        N_("What goes by its age stays for now and waits anew."),
        N_("Check the clock of this machine; if it is right, nothing needs to be done."),
    ),
    "cleanup.left": Text(
        N_("{path} could not be removed: {why}."),
        N_("All sets are as they were; the other things were removed."),
        N_("Close programs that use it and check its rights, then clean up again (verb cleanup)."),
    ),
    "cleanup.unlisted": Text(
        N_("The list of files that no set names could not be written ({path}: {why}), so none of them was removed."),
        N_("All sets are as they were."),
        N_("Check the space and the rights of the backup folder, then clean up again (verb cleanup)."),
    ),
}
