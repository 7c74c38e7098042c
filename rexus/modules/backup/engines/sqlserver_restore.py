"""A restore by the server: where the files go, one step after the other, and the state put right whatever happens."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import msgspec

from ..base.cancel import CancelToken
from ..base.clock import spelled
from ..base.errors import BackupError, Damaged, SourceFailed
from ..base.records import BackupKind, DatabaseBackup, Problem, Severity
from . import sqlserver_progress, tsql, tsql_access, tsql_ask
from .headers import FileEntry
from .logins_script import login_for
from .messages import NEEDS_MORE_LOG, found_errors, problem_of, warnings_of
from .port import PlainCheck, Progress
from .port_server import Occupant, ServerRestore, ServerStep
from .sqlserver_client import Client, Executed, Row
from .sqlserver_facts import DatabaseFacts, ServerFacts, ask_database, row_counts
from .sqlserver_headers import file_of, header_of
from .sqlserver_progress import Course
from .sqlserver_prove import proven

log = logging.getLogger(__name__)
_PERCENT = 100
_EXTENSIONS = {"D": ".mdf", "L": ".ldf", "F": "", "S": ""}


@dataclass(frozen=True, slots=True)
class Restoring:
    """The parts that a restore works with."""

    client: Client
    server: ServerFacts
    progress: Progress
    cancel: CancelToken

    def values(self, name: str, **more: str | int) -> dict[str, str | int]:
        """What sentences say of it."""
        return {"database": name, "server": self.server.name, "login": self.server.login, **more}


def restore(order: ServerRestore, work: Restoring) -> tuple[Problem, ...]:
    """Do every step, then open the database. Raises `SourceFailed`, `Cancelled`.

    A spare step is done only when the server asks for more log. What the database is like after a failure is for the
    caller to put right.
    """
    notes: list[Problem] = []
    first, asked = True, False
    moves = placed(work.client, work.server, order)
    for number, step in enumerate(order.steps):
        if step.spare and not asked:
            continue
        work.cancel.check()
        batch = _statement(order, step, moves if first else (), first=first)
        executed = _run(order.name, batch, work, (number, len(order.steps)))
        asked = NEEDS_MORE_LOG in executed.numbers
        notes += warnings_of(executed.messages, **work.values(order.name))
        first = False
    wanted = work.server.utc(order.steps[-1].stop_at)
    if asked and wanted is not None:
        notes.append(_note("sqlserver.stop_beyond", {"database": order.name, "at": spelled(wanted)}))
    end = tsql.recover(order.name)
    if order.closed:  # a stop between opening and closing would leave it open: who stops is heard before and after
        work.cancel.check()
        end = tsql_access.recover_closed(order.name, order.users)
        work = replace(work, progress=_unstoppable(work), cancel=CancelToken())
    _run(order.name, end, work, (len(order.steps), len(order.steps)))
    return tuple(notes)


def _unstoppable(work: Restoring) -> Progress:
    """The progress of what nobody can stop: from the wish to stop on it says so, and that it is waited for."""

    def tell(phase: str, done: int, total: int) -> None:
        work.progress("cancel_too_late" if work.cancel.is_set else phase, done, total)

    return tell


def _statement(order: ServerRestore, step: ServerStep, moves: Sequence[tsql.Move], *, first: bool) -> tsql.Batch:
    log_backup = step.kind is BackupKind.LOG
    batch = tsql.restore(
        tsql.RestoreOrder(
            database=order.name,
            media=tsql.media(step.file, *step.more),
            log=log_backup,
            position=step.position,
            moves=tuple(moves),
            recovery=False,
            replace=first and order.overwrite,
            checksum=False,
            stop=tsql.Stop(at=step.stop_at) if log_backup and step.stop_at is not None else None,
            exclusive=first and order.overwrite,
        )
    )
    if batch.cleanup and order.closed:
        return msgspec.structs.replace(batch, cleanup=tsql_access.users_again(order.name, order.users))
    return batch


def _run(name: str, batch: tsql.Batch, work: Restoring, step: tuple[int, int]) -> Executed:
    """Run one statement while its progress is told: of the steps, in hundredths. Raises as `proven`."""
    number, steps = step
    course = Course(phase="restore", begin=number * _PERCENT, length=_PERCENT, total=max(1, steps) * _PERCENT)
    executed = sqlserver_progress.run(work.client, batch, course, work.progress, work.cancel)
    return proven(work.client, batch, executed, work.values(name))


def placed(client: Client, server: ServerFacts, order: ServerRestore) -> tuple[tsql.Move, ...]:
    """Where each file of the database goes. Raises `SourceFailed`.

    Over a database that exists: where that has its files, as far as they match; else into the server's usual folders,
    under names that no other database has.
    """
    media = tsql.media(order.steps[0].file, *order.steps[0].more)
    entries = [file_of(row) for row in client.query(tsql.file_list(media, order.steps[0].position))]
    present = [one for one in entries if one.is_present]
    if not present:
        raise SourceFailed("sqlserver.no_files", database=order.name, path=order.steps[0].file)
    here = client.query(tsql_ask.files_of(order.name)) if order.overwrite else ()
    taken = {_kind(row): row for row in reversed(here)} | {row.text("logical_name").casefold(): row for row in here}
    moves, used = list[tsql.Move](), set[str]()
    for entry in present:
        row = taken.get(entry.logical_name.casefold()) or taken.get(entry.type)
        path = row.text("physical_name") if row is not None else ""
        if not path or path.casefold() in used:
            path = new_path(server, order.name, entry, used)
        used.add(path.casefold())
        moves.append(tsql.Move(logical_name=entry.logical_name, path=path))
    return tuple(moves)


def _kind(row: Row) -> str:
    """``type_desc`` as FILELISTONLY writes it."""
    return {"ROWS": "D", "LOG": "L"}.get(row.text("type_desc").upper(), "S")


def new_paths(server: ServerFacts, name: str, entries: Iterable[FileEntry]) -> tuple[str, ...]:
    """Where the files go of a database that is new under that ``name``: each to a place of its own."""
    used, found = set[str](), list[str]()
    for entry in entries:
        found.append(new_path(server, name, entry, used))
        used.add(found[-1].casefold())
    return tuple(found)


def new_path(server: ServerFacts, name: str, entry: FileEntry, used: Collection[str]) -> str:
    """Where a file goes of a database that is new under that ``name``: into the server's usual folders.

    Other logical names may come to the same path, which is then numbered. ``used`` is in lower case, for Windows makes
    no difference between the two, and neither does a share that a server on Linux may write to.
    """
    folder = (server.log_folder if entry.type == "L" else server.data_folder) or server.data_folder
    if not folder:  # the folder that the backup's server had: the only one that is known
        folder = entry.physical_name.rpartition(server.separator)[0]
    plain = "".join(letter if letter.isalnum() or letter in "_-" else "_" for letter in f"{name}_{entry.logical_name}")
    extension = _EXTENSIONS.get(entry.type, "")
    if entry.type == "D" and entry.file_id != 1:
        extension = ".ndf"
    start = f"{folder.rstrip(server.separator)}{server.separator}{plain[:100]}"
    paths = (f"{start}{number}{extension}" for number in ("", *(f"_{count}" for count in range(2, len(used) + 3))))
    return next(path for path in paths if path.casefold() not in used)


def identify(client: Client, file: str, backup: DatabaseBackup) -> bool:
    """Have the server read the header of a file; whether it brings back a database in which nobody may write.

    Raises `Damaged` where it is of another backup, `SourceFailed`.
    """
    headers = [header_of(row) for row in client.query(tsql.header_only(tsql.media(file)))]
    wanted = backup.facts.backup_set_guid if backup.facts is not None else None
    if wanted and wanted not in {one.set_guid for one in headers}:
        raise Damaged("sqlserver.not_that_backup", path=file, file=backup.file or backup.server_file or "")
    return any(one.is_read_only for one in headers if not wanted or one.set_guid == wanted)


def drop(client: Client, name: str) -> None:
    """Remove a database; none of that name is no error. Raises `SourceFailed`."""
    if ask_database(client, name) is None:
        return
    batch = tsql.drop(name)
    proven(client, batch, client.execute(batch), {"database": name})


def judge(name: str, work: Restoring) -> PlainCheck:
    """CHECKDB and row counts; damage is told, not raised. Raises `Cancelled`, `SourceFailed` where it can't be done."""
    batch = tsql.check_database(name)
    course = Course(phase="check", length=_PERCENT)
    executed = sqlserver_progress.run(work.client, batch, course, work.progress, work.cancel)
    errors = sum(found_errors(one) or 0 for one in executed.messages)
    if errors:
        values = work.values(name, count=errors)
        worst = problem_of(executed.messages, **values)
        told = {**values, "said": worst.values.get("said", "") if worst is not None else ""}
        return PlainCheck(ok=False, problem=Problem(code="sqlserver.checkdb", values=told))
    proven(work.client, batch, executed, work.values(name))
    return PlainCheck(ok=True, row_counts=row_counts(work.client, name))


def occupants(client: Client, name: str) -> tuple[Occupant, ...]:
    """Who is in a database, as far as our login may see. Raises nothing."""
    try:
        rows = client.query(tsql_ask.sessions_in(name))
    except BackupError as error:
        log.info("who is in %s can't be seen: %s", name, error)
        return ()
    return tuple(
        Occupant(
            session=row.integer("session_id") or 0,
            login=row.text("login_name"),
            host=row.text("host_name").strip(),
            program=row.text("program_name").strip(),
        )
        for row in rows
    )


def afterwards(client: Client, server: ServerFacts, name: str) -> tuple[Problem, ...]:
    """Users without a login, with the statement that joins them again; a database that nobody owns. Raises nothing."""
    found: list[Problem] = []
    try:
        state = ask_database(client, name)
        rows = client.query(tsql_ask.orphaned_users(name))
    except BackupError as error:
        log.info("users of %s can't be looked at: %s", name, error)
        return ()
    for row in rows:
        user, login, sid = row.text("user_name"), row.text("same_name"), row.text("sid")
        statement = tsql.adopt_user(name, user, login).text if login else login_for(user, sid)
        code = "sqlserver.orphan" if login else "sqlserver.orphan_unknown"
        values: dict[str, str | int] = {"database": name, "user": user, "statement": statement}
        found.append(_note(code, values))
    if state is not None and not state.owner:
        statement = tsql.set_owner(name, server.login or "sa").text
        found.append(_note("sqlserver.no_owner", {"database": name, "statement": statement}))
    return tuple(found)


def _note(code: str, values: dict[str, str | int]) -> Problem:
    return Problem(code=code, severity=Severity.WARNING, values=values)


def may_restore(server: ServerFacts, there: DatabaseFacts | None) -> bool:
    """Whether the login may restore there; a right to RESTORE that could be granted does not exist.

    Over an existing database its owner and two roles of the server may, a new one whoever may create databases.
    """
    if server.is_sysadmin or server.is_dbcreator:
        return True
    return server.may_create if there is None else there.is_owner
