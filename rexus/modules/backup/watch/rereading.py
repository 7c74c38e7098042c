"""Settings that change while a service runs: taken over when they are good, else told, and the last good ones stay."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..base.errors import BackupError
from ..base.files import os_path
from ..base.records import Origin, Outcome, Problem, Severity, Status
from ..base.texts import sentence
from ..config.load import load
from .actions import WHO

if TYPE_CHECKING:
    from ..config.load import Loaded
    from .runner import RunnerKit

log = logging.getLogger(__name__)

_ALL = "schedule"
"""Stands for the action: it is about all of them."""
_MOST = 3
"""So many of the things that are wrong are named."""
Mark = tuple[tuple[int, int, int] | None, ...]


def followed(
    loaded: Loaded, take: Callable[[Loaded], RunnerKit], logged: Callable[[], AbstractContextManager[None]]
) -> RunnerKit:
    """The parts that ``take`` makes by the settings, and how they are made again whenever those change.

    ``logged`` keeps the day's log while something is told. Raises `Refused` as ``take``.
    """
    kit = take(loaded)
    return replace(kit, reread=_Rereading(loaded, kit, take, logged))


class _Rereading:
    """Looks at the files that settings come from, which costs next to nothing while they are as they were."""

    def __init__(
        self,
        loaded: Loaded,
        kit: RunnerKit,
        take: Callable[[Loaded], RunnerKit],
        logged: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._loaded, self._kit = loaded, kit
        self._take, self._logged = take, logged
        self._mark = _mark_of(loaded)
        self._doubted: Mark | None = None
        self._told: Mark | None = None

    def __call__(self) -> RunnerKit | None:
        """The parts by the changed settings; None: they are as they were, or can't be used. Raises `Refused`.

        What can't be used is told at the second look: somebody may just be writing it.
        """
        mark = _mark_of(self._loaded)
        if mark == self._mark:
            return None
        try:
            loaded = load(self._loaded.path)
        except BackupError as error:
            if mark == self._doubted != self._told:
                self._told = mark
                self._tell_kept(error)
            self._doubted = mark
            return None
        return self._taken(loaded, mark)

    def _taken(self, loaded: Loaded, mark: Mark) -> RunnerKit:
        kit = self._take(loaded)
        self._loaded, self._mark, self._kit = loaded, mark, kit
        self._doubted = None
        said = Problem(code="schedule.settings_taken", severity=Severity.INFO, values={"file": str(loaded.path)})
        self._say(said, Outcome(status=Status.OK, proof=("settings:taken",)) if self._told is not None else None)
        self._told = None
        return kit

    def _tell_kept(self, error: BackupError) -> None:
        """Tell on the spot, in the log and by the channels of the last good settings."""
        wrong = tuple(getattr(error, "problems", ())) or (error.problem,)
        why = " ".join(sentence(one).message for one in wrong[:_MOST])
        values: dict[str, str | int] = {"file": str(self._loaded.path), "why": why}
        problem = Problem(code="schedule.settings_kept", values=values)
        self._say(problem, Outcome(status=Status.FAILED, problems=(problem,)))

    def _say(self, problem: Problem, outcome: Outcome | None) -> None:
        """Let everybody hear of it who has to; their own errors change nothing."""
        try:
            with self._logged():
                level = logging.INFO if problem.severity is Severity.INFO else logging.WARNING
                log.log(level, "%s %s", problem.code, problem.values)
            self._kit.say(problem)
            if outcome is not None:
                self._kit.ended(_ALL, Origin.SCHEDULED, WHO, outcome)
        except Exception:
            log.exception("telling of changed settings")


def _mark_of(loaded: Loaded) -> Mark:
    """What changes whenever the files are written that ``loaded`` comes from."""
    folders = dict.fromkeys((loaded.path.parent, loaded.app_root))
    return tuple(_file_mark(one) for one in (loaded.path, *(folder / ".env" for folder in folders)))


def _file_mark(path: Path) -> tuple[int, int, int] | None:
    try:
        found = os.stat(os_path(path))  # noqa: PTH116  a long one is told in another way
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ino
