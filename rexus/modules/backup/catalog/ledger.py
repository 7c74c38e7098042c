"""Who did what, when, with what result: one JSON line each, every line chained to the one before by its hash.

`audit.jsonl` is only ever appended to. An edited, removed or moved line breaks the chain; lines cut off at the end
are noticed through `audit.head`, which holds the number and hash of the newest line and is published after it. A
head that is one line behind is what a crash leaves, and nothing worse. Who can write the folder and knows the
format can rewrite both files: the chain proves carelessness and tampering by hand, it is no signature.
"""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import msgspec

from ..base.clock import Clock
from ..base.errors import StoreFailed
from ..base.files import Files
from ..base.files import publish as write_whole
from ..base.records import Problem, Record, Severity
from .locking import locked

LOG_NAME = "audit.jsonl"
HEAD_NAME = "audit.head"
LOCK_NAME = "audit.lock"
TORN = "audit.torn"
GAP = "audit.gap"
_WINDOW_BYTES = 256 * 1024
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
    """Whole, chained lines."""
    problems: tuple[Problem, ...] = ()


class _Head(Record, frozen=True, kw_only=True):
    count: int
    hash: str


class _End(Record, frozen=True, kw_only=True):
    """The newest whole line, and the bytes of a torn one behind it."""

    line: AuditLine | None
    torn: bytes


class Audit:
    """The audit trail in ``folder`` (the root's ``logs``)."""

    def __init__(self, folder: Path, files: Files, clock: Clock) -> None:
        self._folder = folder
        self._files = files
        self._clock = clock
        self._log = folder / LOG_NAME
        self._head = folder / HEAD_NAME

    def record(
        self, who: str, what: str, target: str, result: str, detail: Mapping[str, str | int] | None = None
    ) -> AuditLine:
        """Append one line, durably; ``detail`` must hold no secret. Raises `StoreFailed`.

        A line torn by a crash is closed and described by a line of its own (``audit.torn``); lines missing at the
        end are told by one too (``audit.gap``), so that going on never covers them up.
        """
        told = {
            _clean(key): _clean(value) if isinstance(value, str) else value for key, value in (detail or {}).items()
        }
        line = AuditLine(
            number=0, at=self._clock.now(), who=_clean(who), what=_clean(what), target=_clean(target),
            result=_clean(result), detail=told,
        )  # fmt: skip
        try:
            self._files.make_folder(self._folder)
            with locked(self._folder / LOCK_NAME, self._files):
                return self._append(line, self._mended(line.at))
        except OSError as error:
            reason = error.strerror or str(error)
            raise StoreFailed("audit.write_failed", path=str(self._log), reason=reason) from error

    def _mended(self, at: datetime) -> AuditLine | None:
        """The newest line, after everything odd at the end has been told and the head is up to date."""
        end = self._end()
        last, head = end.line, self._read_head()
        count = last.number if last else 0
        if not _agrees(head, last):
            detail: dict[str, str | int] = {"expected": head.count if head else 0, "found": count}
            last = self._note(GAP, detail, at, last, end.torn)
        elif end.torn:
            last = self._note(TORN, {}, at, last, end.torn)
        elif last is not None and (head is None or head.count < count):
            self._publish_head(last)
        return last

    def _note(
        self, what: str, detail: dict[str, str | int], at: datetime, last: AuditLine | None, torn: bytes
    ) -> AuditLine:
        break_ = b"" if torn.endswith(b"\n") or not torn else b"\n"
        if torn:
            region = torn + break_
            detail = {**detail, "torn_bytes": len(region), "torn_sha256": hashlib.sha256(region).hexdigest()}
        result = "warnings" if what == TORN else "failed"
        note = AuditLine(number=0, at=at, who="", what=what, target=LOG_NAME, result=result, detail=detail)
        return self._append(note, last, break_)

    def _append(self, line: AuditLine, last: AuditLine | None, before: bytes = b"") -> AuditLine:
        line = _chained(line, last)
        new = not self._log.exists()
        writing = self._files.append(self._log)
        try:
            writing.write(before + _text(line) + b"\n")
            writing.sync()
        finally:
            writing.close()
        if new:
            self._files.sync_folder(self._folder)
        self._publish_head(line)
        return line

    def _publish_head(self, line: AuditLine) -> None:
        write_whole(self._files, self._head, msgspec.json.encode(_Head(count=line.number, hash=line.hash)) + b"\n")

    def _read_head(self) -> _Head | None:
        """The head, or None where there is none; one that can't be read counts as never right."""
        try:
            return msgspec.json.decode(self._head.read_bytes(), type=_Head)
        except FileNotFoundError:
            return None
        except (msgspec.MsgspecError, ValueError):
            return _Head(count=-1, hash="")

    def _end(self) -> _End:
        """Look back from the end for the newest whole line; in the last pieces first."""
        try:
            size = self._log.stat().st_size
        except FileNotFoundError:
            return _End(line=None, torn=b"")
        window = _WINDOW_BYTES
        while True:
            start = max(0, size - window)
            with self._log.open("rb") as reading:
                reading.seek(start)
                data = reading.read()
            end = _newest(data)
            if end.line is not None or start == 0:
                return end
            window *= 8

    def tail(self, count: int) -> tuple[AuditLine, ...]:
        """The newest ``count`` lines that can be read, oldest first. Raises `StoreFailed`."""
        lines = [line for raw in self._read().split(b"\n") if (line := _parsed(raw)) is not None]
        return tuple(lines[-count:]) if count > 0 else ()

    def _read(self) -> bytes:
        try:
            return self._log.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise StoreFailed("audit.unreadable", path=str(self._log), reason=error.strerror or "") from error

    def verify(self) -> AuditReport:
        """Prove the chain from its first line to the head. Raises `StoreFailed` when it can't be read."""
        with ExitStack() as stack:
            self._hold(stack)
            data = self._read()
            try:
                head = self._read_head()
            except OSError as error:
                raise StoreFailed("audit.unreadable", path=str(self._head), reason=error.strerror or "") from error
        last, count, problems = _prove(data)
        if not _agrees(head, last):
            if head is None:
                problems.append(_wrong("audit.head_missing", lines=count))
            elif head.count > (last.number if last else 0):
                problems.append(_wrong("audit.truncated", expected=head.count, found=last.number if last else 0))
            else:
                problems.append(_wrong("audit.head_wrong", path=str(self._head), lines=count))
        bad = any(one.severity is Severity.ERROR for one in problems)
        return AuditReport(ok=not bad, lines=count, problems=tuple(problems))

    def _hold(self, stack: ExitStack) -> None:
        """Take the lock if there is one and the folder can be written; a read-only copy has no writers."""
        lock = self._folder / LOCK_NAME
        if not lock.exists():
            return
        try:
            stack.enter_context(locked(lock, self._files))
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
                reason = error.strerror or str(error)
                raise StoreFailed("audit.unreadable", path=str(self._log), reason=reason) from error


def _clean(text: str) -> str:
    return text[:_MAX_TEXT].encode("utf-8", "backslashreplace").decode()


def _text(line: AuditLine) -> bytes:
    return msgspec.json.encode(line)


def _hash(line: AuditLine) -> str:
    return hashlib.sha256(_text(msgspec.structs.replace(line, hash=""))).hexdigest()


def _chained(line: AuditLine, last: AuditLine | None) -> AuditLine:
    number, previous = (last.number + 1, last.hash) if last else (1, "")
    line = msgspec.structs.replace(line, number=number, previous=previous)
    return msgspec.structs.replace(line, hash=_hash(line))


def _parsed(raw: bytes) -> AuditLine | None:
    """The line, if it is whole, exactly as it is written, and its own hash is right."""
    try:
        line = msgspec.json.decode(raw, type=AuditLine)
        return line if _text(line) == raw and _hash(line) == line.hash else None
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError):
        return None


def _newest(data: bytes) -> _End:
    end = data.rfind(b"\n") + 1
    while end > 0:
        start = data.rfind(b"\n", 0, end - 1) + 1
        line = _parsed(data[start : end - 1])
        if line is not None:
            return _End(line=line, torn=data[end:])
        end = start
    return _End(line=None, torn=data)


def _agrees(head: _Head | None, last: AuditLine | None) -> bool:
    """Whether head and newest line are the same, or the head is what a crash between the two leaves."""
    if head is None:
        return last is None or last.number == 1
    if last is None:
        return False
    return (head.count, head.hash) in ((last.number, last.hash), (last.number - 1, last.previous))


def _wrong(code: str, severity: Severity = Severity.ERROR, **values: str | int) -> Problem:
    return Problem(code=code, severity=severity, values=values)


def _prove(data: bytes) -> tuple[AuditLine | None, int, list[Problem]]:
    """Walk the chain: the newest chained line, how many there are, and what is wrong, the first bad line first."""
    last: AuditLine | None = None
    count = 0
    problems: list[Problem] = []
    torn = b""
    torn_from = 0
    for place, raw in enumerate(data.split(b"\n")[:-1], start=1):
        line = _parsed(raw)
        if line is None:
            torn_from = torn_from if torn else place
            torn += raw + b"\n"
            continue
        if torn:
            problems.append(_torn_problem(line, torn, torn_from))
            torn = b""
        number, previous = (last.number + 1, last.hash) if last else (1, "")
        if (line.number, line.previous) != (number, previous):
            problems.append(_wrong("audit.chain", line=place))
        if line.what == GAP:
            expected, found = line.detail.get("expected", "?"), line.detail.get("found", "?")
            problems.append(_wrong("audit.gap", line=place, expected=expected, found=found))
        last = line
        count += 1
    rest = data[data.rfind(b"\n") + 1 :]
    if torn:
        problems.append(_wrong("audit.changed", line=torn_from))
    elif rest:
        problems.append(_wrong("audit.torn", Severity.WARNING, line=count + 1))
    return last, count, problems


def _torn_problem(note: AuditLine, torn: bytes, place: int) -> Problem:
    """What lies before ``note``: a line torn by a crash if the note describes just these bytes, else a changed one."""
    told = (note.detail.get("torn_bytes"), note.detail.get("torn_sha256"))
    if note.what in (TORN, GAP) and told == (len(torn), hashlib.sha256(torn).hexdigest()):
        return _wrong("audit.torn", Severity.WARNING, line=place)
    return _wrong("audit.changed", line=place)
