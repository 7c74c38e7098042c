"""Look at one stored database backup as deep as asked, and say what was found as a `Check`."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import time
from collections.abc import Generator, Iterable
from pathlib import Path

from ..archive.unseal import Unsealing, examine
from ..base.behind import Behind
from ..base.errors import BackupError, Busy, Cancelled, Damaged, Refused, StoreFailed
from ..base.files import PARTIAL, Files
from ..base.records import Check, DatabaseBackup, Depth, Problem, SetStatus, Severity
from ..catalog.ticks import is_absence, is_damage
from ..engines.bak_hearing import BakHearing
from ..engines.port import Listener, PlainCheck
from .holdings import Presence
from .kit import TEMP, Kit, Work, why_of

SQLITE_MAGIC = b"SQLite format 3\x00"
NOT_DONE = "verify.not_done"
NO_SPACE = "verify.no_space"
UNASKED = "verify.server_unasked"
UNDONE = frozenset({NOT_DONE, NO_SPACE, UNASKED})
"""What keeps a check from being made; nobody keeps such a check."""


def examine_database(work: Work, name: str, backup: DatabaseBackup, depth: Depth) -> Check:
    """Check the bytes of ``backup``. Damage is told in the check, never raised. Raises `Cancelled`.

    Only what the bytes say is damage; what keeps them from being read or judged is one of `UNDONE`. Where nobody
    wrote down what the stored bytes are, their content is looked at instead.
    """
    begun = time.monotonic()
    problem: Problem | None = None
    verdict = PlainCheck(ok=True)
    if depth is Depth.STORED and not backup.stored_sha256:
        depth = Depth.CONTENT
    try:
        if backup.file is None:
            raise Damaged("verify.no_file", database=name)
        if depth in (Depth.STORED, Depth.CONTENT):
            problem = _by_bytes(work, name, backup, depth)
        else:
            verdict = _by_engine(work, name, backup)
            problem = verdict.problem
    except Cancelled:
        raise
    except (BackupError, OSError, MemoryError) as error:
        problem = _blamed(error)
    if problem is not None and problem.severity is Severity.ERROR and not _is_told(problem):
        problem = not_done(problem, backup.file or name)
    unproven = problem is not None and problem.severity is not Severity.ERROR
    return Check(
        depth=Depth.CONTENT if unproven else depth,
        at=work.kit.clock.now(),
        ok=problem is None or unproven,
        database=name,
        stored_sha256=backup.stored_sha256,
        problem=problem,
        seconds=time.monotonic() - begun,
        row_counts=verdict.row_counts,
    )


def _is_told(problem: Problem) -> bool:
    """Whether it says by itself what was found of the bytes, or what they need to be looked at."""
    return problem.code == NO_SPACE or is_damage(problem) or is_absence(problem)


def _blamed(error: BackupError | OSError | MemoryError) -> Problem:
    """What is to blame for ``error``: the bytes, or this machine, whose trouble says nothing of them."""
    if isinstance(error, BackupError) and (
        error.code == NO_SPACE or not isinstance(error, Refused | Busy | StoreFailed)
    ):
        return error.problem
    values: dict[str, str | int] = {"why": why_of(error)}
    path = error.values.get("path", "") if isinstance(error, BackupError) else getattr(error, "filename", None)
    return Problem(code=NOT_DONE, values={"path": str(path), **values} if path else values)


def not_done(problem: Problem, path: str) -> Problem:
    """That a check could not be made, because of ``problem``."""
    told = problem.values
    why = told.get("why") or told.get("reason") or problem.code
    return Problem(code=NOT_DONE, values={"path": told.get("path", path), "why": why})


def is_store_whole(kit: Kit) -> bool:
    """Whether most of the stored files that sets name are there, so that a missing one was lost by itself.

    Else a disk is not connected, or the folder was moved. Raises nothing: a store that can't be listed is not whole.
    """
    try:
        there = Presence(kit)
    except BackupError:
        return False
    named = [
        file
        for each in kit.catalog.entries().sets
        for one in each.databases.values()
        if one.status is SetStatus.COMPLETED and not each.deleting
        for file, _ in one.parts
    ]
    found = sum(there.size(name) is not None for name in named)
    return found > 0 and 2 * found >= len(named)


def _by_bytes(work: Work, name: str, backup: DatabaseBackup, depth: Depth) -> Problem | None:
    """Every file of it by itself, then all of them together; what could not be looked at. Raises `Damaged`."""
    ear = heard_by(backup) if depth is not Depth.STORED else None
    for piece in backup.pieces:
        _file_by_bytes(work, name, piece, depth, ear)
    problem = ear.finish() if ear is not None else None
    if problem is not None and problem.severity is Severity.ERROR:
        raise Damaged(problem.code, **{"file": backup.file or "", **problem.values})
    return problem


def _file_by_bytes(work: Work, name: str, backup: DatabaseBackup, depth: Depth, ear: Listener | None) -> None:
    assert backup.file is not None
    if ear is not None and (backup.checksum_algorithm != "sha256" or not backup.checksum):
        with contextlib.closing(plain_chunks(work, name, backup, "verify")) as chunks:
            for chunk in chunks:
                ear.feed(chunk)
        _judge(ear, backup.file)
        return
    stat = work.kit.store.stat(backup.file)
    total = stat.size if stat else backup.stored_bytes

    def progress(done: int) -> None:
        work.teller.tell("verify", name, done, total)

    with work.kit.store.open(backup.file) as stored:
        seen = examine(stored, backup.codec, depth, progress, work.cancel, ear.feed if ear is not None else None)
    _compare_stored(backup, seen.stored_bytes, seen.stored_sha256)
    if ear is not None:
        if (seen.size_bytes, seen.sha256) != (backup.size_bytes, backup.checksum):
            raise Damaged("verify.content_hash", file=backup.file)
        _judge(ear, backup.file)


def heard_by(backup: DatabaseBackup) -> Listener:
    """Whoever knows such content: by what the set says of it, else by its first bytes."""
    must_be_one = _is_of_server(backup)
    return BakHearing(position=backup.position, must_be_one=must_be_one, is_proven=bool(backup.checksum))


def _is_of_server(backup: DatabaseBackup) -> bool:
    return backup.facts is not None and backup.facts.engine == "sqlserver"


def _judge(ear: Listener, file: str) -> None:
    """A file was heard to its end. Raises `Damaged`."""
    problem = ear.ended(file)
    if problem is not None:
        raise Damaged(problem.code, **{**problem.values, "file": file})


def _compare_stored(backup: DatabaseBackup, size: int, sha256: str) -> None:
    """Original sets say nothing of their stored bytes; then there is nothing to compare."""
    file = backup.file or ""
    if backup.stored_bytes and size != backup.stored_bytes:
        raise Damaged("verify.size", file=file, expected=backup.stored_bytes, found=size)
    if backup.stored_sha256 and sha256 != backup.stored_sha256:
        raise Damaged("verify.stored_hash", file=file)


def plain_chunks(work: Work, name: str, backup: DatabaseBackup, phase: str) -> Generator[bytes, None, None]:
    """Yield the content of a stored backup; at its end, sizes and hashes are compared with the manifest.

    Of a backup of SQL Server whose hash nobody wrote down the content is judged instead; of any other one without a
    hash nothing is proven. Raises `Damaged`; whoever writes the chunks somewhere must not use them before the end was
    reached.
    """
    if backup.file is None:
        raise Damaged("verify.no_file", database=name)
    ear = heard_by(backup) if not backup.checksum and _is_of_server(backup) else None
    digest = hashlib.md5(usedforsecurity=False) if backup.checksum_algorithm == "md5" else None
    done = 0
    with work.kit.store.open(backup.file) as stored:
        opened = Unsealing(stored, backup.codec, cancel=work.cancel)
        with contextlib.closing(iter(opened)) as chunks:
            for chunk in chunks:
                if digest is not None:
                    digest.update(chunk)
                done += len(chunk)
                if done > backup.size_bytes:
                    raise Damaged("verify.content_hash", file=backup.file)
                if ear is not None:
                    ear.feed(chunk)
                work.teller.tell(phase, name, done, backup.size_bytes)
                yield chunk
    _compare_stored(backup, opened.stored_bytes, opened.stored_sha256)
    found = digest.hexdigest() if digest is not None else opened.sha256
    if (done, found) != (backup.size_bytes, backup.checksum if ear is None else found):
        raise Damaged("verify.content_hash", file=backup.file)
    if ear is not None:
        _judge(ear, backup.file)


def unpack(  # noqa: PLR0913  one stored file, where it goes, and how
    work: Work, name: str, backup: DatabaseBackup, path: Path, phase: str, *, private: bool = True
) -> None:
    """Write the proven content of a stored backup to the new file ``path``, synced and read back.

    Nothing is left on failure. Raises `Damaged`, `Cancelled`, `OSError`. The stored file is closed when this returns
    or raises.
    """
    files = work.kit.files
    files.unlink(path)
    writing = files.create(path, private=private)
    behind = Behind(writing, path, backup.checksum_algorithm)
    written = hashlib.new(backup.checksum_algorithm, usedforsecurity=False) if not backup.checksum else None
    try:
        try:
            with contextlib.closing(plain_chunks(work, name, backup, phase)) as chunks:
                for chunk in chunks:
                    behind.wrote(writing.write(chunk))
                    if written is not None:
                        written.update(chunk)
            checksum = backup.checksum if written is None else written.hexdigest()
            if behind.finish() != (checksum, backup.size_bytes):
                raise Damaged("restore.read_back", path=str(path))
        finally:
            behind.end()
            writing.close()
    except BaseException:
        files.unlink(path)
        raise


def write_plain(files: Files, path: Path, chunks: Iterable[bytes]) -> None:
    """Write ``chunks`` to the new file ``path``, synced; nothing is left of it on failure. Raises `OSError`."""
    files.unlink(path)
    writing = files.create(path)
    try:
        try:
            for chunk in chunks:
                writing.write(chunk)
            writing.sync()
        finally:
            writing.close()
    except BaseException:
        files.unlink(path)
        raise


def is_content_of(kit: Kit, path: Path) -> bool:
    """Whether the plain file at ``path`` is one that the configured engine understands."""
    with path.open("rb") as plain:
        looks_like_sqlite = plain.read(16) == SQLITE_MAGIC
    return looks_like_sqlite == (kit.engine.name == "sqlite")


def _by_engine(work: Work, name: str, backup: DatabaseBackup) -> PlainCheck:
    """Unpack into ``temp`` and let the engine judge every page, then compare row counts with the manifest.

    Raises `StoreFailed` (`NO_SPACE`) where it does not fit there.
    """
    kit = work.kit
    free = kit.store.free_bytes()
    if free is not None and backup.whole_bytes > free:
        raise _no_room(kit, backup, free)
    kit.files.make_folder(kit.root / TEMP)
    server = kit.engine.server
    plain: list[Path] = []
    try:
        for number, piece in enumerate(backup.pieces):
            shared = server.new_file(name) if server is not None else None
            plain.append(shared or kit.root / TEMP / f"{name}_{backup.timestamp}.{number}.check{PARTIAL}")
            try:
                unpack(work, name, piece, plain[-1], "unseal", private=shared is None)
            except OSError as error:
                if error.errno == errno.ENOSPC:  # something else has grown meanwhile; quotas are told by the system
                    raise _no_room(kit, backup, kit.store.free_bytes() or 0) from error
                raise
        if not is_content_of(kit, plain[0]):
            _by_bytes(work, name, backup, Depth.CONTENT)  # whoever knows such content hears it
            values: dict[str, str | int] = {"database": name, "engine": kit.engine.name}
            return PlainCheck(
                ok=True, problem=Problem(code="verify.other_engine", severity=Severity.WARNING, values=values)
            )
        if server is not None and backup.stripes:
            told = work.teller.tell
            return server.check_files(plain, lambda phase, done, of: told(phase, name, done, of), work.cancel)
        return judge_plain(work, name, backup, plain[0], Depth.ENGINE)
    finally:
        for path in plain:
            kit.files.unlink(path)


def _no_room(kit: Kit, backup: DatabaseBackup, free: int) -> StoreFailed:
    """The unpacked backup does not fit beside the others."""
    path, file = str(kit.root / TEMP), backup.file or ""
    return StoreFailed(NO_SPACE, path=path, file=file, needed=backup.whole_bytes, free=free)


def judge_plain(work: Work, name: str, backup: DatabaseBackup, plain: Path, depth: Depth) -> PlainCheck:
    """Let the engine judge the plain file as deep as asked and compare its row counts with the manifest's."""

    def progress(phase: str, done: int, total: int) -> None:
        work.teller.tell(phase, name, done, total)

    verdict = work.kit.engine.check_plain(plain, depth, progress, work.cancel)
    promised = backup.facts.row_counts if backup.facts else None
    counts = work.kit.engine.server is None  # rows in a server's backup file only the server can count, in a restore
    if verdict.ok and promised is not None and counts and verdict.row_counts != promised:
        table = next(
            (
                t
                for t in {**promised, **(verdict.row_counts or {})}
                if (verdict.row_counts or {}).get(t) != promised.get(t)
            ),
            "",
        )
        values: dict[str, str | int] = {
            "database": name,
            "table": table,
            "expected": promised.get(table, 0),
            "found": (verdict.row_counts or {}).get(table, 0),
        }
        return PlainCheck(ok=False, problem=Problem(code="verify.row_counts", values=values))
    return verdict
