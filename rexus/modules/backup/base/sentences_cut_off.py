"""What is said of restores and restore tests that died on their way, by code."""

from __future__ import annotations

from .saying import N_, Text

TEXTS: dict[str, Text] = {
    "sweep.restore_undone": Text(
        N_("A restore of {database} that died halfway was taken back."),
        N_("The safety copy {set} holds the databases as they were."),
        N_("Look whether the application works; repeat the restore if you still want it."),
    ),
    "sweep.restore_removed": Text(
        N_("A restore of {database} to {target} died halfway; what it had made there was removed."),
        N_("{database} itself was never touched; there is nothing to put back."),
        N_("Repeat the restore if you still want it."),
    ),
    "sweep.drill_removed": Text(
        N_("A restore test of {database} had left its own copy {target} behind; it was removed."),
        N_("{database} itself was never touched; there is nothing to put back."),
        N_("Nothing to do."),
    ),
    "check.restore_open": Text(
        N_("A restore of {database} died halfway and is not settled yet."),
        N_("The set {set} holds what was there before."),
        N_(
            "Close the programs that use the databases and run any backup: it first puts everything back by itself. "
            "Do not bring it online or restore it by hand before."
        ),
    ),
    "check.restore_new": Text(
        N_("A restore of {database} to {target} died halfway; an unfinished {target} may be left."),
        N_("{database} itself was not touched: it is as it was, and nothing has to be restored over it."),
        N_("Run any backup: that removes what is left of {target}. Then repeat the restore if you still want it."),
    ),
    "check.restore_unkept": Text(
        N_("A restore over {database} died halfway and is not settled yet."),
        N_("It could not be used before either, so nothing of it could be kept; the backups are as they were."),
        N_("Restore it again with --overwrite, from any set (verb list)."),
    ),
    "undo.failed": Text(
        N_("{target} could not be put back by itself: {why}."),
        N_("The safety copy {set} holds {database} as it was."),
        N_("Put an end to that cause, close every program that uses it, and run any backup: it tries again by itself."),
    ),
    "undo.not_removed": Text(
        N_("The unfinished {target} could not be removed: {why}."),
        N_("{database} itself was never touched; there is nothing to put back."),
        N_("Put an end to that cause and run any backup: it tries again by itself."),
    ),
}
