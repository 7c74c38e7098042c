"""Views of logins, users, roles, permissions and certificates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .logins import DATABASE_ROLES, SERVER_ROLES, Account
from .sources import view
from .sql_types import BIT, DATETIME, INT, SYSNAME, TINYINT, SqlType, nvarchar, varbinary

if TYPE_CHECKING:
    from .frames import Frame

Rows = Iterable[tuple[object, ...]]
CHAR1 = SqlType("char", 1)
SID = varbinary(85)
DESC = nvarchar(60)
ROLE_IDS = {name: 3 + place for place, name in enumerate(sorted(SERVER_ROLES))}
DATABASE_ROLE_IDS = {name: 16384 + place for place, name in enumerate(sorted(DATABASE_ROLES))}


def _logins(frame: Frame) -> list[Account]:
    """All of them for who may see that; else oneself and sa."""
    wide = frame.session.rights.server("ALTER ANY LOGIN") or frame.session.rights.server("VIEW ANY DEFINITION")
    mine = {frame.session.account.name, "sa"}
    return [each for each in frame.world.logins.values() if wide or each.name in mine]


PRINCIPAL = {
    "name": SYSNAME, "principal_id": INT, "sid": SID, "type": CHAR1, "type_desc": DESC, "is_disabled": BIT,
    "create_date": DATETIME, "modify_date": DATETIME, "default_database_name": SYSNAME,
    "default_language_name": SYSNAME, "credential_id": INT,
}  # fmt: skip


def _principal(frame: Frame, one: Account) -> tuple[object, ...]:
    kind, told = ("U", "WINDOWS_LOGIN") if one.windows else ("S", "SQL_LOGIN")
    at = frame.world.started_at
    return (
        one.name,
        one.id,
        one.sid,
        kind,
        told,
        one.disabled,
        at,
        at,
        one.default_database,
        one.default_language,
        None,
    )


@view("sys.server_principals", **PRINCIPAL, owning_principal_id=INT, is_fixed_role=BIT)
def server_principals(frame: Frame, _database: str) -> Rows:
    yield from ((*_principal(frame, one), None, False) for one in _logins(frame))
    at = frame.world.started_at
    for name, number in ROLE_IDS.items():
        yield (name, number, bytes([number]), "R", "SERVER_ROLE", False, at, at, None, None, None, 1, name != "public")


@view("sys.sql_logins", **PRINCIPAL, is_policy_checked=BIT, is_expiration_checked=BIT, password_hash=varbinary(256))
def sql_logins(frame: Frame, _database: str) -> Rows:
    """Hashes are told to whoever controls the server."""
    wide = frame.session.rights.server("CONTROL SERVER")
    for one in _logins(frame):
        if not one.windows:
            told = one.password_hash if wide else None
            yield (*_principal(frame, one), one.checks_policy, one.checks_expiration, told)


@view("sys.server_role_members", role_principal_id=INT, member_principal_id=INT)
def server_role_members(frame: Frame, _database: str) -> Rows:
    for one in _logins(frame):
        yield from ((ROLE_IDS[role], one.id) for role in sorted(one.roles))


@view(
    "sys.server_permissions",
    **{"class": TINYINT}, class_desc=DESC, major_id=INT, minor_id=INT, grantee_principal_id=INT,
    grantor_principal_id=INT, type=SqlType("char", 4), permission_name=nvarchar(128), state=CHAR1, state_desc=DESC,
)  # fmt: skip
def server_permissions(frame: Frame, _database: str) -> Rows:
    for one in _logins(frame):
        for state, told, held in (("G", "GRANT", one.grants), ("D", "DENY", one.denied)):
            for name in sorted(held):
                yield (100, "SERVER", 0, 0, one.id, 1, name[:4], name, state, told)


@view(
    "sys.servers",
    server_id=INT, name=SYSNAME, product=SYSNAME, provider=SYSNAME, data_source=nvarchar(4000), is_linked=BIT,
)  # fmt: skip
def servers(frame: Frame, _database: str) -> Rows:
    yield (0, frame.world.name, "SQL Server", "SQLNCLI", frame.world.name, False)
    for place, (name, source) in enumerate(frame.world.linked_servers.items(), 1):
        yield (place, name, "SQL Server", "SQLNCLI", source, True)


@view(
    "sys.database_principals",
    name=SYSNAME, principal_id=INT, type=CHAR1, type_desc=DESC, default_schema_name=SYSNAME, create_date=DATETIME,
    modify_date=DATETIME, owning_principal_id=INT, sid=SID, is_fixed_role=BIT, authentication_type=INT,
    authentication_type_desc=DESC, default_language_name=SYSNAME,
)  # fmt: skip
def database_principals(frame: Frame, database: str) -> Rows:
    found = frame.world.database(database)
    at = found.created_at
    rest = (False, 1, "INSTANCE", None)
    yield ("dbo", 1, "S", "SQL_USER", "dbo", at, at, None, found.owner_sid, *rest)
    yield ("guest", 2, "S", "SQL_USER", "guest", at, at, None, b"\0", False, 0, "NONE", None)
    yield ("INFORMATION_SCHEMA", 3, "S", "SQL_USER", None, at, at, None, None, False, 0, "NONE", None)
    yield ("sys", 4, "S", "SQL_USER", None, at, at, None, None, False, 0, "NONE", None)
    for one in found.content.users.values():
        kind, told = ("U", "WINDOWS_USER") if one.windows else ("S", "SQL_USER")
        number, word = (0, "NONE") if not one.with_login else (3, "WINDOWS") if one.windows else (1, "INSTANCE")
        yield (one.name, one.id, kind, told, "dbo", at, at, None, one.sid, False, number, word, None)
    for name, number in DATABASE_ROLE_IDS.items():
        sid = b"\x01\x05" + number.to_bytes(4, "little")
        yield (name, number, "R", "DATABASE_ROLE", None, at, at, 1, sid, name != "public", 0, "NONE", None)


@view("sys.database_role_members", role_principal_id=INT, member_principal_id=INT)
def database_role_members(frame: Frame, database: str) -> Rows:
    for one in frame.world.database(database).content.users.values():
        yield from ((DATABASE_ROLE_IDS[role], one.id) for role in sorted(one.roles) if role in DATABASE_ROLE_IDS)


@view(
    "sys.certificates",
    name=SYSNAME, certificate_id=INT, principal_id=INT, pvt_key_encryption_type=SqlType("char", 2),
    pvt_key_encryption_type_desc=DESC, issuer_name=nvarchar(442), cert_serial_number=nvarchar(64),
    subject=nvarchar(4000), start_date=DATETIME, expiry_date=DATETIME, thumbprint=varbinary(32),
    pvt_key_last_backup_date=DATETIME,
)  # fmt: skip
def certificates(frame: Frame, database: str) -> Rows:
    """Those of the server are in master."""
    if database.casefold() != "master":
        return
    at = frame.world.started_at
    for one in frame.world.certificates.values():
        kind, told = ("MK", "ENCRYPTED_BY_MASTER_KEY") if one.has_key else ("NA", "NO_PRIVATE_KEY")
        until = at.replace(year=at.year + 1, day=min(at.day, 28))
        yield (one.name, one.id, 1, kind, told, one.subject, "00", one.subject, at, until, one.thumbprint, None)


@view("sys.credentials", credential_id=INT, name=SYSNAME, credential_identity=nvarchar(4000), create_date=DATETIME)
def credentials(frame: Frame, _database: str) -> Rows:
    for place, (name, identity) in enumerate(frame.world.credentials.items()):
        yield (65536 + place, name, identity, frame.world.started_at)


@view("sys.symmetric_keys", name=SYSNAME, principal_id=INT, symmetric_key_id=INT)
def symmetric_keys(_frame: Frame, database: str) -> Rows:
    if database.casefold() == "master":
        yield ("##MS_ServiceMasterKey##", 1, 102)
