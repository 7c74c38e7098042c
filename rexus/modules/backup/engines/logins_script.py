"""The logins, roles and rights of a server as the statements that make them anew on another one. Pure.

Logins keep their SIDs, so that the users of restored databases find theirs, and their passwords as hashes
(``CREATE LOGIN … WITH PASSWORD = 0x… HASHED, SID = 0x…``). Whatever is there already is left as it is, so the script
may be run twice. What can't be carried over (keys, secrets of credentials and linked servers) is listed in remarks.
"""

# ruff: noqa: S608  what is put into statements passes `literal` and `identifier`

from __future__ import annotations

from ..base.records import Record
from ..config.secrets import Secret
from .tsql import identifier, literal

SA_SID = "0x01"
_OWN_ACCOUNTS = ("##", "NT SERVICE\\")
"""Logins that every installation makes for itself, by how their names begin. Others of Windows somebody may need."""
_EVERYBODY = "public"
"""The role that all are in: what is granted or denied to it hardens a server or opens it."""
_STATES = {"G": "GRANT", "W": "GRANT", "D": "DENY"}
_SQL, _WINDOWS, _EXTERNAL = "S", ("U", "G"), ("E", "X")


class LoginFacts(Record, frozen=True, kw_only=True):
    """One who may enter the server."""

    name: str
    type: str
    """``S`` SQL, ``U`` and ``G`` Windows account and group, ``E`` and ``X`` those of Entra."""
    sid: str
    """``0x…``, as are hashes."""
    hash: Secret = Secret("")
    """Empty: nobody told it to us."""
    is_disabled: bool = False
    default_database: str = ""
    default_language: str = ""
    checks_policy: bool = False
    checks_expiration: bool = False

    @property
    def is_its_own(self) -> bool:
        """Whether a new server has it by itself."""
        return self.sid == SA_SID or self.name.startswith(_OWN_ACCOUNTS)

    @property
    def is_without_password(self) -> bool:
        """Whether it can't be made again, because its hash could not be read."""
        return self.type == _SQL and not self.is_its_own and not self.hash

    @property
    def can_be_made(self) -> bool:
        """Whether the script makes it."""
        return not self.is_its_own and not self.is_without_password and _is_one_line(self.name)


class RightFacts(Record, frozen=True, kw_only=True):
    """A right on the server as a whole."""

    state: str
    permission: str
    grantee: str


class ListedFact(Record, frozen=True, kw_only=True):
    """What no statement can bring back: what it is (``CERTIFICATE``), its name, and what else is known of it."""

    kind: str
    name: str
    told: str = ""


class Principals(Record, frozen=True, kw_only=True):
    """All that a lost server needs beside its databases."""

    logins: tuple[LoginFacts, ...] = ()
    roles: tuple[str, ...] = ()
    members: tuple[tuple[str, str], ...] = ()
    """Role and member."""
    rights: tuple[RightFacts, ...] = ()
    listed: tuple[ListedFact, ...] = ()


def script_of(found: Principals, head: str) -> str:
    """The script; ``head`` stands before it as a remark. Raises `BadInput` for what can be no name."""
    carried = {one.name for one in found.logins if one.can_be_made}
    roles = [one for one in found.roles if _is_one_line(one)]
    parts = [_remark(head), "USE master;"]
    parts += [_login(one) for one in found.logins if not one.is_its_own]
    parts += [_once(role, f"CREATE SERVER ROLE {identifier(role)};") for role in roles]
    parts += [
        f"ALTER SERVER ROLE {identifier(role)} ADD MEMBER {identifier(member)};"
        for role, member in found.members
        if _is_one_line(role) and (member in carried or member in roles)
    ]
    grantees = carried.union(roles, (_EVERYBODY,))
    parts += [_right(one) for one in found.rights if one.grantee in grantees and one.state in _STATES]
    parts += [_remark(f"{one.kind} {one.name}{': ' if one.told else ''}{one.told}") for one in found.listed]
    return "\n".join(parts) + "\n"


def login_for(user: str, sid: str) -> str:
    """The login that a user of a restored database had, by its SID: made so they belong together at once.

    The password is for an administrator to fill in. Raises `BadInput`.
    """
    return f"CREATE LOGIN {identifier(user)} WITH PASSWORD = N'<password>', SID = {sid};"


def _remark(text: str) -> str:
    """Lines that the server passes over, whatever is in them: also separators that only some programs take for one."""
    return "\n".join(f"-- {line}" for line in text.splitlines())


def _is_one_line(name: str) -> bool:
    """Whether no line of a name can be taken for a ``GO``."""
    return "\n" not in name and "\r" not in name


def _once(name: str, statement: str) -> str:
    """``statement`` where there is nobody of that name."""
    return f"IF NOT EXISTS (SELECT 1 FROM sys.server_principals WHERE name = {literal(name)})\n{statement}"


def _login(one: LoginFacts) -> str:
    name = identifier(one.name)
    if not one.can_be_made:
        return _remark(f"CREATE LOGIN {name} WITH PASSWORD = ? , SID = {one.sid};")
    if one.type in _WINDOWS:
        made = f"CREATE LOGIN {name} FROM WINDOWS;"
    elif one.type in _EXTERNAL:
        made = f"CREATE LOGIN {name} FROM EXTERNAL PROVIDER;"
    else:
        made = (
            f"CREATE LOGIN {name} WITH PASSWORD = {one.hash.reveal()} HASHED, SID = {one.sid},\n"
            f"CHECK_POLICY = {_switch(one.checks_policy)}, CHECK_EXPIRATION = {_switch(one.checks_expiration)};"
        )
    return "\n".join([_once(one.name, made), *_ways(one, name)])


def _ways(one: LoginFacts, name: str) -> list[str]:
    """Where the login begins; its database may come back only later, and without it nobody could enter."""
    found = []
    if one.default_database.casefold() not in ("", "master") and _is_one_line(one.default_database):
        is_there = f"IF DB_ID({literal(one.default_database)}) IS NOT NULL"
        found.append(f"{is_there}\nALTER LOGIN {name} WITH DEFAULT_DATABASE = {identifier(one.default_database)};")
    if one.default_language and _is_one_line(one.default_language):
        found.append(f"ALTER LOGIN {name} WITH DEFAULT_LANGUAGE = {identifier(one.default_language)};")
    if one.is_disabled:
        found.append(f"ALTER LOGIN {name} DISABLE;")
    return found


def _right(one: RightFacts) -> str:
    grant = " WITH GRANT OPTION" if one.state == "W" else ""
    return f"{_STATES[one.state]} {one.permission} TO {identifier(one.grantee)}{grant};"


def _switch(is_on: bool) -> str:
    return "ON" if is_on else "OFF"
