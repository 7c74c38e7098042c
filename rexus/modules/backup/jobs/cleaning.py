"""Remove what belongs to a set, so that it can be begun again at any point."""

from __future__ import annotations

import logging
from pathlib import Path

from ..base.records import Manifest
from .kit import APPLICATION, CONFIG, DATABASES, Kit

log = logging.getLogger(__name__)


def discard_files(kit: Kit, set_name: str) -> None:
    """Remove every stored file of a set that has no finished manifest; the names tell to which set they belong."""
    for stored in tuple(kit.store.list(DATABASES)):
        name = stored.name.rpartition("/")[2]
        stem = name.partition(".")[0]
        if stem.endswith(f"_{set_name}"):
            kit.store.delete(stored.name)
    for kind in (CONFIG, APPLICATION):
        remove_tree(kit, kit.root / kind / set_name)


def remove_tree(kit: Kit, folder: Path) -> None:
    """Remove a folder of ours with all it holds; links are removed, never followed."""
    if folder.is_symlink() or not folder.is_dir():
        return
    for path in tuple(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            remove_tree(kit, path)
        else:
            kit.files.unlink(path)
    kit.files.remove_folder(folder)
    kit.files.sync_folder(folder.parent)


def finish_deletion(kit: Kit, manifest: Manifest) -> None:
    """Remove the files of a set marked for deletion, then its manifest; may be begun again at any point."""
    for backup in manifest.databases.values():
        if backup.file is not None:
            kit.store.delete(backup.file)
    for kind in (CONFIG, APPLICATION):
        remove_tree(kit, kit.root / kind / manifest.timestamp)
    kit.catalog.remove(manifest.timestamp)
    log.info("set %s deleted", manifest.timestamp)
