"""Who may enter a database of the server and write in it: seen, closed while a restore works, given back."""

from __future__ import annotations

from ..base.cancel import CancelToken
from ..base.errors import SourceFailed
from . import tsql_access
from .port_server import EVERYBODY, Access
from .sqlserver_client import Client
from .sqlserver_prove import proven
from .tsql import Batch


def access_of(client: Client, name: str) -> Access | None:
    """How a database is open; None: there is none. Raises `SourceFailed`."""
    rows = client.query(tsql_access.ask(name))
    if not rows:
        return None
    return Access(users=tsql_access.USERS[rows[0].integer("user_access") or 0], read_only=rows[0].flag("is_read_only"))


def close(client: Client, name: str, cancel: CancelToken) -> None:
    """Let nobody write in a database any more; whatever is not committed there is rolled back. Proven by asking.

    Raises `SourceFailed`, and `Cancelled`: then it may be closed all the same.
    """
    now = access_of(client, name)
    wanted = Access(users=(now or EVERYBODY).readers, read_only=True)
    _made_so(client, name, wanted, tsql_access.close(name, wanted.users), cancel)


def give(client: Client, name: str, access: Access) -> None:
    """Open a database to whom it was open. Proven by asking. Raises `SourceFailed`."""
    _made_so(client, name, access, tsql_access.give(name, access.users, read_only=access.read_only))


def _made_so(client: Client, name: str, wanted: Access, batch: Batch, cancel: CancelToken | None = None) -> None:
    proven(client, batch, client.execute(batch, cancel=cancel), {"database": name})
    now = access_of(client, name)
    if now != wanted:
        told = now.told if now is not None else "-"
        raise SourceFailed("sqlserver.access", database=name, wanted=wanted.told, now=told)
