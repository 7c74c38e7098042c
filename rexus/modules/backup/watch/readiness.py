"""Is an action worth a try now? A disk that is not there yet, a server that still starts, a battery that is low."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path

from ..base.errors import BackupError
from ..base.files import PARTIAL
from ..base.records import Problem, Severity
from ..jobs.kit import Kit

log = logging.getLogger(__name__)

_WRITING = frozenset({"backup", "drill", "prune", "cleanup"})
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
    """What keeps ``action`` from being worth a try now; nothing: it is ready. Changes nothing lasting."""
    found: list[Problem] = []
    if action in _WRITING:
        found.extend(_root(kit))
    if action == "backup":
        found.extend(_databases(kit))
    charge = power()
    if charge is not None and not charge[1] and charge[0] < _LOW_PERCENT:
        found.append(Problem(code="schedule.battery", values={"percent": int(charge[0])}))
    return tuple(found)


def _root(kit: Kit) -> list[Problem]:
    """Whether the root can be written, or made; proven with a real file."""
    if not kit.root.is_dir():
        above = next((one for one in kit.root.parents if one.exists()), kit.root)
        return [] if above.is_dir() and os.access(above, os.W_OK) else [_denied(above, "-")]
    trial = kit.root / f".ready{PARTIAL}"
    try:
        kit.files.unlink(trial)
        kit.files.create(trial).close()
        kit.files.unlink(trial)
    except OSError as error:
        return [_denied(kit.root, error.strerror or type(error).__name__)]
    return []


def _denied(path: Path, why: str) -> Problem:
    return Problem(code="check.root_denied", values={"path": str(path), "why": why})


def _databases(kit: Kit) -> list[Problem]:
    """Why none can be read; where one can, the backup itself tells of the others and keeps that one."""
    found: list[Problem] = []
    for ref in kit.engine.databases():
        try:
            findings = kit.engine.preflight(ref)
        except BackupError as error:
            found.append(error.problem)
            continue
        errors = [one for one in findings if one.severity is Severity.ERROR]
        if not errors:
            return []
        found.extend(Problem(code=one.code, values=dict(one.values)) for one in errors[:1])
    return found
