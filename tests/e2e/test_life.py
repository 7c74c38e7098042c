"""A life in random order against a small model: backup, restore, delete, damage, full disk, kill, clock jumps."""

from __future__ import annotations

import errno
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from support.faults import FaultyFiles
from support.world import NAMES, World, quiet

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import BackupError
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import BackupRequest, Depth, SetStatus, Status

NUMBERS = st.integers(0, 10_000)


class Wanderer:
    """A clock that somebody sets."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Life(RuleBasedStateMachine):
    """The model knows the content of every live database and of every set."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="vida-"))
        self.world = World(self.folder / "w", rows=10, retention={"after_backup": False})
        self.clock = Wanderer()
        self.sets: dict[str, dict[str, object]] = {}
        self.flips: dict[tuple[str, str], frozenset[int]] = {}

    @initialize()
    def found(self) -> None:
        self.world.build()
        self.live = {name: self.world.content(name) for name in NAMES}
        self.backs_up()

    @property
    def damaged(self) -> set[tuple[str, str]]:
        """A bit flipped twice is as it was."""
        return {pair for pair, flips in self.flips.items() if flips}

    def _chosen(self, which: int) -> str:
        """One of the sets; numbers, not names, are drawn, so that a failing life can be lived again."""
        return tuple(self.sets)[which % len(self.sets)]

    def _model(self, port=None):
        return self.world.model(port, self.clock)

    @rule()
    def backs_up(self) -> None:
        result = self._model().backup(BackupRequest(files=False), quiet, CancelToken())
        assert result.outcome.status is Status.OK, result.outcome.problems
        assert result.outcome.set not in self.sets
        self.sets[result.outcome.set] = dict(self.live)

    @rule(name=st.sampled_from(NAMES))
    def somebody_writes(self, name: str) -> None:
        self.world.add_row(name)
        self.live[name] = self.world.content(name)

    @rule(number=st.integers(1, 120))
    def disk_is_full(self, number: int) -> None:
        port = FaultyFiles(RealFiles(), fail_at=number, error=OSError(errno.ENOSPC, "full"))
        try:
            result = self._model(port).backup(BackupRequest(files=False), quiet, CancelToken())
        except BackupError:
            return
        if result.outcome.status is Status.OK:
            self.sets[result.outcome.set] = dict(self.live)

    @rule(which=NUMBERS, where=NUMBERS, name=st.sampled_from(NAMES))
    def bit_rots(self, which: int, where: int, name: str) -> None:
        if not self.sets:  # each database has its newest backup in a set of which another part failed
            return
        chosen = self._chosen(which)
        if name not in self.sets[chosen]:
            return
        path = self.world.root / self._model().show(chosen).databases[name].file
        blob = bytearray(path.read_bytes())
        at = where % len(blob)
        blob[at] ^= 1
        path.write_bytes(blob)
        self.flips[chosen, name] = self.flips.get((chosen, name), frozenset()) ^ {at}

    @rule(which=NUMBERS, name=st.sampled_from(NAMES))
    def restores(self, which: int, name: str) -> None:
        if not self.sets:  # each database has its newest backup in a set of which another part failed
            return
        chosen = self._chosen(which)
        if name not in self.sets[chosen]:
            return
        known = set(self.sets)
        result = self.world.overwrite(chosen, name)
        if (chosen, name) in self.damaged:
            assert result.outcome.status is Status.FAILED
        else:
            assert result.outcome.status in (Status.OK, Status.WARNINGS), result.outcome.problems
            before = self.live[name]
            self.live[name] = self.sets[chosen][name]
            assert result.safety_set not in known
            self.sets[result.safety_set] = {name: before}

    @rule(which=NUMBERS)
    def deletes(self, which: int) -> None:
        if not self.sets:  # each database has its newest backup in a set of which another part failed
            return
        chosen = self._chosen(which)
        result = self.world.delete(chosen)
        if result.outcome.status is Status.OK:
            del self.sets[chosen]
            self.flips = {pair: flips for pair, flips in self.flips.items() if pair[0] != chosen}

    @rule(hours=st.integers(-50, 50))
    def clock_jumps(self, hours: int) -> None:
        self.clock.ahead = timedelta(hours=hours)

    @invariant()
    def live_databases_are_as_the_model_says(self) -> None:
        for name in getattr(self, "live", {}):
            assert self.world.content(name) == self.live[name]

    @invariant()
    def every_set_is_listed(self) -> None:
        if hasattr(self, "live"):
            listed = {one.set for one in self._model().listing().sets if one.status is SetStatus.COMPLETED}
            assert set(self.sets) <= listed

    def teardown(self) -> None:
        if self.sets:
            verdicts = self.world.verify(*self.sets, depth=Depth.CONTENT)
            for one in verdicts.sets:
                assert one.ok == (one.set not in {pair[0] for pair in self.damaged if pair[1] in self.sets[one.set]})
            assert self.world.unfinished() == []
        shutil.rmtree(self.folder, ignore_errors=True)


Life.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=14,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
TestLife = Life.TestCase
