"""What retention and the deep clean-up may have to tell, by code."""

from __future__ import annotations

from .saying import N_, Text

_UNTOUCHED = N_("Nothing was touched.")

_STAYS = N_("It is kept.")
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
        N_("from the future: the clock of this machine was or is wrong"), _STAYS, N_("Check the clock of this machine.")
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
    "cleanup.audit": _litter(N_("{lines} lines, the newest of {until}: older than the audit trail is kept")),
    "cleanup.audit_broken": _litter(N_("old enough, but the audit trail is not whole: it stays as evidence")),
    "cleanup.safety": _litter(N_("what a restore replaced, kept since {since}: older than safety copies are kept")),
    "cleanup.safety_waits": _litter(N_("what a restore replaced; it goes from {until} on")),
    "cleanup.restore_open": _litter(N_("a restore is not settled and may need it")),
    "cleanup.clock_waits": _litter(N_("old enough, but the clock seems to have jumped: it waits anew")),
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
