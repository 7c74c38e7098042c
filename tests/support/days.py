"""A world whose days are told by the test: backups, checks and retention on any day, with what may happen between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.records import BackupRequest, Depth, Status, VerifyRequest
from rexus.modules.backup.base.watching import RetentionRequest

from .world import World, quiet

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TWO_DAYS = {
    "daily": 2,
    "weekly": 0,
    "monthly": 0,
    "yearly": 0,
    "after_backup": False,
    "safety_days": 3,
    "failed_days": 3,
}
CONFIRMED = RetentionRequest(requested_by="ana")


class At:
    """A clock that stands still, so many days after noon of 2 March 2026."""

    def __init__(self, days: float) -> None:
        self._now = NOON + timedelta(days=days)

    def now(self) -> datetime:
        return self._now


class Root(World):
    """A world whose days are told by the test."""

    def on(self, days: float, *names: str, port=None, **request) -> str:
        """Back up on that day."""
        asked = BackupRequest(databases=names, requested_by="prueba", **request)
        result = self.model(port, At(days)).backup(asked, quiet, CancelToken())
        assert result.outcome.status in (Status.OK, Status.WARNINGS), result.outcome
        self.last = result.outcome
        return result.outcome.set

    def pruned(self, days: float, request=CONFIRMED, port=None, cancel=None):
        return self.model(port, At(days)).prune(request, cancel or CancelToken())

    def planned(self, days: float):
        return self.model(clock=At(days)).plan_prune()

    def left(self) -> list[str]:
        return [one.set for one in self.model().listing().sets]

    def lose(self, set_name: str, name: str = "users") -> None:
        (self.root / self.model().show(set_name).databases[name].file).unlink()

    def change(self, set_name: str, **changes) -> None:
        model = self.model()
        model.catalog.publish(msgspec.structs.replace(model.show(set_name), **changes))

    def checked(self, days: float, *sets: str, depth: Depth = Depth.CONTENT):
        """Verify on that day."""
        asked = VerifyRequest(sets=sets, all=not sets, depth=depth, requested_by="prueba")
        return self.model(clock=At(days)).verify(asked, quiet, CancelToken())

    def rules(self, days: float) -> dict[str, str]:
        """What retention decides on that day: ``action rule`` by set."""
        return {one.set: f"{one.action} {one.rule}" for one in self.planned(days).decisions}

    def flip(self, set_name: str, name: str = "users") -> None:
        """Damage one stored byte."""
        path = self.root / self.model().show(set_name).databases[name].file
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)

    def spoil_manifest(self, set_name: str) -> bytes:
        """Make a manifest unreadable; returns what it was."""
        path = self.root / f"backup_manifest_{set_name}.json"
        data = path.read_bytes()
        path.write_bytes(data[:-40] + b"x" * 40)
        return data
