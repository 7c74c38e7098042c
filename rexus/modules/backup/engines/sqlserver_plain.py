"""Files of SQL Server's backups, judged: here page by page, and by the server where it can see them."""

from __future__ import annotations

from pathlib import Path

from ..base.cancel import CancelToken
from ..base.damage import DAMAGE
from ..base.errors import SourceFailed
from ..base.files import PARTIAL, Data
from ..base.records import Problem, Severity
from . import tsql
from .bak import BakReader
from .bak_records import BakReport
from .port import PlainCheck, Progress, RestoreTarget
from .sqlserver_client import Client
from .sqlserver_folder import Meeting, server_sees
from .sqlserver_prove import proven

_CHUNK = 4 << 20


class Hearing:
    """Listens to the content of a backup. See `Listener`."""

    def __init__(self) -> None:
        self._reader = BakReader()

    def feed(self, piece: Data) -> None:
        """See `Listener.feed`."""
        self._reader.feed(piece)

    def finish(self) -> Problem | None:
        """See `Listener.finish`."""
        return wrong_in(self._reader.finish())


def wrong_in(report: BakReport) -> Problem | None:
    """The first thing that is wrong with a file that was read; None: nothing."""
    worst = next((one for one in report.contents.findings if one.severity is Severity.ERROR), None)
    return Problem(code=worst.code, values=worst.values) if worst is not None else None


def check_plain(path: Path, progress: Progress, cancel: CancelToken) -> PlainCheck:
    """Read a backup file to its end and judge its structure, pages and checksums. Raises `SourceFailed`."""
    reader, done = BakReader(), 0
    buffer = bytearray(_CHUNK)
    try:
        total = path.stat().st_size
        with path.open("rb", buffering=0) as reading:
            while count := reading.readinto(buffer):
                cancel.check()
                reader.feed(memoryview(buffer)[:count])
                done += count
                progress("check", done, total)
    except OSError as error:
        raise SourceFailed("source.unreadable", path=str(path), reason=error.strerror or str(error)) from error
    problem = wrong_in(reader.finish())
    return PlainCheck(ok=problem is None, problem=problem)


def verified(client: Client, place: Meeting, path: Path, cancel: CancelToken) -> PlainCheck:
    """RESTORE VERIFYONLY of a file in the folder where both meet; elsewhere the server can't be asked."""
    there = place.on_server(path.name)
    unasked = Problem(code="sqlserver.not_asked", severity=Severity.WARNING, values={"path": str(path)})
    if place.here(path.name) != path or not server_sees(client, there):
        return PlainCheck(ok=True, problem=unasked)
    batch = tsql.verify(tsql.Media(places=(there,)), checksum=False)
    try:
        proven(client, batch, client.execute(batch, cancel=cancel), {"path": there})
    except SourceFailed as error:
        if error.code in DAMAGE:
            return PlainCheck(ok=False, problem=error.problem)
        return PlainCheck(ok=True, problem=unasked)
    return PlainCheck(ok=True)


def target_at(database: str, to: str) -> RestoreTarget:
    """A plain backup file of ``database`` at ``to``."""
    path = Path(to)
    exists = path.is_file()
    return RestoreTarget(
        name=database,
        location=to,
        exists=exists,
        bytes=path.stat().st_size if exists else 0,
        staging=f"{to}{PARTIAL}",
        state=state_of(to),
    )


def state_of(location: str) -> str:
    """Tells one content of a file from another by size and time; empty: nothing is there."""
    try:
        seen = Path(location).stat()
    except OSError:
        return ""
    return f"{seen.st_size}:{seen.st_mtime_ns}"
