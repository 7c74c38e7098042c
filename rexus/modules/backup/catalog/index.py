"""Which sets there are. The folder is the truth; the cache only saves reading what has not changed."""

from __future__ import annotations

import errno
import logging
import os
import stat
import time
import zlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from .. import __version__
from ..base.errors import BackupError, BadInput, Refused, StoreFailed
from ..base.files import Files, in_the_way
from ..base.files import publish as write_whole
from ..base.records import (
    SCHEMA_VERSION,
    Check,
    FileSetBackup,
    Manifest,
    Origin,
    Problem,
    Record,
)
from . import manifest as manifests
from .failings import with_first
from .legacy import without_guesses
from .names import PREFIX, SUFFIX, is_set_name, manifest_path, order_of, set_of
from .summary import ChainFacts, DatabaseSummary, SetSummary, summary_of
from .ticks import merged, tick_of_database, tick_of_set

__all__ = [
    "CACHE_NAME",
    "Catalog",
    "ChainFacts",
    "DatabaseSummary",
    "Listing",
    "SetSummary",
    "summary_of",
    "tick_of_database",
    "tick_of_set",
]

log = logging.getLogger(__name__)

CACHE_NAME = ".catalog-index"
_CACHE_FROM = 64
"""With fewer manifests reading them is as quick as reading a cache."""
_SETTLED_NS = 3_000_000_000
"""A file changed less than this ago may change again without its time or size telling (FAT counts in 2 s)."""
_TICK_NS = 10_000_000
_SOON_SETTLED_NS = 100_000_000
"""The same where the file's time is no multiple of a tick, so that its system counts finer than that."""
_STAMP = f"rexus-catalog 13 {SCHEMA_VERSION} {__version__}\n".encode()


_Form = tuple[int, int, int] | None
"""Size, time of the last change (ns) and number of a manifest file; None of what is no regular file."""


class Listing(Record, frozen=True, kw_only=True):
    """All sets, newest first, and what is wrong with manifests that could not be read."""

    sets: tuple[SetSummary, ...] = ()
    problems: tuple[Problem, ...] = ()
    lacking: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)
    """By set and database, of differentials and logs: the backup that they need and that is lost; empty: unknown."""


class _Entry(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What is known of one manifest file while its form stays."""

    name: str
    form: _Form
    summary: SetSummary | None
    problem: Problem | None

    @property
    def order(self) -> tuple[str, tuple[str, int]]:
        return (self.summary.timestamp, order_of(self.summary.set)) if self.summary else ("", ("", 0))


class Catalog:
    """The sets below one root."""

    def __init__(self, root: Path, files: Files) -> None:
        self._root = root
        self._files = files
        self.cache_problem: str | None = None
        """Why the cache could not be written last time, e.g. on a root that is read-only."""
        self._kept: tuple[tuple[int, int, int], list[_Entry]] | None = None
        """What stood in the cache, while its file is the same: a window reads it again and again."""
        self._few: list[_Entry] = []
        """What was read last time of few manifests, for which there is no cache; newest first."""

    def entries(self) -> Listing:
        """All sets, newest first. Never raises: what can't be read is among the problems."""
        try:
            there = _scan(self._root)
        except FileNotFoundError:
            return Listing()
        except OSError as error:
            values: dict[str, str | int] = {"path": str(self._root), "reason": error.strerror or ""}
            return Listing(problems=(Problem(code="catalog.unreadable", values=values),))
        is_few = len(there) < _CACHE_FROM
        cached = self._few if is_few else self._cached()
        left = dict(there)
        known: list[_Entry] = []
        for entry in cached:  # in the order of the listing already
            form = left.get(entry.name)
            if form is not None and form == entry.form and _is_found(entry, self._root):
                known.append(entry)
                del left[entry.name]
        fresh = [made for name, form in left.items() if (made := self._entry(name, form)) is not None]
        entries = _newest_first(known + fresh) if fresh else known
        if is_few:
            self._few = _settled(entries, self._root)
        else:
            self._remember(known, fresh, len(cached))
        return Listing(
            sets=tuple(one.summary for one in entries if one.summary is not None),
            problems=tuple(one.problem for one in entries if one.problem is not None),
        )

    def require(self) -> None:
        """Make sure that the folder is there and can be read: else nobody knows whether there is any set.

        Raises `Refused` (``catalog.absent``), `StoreFailed` (``catalog.unreadable``).
        """
        try:
            with os.scandir(self._root) as found:
                next(found, None)
        except FileNotFoundError as error:
            if in_the_way(self._root) is None:
                raise Refused("catalog.absent", path=str(self._root)) from error
            why = os.strerror(errno.ENOTDIR)
            raise StoreFailed("catalog.unreadable", path=str(self._root), reason=why) from error
        except OSError as error:
            raise StoreFailed("catalog.unreadable", path=str(self._root), reason=error.strerror or "") from error

    def _entry(self, name: str, form: _Form) -> _Entry | None:
        """Read one manifest; None if it is gone by now."""
        summary: SetSummary | None = None
        problem: Problem | None = None
        path = self._root / name
        try:
            summary = summary_of(manifests.read(path, self._root))
        except BackupError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return None
            problem = error.problem
        return _Entry(name, form, summary, problem)

    def _cached(self) -> list[_Entry]:
        """The entries of the last time, newest first; nothing if there is no cache or it is not whole."""
        try:
            with (self._root / CACHE_NAME).open("rb") as file:
                status = os.fstat(file.fileno())
                form = (status.st_mtime_ns, status.st_size, status.st_ino)
                if self._kept is not None and self._kept[0] == form:
                    return self._kept[1]
                data = file.read()
            payload = memoryview(data)[len(_STAMP) + 4 :]
            told = data[len(_STAMP) : len(_STAMP) + 4]
            if not data.startswith(_STAMP) or told != zlib.crc32(payload).to_bytes(4, "big"):
                return []
            self._kept = (form, msgspec.msgpack.decode(payload, type=list[_Entry]))
            return self._kept[1]
        except (OSError, msgspec.MsgspecError, ValueError):
            return []

    def _remember(self, known: list[_Entry], fresh: list[_Entry], cached: int) -> None:
        """Keep what was read for the next time, if that is news."""
        settled = _settled(fresh, self._root)
        if not settled and len(known) == cached:
            return
        payload = msgspec.msgpack.encode(_newest_first(known + settled) if settled else known)
        try:
            write_whole(self._files, self._root / CACHE_NAME, _STAMP + zlib.crc32(payload).to_bytes(4, "big") + payload)
            self.cache_problem = None
        except OSError as error:
            self.cache_problem = error.strerror or type(error).__name__
            log.info("index of %s not kept: %s", self._root, self.cache_problem)

    def load(self, set_name: str) -> Manifest:
        """The manifest of a set. Raises `BadInput` (``set.unknown``), or as `require` and `manifest.read`."""
        path = manifest_path(self._root, set_name) if is_set_name(set_name) else None
        if path is None or not os.path.lexists(path):
            self.require()
            raise BadInput("set.unknown", set=ascii(set_name)[1:-1][:80], nearest=self._nearest(set_name))
        return manifests.read(path, self._root)

    def _nearest(self, set_name: str) -> str:
        import difflib

        try:
            names = [found for name, _ in _scan(self._root) if (found := set_of(name)) is not None]
        except OSError:
            names = []
        near = difflib.get_close_matches(set_name[:80], names, n=1)
        return near[0] if near else max(names, key=order_of, default="-")

    def reserve(self, manifest: Manifest, instant: datetime) -> Manifest:
        """See `manifest.reserve`."""
        return manifests.reserve(self._root, self._files, manifest, instant)

    def publish(self, manifest: Manifest) -> Manifest:
        """See `manifest.publish`."""
        return manifests.publish(self._root, self._files, manifest)

    def remove(self, set_name: str) -> None:
        """Remove the manifest of a set (its files go before). Raises `BadInput`, `StoreFailed`."""
        if not is_set_name(set_name):
            raise BadInput("set.unknown", set=ascii(set_name)[1:-1][:80], nearest=self._nearest(set_name))
        manifests.remove(self._root, self._files, set_name)

    def add_checks(self, set_name: str, checks: Mapping[str, tuple[Check, ...]]) -> Manifest:
        """Add checks by database name, or for ``config`` and ``application``, and publish the manifest.

        They count as made after those that the set has, whatever the clock said; of each depth and result only the
        last is kept, and what says since when something is wrong. Call it under the lease. Raises `BadInput`
        (``set.unknown``, ``set.no_part``), `StoreFailed`, or as `manifest.read`.
        """
        manifest = self.load(set_name)
        checks = without_guesses(manifest, checks)
        if not checks:
            return manifest
        databases = dict(manifest.databases)
        parts: dict[str, FileSetBackup | None] = {"config": manifest.config, "application": manifest.application}
        for name, new in checks.items():
            part = parts.get(name)
            if part is not None and not any(check.database for check in new):
                parts[name] = msgspec.structs.replace(part, checks=merged(part.checks, new))
            elif name in databases:
                old = databases[name]
                kept = merged(old.checks, new, old.stored_sha256)
                kept = with_first((*old.checks, *new), kept, old.stored_sha256, old.started_at)
                databases[name] = msgspec.structs.replace(old, checks=kept)
            else:
                raise BadInput("set.no_part", set=set_name, name=name, allowed=", ".join(databases) or "-")
        return self.publish(msgspec.structs.replace(manifest, databases=databases, **parts))


def _scan(root: Path) -> list[tuple[str, _Form]]:
    """Name and form of every manifest file. Raises `OSError`."""
    found: list[tuple[str, _Form]] = []
    with os.scandir(root) as listing:
        for entry in listing:
            if entry.name.startswith(PREFIX) and entry.name.endswith(SUFFIX):
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                is_file = stat.S_ISREG(status.st_mode)
                found.append((entry.name, (status.st_size, status.st_mtime_ns, status.st_ino) if is_file else None))
    return found


def _newest_first(entries: list[_Entry]) -> list[_Entry]:
    return sorted(entries, key=lambda one: one.order, reverse=True)


def _settled(entries: list[_Entry], root: Path) -> list[_Entry]:
    now_ns = time.time_ns()
    return [one for one in entries if _is_settled(one, now_ns, root)]


def _is_settled(entry: _Entry, now_ns: int, root: Path) -> bool:
    """Whether the entry may be kept: not changed just now, not unreadable for a passing reason.

    A set of the original program counts once its files are there: they are looked up when it is read.
    """
    if entry.form is None:
        return False
    wait_ns = _SOON_SETTLED_NS if entry.form[1] % _TICK_NS else _SETTLED_NS
    if abs(now_ns - entry.form[1]) < wait_ns:
        return False
    if entry.problem is not None:
        return entry.problem.code != "manifest.unreadable"
    return _is_found(entry, root)


def _is_found(entry: _Entry, root: Path) -> bool:
    """Whether the files of a set of the original program are where they were found; of others it is taken for so."""
    summary = entry.summary
    if summary is None or summary.origin is not Origin.LEGACY:
        return True
    return all(one.file is None or (root / one.file).is_file() for one in summary.databases.values())
