"""The figures of a restore test: the questions to a copy, beside what they gave the last time."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from ..base.errors import BackupError
from ..base.records import Depth
from ..base.watching import Figure
from .drill_checks import Ask, ask_all
from .drill_record import last_tests
from .kit import Kit, Work

_LOOKED_BACK = 24
"""Sets in which the figures of an earlier run are looked for."""


def figures(work: Work, name: str, taken_at: datetime, asker: Callable[[], Ask]) -> tuple[Figure, ...]:
    """Ask a copy of the database ``name``, which is of the instant ``taken_at``, all that the settings want to know.

    ``asker`` is called where there is a question at all. Raises `Cancelled`, `SourceFailed`.
    """
    checks = [one for one in work.kit.loaded.settings.drill_checks if one.database == name]
    if not checks:
        return ()
    drifting = {one.name for one in checks if one.drift_percent is not None}
    return ask_all(work, asker(), checks, last_figures(work.kit, name, drifting), taken_at)


def last_figures(kit: Kit, name: str, wanted: Collection[str]) -> dict[str, float]:
    """The newest figure of each of the ``wanted`` names that a good restore test of the database ``name`` gave.

    From the record of restore tests; what that does not know, from the checks of the sets.
    """
    last = last_tests(kit.root).get(name) if wanted else None
    known = dict(last.figures) if last is not None else {}
    if known.keys() >= set(wanted):
        return known
    tests = [(one.databases[name].restored_at, one.set) for one in kit.catalog.entries().sets if name in one.databases]
    for _, set_name in sorted(((at, of) for at, of in tests if at is not None), reverse=True)[:_LOOKED_BACK]:
        try:
            backup = kit.catalog.load(set_name).databases[name]
        except (BackupError, KeyError):
            continue
        for check in backup.checks:
            if check.ok and check.depth is Depth.RESTORED:
                known = {**(check.figures or {}), **known}
        if known.keys() >= set(wanted):
            break
    return known
