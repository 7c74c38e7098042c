"""What is remembered of notices: readable whatever the secrets are, and without any of them."""

from __future__ import annotations

import json
import logging
import threading
from datetime import timedelta
from pathlib import Path

import keyring
import keyring.backend
import msgspec
import pytest
from watch.servers import free_port, http_sink
from watch.test_notices import NOW, Told, address_of, by_address, done, failed, world_with

from rexus.modules.backup.base.errors import Failed
from rexus.modules.backup.config.secrets import Secret
from rexus.modules.backup.config.settings import Channel
from rexus.modules.backup.watch import channels, notify
from rexus.modules.backup.watch.outbox import Letter


def telling(folder: Path, env: str = "") -> Told:
    """Tells of a world whose backup folder is in use."""
    told = Told(world_with(folder / "w", by_address(), env=env))
    (told.world.root / "logs").mkdir(parents=True, exist_ok=True)
    return told


WORDS = [
    "DB_LOGIN=users",
    "DB_TIMEOUT=000",
    "PORT=202",
    "MODO=backup",
    "NIVEL=error",
    "CLAVE=source",
    "ESTADO=failure",
    "NOMBRE=incidents",
    "CAMPO=told",
    "RARO=2025-08-06T14:30:00Z",
    'COMILLAS="\\"database\\""',
]


@pytest.fixture
def sink():
    with http_sink() as one:
        yield one


@pytest.mark.parametrize("secret", WORDS)
def test_a_secret_that_is_a_common_word_silences_nothing_and_repeats_nothing(tmp_path, sink, secret):
    told = telling(tmp_path, f"{secret}\n{address_of(sink)}")
    trouble = failed("source.missing", database="users", path="/d/users.db")

    for _ in range(4):
        told(trouble)
        told.clock.later(hours=1)
    assert len(sink.asked) == 1, "the same trouble within the hours agreed"
    told(failed("source.missing", database="inventario"))
    assert len(sink.asked) == 2, "another database"
    told(done("users"))
    assert sink.asked[2].json["type"] == "success"
    told(trouble)
    assert len(sink.asked) == 4


def test_the_state_holds_no_secret_and_all_of_its_dates(tmp_path, sink):
    env = f"A=users\nB=000\nC=2025\n{address_of(sink)}"
    told = telling(tmp_path, env)
    told(failed("source.missing", database="users", path="/d/users.db", since=NOW.isoformat(), bytes=2025))
    text = (told.world.root / "logs" / notify.STATE).read_text("utf-8")

    state = msgspec.json.decode(text, type=notify._State)
    (one,) = state.incidents
    assert (one.first, one.last, one.told) == (NOW, NOW, {"aviso": NOW})
    assert one.problem.values["since"] == NOW.isoformat()
    assert one.problem.values["bytes"] == 2025
    assert one.subject == one.problem.values["database"] == "********"
    assert "users" not in text


class Safe(keyring.backend.KeyringBackend):
    """A keyring that is open."""

    priority = 1  # type: ignore[assignment]

    def __init__(self, **kept: str) -> None:
        super().__init__()
        self.kept = kept

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[username] = password


@pytest.mark.parametrize("place", ["keyring", "environment"])
def test_a_channels_own_secret_is_in_no_notice_wherever_it_is_kept(tmp_path, sink, place, monkeypatch):
    secret = address_of(sink).partition("=")[2].strip()
    before = keyring.get_keyring()
    if place == "keyring":
        keyring.set_keyring(Safe(AVISO_AVISO=secret))
    else:
        monkeypatch.setenv("AVISO_AVISO", secret)
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    try:
        told = telling(tmp_path)
        assert told(failed("source.missing", database="users", path=f"/x {secret} y")) == ()
    finally:
        keyring.set_keyring(before)

    [asked] = sink.asked
    assert "/x ******** y" in asked.json["message"]
    assert secret not in asked.body


def test_what_waits_does_not_hold_the_secret_of_its_channel(tmp_path, monkeypatch):
    secret = address_of(free_port()).partition("=")[2].strip()
    monkeypatch.setenv("AVISO_AVISO", secret)
    told = telling(tmp_path)
    told(failed("source.missing", database="users", path=f"/x {secret} y"))

    [path] = (told.world.root / "logs/outbox").iterdir()
    assert "/x ******** y" in json.loads(path.read_text("utf-8"))["text"]
    state = (told.world.root / "logs" / notify.STATE).read_text("utf-8")
    assert secret not in path.read_text("utf-8") + state


def loggers() -> tuple[object, ...]:
    ours, below = logging.getLogger("apprise"), logging.getLogger("urllib3")
    return ours.level, ours.propagate, below.level, tuple(ours.handlers)


def sending() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "notice"]


def test_loggers_are_as_before_also_when_a_channel_outlives_its_time():
    for one in sending():  # of other tests
        one.join(30)
    before = loggers()
    channel, letter = (
        Channel(name="lento", variable="X"),
        Letter(channel="lento", event="failure", title="t", text="x", at=NOW),
    )
    with http_sink() as slow, http_sink() as quick:
        slow.silent = True
        with pytest.raises(Failed, match="slow"):
            channels.send(channel, letter, Secret(f"json://{slow.place}/x"), 1)
        (thread,) = sending()
        assert not logging.getLogger("apprise").propagate, "it is still at it"
        channels.send(channel, letter, Secret(f"json://{quick.place}/x"), 20)
        assert not logging.getLogger("apprise").propagate
        slow.released.set()
        thread.join(30)
    assert not thread.is_alive()
    assert loggers() == before


def test_what_another_channel_complains_of_is_not_told_of_this_one():
    log = logging.getLogger("apprise")
    heard: list[str] = []
    with channels._listening(heard):
        other = threading.Thread(target=lambda: log.warning("de otro"))
        other.start()
        other.join()
        log.warning("propio")
    assert heard == ["propio"]


def test_after_the_agreed_hours_it_is_told_again_though_a_secret_is_part_of_every_date(tmp_path, sink):
    told = telling(tmp_path, f"PORT=202\n{address_of(sink)}")
    trouble = failed("source.missing", database="users")
    told(trouble)
    told.clock.at += timedelta(hours=25)
    told(trouble)
    assert len(sink.asked) == 2
