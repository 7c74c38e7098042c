"""People read titles and words, where programs use names of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.base import called, texts
from rexus.modules.backup.base.records import Problem
from rexus.modules.backup.config.roles import Right, least
from rexus.modules.backup.config.settings import Settings


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    before = texts.language()
    texts.use_language("en")
    yield
    texts.use_language(before)


def said(code: str, **values: str | int) -> str:
    return texts.sentence(Problem(code=code, values=values)).message


def test_every_schedule_of_the_factory_has_a_title() -> None:
    names = [one.name for one in Settings().schedules]

    assert names
    assert not [name for name in names if texts.schedule_title(name) == name or "_" in texts.schedule_title(name)]


@given(st.text(min_size=1).filter(lambda name: name not in called._SCHEDULES))
def test_a_schedule_that_somebody_named_is_called_as_they_wrote_it(name: str) -> None:
    assert texts.schedule_title(name) == name


def test_sentences_say_the_title() -> None:
    told = said("health.skipped", schedule="daily_full", since="2026-01-02T03:04:05+00:00", why="…")

    assert told.startswith("«Daily copy» was left out")
    assert "«noche» waited" in said("schedule.not_ready", schedule="noche", minutes=3)
    told = said("health.not_firing", names="noche, weekly_verification", since="2026-01-02T03:04:05+00:00", count=2)
    assert "noche, Weekly check" in told
    assert said("health.unprotected", names="daily_full", count=1, total=1).endswith("daily_full (1 of 1).")


def test_who_ordered_by_itself_and_what_is_told_in_words() -> None:
    values = {"host": "srv", "since": "2026-01-02T03:04:05+00:00", "pid": 7}
    told = said("root.busy", verb="verify", who=called.BY_SCHEDULE, **values)

    assert "verification by the schedules on srv" in told
    assert "backup by ana on srv" in said("root.busy", verb="backup", who="ana", **values)


@pytest.mark.parametrize("what", ["schedule run", "restore --plan", "config change", "prune"])
def test_what_a_role_does_not_allow_is_no_word_of_the_command_line(what: str) -> None:
    told = said("role.denied", who="eva", role="viewer", what=what, needs=least(Right.RUN))

    assert what not in told
    assert "--" not in told


def test_a_verb_that_was_mistyped_stays_as_it_was_typed() -> None:
    assert "«verify»" in said("cli.usage_option", verb="verify", option="--al", nearest="--all")


@pytest.mark.parametrize(("what", "told"), [("config change", "settings changed"), ("drill", "restore test")])
def test_deeds_of_the_trail_are_words(what: str, told: str) -> None:
    assert texts.deed(what) == told


def test_a_deed_that_nobody_has_a_word_for_stays() -> None:
    assert texts.deed("x.y") == "x.y"


def test_whatever_was_refused_has_words_in_the_audit_trail() -> None:
    assert [one for one in called._ORDERS.keys() - called.DEEDS.keys() if texts.deed(one) == one] == []
    assert texts.deed("schedule install") == "having the system run the schedules"


@pytest.mark.parametrize(
    ("usage", "told"),
    [
        ("SET", "<SET>"),
        ("--database NAME=PATH", "--database <NAME>=<PATH>"),
        ("restore [SET] [--to PATH_OR_NAME]", "restore [<SET>] [--to <PATH_OR_NAME>]"),
        ("SET, --all", "<SET>, --all"),
        ("--reset SETTINGS name", "--reset SETTINGS name"),
    ],
)
def test_what_is_to_be_written_in_a_command_is_told_in_the_readers_words(usage: str, told: str) -> None:
    assert called.places(usage, lambda word: f"<{word}>") == told
