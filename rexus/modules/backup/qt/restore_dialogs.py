"""Choosing a folder or the name of a file, with words of ours wherever the system has none."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtWidgets import QFileDialog, QWidget

from ..base.texts import _


def folder_dialog(parent: QWidget, title: str, start: str, accept: str) -> QFileDialog:
    """A dialog that chooses a folder that is there."""
    made = _dialog(parent, title, start, accept)
    made.setFileMode(QFileDialog.FileMode.Directory)
    made.setOption(QFileDialog.Option.ShowDirsOnly, True)
    made.setLabelText(QFileDialog.DialogLabel.FileName, _("Folder:"))
    return made


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
    made.finished.connect(made.deleteLater)
    return made
