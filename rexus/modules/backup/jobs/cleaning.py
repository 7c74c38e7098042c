"""Remove what belongs to a set, so that it can be begun again at any point."""

from __future__ import annotations

import logging

from ..base.records import Manifest
from .filesets import discard
from .kit import DATABASES, Kit

log = logging.getLogger(__name__)


def discard_files(kit: Kit, set_name: str) -> None:
    """Remove every stored file of a set that has no finished manifest; the names tell to which set they belong."""
    for stored in tuple(kit.store.list(DATABASES)):
        if is_file_of(stored.name, set_name):
            kit.store.delete(stored.name)
    discard(kit.root, set_name, kit.files)


def finish_deletion(kit: Kit, manifest: Manifest) -> None:
    """Remove the files of a set marked for deletion, then its manifest; may be begun again at any point.

    Only files whose name says that they are this set's, and that no other set names: a manifest is not obeyed
    beyond what is its own.
    """
    name = manifest.timestamp
    others = {backup.file for one in kit.catalog.entries().sets if one.set != name for backup in one.databases.values()}
    for backup in manifest.databases.values():
        if backup.file is not None and is_file_of(backup.file, name) and backup.file not in others:
            kit.store.delete(backup.file)
    discard(kit.root, name, kit.files)
    kit.catalog.remove(name)
    log.info("set %s deleted", name)


def is_file_of(stored: str, set_name: str) -> bool:
    """Whether ``databases/users_20250806_143052.bak.gz`` is a file of set ``20250806_143052``."""
    folder, _, name = stored.rpartition("/")
    return folder == DATABASES and name.partition(".")[0].endswith(f"_{set_name}")
