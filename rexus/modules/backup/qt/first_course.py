"""What was answered so far and how far the first proof is: kept by the process, for a page may go at any time."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ..base.records import Problem
from ..base.texts import language
from ..config.adopting import Brought
from ..config.finding import Found, FoundDatabase
from ..config.first import Answers
from ..config.first_server import ServerAnswers

STEPS = ("start", "databases", "folder", "loss", "proof")
PROTECT, LOST, BRING = "protect", "lost", "bring"
"""What one may have come for."""
IDLE, WRITING, BACKUP, DRILL, DONE, FAILED = "idle", "writing", "backup", "drill", "done", "failed"
"""How far the first proof is."""


@dataclass(slots=True)
class Course:
    """One first run."""

    step: str = STEPS[0]
    furthest: int = 0
    """Number of the furthest step that was come to."""
    answered: set[str] = field(default_factory=set)
    """Steps that somebody went on from, or that settings brought along have answered."""
    choice: str = PROTECT
    answers: Answers = field(default_factory=Answers)
    server: ServerAnswers | None = None
    """How the server is reached that keeps the databases; None: they are files."""
    login_of: str | None = ""
    """The server whose login this run saved; empty: it saved none, None: it began to, and did not end."""
    found: Found | None = None
    """What there is in the application's folder."""
    added: tuple[FoundDatabase, ...] = ()
    """Files that somebody chose beside those found."""
    chosen: frozenset[str] | None = None
    """Paths of the databases that are ticked; None: nobody has chosen yet."""
    bring: str = ""
    """The file of settings that is to be brought along."""
    brought: Brought | None = None
    root_touched: bool = False
    """Whether somebody chose the backup folder, so that no other is proposed."""
    same_disk: Problem | None = None
    """That the copies go to the disk of the data, so that both are lost with it; None: not, or nobody knows."""
    times_touched: bool = False
    written: tuple[Answers, ServerAnswers | None] | None = None
    """What the configuration was written from."""
    is_ours: bool = False
    """Whether the configuration is of this run, written whole or not: trying again may replace it."""
    stage: str = IDLE
    backup: str = ""
    """Id of the first backup's work."""
    drill: str = ""
    set: str = ""
    """The set that the first backup made."""
    problem: Problem | None = None
    """Why the configuration could not be written."""
    scheduled: str = ""
    """Which of the system's schedulers was told, once it was."""

    @property
    def asked(self) -> tuple[Answers, ServerAnswers | None]:
        """All that a configuration is written from."""
        return self.answers, self.server

    @property
    def is_running(self) -> bool:
        """Whether something is done right now."""
        return self.stage in (WRITING, BACKUP, DRILL)


_courses: dict[Path, Course] = {}


def course_of(config: Path) -> Course:
    """The first run of that configuration, begun when it is first asked for."""
    place = config.absolute()
    if place not in _courses:
        _courses[place] = Course(answers=Answers(language="en" if language() == "en" else "es"))
    return _courses[place]


def is_unfinished(config: Path) -> bool:
    """Whether a first run of that configuration wrote it and was not brought to its end yet."""
    course = _courses.get(config.absolute())
    return course is not None and course.stage != IDLE


def forget(config: Path) -> None:
    """It is over."""
    _courses.pop(config.absolute(), None)
