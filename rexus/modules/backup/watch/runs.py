"""What became of every occurrence: one JSON line each in ``logs/schedule.jsonl``, only ever appended to.

The newest line of an occurrence and attempt counts. A line torn by a crash is passed over. Whoever runs occurrences
holds the lock of ``schedule.lock`` meanwhile; a run that is called started under a free lock is a dead runner's.
Configurations that share the root have lines of their own; those of older versions, which name none, are everybody's.
While the root is absent or full, lines are remembered only; they are written later, if this process still lives.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from ..base import process
from ..base.clock import Clock
from ..base.errors import StoreFailed
from ..base.files import Files, os_path, publish
from ..base.records import Record
from ..base.watching import Run, RunState
from ..catalog.locking import locked
from .endings import interrupted
from .whose import Owner

log = logging.getLogger(__name__)

LOG_NAME = "schedule.jsonl"
LOCK_NAME = "schedule.lock"
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_LARGE = 2 << 20
"""Bytes from which on the file is written anew without what newer lines replace."""
_KEPT = 20_000
"""Runs that are kept then: the last ones written, because a wrong clock tells nothing about age."""
_ELSEWHERE = timedelta(hours=12)
"""A run of another machine is taken for a living one so long: where a share knows no locks, nothing else tells."""
_GRACE = timedelta(minutes=5)
"""Whoever is started because something is due comes a little later, and may be the first to hear of it."""


class _Form(Record, frozen=True, kw_only=True):
    """Since when a schedule is known in a form."""

    known: str
    form: str
    since: datetime
    config: str = ""
    """As in `Run`."""


class _State(Record, frozen=True, kw_only=True):
    """What the file says."""

    runs: dict[tuple[str, str, int], Run]
    """By configuration the newest line of each occurrence and attempt, in the order in which they were last written."""
    forms: dict[tuple[str, str], tuple[_Form, ...]]
    """By configuration and schedule the lines about its present form; several where the clock was wrong at one."""
    lines: int
    torn: bool
    """Whether the last line lacks its end."""


_NOTHING = _State(runs={}, forms={}, lines=0, torn=False)


class Runs:
    """The runs of the root whose ``logs`` is ``folder``."""

    def __init__(  # noqa: PLR0913, PLR0917  what may be another one in tests
        self,
        folder: Path,
        files: Files,
        clock: Clock,
        large: int = _LARGE,
        kept: int = _KEPT,
        is_there: Callable[[], bool] = lambda: True,
        owner: Owner | None = None,
        proof: Callable[[Run], Run | None] = lambda run: None,
    ) -> None:
        self._folder, self._files, self._clock = folder, files, clock
        self._owner, self._proof = owner or Owner(), proof
        self._path = folder / LOG_NAME
        self._large, self._kept = large, kept
        self._is_there, self._unkept = is_there, b""
        self.buried: tuple[Run, ...] = ()
        """What the last `claim` found that a dead runner had begun, as it ended."""
        self._read: tuple[tuple[int, int, int, int], _State] | None = None
        self._whole: tuple[bytes, _State] = (b"", _NOTHING)
        """The file's whole lines when it was read last, and what they say: it grows line by line."""

    @property
    def owner(self) -> str:
        """Whose lines are written and counted (`Run.config`)."""
        return self._owner.name

    def newest(self, *, every: bool = False) -> tuple[Run, ...]:
        """What became of our occurrences and attempts, as far as it is known, oldest first. Raises `StoreFailed`.

        ``every``: of those of other configurations too. What a process of this machine that is dead by now had
        started is interrupted, unless its set proves how it ended.
        """
        now = self._clock.now()
        several = [one for one in self._state().runs.values() if every or self._is_ours(one)]
        if not every:  # an older version may have written about the same attempt
            several = list({(one.key, one.attempt): one for one in several}.values())
        told = (self._over(one, now) if _is_dead(one) else one for one in several)
        return tuple(sorted(told, key=lambda one: (one.due, one.schedule, one.attempt)))

    def record(self, *runs: Run) -> None:
        """Append lines, durably. Raises `StoreFailed`."""
        self._append(runs)

    def remember(self, run: Run) -> None:
        """Keep in mind a line that could not be written; it is written before the next one."""
        self._unkept += _encoded([run])

    def inherit(self, other: Runs) -> None:
        """Take over what ``other`` could not write yet."""
        if other._path == self._path:
            self._unkept, other._unkept = other._unkept + self._unkept, b""

    def known(self, schedule: str, form: str) -> datetime:
        """Since when this schedule is known in this form (see `_from_now` if it was not). Raises `StoreFailed`.

        Of several times the newest that is over counts, so that neither a clock that was ahead nor one that was far
        behind when a schedule was looked at decides for good.
        """
        there = self.since(schedule, form)
        if there is not None and (self.owner, schedule) in self._state().forms:
            return there
        since = self._from_now(schedule) if there is None else there
        self._append_sometime([_Form(known=schedule, form=form, since=since, config=self.owner)])
        return since

    def since(self, schedule: str, form: str) -> datetime | None:
        """The same for whoever only looks; None: no runner has seen this form yet. Raises `StoreFailed`."""
        now = self._clock.now()
        forms = self._state().forms
        there = forms.get((self.owner, schedule)) or forms.get(("", schedule), ())
        return max((one.since for one in there if one.form == form and one.since <= now), default=None)

    def _from_now(self, schedule: str) -> datetime:
        """From when on a form counts that no runner has seen before.

        A new schedule counts from five minutes ago. One that had another form until somebody wrote the settings, while
        no runner looked, counts from then on; never from before the last look that we know of.
        """
        now = self._clock.now()
        state = self._state()
        looks = [one.since for one in state.forms.get((self.owner, schedule), ())]
        if not looks or self._owner.written is None:
            return now - _GRACE
        mine = (one for one in state.runs.values() if one.schedule == schedule and one.config == self.owner)
        looks += [one.at - timedelta(seconds=one.seconds) for one in mine]
        last = max((one for one in looks if one <= now), default=now)
        return min(now - _GRACE, max(last, self._owner.written))

    @contextlib.contextmanager
    def claim(self) -> Iterator[bool]:
        """Be the only runner of this root for a while; False: somebody else is. Raises `StoreFailed`.

        Runs that a dead runner left as started are called interrupted, and a file that has grown large is tidied.
        """
        if not self._is_there():
            yield True
            return
        with contextlib.ExitStack() as stack:
            try:
                self._files.make_folder(self._folder)
                stack.enter_context(locked(self._folder / LOCK_NAME, self._files, patience_s=0.0))
            except TimeoutError:
                yield False
                return
            except OSError as error:
                raise self._unwritten(error) from error
            if self._unkept:
                self._append_sometime(())
            self._bury()
            self._tidy()
            yield True

    def _bury(self) -> None:
        """Say how those of our runs ended that no living runner is at, since we hold the lock."""
        now = self._clock.now()
        begun = (one for one in self._state().runs.values() if one.state is RunState.STARTED and self._is_ours(one))
        self.buried = tuple(self._over(one, now) for one in begun if not _may_live(one, now))
        if self.buried:
            self._append_sometime(self.buried)

    def _over(self, run: Run, now: datetime) -> Run:
        """The last line that a dead runner could not write."""
        return self._proof(run) or interrupted(run, now)

    def _is_ours(self, one: Run) -> bool:
        """Whether a line counts for us; those that name nobody are of an older version, and may be ours."""
        return not self.owner or one.config in ("", self.owner)

    def _append_sometime(self, lines: Sequence[Run | _Form]) -> None:
        """Append lines; where there is no space for them, they are only kept in mind. Raises `StoreFailed`."""
        try:
            self._append(lines)
        except StoreFailed as error:
            if not lacks_space(error):
                raise
            log.warning("%s", error)
            self._unkept += _encoded(lines)

    def _append(self, lines: Sequence[Run | _Form]) -> None:
        try:
            self._write(_encoded(lines))
        except OSError as error:
            raise self._unwritten(error) from error

    def _write(self, data: bytes) -> None:
        data = self._unkept + data
        if not self._is_there():
            self._unkept = data
            return
        torn = self._state().torn
        new = not self._path.exists()
        if new:
            self._files.make_folder(self._folder)
        self._read = None
        writing = self._files.append(self._path)
        try:
            writing.write(b"\n" + data if torn else data)
            writing.sync()
        finally:
            writing.close()
        if new:
            self._files.sync_folder(self._folder)
        self._unkept = b""

    def _tidy(self) -> None:
        """Write a file that has grown large anew, whole; trouble with that is only logged."""
        try:
            if not self._path.exists() or self._path.stat().st_size < self._large:
                return
            state = self._state()
            forms = [one for several in state.forms.values() for one in several]
            kept: list[Run | _Form] = [*forms, *list(state.runs.values())[-self._kept :]]
            if state.lines * 2 > len(kept) * 3:  # so that it is seldom done
                publish(self._files, self._path, _encoded(kept))
        except OSError as error:
            log.warning("%s can't be tidied: %s", self._path, error)
        finally:
            self._read = None

    def _state(self) -> _State:
        """The file's content, read again when it has changed. Raises `StoreFailed`."""
        if not self._is_there():
            return _parsed(self._unkept, _NOTHING)
        try:
            found = Path(os_path(self._path)).stat()
            mark = (found.st_size, found.st_mtime_ns, found.st_ino, len(self._unkept))
            if self._read is None or self._read[0] != mark:
                self._read = (mark, self._parsed_on(Path(os_path(self._path)).read_bytes()))
        except FileNotFoundError:
            return _parsed(self._unkept, _NOTHING)
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise StoreFailed("schedule.unreadable", path=str(self._path), why=why) from error
        return self._read[1]

    def _parsed_on(self, data: bytes) -> _State:
        """What the file's content ``data`` says and what could not be added to it yet; only new lines are parsed."""
        known, state = self._whole if data.startswith(self._whole[0]) else (b"", _NOTHING)
        end = data.rfind(b"\n") + 1
        state = _parsed(data[len(known) : end], state)
        self._whole = (data[:end], state)
        rest = data[end:]
        if rest or self._unkept:
            state = _parsed(rest + b"\n" + self._unkept, state)
        return msgspec.structs.replace(state, torn=bool(rest))

    def _unwritten(self, error: OSError) -> StoreFailed:
        return StoreFailed("schedule.unwritten", path=str(self._path), why=error.strerror or type(error).__name__)


def lacks_space(error: StoreFailed) -> bool:
    """Whether it was for lack of space that a line could not be written."""
    return isinstance(error.__cause__, OSError) and error.__cause__.errno in FULL


def _encoded(lines: Iterable[Run | _Form]) -> bytes:
    return b"".join(msgspec.json.encode(line) + b"\n" for line in lines)


def _is_dead(one: Run) -> bool:
    """Whether ``one`` is called started by a process of this machine that is gone."""
    if one.state is not RunState.STARTED or one.host != process.host():
        return False
    same_start = one.boot == process.boot_id() or one.boot.startswith("boot-")
    return not (same_start and process.is_alive(one.pid, one.start))


def _may_live(one: Run, now: datetime) -> bool:
    """Whether another runner may be at it although the lock was free, as on a share that knows no locks."""
    if one.host in ("", process.host()):
        return bool(one.host) and one.pid != os.getpid() and not _is_dead(one)
    return timedelta(0) <= now - one.at < _ELSEWHERE


def _parsed(data: bytes, before: _State) -> _State:
    """What is known once the lines ``data`` follow those of ``before``."""
    runs, forms = dict(before.runs), dict(before.forms)
    run_of, form_of = msgspec.json.Decoder(Run), msgspec.json.Decoder(_Form)
    raws = data.split(b"\n")
    for raw in raws:
        try:
            if raw.startswith(b'{"known"'):
                form = form_of.decode(raw)
                name = (form.config, form.known)
                earlier = forms.get(name, ())
                forms[name] = (*earlier, form) if earlier and earlier[-1].form == form.form else (form,)
            elif raw:
                run = run_of.decode(raw)
                runs.pop((run.config, run.key, run.attempt), None)
                runs[(run.config, run.key, run.attempt)] = run
        except (msgspec.MsgspecError, ValueError):
            continue
    return _State(runs=runs, forms=forms, lines=before.lines + len(raws) - 1, torn=False)
