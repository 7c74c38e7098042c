"""Retention through the door, on real sets of many days."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from support.days import CONFIRMED, NOON, TWO_DAYS, At, Root
from support.world import quiet

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import Busy, Refused, StoreFailed
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import (
    Action,
    Origin,
    Pin,
    RestoreRequest,
    SetStatus,
    Severity,
    Status,
)
from rexus.modules.backup.base.watching import RetentionRequest
from rexus.modules.backup.jobs import prune


@pytest.fixture
def root(tmp_path):
    return Root(tmp_path, rows=5, retention=TWO_DAYS).build()


def test_the_plan_is_what_is_done(root):
    sets = [root.on(day) for day in range(4)]
    plan = root.planned(4)

    result = root.pruned(4, RetentionRequest(digest=plan.digest, requested_by="ana"))

    assert result.outcome.status is Status.OK
    assert result.plan.decisions == plan.decisions
    assert result.deleted == (sets[1], sets[0])
    assert root.left() == [sets[3], sets[2]]
    assert result.freed_bytes == plan.freed_bytes > 0
    assert all(sets[2] in name or sets[3] in name for name in root.archives())
    assert not (root.root / "config" / sets[0]).exists()
    assert root.pruned(4).deleted == ()
    assert root.verify().outcome.status is Status.OK


def test_every_deletion_and_the_whole_are_in_the_trail(root):
    old = next(iter([root.on(day) for day in range(4)]))

    root.pruned(4)

    told = [(line.who, line.what, line.target, line.result) for line in root.model().audit().tail(3)]
    assert told[1:] == [("ana", "prune", old, "ok"), ("ana", "prune", "", "ok")]
    assert root.model().audit().tail(1)[0].detail["deleted"] == 2
    assert root.model().audit_verify().ok


def test_another_plan_than_the_one_seen_is_shown_and_not_done(root):
    sets = [root.on(day) for day in range(3)]
    plan = root.planned(3)
    root.model(clock=At(3)).pin((sets[0],), "antes de 4.2", None, "ana")

    result = root.pruned(3, RetentionRequest(digest=plan.digest))

    assert result.outcome.status is Status.REFUSED
    assert [one.code for one in result.outcome.problems] == ["prune.changed"]
    assert [one.rule for one in result.plan.decisions] == ["newest_proven", "daily", "pinned"]
    assert len(root.left()) == 3


def test_nothing_goes_while_the_latest_backup_is_missing(root):
    sets = [root.on(day) for day in range(4)]
    root.lose(sets[3])

    result = root.pruned(4)

    assert result.outcome.status is Status.WARNINGS
    assert [(one.code, one.values["database"]) for one in result.outcome.problems] == [
        ("prune.latest_unproven", "users")
    ]
    assert root.left() == sets[::-1]


def test_a_set_that_cannot_be_deleted_is_told_and_the_others_go(root):
    sets = [root.on(day) for day in range(5)]

    class NotThatOne(RealFiles):
        def unlink(self, path):
            if sets[1] in path.name:
                raise PermissionError(13, "no")
            super().unlink(path)

    result = root.pruned(5, port=NotThatOne())

    assert result.outcome.status is Status.FAILED
    assert result.deleted == (sets[2], sets[0])
    assert sets[1] in root.left()
    assert root.pruned(5).outcome.status is Status.OK
    assert root.left() == [sets[4], sets[3]]


def test_a_wish_to_stop_is_heard_between_two_sets(root):
    sets = [root.on(day) for day in range(5)]
    cancel = CancelToken()

    class StopsAfterOne(RealFiles):
        def unlink(self, path):
            if path.name == f"backup_manifest_{sets[2]}.json":
                cancel.cancel()
            super().unlink(path)

    result = root.pruned(5, port=StopsAfterOne(), cancel=cancel)

    assert result.outcome.status is Status.CANCELLED
    assert result.deleted == (sets[2],)
    assert len(root.left()) == 4


def test_after_a_backup_the_rules_are_applied(tmp_path):
    root = Root(tmp_path, rows=5, retention={**TWO_DAYS, "after_backup": True}).build()
    sets = [root.on(day) for day in range(4)]

    assert root.left() == [sets[3], sets[2]]
    assert root.last.status is Status.OK
    done = [one for one in root.last.problems if one.code == "prune.done"]
    assert [one.severity for one in done] == [Severity.INFO]
    assert done[0].values["count"] == 1


def test_trouble_after_a_backup_is_a_warning_of_the_backup(tmp_path):
    root = Root(tmp_path, rows=5, retention={**TWO_DAYS, "after_backup": True}).build()
    sets = [root.on(day) for day in range(2)]

    class NotThatOne(RealFiles):
        def unlink(self, path):
            if sets[0] in path.name:
                raise PermissionError(13, "no")
            super().unlink(path)

    newest = root.on(2, port=NotThatOne())

    assert root.last.status is Status.WARNINGS
    assert root.last.set == newest
    assert {one.severity for one in root.last.problems} == {Severity.WARNING}


def test_a_partial_backup_warns_that_another_database_is_unproven(tmp_path):
    root = Root(tmp_path, rows=5, retention={**TWO_DAYS, "after_backup": True}).build()
    sets = [root.on(day) for day in range(2)]
    root.lose(sets[1], "auditoria")

    for day in (2, 3, 4):
        root.on(day, "users")

    assert [one.code for one in root.last.problems] == ["prune.latest_unproven"]
    assert set(sets) <= set(root.left())


def test_somebody_elses_lease_is_respected(root):
    from rexus.modules.backup.base.clock import SystemClock
    from rexus.modules.backup.jobs.lease import Lease

    for day in range(4):
        root.on(day)
    kit = root.model(clock=At(4))._kit()
    with Lease.hold(root.root, "backup", "otro", RealFiles(), SystemClock()):
        with pytest.raises(Busy):
            root.pruned(4)
        told = prune.after_backup(CONFIRMED, kit, CancelToken())
    assert [(one.code, one.severity) for one in told] == [("root.busy", Severity.WARNING)]
    assert len(root.left()) == 4


def test_what_a_dead_run_left_is_settled_first_and_told(root):
    sets = [root.on(day) for day in range(4)]
    model = root.model(clock=At(3.5))
    begun = model.catalog.reserve(
        msgspec.structs.replace(model.show(sets[3]), status=SetStatus.IN_PROGRESS, databases={}), NOON + timedelta(3.5)
    )

    result = root.pruned(4)

    assert [one.code for one in result.outcome.problems] == ["prune.replanned", "prune.done"]
    assert result.outcome.status is Status.OK
    assert root.model().show(begun.timestamp).status is SetStatus.INTERRUPTED
    assert result.deleted == (sets[1], sets[0])


def test_traces_and_safety_copies_go_after_their_days(root):
    first, second = root.on(0), root.on(1)
    root.model(clock=At(1)).restore(
        RestoreRequest(set=first, databases=("users",), overwrite=True, confirmed=("users",)), quiet, CancelToken()
    )
    safety = next(one.set for one in root.model().listing().sets if one.origin is Origin.SAFETY)
    third = root.on(2)
    root.change(second, status=SetStatus.FAILED, databases={}, config=None, application=None)

    assert {one.set: one.rule for one in root.planned(3).decisions} == {
        third: "newest_proven",
        safety: "safety",
        second: "trace",
        first: "daily",
    }
    assert root.pruned(10).deleted == (safety, second)


def test_a_set_that_an_open_restore_needs_stays(root):
    sets = [root.on(day) for day in range(4)]
    folder = root.root / "safety"
    folder.mkdir(exist_ok=True)
    token = "0" * 32
    (folder / f".restore-{token}.json").write_text(
        f'{{"token":"{token}","set":"{sets[0]}","safety":"{sets[1]}"}}', "utf-8"
    )

    assert [one.rule for one in root.planned(4).decisions][-2:] == ["restore_open", "restore_open"]


def test_an_archive_behind_a_link_is_there(root):
    sets = [root.on(day) for day in range(3)]
    file = root.root / root.model().show(sets[2]).databases["users"].file
    elsewhere = root.folder / "otro-disco"
    file.rename(elsewhere)
    try:
        file.symlink_to(elsewhere)
    except OSError:
        pytest.skip("no links here")
    if not file.is_symlink():
        pytest.skip("what is made here as a link is none")

    assert root.planned(3).decisions[0].rule == "newest_proven"
    assert root.planned(3).decisions[-1].action is Action.DELETE


def test_a_manifest_that_names_files_of_other_sets_takes_none_of_them_along(root):
    sets = [root.on(day) for day in range(4)]
    kept = root.model().show(sets[3]).databases["users"]
    root.change(sets[0], databases={**root.model().show(sets[0]).databases, "users": kept})

    result = root.pruned(4)

    assert sets[0] in result.deleted
    assert root.verify(sets[3]).sets[0].ok


def test_a_pin_with_an_end(root):
    sets = [root.on(day) for day in range(4)]
    root.change(sets[0], pin=Pin(name="cierre", until=NOON + timedelta(days=10)))

    assert root.pruned(4).deleted == (sets[1],)
    assert root.pruned(11).deleted == (sets[0],)


@pytest.mark.parametrize("origin", [Origin.SCHEDULED, Origin.CATCH_UP])
def test_what_runs_by_itself_leaves_what_was_made_today(root, origin):
    sets = [root.on(day) for day in (0, 1, 2, 3, 3.05, 3.1)]
    result = root.pruned(3.2, RetentionRequest(requested_by="schedule", origin=origin))

    assert result.deleted == (sets[1], sets[0])
    assert root.left() == [sets[5], sets[4], sets[3], sets[2]]
    assert root.pruned(3.2).deleted == (sets[4], sets[3]), "a person's order does not wait for the end of the day"


def test_without_a_root_nothing_is_made(tmp_path):
    root = Root(tmp_path, rows=5, retention=TWO_DAYS).build()

    assert root.planned(0).decisions == ()
    with pytest.raises(Refused) as refused:
        root.pruned(0)
    assert refused.value.code == "prune.no_root"
    assert not root.root.exists()


def test_a_root_that_cannot_be_read_is_no_empty_plan(root):
    root.root.write_bytes(b"no folder")

    with pytest.raises(StoreFailed) as failed:
        root.planned(1)
    assert failed.value.code == "catalog.unreadable"


def test_the_million_can_be_started_by_hand(tmp_path):
    script = Path(__file__).with_name("million_plans.py")
    ran = subprocess.run([sys.executable, str(script), "1"], capture_output=True, text=True, check=False, cwd=tmp_path)

    assert ran.returncode == 0, ran.stderr
    assert "newest_proven" in ran.stdout
