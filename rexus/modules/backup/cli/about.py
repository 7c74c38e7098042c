"""What each verb is for."""

from __future__ import annotations

from ..base.saying import N_

ABOUT = {
    "backup": N_("Back up the databases, the configuration and the application files."),
    "list": N_("List the backup sets, newest first."),
    "show": N_("Show everything known of one set."),
    "verify": N_("Prove that stored sets are whole."),
    "restore": N_("Bring databases or files back."),
    "delete": N_("Delete sets."),
    "pin": N_("Keep sets whatever the rules say."),
    "unpin": N_("Take the pins of sets away."),
    "prune": N_("Apply the retention rules: the same list is shown and done."),
    "cleanup": N_("Remove what nobody needs any more: leftovers, orphans, old logs."),
    "drill": N_("Restore to an isolated place, prove it, and measure how long it takes."),
    "health": N_("Tell whether all is well, and what to do if not."),
    "schedule": N_("Show and run what is due, and have the system run it."),
    "notify": N_("Send a test notice by the very way of the scheduled runs."),
    "check": N_("Look whether a backup would work now."),
    "config": N_("Write, show, check or import the configuration."),
    "audit": N_("Show who did what, or prove that this record is whole."),
    "log": N_("Show the program's log."),
    "demo": N_("See it all on invented data: back up, prove, damage, restore."),
    "example": N_("Make invented data with a month of backups, to look around in."),
    "shortcut": N_("Put a shortcut to the window on the desktop and into the menu of programs."),
    "host": N_("Install the module into Rexus.app, look how it stands there, or remove it."),
    "menu": N_("Choose from a menu."),
}
"""Every verb with its sentence, in the order of the help."""
