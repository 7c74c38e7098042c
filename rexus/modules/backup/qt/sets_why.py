"""Why a set is kept, or when it goes: the rules' own decisions in the words of the table and of the pane."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from ..base.errors import BackupError
from ..base.records import Action, Decision, Origin, Problem, SetStatus
from ..base.saying import N_
from ..base.texts import _
from . import telling

if TYPE_CHECKING:
    from ..catalog.index import SetSummary
    from ..config.settings import Retention
    from ..model import BackupModel

_SHORT = {
    "newest_proven": N_("Last proven"),
    "newer": N_("Newer than the last proven"),
    "future": N_("Dated in the future"),
    "pinned": N_("Pinned"),
    "yearly": N_("Yearly"),
    "monthly": N_("Monthly"),
    "weekly": N_("Weekly"),
    "daily": N_("Daily"),
    "count": N_("Among the newest"),
    "age": N_("By its age"),
    "base": N_("Base"),
    "files": N_("Newest files"),
    "safety": N_("Safety copy"),
    "unverified": N_("Never verified"),
    "trace": N_("Trace"),
    "restore_open": N_("Open restore"),
    "in_progress": N_("Under way"),
    "today": N_("Of today"),
}
"""Every rule that keeps a set, in a word or two."""
_ALSO = {
    "newest_proven": N_("last proven"),
    "newer": N_("newer than the last proven"),
    "future": N_("dated in the future"),
    "pinned": N_("pinned"),
    "yearly": N_("yearly"),
    "monthly": N_("monthly"),
    "weekly": N_("weekly"),
    "daily": N_("daily"),
    "count": N_("among the newest"),
    "age": N_("by its age"),
    "base": N_("base"),
    "files": N_("newest files"),
    "safety": N_("safety copy"),
    "unverified": N_("never verified"),
    "trace": N_("trace"),
    "restore_open": N_("open restore"),
    "today": N_("of today"),
}
"""The same within a line."""
_RANKED = {
    "yearly": N_("Yearly {number} of {limit}."),
    "monthly": N_("Monthly {number} of {limit}."),
    "weekly": N_("Weekly {number} of {limit}."),
    "daily": N_("Daily {number} of {limit}."),
}
_LOCKED = frozenset({"newest_proven", "newer", "future", "restore_open"})
_ENDED = {
    SetStatus.FAILED: N_("Did not finish"),
    SetStatus.INTERRUPTED: N_("Interrupted"),
    SetStatus.CANCELLED: N_("Cancelled"),
    SetStatus.IN_PROGRESS: N_("Under way"),
}
_LAST = 99
"""Place of what no rule keeps, when sorted by the reason."""
_PLACES = {rule: number for number, rule in enumerate(_SHORT)}


@dataclass(frozen=True, slots=True)
class Why:
    """Why one set is kept: a few words, and whole lines."""

    text: str = ""
    icon: str = ""
    token: str = ""
    lines: tuple[str, ...] = ()
    place: int = _LAST
    """What it is sorted by: the strongest reason first."""
    pinned: bool = False
    goes: bool = False
    """Whether the rules will delete it."""
    undoes_until: date | None = None
    """It is the way back of a restore, and kept as that until then."""

    @property
    def whole(self) -> str:
        """Everything there is to say, a line each."""
        return "\n".join(self.lines) or self.text


@dataclass(frozen=True, slots=True)
class Reasons:
    """What the rules decided about all sets, at one moment."""

    decisions: dict[str, Decision]
    ranks: dict[tuple[str, str], int]
    """By set and rule: the how-manieth newest that this rule keeps."""
    rules: Retention
    now: datetime
    going: str
    """When what no rule keeps is deleted, in a sentence."""

    @classmethod
    def of(cls, model: BackupModel, *, plans: bool) -> Reasons:
        """Ask the rules, as they are applied by themselves: what was made today stays."""
        decisions: dict[str, Decision] = {}
        ranks: dict[tuple[str, str], int] = {}
        if plans:
            decisions = {one.set: one for one in _planned(model)}
        counted: dict[str, int] = {}
        for one in decisions.values():
            for rule in one.rules if one.action is Action.KEEP else ():
                counted[rule] = ranks[one.set, rule] = counted.get(rule, 0) + 1
        return cls(decisions, ranks, model.loaded.settings.retention, datetime.now(UTC), _going(model))

    def why(self, one: SetSummary) -> Why:
        """Why this set is kept, or that it goes; of one made before a restore also until when that can be undone."""
        why, until = self._why(one), self._undoes_until(one)
        if until is None:
            return why
        told = _("With it what a restore replaced comes back, until {day}.").format(day=telling.long_day(until))
        return replace(why, lines=(told, *(why.lines or filter(None, (why.text,)))), undoes_until=until)

    def _undoes_until(self, one: SetSummary) -> date | None:
        """Until when the rules keep it as a way back; None: it is none, or holds nothing."""
        holds = one.copied or any(each.status is SetStatus.COMPLETED for each in one.databases.values())
        if one.origin is not Origin.SAFETY or one.deleting or not holds or not self.rules.safety_days:
            return None
        end = datetime.fromisoformat(one.timestamp) + timedelta(days=self.rules.safety_days)
        return end.astimezone().date() if end > self.now else None

    def _why(self, one: SetSummary) -> Why:
        decision = self.decisions.get(one.set)
        if one.deleting:
            lines = (_("Its deletion was begun and is finished by the next work here."),)
            return Why(_("Being deleted"), "trash", "text3", lines, goes=True)
        if one.pinned is not None and not self._is_over(one.pinned_until):
            return self._pinned(one, decision)
        if one.status is not SetStatus.COMPLETED:
            return Why(_(_ENDED[one.status]), lines=self._lines(one, decision))
        if decision is None:
            return Why()
        return self._by_rule(one, decision)

    def _by_rule(self, one: SetSummary, decision: Decision) -> Why:
        if decision.action is Action.DELETE:
            return Why(_("Will be deleted"), "trash", "text3", self._lines(one, decision), goes=True)
        if decision.action is not Action.KEEP:
            return Why(_("Not deleted for now"), "info", "text3", self._lines(one, decision), _LAST - 1)
        icon = ("lock", "text2") if decision.rule in _LOCKED else ("", "")
        return Why(self._short(decision), *icon, self._lines(one, decision), _PLACES.get(decision.rule, _LAST))

    def _is_over(self, until: str | None) -> bool:
        return until is not None and datetime.fromisoformat(until) <= self.now

    @staticmethod
    def _short(decision: Decision) -> str:
        """The strongest rule, and that others stand on it."""
        told = _("Files not seen")
        if decision.because.code != "keep.trace_unseen":
            told = _(_SHORT.get(decision.rule, decision.rule))
        if "base" in decision.rules and decision.rule != "base":
            return _("{rule}, base").format(rule=told)
        return told

    def _pinned(self, one: SetSummary, decision: Decision | None) -> Why:
        text = one.pinned or _("Pinned")
        lines = [_("Pinned without a name, until it is unpinned.")]
        if one.pinned:
            lines = [_("Pinned: {name}. It stays until it is unpinned.").format(name=one.pinned)]
        if one.pinned_until:
            until = datetime.fromisoformat(one.pinned_until)
            day = telling.long_day(until.astimezone().date())
            text = _("{name}, until {day}").format(name=text, day=day)
            lines = [_("Pinned until {instant}.").format(instant=telling.when(until, self.now))]
            if one.pinned:
                told = _("Pinned: {name}. It stays until {instant}.")
                lines = [told.format(name=one.pinned, instant=telling.when(until, self.now))]
        if decision is not None:
            lines += self._also([rule for rule in decision.rules if rule != "pinned"])
        return Why(text, "pin", "accent", tuple(lines), _PLACES["pinned"], pinned=True)

    def _lines(self, one: SetSummary, decision: Decision | None) -> tuple[str, ...]:
        lines: list[str] = []
        if decision is not None and decision.action is Action.DELETE:
            lines = [_ended(telling.reason(decision.because)), self.going]
        elif decision is not None:
            rest = [rule for rule in decision.rules if rule != decision.rule]
            lines = [self._first(one, decision), *self._also(rest)]
        if self._is_over(one.pinned_until) and one.pinned_until:
            until = datetime.fromisoformat(one.pinned_until)
            lines.append(_("Its pin ended on {instant}.").format(instant=telling.when(until, self.now)))
        return tuple(lines)

    def _first(self, one: SetSummary, decision: Decision) -> str:
        if one.status is SetStatus.INTERRUPTED and decision.rule == "in_progress":
            return _("It was cut off before it was whole. The next work here clears away what is left of it.")
        number, limit = self.ranks.get((one.set, decision.rule), 0), getattr(self.rules, decision.rule, 0)
        if decision.rule in _RANKED and isinstance(limit, int) and 0 < number <= limit:
            return _(_RANKED[decision.rule]).format(number=number, limit=limit)
        return _ended(telling.reason(decision.because))

    @staticmethod
    def _also(rules: list[str]) -> list[str]:
        told = ", ".join(_(_ALSO[rule]) for rule in rules if rule in _ALSO)
        return [_("Also: {rules}.").format(rules=told)] if told else []


def _planned(model: BackupModel) -> tuple[Decision, ...]:
    """What the rules decide; nothing where they can't be asked now (the list itself says what is wrong)."""
    try:
        return model.plan_prune(whole_days=True).decisions
    except BackupError:
        return ()


def _going(model: BackupModel) -> str:
    """What deletes it, and when, by what the settings say."""
    after = model.loaded.settings.retention.after_backup
    deleting = {"prune", "backup"} if after else {"prune"}
    try:
        runs = model.next_runs(None, 1, deleting)
    except BackupError:
        runs = ()
    for run in runs:
        instant = telling.when(run.utc)
        if run.action == "backup":
            return _("It is deleted after the next backup (scheduled: {instant}).").format(instant=instant)
        return _("It is deleted when the rules are applied ({instant}).").format(instant=instant)
    if after:
        return _("It is deleted after the next backup.")
    return _("It is deleted when the rules are applied by hand.")


def _ended(text: str) -> str:
    """A reason as a sentence."""
    told = text[:1].upper() + text[1:]
    return told if told.endswith((".", "!", "?")) else f"{told}."


def refusal(problem: Problem) -> str:
    """Why something is not done, as a sentence."""
    if problem.code == "delete.pinned" and not problem.values.get("name"):
        return _("It is pinned, without a name, and can't be deleted. Unpin it first.")
    return _ended(telling.reason(problem))
