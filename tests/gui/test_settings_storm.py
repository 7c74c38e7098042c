"""The settings in any state and any order of events: no error of the program's own, whatever the file says."""

from __future__ import annotations

import contextlib
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from gui.guard_trap import Trap, nothing_raises
from gui.world import GuiWorld, settle
from qtpy.QtCore import QCoreApplication, QEvent
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QWidget,
)

from rexus.modules.backup.base.identity import Identity
from rexus.modules.backup.base.texts import use_language
from rexus.modules.backup.qt import drafts
from rexus.modules.backup.qt.page_settings import SettingsPage
from rexus.modules.backup.qt.settings_book import Book
from rexus.modules.backup.qt.settings_questions import LIMITS
from rexus.modules.backup.qt.window import Alone, Window

SERVER = {
    "engine": "sqlserver",
    "sqlserver": {"server": "tcp:127.0.0.1,1", "authentication": "sql"},
    "databases": {"users": "RX_users"},
}
NO_ONE = {"roles": {"administrators": ["nadie"]}}
ODD: tuple[object, ...] = (
    {"schedules": [1, {"name": 5}, {"name": "a", "action": "backup", "times": ["99:00"]}, {"action": ["zzz"]}]},
    {"schedules": [{"name": "a", "weekdays": [9], "ordinal": 77, "days": ["x"], "zone": "No/Where", "enabled": "x"}]},
    {"schedules": "x", "notices": {"channels": {"a": 1}, "pings": "x"}},
    {"notices": {"channels": [{"name": 1, "email": "x"}], "repeat_hours": [], "timeout_s": 10**30}},
    {"databases": ["a"], "health": {"rpo_hours_of": [1], "accepted": {"a": 1}}},
    {"databases": {"a": 5, "": "x", "a\nb": []}, "health": 5, "audit_database": 5},
    {"retention": {"daily": 10**20, "weekly": -(10**20), "monthly": 1.5, "count": 10**20, "max_age_days": True}},
    {"retention": [], "cleanup": {"orphan_days": "x"}, "free_space_reserve_bytes": 10**400},
    {"compression": {"codec": ["x"], "level": {}, "threads": "x"}, "verification": {"after_backup": ["content"]}},
    {"drill_checks": [{"name": 5, "database": ["x"], "at_least": 10**400, "equals": [], "query": {}}, 7]},
    {"drill_checks": {"a": 1}, "roles": {"administrators": 5, "viewers": [[1]]}},
    {"files": {"config": "x", "exclude": [5]}, "app_root": "~nobody/x", "root": "~nobody/y"},
    {"root": 5, "app_root": [], "theme": ["x"], "language": {}, "logs": {"level": [1], "keep_days": {}}},
    {**SERVER, "sqlserver": {"server": 5, "stripes": "x", "server_parts": "q", "backup_url": [], "encrypt": {}}},
    {"engine": ["sqlserver"], "sqlserver": []},
    [],
    None,
)
"""What somebody may have written into the file: of another kind than it must be, or out of all bounds."""
BROKEN = ("{", "", '{"retention": {"daily": 1e400}}', "[" * 3000, '{"root": NaN}', "\x00", '{"root": "a", "root": "b"}')
KINDS = [json.dumps(odd) for odd in ODD]
FILES = [*KINDS, *BROKEN]
TYPED = ("", "x", "a, b", "nan", "-inf", "1e400", "9" * 40, "²", "~nobody", "tcp:a\\b,9", "\ud800", "ñ & <b>", "\x00")


def sections() -> list[str]:
    return [kind.key for kind in Book().kinds]


class Storm:
    """A window on a real configuration, and what may happen to both, in any order."""

    def __init__(self, name: str, folder: Path, trap: Trap) -> None:
        self.chance, self.trap = random.Random(name), trap
        identity = Identity(name="eva", host_role="USUARIO") if name == "no role" else None
        self.world = world = GuiWorld(folder, rows=5, identity=identity)
        self.good = json.loads(world.config.read_text("utf-8"))
        self._set(name)
        self.window = Window(world.config, theme_name="light")
        self.window.controller._source = Alone(world.config, identity)
        self.window.begin()
        self.desk = self.window.controller.desk
        self.keys = sections()
        self.opens = 0

    def _set(self, scene: str) -> None:
        """Before anything is opened."""
        texts = {"a server": json.dumps({**self.good, **SERVER}), "unreadable": "{", "of another kind": KINDS[8]}
        if scene in texts:
            self._write(texts[scene])
        elif scene == "no folder":
            self.move_root()
        elif scene == "nothing yet":
            self.take_away()

    @property
    def page(self) -> SettingsPage | None:
        return self.window.view.made.get("settings")

    def enter(self) -> str:
        self.opens += 1
        key = self.chance.choice(self.keys)
        self.desk.go("settings", section=key)
        return key

    def leave(self) -> None:
        self.desk.go(self.chance.choice(["summary", "sets", "restore", "log", "first"]))

    def speak(self) -> None:
        use_language(self.chance.choice(["es", "en"]))
        self.window.view.speak_anew()

    def look(self) -> None:
        self.window.view.theme_wanted.emit(self.chance.choice(["light", "dark"]))

    def save_outside(self) -> str:
        parts = [{}, SERVER, NO_ONE, {"databases": {}}, {"schedules": []}, {"language": "en", "theme": "dark"}]
        return self._write(json.dumps({**self.good, **self.chance.choice(parts)}))

    def spoil(self) -> str:
        return self._write(self.chance.choice(FILES))

    def take_away(self) -> None:
        self.world.config.unlink(missing_ok=True)

    def _write(self, text: str) -> str:
        self.world.config.write_text(text, "utf-8")
        return text[:80]

    def move_root(self) -> None:
        here, aside = self.world.root, self.world.root.with_name("aside")
        if here.exists() != aside.exists():
            here.rename(aside) if here.exists() else aside.rename(here)

    def reopen(self) -> None:
        self.desk.reopen()

    def refresh(self) -> None:
        self.desk.refresh()

    def edit(self) -> str:
        """Somebody types, chooses or marks something of the section that is shown."""
        if self.page is None:
            return ""
        kinds = (QLineEdit, QSpinBox, QComboBox, QCheckBox, QPlainTextEdit)
        several = [one for kind in kinds for one in self.page.book.current.findChildren(kind)]
        fields = [one for one in several if one.isVisible() and one.isEnabled()]
        if not fields:
            return ""
        field, text = self.chance.choice(fields), self.chance.choice(TYPED)
        change(field, text)
        return f"{type(field).__name__} {text!r}"

    def save(self) -> None:
        if self.page is not None:
            self.chance.choice([self.page.button_save.click, self.page.save, self.page.put_on_file])()

    def discard(self) -> None:
        if self.page is not None:
            self.page.discard()

    def hide(self) -> None:
        self.window.hide()
        turn(1)
        self.window.show()

    def blow(self, opens: int) -> None:
        """Until the settings were opened so often; the answers come whenever they come."""
        does: list[Callable[[], object]] = [
            self.enter, self.enter, self.enter, self.leave, self.speak, self.look, self.save_outside, self.spoil,
            self.take_away, self.move_root, self.reopen, self.reopen, self.refresh, self.edit, self.edit, self.edit,
            self.save, self.discard, self.hide,
        ]  # fmt: skip
        while self.opens < opens:
            act = self.chance.choice(does)
            self.trap.steps.append(act.__name__)
            with contextlib.suppress(PermissionError):  # on Windows nobody moves or writes what is being read
                self.trap.steps[-1] += f" {act() or ''}"
            turn(self.chance.choice([0, 0, 1, 3]))


def change(field: QWidget, text: str) -> None:
    if isinstance(field, QLineEdit):
        field.setText(text)
        field.textEdited.emit(field.text())
        field.editingFinished.emit()
    elif isinstance(field, QPlainTextEdit):
        field.setPlainText(text)
    elif isinstance(field, QSpinBox):
        field.setValue(len(text) * 1000)
    elif isinstance(field, QComboBox):
        field.setCurrentIndex(len(text) % max(field.count(), 1))
    elif isinstance(field, QCheckBox):
        field.toggle()


def turn(times: int) -> None:
    for _turn in range(times):
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture(autouse=True)
def nothing_waits():
    """What somebody typed and did not save is of one test."""
    yield
    drafts._waiting.clear()


SCENES = ("files", "a server", "no role", "no folder", "unreadable", "of another kind", "nothing yet")


@pytest.mark.parametrize("name", SCENES)
def test_the_settings_are_opened_a_hundred_times_whatever_happens_meanwhile(tmp_path, qapp, qtbot, name):
    with nothing_raises() as trap:
        storm = Storm(name, tmp_path, trap)
        qtbot.addWidget(storm.window)
        storm.blow(15)
        settle(qtbot)


@pytest.fixture
def trap():
    with nothing_raises() as caught:
        yield caught


@pytest.mark.parametrize("odd", FILES, ids=range(len(FILES)))
def test_whatever_the_file_says_every_section_is_shown(world, qtbot, trap, odd):
    world.config.write_text(odd, "utf-8")
    world.desk.open()
    page = SettingsPage()
    world.show(page)
    settle(qtbot)
    for key in sections():
        page.opened(section=key)
        settle(qtbot)

    assert not page.button_save.isEnabled()
    assert "unexpected" not in {one.code for one in world.told}


@pytest.mark.parametrize("odd", KINDS, ids=range(len(KINDS)))
def test_what_was_changed_is_put_on_such_a_file_too(world, qtbot, trap, odd):
    page = SettingsPage()
    world.show(page)
    settle(qtbot)
    for key in sections():
        page.opened(section=key)
    page.draft.set(("logs", "keep_days"), 5)
    world.config.write_text(odd, "utf-8")
    page.put_on_file()
    settle(qtbot)


@pytest.mark.parametrize("typed", ["nan", "inf", "-Infinity", "1e400"])
def test_a_number_that_no_file_can_hold_is_told_and_does_not_stay(tmp_path, qapp, qtbot, trap, typed):
    question = {"name": "q", "database": "users", "query": "SELECT 1", "at_least": 1}
    world, page = GuiWorld(tmp_path, drill_checks=[question]), SettingsPage()
    world.show(page, section="copy")
    settle(qtbot)
    (entry,) = page.book.section("copy").questions.entries
    field = entry.limits[LIMITS.index("at_least")]
    change(field.box, typed)
    assert field.wrong
    assert not page.button_save.isEnabled()
    change(field.box, "2")
    assert not field.wrong
    assert page.save()
    world.desk.open()
    assert world.model.loaded.settings.drill_checks[0].at_least == 2


def test_what_is_changed_while_the_file_is_read_anew_is_not_lost(world, qtbot, trap):
    page = SettingsPage()
    world.show(page)
    settle(qtbot)
    page.draft.set(("retention", "daily"), 3)
    page.put_on_file()
    page.draft.set(("logs", "keep_days"), 5)
    settle(qtbot)
    assert {one.key for one in page.draft.changes()} == {("retention", "daily"), ("logs", "keep_days")}

    page.put_on_file()
    page.discard()
    settle(qtbot)
    assert page.unsaved() == 0, "nor does it come back"
