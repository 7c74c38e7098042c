"""What a banner says of a problem: what could not be done, and the details for support. No Qt here."""

from __future__ import annotations

import platform
from datetime import datetime

from .. import __version__
from ..base.records import Problem, Severity
from ..base.saying import N_
from ..base.texts import _, sentence

_TITLES = {
    "audit": N_("The trail of who did what is not in order"),
    "backup": N_("The copy was not made"),
    "catalog": N_("The folder of copies can't be read"),
    "check": N_("Something stands in the way of a copy"),
    "config": N_("The settings can't be used"),
    "database": N_("There is no database to copy"),
    "drill": N_("The restore test could not be made"),
    "engine": N_("That kind of database can't be used here"),
    "install": N_("The copies could not be scheduled"),
    "manifest": N_("A copy can't be read"),
    "notice": N_("A notice could not be delivered"),
    "notify": N_("A notice could not be delivered"),
    "prune": N_("Nothing was deleted"),
    "removal": N_("Nothing was deleted"),
    "restore": N_("The restore was not carried out"),
    "role": N_("Your role does not allow that"),
    "root": N_("The folder of copies can't be used now"),
    "schedule": N_("The scheduled copies are not in order"),
    "set": N_("That copy can't be used"),
    "source": N_("A database could not be read"),
    "space": N_("There is not enough free space"),
    "store": N_("The folder of copies can't be used"),
    "target": N_("The place to restore to can't be used"),
    "verify": N_("The check could not be made"),
}
"""By the first word of the code."""
_TONES = {Severity.ERROR: "danger", Severity.WARNING: "warn", Severity.INFO: "info"}


def title(problem: Problem) -> str:
    """What could not be done, in a few words."""
    if problem.code == "unexpected":
        return _("The program met an error of its own")
    told = _TITLES.get(problem.code.partition(".")[0])
    return _(told) if told is not None else _("Something could not be done")


def tone(problem: Problem) -> str:
    """How bad it is."""
    return _TONES[problem.severity]


def details(problem: Problem, at: datetime) -> str:
    """Everything that is known, for whoever helps; values hold no secret."""
    lines = [f"{problem.code} · {at.astimezone():%Y-%m-%d %H:%M:%S %z} · Rexus Backups {__version__}"]
    if problem.engine_number is not None:
        lines.append(f"number: {problem.engine_number}")
    lines += [f"{key}: {value}" for key, value in problem.values.items()]
    lines.append(f"{platform.system()} {platform.release()} · {platform.node()}")
    return "\n".join(lines)


def whole(problem: Problem, at: datetime) -> str:
    """The banner as text, to send to somebody."""
    said = sentence(problem)
    told = (
        title(problem),
        ": ".join((_("Cause"), said.message)),
        ": ".join((_("Safe"), said.safe)),
        ": ".join((_("What to do"), said.fix)),
    )
    return "\n".join((*told, "", details(problem, at)))
