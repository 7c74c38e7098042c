"""Where copies go, which folder is the application's, and which of its files are copied."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

from qtpy.QtCore import QTimer

from ..base.saying import N_
from ..base.texts import _
from ..config.draft import Draft
from . import settings_words as told
from . import telling, words
from .asking import ask
from .guard import guarded
from .settings_fields import LinesField, NumberField, beside
from .settings_paths import PathField, shown
from .settings_section import Section, whole

GIGA = 1_000_000_000
_LISTS = (
    ("config", N_("Configuration files"), N_("One path or pattern a line, below the folder of the application.")),
    ("application", N_("Folders of the application"), N_("One a line; with everything in them.")),
    ("exclude", N_("Left out of both"), N_("One pattern a line, as **/*.log.")),
)


class FoldersSection(Section):
    """Places and patterns."""

    key: ClassVar[str] = "folders"
    title: ClassVar[str] = N_("Folders and files")
    icon: ClassVar[str] = "folder"
    owns: ClassVar[tuple[str, ...]] = ("root", "app_root", "files", "health.free_bytes", "free_space_reserve_bytes")

    def __init__(self) -> None:
        super().__init__()
        self.root = self.bind(PathField(_("Backup folder"), ("root",)))
        self.app_root = self.bind(PathField(_("Folder of the application"), ("app_root",)))
        self.alarm = self.bind(NumberField(_("Warn below"), ("health", "free_bytes"), unit=_("GB free"), factor=GIGA))
        self.reserve = self.bind(
            NumberField(
                _("A backup must leave free"), ("free_space_reserve_bytes",), unit="MB", factor=1_000_000, width=104
            )
        )
        self.lists = {
            name: self.bind(LinesField(_(title), ("files", name), lines=4, note=_(note)))
            for name, title, note in _LISTS
        }
        places = whole(
            words.label(_("Where copies go"), "h2"), self.root,
            beside((self.alarm, 1), (self.reserve, 1), gap=24), gap=10,
        )  # fmt: skip
        files = whole(
            words.label(_("Files that are copied too"), "h2"), self.app_root,
            beside((self.lists["config"], 1), (self.lists["application"], 1), gap=16), self.lists["exclude"], gap=10,
        )  # fmt: skip
        words.column(places, files, ..., gap=12, parent=self)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(200)
        self._soon.timeout.connect(self.shown)

    def command(self) -> tuple[str, ...]:
        """See `Section.command`."""
        return ("config", "check")

    def take(self, draft: Draft, *, free: bool) -> None:
        """See `Section.take`; places are named from the folder of the settings."""
        for field in (self.root, self.app_root):
            field.settle(draft.path.parent, str(draft.get(field.key)))
        super().take(draft, free=free)

    def judge(self, draft: Draft) -> None:
        """See `Section.judge`; a pattern that can't be is told with its line."""
        super().judge(draft)
        for name, _title, note in _LISTS:
            problem = draft.problem_at(f"files.{name}")
            self.lists[name].tell(told.allowed(problem) if problem is not None else "", _(note))
        if self.isVisible():
            self._soon.start()

    @guarded
    def shown(self) -> None:
        """Look whether the folders are there."""
        draft = self.draft
        if draft is None:
            return
        for field in (self.root, self.app_root):
            if not field.wrong:
                place = Path(shown(str(draft.get(field.key)), draft.path.parent))
                then = self._root_seen if field is self.root else self._app_seen
                ask(field, lambda place=place: _state(place), then, key="state")  # type: ignore[misc]

    def _root_seen(self, state: tuple[bool, int | None]) -> None:
        there, free = state
        if not there:
            note = _("It does not exist yet. The first backup by hand makes it; until then nothing runs by itself.")
        elif free is not None:
            note = _("{size} free").format(size=telling.size(free))
        else:
            note = ""
        self.root.tell(note=note)

    def _app_seen(self, state: tuple[bool, int | None]) -> None:
        self.app_root.tell(wrong="" if state[0] else _("There is no such folder: no files would be copied."))


def _state(place: Path) -> tuple[bool, int | None]:
    """Whether the folder is there, and how much space is left in it."""
    if not place.is_dir():
        return False, None
    try:
        import shutil

        return True, shutil.disk_usage(os.fspath(place)).free
    except OSError:
        return True, None
