"""Every dialog that chooses a place speaks the reader's language, also where Qt's own catalogue has no word."""

from __future__ import annotations

import pytest
from gui.world import settle, under_root
from qtpy.QtGui import QStandardItem, QStandardItemModel
from qtpy.QtWidgets import QFileDialog, QStyleOptionViewItem, QWidget

from rexus.modules.backup.base.texts import _
from rexus.modules.backup.qt.first_databases import DatabasesPane
from rexus.modules.backup.qt.first_folder import FolderPane
from rexus.modules.backup.qt.first_start import StartPane
from rexus.modules.backup.qt.restore_dialogs import folder_dialog, save_dialog

LABELS = QFileDialog.DialogLabel


def opened(pane, button, qtbot):
    root = under_root(pane)
    root.show()
    for holder in (button, *iter_parents(button)):
        if holder is not root:
            holder.setVisible(True)
    button.click()
    settle(qtbot, lambda: any(one.isVisible() for one in root.findChildren(QFileDialog)))
    (dialog,) = root.findChildren(QFileDialog)
    return root, dialog


def iter_parents(widget):
    while (widget := widget.parentWidget()) is not None:
        yield widget


@pytest.mark.parametrize(
    ("make", "button", "folders"),
    [
        (FolderPane, "_choose", True),
        (DatabasesPane, "_choose", True),
        (DatabasesPane, "_add", False),
        (StartPane, "_choose", False),
    ],
)
def test_the_dialogs_of_the_first_run(qapp, qtbot, make, button, folders):
    pane = make()
    root, dialog = opened(pane, getattr(pane, button), qtbot)
    assert dialog.labelText(LABELS.LookIn) == "Buscar en"
    assert dialog.labelText(LABELS.FileType) == "Tipo"
    assert dialog.labelText(LABELS.FileName) == ("Carpeta" if folders else "Archivo")
    assert dialog.labelText(LABELS.Accept) == ("Elegir carpeta" if folders else "Elegir archivo")
    assert dialog.testOption(QFileDialog.Option.ShowDirsOnly) is folders
    if not folders:
        assert dialog.nameFilters()[-1].startswith("Todos los archivos")
        assert len(dialog.nameFilters()) == 2
    dialog.reject()
    root.hide()


@pytest.mark.parametrize("make", [folder_dialog, save_dialog])
def test_the_kinds_in_the_list_too(qapp, tmp_path, make):
    over = QWidget()
    dialog = make(over, "x", str(tmp_path / "a"), "y")
    listed = QStandardItemModel(1, 4)
    for column, text in enumerate(("Folder", "1 kB", "Folder", "x")):
        listed.setItem(0, column, QStandardItem(text))
    assert shown(dialog, listed) == ["Folder", "1 kB", "Carpeta", "x"], "a folder may have that name"
    for told, expected in (("File Folder", "Carpeta"), ("db File", _("{kind} file").format(kind="db")), ("a", "a")):
        listed.setItem(0, 2, QStandardItem(told))
        assert shown(dialog, listed)[2] == expected
    dialog.reject()
    over.deleteLater()


def shown(dialog, listed):
    """What the list of the dialog would draw."""
    found = []
    for column in range(4):
        option = QStyleOptionViewItem()
        dialog.itemDelegate().initStyleOption(option, listed.index(0, column))
        found.append(option.text)
    return found
