"""A backup of almost nothing, written by the server and removed by us: so each side proves what the other can do."""

from __future__ import annotations

import contextlib

from ..base.errors import SourceFailed
from ..base.files import Files
from . import tsql
from .bak import read_headers
from .port_server import PROBE
from .sqlserver_client import Client
from .sqlserver_facts import UNSEEN, ServerFacts, ask_database
from .sqlserver_folder import Meeting
from .sqlserver_prove import proven

SMALLEST = "model"
"""Every server has it, and nobody keeps anything in it; a copy-only backup changes nothing of it."""
_NAME = "Rexus probe"


def write_probe(client: Client, server: ServerFacts, place: Meeting, files: Files) -> str | None:
    """Let the server write a small backup into the folder, read it here and remove it.

    Empty: all of it worked; a text: why this account can't remove the server's file; None: the login may not back that
    database up, so nothing was tried. Raises `SourceFailed`: the server can't write there, or
    ``sqlserver.folders_differ`` where what it wrote is not seen here.
    """
    try:
        there = ask_database(client, SMALLEST)
    except SourceFailed as error:
        if error.code == UNSEEN:
            return None
        raise
    if there is None or not there.may_backup or not there.is_online:
        return None
    name = place.new_name("probe", PROBE)
    path = place.here(name)
    assert path is not None, "somebody who does not see the folder could not remove it"
    label = f"{_NAME} {name}"
    media, plain = tsql.media(place.on_server(name)), False if server.can_compress else None  # to be read here
    order = tsql.BackupOrder(database=SMALLEST, media=media, name=label, copy_only=True, compression=plain)
    batch = tsql.backup(order)
    why = ""
    try:
        proven(client, batch, client.execute(batch), {"database": SMALLEST})
        _is_seen(place, name, label)
    finally:
        try:
            files.unlink(path)
        except OSError as error:
            why = error.strerror or type(error).__name__
    return why


def _is_seen(place: Meeting, name: str, label: str) -> None:
    """Raises `SourceFailed` where the very file that the server wrote is not the one that is here."""
    path = place.here(name)
    assert path is not None
    with contextlib.suppress(OSError), path.open("rb") as reading:
        if any(one.header.name == label for one in read_headers(reading).sets):
            return
    raise SourceFailed("sqlserver.folders_differ", here=str(path.parent), there=place.server)
