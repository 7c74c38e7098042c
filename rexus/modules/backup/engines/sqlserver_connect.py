"""Where the server is and how one signs in, read from settings and `.env`, and told to either client."""

from __future__ import annotations

import enum
import os
import re
import uuid
from collections.abc import Mapping

from ..base.errors import BadInput
from ..base.records import Record
from ..config.lost_place import server_named
from ..config.secrets import Secret, secret_named
from ..config.settings import SqlServer

APPLICATION = "Rexus Backups"
DATABASE = "master"
"""Where every session begins: RESTORE must not be sent from the database that it is for (3102)."""
_SERVER = re.compile(
    r"(?:(?P<protocol>tcp|np|lpc):)?(?P<host>\\\\[^,;{}=\s]+|\[[0-9A-Fa-f:.%]+\]|[^\\,:;{}=\s][^\\,:;{}=]*?|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+)"
    r"(?:\\(?P<instance>[^\\,:;{}=\s]+))?(?:\s*[,:]\s*(?P<port>\d{1,5}))?",
    re.IGNORECASE,
)


class Authentication(enum.StrEnum):
    """How one signs in."""

    SQL = "sql"
    WINDOWS = "windows"
    """As the account that runs the program; elsewhere than on Windows by Kerberos."""
    ENTRA_PASSWORD = "entra_password"  # noqa: S105  a way to sign in
    ENTRA_DEFAULT = "entra_default"
    """By the identity of the machine, or whatever else the system offers."""


class Encrypt(enum.StrEnum):
    """How the connection is encrypted."""

    STRICT = "strict"
    MANDATORY = "mandatory"
    OPTIONAL = "optional"


class Connection(Record, frozen=True, kw_only=True):
    """All that a client needs to know to sign in."""

    host: str
    protocol: str = ""
    instance: str = ""
    port: int | None = None
    authentication: Authentication = Authentication.SQL
    user: str = ""
    password: Secret | None = None
    encrypt: Encrypt = Encrypt.MANDATORY
    trust_certificate: bool = False
    login_timeout_s: int = 15
    driver: str = ""
    """The ODBC driver that the host's ``DB_DRIVER`` names; one wish among others."""

    @property
    def server(self) -> str:
        r"""As both clients take it: ``tcp:host\INSTANCE,1433``; a port makes the instance's name mere decoration."""
        protocol = f"{self.protocol}:" if self.protocol else ""
        instance = f"\\{self.instance}" if self.instance else ""
        port = f",{self.port}" if self.port is not None else ""
        return f"{protocol}{self.host}{instance}{port}"

    @property
    def login(self) -> str:
        """As whom one signs in, for sentences; empty: only the server knows."""
        return self.user

    @property
    def known(self) -> dict[str, str | int]:
        """What sentences may say of it."""
        return {"server": self.server, **({"login": self.login} if self.login else {})}

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown."""
        return (self.password.reveal(),) if self.password is not None else ()


def connection_of(settings: SqlServer, environment: Mapping[str, str | Secret]) -> Connection:
    """The connection that settings and `.env` describe.

    Raises `BadInput` (``sqlserver.no_server``, ``sqlserver.bad_server``, ``sqlserver.no_user``,
    ``sqlserver.no_password``).
    """
    named = server_named(settings, environment)
    if not named:
        raise BadInput("sqlserver.no_server")
    protocol, host, instance, port = server_parts(named)
    if port is None and not instance:
        port = _port(_plain("DB_PORT", environment))
    user = _plain("DB_USERNAME", environment).strip()
    authentication = _authentication(settings.authentication, user)
    needs_password = authentication in (Authentication.SQL, Authentication.ENTRA_PASSWORD)
    return Connection(
        protocol=protocol,
        host=host,
        instance=instance,
        port=port,
        authentication=authentication,
        user=user if needs_password else "",
        password=_password(user, environment) if needs_password else None,
        encrypt=Encrypt(settings.encrypt),
        trust_certificate=settings.trust_certificate,
        login_timeout_s=settings.login_timeout_s,
        driver=_plain("DB_DRIVER", environment).strip().strip("{}"),
    )


def server_parts(named: str) -> tuple[str, str, str, int | None]:
    r"""Protocol, host, instance and port of ``tcp:host\INSTANCE,1433`` (``host:1433`` is understood too).

    Raises `BadInput` (``sqlserver.bad_server``).
    """
    found = _SERVER.fullmatch(named.strip())
    port = int(found["port"]) if found is not None and found["port"] else None
    if found is None or (port is not None and not 1 <= port <= 65_535):
        raise BadInput("sqlserver.bad_server", server=named[:200])
    return (found["protocol"] or "").lower(), found["host"].strip(), found["instance"] or "", port


def session_token() -> str:
    """A workstation's name that no other session has: by it the server's views show which session is ours."""
    return f"rexus-{uuid.uuid4().hex[:20]}"


def _authentication(wanted: str, user: str) -> Authentication:
    if wanted == "windows" or (wanted == "auto" and not user):
        return Authentication.WINDOWS
    if wanted == "entra":
        return Authentication.ENTRA_PASSWORD if user else Authentication.ENTRA_DEFAULT
    if not user:
        raise BadInput("sqlserver.no_user")
    return Authentication.SQL


def _password(user: str, environment: Mapping[str, str | Secret]) -> Secret:
    """As it is written, blanks at its ends too; from the system's keyring where `.env` has none."""
    given = environment.get("DB_PASSWORD", os.environ.get("DB_PASSWORD", ""))
    plain = given.reveal() if isinstance(given, Secret) else given
    found = Secret(plain) if plain else secret_named("DB_PASSWORD", environment)
    if found is None:
        raise BadInput("sqlserver.no_password", login=user)
    return found


def _plain(name: str, environment: Mapping[str, str | Secret]) -> str:
    value = environment.get(name, os.environ.get(name, ""))
    return value.reveal() if isinstance(value, Secret) else value


def _port(text: str) -> int | None:
    plain = text.strip()
    return int(plain) if plain.isdigit() and 1 <= int(plain) <= 65_535 else None
