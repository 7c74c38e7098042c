"""The steps of the wizard: their order, what each asks, what its buttons say. No widgets here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..base.records import RestorePlan
from ..base.texts import _, n_
from . import restore_words, telling
from .restore_answers import to_type
from .restore_footer import Buttons
from .restore_rail import Stop
from .restore_steps import rows_of

if TYPE_CHECKING:
    from .restore_wizard import Wizard

FOLDER, WHAT, WHERE, PLAN, CONFIRM, RUN, PROOF = "folder", "what", "where", "plan", "confirm", "run", "proof"
BEFORE = {WHAT: FOLDER, WHERE: WHAT, PLAN: WHERE, CONFIRM: PLAN}
"""Where *Back* leads."""
_QUESTIONS = frozenset({FOLDER, WHAT, WHERE, PLAN, CONFIRM})


def keys(wizard: Wizard) -> tuple[str, ...]:
    """The steps of this restore, in order."""
    order = (WHAT, WHERE, PLAN, CONFIRM, RUN, PROOF)
    return (FOLDER, *order) if wizard.lost else order


def headings(wizard: Wizard) -> tuple[str, str]:
    """The question of the present step, and one sentence below it."""
    home = wizard.answers.home
    what = restore_words.what_of(home) if home is not None else ""
    if wizard.at == CONFIRM:
        return (restore_words.question(home) if home is not None else ""), ""
    if wizard.at == RUN:
        undo = home is not None and home.undo
        title = _("Undoing the restore of {what}") if undo else _("Restoring {what}")
        return title.format(what=what), _("It goes on if you look at another page.")
    return {
        FOLDER: (_("Where are your copies?"), _("The folder is enough. Nothing changes until you confirm it.")),
        WHAT: (
            _("What do you want back, and of when?"),
            _("Choose on the time line or write the time. Nothing changes until the step Confirm."),
        ),
        WHERE: (_("Where shall it go?"), _("As a copy of its own it touches nothing of what is there.")),
        PLAN: (_("This is what will happen"), _("Nothing has been touched yet.")),
        PROOF: ("", ""),
    }[wizard.at]


def stops(wizard: Wizard) -> tuple[Stop, ...]:
    """The steps as the rail shows them."""
    order = keys(wizard)
    now = order.index(wizard.at) if wizard.at in order else 0
    return tuple(_stop(wizard, key, number, now) for number, key in enumerate(order))


def _stop(wizard: Wizard, key: str, number: int, now: int) -> Stop:
    names = {
        FOLDER: _("Folder"),
        WHAT: _("What and when"),
        WHERE: _("Where"),
        PLAN: _("Plan"),
        CONFIRM: _("Confirm"),
        RUN: _("Restore"),
        PROOF: _("Proof"),
    }
    state = "done" if number < now else "now" if number == now else "later"
    if key == CONFIRM and state != "now" and _is_harmless(wizard):
        state = "skipped"
    ended = wizard.outcome
    if key == RUN and state == "done" and (ended is None or not ended.proof):
        state = "failed"
    back = state == "done" and wizard.at in _QUESTIONS and not (wizard.undoing and key in (FOLDER, WHAT, WHERE))
    return Stop(key, names[key], _chosen(wizard, key), state, back)


def _is_harmless(wizard: Wizard) -> bool:
    """Whether it is known that nothing is overwritten."""
    place, plan = wizard.answers.place, wizard.answers.plan
    if place is None or wizard.at in (FOLDER, WHAT, WHERE):
        return False
    return place.kind == "copy" or (plan is not None and not to_type(plan))


def _chosen(wizard: Wizard, key: str) -> str:
    """What was answered in a step."""
    answers, home, work = wizard.answers, wizard.answers.home, wizard.work
    told = ""
    if key == FOLDER and answers.source is not None:
        told = answers.source.model.root.name
    elif key == WHAT and home is not None:
        told = restore_words.chosen_words(home)
    elif key == WHERE and home is not None and answers.place is not None:
        told = restore_words.place_words(home, answers.place)
    elif key == PLAN and answers.plan is not None:
        told = _plan_words(answers.plan)
    elif key == CONFIRM:
        told = _("Name written")
    elif key == RUN and work is not None and work.began is not None and work.ended is not None:
        told = telling.span((work.ended - work.began).total_seconds())
    return told


def _plan_words(plan: RestorePlan) -> str:
    count, seconds = len(rows_of(plan)), plan.seconds_expected
    told = n_("{count} step", "{count} steps", count).format(count=count)
    return told if seconds is None else f"{told}, {restore_words.about(seconds)}"


def buttons(wizard: Wizard) -> Buttons:
    """What the buttons of the present step are."""
    if wizard.at == RUN:
        return _while_running(wizard)
    if wizard.at == PROOF:
        return _at_the_end(wizard)
    home, plan, ready = wizard.answers.home, wizard.answers.plan, wizard.is_ready
    cancel, before, onward = _("Cancel"), _("Step back"), _("Next")
    if wizard.at == CONFIRM and home is not None:
        return Buttons(cancel, before, restore_words.replace_words(home), ready, danger=True, plain_cancel=True)
    if wizard.at == PLAN and plan is not None and not to_type(plan) and home is not None:
        onward = _begin_words(wizard)
    first = wizard.at == FOLDER or (wizard.at == WHAT and not wizard.lost) or (wizard.at == PLAN and wizard.undoing)
    return Buttons(cancel, "" if first else before, onward, ready)


def _begin_words(wizard: Wizard) -> str:
    home, place = wizard.answers.home, wizard.answers.place
    if home is None or place is None or place.kind == "copy":
        return _("Restore as a copy")
    return restore_words.return_words(home)


def _while_running(wizard: Wizard) -> Buttons:
    work = wizard.work
    if work is not None and work.state == "cancelling":
        return Buttons(_("Stopping…"), plain_cancel=True, can_cancel=False)
    return Buttons(_("Cancel the restore") if wizard.progress.can_stop else "", plain_cancel=True)


def _at_the_end(wizard: Wizard) -> Buttons:
    leave = _("Back to the summary") if wizard.can_leave_to == "summary" else _("Back to the start")
    outcome = wizard.outcome
    if outcome is not None and outcome.proof:
        return Buttons(onward=leave, report=True)
    return Buttons(leave, onward=_("Back to the plan"), primary=wizard.undo is None)
