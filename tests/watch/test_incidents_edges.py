"""Edges of who is told of what: each subject, each event, the last hour before it is told again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rexus.modules.backup.base.records import Origin, Outcome, Problem, Severity, Status
from rexus.modules.backup.config.settings import Channel
from rexus.modules.backup.watch.incidents import Case, Incident, Notice, Verdict, event_of, key_of, troubles, weigh

START = datetime(2025, 8, 6, 2, 0, tzinfo=UTC)
REPEAT = timedelta(hours=24)
MOMENT = timedelta(microseconds=1)
ALL = Channel(name="todo", variable="A", on=("failure", "warning", "success"))
BAD = Channel(name="malas", variable="B", on=("failure",))


def trouble(code: str = "disk.low", severity: Severity = Severity.ERROR, **values: str | int) -> Problem:
    return Problem(code=code, severity=severity, values=values)


def failed(*problems: Problem, at: datetime = START, action: str = "backup", event: str = "failure") -> Case:
    status = Status.FAILED if event == "failure" else Status.WARNINGS
    proof = ("x:content",) if event != "failure" else ()
    return Case(action=action, event=event, outcome=Outcome(status=status, problems=problems, proof=proof), at=at)


def well(*proof: str, at: datetime = START, action: str = "backup") -> Case:
    return Case(action=action, event="success", outcome=Outcome(status=Status.OK, proof=proof or ("x:content",)), at=at)


def after(*cases: Case, channels: tuple[Channel, ...] = (ALL,)) -> Verdict:
    """The verdict of the last of several endings."""
    verdict = Verdict(incidents=())
    for one in cases:
        verdict = weigh(one, verdict.incidents, channels, REPEAT)
    return verdict


@pytest.mark.parametrize(
    ("status", "by_itself", "by_hand"),
    [
        (Status.OK, "success", "success"),
        (Status.WARNINGS, "warning", "warning"),
        (Status.FAILED, "failure", "failure"),
        (Status.INTERRUPTED, "failure", "failure"),
        (Status.REFUSED, "failure", None),
        (Status.SKIPPED, "warning", None),
        (Status.BUSY, "warning", None),
        (Status.CANCELLED, None, None),
    ],
)
def test_what_an_ending_is_to_those_who_were_not_there(status, by_itself, by_hand):
    proof = ("users:content:0",) if status in (Status.OK, Status.WARNINGS) else ()
    outcome = Outcome(status=status, proof=proof)

    assert [event_of(outcome, one) for one in (Origin.SCHEDULED, Origin.CATCH_UP, Origin.DRILL)] == [by_itself] * 3
    assert event_of(outcome, Origin.MANUAL) == by_hand


@pytest.mark.parametrize(
    ("action", "values", "subject"),
    [
        ("backup", {}, ""),
        ("backup", {"database": "users"}, "users"),
        ("backup", {"name": "users"}, "users"),
        ("backup", {"database": "users", "name": "x", "set": "s"}, "users"),
        ("backup", {"set": "s"}, "s"),
        ("verify", {"set": "s", "database": "users"}, "s/users"),
        ("verify", {"set": "s", "name": "users"}, "s/users"),
        ("verify", {"set": "s"}, "s"),
        ("verify", {"database": "users"}, "users"),
        ("drill", {"set": "s", "database": "users"}, "users"),
    ],
)
def test_what_a_trouble_is_about(action, values, subject):
    problem = trouble(**values)
    (known,) = weigh(failed(problem, action=action), (), [], REPEAT).incidents

    assert key_of(action, problem) == (action, subject, "disk.low") == known.key
    assert known.subject == subject


def test_which_problems_are_troubles_and_how_bad_each_is():
    error, warning, info = (trouble(severity.value, severity) for severity in (Severity.ERROR, *list(Severity)[1::-1]))

    assert troubles(failed(error, warning, info)) == [(error, "failure"), (warning, "warning")]
    assert troubles(failed(warning)) == [(warning, "failure")], "it is all there is to say why"
    assert troubles(failed(error, warning, event="warning")) == [(error, "warning"), (warning, "warning")]
    assert troubles(failed(info)) == [(Problem(code="notice.no_reason", values={"status": "failed"}), "failure")]
    assert troubles(well()) == []


def test_what_is_known_of_one_that_came_again():
    problem = trouble(database="users")
    later = START + timedelta(hours=30)
    first, again = failed(problem), failed(problem, at=later)

    assert after(first).incidents == (
        Incident(
            action="backup",
            subject="users",
            event="failure",
            problem=problem,
            first=START,
            last=START,
            told={"todo": START},
        ),
    )
    (known,) = after(first, again).incidents
    assert (known.first, known.last, known.count, known.told) == (START, later, 2, {"todo": later})
    (third,) = after(first, again, failed(problem, at=START - timedelta(days=1))).incidents
    assert (third.first, third.count) == (START - timedelta(days=1), 3), "the clock was put back"


def test_it_is_told_again_at_the_very_hour():
    problem = trouble(database="users")
    first = failed(problem)

    assert after(first, failed(problem, at=START + REPEAT - MOMENT)).notices == ()
    assert after(first, first).notices == (), "not twice in the same instant"
    (notice,) = after(first, failed(problem, at=START + REPEAT)).notices
    assert [one.count for one in notice.present] == [2]
    assert len(after(first, failed(problem, at=START - MOMENT)).notices) == 1, "told by a clock that was ahead"


def test_it_is_told_each_channel_by_its_own_hours():
    problem = trouble(database="users")
    slow = after(failed(problem, event="warning"), channels=(ALL, BAD))
    assert [one.channel for one in slow.notices] == ["todo"]

    later = weigh(failed(problem, at=START + timedelta(hours=1)), slow.incidents, (ALL, BAD), REPEAT)
    assert [one.channel for one in later.notices] == ["todo", "malas"], "worse than it was: told to all"
    again = weigh(failed(problem, at=START + timedelta(hours=2)), later.incidents, (ALL, BAD), REPEAT)
    assert again.notices == ()
    better = weigh(failed(problem, at=START + timedelta(hours=3), event="warning"), again.incidents, (ALL, BAD), REPEAT)
    assert better.notices == (), "less bad than it was: known"


def test_what_is_only_a_warning_beside_a_failure_wakes_nobody_who_wants_failures():
    error, warning = trouble("a", database="users"), trouble("b", Severity.WARNING, database="inventario")
    first = after(failed(error), channels=(BAD,))
    second = weigh(failed(error, warning, at=START + MOMENT), first.incidents, (BAD,), REPEAT)

    assert second.notices == ()
    assert {one.problem.code: one.told for one in second.incidents} == {"a": {"malas": START}, "b": {}}


def test_what_one_channel_is_told():
    problem = trouble(database="users")
    first = after(failed(problem), channels=(ALL, BAD))
    assert first.notices == tuple(
        Notice(channel=name, event="failure", present=one.present)
        for name, one in zip(("todo", "malas"), first.notices, strict=True)
    )
    assert [len(one.present) for one in first.notices] == [1, 1]

    over = weigh(well("users:content:0"), first.incidents, (ALL, BAD), REPEAT)
    gone = first.incidents
    assert over.notices == tuple(Notice(channel=name, event="success", over=gone) for name in ("todo", "malas"))
    assert over.incidents == ()
    assert weigh(well(), (), (ALL, BAD), REPEAT).notices == (Notice(channel="todo", event="success"),)


def test_a_new_trouble_and_the_end_of_another_are_told_together():
    first = after(failed(trouble("a", database="users")))
    other = trouble("b", database="inventario")
    outcome = Outcome(status=Status.FAILED, problems=(other,), proof=("users:content:0",))
    case = Case(action="backup", event="failure", outcome=outcome, at=START + MOMENT)
    (notice,) = weigh(case, first.incidents, [ALL], REPEAT).notices

    assert (notice.event, [one.problem.code for one in notice.present]) == ("failure", ["b"])
    assert notice.over == first.incidents


@pytest.mark.parametrize(
    ("subject", "proof", "is_over"),
    [
        ("users", "users:content:0", True),
        ("users", "inventario:content:0", False),
        ("", "inventario:content:0", True),
    ],
)
def test_what_proves_that_a_trouble_is_over(subject, proof, is_over):
    values = {"database": subject} if subject else {}
    first = after(failed(trouble(**values)))

    assert (weigh(well(proof), first.incidents, [ALL], REPEAT).incidents == ()) is is_over
    assert weigh(well(proof, action="verify"), first.incidents, [ALL], REPEAT).incidents == first.incidents


@pytest.mark.parametrize("action", ["prune", "cleanup"])
def test_a_job_that_looks_at_everything_ends_all_that_it_does_not_complain_of(action):
    first = after(failed(trouble(set="s"), action=action))
    still = failed(trouble("other"), action=action, at=START + MOMENT)

    assert weigh(well("x:y", action=action), first.incidents, [ALL], REPEAT).incidents == ()
    assert len(weigh(still, first.incidents, [ALL], REPEAT).incidents) == 2, "it failed: that proves nothing"


def test_the_season_after_which_one_is_forgotten():
    first = after(failed(trouble(database="users")))

    def known_after(days: float) -> int:
        return len(
            weigh(well("x:y", action="drill", at=START + timedelta(days=days)), first.incidents, [], REPEAT).incidents
        )

    assert [known_after(days) for days in (0, 89.99, 90, -89.99, -90)] == [1, 1, 0, 1, 0]


def test_one_trouble_of_many_sets_is_one():
    same = [trouble(database="users", why=f"{number}") for number in range(3)]
    (known,) = after(failed(*same)).incidents

    assert (known.count, known.problem) == (1, same[0])
