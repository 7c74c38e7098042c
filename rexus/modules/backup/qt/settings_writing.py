"""How a server writes its copies and what of the server itself goes with them."""

from __future__ import annotations

from qtpy.QtWidgets import QCheckBox, QFrame, QWidget

from ..base.texts import _
from ..config.document import Value
from ..config.draft import Draft
from . import words
from .guard import guarded
from .settings_fields import Field, NumberField, TextField, calm
from .settings_section import Section, split

_LONGEST_URL = 160


class PartsField(Field):
    """Parts of the server, a mark each; they are kept in the order in which they stand here."""

    def __init__(self, key: tuple[str, ...], parts: list[tuple[str, str]]) -> None:
        held = QWidget()
        self.marks = {name: calm(QCheckBox(told)) for name, told in parts}
        words.column(*self.marks.values(), gap=6, parent=held)
        super().__init__("", key, held, ..., note=_("The script holds the passwords of logins as hashes."))
        self.name = _("Of the server itself")
        words.named(held, self.name)
        for name, told in parts:
            words.named(self.marks[name], told)
            self.marks[name].toggled.connect(self._on_any)

    def put(self, value: Value) -> None:
        """Show which go along."""
        for name, mark in self.marks.items():
            mark.setChecked(isinstance(value, list | tuple) and name in value)

    @guarded
    def _on_any(self) -> None:
        self.say([name for name, mark in self.marks.items() if mark.isChecked()])


class WritingCard(QFrame):
    """Where to and into how many files left, what else is copied right."""

    def __init__(self, section: Section) -> None:
        super().__init__()
        self.url = section.bind(
            TextField(
                _("Instead of a folder, a container"), ("sqlserver", "backup_url"), hint="s3://…, https://…",
                none=True,
            )
        )  # fmt: skip
        self.url.box.setMaxLength(_LONGEST_URL)
        self.stripes = section.bind(
            NumberField(
                _("Each copy in"), ("sqlserver", "stripes"), unit=_("files at once"),
                note=_("Several are faster on several disks; all of them are needed to restore."),
            )
        )  # fmt: skip
        self.parts = section.bind(PartsField(("sqlserver", "server_parts"), _parts()))
        left = words.column(words.label(_("How the server writes"), "h2"), self.url, self.stripes, ..., gap=10)
        right = words.column(words.label(self.parts.name, "h2"), self.parts, ..., gap=10)
        words.column(split(left, right), gap=0, parent=self)

    def judge(self, draft: Draft) -> None:
        """Say what a container asks of the server."""
        is_url = isinstance(draft.get(self.url.key), str)
        if not self.url.wrong:
            needs = _("The server needs a credential of this name; the folders above are not used then.")
            self.url.tell(note=needs if is_url else _("Empty: the folder above"))


def _parts() -> list[tuple[str, str]]:
    return [
        ("master", _("master: settings of the server")),
        ("model", _("model: the pattern of new databases")),
        ("msdb", _("msdb: its jobs and their history")),
        ("logins", _("logins: a script of them, of roles and rights")),
    ]
