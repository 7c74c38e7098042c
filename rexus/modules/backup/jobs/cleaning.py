"""Remove what belongs to a set, so that it can be begun again at any point."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterable

import msgspec

from ..base.errors import BackupError
from ..base.files import PARTIAL
from ..base.records import Manifest
from ..catalog.index import SetSummary
from ..stores.port import Store
from .cleanup_rules import ENDING
from .filesets import discard
from .kit import DATABASES, Kit

log = logging.getLogger(__name__)
_ENDING = re.compile(rf"{ENDING}({re.escape(PARTIAL)}(-journal|-wal|-shm)?)?\Z", re.ASCII)


def discard_files(kit: Kit, set_name: str) -> None:
    """Remove every stored file of a set that has no finished manifest; the names tell to which set they belong."""
    for stored in tuple(kit.store.list(DATABASES)):
        if is_file_of(stored.name, set_name):
            kit.store.delete(stored.name)
    discard(kit.root, set_name, kit.files)


def delete_set(kit: Kit, manifest: Manifest, shared: Collection[str] | None = None) -> None:
    """Delete a set so that whoever finds it half done can finish.

    ``shared`` as in `finish_deletion`. Raises `StoreFailed`, `OSError`, and whatever the kit's guard does.
    """
    kit.guard()
    marked = kit.catalog.publish(msgspec.structs.replace(manifest, deleting_since=kit.clock.now()))
    finish_deletion(kit, marked, shared)


def shared_files(sets: Iterable[SetSummary]) -> frozenset[str]:
    """Stored files that more than one set names, as only a damaged or strange manifest makes them."""
    seen: set[str] = set()
    twice: set[str] = set()
    for one in sets:
        for file in {file for backup in one.databases.values() for file, _ in backup.parts}:
            (twice if file in seen else seen).add(file)
    return frozenset(twice)


def finish_deletion(kit: Kit, manifest: Manifest, shared: Collection[str] | None = None) -> None:
    """Remove the files of a set marked for deletion, then its manifest; may be begun again at any point.

    Only files whose name says that they are this set's, and that no other set names (``shared``; looked up where it
    is not given): a manifest is not obeyed beyond what is its own.
    """
    name = manifest.timestamp
    if shared is None:
        shared = shared_files(kit.catalog.entries().sets)
    for backup in manifest.databases.values():
        for piece in backup.pieces:
            if piece.file is not None and is_file_of(piece.file, name) and piece.file not in shared:
                kit.store.delete(piece.file)
    discard(kit.root, name, kit.files)
    kit.catalog.remove(name)
    log.info("set %s deleted", name)


def drop(store: Store, files: Iterable[str]) -> None:
    """Remove files that belong together and are of no use any more, each whatever becomes of the others.

    What can't be removed is named in the log and is an orphan from then on: `verify` names it, the clean-up removes it.
    """
    for file in files:
        try:
            store.delete(file)
        except BackupError as error:
            log.warning("%s stays: %s", file, error)


def is_file_of(stored: str, set_name: str) -> bool:
    """Whether ``databases/users_20250806_143052.bak.gz``, or that unfinished, is a file of set ``20250806_143052``.

    Names of databases may have dots: what counts is what stands right before the ending.
    """
    folder, _, name = stored.rpartition("/")
    return folder == DATABASES and _ENDING.sub("", name).endswith(f"_{set_name}")
