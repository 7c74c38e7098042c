"""``.orphans``: since when each file of no set is known, so that none goes that was listed only just now."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from ..base.files import Files, publish
from ..base.records import Record
from ..base.source_names import told

log = logging.getLogger(__name__)

NAME = ".orphans"
_MAX_BYTES = 64 << 20
_BACK = timedelta(days=1)
"""A clock that goes back by less is set right, not wrong."""
_PAUSE = timedelta(days=62)
"""Beside the days to wait: a longer time than this without any clean-up may as well be a clock that jumped."""
_BELIEVED = (datetime(1980, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC))
"""No clean-up wrote an instant outside: one can reckon with these."""


class OrphanList(Record, frozen=True, kw_only=True):
    """What `NAME` holds."""

    looked: datetime
    """When the last clean-up looked."""
    jumped: datetime | None = None
    """When the clock last seemed to have jumped, or the list was begun: what goes by its age waits from there."""
    orphans: dict[str, datetime] = msgspec.field(default_factory=dict)
    """Path below the root (as `source_names.told`): when it was first listed."""

    def since(self, path: str) -> datetime:
        """When ``path`` was first listed; it must be."""
        return self.orphans[told(path)]


def read(root: Path) -> OrphanList | None:
    """The list of the last clean-up; None where there is none that can be read: then every orphan waits anew."""
    path = root / NAME
    try:
        if path.stat().st_size <= _MAX_BYTES:
            listed = msgspec.json.decode(path.read_bytes(), type=OrphanList)
            if all(map(_is_believed, (listed.looked, listed.jumped or listed.looked, *listed.orphans.values()))):
                return listed
            log.warning("%s is begun anew: it holds instants that no clean-up wrote", path)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, UnicodeError, ValueError) as error:
        log.warning("%s is begun anew: %s", path, error)
    return None


def looked(old: OrphanList | None, found: Iterable[str], now: datetime, wait: timedelta) -> OrphanList:
    """The list after looking again at ``now`` and finding the paths ``found``; pure.

    What is no longer an orphan is forgotten. After a jump of the clock, forwards or back, everything waits anew; so
    it does where there is no list yet, since nobody knows then whether the clock is right.
    """
    names = [told(path) for path in found]
    if old is None or now < old.looked - _BACK or now > old.looked + wait + _PAUSE:
        return OrphanList(looked=now, jumped=now, orphans=dict.fromkeys(names, now))
    jumped = min(old.jumped, now) if old.jumped is not None and old.jumped + wait > now else None
    return OrphanList(looked=now, jumped=jumped, orphans={name: min(old.orphans.get(name, now), now) for name in names})


def _is_believed(instant: datetime) -> bool:
    return instant.tzinfo is not None and _BELIEVED[0] < instant < _BELIEVED[1]


def without(listed: OrphanList, paths: Collection[str]) -> OrphanList:
    """``listed`` without these; pure."""
    gone = {told(path) for path in paths}
    kept = {name: since for name, since in listed.orphans.items() if name not in gone}
    return msgspec.structs.replace(listed, orphans=kept)


def write(root: Path, files: Files, listed: OrphanList) -> None:
    """Make it durable. Raises `OSError`."""
    publish(files, root / NAME, msgspec.json.encode(listed))
