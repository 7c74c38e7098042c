"""What can be chosen when data is to come back: chains, gaps and why, what is used, what is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.chains import DIFFERENTIAL, FULL, LOG, Server, a_day

from rexus.modules.backup.base.records import Depth, SetStatus, Tick
from rexus.modules.backup.base.timeline import Line, Reason, Span, chain
from rexus.modules.backup.base.timeline_view import (
    SHORTEST,
    Stretch,
    Unit,
    View,
    beside,
    day_start,
    following,
    labels,
    looking,
    whole,
    zoomed,
)
from rexus.modules.backup.base.timeline_whole import files, together
from rexus.modules.backup.base.watching import Occurrence
from rexus.modules.backup.catalog.summary import SetSummary

DAMAGED = ((Depth.CONTENT, False),)


def line_of(server: Server, now: float = 24.0) -> Line:
    return chain(reversed(server.sets), server.database, server.at(now))


def told(server: Server, line: Line) -> list[tuple[float, float, Reason]]:
    return [(hours(server, gap.start), hours(server, gap.end), gap.reason) for gap in line.gaps]


def hours(server: Server, at: datetime) -> float:
    return round((at - server.midnight).total_seconds() / 3600, 4)


def spans(server: Server, line: Line) -> list[tuple[float, float]]:
    return [(hours(server, span.start), hours(server, span.end)) for span in line.spans]


def test_the_day_of_the_pictures():
    server = a_day()

    line = line_of(server, 14.75)

    assert spans(server, line) == [(2, 9.2), (10.05, 14.5)]
    assert told(server, line) == [(9.2, 10.05, Reason.RECOVERY_MODEL)]
    assert [(mark.kind, mark.piece.tick, mark.wrong) for mark in line.marks] == [
        (FULL, Tick.RESTORED, None),
        (DIFFERENTIAL, Tick.NONE, None),
        (DIFFERENTIAL, Tick.NONE, None),
    ]
    used = line.used(server.at(14.1))
    assert used is not None
    assert [piece.kind for piece in used.pieces] == [FULL, DIFFERENTIAL] + [LOG] * 10
    assert used.exact
    assert (line.lost_s(server.at(14.1)), line.lost_s(server.at(20))) == (0.65 * 3600, 0)


def test_without_logs_only_full_backups_can_be_chosen_and_nothing_is_a_gap():
    server = Server()
    for hour in (2, 26, 50):
        server.full(hour)

    line = line_of(server, 60)

    assert spans(server, line) == [(2, 2), (26, 26), (50, 50)]
    assert (line.gaps, line.has_logs) == ((), False)
    assert line.nearest(server.at(15)) == server.at(26)
    assert line.nearest(server.at(15), -1) == server.at(2)
    assert line.nearest(server.at(51), 1) is None
    assert (line.mark(server.at(26), -1), line.mark(server.at(26), 1)) == (server.at(2), server.at(50))


def test_a_full_backup_is_of_its_end_and_a_log_reaches_until_it_began():
    server = Server()
    server.full(2, seconds=600.2)
    server.log(3, seconds=60)

    assert spans(server, line_of(server)) == [(round(2 + 601 / 3600, 4), 3)]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"lost": True}, Reason.BROKEN),
        ({"checks": DAMAGED}, Reason.DAMAGED),
        ({"missing": True}, Reason.MISSING),
    ],
)
def test_a_chain_ends_before_a_log_that_is_no_use_and_begins_again_with_a_base(fault, reason):
    server = Server()
    server.full(1)
    server.log(2)
    server.log(3, **fault)
    server.log(4)
    server.differential(5)
    server.log(6)

    line = line_of(server)

    assert spans(server, line) == [(1, 2), (5, 6)]
    assert told(server, line) == [(2, 5, reason)]
    assert line.gap(server.at(3)) is line.gaps[0]
    assert line.gap(server.at(2)) is None


def test_a_log_that_failed_leaves_no_gap_because_the_next_one_holds_it_all():
    server = Server()
    server.full(1)
    server.log(2)
    logged = server.logged
    server.log(3, status=SetStatus.FAILED)
    server.logged = logged
    server.log(4)

    assert spans(server, line_of(server)) == [(1, 4)]


def test_logs_that_fail_until_the_next_full_backup_are_a_gap():
    server = Server()
    server.full(1)
    server.log(2)
    server.log(3, status=SetStatus.FAILED)
    server.full(5)

    assert told(server, line_of(server)) == [(2, 5, Reason.FAILED)]


def test_logs_that_stop_are_told_up_to_the_next_backup_and_silence_later_is_no_gap():
    server = Server()
    server.full(1)
    server.log(2)
    server.full(5)
    server.full(9)

    line = line_of(server)

    assert told(server, line) == [(2, 5, Reason.NOT_MADE)]
    assert spans(server, line) == [(1, 2), (5, 5), (9, 9)]


def test_logs_go_on_across_a_damaged_full_backup():
    server = Server()
    server.full(1)
    server.log(2)
    server.full(3, checks=DAMAGED)
    server.log(4)

    line = line_of(server)

    assert spans(server, line) == [(1, 4)]
    assert [mark.wrong for mark in line.marks] == [None, Reason.DAMAGED]
    assert line.mark(server.at(1), 1) is None


def test_a_copy_only_backup_is_a_base_for_logs_but_not_for_differentials():
    server = Server()
    server.full(1, copy_only=True)
    server.log(2)
    server.differential(3, base="somebody-elses")

    line = line_of(server)

    assert spans(server, line) == [(1, 2)]
    assert line.marks[-1].wrong is Reason.COPY_ONLY


def test_logs_after_a_restore_in_between_are_of_another_history():
    server = Server()
    server.full(1)
    server.log(2)
    server.fork = "another"
    server.log(3)
    server.full(4)
    server.log(5)

    line = line_of(server)

    assert spans(server, line) == [(1, 2), (4, 5)]
    assert told(server, line) == [(2, 4, Reason.FORKED)]


def test_logs_without_their_base_are_told_before_all_else():
    server = Server()
    server.full(0.5)
    server.log(1)
    server.log(2)
    server.full(3)
    del server.sets[0]

    assert told(server, line_of(server)) == [(1, 3, Reason.NO_BASE)]


def test_a_gap_at_the_end_is_told_as_far_as_there_are_logs():
    server = Server()
    server.full(1)
    server.log(2)
    server.log(3, lost=True)
    server.log(4)

    assert told(server, line_of(server)) == [(2, 4, Reason.BROKEN)]


def test_only_what_was_completed_is_offered_and_says_so_where_its_set_was_not():
    server = Server()
    server.full(1, set_status=SetStatus.FAILED)
    server.full(2, status=SetStatus.FAILED)
    server.full(3, status=SetStatus.CANCELLED)
    server.full(4, deleting=True)

    line = line_of(server)

    assert [hours(server, mark.at) for mark in line.marks] == [1]
    assert line.marks[0].piece.partial


def test_logs_without_numbers_go_on_from_the_nearest_earlier_backup():
    server = Server()
    server.full(1)
    server.log(2)
    server.log(3)
    bare = [_without_chain(one) for one in server.sets]

    assert spans(server, chain(bare, server.database, server.at(5))) == [(1, 3)]


def _without_chain(one: SetSummary) -> SetSummary:
    databases = {name: msgspec.structs.replace(each, chain=None) for name, each in one.databases.items()}
    return msgspec.structs.replace(one, databases=databases)


def test_planned_runs_are_the_backups_to_come():
    server = Server()
    runs = [
        Occurrence(schedule="s", action=action, wall="", at=server.at(hour), utc=server.at(hour))
        for action, hour in (("backup", 20), ("verify", 16), ("backup", 3), ("backup", 18))
    ]

    assert chain((), "x", server.at(14), runs).planned == (server.at(18), server.at(20))


def test_time_is_judged_by_restores_that_were_measured():
    server = Server()
    server.full(1, size=400_000_000, checks=((Depth.RESTORED, True),))  # measured: 2 s
    server.full(2, size=1_000_000_000)

    line = line_of(server)

    measured, judged = line.used(server.at(1)), line.used(server.at(2))
    assert measured is not None and measured.seconds == 2
    assert judged is not None and judged.seconds == 5


def test_one_set_is_found_by_its_name():
    server = Server()
    first, _second = server.full(1), server.full(2)
    line = line_of(server)

    used = line.used_set(first.set)

    assert used is not None and used.sets == (first.set,)
    assert line.used_set("20000101_000000") is None


# ---- several databases, files ----------------------------------------------------------------------------------


def _sets(*held: tuple[float, tuple[str, ...]], files: bool = False) -> list[SetSummary]:
    made = []
    for hour, names in held:
        servers = [Server(database=name) for name in names]
        parts = [server.full(hour + number / 3600) for number, server in enumerate(servers)]
        databases = {name: part.databases[name] for name, part in zip(names, parts, strict=True)}
        stored = sum(one.stored_bytes for one in databases.values()) + 1000
        made.append(msgspec.structs.replace(parts[0], databases=databases, files=files, stored_bytes=stored))
        if files:
            made[-1] = msgspec.structs.replace(made[-1], copied={"config": (1, 200), "application": (3, 1000)})
    return made


def test_together_only_sets_that_hold_all_can_be_chosen():
    server = Server()

    line = together(_sets((1, ("a", "b")), (2, ("a",)), (3, ("a", "b"))), ("a", "b"), server.at(9))

    assert [hours(server, mark.at) for mark in line.marks] == [round(1 + 1 / 3600, 4), round(3 + 1 / 3600, 4)]
    used = line.used(line.marks[0].at)
    assert used is not None and (used.files, used.sets) == (2, (line.marks[0].set,))


def test_together_with_logs_is_where_all_of_them_reach():
    one, other = Server(database="a"), Server(database="b")
    for server in (one, other):
        server.full(1)
        server.log(2)
    one.log(3)
    one.log(4, lost=True)
    one.log(5)
    other.log(5)
    sets = [*one.sets, *other.sets]
    shared = msgspec.structs.replace(one.sets[0], databases={**one.sets[0].databases, **other.sets[0].databases})

    line = together([shared, *sets[1:3], *sets[3:4], *other.sets[1:]], ("a", "b"), one.at(9))

    assert spans(one, line) == [(1, 3)]
    assert [(gap.database, gap.reason) for gap in line.gaps] == [("a", Reason.BROKEN)]
    assert [hours(one, mark.at) for mark in line.marks if mark.wrong is None] == [1]
    used = line.used(one.at(2.5))
    assert used is not None
    assert [piece.kind for piece in used.pieces] == [FULL, LOG, LOG, FULL, LOG, LOG]


def test_files_come_from_sets_that_hold_them_whole():
    server = Server()
    sets = _sets((1, ("a",)), files=True) + _sets((2, ("a",)))

    line = files(sets, "application", server.at(9))

    assert [mark.set for mark in line.marks] == [sets[0].set]
    used = line.used(line.marks[0].at)
    assert used is not None and used.stored_bytes == 1000


# ---- whatever the chain is -----------------------------------------------------------------------------------------

OPERATIONS = (
    "full",
    "full",
    "copy_only",
    "differential",
    "log",
    "log",
    "log",
    "log",
    "lost log",
    "damaged log",
    "missing log",
    "damaged full",
    "missing full",
    "fork",
    "simple",
)
stories = st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(1, 90)), min_size=1, max_size=25)


def acted(story: list[tuple[str, int]]) -> Server:
    server, hour = Server(), 0.0
    for what, minutes in story:
        hour += minutes / 60
        word, _, kind = what.partition(" ")
        if kind:
            fault = {"lost": {"lost": True}, "damaged": {"checks": DAMAGED}, "missing": {"missing": True}}[word]
            getattr(server, kind)(hour, **fault)
        elif what == "fork":
            server.fork = f"fork at {hour}"
        elif what == "simple":
            server.model = "SIMPLE" if server.model == "FULL" else "FULL"
            server.lsn += 50
            server.logged = server.lsn
        elif what == "copy_only":
            server.full(hour, copy_only=True)
        else:
            getattr(server, what)(hour)
    return server


def reached(server: Server, instant: datetime) -> bool:
    """Whether ``instant`` can be had, tried the long way round."""
    pieces = [
        (datetime.fromisoformat(one.started_at), one)
        for each in server.sets
        for one in each.databases.values()
        if one.status is SetStatus.COMPLETED and not one.damaged and one.tick is not Tick.FAILED
    ]
    fulls = {one.chain.backup_set_guid: one for _at, one in pieces if one.kind is FULL}
    for at, base in pieces:
        if base.kind is LOG or at > instant or (base.kind is DIFFERENTIAL and not _base_of(base, fulls)):
            continue
        end, until = int(base.chain.last_lsn), at
        while until < instant:
            fits = [
                (until_log, int(log.chain.last_lsn))
                for until_log, log in pieces
                if log.kind is LOG
                and log.chain.recovery_fork_guid == base.chain.recovery_fork_guid
                and int(log.chain.first_lsn) <= end < int(log.chain.last_lsn)
            ]
            if not fits:
                break
            until_log, end = max(fits, key=lambda fit: fit[1])
            until = max(until, until_log)
        if until >= instant:
            return True
    return False


def _base_of(differential: object, fulls: dict[str, object]) -> bool:
    return differential.chain.differential_base_guid in fulls


@given(stories, st.integers(-30, 2400))
def test_an_instant_can_be_chosen_exactly_if_there_is_a_way_to_it(story, minute):
    server = acted(story)
    instant = server.at(minute / 60)

    assert line_of(server, 48).can_stand(instant) == reached(server, instant)


@given(stories, st.integers(-30, 2400), st.sampled_from((-1, 0, 1)))
def test_the_cursor_never_stands_in_a_gap(story, minute, direction):
    server = acted(story)
    line, instant = line_of(server, 48), server.at(minute / 60)

    near = line.nearest(instant, direction)

    if near is None:
        assert direction or not line.spans
        return
    assert line.can_stand(near)
    assert line.gap(near) is None
    assert line.nearest(near, direction) == near
    assert near == instant or not direction or (near > instant) == (direction > 0)
    assert all(abs(near - instant) <= abs(end - instant) or direction for span in line.spans for end in _ends(span))


def _ends(span: Span) -> tuple[datetime, datetime]:
    return span.start, span.end


@given(stories, st.integers(0, 2400))
def test_what_is_used_is_a_chain_that_ends_at_the_instant(story, minute):
    server = acted(story)
    line = line_of(server, 48)
    near = line.nearest(server.at(minute / 60))
    if near is None:
        return

    used = line.used(near)

    assert used is not None
    full, *rest = used.pieces
    assert full.kind is FULL and all(piece.usable for piece in used.pieces)
    end, at, base = full.last, full.at, full
    for piece in rest:
        if piece.kind is DIFFERENTIAL:
            assert piece is rest[0]
            assert piece.facts.differential_base_guid == full.facts.backup_set_guid
            base = piece
        else:
            assert piece.first <= end < piece.last
            assert piece.facts.recovery_fork_guid == base.facts.recovery_fork_guid
            assert at < near, "no log more than is needed"
        end, at = piece.last, max(at, piece.at)
    assert base.at <= near <= at


@given(stories)
def test_spans_and_gaps_lie_apart_and_in_order(story):
    line = line_of(acted(story), 48)

    assert all(span.start <= span.end for span in line.spans)
    assert all(one.end < other.start for one, other in pairwise(line.spans))
    assert all(gap.start < gap.end for gap in line.gaps)
    assert not any(gap.start < span.end and span.start < gap.end for gap in line.gaps for span in line.spans)
    assert all(line.can_stand(mark.at) for mark in line.marks if mark.wrong is None)
    assert {mark.at for mark in line.marks if mark.wrong is None} <= {at for at in _walk(line)} | {
        mark.at for mark in line.marks[:1]
    }


def _walk(line: Line) -> Iterator[datetime]:
    at: datetime | None = line.now - timedelta(days=400)
    while at is not None and (at := line.mark(at, 1)) is not None:
        yield at


# ---- what is looked at ----------------------------------------------------------------------------------------------


@pytest.fixture
def madrid(monkeypatch: pytest.MonkeyPatch) -> Iterator[ZoneInfo]:
    """A place where the clock is set back on 26 October 2025 and forward on 30 March 2025."""
    if not hasattr(time, "tzset"):
        pytest.skip("the process can't change its zone here")
    monkeypatch.setenv("TZ", "Europe/Madrid")
    time.tzset()
    yield ZoneInfo("Europe/Madrid")
    monkeypatch.undo()
    time.tzset()


FIRST = datetime(2015, 1, 1, tzinfo=UTC)
instants = st.integers(0, 10 * 365 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))


@given(
    instants,
    st.integers(0, 4000),
    instants,
    st.sampled_from(Stretch),
    st.lists(st.tuples(st.floats(0.05, 20), st.floats(-0.5, 1.5)), max_size=12),
)
def test_zooming_stays_within_the_bounds(start, days, instant, stretch, turns):
    bounds = whole(start, start + timedelta(days=days))
    view = looking(stretch, instant, bounds)
    for factor, share in turns:
        around = view.at(share)
        before, view = view, zoomed(view, factor, around, bounds)

        assert bounds.start <= view.start < view.end <= bounds.end
        assert view.seconds >= min(SHORTEST.total_seconds(), bounds.seconds)
        inside = bounds.start < view.start and view.end < bounds.end
        if inside and 0 <= share <= 1 and before.end - before.start > SHORTEST:
            assert abs(view.share(around) - share) < 0.001, "what is below the mouse stays there"


@settings(max_examples=60)
@given(instants, st.floats(100, 10 * 365 * 86400), st.integers(3, 20))
def test_the_axis_is_labelled_in_order_and_never_too_densely(start, seconds, most):
    view = View(start=start, end=start + timedelta(seconds=seconds))

    found = labels(view, most)

    assert len(found) <= most + 2
    assert all(view.holds(one.at) for one in found)
    assert all(one.at < other.at for one, other in pairwise(found))


@pytest.mark.usefixtures("madrid")
def test_a_day_on_which_the_clock_is_set_back_has_an_hour_more():
    bounds = whole(datetime(2025, 10, 1, tzinfo=UTC), datetime(2025, 10, 31, tzinfo=UTC))
    view = looking(Stretch.DAY, datetime(2025, 10, 26, 12, tzinfo=UTC), bounds)

    assert view.seconds == 25 * 3600
    found = [one.at.astimezone().hour for one in labels(view, 40)]
    assert found == [0, 1, 2, 2, *range(3, 24), 0]
    assert beside(view, 1, bounds).seconds == 24 * 3600
    assert beside(beside(view, 1, bounds), -1, bounds) == view


@pytest.mark.usefixtures("madrid")
def test_a_day_on_which_the_clock_is_set_forward_has_an_hour_less():
    bounds = whole(datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 3, 31, tzinfo=UTC))
    view = looking(Stretch.DAY, datetime(2025, 3, 30, 12, tzinfo=UTC), bounds)

    assert view.seconds == 23 * 3600
    assert [one.at.astimezone().hour for one in labels(view, 40)][:4] == [0, 1, 3, 4]


@pytest.mark.usefixtures("madrid")
def test_hour_week_and_all():
    bounds = whole(datetime(2025, 10, 1, tzinfo=UTC), datetime(2025, 10, 31, tzinfo=UTC))
    instant = datetime(2025, 10, 24, 12, 5, tzinfo=UTC)

    assert looking(Stretch.HOUR, instant, bounds).start == datetime(2025, 10, 24, 12, tzinfo=UTC)
    week = looking(Stretch.WEEK, instant, bounds)
    assert (week.start, week.end) == (day_start(date(2025, 10, 20)), day_start(date(2025, 10, 27)))
    assert looking(Stretch.ALL, instant, bounds) == bounds
    assert {one.unit for one in labels(week, 10)} == {Unit.DAY}
    assert following(week, instant, bounds) == week
    assert following(week, datetime(2025, 10, 28, tzinfo=UTC), bounds).start == day_start(date(2025, 10, 27))
