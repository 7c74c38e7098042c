"""How far a restore is as a whole: honest, from nothing to nearly all, and never back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.base.records import JobEvent, Problem, RestorePlan, Step
from rexus.modules.backup.jobs.shares import Shares, of_safety_copies

MIB = 1 << 20


def embedded(*names: str, size: int = 100 * MIB) -> RestorePlan:
    """A restore over databases in files, and of the configuration."""
    steps = [Step(code="unseal", name=name, bytes=size) for name in names]
    steps += [Step(code=code, name=name) for code in ("prove", "safety", "swap", "check") for name in names]
    lost = tuple(
        Problem(code="restore.lost_changes", values={"database": name, "bytes_now": size, "bytes_then": size})
        for name in names
    )
    needed = 2 * size * len(names) + MIB
    return RestorePlan(set="x", steps=(*steps, Step(code="files", name="config")), bytes_needed=needed, lost=lost)


def by_server(name: str, *, over: bool = True, size: int = 100 * MIB) -> RestorePlan:
    """A restore of a full backup and a log by a server."""
    kinds = ("full", "log")
    steps = [Step(code="unseal", name=name, bytes=size) for _ in kinds]
    steps += [Step(code="safety", name=name)] if over else []
    steps += [Step(code=f"restore_{kind}", name=name) for kind in kinds]
    steps += [Step(code="recover", name=name), Step(code="checkdb", name=name)]
    return RestorePlan(set="x", steps=tuple(steps), bytes_needed=2 * size)


def test_a_safety_copy_begins_before_the_half_and_has_its_share_in_both_engines() -> None:
    for plan in (embedded("users"), by_server("users")):
        shares = Shares(plan)
        shares.at("unseal", "users", 100, 100)
        shares.at("check", "users", 100, 100)
        begun, half, done = (shares.at("safety", "users", part, 1000) or 0.0 for part in (0, 500, 1000))
        assert 0.2 < begun < 0.6
        assert begun < half < done < 0.95


def test_a_restore_by_a_server_moves_on_in_each_of_its_phases() -> None:
    shares = Shares(by_server("users"))
    told = [
        shares.at(phase, "users", done, 100)
        for phase in ("unseal", "safety", "restore", "check")
        for done in (0, 50, 100)
    ]
    assert told == sorted(told, key=lambda share: share or 0.0)
    assert len(set(told)) > 8
    assert (told[0] or 0.0) < 0.05
    assert (told[-1] or 0.0) > 0.95


def test_databases_after_one_another_end_together() -> None:
    shares = Shares(embedded("users", "inventario"))
    for name in ("users", "inventario"):
        shares.at("unseal", name, 1, 1)
    for name in ("users", "inventario"):
        shares.at("safety", name, 1000, 1000)
    one = shares.at("check", "users", 1, 1) or 0.0
    shares.at("swap", "users", 0, 0)
    shares.at("swap", "inventario", 0, 0)
    last = shares.at("files", "config", 1, 1) or 0.0
    assert one < last
    assert last > 0.95


PHASES = st.sampled_from(["unseal", "check", "verify", "safety", "swap", "restore", "files", "cancel_asked", "publish"])
EVENTS = st.lists(st.tuples(PHASES, st.sampled_from(["users", "inventario", "config", ""]), st.integers(0, 120)))
PLANS = st.sampled_from([embedded("users", "inventario"), by_server("users"), by_server("users", over=False)])


@given(PLANS, EVENTS)
def test_whatever_is_told_it_never_goes_back_nor_reaches_the_end(
    plan: RestorePlan, events: list[tuple[str, str, int]]
) -> None:
    shares, before = Shares(plan), 0.0
    for phase, name, done in events:
        now = shares.at(phase, name, done, 100)
        assert now is not None
        assert before <= now < 1.0
        before = now


def test_a_plan_without_steps_tells_nothing() -> None:
    assert Shares(RestorePlan(set="x")).at("unseal", "users", 1, 2) is None


def test_a_safety_copy_is_told_by_the_name_that_people_know() -> None:
    told: list[tuple[str, int, int]] = []
    report = of_safety_copies(lambda *one: told.append(one), {"users_aside": "users"})
    for number, (phase, done) in enumerate((("server", 50), ("seal", 50), ("verify", 100), ("done", 100)), 1):
        report(JobEvent(job="x", sequence=number, phase=phase, database="users_aside", done=done, total=100))
    report(JobEvent(job="x", sequence=9, phase="publish"))
    assert [one[0] for one in told] == ["users"] * 4
    assert [one[1] for one in told] == sorted(one[1] for one in told)
    assert told[-1] == ("users", 1000, 1000)
