"""The module in a host: its entry, who may enter, and a life of being built, overlapped and destroyed."""

from __future__ import annotations

import sys
import threading
import types
from pathlib import Path

import pytest
from gui import stand_in_loader
from gui.stand_in_host import ENTRIES, MainWindow
from gui.world import picture
from qtpy.QtCore import QCoreApplication, QEvent, QSize, QThread
from qtpy.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from rexus.modules.backup import BackupController, BackupModel, BackupView, register
from rexus.modules.backup.base.identity import account_name
from rexus.modules.backup.base.records import BackupRequest, Status
from rexus.modules.backup.config.roles import Right
from rexus.modules.backup.qt import asking, host, host_model, theme
from rexus.modules.backup.qt.guard import alive
from rexus.modules.backup.qt.runner import the_runner

ADMIN = {"username": "ana", "role": "ADMIN"}
NAMES = [name for _sign, name in ENTRIES]


@pytest.fixture(autouse=True)
def hosted(monkeypatch):
    """What a host has loaded: its loader, and a theme."""
    loader = types.ModuleType("rexus.core.module_manager")
    loader.module_manager = stand_in_loader.ModuleManager()
    looks = types.ModuleType("rexus.ui.style_manager")
    looks.style_manager = types.SimpleNamespace(get_current_theme=lambda: looks.name)
    looks.name = "light"
    monkeypatch.setitem(sys.modules, loader.__name__, loader)
    monkeypatch.setitem(sys.modules, looks.__name__, looks)
    monkeypatch.setattr(host_model, "_windows", [])
    yield types.SimpleNamespace(loader=loader.module_manager, looks=looks)
    assert loader.module_manager.load_errors == [], "each would be a modal box"


@pytest.fixture
def configured(world, monkeypatch):
    """A host whose backups are set up."""
    monkeypatch.setattr(host_model, "CONFIG", world.config)
    return world


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A host in which nothing is set up yet."""
    monkeypatch.setattr(host_model, "CONFIG", tmp_path / "backup_config.json")


@pytest.fixture
def window(qtbot):
    made = MainWindow(dict(ADMIN), list(NAMES))
    qtbot.addWidget(made)
    return made


def entry(window: MainWindow) -> QPushButton:
    (found,) = [one for one in window.findChildren(QPushButton) if one.text().endswith("Backups")]
    return found


def settled() -> None:
    """What was to be deleted is."""
    for _turn in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QApplication.processEvents()


def answered(qtbot, until=lambda: True) -> None:
    """All that was asked is answered; on a busy machine that takes a while."""
    qtbot.waitUntil(lambda: not asking.is_asking() and until(), timeout=120000)


def words_of(page: QWidget) -> str:
    return "\n".join(one.text() for one in page.findChildren(QLabel))


# --- the entry ---


def test_the_entry_stands_below_the_others_once(bare, window):
    assert register(window)
    assert register(window), "again, as after a second log-in"
    layout = entry(window).parentWidget().layout()

    assert layout.indexOf(entry(window)) == len(ENTRIES), "before the stretch"
    assert entry(window).isEnabled()
    assert entry(window).accessibleName() == "Backups"
    assert window.modulos_permitidos == [*NAMES, "Backups"]


def test_the_entry_opens_the_module_by_the_hosts_loader(bare, window, hosted, qtbot):
    register(window)
    window.show()
    entry(window).click()

    assert isinstance(window.content_stack.currentWidget(), BackupView)
    assert hosted.loader.get_module_status("Backups")["status"] == "loaded"
    answered(qtbot)


@pytest.mark.parametrize("name", ["Backups", "backups", " BACKUPS "])
def test_however_the_host_writes_its_name(bare, window, name):
    register(window)
    window.show_module(name)
    assert isinstance(window.content_stack.currentWidget(), BackupView)


def test_the_dashboard_finds_it_too(bare, window):
    register(window)
    window.cargar_modulo("backups")
    assert isinstance(window.content_stack.currentWidget(), BackupView)


def test_other_modules_are_left_to_the_host(bare, window):
    register(window)
    window.show_module("Obras")
    assert window.content_stack.currentWidget().text() == "Módulo Obras"
    window.show_module("Nada")
    assert "no implementado" in window.content_stack.currentWidget().text()


def test_a_host_without_its_loader_is_served_too(bare, window, monkeypatch):
    monkeypatch.delitem(sys.modules, "rexus.core.module_manager")
    register(window)
    window.show_module("Backups")
    view = window.content_stack.currentWidget()
    assert isinstance(view, BackupView)
    assert isinstance(view.controller, BackupController)


def test_an_entry_that_the_host_has_already_is_not_doubled(bare, window):
    layout = next(one for one in window.findChildren(QPushButton)).parentWidget().layout()
    layout.insertWidget(0, window._create_module_button("X", "Backups", "propia"))
    register(window)
    assert entry(window).toolTip() == "propia"
    entry(window).click()
    assert isinstance(window.content_stack.currentWidget(), BackupView)


# --- who may enter ---


@pytest.mark.parametrize(
    "user", [{"rol": "ADMIN"}, {"role": "admin"}, {"rol": "Administrador"}, {"role": " super_admin "}]
)
def test_administrators_may_enter(bare, qtbot, user):
    window = MainWindow({"username": "ana", **user}, list(NAMES))
    qtbot.addWidget(window)
    register(window)
    assert entry(window).isEnabled()
    window.show_module("Backups")
    assert isinstance(window.content_stack.currentWidget(), BackupView)


@pytest.mark.parametrize(
    "user",
    [
        {},
        {"role": ""},
        {"role": None},
        {"role": 1},
        {"rol": "USUARIO"},
        {"role": "SUPERVISOR"},
        {"role": "ADMINISTRATOR OF NOTHING"},
        {"rol": "USUARIO", "role": "ADMIN"},
        {"rol": "ADMIN", "role": "viewer"},
        {"rol": "ADMIN", "role": None},
    ],
    ids=str,
)
def test_nobody_else_may(bare, qtbot, user):
    window = MainWindow({"username": "<b>beto</b>", **user}, list(NAMES))
    qtbot.addWidget(window)
    register(window)
    assert not entry(window).isEnabled()
    assert "Backups" not in window.modulos_permitidos
    window.show_module("Backups")
    page = window.content_stack.currentWidget()

    assert not isinstance(page, BackupView)
    assert "<b>beto</b>" in words_of(page)
    assert "administrador" in words_of(page)


@pytest.mark.parametrize("user", [None, "ADMIN", ["ADMIN"], object()], ids=lambda one: type(one).__name__)
def test_a_user_that_is_none_is_refused(bare, window, user):
    register(window)
    window.user_data = user
    window.show_module("Backups")
    assert "administrador" in words_of(window.content_stack.currentWidget())


def test_who_is_logged_in_counts_when_it_is_opened(bare, window):
    register(window)
    window.actualizar_usuario_label({"username": "beto", "role": "USUARIO"})
    entry(window).click()
    assert "beto" in words_of(window.content_stack.currentWidget())
    window.actualizar_usuario_label(ADMIN)
    entry(window).click()
    assert isinstance(window.content_stack.currentWidget(), BackupView)


def test_the_hosts_user_orders_and_not_the_account(configured, window, qtbot):
    register(window)
    window.show()
    window.show_module("Backups")
    desk = window.content_stack.currentWidget().controller.desk
    answered(qtbot, lambda: desk.model is not None)
    assert desk.who == "ana"
    assert desk.may(Right.RESTORE)


def test_a_host_that_says_nothing_of_its_user_gives_no_rights_but_to_look(bare):
    told = BackupModel().identity
    assert told is not None
    assert (told.name, told.host_role) == (account_name(), "")


def test_the_hosts_security_is_asked_where_no_window_says_it(bare, monkeypatch):
    security = types.ModuleType("rexus.core.security")
    manager = types.SimpleNamespace(current_user={"username": "ana"}, current_role="ADMIN")
    security.get_security_manager = lambda: manager
    monkeypatch.setitem(sys.modules, security.__name__, security)
    assert host_model.is_administrator({"username": "ana", "role": BackupModel().identity.host_role})
    security.get_security_manager = lambda: 1 / 0
    assert BackupModel().identity.host_role == ""


def test_without_a_host_the_account_orders(monkeypatch, bare):
    for name in ("rexus.core.module_manager", "rexus.ui.style_manager"):
        monkeypatch.delitem(sys.modules, name)
    assert BackupModel().identity is None


# --- never into the host ---


class Unconnected:
    """What a host passes: true, though nothing is connected."""

    connection = None

    def cursor(self) -> object:
        raise Exception("no debe conectarse")  # noqa: TRY002


def test_the_model_takes_an_unconnected_connection_and_touches_nothing(bare):
    assert BackupModel(Unconnected()).config == host_model.CONFIG
    assert BackupModel(db_connection=None).config == host_model.CONFIG


@pytest.mark.parametrize("strange", [None, object(), 5, "MainWindow"], ids=lambda one: type(one).__name__)
def test_what_is_no_host_is_refused_quietly(strange):
    assert register(strange) is False


def test_a_window_without_a_sidebar_still_gets_the_module(bare, qtbot):
    class Narrow(MainWindow):
        def _create_sidebar(self, main_layout: object) -> None:
            pass

    window = Narrow(dict(ADMIN), list(NAMES))
    qtbot.addWidget(window)
    assert register(window) is False
    window.show_module("Backups")
    assert isinstance(window.content_stack.currentWidget(), BackupView)


def test_a_host_whose_button_fails_goes_on(bare, window, monkeypatch):
    monkeypatch.setattr(window, "_create_module_button", lambda *_: 1 / 0)
    assert register(window) is False
    window.show_module("Obras")
    assert window.content_stack.currentWidget().text() == "Módulo Obras"


@pytest.mark.parametrize("broken", ["rexus.modules.backup.view", "rexus.modules.backup.controller"])
def test_screens_that_can_not_be_made_are_told_in_words(bare, window, monkeypatch, broken):
    register(window)
    monkeypatch.setitem(sys.modules, broken, None)
    window.show_module("Backups")
    page = window.content_stack.currentWidget()
    assert "No se pudieron abrir" in words_of(page)
    assert "Traceback" not in words_of(page)


def test_a_page_of_words_needs_no_looks(bare, monkeypatch):
    monkeypatch.setattr(theme.Theme, "sheet", lambda _self: 1 / 0)
    page = host.refusal("ana", "USUARIO")
    assert "ana" in words_of(page)
    page.deleteLater()


# --- a life ---


def test_the_host_keeps_its_size_and_its_looks(configured, window, qtbot):
    application = QApplication.instance()
    before = (application.styleSheet(), application.palette(), application.font())
    register(window)
    window.show()
    size = window.size()
    entry(window).click()
    view = window.content_stack.currentWidget()
    answered(qtbot, lambda: view.current != "")

    assert (application.styleSheet(), application.palette(), application.font()) == before
    assert window.size() == size == QSize(1366, 768)
    minimum = view.minimumSizeHint()
    assert (minimum.width(), minimum.height()) <= (1054, 706)


@pytest.mark.parametrize("name", ["light", "dark", "professional"])
def test_it_looks_as_the_host_says(bare, window, hosted, name):
    hosted.looks.name = name
    register(window)
    window.show_module("Backups")
    assert theme.current().name == ("dark" if name == "dark" else "light")
    hosted.looks.style_manager.get_current_theme = lambda: 1 / 0
    window.show_module("Backups")
    assert isinstance(window.content_stack.currentWidget(), BackupView), "a host's trouble with looks is not ours"


def test_left_and_come_back_to_and_overlapped(configured, window, qtbot):
    register(window)
    window.show()
    gone, threads = [], set()
    for turn in range(6):
        entry(window).click()
        view = window.content_stack.currentWidget()
        gone.append(view)
        if turn % 3 == 0:
            entry(window).click()  # the second one is built while the first is shown
            gone.append(window.content_stack.currentWidget())
        if turn % 2 == 0:
            answered(qtbot)
        window.show_module("Obras")
        settled()
        threads.add(threading.active_count())
    answered(qtbot)
    settled()

    assert not any(alive(one) for one in gone)
    orphans = [one for one in QApplication.topLevelWidgets() if one is not window and one.isVisible()]
    assert orphans == []
    assert max(threads) - min(threads) <= 2, "threads pile up"


def test_a_running_job_outlives_the_page_that_ordered_it(configured, window, qtbot):
    register(window)
    window.show()
    entry(window).click()
    desk = window.content_stack.currentWidget().controller.desk
    answered(qtbot, lambda: desk.model is not None)
    number = desk.order("backup", BackupRequest(requested_by=desk.who))
    for _turn in range(3):  # away, back, on top of itself
        window.show_module("Obras")
        settled()
        entry(window).click()
        entry(window).click()
        settled()

    def work() -> object:
        return next(one for one in the_runner().works() if one.id == number)

    qtbot.waitUntil(lambda: work().state == "ended", timeout=120000)
    assert work().outcome.status in (Status.OK, Status.WARNINGS)
    again = window.content_stack.currentWidget()
    answered(qtbot)
    assert alive(again)
    assert len(configured.model.listing().sets) == 1
    window.show_module("Obras")
    settled()


def test_no_thread_of_qt_belongs_to_a_page(configured, window, qtbot):
    """One that still runs would take the host down with the page."""
    register(window)
    window.show()
    entry(window).click()
    view = window.content_stack.currentWidget()
    answered(qtbot)
    assert view.findChildren(QThread) == []


def test_the_refusal_can_be_looked_at(bare, window, tmp_path):
    register(window)
    window.actualizar_usuario_label({"username": "beto", "role": "USUARIO"})
    window.show()
    window.show_module("Backups")
    saved = picture(window, Path(tmp_path) / "refusal.png")
    assert saved.stat().st_size > 1000
