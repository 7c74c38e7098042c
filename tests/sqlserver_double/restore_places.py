"""Where the files of a restored database would go, and whether they can: MOVE, owners, folders, room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rexus.modules.backup.engines.bak_records import SetContents
from rexus.modules.backup.engines.headers import FileEntry

from .database_files import family_of, owner_of_file, place_problem
from .databases import DATA_UNLIMITED, LOG_UNLIMITED, MIB, Database, DatabaseFile
from .interpreter import Interpreter
from .media_orders import Order
from .world_messages import Said, SqlError, error, say


def placed_files(
    it: Interpreter, order: Order, one: SetContents, existing: Database | None
) -> tuple[DatabaseFile, ...]:
    """The files with the places that they will have. Raises `SqlError` for what can't be."""
    files = [_file(each) for each in one.files]
    moves = _moves(order, files)
    placed = tuple(replace(each, physical=moves.get(each.logical.casefold(), each.physical)) for each in files)
    problems: list[Said] = []
    seen: dict[str, DatabaseFile] = {}
    for file in placed:
        other = seen.setdefault(it.world.disk.key(file.physical), file)
        if other is not file:
            problems.append(say(3176, file.physical, file.logical, file.id, other.logical, other.id))
            continue
        problems += _place_problems(it, order, file, one, existing)
    if not problems:
        problems = _room_problems(it, placed, existing)
    if problems:
        raise SqlError(*problems, say(3119))
    limit = it.world.edition.limit
    if limit is not None and sum(each.size for each in placed if each.type == "D") > limit:
        raise error(1827, limit // MIB)
    return placed


def _file(one: FileEntry) -> DatabaseFile:
    usual = LOG_UNLIMITED if one.type == "L" else DATA_UNLIMITED
    return DatabaseFile(
        one.file_id, one.type, one.logical_name, one.physical_name, one.size_bytes, one.max_bytes or usual,
        one.growth or 64 * MIB, one.growth_is_percent, one.file_group, one.unique_id,
    )  # fmt: skip


def _moves(order: Order, files: Sequence[DatabaseFile]) -> dict[str, str]:
    known = {each.logical.casefold() for each in files}
    found: dict[str, str] = {}
    for logical, to in order.moves:
        if logical.casefold() not in known:
            raise error(3234, logical, order.database)
        if logical.casefold() in found:
            raise error(4353, logical)
        found[logical.casefold()] = to
    return found


def _place_problems(
    it: Interpreter, order: Order, file: DatabaseFile, one: SetContents, existing: Database | None
) -> list[Said]:
    owner = owner_of_file(it.world, file.physical)
    cannot = say(3156, file.logical, file.physical)
    if owner is not None and owner is not existing:
        return [say(1834, file.physical, owner.name), cannot]
    problem = place_problem(it.world, file.physical)
    if problem is None or (problem.number == 5170 and owner is not None):
        return []
    if problem.number != 5170:
        return [problem, cannot]
    if order.has("REPLACE") or family_of(it.world, file.physical) == one.header.family_guid:
        return []
    return [say(3142, file.physical, file.physical), cannot]


def _room_problems(it: Interpreter, files: Sequence[DatabaseFile], existing: Database | None) -> list[Said]:
    """3257 for every volume that is too small; what the database takes already counts as free."""
    disk, needed = it.world.disk, dict[str, int]()
    for file in files:
        volume = disk.volume(file.physical)
        needed[volume] = needed.get(volume, 0) + file.size
    for file in existing.files if existing else ():
        volume = disk.volume(file.physical)
        if volume in needed:
            needed[volume] -= file.size
    lacking = [(volume, size, disk.free(volume)) for volume, size in needed.items() if size > disk.free(volume)]
    return [say(3257, volume, size, free) for volume, size, free in lacking]


def space_warnings(it: Interpreter, order: Order, one: SetContents) -> list[Said]:
    """What VERIFYONLY says of the places where the files would go; it is valid all the same."""
    files = [_file(each) for each in one.files]
    moves = _moves(order, files)
    placed = [replace(each, physical=moves.get(each.logical.casefold(), each.physical)) for each in files]
    found: list[Said] = []
    for file in placed:
        problem = place_problem(it.world, file.physical)
        if problem is not None and problem.number != 5170:
            found.append(replace(problem, severity=10))
    existing = it.world.databases.get(one.header.database.casefold())
    if not found:
        found = [replace(each, severity=10) for each in _room_problems(it, placed, existing)]
    return [say(3181), *found] if found else []
