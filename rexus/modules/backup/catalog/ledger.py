"""Who did what, when, with what result: one JSON line each, every line chained to the one before by its hash.

`audit.jsonl` is only ever appended to. An edited, removed or moved line breaks the chain; lines cut off at the end
are noticed through `audit.head`, which holds the number and hash of the newest line and is published after it. A
head that is one line behind is what a crash leaves, and nothing worse. Who can write the folder and knows the
format can rewrite all of it: the chain proves carelessness and tampering by hand, it is no signature.

A trail that is large, or of an earlier month, is closed: renamed to `audit-<first>-<last>.jsonl`; the next file goes
on with the chain. A closed segment removed for its age leaves a line that vouches for its end.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from ..base.clock import Clock
from ..base.errors import StoreFailed
from ..base.files import Files
from ..base.files import publish as write_whole
from ..base.records import Problem, Record, Severity
from .chain import (
    EXPIRED,
    GAP,
    TORN,
    AuditLine,
    AuditReport,
    End,
    Proof,
    chained,
    clean,
    newest,
    parsed,
    text_of,
    wrong,
)
from .locking import locked
from .segments import LOG_NAME, OldSegment, Segment, first_line, is_due, old_segments, segment_name, segments

__all__ = ["GAP", "HEAD_NAME", "LOCK_NAME", "LOG_NAME", "TORN", "Audit", "AuditLine", "AuditReport", "OldSegment"]

Read = TypeVar("Read")
log = logging.getLogger(__name__)

HEAD_NAME = "audit.head"
LOCK_NAME = "audit.lock"
_WINDOW_BYTES = 256 * 1024


class _Head(Record, frozen=True, kw_only=True):
    count: int
    hash: str


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
        told = {clean(key): clean(value) if isinstance(value, str) else value for key, value in (detail or {}).items()}
        line = AuditLine(
            number=0, at=self._clock.now(), who=clean(who), what=clean(what), target=clean(target),
            result=clean(result), detail=told,
        )  # fmt: skip
        try:
            self._files.make_folder(self._folder)
            with locked(self._folder / LOCK_NAME, self._files):
                last = self._mended(line.at)
                self._close_if_due(last, line.at)
                return self._append(line, last)
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

    def _close_if_due(self, last: AuditLine | None, now: datetime) -> None:
        """Close what is large or of an earlier month; where that can't be done the file just goes on."""
        try:
            first = None if last is None else first_line(self._log)
            if last is None or first is None or not is_due(first, self._log.stat().st_size, now):
                return
            closed = self._folder / segment_name(first.number, last.number)
            if not os.path.lexists(closed):
                self._files.replace(self._log, closed)
                self._files.sync_folder(self._folder)
        except FileNotFoundError:
            return
        except OSError as error:
            log.warning("the audit trail is not closed: %s", error)

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
        line = chained(line, last)
        new = not self._log.exists()
        writing = self._files.append(self._log)
        try:
            writing.write(before + text_of(line) + b"\n")
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

    def _end(self) -> End:
        """Look back from the end for the newest whole line; in the last pieces first, and in closed parts then."""
        end = _end_of(self._log)
        for one in reversed(segments(self._folder)) if end.line is None else ():
            closed = _end_of(self._folder / one.name).line
            if closed is not None:
                return End(line=closed, torn=end.torn)
        return end

    def tail(self, count: int) -> tuple[AuditLine, ...]:
        """The newest ``count`` lines that can be read, oldest first. Raises `StoreFailed`."""
        lines = _lines(self._read(self._log))
        for one in reversed(self._segments()):
            if len(lines) >= count:
                break
            closed = _lines(self._read(self._folder / one.name))
            lines = [line for line in closed if not lines or line.number < lines[0].number] + lines
        return tuple(lines[-count:]) if count > 0 else ()

    def verify(self) -> AuditReport:
        """Prove the chain from its first line to the head. Raises `StoreFailed` when it can't be read."""
        proof = Proof()
        with ExitStack() as stack:
            self._hold(stack)
            for one in self._segments():
                proof.walk(self._read(self._folder / one.name), one.name, closed=True)
            proof.walk(self._read(self._log), LOG_NAME, closed=False)
            head = self._reading(self._head, self._read_head)
        problems = [*proof.problems, *self._head_problems(head, proof)]
        bad = any(one.severity is Severity.ERROR for one in problems)
        return AuditReport(ok=not bad, lines=proof.count, problems=tuple(problems), expired=proof.expired)

    def _head_problems(self, head: _Head | None, proof: Proof) -> list[Problem]:
        last, count = proof.last, proof.count
        if _agrees(head, last):
            return []
        if head is None:
            return [wrong("audit.head_missing", lines=count)]
        if head.count > (last.number if last else 0):
            return [wrong("audit.truncated", expected=head.count, found=last.number if last else 0)]
        return [wrong("audit.head_wrong", path=str(self._head), lines=count)]

    def old_segments(self, before: datetime) -> tuple[OldSegment, ...]:
        """The oldest closed parts, whose lines were all written before ``before``. Raises `StoreFailed`."""
        return self._reading(self._folder, lambda: old_segments(self._folder, before))

    def expire(self, one: OldSegment, who: str) -> None:
        """Remove the oldest closed part, after a line that vouches for its end was written. Raises `StoreFailed`.

        Begun again after a crash it writes another such line, which does no harm.
        """
        path = self._folder / one.name
        detail: dict[str, str | int] = {"first": one.first, "last": one.last, "hash": one.hash}
        self.record(who, EXPIRED, one.name, "ok", {**detail, "until": one.until.isoformat()})
        try:
            with locked(self._folder / LOCK_NAME, self._files):
                self._files.unlink(path)
                self._files.sync_folder(self._folder)
        except OSError as error:
            reason = error.strerror or str(error)
            raise StoreFailed("audit.write_failed", path=str(path), reason=reason) from error

    def _segments(self) -> tuple[Segment, ...]:
        return self._reading(self._folder, lambda: segments(self._folder))

    def _read(self, path: Path) -> bytes:
        def read() -> bytes:
            try:
                return path.read_bytes()
            except FileNotFoundError:
                return b""

        return self._reading(path, read)

    @staticmethod
    def _reading(path: Path, read: Callable[[], Read]) -> Read:
        try:
            return read()
        except OSError as error:
            raise StoreFailed("audit.unreadable", path=str(path), reason=error.strerror or "") from error

    def _hold(self, stack: ExitStack) -> None:
        """Take the lock if there is one and the folder can be written; a read-only copy has no writers."""
        lock = self._folder / LOCK_NAME
        if not os.path.lexists(lock):  # nor where nobody may look: whoever reads then says so
            return
        try:
            stack.enter_context(locked(lock, self._files))
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
                reason = error.strerror or str(error)
                raise StoreFailed("audit.unreadable", path=str(self._log), reason=reason) from error


def _agrees(head: _Head | None, last: AuditLine | None) -> bool:
    """Whether head and newest line are the same, or the head is what a crash between the two leaves."""
    if head is None:
        return last is None or last.number == 1
    if last is None:
        return False
    return (head.count, head.hash) in ((last.number, last.hash), (last.number - 1, last.previous))


def _end_of(path: Path) -> End:
    """The newest whole line of one file, in its last pieces first. Raises `OSError`."""
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return End(line=None, torn=b"")
    window = _WINDOW_BYTES
    while True:
        start = max(0, size - window)
        with path.open("rb") as reading:
            reading.seek(start)
            data = reading.read()
        end = newest(data)
        if end.line is not None or start == 0:
            return end
        window *= 8


def _lines(data: bytes) -> list[AuditLine]:
    return [line for raw in data.split(b"\n") if (line := parsed(raw)) is not None]
