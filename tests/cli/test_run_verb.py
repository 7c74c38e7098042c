"""The verb that programs order by: one order in, events and one result out."""

from __future__ import annotations

import json

import pytest
from cli.command_line import CommandLine
from support.world import NAMES, World

from rexus.modules.backup.base import wire
from rexus.modules.backup.base.errors import BadInput
from rexus.modules.backup.base.identity import Identity
from rexus.modules.backup.base.records import BackupRequest, JobEvent, Outcome, PruneRequest, RestoreRequest, Status
from rexus.modules.backup.cli.about import ABOUT
from rexus.modules.backup.cli.verbs_run import _VERBS
from rexus.modules.backup.jobs.child import _RESULTS


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("empresa"), rows=20).build()
    run = CommandLine(world.config)
    return world, run, run.backup()


def order(verb: str, request: object, identity: Identity | None = None) -> str:
    return wire.line(wire.ORDER, wire.Order(verb=verb, request=request, identity=identity)).decode()


def lines(ran) -> list[tuple[str, dict]]:
    return [wire.parse(one.encode()) for one in ran.out.splitlines()]


def test_events_come_before_one_result(tmp_path):
    world = World(tmp_path, rows=20).build()
    ran = CommandLine(world.config)("run", typed=order("backup", BackupRequest(requested_by="ana")))
    told = lines(ran)

    assert (ran.code, ran.err) == (0, "")
    assert {kind for kind, _value in told[:-1]} == {wire.EVENT}
    assert {wire.as_event(value).database for _kind, value in told[:-1]} >= set(NAMES)
    kind, value = told[-1]
    assert kind == wire.RESULT
    assert value["manifest"]["requested_by"] == "ana"
    assert wire.as_outcome(value["outcome"]).status is Status.OK


REQUESTS = {
    "verify": lambda name: {"sets": [name]},
    "restore": lambda name: {"set": name, "databases": ["users"], "to": "aparte.db"},
    "drill": lambda name: {"databases": ["users"]},
    "prune": lambda name: {"requested_by": "ana"},
    "delete": lambda name: {"sets": [name], "confirmed": [name]},
    "cleanup": lambda name: {"requested_by": "ana"},
}


@pytest.mark.parametrize("verb", REQUESTS)
def test_every_verb_ends_with_its_result(company, verb):
    _world, run, name = company
    typed = json.dumps({"kind": "order", "value": {"verb": verb, "request": REQUESTS[verb](name)}}) + "\n"
    ran = run("run", typed=typed)
    kind, value = lines(ran)[-1]

    assert kind == wire.RESULT, ran.out + ran.err
    refused = verb == "delete"  # the newest proven set of every database stays
    assert ran.code == (3 if refused else 0)
    assert wire.as_outcome(value["outcome"]).status is (Status.REFUSED if refused else Status.OK)


def test_all_tables_of_verbs_agree():
    assert set(wire.REQUESTS) == set(_VERBS) == set(_RESULTS) == {"backup", *REQUESTS}


BAD = {
    "nothing": "",
    "no line end": '{"kind":"order"',
    "no JSON": "backup\n",
    "another kind": wire.line(wire.OUTCOME, Outcome(status=Status.FAILED)).decode(),
    "unknown verb": '{"kind":"order","value":{"verb":"pin","request":{}}}\n',
    "request of another verb": order("restore", BackupRequest()),
    "no text": '{"kind":"order","value":{"verb":"backup","request":{"databases":[3]}}}\n',
    "very deep": "[" * 100_000 + "\n",
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_order_is_refused(company, case):
    world, run, _name = company
    before = len(world.model().listing().sets)
    ran = run("run", "--lang", "en", typed=BAD[case])

    assert ran.code == 3
    assert "can't be read" in ran.err
    assert "Traceback" not in ran.err
    assert len(world.model().listing().sets) == before


def test_refusals_are_told_to_whoever_listens(company):
    _world, run, _name = company
    identity = Identity(name="eva", host_role="CONSULTA")
    ran = run("run", typed=order("delete", PruneRequest(sets=("x",)), identity))

    assert ran.code == 3
    [(kind, value)] = lines(ran)
    assert kind == wire.OUTCOME
    told = wire.as_outcome(value)
    assert (told.status, told.problems[0].code) == (Status.REFUSED, "role.denied_by_host")


def test_it_is_no_verb_for_people(company):
    _world, run, _name = company
    assert "run" not in ABOUT
    ran = run("run", "--json", typed=order("backup", BackupRequest()))

    assert (ran.code, ran.codes) == (3, {"cli.usage_together"})


def test_names_that_are_no_text_cross_the_border():
    event = JobEvent(job="x", sequence=1, phase="seal", database="a\udcff", done=1, total=2)
    line = wire.line(wire.EVENT, event)

    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    kind, value = wire.parse(line)
    assert (kind, wire.as_event(value)) == (wire.EVENT, event)


def test_an_order_comes_back_as_it_was():
    request = RestoreRequest(set="20250806_143052", databases=("users",), overwrite=True, confirmed=("users",))
    identity = Identity(name="ana", groups=("g",), host_role="ADMIN")
    sent = wire.Order(verb="restore", request=request, identity=identity)

    assert wire.as_order(wire.line(wire.ORDER, sent)) == sent
    with pytest.raises(BadInput):
        wire.as_order(wire.line(wire.ORDER, wire.Order(verb="restore", request=BackupRequest())))
