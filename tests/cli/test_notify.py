"""The verb notify, in a process of its own: a real test notice, and its ways to fail."""

from __future__ import annotations

import pytest
from cli.command_line import CommandLine
from watch.servers import free_port, http_sink
from watch.test_notices import TOKEN, address_of, by_address, world_with

NO_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch):
    for name, value in NO_KEYRING.items():
        monkeypatch.setenv(name, value)


def test_a_test_notice_arrives_and_is_told(tmp_path):
    with http_sink() as sink:
        run = CommandLine(world_with(tmp_path / "w", by_address(), timeout_s=20, env=address_of(sink)).config)

        assert run.json("notify", "test") == {"status": "ok", "problems": [], "sent": ["aviso"]}
        assert "aviso" in run("notify", "test").out
        assert len(sink.asked) == 2


def test_a_notice_that_is_not_taken_ends_with_2_and_shows_no_secret(tmp_path):
    world = world_with(tmp_path / "w", by_address(), timeout_s=20, env=address_of(free_port()))

    ran = CommandLine(world.config)("notify", "test", "--json", "--debug")

    assert (ran.code, ran.codes) == (2, {"notice.trial_unsent"})
    assert [one["severity"] for one in ran.json["problems"]] == ["error"], "what was asked for failed"
    assert "notify test" not in ran.out.partition('"code"')[2], "advice to do what was just done"
    assert TOKEN not in ran.out + ran.err


@pytest.mark.parametrize(("status", "told"), [(401, "(401)"), (403, "(403)"), (404, "(404)"), (503, "(503)")])
def test_what_a_service_answers_is_told_in_words_and_the_raw_text_is_a_value(tmp_path, status, told):
    with http_sink() as sink:
        sink.answers = [status]
        run = CommandLine(world_with(tmp_path / "w", by_address(), timeout_s=20, env=address_of(sink)).config)
        ran = run("notify", "test", "--json", "--lang", "en")
    (problem,) = ran.json["problems"]

    assert told in problem["message"]
    assert "error=" not in problem["message"] + problem["fix"]
    assert f"error={status}" in problem["values"]["why"]


def test_switches_are_looked_at_but_not_signalled_by_a_test(tmp_path):
    with http_sink() as sink:
        pings = [{"variable": "LATIDO"}, {"variable": "OTRO"}, {"variable": "MALO"}]
        env = address_of(sink) + f"LATIDO=http://{sink.place}/ping\nMALO=ftp://x/y\n"
        run = CommandLine(world_with(tmp_path / "w", by_address(), timeout_s=20, env=env, pings=pings).config)
        ran = run("notify", "test", "--json")

        assert (ran.code, ran.codes) == (1, {"ping.untested", "ping.no_secret", "ping.bad_address"})
        assert len(sink.asked) == 1
        assert "LATIDO" in run("notify", "test").err


@pytest.mark.parametrize("words", [("notify",), ("notify", "tset")])
def test_other_words_are_refused(words, tmp_path):
    ran = CommandLine(world_with(tmp_path / "w").config)(*words, "--json")
    assert ran.code == 3


def test_without_channels_it_is_refused(tmp_path):
    ran = CommandLine(world_with(tmp_path / "w").config)("notify", "test", "--json")
    assert (ran.code, ran.codes) == (3, {"notice.no_channels"})
