"""What settings must not say together, though each is right by itself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator
from typing import get_args

from ..base.records import BackupKind, Problem
from ..base.server_parts import is_system
from ..base.watching import KIND_OF
from .check import LONGEST
from .document import printable
from .settings import Channel, DrillCheck, Schedule, ScheduledAction, Settings

Wrong = tuple[str, str, object, dict[str, str]]
"""Code, key, value, and what else its sentence tells."""


def problems_of_sense(settings: Settings, file: str, databases: Collection[str]) -> list[Problem]:
    """Everything that makes no sense, each with file, key and value."""
    found: list[Problem] = []
    roles = settings.roles
    named = [name for name in ("operators", "viewers") if getattr(roles, name)]
    if named and not roles.administrators:
        about: dict[str, str | int] = {"file": file, "key": f"roles.{named[0]}", "value": ", ".join(named)}
        found.append(Problem(code="role.no_administrators", values=about))
    for check in _CHECKS:
        for code, key, value, more in check(settings, databases):
            told = printable(json.dumps(value, ensure_ascii=False))[:LONGEST]
            values: dict[str, str | int] = {"file": file, "key": key, "value": told, **more}
            found.append(Problem(code=code, values=values))
    return found


_WITHOUT_KINDS = " | ".join(one for one in get_args(ScheduledAction) if one not in KIND_OF or one == "backup")
"""Actions for databases of which there are full backups only."""


def _schedules(settings: Settings, _: Collection[str]) -> Iterator[Wrong]:
    for number, one in enumerate(settings.schedules):
        yield from _schedule(f"schedules[{number}]", one)
        if settings.engine == "sqlite" and KIND_OF.get(one.action, BackupKind.FULL) is not BackupKind.FULL:
            yield "config.no_such_kind", f"schedules[{number}].action", one.action, {"allowed": _WITHOUT_KINDS}


def _schedule(place: str, one: Schedule) -> Iterator[Wrong]:
    if one.days and one.weekdays:
        yield "config.together", f"{place}.days", list(one.days), {"other": f"{place}.weekdays"}
    elif one.days and one.ordinal is not None:
        yield "config.together", f"{place}.days", list(one.days), {"other": f"{place}.ordinal"}
    elif one.ordinal is not None and not one.weekdays:
        yield "config.needs", f"{place}.ordinal", one.ordinal, {"other": f"{place}.weekdays"}


def _notices(settings: Settings, _: Collection[str]) -> Iterator[Wrong]:
    yield from _twice("notices.channels", [one.name for one in settings.notices.channels])
    for number, one in enumerate(settings.notices.channels):
        yield from _channel(f"notices.channels[{number}]", one)
    known = {one.name for one in settings.schedules}
    for number, ping in enumerate(settings.notices.pings):
        for name in ping.schedules:
            if name not in known:
                more = {"allowed": ", ".join(sorted(known)) or "-"}
                yield "config.no_such_schedule", f"notices.pings[{number}].schedules", name, more


def _channel(place: str, one: Channel) -> Iterator[Wrong]:
    if one.variable is not None and one.email is not None:
        yield "config.together", f"{place}.variable", one.variable, {"other": f"{place}.email"}
    elif one.variable is None and one.email is None:
        yield "config.no_way", place, one.name, {}


def _names_of_databases(settings: Settings, databases: Collection[str]) -> Iterator[Wrong]:
    allowed = {"allowed": ", ".join(databases) or "-"}
    for name in settings.health.rpo_hours_of:
        if name not in databases:
            yield "config.no_such_database", f"health.rpo_hours_of.{name}", name, allowed
    yield from _twice("drill_checks", [one.name for one in settings.drill_checks])
    for number, one in enumerate(settings.drill_checks):
        if one.database not in databases:
            yield "config.no_such_database", f"drill_checks[{number}].database", one.database, allowed
        yield from _drill_check(f"drill_checks[{number}]", one)
    if settings.audit_database is not None and settings.audit_database not in databases:
        yield "config.no_such_database", "audit_database", settings.audit_database, allowed


_READS = re.compile(r"(?:\s|\(|/\*.*?\*/)*+(?:select|with|values)\b", re.IGNORECASE)
"""How a question begins that may only read; the engine itself sees to the rest."""
_NUMBERS = ("equals", "at_least", "at_most", "drift_percent")
"""Limits of a question that gives a number."""


def _drill_check(place: str, one: DrillCheck) -> Iterator[Wrong]:
    if not _READS.match(one.query):
        yield "config.query_writes", f"{place}.query", one.query, {}
    numbers = [name for name in _NUMBERS if getattr(one, name) is not None]
    if one.within_hours is not None and numbers:
        yield "config.together", f"{place}.within_hours", one.within_hours, {"other": f"{place}.{numbers[0]}"}
    if one.within_hours is None and not numbers:
        yield "config.limit_missing", place, one.name, {"allowed": ", ".join((*_NUMBERS, "within_hours"))}
    if one.at_least is not None and one.at_most is not None and one.at_least > one.at_most:
        yield (
            "config.range",
            f"{place}.at_least",
            one.at_least,
            {"other": f"{place}.at_most", "allowed": str(one.at_most)},
        )


def _twice(place: str, names: list[str]) -> Iterator[Wrong]:
    """Names that somebody else in the list has, also where only the case differs."""
    seen: set[str] = set()
    for number, name in enumerate(names):
        if name.casefold() in seen:
            yield "config.twice", f"{place}[{number}].name", name, {}
        seen.add(name.casefold())


def _server_parts(settings: Settings, _: Collection[str]) -> Iterator[Wrong]:
    """A database of the server has its own name in sets, which no other may take."""
    for name, location in settings.databases.items():
        taken = name.casefold()
        wanted = settings.engine == "sqlserver" and taken in settings.sqlserver.server_parts
        if wanted and is_system(taken) and location.casefold() != taken:
            yield "config.name_of_server", f"databases.{name}", location, {"name": name}


_CHECKS: tuple[Callable[[Settings, Collection[str]], Iterator[Wrong]], ...] = (
    _schedules,
    _notices,
    _names_of_databases,
    _server_parts,
)
