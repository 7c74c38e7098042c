"""What the config room may have to tell, by code."""

from __future__ import annotations

from .saying import N_, Text

_SAFE = N_("Nothing was touched; the backups are as they were.")

TEXTS: dict[str, Text] = {
    "config.absent": Text(
        N_("There is no configuration at {file}."),
        _SAFE,
        N_(
            "Write one there with: --config {file} config init --root DIR --database NAME=PATH. For databases of SQL "
            "Server add --engine sqlserver, with NAME=NAME_ON_THE_SERVER. If there is one elsewhere, name it: "
            "--config FILE."
        ),
    ),
    "config.unreadable": Text(
        N_("{file} can't be read: {why}."),
        _SAFE,
        N_("Give this user the right to read it, or name another with --config."),
    ),
    "config.unwritable": Text(
        N_("{file} can't be written: {why}."), _SAFE, N_("Check space and rights of its folder and try again.")
    ),
    "config.nothing_runs": Text(
        N_("While {file} can't be used, nothing runs by itself: no backup is made."),
        N_("What was backed up stays as it is."),
        N_("Correct it; config check says what is wrong."),
    ),
    "config.last_good": Text(
        N_("The settings that could be used last are kept as {path}: compare the two, or put that file back."),
        N_("They are the file as it was, and hold no secret."),
        N_("Compare the two files, or put that one back."),
    ),
    "config.exists": Text(
        N_("{file} exists already."), _SAFE, N_("Keep it, or replace it with --force (the old one is kept beside it).")
    ),
    "config.too_big": Text(
        N_("{file} is too big for a configuration: {value} bytes."), _SAFE, N_("At most {allowed} bytes are allowed.")
    ),
    "config.too_deep": Text(N_("{file} is nested too deep."), _SAFE, N_("At most {allowed} levels are allowed.")),
    "config.is_folder": Text(
        N_("{file} is a folder, not a configuration."), _SAFE, N_("Name the file in it, as --config {path}.")
    ),
    "config.is_folder_alone": Text(
        N_("{file} is a folder, and there is neither a configuration in it (no {path}) nor a backup."),
        _SAFE,
        N_(
            "Write one with: --config {path} config init --root DIR --database NAME=PATH. For databases of SQL Server "
            "add --engine sqlserver, with NAME=NAME_ON_THE_SERVER. If there is one elsewhere, name it: --config FILE."
        ),
    ),
    "bare.needs_settings": Text(
        N_("«{what}» needs settings, and the backup folder {path} was opened without any."),
        N_("Nothing was touched; what is in that folder can be looked at, verified and restored."),
        N_("Write settings with: config init --root {path}, and name the databases."),
    ),
    "bare.no_sets": Text(
        N_("There are no backups in {path}."),
        N_("Nothing was touched."),
        N_("Name the folder that holds the files backup_manifest_… and the folder databases."),
    ),
    "config.empty": Text(
        N_("{file} is empty."), _SAFE, N_("Put a copy of it back, or write a new one with: config init --force.")
    ),
    "config.cut_short": Text(
        N_("{file} ends in line {line} before it is complete: {allowed} is expected."),
        _SAFE,
        N_("Write what is missing, or put a copy of the file back."),
    ),
    "config.more": Text(
        N_("{file}, line {line}: «{value}» stands behind the end of the settings."),
        _SAFE,
        N_("Remove it, or the bracket too many before it."),
    ),
    "config.not_text": Text(
        N_("{file} is not UTF-8 text (line {line})."), _SAFE, N_("Save it as UTF-8 with your editor.")
    ),
    "config.syntax": Text(
        N_("{file}, line {line}: «{value}» stands where {allowed} is expected."), _SAFE, N_("Correct that line.")
    ),
    "config.comma": Text(
        N_("{file}, line {comma}: a comma is missing there, before «{value}» (line {line})."),
        _SAFE,
        N_("Put a comma behind the entry that ends in line {comma}."),
    ),
    "config.duplicate": Text(
        N_("{file}, line {line}: the key «{key}» stands there twice."), _SAFE, N_("Remove one of the two.")
    ),
    "config.not_an_object": Text(N_("{file} holds {value} instead of settings."), _SAFE, N_("It must be {allowed}.")),
    "config.newer": Text(
        N_("{file} was written by a newer version of this program ({key} {value})."),
        _SAFE,
        N_("Update the program; this one knows version {allowed}."),
    ),
    "config.unknown": Text(
        N_("{file}: there is no setting «{key}» (value {value})."), _SAFE, N_("Did you mean: {allowed}?")
    ),
    "config.unknown_there": Text(
        N_("{file}: there is no setting «{key}» (value {value})."), _SAFE, N_("Known there: {allowed}.")
    ),
    "config.old_name": Text(
        N_("{file}: «{key}» is a setting of an earlier program (value {value})."),
        _SAFE,
        N_("Give that file another name and take its settings over with: {allowed} FILE."),
    ),
    "config.missing": Text(N_("{file}: the setting «{key}» is missing."), _SAFE, N_("Write one; allowed: {allowed}.")),
    "config.value": Text(N_("{file}: «{key}» can't be {value}."), _SAFE, N_("Allowed: {allowed}.")),
    "config.address_secret": Text(
        N_(
            "{file}: «{key}» holds more than an address: a signature behind the ?, or a password before the @, is a "
            "secret and must not stand here."
        ),
        _SAFE,
        N_(
            "Write the address of the container alone: {address} The secret belongs into a credential on the server; "
            "check gives the statement for it."
        ),
    ),
    "config.address_long": Text(
        N_("{file}: «{key}» has {length} characters; at most {most} are possible, for names of files come behind."),
        _SAFE,
        N_("Use a container, or a folder in it, with a shorter name."),
    ),
    "config.not_acceptable": Text(
        N_("{file}: «{key}» is {value}, and that is nothing one can agree to."),
        _SAFE,
        N_("Allowed: {allowed}. Every other alarm ends when its cause is mended; limits are settings of their own."),
    ),
    "config.together": Text(
        N_("{file}: «{key}» and «{other}» don't go together."), _SAFE, N_("Keep one of the two and remove the other.")
    ),
    "config.needs": Text(
        N_("{file}: «{key}» ({value}) says nothing without «{other}»."), _SAFE, N_("Write «{other}» too, or remove it.")
    ),
    "config.twice": Text(
        N_("{file}: another one before it is called {value}, too ({key})."), _SAFE, N_("Rename one of the two.")
    ),
    "config.range": Text(
        N_("{file}: «{key}» ({value}) is more than «{other}» ({allowed}), so no answer would be right."),
        _SAFE,
        N_("Exchange the two, or correct one of them."),
    ),
    "config.query_writes": Text(
        N_("{file}: «{key}» ({value}) is no question that only reads."),
        _SAFE,
        N_("Write one SELECT that gives one value."),
    ),
    "config.limit_missing": Text(
        N_("{file}: the question {value} ({key}) does not say which answer is right."),
        _SAFE,
        N_("Give it at least one of: {allowed}."),
    ),
    "config.no_way": Text(
        N_("{file}: the channel {value} ({key}) does not say how to reach anybody."),
        _SAFE,
        N_("Give it «email», a mail server, or «variable», the name of the secret that holds its address."),
    ),
    "config.no_such_database": Text(
        N_("{file}: «{key}» names {value}, and no database is called so."), _SAFE, N_("Known: {allowed}.")
    ),
    "config.no_such_schedule": Text(
        N_("{file}: «{key}» names {value}, and no schedule is called so."), _SAFE, N_("Known: {allowed}.")
    ),
    "config.no_such_kind": Text(
        N_("{file}: «{key}» is {value}, and these databases have no backups of that kind."),
        _SAFE,
        N_("Allowed: {allowed}. Differential and log backups are for SQL Server."),
    ),
    "config.secret": Text(
        N_("{file}: «{key}» looks like a secret; secrets do not belong there."),
        _SAFE,
        N_("Write it into {allowed} and remove it here."),
    ),
    "config.database_name": Text(
        N_("{file}: «{value}» can't be the name of a database here."), _SAFE, N_("Allowed: {allowed}.")
    ),
    "config.database_reserved": Text(
        N_("{file}: «{value}» can't be the name of a database here: Windows or this program uses that name itself."),
        _SAFE,
        N_("Choose another name; allowed: {allowed}."),
    ),
    "config.database_twice": Text(
        N_("{file}: «{value}» and «{allowed}» differ in case only."), _SAFE, N_("Rename one of the two.")
    ),
    "config.name_of_server": Text(
        N_("{file}: {name} names the server's own database, which “sqlserver.server_parts” asks for, not {value}."),
        _SAFE,
        N_("Give the database another name in “databases”, or take {name} out of “sqlserver.server_parts”."),
    ),
    "config.schedule_twice": Text(
        N_("{file}: two schedules are called «{value}» ({key})."), _SAFE, N_("Rename one of the two.")
    ),
    "config.changed": Text(
        N_("{file} was changed by somebody else in the meantime."),
        N_("Their changes are kept; nothing was written."),
        N_("Read the settings again and repeat your change."),
    ),
    "config.root_inside_app": Text(
        N_("The backup folder {path} lies in a folder that is backed up itself (files, {pattern})."),
        N_("It is left out of its own copies."),
        N_("Put it elsewhere, best on another disk, and set «root»."),
    ),
    "config.database_inside_root": Text(
        N_("The database {database} ({path}) lies in the backup folder {root}."),
        N_("It is backed up like the others."),
        N_("Put the backups elsewhere, best on another disk, and set «root»."),
    ),
    "config.database_absent": Text(
        N_("The database {database} is not there: {path}."),
        N_("The settings are written; of the other databases backups can be made."),
        N_("Correct its path under «databases» in {file}, or connect the disk it is on; then: check"),
    ),
    "config.same_database": Text(
        N_("The databases {other} and {database} are the same file: {path}."),
        N_("It is backed up twice."),
        N_("Correct the path of one, or remove it."),
    ),
    "config.no_backup_schedule": Text(
        N_("No schedule that is enabled makes backups: they are made only when somebody orders one."),
        N_("What was backed up stays as it is."),
        N_('Add a schedule with "action": "backup", or enable one.'),
    ),
    "config.keeps_newest_only": Text(
        N_("All retention rules are zero: after each backup only the newest proven one of each database stays."),
        N_("Pinned sets and the newest proven backup are never deleted."),
        N_("Say how many are kept with retention.daily, weekly, monthly and yearly; prune --plan shows what would go."),
    ),
    "config.secret_missing": Text(
        N_("Nothing can be sent by «{key}»: the secret {name} is found nowhere."),
        N_("The backups are not affected."),
        N_(
            "Write {name}=… into .env; the system's keyring (keyring set rexus-backups {name}) serves only what you "
            "run by hand, never the schedules."
        ),
    ),
    "import.absent": Text(
        N_("There is no file {file} to import from."),
        _SAFE,
        N_("Name the backup_config.json of the earlier program, with its folder."),
    ),
    "import.is_folder": Text(
        N_("{file} is a folder, and no settings to import from."),
        _SAFE,
        N_("Name the backup_config.json of the earlier program, with its folder."),
    ),
    "import.shape": Text(
        N_("{file} is none of the older configurations that can be imported."),
        _SAFE,
        N_("Name the backup_config.json of the earlier program."),
    ),
    "import.bad_value": Text(N_("its value makes no sense"), N_("The present setting stays."), N_("Set it by hand.")),
    "import.named_by_env": Text(
        N_("the databases are named in .env or under «databases»"),
        N_("The present setting stays."),
        N_("Nothing to do."),
    ),
    "import.not_yet": Text(
        N_("this version has no such function"), N_("The present setting stays."), N_("Nothing to do.")
    ),
    "import.never_worked": Text(
        N_("it had no effect in the earlier program"), N_("The present setting stays."), N_("Nothing to do.")
    ),
    "import.other_scale": Text(
        N_("its scale is another one here"),
        N_("The present setting stays."),
        N_("See compression.level in docs/settings.md."),
    ),
    "import.first_monday": Text(
        N_("days of the month are not known here; the first Monday was taken"),
        N_("The time of day was taken."),
        N_("Correct «schedules» by hand if another day is meant."),
    ),
    "import.own_schedules": Text(
        N_("schedules of your own do this already; they stay"),
        N_("The present setting stays."),
        N_("Change «schedules» by hand if the old time is meant."),
    ),
    "import.own_channels": Text(
        N_("a channel of your own tells these addresses already; it stays"),
        N_("The present setting stays."),
        N_("Change «notices.channels» by hand if the old server is meant."),
    ),
    "import.secret": Text(
        N_("secrets are not kept in the configuration"),
        N_("It was not read into this program."),
        N_("Keep it in .env."),
    ),
    "import.unknown": Text(N_("there is no such setting here"), N_("The present setting stays."), N_("Nothing to do.")),
}
