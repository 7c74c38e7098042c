"""What all tests of the screens share: a world, and a clean process after each."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from gui.world import GuiWorld
from qtpy.QtCore import QCoreApplication, QEvent, QSettings
from qtpy.QtGui import QFont
from qtpy.QtWidgets import QApplication
from support.wine import UNDER_WINE

from rexus.modules.backup.base.texts import use_language
from rexus.modules.backup.jobs.later_log import LaterLog
from rexus.modules.backup.jobs.logs import PACKAGE
from rexus.modules.backup.qt import asking, guard, runner, server_asked, theme

if TYPE_CHECKING:
    from gui.server_desk import ServerDesk

if UNDER_WINE:  # which lacks the font of Windows
    QFont.insertSubstitution("Segoe UI", "Liberation Sans")


@pytest.fixture(autouse=True)
def no_state_of_the_person(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is of no backup folder is not kept at the home of whoever runs the tests."""
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path_factory.getbasetemp() / "state"))


@pytest.fixture(autouse=True)
def clean_process(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Spanish and light before; no worker, widget or garbage of this test after it."""
    use_language("es")
    theme.use("light")
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path_factory.getbasetemp()))
    gc.freeze()  # what was there before need not be looked at again after each test
    yield
    runner.the_runner().shutdown()
    asking.stop()
    guard._tellers.clear()
    for handler in logging.getLogger(PACKAGE).handlers[:]:
        if isinstance(handler, LaterLog):
            logging.getLogger(PACKAGE).removeHandler(handler)
            handler.close()
    server_asked._refused.clear()
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


@pytest.fixture
def there(tmp_path: Path, qapp: QApplication) -> Iterator[ServerDesk]:
    """A company whose databases a server keeps, and a desk on it."""
    from gui.server_desk import server_desk  # drivers are not everywhere

    with server_desk(tmp_path) as made:
        yield made
