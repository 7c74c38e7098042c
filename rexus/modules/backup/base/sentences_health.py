"""What the judgement of all being well may have to tell, by code."""

from __future__ import annotations

from .saying import N_, Text

_DATABASES = N_("The databases themselves are not affected.")
_STORED = N_("What is stored is not touched by that.")
_NEWEST = N_("The newest proven backup of each database is as it was.")
_OTHERS = N_("The other sets are not affected.")
_BACKUP_NOW = N_("Make a backup now: backup. If it fails, it says why; see also: check")
_DRILL = N_("Test it: drill")
_NO_NEED = N_("Nothing to do.")
_NO_COPY = N_("There is no proven backup of it; what is stored is as it was.")
_SAVE_FIRST = N_(
    "Copy the file {path} to another disk before anything else. Then see whether an older set can be used "
    "(verify --all), or have SQLite save what it can read: sqlite3 FILE .recover"
)
_WHY = N_("See why: show {set}; then make a backup now: backup")

TEXTS: dict[str, Text] = {}

# --- the sentence on top ---
TEXTS |= {
    "root.vanished": Text(
        N_("The backup folder {path} is not there, or there is no backup in it any more; at {since} there were some."),
        N_("Nothing was written there. What was in it is where its disk is."),
        N_(
            "Connect the disk or the share it is on, or correct «root» in the configuration. If the earlier backups "
            "are gone for good, or another disk is to take its place: backup --new-root"
        ),
    ),
    "health.well": Text(
        N_("All is well: every database ({count}) can be restored as it was at {since} or later."), _DATABASES, _NO_NEED
    ),
    "health.attention": Text(
        N_("Every database ({count}) is protected, but not everything is in order (points: {alarms})."),
        N_("Every database can be restored as it was at {since} or later."),
        N_("Go through the points one by one; each says what to do."),
    ),
    "health.unprotected": Text(
        N_("Not protected as agreed: {names} ({count} of {total})."),
        _DATABASES,
        N_("Begin with the first point; each says what to do."),
    ),
    "health.no_backup": Text(
        N_("There is no backup in {path} yet: nothing is protected."),
        _DATABASES,
        N_(
            "Make the first one: backup. If there should be some already, look whether the disk of {path} is connected "
            "and «root» in the configuration names the right folder."
        ),
    ),
}

TEXTS |= {
    "health.no_folder": Text(
        N_("There is no backup folder {path}: nothing is protected."),
        _DATABASES,
        N_(
            "If there have been backups, connect the disk they are on, or correct «root» in the configuration. Else "
            "make the first one: backup"
        ),
    ),
}

# --- one database ---
TEXTS |= {
    "health.live_missing": Text(
        N_("{database} is no longer in its place: there is no {path}."),
        N_("Its backups are as they were."),
        N_("Restore it from its newest backup, connect the disk it was on, or correct its path in the settings."),
    ),
    "health.live_missing_alone": Text(
        N_("{database} is no longer in its place: there is no {path}."),
        _NO_COPY,
        N_(
            "Connect the disk it was on, or correct its path in the settings; then make a backup: backup. If sets are "
            "listed that were never proven, see whether one is good: verify --all"
        ),
    ),
    "health.live_damaged": Text(
        N_("{database} can't be used any more. {why}"),
        N_("Its earlier backups are as they were."),
        N_(
            "Restore it from its newest backup. Keep the damaged file until all of its data is back, "
            "and check the disk."
        ),
    ),
    "health.live_damaged_alone": Text(N_("{database} can't be used any more. {why}"), _NO_COPY, _SAVE_FIRST),
    "health.live_ailing": Text(
        N_("{database} itself seems to be damaged: since {since} no backup of it was possible. {why}"),
        N_("Its newest proven backup, {copy}, is as it was; so are the others."),
        N_(
            "Restore it: restore {copy} --database {database} --overwrite --yes {database} (with --plan it only says "
            "what would happen; the damaged file is kept). Then check the disk. If it was mended in another way, a "
            "backup that succeeds proves it: backup"
        ),
    ),
    "health.live_ailing_alone": Text(
        N_("{database} itself seems to be damaged: since {since} no backup of it was possible. {why}"),
        _NO_COPY,
        _SAVE_FIRST,
    ),
    "health.live_dropped": Text(
        N_("{database} is no longer on its server ({path}): since {since} no backup of it was possible."),
        N_("Its newest proven backup, {copy}, is as it was; so are the others."),
        N_(
            "Restore it: restore {copy} --database {database} --to {path} (with --plan it only says what would "
            "happen). If it was given up on purpose, take it out of «databases»; if it is back, a backup that "
            "succeeds proves it: backup"
        ),
    ),
    "health.live_dropped_alone": Text(
        N_("{database} is no longer on its server ({path}): since {since} no backup of it was possible."),
        _NO_COPY,
        N_("Look on the server what became of it; if it was given up on purpose, take it out of «databases»."),
    ),
    "health.protected": Text(N_("{database} can be restored as it was at {since}."), _NEWEST, _NO_NEED),
    "health.never": Text(N_("There is no backup of {database} yet."), _DATABASES, N_("Make one now: backup")),
    "health.none_proven": Text(
        N_("No backup of {database} is proven and in its place: there is nothing to rely on."),
        _DATABASES,
        N_("Make a backup now: backup. Then see what became of the others: verify --all"),
    ),
    "health.too_old": Text(
        N_("Protected only up to {since}: {database}. Agreed is a loss of at most {hours} h."),
        N_("The state of then can be restored; what was entered since is in no backup."),
        _BACKUP_NOW,
    ),
    "health.all_future": Text(
        N_("All backups of {database} are dated in the future ({since}): nobody can tell how old they are."),
        _STORED,
        N_("Set the clock of this machine right, then make a backup: backup"),
    ),
    "health.drill_failed": Text(
        N_("The restore test of {database} failed (set {set}): don't rely on its backups until one has passed."),
        N_("The database itself is not affected; other sets may be good."),
        N_("See why: show {set}. Make a new backup and test that: backup, then drill"),
    ),
    "health.drill_question": Text(
        N_("In the restore test of {database} (set {set}) the answer to «{name}» was not what it must be."),
        N_("The backup itself was restored and proven; the question may be wrong, or the data in the database."),
        N_("See the answer: drill {database}; then correct the data, or the question under «drill_checks»"),
    ),
    "health.verify_overdue": Text(
        N_("The newest backup of {database} was last checked at {since}; agreed is {days_told} at most."),
        _STORED,
        N_("Check it: verify {set}"),
    ),
    "health.untested": Text(
        N_("No restore test of {database} has passed yet: that its backups can be restored is not proven."),
        N_("The checks that were made of it stand; a restore test proves more than they do."),
        _DRILL,
    ),
    "health.drill_overdue": Text(
        N_("The last restore test of {database} was at {since}; agreed is {days_told} at most."), _STORED, _DRILL
    ),
    "health.latest_failed": Text(
        N_("The newest backup of {database} was not completed ({set}: {status})."),
        _NEWEST,
        _WHY,
    ),
    "health.latest_failed_kind": Text(
        N_(
            "The newest backup of kind {kind} of {database} was not completed ({set}: {status}); later ones of another "
            "kind were."
        ),
        _NEWEST,
        _WHY,
    ),
    "health.latest_unproven": Text(
        N_("The newest backup of {database} was never checked ({set})."),
        _NEWEST,
        N_("Check it: verify {set}"),
    ),
    "health.slow": Text(
        N_("The newest backup of {database} took {minutes} min; usual are {usual} min."),
        N_("The backup itself is complete."),
        N_("Look what else was busy then, and whether the disk or the network is slow or ailing."),
    ),
    "health.size_jump": Text(
        N_("{database} has suddenly grown: {bytes_now} since {set}, usual were {bytes_then}."),
        _STORED,
        N_("Ask whether much was entered or imported then; if not, find out what fills it."),
    ),
    "health.size_drop": Text(
        N_("{database} has suddenly shrunk: {bytes_now} since {set}, usual were {bytes_then}."),
        N_("The sets before {set} hold what was there; pin one so that no rule removes it."),
        N_("Ask whether much was deleted on purpose; if not, keep an earlier set (pin SET) and restore from it."),
    ),
}

# --- sets, disk, clock ---
TEXTS |= {
    "health.unreadable": Text(
        N_("Manifests that can't be read: {count} (the first: {file})."),
        N_("All other sets can be used, and no stored file was touched."),
        N_("See what is wrong with each: list"),
    ),
    "health.missing": Text(
        N_("Sets with files that are not there as they were stored: {count} (the newest: {set}, {database})."),
        _OTHERS,
        N_("Find out who removes files there. Put them back, or have it noted with verify {set}; delete what is lost."),
    ),
    "health.damaged": Text(
        N_("Sets that failed their check: {count} (the newest: {set})."),
        _OTHERS,
        N_(
            "See what is wrong: show {set}. Have the disk examined. Of the newest proven backups none needs that set; "
            "if you do not either, it can go: delete {set} --yes {set}"
        ),
    ),
    "health.damaged_needed": Text(
        N_("Sets that failed their check: {count} (the newest: {set})."),
        N_("The other sets are not affected. Do not delete that set: what is whole of it is still needed."),
        N_("See what is wrong: show {set}. Have the disk examined, then make a new backup: backup"),
    ),
    "health.future": Text(
        N_("Sets dated in the future: {count} (the newest: {set}). The clock was ahead when they were made."),
        N_("No rule deletes them."),
        N_(
            "Look at the clock of this machine first. If it is behind, set it right and delete nothing. If it is "
            "right, make a backup, and when that is proven delete these: delete {set}"
        ),
    ),
    "health.clock_back": Text(
        N_("The clock of this machine seems to have been put back: sets newer than now: {count} (the newest: {set})."),
        N_("No rule deletes them. They are the newest and as good as before."),
        N_("Set the clock right and have it kept right by the network (NTP). Delete none of these sets."),
    ),
    "health.low_space": Text(
        N_("Only {free} are free in {path}; agreed are {bytes} at least."),
        _STORED,
        N_("Free space on that disk, keep fewer sets («retention»), or see what may go: prune --plan, cleanup --plan"),
    ),
    "health.full_soon": Text(
        N_("The disk of {path} will be full towards {day} if it goes on like this ({free} free)."),
        _STORED,
        N_("Free space before that day, keep fewer sets («retention»), or choose a larger disk under «root»."),
    ),
    "health.same_disk": Text(
        N_("Backups and data ({database}) are on the same disk: if it dies, both are lost."),
        N_("Against deleted or damaged data the backups do protect."),
        N_("Choose a folder on another disk under «root», or copy {path} to another disk regularly."),
    ),
    "health.running": Text(N_("A backup is under way since {since}."), _NEWEST, _NO_NEED),
    "health.running_long": Text(
        N_("A backup is under way since {since}, longer than usual ({usual} min; process {pid})."),
        _NEWEST,
        N_("See with «log» how far it is; if nothing moves any more, stop it and start it again."),
    ),
}

# --- schedules and notices ---
TEXTS |= {
    "health.success": Text(
        N_("Backups that failed: {failed} of the last {count}."),
        _NEWEST,
        N_("See which and why: list, then show SET and log"),
    ),
    "health.no_schedule": Text(
        N_("No schedule takes backups: each must be made by hand."),
        _STORED,
        N_("Add one under «schedules» in the configuration, then: schedule install"),
    ),
    "health.not_installed": Text(
        N_("The system does not start the schedules by itself: they run only while somebody has them run."),
        _STORED,
        N_("Have the system run them: schedule install"),
    ),
    "health.schedule_outdated": Text(
        N_("The system runs schedules as they were before the configuration was changed."),
        _STORED,
        N_("Bring it up to date: schedule install"),
    ),
    "health.not_firing": Text(
        N_("What was due did not run: {names} (the first at {since}; due times: {count})."),
        N_("The backups that were made until then are as they were."),
        N_("Run it now: schedule run --due. Then see why the system did not: schedule status"),
    ),
    "health.skipped": Text(
        N_("«{schedule}» was left out at {since}: {why}"),
        _NEWEST,
        N_("If this happens again, give them times farther apart («schedules»), or stop what holds the folder."),
    ),
    "health.run_failed": Text(
        N_("«{schedule}» did not end well at {since}: {why}"),
        _NEWEST,
        N_(
            "Mend that («log» tells more). What was cut short or could not begin is tried once more as soon as the "
            "schedules are looked at; anything else runs again at its next time."
        ),
    ),
    "health.undelivered": Text(
        N_("Notices that could not be delivered: {count}. Nobody was told what they say."),
        N_("They are kept and tried again with every run; the work itself is not touched by that."),
        N_("See why: notify test"),
    ),
}
