"""Actions of the verb schedule about the operating system's own scheduler: install, status, remove."""

from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING, Any

import click

from ..base.errors import BackupError
from ..base.files import WINDOWS
from ..base.records import Problem, Severity
from ..base.saying import N_
from ..base.texts import _
from .answers import Answer, settled
from .parsing import Option, Verb, switch
from .schedule_words import title, when
from .session import who
from .streams import clean, put
from .wording import moment

if TYPE_CHECKING:
    from ..base.watching import Occurrence
    from ..watch.tasks import TaskPlan, TaskResult, TaskStatus
    from .session import Session

_SOON = 5
"""Occurrences that the status tells."""
_MOST = 4
"""Schedulers that may know the same backups: two of systemd, cron, and one to spare."""


def install(session: Session, *, dry_run: bool, system: bool, **chosen: str | None) -> Answer:
    """Have the system's scheduler start the program; with ``dry_run`` only show what that comes to."""
    tasks = session.model.tasks(change=not dry_run, kind=chosen["as"], system=system)
    if dry_run:
        plan = tasks.plan()
        return Answer(members={**_members(plan), "changed": False, "dry_run": True}, tell=lambda: _tell_plan(plan))
    session.model.settle_in()
    result = tasks.install()
    session.notes += session.model.oddities()
    problems = (*result.problems, *_accounted(session, "schedule_install", result))
    return Answer(
        status=settled(problems),
        problems=problems,
        members={**_members(result.plan), "changed": result.changed, "dry_run": False},
        tell=lambda: _tell_installed(result),
    )


def status(session: Session) -> Answer:
    """What the system's scheduler knows of these backups, and what is due next."""
    from .verbs_schedule import as_json

    state = session.model.tasks().status()
    coming = session.model.next_runs(None, _SOON)
    odd = session.model.oddities() if state.installed else ()
    problems = (*_standing(state), *state.problems, *odd)
    return Answer(
        status=settled(problems),
        problems=problems,
        members={
            "installed": state.installed,
            "kind": state.kind,
            "detail": state.detail,
            "outdated": state.outdated,
            "next": state.next.isoformat() if state.next is not None else None,
            "occurrences": [as_json(one) for one in coming],
        },
        tell=lambda: _tell_status(state, coming),
    )


def remove(session: Session) -> Answer:
    """Take everything out of the system's scheduler, wherever it was installed."""
    results: list[TaskResult] = []
    problems: tuple[Problem, ...] = ()
    while len(results) < _MOST:
        result = session.model.tasks(change="schedule remove").remove()
        if not result.changed:
            break
        results.append(result)
        problems += (*result.problems, *_accounted(session, "schedule_remove", result))
    return Answer(
        status=settled(problems),
        problems=problems,
        members={"removed": [{"kind": one.plan.kind, "name": one.plan.name} for one in results]},
        tell=lambda: _tell_removed(results),
    )


def _standing(state: TaskStatus) -> tuple[Problem, ...]:
    """What is to be said of a state besides its own problems."""
    if not state.installed and not state.problems:
        return (Problem(code="schedule.not_installed", severity=Severity.WARNING),)
    if state.outdated:
        return (Problem(code="schedule.outdated", severity=Severity.WARNING),)
    return ()


def _accounted(session: Session, what: str, result: TaskResult) -> tuple[Problem, ...]:
    """Write down who changed the system's scheduler, where there is a trail already; a warning when that fails."""
    if not result.changed or not session.model.root.is_dir():
        return ()
    try:
        session.model.audit().record(who(), what, result.plan.name, "ok", {"kind": result.plan.kind})
    except (BackupError, OSError) as error:
        told = error.values.get("reason") if isinstance(error, BackupError) else error.strerror
        values: dict[str, str | int] = {"why": told or type(error).__name__}
        return (Problem(code="audit.unwritten", severity=Severity.WARNING, values=values),)
    return ()


def _members(plan: TaskPlan) -> dict[str, Any]:
    return {
        "kind": plan.kind,
        "name": plan.name,
        "command": plan.command,
        "files": plan.files,
        "commands": plan.commands,
    }


def _tell_plan(plan: TaskPlan) -> None:
    """The very texts and commands, so that somebody may do it by hand."""
    for file in plan.files:
        put(f"# {clean(file.path)}\n")
        put("".join(f"{clean(line)}\n" for line in file.text.splitlines()) + "\n")
    put(_("And then:") + "\n")
    for words in plan.commands:
        put(f"  {clean(_line(words))}\n")
    put("\n" + _("Nothing was changed; without --dry-run it is done.") + "\n")


def _tell_installed(result: TaskResult) -> None:
    plan = result.plan
    said = _("Installed in {kind} as {name}.") if result.changed else _("It is installed already in {kind} as {name}.")
    put(said.format(kind=plan.kind, name=plan.name) + "\n")
    put(_("It starts: {command}").format(command=clean(_line(plan.command))) + "\n")


def _tell_status(state: TaskStatus, coming: tuple[Occurrence, ...]) -> None:
    if state.installed:
        put(_("Installed in {kind}: {detail}").format(kind=state.kind, detail=clean(state.detail)) + "\n")
    if state.next is not None:
        put(_("Next start: {when}").format(when=moment(state.next)) + "\n")
    if coming:
        put(_("Due next:") + "\n")
    for one in coming:
        put(f"  {when(one)}  {title(one)}\n")


def _tell_removed(results: list[TaskResult]) -> None:
    for one in results:
        put(_("Removed from {kind}: {name}.").format(kind=one.plan.kind, name=one.plan.name) + "\n")
    if not results:
        put(_("Nothing was installed; there is nothing to remove.") + "\n")


def _line(words: tuple[str, ...]) -> str:
    """A command as one may type it."""
    return subprocess.list2cmdline(words) if WINDOWS else shlex.join(words)


_PLANNED: dict[str, object] = {
    "kind": None,
    "name": None,
    "command": [],
    "files": [],
    "commands": [],
    "changed": False,
    "dry_run": False,
}
ACTIONS: tuple[Verb, ...] = (
    Verb(
        "schedule install",
        N_("Have the system's scheduler run what is due, whether somebody is logged on or not."),
        install,
        (
            switch("--dry-run", N_("only show what would be installed"), alias="--plan"),
            switch("--system", N_("for the machine instead of your own account; needs an administrator")),
            Option("--as", N_("which scheduler"), kind=click.Choice(["cron", "systemd", "windows"])),
        ),
        _PLANNED,
    ),
    Verb(
        "schedule status",
        N_("Show what the system's scheduler knows, and what is due next."),
        status,
        (),
        {"installed": None, "kind": None, "detail": "", "outdated": False, "next": None, "occurrences": []},
    ),
    Verb("schedule remove", N_("Take the schedules out of the system's scheduler."), remove, (), {"removed": []}),
)
"""``schedule install``, ``schedule status``, ``schedule remove``."""
