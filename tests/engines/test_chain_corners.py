"""Corners of the planning: what headers do not tell, what is equal, and which of several ways is the better one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from engines.chain_held import changed, codes, finish, guids, held, sets, spoilt
from engines.chain_server import Server

from rexus.modules.backup.engines.chain import plan
from rexus.modules.backup.engines.chain_target import LATEST, backup_set, instant, lsn

SECOND = timedelta(seconds=1)


def two_fulls() -> tuple[Server, list]:
    """Full, log, full, log, log."""
    server = Server()
    server.write(2)
    made = [server.full()]
    server.write(2)
    made.append(server.log(meanwhile=0))
    made.append(server.full())
    for _ in range(2):
        server.write(3)
        made.append(server.log(meanwhile=0))
    return server, made


@pytest.mark.parametrize("untold", [(0,), (1, 3), (0, 1, 2, 3, 4)])
def test_a_path_that_is_not_told_is_taken_for_the_right_one(untold: tuple[int, ...]) -> None:
    server, made = two_fulls()
    for number in untold:
        made[number] = changed(server, made[number], recovery_fork="", first_recovery_fork="")
    server.pieces.remove(made[2])
    assert sets(plan(held(server), LATEST)) == guids(made[0], made[1], *made[3:])


def test_a_fork_without_its_point_is_only_passed_where_it_must_begin() -> None:
    server, made = two_fulls()
    server.restore((0, made[-1].header.last_lsn), made[-1].header.last_lsn)
    server.write(2)
    after = server.log()
    after = changed(server, after, fork_point_lsn=None)
    assert sets(plan(held(server), LATEST)) == guids(*made[2:], after)
    changed(server, after, first_lsn=(made[4].header.last_lsn or 0) - 1)
    steps = plan(held(server), LATEST)
    assert sets(steps) == guids(*made[2:])
    assert codes(steps.warnings) == ["chain.fork"]


def test_a_log_is_brought_back_from_the_newest_base_before_it() -> None:
    server, made = two_fulls()
    assert sets(plan(held(server), backup_set(made[4].header.set_guid))) == guids(*made[2:])
    assert sets(plan(held(server), backup_set(made[1].header.set_guid))) == guids(made[0], made[1])


def test_a_full_that_ended_just_then_is_not_among_the_other_ways_to_an_earlier_second() -> None:
    server, made = two_fulls()
    steps = plan(held(server), instant(finish(made[2]) + 3 * SECOND))
    assert sets(steps) == guids(*made[2:4])
    assert [(one.base.header.set_guid, one.logs) for one in steps.alternatives] == [(made[0].header.set_guid, 2)]
    at_its_end = plan(held(server), instant(finish(made[2])))
    assert sets(at_its_end) == guids(made[2])
    assert [one.base.header.set_guid for one in at_its_end.alternatives] == guids(made[0])


def test_of_two_spare_logs_the_shorter_one_is_tried() -> None:
    server, made = two_fulls()
    server.write(1)
    server.log(copy_only=True)
    server.write(3)
    server.log()
    changed(server, made[4], started_at=finish(made[4]) - SECOND)
    steps = plan(held(server), instant(finish(made[4])))
    assert steps.steps[-2].spare
    assert steps.pieces[-1].header.is_copy_only


def test_a_log_that_begins_just_at_the_instant_proves_it() -> None:
    server, made = two_fulls()
    at = finish(made[4])
    changed(server, made[4], started_at=at)
    assert codes(plan(held(server), instant(at)).warnings) == []
    changed(server, server.pieces[-1], started_at=at - SECOND)
    assert codes(plan(held(server), instant(at)).warnings) == ["chain.edge"]
    assert codes(plan(held(server), instant(at.replace(microsecond=500_000))).warnings) == ["chain.edge"]


def test_a_gap_in_the_log_is_told_for_its_numbers_too() -> None:
    server, made = two_fulls()
    server.pieces.remove(made[3])
    steps = plan(held(server), lsn((made[3].header.first_lsn or 0) + 40))
    assert codes(steps.refusals) == ["chain.gap"]
    values = steps.refusals[0].values
    assert (values["before"], values["after"]) == (made[2].name, made[4].name)
    assert steps.nearest_before == finish(made[2])
    between = plan(held(server), lsn(made[2].header.last_lsn or 0, before=True))
    assert sets(between) == guids(made[2])


def test_a_switch_is_told_by_whatever_was_taken_under_simple_recovery_meanwhile() -> None:
    server, made = two_fulls()
    server.switch("SIMPLE")
    server.write(2)
    aside = server.full()
    spoilt(server, aside)
    server.switch("FULL")
    server.write(2)
    full = server.full()
    server.write(2)
    server.log()
    steps = plan(held(server), instant(finish(made[4]) + 5 * SECOND))
    assert codes(steps.refusals) == ["chain.simple_no_point"]
    assert steps.refusals[0].values["before"] == made[4].name
    assert (steps.nearest_before, steps.nearest_after) == (made[4].header.started_at, finish(full))


def test_histories_that_were_never_side_by_side_are_no_choice() -> None:
    server, made = two_fulls()
    server.restore((0, (made[4].header.first_lsn or 0) + 10), made[4].header.first_lsn)
    server.write(2)
    server.log()
    server.write(2)
    last = server.log(meanwhile=0)
    steps = plan(held(server), instant(finish(last) - 6 * SECOND))
    assert "chain.several_histories" not in codes(steps.warnings)
