"""Dead man's switches on loopback: what is asked for when, with what, and what trouble comes to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from support.world import quiet
from watch.servers import free_port, http_sink
from watch.test_notices import EXCUSE, Told, address_of, by_address, done, failed, world_with

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.records import Outcome, Problem, Severity, Status
from rexus.modules.backup.base.watching import Occurrence
from rexus.modules.backup.jobs.logs import log_path
from rexus.modules.backup.watch.outbox import undelivered
from rexus.modules.backup.watch.pings import Pings

PAIR = [{"variable": "LATIDO"}, {"variable": "OTRO", "schedules": ["monthly_drill"]}]
UUID = "0b5c1a9e-77aa-4f0e"
AT = datetime(2025, 8, 6, 2, 0, tzinfo=UTC)
BUSY = Problem(code="root.busy", values={"verb": "restore", "who": "ana", "host": "h", "since": "x", "pid": 1})


def due(action: str = "backup", schedule: str = "daily_full") -> Occurrence:
    return Occurrence(schedule=schedule, action=action, wall="2025-08-06T02:00", at=AT, utc=AT)


@pytest.fixture
def sink():
    with http_sink() as one:
        yield one


def switch(
    tmp_path, port: int, *channels, env: str = "", query: str = "", timeout_s: float = 30, **ping
) -> tuple[Pings, Told]:
    """A switch at ``port``, and whoever tells of endings in the same world."""
    pings = [{"variable": "LATIDO", **ping}]
    env += f"LATIDO=http://127.0.0.1:{port}/ping/{UUID}{query}\n"
    told = Told(world_with(tmp_path / "w", *channels, env=env, pings=pings, timeout_s=timeout_s))
    return Pings(told.watching(), pause=lambda _: None), told


@pytest.mark.parametrize(
    ("outcome", "end"),
    [
        (done("users"), ""),
        (done("users", problems=(Problem(code="disk.low", severity=Severity.WARNING),)), ""),
        (failed(), "/fail"),
        (Outcome(status=Status.INTERRUPTED), "/fail"),
        (Outcome(status=Status.REFUSED), "/fail"),
        (Outcome(status=Status.CANCELLED), "/log"),
    ],
)
def test_start_and_end_of_a_run_are_signalled(outcome, end, tmp_path, sink):
    pings, _ = switch(tmp_path, sink.server_port)

    assert (pings.started(due()), pings.ended(due(), outcome)) == ((), ())

    assert sink.paths == [f"/ping/{UUID}/start", f"/ping/{UUID}{end}"]


def test_a_run_that_did_not_take_place_is_no_success_and_people_hear_of_it(tmp_path, sink):
    with http_sink() as people:
        pings, _ = switch(tmp_path, sink.server_port, by_address(), env=address_of(people))
        pings.started(due())

        assert pings.skipped(due(), BUSY) == ()

        assert sink.paths == [f"/ping/{UUID}/start", f"/ping/{UUID}/log"]
        assert [one.json["type"] for one in people.asked] == ["warning"]
        assert "ana" in people.asked[0].json["message"]


def test_the_signal_holds_the_reasons_and_the_end_of_the_log_without_secrets(tmp_path, sink):
    pings, told = switch(tmp_path, sink.server_port)
    path = log_path(told.world.root / "logs", told.clock.now())
    path.parent.mkdir(exist_ok=True)
    path.write_text("a" * 20_000 + f"\nla última línea {EXCUSE} {UUID}\n", "utf-8")

    pings.ended(due(), failed("source.missing", path="/d/año.db"))

    body = sink.asked[0].body
    assert "/d/año.db" in body
    assert "la última línea" in body
    assert EXCUSE not in body
    assert len(body.encode()) < 15_000


def test_no_secret_of_another_switch_or_channel_leaves_with_the_log(tmp_path, sink, monkeypatch):
    monkeypatch.setenv("OTRO", "https://otro.example/secreto-de-otro")
    monkeypatch.setenv("AVISO_SESION", "json://quien:clave-de-sesion@x/y")
    channel = by_address("sesion")
    told = Told(world_with(tmp_path / "w", channel, env=f"LATIDO=http://{sink.place}/ping", pings=PAIR))
    path = log_path(told.world.root / "logs", told.clock.now())
    path.write_text("https://otro.example/secreto-de-otro json://quien:clave-de-sesion@x/y fin\n", "utf-8")

    Pings(told.watching()).ended(due(), failed())

    body = sink.asked[0].body
    assert "fin" in body
    assert "secreto-de-otro" not in body and "clave-de-sesion" not in body


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED, Status.INTERRUPTED])
def test_what_was_stopped_is_not_said_to_have_failed(status, tmp_path, sink):
    pings, _ = switch(tmp_path, sink.server_port)
    pings.ended(due(), Outcome(status=status, problems=(Problem(code="cancelled"),)))

    assert ("FALL" in sink.asked[0].body) == (status is Status.FAILED)


def test_only_the_named_schedules_are_signalled_and_all_full_backups_where_none_is(tmp_path, sink):
    pings, _ = switch(tmp_path, sink.server_port, schedules=["monthly_drill"])
    (tmp_path / "x").mkdir()
    others, _ = switch(tmp_path / "x", sink.server_port)

    pings.started(due())
    pings.started(due("drill", "monthly_drill"))
    assert len(sink.asked) == 1
    others.started(due("verify", "weekly_verification"))
    for action in ("backup", "differential", "log"):  # a log minutes later must not hide that a full one failed
        others.started(due(action, "otra"))
    assert len(sink.asked) == 2
    pings.started(due("log", "monthly_drill"))
    assert len(sink.asked) == 3


@pytest.mark.parametrize(("status", "first"), [(Status.FAILED, "exit=2"), (Status.REFUSED, "exit=3")])
def test_a_failure_carries_the_exit_code(status, first, tmp_path, sink):
    pings, _ = switch(tmp_path, sink.server_port)
    pings.ended(due(), Outcome(status=status, problems=(BUSY,)))
    pings.ended(due(), done("users"))

    assert sink.asked[0].body.splitlines()[0] == first
    assert not sink.asked[1].body.startswith("exit=")


def test_a_query_stays_behind_the_path(tmp_path, sink):
    pings, _ = switch(tmp_path, sink.server_port, query="?create=1")
    pings.started(due())
    assert sink.paths == [f"/ping/{UUID}/start?create=1"]


def test_a_passing_error_is_tried_again_a_refusal_is_not(tmp_path, sink):
    pings, _ = switch(tmp_path, sink.server_port)
    sink.answers = [500, 429]
    assert pings.started(due()) == ()
    assert len(sink.asked) == 3

    sink.answers = [404]
    [problem] = pings.started(due())
    assert (problem.code, problem.severity, problem.values["why"]) == ("ping.unsent", Severity.WARNING, "HTTP 404")
    assert len(sink.asked) == 4

    sink.answers = [500, 500, 500]
    assert [one.values["why"] for one in pings.started(due())] == ["HTTP 500"]


def test_a_switch_that_is_down_or_silent_is_a_warning_that_does_not_hold_its_address(tmp_path, sink):
    down, told = switch(tmp_path, free_port())
    [problem] = down.started(due())
    assert problem.code == "ping.unsent"
    assert UUID not in repr(problem)

    (tmp_path / "x").mkdir()
    silent, _ = switch(tmp_path / "x", sink.server_port, timeout_s=1)
    sink.silent = True
    [slow] = silent.started(due())
    assert (slow.code, slow.values["seconds"]) == ("ping.slow", 1)
    assert not list(told.world.root.rglob("outbox"))


@pytest.mark.parametrize("address", ["", "ftp://x/y", "file:///etc/passwd", "no es nada", "http://[::1"])
def test_what_is_no_address_is_named_by_its_variable(address, tmp_path):
    told = Told(world_with(tmp_path / "w", env=f"LATIDO={address}", pings=[{"variable": "LATIDO"}]))
    [problem] = Pings(told.watching()).started(due())
    assert problem.code == ("ping.bad_address" if address else "ping.no_secret")
    assert problem.values == {"variable": "LATIDO"}


def test_a_scheduled_run_signals_and_tells_from_end_to_end(tmp_path, sink):
    """The real runner and door: nothing is due when they first look, a day later the backup is."""
    with http_sink() as people:
        _, told = switch(
            tmp_path, sink.server_port, by_address(on=("success",)), env=address_of(people), schedules=["daily_full"]
        )
        told.world.model(clock=told.clock).run_due("prueba", quiet, CancelToken())
        assert (sink.paths, people.paths) == ([], [])
        told.clock.later(days=1)

        runs = told.world.model(clock=told.clock).run_due("prueba", quiet, CancelToken())

        assert "daily_full" in {one.schedule for one in runs}
        assert sink.paths == [f"/ping/{UUID}/start", f"/ping/{UUID}"]
        assert "success" in {one.json["type"] for one in people.asked}


def test_what_waits_is_sent_again_by_a_tick_with_nothing_due(tmp_path, sink):
    with http_sink() as people:
        _, told = switch(tmp_path, sink.server_port, by_address(), env=address_of(people))
        people.answers = [500]
        assert [one.code for one in told(failed())] == ["notice.unsent"]

        told.world.model(clock=told.clock).run_due("prueba", quiet, CancelToken())

        assert len(people.asked) == 2
        assert undelivered(told.world.root) == 0
