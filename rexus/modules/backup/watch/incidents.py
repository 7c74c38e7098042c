"""Who is told of what: trouble once, then again only after some hours, its end once. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from ..base.records import Origin, Outcome, Problem, Record, Severity, Status
from ..config.settings import Channel

Told = dict[str, datetime]
"""Channel → when it was last told."""
_MOST = 200
_FORGOTTEN = timedelta(days=90)
_BY_ITSELF = frozenset({Origin.SCHEDULED, Origin.CATCH_UP, Origin.DRILL})
_EVENTS = {
    Status.OK: "success",
    Status.WARNINGS: "warning",
    Status.FAILED: "failure",
    Status.INTERRUPTED: "failure",
}
_EVENTS_BY_ITSELF = {Status.REFUSED: "failure", Status.SKIPPED: "warning", Status.BUSY: "warning"}
"""What a person who gave the order was told at once; nobody else was there to see it."""
_WHOLE = frozenset({"prune", "cleanup"})
"""Jobs that look at everything: what they no longer complain of is over."""
_UNPROVEN = frozenset({"not_restored", "unverifiable"})
"""What a restore test says of a database instead of a proof."""
Key = tuple[str, str, str]
Known = dict[Key, "Incident"]


class Incident(Record, frozen=True, kw_only=True):
    """One trouble, from the first time on until it is over."""

    action: str
    subject: str
    """The database or set it is about; empty: the whole job."""
    event: str
    problem: Problem
    first: datetime
    last: datetime
    count: int = 1
    told: Told = msgspec.field(default_factory=dict)

    @property
    def key(self) -> Key:
        """The same trouble again has the same."""
        return self.action, self.subject, self.problem.code


class Notice(Record, frozen=True, kw_only=True):
    """What one channel is told of one ending."""

    channel: str
    event: str
    present: tuple[Incident, ...] = ()
    over: tuple[Incident, ...] = ()


class Case(Record, frozen=True, kw_only=True):
    """An ending as it is weighed here."""

    action: str
    event: str
    """As `event_of`."""
    outcome: Outcome
    at: datetime


class Verdict(Record, frozen=True, kw_only=True):
    """What is known now, and who is told of it."""

    incidents: tuple[Incident, ...]
    notices: tuple[Notice, ...] = ()


def event_of(outcome: Outcome, origin: Origin) -> str | None:
    """``failure``, ``warning`` or ``success``; None where nobody has to hear of it."""
    by_itself = _EVENTS_BY_ITSELF.get(outcome.status) if origin in _BY_ITSELF else None
    return _EVENTS.get(outcome.status, by_itself)


def weigh(case: Case, known: Sequence[Incident], channels: Sequence[Channel], repeat: timedelta) -> Verdict:
    """Bring ``known`` up to date with an ending, and say who is told what."""
    present = _present(case, {one.key: one for one in known})
    failing = {one.subject for one in present.values() if one.event == "failure"}
    over = tuple(one for one in known if one.key not in present and one.subject not in failing and _is_over(one, case))
    gone = {one.key for one in over} | present.keys()
    asked = [_notice(one, case, tuple(present.values()), over, repeat) for one in channels]
    notices = tuple(one for one in asked if one is not None)
    told = {one.channel for one in notices if one.present}
    marked = [msgspec.structs.replace(one, told=one.told | dict.fromkeys(told, case.at)) for one in present.values()]
    rest = [one for one in known if one.key not in gone and abs(case.at - one.last) < _FORGOTTEN]
    return Verdict(incidents=(*rest, *marked)[-_MOST:], notices=notices)


def key_of(action: str, problem: Problem) -> Key:
    """As `Incident.key`."""
    return action, _subject(action, problem), problem.code


def _subject(action: str, problem: Problem) -> str:
    """What a problem is about."""
    values = problem.values
    of_set = str(values.get("set", ""))
    database = str(values.get("database", values.get("name", "")))
    if action == "verify" and of_set and database:  # every run looks at other sets
        return f"{of_set}/{database}"
    return database or of_set


def troubles(case: Case) -> list[tuple[Problem, str]]:
    """What is wrong, each with the event that it is."""
    if case.event == "success":
        return []
    found = [one for one in case.outcome.problems if one.severity is not Severity.INFO]
    if not found:
        found = [Problem(code="notice.no_reason", values={"status": case.outcome.status.value})]
    grave = case.event == "failure" and any(one.severity is Severity.ERROR for one in found)
    return [(one, "warning" if grave and one.severity is not Severity.ERROR else case.event) for one in found]


def _present(case: Case, known: Known) -> Known:
    """The present troubles, each with what is known of it from before."""
    present: Known = {}
    for problem, event in troubles(case):
        fresh = Incident(
            action=case.action,
            subject=_subject(case.action, problem),
            event=event,
            problem=problem,
            first=case.at,
            last=case.at,
        )
        old = known.get(fresh.key)
        if old is not None:
            told = {} if event == "failure" and old.event != event else old.told
            fresh = msgspec.structs.replace(fresh, first=min(old.first, case.at), count=old.count + 1, told=told)
        present.setdefault(fresh.key, fresh)
    return present


def _is_over(one: Incident, case: Case) -> bool:
    """Whether this ending proves that ``one`` is over: the job did its work, and on the same thing."""
    if one.action != case.action:
        return False
    if not one.subject or case.action in _WHOLE:
        return case.outcome.status in (Status.OK, Status.WARNINGS)
    lines = [line.split(":") for line in case.outcome.proof]
    return one.subject.partition("/")[0] in {line[0] for line in lines if not _UNPROVEN & set(line[1:2])}


def _notice(
    channel: Channel, case: Case, present: tuple[Incident, ...], over: tuple[Incident, ...], repeat: timedelta
) -> Notice | None:
    """What this channel is told, if anything."""
    heard = tuple(one for one in over if channel.name in one.told)
    wanted = case.event in channel.on
    if wanted and any(one.event in channel.on and _due(one, channel.name, repeat, case.at) for one in present):
        return Notice(channel=channel.name, event=case.event, present=present, over=heard)
    if heard or (wanted and case.event == "success"):
        return Notice(channel=channel.name, event="success", over=heard)
    return None


def _due(one: Incident, channel: str, repeat: timedelta, now: datetime) -> bool:
    """Whether the channel has to hear of it; an instant ahead of now is of a clock that was wrong."""
    told = one.told.get(channel)
    return told is None or now - told >= repeat or told > now
