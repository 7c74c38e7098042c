"""Whether all is well, in one sentence, and what to do if not. Pure: facts and an instant in, a judgement out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from ..base.records import Problem, Severity
from ..base.texts import sentence
from ..base.watching import DatabaseHealth, Health, Level, merged
from ..config.accepted import eased
from .ailing import GONE
from .forecast import full_on
from .health_alarms import about_place, about_runs, about_sets, success
from .health_databases import Judged, judge_database
from .known import HealthFacts, at, error, note, told, warning

__all__ = ["HealthFacts", "judge"]

_ORDER = (Severity.ERROR, Severity.WARNING, Severity.INFO)
_LOUDEST = "health.drill_failed"
_OF_TESTS = frozenset({_LOUDEST, "health.drill_question"})
_TRIED = frozenset({"health.live_ailing", "health.live_dropped"})
"""Told by the last backups, whose failure needs no word of its own then."""
_LIVE = frozenset({"health.live_missing", "health.live_damaged"}) | _TRIED
_LATEST = "health.latest_failed"
_NEVER = "health.never"
_RUN = "health.run_failed"
_GRAVITY = (
    "health.live_missing",
    "health.live_dropped",
    "health.live_damaged",
    "health.live_ailing",
    _LOUDEST,
    "root.vanished",
    "health.no_folder",
    "catalog.unreadable",
    "health.no_backup",
    _NEVER,
    "health.none_proven",
    "health.all_future",
    "health.too_old",
    "check.restore_open",
    "check.restore_unkept",
    "check.restore_closed",
    "check.restore_unopened",
    "health.damaged",
    "health.missing",
    "health.low_space",
    "health.drill_question",
    "check.root_denied",
    _LATEST,
    "health.size_drop",
    "check.restore_new",
    "check.drill_open",
    "health.not_firing",
    _RUN,
    "check.logs_denied",
    "health.success",
    "health.not_installed",
    "schedule.no_scheduler",
    "schedule.switched_off",
    "health.no_schedule",
    "health.undelivered",
    "health.skipped",
    "health.full_soon",
    "health.clock_back",
    "health.future",
    "health.unreadable",
    "cleanup.manifest_lost",
    "health.latest_unproven",
    "health.drill_overdue",
    "health.untested",
    "health.verify_overdue",
    "health.running_long",
    "health.same_disk",
)
"""The gravest first; what is not named comes after them, as it was found."""


def judge(facts: HealthFacts, now: datetime) -> Health:
    """The judgement of ``facts`` at ``now``.

    Unprotected is whatever an alarm of severity error says: nothing proven, older than agreed, or a backup that did
    not pass its restore test. Warnings want attention; infos are no alarms.
    """
    judged = [_alive(judge_database(name, facts, now), facts) for name in facts.databases]
    databases = {one.health.name: _seen(one.health, facts) for one in judged}
    full = full_on(facts.sets, facts.settings, facts.free_bytes, now)
    rate = success(facts, now)
    found = [each for one in judged for each in one.alarms]
    drilled = frozenset(str(one.values["set"]) for one in found if one.code == _LOUDEST)
    found += about_sets(facts, now, drilled)
    found += about_place(facts, full, now)
    found += about_runs(facts, rate, now)
    alarms = _sorted(eased(_gathered(facts, found), facts.settings))
    restored = [one.restored_at for one in databases.values()]
    proven = [one.proven_at for one in databases.values()]
    return Health(
        level=_level(alarms),
        said=_said(databases, alarms),
        databases=databases,
        alarms=alarms,
        at=now,
        free_bytes=facts.free_bytes,
        full_on=full,
        restore_all_s=_restore_all_s(facts, databases),
        restored_at=_oldest(restored),
        verified_at=_oldest(proven),
        success_percent=rate.percent if rate is not None else None,
    )


def _gathered(facts: HealthFacts, found: Sequence[Problem]) -> list[Problem]:
    """``found``, with one alarm in the place of many where there is no backup of anything, or nobody can tell."""
    if not facts.databases:
        return [error("database.none"), *found]
    if any(one.code in _OF_TESTS for one in found):  # they say it better than the run that made the test
        found = [one for one in found if one.code != _RUN or one.values["action"] != "drill"]
    never = [one for one in found if one.code == _NEVER]
    if len(never) < len(facts.databases):
        return list(found)
    rest = [one for one in found if one.code != _NEVER]
    if facts.hidden is not None:
        return [facts.hidden, *rest]
    if any(
        one.severity is Severity.ERROR and one.code not in _LIVE for one in rest
    ):  # a folder that can't be read explains it
        return rest
    return [error("health.no_backup", path=facts.root), *rest]


def _alive(one: Judged, facts: HealthFacts) -> Judged:
    """The same; a database that is lost where it lives wants its backup now, however good that is."""
    lost = _lost(one.health, facts)
    if lost is None or (facts.holder is not None and facts.holder.verb == "restore"):  # it is being put in place
        return one
    rest = tuple(each for each in one.alarms if each.code != _LATEST or lost.code not in _TRIED)
    health = msgspec.structs.replace(one.health, ok=False, because=lost)
    return Judged(health=health, alarms=(lost, *rest))


def _lost(one: DatabaseHealth, facts: HealthFacts) -> Problem | None:
    """Why a database can't be used where it lives: seen now, or by the last backups of it."""
    cause, ailment = facts.live.get(one.name), facts.ailing.get(one.name)
    if cause is not None:
        values: dict[str, str | int] = {"database": one.name, "path": str(cause.values.get("path", "?"))}
        if facts.hidden is None:  # else nobody knows whether there is one
            values["copy"] = one.set or "-"
        if cause.code == "source.missing":
            if "was" in cause.values:
                values["was"] = cause.values["was"]
            return error("health.live_missing", **values)
        return error("health.live_damaged", **values, why=sentence(cause).message)
    if ailment is None:
        return None
    return error(
        "health.live_dropped" if ailment.problem.code == GONE else "health.live_ailing",
        database=one.name,
        path=str(ailment.problem.values.get("path", "?")),
        why=sentence(ailment.problem).message,
        since=told(at(ailment.since)),
        set=ailment.set,
        copy=one.set or "-",
    )


def _seen(one: DatabaseHealth, facts: HealthFacts) -> DatabaseHealth:
    """The same; where the backup folder is hidden nobody can say that there is no backup."""
    return (
        one if facts.hidden is None or one.because.code in _LIVE else msgspec.structs.replace(one, because=facts.hidden)
    )


def _sorted(found: Sequence[Problem]) -> tuple[Problem, ...]:
    rank = {code: number for number, code in enumerate(_GRAVITY)}
    return tuple(sorted(found, key=lambda one: (_ORDER.index(one.severity), rank.get(one.code, len(rank)))))


def _level(alarms: Sequence[Problem]) -> Level:
    severities = {one.severity for one in alarms}
    if Severity.ERROR in severities:
        return Level.UNPROTECTED
    return Level.ATTENTION if Severity.WARNING in severities else Level.WELL


def _said(databases: Mapping[str, DatabaseHealth], alarms: Sequence[Problem]) -> Problem:
    """The sentence on top."""
    errors = [one for one in alarms if one.severity is Severity.ERROR]
    if len(errors) == 1 or (errors and errors[0].code in _LIVE):
        return errors[0]
    if errors:
        bad = [one.name for one in databases.values() if not one.ok]
        values: dict[str, str | int] = {"names": ", ".join(bad) or "-", "count": len(bad), "total": len(databases)}
        return error("health.unprotected", **values)
    since = told(min(one.protected_until for one in databases.values() if one.protected_until is not None))
    warnings = sum(one.severity is Severity.WARNING for one in merged(alarms))
    if warnings:
        return warning("health.attention", count=len(databases), since=since, alarms=warnings)
    return note("health.well", count=len(databases), since=since)


def _oldest(instants: Sequence[datetime | None]) -> datetime | None:
    """The oldest, or None while one is missing."""
    known = [one for one in instants if one is not None]
    return min(known) if known and len(known) == len(instants) else None


def _restore_all_s(facts: HealthFacts, databases: Mapping[str, DatabaseHealth]) -> float | None:
    """Seconds that restoring all databases would take at the rate of their measured restores; None without any."""
    tested = [
        (held.size_bytes, held.restored_s)
        for one in facts.sets
        for name, held in one.databases.items()
        if held.restored_at is not None and held.restored_s > 0 and name in databases
    ]
    tested += [(one.size_bytes, one.restore_s) for one in facts.tests.values() if one.restore_s > 0 and one.size_bytes]
    size, seconds = sum(one[0] for one in tested), sum(one[1] for one in tested)
    total = sum(one.size_bytes for one in databases.values())
    return total * seconds / size if size and total else None
