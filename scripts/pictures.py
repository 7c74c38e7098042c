"""Take the pictures of docs/screenshots/: the real window on real example data, driven scene by scene.

Everything that is seen really runs; its process is only held up at the right moment, so that it can be looked at.
Names of scenes as arguments take only those: `pictures.py summary sets`. What there is for a SQL Server alone is in
`server_scenes`, on the double of the tests; its names begin with ``server-``. On Windows there is one scene alone: the
summary on the screen, with the frame that the system draws.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import sys
import tempfile
import types
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "windows" if sys.platform == "win32" else "offscreen"
os.environ["QT_API"] = "pyside6"
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "tests"))

from camera import OUT, SMALL, Stage, pause, save, until
from qtpy.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QScrollArea, QVBoxLayout, QWidget
from server_scenes import of_server

from rexus.modules.backup import register
from rexus.modules.backup.base.texts import use_language
from rexus.modules.backup.cli import example
from rexus.modules.backup.config.draft import Draft
from rexus.modules.backup.qt import asking, first_course, host_model, theme, tray
from rexus.modules.backup.qt.app import application_of
from rexus.modules.backup.qt.page_first import FirstPage
from rexus.modules.backup.qt.page_restore import RestorePage
from rexus.modules.backup.qt.page_sets import SetsPage
from rexus.modules.backup.qt.runner import the_runner

WINDOWS = sys.platform == "win32"
PLACE = Path(tempfile.gettempdir()) / "rexus"
"""Seen in the pictures: short, and of nobody."""
RUNNING = frozenset({"work", "restore-5-progress"})
MIB = 12
"""Size of the example's databases: enough to be believed."""
_LARGE_MIB = 40
"""Size of what is put into each database, so that its backup takes a while."""


# --- scenes ---


def looking(stage: Stage) -> None:
    """What is there."""
    stage.go("summary")
    stage.take("summary")
    sets = stage.go("sets")
    assert isinstance(sets, SetsPage)
    sets.table.choose(sets.table.shown[1].name)
    stage.settle()
    stage.take("sets")
    stage.go("log")
    stage.take("log")
    stage.go("restore", lost=True)
    stage.take("lost-data")
    stage.go("summary")


def settings(stage: Stage) -> None:
    """When, and how long."""
    stage.go("settings", section="times")
    stage.take("settings")
    stage.go("settings", section="keep")
    stage.take("settings-keep")


def to_question(stage: Stage) -> RestorePage:
    """A database is to be replaced, up to the last question."""
    page = stage.go("restore", database="inventario")
    assert isinstance(page, RestorePage)
    until(lambda: page.what.choice is not None, "a choice")
    stage.take("restore-1-what")
    page.footer.onward.click()
    until(lambda: page.at == "where", "the second step")
    stage.settle()
    stage.take("restore-2-where")
    page.where._replace.choose()
    stage.settle()
    until(page.footer.onward.isEnabled, "a place")
    page.footer.onward.click()
    until(lambda: page.at == "plan" and page.answers.plan is not None, "a plan")
    stage.settle()
    stage.take("restore-3-plan")
    page.footer.onward.click()
    until(lambda: page.at == "confirm" and bool(page.confirm._names), "the question")
    stage.settle()
    page.confirm.name.setText("inventario")
    until(page.footer.onward.isEnabled, "the answer")
    stage.take("restore-4-confirm")
    return page


def restoring(stage: Stage) -> None:
    """A restore from the question to the proof."""
    page = to_question(stage)
    page.footer.onward.click()
    until(lambda: page.at == "proof", "the proof")
    stage.settle()
    stage.take("restore-6-proof")
    page.end()


def working(stage: Stage) -> None:
    """A backup and a restore, seen while they run."""
    for path in (PLACE / "app" / "data").glob("*.db"):
        with contextlib.closing(sqlite3.connect(path)) as live, live:
            live.execute("create table planos (hoja blob)")
            live.executemany("insert into planos values (?)", ((os.urandom(1 << 20),) for _number in range(_LARGE_MIB)))
    stage.go("sets")
    stage.desk.back_up()
    stage.hold(lambda work: 0.4 < (work.fraction or 0) < 1, lambda: stage.take("work"), 0.1)
    page = to_question(stage)
    page.footer.onward.click()
    stage.hold(lambda work: 0.3 < (work.fraction or 0) < 1, lambda: stage.take("restore-5-progress"), 0.05)
    until(lambda: page.at == "proof", "the proof")


def failing(stage: Stage) -> None:
    """A database is gone; then the settings can't be read either."""
    live = PLACE / "app" / "data"
    place = live / "auditoria.db"
    place.rename(live / "aside")
    stage.go("summary")
    stage.desk.back_up()
    until(lambda: the_runner().running() is not None, "a backup")
    until(lambda: the_runner().running() is None, "its end")
    stage.settle()
    stage.take("error")
    (live / "aside").rename(place)
    config = PLACE / "backup_config.json"
    config.write_text(config.read_text("utf-8").replace('"root"', '"rot"'), "utf-8")
    stage.desk.reopen()
    stage.settle()
    stage.take("error-settings")


def tray_icons(stage: Stage) -> None:
    """The icon in each state, and its menu."""
    menu = stage.window.tray._menu if stage.window.tray is not None else QMenu()
    sheet = QWidget()
    sheet.setObjectName(theme.ROOT_NAME)
    sheet.setStyleSheet(f"#{theme.ROOT_NAME} {{ background: {theme.current()['raised']}; }}")
    icons = QHBoxLayout()
    for tone in ("ok", "warn", "danger", "mute"):
        one = QLabel()
        one.setPixmap(tray.drawn(tone).pixmap(24, 24))
        icons.addWidget(one)
    icons.addStretch()
    held = QLabel()
    menu.ensurePolished()
    menu.resize(menu.sizeHint())
    held.setPixmap(menu.grab())
    lay = QVBoxLayout(sheet)
    lay.setSpacing(12)
    lay.addLayout(icons)
    lay.addWidget(held)
    sheet.resize(sheet.sizeHint())
    stage.take("tray", sheet)
    sheet.deleteLater()


def configured(look: str, wanted: frozenset[str]) -> None:
    """All scenes on the example."""
    stage = Stage(PLACE / "backup_config.json", look, wanted)
    for scene in (looking, settings, tray_icons, restoring, failing):
        scene(stage)
    stage.leave()


def busy(look: str, wanted: frozenset[str]) -> None:
    """What runs, on larger databases."""
    taken = RUNNING & wanted if wanted else RUNNING
    if taken:
        stage = Stage(PLACE / "backup_config.json", look, taken)
        working(stage)
        stage.leave()


def fresh(look: str, wanted: frozenset[str]) -> None:
    """The first run, from its question to its proof."""
    (PLACE / "backup_config.json").unlink()
    theme.system_prefers_dark = lambda: look == "dark"  # without settings the window looks as the desktop does
    stage = Stage(PLACE / "app" / "backup_config.json", look, wanted)
    page = stage.view.made["first"]
    assert isinstance(page, FirstPage)
    stage.take("first-1")
    for step in ("databases", "folder", "loss", "proof"):
        until(lambda: page.button_next.isEnabled() and not page.panes[page.course.step].is_checking, step)
        page.button_next.click()
        until(lambda wanted=step: page.course.step == wanted, step)
        stage.settle()
        if step == "databases":
            until(lambda: not page.databases.is_checking, "the databases")
            stage.take("first-2-databases")
    page.button_next.click()
    until(lambda: page.course.stage in (first_course.DONE, first_course.FAILED), "the first copy")
    stage.settle()
    stage.take("first-proof")
    stage.leave()


def hosted(look: str, wanted: frozenset[str]) -> None:
    """Inside another application's window."""
    from gui import stand_in_loader
    from gui.stand_in_host import ENTRIES, MainWindow

    loader, looks = types.ModuleType("rexus.core.module_manager"), types.ModuleType("rexus.ui.style_manager")
    loader.module_manager = stand_in_loader.ModuleManager()
    looks.style_manager = types.SimpleNamespace(get_current_theme=lambda: look)
    sys.modules.update({loader.__name__: loader, looks.__name__: looks})
    host_model.CONFIG = PLACE / "backup_config.json"
    window = MainWindow({"username": "marta", "role": "ADMIN"}, [name for _sign, name in ENTRIES])
    register(window)
    window.show()
    window.resize(SMALL)
    for one in window.findChildren(QPushButton):
        one.setText(one.text().split()[-1])
        one.setStyleSheet("QPushButton { color: white; border: none; text-align: left; padding: 10px 14px; }")
    for label in window.findChildren(QLabel):
        label.setStyleSheet("color: white;")
    for area in window.findChildren(QScrollArea):
        area.setStyleSheet("QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: none; }")
    next(one for one in window.findChildren(QPushButton) if one.text() == "Backups").click()
    view = window.content_stack.currentWidget()
    until(lambda: view.current == "summary" and view.made["summary"].overview is not None, "the summary")
    until(lambda: all(one.plot.is_drawn for one in view.made["summary"].charts), "the charts")
    pause(0.2)
    if not wanted or "host" in wanted:
        save(window.grab(), OUT / f"host-{look}-{SMALL.width()}x{SMALL.height()}.png")
    window.hide()
    window.deleteLater()
    the_runner().shutdown()
    asking.stop()
    for name in (loader.__name__, looks.__name__):
        del sys.modules[name]
    pause(0.1)


@contextlib.contextmanager
def company() -> Iterator[Callable[[str], None]]:
    """The example at its place, and what puts it there anew."""
    if PLACE.exists():
        raise SystemExit(f"{PLACE} is there already; remove it first")
    example._MIB = MIB
    with tempfile.TemporaryDirectory() as folder:
        spare = Path(folder) / "spare"
        try:
            example.example(PLACE)
            shutil.copytree(PLACE, spare)

            def anew(look: str) -> None:
                shutil.rmtree(PLACE)
                shutil.copytree(spare, PLACE)
                config = PLACE / "backup_config.json"
                draft = Draft.read(config)
                draft.set(("theme",), look)
                config.write_text(draft.text, "utf-8")

            yield anew
        finally:
            shutil.rmtree(PLACE, ignore_errors=True)


def on_windows(look: str, _wanted: frozenset[str]) -> None:
    """What is on the screen of Windows when the window fills it."""
    stage = Stage(PLACE / "backup_config.json", look, frozenset())
    stage.window.showMaximized()
    stage.go("summary")
    shot = stage.window.screen().grabWindow(0)
    save(shot, OUT / f"windows-summary-{look}-{shot.width()}x{shot.height()}.png")
    stage.leave()


def main() -> None:
    """All of them, in both themes."""
    wanted = frozenset(sys.argv[1:])
    use_language("es")
    application = application_of()
    with company() as anew:
        for look in ("light", "dark"):
            for scenes in (on_windows,) if WINDOWS else (hosted, configured, busy, fresh):
                anew(look)
                scenes(look, wanted)
    if not WINDOWS:
        of_server(PLACE, wanted)
    the_runner().shutdown()
    application.quit()


if __name__ == "__main__":
    main()
