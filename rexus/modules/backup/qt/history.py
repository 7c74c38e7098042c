"""What ran since the start, and all parts of one work, as lists to drop down."""

from __future__ import annotations

from qtpy.QtGui import QAction
from qtpy.QtWidgets import QMenu, QWidget

from ..base.texts import _
from . import telling, theme, work_words
from .runner import the_runner
from .work import Part, Work
from .work_causes import Cause, backed_up

_SHOWN = 12
"""Works of the session that are listed, the newest first."""
_ICONS = {"ok": ("tick", "ok"), "warn": ("warning", "warn"), "danger": ("cross", "danger")}


def history_menu(parent: QWidget) -> QMenu:
    """The works of this session, newest first: when, what, how it ended, how long it took.

    The action of a work that made a set carries the set's name as its data, for whoever listens to ``triggered``.
    """
    made = QMenu(_("What ran since the start"), parent)
    works = the_runner().works()
    for work in reversed(works[-_SHOWN:]):
        made.addAction(_line(made, work))
    if not works:
        nothing = QAction(_("Nothing yet"), made)
        nothing.setEnabled(False)
        made.addAction(nothing)
    return made


def _line(menu: QMenu, work: Work) -> QAction:
    """One work; a tab puts how it ended at the right."""
    instant = work.began or work.ended
    clock = telling.clock_time(instant)[:5] if instant is not None else "–"
    told = f"{clock}   {_plain(work_words.noun(work))}\t{_plain(_ended(work))}"
    action = QAction(told, menu)
    icon, token = ("clock", "accent")
    if work.state == "ended":
        icon, token = _ICONS.get(work_words.result(work).tone, ("dash", "text3"))
    action.setIcon(theme.current().icon(icon, token, 16))
    action.setData(work_words.set_of(work))
    action.setToolTip(telling.exact(instant))
    return action


def _ended(work: Work) -> str:
    if work.state != "ended" or work.began is None or work.ended is None:
        return work_words.state(work)
    took = telling.span((work.ended - work.began).total_seconds())
    return _("{state}, {time}").format(state=work_words.state(work), time=took)


def parts_menu(parent: QWidget, work: Work) -> QMenu:
    """Every database of a work, with how far it is."""
    made = QMenu(parent)
    failed = backed_up(work)
    for part in work.databases or work.parts:
        action = QAction(_part(part, work, failed.get(part.name)), made)
        action.setEnabled(False)
        made.addAction(action)
    return made


def _part(part: Part, work: Work, failed: Cause | None) -> str:
    phase = (failed.whole if failed is not None else "") or work_words.phase(part, work.verb)
    percent = "" if part.ended or not part.phase else f", {work_words.percent_of(part.fraction)}"
    return f"{_plain(work_words.name(part))}\t{_plain(phase)}{percent}"


def _plain(text: str) -> str:
    """Names come from servers and files: their ampersands are no shortcuts, their tabs no columns."""
    return text.replace("&", "&&").replace("\t", " ")
