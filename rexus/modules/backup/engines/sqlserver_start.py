"""Why there is no connection: what clients say before there is a server that could give it a number.

ODBC gives a SQLSTATE, sqlcmd words only. Where the words are of no known kind (another language), the problem is told
as unreachable, with the words themselves.
"""

from __future__ import annotations

import re

from ..base.records import Problem
from .sqlserver_connect import Connection

_SHOWN = 400
_SIGNS = (
    ("sqlserver.login_failed", re.compile(r"(?i)login failed|login error: login")),
    ("sqlserver.certificate_untrusted", re.compile(r"(?i)certificate|x509|self.signed|0x800B01|SSL Provider")),
    ("sqlserver.no_encryption", re.compile(r"(?i)does not support encryption|encryption not supported")),
)
_BROKEN = re.compile(r"(?i)unknown (?:short)?hand flag|unknown option|invalid argument|unexpected argument|parse error")


def start_problem(said: str, connection: Connection, program: str, code: int) -> Problem:
    """What ``said`` (by a client, about the way to the server) means."""
    values: dict[str, str | int] = {
        "server": connection.server,
        "login": connection.login or "?",
        "program": program,
        "exit": code,
        "said": " ".join(said.split())[:_SHOWN] or str(code),
    }
    if _BROKEN.search(said):
        return Problem(code="sqlserver.client_failed", values=values)
    found = next((code for code, sign in _SIGNS if sign.search(said)), "sqlserver.unreachable")
    return Problem(code=found, values=values)
