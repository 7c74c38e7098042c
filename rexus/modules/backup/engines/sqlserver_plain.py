"""Files of SQL Server's backups, judged: here page by page, and by the server where it can see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..base.cancel import CancelToken
from ..base.damage import DAMAGE
from ..base.errors import Damaged, Failed, SourceFailed
from ..base.files import PARTIAL
from ..base.records import DatabaseBackup, Problem, Severity
from . import sqlserver_progress, tsql
from .bak import BakReader, check_media
from .bak_records import BakReport
from .headers import BackupHeader
from .port import PlainCheck, Progress, RestoreTarget
from .port_server import SERVER_LACKS
from .sqlserver_client import Client
from .sqlserver_folder import Meeting
from .sqlserver_headers import header_kept, header_of
from .sqlserver_progress import Course
from .sqlserver_prove import proven

_CHUNK = 4 << 20
_NO_SUCH_FILE = 2
"""Of the operating system: the folder is there, and the file is not."""


def wrong_in(report: BakReport) -> Problem | None:
    """The first thing that is wrong with a file that was read; None: nothing."""
    worst = next((one for one in report.contents.findings if one.severity is Severity.ERROR), None)
    return Problem(code=worst.code, values=worst.values) if worst is not None else None


def wrong_together(reports: Mapping[str, BakReport]) -> Problem | None:
    """The first thing that is wrong with the files of a backup together: one is missing, or of another backup."""
    worst = next((one for one in check_media(reports) if one.severity is Severity.ERROR), None)
    return Problem(code=worst.code, values=worst.values) if worst is not None else None


def check_plain(path: Path, progress: Progress, cancel: CancelToken) -> PlainCheck:
    """Read a backup file to its end and judge its structure, pages and checksums. Raises `SourceFailed`."""
    problem = wrong_in(_read(path, progress, cancel))
    return PlainCheck(ok=problem is None, problem=problem)


def check_files(paths: Sequence[Path], progress: Progress, cancel: CancelToken) -> PlainCheck:
    """The same of all files of a backup, each and together. Raises `SourceFailed`."""
    reports: dict[str, BakReport] = {}
    for path in paths:
        report = reports[path.name] = _read(path, progress, cancel)
        problem = wrong_in(report)
        if problem is not None:
            return PlainCheck(ok=False, problem=problem)
    problem = wrong_together(reports)
    return PlainCheck(ok=problem is None, problem=problem)


def _read(path: Path, progress: Progress, cancel: CancelToken) -> BakReport:
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
    return reader.finish()


def verified(client: Client, place: Meeting, paths: Sequence[Path], cancel: CancelToken) -> PlainCheck:
    """RESTORE VERIFYONLY of files in the folder where both meet; elsewhere the server can't be asked."""
    there = [place.on_server(path.name) for path in paths]
    unasked = Problem(code="sqlserver.not_asked", severity=Severity.WARNING, values={"path": str(paths[0])})
    if any(place.here(path.name) != path for path in paths):
        return PlainCheck(ok=True, problem=unasked)
    batch = tsql.verify(tsql.media(*there), checksum=False)
    try:
        proven(client, batch, client.execute(batch, cancel=cancel), {"path": there[0]})
    except SourceFailed as error:
        if error.code in DAMAGE:
            return PlainCheck(ok=False, problem=error.problem)
        return PlainCheck(ok=True, problem=unasked)
    return PlainCheck(ok=True)


def proven_there(client: Client, backup: DatabaseBackup, progress: Progress, cancel: CancelToken) -> None:
    """See `ServerSide.prove`: HEADERONLY says that it is that backup, VERIFYONLY WITH CHECKSUM that it is whole."""
    media = tsql.media(*(one.server_file for one in backup.pieces if one.server_file is not None))
    file, total = ", ".join(media.places), backup.whole_bytes
    progress("verify", 0, total)
    try:
        headers = [header_of(row) for row in client.query(tsql.header_only(media), cancel=cancel)]
    except SourceFailed as error:
        if error.code == "sqlserver.path_missing" and error.values.get("os_error") == _NO_SUCH_FILE:
            raise Failed(SERVER_LACKS, path=error.values.get("path", file)) from error
        raise
    wanted = header_kept("", backup)
    position = next((one.position for one in headers if wanted is not None and _is_same(one, wanted)), None)
    if position is None:
        raise Damaged("sqlserver.not_that_backup", path=file, file=backup.server_file or "")
    checksum = wanted is not None and wanted.has_checksums
    batch = tsql.verify(media, position, checksum=checksum)
    course = Course(phase="verify", length=total)
    proven(client, batch, sqlserver_progress.run(client, batch, course, progress, cancel), {"path": file})
    progress("verify", total, total)


def _is_same(found: BackupHeader, wanted: BackupHeader) -> bool:
    """Whether two headers are of one backup: by its GUID, which no other has; without it by where it begins and ends.

    What nothing is known of is nothing's equal.
    """
    if wanted.set_guid:
        return found.set_guid == wanted.set_guid
    known = (wanted.first_lsn, wanted.last_lsn)
    return None not in known and known == (found.first_lsn, found.last_lsn)


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
