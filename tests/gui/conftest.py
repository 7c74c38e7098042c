"""What all tests of the screens share: a world, and a clean process after each."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from gui.world import GuiWorld
from qtpy.QtCore import QCoreApplication, QEvent
from qtpy.QtGui import QFont
from qtpy.QtWidgets import QApplication
from support.wine import UNDER_WINE

from rexus.modules.backup.base.texts import use_language
from rexus.modules.backup.qt import asking, guard, runner, theme

if UNDER_WINE:  # which lacks the font of Windows
    QFont.insertSubstitution("Segoe UI", "Liberation Sans")


@pytest.fixture(autouse=True)
def clean_process(qapp: QApplication) -> Iterator[None]:
    """Spanish and light before; no worker, widget or garbage of this test after it."""
    use_language("es")
    theme.use("light")
    gc.freeze()  # what was there before need not be looked at again after each test
    yield
    runner.the_runner().shutdown()
    asking.stop()
    guard._tellers.clear()
    for widget in QApplication.topLevelWidgets():
        if widget.children():  # graphics scenes keep an empty one of their own, and don't expect anybody to delete it
            widget.hide()
            widget.deleteLater()
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        qapp.processEvents()
    gc.collect()  # here, in the thread of the screens


@pytest.fixture
def world(tmp_path: Path, qapp: QApplication) -> GuiWorld:
    """A small company with real databases and a desk on it."""
    return GuiWorld(tmp_path)
