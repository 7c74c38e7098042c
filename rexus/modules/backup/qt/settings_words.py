"""What settings and their mistakes are called on the screen: short, and without the names of the file."""

from __future__ import annotations

import re

from ..base.records import Problem
from ..base.saying import N_
from ..base.texts import _
from ..config.document import Value
from . import telling

ACTIONS = {
    "backup": N_("Backup"),
    "differential": N_("Differential copy"),
    "log": N_("Copy of the log"),
    "verify": N_("Check of old copies"),
    "drill": N_("Restore test"),
    "prune": N_("Delete what is not kept"),
    "cleanup": N_("Clean-up"),
    "digest": N_("Summary by notice"),
}
OF_SERVER = ("differential", "log")
"""Actions for databases of a server alone."""
WEEKDAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)
ORDINALS = (N_("first"), N_("second"), N_("third"), N_("fourth"), N_("last"))
NAMES = {
    "root": N_("Backup folder"),
    "app_root": N_("Folder of the application"),
    "databases": N_("Databases"),
    "language": N_("Language"),
    "theme": N_("Look"),
    "compression.codec": N_("Compression"),
    "compression.level": N_("Level"),
    "compression.threads": N_("Threads for each database"),
    "compression.parallel": N_("Databases at once"),
    "verification.after_backup": N_("Check after each backup"),
    "files.config": N_("Configuration files"),
    "files.application": N_("Folders of the application"),
    "files.exclude": N_("Left out of both"),
    "retention": N_("What is kept"),
    "retention.daily": N_("Days"),
    "retention.weekly": N_("Weeks"),
    "retention.monthly": N_("Months"),
    "retention.yearly": N_("Years"),
    "retention.count": N_("Always the newest"),
    "retention.max_age_days": N_("Always what is younger than"),
    "retention.after_backup": N_("Delete the rest after each backup"),
    "retention.safety_days": N_("Copies made before a restore"),
    "retention.failed_days": N_("Failed copies"),
    "schedules": N_("Times"),
    "health.rpo_hours": N_("Agreed loss of all"),
    "health.rpo_hours_of": N_("Agreed loss"),
    "health.verify_days": N_("Check again after"),
    "health.drill_days": N_("Restore test after"),
    "health.free_bytes": N_("Warn below"),
    "free_space_reserve_bytes": N_("Leave free"),
    "notices": N_("Notices"),
    "notices.channels": N_("Channel"),
    "notices.pings": N_("Dead man's switch"),
    "notices.repeat_hours": N_("Tell the same again after"),
    "notices.timeout_s": N_("Time for each notice"),
    "roles.administrators": N_("Administrators"),
    "roles.operators": N_("Operators"),
    "roles.viewers": N_("Who may look"),
    "health.accepted": N_("Known and agreed to"),
    "cleanup.orphan_days": N_("Files of no copy"),
    "cleanup.audit_days": N_("Audit trail"),
    "drill_checks": N_("Questions to restored copies"),
    "secret": N_("Secret"),
}
"""Settings by their key."""
_RANGE = re.compile(r"(?:integer|number) (\d+)…(\d*)")
_SHORT = {
    "config.schedule_twice": N_("Another one has this name already"),
    "config.twice": N_("Another one has this name already"),
    "config.database_twice": N_("Another one has this name already"),
    "config.database_name": N_("Letters, digits, _ and -, at most 64; it begins with a letter or a digit"),
    "config.database_reserved": N_("Windows or this program uses this name itself; choose another"),
    "config.no_such_kind": N_("These databases have no copies of this kind"),
    "config.needs": N_("Choose at least one day"),
    "config.missing": N_("Something must stand here"),
    "config.no_way": N_("Say how to reach somebody"),
    "config.query_writes": N_("A question only reads: it begins with SELECT"),
    "config.limit_missing": N_("Say which answer is right: fill in one of these fields"),
    "config.range": N_("Not above «At most»"),
}
_BY_PLACE = {
    "zone": N_("The name of a time zone, as Europe/Madrid; empty: the one of this computer"),
    "variable": N_("Letters, digits and _, no spaces; it begins with a letter"),
    "backup_url": N_(
        "As s3://server/bucket or https://account.blob.core.windows.net/container; no signature behind it"
    ),
    "root": N_("A folder; ~name only where there is such a user"),
    "app_root": N_("A folder; ~name only where there is such a user"),
}


def name_of(key: str) -> str:
    """What the setting at a dotted key is called; the nearest one above that has a name, else the key."""
    plain = re.sub(r"\[\d+\]", "", key)
    parts = plain.split(".")
    for depth in range(len(parts), 0, -1):
        told = NAMES.get(".".join(parts[:depth]))
        if told is not None:
            return _(told)
    return key


def allowed(problem: Problem) -> str:
    """What a field may hold, in one short line."""
    if problem.code in _SHORT:
        return _(_SHORT[problem.code])
    told = str(problem.values.get("allowed", ""))
    if problem.code == "config.value":
        found = _allowed_value(problem, told)
        if found:
            return found
    if problem.code in ("config.no_such_schedule", "config.no_such_database"):
        return _("There is none of this name: {name}").format(name=str(problem.values.get("value", "")).strip('"'))
    said = telling.sentence(problem)
    return said.fix or said.message


def _allowed_value(problem: Problem, told: str) -> str:  # noqa: PLR0911  one answer each
    key = str(problem.values.get("key", ""))
    place = re.sub(r"\[\d+\]$", "", key).rpartition(".")[2]
    bounds = _RANGE.search(told)
    if place == "days":
        return _("Days from 1 to 31, with commas between")
    if place in _BY_PLACE and problem.values.get("value") != '""':
        return _(_BY_PLACE[place])
    if place in ("config", "application", "exclude"):
        return _("«{value}»: a path below the folder of the application, without .. in it").format(
            value=str(problem.values.get("value", "")).strip('"')
        )
    if bounds is not None and bounds[2]:
        low, high = telling.count(int(bounds[1])), telling.count(int(bounds[2]))
        return _("From {low} to {high}").format(low=low, high=high)
    if bounds is not None:
        return _("At least {low}").format(low=telling.count(int(bounds[1])))
    if "number" in told:
        return _("A number, or nothing")
    if "string" in told or "U+0021" in told:
        return _("Something must stand here, in one line")
    return ""


def actions(*, of_server: bool) -> list[tuple[Value, str]]:
    """What a schedule may do, as one chooses it."""
    return [(name, _(one)) for name, one in ACTIONS.items() if of_server or name not in OF_SERVER]


def action(name: str) -> str:
    """What a schedule does."""
    return _(ACTIONS[name]) if name in ACTIONS else name


def value(told: Value) -> str:
    """A setting's value, short."""
    if told is None:
        return "–"
    if isinstance(told, bool):
        return _("yes") if told else _("no")
    if isinstance(told, list):
        return ", ".join(value(one) for one in told) or "–"
    if isinstance(told, dict):
        return _("changed")
    return str(told)
