"""The scheduler of most Linux systems: a systemd timer and the service that it starts."""

from __future__ import annotations

import contextlib
import os
import re
from datetime import UTC, datetime
from pathlib import Path

from ..base.errors import BackupError, Failed, Refused
from ..base.files import Files, publish
from ..base.records import Problem, Severity
from ..config.settings import Schedule
from .programs import Ran, is_there, run
from .tasks import (
    MINUTE,
    TaskFile,
    TaskPlan,
    TaskResult,
    TaskStatus,
    Wanted,
    as_installed,
    is_root,
    refuse_empty,
    trouble,
    unasked,
)

KIND = "systemd"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_ENABLED = frozenset({"enabled", "enabled-runtime"})
_LONGEST = "24h"
_PASSING = ("/tmp", "/var/tmp")  # noqa: S108  looked for, not written to

_TIMER = """\
# Written by «schedule install», removed by «schedule remove».
[Unit]
Description=Rexus Backups: start what is due ({name})

[Timer]
{times}
{start}=2min
Persistent=true
AccuracySec=15s

[Install]
WantedBy=timers.target
"""
_SERVICE = """\
# Written by «schedule install», removed by «schedule remove».
[Unit]
Description=Rexus Backups: run what is due ({name})
{order}
[Service]
Type=oneshot
{user}ExecStart={command}
SuccessExitStatus=1 4 130
TimeoutStartSec={longest}
TimeoutStopSec=10min
Nice=10
IOSchedulingClass=best-effort
IOSchedulingPriority=7
UMask=0077
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@resources{privileged}
SystemCallErrorNumber=EPERM
{hardening}"""
_ORDER = "After=local-fs.target remote-fs.target network-online.target\nWants=network-online.target\n"
_MACHINE = """\
ProtectSystem=strict
{writable}PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RemoveIPC=yes
KeyringMode=private
CapabilityBoundingSet={rights}
{private}"""
"""Not here: ``ProtectProc`` and ``ProcSubset``, for a lease asks /proc whether its holder lives and when the machine
was started; ``MemoryDenyWriteExecute``, for calls through libffi may need such memory."""
_ROOT_RIGHTS = "CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER"
"""What root needs to read databases of others, and to give a copy the rights of what it was made from."""


def calendar(one: Schedule) -> tuple[str, ...]:
    """Its times as ``OnCalendar`` has them (systemd.time(7)): ``Mon *-*-01..07 02:00:00 Europe/Madrid``."""
    zone = f" {one.zone}" if one.zone is not None else ""
    week = ",".join(_DAYS[day - 1] for day in sorted(set(one.weekdays)))
    if one.ordinal is not None:
        days = ["*-*~07/1" if one.ordinal == 5 else f"*-*-{one.ordinal * 7 - 6:02}..{one.ordinal * 7:02}"]
    elif one.days:
        days = ["*-*-" + ",".join(f"{day:02}" for day in sorted(set(one.days)))]
        if max(one.days) > 28:  # a day that a month does not have is its last
            days.append("*-*~01")
    else:
        days = ["*-*-*"]
    return tuple(f"{week} {day} {time}:00{zone}".strip() for time in one.times for day in days)


def timer_text(wanted: Wanted) -> str:
    """The timer: every time of every schedule, every hour, the start of the machine, and what it slept through."""
    times = [each for one in wanted.schedules for each in calendar(one)]
    lines = [f"OnCalendar={each}" for each in dict.fromkeys([*times, f"*-*-* *:{MINUTE:02}:00"])]
    # A person's service manager starts with the machine where the account lingers.
    start = "OnBootSec" if wanted.system else "OnStartupSec"
    return _TIMER.format(name=wanted.name, times="\n".join(lines), start=start)


def service_text(wanted: Wanted) -> str:
    """The service: as little as it needs. What needs a name space is for the machine's service managers only."""
    return _SERVICE.format(
        name=wanted.name,
        order=_ORDER if wanted.system else "",
        user=f"User={wanted.user}\n" if wanted.system and wanted.user != "root" else "",
        command=" ".join([_quoted(wanted.command[0], dollars=False), *map(_quoted, wanted.command[1:])]),
        longest=_LONGEST,
        privileged="" if wanted.system and wanted.user == "root" else " @privileged",
        hardening=_hardening(wanted) if wanted.system else "",
    )


def _hardening(wanted: Wanted) -> str:
    """What may be written: the root, which may still have to be made, and where databases keep their journals."""
    places = {wanted.root, *wanted.places}
    if len(Path(wanted.root).parts) > 2:
        places.add(str(Path(wanted.root).parent))
    lines = [f"ReadWritePaths={_quoted('-' + place, dollars=False)}\n" for place in sorted(places)]
    passing = any(Path(place).is_relative_to(one) for place in places for one in _PASSING)
    return _MACHINE.format(
        writable="".join(lines),
        rights=_ROOT_RIGHTS if wanted.user == "root" else "",
        private="" if passing else "PrivateTmp=yes\n",
    )


def _quoted(word: str, *, dollars: bool = True) -> str:
    """One word as systemd reads it (systemd.syntax(7)): ``%`` means something there.

    So does ``$`` in the words of a command, but not in its first one, the program (systemd.service(5)).
    """
    told = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{told.replace("$", "$$") if dollars else told}"'


def _interpreter_in(service: bytes | None) -> str | None:
    """The program that a service starts, as `service_text` writes it."""
    found = re.search(r'^ExecStart="((?:[^"\\]|\\.)*)"', (service or b"").decode("utf-8", "replace"), re.MULTILINE)
    return None if found is None else re.sub(r"\\(.)", r"\1", found[1]).replace("%%", "%")


def is_running(*, system: bool) -> bool:
    """Whether systemd can be asked here: for the machine, or for the person."""
    if not is_there("systemctl"):
        return False
    try:
        return run(_systemctl(system, "show", "--property=Version")).code == 0
    except BackupError:
        return False


class SystemdTasks:
    """A timer of the person's, or of the machine's."""

    def __init__(self, wanted: Wanted, files: Files) -> None:
        self._wanted = wanted
        self._files = files
        self._folder = _units(system=wanted.system)
        self._timer = self._folder / f"{wanted.name}.timer"
        self._service = self._folder / f"{wanted.name}.service"

    def plan(self) -> TaskPlan:
        """See `Tasks.plan`."""
        linger = () if self._wanted.system else (("loginctl", "--no-ask-password", "enable-linger", self._wanted.user),)
        return TaskPlan(
            kind=KIND,
            name=self._wanted.name,
            command=self._wanted.command,
            files=tuple(TaskFile(path=str(path), text=text) for path, text in self._texts().items()),
            commands=(
                self._ctl("daemon-reload"),
                self._ctl("enable", self._timer.name),
                self._ctl("restart", self._timer.name),
                *linger,
            ),
        )

    def install(self) -> TaskResult:
        """See `Tasks.install`; what can't be finished is undone."""
        refuse_empty(self._wanted)
        self._permit()
        before = {path: _content(path) for path in self._texts()}
        changed = self._is_old() or not self._is_on(self._state())
        if changed:
            try:
                self._put(self._texts())
                self._start()
            except (BackupError, OSError) as error:
                self._undo(before)
                raise _told(error, self._folder) from error
        lingers = self._wanted.system or self._linger()
        problems = () if lingers else (trouble("schedule.no_linger", user=self._wanted.user),)
        return TaskResult(plan=self.plan(), changed=changed, problems=problems)

    def status(self) -> TaskStatus:
        """See `Tasks.status`."""
        if not self.is_installed():
            return TaskStatus(installed=False, kind=KIND)
        problems: list[Problem] = []
        state: dict[str, str] = {}
        try:
            state = self._state()
        except BackupError as error:
            problems.append(unasked(error))
        else:
            if not self._is_on(state):
                problems.append(trouble("schedule.switched_off", name=self._timer.name))
            if not self._wanted.system and not self._lingers():
                problems.append(trouble("schedule.no_linger", user=self._wanted.user))
        return TaskStatus(
            installed=True,
            kind=KIND,
            detail=str(self._timer),
            outdated=self._is_old(),
            next=_instant(state.get("NextElapseUSecRealtime", "")),
            problems=tuple(problems),
        )

    def remove(self) -> TaskResult:
        """See `Tasks.remove`; that an account lingers is left as it is, for others may need it."""
        if not self.is_installed():
            return TaskResult(plan=self.plan(), changed=False)
        self._permit()
        self._ctl_run("disable", "--now", self._timer.name).expect()
        self._try("clean", "--what=state", self._timer.name)  # when it last ran; nothing is lost where it can't
        try:
            for path in self._texts():
                self._files.unlink(path)
            self._files.sync_folder(self._folder)
            self._leave_folders()
        except OSError as error:
            raise _told(error, self._folder) from error
        self._ctl_run("daemon-reload").expect()
        self._try("reset-failed", self._timer.name, self._service.name)
        left = Problem(code="schedule.linger_left", severity=Severity.INFO, values={"user": self._wanted.user})
        lingers = not self._wanted.system and self._lingers()
        return TaskResult(plan=self.plan(), changed=True, problems=(left,) if lingers else ())

    def is_installed(self) -> bool:
        """See `KnownTasks.is_installed`."""
        return any(os.path.lexists(path) for path in (self._timer, self._service))

    def _texts(self) -> dict[Path, str]:
        return {self._service: service_text(self._wanted), self._timer: timer_text(self._wanted)}

    def _is_old(self) -> bool:
        """Whether the units are others than those wanted now; another name of the same interpreter is none."""
        known = as_installed(self._wanted, _interpreter_in(_content(self._service)))
        return _content(self._service) != _encoded(service_text(known)) or _content(self._timer) != _encoded(
            timer_text(known)
        )

    def _put(self, texts: dict[Path, str]) -> None:
        """Write the units, readable for everybody, as units are. Raises `OSError`."""
        self._files.make_folder(self._folder, private=False)
        for path, text in texts.items():
            publish(self._files, path, _encoded(text), private=False)
            self._files.stamp(path, mode=0o644, mtime_ns=None)

    def _start(self) -> None:
        self._ctl_run("daemon-reload").expect()
        self._ctl_run("enable", self._timer.name).expect()
        self._ctl_run("restart", self._timer.name).expect()

    def _undo(self, before: dict[Path, bytes | None]) -> None:
        """Put back what was there; the first error is the one that is told."""
        new = all(data is None for data in before.values())
        if new:
            self._try("disable", "--now", self._timer.name)
        with contextlib.suppress(OSError):
            for path, data in before.items():
                if data is None:
                    self._files.unlink(path)
                else:
                    self._put({path: data.decode("utf-8", "surrogateescape")})
            if new:
                self._leave_folders()
        self._try("daemon-reload")

    def _leave_folders(self) -> None:
        """Remove a person's folders of units where nothing is left in them."""
        for folder in () if self._wanted.system else (self._folder, self._folder.parent):
            if folder.is_dir() and not any(folder.iterdir()):
                self._files.remove_folder(folder)

    def _state(self) -> dict[str, str]:
        """What systemd says of the timer. Raises `Refused`, `Failed`."""
        names = "ActiveState,UnitFileState,NextElapseUSecRealtime"
        told = self._ctl_run("show", f"--property={names}", self._timer.name).expect().out.decode("utf-8", "replace")
        return {key: value for key, _, value in (line.partition("=") for line in told.splitlines())}

    @staticmethod
    def _is_on(state: dict[str, str]) -> bool:
        return state.get("ActiveState") == "active" and state.get("UnitFileState") in _ENABLED

    def _linger(self) -> bool:
        """Have the person's service manager start with the machine; False where that is not allowed."""
        if self._lingers():
            return True
        try:
            return run(("loginctl", "--no-ask-password", "enable-linger", self._wanted.user)).code == 0
        except BackupError:
            return False

    def _lingers(self) -> bool:
        try:
            ran = run(("loginctl", "show-user", "--property=Linger", "--value", self._wanted.user))
        except BackupError:
            return False
        return ran.out.strip() == b"yes"

    def _permit(self) -> None:
        if self._wanted.system and not is_root():
            raise Refused("schedule.needs_root")

    def _try(self, *words: str) -> None:
        """Ask for what is tidier, but not needed."""
        with contextlib.suppress(BackupError):
            self._ctl_run(*words)

    def _ctl(self, *words: str) -> tuple[str, ...]:
        return _systemctl(self._wanted.system, *words)

    def _ctl_run(self, *words: str) -> Ran:
        return run(self._ctl(*words))


def _systemctl(system: bool, *words: str) -> tuple[str, ...]:
    return ("systemctl", *(() if system else ("--user",)), *words)


def _units(*, system: bool) -> Path:
    """Where units of this kind are written; ``SYSTEMD_UNIT_PATH`` is systemd's own way to have them elsewhere."""
    elsewhere = os.environ.get("SYSTEMD_UNIT_PATH", "").split(":")[0]
    if elsewhere:
        return Path(elsewhere)
    if system:
        return Path("/etc/systemd/system")
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path("~/.config").expanduser()) / "systemd/user"


def _content(path: Path) -> bytes | None:
    """What the unit holds; None when there is none, or none that can be read."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def _encoded(text: str) -> bytes:
    """A path may hold what is no text."""
    return text.encode("utf-8", "surrogateescape")


def _told(error: BackupError | OSError, folder: Path) -> BackupError:
    if isinstance(error, BackupError):
        return error
    why = error.strerror or type(error).__name__
    return Failed("schedule.unwritable", path=str(error.filename or folder), reason=why)


def _instant(told: str) -> datetime | None:
    """``Tue 2026-11-24 02:00:00 UTC``, as systemctl writes it where TZ is UTC; None for anything else."""
    try:
        return datetime.strptime(told.partition(" ")[2], "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC)
    except ValueError:
        return None
