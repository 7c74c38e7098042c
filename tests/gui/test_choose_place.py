"""A place is chosen in a dialog that begins near the present one; a disk that does not answer keeps nobody from it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from gui.world import settle
from qtpy.QtCore import QDir
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QFileDialog, QWidget

from rexus.modules.backup.base.texts import use_language
from rexus.modules.backup.qt import settings_paths, words
from rexus.modules.backup.qt.settings_paths import PATIENCE_MS, Chooser, PathField


class Share:
    """A disk that answers when it is told to."""

    def __init__(self) -> None:
        self.answers, self.asked = threading.Event(), []

    def nearest(self, present: str) -> Path:
        self.asked.append(present)
        assert self.answers.wait(30)
        return Path(present)


@pytest.fixture
def share(monkeypatch):
    made = Share()
    monkeypatch.setattr(settings_paths, "nearest", made.nearest)
    yield made
    made.answers.set()


@pytest.fixture
def window(qapp, qtbot):
    """With a button and what it chooses."""
    use_language("en")
    made = QWidget()
    made.buttons = [words.button("Choose…") for _number in range(2)]
    made.choosers = [Chooser(one) for one in made.buttons]
    made.chosen = []
    for button, chooser in zip(made.buttons, made.choosers, strict=True):
        button.clicked.connect(lambda _on=False, one=chooser: one.choose("Folder", "/lejos", made.chosen.append))
    words.row(*made.buttons, parent=made)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def dialogs(window: QWidget) -> list[QFileDialog]:
    return [one for one in window.findChildren(QFileDialog) if one.isVisible()]


def is_at(dialog: QFileDialog, place: str | Path) -> bool:
    return Path(dialog.directory().absolutePath()) == Path(place)


def test_the_button_rests_until_the_dialog_opens_and_asks_once(window, share, qtbot, tmp_path):
    button, chooser = window.buttons[0], window.choosers[0]
    button.setFocus()
    button.click()
    assert (button.isEnabled(), button.text()) == (False, "Looking…")
    for _number in range(4):
        button.click()
        chooser.choose("Folder", str(tmp_path), window.chosen.append)
    share.answers.set()
    settle(qtbot, lambda: bool(dialogs(window)))

    assert share.asked == ["/lejos"]
    assert len(dialogs(window)) == 1
    assert (button.isEnabled(), button.text(), chooser.patience.isActive()) == (True, "Choose…", False)
    dialogs(window)[0].fileSelected.emit("/lejos/aquí")
    assert window.chosen == ["/lejos/aquí"]
    dialogs(window)[0].reject()


def test_a_share_that_hangs_is_not_waited_for(window, share, qtbot):
    chooser = window.choosers[0]
    window.buttons[0].click()
    qtbot.waitUntil(lambda: bool(share.asked))
    assert (chooser.patience.isActive(), chooser.patience.interval()) == (True, PATIENCE_MS)
    chooser.patience.timeout.emit()
    (dialog,) = dialogs(window)

    assert is_at(dialog, QDir.homePath())
    assert window.buttons[0].isEnabled()
    share.answers.set()
    settle(qtbot)
    assert dialogs(window) == [dialog], "what it says later opens nothing more"
    dialog.reject()


def test_a_share_that_hangs_keeps_one_worker_whoever_clicks_how_often(window, share, qtbot):
    for number in (0, 1, 0, 1):
        window.buttons[number].click()
        qtbot.waitUntil(lambda: bool(share.asked))
        window.choosers[number].patience.timeout.emit()
        (dialog,) = dialogs(window)
        dialog.reject()
        qtbot.waitUntil(lambda: not dialogs(window))
    share.answers.set()
    settle(qtbot)

    assert len(share.asked) == 1


def test_while_one_share_hangs_others_begin_at_home(share, qtbot, qapp):
    hangs = threading.Thread(target=settings_paths._begins, args=("/lejos",), daemon=True)
    hangs.start()
    qtbot.waitUntil(lambda: bool(share.asked))
    assert settings_paths._begins("/cerca") == Path.home()
    share.answers.set()
    hangs.join()

    assert settings_paths._begins("/cerca") == Path("/cerca")
    assert share.asked == ["/lejos", "/cerca"]


def test_where_nobody_can_say_where_to_begin_it_begins_at_home(window, qtbot, monkeypatch):
    def fails(_present):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(settings_paths, "nearest", fails)
    window.buttons[0].click()
    settle(qtbot, lambda: bool(dialogs(window)))
    (dialog,) = dialogs(window)

    assert is_at(dialog, QDir.homePath())
    assert window.buttons[0].isEnabled()
    dialog.reject()


def test_nobody_gets_a_dialog_for_a_page_that_was_left(window, share, qtbot):
    window.buttons[0].click()
    window.hide()
    share.answers.set()
    settle(qtbot, window.buttons[0].isEnabled)

    assert window.findChildren(QFileDialog) == []


def test_what_may_only_be_read_by_then_stays_so(qapp, share, qtbot):
    use_language("en")
    field = PathField("Folder", ("root",))
    qtbot.addWidget(field)
    field.show()
    qtbot.waitExposed(field)
    field.button.click()
    field.editable(on=True)
    assert not field.button.isEnabled(), "it rests"
    field.editable(on=False)
    field.chooser.patience.timeout.emit()

    assert not field.button.isEnabled()
    assert (field.button.text(), field.button.accessibleName()) == ("Choose…", "Choose: Folder")
    (dialog,) = dialogs(field)
    dialog.reject()


def test_the_keyboard_comes_back_to_the_button(window, share, qtbot):
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    button = window.buttons[0]
    button.setFocus()
    QTest.keyClick(button, " ")
    window.choosers[0].patience.timeout.emit()
    (dialog,) = dialogs(window)
    dialog.reject()

    qtbot.waitUntil(button.hasFocus)
