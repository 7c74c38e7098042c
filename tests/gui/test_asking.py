"""Questions are answered in the thread of the screens, to whoever is still there, the newest alone."""

from __future__ import annotations

import threading

from qtpy.QtCore import QObject, QThread
from qtpy.QtWidgets import QWidget

from rexus.modules.backup.base.errors import Refused
from rexus.modules.backup.qt import asking, guard
from rexus.modules.backup.qt.guard import guarded


def test_the_work_is_done_elsewhere_and_shown_here(qtbot):
    owner, seen = QObject(), []
    asking.ask(owner, threading.get_ident, lambda ident: seen.append((ident, threading.get_ident())))
    qtbot.waitUntil(lambda: bool(seen))
    assert seen[0][0] != threading.get_ident() == seen[0][1]


def test_the_dead_hear_nothing(qtbot):
    owner, other, heard = QWidget(), QObject(), []
    gate = threading.Event()
    asking.ask(owner, lambda: gate.wait(10), lambda _: heard.append("dead"))
    asking.ask(other, lambda: 1, lambda _: heard.append("alive"))
    with qtbot.waitSignal(owner.destroyed):
        owner.deleteLater()
    gate.set()
    qtbot.waitUntil(lambda: bool(heard))
    assert heard == ["alive"]


def test_a_newer_question_makes_the_older_void(qtbot):
    owner, heard = QObject(), []
    gate = threading.Event()
    asking.ask(owner, lambda: gate.wait(10) and "old", heard.append, key="sets")
    asking.ask(owner, lambda: "new", heard.append, key="sets")
    gate.set()
    qtbot.waitUntil(lambda: not asking.is_asking())
    assert heard == ["new"]


def test_trouble_is_told_as_a_problem(qtbot):
    owner, problems = QObject(), []

    def refuse():
        raise Refused("set.unknown", set="x")

    def break_down():
        raise ZeroDivisionError

    asking.ask(owner, refuse, lambda _: None, problems.append)
    asking.ask(owner, break_down, lambda _: None, problems.append)
    qtbot.waitUntil(lambda: len(problems) == 2)
    assert [one.code for one in problems] == ["set.unknown", "unexpected"]


class _Clumsy(QObject):
    @guarded
    def stumble(self) -> None:
        raise ZeroDivisionError


def test_a_slot_that_fails_is_told_and_goes_no_further(qtbot):
    told, clumsy, thread = [], _Clumsy(), QThread()
    guard.tell_with(told.append)
    thread.started.connect(clumsy.stumble)
    thread.start()
    qtbot.waitUntil(lambda: bool(told))
    thread.quit()
    thread.wait()
    assert [one.code for one in told] == ["unexpected"]
