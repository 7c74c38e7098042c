"""Logins, roles and rights of a server, read by its own words and told as a script."""

from __future__ import annotations

import logging
import re

from ..base.errors import BackupError, Failed
from ..base.records import Problem, Severity
from ..config.secrets import Secret
from . import tsql, tsql_principals
from .logins_script import ListedFact, LoginFacts, Principals, RightFacts, script_of
from .port_server import ServerScript
from .sqlserver_client import Client, Row
from .sqlserver_facts import ServerFacts

log = logging.getLogger(__name__)
_BINARY = re.compile(r"0x(?:[0-9A-Fa-f]{2})+")
_PERMISSION = re.compile(r"[A-Z][A-Z ]{0,127}")


def script(client: Client, server: ServerFacts, head: str) -> ServerScript:
    """The script, and what is missing in it. Raises `SourceFailed` where nobody may be asked for at all.

    Password hashes are in the text alone: it goes nowhere but into a file of its owner.
    """
    found = Principals(
        logins=tuple(_login(row) for row in client.query(tsql_principals.LOGINS)),
        roles=tuple(row.text("name") for row in client.query(tsql_principals.ROLES)),
        members=tuple((row.text("role"), row.text("member")) for row in client.query(tsql_principals.MEMBERS)),
        rights=tuple(_right(row) for row in client.query(tsql_principals.RIGHTS)),
        listed=_listed(client),
    )
    lacking = [one.name for one in found.logins if one.is_without_password]
    if not lacking and (server.is_sysadmin or any(one.hash for one in found.logins)):
        return ServerScript(text=script_of(found, head))
    values: dict[str, str | int] = {
        "server": server.name,
        "login": server.login,
        "login_sql": tsql.identifier(server.login or "?"),
        "names": ", ".join(lacking) or "?",
    }
    note = Problem(code="sqlserver.logins_unread", severity=Severity.WARNING, values=values)
    return ServerScript(text=script_of(found, head), notes=(note,))


def _login(row: Row) -> LoginFacts:
    return LoginFacts(
        name=row.text("name"),
        type=row.text("type").strip(),
        sid=_binary(row, "sid"),
        hash=Secret(_binary(row, "hash")),
        is_disabled=row.flag("is_disabled"),
        default_database=row.text("default_database"),
        default_language=row.text("default_language"),
        checks_policy=row.flag("checks_policy"),
        checks_expiration=row.flag("checks_expiration"),
    )


def _right(row: Row) -> RightFacts:
    permission = row.text("permission").strip()
    if not _PERMISSION.fullmatch(permission):
        raise Failed("sqlserver.odd_answer", column="permission", value=ascii(permission)[:80])
    return RightFacts(state=row.text("state").strip(), permission=permission, grantee=row.text("grantee"))


def _binary(row: Row, column: str) -> str:
    """``0x…`` or nothing; what else comes is not told, for it may be a hash. Raises `Failed`."""
    value = row.text(column)
    if value and not _BINARY.fullmatch(value):
        raise Failed("sqlserver.odd_answer", column=column, value="?")
    return value


def _listed(client: Client) -> tuple[ListedFact, ...]:
    """What is only listed; where that may not be asked for the script is good without it."""
    found: list[ListedFact] = []
    for kind, text, columns in (
        ("LOGIN", tsql_principals.MAPPED, ("type_desc",)),
        ("CERTIFICATE", tsql_principals.CERTIFICATES, ("thumbprint", "expires_at", "key_state")),
        ("CREDENTIAL", tsql_principals.CREDENTIALS, ("identity_name",)),
        ("LINKED SERVER", tsql_principals.LINKED, ("product", "provider", "source")),
    ):
        try:
            rows = client.query(text)
        except BackupError as error:
            log.info("no list of %s: %s", kind, error)
            continue
        for row in rows:
            told = ", ".join(value for name in columns if (value := row.text(name)))
            found.append(ListedFact(kind=kind, name=row.text("name"), told=told))
    return tuple(found)
