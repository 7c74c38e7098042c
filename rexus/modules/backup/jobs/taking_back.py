"""Take back the settings that could be used last, where those in the file can't be; nothing of either is lost."""

from __future__ import annotations

import os
from pathlib import Path

from ..base.clock import Clock
from ..base.errors import BackupError, BadInput
from ..base.files import Files, publish
from ..base.records import Outcome, Status
from ..catalog.ledger import Audit
from ..config.last_good import place_of
from ..config.load import Loaded, load, replace_text
from ..config.secrets import read_small
from .account import recorded
from .reconfigure import WHAT


def kept_for(path: Path) -> Path | None:
    """Where settings are kept that would mend those at ``path``; None: there are none, or they can't be used either."""
    place = place_of(path)
    try:
        return place if place.is_file() and load(place) else None
    except (BackupError, OSError):
        return None


def take_back(left: Loaded, who: str, clock: Clock, files: Files) -> Outcome:
    """Put the settings that could be used last in the place of those at ``left.path``, which stay beside them.

    ``left`` is what can still be used of these (`config.salvage`). A backup folder that is there has a line in its
    trail. Raises `BadInput` where nothing is kept, where the file can be used by now, or where nothing can be written.
    """
    path = left.path
    good = load(place_of(path))
    _refuse_usable(path)
    target = Path(os.path.realpath(path))
    aside = _free_name(target)
    try:
        if target.exists():
            publish(files, aside, read_small(target))
        replace_text(target, good.text, files)
    except OSError as error:
        raise BadInput("config.unwritable", file=str(target), why=error.strerror or type(error).__name__) from error
    outcome = Outcome(status=Status.OK, proof=("settings:taken back",))
    if not left.root.is_dir():
        return outcome
    detail: dict[str, str | int] = {"file": str(path), "taken_back": str(place_of(path)), "aside": str(aside)}
    return recorded(Audit(left.root / "logs", files, clock), who, WHAT, outcome, detail)


def aside_of(path: Path) -> Path:
    """Under which name the file at ``path`` would be kept now."""
    return _free_name(Path(os.path.realpath(path)))


def _refuse_usable(path: Path) -> None:
    """Raises `BadInput` (``config.changed``) where somebody has mended the file meanwhile."""
    try:
        load(path)
    except BadInput:
        return
    raise BadInput("config.changed", file=str(path))


def _free_name(target: Path) -> Path:
    number = 1
    while (found := target.with_name(f"{target.name}.bad{number if number > 1 else ''}")).exists():
        number += 1
    return found
