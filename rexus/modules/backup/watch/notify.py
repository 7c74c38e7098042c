"""Tell people how jobs ended, by their channels: weighed, written down, sent; and again where that did not work."""

from __future__ import annotations

import contextlib
import logging
import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from ..base import sentences_notices as words
from ..base.errors import Failed, Refused
from ..base.files import publish
from ..base.masking import Mask
from ..base.records import Outcome, Problem, Record, Severity, Status
from ..base.texts import language, use_language
from ..catalog.locking import locked
from ..config.secrets import Secret
from ..config.settings import Channel
from . import channels
from .after import Ending, Watching
from .home import is_absent
from .incidents import Case, Incident, Notice, event_of, key_of, troubles, weigh
from .outbox import Letter, Outbox, undelivered

log = logging.getLogger(__name__)

STATE = "notices.json"
LOCK = "notices.lock"
NO_DIGEST = "notice.no_digest"
_TRIALS = {
    "notice.unsent": "notice.trial_unsent",
    "notice.slow": "notice.trial_slow",
    "notice.no_secret": "notice.trial_no_secret",
    "notice.bad_address": "notice.trial_bad_address",
    "notice.letters": "notice.trial_letters",
}
"""What is wrong with a channel, told of a test, which no job stands behind."""
_AT_ONCE = 20
"""So many of the notices that wait are tried with one run."""
_SPARE_S = 60
_INSTANTS = frozenset({"since", "until", "now", "wall", "period"})
"""Values of problems that are no text of others."""
Kept = tuple[Path | None, Letter]


class _State(Record, frozen=True, kw_only=True):
    """What is known of earlier troubles."""

    incidents: tuple[Incident, ...] = ()


def ended(ending: Ending, watching: Watching) -> tuple[Problem, ...]:
    """Tell whoever wants to know; what can't be sent is a warning, is kept, and is tried again the next time."""
    event = event_of(ending.outcome, ending.origin)
    wanted = _enabled(watching)
    if event is None or not wanted:
        return _posted((), watching)
    outcome = _hidden(ending.outcome, mask_of(watching))
    case = Case(action=ending.action, event=event, outcome=outcome, at=watching.clock.now())
    with _held(watching):
        known = _read(watching)
        repeat = timedelta(hours=watching.loaded.settings.notices.repeat_hours)
        verdict = weigh(case, known.incidents, wanted, repeat)
        # Letters first: who dies between the two has them told twice rather than never.
        kept = _kept([_letter(one, case, watching) for one in verdict.notices], watching)
        if verdict.incidents != known.incidents:
            _write(_State(incidents=verdict.incidents), watching)
    return _posted(kept, watching)


def again(watching: Watching) -> None:
    """Try once more what could not be sent; costs nothing where nothing waits. Never raises."""
    try:
        if undelivered(watching.root):
            _posted((), watching)
    except Exception:
        log.exception("notices that wait")


def test(watching: Watching, who: str) -> Outcome:
    """Send a test notice through every enabled channel. Raises `Refused` when there is none."""
    wanted = _enabled(watching)
    if not wanted:
        raise Refused("notice.no_channels")
    log.info("test notice, ordered by %s", who)
    now = watching.clock.now()
    with speaking(watching):
        letters = [_made(one.name, "test", *words.trial_letter(host(), one.name, now), now) for one in wanted]
    problems = _posted([(None, one) for one in letters], watching)
    told = (msgspec.structs.replace(one, code=_TRIALS.get(one.code, one.code)) for one in problems)
    outcome = _outcome(wanted, tuple(told))
    if outcome.status is not Status.FAILED:
        return outcome
    # No job stands behind a test, to which its notices would be a matter beside the work: they are the work.
    errors = tuple(msgspec.structs.replace(one, severity=Severity.ERROR) for one in outcome.problems)
    return msgspec.structs.replace(outcome, problems=errors)


def digest(watching: Watching) -> Outcome:
    """Send the summary to every channel that wants it; skipped where none does. Not being heard is a warning."""
    wanted = [one for one in _enabled(watching) if "digest" in one.on]
    if not wanted:
        missing = Problem(code=NO_DIGEST, severity=Severity.INFO)
        return Outcome(status=Status.SKIPPED, problems=(missing,))
    now = watching.clock.now()
    with speaking(watching):
        health = watching.health()
        title, text = words.digest_letter(health, host(), str(watching.root))
    with _held(watching):
        kept = _kept([_made(one.name, "digest", title, text, now) for one in wanted], watching)
    outcome = _outcome(wanted, _posted(kept, watching))
    if outcome.proof:
        return outcome
    return Outcome(status=Status.WARNINGS, proof=("digest:made",), problems=outcome.problems)


def _outcome(wanted: Sequence[Channel], problems: tuple[Problem, ...]) -> Outcome:
    """A success is proven by every channel that took it."""
    failed = {one.values.get("channel") for one in problems}
    proof = tuple(f"notice:{one.name}" for one in wanted if one.name not in failed)
    status = Status.FAILED if not proof else Status.WARNINGS if problems else Status.OK
    return Outcome(status=status, proof=proof, problems=problems)


def _enabled(watching: Watching) -> list[Channel]:
    return [one for one in watching.loaded.settings.notices.channels if one.enabled]


def _letter(notice: Notice, case: Case, watching: Watching) -> Letter:
    """What the channel reads."""
    since = {one.key: _repeated(one) for one in notice.present if one.count > 1}
    told = [one for one, _event in troubles(case)] if notice.present else []
    keys = [key_of(case.action, one) for one in told]
    skipped = case.outcome.status in (Status.SKIPPED, Status.BUSY)
    facts = words.LetterFacts(
        action=case.action,
        end="skipped" if skipped else "over" if notice.over and not told else notice.event,
        host=host(),
        root=str(watching.root),
        at=case.at,
        set=case.outcome.set,
        problems=tuple(told),
        again={number: since[key] for number, key in enumerate(keys) if key in since},
        over=tuple((one.problem, _repeated(one)) for one in notice.over),
    )
    with speaking(watching):
        title, text = words.letter(facts)
    return _made(notice.channel, notice.event, title, text, case.at)


def _repeated(incident: Incident) -> words.Repeated:
    return words.Repeated(since=incident.first, count=incident.count)


def _made(channel: str, event: str, title: str, text: str, at: datetime) -> Letter:
    return Letter(channel=channel, event=event, title=" ".join(title.split()), text=text, at=at)


def mask_of(watching: Watching) -> Mask:
    """Hides the secrets that are at hand: those of `.env`, and of the channels in the process's environment."""
    names = (channels.variable_of(one) for one in _enabled(watching))
    session = [Secret(os.environ[one].strip()) for one in names if one is not None and one in os.environ]
    told = [part for one in session for part in channels.parts_of(one, whole=True)]
    return Mask([*watching.loaded.secret_values, *told])


def _hidden(outcome: Outcome, hide: Mask) -> Outcome:
    """An ending without secrets, as far as it is compared with earlier ones: of those only masked words are kept.

    Nothing else of the state is masked: an instant or a word of ours with stars in it could not be read again.
    """

    def masked(problem: Problem) -> Problem:
        told = problem.values.items()
        values = {key: hide(one) if isinstance(one, str) and key not in _INSTANTS else one for key, one in told}
        return msgspec.structs.replace(problem, values=values)

    proof = (one.partition(":") for one in outcome.proof)
    return msgspec.structs.replace(
        outcome,
        problems=tuple(masked(one) for one in outcome.problems),
        proof=tuple(f"{hide(name)}{sign}{rest}" for name, sign, rest in proof),
    )


def _kept(letters: Iterable[Letter], watching: Watching) -> list[Kept]:
    """Write letters down, masked, before anybody tries to send them. Call it under the lock."""
    hide = mask_of(watching)
    box = Outbox(watching.root, watching.files, watching.clock)
    busy = timedelta(seconds=2 * watching.loaded.settings.notices.timeout_s + _SPARE_S)
    kept: list[Kept] = []
    for one in letters:
        letter = msgspec.structs.replace(one, title=hide(one.title), text=hide(one.text), until=one.at + busy)
        kept.append((box.keep(letter), letter))
    return kept


def _posted(kept: Iterable[Kept], watching: Watching) -> tuple[Problem, ...]:
    """Send what was written down, then what waits from before; only what is new and fails is a warning."""
    box = Outbox(watching.root, watching.files, watching.clock)
    by_name = {one.name: one for one in _enabled(watching)}
    problems: list[Problem] = []
    down: set[str] = set()
    for path, letter in kept:
        problem = _sent(box, path, letter, by_name[letter.channel], watching)
        if problem is not None:
            problems.append(problem)
            down.add(letter.channel)
    for path, letter in box.waiting()[:_AT_ONCE] if undelivered(watching.root) else ():
        if letter.channel not in by_name:
            box.drop(path)
        elif letter.channel not in down and _sent(box, path, letter, by_name[letter.channel], watching) is not None:
            down.add(letter.channel)
    return tuple(problems)


def _sent(box: Outbox, path: Path | None, letter: Letter, channel: Channel, watching: Watching) -> Problem | None:
    """Send one letter and forget it, or put it back and say why."""
    secret = _secret(channel, watching)
    hide = Mask([*watching.loaded.secret_values, *channels.parts_of(secret, whole=True)])
    timeout_s = watching.loaded.settings.notices.timeout_s
    hidden = msgspec.structs.replace(letter, title=hide(letter.title), text=hide(letter.text))
    try:
        channels.send(channel, hidden, secret, timeout_s)
    except Failed as error:
        log.warning("%s", error)
        box.put_back(path, letter)
        return msgspec.structs.replace(error.problem, severity=Severity.WARNING)
    log.info("notice sent by %s: %s", channel.name, letter.title)
    box.drop(path)
    return None


def _secret(channel: Channel, watching: Watching) -> Secret | None:
    variable = channels.variable_of(channel)
    if variable is None:
        return None
    loaded = watching.loaded
    return channels.secret_in_time(variable, loaded.environment, loaded.settings.notices.timeout_s)


@contextlib.contextmanager
def _held(watching: Watching) -> Iterator[None]:
    """Keep other processes from the state meanwhile; where that can't be, people are told all the same."""
    with contextlib.ExitStack() as stack:
        if not is_absent(watching.root):
            try:
                watching.files.make_folder(watching.root / "logs")
                stack.enter_context(locked(watching.root / "logs" / LOCK, watching.files))
            except OSError as error:
                log.warning("the state of notices can't be locked: %s", error.strerror or type(error).__name__)
        yield


def _read(watching: Watching) -> _State:
    try:
        return msgspec.json.decode((watching.root / "logs" / STATE).read_bytes(), type=_State)
    except FileNotFoundError:
        return _State()
    except (OSError, msgspec.MsgspecError, ValueError) as error:
        log.warning("what is known of earlier notices can't be read: %s", type(error).__name__)
        return _State()


def _write(state: _State, watching: Watching) -> None:
    if is_absent(watching.root):
        return
    try:
        publish(watching.files, watching.root / "logs" / STATE, msgspec.json.encode(state))
    except OSError as error:
        log.warning("what is known of notices can't be written: %s", error.strerror or type(error).__name__)


@contextlib.contextmanager
def speaking(watching: Watching) -> Iterator[None]:
    """Notices are in the language of the settings, whatever this run speaks."""
    before = language()
    use_language(watching.loaded.settings.language)
    try:
        yield
    finally:
        use_language(before)


def host() -> str:
    """The name of this machine."""
    return platform.node() or "?"
