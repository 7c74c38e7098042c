"""Which backups are restored for a target, in what order, and where it stops; also where other tools chose wrongly."""

from __future__ import annotations

from datetime import timedelta

import pytest
from engines.chain_held import changed, codes, finish, guids, held, sets, spoilt
from engines.chain_server import STEP, Restore, Server

from rexus.modules.backup.base.records import Severity
from rexus.modules.backup.engines.chain import plan
from rexus.modules.backup.engines.chain_pieces import ChainPiece
from rexus.modules.backup.engines.chain_steps import Verb
from rexus.modules.backup.engines.chain_target import LATEST, backup_set, instant, lsn, mark
from rexus.modules.backup.engines.headers import BackupHeader, SetType

SECOND = timedelta(seconds=1)


def test_the_newest_full_its_newest_differential_and_the_logs_behind_it() -> None:
    """dbatools#3027 and #8498: differentials were left out, and every log was applied instead."""
    server = Server()
    server.write(2)
    server.full()
    server.write(3)
    server.log()
    full = server.full()
    for _ in range(3):
        server.write(2)
        server.log()
    server.differential()
    server.write(2)
    server.log()
    newest = server.differential()
    server.write(2)
    logs = [server.log(), server.log()]

    steps = plan(held(server), LATEST)

    assert sets(steps) == guids(full, newest, *logs)
    assert [one.verb for one in steps.steps] == [Verb.FULL, Verb.DIFFERENTIAL, Verb.LOG, Verb.LOG, Verb.RECOVER]
    assert [one.recovery for one in steps.steps] == [False, False, False, False, True]
    assert all(one.stop is None for one in steps.steps)
    assert (steps.reaches_at, steps.reaches_lsn) == (finish(logs[-1]), logs[-1].header.last_lsn)
    assert (steps.warnings, steps.database) == ((), "erp")
    assert steps.alternatives[0].full.header.set_guid == full.header.set_guid
    assert (steps.alternatives[0].logs, steps.alternatives[0].because) == (3, None)


def test_a_differential_belongs_to_the_checkpoint_of_its_full_not_to_its_first_lsn() -> None:
    """dbatools#2182 and #2297; an open transaction moves the first LSN of the full before its checkpoint."""
    server = Server()
    server.write(4)
    full = server.full(open_since=3)
    differential = server.differential()
    assert full.header.first_lsn != full.header.checkpoint_lsn
    changed(server, differential, differential_base_guid=None)
    decoy = server.full(copy_only=True)
    changed(server, decoy, first_lsn=full.header.checkpoint_lsn)

    steps = plan(held(server), backup_set(differential.header.set_guid))

    assert sets(steps) == guids(full, differential)


def test_the_first_log_may_have_begun_before_the_full_ended() -> None:
    """dbatools#7515: it was left out, for it started earlier. One that ended before the full did is not needed."""
    server = Server()
    server.write(2)
    server.full()
    server.write(2)
    before = server.log()
    full = server.full()
    server.write(2)
    across = server.log()
    assert across.header.first_lsn < full.header.last_lsn < across.header.last_lsn
    early = changed(server, across, started_at=full.header.started_at)

    steps = plan(held(server), LATEST)

    assert sets(steps) == guids(full, early)
    assert before.header.set_guid not in sets(steps)


def test_a_later_full_is_not_chosen_and_every_log_is_told_to_stop() -> None:
    """First-responder-kit PR#3560 took a full from after the instant; #1986 and #2152 forgot to stop."""
    server = Server()
    server.write(2)
    full = server.full()
    server.write(2)
    logs = [server.log()]
    server.write(3)
    wanted = server.wall.replace(microsecond=0)
    server.write(3)
    server.full()
    server.write(1)
    logs.append(server.log())

    steps = plan(held(server), instant(wanted))

    assert sets(steps) == guids(full, *logs)
    assert [one.stop.at if one.stop else None for one in steps.steps] == [None, wanted, wanted, None]
    assert (steps.reaches_at, steps.reaches_lsn) == (wanted, None)


def test_a_copy_only_full_is_a_base_for_logs_and_not_for_differentials() -> None:
    server = Server()
    server.write(2)
    full = server.full()
    server.write(2)
    server.log()
    aside = server.full(copy_only=True)
    server.write(2)
    log = server.log()
    assert sets(plan(held(server), LATEST)) == guids(aside, log)

    server.write(2)
    differential = server.differential()
    assert sets(plan(held(server), LATEST)) == guids(full, differential)


def test_a_copy_only_log_helps_out_for_a_log_that_is_gone() -> None:
    server = Server()
    server.write(2)
    full = server.full()
    server.write(2)
    aside = server.log(copy_only=True)
    server.write(2)
    lost = server.log()
    assert aside.header.first_lsn == lost.header.first_lsn
    assert sets(plan(held(server), LATEST)) == guids(full, lost)

    spoilt(server, lost, missing=True)
    steps = plan(held(server), LATEST)
    assert sets(steps) == guids(full, aside)
    assert codes(steps.warnings) == ["chain.missing"], "newer data is known of, and not there"
    assert steps.warnings[0].severity is Severity.WARNING


def test_an_instant_at_the_end_of_a_log_may_need_the_next_one() -> None:
    server = Server()
    server.write(2)
    full = server.full()
    server.write(2)
    first = server.log(meanwhile=2)
    server.write(2)
    after = server.log()
    edge = finish(first)

    steps = plan(held(server), instant(edge))

    assert sets(steps) == guids(full, first, after)
    assert [one.spare for one in steps.steps] == [False, False, True, False]
    assert steps.warnings == ()
    restore = Restore(server)
    for step in steps.steps[:-1]:
        restore.apply(step.piece.header.set_guid, at=step.stop.at if step.stop else None)
    assert server.content(restore.state) == server.live_content(edge)


def test_the_end_of_the_last_log_is_promised_with_a_warning_only() -> None:
    server = Server()
    server.write(2)
    full = server.full()
    server.write(2)
    log = server.log(meanwhile=2)
    steps = plan(held(server), instant(finish(log)))
    assert sets(steps) == guids(full, log)
    assert codes(steps.warnings) == ["chain.edge"]
    assert plan(held(server), instant(finish(log) + SECOND)).refusals[0].code == "chain.after_last"


def test_an_empty_log_proves_that_nothing_happened() -> None:
    server = Server()
    server.write(2)
    full = server.full()
    server.write(2)
    log = server.log(meanwhile=0)
    server.wall += timedelta(minutes=15)
    empty = server.log(meanwhile=0)
    assert empty.header.first_lsn == empty.header.last_lsn

    steps = plan(held(server), instant(finish(log) + timedelta(minutes=5)))

    assert sets(steps) == guids(full, log)
    assert (steps.warnings, [one.stop for one in steps.steps]) == ((), [None, None, None])
    assert plan(held(server), LATEST).reaches_at == finish(empty)


def test_an_empty_log_behind_the_edge_makes_a_spare_one_needless() -> None:
    server = Server()
    server.write(2)
    full = server.full()
    server.write(2)
    log = server.log(meanwhile=0)
    server.wall += 5 * SECOND
    server.log(meanwhile=0)
    server.write(2)
    server.log(meanwhile=0)
    steps = plan(held(server), instant(finish(log)))
    assert sets(steps) == guids(full, log)
    assert steps.warnings == ()


def test_the_second_in_which_a_full_ended_is_that_full() -> None:
    server = Server()
    server.write(2)
    server.full()
    server.log()
    full = server.full()
    server.write(2)
    server.log()
    steps = plan(held(server), instant(finish(full)))
    assert sets(steps) == guids(full)
    assert steps.reaches_lsn == full.header.last_lsn


def bulky() -> tuple[Server, ChainPiece, list[ChainPiece]]:
    """A full, and three logs; changes in the middle one were logged in bulk."""
    server = Server()
    server.write(2)
    full = server.full()
    server.write(2)
    logs = [server.log(meanwhile=0)]
    server.switch("BULK-LOGGED")
    server.write(4)
    server.switch("FULL")
    logs.append(server.log(meanwhile=0))
    server.write(4)
    logs.append(server.log())
    return server, full, logs


def test_nobody_stops_within_a_bulk_logged_log_but_passes_through_it() -> None:
    server, full, logs = bulky()
    within = finish(logs[0]) + 9 * SECOND
    refused = plan(held(server), instant(within))
    assert codes(refused.refusals) == ["chain.bulk_logged"]
    assert refused.refusals[0].values["set"] == logs[1].name
    assert (refused.nearest_before, refused.nearest_after) == (logs[0].header.started_at, finish(logs[1]))

    later = finish(logs[1]) + 9 * SECOND
    steps = plan(held(server), instant(later))
    assert sets(steps) == guids(full, *logs)
    assert [one.stop is not None for one in steps.steps] == [False, True, False, True, False], "4341 else"
    assert sets(plan(held(server), instant(finish(logs[1])))) == guids(full, *logs[:2])


def test_an_lsn_and_a_mark_stop_with_the_record_or_before_it() -> None:
    server = Server()
    server.write(2)
    full = server.full()
    server.write(2)
    early = server.log()
    named = server.mark("before the update")
    server.write(2)
    log = server.log()
    server.write(2)
    server.full()

    for before in (False, True):
        steps = plan(held(server), lsn(named.lsn, before=before))
        assert sets(steps) == guids(full, early, log)
        assert steps.steps[-2].stop.lsn == named.lsn
        assert (steps.steps[-2].stop.before, steps.reaches_lsn) == (before, named.lsn)
        marked = plan(held(server, marks=(named,)), mark("before the update", before=before))
        assert sets(marked) == guids(full, early, log)
        assert (marked.steps[-2].stop.mark, marked.steps[-2].stop.before) == ("before the update", before)
        assert marked.reaches_at == named.at


def test_the_end_of_a_backup_as_lsn_needs_no_stop() -> None:
    server = Server()
    server.write(2)
    full = server.full()
    server.write(2)
    log = server.log()
    server.write(2)
    server.log()
    steps = plan(held(server), lsn(log.header.last_lsn, before=True))
    assert sets(steps) == guids(full, log)
    assert [one.stop for one in steps.steps] == [None, None, None]


def test_the_first_mark_of_a_name_is_meant_unless_it_is_out_of_reach() -> None:
    server = Server()
    first = server.mark("nightly")
    server.write(2)
    full = server.full()
    second = server.mark("nightly")
    log = server.log()
    steps = plan(held(server, marks=(second, first)), mark("nightly"))
    assert sets(steps) == guids(full, log)
    assert steps.reaches_at == second.at
    assert codes(steps.warnings) == ["chain.before_first"]

    unknown = plan(held(server, marks=(first,)), mark("hourly"))
    assert codes(unknown.refusals) == ["chain.mark_unknown"]
    assert unknown.refusals[0].values == {"mark": "hourly", "known": "nightly"}
    assert codes(plan(held(server, marks=(first,)), mark("nightly", after=server.wall)).refusals) == [
        "chain.mark_unknown"
    ]


@pytest.mark.parametrize("how", [{}, {"missing": True}, {"family_count": 2}])
def test_a_useless_newest_full_is_replaced_by_an_older_one_and_that_is_told(how: dict[str, object]) -> None:
    server = Server()
    server.write(2)
    old = server.full()
    server.write(2)
    logs = [server.log()]
    new = server.full()
    server.write(2)
    logs.append(server.log())
    spoilt(server, new, **how)

    steps = plan(held(server), LATEST)

    assert sets(steps) == guids(old, *logs)
    assert codes(steps.warnings)[-1] == "chain.fell_back"
    told = steps.warnings[-1].values
    assert (told["set"], told["used"], told["count"]) == (new.name, old.name, 2)
    assert steps.alternatives[0].because is not None


def test_a_damaged_differential_is_replaced_by_logs() -> None:
    server = Server()
    server.write(2)
    full = server.full()
    server.write(2)
    logs = [server.log()]
    differential = server.differential()
    server.write(2)
    logs.append(server.log())
    changed(server, differential, is_damaged=True)
    steps = plan(held(server), LATEST)
    assert sets(steps) == guids(full, *logs)
    assert codes(steps.warnings) == ["chain.damaged", "chain.fell_back"]


def test_damaged_backups_are_used_if_that_is_asked_for() -> None:
    server = Server()
    server.write(2)
    full = server.full()
    server.write(2)
    logs = [server.log(), server.log()]
    spoilt(server, logs[0])
    steps = plan(held(server, force_damaged=True), LATEST)
    assert sets(steps) == guids(full, *logs)
    assert [one.continue_after_error for one in steps.steps] == [False, True, True, True], "4323 else"
    assert codes(steps.warnings) == ["chain.forced"]


def test_a_newer_server_s_backups_are_no_use_here_but_older_ones_are() -> None:
    server = Server()
    server.write(2)
    old = server.full()
    server.write(2)
    new = changed(server, server.full(), software_major=17)
    steps = plan(held(server, server_major=16), LATEST)
    assert sets(steps) == guids(old)
    assert "chain.newer_version" in codes(steps.warnings)
    assert sets(plan(held(server, server_major=17), LATEST)) == guids(new)
    refused = plan(held(server, server_major=16), backup_set(new.header.set_guid))
    assert codes(refused.refusals) == ["chain.newer_version"]


def test_backups_of_files_and_filegroups_are_no_part_of_it() -> None:
    server = Server()
    server.write(2)
    full = server.full()
    header = BackupHeader(
        database="erp",
        type=SetType.FILE,
        software_major=16,
        finished_at=server.wall + SECOND,
        first_lsn=server.end,
        last_lsn=server.end + STEP,
        family_guid="family",
        set_guid="file",
    )
    server.pieces.append(ChainPiece(header=header))
    assert sets(plan(held(server), LATEST)) == guids(full)
