"""What people call what programs name: schedules of the factory, orders, and the schedules as somebody who orders."""

from __future__ import annotations

import re
from collections.abc import Callable

from .saying import N_

_PLACES = (
    N_("DAY"),
    N_("DIGEST"),
    N_("DIR"),
    N_("FILE"),
    N_("FOLDER"),
    N_("INSTANT"),
    N_("NAME"),
    N_("PATH"),
    N_("PATH_OR_NAME"),
    N_("SET"),
    N_("TEXT"),
    N_("VERB"),
    N_("WORD"),
)
"""What stands in a command in the place of what one has to write there."""
_BLANKS = (N_("<access key>:<secret key>"), N_("<signature, without its ?>"))
"""The same in a statement for a server."""
BY_SCHEDULE = "schedule"
"""Who orders what runs by itself, in requests and in the audit trail."""
_SCHEDULES = {
    "daily_full": N_("Daily copy"),
    "daily_full_backup": N_("Daily copy"),
    "weekly_verification": N_("Weekly check"),
    "weekly_drill": N_("Weekly restore test"),
    "monthly_cleanup": N_("Monthly clean-up"),
    "monthly_drill": N_("Monthly restore test"),
}
"""Names that this program gives by itself; any other was chosen by somebody, and is shown as it was written."""
DEEDS = {
    "backup": N_("backup"),
    "verify": N_("verification"),
    "restore": N_("restoring"),
    "drill": N_("restore test"),
    "cleanup": N_("clean-up"),
    "prune": N_("retention rules applied"),
    "delete": N_("deletion"),
    "pin": N_("pinned"),
    "unpin": N_("unpinned"),
    "schedule_install": N_("schedule installed"),
    "schedule_remove": N_("schedule removed"),
    "cleanup.orphan": N_("file of no set removed"),
    "cleanup.safety": N_("raw safety copy removed"),
    "audit.torn": N_("torn line noted"),
    "audit.gap": N_("missing lines noted"),
    "audit.expired": N_("old audit segment removed"),
    "delete.finished": N_("deletion finished that was begun earlier"),
    "config change": N_("settings changed"),
}
"""Actions of the audit trail."""
_ORDERS = {
    "backup": N_("backing up"),
    "verify": N_("verifying"),
    "restore": N_("restoring"),
    "drill": N_("testing a restore"),
    "cleanup": N_("cleaning up"),
    "prune": N_("applying the retention rules"),
    "delete": N_("deleting"),
    "pin": N_("pinning"),
    "unpin": N_("unpinning"),
    "list": N_("seeing the sets"),
    "show": N_("seeing a set"),
    "check": N_("checking whether a backup would work"),
    "health": N_("seeing whether all is well"),
    "audit": N_("seeing who did what"),
    "log": N_("reading the log"),
    "restore --plan": N_("seeing what a restore would do"),
    "delete --plan": N_("seeing what a deletion would do"),
    "prune --plan": N_("seeing what the retention rules would delete"),
    "cleanup --plan": N_("seeing what the clean-up would remove"),
    "schedule run": N_("running what is due"),
    "schedule next": N_("seeing what runs next"),
    "schedule history": N_("seeing what ran"),
    "schedule status": N_("seeing what the system's scheduler knows"),
    "schedule install": N_("having the system run the schedules"),
    "schedule remove": N_("keeping the system from running the schedules"),
    "config show": N_("seeing the settings"),
    "config check": N_("checking the settings"),
    "config init": N_("writing new settings"),
    "config import": N_("taking over older settings"),
    "config change": N_("changing the settings"),
    "notify test": N_("sending a test notice"),
}
"""What somebody wanted, as a role allows it or not."""
Reader = Callable[[str], str]
"""Says a text in the reader's language."""


def schedule(name: str, tell: Reader) -> str:
    """The title of a schedule."""
    return tell(_SCHEDULES[name]) if name in _SCHEDULES else name


def schedules(names: str, tell: Reader) -> str:
    """The same of several with commas between."""
    return ", ".join(schedule(one, tell) for one in names.split(", "))


def person(name: str, tell: Reader) -> str:
    """Who it was; the schedules are nobody's account."""
    return tell(N_("the schedules")) if name == BY_SCHEDULE else name


def order(what: str, tell: Reader) -> str:
    """What was wanted."""
    return tell(_ORDERS[what]) if what in _ORDERS else what


def deed(what: str, tell: Reader) -> str:
    """What was done; or what was wanted and refused, where nothing else is called so."""
    return tell(DEEDS[what]) if what in DEEDS else order(what, tell)


def places(usage: str, tell: Reader) -> str:
    """A command, or a part of one, with the reader's words for what one has to write: ``NAME=PATH``."""
    return re.sub(rf"\b(?:{'|'.join(_PLACES)})\b", lambda found: tell(found[0]), usage)


def statement(text: str, tell: Reader) -> str:
    """A statement with what has to be filled in called as people call it."""
    for one in _BLANKS:
        text = text.replace(one, tell(one))
    return text
