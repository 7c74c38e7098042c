"""Is an action worth a try now? A disk that is not there yet, a database that is held, a battery that is low."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from ..base.errors import BackupError
from ..base.files import PARTIAL, in_the_way
from ..base.records import Finding, Problem, Severity
from ..base.watching import KIND_OF
from ..jobs.kit import Kit
from .actions import FREEING
from .home import missing
from .runs import FULL

log = logging.getLogger(__name__)

_WRITING = frozenset({*KIND_OF, "drill", "prune", "cleanup"})
_ROOTLESS = frozenset({"digest"})
"""What is worth a try without the root: to say so."""
_BUSY = "source.busy"
_JUDGED = frozenset(
    {"source.corrupt", "source.empty", "source.encrypted", "source.foreign", "source.truncated", "source.folder"}
)
"""What was reached and does not mend itself: there is nothing to wait for, the backup tells of it at once."""
_LOW_PERCENT = 10


def _power() -> tuple[float, bool] | None:
    """Charge in percent and whether it is plugged in; None where there is no battery, or none that tells."""
    try:
        import psutil  # type: ignore[import-untyped,unused-ignore]  # it has no types of its own

        battery = psutil.sensors_battery()
    except Exception as error:  # noqa: BLE001  firmware answers in many ways
        log.debug("battery: %s", error)
        return None
    if battery is None or battery.power_plugged is None:
        return None
    return float(battery.percent), bool(battery.power_plugged)


def probe(action: str, kit: Kit, power: Callable[[], tuple[float, bool] | None] = _power) -> tuple[Problem, ...]:
    """What keeps ``action`` from being worth a try now; nothing: it is ready. Changes nothing lasting.

    What is worth waiting for, but does not keep it from being done after that, is told as a warning.
    """
    found: list[Problem] = []
    gone = missing(kit.loaded) if action not in _ROOTLESS else None
    if gone is not None:
        found.append(gone)
    elif action in _WRITING:
        found.extend(_root(kit, action))
    if action in KIND_OF:
        found.extend(_databases(kit))
    charge = power()
    if charge is not None and not charge[1] and charge[0] < _LOW_PERCENT:
        found.append(Problem(code="schedule.battery", values={"percent": int(charge[0])}))
    return tuple(found)


def _root(kit: Kit, action: str) -> list[Problem]:
    """Whether the root can be written; proven with a real file. A full disk is no obstacle to what frees space."""
    trial = kit.root / f".ready{PARTIAL}"
    try:
        kit.files.unlink(trial)
        kit.files.create(trial).close()
        kit.files.unlink(trial)
    except OSError as error:
        if error.errno in FULL and action in FREEING:
            return []
        why = os.strerror(errno.ENOTDIR) if in_the_way(kit.root) else error.strerror or type(error).__name__
        values: dict[str, str | int] = {"path": str(kit.root), "why": why}
        return [Problem(code="check.root_denied", values=values)]
    return []


def _databases(kit: Kit) -> list[Problem]:
    """Why some can't be read now; errors only where none can: the backup tells of the others and keeps those that can.

    One that somebody has locked is worth waiting for, and then the backup itself waits for it.
    """
    refs = kit.engine.databases()
    found = [one for one in (_first_trouble(partial(kit.engine.preflight, ref)) for ref in refs) if one]
    errors = [one for one in found if one.severity is Severity.ERROR]
    if refs and len(errors) == len(refs):
        return found
    return [msgspec.structs.replace(one, severity=Severity.WARNING) for one in found]


def _first_trouble(look: Callable[[], Sequence[Finding]]) -> Problem | None:
    """What keeps a database from being read now."""
    try:
        findings = look()
    except BackupError as error:
        return error.problem if error.code not in _JUDGED else None
    for one in findings:
        if one.code not in _JUDGED and (one.severity is Severity.ERROR or one.code == _BUSY):
            return Problem(code=one.code, severity=one.severity, values=dict(one.values))
    return None
