"""Look at the places a restore would touch; changes nothing."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import msgspec

from ..archive.unseal import Unsealing
from ..base.cancel import CancelToken
from ..base.errors import BadInput, Damaged
from ..base.records import DatabaseBackup, Depth, FileSetBackup, Manifest, Origin, RestoreRequest, SetStatus
from ..catalog.index import tick_of_database
from . import filesets_restore
from .drill_record import last_tests
from .inspect import SQLITE_MAGIC
from .kit import APPLICATION, CONFIG, Kit
from .plan import Wanted, World

FILE_SETS = (CONFIG, APPLICATION)
_MEASURABLE_S = 0.05
"""What took less tells nothing of what more bytes would take."""


def survey(request: RestoreRequest, manifest: Manifest, kit: Kit) -> World:
    """Everything the planner must know. Raises `BadInput` for names and places that make no sense."""
    if request.to is not None and not request.to.strip():
        raise BadInput("restore.empty_target")
    try:
        return _surveyed(at_home(request), manifest, kit)
    except (OSError, ValueError) as error:
        raise BadInput("restore.bad_target", path=printable(request.to or ""), why=printable(str(error))) from error


def at_home(request: RestoreRequest) -> RestoreRequest:
    """The same request with the place meant here and now, whatever folder is the current one later.

    Raises `BadInput`.
    """
    if request.to is None:
        return request
    if "\0" in request.to:
        raise BadInput("restore.bad_target", path=request.to.replace("\0", "?"), why="NUL")
    try:
        place = os.path.abspath(Path(request.to).expanduser())  # noqa: PTH100  links stay links
    except (OSError, RuntimeError, ValueError) as error:
        raise BadInput("restore.bad_target", path=printable(request.to), why=printable(str(error))) from error
    return msgspec.structs.replace(request, to=place)


def printable(text: str) -> str:
    """``text`` without what no message can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _surveyed(request: RestoreRequest, manifest: Manifest, kit: Kit) -> World:
    if printable(request.to or "") != (request.to or ""):
        raise BadInput("restore.bad_target", path=printable(request.to or ""), why="UTF-8")
    wanted = tuple(_wanted(name, request, manifest, kit) for name in _names(request, manifest, kit))
    places, left = _file_places(request, manifest, kit)
    if not wanted and not places:
        raise BadInput("restore.nothing_in_set", set=manifest.timestamp)
    paths = () if kit.engine.capabilities.server_side else tuple(one.target.location for one in wanted)
    for where in (*paths, *(where for _, where in places)):
        if Path(where).resolve().is_relative_to(kit.root.resolve()):
            raise BadInput("restore.inside_root", path=where, root=str(kit.root))
    differing = {kind: tuple(_differing(request, manifest, kit, (kind, where))) for kind, where in places}
    return World(
        now=kit.clock.now(),
        databases=wanted,
        file_sets=tuple(places),
        files_differing=differing,
        files_left=tuple(left),
        not_in_set=_unfinished(manifest) if request.everything else (),
        folders_to_make=_missing((*(str(Path(path).parent) for path in paths), *(where for _, where in places))),
        file_bytes=sum(one.size_bytes for kind, _ in places for one in part_of(manifest, kind).files),
        bytes_free=_free(wanted, tuple(places)),
        rate_bytes_per_s=_measured_rate(manifest, frozenset(one.name for one in wanted), kit),
    )


def _missing(folders: Iterable[str]) -> tuple[str, ...]:
    """Those that do not exist, each once."""
    return tuple(folder for folder in dict.fromkeys(folders) if not os.path.lexists(folder))


def file_world(request: RestoreRequest, manifest: Manifest, kit: Kit) -> World:
    """The file sets alone, for whoever restores the databases otherwise. Raises `BadInput`."""
    places, left = _file_places(request, manifest, kit)
    return World(
        now=kit.clock.now(),
        file_sets=tuple(places),
        files_differing={kind: tuple(_differing(request, manifest, kit, (kind, where))) for kind, where in places},
        files_left=tuple(left),
        not_in_set=_unfinished(manifest) if request.everything else (),
        file_bytes=sum(one.size_bytes for kind, _ in places for one in part_of(manifest, kind).files),
        bytes_free=_free((), tuple(places)),
    )


def _unfinished(manifest: Manifest) -> tuple[str, ...]:
    """Databases and file sets that the set names and does not hold."""
    parts = {CONFIG: manifest.config, APPLICATION: manifest.application}
    lacking = [name for name, one in manifest.databases.items() if one.status is not SetStatus.COMPLETED]
    lacking += [kind for kind, one in parts.items() if one is not None and one.status is not SetStatus.COMPLETED]
    return tuple(lacking)


def _differing(request: RestoreRequest, manifest: Manifest, kit: Kit, place: tuple[str, str]) -> list[str]:
    kind, where = place
    return filesets_restore.differing(part_of(manifest, kind), Path(where), request.only, kit.root)


def _names(request: RestoreRequest, manifest: Manifest, kit: Kit) -> tuple[str, ...]:
    if request.everything:
        return tuple(name for name, one in manifest.databases.items() if one.status is SetStatus.COMPLETED)
    known = {*manifest.databases, *(ref.name for ref in kit.engine.databases())}
    for name in request.databases:
        if name not in known:
            raise BadInput("database.unknown", name=name, allowed=", ".join(sorted(known)))
    if not request.databases and request.files is None:
        raise BadInput("restore.nothing_asked", allowed=", ".join(manifest.databases))
    return tuple(dict.fromkeys(request.databases))


def _wanted(name: str, request: RestoreRequest, manifest: Manifest, kit: Kit) -> Wanted:
    backup = manifest.databases.get(name) or DatabaseBackup(status=SetStatus.FAILED)
    present = backup.file is not None and kit.store.stat(backup.file) is not None
    foreign = present and not _ours(backup, kit)
    plain_only = present and (kit.engine.server is not None or foreign)
    to = _place(name, request, plain_only, kit)
    known = {ref.name for ref in kit.engine.databases()}
    if to is None and name not in known:
        raise BadInput("restore.no_place", database=name, allowed=", ".join(sorted(known)) or "-")
    target = kit.engine.target(name, to)
    return Wanted(
        name=name,
        backup=backup,
        target=target,
        tick=tick_of_database(backup),
        present=present,
        plain_only=plain_only,
        foreign=foreign,
        confirm_as=configured_at(kit, target.location) or name,
        doubted=any(not check.ok for check in backup.checks),
    )


def configured_at(kit: Kit, location: str) -> str | None:
    """The name of the configured database that lives at ``location``, or None."""
    for ref in kit.engine.databases():
        if ref.location == location or Path(ref.location).resolve() == Path(location).resolve():
            return ref.name
    return None


def _place(name: str, request: RestoreRequest, plain_only: bool, kit: Kit) -> str | None:
    """Where to: the own place, the path given, or for several ``DIR/NAME.db`` (``.bak`` where only plain)."""
    if request.to is None or not (request.everything or len(request.databases) > 1):
        return request.to
    able = kit.engine.capabilities
    return str(Path(request.to) / (name + (able.plain_suffix if plain_only else able.restored_suffix)))


def _ours(backup: DatabaseBackup, kit: Kit) -> bool:
    """Whether the content is of the configured engine: by its record, else by its first bytes."""
    if backup.facts is not None and backup.facts.engine:
        return backup.facts.engine == kit.engine.name
    assert backup.file is not None
    return (head_of(backup, kit) == SQLITE_MAGIC) == (kit.engine.name == "sqlite")


def head_of(backup: DatabaseBackup, kit: Kit) -> bytes:
    """The first bytes of the content, or nothing where it can't be unpacked."""
    assert backup.file is not None
    try:
        with (
            kit.store.open(backup.file) as stored,
            contextlib.closing(iter(Unsealing(stored, backup.codec, cancel=CancelToken()))) as chunks,
        ):
            return bytes(next(chunks, b"")[: len(SQLITE_MAGIC)])
    except Damaged:
        return b""


def _file_places(request: RestoreRequest, manifest: Manifest, kit: Kit) -> tuple[list[tuple[str, str]], list[str]]:
    """The file sets to restore and where, and those that are left.

    A whole set brings its file sets to another folder, or home where no different file is in the way or the file
    set is confirmed by name. What was kept before a restore comes back whole: there the name is asked for.
    """
    home = str(kit.loaded.app_root)
    if kit.loaded.bare and request.to is None:
        _refuse_home(request, manifest)
    if request.files is not None:
        if request.files not in FILE_SETS:
            raise BadInput("restore.file_set", name=request.files, allowed=", ".join(FILE_SETS))
        if not part_of(manifest, request.files).files:
            raise BadInput("restore.no_files", name=request.files, set=manifest.timestamp)
        return [(request.files, request.to or home)], []
    held = [kind for kind in FILE_SETS if request.everything and part_of(manifest, kind).files]
    if request.to is not None:
        return [(kind, str(Path(request.to) / kind)) for kind in held], []
    undoing = request.overwrite and manifest.origin is Origin.SAFETY
    goes = {
        kind: undoing
        or (request.overwrite and kind in request.confirmed)
        or not _differing(request, manifest, kit, (kind, home))
        for kind in held
    }
    return [(kind, home) for kind in held if goes[kind]], [kind for kind in held if not goes[kind]]


def _refuse_home(request: RestoreRequest, manifest: Manifest) -> None:
    """Without settings nobody knows where files belong. Raises `BadInput`."""
    held = [kind for kind in FILE_SETS if request.everything and part_of(manifest, kind).files]
    for kind in [request.files] if request.files in FILE_SETS else held:
        raise BadInput("restore.no_place", database=kind or "", allowed="-")


def part_of(manifest: Manifest, kind: str) -> FileSetBackup:
    """``config`` or ``application`` of a set; an empty one where it has none."""
    part = manifest.config if kind == CONFIG else manifest.application
    return part or FileSetBackup(status=SetStatus.COMPLETED)


def _free(wanted: tuple[Wanted, ...], places: tuple[tuple[str, str], ...]) -> int | None:
    """The least free space of all the places, in bytes."""
    folders = [Path(one.target.staging).parent for one in wanted] + [Path(where) for _, where in places]
    frees = []
    for folder in folders:
        existing = next((path for path in (folder, *folder.parents) if path.is_dir()), None)
        if existing is not None:
            frees.append(shutil.disk_usage(existing).free)
    return min(frees, default=None)


def _measured_rate(manifest: Manifest, names: frozenset[str], kit: Kit) -> float | None:
    """Bytes per second of the last restores and restore tests of ``names``, else of the deep checks of this set."""
    latest = {
        name: (test.restored_at.isoformat(), test.size_bytes, test.restore_s)
        for name, test in last_tests(kit.root).items()
        if name in names and test.restored_at is not None and test.restore_s > _MEASURABLE_S
    }
    for one in kit.catalog.entries().sets:
        for name, backup in one.databases.items():
            if name in names and backup.restored_at is not None and backup.restored_s > _MEASURABLE_S:
                latest[name] = max(
                    latest.get(name, ("", 0, 0.0)), (backup.restored_at, backup.size_bytes, backup.restored_s)
                )
    if latest:
        return sum(size for _, size, _ in latest.values()) / sum(seconds for _, _, seconds in latest.values())
    deep = [
        (one.size_bytes, check.seconds)
        for one in manifest.databases.values()
        for check in one.checks
        if check.ok and check.seconds > _MEASURABLE_S and check.depth in (Depth.ENGINE, Depth.RESTORED)
    ]
    return sum(size for size, _ in deep) / sum(seconds for _, seconds in deep) if deep else None
