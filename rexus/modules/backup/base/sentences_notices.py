"""What notices and dead man's switches may have to tell, by code, and the letters that notices are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from .records import Problem, Record, Severity
from .saying import N_, Text
from .texts import _, n_, sentence, size
from .watching import Health

_DONE = N_("What the job came to is not changed by this; only the telling failed.")
_KEPT = N_(
    "What the job came to is not changed by this. A notice that is kept in logs/outbox is sent with the next run."
)
_RUNS = N_("The run itself is not touched by that.")
_TRIAL = N_("This was only a test: nothing was kept to be sent later, and backups run all the same.")
_ENV = N_(
    "Write {variable}=… into .env; the system's keyring (keyring set rexus-backups {variable}) serves only what you "
    "run by hand, never the schedules."
)

TEXTS: dict[str, Text] = {
    "notice.broken": Text(
        N_("Telling of the job failed by an error of the program itself: {why}."),
        _DONE,
        N_("Look into the log for the details and report them."),
    ),
    "notice.unsent": Text(
        N_("The notice by «{channel}» could not be sent: {why}."),
        _KEPT,
        N_("Mend the channel and try it: notify test."),
    ),
    "notice.slow": Text(
        N_("The notice by «{channel}» could not be sent: no answer within {seconds} s."),
        _KEPT,
        N_("Check the server and the network, or set «notices.timeout_s»; then try it: notify test."),
    ),
    "notice.no_secret": Text(
        N_("The notice by «{channel}» could not be sent: there is no secret called {variable}."),
        _KEPT,
        _ENV,
    ),
    "notice.bad_address": Text(
        N_("The notice by «{channel}» could not be sent: what {variable} holds is no address that can be used."),
        _KEPT,
        N_("Correct it as the apprise documentation says, then try it: notify test."),
    ),
    "notice.letters": Text(
        N_("The notice by «{channel}» could not be sent: {variable} holds letters that this service can't be given."),
        _KEPT,
        N_("Choose one of plain letters, digits and signs."),
    ),
    "notice.trial_unsent": Text(
        N_("The test notice by «{channel}» could not be sent: {why}."),
        _TRIAL,
        N_("Correct what is wrong with the channel («notices.channels», .env), then try again."),
    ),
    "notice.trial_slow": Text(
        N_("The test notice by «{channel}» could not be sent: no answer within {seconds} s."),
        _TRIAL,
        N_("Check the server and the network, or set «notices.timeout_s»; then try again."),
    ),
    "notice.trial_no_secret": Text(
        N_("The test notice by «{channel}» could not be sent: there is no secret called {variable}."), _TRIAL, _ENV
    ),
    "notice.trial_bad_address": Text(
        N_("The test notice by «{channel}» could not be sent: what {variable} holds is no address that can be used."),
        _TRIAL,
        N_("Correct it as the apprise documentation says, then try again."),
    ),
    "notice.trial_letters": Text(
        N_(
            "The test notice by «{channel}» could not be sent: {variable} holds letters that this service can't "
            "be given."
        ),
        _TRIAL,
        N_("Choose one of plain letters, digits and signs."),
    ),
    "notice.no_channels": Text(
        N_("Nobody is told: no channel for this is configured and enabled."),
        N_("Backups run all the same."),
        N_("Add one under «notices.channels» (docs/settings.md)."),
    ),
    "notice.no_digest": Text(
        N_('No summary was sent: no enabled channel wants one ("on": "digest").'),
        N_("The backups are not affected."),
        N_('Add "digest" to «on» of a channel if somebody wants summaries.'),
    ),
    "notice.no_reason": Text(
        N_("It ended as «{status}», without a reason."),
        N_("The newest proven backup of each database is as it was."),
        N_("Look into the log: main_backup.py log."),
    ),
    "import.no_recipients": Text(
        N_("no address to tell anybody stands there"),
        N_("The present setting stays."),
        N_("Add a channel under «notices.channels» (docs/settings.md)."),
    ),
    "import.no_server": Text(
        N_("no mail server stands there; the channel waits"),
        N_("The addresses were taken."),
        N_("Name the server in «notices.channels», set «enabled», and try it: notify test."),
    ),
    "ping.unsent": Text(
        N_("The dead man's switch {variable} could not be told ({what}): {why}."),
        _RUNS,
        N_("Check address and network; without a signal the switch raises its alarm."),
    ),
    "ping.slow": Text(
        N_("The dead man's switch {variable} could not be told ({what}): no answer within {seconds} s."),
        _RUNS,
        N_("Check address and network; without a signal the switch raises its alarm."),
    ),
    "ping.no_secret": Text(
        N_("The dead man's switch has no address: there is no secret called {variable}."),
        _RUNS,
        _ENV,
    ),
    "ping.untested": Text(
        N_("Dead man's switches were not signalled, for a test would count as a run: {names}."),
        _RUNS,
        N_("Look at the service after the next run; only runs by schedule signal it: schedule run --due"),
    ),
    "ping.bad_address": Text(
        N_("What {variable} holds is no http or https address of a dead man's switch."),
        _RUNS,
        N_("Copy the address from the service once more."),
    ),
}

_ACTIONS = {
    "backup": N_("Backup"),
    "differential": N_("Differential backup"),
    "log": N_("Log backup"),
    "verify": N_("Verification"),
    "restore": N_("Restoring"),
    "drill": N_("Restore test"),
    "prune": N_("Retention"),
    "cleanup": N_("Clean-up"),
    "digest": N_("Summary"),
    "schedule": N_("Schedules"),
}
_ENDS = {
    "failure": N_("{action}: FAILED ({host})"),
    "warning": N_("{action}: done, with warnings ({host})"),
    "success": N_("{action}: done ({host})"),
    "stopped": N_("{action}: STOPPED ({host})"),
    "cut": N_("{action}: CUT SHORT ({host})"),
    "skipped": N_("{action}: did not take place ({host})"),
    "over": N_("{action}: all right again ({host})"),
}
_DAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)
_MARKS = {Severity.ERROR: "✗", Severity.WARNING: "▲", Severity.INFO: "·"}
_MOST = 30
"""So many problems are told one by one."""
_NEAR_DAYS = 6
"""So many days back the name of the day says which one it was."""


class Repeated(Record, frozen=True, kw_only=True):
    """Since when and how often the same trouble was met."""

    since: datetime
    count: int


class LetterFacts(Record, frozen=True, kw_only=True):
    """What a notice has to tell."""

    action: str
    end: str
    """failure, warning, success, skipped, stopped, cut, over."""
    host: str
    root: str
    at: datetime
    set: str | None = None
    problems: tuple[Problem, ...] = ()
    again: Mapping[int, Repeated] = {}
    """By the place in ``problems``."""
    over: tuple[tuple[Problem, Repeated], ...] = ()


def letter(facts: LetterFacts) -> tuple[str, str]:
    """Title and text of the notice of an ending, in the reader's language."""
    action = _(_ACTIONS[facts.action]) if facts.action in _ACTIONS else facts.action
    parts = [_told(one, facts.again.get(number)) for number, one in enumerate(facts.problems[:_MOST])]
    left = len(facts.problems) - _MOST
    if left > 0:
        parts.append(_("… and {count} more; the log has them all.").format(count=left))
    if facts.over:
        gone = _("No longer the case: {message}")
        parts += [gone.format(message=sentence(one).message) + f" {_since(many)}" for one, many in facts.over]
    place = [_("Set") + f": {facts.set}"] if facts.set else []
    place += [_("Backup folder") + f": {facts.root}", _("When") + f": {_moment(facts.at)}"]
    return _(_ENDS[facts.end]).format(action=action, host=facts.host), "\n\n".join([*parts, "\n".join(place)])


def trial_letter(host: str, channel: str, at: datetime) -> tuple[str, str]:
    """Title and text of a test notice."""
    text = _("This is a test: notices by «{channel}» arrive. It went the very way of the scheduled runs.")
    return _("Test notice ({host})").format(host=host), text.format(channel=channel) + f"\n\n{_moment(at)}"


def digest_letter(health: Health, host: str, root: str) -> tuple[str, str]:
    """Title and text of the summary: how many databases are protected, since when, and what is wrong."""
    well = sum(1 for one in health.databases.values() if one.ok)
    values = {"ok": well, "total": len(health.databases), "day": _day(health.verified_at, health.at)}
    if health.verified_at is None:
        first = _("{ok} of {total} protected; never checked.")
    else:
        first = _("{ok} of {total} protected; last checked on {day}.")
    first = first.format_map(values)
    parts = [first, sentence(health.said).message, "\n".join(_databases(health))]
    parts += [_told(one, None) for one in health.alarms]
    parts.append("\n".join([*_disk(health), _("Backup folder") + f": {root}"]))
    return f"{first.rstrip('.')} ({host})", "\n\n".join(part for part in parts if part)


def _databases(health: Health) -> Iterable[str]:
    for one in health.databases.values():
        until = _moment(one.protected_until) if one.protected_until else _("not protected")
        tested = _moment(one.restored_at) if one.restored_at else _("never")
        line = _("{name}: protected until {until}; last restore test: {tested}")
        yield f"{'✓' if one.ok else '✗'} " + line.format(name=one.name, until=until, tested=tested)


def _disk(health: Health) -> Iterable[str]:
    if health.free_bytes is not None:
        yield _("Free space") + f": {size(health.free_bytes)}"
    if health.full_on is not None:
        yield _("Full on") + f": {health.full_on.isoformat()}"


def _told(problem: Problem, again: Repeated | None) -> str:
    """One problem as people read it, with what is safe and what to do."""
    said = sentence(problem)
    lines = [f"{_MARKS[problem.severity]} {said.message}"]
    if problem.severity is Severity.INFO:
        return lines[0]
    lines += ["  " + _("Still safe:") + f" {said.safe}"] if said.safe else []
    lines += ["  " + _("What to do:") + f" {said.fix}"] if said.fix else []
    lines += ["  " + _since(again)] if again else []
    return "\n".join(lines)


def _since(repeated: Repeated) -> str:
    text = n_("(since {since}, {count} time)", "(since {since}, {count} times)", repeated.count)
    return text.format(since=_moment(repeated.since), count=repeated.count)


def _day(instant: datetime | None, now: datetime) -> str:
    """The name of a day not long ago, else its date."""
    if instant is None:
        return ""
    local = instant.astimezone()
    return _(_DAYS[local.weekday()]) if (now - instant).days <= _NEAR_DAYS else local.date().isoformat()


def _moment(instant: datetime) -> str:
    return instant.astimezone().strftime("%Y-%m-%d %H:%M")
