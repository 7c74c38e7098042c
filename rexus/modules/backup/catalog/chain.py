"""The lines of the audit trail, how each is chained to the one before, and the proof that they are."""

from __future__ import annotations

import hashlib
from datetime import datetime

import msgspec

from ..base.records import Problem, Record, Severity

TORN = "audit.torn"
GAP = "audit.gap"
EXPIRED = "audit.expired"
"""A line that vouches for a closed segment that was removed for its age: its numbers and the hash of its last line."""
_MAX_TEXT = 2000


class AuditLine(Record, frozen=True, kw_only=True):
    """One line of the audit trail."""

    number: int
    """Counts from 1."""
    at: datetime
    who: str
    what: str
    target: str
    result: str
    detail: dict[str, str | int]
    previous: str = ""
    """Hash of the line before; empty in the first."""
    hash: str = ""
    """SHA-256 of this line's text with this member empty."""


class AuditReport(Record, frozen=True, kw_only=True):
    """What the proof of the chain found. ``ok`` is false as soon as one problem is an error."""

    ok: bool
    lines: int
    """Whole, chained lines that are there."""
    problems: tuple[Problem, ...] = ()
    expired: int = 0
    """Lines before them that were removed for their age, as a later line of the chain proves."""


class End(Record, frozen=True, kw_only=True):
    """The newest whole line, and the bytes of a torn one behind it."""

    line: AuditLine | None
    torn: bytes


def clean(text: str) -> str:
    """``text`` as it can be written down, not too long."""
    return text[:_MAX_TEXT].encode("utf-8", "backslashreplace").decode()


def text_of(line: AuditLine) -> bytes:
    """The line as it stands in the file."""
    return msgspec.json.encode(line)


def chained(line: AuditLine, last: AuditLine | None) -> AuditLine:
    """``line`` as the one behind ``last``."""
    number, previous = (last.number + 1, last.hash) if last else (1, "")
    line = msgspec.structs.replace(line, number=number, previous=previous)
    return msgspec.structs.replace(line, hash=_hash(line))


def parsed(raw: bytes) -> AuditLine | None:
    """The line, if it is whole, exactly as it is written, and its own hash is right."""
    try:
        line = msgspec.json.decode(raw, type=AuditLine)
        return line if text_of(line) == raw and _hash(line) == line.hash else None
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError):
        return None


def newest(data: bytes) -> End:
    """The last whole line in ``data``."""
    end = data.rfind(b"\n") + 1
    while end > 0:
        start = data.rfind(b"\n", 0, end - 1) + 1
        line = parsed(data[start : end - 1])
        if line is not None:
            return End(line=line, torn=data[end:])
        end = start
    return End(line=None, torn=data)


def oldest(data: bytes) -> AuditLine | None:
    """The first whole line in ``data``."""
    return next((line for raw in data.split(b"\n") if (line := parsed(raw)) is not None), None)


def wrong(code: str, severity: Severity = Severity.ERROR, **values: str | int) -> Problem:
    """A problem of the trail."""
    return Problem(code=code, severity=severity, values=values)


def _hash(line: AuditLine) -> str:
    return hashlib.sha256(text_of(msgspec.structs.replace(line, hash=""))).hexdigest()


class Proof:
    """Walks the chain through its files, the oldest first, and keeps what is wrong, the first bad line first."""

    def __init__(self) -> None:
        self.last: AuditLine | None = None
        """The newest line seen."""
        self.count = 0
        self._problems: list[Problem] = []
        self._first: AuditLine | None = None
        self._place = 0
        self._file = ""
        self._vouched: set[tuple[str | int, str | int]] = set()
        """Last number and hash of each segment that a line of the chain says was removed for its age."""

    @property
    def expired(self) -> int:
        """How many lines are missing before the first that is there."""
        return self._first.number - 1 if self._first is not None else 0

    @property
    def problems(self) -> list[Problem]:
        """What is wrong, and whether the beginning is missing, once every file was walked."""
        first = self._first
        if first is None or (first.number == 1 and not first.previous):
            return self._problems
        if (self.expired, first.previous) in self._vouched:
            return [*self._problems, wrong(EXPIRED, Severity.INFO, lines=self.expired)]
        return [wrong("audit.chain", line=first.number), *self._problems]

    def walk(self, data: bytes, file: str, *, closed: bool) -> None:
        """Prove the lines of one more ``file``; a closed one ends with a whole line."""
        self._file = file
        torn, torn_from = b"", 0
        *whole, rest = data.split(b"\n")
        for raw in whole:
            self._place += 1
            line = parsed(raw)
            if line is None:
                torn_from = torn_from or self._place
                torn += raw + b"\n"
                continue
            if torn:
                self._torn(line, torn, torn_from)
                torn, torn_from = b"", 0
            self._take(line)
        if torn or (closed and rest):
            self._tell("audit.changed", line=torn_from or self._place + 1)
        elif rest:
            self._tell("audit.torn", Severity.WARNING, line=self._place + 1)

    def _take(self, line: AuditLine) -> None:
        if self._first is None:
            self._first = line
            self._place += line.number - 1
        elif self.last is not None and (line.number, line.previous) != (self.last.number + 1, self.last.hash):
            self._tell("audit.chain", line=self._place)
        if line.what == GAP:
            expected, found = line.detail.get("expected", "?"), line.detail.get("found", "?")
            self._tell("audit.gap", line=self._place, expected=expected, found=found)
        if line.what == EXPIRED:
            self._vouched.add((line.detail.get("last", 0), line.detail.get("hash", "")))
        self.last = line
        self.count += 1

    def _torn(self, note: AuditLine, torn: bytes, place: int) -> None:
        """What lies before ``note``: a line torn by a crash if it describes just these bytes, else a changed one."""
        told = (note.detail.get("torn_bytes"), note.detail.get("torn_sha256"))
        if note.what in (TORN, GAP) and told == (len(torn), hashlib.sha256(torn).hexdigest()):
            self._tell("audit.torn", Severity.WARNING, line=place)
        else:
            self._tell("audit.changed", line=place)

    def _tell(self, code: str, severity: Severity = Severity.ERROR, **values: str | int) -> None:
        self._problems.append(wrong(code, severity, **values, file=self._file))
