"""What one session may do: its login's rights on the server, and whom it is in a database."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from .databases import Database
from .logins import DATABASE_PERMISSIONS, DATABASE_ROLES, SERVER_PERMISSIONS, SERVER_ROLES, User
from .world_messages import error

if TYPE_CHECKING:
    from .sessions import WorldSession

DBO = User("dbo", b"", 1)
GUEST = User("guest", b"\x00", 2)
PUBLIC_READS = frozenset({"master", "msdb", "tempdb"})
"""Databases that everybody enters as guest."""


class Rights:
    """Asked by everything that may be refused."""

    def __init__(self, session: WorldSession) -> None:
        self._session = session

    def server(self, permission: str) -> bool:
        """Whether the login has the permission on the server; a user of a database has none."""
        return self._session.acting is None and self._session.account.may(permission)

    def in_server_role(self, role: str) -> bool | None:
        """None where there is no such role."""
        if role.lower() not in SERVER_ROLES:
            return None
        roles = self._session.account.roles if self._session.acting is None else set()
        return role.lower() == "public" or role.lower() in roles

    @property
    def is_sysadmin(self) -> bool:
        return self._session.acting is None and "sysadmin" in self._session.account.roles

    def user(self, database: Database) -> User | None:
        """Whom the login is in the database; None where it has no access."""
        account, acting = self._session.account, self._session.acting
        if acting is not None:
            return acting[1] if acting[0] == database.key else None
        if self.is_sysadmin or database.owner_sid == account.sid:
            return DBO
        for user in database.content.users.values():
            if user.with_login and user.sid == account.sid:
                return user
        if database.key in PUBLIC_READS or account.may("CONNECT ANY DATABASE"):
            return GUEST
        return None

    def on(self, database: Database, permission: str) -> bool:
        """Whether it has the permission in the database."""
        user = self.user(database)
        if permission == "CREATE DATABASE":
            return self.server("CREATE ANY DATABASE") or (user is not None and "CREATE DATABASE" in user.grants)
        if permission == "ALTER" and self.server("ALTER ANY DATABASE"):
            return True
        if user is DBO:
            return True
        if self.server("CONTROL SERVER"):
            return True
        return user is not None and user.may(permission)

    def in_role(self, database: Database, role: str) -> bool | None:
        """None where there is no such role."""
        if role.lower() not in DATABASE_ROLES:
            return None
        user = self.user(database)
        if user is None:
            return False
        return user is DBO or role.lower() == "public" or role.lower() in {each.lower() for each in user.roles}

    def is_owner(self, database: Database) -> bool:
        """Whether it is dbo there; members of db_owner are not."""
        return self.user(database) is DBO

    def enter(self, name: str) -> Database:
        """The database, to be used now. Raises `SqlError` where there is none, or it is not open to this session."""
        world, session = self._session.world, self._session
        database = world.databases.get(name.casefold())
        if database is None:
            raise error(911, name)
        check_state(database)
        if self.user(database) is None:
            raise error(916, session.account.name, database.name)
        if database.user_access == "SINGLE_USER":
            holder = world.single_user_of(database)
            if holder not in {None, session.id}:
                raise error(924, database.name)
        if database.user_access == "RESTRICTED_USER" and not self._may_enter_restricted(database):
            raise error(916, session.account.name, database.name)
        return database

    def _may_enter_restricted(self, database: Database) -> bool:
        return bool(self.is_owner(database) or self.in_server_role("dbcreator") or self.in_role(database, "db_owner"))

    def by_name(self, securable: str | None, kind: str | None, permission: str) -> bool | None:
        """HAS_PERMS_BY_NAME; None where one of the names is unknown."""
        wanted = permission.upper()
        if securable is None and kind is None:
            if wanted == "ANY":
                return True
            return self.server(wanted) if wanted in SERVER_PERMISSIONS else None
        if kind is None or kind.upper() != "DATABASE":
            return None
        name = plain_name(securable or self._session.database)
        database = self._session.world.databases.get(name.casefold())
        if database is None or (wanted not in DATABASE_PERMISSIONS and wanted != "ANY"):
            return None
        if wanted == "ANY":
            return self.user(database) is not None
        return self.on(database, wanted)


def plain_name(name: str) -> str:
    """A name without its brackets."""
    return name[1:-1].replace("]]", "]") if name.startswith("[") and name.endswith("]") else name


SHUT = MappingProxyType({"OFFLINE": 942, "RESTORING": 927, "RECOVERING": 922, "RECOVERY_PENDING": 945, "SUSPECT": 926})
"""What a database says that is in one of these states."""


def check_state(database: Database) -> None:
    """Raises `SqlError` for a database that can't be opened in its state."""
    if database.state in SHUT:
        raise error(SHUT[database.state], database.name)
