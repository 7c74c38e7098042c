import errno
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime

import msgspec
import pytest

from rexus.modules.backup.base import process
from rexus.modules.backup.base.clock import SystemClock
from rexus.modules.backup.base.errors import Busy, Failed, StoreFailed
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.texts import sentence
from rexus.modules.backup.jobs import lease
from rexus.modules.backup.jobs.lease import Lease, LeaseRecord, who_holds

HOLDER = """
import sys
from pathlib import Path
from rexus.modules.backup.base.clock import SystemClock
from rexus.modules.backup.base.errors import Busy
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.jobs.lease import Lease
try:
    with Lease.hold(Path(sys.argv[1]), "backup", "ana", RealFiles(), SystemClock()) as held:
        held.leftover("/datos/users.db")
        print("held", flush=True)
        sys.stdin.read(1)
except Busy:
    print("busy", flush=True)
"""


def hold(root, verb="backup", files=None):
    return Lease.hold(root, verb, "luis", files or RealFiles(), SystemClock())


def start(root):
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, root], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def left(root, **changes):
    """Leave a record as a dead process does."""
    record = LeaseRecord(
        pid=os.getpid(),
        start=process.start_time(),
        boot=process.boot_id(),
        host=process.host(),
        verb="restore",
        who="ana",
        since=datetime(2025, 8, 6, tzinfo=UTC),
        leftovers=("/datos/a.db",),
        token="other",
    )
    record = msgspec.structs.replace(record, **changes)
    (root / lease.RECORD).write_bytes(msgspec.json.encode(record))
    return record


def test_a_lease_is_held_told_and_let_go(tmp_path):
    root = tmp_path / "new" / "root"
    with hold(root) as held:
        assert held.took_over is None
        told = who_holds(root)
        assert told is not None
        assert (told.pid, told.verb, told.who, told.host) == (os.getpid(), "backup", "luis", process.host())
        held.leftover("/datos/users.db")
        held.leftover("/datos/users.db")
        held.job("20250806_143052")
        assert who_holds(root).leftovers == ("/datos/users.db",)
        assert who_holds(root).job == "20250806_143052"
    assert who_holds(root) is None
    assert sorted(path.name for path in root.iterdir()) == [lease.LOCK, lease.RESERVE]


def test_a_second_one_in_the_same_process_is_busy(tmp_path):
    with hold(tmp_path), pytest.raises(Busy) as caught, hold(tmp_path, "delete"):
        pass
    assert caught.value.code == "root.busy"
    assert caught.value.values["pid"] == os.getpid()
    assert "luis" in sentence(caught.value.problem).message
    with hold(tmp_path) as held:
        assert held.took_over is None


def test_another_process_is_busy_and_a_killed_one_is_taken_over_and_told(tmp_path):
    with start(tmp_path) as first:
        assert first.stdout.readline() == "held\n"
        with pytest.raises(Busy) as caught, hold(tmp_path):
            pass
        assert (caught.value.values["pid"], caught.value.values["verb"]) == (first.pid, "backup")
        assert who_holds(tmp_path).pid == first.pid
        first.kill()
        first.wait()
        assert who_holds(tmp_path) is None
        with hold(tmp_path) as held:
            assert held.took_over is not None
            assert (held.took_over.pid, held.took_over.who) == (first.pid, "ana")
            assert held.took_over.leftovers == ("/datos/users.db",)
            assert who_holds(tmp_path).leftovers == ("/datos/users.db",), "should we die before sweeping"
    with hold(tmp_path) as held:
        assert held.took_over is None


def test_of_many_that_start_at_once_one_holds(tmp_path):
    running = [start(tmp_path) for _ in range(5)]
    try:
        said = [one.stdout.readline() for one in running]
        assert sorted(said) == ["busy\n"] * 4 + ["held\n"]
    finally:
        for one in running:
            one.communicate("x")


def test_of_many_threads_never_two_hold(tmp_path):
    inside, most, wins = [0], [0], []
    guard = threading.Lock()

    def work():
        for _ in range(10):
            try:
                with hold(tmp_path):
                    with guard:
                        inside[0] += 1
                        most[0] = max(most[0], inside[0])
                    wins.append(1)
                    with guard:
                        inside[0] -= 1
            except Busy:
                pass

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
    assert wins


def test_a_number_used_again_is_not_the_owner(tmp_path):
    left(tmp_path, start=process.start_time() - 1000)
    assert who_holds(tmp_path) is None
    with hold(tmp_path) as held:
        assert held.took_over.leftovers == ("/datos/a.db",)


def test_a_restarted_machine_has_no_owner(tmp_path):
    left(tmp_path, boot="00000000-0000-0000-0000-000000000000")
    assert who_holds(tmp_path) is None
    with hold(tmp_path) as held:
        assert held.took_over.verb == "restore"


def test_another_machine_is_believed_while_its_heart_beats(tmp_path):
    record = left(tmp_path, host="otra", boot="otro", pid=1)
    assert who_holds(tmp_path) == record
    with pytest.raises(Busy) as caught, hold(tmp_path):
        pass
    assert caught.value.values["host"] == "otra"
    assert who_holds(tmp_path) == record
    long_ago = (tmp_path / lease.RECORD).stat().st_mtime - 3600
    os.utime(tmp_path / lease.RECORD, (long_ago, long_ago))
    assert who_holds(tmp_path) is None
    with hold(tmp_path) as held:
        assert held.took_over == record


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"pid": "x"}', b"\xff\xfe", b'{"pid":1}' * 9])
def test_a_damaged_record_is_an_unknown_dead_owner(tmp_path, text):
    (tmp_path / lease.RECORD).write_bytes(text)
    with hold(tmp_path) as held:
        assert held.took_over.pid == 0
        assert who_holds(tmp_path).pid == os.getpid()


def test_what_may_be_left_is_on_disk_before_it_is_made(tmp_path):
    class Noting(RealFiles):
        synced = ()

        def sync_folder(self, path):
            record = tmp_path / lease.RECORD
            if record.exists():
                Noting.synced = msgspec.json.decode(record.read_bytes())["leftovers"]
            super().sync_folder(path)

    with hold(tmp_path, files=Noting()) as held:
        held.leftover("/datos/users.db")
        assert Noting.synced == ["/datos/users.db"]


def test_a_root_that_can_not_be_written_is_told(tmp_path):
    class ReadOnly(RealFiles):
        def append(self, path):
            raise OSError(errno.EROFS, "Read-only file system")

    with pytest.raises(StoreFailed) as caught, hold(tmp_path, files=ReadOnly()):
        pass
    assert caught.value.code == "root.lock_failed"


def test_an_exception_inside_lets_go(tmp_path):
    with pytest.raises(KeyError), hold(tmp_path):
        raise KeyError
    assert who_holds(tmp_path) is None


@pytest.mark.skipif(os.name == "nt", reason="patches the lock of POSIX")
def test_a_folder_without_locks_is_judged_by_its_record(tmp_path, monkeypatch):
    def no_locks(descriptor, what):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", no_locks)
    with hold(tmp_path):
        with pytest.raises(Busy), hold(tmp_path):
            pass
        assert who_holds(tmp_path).pid == os.getpid()
    left(tmp_path, start=process.start_time() - 1000)
    with hold(tmp_path) as held:
        assert held.took_over.token == "other"
    assert sorted(path.name for path in tmp_path.iterdir()) == [lease.LOCK, lease.RESERVE]


def test_processes_are_told_apart():
    mine = process.start_time()
    assert process.is_alive(os.getpid(), mine)
    assert not process.is_alive(os.getpid(), mine - 100)
    assert not process.is_alive(0, mine)
    assert not process.is_alive(2**22 + 1, mine)
    with subprocess.Popen([sys.executable, "-c", "pass"]) as child:
        child.wait()
        assert process.start_time(child.pid) is None
    assert process.boot_id() == process.boot_id() != ""


def test_a_lease_that_another_machine_took_over_is_lost_for_good(tmp_path):
    with hold(tmp_path) as held:
        held.check()
        taken = left(tmp_path, host="otra", boot="otro", verb="verify")
        for call in (held.check, lambda: held.leftover("/datos/b.db"), lambda: held.job("20250806_143052")):
            with pytest.raises(Failed) as caught:
                call()
            assert (caught.value.code, caught.value.values["host"]) == ("root.lease_lost", "otra")
        held.beat()
        assert who_holds(tmp_path) == taken, "nothing of ours over a foreign record"
        (tmp_path / lease.RECORD).unlink()
        with pytest.raises(Failed, match=r"root\.lease_lost"):
            held.check()
        held.beat()
        assert who_holds(tmp_path) is None
    assert "otra" in sentence(caught.value.problem).message


def test_a_foreign_record_is_left_when_a_lost_lease_ends(tmp_path):
    with hold(tmp_path):
        taken = left(tmp_path, host="otra", boot="otro")
    assert who_holds(tmp_path) == taken


@pytest.mark.parametrize("text", [None, b"", b"{", b"\xff"])
def test_a_record_that_is_gone_or_damaged_is_not_ours(tmp_path, text):
    with hold(tmp_path) as held:
        (tmp_path / lease.RECORD).unlink()
        if text is not None:
            (tmp_path / lease.RECORD).write_bytes(text)
        with pytest.raises(Failed) as caught:
            held.check()
        assert caught.value.code == "root.lease_lost"
