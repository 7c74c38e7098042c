"""The menu for a terminal: the six options of the original program, each one a verb."""

from __future__ import annotations

import contextlib
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ..base.errors import BackupError
from ..base.files import WINDOWS
from ..base.records import Manifest, Problem, RestoreRequest, SetStatus, Status
from ..base.texts import N_, _
from .answers import EXIT, Answer, print_human, refused_by
from .parsing import Verb
from .session import PROGRAM, who
from .streams import clean, put
from .verbs import ABOUT
from .wording import age, seconds_since, tick_word

if TYPE_CHECKING:
    from ..config.settings import Schedule
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
_WEEKDAYS = (N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"))
_ACTIONS = {"backup": N_("backup"), "verify": N_("verification"), "cleanup": N_("clean-up")}
_NEWEST = 20
"""Sets offered for a restore."""


class _Over(Exception):
    """Nobody answers any more."""


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
        put(f"  {number}. {_(text)}\n")


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
    except BackupError as error:
        return refused_by(error)


def _back_up(session: Session) -> Answer:
    from .verbs_prove import backup

    return backup(session, names=(), kind="full", no_files=False)


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
        to = _line(_("Path of the copy (empty: back to the menu):"))
        if not to:
            return Answer()
        return restored(session, RestoreRequest(set=manifest.timestamp, databases=(name,), to=to, requested_by=who()))
    request = RestoreRequest(
        set=manifest.timestamp, databases=(name,), overwrite=True, confirmed=(name,), requested_by=who()
    )
    tell_plan(drafted := session.model.plan_restore(request))
    if drafted.refusals:
        return Answer(status=Status.REFUSED, problems=drafted.refusals)
    print_human(Answer(problems=(*drafted.warnings, *drafted.lost)))
    if _line(_("Write “{name}” to replace it (anything else: back to the menu):").format(name=name)) != name:
        put(_("Nothing was touched.") + "\n")
        return Answer()
    return restored(session, request)


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
    """Show the times that are set, and the command for the system's scheduler; there is none of our own yet."""
    settings = session.model.loaded.settings
    put(_("Times in the configuration:") + "\n")
    for one in settings.schedules:
        put(f"  {clean(one.name)}: {_(_ACTIONS[one.action])}, {clean(_times(one))}\n")
    put("\n" + _("This version does not install them by itself. Give this command to the system's scheduler:") + "\n\n")
    words = [sys.executable, str(PROGRAM / "main_backup.py"), "--config", str(session.options.config), "backup"]
    if WINDOWS:
        inner = subprocess.list2cmdline(words)
        told = subprocess.list2cmdline(
            ["schtasks", "/Create", "/TN", "Rexus Backups", "/SC", "DAILY", "/ST", "02:00", "/TR", inner]
        )
    else:
        told = f"0 2 * * * {shlex.join(words)}"
    put(f"  {clean(told)}\n")
    return Answer()


def _times(one: Schedule) -> str:
    days = ", ".join(_(_WEEKDAYS[day - 1]) for day in one.weekdays) or _("every day")
    if one.ordinal is not None:
        days = _("{day}, number {ordinal} of the month").format(day=days, ordinal=one.ordinal)
    return f"{days}, {', '.join(one.times)}"


def _pick(question: str, choices: Sequence[str]) -> int:
    """The number of the chosen line."""
    put(question + "\n")
    for number, text in enumerate(choices, 1):
        put(f"  {number}. {clean(text)}\n")
    return int(_ask(_("Number:"), [str(number + 1) for number in range(len(choices))])) - 1


def _ask(question: str, allowed: list[str]) -> str:
    """One of ``allowed``; anything else is asked again."""
    while True:
        given = _line(question)
        if given in allowed:
            return given
        put(_("Choose from {first} to {last}.").format(first=allowed[0], last=allowed[-1]) + "\n")


def _line(question: str) -> str:
    """What the person writes. Raises `_Over` at the end of the input."""
    put(question + " ")
    given = sys.stdin.readline()
    if not given:
        put("\n")
        raise _Over
    return given.strip()


MENU = Verb("menu", ABOUT["menu"], menu, (), {"done": 0})
