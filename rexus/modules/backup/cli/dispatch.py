"""Find the verb, run it, print its answer: the only place that catches everything."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .. import __version__
from ..base.errors import BackupError, BadInput, Cancelled
from ..base.masking import Mask
from ..base.records import Problem, Status
from ..base.texts import _
from . import NAME, streams
from .about import ABOUT
from .answers import EXIT, Answer, print_human, print_json, refused_by, tell_problems, told_by_variables, with_notes
from .debugging import log_to_stderr
from .session import Globals, Session, global_options, speak, split
from .verbs import find

if TYPE_CHECKING:
    from .parsing import Verb


def run(argv: list[str]) -> int:
    """Run the command of ``argv``; returns the exit code."""
    streams.prepare()
    values, switches, rest = split(argv)
    speak(values)
    options = Globals(json="--json" in switches, debug="--debug" in switches)
    blank: dict[str, object] = {}
    session = Session(options)
    try:
        session = Session(global_options(values, switches))
        options = session.options
        log_to_stderr(debug=options.debug)
        answer = _answer(session, rest, blank)
    except BackupError as error:
        answer = refused_by(session.cause_of(error))
    except KeyboardInterrupt:
        answer = refused_by(Cancelled())
    except Exception as error:  # noqa: BLE001  the last place: every ending has an exit code and a problem
        answer = _unexpected(error, session)
    answer = with_notes(answer, tuple(session.notes))
    if session.by_variables:
        answer = told_by_variables(answer)
    if options.json:
        print_json(answer, blank)
    else:
        print_human(answer)
    reason = streams.lost()
    if not reason:
        return answer.exit_code
    tell_problems((Problem(code="cli.output_lost", values={"reason": reason}),))
    return max(answer.exit_code, EXIT[Status.FAILED])


def _answer(session: Session, rest: list[str], blank: dict[str, object]) -> Answer:
    """What the words of ``rest`` come to; ``blank`` receives the JSON members of their verb."""
    if rest == ["--version"]:
        members = {"name": NAME, "version": __version__}
        return Answer(members=members, tell=lambda: streams.put(f"{NAME} {__version__}\n"))
    if not rest and not session.options.help:
        return _without_verb(session, blank)
    if not rest or (rest[0] == "help" and len(rest) == 1):
        from .help import overview

        return _help(overview())
    verb, words = _chosen(rest)
    blank.update(verb.blank)
    if session.options.help:
        from .help import of_verb

        return _help(of_verb(verb))
    return run_verb(verb, words, session)


def run_verb(verb: Verb, words: list[str], session: Session) -> Answer:
    """Parse ``words`` and do the work of ``verb``. Raises `BackupError`."""
    from .parsing import parse

    given = parse(verb, words)
    if verb.run is None:
        raise BadInput(
            "cli.usage_missing", verb=verb.name, what=" | ".join(one.name.split()[-1] for one in verb.actions)
        )
    return verb.run(session, **given)


def _chosen(rest: list[str]) -> tuple[Verb, list[str]]:
    """The verb, or the action of a verb, and the words behind it. Raises `BadInput`."""
    from .parsing import nearest

    name, words = rest[0], rest[1:]
    verb = find(name)
    if verb is None:
        if name.startswith("-"):
            known = ("--config", "--lang", "--json", "--debug", "--trace-sql", "--help", "--version")
            raise BadInput(
                "cli.usage_option", verb="main_backup.py", option=name, nearest=nearest(name, known, otherwise="")
            )
        raise BadInput("cli.usage_verb", verb=name, nearest=_perhaps(name))
    if verb.actions and words and not words[0].startswith("-"):
        known_actions = {one.name.split()[-1]: one for one in verb.actions}
        action = known_actions.get(words[0])
        if action is None:
            raise BadInput("cli.usage_verb", verb=f"{name} {words[0]}", nearest=nearest(words[0], known_actions))
        return action, words[1:]
    return verb, words


def _perhaps(name: str) -> str:
    """What somebody may mean by a word that is no verb; never something that deletes sets, ``-`` for nothing."""
    from .parsing import nearest

    verbs = [verb for one in ABOUT if (verb := find(one)) is not None]
    actions = [action.name for verb in verbs for action in verb.actions if action.name.split()[-1] == name]
    return ", ".join(actions) or nearest(name, [one for one in ABOUT if one != "delete"], otherwise="")


def _without_verb(session: Session, blank: dict[str, object]) -> Answer:
    """The window where there is a screen, the menu for a person at a terminal, the help for anybody else."""
    if not session.options.json and has_screen():
        return _window(session)
    if not session.options.json and streams.is_terminal(sys.stdin, sys.stderr):
        return _chosen_verb("menu", session, blank)
    if not session.options.json:
        from .help import overview

        streams.say(overview())
    raise BadInput("cli.usage_no_verb", allowed=", ".join(ABOUT))


def _window(session: Session) -> Answer:
    """Open the window and stay until it is closed."""
    from importlib import import_module

    app = import_module("..qt.app", __package__)  # by name: the command line runs where no Qt is installed
    code: int = app.start(session.options.config, lang=session.options.lang)
    return Answer(status=Status.OK if code == 0 else Status.FAILED)


def has_screen() -> bool:
    """Whether a window can be shown: Qt is installed, somebody would see it, and ``REXUS_BACKUPS_WINDOW`` is not no."""
    from importlib.util import find_spec

    seen = sys.platform in ("win32", "darwin") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    wanted = os.environ.get("REXUS_BACKUPS_WINDOW", "") != "no"
    return bool(seen) and wanted and find_spec("qtpy") is not None and find_spec("PySide6") is not None


def _chosen_verb(name: str, session: Session, blank: dict[str, object]) -> Answer:
    verb = find(name)
    assert verb is not None
    blank.update(verb.blank)
    return run_verb(verb, [], session)


def _help(text: str) -> Answer:
    members: Mapping[str, object] = {"help": text}
    return Answer(members=members, tell=lambda: streams.put(text + "\n"))


def _unexpected(error: Exception, session: Session) -> Answer:
    """An error of the program itself (or of the machine): named, never a bare traceback."""
    logging.getLogger(__name__).error("unexpected", exc_info=error)
    if not session.options.debug:  # with --debug the line above is on stderr already
        told = Mask(session.secrets)("".join(traceback.format_exception_only(error)).strip())
        streams.say(streams.clean(told))
        streams.say(_("Details: repeat the command with --debug."))
    return Answer(status=Status.FAILED, problems=(Problem(code="unexpected"),))
