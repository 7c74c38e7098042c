"""The settings that could be used last, kept beside the file: without secrets, and enough to know whom to tell."""

from __future__ import annotations

import logging
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from ..base.errors import BackupError
from ..base.files import WINDOWS, Files, publish
from ..base.records import Problem, Severity
from .secrets import read_small

if TYPE_CHECKING:
    from .load import Loaded

log = logging.getLogger(__name__)


def place_of(path: Path) -> Path:
    """Where the settings of ``path`` are kept."""
    return path.with_name(f"{path.name}.good")


def keep(loaded: Loaded, files: Files) -> None:
    """Remember ``loaded``, which can be used. Never raises: a service may be kept from writing there."""
    place, data = place_of(loaded.path), loaded.text.encode("utf-8")
    try:
        if not place.exists() or read_small(place) != data:
            publish(files, place, data)
    except (BackupError, OSError) as error:
        log.info(
            "the settings can't be kept as %s: %s", place, getattr(error, "strerror", None) or type(error).__name__
        )


def kept(path: Path) -> tuple[Problem, ...]:
    """Where somebody who looks after ``path`` finds those settings, as a word beside what is wrong; or nothing."""
    place = place_of(path)
    if not place.is_file():
        return ()
    return (Problem(code="config.last_good", severity=Severity.INFO, values={"path": str(place)}),)


def way_back(path: Path) -> str:
    """The command of the system that puts those settings in the place of ``path``; empty where there are none."""
    place = place_of(path)
    if not place.is_file():
        return ""
    return f'copy "{place}" "{path}"' if WINDOWS else shlex.join(["cp", str(place), str(path)])
