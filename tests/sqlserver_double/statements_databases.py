"""CREATE, ALTER and DROP DATABASE, and the state that a database is brought into."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace

from .answers import Answer
from .database_files import default_files, make_files, place_problem, remove_files
from .databases import LOG_UNLIMITED, MIB, Database, DatabaseFile
from .interpreter import Interpreter, defines
from .statement_tree import Define, Statement
from .world_messages import Said, SqlError, error, say

SYSTEM_REFUSES = frozenset({"SINGLE_USER", "OFFLINE", "READ_ONLY", "RESTRICTED_USER", "EMERGENCY"})
ACCESS = frozenset({"SINGLE_USER", "MULTI_USER", "RESTRICTED_USER"})
EXCLUSIVE = frozenset({"SINGLE_USER", "OFFLINE", "READ_ONLY", "READ_WRITE"})
BOOLEANS = frozenset({
    "ALLOW_SNAPSHOT_ISOLATION", "ANSI_NULLS", "AUTO_CLOSE", "AUTO_CREATE_STATISTICS", "AUTO_SHRINK",
    "AUTO_UPDATE_STATISTICS", "AUTO_UPDATE_STATISTICS_ASYNC", "ENCRYPTION", "QUOTED_IDENTIFIER",
    "READ_COMMITTED_SNAPSHOT", "TRUSTWORTHY",
})  # fmt: skip


@defines("CREATE DATABASE")
def create_database(it: Interpreter, one: Statement) -> Iterator[Answer]:
    assert isinstance(one, Define)
    name, world = one.name[0], it.world
    with world.lock:
        if not it.session.rights.on(world.database("master"), "CREATE DATABASE"):
            raise error(262, "CREATE DATABASE", "master")
        if name.casefold() in world.databases:
            raise error(1801, name)
        files = _files(it, one, name)
        limit = world.edition.limit
        if limit is not None and sum(each.size for each in files if each.type == "D") > limit:
            raise error(1827, limit // MIB)
        problems = [said for each in files if (said := place_problem(world, each.physical)) is not None]
        if problems:
            raise SqlError(*problems, say(1802))
        made = Database(
            name=name,
            id=world.next_database_id(),
            created_at=world.clock.tick().replace(microsecond=0),
            owner_sid=it.session.account.sid,
            collation=str(one.parts.get("collation", world.collation)),
            compatibility=world.edition.compatibility,
            recovery_model=world.database("model").recovery_model,
            files=files,
        )
        made.fork = made.family_guid
        make_files(world, made)
        world.databases[made.key] = made
    yield it.done(one)


def _files(it: Interpreter, one: Define, name: str) -> tuple[DatabaseFile, ...]:
    made: list[DatabaseFile] = []
    plain = default_files(it.world, name)
    for kind, usual in (("data", plain[0]), ("log", plain[1])):
        specs = one.parts.get(kind) or ({},)
        assert isinstance(specs, tuple)
        for place, spec in enumerate(specs):
            base = usual if place == 0 else replace(usual, unique_id=str(uuid.uuid4()))
            made.append(_file(base, len(made) + 1, spec))
    return tuple(made)


def _file(base: DatabaseFile, number: int, spec: dict[str, object]) -> DatabaseFile:
    top = LOG_UNLIMITED if base.type == "L" else base.max_size
    return replace(
        base,
        id=number,
        logical=str(spec.get("NAME", base.logical)),
        physical=str(spec.get("FILENAME", base.physical)),
        size=int(str(spec.get("SIZE") or base.size)),
        max_size=int(str(spec.get("MAXSIZE") or top)),
        growth=int(str(spec.get("FILEGROWTH") or base.growth)),
    )


@defines("DROP DATABASE")
def drop_database(it: Interpreter, one: Statement) -> Iterator[Answer]:
    assert isinstance(one, Define)
    names = one.parts["NAMES"]
    assert isinstance(names, tuple)
    it.session.pass_point("drop", names[0][-1])
    with it.world.lock:
        for parts in names:
            _drop(it, parts[-1], quiet=bool(one.parts["IF EXISTS"]))
    yield it.done(one)


def _drop(it: Interpreter, name: str, *, quiet: bool) -> None:
    found = it.world.databases.get(name.casefold())
    if found is None:
        if quiet:
            return
        raise error(3701, "database", name)
    if found.is_system:
        raise error(3708, "drop", "database", name)
    rights = it.session.rights
    if not (rights.on(found, "CONTROL") or rights.server("ALTER ANY DATABASE")):
        raise error(3701, "database", name)
    if it.world.users_of(found) or found.backing_up:
        raise error(3702, found.name)
    if found.state != "OFFLINE":
        remove_files(it.world, found)
    del it.world.databases[found.key]


@defines("ALTER DATABASE")
def alter_database(it: Interpreter, one: Statement) -> Iterator[Answer]:
    """What goes wrong is followed by 5069."""
    assert isinstance(one, Define)
    try:
        it.session.pass_point("alter", one.name[0] or it.session.database)
        with it.world.lock:
            told = _alter(it, one)
    except SqlError as problem:
        raise SqlError(*problem.said, say(5069), line=problem.line, ends_batch=problem.ends_batch) from None
    yield from (said.message(it.session.language, one.line) for said in told)
    yield it.done(one)


def _alter(it: Interpreter, one: Define) -> list[Said]:
    """Called with the lock held; what is to be said."""
    name = one.name[0] or it.session.database
    found = it.world.databases.get(name.casefold())
    if found is None or not it.session.rights.on(found, "ALTER"):
        raise error(5011, name)
    if "RENAME" in one.parts:
        _rename(it, found, str(one.parts["RENAME"]))
        return []
    if "ADD" in one.parts:
        _add_files(it, found, one)
        return []
    options = one.parts["SET"]
    assert isinstance(options, tuple)
    termination = str(one.parts.get("TERMINATION", ""))
    told: list[Said] = []
    for word, value in options:
        told += _set(it, found, word, value, termination)
    return told


def _rename(it: Interpreter, found: Database, name: str) -> None:
    if name.casefold() in it.world.databases:
        raise error(1801, name)
    if it.world.users_of(found):
        raise error(5061, found.name)
    del it.world.databases[found.key]
    found.name = name
    it.world.databases[found.key] = found


def _add_files(it: Interpreter, found: Database, one: Define) -> None:
    if found.backing_up:
        raise error(3023)
    specs = one.parts["ADD"]
    assert isinstance(specs, tuple)
    for spec in specs:
        number = max(each.id for each in found.files) + 1
        base = replace(found.files[0], unique_id=str(uuid.uuid4()))
        made = _file(base, number, spec)
        problem = place_problem(it.world, made.physical)
        if problem is not None:
            raise SqlError(problem)
        found.files = (*found.files, made)
        make_files(it.world, found)
        found.append(it.world.clock.tick(), {}, "add file")


def _set(it: Interpreter, found: Database, word: str, value: str, termination: str) -> list[Said]:
    """One option; what is said on the way."""
    if found.is_system and word in SYSTEM_REFUSES:
        raise error(5058, word, found.name)
    if found.state == "RESTORING":
        raise error(5052, "ALTER DATABASE", "Restoring")
    if found.state == "OFFLINE" and word not in {"ONLINE", "OFFLINE"}:
        raise error(5052, "ALTER DATABASE", "OFFLINE")
    said = _make_free(it, found, word, termination) if word in EXCLUSIVE or found.user_access == "SINGLE_USER" else []
    if word in ACCESS:
        found.user_access = word
    elif word in {"OFFLINE", "ONLINE"}:
        found.state = word
        it.world.changed.notify_all()
    elif word in {"READ_ONLY", "READ_WRITE"}:
        found.read_only = word == "READ_ONLY"
    else:
        _set_option(it, found, word, value)
    return said


def _set_option(it: Interpreter, found: Database, word: str, value: str) -> None:
    if word == "RECOVERY" and value in {"FULL", "SIMPLE", "BULK_LOGGED"}:
        _set_recovery(it, found, value)
    elif word == "PAGE_VERIFY" and value:
        found.page_verify = value
    elif word == "COMPATIBILITY_LEVEL" and value.isdigit():
        found.compatibility = int(value)
    elif word in BOOLEANS and value in {"ON", "OFF"}:
        _set_flag(found, word, value == "ON")
    else:
        raise error(102, word, ends_batch=True)


def _set_recovery(it: Interpreter, found: Database, value: str) -> None:
    """Leaving or entering SIMPLE breaks the chain of logs: a full or differential backup must come first."""
    if (value == "SIMPLE") != (found.recovery_model == "SIMPLE"):
        found.break_chain()
    found.recovery_model = value
    found.append(it.world.clock.tick(), {}, "recovery model")


def _set_flag(found: Database, word: str, on: bool) -> None:
    if word == "TRUSTWORTHY":
        found.trustworthy = on
    elif word == "ENCRYPTION":
        found.encrypted = on
    else:
        found.options[word] = on


def _make_free(it: Interpreter, found: Database, word: str, termination: str) -> list[Said]:
    """See that nobody else uses the database: throw them out, wait for them, or fail at once."""
    world, session = it.world, it.session
    others = world.users_of(found, without=session)
    if not others:
        return []
    if found.user_access == "SINGLE_USER" and termination != "ROLLBACK":
        raise error(5064, found.name)
    if termination == "NO_WAIT":
        raise error(5070, found.name)
    if termination != "ROLLBACK":
        limit = None if session.lock_timeout < 0 else session.lock_timeout / 1000
        if not session.wait_for(lambda: not world.users_of(found, without=session), limit):
            raise error(5061, found.name)
        return []
    for other in others:
        other.stop("killed")
        other.roll_back()
        world.sessions.pop(other.id, None)
    return [say(5060, 0), say(5060, 100)]
