"""The window by itself: from a desktop shortcut or `make run`, without any host."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_API", "pyside6")

from qtpy.QtCore import QLibraryInfo, QLocale, Qt, QTranslator
from qtpy.QtGui import QFont
from qtpy.QtWidgets import QApplication

from ..base.texts import language, use_language
from . import theme
from .window import Window

SWITCH_S = 0.001
"""How long a worker may keep the thread of the screens waiting for the interpreter."""


def start(config: Path, *, lang: str | None = None, hidden: bool = False) -> int:
    """Open the window on ``config`` and stay until it is closed; returns the exit code.

    A second start of the same person on the same configuration raises the first window and ends. ``hidden``: only
    the tray icon at first.
    """
    use_language(lang or "es")
    sys.setswitchinterval(SWITCH_S)
    application = application_of()
    from .single import Single

    single = Single(str(config.resolve()))
    if not single.is_first():
        return 0
    wanted = _wanted_theme(config)
    theme.use(wanted)
    window = Window(config, language=lang, theme_name=wanted)
    single.raised.connect(window.come_up)
    window.begin(hidden=hidden)
    code = int(application.exec())
    from . import asking

    asking.stop()
    return code


def application_of() -> QApplication:
    """The application, made when there is none: its name, its font, Qt's own words in the reader's language."""
    found = QApplication.instance()
    if isinstance(found, QApplication):
        return found
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontCreateNativeWidgetSiblings)
    made = QApplication(sys.argv[:1])
    made.setApplicationName("Rexus Backups")
    made.setApplicationDisplayName("Rexus Backups")
    made.setDesktopFileName("rexus-backups")
    made.setQuitOnLastWindowClosed(False)
    font = QFont()
    font.setFamilies(theme.current().families)
    font.setPixelSize(13)
    made.setFont(font)
    QLocale.setDefault(QLocale(language()))
    _speak(made)
    return made


def _speak(application: QApplication) -> None:
    """Load Qt's own sentences, of its file dialogs for one; English ones stay where there are none."""
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    translator = QTranslator(application)
    if translator.load(f"qtbase_{language()}", folder):
        application.installTranslator(translator)


def _wanted_theme(config: Path) -> str:
    """Light or dark as the settings say, else as the desktop is."""
    import re

    from ..config.secrets import read_small

    try:
        text = read_small(config).decode("utf-8", "replace") if config.is_file() else ""
    except (OSError, ValueError):
        text = ""
    found = re.search(r'"theme"\s*:\s*"(light|dark)"', text)
    return found[1] if found else "dark" if theme.system_prefers_dark() else "light"
