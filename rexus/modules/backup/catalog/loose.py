"""Sets that nobody wrote down: made up from what lies in a folder, read once, never written."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from ..base.errors import BadInput
from ..base.files import Files
from ..base.records import Check, Manifest, Problem, Record
from .index import Catalog, Listing
from .names import order_of
from .summary import summary_of
from .ticks import merged


class FoundSets(Record, frozen=True, kw_only=True):
    """What a look into the folder gave."""

    manifests: tuple[Manifest, ...] = ()
    problems: tuple[Problem, ...] = ()
    """Files that are no part of any set, each named."""


class LooseCatalog(Catalog):
    """A `Catalog` of a folder without manifests. What checks find is known until the program ends."""

    def __init__(self, root: Path, files: Files, look: Callable[[], FoundSets]) -> None:
        """``look`` reads the folder, which may take a while: it is called when the first set is asked for."""
        super().__init__(root, files)
        self._look = look
        self._checked: dict[str, Manifest] = {}

    @functools.cached_property
    def _found(self) -> FoundSets:
        return self._look()

    @functools.cached_property
    def _by_name(self) -> dict[str, Manifest]:
        return {one.timestamp: one for one in self._found.manifests}

    def entries(self) -> Listing:
        """See `Catalog.entries`."""
        sets = [summary_of(self.load(name)) for name in self._by_name]
        sets.sort(key=lambda one: (one.timestamp, order_of(one.set)), reverse=True)
        return Listing(sets=tuple(sets), problems=self._found.problems)

    def load(self, set_name: str) -> Manifest:
        """See `Catalog.load`."""
        found = self._checked.get(set_name) or self._by_name.get(set_name)
        if found is None:
            self.require()
            raise BadInput("set.unknown", set=ascii(set_name)[1:-1][:80], nearest=self._nearest(set_name))
        return found

    def _nearest(self, set_name: str) -> str:
        near = difflib.get_close_matches(set_name[:80], self._by_name, n=1)
        return near[0] if near else max(self._by_name, key=order_of, default="-")

    def publish(self, manifest: Manifest) -> Manifest:
        """Keep it for the time being."""
        self._checked[manifest.timestamp] = manifest
        return manifest

    def add_checks(self, set_name: str, checks: Mapping[str, tuple[Check, ...]]) -> Manifest:
        """See `Catalog.add_checks`."""
        manifest = self.load(set_name)
        databases = {
            name: msgspec.structs.replace(one, checks=merged(one.checks, checks.get(name, ())))
            for name, one in manifest.databases.items()
        }
        return self.publish(msgspec.structs.replace(manifest, databases=databases))
