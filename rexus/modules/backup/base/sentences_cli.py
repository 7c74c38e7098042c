"""What the command line itself may have to tell, by code."""

from __future__ import annotations

from .saying import N_, Text

_UNTOUCHED = N_("Nothing was touched.")

TEXTS: dict[str, Text] = {
    "cli.usage_no_verb": Text(
        N_("It is not said what to do."),
        _UNTOUCHED,
        N_("Name a verb: {allowed}. In a terminal the menu opens by itself."),
    ),
    "cli.usage_verb": Text(
        N_("There is no verb «{verb}»."), _UNTOUCHED, N_("Perhaps you mean: {nearest}. All verbs: --help.")
    ),
    "cli.usage_verb_alone": Text(
        N_("There is no verb «{verb}»."),
        _UNTOUCHED,
        N_(
            "To back up: backup · look: list, show, check, health · prove: verify, drill · bring back: restore · "
            "keep: pin, unpin, prune, cleanup · by itself: schedule, notify · set up: config · "
            "who did what: audit, log · screens: shortcut, host, menu · learn: demo, example. All verbs: --help."
        ),
    ),
    "cli.usage_option": Text(
        N_("«{verb}» has no option {option}."),
        _UNTOUCHED,
        N_("Perhaps you mean: {nearest}. All options: {verb} --help."),
    ),
    "cli.usage_option_alone": Text(
        N_("«{verb}» has no option {option}."), _UNTOUCHED, N_("Leave it out; {verb} --help shows what there is.")
    ),
    "cli.output_lost": Text(
        N_("The answer could not be written: {reason}."),
        N_("What the command had to do was done or refused as always; only its answer is lost."),
        N_("Make room where the answer goes, or send it elsewhere, and look again with: list"),
    ),
    "cli.usage_missing": Text(
        N_("«{verb}» needs {what}."), _UNTOUCHED, N_("Add it; {verb} --help shows how it is written.")
    ),
    "cli.usage_needs_value": Text(
        N_("The option {option} needs a value."), _UNTOUCHED, N_("Write it behind the option: {option} VALUE.")
    ),
    "cli.usage_value": Text(N_("«{value}» is no value for {what}."), _UNTOUCHED, N_("Allowed: {allowed}.")),
    "cli.usage_extra": Text(
        N_("«{what}» is more than «{verb}» takes."), _UNTOUCHED, N_("Leave it out; {verb} --help shows what there is.")
    ),
    "cli.usage_together": Text(N_("These don't go together: {what}."), _UNTOUCHED, N_("Say one of them only.")),
    "cli.no_trace": Text(
        N_("The engine {engine} sends no batches to a server; there is nothing to write to {path}."),
        N_("The work itself is not affected."),
        N_("Leave --trace-sql out."),
    ),
    "cli.no_point_in_time": Text(
        N_("The engine {engine} can restore what a set holds, not another instant (--at)."),
        _UNTOUCHED,
        N_("Leave --at out, and choose the set made nearest to that instant (verb list)."),
    ),
    "cli.usage_twice": Text(
        N_("{option} was given several values, and it takes one: {value}."),
        _UNTOUCHED,
        N_("Give it one; for several, repeat the command."),
    ),
    "cli.log_unreadable": Text(
        N_("The log {path} can't be read: {reason}."), N_("The backups are not affected."), N_("Check its rights.")
    ),
    "audit.broken": Text(
        N_("The audit trail is broken at line {line}: from there on it does not prove who did what."),
        N_("Backups and databases are not concerned; the lines before are proven."),
        N_("See what is wrong with: audit verify"),
    ),
    "demo.foreign_folder": Text(
        N_("The folder {path} is not empty and was not made by the demonstration."),
        _UNTOUCHED,
        N_("Name another folder with --folder."),
    ),
    "demo.unexpected": Text(
        N_("The demonstration did not show what it should, at “{step}”: {expected}; found: {found}."),
        N_("Only the folder of the demonstration {path} was touched."),
        N_("Look into that folder and its logs, and report this to support."),
    ),
    "demo.failed": Text(
        N_("The demonstration could not go on at “{step}”: {reason}."),
        N_("Only the folder of the demonstration {path} was touched."),
        N_("Check space and rights there, and start it again."),
    ),
    "example.foreign_folder": Text(
        N_("The folder {path} is not empty and was not made for the example."),
        _UNTOUCHED,
        N_("Name another folder: example FOLDER"),
    ),
    "example.unwritable": Text(
        N_("The example can't be written to {path}: {why}."), _UNTOUCHED, N_("Name another folder: example FOLDER")
    ),
    "example.busy": Text(
        N_("The example in {path} is being prepared right now."), _UNTOUCHED, N_("Wait some seconds and try again.")
    ),
    "example.failed": Text(
        N_("The example could not be prepared: {reason}"),
        N_("Only the folder of the example {path} was touched."),
        N_("Check space and rights there, and start it again; it is then made anew."),
    ),
}
