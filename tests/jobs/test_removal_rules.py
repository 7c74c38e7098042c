"""What keeps sets from being deleted: a store that is not seen, what can't be read, clocks that jump, pins."""

from __future__ import annotations

import json
import os
from datetime import timedelta

import msgspec
import pytest
from support.days import CONFIRMED, NOON, TWO_DAYS, At, Root
from support.faults import FaultyFiles
from support.world import NAMES, quiet

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import Failed
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import BackupKind, BackupRequest, Pin, SetStatus, Severity, Status
from rexus.modules.backup.jobs.cleaning import delete_set, finish_deletion


def codes(result) -> list[str]:
    return [one.code for one in result.outcome.problems]


@pytest.fixture
def root(tmp_path):
    return Root(tmp_path, rows=5, retention=TWO_DAYS).build()


@pytest.fixture
def monthly(tmp_path):
    return Root(tmp_path, rows=5, retention={**TWO_DAYS, "monthly": 6, "yearly": 3, "failed_days": 30}).build()


def damage(root: Root, set_name: str) -> None:
    for name in NAMES:
        root.flip(set_name, name)


# --- damage and absence count from when they were noted


def test_damage_first_seen_today_leaves_the_set_for_some_days(monthly):
    old, *_ = (monthly.on(day) for day in (-200, -1, 0))
    damage(monthly, old)
    monthly.checked(1)

    assert monthly.rules(1)[old] == "keep trace"
    monthly.on(30)
    assert monthly.rules(30.9)[old] == "keep trace"
    assert monthly.rules(31.1)[old] == "delete trace_expired"
    assert old in monthly.pruned(31.1).deleted


def test_damage_that_is_found_again_and_again_is_known_since_the_first_time(monthly):
    old, *_ = (monthly.on(day) for day in (-200, -1, 0))
    damage(monthly, old)
    for day in (1, 8, 15, 22, 29):
        monthly.checked(day, old)
    monthly.on(31)

    assert monthly.rules(31.1)[old] == "delete trace_expired"


def test_damage_found_while_the_clock_was_set_back_is_not_taken_for_old(monthly):
    old, *_ = (monthly.on(day) for day in (-200, -1, 0))
    damage(monthly, old)
    monthly.checked(-5000, old)

    assert monthly.rules(1)[old] == "keep trace"


def test_files_that_are_not_seen_are_waited_for(monthly):
    old, *_ = (monthly.on(day) for day in (-200, -1, 0))
    for name in NAMES:
        monthly.lose(old, name)

    assert monthly.rules(1)[old] == "keep trace"
    assert monthly.planned(1).decisions[-1].because.code == "keep.trace_unseen"
    monthly.checked(2, old)
    monthly.on(32)
    assert monthly.rules(31.9)[old] == "keep trace"
    assert monthly.rules(32.1)[old] == "delete trace_expired"


def test_a_file_that_was_missed_and_is_back_is_worth_what_it_was(root):
    sets = [root.on(day) for day in range(3)]
    file = root.root / root.model().show(sets[1]).databases["users"].file
    file.rename(root.folder / "aside")
    root.checked(3)
    (root.folder / "aside").rename(file)

    assert root.rules(3) == {
        sets[2]: "keep newest_proven",
        sets[1]: "keep daily",
        sets[0]: "delete expired",
    }


def test_while_most_is_missing_nothing_goes_of_which_a_part_is_missing(tmp_path):
    root = Root(tmp_path, rows=5, retention={**TWO_DAYS, "failed_days": 1}).build()
    sets = [root.on(day) for day in range(5)]
    for one in sets[:2]:
        for name in NAMES:
            root.lose(one, name)
    root.checked(5)
    for name in NAMES:
        root.lose(sets[2], name)

    assert {root.rules(9)[one] for one in sets[:3]} == {"keep trace"}
    root.on(9)
    assert [root.rules(9.1)[one] for one in sets[:3]] == [*["delete trace_expired"] * 2, "keep trace"]


# --- a store that is not seen


def unmount(root: Root) -> None:
    (root.root / "databases").rename(root.folder / "unmounted")


def mount(root: Root) -> None:
    (root.folder / "unmounted").rename(root.root / "databases")


@pytest.mark.parametrize("empty", [False, True])
def test_while_no_file_of_a_backup_is_seen_nothing_is_deleted(root, empty):
    sets = [root.on(day) for day in range(4)]
    unmount(root)
    if empty:
        (root.root / "databases").mkdir()

    pruned, deleted = root.pruned(4), root.delete(*sets)

    assert (pruned.outcome.status, codes(pruned)) == (Status.REFUSED, ["prune.store_unseen"])
    assert (deleted.outcome.status, set(codes(deleted))) == (Status.REFUSED, {"delete.store_unseen"})
    assert root.left() == sets[::-1]
    if empty:
        (root.root / "databases").rmdir()
    mount(root)
    assert root.checked(4).outcome.status is Status.OK


def test_the_newest_proven_set_that_is_not_seen_stays(root):
    sets = [root.on(day) for day in range(3)]
    for name in NAMES:
        root.lose(sets[2], name)

    assert root.delete(sets[2]).decisions[0].rule == "newest_proven"
    root.checked(3, sets[2])
    assert root.delete(sets[2]).outcome.status is Status.OK, "it is noted that nothing is there"


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no links here")
def test_what_cannot_be_asked_for_is_not_taken_for_lost(root, monkeypatch):
    from rexus.modules.backup.stores.folder import FolderStore

    sets = [root.on(day) for day in range(4)]
    root.lose(sets[0])
    asked = FolderStore.stat

    def stat(self, name):
        if sets[0] in name:
            from rexus.modules.backup.base.errors import StoreFailed

            raise StoreFailed("store.unreadable", path=name, why="I/O error")
        return asked(self, name)

    monkeypatch.setattr(FolderStore, "stat", stat)

    from rexus.modules.backup.base.errors import StoreFailed

    with pytest.raises(StoreFailed, match=r"store\.unreadable"):
        root.planned(4)
    assert root.delete(sets[0]).outcome.status is Status.FAILED
    assert set(root.left()) == set(sets)


# --- what can't be read


def test_a_manifest_that_cannot_be_read_stops_retention(root):
    sets = [root.on(day) for day in range(4)]
    data = root.spoil_manifest(sets[3])

    result = root.pruned(4)

    assert codes(result) == ["prune.manifest_unreadable"]
    assert {one.rule for one in result.plan.decisions if one.action == "refuse"} == {"manifest_unreadable"}
    assert (root.root / f"backup_manifest_{sets[0]}.json").exists()
    (root.root / f"backup_manifest_{sets[3]}.json").write_bytes(data)
    assert root.pruned(4).deleted == (sets[1], sets[0])


def test_a_set_that_an_unreadable_one_may_need_is_not_deleted_by_hand(root):
    sets = [root.on(day) for day in range(5)]
    root.change(sets[3], type=BackupKind.DIFFERENTIAL)
    root.spoil_manifest(sets[3])

    refused = root.delete(sets[2])

    assert (refused.outcome.status, codes(refused)) == (Status.REFUSED, ["delete.manifest_unreadable"])
    assert sets[3] in str(refused.decisions[0].because.values["file"])
    assert root.delete(sets[1]).outcome.status is Status.OK, "there is a newer full backup before that one"
    (root.root / f"backup_manifest_{sets[3]}.json").rename(root.folder / "aside.json")
    assert root.delete(sets[2]).outcome.status is Status.OK


@pytest.mark.parametrize("text", ['{"token":"', "{}", '{"token":"' + "1" * 32 + '","set":"x"}'])
def test_a_journal_that_cannot_be_read_is_an_open_restore(root, text):
    sets = [root.on(day) for day in range(4)]
    journal = root.root / "safety" / f".restore-{'0' * 32}.json"
    journal.parent.mkdir(exist_ok=True)
    journal.write_text(text, "utf-8")

    pruned, deleted = root.pruned(4), root.delete(sets[0])

    assert codes(pruned) == ["prune.restore_unreadable"]
    assert codes(deleted) == ["delete.restore_unreadable"]
    told = [one for one in root.model().check() if one.code == "check.restore_unreadable"]
    assert [(one.severity, one.values["path"]) for one in told] == [(Severity.WARNING, str(journal))]
    journal.unlink()
    assert root.pruned(4).deleted == (sets[1], sets[0])


# --- clocks


def test_after_a_jump_ahead_nothing_goes_for_its_age(tmp_path):
    rules = {**TWO_DAYS, "daily": 0, "max_age_days": 30, "failed_days": 5}
    root = Root(tmp_path, rows=5, retention=rules).build()
    sets = [root.on(day) for day in range(-5, 0)]
    root.change(sets[0], pin=Pin(name="cierre", until=NOON + timedelta(days=9)))
    root.change(sets[1], status=SetStatus.FAILED, databases={}, config=None, application=None)
    everything = dict.fromkeys(sets[:4], "refuse clock") | {sets[4]: "keep newest_proven"}

    assert root.rules(61) == everything
    newest = root.on(61)
    result = root.pruned(61.1)
    assert codes(result) == ["prune.clock"]
    assert result.outcome.problems[0].severity is Severity.WARNING
    assert root.rules(61.1) == dict.fromkeys(sets, "refuse clock") | {newest: "keep newest_proven"}
    for day in range(62, 69):
        newest = root.on(day)
    assert set(sets) <= set(root.pruned(69).deleted)
    assert newest in root.left()


def test_what_no_rule_kept_before_the_jump_goes_all_the_same(root):
    sets = [root.on(day) for day in range(4)]

    assert root.pruned(90).deleted == (sets[1], sets[0])


def test_a_set_made_last_under_an_earlier_name_stays(root):
    sets = [root.on(day) for day in (-10, -9, -8)]
    late = root.on(-9000)

    assert root.rules(0)[late] == "keep newer"
    assert root.delete(late).decisions[0].rule == "newest_proven"
    root.on(0)
    assert root.rules(0.1)[late] == "delete expired"
    assert root.rules(0.1)[sets[0]] == "delete expired"


# --- a full disk


def test_a_failure_for_lack_of_space_does_not_keep_space_from_being_made(root):
    sets = [root.on(day) for day in range(4)]

    class Full(RealFiles):
        def create(self, path, *, private=True):
            if path.name.startswith("users_"):
                raise OSError(28, "full")
            return super().create(path, private=private)

    asked = BackupRequest(requested_by="prueba")
    failed = root.model(Full(), At(4)).backup(asked, quiet, CancelToken()).outcome

    assert "store.full" in {one.code for one in failed.problems}
    assert root.pruned(4.1).deleted == (sets[1], sets[0])
    root.change(failed.set, problems=(), databases={})
    assert root.rules(4.1)[sets[3]] == "keep newest_proven"


# --- deletions that were begun


def begin_deletion(root: Root, set_name: str) -> None:
    root.change(set_name, deleting_since=NOON)


def test_a_deletion_that_took_nothing_yet_is_given_up_for_a_pin(root):
    sets = [root.on(day) for day in range(4)]
    begin_deletion(root, sets[0])

    assert root.model(clock=At(4)).pin((sets[0],), "antes de 4.2", None, "ana").outcome.status is Status.OK
    assert root.rules(4)[sets[0]] == "keep pinned"
    root.on(4)
    assert root.checked(4, sets[0]).sets[0].ok


def test_a_set_that_is_half_gone_cannot_be_pinned(root):
    sets = [root.on(day) for day in range(4)]
    begin_deletion(root, sets[0])
    root.lose(sets[0])

    result = root.model(clock=At(4)).pin((sets[0], sets[1]), "antes de 4.2", None, "ana")

    assert codes(result)[0] == "pin.deleting"
    assert [(one.set, one.action, one.rule) for one in result.decisions] == [
        (sets[0], "refuse", "deleting"),
        (sets[1], "pin", "asked"),
    ]
    assert root.left() == sets[:0:-1]


def test_a_begun_deletion_of_a_pinned_set_is_dropped(root):
    sets = [root.on(day) for day in range(4)]
    root.change(sets[0], deleting_since=NOON, pin=Pin(name="x"))

    assert root.rules(4)[sets[0]] == "keep pinned"
    root.on(4)
    assert "sweep.deletion_pinned" in {one.code for one in root.last.problems}
    assert not root.model().show(sets[0]).deleting_since


@pytest.mark.parametrize("why", ["restore", "manifest"])
def test_a_begun_deletion_waits_for_what_is_open(root, why):
    sets = [root.on(day) for day in range(4)]
    begin_deletion(root, sets[0])
    if why == "manifest":
        root.spoil_manifest(sets[1])
    else:
        journal = root.root / "safety" / f".restore-{'0' * 32}.json"
        journal.parent.mkdir(exist_ok=True)
        # another restore that can't be settled: its place is a folder
        place = {"name": "users", "location": str(root.folder), "staging": "", "existed": True, "kept_as": "users"}
        told = {"token": "0" * 32, "set": sets[0], "safety": sets[1], "places": [{**place, "old": "x", "new": "y"}]}
        journal.write_text(json.dumps(told), "utf-8")

    root.pruned(4)

    assert root.model().show(sets[0]).deleting_since
    assert root.rules(4)[sets[0]] in ("keep restore_open", "refuse manifest_unreadable")


def test_a_begun_deletion_of_what_is_by_now_the_newest_is_dropped(root):
    old, new = root.on(0), root.on(1)
    damage(root, new)
    root.checked(2, new)
    begin_deletion(root, old)

    assert root.rules(2)[old] == "keep newest_proven"
    root.on(3, "users")
    assert "sweep.deletion_dropped" in {one.code for one in root.last.problems}
    assert root.checked(3, old).sets[0].ok


class Robbed(FaultyFiles):
    """Somebody else takes the root over as soon as this program writes something of a given name."""

    def __init__(self, root: Root, at: str) -> None:
        super().__init__(RealFiles(), 0, OSError())
        self.root, self.at, self.done = root.root, at, False

    def replace(self, source, target) -> None:
        super().replace(source, target)
        record = self.root / ".lease"
        if self.at in target.name and record.exists() and not self.done:
            self.done = True
            other = json.loads(record.read_text("utf-8"))
            record.write_text(json.dumps({**other, "token": "de otro"}), "utf-8")


def test_whoever_has_lost_the_root_deletes_nothing_more(root):
    sets = [root.on(day) for day in range(5)]
    archives = root.archives()
    robbed = Robbed(root, "audit.head")  # written after the first deletion

    result = root.pruned(5, port=robbed)

    assert (result.deleted, codes(result)[:1]) == ((sets[2],), ["root.lease_lost"])
    assert root.left() == [sets[4], sets[3], sets[1], sets[0]]
    assert {name for name in archives if sets[2] not in name} == root.archives()
    assert not any(root.model().show(one).deleting_since for one in sets[:2])


def test_a_set_is_not_even_marked_without_the_root(root):
    sets = [root.on(day) for day in range(2)]
    kit = root.model()._kit()

    def lost() -> None:
        raise Failed("root.lease_lost", path="", verb="", who="", host="")

    with pytest.raises(Failed):
        delete_set(kit.under(lost), root.model().show(sets[0]))
    assert not root.model().show(sets[0]).deleting_since


def test_a_file_that_is_of_no_set_is_not_deleted_for_one_that_names_it(root):
    sets = [root.on(day) for day in range(2)]
    stranger = root.root / "databases/apuntes.txt"
    stranger.write_text("mine", "utf-8")
    users = root.model().show(sets[0]).databases["users"]
    wrong = msgspec.structs.replace(users, file="databases/apuntes.txt")
    manifest = root.model().show(sets[0])
    root.change(sets[0], databases={**manifest.databases, "users": wrong}, deleting_since=NOON)

    finish_deletion(root.model()._kit(), root.model().show(sets[0]))

    assert stranger.exists()
    assert sets[0] not in root.left()
    assert CONFIRMED.digest is None
