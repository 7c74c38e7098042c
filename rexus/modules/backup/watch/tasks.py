"""Have the operating system's own scheduler run what is due: one port, one file for each scheduler."""

from __future__ import annotations

import hashlib
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from ..base.errors import BackupError, BadInput, Refused
from ..base.files import WINDOWS, Files
from ..base.records import Problem, Record, Severity
from ..base.sentences_beside import COMMAND
from ..config.settings import Schedule
from .tasks_program import command_of, foreground, is_ours

if TYPE_CHECKING:
    from ..config.load import Loaded

MINUTE = 7
"""Of every hour, at which what was missed is looked for: late enough to meet nothing that starts on the hour."""
QUARTER_MIN = 15
"""Where a scheduler knows no zones, it starts the program this often: every offset is a multiple of it."""


class TaskFile(Record, frozen=True, kw_only=True):
    """One text that would be installed."""

    path: str
    """Where it goes; for what is no file of its own, what it is given to (``crontab``)."""
    text: str


class TaskPlan(Record, frozen=True, kw_only=True):
    """What installing comes to: the very texts and commands."""

    kind: str
    """``systemd``, ``cron`` or ``windows``."""
    name: str
    """Of the task, unit or block; made from the path of the configuration."""
    command: tuple[str, ...]
    """What is started, whenever."""
    files: tuple[TaskFile, ...] = ()
    commands: tuple[tuple[str, ...], ...] = ()
    """What is then called, word by word."""


class TaskResult(Record, frozen=True, kw_only=True):
    """What installing or removing came to."""

    plan: TaskPlan
    changed: bool
    """False: it was so before."""
    problems: tuple[Problem, ...] = ()


class TaskStatus(Record, frozen=True, kw_only=True):
    """What the operating system's scheduler knows of these backups."""

    installed: bool
    kind: str
    detail: str = ""
    """Where it stands: the unit's file, the block of the crontab, the name of the task."""
    outdated: bool = False
    """Whether it was installed for other schedules, another program or another configuration."""
    next: datetime | None = None
    """When it starts the program next, as far as it tells; what is due then is for us to say."""
    problems: tuple[Problem, ...] = ()


class Tasks(Protocol):
    """The operating system's scheduler."""

    def plan(self) -> TaskPlan:
        """What `install` would write and call; changes nothing."""
        ...

    def install(self) -> TaskResult:
        """Make it so; when it is so already, nothing changes. Raises `Refused`, `Failed`."""
        ...

    def status(self) -> TaskStatus:
        """How it stands; changes nothing, raises nothing for what it finds."""
        ...

    def remove(self) -> TaskResult:
        """Take it away, wholly. Raises `Refused`, `Failed`."""
        ...


class KnownTasks(Tasks, Protocol):
    """One that can say cheaply whether these backups are installed in it."""

    def is_installed(self) -> bool:
        """Whether they are; False also where it can't be asked."""
        ...


class Wanted(Record, frozen=True, kw_only=True):
    """What a scheduler is to do: the values its texts are made of."""

    name: str
    schedules: tuple[Schedule, ...]
    """Those that are enabled."""
    command: tuple[str, ...]
    places: tuple[str, ...] = ()
    """Folders that the program works in: the root's, and those of databases that are files."""
    root: str = ""
    user: str = ""
    """Whom it runs for."""
    system: bool = False
    """Whether it belongs to the machine and not to a person."""
    zone: str | None = ""
    """IANA name of the system's zone, empty where it is not known; None: to be looked up where it matters."""
    elevated: bool = False
    """Whether it needs all of the account's groups: Windows hides those of administrators from what is not elevated."""


def here(loaded: Loaded, files: Files, *, kind: str | None = None, system: bool = False) -> Tasks:
    """The scheduler of this machine, or the one of ``kind``; for the person, or (``system``) for the machine.

    Where nothing is asked for, one in which these backups are installed comes first. Raises `BadInput` for names
    that no scheduler can take.
    """
    if kind is not None:
        return _of(kind, loaded, files, system=system)
    kinds = ("windows",) if WINDOWS else ("systemd", "cron")
    known = [_of(one, loaded, files, system=system) for one in kinds]
    if not system:
        known.append(_of(kinds[0], loaded, files, system=True))
    return next((one for one in known if one.is_installed()), None) or _usable(kinds, loaded, files, system=system)


def name_of(config: Path) -> str:
    """``rexus-backups-1f3a…``: one name for each configuration, whatever else runs on the machine."""
    told = os.path.normcase(os.path.abspath(config))  # noqa: PTH100  links stay links
    return f"rexus-backups-{hashlib.sha256(told.encode('utf-8', 'surrogateescape')).hexdigest()[:12]}"


def wanted_of(loaded: Loaded, *, system: bool) -> Wanted:
    """What a scheduler is to do for a configuration. Raises `BadInput`."""
    words = command_of(loaded.path)
    if any(not word.isprintable() for word in words):
        raise BadInput("schedule.unspeakable", path=ascii(os.fspath(loaded.path)))
    places = [str(loaded.root)]
    if loaded.settings.engine == "sqlite":
        files = [loaded.database_location(name) for name in loaded.database_names]
        # A journal stands beside the file itself, also where only a link to it is named.
        places += [os.path.dirname(one) for file in files for one in (file, os.path.realpath(file))]  # noqa: PTH120
    return Wanted(
        name=name_of(loaded.path),
        schedules=tuple(one for one in loaded.settings.schedules if one.enabled),
        command=words,
        places=tuple(dict.fromkeys(places)),
        root=str(loaded.root),
        user=_user(loaded.path, system=system),
        system=system,
        zone=None,
        elevated=bool(loaded.settings.roles.administrators or loaded.settings.roles.operators),
    )


def as_installed(wanted: Wanted, interpreter: str | None) -> Wanted:
    """``wanted`` with the interpreter that is installed, where that is only another name of the same."""
    if interpreter is None or not is_ours(interpreter):
        return wanted
    return msgspec.structs.replace(wanted, command=(interpreter, *wanted.command[1:]))


def has_foreign_zone(one: Schedule, wanted: Wanted) -> bool:
    """Whether its times are of another zone than the system's, or may be."""
    if one.zone is None:
        return False
    return one.zone != (_system_zone() if wanted.zone is None else wanted.zone)


def refuse_empty(wanted: Wanted) -> None:
    """Refuse to install where nothing would ever be due. Raises `Refused`."""
    if not wanted.schedules:
        raise Refused("schedule.nothing_enabled")


def trouble(code: str, **values: str | int) -> Problem:
    """Something to see to."""
    return Problem(code=code, severity=Severity.WARNING, values=values)


def unasked(error: BackupError) -> Problem:
    """That the scheduler could not be asked, and why: one that is broken in itself says so, the rest is the reason."""
    if error.code == "schedule.block_broken":
        return Problem(code=error.code, severity=Severity.WARNING, values=dict(error.values))
    program, reason = error.values.get("program", ""), error.values.get("reason", "-")
    return trouble("schedule.unreachable", program=program, reason=reason)


class Nowhere:
    """No scheduler that could be used; what the likeliest one would be given can be shown all the same."""

    def __init__(self, likeliest: Tasks, config: Path) -> None:
        self._likeliest = likeliest
        self._instead = {COMMAND: foreground(config)}

    def plan(self) -> TaskPlan:
        """See `Tasks.plan`."""
        return self._likeliest.plan()

    def install(self) -> TaskResult:
        """Refused."""
        raise Refused("schedule.no_scheduler", **self._instead)

    def remove(self) -> TaskResult:
        """Nothing to do."""
        return TaskResult(plan=self.plan(), changed=False)

    def status(self) -> TaskStatus:
        """Nothing is installed."""
        return TaskStatus(installed=False, kind="", problems=(trouble("schedule.no_scheduler", **self._instead),))


def _of(kind: str, loaded: Loaded, files: Files, *, system: bool) -> KnownTasks:
    """One line for each kind of scheduler, and whoever judges the account that its tasks run as."""
    from .tasks_account import Accounted

    # Root's own service manager hardly ever runs; what root installs belongs to the machine.
    wanted = wanted_of(loaded, system=system or (kind == "systemd" and is_root()))
    tasks: KnownTasks
    if kind == "windows":
        from .tasks_windows import WindowsTasks

        tasks = WindowsTasks(wanted, files)
    elif kind == "cron":
        from .tasks_cron import CronTasks

        # A crontab is of whoever runs this, also where it is root's.
        wanted = msgspec.structs.replace(wanted, user=_user(loaded.path, system=False))
        tasks = CronTasks(wanted)
    else:
        from .tasks_systemd import SystemdTasks

        tasks = SystemdTasks(wanted, files)
    return Accounted(tasks, kind, wanted, loaded)


def _usable(kinds: tuple[str, ...], loaded: Loaded, files: Files, *, system: bool) -> Tasks:
    from .programs import is_there
    from .tasks_systemd import is_running

    if "windows" in kinds:
        return _of("windows", loaded, files, system=system)
    if is_running(system=system or is_root()):
        return _of("systemd", loaded, files, system=system)
    if is_there("crontab"):
        return _of("cron", loaded, files, system=system)
    return Nowhere(_of("systemd" if is_there("systemctl") else "cron", loaded, files, system=system), loaded.path)


def is_root() -> bool:
    """Whether this process may do everything (Windows says so only when it is tried)."""
    return sys.platform != "win32" and os.geteuid() == 0


def _user(config: Path, *, system: bool) -> str:
    """Whom it runs for: the person; of the machine's tasks, whoever owns the configuration."""
    if sys.platform == "win32":
        name, domain = os.environ.get("USERNAME", ""), os.environ.get("USERDOMAIN", "")
        return f"{domain}\\{name}" if domain and name else name
    import pwd

    try:
        number = config.stat().st_uid if system else os.getuid()
    except OSError:
        number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:  # an account without a name
        return str(number)


def _system_zone() -> str:
    """The system's zone; empty where ``TZ`` hides it from us."""
    if os.environ.get("TZ"):
        return ""
    import tzlocal

    try:
        return str(tzlocal.get_localzone_name() or "")
    except (LookupError, OSError, ValueError):
        return ""
