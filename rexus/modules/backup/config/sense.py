"""What settings must not say together, though each is right by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator

from ..base.records import Problem
from .settings import Channel, DrillCheck, Schedule, Settings

Wrong = tuple[str, object, str]
"""Key, value, what is allowed."""


def problems_of_sense(settings: Settings, file: str, databases: Collection[str]) -> list[Problem]:
    """Everything that makes no sense, each with file, key, value and what is allowed (``config.value``)."""
    found: list[Problem] = []
    for check in _CHECKS:
        for key, value, allowed in check(settings, databases):
            values: dict[str, str | int] = {"file": file, "key": key, "value": str(value), "allowed": allowed}
            found.append(Problem(code="config.value", values=values))
    return found


def _schedules(settings: Settings, _: Collection[str]) -> Iterator[Wrong]:
    yield from _twice("schedules", [one.name for one in settings.schedules])
    for number, one in enumerate(settings.schedules):
        yield from _schedule(f"schedules[{number}]", one)


def _schedule(place: str, one: Schedule) -> Iterator[Wrong]:
    if one.days and (one.weekdays or one.ordinal is not None):
        yield f"{place}.days", list(one.days), "[] (weekdays, ordinal)"
    if one.ordinal is not None and not one.weekdays:
        yield f"{place}.ordinal", one.ordinal, "null (weekdays: [])"
    if one.zone is not None and not is_zone(one.zone):
        yield f"{place}.zone", one.zone, "Europe/Madrid, America/Argentina/Buenos_Aires … | null"


def is_zone(name: str) -> bool:
    """Whether the IANA database has such a zone."""
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _notices(settings: Settings, _: Collection[str]) -> Iterator[Wrong]:
    yield from _twice("notices.channels", [one.name for one in settings.notices.channels])
    for number, one in enumerate(settings.notices.channels):
        yield from _channel(f"notices.channels[{number}]", one)
    known = {one.name for one in settings.schedules}
    for number, ping in enumerate(settings.notices.pings):
        for name in ping.schedules:
            if name not in known:
                yield f"notices.pings[{number}].schedules", name, ", ".join(sorted(known)) or "[]"


def _channel(place: str, one: Channel) -> Iterator[Wrong]:
    if (one.variable is None) == (one.email is None):
        yield f"{place}.variable", one.variable, "variable | email"


def _names_of_databases(settings: Settings, databases: Collection[str]) -> Iterator[Wrong]:
    allowed = ", ".join(databases) or "-"
    for name in settings.health.rpo_hours_of:
        if name not in databases:
            yield f"health.rpo_hours_of.{name}", name, allowed
    yield from _twice("drill_checks", [one.name for one in settings.drill_checks])
    for number, one in enumerate(settings.drill_checks):
        if one.database not in databases:
            yield f"drill_checks[{number}].database", one.database, allowed
        yield from _drill_check(f"drill_checks[{number}]", one)
    if settings.audit_database is not None and settings.audit_database not in databases:
        yield "audit_database", settings.audit_database, f"{allowed} | null"


def _drill_check(place: str, one: DrillCheck) -> Iterator[Wrong]:
    numbers = (one.equals, one.at_least, one.at_most, one.drift_percent)
    if one.within_hours is not None and any(value is not None for value in numbers):
        yield f"{place}.within_hours", one.within_hours, "null (equals, at_least, at_most, drift_percent)"
    if one.within_hours is None and all(value is None for value in numbers):
        yield f"{place}", one.name, "equals | at_least | at_most | within_hours | drift_percent"


def _twice(place: str, names: list[str]) -> Iterator[Wrong]:
    for name, count in Counter(names).items():
        if count > 1:
            yield f"{place}.name", name, "!= " + name


_CHECKS: tuple[Callable[[Settings, Collection[str]], Iterator[Wrong]], ...] = (
    _schedules,
    _notices,
    _names_of_databases,
)
