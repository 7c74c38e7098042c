"""The T-SQL that does something: BACKUP, RESTORE, VERIFYONLY, CHECKDB, and the quoting of all of it. Pure.

Every text of a person (names, paths, descriptions) becomes a literal or an identifier here and nowhere else. Statements
fit SQL Server 2017 and newer. What is asked stands in `tsql_ask`.
"""

# ruff: noqa: S608  what is put into statements passes `literal` and `identifier`

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from datetime import datetime

from ..base.errors import BadInput
from ..base.records import BackupKind, Record

BACKUP_DONE = 3014
VERIFIED = 3262
CHECKED = 8989
MOST_DEVICES = 64
LONGEST_IDENTIFIER = 128
"""Of ``sysname``, in UTF-16 units."""
LONGEST_NAME, LONGEST_DESCRIPTION = 128, 255
"""Of a backup set's NAME and DESCRIPTION, in UTF-16 units; what is longer is cut."""
_UNSENDABLE = re.compile("[\x00\ud800-\udfff]")
_ODD = re.compile(r"[^\x20-\x7e]+")
_PIECE = 1000
"""Characters in a line of `as_ascii`."""
_PIECES = re.compile(rf"[\x20-\x7e]{{1,{_PIECE}}}|[^\x20-\x7e]{{1,{_PIECE}}}")
_ANYTHING = re.compile(rf".{{1,{_PIECE}}}", re.DOTALL)
_MOST_PIECES = 200
"""Sums of more parts the server may refuse as nested too deeply; then all of it is put in hexadecimal."""


class Batch(Record, frozen=True, kw_only=True):
    """T-SQL to be run in one session whose database is ``master``, and what proves that it worked."""

    text: str
    verdict: int | None = None
    """The message that proves it: 3014, 3262, 8989. None: it is proven by its end without an error."""
    verb: str = ""
    """First words of that 3014: ``BACKUP DATABASE WITH DIFFERENTIAL``, ``RESTORE LOG`` …"""
    cleanup: str = ""
    """Run behind ``text`` in the same session, whatever became of it; does nothing where nothing is to be done."""
    session: str = ""
    """The token that its session shall have (`sqlserver_connect.session_token`), to be looked for; empty: any."""


class Algorithm(enum.StrEnum):
    """How the server encrypts a backup."""

    AES_128 = "AES_128"
    AES_192 = "AES_192"
    AES_256 = "AES_256"
    TRIPLE_DES = "TRIPLE_DES_3KEY"


class Encryption(Record, frozen=True, kw_only=True):
    """With which certificate (of ``master``) a backup is encrypted."""

    certificate: str
    algorithm: Algorithm = Algorithm.AES_256


class Media(Record, frozen=True, kw_only=True):
    """Where a backup is: the files (or addresses) of one stripe set, as the server names them."""

    places: tuple[str, ...]
    url: bool = False


def media(*places: str) -> Media:
    """All files of one backup, or the addresses that it is behind."""
    return Media(places=places, url=is_address(places[0]))


def is_address(place: str) -> bool:
    """Whether it is behind an address, and not on a disk or share of the server."""
    return place.casefold().startswith(("https://", "s3://"))


class BackupOrder(Record, frozen=True, kw_only=True):
    """One BACKUP."""

    database: str
    media: Media
    kind: BackupKind = BackupKind.FULL
    name: str = ""
    description: str = ""
    copy_only: bool = False
    compression: bool | None = None
    """None: as the server is configured. An edition without it fails on True (1844)."""
    encryption: Encryption | None = None
    append: bool = False
    """Add to what the files hold, instead of beginning them anew."""
    tail: bool = False
    """LOG only: leave the database RESTORING, so that nothing comes behind this backup."""
    damaged: bool = False
    """LOG only: the data files are lost; what can be read of the log is taken (NO_TRUNCATE)."""
    exclusive: bool = False
    """Send everybody away first; with ``tail``."""
    stats: int = 5
    """Progress is told about every so many percent."""
    block_size: int | None = None
    max_transfer_size: int | None = None
    buffer_count: int | None = None


class Move(Record, frozen=True, kw_only=True):
    """Where one file of the backup goes."""

    logical_name: str
    path: str


class Stop(Record, frozen=True, kw_only=True):
    """Until when logs are applied; exactly one of ``at``, ``lsn`` and ``mark`` is given."""

    at: datetime | None = None
    """Naive: the wall time of the server that made the backup."""
    lsn: int | None = None
    mark: str = ""
    after: datetime | None = None
    """With ``mark``: the first such mark from then on."""
    before: bool = False
    """With ``lsn`` and ``mark``: stop just before it instead of behind it."""


class RestoreOrder(Record, frozen=True, kw_only=True):
    """One RESTORE of one backup set."""

    database: str
    media: Media
    log: bool = False
    """The set is a log backup."""
    position: int = 1
    moves: tuple[Move, ...] = ()
    recovery: bool = True
    """False: NORECOVERY, more follows."""
    replace: bool = False
    """Overwrite another database, an unsaved tail or foreign files: three checks of the server are given up."""
    checksum: bool = True
    """Fails with 3187 on a backup without checksums; False: they are checked where there are any."""
    stop: Stop | None = None
    exclusive: bool = False
    """Send everybody away first. Whatever happens, a database that is online afterwards is for many users again."""
    stats: int = 5


def identifier(name: str) -> str:
    """``[name]``. Raises `BadInput` (``sqlserver.odd_name``) for what can be the name of nothing."""
    if not name or _UNSENDABLE.search(name) or units(name) > LONGEST_IDENTIFIER:
        raise BadInput("sqlserver.odd_name", name=name.encode("unicode_escape").decode("ascii")[:200])
    return "[" + name.replace("]", "]]") + "]"


def literal(text: str) -> str:
    """``N'text'``. Raises `BadInput` (``sqlserver.odd_name``) for what no text of the server can hold."""
    if _UNSENDABLE.search(text):
        raise BadInput("sqlserver.odd_name", name=text.encode("unicode_escape").decode("ascii")[:200])
    return "N'" + text.replace("'", "''") + "'"


def instant(at: datetime) -> str:
    """A server's wall time as a literal that no language setting reads otherwise, to the millisecond."""
    assert at.tzinfo is None, "the server keeps no zone"
    return literal(at.isoformat(timespec="milliseconds"))


def units(text: str) -> int:
    """Length as the server counts it: UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clipped(text: str, most: int) -> str:
    """The first ``most`` UTF-16 units of ``text``, no character cut in two."""
    return text.encode("utf-16-le")[: most * 2].decode("utf-16-le", "ignore")


def backup(order: BackupOrder) -> Batch:
    """BACKUP DATABASE or LOG. Raises `BadInput`."""
    log = order.kind is BackupKind.LOG
    new = "FORMAT" if order.media.url else "FORMAT, INIT"  # stores of objects know no INIT
    options = [new if not order.append else "NOINIT", "CHECKSUM"]
    if order.kind is BackupKind.DIFFERENTIAL:
        options.insert(0, "DIFFERENTIAL")
    if order.copy_only:
        options.append("COPY_ONLY")
    if log and order.tail:
        options.append("NORECOVERY")
    if log and order.damaged:
        options.append("NO_TRUNCATE")
    if order.name:
        options.append(f"NAME = {literal(clipped(order.name, LONGEST_NAME))}")
    if order.description:
        options.append(f"DESCRIPTION = {literal(clipped(order.description, LONGEST_DESCRIPTION))}")
    if order.compression is not None:
        options.append("COMPRESSION" if order.compression else "NO_COMPRESSION")
    if order.encryption is not None:
        certificate = identifier(order.encryption.certificate)
        options.append(f"ENCRYPTION (ALGORITHM = {order.encryption.algorithm}, SERVER CERTIFICATE = {certificate})")
    sizes = (("BLOCKSIZE", order.block_size), ("MAXTRANSFERSIZE", order.max_transfer_size))
    options += [f"{word} = {value}" for word, value in (*sizes, ("BUFFERCOUNT", order.buffer_count)) if value]
    options.append(f"STATS = {order.stats}")
    verb = _BACKUP_VERBS[order.kind]
    what = "LOG" if log else "DATABASE"
    text = f"BACKUP {what} {identifier(order.database)}\nTO {_devices(order.media)}\nWITH {', '.join(options)};"
    return _alone(order.database, text, verb) if order.exclusive else Batch(text=text, verdict=BACKUP_DONE, verb=verb)


_BACKUP_VERBS = {
    BackupKind.FULL: "BACKUP DATABASE",
    BackupKind.DIFFERENTIAL: "BACKUP DATABASE WITH DIFFERENTIAL",
    BackupKind.LOG: "BACKUP LOG",
}


def restore(order: RestoreOrder) -> Batch:
    """RESTORE DATABASE (full or differential) or LOG. Raises `BadInput`."""
    what = "LOG" if order.log else "DATABASE"
    options = _position(order.media, order.position)
    options += [f"MOVE {literal(one.logical_name)} TO {literal(one.path)}" for one in order.moves]
    options.append("RECOVERY" if order.recovery else "NORECOVERY")
    if order.replace:
        options.append("REPLACE")
    if order.checksum:
        options.append("CHECKSUM")
    if order.stop is not None:
        options.append(_stop(order.stop))
    options.append(f"STATS = {order.stats}")
    text = f"RESTORE {what} {identifier(order.database)}\nFROM {_devices(order.media)}\nWITH {', '.join(options)};"
    verb = f"RESTORE {what}"
    return _alone(order.database, text, verb) if order.exclusive else Batch(text=text, verdict=BACKUP_DONE, verb=verb)


def recover(database: str, *, restricted: bool = False) -> Batch:
    """End a sequence of restores: the database goes online, on demand for owners and administrators alone.

    Raises `BadInput`.
    """
    options = "RECOVERY, RESTRICTED_USER" if restricted else "RECOVERY"
    text = f"RESTORE DATABASE {identifier(database)} WITH {options};"
    return Batch(text=text, verdict=BACKUP_DONE, verb="RESTORE DATABASE")


def release(database: str) -> str:
    """Let everybody in again, where the database is online and somebody was kept out. Does nothing otherwise."""
    where = f"name = {literal(database)} AND state = 0 AND user_access <> 0"
    return (
        f"IF EXISTS (SELECT 1 FROM sys.databases WHERE {where})\n"
        f"ALTER DATABASE {identifier(database)} SET MULTI_USER WITH ROLLBACK IMMEDIATE;"
    )


def _alone(database: str, statement: str, verb: str) -> Batch:
    """``statement`` with nobody else in ``database``, from ``master``, in one batch.

    Nobody may come between the two (the one place of SINGLE_USER is free until RESTORE takes it), and where the first
    fails the second is not tried. TRY and CATCH would hide the cause: they see the last error only, 3013.
    """
    text = (
        "DECLARE @error int = 0;\n"
        f"IF EXISTS (SELECT 1 FROM sys.databases WHERE name = {literal(database)} AND state = 0)\n"
        "BEGIN\n"
        f"ALTER DATABASE {identifier(database)} SET SINGLE_USER WITH ROLLBACK IMMEDIATE;\n"
        "SET @error = @@ERROR;\n"
        "END;\n"
        f"IF @error = 0\n{statement}"
    )
    return Batch(text=text, verdict=BACKUP_DONE, verb=verb, cleanup=release(database))


def verify(media: Media, position: int = 1, *, checksum: bool = True, stats: int = 5) -> Batch:
    """RESTORE VERIFYONLY: the set can be read to its end. Raises `BadInput`."""
    options = [*_position(media, position), *(["CHECKSUM"] if checksum else []), f"STATS = {stats}"]
    return Batch(text=f"RESTORE VERIFYONLY\nFROM {_devices(media)}\nWITH {', '.join(options)};", verdict=VERIFIED)


def header_only(media: Media) -> str:
    """RESTORE HEADERONLY: one row for each backup set in the media. Raises `BadInput`."""
    return f"RESTORE HEADERONLY\nFROM {_devices(media)};"


def file_list(media: Media, position: int = 1) -> str:
    """RESTORE FILELISTONLY: one row for each file of the database in that set. Raises `BadInput`."""
    which = "".join(f"\nWITH {option}" for option in _position(media, position))
    return f"RESTORE FILELISTONLY\nFROM {_devices(media)}{which};"


def label(media: Media) -> str:
    """RESTORE LABELONLY of one file: its place in the media set. Raises `BadInput`."""
    return f"RESTORE LABELONLY\nFROM {_devices(media)};"


def check_database(database: str, *, physical_only: bool = False) -> Batch:
    """DBCC CHECKDB; proven by its own count (8989), for which it must be let talk."""
    options = ["ALL_ERRORMSGS", *(["PHYSICAL_ONLY"] if physical_only else [])]
    return Batch(text=f"DBCC CHECKDB ({literal(database)}) WITH {', '.join(options)};", verdict=CHECKED)


def drop(database: str) -> Batch:
    """Remove a database and its files; one that is being restored too. Raises `BadInput`."""
    where = f"name = {literal(database)} AND state = 0"
    text = (
        f"IF EXISTS (SELECT 1 FROM sys.databases WHERE {where})\n"
        f"ALTER DATABASE {identifier(database)} SET SINGLE_USER WITH ROLLBACK IMMEDIATE;\n"
        f"DROP DATABASE {identifier(database)};"
    )
    return Batch(text=text)


def kill(session_id: int) -> Batch:
    """End a session of the server."""
    return Batch(text=f"KILL {session_id:d};")


def create_folder(path: str) -> Batch:
    """Make a folder on the server; one that is there is no error. For sysadmin. Raises `BadInput`."""
    return Batch(text=f"EXEC master.dbo.xp_create_subdir {literal(path)};")


def adopt_user(database: str, user: str, login: str) -> Batch:
    """Join a user of ``database`` to a login of the server. Raises `BadInput`."""
    return _within(database, f"ALTER USER {identifier(user)} WITH LOGIN = {identifier(login)};")


def set_owner(database: str, login: str) -> Batch:
    """Make ``login`` the owner of ``database``. Raises `BadInput`."""
    return Batch(text=f"ALTER AUTHORIZATION ON DATABASE::{identifier(database)} TO {identifier(login)};")


def create_credential(address: str, identity: str) -> str:
    """What an administrator types so that the server gets in at ``address``; the secret is his to fill in."""
    secret = "<access key>:<secret key>" if identity == "S3 Access Key" else "<signature, without its ?>"
    return f"CREATE CREDENTIAL {identifier(address)} WITH IDENTITY = '{identity}', SECRET = '{secret}';"


def insert(database: str, table: str, values: Mapping[str, str | int]) -> Batch:
    """A row more in a table of ``dbo`` of ``database``. Raises `BadInput`."""
    names = ", ".join(identifier(name) for name in values)
    told = ", ".join(str(one) if isinstance(one, int) else literal(one) for one in values.values())
    place = f"{identifier(database)}.dbo.{identifier(table)}"
    return Batch(text=f"INSERT INTO {place} ({names}) VALUES ({told});")


def _within(database: str, statement: str) -> Batch:
    """``statement`` run inside ``database`` while the session stays in ``master``."""
    return Batch(text=f"EXEC {identifier(database)}.sys.sp_executesql {literal(statement)};")


def as_ascii(text: str) -> str:
    """The same batch in printable ASCII and lines of our own: what sqlcmd can neither misread nor take for a command.

    A batch with other characters becomes the EXEC of a text put together from pieces, those characters as UTF-16LE in
    hexadecimal: so no code page matters, and no line of a name can be a ``GO`` or a ``!!``.
    """
    if all(_ODD.sub("", line) == line for line in text.split("\n")) and not is_split(text):
        return text
    pieces = [_piece(one) for one in _PIECES.findall(text)]
    if len(pieces) > _MOST_PIECES:
        pieces = [_coded(one) for one in _ANYTHING.findall(text)]
    return "DECLARE @batch nvarchar(max) = CAST(N'' AS nvarchar(max))\n" + "\n".join(pieces) + ";\nEXEC (@batch);"


def is_split(text: str) -> bool:
    """Whether a line break stands inside a literal or an identifier."""
    inside = re.compile(r"'(?:[^']|'')*'|\[(?:[^\]]|\]\])*\]")
    return any("\n" in found[0] or "\r" in found[0] for found in inside.finditer(text))


def _piece(part: str) -> str:
    return _coded(part) if _ODD.search(part) else f"+ {literal(part)}"


def _coded(part: str) -> str:
    return f"+ CAST(0x{part.encode('utf-16-le').hex().upper()} AS nvarchar(max))"


def _position(media: Media, position: int) -> list[str]:
    """Which set of the media; behind an address there is but one, and stores of objects know no such option."""
    return [] if media.url else [f"FILE = {position}"]


def _devices(media: Media) -> str:
    if not 1 <= len(media.places) <= MOST_DEVICES:
        raise BadInput("sqlserver.stripes_count", count=len(media.places), allowed=MOST_DEVICES)
    word = "URL" if media.url else "DISK"
    return ",\n".join(f"{word} = {literal(place)}" for place in media.places)


def _stop(stop: Stop) -> str:
    if stop.at is not None:
        return f"STOPAT = {instant(stop.at)}"
    word = "STOPBEFOREMARK" if stop.before else "STOPATMARK"
    if stop.lsn is not None:
        return f"{word} = {literal(f'lsn:{stop.lsn:d}')}"
    after = f" AFTER {instant(stop.after)}" if stop.after is not None else ""
    return f"{word} = {literal(stop.mark)}{after}"
