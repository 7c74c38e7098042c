"""What the operating system's scheduler may have to tell, by code."""

from __future__ import annotations

from .saying import N_, Text

_UNTOUCHED = N_("Nothing was touched.")
_BACKUPS = N_("The backups that exist are not affected, and those ordered by hand work as always.")

TEXTS: dict[str, Text] = {
    "schedule.no_scheduler": Text(
        N_("This machine has no scheduler that could run the schedules: neither systemd nor cron."),
        _BACKUPS,
        N_("Install cron, or keep the program running in the foreground with: schedule run"),
    ),
    "schedule.no_program": Text(
        N_("The program {program} is not there; without it the system's scheduler can't be reached."),
        _UNTOUCHED,
        N_("Install it, or choose another scheduler with --as."),
    ),
    "schedule.program_failed": Text(
        N_("The system's scheduler refused: {program} says: {reason}"),
        N_("What was begun there was undone, or can be repeated; the backups that exist are not affected."),
        N_("Repeat it as administrator (on Windows in a console opened as one); if it says the same, do as it says."),
    ),
    "schedule.unwritable": Text(
        N_("What the system's scheduler needs could not be written to {path}: {reason}."),
        N_("What was begun there was undone, or can be repeated; the backups that exist are not affected."),
        N_("Check space and rights there, and repeat it."),
    ),
    "schedule.unspeakable": Text(
        N_("No scheduler takes a command with invisible characters in a path: {path}."),
        _UNTOUCHED,
        N_("Rename that folder or file."),
    ),
    "schedule.nothing_enabled": Text(
        N_("There is nothing to run by itself: no schedule of the configuration is enabled."),
        _UNTOUCHED,
        N_("Add one to «schedules» in the configuration, or enable one; then repeat it."),
    ),
    "schedule.needs_root": Text(
        N_("Only the administrator may change what the machine itself runs."),
        _UNTOUCHED,
        N_("Repeat it with sudo, or without --system for your own account."),
    ),
    "schedule.block_broken": Text(
        N_("In the crontab the marks around the block {name} are damaged."),
        _UNTOUCHED,
        N_("Remove what is left of that block with crontab -e, and repeat: schedule install"),
    ),
    "schedule.unreachable": Text(
        N_("The system's scheduler could not be asked: {program}: {reason}"),
        _BACKUPS,
        N_("Check that it is running and that you may use it, and look again with: schedule status"),
    ),
    "schedule.not_installed": Text(
        N_("The system's scheduler does not run the schedules: nothing happens by itself."),
        _BACKUPS,
        N_("Have it do so with: schedule install"),
    ),
    "schedule.outdated": Text(
        N_("The system's scheduler has other times, or another program, than the configuration says now."),
        N_("It goes on as it was installed; what it misses is caught up within the hour."),
        N_("Bring it up to date with: schedule install"),
    ),
    "schedule.switched_off": Text(
        N_("{name} stands in the system's scheduler but is switched off: nothing happens by itself."),
        _BACKUPS,
        N_("Switch it on with: schedule install"),
    ),
    "schedule.no_linger": Text(
        N_("The schedules run only while {user} is logged on."),
        N_("What is missed meanwhile is caught up at the next logon."),
        N_("Have them run always with: sudo loginctl enable-linger {user}"),
    ),
    "schedule.linger_left": Text(
        N_(
            "Services of {user} still start with the machine, for others may need that; if not: loginctl disable-linger"
        ),
        N_("The backups are not affected."),
        N_("Nothing to do if others need it."),
    ),
    "schedule.no_right": Text(
        N_("The schedules would run as {who}, who has no right to run them: nothing would be done. Role: {role}."),
        N_("Nothing was installed or changed."),
        N_("Add one of its groups to roles.{needs} in the settings, or install it as somebody who may run them."),
    ),
    "schedule.secret_elsewhere": Text(
        N_(
            "The secret {variable} is not in .env: what the system's scheduler starts can open no keyring, and sees no "
            "variables of your session."
        ),
        N_("Backups run all the same; what needs this secret can't be sent by them."),
        N_("Write {variable}=… into .env, and try it with: notify test"),
    ),
    "schedule.share": Text(
        N_("{path} is on another machine, and a task without a stored password can't log on there."),
        N_("Backups ordered by hand work as always."),
        N_("Choose a folder of this machine, or set the password of the task in the Task Scheduler."),
    ),
}
