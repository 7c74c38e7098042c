"""The verb prune: apply the retention rules, or show what they would do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from ..base.errors import BadInput
from ..base.records import Action, Decision, Problem, Status
from ..base.saying import N_
from ..base.texts import _, n_, sentence, word
from ..base.watching import PrunePlan, RetentionRequest
from .about import ABOUT
from .answers import Answer, of_job, problem_json, settled
from .parsing import Option, Verb, exclusive, switch
from .session import who, without_collector
from .streams import clean, put
from .tables import Column, Table, draw
from .wording import size

if TYPE_CHECKING:
    from .session import Session

_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_SHOWN = 30
"""Sets that a person sees without ``--all``."""


class ListedDecision(msgspec.Struct, frozen=True, gc=False):
    """One decision in the JSON; there may be tens of thousands."""

    set: str
    action: Action
    rule: str
    rules: tuple[str, ...]
    because: dict[str, object]
    bytes: int


def prune(session: Session, *, plan: bool, digest: str | None, all: bool) -> Answer:
    """Delete what no rule keeps; with ``plan`` only say what that is."""
    exclusive(plan=plan, digest=digest)
    model = session.model
    if plan:
        with without_collector():
            planned = model.plan_prune()
            told = _members(planned, session.options.json)
        problems = (*_refusals(planned), *planned.stays)
        members = {**told, "deleted": [], "freed_bytes": planned.freed_bytes}
        return Answer(
            status=settled(problems), problems=problems, members=members, tell=lambda: _tell_plan(planned, all)
        )
    request = RetentionRequest(digest=_whole(digest), requested_by=who())
    result = session.work(lambda _report, cancel: model.prune(request, cancel))
    members = {
        **_members(result.plan, session.options.json),
        "deleted": result.deleted,
        "freed_bytes": result.freed_bytes,
    }
    if result.outcome.status is Status.REFUSED:  # this plan was not the one that was seen
        return of_job(result.outcome, members, lambda: _tell_plan(result.plan, all))
    return of_job(result.outcome, members, lambda: _tell_done(result.plan, result.deleted, all))


def _whole(digest: str | None) -> str | None:
    """The digest as plans have it. Raises `BadInput` for what can be none, such as one that was cut short."""
    if digest is None:
        return None
    told = digest.strip().lower()
    if not _DIGEST.fullmatch(told):
        raise BadInput("prune.bad_digest", value=digest[:80])
    return told


def _members(plan: PrunePlan, wanted: bool) -> dict[str, object]:
    """The decisions; many share one reason, which is told once and then repeated."""
    told: dict[int, dict[str, object]] = {}

    def because(problem: Problem) -> dict[str, object]:
        known = told.get(id(problem))
        if known is None:
            known = told[id(problem)] = problem_json(problem)
        return known

    decisions = [
        ListedDecision(one.set, one.action, one.rule, one.rules, because(one.because), one.bytes)
        for one in (plan.decisions if wanted else ())
    ]
    return {"decisions": decisions, "digest": plan.digest}


def _refusals(plan: PrunePlan) -> tuple[Problem, ...]:
    because = [one.because for one in plan.decisions if one.action is Action.REFUSE]
    return (plan.refused,) if plan.refused is not None else tuple(because[:1])


def _tell_plan(plan: PrunePlan, every: bool) -> None:
    """What would go and why, what stays, and how to say yes to just that."""
    going = [one for one in plan.decisions if one.action is Action.DELETE]
    _table(going, every)
    _staying(plan, every)
    if going:
        told = n_(
            "{count} set would be deleted, {size} freed.", "{count} sets would be deleted, {size} freed.", len(going)
        )
        put(told.format(count=len(going), size=size(plan.freed_bytes)) + "\n")
        put(_("To delete just these: prune --digest {digest}").format(digest=plan.digest) + "\n")
    else:
        put(_("Nothing is to be deleted.") + "\n")


def _tell_done(plan: PrunePlan, deleted: tuple[str, ...], every: bool) -> None:
    """What is gone and why, and what stays; the sum is told with the problems."""
    gone = frozenset(deleted)
    _table([one for one in plan.decisions if one.set in gone], every)
    _staying(plan, every)
    if not deleted:
        put(_("Nothing was deleted.") + "\n")


def _table(decisions: list[Decision], every: bool) -> None:
    """The newest of them, or all."""
    if not decisions:
        return
    table = Table([Column(_("Set")), Column(_("Decision")), Column(_("Size"), right=True), Column(_("Why"), fold=True)])
    shown = decisions if every else decisions[:_SHOWN]
    for one in shown:
        table.add(one.set, word(one.action), size(one.bytes), _message(one.because))
    draw(table)
    hidden = len(decisions) - len(shown)
    if hidden:
        put(n_("{count} older set: --all", "{count} older sets: --all", hidden).format(count=hidden) + "\n")


def _staying(plan: PrunePlan, every: bool) -> None:
    """What is kept or refused: all of it, or how many sets each rule keeps."""
    staying = [one for one in plan.decisions if one.action is not Action.DELETE]
    if every:
        _table(staying, every)
        return
    by_rule: dict[str, int] = {}
    for one in staying:
        rule = _grouped(one)
        by_rule[rule] = by_rule.get(rule, 0) + 1
    if not by_rule:
        return
    table = Table([Column(_("Kept by rule")), Column(_("Sets"), right=True)])
    for rule, count in by_rule.items():
        table.add(_(_RULES.get(rule, rule)), str(count))
    draw(table)


def _grouped(one: Decision) -> str:
    """The rule that it is counted under: a person's own pin, unless it could not be deleted anyway."""
    return "pinned" if "pinned" in one.rules and one.rule not in _UNTOUCHABLE else one.rule


def _message(because: Problem) -> str:
    return clean(sentence(because).message)


_UNTOUCHABLE = frozenset({"newest_proven", "newer", "future"})
_RULES = {
    "newest_proven": N_("newest proven"),
    "newer": N_("newer than the newest proven"),
    "future": N_("from the future"),
    "pinned": N_("pinned"),
    "yearly": N_("yearly"),
    "monthly": N_("monthly"),
    "weekly": N_("weekly"),
    "daily": N_("daily"),
    "count": N_("by number"),
    "age": N_("by age"),
    "base": N_("base of others"),
    "files": N_("newest with files"),
    "safety": N_("safety copy"),
    "unverified": N_("original program, unverified"),
    "trace": N_("trace"),
    "restore_open": N_("open restore"),
    "in_progress": N_("being written"),
    "today": N_("of today"),
    "latest_unproven": N_("latest backup unproven"),
    "store_unseen": N_("files not seen"),
    "manifest_unreadable": N_("a manifest can't be read"),
    "restore_unreadable": N_("a restore's journal can't be read"),
    "clock": N_("clock may have jumped"),
}
VERBS = {
    "prune": Verb(
        "prune",
        ABOUT["prune"],
        prune,
        (
            switch("--plan", N_("only show what would be deleted and kept, and why"), alias="--dry-run"),
            Option("--digest", N_("only if the plan is still the one with this digest"), "DIGEST"),
            switch("--all", N_("show every set that is kept, not only how many")),
        ),
        {"decisions": [], "digest": None, "deleted": [], "freed_bytes": 0},
    ),
}
