"""What a server keeps of sets that are deleted: nobody but its administrator can remove those files.

SQL Server has no documented statement that deletes a backup file: xp_delete_file takes a folder, an ending and a date,
is described nowhere, and wants sysadmin; xp_cmdshell opens the server's shell to whoever has our password. So the files
are named, with the command that removes them there.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime

from ..base.errors import BackupError
from ..base.records import Manifest, Problem, Severity
from ..catalog.names import is_set_name
from .kit import LOGS, Kit
from .trail import recent

_LONGEST = 300
"""Letters of a name that are shown."""
_QUOTES = re.compile("['\u2018\u2019\u201a\u201b]")
"""What ends a text between single quotes in PowerShell, which takes typographic ones for the same."""
_PART = re.compile(r"[\\/]")
_STAMP = re.compile(r"_(?P<at>[0-9]{8}T[0-9]{6}Z)_")
"""When a file was made, in its name."""
_BEGAN = "%Y%m%d_%H%M%S"
"""When a set was begun, in its name, on the clock on the wall."""


def kept_files(manifest: Manifest, needed: Collection[str] = ()) -> dict[str, int]:
    """The files of a set that only its server sees, with their bytes as far as they are known.

    Left out are backups whose first file is ``needed`` by other sets.
    """
    every = (piece for one in manifest.databases.values() if one.server_file not in needed for piece in one.pieces)
    return {one.server_file: one.size_bytes for one in every if one.file is None and one.server_file is not None}


def left(kit: Kit, manifests: Iterable[Manifest], severity: Severity = Severity.WARNING) -> tuple[Problem, ...]:
    """That files of these sets stay on the server or behind addresses, how many bytes, and how they are removed.

    Whoever deletes by hand is to read it (``severity``); what deletes by itself every night has no trouble with it.
    """
    going = tuple(manifests)
    needed = _needed(kit, going) if any(kept_files(one) for one in going) else frozenset()
    files = {file: size for one in going for file, size in kept_files(one, needed).items()}
    files = {file: files[file] for file in files.keys() - _swept(kit, files)}
    addresses = {file: size for file, size in files.items() if "://" in file}
    ours = trusted(kit, files.keys() - addresses.keys())
    places = {file: size for file, size in files.items() if file in ours}
    strange = {file: size for file, size in files.items() if file not in ours and file not in addresses}
    found = []
    if places:
        told = _told(places) | {"command": command(sorted(places))}
        found.append(Problem(code="delete.server_files", severity=severity, values=told))
    if strange:
        found.append(Problem(code="delete.server_strange", severity=severity, values=_told(strange)))
    if addresses:
        found.append(Problem(code="delete.addresses", severity=severity, values=_told(addresses)))
    return tuple(found)


def trusted(kit: Kit, files: Collection[str]) -> frozenset[str]:
    """Those of ``files`` that can be backups of this program where the server writes them.

    A manifest is only text: what it names as a file may be anything on the server, and no command of ours shall remove
    that.
    """
    server = kit.engine.server
    return frozenset(file for file in files if server is not None and server.is_ours(file))


def _told(files: Mapping[str, int]) -> dict[str, str | int]:
    names = ", ".join(shown(file) for file in sorted(files))
    return {"files": names, "count": len(files), "bytes": sum(files.values())}


def shown(file: str) -> str:
    """A name that was written by somebody, without what would do something to a terminal, and not too long."""
    return "".join(letter if letter.isprintable() else "?" for letter in file[:_LONGEST])


def _needed(kit: Kit, going: Iterable[Manifest]) -> frozenset[str]:
    """Files that sets which stay name too, as only a copied manifest does: nobody is told to remove them."""
    gone = {one.timestamp for one in going}
    staying = (one for one in kit.catalog.entries().sets if one.set not in gone)
    return frozenset(
        each.server_file for one in staying for each in one.databases.values() if each.server_file is not None
    )


def older_than_all(kit: Kit, names: Iterable[str]) -> frozenset[str]:
    """Those of ``names`` of files of ours on the server that were made before anything that the backup folder knows of.

    A folder that was begun anew in the place of a lost one names none of the files of that one; they may be the last
    backups there are.
    """
    made = {name: stamp["at"] for name in names if (stamp := _STAMP.search(name)) is not None}
    if not made:
        return frozenset()
    trail = recent(kit.root / LOGS)
    known = [*trail.at, *(datetime.fromisoformat(one.timestamp) for one in kit.catalog.entries().sets)]
    known += [datetime.strptime(name[:15], _BEGAN).astimezone() for name in trail.made if is_set_name(name)]
    first = min(known).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ") if known else None
    return frozenset(name for name, at in made.items() if first is None or at < first)


def _swept(kit: Kit, files: Iterable[str]) -> set[str]:
    """Those in a folder that this machine has come to see by now: the next run finds and removes them."""
    server = kit.engine.server
    named = {_PART.split(file)[-1]: file for file in files}
    if server is None or not named:
        return set()
    try:
        seen = [path.name for path in server.leftovers() if path.name in named]
        return {named[name] for name in set(seen) - older_than_all(kit, seen)}
    except BackupError:
        return set()


def command(files: Iterable[str]) -> str:
    """What the administrator of the server runs there, in PowerShell or in the shell of Linux."""
    names = list(files)
    if all(name.startswith("/") and not name.startswith("//") for name in names):  # two begin a share of Windows
        return f"rm -- {' '.join(shlex.quote(name) for name in names)}"
    quoted = ", ".join("'" + _QUOTES.sub(lambda quote: quote[0] * 2, name) + "'" for name in names)
    return f"Remove-Item -LiteralPath {quoted}"
