"""The verb host: lay the module into a tree of Rexus.app, look how it stands, take it out exactly."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..base.clock import SystemClock
from ..base.files import RealFiles
from ..base.hosting import Hosting, State
from ..base.records import Problem, Severity
from ..base.saying import N_
from ..base.texts import _, n_, sentence
from .about import ABOUT
from .answers import Answer, settled
from .parsing import Verb, Word, switch
from .streams import clean, folded, put

if TYPE_CHECKING:
    from ..base.hosting import Change, HostCheck, HostResult
    from .session import Session

_MOST = 12
"""Files that are listed to a person; of more their number is told."""
_ACTIONS = {
    "add": N_("add"),
    "edit": N_("edit"),
    "restore": N_("as it was"),
    "remove": N_("remove"),
}
_STATES = {
    State.ABSENT: N_("Not installed."),
    State.INSTALLED: N_("Installed, version {version}: every file is as it was laid."),
    State.OUTDATED: N_("Installed, version {version}: other files than this program has."),
    State.INCOMPLETE: N_("Not whole, version {version}."),
    State.UNHOOKED: N_("Installed, version {version}, but Rexus.app does not start it."),
    State.CHANGED: N_("Installed, version {version}, and changed since."),
}


def install(session: Session, *, path: str, plan: bool) -> Answer:
    """Lay the module into the tree; with ``plan`` only show what that comes to."""
    tree = _tree(path)
    hosting = _hosting(tree)
    changes = hosting.plan_install() if plan else hosting.install().changes
    problems = _libraries(tree)
    return Answer(
        status=settled(problems),
        problems=problems,
        members=_members(tree, changes, plan=plan),
        tell=lambda: _tell_installed(tree, changes, plan=plan),
    )


def check(session: Session, *, path: str) -> Answer:
    """Tell how the module stands in the tree."""
    tree = _tree(path)
    found = _hosting(tree).check()
    problems = (*_standing(tree, found), *_libraries(tree))
    members = {**_members(tree, ()), "state": found.state.value, "installed": found.version or None}
    return Answer(
        status=settled(problems),
        problems=problems,
        members=members,
        tell=lambda: put(folded(_(_STATES[found.state]).format(version=clean(found.version))) + "\n"),
    )


def remove(session: Session, *, path: str, plan: bool) -> Answer:
    """Take the module out of the tree; with ``plan`` only show what that comes to."""
    tree = _tree(path)
    hosting = _hosting(tree)
    sentence(Problem(code="host.left"))  # read now: a program that is installed there removes its own sentences
    changes = hosting.plan_removal()
    problems = () if plan else _left(tree, hosting.remove())
    return Answer(
        status=settled(problems),
        problems=problems,
        members=_members(tree, changes, plan=plan),
        tell=lambda: _tell_removed(tree, changes, plan=plan),
    )


def _tree(path: str) -> Path:
    return Path(path).expanduser().absolute()


def _hosting(tree: Path) -> Hosting:
    return Hosting(tree, RealFiles(), SystemClock(), __version__)


def _members(tree: Path, changes: tuple[Change, ...], *, plan: bool = False) -> dict[str, Any]:
    return {
        "tree": str(tree),
        "files": [{"path": one.path, "action": one.action} for one in changes],
        "changed": bool(changes) and not plan,
        "plan": plan,
    }


def _standing(tree: Path, found: HostCheck) -> tuple[Problem, ...]:
    """What is to be said of a state; nothing when all is well."""
    values: dict[str, str | int] = {"path": str(tree), "what": ", ".join(found.changed), "version": found.version}
    codes = {
        State.ABSENT: Problem(code="host.not_installed", severity=Severity.WARNING, values=values),
        State.OUTDATED: Problem(code="host.outdated", severity=Severity.WARNING, values=values),
        State.INCOMPLETE: Problem(code="host.incomplete", severity=Severity.WARNING, values=values),
        State.UNHOOKED: Problem(code="host.unhooked", severity=Severity.WARNING, values=values),
        State.CHANGED: Problem(code="host.changed", severity=Severity.WARNING, values=values),
    }
    return (codes[found.state],) if found.state in codes else ()


def _libraries(tree: Path) -> tuple[Problem, ...]:
    """A warning where the host's Python lacks libraries of ours."""
    from ..base.host_python import interpreter, lacking

    python = interpreter(tree)
    names = lacking(python)
    if not names:
        return ()
    values: dict[str, str | int] = {"python": str(python), "what": ", ".join(names), "packages": " ".join(names)}
    return (Problem(code="host.libraries", severity=Severity.WARNING, values=values),)


def _left(tree: Path, result: HostResult) -> tuple[Problem, ...]:
    if not result.left:
        return ()
    values: dict[str, str | int] = {"path": str(tree), "what": ", ".join(result.left)}
    return (Problem(code="host.left", severity=Severity.INFO, values=values),)


def _tell_installed(tree: Path, changes: tuple[Change, ...], *, plan: bool) -> None:
    if not changes:
        put(folded(_("It is installed already in {path}.").format(path=clean(str(tree)))) + "\n")
        return
    if plan:
        _list(changes)
        put("\n" + _("Nothing was changed; without --plan it is done.") + "\n")
        return
    put(folded(_("Installed in {path}.").format(path=clean(str(tree)))) + "\n")
    put(folded(_("The entry Backups stands in its sidebar from the next start on, for administrators.")) + "\n")


def _tell_removed(tree: Path, changes: tuple[Change, ...], *, plan: bool) -> None:
    if not changes:
        put(_("Nothing was installed; there is nothing to remove.") + "\n")
        return
    if plan:
        _list(changes)
        put("\n" + _("Nothing was changed; without --plan it is done.") + "\n")
        return
    told = n_("Removed from {path}: {count} file.", "Removed from {path}: {count} files.", len(changes))
    put(folded(told.format(path=clean(str(tree)), count=len(changes))) + "\n")


def _list(changes: tuple[Change, ...]) -> None:
    """Edits first, for they matter most; then the rest, as far as one reads it."""
    order = sorted(changes, key=lambda one: one.action not in ("edit", "restore"))
    for one in order[:_MOST]:
        put(f"  {_(_ACTIONS[one.action])}  {clean(one.path)}\n")
    more = len(order) - _MOST
    if more > 0:
        put("  " + n_("and {count} more file", "and {count} more files", more).format(count=more) + "\n")


_PATH = Word("path", "PATH", required=True)
_BLANK: dict[str, object] = {"tree": None, "files": [], "changed": False, "plan": False}
_PLAN = switch("--plan", N_("only show what would be done"), alias="--dry-run")
HOST = Verb(
    "host",
    ABOUT["host"],
    blank=_BLANK,
    actions=(
        Verb("host install", N_("Lay the module into the tree of Rexus.app at PATH."), install, (_PATH, _PLAN), _BLANK),
        Verb(
            "host check",
            N_("Tell how the module stands in that tree."),
            check,
            (_PATH,),
            {**_BLANK, "state": None, "installed": None},
        ),
        Verb("host remove", N_("Take it out of that tree exactly."), remove, (_PATH, _PLAN), _BLANK),
    ),
)
VERBS = {HOST.name: HOST}
