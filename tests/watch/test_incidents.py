"""Who is told of what: trouble once, again after the agreed hours, its end once; held for whatever may happen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.base.records import Origin, Outcome, Problem, Severity, Status
from rexus.modules.backup.config.settings import Channel
from rexus.modules.backup.watch.incidents import Case, event_of, weigh

START = datetime(2025, 8, 6, 2, 0, tzinfo=UTC)
REPEAT = timedelta(hours=24)
NAMES = ("users", "inventario", "auditoria")
EVERYTHING = Channel(name="todo", variable="A", on=("failure", "warning", "success"))
BAD_NEWS = Channel(name="malas", variable="B", on=("failure",))

steps = st.lists(
    st.tuples(
        st.sampled_from(["backup", "verify", "prune"]),
        st.sets(st.tuples(st.sampled_from(NAMES), st.sampled_from(["source.missing", "disk.low"])), max_size=3),
        st.booleans(),
        st.integers(min_value=0, max_value=60),
    ),
    max_size=25,
)


def ending(troubles: set[tuple[str, str]], grave: bool) -> Outcome:
    severity = Severity.ERROR if grave else Severity.WARNING
    problems = tuple(
        Problem(code=code, severity=severity, values={"database": name}) for name, code in sorted(troubles)
    )
    status = (Status.FAILED if grave else Status.WARNINGS) if troubles else Status.OK
    bad = {name for name, _ in troubles}
    proof = tuple(f"{name}:content:00" for name in NAMES if name not in bad)
    return Outcome(status=status, proof=proof or ("x:content:0",), problems=problems)


@given(steps)
def test_nobody_is_told_twice_within_the_agreed_hours_and_nothing_new_is_kept_from_them(story):
    known, now = (), START
    told: dict[tuple[str, str, str], datetime] = {}
    open_: set[tuple[str, str, str]] = set()
    for action, troubles, grave, hours in story:
        now += timedelta(hours=hours)
        outcome = ending(troubles, grave)
        event = event_of(outcome, Origin.SCHEDULED)
        assert event is not None
        verdict = weigh(Case(action=action, event=event, outcome=outcome, at=now), known, [EVERYTHING], REPEAT)
        keys = {(action, name, code) for name, code in troubles}
        assert {one.key for one in verdict.incidents if one.last == now and one.action == action} >= keys
        notices = {one.channel: one for one in verdict.notices}
        fresh = {key for key in keys if key not in open_ or now - told[key] >= REPEAT}
        if fresh:
            assert notices["todo"].present
        for notice in verdict.notices:
            for one in notice.present:
                told[one.key] = now
            for one in notice.over:
                assert one.key in open_ - keys
        open_ = {one.key for one in verdict.incidents}
        assert keys <= open_
        known = verdict.incidents
    assert all(one.count >= 1 and one.first <= one.last for one in known)


@given(steps)
def test_its_end_is_told_to_those_who_heard_of_it_and_to_nobody_else(story):
    known, now = (), START
    heard: set[tuple[str, str, str]] = set()
    for action, troubles, grave, hours in story:
        now += timedelta(hours=hours)
        outcome = ending(troubles, grave)
        event = event_of(outcome, Origin.SCHEDULED)
        assert event is not None
        verdict = weigh(Case(action=action, event=event, outcome=outcome, at=now), known, [BAD_NEWS], REPEAT)
        for notice in verdict.notices:
            assert {one.key for one in notice.over} <= heard
            heard -= {one.key for one in notice.over}
            heard |= {one.key for one in notice.present}
            assert notice.present or notice.over
        known = verdict.incidents
        heard &= {one.key for one in known} | heard


def test_a_failure_without_a_reason_is_told_all_the_same():
    case = Case(action="backup", event="failure", outcome=Outcome(status=Status.FAILED), at=START)
    [notice] = weigh(case, (), [BAD_NEWS], REPEAT).notices
    assert [one.problem.code for one in notice.present] == ["notice.no_reason"]


def test_a_set_that_another_verification_did_not_look_at_is_not_over():
    bad = Problem(code="archive.corrupt", values={"set": "20250101_000000", "database": "users"})
    first = weigh(
        Case(action="verify", event="failure", outcome=Outcome(status=Status.FAILED, problems=(bad,)), at=START),
        (),
        [BAD_NEWS],
        REPEAT,
    )
    other = Outcome(status=Status.OK, proof=("20250202_000000:content",))
    second = weigh(Case(action="verify", event="success", outcome=other, at=START), first.incidents, [BAD_NEWS], REPEAT)
    assert second.notices == ()
    same = Outcome(status=Status.OK, proof=("20250101_000000:content",))
    third = weigh(Case(action="verify", event="success", outcome=same, at=START), second.incidents, [BAD_NEWS], REPEAT)
    assert [one.problem for one in third.notices[0].over] == [bad]
    assert third.incidents == ()


def test_what_was_not_met_for_a_season_is_forgotten_and_there_is_an_end_to_it():
    known = ()
    for number in range(250):
        problem = Problem(code="files.changed", values={"database": f"d{number}"})
        outcome = Outcome(status=Status.FAILED, problems=(problem,))
        known = weigh(
            Case(action="backup", event="failure", outcome=outcome, at=START), known, [BAD_NEWS], REPEAT
        ).incidents
    assert len(known) == 200
    late = Case(action="drill", event="success", outcome=ending(set(), grave=False), at=START + timedelta(days=91))
    assert weigh(late, known, [BAD_NEWS], REPEAT).incidents == ()


def test_a_restore_test_that_failed_otherwise_or_said_nothing_ends_no_trouble():
    def drilled(status: Status, mark: str, *codes: str) -> Case:
        problems = tuple(Problem(code=code, values={"database": "users"}) for code in codes)
        outcome = Outcome(status=status, proof=(f"users:{mark}:x",), problems=problems)
        return Case(action="drill", event=event_of(outcome, Origin.DRILL) or "", outcome=outcome, at=START)

    known = weigh(drilled(Status.FAILED, "not_restored", "archive.corrupt"), (), [BAD_NEWS], REPEAT).incidents
    for case in (
        drilled(Status.FAILED, "restored", "source.missing"),
        drilled(Status.WARNINGS, "unverifiable", "disk.low"),
    ):
        verdict = weigh(case, known, [BAD_NEWS], REPEAT)
        assert all(not one.over for one in verdict.notices)
        known = verdict.incidents
    last = weigh(drilled(Status.OK, "restored"), known, [BAD_NEWS], REPEAT)
    assert {one.problem.code for one in last.notices[0].over} == {"archive.corrupt", "source.missing"}
    assert last.incidents == ()
