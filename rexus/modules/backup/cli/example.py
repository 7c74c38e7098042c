"""Believable example data: three databases, and some weeks of backups made by the program itself with a moved clock."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec

from ..base import process
from ..base.cancel import CancelToken
from ..base.clock import SystemClock
from ..base.errors import BackupError, BadInput, Cancelled, Failed
from ..base.files import Data, Files, RealFiles, Writing, publish
from ..base.records import BackupRequest, Depth, JobEvent, Problem, Record, RestoreRequest, Status, VerifyRequest
from ..base.texts import language, sentence
from ..base.watching import RunState
from ..config.describe import initial_text, schema_for
from ..config.settings import Health, Schedule, Settings
from ..model import BackupModel
from . import demo_data, example_life

MARKER = ".rexus_example"
DAYS = 32
_MIB = 3
_SCHEDULES = (
    Schedule(name="daily_full", action="backup", times=("02:00",)),
    Schedule(name="weekly_verification", action="verify", times=("05:00",), weekdays=(1,)),
    Schedule(name="monthly_cleanup", action="cleanup", times=("00:00",), weekdays=(1,), ordinal=1),
    Schedule(name="weekly_drill", action="drill", times=("04:00",), weekdays=(7,)),
)
_MOST_RUNS = 400
_WRITTEN = {
    ".env": "DB_SERVER=localhost\nDB_PASSWORD=solo-un-ejemplo\n",
    "requirements.txt": "PyQt6\n",
    "rexus/core/database.py": '"""Conexiones."""\n',
    "resources/qss/claro.qss": "QWidget { color: #222222; }\n",
    "docs/checklists/puesta_en_marcha.md": "- [ ] Probar la restauración\n",
}
Told = Callable[[int, int], None]
"""Hears how many days of how many are done."""


class _Mark(Record, frozen=True, kw_only=True):
    """What `MARKER` says: that the folder is ours, and whether all is there."""

    whole: bool
    pid: int = 0
    start: float = 0.0


class Moved:
    """A clock that is set, and goes on from there."""

    def __init__(self) -> None:
        self._at, self._since = SystemClock().now(), time.monotonic()

    def set(self, instant: datetime) -> None:
        """Let it be ``instant`` now."""
        self._at, self._since = instant, time.monotonic()

    def now(self) -> datetime:
        """See `Clock.now`."""
        return self._at + timedelta(seconds=time.monotonic() - self._since)


class _Unsynced:
    """A file that is left to the system to be put on the medium."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing

    def write(self, data: Data) -> int:
        return self._writing.write(data)

    def sync(self) -> None:
        """Not needed: an example that a power loss has spoilt is made anew."""

    def close(self) -> None:
        self._writing.close()


class _QuickFiles(RealFiles):
    """The operating system's files, without waiting for the medium."""

    def create(self, path: Path, *, private: bool = True) -> Writing:
        return _Unsynced(super().create(path, private=private))

    def append(self, path: Path) -> Writing:
        return _Unsynced(super().append(path))

    def sync_folder(self, path: Path) -> None:
        """Nothing to wait for either."""


class _Moment(NamedTuple):
    """Something that somebody does beside the schedules."""

    at: datetime
    act: Callable[[], object]


def example(folder: Path, told: Told = lambda done, total: None) -> Path:
    """The configuration of the example in ``folder``, which is made where it is not there yet.

    One that is there goes on: what has become due since is done once. A folder of somebody else is never touched.
    Raises `BadInput`, `Failed` (``example.failed``).
    """
    config = folder / "backup_config.json"
    mark = _mark(folder)
    if mark is not None and mark.whole and config.is_file():
        _go_on(config)
        return config
    _own(folder, mark)
    try:
        _Story(folder, config).tell(told)
        publish(RealFiles(), folder / MARKER, msgspec.json.encode(_Mark(whole=True)))
    except (OSError, sqlite3.Error) as error:
        raise Failed("example.failed", path=str(folder), reason=str(error)) from error
    return config


def _mark(folder: Path) -> _Mark | None:
    """What the mark says; None: the folder is not ours."""
    try:
        return msgspec.json.decode((folder / MARKER).read_bytes(), type=_Mark)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError):
        return _Mark(whole=False)


def _own(folder: Path, mark: _Mark | None) -> None:
    """An empty folder with our mark; what was begun there is removed, nothing else ever is. Raises `BadInput`."""
    if mark is not None and mark.pid not in (0, os.getpid()) and process.is_alive(mark.pid, mark.start):
        raise BadInput("example.busy", path=str(folder))
    there = os.path.lexists(folder)
    if there and (not folder.is_dir() or (mark is None and any(folder.iterdir()))):
        raise BadInput("example.foreign_folder", path=str(folder))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        mine = _Mark(whole=False, pid=os.getpid(), start=process.start_time() or 0.0)
        publish(RealFiles(), folder / MARKER, msgspec.json.encode(mine))
        for child in folder.iterdir():
            if child.name == MARKER:
                continue
            if child.is_dir() and not child.is_symlink():
                shutil.rmtree(child)
            else:
                child.unlink()
    except OSError as error:
        raise BadInput("example.unwritable", path=str(folder), why=error.strerror or type(error).__name__) from error


def _go_on(config: Path) -> None:
    """Do once what has become due meanwhile; an example that can't go on is shown as it is."""
    with contextlib.suppress(BackupError):
        model = BackupModel.open(config, language=language())
        cancel = CancelToken()
        model.say = lambda _: cancel.cancel()  # nobody waits for the power of an example
        model.run_due("example", _quiet, cancel)


def _quiet(_: JobEvent) -> None:
    """Listen to nothing."""


class _Story:
    """A month of a company, told once."""

    def __init__(self, folder: Path, config: Path) -> None:
        self._folder, self._config = folder, config
        self._clock = Moved()
        self._now = SystemClock().now()
        self._today = self._now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
        self._files: Files = _QuickFiles()
        self._live: dict[str, Path] = {}

    def tell(self, told: Told) -> None:
        """Build everything and live through it. Raises `Failed`, `OSError`, `sqlite3.Error`."""
        told(0, DAYS)
        self._build()
        moments = self._moments()
        first = self._at(-DAYS, "12:00")
        self._clock.set(first)
        model = self._model()
        model.settle_in()
        model.backup(BackupRequest(requested_by="marta"), _quiet, CancelToken())
        worked = first
        for instant, act in self._course(model, first, moments):
            example_life.work(self._live, worked, instant)
            worked = instant
            self._clock.set(instant)
            act()
            told((instant - first).days, DAYS)
        example_life.work(self._live, worked, self._now)

    def _build(self) -> None:
        app = self._folder / "app"
        self._live = demo_data.build(app / "data", _MIB)
        for name, text in _WRITTEN.items():
            (app / name).parent.mkdir(parents=True, exist_ok=True)
            (app / name).write_text(text, "utf-8")
        settings = Settings(
            root="backups",
            app_root="app",
            databases={name: path.relative_to(self._folder).as_posix() for name, path in self._live.items()},
            language="en" if language() == "en" else "es",
            schedules=_SCHEDULES,
            health=Health(free_bytes=0, accepted=("same_disk", "no_scheduler", "open_folder")),
        )
        publish(self._files, self._config, initial_text(settings, schema_for(self._config)).encode("utf-8"))

    def _model(self) -> BackupModel:
        return BackupModel.open(self._config, language=language(), files=self._files, clock=self._clock)

    def _course(
        self, model: BackupModel, first: datetime, moments: list[_Moment]
    ) -> Iterator[tuple[datetime, Callable[[], object]]]:
        """Everything that happens, in its order: what is due, and what people do."""
        switched_off = (self._at(-22, "00:00"), self._at(-22, "08:41"))
        due = [one.utc + timedelta(seconds=3) for one in model.next_runs(first, _MOST_RUNS) if one.utc < self._now]
        runs = {switched_off[1] if switched_off[0] <= one < switched_off[1] else one for one in due}
        every = [(one, self._run_due) for one in runs] + [(one.at, one.act) for one in moments]
        return iter(sorted((one for one in every if first < one[0] < self._now), key=lambda one: one[0]))

    def _run_due(self) -> None:
        """What the system's scheduler starts. Raises `Failed` where it would wait."""
        waits: list[Problem] = []
        cancel = CancelToken()
        model = self._model()

        def stop(problem: Problem) -> None:
            waits.append(problem)
            cancel.cancel()

        model.say = stop
        runs = model.run_due("example", _quiet, cancel)
        if waits and any(one.state is RunState.CANCELLED for one in runs):
            raise Failed("example.failed", path=str(self._folder), reason=sentence(waits[0]).message)

    def _moments(self) -> list[_Moment]:
        """What people do in these weeks."""
        return [
            _Moment(self._at(-30, "18:32"), self._close_month),
            _Moment(self._at(-15, "10:12"), self._back_up_without_auditoria),
            _Moment(self._at(-9, "11:05"), self._back_up_and_stop),
            _Moment(self._at(-6, "16:20"), self._lose_and_restore),
            _Moment(self._at(-4, "12:10"), self._find_damage),
            _Moment(self._at(-1, "13:40"), lambda: self._back_up("diego")),
        ]

    def _at(self, day: int, wall: str) -> datetime:
        """The instant of a local wall time so many days from today."""
        date = (self._today + timedelta(days=day)).date()
        return datetime.fromisoformat(f"{date}T{wall}").astimezone()

    def _back_up(self, who: str, report: Callable[[JobEvent], None] = _quiet, cancel: CancelToken | None = None) -> str:
        request = BackupRequest(requested_by=who)
        return str(self._model().backup(request, report, cancel or CancelToken()).outcome.set)

    def _close_month(self) -> None:
        """A set that is kept for good, checked as deep as can be."""
        name = self._back_up("marta")
        self._model().pin((name,), example_life.month_closing(), None, "marta")
        request = VerifyRequest(sets=(name,), depth=Depth.ENGINE, requested_by="marta")
        self._model().verify(request, _quiet, CancelToken())

    def _back_up_without_auditoria(self) -> None:
        """The disk of a database is not connected: the others are backed up."""
        place = self._live["auditoria"]
        away = place.with_name("auditoria.away")
        place.rename(away)
        try:
            self._back_up("marta")
        finally:
            away.rename(place)

    def _back_up_and_stop(self) -> None:
        cancel = CancelToken()
        with contextlib.suppress(Cancelled):
            self._back_up("diego", lambda _: cancel.cancel(), cancel)

    def _lose_and_restore(self) -> None:
        """Somebody deletes too much, and the newest backup is brought back."""
        example_life.lose(self._live["inventario"])
        newest = self._model().listing().sets[0].set
        request = RestoreRequest(
            set=newest, databases=("inventario",), overwrite=True, confirmed=("inventario",), requested_by="ana"
        )
        outcome = self._model().restore(request, _quiet, CancelToken()).outcome
        if outcome.status not in (Status.OK, Status.WARNINGS):
            raise Failed("example.failed", path=str(self._folder), reason=sentence(outcome.problems[0]).message)

    def _find_damage(self) -> None:
        """A bit has turned in an archive two weeks old, and a check finds it."""
        model = self._model()
        before = self._at(-17, "00:00").timestamp()
        several = [one for one in model.listing().sets if datetime.fromisoformat(one.timestamp).timestamp() < before]
        name = several[0].set
        file = model.show(name).databases["users"].file
        if file is not None:
            example_life.flip(model.root / file)
        request = VerifyRequest(sets=(name,), depth=Depth.CONTENT, requested_by="ana")
        self._model().verify(request, _quiet, CancelToken())
