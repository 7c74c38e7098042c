"""Questions to a restored copy on the server: made ready for them once, then asked by a user who can only read."""

from __future__ import annotations

import contextlib
import math
import re
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from ..base.cancel import CancelToken
from ..base.errors import BackupError, Failed, Refused, SourceFailed
from . import tsql_question
from .sqlserver_client import Cell, Client
from .sqlserver_facts import ServerFacts
from .sqlserver_prove import proven

Ask = Callable[[str, float, CancelToken], float | str | None]
"""``(query, timeout_s, cancel)``: see `Engine.ask`."""
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?")
_LACKING = frozenset({207, 208, 195, 4104, 4121})
"""There is no such column, table or function."""
_DENIED = frozenset({229, 230, 262, 297, 300, 916, 3906})
_NOT_A_QUESTION = frozenset({102, 103, 105, 107, 116, 156, 170, 319, 1033, 4145, 8120, 8155, 8156, 8158, 8159})
"""What is said of a text that is not one SELECT of one column."""


def asker(client: Client, server: ServerFacts, name: str) -> Ask:
    """Make the database ``name``, a copy of ours, ready to be asked and nothing else. Raises `SourceFailed`."""
    user = f"rexus_question_{secrets.token_hex(4)}"
    batch = tsql_question.readied(name, user)
    proven(client, batch, client.execute(batch), {"database": name, "server": server.name, "login": server.login})

    def ask(query: str, timeout_s: float, cancel: CancelToken) -> float | str | None:
        text = tsql_question.asked(name, user, query)
        try:
            rows = client.query(text, timeout_s=timeout_s, cancel=cancel)
        except SourceFailed as error:
            raise _why(error, timeout_s) from error
        if len(rows) > 1:
            raise Refused("drill.query_unusable", why="more than one row")
        return _answer(rows[0].get("answer"), server) if rows else None

    return ask


def _why(error: SourceFailed, timeout_s: float) -> BackupError:
    """What kept the question from being answered: the question, the copy, or the way to the server."""
    number, said = error.values.get("number"), str(error.values.get("said", ""))
    if error.code == "sqlserver.timeout":
        return Failed("drill.query_slow", seconds=math.ceil(timeout_s))
    if number in _DENIED:
        return Refused("drill.query_refused", why=said)
    if number in _NOT_A_QUESTION:
        return Refused("drill.query_unusable", why=said)
    if number in _LACKING or error.code == "sqlserver.engine_error":
        return Failed("drill.query_failed", why=said)
    return error


def _answer(value: Cell, server: ServerFacts) -> float | str | None:
    """A number or a text; what is neither is no answer. Wall times are the server's, whose offset is told with them."""
    if isinstance(value, bool | int | float | Decimal):
        number = float(value)
        return number if math.isfinite(number) else None
    if isinstance(value, datetime):
        value = value.isoformat()
    if not isinstance(value, str):
        return None
    if _INSTANT.fullmatch(value.strip()):
        offset = timezone(timedelta(minutes=server.utc_offset_minutes))
        with contextlib.suppress(ValueError):  # a text that looks like an instant, and there is no such day
            return datetime.fromisoformat(value.strip()).replace(tzinfo=offset).isoformat()
    return value
