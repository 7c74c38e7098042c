"""What a problem says instead of its own sentences, where the job knows more: what was saved, what is left to take."""

from __future__ import annotations

from .saying import N_, Text

SAVED = "saved"
"""Value of a problem of one database: the others of the same backup, which were saved."""
UNHARMED = "unharmed"
"""Value of what ended a restore: the live databases, which it did not touch."""
OTHER_SET = "other_set"
"""Value of the same: the newest other set whose backup of the database is proven; `COMMAND` restores it."""
COMMAND = "typed"
"""Value: the whole command that leads on, as it is typed."""
REMEDY = "remedy"
"""Value of what could not be done: what its cause asks for."""

_NOTHING = frozenset({"Nothing was touched.", "Nothing was touched; earlier backups are as they were."})
"""What is not right any more once another database was saved."""
_SAVED = N_("No backup of this database was made. Saved: {saved}. Earlier backups are as they were.")
_UNHARMED = N_("Nothing was put in place. What is there is untouched: {unharmed}. All backups are as they were, too.")
_OTHER_SET = N_("Restore {database} from {other_set}, the newest other set whose backup of it is proven: {typed}")
_TEST_AGAIN = N_("{remedy} Then test again (verb drill).")
_CONFIRM = (
    (
        "schedule.no_scheduler",
        N_("Install cron, or keep this at work in a console that stays open: {typed}"),
    ),
    ("restore.exists", N_("Restore beside it with another --to, or replace all that is in the way: {typed}")),
    ("restore.files_exist", N_("Restore them elsewhere with --to DIR, or replace all that is in the way: {typed}")),
    ("restore.unconfirmed", N_("Confirm everything that will be replaced at once: {typed}")),
    (
        "undo.failed",
        N_(
            "Put an end to that cause and run any backup: it tries again by itself. By hand, if it never works: {typed}"
        ),
    ),
)
"""What leads on by its code: where nothing starts runs, where only consent lacks, where a way back was barred."""


def better(code: str, values: dict[str, str | int], text: Text) -> Text:
    """``text``, the sentences of ``code``, as ``values`` make them right."""
    safe, fix = text.safe, text.fix
    if SAVED in values and safe in _NOTHING:
        safe = _SAVED
    if UNHARMED in values:
        safe = _UNHARMED
    if code == "drill.not_done" and REMEDY in values:
        fix = _TEST_AGAIN
    elif OTHER_SET in values:
        fix = _OTHER_SET
    elif COMMAND in values:
        fix = next((told for one, told in _CONFIRM if one == code), fix)
    return Text(text.message, safe, fix)
