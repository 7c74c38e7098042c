"""Functions about who this session is and what it may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .functions import builtin
from .sql_types import INT, SYSNAME, varbinary

if TYPE_CHECKING:
    from .databases import Database
    from .frames import Frame


def _flag(value: bool | None) -> int | None:
    return None if value is None else int(value)


def _here(frame: Frame) -> Database:
    return frame.world.databases[frame.session.database.casefold()]


@builtin("HAS_PERMS_BY_NAME", "ttt?tt", INT, nulls=True)
def _has_perms_by_name(frame: Frame, securable: object, kind: object, permission: object, *_: object) -> int | None:
    if permission is None:
        return None
    known = [None if each is None else str(each) for each in (securable, kind)]
    return _flag(frame.session.rights.by_name(known[0], known[1], str(permission)))


@builtin("HAS_DBACCESS", "t", INT)
def _has_dbaccess(frame: Frame, name: str) -> int | None:
    found = frame.world.databases.get(name.casefold())
    if found is None:
        return None
    holder = frame.world.single_user_of(found) if found.user_access == "SINGLE_USER" else None
    is_shut = found.state != "ONLINE" or holder not in {None, frame.session.id}
    return int(not is_shut and frame.session.rights.user(found) is not None)


@builtin("IS_SRVROLEMEMBER", "t?t", INT)
def _is_srvrolemember(frame: Frame, role: str, login: str | None = None) -> int | None:
    if login is not None and login.casefold() != frame.session.account.name.casefold():
        account = frame.world.logins.get(login.casefold())
        return None if account is None else int(role.lower() in account.roles)
    return _flag(frame.session.rights.in_server_role(role))


@builtin("IS_ROLEMEMBER", "t?t", INT)
def _is_rolemember(frame: Frame, role: str, user: str | None = None) -> int | None:
    database = _here(frame)
    if user is not None:
        found = database.content.users.get(user.casefold())
        return None if found is None else int(role.lower() in {each.lower() for each in found.roles})
    return _flag(frame.session.rights.in_role(database, role))


@builtin("IS_MEMBER", "t", INT)
def _is_member(frame: Frame, role: str) -> int | None:
    return _flag(frame.session.rights.in_role(_here(frame), role))


@builtin("SUSER_SNAME", "?v", SYSNAME)
def _suser_sname(frame: Frame, sid: object = None) -> str | None:
    if sid is None:
        return frame.session.account.name
    return next((each.name for each in frame.world.logins.values() if each.sid == sid), None)


@builtin("SUSER_NAME", "?i", SYSNAME)
def _suser_name(frame: Frame, number: int | None = None) -> str | None:
    if number is None:
        return frame.session.account.name
    return next((each.name for each in frame.world.logins.values() if each.id == number), None)


@builtin("SYSTEM_USER", "", SYSNAME)
def _system_user(frame: Frame) -> str:
    return frame.session.account.name


@builtin("ORIGINAL_LOGIN", "", SYSNAME)
def _original_login(frame: Frame) -> str:
    return frame.session.account.name


@builtin("SUSER_SID", "?t", varbinary(85))
def _suser_sid(frame: Frame, name: str | None = None) -> bytes | None:
    if name is None:
        return frame.session.account.sid
    found = frame.world.logins.get(name.casefold())
    return found.sid if found else None


@builtin("SUSER_ID", "?t", INT)
def _suser_id(frame: Frame, name: str | None = None) -> int | None:
    if name is None:
        return frame.session.account.id
    found = frame.world.logins.get(name.casefold())
    return found.id if found else None


def _user_name(frame: Frame, number: int | None = None) -> str | None:
    if number is not None:
        users = _here(frame).content.users.values()
        return "dbo" if number == 1 else next((each.name for each in users if each.id == number), None)
    found = frame.session.rights.user(_here(frame))
    return found.name if found else None


for _name, _takes in (("USER_NAME", "?i"), ("CURRENT_USER", ""), ("SESSION_USER", ""), ("USER", "")):
    builtin(_name, _takes, SYSNAME)(_user_name)


@builtin("DATABASE_PRINCIPAL_ID", "?t", INT)
def _database_principal_id(frame: Frame, name: str | None = None) -> int | None:
    here = _here(frame)
    found = frame.session.rights.user(here) if name is None else here.content.users.get(name.casefold())
    return found.id if found else None


@builtin("CERT_ID", "t", INT)
def _cert_id(frame: Frame, name: str) -> int | None:
    found = frame.world.certificates.get(name.casefold())
    return found.id if found else None
