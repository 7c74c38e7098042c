"""A set dated in the future takes nobody's place: others are tested and checked, and it can go once it is outlived."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cli.command_line import CommandLine
from support.world import World, quiet

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.records import BackupRequest


class Ahead:
    """A clock that is ahead by so many days."""

    def __init__(self, days: float) -> None:
        self._ahead = timedelta(days=days)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead


class Site:
    def __init__(self, folder) -> None:
        self.world = World(folder, rows=10).build()
        self.run = CommandLine(self.world.config)

    def ahead(self, *names: str, days: float = 90) -> str:
        """Back up while the clock is ahead."""
        asked = BackupRequest(databases=names, files=False, requested_by="prueba")
        made = self.world.model(clock=Ahead(days)).backup(asked, quiet, CancelToken())
        assert made.manifest is not None
        return made.manifest.timestamp

    def now(self, *names: str) -> str:
        return self.run.backup("--no-files", *names)

    def delete(self, name: str):
        return self.run("delete", name, "--yes", name, "--json")


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def test_the_newest_of_today_is_verified_and_tested(site):
    future, present = site.ahead(), site.now()

    assert [one["set"] for one in site.run.json("verify")["sets"]] == [present]
    assert {one["set"] for one in site.run.json("drill")["drills"]} == {present}
    assert {one["set"] for one in site.run.json("drill", "--rotate")["drills"]} == {present}
    assert [one["set"] for one in site.run.json("verify", future)["sets"]] == [future]
    assert {one["set"] for one in site.run.json("drill", "--set", future)["drills"]} == {future}


def test_where_there_is_no_other_it_is_better_than_nothing(site):
    future = site.ahead()

    assert [one["set"] for one in site.run.json("verify")["sets"]] == [future]
    assert {one["set"] for one in site.run.json("drill", "users")["drills"]} == {future}


def test_once_a_proven_set_was_made_after_it_a_person_may_delete_it(site):
    future, present = site.ahead(), site.now()
    ran = site.delete(future)

    assert ran.code == 0, ran.out
    assert [one["set"] for one in site.run.json("list")["sets"]] == [present]


def test_a_set_made_before_it_does_not_let_it_go(site):
    """So it is where the clock was set back: what seems to be of the future is the newest there is."""
    site.now()
    future = site.ahead()
    ran = site.delete(future)

    assert (ran.code, ran.codes) == (3, {"delete.future"})
    assert site.run.json("list")["sets"][0]["set"] == future


def test_every_database_of_it_must_be_outlived(site):
    future = site.ahead()
    site.now("users", "inventario")
    ran = site.delete(future)

    assert (ran.code, ran.codes) == (3, {"delete.future"})
    assert ran.json["problems"][0]["values"]["database"] == "auditoria"
    site.now("auditoria")
    assert site.delete(future).code == 0


def test_a_newer_set_that_is_damaged_does_not_outlive_it(site):
    future, present = site.ahead(), site.now()
    stored = next((site.world.root / "databases").glob(f"users_{present}*"))
    stored.write_bytes(stored.read_bytes()[:-9])
    site.run.json("verify", present, code=2)

    assert site.delete(future).codes == {"delete.future"}


def test_without_the_trail_nobody_knows_in_which_order_they_were_made(site):
    future = site.ahead()
    site.now()
    for one in (site.world.root / "logs").glob("audit*"):
        one.unlink()

    assert site.delete(future).codes == {"delete.future"}
    site.now()
    assert site.delete(future).code == 0


def test_a_plan_to_restore_it_does_not_say_that_nothing_changed(site):
    future = site.ahead()
    told = site.run.json("restore", future, "--database", "users", "--plan", code=1)

    assert [one["code"] for one in told["plan"]["lost"]] == ["restore.lost_unknown"]
    assert "restore.from_future" in {one["code"] for one in told["problems"]}
