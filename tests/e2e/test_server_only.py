"""Backups whose bytes only the server sees: what is proven of them, asked again, counted on, and left when they go."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from sqlserver_double.world_messages import say
from support.sqlserver import Company, company

from rexus.modules.backup.base.records import PruneRequest

pytest.importorskip("pyodbc", reason="no libodbc on this system")


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path, "odbc") as made:
        made.configured("odbc", client_backup_dir=None)
        yield made


def held(firm: Company, name: str, database: str = "users") -> dict:
    return firm.run.json("show", name)["manifest"]["databases"][database]


def ticks(firm: Company, code: int = 0) -> list[str]:
    return [one["tick"] for one in firm.run.json("list", code=code)["sets"]]


def settle(firm: Company, **settings: object) -> None:
    whole = json.loads(firm.run.config.read_text("utf-8"))
    firm.run.config.write_text(json.dumps({**whole, **settings}), "utf-8")


def file_of(firm: Company, name: str) -> Path:
    return firm.share / held(firm, name)["server_file"].rpartition("\\")[2]


def test_what_the_server_proved_is_kept_as_its_word_and_counts(firm: Company):
    name = firm.backup("users")
    (check,) = held(firm, name)["checks"]

    assert (check["depth"], check["ok"], check["problem"]["code"]) == ("engine", True, "verify.by_server")
    assert check["problem"]["severity"] == "info"
    assert ticks(firm) == ["engine"]
    assert "its bytes could not be read from here" in firm.run("show", name).out
    refused = firm.run.json("delete", name, "--yes", name, code=3)
    assert [one["code"] for one in refused["problems"]] == ["delete.protected"]


def test_the_server_is_asked_again_and_its_answer_replaces_the_last(firm: Company):
    name = firm.backup("users")
    before = held(firm, name)["checks"][0]["at"]
    told = firm.run.json("verify", name)

    assert (told["sets"][0]["ok"], told["sets"][0]["tick"]) == (True, "engine")
    assert [one["code"] for one in told["problems"]] == ["verify.by_server"]
    (check,) = held(firm, name)["checks"]
    assert check["at"] > before


def test_a_server_that_cannot_be_reached_proves_and_condemns_nothing(firm: Company):
    name = firm.backup("users")
    before = held(firm, name)["checks"]
    firm.server.stop()
    told = firm.run.json("verify", name, code=2)

    assert {one["code"] for one in told["problems"]} == {"verify.server_unasked"}
    assert told["sets"][0]["tick"] == "engine"
    assert held(firm, name)["checks"] == before


@pytest.mark.parametrize("number", [3189, 3241])
def test_what_the_server_finds_wrong_is_damage(firm: Company, number: int):
    firm.backup("users")
    name = firm.backup("users")
    firm.world.faults.fail("verify.half", say(number, "C:\\x") if number == 3241 else say(number))
    told = firm.run.json("verify", name, code=2)

    assert told["sets"][0]["tick"] == "failed"
    assert ticks(firm) == ["failed", "engine"]
    again = firm.run.json("verify", name)
    assert again["sets"][0]["tick"] == "engine"


def test_another_backup_under_its_name_is_not_taken_for_it(firm: Company):
    first, second = firm.backup("users"), firm.backup("users")
    file_of(firm, second).write_bytes(file_of(firm, first).read_bytes())
    told = firm.run.json("verify", second, code=2)

    assert "sqlserver.not_that_backup" in {one["code"] for one in told["problems"]}
    assert ticks(firm) == ["failed", "engine"]


def test_a_file_that_the_server_lost_is_missing_until_it_is_back(firm: Company):
    first, second = firm.backup("users"), firm.backup("users")
    file, away = file_of(firm, second), firm.share / "lejos"
    file.rename(away)
    told = firm.run.json("verify", second, code=2)
    assert {one["code"] for one in told["problems"]} == {"verify.server_gone"}
    assert ticks(firm, 1) == ["failed", "engine"]
    assert firm.run.json("delete", first, "--yes", first, code=3)["problems"][0]["code"] == "delete.protected"
    planned = firm.run.json("restore", second, "--database", "users", "--to", "vuelta", "--plan", code=3)
    assert [one["code"] for one in planned["plan"]["refusals"]] == ["chain.missing"]
    assert [one["set"] for one in firm.run.json("drill", "users")["drills"]] == [first]
    away.rename(file)

    assert firm.run.json("verify", second)["sets"][0]["tick"] == "engine"
    firm.run.json("restore", second, "--database", "users", "--to", "vuelta", "--plan")


def test_logs_on_a_backup_that_the_server_lost_protect_no_more_and_nothing_is_deleted_for_it(firm: Company):
    old = firm.backup("users")
    settle(firm, retention={"daily": 0, "weekly": 0, "monthly": 0, "yearly": 0, "count": 1})
    base = firm.backup("users")
    logs = []
    for number in (1000, 1001):
        firm.add("users", number)
        logs.append(firm.backup("users", "--kind", "log"))
    file, away = file_of(firm, logs[0]), firm.share / "lejos"
    file.rename(away)
    assert {one["code"] for one in firm.run.json("verify", logs[0], code=2)["problems"]} == {"verify.server_gone"}

    told = firm.run("health", "--json").json["databases"]["users"]
    assert told["set"] == base
    plan = firm.run.json("prune", "--plan", code=1)
    assert {one["set"] for one in plan["decisions"] if one["action"] == "delete"} <= {old}
    planned = firm.run.json("restore", logs[1], "--database", "users", "--to", "vuelta", "--plan", code=3)
    assert [one["code"] for one in planned["plan"]["refusals"]] == ["chain.missing"]


def test_files_that_are_all_gone_may_only_be_elsewhere(firm: Company):
    names = [firm.backup("users"), firm.backup("users")]
    for name in names:
        file_of(firm, name).rename(firm.folder / name)
    told = firm.run.json("verify", *names, code=2)

    assert {one["code"] for one in told["problems"]} == {"verify.server_unasked"}
    assert ticks(firm) == ["engine", "engine"]


def test_by_turns_the_server_is_asked_too(firm: Company):
    name = firm.backup("users")
    told = firm.run.json("verify", "--oldest", "1")

    assert [one["set"] for one in told["sets"]] == [name]


def test_health_promises_from_what_the_server_proved(firm: Company):
    firm.backup()
    told = firm.run("health", "--json").json

    assert {one["deepest"] for one in told["databases"].values()} == {"engine"}
    assert all(one["proven_at"] and one["protected_until"] for one in told["databases"].values())


def test_a_deletion_names_what_the_server_keeps_and_claims_no_space(firm: Company):
    old, _ = firm.backup("users"), firm.backup("users")
    file = held(firm, old)["server_file"]
    told = firm.run.json("delete", old, "--yes", old, code=1)

    (problem,) = told["problems"]
    assert problem["code"] == "delete.server_files"
    assert file in problem["message"]
    assert problem["fix"] == f"Have them removed on the server: Remove-Item -LiteralPath '{file}'"
    assert [one["bytes"] for one in told["decisions"]] == [0]
    assert (firm.share / file.rpartition("\\")[2]).exists()


def test_a_plan_of_retention_names_what_the_server_keeps_before_and_after(firm: Company):
    names = [firm.backup("users") for _ in range(3)]
    settle(firm, retention={"daily": 0, "weekly": 0, "monthly": 0, "yearly": 0, "count": 1})
    plan = firm.run.json("prune", "--plan", code=1)
    going = [one["set"] for one in plan["decisions"] if one["action"] == "delete"]
    done = firm.run.json("prune", code=1)

    assert going == names[1::-1]
    for told in (plan, done):
        problem = next(one for one in told["problems"] if one["code"] == "delete.server_files")
        assert problem["values"]["count"] == 2
        assert told["freed_bytes"] == 0
    assert len(firm.leftovers()) == 3


def test_files_in_a_folder_that_is_shared_by_now_go_by_themselves(firm: Company):
    old, _ = firm.backup("users"), firm.backup("users")
    firm.configured("odbc")
    told = firm.run.json("delete", old, "--yes", old)
    firm.run.json("verify", "--all")

    assert told["problems"] == []
    assert len(firm.leftovers()) == 1


def test_a_restore_test_restores_what_only_the_server_sees(firm: Company):
    name = firm.backup("users")
    (drill,) = firm.run.json("drill", "users")["drills"]

    assert (drill["set"], drill["ok"]) == (name, True)
    assert ticks(firm) == ["restored"]
    assert len(firm.leftovers()) == 1


def test_a_restore_test_of_another_file_under_that_name_fails(firm: Company):
    first, second = firm.backup("users"), firm.backup("users")
    file_of(firm, second).write_bytes(file_of(firm, first).read_bytes())
    (drill,) = firm.run.json("drill", "users", "--set", second, code=2)["drills"]

    assert drill["ok"] is False
    assert "sqlserver.not_that_backup" in {one["code"] for one in drill["problems"]}


def test_without_the_right_to_verify_no_such_backup_is_made(firm: Company):
    firm.world.add_login("copias", "C0pias;Clave", users={"users": ("db_backupoperator",)})
    firm.sign_in("copias", "C0pias;Clave")
    told = firm.run.json("backup", "--no-files", "users", code=2)

    assert "sqlserver.unverifiable" in {one["code"] for one in told["problems"]}


def test_a_preview_names_what_stays(firm: Company):
    old, _ = firm.backup("users"), firm.backup("users")
    request = PruneRequest(sets=(old,), confirmed=(), requested_by="prueba")
    (decision,) = firm.model().plan_delete(request)

    assert (decision.because.code, decision.bytes) == ("delete.asked_server", 0)
    assert held(firm, old)["server_file"] in str(decision.because.values["command"])


def test_a_preview_names_all_that_stays_wherever_it_is(firm: Company):
    old = firm.backup()
    firm.backup()
    catalog = firm.model().catalog
    manifest = catalog.load(old)
    places = {"inventario": "https://almacen.example/copias/a.bak", "auditoria": "D:\\Otra\\ajena.bak"}
    moved = {
        name: msgspec.structs.replace(one, server_file=places.get(name, one.server_file))
        for name, one in manifest.databases.items()
    }
    catalog.publish(msgspec.structs.replace(manifest, databases=moved))
    (decision,) = firm.model().plan_delete(PruneRequest(sets=(old,), confirmed=(), requested_by="prueba"))

    assert decision.because == decision.stays[0]
    told = {one.code: one.values["files"] for one in decision.stays}
    assert told == {
        "delete.asked_server": moved["users"].server_file,
        "delete.asked_strange": places["auditoria"],
        "delete.asked_addresses": places["inventario"],
    }
    assert {one.values["set"] for one in decision.stays} == {old}


def test_a_deletion_that_somebody_begun_names_what_stays_too(firm: Company):
    old, _ = firm.backup("users"), firm.backup("users")
    catalog = firm.model().catalog
    catalog.publish(msgspec.structs.replace(catalog.load(old), deleting_since=datetime.now(UTC)))
    told = firm.run.json("verify", "--all", code=1)

    assert {"delete.server_files", "sweep.deletion_finished"} <= {one["code"] for one in told["problems"]}


def test_a_differential_is_not_built_on_a_full_backup_that_the_server_lost(firm: Company):
    firm.backup("inventario")
    name = firm.backup("users")
    file_of(firm, name).rename(firm.folder / "lejos")
    firm.run.json("verify", name, code=2)
    told = firm.run.json("backup", "--no-files", "users", "--kind", "differential", code=1)

    assert held(firm, told["set"])["kind"] == "full"
    assert "guard.base_useless" in {one["code"] for one in told["problems"]}


def test_files_behind_addresses_are_named_without_a_command_of_a_disk(firm: Company):
    old, _ = firm.backup("users"), firm.backup("users")
    catalog = firm.model().catalog
    manifest = catalog.load(old)
    away = msgspec.structs.replace(manifest.databases["users"], server_file="https://almacen.example/copias/a.bak")
    catalog.publish(msgspec.structs.replace(manifest, databases={"users": away}))
    told = firm.run.json("delete", old, "--yes", old, code=1)

    assert [one["code"] for one in told["problems"]] == ["delete.addresses"]
    assert "https://almacen.example/copias/a.bak" in told["problems"][0]["message"]


def test_a_folder_that_is_empty_now_may_be_elsewhere_though_another_one_is_there(firm: Company):
    names = [firm.backup("users"), firm.backup("users")]
    moved = firm.share.with_name("otra")
    moved.mkdir()
    firm.configured("odbc", client_backup_dir=None, server_backup_dir=firm.stand.there.rpartition("\\")[0] + "\\otra")
    firm.backup("users")
    assert len(list(moved.iterdir())) == 1
    for name in names:
        file_of(firm, name).rename(firm.folder / name)
    told = firm.run.json("verify", *names, code=2)

    assert {one["code"] for one in told["problems"]} == {"verify.server_unasked"}
    assert ticks(firm) == ["engine", "engine", "engine"]


def test_a_server_is_not_asked_for_what_another_one_keeps(firm: Company):
    old, other = firm.backup("users"), firm.backup("users")
    catalog = firm.model().catalog
    manifest = catalog.load(old)
    users = manifest.databases["users"]
    away = msgspec.structs.replace(
        users,
        server_file=f"{users.server_file}.vieja",
        facts=msgspec.structs.replace(users.facts, server="SERVIDOR-VIEJO"),
    )
    catalog.publish(msgspec.structs.replace(manifest, databases={"users": away}))
    told = firm.run.json("verify", old, other, code=2)

    assert "verify.server_unasked" in {one["code"] for one in told["problems"]}
    assert ticks(firm) == ["engine", "engine"]


def test_retention_that_runs_by_itself_has_no_trouble_with_what_stays_on_the_server(firm: Company):
    old = firm.backup("users")
    catalog = firm.model().catalog
    manifest = catalog.load(old)
    long_ago = datetime(2025, 1, 1, 12, tzinfo=UTC)
    earlier = msgspec.structs.replace(manifest, timestamp="20250101_120000", started_at=long_ago)
    catalog.publish(earlier)
    catalog.remove(old)
    few = {"daily": 0, "weekly": 0, "monthly": 0, "yearly": 0, "count": 1}
    settle(firm, retention={**few, "after_backup": True})
    told = firm.run.json("backup", "--no-files", "users")

    (problem,) = (one for one in told["problems"] if one["code"] == "delete.server_files")
    assert problem["severity"] == "info"
    assert problem["values"]["files"] == manifest.databases["users"].server_file
    assert "Remove-Item" in problem["fix"]
    assert [one["set"] for one in firm.run.json("list")["sets"]] == [told["set"]]


def test_a_file_that_another_set_needs_too_is_not_named_for_removal(firm: Company):
    first, second = firm.backup("users"), firm.backup("users")
    catalog = firm.model().catalog
    manifest = catalog.load(first)
    catalog.publish(msgspec.structs.replace(catalog.load(second), databases=manifest.databases))
    (decision,) = firm.model().plan_delete(PruneRequest(sets=(first,), confirmed=(), requested_by="prueba"))
    told = firm.run.json("delete", first, "--yes", first)

    assert (decision.because.code, told["problems"]) == ("delete.asked", [])


def test_a_folder_begun_anew_removes_no_backup_that_it_knows_nothing_of(firm: Company):
    firm.backup("users")
    (made,) = firm.leftovers()
    only = re.sub(r"_[0-9]{8}T", "_20250101T", made)
    (firm.share / made).rename(firm.share / only)
    firm.root.rename(firm.folder / "copias perdidas")
    firm.configured("odbc")
    firm.backup("users", "--new-root")
    firm.backup("users")

    assert firm.leftovers() == [only]
