"""The T-SQL by which a database is closed to whoever would write in it, and opened again to whom it was open. Pure.

Closed is READ_ONLY: of all that keeps writers out it alone holds in every recovery model, against every login
(RESTRICTED_USER lets owners and administrators in, and applications often are such), between our sessions (the one
place of SINGLE_USER belongs to whoever comes first), and still lets BACKUP and CHECKDB do their work.
"""

# ruff: noqa: S608  what is put into statements passes `literal` and `identifier`

from __future__ import annotations

from .tsql import Batch, identifier, literal, recover

USERS = ("MULTI_USER", "SINGLE_USER", "RESTRICTED_USER")
"""By ``user_access`` of ``sys.databases``."""
_NOW = "WITH ROLLBACK IMMEDIATE;"


def ask(database: str) -> str:
    """Who is let in, and whether anybody may write; nothing where there is no such database. Raises `BadInput`."""
    return (
        "SELECT CONVERT(int, user_access) AS user_access, CONVERT(int, is_read_only) AS is_read_only\n"
        f"FROM sys.databases WHERE name = {literal(database)};"
    )


def close(database: str, users: str) -> Batch:
    """Nobody writes from here on; ``users`` may still come in to read. Raises `BadInput`."""
    return Batch(text=_users(database, users) + "\n" + _read_only(database))


def give(database: str, users: str, *, read_only: bool) -> Batch:
    """Let in whom it was open to. Writing comes first, while none can take the one place of SINGLE_USER.

    Raises `BadInput`.
    """
    writing = _read_only(database) if read_only else _read_write(database)
    return Batch(text=writing + "\n" + _users(database, users))


def recover_closed(database: str, users: str) -> Batch:
    """End a sequence of restores as `tsql.recover`; within the same batch it is closed. Raises `BadInput`.

    Between the two statements owners and administrators alone come in (RESTORE opens it for all who were let in when it
    was backed up); no statement opens a database read-only in one go.
    """
    ended = recover(database, restricted=True)
    return Batch(
        text=f"{ended.text}\n{_read_only(database)}\n{_users(database, users)}", verdict=ended.verdict, verb=ended.verb
    )


def users_again(database: str, users: str) -> str:
    """Cleanup: let in whom it was open to where RESTORE changed nothing. Raises `BadInput`."""
    return _users(database, users)


def opening(database: str, *, users: str, read_only: bool) -> str:
    """What opens a database to everybody that is open so. Raises `BadInput`."""
    closed = {"SET MULTI_USER": users != USERS[0], "SET READ_WRITE": read_only}
    return " ".join(f"ALTER DATABASE {identifier(database)} {change};" for change, is_so in closed.items() if is_so)


def _users(database: str, users: str) -> str:
    where = f"state = 0 AND user_access <> {USERS.index(users)}"
    return _where(database, where, f"SET {users}")


def _read_only(database: str) -> str:
    return _where(database, "state = 0 AND is_read_only = 0", "SET READ_ONLY")


def _read_write(database: str) -> str:
    return _where(database, "state = 0 AND is_read_only = 1", "SET READ_WRITE")


def _where(database: str, where: str, change: str) -> str:
    """A change of state; does nothing where it is so already, or where the state does not let it."""
    return (
        f"IF EXISTS (SELECT 1 FROM sys.databases WHERE name = {literal(database)} AND {where})\n"
        f"ALTER DATABASE {identifier(database)} {change} {_NOW}"
    )
