"""The folder where server and client meet: its name on the server, its name here, and whether both are one.

That a folder can be read here says nothing: it may be another one of the same name. Only a file that one side makes
and the other sees proves it.
"""

from __future__ import annotations

import contextlib
import secrets
from datetime import UTC, datetime
from pathlib import Path

from ..base.errors import BackupError, SourceFailed
from ..base.files import PARTIAL, Files
from ..base.records import BackupKind, Record
from . import tsql_ask
from .sqlserver_client import Client
from .sqlserver_facts import ServerFacts

PREFIX = "rexus_"
"""Files of ours in that folder begin so."""
SUFFIXES = {BackupKind.FULL: ".bak", BackupKind.DIFFERENTIAL: ".bak", BackupKind.LOG: ".trn"}


class Meeting(Record, frozen=True, kw_only=True):
    """The folder for backup files, by both names."""

    server: str
    owner: str = ""
    """Tells files of this installation from those of others that use the folder."""
    separator: str
    client: str | None = None
    """None: this machine can't see it."""

    def on_server(self, name: str) -> str:
        """Path of a file as the server names it."""
        return f"{self.server.rstrip(self.separator)}{self.separator}{name}"

    def here(self, name: str) -> Path | None:
        """Path of the same file on this machine."""
        return Path(self.client) / name if self.client is not None else None

    def new_name(self, database: str, suffix: str) -> str:
        """A name that no other file has, now or later: BACKUP knows no «fail if it exists»."""
        plain = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in database)[:40]
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        return f"{PREFIX}{self.owner}_{plain}_{stamp}_{secrets.token_hex(6)}{suffix}"

    def leftovers(self) -> tuple[Path, ...]:
        """Files of this installation that this machine sees there. Raises `SourceFailed`."""
        if self.client is None:
            return ()
        try:
            return tuple(sorted(Path(self.client).glob(f"{PREFIX}{self.owner}_*")))
        except OSError as error:
            raise SourceFailed("source.unreadable", path=self.client, reason=error.strerror or str(error)) from error


def meeting(facts: ServerFacts, server_dir: str | None, client_dir: str | None, owner: str = "") -> Meeting:
    """The folder that the settings name, else the server's usual one. Raises `SourceFailed` where there is none."""
    folder = server_dir or facts.backup_folder
    if not folder:
        raise SourceFailed("sqlserver.no_folder", server=facts.name)
    separator = "/" if "/" in folder and "\\" not in folder else facts.separator
    return Meeting(server=folder, separator=separator, client=client_dir, owner=owner)


class Probe(Record, frozen=True, kw_only=True):
    """What was found of the folder."""

    server_sees: bool
    """The folder is there for the service account."""
    client_sees: bool
    """It is there for this account, which may write in it."""
    same: bool
    """A file made here is seen by the server."""
    why: str = ""
    """Why this account can't write in it."""


def probe(client: Client, place: Meeting, files: Files) -> Probe:
    """Whether both sides see the folder, and whether it is the same one. Raises `SourceFailed`.

    The probe is made here and looked for by the server; it is removed whatever happens.
    """
    there = _on_server(client, place.server, folder=True)
    name = f".{PREFIX}probe_{secrets.token_hex(8)}{PARTIAL}"
    path = place.here(name)
    if path is None:
        return Probe(server_sees=there, client_sees=False, same=False)
    try:
        writing = files.create(path)
        try:
            writing.write(name.encode("ascii"))
        finally:
            writing.close()
    except OSError as error:
        return Probe(server_sees=there, client_sees=False, same=False, why=error.strerror or type(error).__name__)
    try:
        same = _on_server(client, place.on_server(name), folder=False)
    finally:
        with contextlib.suppress(OSError):
            files.unlink(path)
    return Probe(server_sees=there, client_sees=True, same=same)


def _on_server(client: Client, path: str, *, folder: bool) -> bool:
    rows = client.query(tsql_ask.path_facts(path))
    return bool(rows) and rows[0].flag("is_folder" if folder else "file_exists")


def server_sees(client: Client, path: str) -> bool:
    """Whether the service account sees that file; what it can't tell it does not see."""
    try:
        return _on_server(client, path, folder=False)
    except BackupError:
        return False
