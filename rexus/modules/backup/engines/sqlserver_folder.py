"""The folder where server and client meet: its name on the server, its name here, and whether both are one.

That a folder can be read here says nothing: it may be another one of the same name. Only a file that one side makes
and the other sees proves it.
"""

from __future__ import annotations

import contextlib
import re
import secrets
from datetime import UTC, datetime
from pathlib import Path

from ..base.errors import BackupError, SourceFailed
from ..base.files import PARTIAL, Files
from ..base.records import BackupKind, Record
from . import tsql, tsql_ask
from .sqlserver_client import Client
from .sqlserver_facts import ServerFacts
from .tsql import is_address

PREFIX = "rexus_"
"""Files of ours in that folder begin so."""
_OPENED, _NO_FILE, _IN_USE = 0, 2, 32
_ABSENT = frozenset({_NO_FILE, 3})
"""Of the server's operating system: no such file, no such folder."""
_NOT_BACKUPS = frozenset({"sqlserver.not_a_backup", "sqlserver.set_unfinished"})
"""What the server says of a file that it could open and that is no backup."""
_NAME = re.compile(
    rf"{PREFIX}(?P<owner>[0-9a-f]{{8}})_[A-Za-z0-9_]{{0,40}}_[0-9]{{8}}T[0-9]{{6}}Z_[0-9a-f]{{12}}(_[0-9]{{1,2}}of[0-9]{{1,2}})?\.(bak|trn)"
)
"""A backup of this program, of whatever installation."""
_ROOTED = re.compile(r"[A-Za-z]:\\|\\\\(?=[^\\])|/(?=[^/])")
"""How a path of a server begins: a drive, a share, or the root."""
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

    def of(self, path: Path) -> str:
        """What the server would call a file of this machine: in the shared folder by its name there, else the same."""
        if self.client is not None and path.is_relative_to(self.client):
            return self.separator.join((self.server.rstrip(self.separator), *path.relative_to(self.client).parts))
        return str(path)

    def new_name(self, database: str, suffix: str) -> str:
        """A name that no other file has, now or later: BACKUP knows no «fail if it exists»."""
        plain = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in database)[:40]
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        return f"{PREFIX}{self.owner}_{plain}_{stamp}_{secrets.token_hex(6)}{suffix}"

    def new_names(self, database: str, suffix: str, count: int) -> tuple[str, ...]:
        """The same for the files of one backup."""
        return numbered(self.new_name(database, ""), suffix, count)

    @property
    def is_url(self) -> bool:
        """It is no folder, but a container behind an address, which no client sees."""
        return is_address(self.server)


def meeting(facts: ServerFacts, server_dir: str | None, client_dir: str | None, owner: str = "") -> Meeting:
    """The folder that the settings name, else the server's usual one. Raises `SourceFailed` where there is none."""
    folder = server_dir or facts.backup_folder
    if not folder:
        raise SourceFailed("sqlserver.no_folder", server=facts.name)
    separator = "/" if "/" in folder and "\\" not in folder else facts.separator
    return Meeting(server=folder, separator=separator, client=client_dir, owner=owner)


def container(address: str, owner: str = "") -> Meeting:
    """The container that the server writes backups into."""
    return Meeting(server=address, separator="/", owner=owner)


def leftovers(client_dir: str | None, owner: str) -> tuple[Path, ...]:
    """Files of the installation ``owner`` that this machine sees in the folder. Raises `SourceFailed`."""
    if client_dir is None:
        return ()
    try:
        return tuple(sorted(Path(client_dir).glob(f"{PREFIX}{owner}_*")))
    except OSError as error:
        raise SourceFailed("source.unreadable", path=client_dir, reason=error.strerror or str(error)) from error


def numbered(stem: str, suffix: str, count: int) -> tuple[str, ...]:
    """The names of ``count`` files of one backup; only several have numbers."""
    parts = [""] if count == 1 else [f"_{number}of{count}" for number in range(1, count + 1)]
    return tuple(f"{stem}{part}{suffix}" for part in parts)


def holds(folder: str, path: str) -> bool:
    """Whether ``path`` is right in that folder of a server and named as `Meeting.new_name` names backups. Pure."""
    separator = "/" if "/" in folder and "\\" not in folder else "\\"
    above, found, name = path.rpartition(separator)
    if not found or _NAME.fullmatch(name) is None:
        return False
    wanted = folder.rstrip(separator)
    return above == wanted if separator == "/" else above.casefold() == wanted.casefold()


def is_by(owner: str, path: str) -> bool:
    """Whether ``path`` is named as the installation ``owner`` names backups, in whichever folder of a server. Pure.

    A path that is not plain could mean another place than it seems to.
    """
    rooted = _ROOTED.match(path)
    if rooted is None or not path.isprintable():
        return False
    *folders, name = path[rooted.end() :].split("/" if rooted[0] == "/" else "\\")
    named = _NAME.fullmatch(name)
    return named is not None and named["owner"] == owner and not {"", ".", ".."} & set(folders)


class Probe(Record, frozen=True, kw_only=True):
    """What was found of the folder."""

    server_sees: bool | None
    """The folder is there for the service account; None: the login may not ask."""
    client_sees: bool
    """It is there for this account, which may write in it."""
    same: bool | None
    """A file made here is seen by the server; None: the login may not ask."""
    why: str = ""
    """Why this account can't write in it."""
    os_error: int = 0
    """Why the server can't read what this account puts there, by the number of its system; 0: it can."""


def probe(client: Client, server: ServerFacts, place: Meeting, files: Files) -> Probe:
    """Whether both sides see the folder, and whether it is the same one. Raises `SourceFailed`.

    The probe is made here and looked for by the server; it is removed whatever happens, by the next backup at last.
    """
    name = place.new_name("probe", PARTIAL)
    there = _folder_there(client, server, place, name)
    path = place.here(name)
    if path is None:
        return Probe(server_sees=there, client_sees=False, same=False)
    try:
        writing = files.create(path, private=False)
        try:
            writing.write(name.encode("ascii"))
        finally:
            writing.close()
    except OSError as error:
        return Probe(server_sees=there, client_sees=False, same=False, why=error.strerror or type(error).__name__)
    try:
        opened = _opened(client, server, place.on_server(name))
        same = _on_server(client, place.on_server(name), folder=False) if server.is_sysadmin else None
    finally:
        with contextlib.suppress(OSError):
            files.unlink(path)
    if same is None and opened is not None:
        same = opened not in _ABSENT
    return Probe(server_sees=there, client_sees=True, same=same, os_error=opened or 0)


def _folder_there(client: Client, server: ServerFacts, place: Meeting, lacking: str) -> bool | None:
    """Whether the service account sees the folder, in which there is no file ``lacking``."""
    if server.is_sysadmin:
        return _on_server(client, place.server, folder=True)
    opened = _opened(client, server, place.on_server(lacking))
    return opened in (_OPENED, _NO_FILE) if opened is not None else None


def _opened(client: Client, server: ServerFacts, path: str) -> int | None:
    """What comes of having the server open a file: `_OPENED`, or the number of the operating system's error.

    The function that tells what is at a path answers administrators alone, and others with «nothing»; LABELONLY opens
    the file for whoever may create databases. None: the login may not even that.
    """
    if not server.may_verify:
        return None
    try:
        client.query(tsql.label(tsql.media(path)))
    except SourceFailed as error:
        number = error.values.get("os_error")
        if number is not None:
            return int(number)
        if error.code in _NOT_BACKUPS:
            return _OPENED
        raise
    return _OPENED


def _on_server(client: Client, path: str, *, folder: bool) -> bool:
    rows = client.query(tsql_ask.path_facts(path))
    return bool(rows) and rows[0].flag("is_folder" if folder else "file_exists")


def is_there(client: Client, server: ServerFacts, path: str) -> bool | None:
    """Whether the server has that file; None: nobody knows. Raises `SourceFailed`.

    Nobody knows of an address, or where the login may not look; nor of a file in a folder that is not there itself,
    for its disk or share may come back.
    """
    if is_address(path):
        return None
    if server.is_sysadmin:
        rows = client.query(tsql_ask.path_facts(path))
        found = bool(rows) and rows[0].flag("file_exists")
        return found or (False if rows and rows[0].flag("parent_exists") else None)
    opened = _opened(client, server, path)
    return opened != _NO_FILE if opened in {_OPENED, _IN_USE, _NO_FILE} else None


def server_sees(client: Client, path: str) -> bool:
    """Whether the service account sees that file; what it can't tell it does not see."""
    try:
        return _on_server(client, path, folder=False)
    except BackupError:
        return False
