"""The folder where server and client meet: its two names, and the proof that both mean the same one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QFrame, QWidget

from ..base.records import Finding, Problem
from ..base.texts import _
from ..config.draft import Draft
from . import words
from .findings import Findings
from .guard import guarded
from .resting import Resting
from .restore_pane import wrapped
from .server_words import FolderSeen, folder_seen, is_shown_by_signs
from .settings_fields import TextField
from .settings_paths import Chooser
from .settings_section import Section, heading, split

if TYPE_CHECKING:
    from ..config.load import Loaded

THERE, HERE = ("sqlserver", "server_backup_dir"), ("sqlserver", "client_backup_dir")
_SIGNS = {True: ("tick", "ok"), False: ("cross", "danger"), None: ("dash", "text3")}
_LONGEST = 1024


class Signs(QWidget):
    """Who sees what: a line with a sign for each."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = [(words.icon_label("dash", "text3", 18), wrapped()) for _number in range(4)]
        rows = [words.row(words.column(icon, ..., gap=0), (text, 1), gap=10) for icon, text in self.lines]
        words.column(*rows, gap=6, parent=self)

    def tell(self, seen: FolderSeen) -> None:
        """Whether the server sees it, whether this machine does, whether both are one, whether the server can write."""
        told = (
            {True: _("The server sees its folder"), False: _("The server does not see its folder")},
            {True: _("This machine sees its folder"), False: _("This machine can't write in its folder")},
            {True: _("It is the same: the server saw a file made here"), False: _("They are not the same folder")},
            {True: _("The server can write in it"), False: _("The server can't write in it")},
        )
        unknown = (
            _("Whether the server sees it is not known"),
            _("This machine does not see it"),
            _("Not proven to be the same"),
            _("Whether the server can write in it was not tried"),
        )
        for (icon, label), one, texts, none in zip(self.lines, seen, told, unknown, strict=True):
            icon.tell(*_SIGNS[one])
            label.setText(texts[one] if one is not None else none)
            words.set_tone(label, "danger" if one is False else "")


class MeetingCard(QFrame):
    """Both names left, what they are worth right."""

    def __init__(self, section: Section) -> None:
        super().__init__()
        self._section = section
        self._is_proving = False
        self.there = section.bind(
            TextField(_("Folder, as the server names it"), THERE, note=_("Empty: the server's own"), none=True)
        )
        self.choose = words.button(_("Choose…"))
        self.here = section.bind(
            TextField(
                _("The same folder, from this machine"), HERE, self.choose,
                note=_("A share or a folder of this disk; empty: it is not seen"), none=True,
            )
        )  # fmt: skip
        words.named(self.choose, _("Choose: {name}").format(name=self.here.name))
        for field in (self.there, self.here):
            field.box.setMaxLength(_LONGEST)
        self.chooser = Chooser(self.choose)
        self.choose.clicked.connect(self._on_choose)
        self.button_prove = words.button(_("Prove it"))
        self._prove = Resting(self.button_prove)
        self.button_prove.clicked.connect(self.prove)
        self.seen, self.said, self.findings = Signs(), wrapped("muted"), Findings(self._copy)
        left = words.column(heading(_("Where the server leaves its copies")), self.there, self.here, ..., gap=10)
        head = words.row(heading(_("Who sees it")), ..., self.button_prove)
        words.column(
            split(left, words.column(head, self.seen, self.said, self.findings, ..., gap=10)), gap=0, parent=self
        )

    def fill(self, draft: Draft, *, free: bool) -> None:
        """Begin anew."""
        self.chooser.editable(free)
        self.changed(draft)

    def _tell_unproven(self, draft: Draft) -> None:
        """Nothing was tried, or not with these names."""
        self.seen.hide()
        self.findings.tell(())
        here = draft.get(HERE)
        unseen = _(
            "Without it the copies stay on the server: it makes and checks them itself, but this machine can't read "
            "them, pack them or carry them elsewhere. A restore reads them there."
        )
        shared = _("A file is made here and looked for by the server; then it is removed.")
        self.said.setText(shared if isinstance(here, str) and here else unseen)
        self.said.show()

    def judge(self, draft: Draft) -> str:
        """Say what is wrong with the two names; the name of the first that can't be, empty: none."""
        there, here = draft.get(THERE), draft.get(HERE)
        wrong_there = isinstance(there, str) and not _is_whole(there)
        wrong_here = isinstance(here, str) and not (_is_whole(here) or Path(here).is_absolute())
        if wrong_there:
            self.there.tell(_("The whole path on the server, as D:\\Backup or /var/opt/mssql/backup"))
        if wrong_here:
            self.here.tell(_("The whole path, as \\\\SRV1\\Backup"))
        return self.there.name if wrong_there else self.here.name if wrong_here else ""

    def changed(self, draft: Draft) -> None:
        """A name was changed, or the server: what was proven, or is being proven, is of others."""
        self._busy(on=False)
        self._tell_unproven(draft)

    @guarded
    def prove(self) -> None:
        """Have both sides look."""
        section, draft, desk = self._section, self._section.draft, self._section.desk
        if desk is None or desk.model is None or draft is None or self._is_proving:
            return
        typed: Loaded | None = None
        if draft.changes():
            typed = draft.loaded()
            if typed is None or section.trouble():
                self.said.setText(_("First correct what is marked in red."))
                self.said.show()
                return
        self._busy(on=True)
        desk.ask(section, lambda model: model.prove_folder(typed), self._show, self._failed, key="folder")

    def _busy(self, *, on: bool) -> None:
        self._is_proving = on
        if on:
            self._prove.rest(_("Looking…"))
        else:
            self._prove.rise()

    def _show(self, found: Sequence[Finding]) -> None:
        if self._is_proving:  # else it was described otherwise meanwhile
            self._busy(on=False)
            self.show_found(found)

    def show_found(self, found: Sequence[Finding]) -> None:
        """Show what both saw; nothing at all where no folder is meant."""
        seen = folder_seen(found)
        self.seen.setVisible(seen is not None)
        if seen is not None:
            self.seen.tell(seen)
        self.said.setText(_("Nothing was tried: copies go into the container."))
        self.said.setVisible(not found)
        self.findings.tell([one for one in found if not is_shown_by_signs(one)])

    def _failed(self, problem: Problem) -> None:
        if not self._is_proving:
            return
        self._busy(on=False)
        self.seen.hide()
        self.said.hide()
        self.findings.tell((problem,))

    def _copy(self, text: str) -> None:
        if self._section.desk is not None:
            self._section.desk.copy(text)

    @guarded
    def _on_choose(self) -> None:
        self.chooser.choose(self.here.name, self.here.box.text(), self._on_chosen)

    @guarded
    def _on_chosen(self, path: str) -> None:
        self.here.box.setText(str(Path(path)))
        self.here.say(str(Path(path)))


def _is_whole(path: str) -> bool:
    """Whether it is a whole path on Windows or elsewhere; which of them the server is nobody knows yet."""
    return path.startswith(("/", "\\\\")) or (path[1:3] in (":\\", ":/") and path[:1].isalpha())
