"""The menu for a terminal: the six options of the original program, each one a verb."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..base.errors import BackupError
from ..base.records import Manifest, Problem, RestoreRequest, SetStatus, Status
from ..base.saying import N_
from ..base.texts import _, schedule_title
from .about import ABOUT
from .answers import EXIT, Answer, print_human, refused_by
from .parsing import Verb
from .schedule_words import in_words, title, when
from .session import who
from .streams import clean, folded, put
from .wording import age, seconds_since, tick_word

if TYPE_CHECKING:
    from .session import Session

_OPTIONS = (
    N_("Full backup now"),
    N_("List the backups"),
    N_("Verify the newest backup"),
    N_("Restore"),
    N_("Automatic schedule"),
    N_("Exit"),
)
_EXIT = str(len(_OPTIONS))
_BACK = "0"
_NEWEST = 20
"""Sets offered for a restore."""
_COMING = 3
"""Due times shown."""


class _Over(Exception):
    """Nobody answers any more."""


class _Back(Exception):
    """The person wants the menu again."""


def menu(session: Session) -> Answer:
    """Ask and do, until the person leaves or the input ends; the worst ending counts."""
    endings: list[Answer] = []
    aside = contextlib.redirect_stdout(sys.stderr) if session.options.json else contextlib.nullcontext()
    with aside, contextlib.suppress(_Over):
        while True:
            _offer()
            choice = _ask(_("Option:"), [str(number + 1) for number in range(len(_OPTIONS))])
            if choice == _EXIT:
                break
            answer = _attempt(session, choice)
            print_human(answer)
            endings.append(answer)
            session.again()
    status = max((one.status for one in endings), key=lambda one: EXIT[one], default=Status.OK)
    problems: tuple[Problem, ...] = ()
    if session.options.json:  # a person has read them already
        problems = tuple(problem for one in endings for problem in one.problems)
    return Answer(status=status, problems=problems, members={"done": len(endings)})


def _offer() -> None:
    put("\n" + _("REXUS BACKUPS") + "\n")
    for number, text in enumerate(_OPTIONS, 1):
        put(folded(f"  {number}. {_(text)}", 5) + "\n")


def _attempt(session: Session, choice: str) -> Answer:
    """One option; whatever goes wrong is told, and the menu goes on."""
    actions: dict[str, Callable[[Session], Answer]] = {
        "1": _back_up,
        "2": _list,
        "3": _verify,
        "4": _restore,
        "5": _schedule,
    }
    try:
        return actions[choice](session)
    except _Back:
        return Answer()
    except BackupError as error:
        return refused_by(session.cause_of(error))


def _back_up(session: Session) -> Answer:
    from .verbs_prove import backup

    return backup(session, names=(), kind="full", no_files=False, new_root=False, new_base=False)


def _list(session: Session) -> Answer:
    from .verbs_look import list_sets

    return list_sets(session, all=False)


def _verify(session: Session) -> Answer:
    from .verbs_prove import verify

    return verify(session, sets=(), all=False, oldest=None, depth="engine")


def _restore(session: Session) -> Answer:
    """Which set, which database, where to; then the plan, then the confirmation by name."""
    from .verbs_restore import restored, tell_plan

    manifest = _chosen_set(session)
    if manifest is None:
        put(_("There is no finished backup to restore.") + "\n")
        return Answer()
    names = [name for name, one in manifest.databases.items() if one.status is SetStatus.COMPLETED]
    name = names[_pick(_("Which database?"), names)]
    places = (_("beside the present one, as a copy"), _("in place of the present one (a safety copy is made first)"))
    if _pick(_("Where to?"), places) == 0:
        given = _line(_("Path of the copy, or its name beside the database (0 or empty: back to the menu):"))
        if given in ("", _BACK):
            raise _Back
        to = str(_beside(session, name, given))
        put(folded(_("It goes to {path}").format(path=clean(to))) + "\n")
        return restored(session, RestoreRequest(set=manifest.timestamp, databases=(name,), to=to, requested_by=who()))
    request = RestoreRequest(
        set=manifest.timestamp, databases=(name,), overwrite=True, confirmed=(name,), requested_by=who()
    )
    tell_plan(session, drafted := session.model.plan_restore(request))
    if drafted.refusals:
        return Answer(status=Status.REFUSED, problems=drafted.refusals)
    print_human(Answer(problems=(*drafted.warnings, *drafted.lost)))
    if _line(_("Write “{name}” to replace it (0 or anything else: back to the menu):").format(name=name)) != name:
        put(_("Nothing was touched.") + "\n")
        raise _Back
    return restored(session, request)


def _beside(session: Session, name: str, given: str) -> Path:
    """A bare name or relative path starts where the database lies, not in the folder one happens to be in."""
    loaded = session.model.loaded
    known = name in loaded.database_names and loaded.settings.engine == "sqlite"
    home = Path(loaded.database_location(name)).parent if known else loaded.path.parent
    try:
        return home / Path(given).expanduser()
    except RuntimeError:  # ``~name`` where there is no such user
        return home / given


def _chosen_set(session: Session) -> Manifest | None:
    """A set that holds a finished database, chosen from the newest."""
    usable = [
        one
        for one in session.model.listing().sets
        if not one.deleting and any(each.status is SetStatus.COMPLETED for each in one.databases.values())
    ][:_NEWEST]
    if not usable:
        return None
    shown = [f"{one.set}  {age(seconds_since(one.timestamp))}  {tick_word(one.tick)}" for one in usable]
    return session.model.show(usable[_pick(_("Which backup?"), shown)].set)


def _schedule(session: Session) -> Answer:
    """Show what is due and who runs it; have the system run it, or run it now."""
    from .verbs_schedule import run_due
    from .verbs_tasks import install, remove

    put(_("Times in the configuration:") + "\n")
    for one in session.model.loaded.settings.schedules:
        put(folded(f"  {clean(schedule_title(one.name))}: {clean(in_words(one))}", 4) + "\n")
    _tell_next(session)
    installed = session.model.tasks().status().installed
    told = _("The system runs them by itself.") if installed else _("Nobody runs them: the system does not know them.")
    put("\n" + folded(told) + "\n\n")
    choices = {
        _("Run what is due now"): lambda: run_due(session, "menu"),
        _("Have the system run them"): lambda: install(session, dry_run=False, system=False, **{"as": None}),
    }
    if installed:
        choices[_("Take them out of the system's scheduler")] = lambda: remove(session)
    return list(choices.values())[_pick(_("What now?"), list(choices))]()


def _tell_next(session: Session) -> None:
    coming = session.model.next_runs(None, _COMING)
    if coming:
        put("\n" + _("Due next:") + "\n")
    for one in coming:
        put(folded(f"  {when(one)}  {title(one)}", 4) + "\n")


def _pick(question: str, choices: Sequence[str]) -> int:
    """The number of the chosen line. Raises `_Back`."""
    put(folded(question) + "\n")
    for number, text in enumerate(choices, 1):
        put(folded(f"  {number}. {clean(text)}", 5) + "\n")
    put(f"  {_BACK}. " + _("Back to the menu") + "\n")
    chosen = _ask(_("Number:"), [str(number) for number in range(len(choices) + 1)])
    if chosen == _BACK:
        raise _Back
    return int(chosen) - 1


def _ask(question: str, allowed: list[str]) -> str:
    """One of ``allowed``; anything else is asked again."""
    while True:
        given = _line(question)
        if given in allowed:
            return given
        put(_("Choose from {first} to {last}.").format(first=allowed[0], last=allowed[-1]) + "\n")


def _line(question: str) -> str:
    """What the person writes. Raises `_Over` at the end of the input."""
    put(folded(question) + " ")
    given = sys.stdin.readline()
    if not given:
        put("\n")
        raise _Over
    return given.strip()


MENU = Verb("menu", ABOUT["menu"], menu, (), {"done": 0})
VERBS = {MENU.name: MENU}
