"""Functions about the server, its databases and this session."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .databases import Database
from .functions import builtin
from .rights import plain_name
from .sql_types import BIGINT, INT, MAX, SMALLINT, SYSNAME, SqlType, nvarchar, varbinary

if TYPE_CHECKING:
    from .frames import Frame

VARIANT = SqlType("sql_variant")

GLOBAL_VARIABLES: dict[str, tuple[SqlType, Callable[[Frame], object]]] = {
    "@@version": (nvarchar(300), lambda frame: frame.world.edition.banner(frame.world.platform)),
    "@@spid": (SMALLINT, lambda frame: frame.session.id),
    "@@error": (INT, lambda frame: frame.session.error),
    "@@rowcount": (INT, lambda frame: frame.session.row_count),
    "@@trancount": (INT, lambda frame: frame.session.transaction.depth if frame.session.transaction else 0),
    "@@servername": (SYSNAME, lambda frame: frame.world.name),
    "@@servicename": (SYSNAME, lambda frame: frame.world.instance or "MSSQLSERVER"),
    "@@language": (SYSNAME, lambda frame: frame.session.language),
    "@@langid": (SMALLINT, lambda frame: 5 if frame.session.language == "Español" else 0),
    "@@lock_timeout": (INT, lambda frame: frame.session.lock_timeout),
    "@@max_precision": (SqlType("tinyint"), lambda _: 38),
    "@@options": (INT, lambda frame: 5432 | 512 * frame.session.nocount),
    "@@microsoftversion": (INT, lambda frame: frame.world.edition.version[0] << 24 | frame.world.edition.version[2]),
    "@@identity": (SqlType("numeric", precision=38), lambda frame: frame.session.identity),
    "@@datefirst": (SqlType("tinyint"), lambda frame: 1 if frame.session.language == "Español" else 7),
    "@@textsize": (INT, lambda _: 2147483647),
    "@@nestlevel": (INT, lambda frame: frame.depth),
}


def _properties(frame: Frame) -> dict[str, object]:
    world = frame.world
    edition, version = world.edition, world.edition.version
    found: dict[str, object] = {
        "edition": edition.text,
        "editionid": edition.edition_id,
        "engineedition": edition.engine,
        "productversion": edition.product_version,
        "productlevel": "RTM",
        "productmajorversion": str(version[0]),
        "productminorversion": str(version[1]),
        "productbuild": str(version[2]),
        "productupdatelevel": None,
        "servername": world.name,
        "machinename": world.machine,
        "computernamephysicalnetbios": world.machine,
        "instancename": world.instance or None,
        "isclustered": 0,
        "ishadrenabled": 0,
        "isintegratedsecurityonly": int(world.integrated_only),
        "issingleuser": 0,
        "islocaldb": 0,
        "isfulltextinstalled": 0,
        "collation": world.collation,
        "resourceversion": edition.product_version,
        "processid": 4242,
        "instancedefaultdatapath": world.data_folder + world.separator,
        "instancedefaultlogpath": world.data_folder + world.separator,
        "filestreamsharename": world.instance or "MSSQLSERVER",
        "filestreameffectivelevel": 0,
        "lcid": 1033,
        "sqlcharset": 1,
        "sqlsortorder": 52,
    }
    if version[0] >= 15:
        found["instancedefaultbackuppath"] = world.backup_folder
    return found


@builtin("SERVERPROPERTY", "t", VARIANT)
def _serverproperty(frame: Frame, name: str) -> object:
    return _properties(frame).get(name.lower())


@builtin("CONNECTIONPROPERTY", "t", VARIANT)
def _connectionproperty(frame: Frame, name: str) -> object:
    login = frame.session.login
    return {
        "net_transport": "TCP",
        "protocol_type": "TSQL",
        "auth_scheme": "NTLM" if login.integrated else "SQL",
        "local_net_address": "127.0.0.1",
        "local_tcp_port": 1433,
        "client_net_address": "127.0.0.1",
    }.get(name.lower())


def _database(frame: Frame, name: object) -> Database | None:
    return frame.world.databases.get(str(name).casefold())


@builtin("DB_ID", "?t", SMALLINT, nulls=True)
def _db_id(frame: Frame, *name: object) -> object:
    if name and name[0] is None:
        return None
    found = _database(frame, name[0] if name else frame.session.database)
    return found.id if found else None


@builtin("DB_NAME", "?i", SYSNAME, nulls=True)
def _db_name(frame: Frame, *number: object) -> object:
    if not number or number[0] == 0:
        return frame.session.database
    return next((each.name for each in frame.world.databases.values() if each.id == number[0]), None)


@builtin("DATABASEPROPERTYEX", "tt", VARIANT)
def _databasepropertyex(frame: Frame, name: str, what: str) -> object:
    found = _database(frame, name)
    if found is None:
        return None
    return {
        "status": found.state,
        "recovery": found.recovery_model,
        "useraccess": found.user_access,
        "updateability": "READ_ONLY" if found.read_only or found.standby else "READ_WRITE",
        "collation": found.collation if found.state == "ONLINE" else None,
        "version": frame.world.edition.database_version if found.state == "ONLINE" else None,
        "isinstandby": int(bool(found.standby)),
        "isautoclose": 0,
        "isautoshrink": 0,
    }.get(what.lower())


@builtin("OBJECT_ID", "t?t", INT, nulls=True)
def _object_id(frame: Frame, name: object, kind: object = None) -> object:
    parts = tuple(plain_name(part) for part in str(name).split("."))
    tables = frame.session.tables
    if kind is not None and str(kind).strip().upper() not in {"U", "V"}:
        return None
    if parts[-1].startswith("#"):
        found = tables.temporary.get(parts[-1].casefold())
        return -found.id if found else None
    database = _database(frame, parts[-3] if len(parts) > 2 and parts[-3] else frame.session.database)
    if database is None or frame.session.rights.user(database) is None:
        return None
    schema = parts[-2] if len(parts) > 1 and parts[-2] else "dbo"
    table = tables.content(database).tables.get(f"{schema}.{parts[-1]}".casefold())
    return table.id if table else None


@builtin("OBJECT_NAME", "i?i", SYSNAME)
def _object_name(frame: Frame, number: int, database_id: int | None = None) -> object:
    for database in frame.world.databases.values():
        if database.id == database_id or (database_id is None and database.key == frame.session.database.casefold()):
            tables = frame.session.tables.content(database).tables.values()
            return next((table.name for table in tables if table.id == number), None)
    return None


@builtin("SCHEMA_NAME", "?i", SYSNAME, nulls=True)
def _schema_name(frame: Frame, *number: object) -> object:
    database = frame.world.databases[frame.session.database.casefold()]
    schemas = dict(enumerate(database.content.schemas, start=1))
    return schemas.get(int(str(number[0]))) if number and number[0] is not None else "dbo"


@builtin("FILEPROPERTY", "tt", INT)
def _fileproperty(frame: Frame, logical: str, what: str) -> object:
    database = frame.world.databases[frame.session.database.casefold()]
    file = next((each for each in database.files if each.logical.casefold() == logical.casefold()), None)
    if file is None:
        return None
    used = database.used_pages if file.type == "D" else len(database.log) + 64
    return {"spaceused": used, "isprimaryfile": int(file.id == 1), "islogfile": int(file.type == "L"),
            "isreadonly": 0}.get(what.lower())  # fmt: skip


@builtin("APP_NAME", "", SYSNAME)
def _app_name(frame: Frame) -> str:
    return frame.session.login.application


@builtin("HOST_NAME", "", SYSNAME)
def _host_name(frame: Frame) -> str:
    return frame.session.login.host


@builtin("HOST_ID", "", SqlType("char", 10))
def _host_id(frame: Frame) -> str:
    return str(frame.session.login.process_id).ljust(10)


@builtin("CONTEXT_INFO", "", varbinary(128))
def _context_info(frame: Frame) -> bytes | None:
    return frame.session.context_info or None


@builtin("XACT_STATE", "", SMALLINT)
def _xact_state(frame: Frame) -> int:
    return 1 if frame.session.transaction else 0


@builtin("SCOPE_IDENTITY", "", SqlType("numeric", precision=38))
def _scope_identity(frame: Frame) -> object:
    return frame.session.identity


@builtin("ROWCOUNT_BIG", "", BIGINT)
def _rowcount_big(frame: Frame) -> int:
    return frame.session.row_count


@builtin("ERROR_NUMBER", "", INT)
def _error_number(frame: Frame) -> int | None:
    return frame.caught[-1].said.number if frame.caught else None


@builtin("ERROR_MESSAGE", "", nvarchar(4000))
def _error_message(frame: Frame) -> str | None:
    return frame.caught[-1].text if frame.caught else None


@builtin("ERROR_SEVERITY", "", INT)
def _error_severity(frame: Frame) -> int | None:
    return frame.caught[-1].said.severity if frame.caught else None


@builtin("ERROR_STATE", "", INT)
def _error_state(frame: Frame) -> int | None:
    return frame.caught[-1].said.state if frame.caught else None


@builtin("ERROR_LINE", "", INT)
def _error_line(frame: Frame) -> int | None:
    return frame.caught[-1].line if frame.caught else None


@builtin("ERROR_PROCEDURE", "", SYSNAME)
def _error_procedure(_frame: Frame) -> None:
    """There are no procedures of users here."""
    return


@builtin("FN_HADR_BACKUP_IS_PREFERRED_REPLICA", "t", SqlType("bit"))
def _is_preferred_replica(_frame: Frame, _name: str) -> bool:
    """True for every database that is in no availability group."""
    return True


@builtin("FN_HADR_IS_PRIMARY_REPLICA", "t", SqlType("bit"))
def _is_primary_replica(_frame: Frame, _name: str) -> None:
    """NULL for a database that is in no availability group."""
    return


@builtin("FORMATMESSAGE", "tv*", nvarchar(MAX), nulls=True)
def _formatmessage(_frame: Frame, text: object, *values: object) -> str:
    return formatted(str(text), values)


def formatted(text: str, values: tuple[object, ...]) -> str:
    """A text of RAISERROR with its gaps (``%s``, ``%d``, ``%I64d``, ``%%``) filled."""
    given, made, at = iter(values), "", 0
    while at < len(text):
        if text[at] != "%":
            made, at = made + text[at], at + 1
            continue
        if text[at : at + 2] == "%%":
            made, at = made + "%", at + 2
            continue
        end = at + 1
        while end < len(text) and text[end] not in "diosuxX%":
            end += 1
        value = next(given, None)
        kind = text[end : end + 1]
        filled = "(null)" if value is None else f"{int(str(value)):x}" if kind in {"x", "X"} else str(value)
        made, at = made + filled, end + 1
    return made


@builtin("SQL_VARIANT_PROPERTY", "vt", VARIANT)
def _sql_variant_property(_frame: Frame, value: object, what: str) -> object:
    if what.lower() != "basetype":
        return None
    return "int" if isinstance(value, int) else "nvarchar"
