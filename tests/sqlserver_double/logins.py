"""Who may come in, and what a login or a user of a database may do (facts 4)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

SA_SID = b"\x01"

SERVER_PERMISSIONS = frozenset(
    {"CONTROL SERVER", "CREATE ANY DATABASE", "ALTER ANY DATABASE", "VIEW ANY DATABASE", "VIEW SERVER STATE",
     "VIEW SERVER PERFORMANCE STATE", "VIEW ANY DEFINITION", "ALTER ANY CONNECTION", "ALTER ANY LOGIN",
     "ALTER ANY CREDENTIAL", "ALTER SETTINGS", "ALTER SERVER STATE", "CONNECT SQL", "CONNECT ANY DATABASE",
     "ADMINISTER BULK OPERATIONS"}
)  # fmt: skip
DATABASE_PERMISSIONS = frozenset(
    {"CONTROL", "ALTER", "CONNECT", "SELECT", "INSERT", "UPDATE", "DELETE", "EXECUTE", "BACKUP DATABASE", "BACKUP LOG",
     "CREATE TABLE", "CREATE SCHEMA", "CREATE DATABASE", "VIEW DATABASE STATE", "VIEW DEFINITION", "ALTER ANY USER",
     "ALTER ANY ROLE", "ALTER ANY SCHEMA", "CHECKPOINT", "TAKE OWNERSHIP", "CREATE CERTIFICATE"}
)  # fmt: skip

SERVER_ROLES: Mapping[str, frozenset[str]] = MappingProxyType({
    "sysadmin": SERVER_PERMISSIONS,
    "dbcreator": frozenset({"CREATE ANY DATABASE", "ALTER ANY DATABASE", "VIEW ANY DATABASE"}),
    "serveradmin": frozenset(
        {"ALTER SETTINGS", "ALTER SERVER STATE", "VIEW SERVER STATE", "VIEW SERVER PERFORMANCE STATE"}
    ),
    "processadmin": frozenset({"ALTER ANY CONNECTION", "ALTER SERVER STATE", "VIEW SERVER STATE",
                               "VIEW SERVER PERFORMANCE STATE"}),
    "securityadmin": frozenset({"ALTER ANY LOGIN"}),
    "setupadmin": frozenset(),
    "bulkadmin": frozenset({"ADMINISTER BULK OPERATIONS"}),
    "diskadmin": frozenset(),
    "public": frozenset({"VIEW ANY DATABASE", "CONNECT SQL"}),
})  # fmt: skip
DATABASE_ROLES: Mapping[str, frozenset[str]] = MappingProxyType({
    "db_owner": DATABASE_PERMISSIONS - {"CREATE DATABASE"},
    "db_backupoperator": frozenset({"BACKUP DATABASE", "BACKUP LOG", "CHECKPOINT"}),
    "db_datareader": frozenset({"SELECT"}),
    "db_datawriter": frozenset({"INSERT", "UPDATE", "DELETE"}),
    "db_ddladmin": frozenset({"CREATE TABLE", "CREATE SCHEMA", "ALTER ANY SCHEMA", "CHECKPOINT"}),
    "db_accessadmin": frozenset({"ALTER ANY USER"}),
    "db_securityadmin": frozenset({"ALTER ANY ROLE", "VIEW DEFINITION"}),
    "db_denydatareader": frozenset(),
    "db_denydatawriter": frozenset(),
    "public": frozenset(),
})  # fmt: skip


@dataclass(slots=True)
class Account:
    """A login of the server (``sys.server_principals``)."""

    name: str
    password: str = field(default="", repr=False)
    sid: bytes = b""
    id: int = 0
    roles: set[str] = field(default_factory=set)
    grants: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)
    windows: bool = False
    disabled: bool = False
    locked: bool = False
    must_change: bool = False
    expired: bool = False
    default_database: str = "master"
    default_language: str = "us_english"
    checks_policy: bool = False
    checks_expiration: bool = False
    hash: bytes = field(default=b"", repr=False)
    """As it was given (``WITH PASSWORD = 0x… HASHED``); then nobody knows the password."""

    @property
    def password_hash(self) -> bytes:
        """As ``sys.sql_logins`` tells it: version, salt, SHA-512 of password and salt."""
        return self.hash or hash_of(self.password, self.sid[:4].ljust(4, b"\0"))

    def is_password(self, password: str) -> bool:
        """Whether somebody may come in with it."""
        return hash_of(password, self.password_hash[2:6]) == self.password_hash

    def may(self, permission: str) -> bool:
        """Whether the server lets it."""
        if "sysadmin" in self.roles:
            return True
        if permission in self.denied:
            return False
        if "CONTROL SERVER" in self.grants:
            return True
        held = self.grants | SERVER_ROLES["public"]
        for role in self.roles:
            held |= SERVER_ROLES[role]
        implied = {"VIEW SERVER PERFORMANCE STATE": "VIEW SERVER STATE", "CREATE ANY DATABASE": "ALTER ANY DATABASE"}
        return permission in held or implied.get(permission, "") in held


@dataclass(frozen=True, slots=True)
class User:
    """Somebody in a database (``sys.database_principals``); comes back with a restore."""

    name: str
    sid: bytes
    id: int = 0
    windows: bool = False
    with_login: bool = True
    roles: frozenset[str] = frozenset()
    grants: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()

    def may(self, permission: str) -> bool:
        """Whether the database lets it."""
        if permission in self.denied:
            return False
        if "db_denydatareader" in self.roles and permission == "SELECT":
            return False
        if "db_denydatawriter" in self.roles and permission in {"INSERT", "UPDATE", "DELETE"}:
            return False
        held = self.grants | {"CONNECT"}
        for role in self.roles:
            held |= DATABASE_ROLES.get(role, frozenset())
        return permission in held or "CONTROL" in held


def hash_of(password: str, salt: bytes) -> bytes:
    """The hash of a password since 2012."""
    return b"\x02\x00" + salt + hashlib.sha512(password.encode("utf-16-le") + salt).digest()


def sid_of(name: str, server: str) -> bytes:
    """A SID of 16 bytes for a login made on that server: the same name elsewhere has another."""
    return hashlib.sha256(f"{server}\\{name}".encode()).digest()[:16]


def windows_sid(name: str) -> bytes:
    """A SID of a Windows account: the same on every server."""
    return b"\x01\x05\0\0\0\0\0\x05\x15\0\0\0" + hashlib.sha256(name.casefold().encode()).digest()[:16]
