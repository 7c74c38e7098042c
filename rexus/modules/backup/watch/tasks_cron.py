"""The scheduler of systems without systemd: a marked block in the person's crontab."""

from __future__ import annotations

import os
import re
import shlex

from ..base.errors import BackupError, Failed, Refused
from ..config.settings import Schedule
from .programs import run
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
    is_root,
    refuse_empty,
    unasked,
)

KIND = "cron"
_CRONTAB = "crontab"
_ALONE = b" (new crontab)"
_JOINED = b" (line end added)"
"""What the first line of the block remembers, so that the crontab can be made as it was, byte for byte."""


def cron_block(wanted: Wanted) -> str:
    """The block without its marks: one line for the start of the machine, one for every hour, one for each time."""
    command = shlex.join(wanted.command).replace("%", r"\%") + " >/dev/null 2>&1"
    times = [f"{MINUTE} * * * *"]
    for one in wanted.schedules:
        times += [_when(one, time, wanted) for time in one.times]
    return "".join(f"{when} {command}\n" for when in dict.fromkeys(["@reboot", *times]))


def _when(one: Schedule, time: str, wanted: Wanted) -> str:
    """When cron starts the program for ``one``; perhaps too often, for what is due is not cron's to say.

    Cron joins days of the month and of the week by «or» (crontab(5)), and knows no last day: then it starts on all
    days that may be meant.
    """
    hour, minute = (int(part) for part in time.split(":"))
    if has_foreign_zone(one, wanted):
        minutes = ",".join(str(number) for number in range(minute % QUARTER_MIN, 60, QUARTER_MIN))
        return f"{minutes} * * * *"
    if one.ordinal is not None:
        days = "22-31" if one.ordinal == 5 else f"{one.ordinal * 7 - 6}-{one.ordinal * 7}"
        return f"{minute} {hour} {days} * *"
    if one.days:
        wide = {*one.days, *(range(28, 32) if max(one.days) > 28 else ())}
        return f"{minute} {hour} {','.join(map(str, sorted(wide)))} * *"
    return f"{minute} {hour} * * {','.join(map(str, sorted(set(one.weekdays)))) or '*'}"


def with_block(before: bytes | None, name: str, block: bytes) -> bytes:
    """The crontab ``before`` (None: there is none) with the block, in its old place where it has one.

    Raises `Refused` when somebody damaged the marks.
    """
    found = _find(before or b"", name)
    if found is not None:
        assert before is not None, "found in something"
        start, end, note = found
        return before[:start] + _marked(name, block, note) + before[end:]
    if before is None:
        return _marked(name, block, _ALONE)
    joined = bool(before) and not before.endswith(b"\n")
    return before + (b"\n" if joined else b"") + _marked(name, block, _JOINED if joined else b"")


def without_block(before: bytes, name: str) -> bytes | None:
    """The crontab without the block, as it was before it; None: there was none. Raises `Refused`."""
    found = _find(before, name)
    if found is None:
        return before
    start, end, note = found
    head, tail = before[:start], before[end:]
    if note == _JOINED and not tail:
        head = head.removesuffix(b"\n")
    rest = head + tail
    return None if note == _ALONE and not rest else rest


def block_in(crontab: bytes, name: str) -> bytes | None:
    """What stands between the marks; None where there are none. Raises `Refused`."""
    found = _find(crontab, name)
    if found is None:
        return None
    lines = crontab[found[0] : found[1]].splitlines(keepends=True)
    return b"".join(lines[1:-1])


def _marked(name: str, block: bytes, note: bytes) -> bytes:
    mark = name.encode("ascii")
    return b"# BEGIN " + mark + note + b"\n" + block + b"# END " + mark + b"\n"


def _find(crontab: bytes, name: str) -> tuple[int, int, bytes] | None:
    """Where the block starts and ends, and what its first line remembers. Raises `Refused`."""
    mark = re.escape(name.encode("ascii"))
    begins = list(re.finditer(rb"^# BEGIN " + mark + rb"([^\n]*)\n", crontab, re.MULTILINE))
    ends = list(re.finditer(rb"^# END " + mark + rb"[^\n]*(\n|\Z)", crontab, re.MULTILINE))
    if not begins and not ends:
        return None
    if len(begins) != 1 or len(ends) != 1 or ends[0].start() < begins[0].end():
        raise Refused("schedule.block_broken", name=name)
    return begins[0].start(), ends[0].end(), begins[0][1]


class CronTasks:
    """The crontab of whoever runs this."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted

    def plan(self) -> TaskPlan:
        """See `Tasks.plan`."""
        return TaskPlan(
            kind=KIND,
            name=self._wanted.name,
            command=self._wanted.command,
            files=(TaskFile(path=_CRONTAB, text=cron_block(self._wanted)),),
            commands=((_CRONTAB, "-"),),
        )

    def install(self) -> TaskResult:
        """See `Tasks.install`."""
        refuse_empty(self._wanted)
        self._permit()
        before = _read()
        known = block_in(before or b"", self._wanted.name)
        same = known is not None and known == self._block(known)
        after = before if same else with_block(before, self._wanted.name, self._block())
        if after != before:
            _write(after)
        return TaskResult(plan=self.plan(), changed=after != before)

    def status(self) -> TaskStatus:
        """See `Tasks.status`."""
        try:
            found = block_in(_read() or b"", self._wanted.name)
        except BackupError as error:
            return TaskStatus(installed=False, kind=KIND, problems=(unasked(error),))
        outdated = found is not None and found != self._block(found)
        return TaskStatus(installed=found is not None, kind=KIND, detail=self._place, outdated=outdated)

    def is_installed(self) -> bool:
        """See `KnownTasks.is_installed`."""
        return self.status().installed

    @property
    def _place(self) -> str:
        """Where it stands, for `status`."""
        return f"{_CRONTAB}: {self._wanted.name}"

    def remove(self) -> TaskResult:
        """See `Tasks.remove`."""
        self._permit()
        before = _read()
        after = without_block(before, self._wanted.name) if before is not None else None
        if after != before:
            _write(after)
        return TaskResult(plan=self.plan(), changed=after != before)

    def _block(self, known: bytes | None = None) -> bytes:
        """What is to stand there; with the interpreter's name of ``known``, where it is the same interpreter."""
        return os.fsencode(cron_block(as_installed(self._wanted, _interpreter_in(known))))

    def _permit(self) -> None:
        if self._wanted.system and not is_root():
            raise Refused("schedule.needs_root")


def _interpreter_in(block: bytes | None) -> str | None:
    """The program that a block starts, as `cron_block` writes it."""
    line = next((one for one in os.fsdecode(block or b"").splitlines() if one.startswith("@reboot ")), "")
    try:
        words = shlex.split(line.replace(r"\%", "%"))
    except ValueError:  # somebody else wrote it
        return None
    return words[1] if len(words) > 1 else None


def _read() -> bytes | None:
    """The crontab; None where there is none. Raises `Refused`, `Failed`."""
    ran = run((_CRONTAB, "-l"))
    if ran.code == 0:
        return ran.out
    if b"no crontab" in ran.err.lower():
        return None
    raise Failed("schedule.program_failed", program=_CRONTAB, reason=ran.said)


def _write(crontab: bytes | None) -> None:
    """Install ``crontab`` whole (cron replaces it in one step), or remove it. Raises `Failed`."""
    (run((_CRONTAB, "-r")) if crontab is None else run((_CRONTAB, "-"), crontab)).expect()
