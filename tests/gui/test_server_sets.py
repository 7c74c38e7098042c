"""Sets whose files only a server sees: every file is shown, and what stays on the server when they are deleted."""

from __future__ import annotations

import msgspec
import pytest
from gui.server_desk import server_desk
from gui.world import settle
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QLabel

from rexus.modules.backup.base.records import BackupKind
from rexus.modules.backup.qt.page_sets import SetsPage

pytest.importorskip("pyodbc", reason="no libodbc on this system")
STRIPES = 3


def test_all_files_are_shown_and_the_command_that_removes_them_before_they_are_deleted(tmp_path, qapp, qtbot):
    with server_desk(tmp_path) as there:
        there.company.configured("odbc", client_backup_dir=None, stripes=STRIPES)
        there.open()
        old = there.backup(BackupKind.FULL, 90, "users")
        there.backup(BackupKind.FULL, 30, "users")
        pieces = there.model.show(old).databases["users"].pieces
        page = SetsPage()
        there.show(page)
        settle(qtbot)
        page.table.choose(old)
        settle(qtbot, lambda: page.detail.facts is not None and page.detail.facts.name == old)
        assert [one.name for one in page.detail.facts.files] == [one.server_file for one in pieces]
        assert len(pieces) == STRIPES

        page.table.setFocus()
        qtbot.keyClick(page.table, Qt.Key.Key_Delete)
        settle(qtbot, lambda: page.actions_.sheet is not None)
        sheet = page.actions_.sheet
        said = [one.text() for one in sheet.findChildren(QLabel)]
        (command,) = (text for text in said if "Remove-Item -LiteralPath" in text)
        assert all(f"'{one.server_file}'" in command for one in pieces)
        (row,) = sheet.left.rows
        row.button_copy.click()
        assert "Remove-Item" in QApplication.clipboard().text()


def test_what_stays_in_several_places_is_all_shown(tmp_path, qapp, qtbot):
    with server_desk(tmp_path) as there:
        there.company.configured("odbc", client_backup_dir=None)
        there.open()
        old = there.backup(BackupKind.FULL, 90, "users", "inventario")
        there.backup(BackupKind.FULL, 30, "users", "inventario")
        manifest = there.model.catalog.load(old)
        address = "https://almacen.example/copias/a.bak"
        away = msgspec.structs.replace(manifest.databases["inventario"], server_file=address)
        there.model.catalog.publish(
            msgspec.structs.replace(manifest, databases={**manifest.databases, "inventario": away})
        )
        page = SetsPage()
        there.show(page)
        settle(qtbot)
        page.table.choose(old)
        page.table.setFocus()
        qtbot.keyClick(page.table, Qt.Key.Key_Delete)
        settle(qtbot, lambda: page.actions_.sheet is not None)
        sheet = page.actions_.sheet

        assert len(sheet.left.rows) == 2
        said = "\n".join(one.text() for one in sheet.findChildren(QLabel))
        assert address in said
        assert str(manifest.databases["users"].server_file) in said
