"""A connection to the server on loopback, for tests that speak to it by the real driver."""

from __future__ import annotations

import pytest
from sqlserver_double.server import Server

from rexus.modules.backup.base.errors import Refused
from rexus.modules.backup.config.secrets import Secret
from rexus.modules.backup.engines import odbc_driver
from rexus.modules.backup.engines.sqlserver_connect import Connection, Encrypt

USER, PASSWORD = "sa", "Str0ng;Pass"


def driver_is_there() -> bool:
    """Whether pyodbc can load a driver here (never on Windows without its installer)."""
    try:
        odbc_driver.find()
    except Refused:
        return False
    return True


needs_driver = pytest.mark.skipif(not driver_is_there(), reason="no ODBC driver for SQL Server on this machine")


def to(server: Server, password: str = PASSWORD, user: str = USER) -> Connection:
    """The way to ``server``, encrypted, its certificate taken as it is."""
    return Connection(
        host="127.0.0.1",
        port=server.port,
        user=user,
        password=Secret(password),
        encrypt=Encrypt.MANDATORY,
        trust_certificate=True,
        login_timeout_s=10,
    )
