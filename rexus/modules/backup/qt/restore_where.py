"""Second step: as a copy beside what is there, or in its place."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QFileDialog, QLineEdit, QSizePolicy

from ..base.records import Problem, RestorePlan
from ..base.texts import _
from . import restore_words, telling, words
from .guard import guarded
from .restore_answers import Home, Place, home_place
from .restore_dialogs import folder_dialog, save_dialog
from .restore_pane import ChoiceCard, Pane, one_of, wrapped

_OF_THE_PLACE = frozenset(
    {
        "restore.exists",
        "restore.files_exist",
        "restore.bad_target",
        "restore.empty_target",
        "restore.inside_root",
        "files.in_the_way",
    }
)
"""What another place would mend: only that is said below the path, with the path marked."""
QUIET_MS = 250
"""So long after the last key a path is looked at."""


class WherePane(Pane):
    """Two cards, and below them the folder with its free space."""

    looked = Signal(object)
    """A `Place` that somebody thinks of: what would a restore there come to?"""

    def __init__(self) -> None:
        super().__init__()
        self._home: Home | None = None
        self._own: Place | None = None
        self._fits = False
        self._copy, self._replace = ChoiceCard("copy"), ChoiceCard("restore")
        self._group = one_of(self, (self._copy, self._replace))
        self.path = QLineEdit()
        self.path.setMaxLength(1024)
        self._choose = words.button("")
        self._label = words.label(rx="muted")
        self._label.setBuddy(self.path)
        self._wrong = wrapped("meta", "danger")
        self._copy.below.addSpacing(8)
        self._copy.below.addWidget(self._label)
        self._copy.below.addLayout(words.row((self.path, 1), self._choose))
        self._copy.below.addWidget(self._wrong)
        self._kept_at = wrapped("meta")
        self._replace.below.addWidget(self._kept_at)
        self._disk = words.icon_label("disk", "text3", 18)
        self._room = wrapped("muted")
        self._room.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._below = words.row(self._disk, (self._room, 1), gap=8, margins=(2, 0, 0, 0))
        words.column(self._copy, self._replace, 4, self._below, ..., gap=12, parent=self)
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(QUIET_MS)
        self._quiet.timeout.connect(self._look)
        self.path.textEdited.connect(self._on_edited)
        self._choose.clicked.connect(self._on_choose)
        self._copy.chosen.connect(self._on_chosen)
        self._replace.chosen.connect(self._on_chosen)

    def offer(self, home: Home, copy_to: str, place: Place | None) -> None:
        """Show what can be chosen for what comes back; ``place`` was chosen before."""
        self._home, self._own = home, home_place(home)
        what = restore_words.what_of(home)
        beside = _("What is there now is not touched. Compare, and replace later.")
        if self._each_own(home):
            beside = _("Each under a name with the time behind it. What is there now is not touched.")
        self._copy.tell(_("As a copy of its own"), beside)
        named = home.server and not self._each_own(home)
        label = _("Folder of the copy") if home.several else _("File of the copy")
        self._label.setText(_("Name of the copy on the server") if named else label)
        words.named(self.path, self._label.text())
        self._choose.setVisible(not home.server)
        for one in (self._label, self.path):
            one.setVisible(not self._each_own(home))
        words.retitle(self._choose, _("Choose folder…") if home.several else _("Choose place…"))
        self.path.setText(place.to if place is not None and place.kind == "copy" and place.to else copy_to)
        self._tell_replace(home, what)
        chosen = self._replace if place is not None and place.kind == "home" and self._own else self._copy
        chosen.choose()
        self._look()

    @staticmethod
    def _each_own(home: Home) -> bool:
        """Whether each of several databases of a server gets a name of its own, which nobody chooses."""
        return bool(home.server) and len(home.all_names) > 1

    def _tell_replace(self, home: Home, what: str) -> None:
        can = self._own is not None
        self._replace.setEnabled(can)
        if not can:
            self._replace.tell(
                restore_words.return_words(home),
                _("Without settings nobody knows where {what} belongs.").format(what=what),
            )
        elif home.present:
            kept = _("A copy of how it is now is made first, so that it can be undone.")
            if not home.names:
                kept = restore_words.kept_sentence(home, None)
            self._replace.tell(restore_words.replace_words(home), kept)
        else:
            self._replace.tell(restore_words.return_words(home), _("Nothing is there now, so nothing is lost."))
        places = [one for one in dict.fromkeys(home.places.values()) if one]
        named = f"{home.server}: {', '.join(places[:4])}" if home.server else "\n".join(places[:4])
        self._kept_at.setText(named if can else "")
        self._kept_at.setVisible(can and bool(places))

    @property
    def place(self) -> Place:
        """What is chosen now."""
        if self._replace.is_chosen and self._own is not None:
            return self._own
        if self._home is not None and self._each_own(self._home):
            return Place("copy")
        return Place("copy", self.path.text().strip())

    @property
    def ready(self) -> bool:
        """Whether such a place can be."""
        return self._fits

    def choose_copy(self) -> None:
        """Have it as a copy after all."""
        self._copy.choose()

    def show_plan(self, place: Place, plan: RestorePlan) -> None:
        """What a restore to ``place`` comes to."""
        if place != self.place:
            return
        wrong = [one for one in plan.refusals if one.code in ("restore.exists", "restore.files_exist")]
        self._show_wrong(restore_words.refusal(wrong[0]) if wrong else "")
        self._disk.show()
        self._fits = not wrong
        folder = self._folder(place)
        free = plan.bytes_free
        if free is None:
            self._room.setText(folder)
        else:
            told = _("{folder}: {free} free, {needed} are needed.")
            self._room.setText(
                told.format(folder=folder, free=telling.size(free), needed=telling.size(plan.bytes_needed))
            )
        short = free is not None and plan.bytes_needed > free
        words.set_tone(self._room, "danger" if short else "")
        self._disk.tell("warning" if short else "disk", "danger" if short else "text3")
        self.changed.emit()

    def show_trouble(self, place: Place, problem: Problem) -> None:
        """Such a place can't be."""
        if place == self.place:
            self._fits = False
            at_path = place.kind == "copy" and problem.code in _OF_THE_PLACE
            self._show_wrong(restore_words.refusal(problem) if at_path else "")
            self._show_below("" if at_path else restore_words.refusal(problem))
            self.changed.emit()

    def _show_below(self, wrong: str) -> None:
        """Why nothing comes of it, whatever the place is; nothing: there is nothing to say of the room."""
        self._disk.setVisible(bool(wrong))
        self._disk.tell("cross", "danger")
        self._room.setText(wrong)
        words.set_tone(self._room, "danger" if wrong else "")

    def _folder(self, place: Place) -> str:
        home = self._home
        assert home is not None
        if home.server or place.to is None:
            return restore_words.place_of(home)
        return place.to if home.several else str(Path(place.to).parent)

    def _show_wrong(self, text: str) -> None:
        self._wrong.setText(text)
        self._wrong.setVisible(bool(text))
        words.set_invalid(self.path, bool(text) and self._copy.is_chosen)

    @guarded
    def _on_edited(self) -> None:
        self._copy.choose()
        self._fits = False
        self.changed.emit()
        self._quiet.start()

    @guarded
    def _on_chosen(self) -> None:
        copy = self._copy.is_chosen
        self.path.setEnabled(copy)
        self._choose.setEnabled(copy)
        if self._home is not None:
            self._fits = False
            self._look()

    @guarded
    def _look(self) -> None:
        place = self.place
        self._quiet.stop()
        if place.kind == "copy" and not place.to and not (self._home is not None and self._each_own(self._home)):
            self._fits = False
            self._show_wrong(_("Write where the copy shall go."))
            self._show_below("")
            self.changed.emit()
            return
        self._show_wrong("")
        self.looked.emit(place)

    @guarded
    def _on_choose(self) -> None:
        several = self._home is not None and self._home.several
        start = self.path.text().strip()
        if several:
            dialog = folder_dialog(self, _("Folder of the copy"), str(Path(start).parent), _("Choose folder"))
        else:
            dialog = save_dialog(self, _("File of the copy"), start, _("Choose place"))
            dialog.setOption(QFileDialog.Option.DontConfirmOverwrite, True)
        dialog.fileSelected.connect(self._on_file)
        dialog.open()

    @guarded
    def _on_file(self, path: str) -> None:
        if path:
            self.path.setText(str(Path(path)))
            self._look()
