"""A world with a desk: screens on real databases, below a themed root as the host shows them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtGui import QKeyEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QVBoxLayout, QWidget
from support.world import World

from rexus.modules.backup.base.identity import Identity
from rexus.modules.backup.model import BackupModel
from rexus.modules.backup.qt import asking, theme
from rexus.modules.backup.qt.desk import Desk
from rexus.modules.backup.qt.page import Page

HOST_CONTENT = (1054, 706)
"""What a host's window of 1366 x 768 leaves a module."""


class GuiWorld:
    """`World` with a `Desk`; ``made`` are the roots that pages were put under."""

    def __init__(
        self, folder: Path, *, build: bool = True, identity: Identity | None = None, **settings: object
    ) -> None:
        self.world = World(folder, **settings)
        if build:
            self.world.build()
        self.config = self.world.config
        self.desk = Desk(self.config, identity)
        self.desk.open()
        self.told: list[object] = []
        self.gone: list[tuple[str, object]] = []
        self.desk.told.connect(lambda problem, _mend, _act: self.told.append(problem))
        self.desk.going.connect(lambda page, what: self.gone.append((page, what)))
        self.made: list[QWidget] = []

    @property
    def model(self) -> BackupModel:
        """The desk's model."""
        assert self.desk.model is not None
        return self.desk.model

    @property
    def root(self) -> Path:
        """The backup folder."""
        return self.world.root

    def backup(self, *names: str) -> str:
        """Name of a new set, really made."""
        result = self.world.backup(*names)
        assert result.outcome.set is not None
        return result.outcome.set

    def show(self, page: Page, size: tuple[int, int] = HOST_CONTENT, **what: object) -> QWidget:
        """Put ``page`` under a themed root, give it the desk, open it."""
        root = under_root(page, size)
        self.made.append(root)
        page.use(self.desk)
        root.show()
        page.opened(**what)
        return root


def under_root(widget: QWidget, size: tuple[int, int] = HOST_CONTENT) -> QWidget:
    """A root with the sheet of the present theme, holding ``widget``."""
    root = QWidget()
    root.setObjectName(theme.ROOT_NAME)
    root.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    lay = QVBoxLayout(root)
    lay.setContentsMargins(0, 0, 0, 0)
    lay.addWidget(widget)
    root.setStyleSheet(theme.current().sheet())
    root.resize(*size)
    return root


def settle(qtbot: object, until: Callable[[], bool] | None = None) -> None:
    """Wait until every question is answered (and ``until`` holds)."""
    wait = qtbot.waitUntil  # type: ignore[attr-defined]
    wait(lambda: not asking.is_asking() and (until is None or until()), timeout=15000)


def picture(widget: QWidget, path: Path) -> Path:
    """Save what a widget shows."""
    QApplication.processEvents()
    path.parent.mkdir(parents=True, exist_ok=True)
    assert widget.grab().save(str(path))
    return path


class StrayWindows(QObject):
    """Notices widgets that are shown as windows of their own, if only for a moment."""

    def __init__(self, application: QApplication) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.known: set[QObject] = set()
        application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Write down what is shown without a parent."""
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            flags = watched.windowFlags() & Qt.WindowType.WindowType_Mask
            if watched not in self.known and flags == Qt.WindowType.Window:
                self.seen.append(f"{type(watched).__name__} {watched.objectName()}")
        return False


def type_in(widget: QWidget, text: str) -> None:
    """Type as a person does; QTest's own keys end the process at a letter with an accent."""
    for sign in text:
        if sign.isascii():
            QTest.keyClicks(widget, sign)
            continue
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QApplication.sendEvent(widget, QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, sign))
