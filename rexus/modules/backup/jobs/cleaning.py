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
        name = stored.name.rpartition("/")[2]
        stem = name.partition(".")[0]
        if stem.endswith(f"_{set_name}"):
            kit.store.delete(stored.name)
    discard(kit.root, set_name, kit.files)


def finish_deletion(kit: Kit, manifest: Manifest) -> None:
    """Remove the files of a set marked for deletion, then its manifest; may be begun again at any point."""
    for backup in manifest.databases.values():
        if backup.file is not None:
            kit.store.delete(backup.file)
    discard(kit.root, manifest.timestamp, kit.files)
    kit.catalog.remove(manifest.timestamp)
    log.info("set %s deleted", manifest.timestamp)
