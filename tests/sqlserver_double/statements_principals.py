"""Logins, users, roles, permissions, owners, and KILL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .answers import Answer
from .databases import Database
from .interpreter import Interpreter, defines
from .logins import DATABASE_ROLES, SERVER_PERMISSIONS, SERVER_ROLES, Account, User, sid_of, windows_sid
from .statement_tree import Define, Statement
from .world_messages import error


def _here(it: Interpreter) -> Database:
    return it.world.database(it.session.database)


def _change_user(it: Interpreter, database: Database, user: User) -> None:
    database.change(database.content.with_user(user), it.world.clock.tick())


@defines("CREATE LOGIN")
def create_login(it: Interpreter, one: Statement) -> Iterator[Answer]:
    assert isinstance(one, Define)
    name, parts = one.name[0], one.parts
    with it.world.lock:
        if not it.session.rights.server("ALTER ANY LOGIN"):
            raise error(15247)
        if name.casefold() in it.world.logins:
            raise error(15025, name)
        windows = bool(parts.get("WINDOWS"))
        sid = parts.get("SID")
        usual = windows_sid(name) if windows else sid_of(name, it.world.name)
        account = Account(
            name=name,
            password="" if isinstance(parts.get("PASSWORD"), bytes) else str(parts.get("PASSWORD", "")),
            hash=hashed if isinstance(hashed := parts.get("PASSWORD"), bytes) else b"",
            checks_policy=parts.get("CHECK_POLICY", "ON") == "ON",
            checks_expiration=parts.get("CHECK_EXPIRATION") == "ON",
            sid=sid if isinstance(sid, bytes) else usual,
            id=it.world.next_login_id(),
            windows=windows,
            default_database=str(parts.get("DEFAULT_DATABASE", "master")),
            default_language=str(parts.get("DEFAULT_LANGUAGE", "us_english")),
        )
        it.world.logins[name.casefold()] = account
    yield it.done(one)


def _login(it: Interpreter, name: str, word: str = "alter") -> Account:
    found = it.world.logins.get(name.casefold())
    if found is None:
        raise error(15151, word, "login", name)
    return found


@defines("ALTER LOGIN")
def alter_login(it: Interpreter, one: Statement) -> Iterator[Answer]:
    assert isinstance(one, Define)
    with it.world.lock:
        account = _login(it, one.name[0])
        if not it.session.rights.server("ALTER ANY LOGIN") and account is not it.session.account:
            raise error(15151, "alter", "login", one.name[0])
        if "STATE" in one.parts:
            account.disabled = one.parts["STATE"] == "DISABLE"
        account.password = str(one.parts.get("PASSWORD", account.password))
        account.default_database = str(one.parts.get("DEFAULT_DATABASE", account.default_database))
        account.default_language = str(one.parts.get("DEFAULT_LANGUAGE", account.default_language))
    yield it.done(one)


@defines("DROP LOGIN")
def drop_login(it: Interpreter, one: Statement) -> Iterator[Answer]:
    assert isinstance(one, Define)
    names = one.parts["NAMES"]
    assert isinstance(names, tuple)
    with it.world.lock:
        for parts in names:
            account = _login(it, parts[-1], "drop")
            if not it.session.rights.server("ALTER ANY LOGIN"):
                raise error(15151, "drop", "login", parts[-1])
            del it.world.logins[account.name.casefold()]
    yield it.done(one)


@defines("CREATE USER")
def create_user(it: Interpreter, one: Statement) -> Iterator[Answer]:
    assert isinstance(one, Define)
    name, database = one.name[0], _here(it)
    with it.world.lock:
        if not it.session.rights.on(database, "ALTER ANY USER"):
            raise error(15247)
        if name.casefold() in database.content.users:
            raise error(15023, name)
        login = one.parts.get("LOGIN", name)
        number = max([4, *(user.id for user in database.content.users.values())]) + 1
        if login is None:
            user = User(name, sid_of(name, database.name), number, with_login=False)
        else:
            account = _login(it, str(login), "find")
            user = User(name, account.sid, number, account.windows)
        _change_user(it, database, user)
    yield it.done(one)


def _user(it: Interpreter, database: Database, name: str, word: str) -> User:
    found = database.content.users.get(name.casefold())
    if found is None or not it.session.rights.on(database, "ALTER ANY USER"):
        raise error(15151, word, "user", name)
    return found


@defines("ALTER USER")
def alter_user(it: Interpreter, one: Statement) -> Iterator[Answer]:
    """``WITH LOGIN = l`` brings an orphaned user back to a login."""
    assert isinstance(one, Define)
    database = _here(it)
    with it.world.lock:
        user = _user(it, database, one.name[0], "alter")
        if "LOGIN" in one.parts:
            account = _login(it, str(one.parts["LOGIN"]), "find")
            user = replace(user, sid=account.sid, with_login=True)
        new = str(one.parts.get("NAME", user.name))
        database.content = database.content.without_user(user.name)
        _change_user(it, database, replace(user, name=new))
    yield it.done(one)


@defines("DROP USER")
def drop_user(it: Interpreter, one: Statement) -> Iterator[Answer]:
    assert isinstance(one, Define)
    names, database = one.parts["NAMES"], _here(it)
    assert isinstance(names, tuple)
    with it.world.lock:
        for parts in names:
            _user(it, database, parts[-1], "drop")
            database.change(database.content.without_user(parts[-1]), it.world.clock.tick())
    yield it.done(one)


@defines("ALTER ROLE")
def alter_role(it: Interpreter, one: Statement) -> Iterator[Answer]:
    assert isinstance(one, Define)
    role, database = one.name[0].lower(), _here(it)
    with it.world.lock:
        if role not in DATABASE_ROLES or not it.session.rights.on(database, "ALTER ANY ROLE"):
            raise error(15151, "alter", "role", one.name[0])
        user = _user(it, database, str(one.parts["MEMBER"]), "add")
        roles = user.roles | {role} if one.parts["WORD"] == "ADD" else user.roles - {role}
        _change_user(it, database, replace(user, roles=roles))
    yield it.done(one)


@defines("ALTER SERVER ROLE")
def alter_server_role(it: Interpreter, one: Statement) -> Iterator[Answer]:
    assert isinstance(one, Define)
    role = one.name[0].lower()
    with it.world.lock:
        if role not in SERVER_ROLES or not it.session.rights.is_sysadmin:
            raise error(15151, "alter", "server role", one.name[0])
        account = _login(it, str(one.parts["MEMBER"]), "find")
        (account.roles.add if one.parts["WORD"] == "ADD" else account.roles.discard)(role)
    yield it.done(one)


@defines("CREATE SCHEMA")
def create_schema(it: Interpreter, one: Statement) -> Iterator[Answer]:
    assert isinstance(one, Define)
    name, database = one.name[-1], _here(it)
    with it.world.lock:
        if not it.session.rights.on(database, "CREATE SCHEMA"):
            raise error(262, "CREATE SCHEMA", database.name)
        content = database.content
        if name.casefold() in {each.casefold() for each in content.schemas}:
            raise error(2714, name)
        database.change(replace(content, schemas=(*content.schemas, name)), it.world.clock.tick())
    yield it.done(one)


@defines("GRANT", "DENY", "REVOKE")
def grant(it: Interpreter, one: Statement) -> Iterator[Answer]:
    """Permissions of the server to logins, those of a database to its users."""
    assert isinstance(one, Define)
    permissions = one.parts["PERMISSIONS"]
    assert isinstance(permissions, tuple)
    wanted = set(permissions)
    with it.world.lock:
        database = it.world.databases.get(str(one.parts.get("ON", it.session.database)).casefold())
        if database is None:
            raise error(15151, "find", "database", one.parts["ON"])
        if wanted <= SERVER_PERMISSIONS and "ON" not in one.parts and not wanted <= {"CONNECT"}:
            _grant_server(it, one, wanted)
        else:
            _grant_database(it, one, database, frozenset(wanted))
    yield it.done(one)


def _grant_server(it: Interpreter, one: Define, wanted: set[str]) -> None:
    if not it.session.rights.server("CONTROL SERVER"):
        raise error(15151, "find", "login", one.name[0])
    account = _login(it, one.name[0], "find")
    account.grants -= wanted
    account.denied -= wanted
    if one.verb != "REVOKE":
        (account.grants if one.verb == "GRANT" else account.denied).update(wanted)


def _grant_database(it: Interpreter, one: Define, database: Database, wanted: frozenset[str]) -> None:
    user = database.content.users.get(one.name[0].casefold())
    if user is None or not it.session.rights.on(database, "CONTROL"):
        raise error(15151, "find", "user", one.name[0])
    grants, denied = user.grants - wanted, user.denied - wanted
    if one.verb == "GRANT":
        grants |= wanted
    elif one.verb == "DENY":
        denied |= wanted
    _change_user(it, database, replace(user, grants=grants, denied=denied))


@defines("ALTER AUTHORIZATION")
def alter_authorization(it: Interpreter, one: Statement) -> Iterator[Answer]:
    """A new owner of a database."""
    assert isinstance(one, Define)
    with it.world.lock:
        database = it.world.databases.get(one.name[0].casefold())
        if database is None or not (it.session.rights.on(database, "TAKE OWNERSHIP")):
            raise error(15151, "find", "database", one.name[0])
        database.owner_sid = _login(it, str(one.parts["TO"]), "find").sid
    yield it.done(one)


@defines("KILL")
def kill(it: Interpreter, one: Statement) -> Iterator[Answer]:
    assert isinstance(one, Define)
    number = int(str(one.parts["SESSION"]))
    with it.world.lock:
        if not it.session.rights.server("ALTER ANY CONNECTION"):
            raise error(6102)
        if number == it.session.id:
            raise error(6104)
        if number <= 0:
            raise error(6101, number)
        found = it.world.sessions.get(number)
        if found is None:
            raise error(6106, number)
        found.stop("killed")
        if found.request is None:
            found.end()
    yield it.done(one)


@defines("CHECKPOINT", "RECONFIGURE")
def checkpoint(it: Interpreter, one: Statement) -> Iterator[Answer]:
    """CHECKPOINT writes a record; RECONFIGURE makes what sp_configure set valid."""
    assert isinstance(one, Define)
    with it.world.lock:
        if one.verb == "RECONFIGURE":
            if not it.session.rights.server("ALTER SETTINGS"):
                raise error(15247)
            for setting in it.world.settings.values():
                setting.running = setting.value
        else:
            database = _here(it)
            if not it.session.rights.on(database, "CHECKPOINT"):
                raise error(262, "CHECKPOINT", database.name)
            database.append(it.world.clock.tick(), {}, "checkpoint")
    yield it.done(one)
