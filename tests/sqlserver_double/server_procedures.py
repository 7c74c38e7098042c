"""The server's own procedures that a tool for backups may call: files, folders, registry, configuration."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from .answers import Answer, Column, Columns, Done, Row
from .interpreter import Interpreter
from .server_disk import DiskError
from .sql_dates import parse_moment
from .sql_types import DATETIME
from .statements_execute import Given, procedure
from .world_messages import error, os_error, say

SELECT = 193
BACKUP_MAGIC = (b"TAPE", b"MSSQLBAK")


def rows(it: Interpreter, columns: dict[str, str], *found: tuple[object, ...]) -> Iterator[Answer]:
    """A result set."""
    yield Columns(tuple(Column(name, kind) for name, kind in columns.items()))
    yield from (Row(row) for row in found)
    yield Done(SELECT, None if it.session.nocount else len(found))


def _only_sysadmin(it: Interpreter, name: str) -> None:
    if not it.session.rights.is_sysadmin:
        raise error(229, "EXECUTE", name, "mssqlsystemresource", "sys")


@procedure("xp_fileexist")
def xp_fileexist(it: Interpreter, given: Given) -> Iterator[Answer]:
    """Three flags, all 0 for who is not sysadmin."""
    path = str(given.need(0, "@filename"))
    flags = it.world.disk.exists(path) if it.session.rights.is_sysadmin else (False, False, False)
    is_file, is_folder, has_parent = flags
    slot = given.output(1, "@file_exists")
    if slot is not None:
        slot.value = int(is_file)
        return
    head = {"File Exists": "int", "File is a Directory": "int", "Parent Directory Exists": "int"}
    yield from rows(it, head, (int(is_file), int(is_folder), int(has_parent)))


@procedure("xp_dirtree")
def xp_dirtree(it: Interpreter, given: Given) -> Iterator[Answer]:
    """Folders below a folder, and files where the third argument says so; nothing for who is not sysadmin."""
    folder = str(given.need(0, "@path"))
    depth, files = int(str(given.get(1, "@depth", 0))), bool(given.get(2, "@file", 0))
    found: list[tuple[object, ...]] = []
    if it.session.rights.is_sysadmin:
        found = [row for row in _below(it.world.disk.local(folder), 1, depth) if files or not row[2]]
    head = {"subdirectory": "nvarchar(512)", "depth": "int"} | ({"file": "int"} if files else {})
    yield from rows(it, head, *(row if files else row[:2] for row in found))


def _below(folder: Path, level: int, depth: int) -> Iterator[tuple[str, int, int]]:
    """Name, level and whether it is a file, of all that is down to that depth; 0 is all the way down."""
    entries = folder.iterdir() if folder.is_dir() else ()
    for entry in sorted(entries, key=lambda each: each.name.casefold()):
        yield entry.name, level, int(entry.is_file())
        if entry.is_dir() and (depth == 0 or level < depth):
            yield from _below(entry, level + 1, depth)


@procedure("xp_create_subdir")
def xp_create_subdir(it: Interpreter, given: Given) -> Iterator[Answer]:
    _only_sysadmin(it, "xp_create_subdir")
    folder = str(given.need(0, "@path"))
    try:
        it.world.disk.make_folder(folder)
    except DiskError as problem:
        told = os_error(problem.number).partition("(")[2].rstrip(")")
        raise error(22048, f"xp_create_subdir() returned error {problem.number}, '{told}'") from None
    yield from ()


@procedure("xp_delete_file")
def xp_delete_file(it: Interpreter, given: Given) -> Iterator[Answer]:
    """Deletes real backups of an extension that are older; a file by its name too. Reads their first bytes."""
    _only_sysadmin(it, "xp_delete_file")
    path = str(given.need(1, "@path"))
    extension = str(given.get(2, "@extension") or "").lstrip(".").casefold()
    limit = given.get(3, "@date")
    before = parse_moment(str(limit), DATETIME, it.session.dateformat) if isinstance(limit, str) else limit
    local = it.world.disk.local(path)
    if not local.exists():
        raise error(22049, "xp_delete_file() returned error 2, 'The system cannot find the file specified.'")
    deep = bool(given.get(4, "@subfolder", 0))
    entries = [local] if local.is_file() else sorted(local.rglob("*") if deep else local.glob("*"))
    for entry in entries:
        if entry.is_file() and (local.is_file() or entry.suffix.lstrip(".").casefold() == extension):
            _delete_backup(it, entry, before if isinstance(before, datetime) else None)
    yield from ()


def _delete_backup(it: Interpreter, entry: Path, before: datetime | None) -> None:
    with entry.open("rb") as file:
        is_backup = file.read(8).startswith(BACKUP_MAGIC)
    written = datetime.fromtimestamp(entry.stat().st_mtime, UTC).replace(tzinfo=None) + it.world.clock.offset
    if is_backup and (before is None or written < before):
        entry.unlink()


@procedure("xp_fixeddrives")
def xp_fixeddrives(it: Interpreter, _given: Given) -> Iterator[Answer]:
    disk = it.world.disk
    found = [(volume[0], disk.free(volume) // 2**20) for volume in disk.volumes()]
    yield from rows(it, {"drive": "varchar(1)", "MB free": "int"}, *found)


@procedure("xp_instance_regread", "xp_regread")
def xp_instance_regread(it: Interpreter, given: Given) -> Iterator[Answer]:
    """The folders of the instance; Linux has no registry that tells them."""
    key, name = str(given.need(1, "@key")), str(given.need(2, "@value_name"))
    known = {
        "backupdirectory": it.world.backup_folder,
        "defaultdata": it.world.data_folder,
        "defaultlog": it.world.data_folder,
        "sqldataroot": it.world.data_folder.rpartition(it.world.separator)[0],
    }
    there = it.world.platform == "windows" and "mssqlserver" in key.casefold()
    value = known.get(name.casefold()) if there else None
    slot = given.output(3, "@value")
    if slot is not None:
        slot.value = value
        return
    yield from rows(it, {"Value": "nvarchar(512)", "Data": "nvarchar(4000)"}, (name, value))


@procedure("sp_configure")
def sp_configure(it: Interpreter, given: Given) -> Iterator[Answer]:
    """All options, one of them, or one set to another value, which RECONFIGURE makes valid."""
    settings = it.world.settings
    wanted = given.get(0, "@configname")
    shown = [one for one in settings.values() if one.advanced <= settings["show advanced options"].running]
    if wanted is not None:
        shown = [one for one in shown if str(wanted).casefold() in one.name]
        if not shown:
            raise error(15123, wanted)
    value = given.get(1, "@configvalue")
    if value is not None:
        if not it.session.rights.server("ALTER SETTINGS"):
            raise error(15247)
        one = shown[0]
        before, one.value = one.value, int(str(value))
        yield say(15457, one.name, before, one.value).message(it.session.language)
        return
    head = {"name": "nvarchar(35)", "minimum": "int", "maximum": "int", "config_value": "int", "run_value": "int"}
    yield from rows(it, head, *((one.name, one.least, one.most, one.value, one.running) for one in shown))
