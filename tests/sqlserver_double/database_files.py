"""The files of databases on the server's disk: small stand-ins that say whose they are, and the room they take."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import msgspec

from .databases import LOG_UNLIMITED, Database, DatabaseFile
from .server_disk import DiskError
from .world_messages import Said, SqlError, os_error, say

if TYPE_CHECKING:
    from .world import SqlWorld


class Standin(msgspec.Struct):
    """What stands in the file."""

    family: str
    unique_id: str


def default_files(world: SqlWorld, name: str) -> tuple[DatabaseFile, ...]:
    """One data file and one log file in the folder of the instance."""
    join = world.disk.join
    data = DatabaseFile(1, "D", name, join(world.data_folder, f"{name}.mdf"), unique_id=str(uuid.uuid4()))
    log = DatabaseFile(
        2, "L", f"{name}_log", join(world.data_folder, f"{name}_log.ldf"), max_size=LOG_UNLIMITED, group="",
        unique_id=str(uuid.uuid4()),
    )  # fmt: skip
    return data, log


def place_problem(world: SqlWorld, physical: str) -> Said | None:
    """Why a file can't be made there, in the words of CREATE DATABASE; None where it can."""
    is_file, is_folder, has_parent = world.disk.exists(physical)
    if not has_parent:
        missing = 3 if world.windows else 2
        return say(5133, physical, os_error(missing))
    if is_folder:
        return say(5123, os_error(5), physical)
    try:
        world.disk.writing(physical)
    except DiskError as problem:
        return say(5123, os_error(problem.number), physical)
    return say(5170, physical) if is_file else None


def make_files(world: SqlWorld, database: Database) -> None:
    """Put the stand-ins where the files are; what is there is overwritten."""
    for file in database.files:
        write_standin(world, file, database.family_guid)


def write_standin(world: SqlWorld, file: DatabaseFile, family: str) -> None:
    """Raises `SqlError` 5123 where it can't be written."""
    try:
        local = world.disk.writing(file.physical)
    except DiskError as problem:
        raise SqlError(say(5123, os_error(problem.number), file.physical)) from None
    local.write_bytes(msgspec.json.encode(Standin(family, file.unique_id)))
    world.disk.reserved[local] = file.size


def family_of(world: SqlWorld, physical: str) -> str | None:
    """The family of the database whose file this is; None for a file of something else."""
    try:
        return msgspec.json.decode(world.disk.local(physical).read_bytes(), type=Standin).family
    except (OSError, msgspec.DecodeError):
        return None


def remove_files(world: SqlWorld, database: Database) -> None:
    """Delete them, as DROP DATABASE does; what can't be deleted stays."""
    for file in database.files:
        try:
            world.disk.delete(file.physical)
        except DiskError:
            continue


def owner_of_file(world: SqlWorld, physical: str) -> Database | None:
    """The database that has the file open."""
    key = world.disk.key(physical)
    for database in world.databases.values():
        if any(world.disk.key(file.physical) == key for file in database.files):
            return database
    return None
