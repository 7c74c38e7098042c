"""A root with everything that the deep clean-up looks for, old enough to go."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from rexus.modules.backup.base.clock import SystemClock
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.catalog.ledger import Audit
from rexus.modules.backup.jobs import orphan_list
from rexus.modules.backup.jobs.orphan_list import OrphanList

from .world import World

ORPHANS = ("application/20250101_000000", "databases/inventario_20250101_000000.bak.gz")
COPY = "safety/20250101_000000_users/20250101T000000000000Z"
LEFT = (
    "temp/users.db.0123456789abcdef0123456789abcdef.snapshot.partial-wal",
    "temp/users_20250101_000000.check.partial",
    "restore/users_20250101_000000_2.drill.partial",
    "databases/users_20250101_000000.bak.gz.partial",
)
"""Of dead runs, by the names that they give."""
FOREIGN = (
    "config/fotos/a.jpg",
    "databases/notas.txt",
    "databases/raro.partial",
    "restore/mia.db",
    "temp/carpeta/adentro/más",
    "temp/factura_2025.pdf",
)
"""What people put there."""
OLD_LOG = "logs/backup_2020-01-01.log"
SEGMENT = "logs/audit-00000001-00000003.jsonl"


class At:
    """A clock that stands still."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        return self.instant

    def later(self, **span: float) -> datetime:
        """Go on (or back) by ``days=…`` and the like."""
        self.instant += timedelta(**span)
        return self.instant


def old_trail(world: World) -> None:
    """Lines of an audit trail of long ago; the next line closes them."""
    audit = Audit(world.root / "logs", RealFiles(), At(datetime(2010, 5, 6, tzinfo=UTC)))
    for number in range(3):
        audit.record("ana", "backup", str(number), "ok")


def put(world: World, path: str, data: bytes = b"x" * 1000) -> None:
    """A file below the root."""
    (world.root / path).parent.mkdir(parents=True, exist_ok=True)
    (world.root / path).write_bytes(data)


def age(world: World, path: str, days: float) -> None:
    """Make a folder, and those in it, look as if they were made so many days ago."""
    then = (datetime.now(UTC) - timedelta(days=days)).timestamp()
    for folder, _, _ in os.walk(world.root / path, topdown=False):
        os.utime(folder, (then, then))


def list_orphans(world: World, *paths: str, days: float = 30) -> None:
    """Say that a clean-up listed these so many days ago, and that another one looked yesterday."""
    now = SystemClock().now()
    first = now - timedelta(days=days)
    listed = OrphanList(looked=now - timedelta(days=1), orphans=dict.fromkeys(paths, first))
    orphan_list.write(world.root, RealFiles(), listed)


def litter(world: World) -> None:
    """Leave everything about; what needs to be old is."""
    for path in (*LEFT, OLD_LOG):
        put(world, path)
    yesterday = datetime.now(UTC).astimezone() - timedelta(days=1)
    put(world, f"logs/backup_{yesterday:%Y-%m-%d}.log")
    put(world, "application/20250101_000000/rexus/x.py")
    put(world, ORPHANS[1])
    put(world, f"{COPY}/users.db")
    age(world, COPY.rpartition("/")[0], days=100)
    list_orphans(world, *ORPHANS)
