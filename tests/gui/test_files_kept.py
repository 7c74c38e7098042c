"""Files that a restore replaced: the last step says where they lie, leads there while they do, and brings them back."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest
from gui.world import settle
from qtpy.QtCore import Qt, QUrl
from qtpy.QtGui import QDesktopServices
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QLabel, QPushButton

from rexus.modules.backup.base.records import FileCopy, FileSetBackup, RestoreRequest, SetStatus
from rexus.modules.backup.base.texts import use_language
from rexus.modules.backup.qt import restore_facts
from rexus.modules.backup.qt.page_restore import RestorePage

PATIENCE_MS = 30_000


@pytest.fixture
def restored(world, qtbot):
    """A configuration file was changed and brought back as it was, by the wizard."""
    use_language("es")
    name = world.backup()
    changed = next(path for path in world.world.app.rglob(".env"))
    before = changed.read_text("utf-8")
    changed.write_text("DB_PASSWORD=otra\n", "utf-8")
    page = RestorePage()
    world.show(page, set=name, files="config")
    settle(qtbot, lambda: page.what.choice is not None)
    onward(page, qtbot, "where")
    page.where._replace.choose()
    settle(qtbot, page.footer.onward.isEnabled)
    onward(page, qtbot, "plan")
    settle(qtbot, lambda: page.plan.ready)
    onward(page, qtbot, "confirm")
    settle(qtbot, lambda: bool(page.confirm._names))
    page.confirm.name.setText("config")
    settle(qtbot, page.footer.onward.isEnabled)
    QTest.mouseClick(page.footer.onward, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.at == "proof", timeout=PATIENCE_MS)
    assert changed.read_text("utf-8") == before
    page.world = world
    return page


def onward(page, qtbot, step: str) -> None:
    settle(qtbot, page.footer.onward.isEnabled)
    QTest.mouseClick(page.footer.onward, Qt.MouseButton.LeftButton)
    settle(qtbot, lambda: page.at == step)


def told(page) -> str:
    return "\n".join(one.text() for one in page.proof.findChildren(QLabel) if one.isVisible())


def test_the_last_step_leads_to_what_was_replaced(restored, monkeypatch):
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    place = restored._result.safety_path
    days = restored.world.model.loaded.settings.retention.safety_days

    assert any(one.read_text("utf-8") == "DB_PASSWORD=otra\n" for one in Path(place).rglob("*") if one.is_file())
    assert place in told(restored)
    assert f"durante {days} días" in told(restored)
    (see,) = [one for one in restored.proof.findChildren(QPushButton) if "reemplaz" in one.text()]
    QTest.mouseClick(see, Qt.MouseButton.LeftButton)
    assert [Path(one.toLocalFile()) for one in opened] == [Path(place)]


def test_nothing_is_promised_once_it_is_gone(restored):
    result = restored._result
    shutil.rmtree(result.safety_path)
    proof = restore_facts.proof_of(restored.world.model, result, 1.0)
    assert proof.kept_in == ""
    assert isinstance(restored.request, RestoreRequest)
    restored.proof.show_proof(restored.answers.home, restored.answers.place, proof, ())
    assert result.safety_path not in told(restored)


def test_the_way_back_brings_the_files_too(restored, qtbot):
    changed = next(path for path in restored.world.world.app.rglob(".env"))
    assert restored.undo is not None
    assert restored.undo.choice.files == "config"
    restored.proof.undo_wanted.emit()
    settle(qtbot, lambda: restored.at == "plan" and restored.plan.ready)
    onward(restored, qtbot, "confirm")
    settle(qtbot, lambda: bool(restored.confirm._names))
    restored.confirm.name.setText("config")
    settle(qtbot, restored.footer.onward.isEnabled)
    QTest.mouseClick(restored.footer.onward, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: restored.at == "proof", timeout=PATIENCE_MS)
    assert changed.read_text("utf-8") == "DB_PASSWORD=otra\n"


KEPT = FileSetBackup(status=SetStatus.COMPLETED)
ABSENT = msgspec.structs.replace(KEPT, absent=(FileCopy(source="a", backup=""),))


@pytest.mark.parametrize(("part", "file_sets"), [(KEPT, ()), (ABSENT, ("config",))], ids=["nothing", "to be removed"])
def test_files_that_hold_nothing_are_no_part_of_the_way_back(world, monkeypatch, part, file_sets):
    made = world.model.show(world.backup("users"))
    made = msgspec.structs.replace(made, config=part, application=None)
    monkeypatch.setattr(world.model, "show", lambda _name: made)
    undo = restore_facts.undo_of(world.model, made.timestamp)

    assert undo is not None
    assert (undo.home.names, undo.home.file_sets) == (("users",), file_sets)
    assert undo.choice.everything == bool(file_sets)
