"""Over generated histories: a server accepts every plan and comes where it promises; what is refused can't be done."""

from __future__ import annotations

from datetime import datetime, timedelta

from engines.chain_histories import History, histories, with_clock_back
from engines.chain_server import Rejected, Restore, State, Written, states
from hypothesis import event, given, settings
from hypothesis import strategies as st

from rexus.modules.backup.base import texts
from rexus.modules.backup.engines.chain import Holdings, coverage, plan
from rexus.modules.backup.engines.chain_steps import RestoreSteps, Verb
from rexus.modules.backup.engines.chain_target import LATEST, Target, backup_set, instant, lsn
from rexus.modules.backup.engines.headers import SetType

SECOND = timedelta(seconds=1)
many = settings(max_examples=160)
moments = st.integers(-50, 1050)


def replayed(history: History, steps: RestoreSteps) -> Restore:
    """Carry a plan out as a program would: a log is applied only as long as the stop was not reached."""
    restore = Restore(history.server)
    for number, step in enumerate(steps.steps):
        assert step.recovery is (number == len(steps.steps) - 1)
        if step.piece is None:
            assert step.verb is Verb.RECOVER
            continue
        assert step.piece.header.set_guid in history.usable
        stop = step.stop
        if step.verb is Verb.LOG and restore.stopped:
            assert step.spare or history.server.clock_went_back
            continue
        marks = {"at": stop.at, "lsn": stop.lsn, "before": stop.before} if stop is not None else {}
        restore.apply(step.piece.header.set_guid, **marks)
    return restore


def span(history: History) -> tuple[datetime, datetime]:
    """From the first thing that happened to now."""
    return history.server.records[0].at, history.server.wall


def a_moment(history: History, share: int) -> datetime:
    """At so many thousandths of the history; half of them at an end of a backup, where mistakes are likely."""
    first, last = span(history)
    at = first + (last - first) * share / 1000
    ends = [one.header.finished_at for one in history.server.pieces if one.header.finished_at]
    near = min(ends, key=lambda end: abs(end - at))
    return near if share % 2 else at.replace(microsecond=share % 3 * 300_000)


def told(steps: RestoreSteps) -> set[str]:
    """The codes of all that is said; each can be said without a gap left open."""
    said = (*steps.warnings, *steps.refusals)
    for one in said:
        words = texts.sentence(one)
        assert "?" not in words.message + words.safe + words.fix, one
    return {one.code for one in said}


def has_no_needless_log(history: History, steps: RestoreSteps, got: set[Written]) -> None:
    """Without any one of the logs the server refuses the rest, or something is missing."""
    wanted = [one.header.set_guid for one in steps.pieces]
    for left_out in [one.header.set_guid for one in steps.pieces if one.header.type is SetType.LOG]:
        restore = Restore(history.server)
        try:
            for guid in wanted:
                if guid != left_out:
                    restore.apply(guid)
        except Rejected:
            continue
        assert restore.state is not None
        assert history.server.content(restore.state) != got


def can_stop_at(history: History, at: datetime) -> bool:
    """Whether any order of the usable backups comes to ``at``; tried with every state that there is."""
    server, second = history.server, at.replace(microsecond=0)
    whole = [
        guid
        for guid in history.usable
        if not server.truths[guid].bulk or header_of(history, guid).finished_at <= second
    ]
    reached = [(None, ""), *states(server, whole)]
    for guid in history.usable:
        truth, header = server.truths[guid], header_of(history, guid)
        for key in reached:
            state, base = key if key[0] is not None else (None, "")
            restore = Restore(server, state, base)
            try:
                restore.apply(guid, at=at)
            except Rejected:
                continue
            is_log = header.type.name == "LOG"
            if restore.stopped or (not is_log and header.finished_at == second):
                return True
            if is_log and not truth.bulk and header.started_at >= at:
                return True
            if is_log and truth.bulk and header.finished_at == second:
                return True
    return False


def header_of(history: History, guid: str):
    return next(one.header for one in history.pieces if one.header.set_guid == guid)


def is_like_the_database(history: History, steps: RestoreSteps, state: State, at: datetime) -> None:
    """What came back is what was there at ``at``, as exactly as whole seconds can tell."""
    server = history.server
    got, live = server.content(state), server.live_content(at)
    second = at.replace(microsecond=0)
    too_much = {one for one in got - live if one.at >= second + SECOND}
    assert too_much == set()
    if told(steps) & {"chain.restored_within", "chain.several_histories"}:
        return
    last = steps.pieces[-1].header
    whole = last.finished_at == second
    sure_until = last.started_at if whole or "chain.edge" in told(steps) else at
    wanting = {one for one in live - got if one.at < min(second, sure_until)}
    assert wanting == set()
    strange = {one for one in got - live if one.branch not in {each.branch for each in live}}
    assert strange <= {one for one in got if one.at >= second}


@many
@given(histories, moments)
def test_an_instant_comes_back_or_truly_can_not(history: History, share: int) -> None:
    at = a_moment(history, share)
    steps = plan(Holdings(pieces=history.pieces), instant(at))
    assert bool(steps.steps) is not bool(steps.refusals)
    if steps.steps:
        event("planned")
        told(steps)
        restore = replayed(history, steps)
        assert restore.state is not None
        is_like_the_database(history, steps, restore.state, at)
        return
    event(f"refused: {steps.refusals[0].code}")
    assert told(steps) and not can_stop_at(history, at)
    for near in (steps.nearest_before, steps.nearest_after):
        if near is not None:
            assert plan(Holdings(pieces=history.pieces), instant(near)).steps
    if steps.nearest_before is not None:
        assert steps.nearest_before <= at
    if steps.nearest_after is not None:
        assert steps.nearest_after >= at.replace(microsecond=0)


@many
@given(histories)
def test_the_latest_state_is_the_newest_that_a_server_comes_to(history: History) -> None:
    steps = plan(Holdings(pieces=history.pieces), LATEST)
    possible = states(history.server, history.usable)
    if not steps.steps:
        assert not possible
        return
    restore = replayed(history, steps)
    assert restore.state is not None
    got = history.server.content(restore.state)
    for state, _base in possible:
        assert not history.server.content(state) > got
    assert steps.reaches_lsn == restore.state[1]
    has_no_needless_log(history, steps, got)
    base = next(one for one in reversed(steps.pieces) if one.header.type is not SetType.LOG)
    for other in steps.alternatives:
        assert other.because is not None or other.base.header.last_lsn <= base.header.last_lsn
    told(steps)


@many
@given(histories, st.integers(0, 200), st.booleans())
def test_a_number_of_the_log_comes_back_or_truly_can_not(history: History, place: int, before: bool) -> None:
    record: Written = history.server.records[place % len(history.server.records)]
    steps = plan(Holdings(pieces=history.pieces), lsn(record.lsn, before=before))
    if steps.steps:
        restore = replayed(history, steps)
        assert restore.state is not None
        got = {one.lsn for one in history.server.content(restore.state)}
        assert max(got) < record.lsn if before else max(got) == record.lsn
        return
    for state, base in states(history.server, history.usable):
        for guid in history.usable:
            restore = Restore(history.server, state, base)
            try:
                restore.apply(guid, lsn=record.lsn, before=before)
            except Rejected:
                continue
            assert restore.state is not None
            reached = restore.stopped and state[1] <= record.lsn
            assert not reached or history.server.truths[guid].kind.name != "LOG"


@many
@given(histories, st.integers(0, 30))
def test_a_chosen_backup_comes_back_or_truly_can_not(history: History, place: int) -> None:
    if not history.pieces:
        return
    guid = history.pieces[place % len(history.pieces)].header.set_guid
    truth = history.server.truths[guid]
    wanted = (history.server.branch_at(truth.branch, truth.last), truth.last)
    steps = plan(Holdings(pieces=history.pieces), backup_set(guid))
    if steps.steps:
        restore = replayed(history, steps)
        assert restore.state is not None
        assert (history.server.branch_at(*restore.state), restore.state[1]) == wanted
    elif truth.kind is not SetType.LOG:
        assert not {guid, truth.base or guid} <= set(history.usable)
    elif guid in history.usable:
        assert wanted not in {state for state, _base in states(history.server, history.usable)}


@many
@given(histories, moments)
def test_the_timeline_offers_what_can_be_planned_and_nothing_else(history: History, share: int) -> None:
    held = Holdings(pieces=history.pieces)
    shown = coverage(held)
    at = a_moment(history, share)
    within = any(one.start <= at <= one.end for one in shown.spans)
    in_hole = any(one.start + 5 * SECOND < at < one.end - 5 * SECOND for one in shown.holes)
    steps = plan(held, instant(at))
    assert steps.steps or not within
    assert not steps.steps or not in_hole
    for one, after in zip(shown.spans, shown.spans[1:], strict=False):
        assert one.start <= one.end < after.start
    for hole in shown.holes:
        assert hole.start <= hole.end
        assert not any(one.start < hole.end and hole.start < one.end for one in shown.spans)
    for whole in shown.wholes:
        assert bool(plan(held, backup_set(whole.piece.header.set_guid)).steps) is (whole.wrong is None)


@many
@given(with_clock_back, moments)
def test_no_server_refuses_a_plan_when_the_clock_was_set_back(history: History, share: int) -> None:
    at = a_moment(history, share)
    targets: list[Target] = [instant(at), instant(at, or_earlier=True), LATEST]
    for target in targets:
        steps = plan(Holdings(pieces=history.pieces), target)
        assert bool(steps.steps) is not bool(steps.refusals)
        if steps.steps:
            assert replayed(history, steps).state is not None
