"""What schedules and whoever runs them may have to tell, by code."""

from __future__ import annotations

from .saying import N_, Text

TEXTS: dict[str, Text] = {}

# --- due times, runs, whoever runs them --------------------------------------------------------------------------
TEXTS |= {
    "schedule.not_ready": Text(
        N_("«{schedule}» waited {minutes} min and could not begin."),
        N_("Nothing was touched; it is tried once more, not oftener, when the schedules are looked at next."),
        N_("See to what was lacking, which is told here as well, and run what is due: schedule run --due."),
    ),
    "schedule.waiting": Text(
        N_("«{schedule}» waits, for {minutes} min at most: {what}"),
        N_("The earlier backups are as they were."),
        N_("Nothing to do, unless what it waits for does not come by itself."),
    ),
    "schedule.root_absent": Text(
        N_("The backup folder {path} is not there, or is empty as a disk leaves it that was unplugged."),
        N_("Nothing was made in its place: what runs by itself never begins a new backup folder."),
        N_("Connect the disk. If this is to be a new backup folder: schedule install, or one backup by hand: backup"),
    ),
    "schedule.unknown_zone": Text(
        N_("Nobody knows the zone «{zone}» that the variable TZ names: schedules without a zone run by UTC."),
        N_("Nothing is left out for that; times may only be other ones than you think: schedule next"),
        N_("Correct TZ where the schedules run, or give each of them its «zone» in the configuration."),
    ),
    "schedule.settings_kept": Text(
        N_("The changed settings in {file} can't be used: {why}"),
        N_("The schedules go on by the last good settings, as long as whatever runs them is not started anew."),
        N_("Correct them; they are taken over by themselves then. All that is wrong is told by: config check"),
    ),
    "schedule.settings_taken": Text(
        N_("The settings in {file} were changed and are in force from now on."),
        N_("The backups there are were not touched."),
        N_("Nothing to do; what is due by them: schedule next"),
    ),
    "schedule.missed": Text(
        N_("Nobody ran it at its time, and a later one was run in its stead."),
        N_("No backup was touched for that."),
        N_("If this happens often, see what runs the schedules: schedule status"),
    ),
    "schedule.interrupted": Text(
        N_("Its process ({pid} on {host}) ended before it was done."),
        N_("Nothing unfinished counts as a backup."),
        N_("It is tried once more when the schedules are looked at next; if it dies again, look into the log."),
    ),
    "schedule.battery": Text(
        N_("The battery is down to {percent} percent, and the machine is not plugged in."),
        N_("Nothing was touched."),
        N_("Plug the machine in."),
    ),
    "schedule.unreadable": Text(
        N_("What was run by itself can't be read from {path}: {why}."),
        N_("The backups themselves are not affected; nothing was run."),
        N_("Give the account that runs the schedules the right to read and write the folder."),
    ),
    "schedule.unwritten": Text(
        N_("What runs by itself can't be written down in {path}: {why}."),
        N_("Nothing was run that nobody would know of; the backups there are were not touched."),
        N_("Free some space, or give the account that runs the schedules the right to write there."),
    ),
    "schedule.unheard": Text(
        N_("Somebody could not be told of a run, for an error of the program itself ({why})."),
        N_("The run itself is not affected."),
        N_("Look into the log, and report the error."),
    ),
    "schedule.run_failed": Text(
        N_("«{schedule}», due {wall}, failed: {why}."),
        N_("The newest proven backup of each database is as it was."),
        N_("{remedy} The log tells all that was wrong: log"),
    ),
    "schedule.run_refused": Text(
        N_("«{schedule}», due {wall}, was refused: {why}."),
        N_("The newest proven backup of each database is as it was."),
        N_("{remedy} The log tells all that was wrong: log"),
    ),
    "schedule.run_warned": Text(
        N_("«{schedule}», due {wall}, was done, with warnings: {why}."),
        N_("It came to its end; only what is told here was not as it should be."),
        N_("{remedy} The log tells all that was wrong: log"),
    ),
    "schedule.run_skipped": Text(
        N_("«{schedule}», due {wall}, was left out: {why}."),
        N_("Nothing was touched, and the other work went on."),
        N_("It is made up for as soon as the backup folder is free, if that is within the hour; once, not oftener."),
    ),
    "schedule.run_skipped_again": Text(
        N_("«{schedule}», due {wall}, was left out for good: {why}."),
        N_("Nothing was touched, and the other work went on."),
        N_("It runs at its next time. If this happens again, choose another time for one of the two."),
    ),
    "schedule.run_cut": Text(
        N_("«{schedule}», due {wall}, was stopped before it was done."),
        N_("Nothing unfinished counts as a backup; the newest proven backup of each database is as it was."),
        N_("It is tried once more, not oftener, when the schedules are looked at next."),
    ),
}
