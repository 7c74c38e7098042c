"""Why a target can't be reached: which code, between which backups, and what can be reached nearby."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from engines.chain_held import changed, codes, finish, guids, held, sets, spoilt
from engines.chain_server import Server

from rexus.modules.backup.base import texts
from rexus.modules.backup.base.records import Problem
from rexus.modules.backup.base.timeline import Reason
from rexus.modules.backup.engines.chain import Holdings, coverage, plan
from rexus.modules.backup.engines.chain_target import LATEST, backup_set, instant, lsn

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _english():
    before = texts.language()
    texts.use_language("en")
    yield
    texts.use_language(before)


def told(problem: Problem) -> str:
    """All three sentences; nothing in them is left open."""
    said = texts.sentence(problem)
    whole = f"{said.message} {said.safe} {said.fix}"
    assert said.message != texts.sentence(Problem(code="no.such")).message
    assert "?" not in whole
    return whole


def a_day() -> tuple[Server, list]:
    """A full, and four logs."""
    server = Server()
    server.write(2)
    made = [server.full()]
    for _ in range(4):
        server.write(3)
        made.append(server.log(meanwhile=0))
    return server, made


def test_a_log_that_someone_else_took_is_a_gap_between_two_sets() -> None:
    server, made = a_day()
    server.pieces.remove(made[2])
    within = finish(made[2]) - 4 * SECOND

    steps = plan(held(server), instant(within))

    assert codes(steps.refusals) == ["chain.gap"]
    assert steps.steps == ()
    values = steps.refusals[0].values
    assert (values["before"], values["after"], values["server"]) == (made[1].name, made[3].name, "SRV1")
    assert (values["lsn_from"], values["lsn_to"]) == (str(made[1].header.last_lsn), str(made[3].header.first_lsn))
    assert (steps.nearest_before, steps.nearest_after) == (made[1].header.started_at, None)
    assert made[1].name in told(steps.refusals[0])


def test_the_latest_state_before_a_gap_comes_with_the_reason() -> None:
    server, made = a_day()
    server.pieces.remove(made[2])
    steps = plan(held(server), LATEST)
    assert sets(steps) == guids(*made[:2])
    assert codes(steps.warnings) == ["chain.gap"]
    assert steps.warnings[0].values["after"] == made[3].name


def test_the_nearest_state_before_will_do_if_that_is_said() -> None:
    server, made = a_day()
    server.pieces.remove(made[2])
    steps = plan(held(server), instant(finish(made[3]), or_earlier=True))
    assert sets(steps) == guids(*made[:2])
    assert "chain.gap" in codes(steps.warnings)
    assert steps.reaches_at == made[1].header.started_at


def test_a_known_log_without_its_file_is_named_with_who_made_it() -> None:
    server, made = a_day()
    spoilt(server, made[2], missing=True)
    steps = plan(held(server), instant(finish(made[2]) - 4 * SECOND))
    assert codes(steps.refusals) == ["chain.missing"]
    assert steps.refusals[0].values["who"] == "SRV1\\sql"
    assert made[2].stripes[0].place in told(steps.refusals[0])


def test_several_useless_backups_in_one_way_are_all_named() -> None:
    server, made = a_day()
    spoilt(server, made[0])
    spoilt(server, made[2], missing=True)
    steps = plan(held(server), instant(finish(made[3])))
    assert codes(steps.refusals) == ["chain.damaged", "chain.missing"]
    assert (steps.nearest_before, steps.nearest_after) == (None, None)


def test_before_everything_and_after_everything() -> None:
    server, made = a_day()
    early = plan(held(server), instant(finish(made[0]) - 60 * SECOND))
    assert codes(early.refusals) == ["chain.before_first"]
    assert (early.nearest_before, early.nearest_after) == (None, finish(made[0]))
    late = plan(held(server), instant(finish(made[-1]) + 60 * SECOND))
    assert codes(late.refusals) == ["chain.after_last"]
    assert (late.nearest_before, late.nearest_after) == (made[-1].header.started_at, None)
    assert "SRV1" in told(late.refusals[0])
    assert told(early.refusals[0])
    assert codes(plan(held(server), lsn(1)).refusals) == ["chain.before_first"]
    assert codes(plan(held(server), lsn(server.end + 500)).refusals) == ["chain.after_last"]


def test_logs_alone_have_nothing_to_begin_with() -> None:
    """Not a restore that quietly did nothing (dbatools#10621, #3026)."""
    server, made = a_day()
    server.pieces.remove(made[0])
    for target in (LATEST, instant(finish(made[2])), lsn(made[2].header.first_lsn or 0)):
        steps = plan(held(server), target)
        assert (codes(steps.refusals), steps.steps) == (["chain.no_full"], ())
        assert steps.refusals[0].values["count"] == 4
        assert told(steps.refusals[0])
    assert codes(plan(Holdings(pieces=()), LATEST).refusals) == ["chain.nothing"]


def test_without_logs_only_whole_backups_come_back() -> None:
    server = Server()
    server.write(2)
    first = server.full()
    server.write(5)
    second = server.full()
    steps = plan(held(server), instant(finish(first) + 10 * SECOND))
    assert codes(steps.refusals) == ["chain.no_logs"]
    assert (steps.nearest_before, steps.nearest_after) == (finish(first), finish(second))
    assert told(steps.refusals[0])


def test_a_switch_to_simple_recovery_is_told_as_such() -> None:
    server, made = a_day()
    server.switch("SIMPLE")
    server.write(5)
    differential = server.differential()
    server.switch("FULL")
    server.write(5)
    server.differential()
    server.write(2)
    server.log()
    steps = plan(held(server), instant(finish(differential) - 30 * SECOND))
    assert codes(steps.refusals) == ["chain.simple_no_point"]
    assert steps.refusals[0].values["before"] == made[-1].name
    assert steps.nearest_after == finish(differential)
    assert told(steps.refusals[0])


def test_a_differential_without_its_full_is_told_with_the_base_it_names() -> None:
    server = Server()
    server.write(2)
    full = server.full()
    differential = server.differential()
    server.pieces.remove(full)
    steps = plan(held(server), backup_set(differential.header.set_guid))
    assert codes(steps.refusals) == ["chain.no_base"]
    assert steps.refusals[0].values["base"] == full.header.set_guid
    changed(server, differential, differential_base_guid=None, differential_base_lsn=None)
    assert codes(plan(held(server), LATEST).refusals) == ["chain.many_bases"]


def test_a_set_that_nobody_knows() -> None:
    server, made = a_day()
    steps = plan(held(server), backup_set("nothing"))
    assert codes(steps.refusals) == ["chain.set_unknown"]
    spoilt(server, made[1])
    assert codes(plan(held(server), backup_set(made[1].header.set_guid)).refusals) == ["chain.damaged"]
    assert codes(plan(held(server), backup_set(made[2].header.set_guid)).refusals) == ["chain.damaged"]


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"finished": False}, "chain.unfinished"),
        ({"is_snapshot": True}, "chain.snapshot"),
        ({"is_damaged": True}, "chain.damaged"),
        ({"software_major": 17}, "chain.newer_version"),
    ],
)
def test_a_full_that_no_server_restores(header: dict[str, object], code: str) -> None:
    server, made = a_day()
    changed(server, made[0], **header)
    steps = plan(held(server, server_major=16), LATEST)
    assert codes(steps.refusals) == [code]
    assert told(steps.refusals[0])


def forked() -> tuple[Server, list, list]:
    """Four logs; the database was then restored to within the second one, and backed up again."""
    server, made = a_day()
    inside = (made[2].header.first_lsn or 0) + 20
    server.restore((0, inside), made[2].header.first_lsn)
    server.write(4)
    after = [server.log(meanwhile=0)]
    server.write(4)
    after.append(server.log(meanwhile=0))
    return server, made, after


def test_each_history_is_restored_with_its_own_logs() -> None:
    server, made, after = forked()
    assert sets(plan(held(server), LATEST)) == guids(made[0], made[1], *after)
    old = plan(held(server), instant(finish(made[4]) - 4 * SECOND))
    assert sets(old) == guids(*made), "what was lost by the restore is still in the old logs"
    again = plan(held(server), instant(finish(after[0]) - 4 * SECOND))
    assert sets(again) == guids(made[0], made[1], after[0])
    assert codes(again.warnings) == ["chain.restored_within"]
    assert told(again.warnings[0])


def test_a_history_can_be_asked_for() -> None:
    server, made, after = forked()
    assert sets(plan(held(server, fork="fork-0"), LATEST)) == guids(*made)
    at = instant(finish(made[4]) - 4 * SECOND)
    assert sets(plan(held(server, fork="fork-1"), at)) == guids(made[0], made[1], after[0])


def test_logs_of_another_history_do_not_go_on_from_a_full() -> None:
    """4330: the numbers would fit."""
    server, made, after = forked()
    server.pieces = [made[0], *made[3:], *after]
    spoilt(
        server, made[0], header=msgspec.structs.replace(made[0].header, first_lsn=0, last_lsn=made[2].header.last_lsn)
    )
    steps = plan(held(server), instant(finish(after[0])))
    assert codes(steps.refusals) == ["chain.fork"]
    assert steps.refusals[0].values["after"] == after[0].name
    assert told(steps.refusals[0])


def test_two_databases_of_one_origin_are_told_apart_by_name() -> None:
    """A copy that was restored beside the original has the same family, and its backups lie in the same folder."""
    server, made, after = forked()
    copy = [changed(server, one, database="erp_test") for one in after]
    assert sets(plan(held(server, database="ERP"), LATEST)) == guids(*made)
    assert sets(plan(held(server, database="erp_test"), LATEST)) == guids(made[0], made[1], *copy)


def test_at_one_time_there_were_two_databases() -> None:
    server, made, after = forked()
    server.write(3)
    server.full()
    late = finish(after[1]) - 4 * SECOND
    changed(server, made[4], finished_at=finish(after[1]) + 20 * SECOND)
    steps = plan(held(server), instant(late))
    assert codes(steps.warnings) == ["chain.several_histories"]
    assert told(steps.warnings[0])


def test_databases_that_only_share_a_name_are_not_mixed() -> None:
    server, made = a_day()
    other = Server(family="other", name="SRV2")
    other.truths = dict.fromkeys([f"x{n}" for n in range(20)])
    other.write(2)
    other.full()
    both = Holdings(pieces=(*server.pieces, *other.pieces))
    steps = plan(both, LATEST)
    assert codes(steps.refusals) == ["chain.several_families"]
    assert "SRV1" in str(steps.refusals[0].values["families"])
    assert "SRV2" in told(steps.refusals[0])
    chosen = msgspec.structs.replace(both, family="family")
    assert sets(plan(chosen, LATEST)) == guids(*made)
    assert coverage(both).spans == ()


def test_where_no_family_is_told_names_tell_databases_apart() -> None:
    server, made = a_day()
    for piece in made:
        changed(server, piece, family_guid="")
    assert sets(plan(held(server), LATEST)) == guids(*made)
    other = changed(server, server.pieces[-1], database="else", set_guid="other")
    steps = plan(held(server), LATEST)
    assert codes(steps.refusals) == ["chain.several_families"]
    assert "else" in told(steps.refusals[0])
    assert sets(plan(held(server, database="erp"), LATEST)) == guids(*made[:-1])
    changed(server, server.pieces[0], family_guid="family")
    assert other.header.set_guid not in sets(plan(held(server), LATEST))


def test_a_backup_that_broke_off_is_named_wherever_it_may_be_the_one() -> None:
    server, made = a_day()
    torn = changed(server, made[-1], finished=False, finished_at=None, last_lsn=None)
    steps = plan(held(server), LATEST)
    assert sets(steps) == guids(*made[:-1])
    assert [one.values["set"] for one in steps.warnings if one.code == "chain.unfinished"] == [torn.name]
    late = plan(held(server), instant(server.wall))
    assert codes(late.refusals) == ["chain.after_last", "chain.unfinished"]
    server.pieces = [changed(server, made[0], finished_at=None)]
    assert codes(plan(held(server), LATEST).refusals) == ["chain.no_full", "chain.unfinished"]


def test_an_instant_with_a_zone_is_no_wall_time() -> None:
    with pytest.raises(ValueError, match="zone"):
        instant(datetime.now(UTC))


def test_an_hour_that_was_there_twice_is_ordered_by_the_log() -> None:
    server, made = a_day()
    server.set_clock_back()
    again = []
    for _ in range(6):
        server.write(3)
        again.append(server.log(meanwhile=0))
    assert sets(plan(held(server), LATEST)) == guids(*made, *again)
    server.write(1)
    server.full()
    twice = plan(held(server), instant(finish(made[2])))
    assert sets(twice)[:3] == guids(*made[:3])
    assert "chain.clock_set_back" in codes(twice.warnings)
    assert told(twice.warnings[0])


def test_the_timeline_gets_spans_gaps_and_reasons() -> None:
    server, made = a_day()
    server.pieces.remove(made[2])
    server.write(2)
    full = server.full()
    server.write(2)
    log = server.log(meanwhile=0)
    shown = coverage(held(server))
    assert [(one.start, one.end) for one in shown.spans] == [
        (finish(made[0]), made[1].header.started_at),
        (finish(full), log.header.started_at),
    ]
    assert [(one.start, one.end, one.reason, one.set) for one in shown.holes] == [
        (made[1].header.started_at, finish(full), Reason.BROKEN, made[3].name)
    ]
    assert [one.piece.header.set_guid for one in shown.wholes] == guids(made[0], full)
    assert shown.has_logs


@pytest.mark.parametrize(
    ("how", "reason"),
    [({"missing": True}, Reason.MISSING), ({"problem": Problem(code="archive.damaged")}, Reason.DAMAGED)],
)
def test_the_timeline_tells_what_is_wrong_with_a_full_and_the_logs_after_it(how, reason) -> None:
    server, made = a_day()
    spoilt(server, made[0], **how)
    shown = coverage(held(server))
    assert shown.spans == ()
    assert shown.wholes[0].wrong is not None
    assert [(one.start, one.end, one.reason) for one in shown.holes] == [(finish(made[1]), finish(made[4]), reason)]


def test_whole_backups_alone_make_no_gaps() -> None:
    server = Server(model="SIMPLE")
    server.write(2)
    server.full()
    server.write(9)
    server.full()
    shown = coverage(held(server))
    assert (len(shown.spans), shown.holes, shown.has_logs) == (2, (), False)


def test_the_timeline_has_words_for_bulk_logged_changes_and_for_a_newer_server() -> None:
    server, made = a_day()
    changed(server, made[2], has_bulk_logged_data=True)
    (hole,) = coverage(held(server)).holes
    assert hole.reason is Reason.BULK_LOGGED

    server, _ = a_day()
    shown = coverage(held(server, server_major=11))
    assert {one.reason for one in shown.holes} == {Reason.NEWER_VERSION}


def test_that_the_last_log_took_a_while_to_be_written_is_no_gap() -> None:
    server, made = a_day()
    last = changed(server, made[4], finished_at=finish(made[4]) + timedelta(seconds=90))
    shown = coverage(held(server))
    assert last.header.started_at is not None
    assert shown.spans[-1].end == last.header.started_at
    assert shown.holes == ()
