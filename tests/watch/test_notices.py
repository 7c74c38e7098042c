"""Notices through real servers: who hears of what, how often, and what becomes of those that can't be sent."""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import shutil
import ssl
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from support.faults import FaultyFiles
from support.world import World, quiet
from watch.servers import Sink, free_port, http_sink, mail_server

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import Refused
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import Origin, Outcome, Problem, Severity, Status, VerifyRequest
from rexus.modules.backup.base.texts import sentence
from rexus.modules.backup.watch import channels
from rexus.modules.backup.watch.after import Ending, Watching, tell
from rexus.modules.backup.watch.outbox import undelivered

TOKEN = "tk-9f8e7d6c5b4a"
PASSWORD = "cl4ve/de:correo@x%20"
NOW = datetime(2025, 8, 6, 14, 30, tzinfo=UTC)
SENT = {"failure", "warning", "success"}
EXCUSE = "esto-no-debe-verse-987"
"""A secret of the host, which `.env` holds."""


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def later(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture
def sink():
    with http_sink() as one:
        yield one


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")


def world_with(folder: Path, *channels: dict[str, Any], env: str = "", **notices: Any) -> World:
    """A world that tells by ``channels``; ``env`` is appended to its secrets."""
    folder.mkdir(exist_ok=True)
    settings = {"channels": list(channels), "timeout_s": 30, **notices}
    world = World(folder, rows=20, notices=settings).build()
    (folder / ".env").write_text(f"CLAVE_DEL_ERP={EXCUSE}\n{env}\n", "utf-8")
    return world


def by_address(name: str = "aviso", on: tuple[str, ...] = ("failure", "warning", "digest"), **more: Any):
    return {"name": name, "variable": f"AVISO_{name.upper()}", "on": list(on), **more}


def address_of(sink: Sink | int, name: str = "aviso") -> str:
    place = sink.place if isinstance(sink, Sink) else f"127.0.0.1:{sink}"
    return f"AVISO_{name.upper()}=json://quien:{TOKEN}@{place}/gancho/{TOKEN}\n"


def failed(code: str = "source.unreadable", **values: str | int) -> Outcome:
    return Outcome(status=Status.FAILED, problems=(Problem(code=code, values=dict(values)),))


def done(*names: str, problems: tuple[Problem, ...] = ()) -> Outcome:
    status = Status.WARNINGS if problems else Status.OK
    return Outcome(status=status, proof=tuple(f"{one}:content:00" for one in names), problems=problems, set="s")


class Told:
    """Tells endings of the world by a clock of its own."""

    def __init__(self, world: World) -> None:
        self.clock = Watch()
        self.world = world
        (world.root / "logs").mkdir(parents=True, exist_ok=True)
        self.files = None

    def watching(self) -> Watching:
        return self.world.model(self.files, self.clock)._watching()

    def __call__(self, outcome: Outcome, action: str = "backup", origin: Origin = Origin.SCHEDULED):
        ending = Ending(action=action, origin=origin, who="schedule", outcome=outcome)
        return tell(ending, self.watching())


def test_a_failed_backup_is_told_with_what_is_safe_and_what_to_do(tmp_path, sink):
    world = world_with(tmp_path / "w", by_address(), env=address_of(sink))
    world.database("users").write_bytes(b"no es una base de datos" * 100)

    result = world.backup()

    assert result.outcome.status is Status.FAILED
    [asked] = sink.asked
    assert asked.json["type"] == "failure"
    assert asked.json["title"].startswith("Copia: FALLÓ") or "FAILED" in asked.json["title"]
    assert "users" in asked.json["message"]
    assert str(world.root) in asked.json["message"]
    assert undelivered(world.root) == 0


def test_a_backup_that_went_well_is_told_only_to_those_who_want_that(tmp_path, sink):
    channels = by_address("todo", tuple(SENT)), by_address("fallos", ("failure",))
    env = address_of(sink, "todo") + address_of(sink, "fallos")
    world = world_with(tmp_path / "w", *channels, env=env)

    assert world.backup().outcome.status is Status.OK

    assert [one.json["type"] for one in sink.asked] == ["success"]


@pytest.mark.parametrize(
    ("status", "origin", "event"),
    [
        (Status.OK, Origin.MANUAL, "success"),
        (Status.WARNINGS, Origin.MANUAL, "warning"),
        (Status.FAILED, Origin.MANUAL, "failure"),
        (Status.INTERRUPTED, Origin.CATCH_UP, "failure"),
        (Status.REFUSED, Origin.SCHEDULED, "failure"),
        (Status.REFUSED, Origin.MANUAL, None),
        (Status.SKIPPED, Origin.SCHEDULED, "warning"),
        (Status.BUSY, Origin.MANUAL, None),
        (Status.CANCELLED, Origin.SCHEDULED, None),
    ],
)
def test_every_ending_is_told_as_what_it_is(status, origin, event, tmp_path, sink):
    told = Told(world_with(tmp_path / "w", by_address(on=tuple(SENT)), env=address_of(sink)))
    severity = Severity.WARNING if status is Status.WARNINGS else Severity.ERROR
    problems = () if status is Status.OK else (Problem(code="source.missing", severity=severity),)

    assert told(Outcome(status=status, proof=("users:content:0",), problems=problems), origin=origin) == ()

    assert [one.json["type"] for one in sink.asked] == ([event] if event else [])


def test_the_same_trouble_is_told_again_after_the_agreed_hours_and_its_end_once(tmp_path, sink):
    told = Told(world_with(tmp_path / "w", by_address(), env=address_of(sink), repeat_hours=24))
    trouble = failed("source.missing", database="users", path="/d/users.db")

    for _ in range(5):
        told(trouble)
        told.clock.later(hours=1)
    assert len(sink.asked) == 1
    told.clock.later(hours=20)
    told(trouble)
    assert len(sink.asked) == 2
    again = sink.asked[1].json["message"]
    assert f"{NOW.astimezone():%Y-%m-%d %H:%M}" in again
    assert " 6 " in again

    told(done("inventario"))  # says nothing of the other database
    assert len(sink.asked) == 2
    told(done("users", "inventario"))
    assert sink.asked[2].json["type"] == "success"
    over = sink.asked[2].json["message"]
    assert ": " + sentence(trouble.problems[0]).message in over
    assert "✓" not in over, "what is no longer so is nothing good that is so"
    told(done("users"))
    assert len(sink.asked) == 3
    told(trouble)
    assert len(sink.asked) == 4


def test_other_trouble_of_another_database_or_code_is_told_at_once(tmp_path, sink):
    told = Told(world_with(tmp_path / "w", by_address(), env=address_of(sink)))

    told(failed("source.missing", database="users"))
    told(failed("source.missing", database="inventario"))
    told(failed("source.unreadable", database="inventario"))
    told(failed("source.missing", database="inventario"), action="verify")

    assert len(sink.asked) == 4


def test_what_gets_worse_is_told_at_once(tmp_path, sink):
    told = Told(world_with(tmp_path / "w", by_address(), env=address_of(sink)))
    warning = Problem(code="disk.low", severity=Severity.WARNING)

    told(done("users", problems=(warning,)))
    told(failed("disk.low"))
    told(failed("disk.low"))

    assert [one.json["type"] for one in sink.asked] == ["warning", "failure"]


def test_a_clock_that_was_ahead_does_not_silence_anything(tmp_path, sink):
    told = Told(world_with(tmp_path / "w", by_address(), env=address_of(sink)))
    told.clock.later(days=400)
    told(failed("source.missing", database="users"))
    told.clock.later(days=-400)

    told(failed("source.missing", database="users"))

    assert len(sink.asked) == 2


def test_what_can_not_be_sent_is_a_warning_is_kept_and_is_sent_with_the_next_run(tmp_path):
    port = free_port()
    world = world_with(tmp_path / "w", by_address(on=("failure", "success")), env=address_of(port))

    first = world.backup()

    assert first.outcome.status is Status.WARNINGS
    assert [one.code for one in first.outcome.problems if one.severity is not Severity.INFO] == ["notice.unsent"]
    assert undelivered(world.root) == 1
    with http_sink(port) as sink:
        assert world.backup().outcome.status is Status.OK
        assert len(sink.asked) == 2
    assert undelivered(world.root) == 0
    assert_no_secret(world)


def test_an_error_of_the_server_is_told_with_its_number(tmp_path, sink):
    told = Told(world_with(tmp_path / "w", by_address(), env=address_of(sink)))
    sink.answers = [500]

    [problem] = told(failed())

    assert (problem.code, problem.severity, "500" in str(problem.values["why"])) == (
        "notice.unsent",
        Severity.WARNING,
        True,
    )


def test_a_silent_server_holds_nothing_up_for_longer_than_agreed(tmp_path, sink):
    told = Told(world_with(tmp_path / "w", by_address(), timeout_s=1, env=address_of(sink)))
    sink.silent = True

    [problem] = told(failed())

    assert (problem.code, problem.values["seconds"]) == ("notice.slow", 1)
    assert not [one for one in threading.enumerate() if "ThreadPool" in one.name], "the end would wait for it"
    assert undelivered(told.world.root) == 1
    sink.silent = False
    sink.released.set()
    told(done("users"))
    assert undelivered(told.world.root) == 0


def test_one_channel_that_fails_does_not_keep_the_others_from_it(tmp_path, sink):
    channels = by_address("roto"), by_address("bueno"), by_address("sin"), by_address("mudo", enabled=False)
    env = address_of(free_port(), "roto") + address_of(sink, "bueno") + "AVISO_SIN=nada://que valga\n"
    told = Told(world_with(tmp_path / "w", *channels, env=env))

    problems = told(failed())

    assert [(one.code, one.values["channel"]) for one in problems] == [
        ("notice.unsent", "roto"),
        ("notice.bad_address", "sin"),
    ]
    assert len(sink.asked) == 1


def test_a_missing_secret_is_named_and_found_in_the_environment_too(tmp_path, sink, monkeypatch):
    told = Told(world_with(tmp_path / "w", by_address()))

    [problem] = told(failed())

    assert (problem.code, problem.values["variable"]) == ("notice.no_secret", "AVISO_AVISO")
    monkeypatch.setenv("AVISO_AVISO", address_of(sink).partition("=")[2])
    told(failed())
    assert len(sink.asked) == 1


@pytest.mark.filterwarnings("ignore:Session.login_data")  # the server's own
def test_mail_goes_signed_in_to_everybody_named(tmp_path):
    port = free_port()
    email = {
        "server": "127.0.0.1",
        "port": port,
        "security": "none",
        "user": "copias",
        "variable": "SMTP_PASSWORD",
        "sender": "copias@empresa.example",
        "recipients": ["ana@empresa.example", "luis@empresa.example"],
    }
    world = world_with(
        tmp_path / "w", {"name": "correo", "email": email}, timeout_s=30, env=f"SMTP_PASSWORD='{PASSWORD}'"
    )
    told = Told(world)
    with mail_server(port, PASSWORD) as box:
        assert told(failed("source.missing", database="users", path="/d/año.db")) == ()
    assert sorted(one for each in box.envelopes for one in each.rcpt_tos) == email["recipients"]
    assert set(box.signed_in) == {True}
    mail = box.mails[0]
    assert mail["From"].addresses[0].addr_spec == "copias@empresa.example"
    assert "/d/año.db" in mail.get_body().get_content()
    assert_no_secret(world)


@pytest.mark.filterwarnings("ignore:Session.login_data")  # the server's own
def test_mail_with_a_wrong_password_or_to_nobody_there_is_unsent(tmp_path):
    port = free_port()
    email = {"server": "127.0.0.1", "port": port, "security": "none", "user": "c", "recipients": ["a@b.example"]}
    world = world_with(
        tmp_path / "w", {"name": "correo", "email": email}, timeout_s=30, env=f"SMTP_PASSWORD='{PASSWORD}'"
    )
    told = Told(world)

    assert [one.code for one in told(failed())] == ["notice.unsent"]
    with mail_server(port, "otra"):
        assert [one.code for one in told(failed("source.missing"))] == ["notice.unsent"]
    assert undelivered(world.root) == 2
    assert_no_secret(world)


OF_MANY_LETTERS = "contraseña/ß€:@x%20 日本 ☂"


def mailing(folder: Path, port: int, **more: Any) -> World:
    """A world that tells by mail, with a password of letters that are not ASCII's."""
    email = {"server": "127.0.0.1", "port": port, "security": "none", "user": "señora", "recipients": ["a@b.example"]}
    email |= more
    return world_with(
        folder, {"name": "correo", "email": email}, timeout_s=30, env=f"SMTP_PASSWORD='{OF_MANY_LETTERS}'"
    )


@pytest.mark.filterwarnings("ignore:Session.login_data")  # the server's own
@pytest.mark.parametrize("way", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_a_password_of_any_letters_signs_in(way, tmp_path):
    port = free_port()
    world = mailing(tmp_path / "w", port)
    told = Told(world)
    with mail_server(port, OF_MANY_LETTERS, ways=(way,)) as box:
        assert told(failed()) == ()
    assert box.signed_in == [True]
    assert len(box.mails) == 1
    assert OF_MANY_LETTERS not in "".join(one.read_text("utf-8") for one in world.root.rglob("*") if one.is_file())


@pytest.mark.filterwarnings("ignore:Session.login_data")  # the server's own
def test_so_does_one_in_an_address(tmp_path):
    port = free_port()
    account = f"mailto://copias:{quote(OF_MANY_LETTERS, safe='')}@127.0.0.1:{port}?to=a@b.example&from=c@b.example"
    told = Told(world_with(tmp_path / "w", by_address(), timeout_s=30, env=f"AVISO_AVISO='{account}'"))
    with mail_server(port, OF_MANY_LETTERS) as box:
        assert told(failed()) == ()
    assert box.signed_in == [True]


@pytest.mark.filterwarnings("ignore:Session.login_data")  # the server's own
def test_a_wrong_one_is_refused_by_the_server_and_never_shown(tmp_path, caplog):
    port = free_port()
    told = Told(mailing(tmp_path / "w", port))
    with mail_server(port, "otra contraseña") as box:
        (problem,) = told(failed())
    assert (problem.code, box.signed_in) == ("notice.unsent", [False, False])
    assert "535" in sentence(problem).message
    assert "contraseña" not in sentence(problem).message + caplog.text


def test_without_a_way_to_sign_in_that_is_the_reason(tmp_path):
    port = free_port()
    told = Told(mailing(tmp_path / "w", port))
    with mail_server(port) as box:
        (problem,) = told(failed())
    assert (problem.code, box.mails) == ("notice.unsent", [])


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
@pytest.mark.filterwarnings("ignore:Session.login_data")  # the server's own
def test_it_signs_in_over_tls_as_well(tmp_path, monkeypatch):
    key, certificate, port = tmp_path / "clave.pem", tmp_path / "cert.pem", free_port()
    order = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    order += ["-keyout", str(key), "-out", str(certificate), "-days", "3650", "-subj", "/CN=127.0.0.1"]
    subprocess.run([*order, "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    told = Told(mailing(tmp_path / "w", port, security="ssl"))
    with mail_server(port, OF_MANY_LETTERS, tls=context) as box:
        assert told(failed()) == ()
    assert (box.signed_in, len(box.mails)) == ([True], 1)


def test_nobody_elses_mail_is_touched():
    import smtplib

    channels._library()
    assert smtplib.SMTP.__module__ == smtplib.SMTP.login.__module__ == "smtplib"


def test_mail_is_never_sent_in_the_clear_where_encryption_is_set(tmp_path):
    port = free_port()
    email = {"server": "127.0.0.1", "port": port, "recipients": ["a@b.example"]}
    told = Told(world_with(tmp_path / "w", {"name": "correo", "email": email}))
    with mail_server(port) as box:  # offers no STARTTLS at all
        assert [one.code for one in told(failed())] == ["notice.unsent"]
        assert box.envelopes == []


def assert_no_secret(world: World) -> None:
    """No file below the root holds a secret in any form."""
    for path in world.root.rglob("*"):
        if path.is_file() and path.parent.name in ("logs", "outbox"):
            text = path.read_text("utf-8")
            for secret in (TOKEN, PASSWORD, EXCUSE, "cl4ve"):
                assert secret not in text, path


def test_no_secret_is_in_any_notice_log_state_or_outbox(tmp_path, sink, caplog):
    world = world_with(tmp_path / "w", by_address(), by_address("roto"), env=address_of(sink) + address_of(9, "roto"))
    caplog.set_level(logging.DEBUG)
    told = Told(world)

    with world.model()._parts.log():
        problems = told(failed("source.missing", database="users", path=f"/{EXCUSE}/x"))

    assert EXCUSE not in sink.asked[0].body
    assert TOKEN not in sink.asked[0].body
    assert_no_secret(world)
    assert TOKEN not in "".join(one.getMessage() for one in caplog.records) + repr(problems)


def test_a_test_goes_through_every_enabled_channel(tmp_path, sink):
    channels = by_address("uno"), by_address("dos", ("success",)), by_address("tres", enabled=False)
    world = world_with(tmp_path / "w", *channels, env=address_of(sink, "uno") + address_of(sink, "dos"))

    outcome = world.model().notify_test("ana")

    assert (outcome.status, outcome.proof) == (Status.OK, ("notice:uno", "notice:dos"))
    assert [one.json["type"] for one in sink.asked] == ["info", "info"]
    assert not world.root.exists()


def test_a_test_that_fails_says_so_and_keeps_nothing(tmp_path, sink):
    channels = by_address("uno"), by_address("dos")
    world = world_with(tmp_path / "w", *channels, env=address_of(sink, "uno") + address_of(free_port(), "dos"))
    world.root.mkdir()

    assert world.model().notify_test("ana").status is Status.WARNINGS
    sink.answers = [503]
    outcome = world.model().notify_test("ana")

    assert (outcome.status, outcome.proof, len(outcome.problems)) == (Status.FAILED, (), 2)
    assert undelivered(world.root) == 0


def test_without_channels_a_test_is_refused_and_jobs_import_nothing(tmp_path):
    world = World(tmp_path / "w", rows=5)
    (tmp_path / "w").mkdir()
    world.build()

    with pytest.raises(Refused) as refused:
        world.model().notify_test("ana")

    assert refused.value.code == "notice.no_channels"
    world.backup(files=False)
    assert not (world.root / "logs/notices.json").exists()


def test_the_summary_says_how_many_are_protected_and_goes_to_those_who_want_it(tmp_path, sink):
    channels = by_address("uno"), by_address("dos", ("failure",))
    world = world_with(tmp_path / "w", *channels, env=address_of(sink, "uno") + address_of(sink, "dos"))
    world.backup()
    world.model().verify(VerifyRequest(all=True), quiet, CancelToken())

    outcome = world.model().digest()

    assert (outcome.status, outcome.proof) == (Status.OK, ("notice:uno",))
    message = sink.asked[-1].json["message"]
    assert message.startswith("3 ") or message.startswith("0 ")
    assert all(name in message for name in ("users", "inventario", "auditoria"))


def test_a_summary_that_nobody_wants_is_skipped(tmp_path):
    world = world_with(tmp_path / "w", by_address(on=("failure",)))
    outcome = world.model().digest()
    assert (outcome.status, [one.code for one in outcome.problems]) == (Status.SKIPPED, ["notice.no_digest"])


def test_a_summary_that_can_not_be_sent_is_a_warning(tmp_path):
    told = Told(world_with(tmp_path / "w", by_address(), env=address_of(free_port())))
    outcome = told.world.model(clock=told.clock).digest()

    assert (outcome.status, [one.code for one in outcome.problems]) == (Status.WARNINGS, ["notice.unsent"])
    assert undelivered(told.world.root) == 1


def test_whatever_fails_on_the_disk_people_are_told(tmp_path):
    """The failure notice leaves even when the folder is full: each change of a file fails in turn."""
    for number in range(1, 30):
        with http_sink() as sink:
            told = Told(world_with(tmp_path / str(number), by_address(), env=address_of(sink)))
            told.files = FaultyFiles(RealFiles(), number, OSError(errno.ENOSPC, "lleno"))
            told(failed("source.missing", database="users"))
            assert len(sink.asked) == 1, number
            if not told.files.failed:
                break
    assert 3 < number < 29


class Died(BaseException):
    """The process is gone."""


def test_wherever_the_process_dies_people_are_told_by_the_next_run(tmp_path):
    for number in range(1, 40):
        with http_sink() as sink:
            told = Told(world_with(tmp_path / str(number), by_address(), env=address_of(sink)))
            told.files = FaultyFiles(RealFiles(), number, Died())
            with contextlib.suppress(Died):
                told(failed("source.missing", database="users"))
            over = not told.files.failed
            told.files = None
            told.clock.later(minutes=5)
            told(failed("source.missing", database="users"))
            assert len(sink.asked) in (1, 2), number
            assert undelivered(told.world.root) == 0
            assert not list(told.world.root.rglob("*.partial")), number
            if over:
                break
    assert 3 < number < 39


def test_without_the_backup_folder_people_are_told_and_nothing_is_made(tmp_path, sink):
    told = Told(world_with(tmp_path / "w", by_address(), env=address_of(sink)))
    (told.world.root / "logs").rmdir()
    told.world.root.rmdir()

    told(failed())

    assert len(sink.asked) == 1
    assert not told.world.root.exists()


def test_a_notice_whose_sender_died_is_sent_later_and_the_heap_is_bounded(tmp_path):
    port = free_port()
    told = Told(world_with(tmp_path / "w", by_address(), env=address_of(port)))
    outbox = told.world.root / "logs/outbox"
    for number in range(60):
        told(failed("source.missing", database=f"d{number}"))
        told.clock.later(minutes=1)
    assert undelivered(told.world.root) == 50
    newest = max(outbox.iterdir())
    for path in outbox.iterdir():
        if path != newest:
            path.unlink()
    dying = json.loads(newest.read_text("utf-8"))
    dying["until"] = (told.clock.now() + timedelta(seconds=62)).isoformat()
    newest.write_text(json.dumps(dying), "utf-8")
    (outbox / "x.json.partial").write_text("{", "utf-8")
    (outbox / "y.json").write_text("{", "utf-8")

    with http_sink(port) as sink:
        told(done("users"))
        assert sink.asked == []
        told.clock.later(minutes=2)
        told(failed("other.thing"))
        assert len(sink.asked) == 2
    assert list(outbox.iterdir()) == []


def test_what_waits_is_owner_only(tmp_path):
    told = Told(world_with(tmp_path / "w", by_address(), env=address_of(free_port())))
    told(failed())
    [path] = (told.world.root / "logs/outbox").iterdir()
    if os.name == "posix":
        assert path.stat().st_mode & 0o077 == 0
    with contextlib.suppress(json.JSONDecodeError):
        assert set(json.loads(path.read_text("utf-8"))) >= {"channel", "title", "text", "at", "tries"}
