"""Orders done by a process of its own: news, ends, the wish to stop, and listeners that go."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.world import NAMES, World

from rexus.modules.backup.base import wire
from rexus.modules.backup.base.identity import Identity
from rexus.modules.backup.base.records import BackupRequest, Status, VerifyRequest
from rexus.modules.backup.base.texts import sentence, use_language
from rexus.modules.backup.jobs import child
from rexus.modules.backup.jobs.backup import BackupResult
from rexus.modules.backup.jobs.running import running

SOON_S = 30
GATED = Path(__file__).parents[1] / "support/gated_program.py"


def outcome(one: child.Child, heard: list | None = None) -> child.Ending:
    """Listen to the end."""
    while True:
        events, ending = one.news(SOON_S)
        if heard is not None:
            heard.extend(events)
        assert events or ending is not None, "nothing was heard"
        if ending is not None:
            return ending


@pytest.fixture
def world(tmp_path):
    return World(tmp_path, rows=100).build()


@pytest.fixture
def gate(tmp_path, monkeypatch):
    """Jobs stop at their first step until this file is there."""
    path = tmp_path / "gate"
    monkeypatch.setenv("REXUS_TEST_GATE", str(path))
    monkeypatch.setattr(child, "_ENTRY", GATED)
    yield path
    path.touch()


def test_a_backup_tells_its_way_and_brings_its_result(world):
    heard = []
    ending = outcome(child.start("backup", BackupRequest(requested_by="ana"), world.config), heard)

    assert ending.outcome.status is Status.OK
    assert isinstance(ending.result, BackupResult)
    assert ending.result.manifest == world.model().show(ending.outcome.set)
    assert ending.result.manifest.requested_by == "ana"
    assert {one.database for one in heard} >= set(NAMES)
    assert {one.job for one in heard} == {ending.outcome.set}


def test_what_is_refused_is_an_outcome(world):
    request = BackupRequest(databases=("usuarios",))
    ending = outcome(child.start("backup", request, world.config))

    assert (ending.outcome.status, ending.result) == (Status.REFUSED, None)
    assert [one.code for one in ending.outcome.problems] == ["database.unknown"]
    assert not world.root.exists()


def test_it_is_done_in_the_name_of_whoever_ordered(world):
    identity = Identity(name="eva", host_role="CONSULTA")
    ending = outcome(child.start("backup", BackupRequest(), world.config, identity))

    assert ending.outcome.status is Status.REFUSED
    assert ending.outcome.problems[0].values["who"] == "eva"


def test_asked_to_stop_it_stops_and_leaves_nothing(world, gate):
    one = child.start("backup", BackupRequest(), world.config)
    events, ending = one.news(SOON_S)
    assert events
    assert ending is None
    one.cancel()
    one.cancel()
    gate.touch()
    ending = outcome(one)

    assert ending.outcome.status is Status.CANCELLED
    assert world.archives() == set()
    assert world.unfinished() == []


def test_a_killed_process_is_told_and_swept_by_the_next(world, gate):
    one = child.start("backup", BackupRequest(), world.config)
    assert one.news(SOON_S)[0]
    os.kill(one.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    ending = outcome(one)

    assert (ending.outcome.status, ending.result) == (Status.INTERRUPTED, None)
    assert [told.code for told in ending.outcome.problems] == ["work.gone"]
    use_language("en")
    told = sentence(ending.outcome.problems[0])
    assert told.fix
    if os.name != "nt":
        assert told.message == "The work ended abruptly (signal 9)."
    gate.touch()
    assert world.backup().outcome.status is Status.OK
    assert world.unfinished() == []


def test_a_program_that_can_not_be_started_is_told(world, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(world.folder / "nothing"))
    ending = outcome(child.start("backup", BackupRequest(), world.config))

    assert ending.outcome.status is Status.FAILED
    assert [one.code for one in ending.outcome.problems] == ["work.unstarted"]


def test_a_program_that_says_something_else_is_told(world, monkeypatch):
    entry = world.folder / "other.py"
    entry.write_text("import sys\nprint('hola')\nprint('{\"kind\":1}')\nsys.exit('todo mal')\n", "utf-8")
    monkeypatch.setattr(child, "_ENTRY", entry)
    ending = outcome(child.start("backup", BackupRequest(), world.config))

    assert ending.outcome.status is Status.INTERRUPTED
    assert ending.outcome.problems[0].values == {"exit": 1, "why": "todo mal"}


def test_it_runs_where_there_is_no_main_program_beside_it(world, monkeypatch):
    monkeypatch.setattr(child, "_ENTRY", world.folder / "nothing.py")
    ending = outcome(child.start("verify", VerifyRequest(all=True), world.config))

    assert ending.outcome.status is Status.REFUSED
    assert ending.outcome.problems[0].code != "unexpected"


def test_the_order_is_on_no_command_line(world, gate):
    one = child.start("backup", BackupRequest(requested_by="palabra-secreta"), world.config)
    assert one.news(SOON_S)[0]
    job = running(world.root)
    assert job is not None
    assert (job.pid, job.who) == (one.pid, "palabra-secreta")
    if sys.platform == "linux":
        assert "palabra-secreta" not in Path(f"/proc/{one.pid}/cmdline").read_text("utf-8")
        assert os.getsid(one.pid) == one.pid, "what ends our session does not reach it"
    gate.touch()
    assert outcome(one).outcome.status is Status.OK


def test_a_listener_that_goes_is_no_reason_to_stop(world, gate):
    program = [sys.executable, str(GATED), "--config", str(world.config), "run"]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as listener:
        listener.stdin.write(wire.line(wire.ORDER, wire.Order(verb="backup", request=BackupRequest())))
        listener.stdin.flush()
        assert listener.stdout.readline()
        for stream in (listener.stdin, listener.stdout, listener.stderr):
            stream.close()
        gate.touch()
        code = listener.wait(SOON_S)

    assert code == 0
    [made] = world.model().listing().sets
    assert made.status == "completed"
