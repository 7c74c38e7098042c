"""What schedules and whoever runs them may have to tell, by code."""

from __future__ import annotations

from .saying import N_, Text

TEXTS: dict[str, Text] = {}

# --- due times, runs, whoever runs them --------------------------------------------------------------------------
TEXTS |= {
    "schedule.not_ready": Text(
        N_("«{schedule}» waited {minutes} minutes and could not begin."),
        N_("Nothing was touched; it is tried once more when the schedules are looked at next."),
        N_("What was lacking is told with it; see to that, and run what is due: schedule run --due."),
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
        N_("Earlier backups were not touched."),
        N_("Do by hand what it does, to see all of what is wrong, or look into the log."),
    ),
    "schedule.run_warned": Text(
        N_("«{schedule}», due {wall}, was done, with warnings: {why}."),
        N_("What it was to do is done and proven."),
        N_("Look into the log for all of them."),
    ),
    "schedule.run_skipped": Text(
        N_("«{schedule}», due {wall}, was left out: somebody else worked on the backup folder ({why})."),
        N_("Nothing was touched, and the other work went on."),
        N_("Nothing to do if it is run the next time; else choose another time for one of the two."),
    ),
    "schedule.run_cut": Text(
        N_("«{schedule}», due {wall}, was stopped before it was done."),
        N_("Nothing unfinished counts as a backup; earlier backups were not touched."),
        N_("It is tried once more when the schedules are looked at next."),
    ),
}
