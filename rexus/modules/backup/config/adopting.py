"""Settings that somebody has already, as answers to begin with: one of our files, or one of an older program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from ..base.errors import BadInput
from ..base.files import Files
from ..base.records import Record
from .document import Value
from .first import Answers, proposed_times, publish_first, worst_loss_hours
from .load import Loaded, load
from .migrate import import_old

OURS = "ours"
_ANSWERED = frozenset({"root", "schedules"})


class Brought(Record, frozen=True, kw_only=True):
    """What a file of settings amounts to."""

    path: str
    shape: str
    """``ours``, or as `migrate.import_old` calls it."""
    answers: Answers
    extra: dict[str, Value] = msgspec.field(default_factory=dict)
    """What it says beyond the answers: key and value, as `load.save` takes them."""
    has_times: bool = False
    """Whether it says when backups are made, and with that how much work may be lost."""
    left: int = 0
    """So many of its settings have no meaning any more."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing has to be asked any more."""
        return self.shape == OURS and bool(self.answers.databases)


def brought(path: Path, answers: Answers) -> Brought:
    """What the file at ``path`` says; what it does not say is as in ``answers``. Raises `BadInput`."""
    try:
        imported = import_old(path)
    except BadInput as error:
        if error.code != "import.shape":
            raise
        return _ours(path, answers)
    root = imported.changes.get("root")
    times = _times(imported.changes.get("schedules"))
    found = msgspec.structs.replace(
        answers,
        root=_absolute(path, str(root)) if root else answers.root,
        times=times or answers.times,
        loss_hours=_bearable(times) if times else answers.loss_hours,
        app_root=answers.app_root or _app_root(path),
    )
    extra = {key: value for key, value in imported.changes.items() if key not in _ANSWERED}
    left = len(imported.left)
    return Brought(path=str(path), shape=imported.shape, answers=found, extra=extra, has_times=bool(times), left=left)


def adopt(path: Path, config: Path, files: Files, *, replace: bool = False) -> Loaded:
    """Make the settings at ``path``, one of ours, those at ``config``; its remarks stay, its places are made whole.

    Raises `ConfigProblems`, `BadInput` (``config.exists`` where there is a file that is not to be replaced).
    """
    loaded = load(path)
    document = loaded.document
    document = document.with_value(("root",), str(loaded.root))
    document = document.with_value(("app_root",), str(loaded.app_root))
    if loaded.settings.engine == "sqlite":
        for name in loaded.database_names:
            document = document.with_value(("databases", name), loaded.database_location(name))
    publish_first(config, document.text, files, replace=replace)
    return load(config)


def _ours(path: Path, answers: Answers) -> Brought:
    loaded = load(path)
    backups = [one for one in loaded.settings.schedules if one.action == "backup" and one.enabled]
    times = tuple(sorted({time for one in backups for time in one.times}))
    found = Answers(
        app_root=str(loaded.app_root),
        databases={name: loaded.database_location(name) for name in loaded.database_names},
        root=str(loaded.root),
        times=times or answers.times,
        loss_hours=_bearable(times) if times else answers.loss_hours,
        language=loaded.settings.language,
    )
    return Brought(path=str(path), shape=OURS, answers=found, has_times=bool(times))


def _times(schedules: Any) -> tuple[str, ...]:
    """The times of day at which an imported schedule makes backups every day."""
    found: set[str] = set()
    for one in schedules if isinstance(schedules, list) else ():
        if one.get("action") == "backup" and not one.get("weekdays") and not one.get("days"):
            found.update(str(time) for time in one.get("times", ()))
    return tuple(sorted(found))


def _bearable(times: tuple[str, ...]) -> int:
    """The hours of loss that these times come to, as they are asked for."""
    worst = worst_loss_hours(times)
    return next((hours for hours in (1, 4, 8, 12) if worst <= hours and proposed_times(hours)), 24)


def _absolute(path: Path, named: str) -> str:
    """A folder as an older file names it: it started at the application's folder."""
    given = Path(named)
    return str(given if given.is_absolute() else Path(_app_root(path)) / given)


def _app_root(path: Path) -> str:
    """The application's folder of an older file: above its ``config``, where that is what its folder is called."""
    folder = path.absolute().parent
    return str(folder.parent if folder.name == "config" else folder)
