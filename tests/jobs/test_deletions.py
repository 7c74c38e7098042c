"""Deletions as people meet them: what was begun earlier, what others need, what is freed, what can't be removed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from support.days import CONFIRMED, NOON, TWO_DAYS, At, Root
from support.litter import At as Instant
from support.world import NAMES

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import StoreFailed
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import BackupKind, Origin, Pin, PruneRequest, Status
from rexus.modules.backup.base.watching import RetentionRequest
from rexus.modules.backup.catalog.ledger import Audit


@pytest.fixture
def root(tmp_path):
    return Root(tmp_path, rows=5, retention=TWO_DAYS).build()


def codes(result) -> list[str]:
    return [one.code for one in result.outcome.problems]


def deleted(root: Root, *sets: str):
    return root.model(clock=At(5)).delete(PruneRequest(sets=sets, confirmed=sets, requested_by="ana"))


# --- deletions that were begun earlier


def test_what_was_begun_is_done_and_told_as_the_plan_said(root):
    sets = [root.on(day) for day in range(5)]
    root.change(sets[1], deleting_since=NOON)
    plan = root.planned(5)

    result = root.pruned(5, RetentionRequest(digest=plan.digest, requested_by="ana"))

    assert result.plan == plan
    assert set(result.deleted) == set(sets[:3])
    assert result.freed_bytes == plan.freed_bytes
    assert codes(result) == ["prune.done"]
    assert result.outcome.problems[0].values == {"count": 3, "bytes": plan.freed_bytes}


def test_beside_a_plan_that_has_changed_it_is_told_what_was_finished(root):
    sets = [root.on(day) for day in range(4)]
    root.change(sets[0], deleting_since=NOON)

    result = root.pruned(4, msgspec.structs.replace(CONFIRMED, digest="0" * 64))

    assert result.outcome.status is Status.REFUSED
    assert codes(result) == ["prune.changed", "sweep.deletion_finished"]
    assert result.deleted == (sets[0],)
    assert root.left() == sets[:0:-1]


def test_whoever_asks_again_hears_that_it_is_deleted(root):
    sets = [root.on(day) for day in range(4)]
    root.change(sets[0], deleting_since=NOON)

    result = deleted(root, sets[0])

    assert (result.outcome.status, codes(result)) == (Status.OK, [])
    assert [(one.set, one.action, one.because.code) for one in result.decisions] == [
        (sets[0], "delete", "sweep.deletion_finished")
    ]


def test_the_trail_tells_of_a_deletion_whose_run_died(root):
    sets = [root.on(day) for day in range(3)]
    root.change(sets[0], deleting_since=NOON)

    root.checked(3, sets[2])

    line = next(one for one in root.model().audit().tail(9) if one.target == sets[0] and one.what != "backup")
    assert (line.what, line.who, line.result) == ("delete.finished", "prueba", "ok")


# --- what others need


def pinned_differential(root: Root, set_name: str) -> None:
    held = root.model().show(set_name).databases
    chained = {name: msgspec.structs.replace(one, kind=BackupKind.DIFFERENTIAL) for name, one in held.items()}
    root.change(set_name, type=BackupKind.DIFFERENTIAL, databases=chained, pin=Pin(name="antes de 4.2"))


def test_what_another_set_needs_is_deleted_by_nobody(root):
    sets = [root.on(day) for day in range(4)]
    pinned_differential(root, sets[1])

    result = deleted(root, sets[0])

    assert (result.outcome.status, codes(result)) == (Status.REFUSED, ["delete.base"])
    assert result.outcome.problems[0].values == {"set": sets[0], "other": sets[1]}
    assert root.left() == sets[::-1]


def test_both_go_with_one_command_in_any_order(root):
    sets = [root.on(day) for day in range(4)]
    pinned_differential(root, sets[1])
    root.change(sets[1], pin=None)

    assert deleted(root, sets[0], sets[1]).outcome.status is Status.OK
    assert root.left() == [sets[3], sets[2]]


def test_no_backup_outlives_what_it_needs_though_it_could_not_be_deleted(root):
    sets = [root.on(day) for day in range(4)]
    pinned_differential(root, sets[1])
    root.change(sets[1], pin=None)

    class Stubborn(RealFiles):
        def replace(self, source: Path, target: Path) -> None:
            if target.name == f"backup_manifest_{sets[1]}.json":
                raise OSError(28, "No space left on device", str(target))
            super().replace(source, target)

    result = root.pruned(4, port=Stubborn())

    assert (result.outcome.status, result.deleted) == (Status.FAILED, ())
    assert codes(result)[1] == "delete.base"
    assert root.left() == sets[::-1]
    assert root.pruned(4).deleted == (sets[1], sets[0])


# --- what is not seen


def test_a_set_of_which_a_part_is_not_seen_stays_until_that_is_noted(tmp_path):
    root = Root(tmp_path, rows=5, retention={**TWO_DAYS, "monthly": 3}).build()
    whole = root.on(-40.4)
    root.on(-40.2, "inventario", "auditoria")
    for day in range(3):
        root.on(day)
    assert root.rules(2)[whole] == "keep monthly"  # of users alone

    root.lose(whole, "users")

    assert root.rules(2)[whole] == "keep trace"
    assert whole not in root.pruned(2).deleted
    root.checked(3, whole)
    assert root.rules(3)[whole] == "delete expired"


def test_a_folder_that_is_not_there_is_no_empty_plan(root):
    root.on(0)
    root.root.rename(root.folder / "desconectado")

    plan = root.planned(1)

    assert (plan.decisions, plan.refused.code if plan.refused else None) == ((), "prune.no_root")


def test_trouble_with_a_folder_is_told_by_name(root, monkeypatch):
    root.on(0)
    (root.root / "safety").mkdir(exist_ok=True)
    listed = Path.iterdir

    def denied(path: Path):
        if path.name == "safety":
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(Path, "iterdir", denied)

    with pytest.raises(StoreFailed):
        root.planned(1)


def test_an_archive_that_is_newer_than_every_proven_set_is_no_litter(root):
    sets = [root.on(day) for day in range(3)]
    manifest = root.root / f"backup_manifest_{sets[2]}.json"
    manifest.rename(root.folder / manifest.name)
    newest = {name for name in root.archives() if sets[2] in name}

    def cleaned(days: float) -> set[str]:
        done = root.model(clock=At(days)).cleanup("ana", Origin.MANUAL, CancelToken())
        return {one.because.code for one in done.items if one.path.startswith("databases/")}

    cleaned(3)
    assert cleaned(30) == {"cleanup.orphan_last"}
    assert newest <= root.archives()
    root.on(31)
    assert cleaned(31) == {"cleanup.orphan"}
    assert not newest & root.archives()


# --- what is freed


def test_what_is_gone_already_frees_nothing(root):
    sets = [root.on(day) for day in range(4)]
    for name in NAMES:
        root.lose(sets[0], name)
    root.checked(4)
    before = root.planned(4).freed_bytes
    root.on(40)
    plan = root.planned(40)
    copied = sum(
        one.size_bytes for part in ("config", "application") for one in getattr(root.model().show(sets[0]), part).files
    )

    assert next(one.bytes for one in plan.decisions if one.set == sets[0]) == copied
    assert deleted(root, sets[0]).decisions[0].bytes == copied
    assert root.pruned(40).freed_bytes == plan.freed_bytes - copied
    assert plan.freed_bytes > before > copied


# --- the audit trail


def test_one_segment_that_cannot_be_removed_keeps_those_behind_it(tmp_path):
    root = Root(tmp_path, rows=5, retention=TWO_DAYS, cleanup={"orphan_days": 0, "audit_days": 30}).build()
    for year in (2010, 2011, 2012):
        Audit(root.root / "logs", RealFiles(), Instant(datetime(year, 5, 6, tzinfo=UTC))).record("ana", "x", "", "ok")
    root.on(0)

    class Stubborn(RealFiles):
        def unlink(self, path: Path) -> None:
            if path.name.startswith("audit-00000001"):
                raise PermissionError(13, "Permission denied", str(path))
            super().unlink(path)

    result = root.model(Stubborn(), At(1)).cleanup("ana", Origin.MANUAL, CancelToken())

    told = [(one.delete, one.because.code) for one in result.items if one.kind == "audit"]
    assert told == [(False, "cleanup.left"), *[(False, "cleanup.audit_row")] * 2]
    assert root.model().audit_verify().ok
    assert root.model(clock=At(2)).cleanup("ana", Origin.MANUAL, CancelToken()).outcome.status is Status.OK
    assert root.model().audit_verify().ok
