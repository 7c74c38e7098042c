"""*He perdido datos*: the folder with the copies is all that is needed; what is in it is shown before anything else."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtWidgets import QFrame, QLineEdit, QSizePolicy, QWidget

from ..base.errors import BadInput
from ..base.identity import Identity
from ..base.records import Problem
from ..base.texts import _, language, n_
from ..base.watching import Occurrence
from ..config.bare import backup_folder_near
from ..model import BackupModel
from . import asking, restore_words, telling, words
from .guard import guarded
from .lost_facts import Copy, copies, told_of, usable
from .lost_table import FoundTable
from .restore_answers import Source
from .restore_dialogs import folder_dialog
from .restore_pane import Pane, wrapped
from .restore_what_words import APPLICATION, subject

if TYPE_CHECKING:
    from ..catalog.index import Listing
    from ..jobs.lost import LostFolder
    from .restore_what_offer import Wish

_PAUSE_MS = 500
"""Typing rests: what is typed is looked at."""
_SHOWN = 200
"""Copies that are listed; the others can be chosen all the same, on the time line."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a folder holds."""

    source: Source
    listing: Listing
    folder: Path
    copies: tuple[Copy, ...] = ()
    """What each of them is good for."""
    planned: tuple[Occurrence, ...] = ()
    """What is due next."""
    lost: LostFolder | None = None
    """Where there are only a server's own files: what they bring back, and whether there is a server to take them."""


def look(folder: Path, identity: Identity | None) -> Looked:
    """Open a folder with copies, or the one that is meant by it. Raises `BackupError`."""
    near = backup_folder_near(folder)
    if near is None:
        if not folder.is_dir():
            raise BadInput("catalog.absent", path=str(folder))
        raise BadInput("bare.no_sets", path=str(folder))
    model = BackupModel.open(near, language=language(), identity=identity)
    lost = model.lost() if model.loaded.loose else None
    return _judged(Looked(Source(model, near, rescue=True), model.listing(), near, lost=lost))


def look_configured(model: BackupModel, config: Path) -> Looked:
    """The same of what is configured. Raises `BackupError`."""
    return _judged(Looked(Source(model, config), model.listing(), model.root))


def _judged(looked: Looked) -> Looked:
    return replace(looked, copies=copies(looked.listing.sets, datetime.now(UTC)), planned=looked.source.planned())


class LostData(Pane):
    """A field for the folder, and the list of what was found there."""

    found = Signal(object)
    """A `Looked` that can be worked with."""

    def __init__(self) -> None:
        super().__init__()
        self._looked: Looked | None = None
        self._typed = ""
        """What is looked at while somebody types."""
        self._identity: Identity | None = None
        self.folder = QLineEdit()
        self.folder.setPlaceholderText(_("Folder, disk or network drive with the copies"))
        self._choose = words.button(_("Choose folder…"), icon="folder")
        label = words.label(_("Folder with the copies"), "muted")
        label.setBuddy(self.folder)
        words.named(self.folder, label.text())
        self._wrong = wrapped("meta", "danger")
        self._wrong.hide()
        self.card, self.title, self.text = self._make_card()
        self.notes = wrapped("meta", "muted")
        self.table = FoundTable()
        field = words.column(label, words.row((self.folder, 1), self._choose), self._wrong, gap=6)
        lay = words.column(field, self.card, self.notes, (self.table, 1), gap=14, parent=self)
        lay.addStretch(0)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_PAUSE_MS)
        self._typing.timeout.connect(self._on_rest)
        self.folder.textEdited.connect(self._on_typed)
        self.folder.editingFinished.connect(self._on_edited)
        self._choose.clicked.connect(self._on_choose)
        self._show(None)

    def _make_card(self) -> tuple[QFrame, QWidget, QWidget]:
        card = words.card()
        card.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._sign = words.icon_label("folder", "accent", 20)
        self._title, self._text = words.label(rx="strong"), wrapped("muted")
        texts = words.column(self._title, self._text, gap=1)
        words.row(words.column(1, self._sign, ..., gap=0), (texts, 1), gap=12, margins=(16, 12, 16, 12), parent=card)
        return card, self._title, self._text

    def offer(self, identity: Identity | None, model: BackupModel | None, config: Path | None) -> None:
        """Begin; where something is configured its folder is looked at first."""
        self._identity = identity
        if model is not None and config is not None:
            self.folder.setText(str(model.root))
            asking.ask(self, lambda: look_configured(model, config), self._show, self._failed, key="look")

    @property
    def ready(self) -> bool:
        """Whether there is anything to bring back, and whoever it takes for that: files of a server need one."""
        looked = self._looked
        if looked is None or (looked.lost is not None and not looked.lost.has_server):
            return False
        return bool(usable(looked.copies))

    @property
    def looked(self) -> Looked | None:
        """What was found."""
        return self._looked

    @property
    def wish(self) -> Wish | None:
        """The copy that was chosen from the list; None: the newest will do."""
        return self.table.wish

    def look_at(self, folder: Path) -> None:
        """Look what is in a folder."""
        self.folder.setText(str(folder))
        self._look(folder)

    def _look(self, folder: Path) -> None:
        identity, of = self._identity, self.folder.text()
        self._typing.stop()
        self._text.setText(_("Reading copies…"))

        def shown(looked: Looked) -> None:
            if self.folder.text() == of:  # else somebody typed on meanwhile
                self._show(looked)

        def failed(problem: Problem) -> None:
            if self.folder.text() == of:
                self._failed(problem)

        asking.ask(self, lambda: look(folder, identity), shown, failed, key="look")

    def _show(self, looked: Looked | None) -> None:
        self._looked = looked
        self._wrong.hide()
        words.set_invalid(self.folder, False)
        self.table.setVisible(looked is not None and bool(looked.listing.sets))
        self._tell_notes(looked.lost if looked is not None else None)
        if looked is None:
            self._sign.tell("folder", "accent")
            self._title.setText(_("A folder is enough"))
            self._text.setText(
                _(
                    "Choose the one with the folder databases and the files backup_manifest_… in it, or with the "
                    ".bak and .trn files of SQL Server. Nothing is changed."
                )
            )
            self.changed.emit()
            return
        if self.folder.text().strip() != self._typed:  # whoever still types is not interrupted
            self.folder.setText(str(looked.folder))
        self._tell_found(looked)
        self.table.found.show_copies(looked.copies[:_SHOWN])
        self.changed.emit()
        if self.ready:
            self.found.emit(looked)

    def _tell_notes(self, lost: LostFolder | None) -> None:
        """What a server's own files bring back: every line can be copied, for there are names of files in it."""
        self.notes.setText(told_of(lost) if lost is not None else "")
        self.notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.notes.setVisible(lost is not None)

    def _tell_found(self, looked: Looked) -> None:
        good = usable(looked.copies)
        names = list(dict.fromkeys(name for one in good for name in one.databases))
        if not good:
            self._sign.tell("warning", "warn")
            self._title.setText(_("There is no usable copy in this folder"))
            self._text.setText(_("None of those that were begun here was completed. Look at another folder or disk."))
            return
        self._sign.tell("shield-check", "ok")
        count = len(good)
        self._title.setText(n_("{count} copy found", "{count} copies found", count).format(count=telling.count(count)))
        last = next((one for one in good if one.databases), good[0])  # one of files alone brings no data back
        newest = telling.when(datetime.fromisoformat(last.summary.timestamp), datetime.now(UTC))
        what = restore_words.listed(names or [subject(APPLICATION, "")])
        told = [_("Of {what}. The newest is of {when}.").format(what=what, when=newest)]
        bad = len(looked.copies) - count
        if bad:
            more = n_(
                "{count} other brings nothing back and can't be chosen.",
                "{count} others bring nothing back and can't be chosen.",
                bad,
            )
            told.append(more.format(count=bad))
        self._text.setText(" ".join(told))

    def _failed(self, problem: Problem) -> None:
        self._show(None)
        told = {
            "catalog.absent": _("There is no such folder, or its disk is not connected."),
            "bare.no_sets": _(
                "There are no copies in this folder. Choose the one with the files backup_manifest_… or the .bak files."
            ),
        }
        self._wrong.setText(told.get(problem.code) or telling.reason(problem))
        self._wrong.show()
        words.set_invalid(self.folder, True)

    @guarded
    def _on_edited(self) -> None:
        text, self._typed = self.folder.text().strip(), ""
        if text and self._typing.isActive():
            self.look_at(Path(os.path.expanduser(text)))  # noqa: PTH111  no such user is no error
        elif self._looked is not None:
            self.folder.setText(str(self._looked.folder))

    @guarded
    def _on_typed(self, text: str) -> None:
        """What is shown is of another folder: nobody goes on with that."""
        self._typed = text.strip()
        self._show(None)
        self._typing.start()

    @guarded
    def _on_rest(self) -> None:
        if self._typed:
            self._look(Path(os.path.expanduser(self._typed)))  # noqa: PTH111  no such user is no error

    @guarded
    def _on_choose(self) -> None:
        start = self.folder.text().strip() or str(Path.home())
        dialog = folder_dialog(self, _("Folder with the copies"), start, _("Choose folder"))
        dialog.fileSelected.connect(self._on_folder)
        dialog.open()

    @guarded
    def _on_folder(self, path: str) -> None:
        if path:
            self.look_at(Path(path))
