"""One copy has one moment: where it is chosen, where it is planned, where it is proven."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from support.world import World, quiet

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.records import BackupRequest, RestoreRequest
from rexus.modules.backup.qt import telling
from rexus.modules.backup.qt.restore_answers import Chosen, Place, home_of
from rexus.modules.backup.qt.restore_facts import title_of
from rexus.modules.backup.qt.restore_what_offer import Offer
from rexus.modules.backup.qt.restore_what_words import choice_of


class Ticking:
    """A clock that goes on by 0.7 s with every look."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        self.at += timedelta(seconds=0.7)
        return self.at


@pytest.fixture
def model(tmp_path):
    world = World(tmp_path, rows=5).build()
    clock = Ticking(datetime.now(UTC) - timedelta(minutes=5))
    world.model(clock=clock).backup(BackupRequest(requested_by="prueba"), quiet, CancelToken())
    return world.model()


@pytest.mark.parametrize("key", [("database", "users"), ("database", "auditoria"), ("everything", "")])
def test_what_was_chosen_is_what_is_said_to_have_come_back(model, key):
    offer = Offer(model.listing(), datetime.now(UTC), model.loaded.database_names)
    line = offer.line(key)
    assert line.latest is not None
    used = line.used(line.latest)
    assert used is not None
    choice = choice_of(*key, line, line.latest, used)
    home = home_of(model, choice)
    again = home_of(model, Chosen(choice.set, choice.database, choice.files, choice.everything))

    assert home.of == again.of == choice.instant
    assert choice.instant > model.show(choice.set).started_at, "the set was begun before its databases"
    title = title_of(home, Place("home"))
    assert telling.clock_time(choice.instant) in title or telling.when(choice.instant) in title, (
        "today, or of another day"
    )


def test_the_plan_counts_what_is_lost_from_that_very_moment(model):
    (one,) = model.listing().sets
    planned = model.plan_restore(RestoreRequest(set=one.set, databases=("users",), overwrite=True))
    began = model.show(one.set).databases["users"].started_at

    assert planned.lost[0].values["since"] == f"{began.astimezone():%Y-%m-%d %H:%M:%S}"
