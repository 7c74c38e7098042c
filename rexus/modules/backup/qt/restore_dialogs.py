"""Choosing a folder or the name of a file, with words of ours wherever the system has none."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import QModelIndex, QPersistentModelIndex
from qtpy.QtWidgets import QFileDialog, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ..base.texts import _
from .guard import guarded

_KIND_COLUMN = 2
_QT_FOLDERS = ("Folder", "File Folder")
_QT_FILE = " File"


def folder_dialog(parent: QWidget, title: str, start: str, accept: str) -> QFileDialog:
    """A dialog that chooses a folder that is there."""
    made = _dialog(parent, title, start, accept)
    made.setFileMode(QFileDialog.FileMode.Directory)
    made.setOption(QFileDialog.Option.ShowDirsOnly, True)
    made.setLabelText(QFileDialog.DialogLabel.FileName, _("Folder:"))
    return made


def in_our_words(dialog: QFileDialog) -> None:
    """What Qt has no label for: the kinds in the list of files. The system's own dialogs have no such list."""
    if dialog.fileMode() != QFileDialog.FileMode.Directory:
        dialog.setNameFilters([_("All files (*)")])
    dialog.setItemDelegate(_Kinds(dialog))  # not of the list itself: PySide keeps what it was shown of Qt's own


class _Kinds(QStyledItemDelegate):
    """The kind of a file: Qt says it in English where its own catalogue lacks the word."""

    @guarded
    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """What is shown of it."""
        super().initStyleOption(option, index)
        if index.column() == _KIND_COLUMN:
            option.text = self.kind(option.text)

    @staticmethod
    def kind(told: str) -> str:
        """A kind as Qt says it, in the reader's language."""
        if told in _QT_FOLDERS:
            return _("Folder")
        if told.endswith(_QT_FILE):
            return _("{kind} file").format(kind=told.removesuffix(_QT_FILE))
        return told


def save_dialog(parent: QWidget, title: str, start: str, accept: str) -> QFileDialog:
    """A dialog that chooses the name of a file to be written."""
    path = Path(start)
    made = _dialog(parent, title, str(path.parent), accept)
    made.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    made.setFileMode(QFileDialog.FileMode.AnyFile)
    made.setLabelText(QFileDialog.DialogLabel.Accept, accept)
    made.selectFile(path.name)
    return made


def _dialog(parent: QWidget, title: str, start: str, accept: str) -> QFileDialog:
    made = QFileDialog(parent.window(), title, start)
    labels = QFileDialog.DialogLabel
    made.setLabelText(labels.Accept, accept)
    made.setLabelText(labels.Reject, _("Cancel"))
    made.setLabelText(labels.FileName, _("Name:"))
    made.setLabelText(labels.LookIn, _("Look in:"))
    made.setLabelText(labels.FileType, _("Kind:"))
    in_our_words(made)
    made.finished.connect(made.deleteLater)
    return made
