"""The Task Scheduler of Windows: one task with several triggers, registered from its XML."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import escape, unescape

from ..base.errors import BackupError, Failed
from ..base.files import Files, publish
from ..base.records import Problem
from ..base.rhythm import rhythm_of
from ..config.settings import Schedule
from .programs import decoded, run
from .tasks import (
    MINUTE,
    QUARTER_MIN,
    TaskFile,
    TaskPlan,
    TaskResult,
    TaskStatus,
    Wanted,
    as_installed,
    has_foreign_zone,
    refuse_empty,
    trouble,
    unasked,
)

KIND = "windows"
_SCHTASKS = "schtasks"
_SYSTEM = "S-1-5-18"
"""The account of the machine itself."""
_MOST_TRIGGERS = 48
"""A task may have so many (triggersType of the schema)."""
_FEW = 4
"""So many times of one schedule have a trigger each."""
_START = "2025-01-01"
"""A day that is past: from then on."""
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_SAID = "Rexus Backups: start what is due"
_FACTS = re.compile(r"<Source>rexus-backups ([0-9a-f]{64})</Source>")
_COMMAND = re.compile(r"<Command>([^<]*)</Command>")
_USER = re.compile(r"<UserId>\s*([^<]*?)\s*</UserId>")
_ELEVATED = re.compile(r"<RunLevel>\s*HighestAvailable\s*</RunLevel>")
_ABSENT = frozenset({2, 0x80070002})
"""ERROR_FILE_NOT_FOUND as ``/HRESULT`` tells it; messages are in the language of the machine."""
_OFF = re.compile(r"<Settings>(?:(?!</Settings>).)*<Enabled>\s*false\s*</Enabled>", re.DOTALL)

# http://schemas.microsoft.com/windows/2004/02/mit/task. Version 1.4 is Windows 10's. S4U: whether somebody is logged
# on or not, without a password kept anywhere. The parts and their order are those of the published schema.
_TASK = """\
<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.4" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Source>{source}</Source>
    <Description>{said}</Description>
  </RegistrationInfo>
  <Triggers>
{triggers}  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>{user}</UserId>
{logon}      <RunLevel>{level}</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <Enabled>true</Enabled>
    <ExecutionTimeLimit>PT24H</ExecutionTimeLimit>
    <Priority>7</Priority>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{command}</Command>
      <Arguments>{arguments}</Arguments>
    </Exec>
  </Actions>
</Task>
"""


def task_xml(wanted: Wanted) -> str:
    """The task: the same values give the same text, so that a change of it can be seen by the hash in it."""
    system = wanted.system
    return _filled(
        wanted,
        source=f"rexus-backups {_hash(wanted)}",
        user=_SYSTEM if system else escape(wanted.user),
        logon="" if system else "      <LogonType>S4U</LogonType>\n",
        level="HighestAvailable" if system or wanted.elevated else "LeastPrivilege",
    )


def _hash(wanted: Wanted) -> str:
    """Of what is done and when. As whom, Windows tells in its own way: that is read from what it tells."""
    return hashlib.sha256(_filled(wanted, source="", user="", logon="", level="").encode()).hexdigest()


def _filled(wanted: Wanted, **principal: str) -> str:
    return _TASK.format(
        said=escape(_SAID),
        triggers="".join(triggers(wanted)),
        command=escape(wanted.command[0]),
        arguments=escape(subprocess.list2cmdline(wanted.command[1:])),
        **principal,
    )


def triggers(wanted: Wanted) -> tuple[str, ...]:
    """At the start of the machine, every hour, and at each time; too many times come to four starts an hour."""
    always = ["    <BootTrigger>\n      <Delay>PT2M</Delay>\n    </BootTrigger>\n", _repeated(MINUTE, "PT1H")]
    times = [each for one in wanted.schedules for each in _of_one(one, wanted)]
    every = tuple(dict.fromkeys([*always, *times]))
    return every if len(every) <= _MOST_TRIGGERS else (*always, _repeated(0, f"PT{QUARTER_MIN}M"))


def _of_one(one: Schedule, wanted: Wanted) -> Iterable[str]:
    """Each time of a schedule; many at an even distance are one trigger that is repeated, so that none of them is lost.

    A task may have few triggers, and a log backup every few minutes would be made less often without a word.
    """
    even = rhythm_of(one.times)
    if even is None or len(set(one.times)) <= _FEW or has_foreign_zone(one, wanted):
        return (_trigger(one, time, wanted) for time in one.times)
    until = f"PT{even.length_min + 1}M"  # the last one too
    return (_trigger(one, even.first, wanted, _repetition(f"PT{even.minutes}M", until)),)


def _trigger(one: Schedule, time: str, wanted: Wanted, again: str = "") -> str:
    """One time of one schedule; perhaps too often, for what is due is not the system's to say."""
    if has_foreign_zone(one, wanted):
        return _repeated(int(time[3:]) % QUARTER_MIN, f"PT{QUARTER_MIN}M")
    weekdays = _block("DaysOfWeek", _empty(_DAYS[day - 1] for day in sorted(set(one.weekdays))))
    months = _block("Months", _empty(_MONTHS))
    if one.ordinal is not None:
        week = "Last" if one.ordinal == 5 else str(one.ordinal)
        inner = _block("Weeks", [f"<Week>{week}</Week>"]) + weekdays + months
        return _calendar(time, "ScheduleByMonthDayOfWeek", inner, again)
    if one.days:
        days = [*map(str, sorted(set(one.days))), *(("Last",) if max(one.days) > 28 else ())]
        inner = _block("DaysOfMonth", (f"<Day>{day}</Day>" for day in days)) + months
        return _calendar(time, "ScheduleByMonth", inner, again)
    if one.weekdays:
        return _calendar(time, "ScheduleByWeek", "        <WeeksInterval>1</WeeksInterval>\n" + weekdays, again)
    return _calendar(time, "ScheduleByDay", "        <DaysInterval>1</DaysInterval>\n", again)


def _calendar(time: str, kind: str, inner: str, again: str) -> str:
    """A time without an offset is local time, summer and winter; ``again``: how often more on that day."""
    return (
        f"    <CalendarTrigger>\n      <StartBoundary>{_START}T{time}:00</StartBoundary>\n{again}"
        f"      <{kind}>\n{inner}      </{kind}>\n    </CalendarTrigger>\n"
    )


def _repeated(minute: int, interval: str) -> str:
    """From that minute on for ever."""
    return (
        f"    <TimeTrigger>\n      <StartBoundary>{_START}T00:{minute:02}:00</StartBoundary>\n"
        f"{_repetition(interval)}    </TimeTrigger>\n"
    )


def _repetition(interval: str, duration: str = "") -> str:
    """Without a duration it is repeated for ever."""
    until = f"        <Duration>{duration}</Duration>\n" if duration else ""
    return f"      <Repetition>\n        <Interval>{interval}</Interval>\n{until}      </Repetition>\n"


def _block(name: str, elements: Iterable[str]) -> str:
    return f"        <{name}>\n" + "".join(f"          {one}\n" for one in elements) + f"        </{name}>\n"


def _empty(names: Iterable[str]) -> list[str]:
    return [f"<{name} />" for name in names]


class WindowsTasks:
    """One task in the root folder of the Task Scheduler."""

    def __init__(self, wanted: Wanted, files: Files) -> None:
        self._wanted = wanted
        self._files = files

    def plan(self) -> TaskPlan:
        """See `Tasks.plan`."""
        name = self._wanted.name
        return TaskPlan(
            kind=KIND,
            name=name,
            command=self._wanted.command,
            files=(TaskFile(path=f"{name}.xml", text=task_xml(self._wanted)),),
            commands=(self._create(f"{name}.xml"),),
        )

    def install(self) -> TaskResult:
        """See `Tasks.install`; the Task Scheduler takes a task as a whole or not at all."""
        refuse_empty(self._wanted)
        known = self._registered()
        changed = known is None or self._is_old(known) or _is_off(known) or _is_systems(known) != self._wanted.system
        if changed:
            self._register()
        remote = next((place for place in self._wanted.places if _is_remote(place)), None)
        problems = () if remote is None else (trouble("schedule.share", path=remote),)
        return TaskResult(plan=self.plan(), changed=changed, problems=problems)

    def status(self) -> TaskStatus:
        """See `Tasks.status`. Times are told in the words of the country only: ``next`` stays None."""
        try:
            known = self._registered()
        except BackupError as error:
            return TaskStatus(installed=False, kind=KIND, problems=(unasked(error),))
        if known is None:
            return TaskStatus(installed=False, kind=KIND)
        problems: tuple[Problem, ...] = ()
        if _is_off(known):
            problems = (trouble("schedule.switched_off", name=self._wanted.name),)
        return TaskStatus(
            installed=True, kind=KIND, detail=self._place, outdated=self._is_old(known), problems=problems
        )

    def remove(self) -> TaskResult:
        """See `Tasks.remove`."""
        there = self._registered() is not None
        if there:
            run((_SCHTASKS, "/Delete", "/TN", self._wanted.name, "/F")).expect()
        return TaskResult(plan=self.plan(), changed=there)

    def is_installed(self) -> bool:
        """See `KnownTasks.is_installed`. The person's task and the machine's have the same name."""
        try:
            known = self._registered()
        except BackupError:
            return False
        return known is not None and _is_systems(known) == self._wanted.system

    @property
    def _place(self) -> str:
        """Where it stands, for `status`."""
        return f"\\{self._wanted.name}"

    def _create(self, file: str) -> tuple[str, ...]:
        return (_SCHTASKS, "/Create", "/TN", self._wanted.name, "/XML", file, "/F")

    def _register(self) -> None:
        """Give the XML to Windows in a file of its own that goes again. Raises `Refused`, `Failed`."""
        folder = Path(tempfile.gettempdir()) / f"{self._wanted.name}-{os.getpid()}"
        path = folder / f"{self._wanted.name}.xml"
        try:
            self._files.make_folder(folder)
            try:
                # UTF-16 with its mark is what schtasks reads.
                text = task_xml(self._wanted).replace("\n", "\r\n")
                publish(self._files, path, b"\xff\xfe" + text.encode("utf-16-le"))
                run(self._create(str(path))).expect()
            finally:
                self._files.unlink(path)
                self._files.remove_folder(folder)
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise Failed("schedule.unwritable", path=str(error.filename or path), reason=why) from error

    def _registered(self) -> str | None:
        """The task's XML as Windows gives it back; None when there is no such task. Raises `Refused`, `Failed`."""
        asked = (_SCHTASKS, "/Query", "/TN", self._wanted.name)
        ran = run((*asked, "/XML"))
        text = decoded(ran.out)
        if ran.code == 0 and "<Task" in text:
            return text
        if run((*asked, "/HRESULT")).code & 0xFFFFFFFF in _ABSENT:
            return None
        raise Failed("schedule.program_failed", program=_SCHTASKS, reason=ran.said)

    def _is_old(self, known: str) -> bool:
        """Windows writes a task anew in its own way; the hash that stands in it stays."""
        command, then = _COMMAND.search(known), _FACTS.search(known)
        now = as_installed(self._wanted, None if command is None else unescape(command[1]))
        weak = self._wanted.elevated and not _is_systems(known) and _ELEVATED.search(known) is None
        return then is None or then[1] != _hash(now) or weak


def _is_off(known: str) -> bool:
    return _OFF.search(known) is not None


def _is_systems(known: str) -> bool:
    """Whether a task is the machine's own."""
    user = _USER.search(known)
    return user is not None and user[1].rpartition("\\")[2].upper() in (_SYSTEM, "SYSTEM")


def _is_remote(place: str) -> bool:
    """Whether a place is on another machine: a task without a password can't log on there."""
    if place.startswith("\\\\"):
        return True
    if sys.platform != "win32":
        return False
    import ctypes

    drive = os.path.splitdrive(place)[0]
    return bool(ctypes.windll.kernel32.GetDriveTypeW(f"{drive}\\") == 4)
