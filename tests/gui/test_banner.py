"""The banner on top of the page: one at a time, the rest behind it, and a button that mends."""

from __future__ import annotations

import pytest
from gui.world import under_root
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QLabel

from rexus.modules.backup.base.errors import Refused
from rexus.modules.backup.base.records import Problem, Severity
from rexus.modules.backup.base.texts import sentence
from rexus.modules.backup.qt import guard
from rexus.modules.backup.qt.banner import Banners

DENIED = Problem(code="source.unreadable", values={"path": "/datos/<b>x</b>.db", "reason": "no"}, engine_number=14)
BUSY = Problem(code="root.unknown_state", severity=Severity.WARNING, values={"pid": 7})
MISSING = Problem(code="source.missing", values={"path": "/datos/users.db"})


@pytest.fixture
def banners(qtbot):
    made = Banners()
    root = under_root(made, (1000, 300))
    root.show()
    yield made
    root.close()


def texts(banners: Banners) -> list[str]:
    return [one.text() for one in banners.findChildren(QLabel) if one.isVisibleTo(banners)]


def count(banners: Banners) -> str:
    return banners._count.text() if banners._count.isVisibleTo(banners) else ""


def test_nothing_is_shown_until_something_is_told(banners):
    assert banners.isHidden()
    banners.tell(DENIED)
    said = sentence(DENIED)
    assert banners.isVisible()
    assert {said.message, said.safe, said.fix} <= set(texts(banners))
    assert "<b>x</b>" in said.message, "and it is shown as it is"
    assert all(
        one.textFormat() is Qt.TextFormat.PlainText for one in banners.findChildren(QLabel) if one.pixmap().isNull()
    )


def test_the_newest_is_shown_and_the_same_never_twice(banners, qtbot):
    banners.tell(DENIED)
    assert count(banners) == ""
    banners.tell(BUSY)
    banners.tell(MISSING)
    banners.tell(BUSY)
    assert sentence(BUSY).message in texts(banners)
    assert [word for word in count(banners).split() if word.isdigit()] == ["1", "3"]
    assert banners.codes() == {"source.unreadable", "root.unknown_state", "source.missing"}

    qtbot.mouseClick(banners._after, Qt.MouseButton.LeftButton)
    assert sentence(MISSING).message in texts(banners)
    qtbot.mouseClick(banners._after, Qt.MouseButton.LeftButton)
    assert not banners._after.isEnabled()
    qtbot.mouseClick(banners._before, Qt.MouseButton.LeftButton)
    assert sentence(MISSING).message in texts(banners)


def test_what_is_solved_goes_and_what_is_shown_stays(banners):
    for one in (DENIED, BUSY, MISSING):
        banners.tell(one)
    banners.solved("source.unreadable")
    assert sentence(MISSING).message in texts(banners)
    banners.solved("source.missing")
    assert sentence(BUSY).message in texts(banners)
    banners.solved("something.else")
    banners.solved("root.unknown_state")
    assert banners.isHidden()
    assert banners.codes() == frozenset()


def test_the_button_mends_and_the_banner_goes(banners, qtbot):
    done = []
    banners.tell(DENIED)
    assert banners._mend.isHidden(), "without anything to do there is no button"
    banners.tell(MISSING, mend="Reintentar", act=lambda: done.append(1))
    assert banners._mend.accessibleName() == "Reintentar"
    qtbot.mouseClick(banners._mend, Qt.MouseButton.LeftButton)
    assert done == [1]
    assert sentence(DENIED).message in texts(banners), "the one behind it"


def test_a_mend_that_is_refused_says_so(banners, qtbot):
    def refuse() -> None:
        raise Refused("role.denied", who="ana", role="viewer", what="backup", needs="operator")

    banners.tell(MISSING, mend="Reintentar", act=refuse)
    qtbot.mouseClick(banners._mend, Qt.MouseButton.LeftButton)
    assert banners.codes() == {"role.denied"}


def test_a_mend_that_breaks_is_told_and_never_raised(banners, qtbot):
    guard.tell_with(banners.tell)
    banners.tell(MISSING, mend="Reintentar", act=lambda: 1 / 0)
    qtbot.mouseClick(banners._mend, Qt.MouseButton.LeftButton)
    assert banners.codes() == {"unexpected"}


def test_details_are_folded_read_only_and_copied_whole(banners, qtbot):
    banners.tell(DENIED)
    assert banners._details.isHidden()
    qtbot.mouseClick(banners._more, Qt.MouseButton.LeftButton)
    shown = banners._details.toPlainText()
    assert banners._details.isVisible()
    assert banners._details.isReadOnly()
    assert "source.unreadable" in shown and "14" in shown and "/datos/<b>x</b>.db" in shown
    qtbot.mouseClick(banners._copy, Qt.MouseButton.LeftButton)
    copied = QApplication.clipboard().text()
    assert sentence(DENIED).message in copied and sentence(DENIED).fix in copied and shown in copied
    qtbot.mouseClick(banners._more, Qt.MouseButton.LeftButton)
    assert banners._details.isHidden()


def test_escape_and_the_cross_hide_one(banners, qtbot):
    for one in (DENIED, MISSING):
        banners.tell(one)
    banners.activateWindow()
    banners._more.setFocus()
    qtbot.waitUntil(banners._more.hasFocus)
    qtbot.keyClick(banners._more, Qt.Key.Key_Escape)
    assert banners.codes() == {"source.unreadable"}
    qtbot.mouseClick(banners._understood, Qt.MouseButton.LeftButton)
    assert banners.isHidden()


def test_every_control_has_a_name_and_the_tone_is_that_of_the_problem(banners):
    banners.tell(BUSY, mend="Volver a leer", act=lambda: None)
    assert banners._frame.property("tone") == "warn"
    assert banners._frame.accessibleName() and banners._frame.accessibleDescription()
    controls = (banners._mend, banners._more, banners._copy, banners._understood, banners._details, banners._before)
    assert all(one.accessibleName() for one in controls)
    banners.tell(DENIED)
    assert banners._frame.property("tone") == "danger"
