"""Whose turn it is to be checked: the sets checked longest ago; what can't be checked keeps nobody waiting."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from ..base.files import publish
from ..base.records import SetStatus, VerifyRequest
from ..catalog.index import SetSummary
from .drill_record import are_believed
from .kit import LOGS, Kit

log = logging.getLogger(__name__)
NAME = "verify_attempts.json"
_BIGGEST = 8 << 20


def wanted(request: VerifyRequest, count: int) -> int | None:
    """How many of ``count`` sets are checked by turns; None: nothing is asked for by turns."""
    if request.oldest is not None:
        return request.oldest
    return max(1, math.ceil(count / request.parts)) if request.parts else None


def turns(
    sets: Iterable[SetSummary], tried: Mapping[str, datetime], now: datetime, *, served: bool = False
) -> tuple[str, ...]:
    """``sets`` by their last check, or by the last try of one that can't be checked whole; never comes first.

    Left out is what only a server sees, where there is none to ask (``served`` is false). What a clock that was ahead
    wrote down counts as of ``now``.
    """
    last: dict[str, str] = {}
    for one in sets:
        completed = (each for each in one.databases.values() if each.status is SetStatus.COMPLETED)
        if any(each.file is not None or (served and each.on_server) for each in completed):
            checked = datetime.fromisoformat(one.last_checked_at) if one.last_checked_at else None
            known = [min(at, now).astimezone(UTC).isoformat() for at in (checked, tried.get(one.set)) if at is not None]
            last[one.set] = max(known, default="")
    return tuple(sorted(last, key=lambda name: (last[name], name)))


def attempts(root: Path) -> dict[str, datetime]:
    """When sets that could not be checked whole were tried last; nothing where that can't be read."""
    try:
        with (root / LOGS / NAME).open("rb") as reading:
            known = msgspec.json.decode(reading.read(_BIGGEST), type=dict[str, datetime])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        log.warning("%s is begun anew: %s", NAME, error)
        return {}
    if are_believed(known.values()):
        return known
    log.warning("%s is begun anew: it holds instants that nobody wrote", NAME)
    return {}


def remember(kit: Kit, tried: Iterable[str], sets: Iterable[SetSummary]) -> None:
    """Write down that ``tried`` were tried now; of ``sets`` that are gone it is forgotten. Raises `OSError`."""
    before = attempts(kit.root)
    there = {one.set for one in sets}
    known = {name: at for name, at in (before | dict.fromkeys(tried, kit.clock.now())).items() if name in there}
    if known != before:
        kit.files.make_folder(kit.root / LOGS)
        publish(kit.files, kit.root / LOGS / NAME, msgspec.json.encode(known) + b"\n")
