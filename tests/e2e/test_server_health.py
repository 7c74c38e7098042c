"""Whether all is well with databases of a server: one that is gone, a kind that failed, a chain that lacks its base."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.sqlserver import ROWS, Company, company

pytest.importorskip("pyodbc", reason="no libodbc on this system")


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path, "odbc") as made:
        yield made


def alarms(firm: Company) -> dict[str, dict[str, Any]]:
    return {one["code"]: one for one in firm.run("health", "--json").json["alarms"]}


def test_a_database_that_the_last_backup_did_not_find_is_the_loudest_alarm(firm: Company) -> None:
    saved = firm.backup()
    firm.sql("DROP DATABASE inventario")
    assert "health.live_dropped" not in alarms(firm), "nobody has asked the server since"
    firm.run("backup", "--no-files")

    ran = firm.run("health", "--json")
    assert ran.code == 2
    first = ran.json["alarms"][0]
    assert (first["code"], first["severity"]) == ("health.live_dropped", "error")
    assert first["message"].startswith("inventario is no longer on its server")
    assert f"restore {saved} --database inventario --to inventario" in first["fix"]
    assert "health.latest_failed" not in alarms(firm), "it is said already"
    assert firm.run("health").code == 2

    firm.run.json("restore", saved, "--database", "inventario", "--to", "inventario")
    assert "health.live_dropped" not in alarms(firm)
    assert firm.count("inventario") == ROWS


def test_one_that_was_never_backed_up_is_not_to_be_restored(firm: Company) -> None:
    firm.sql("DROP DATABASE inventario")
    firm.run("backup", "--no-files")

    told = alarms(firm)["health.live_dropped"]
    assert "restore" not in told["fix"]


def test_a_full_backup_that_failed_is_not_called_the_newest_behind_later_ones(firm: Company) -> None:
    firm.backup("users")
    firm.world.faults.drop("backup.half")
    firm.backup("users", code=2)
    assert "kind" not in alarms(firm)["health.latest_failed"]["values"]
    for kind in ("differential", "log"):
        firm.backup("users", "--kind", kind)

    failed = alarms(firm)["health.latest_failed"]

    assert failed["values"]["kind"] == "full"
    assert "later ones of another kind were" in failed["message"]
    firm.backup("users", code=0)
    assert "health.latest_failed" not in alarms(firm)


@pytest.mark.parametrize("how", ["gone", "damaged"])
def test_what_needs_a_full_backup_that_is_lost_protects_nothing(firm: Company, how: str) -> None:
    full = firm.backup("users")
    firm.backup("users", "--kind", "differential")
    firm.backup("users", "--kind", "log")
    (stored,) = (firm.root / "databases").glob(f"users_{full}.*")
    if how == "gone":
        stored.unlink()
    else:
        data = bytearray(stored.read_bytes())
        data[len(data) // 2] ^= 1
        stored.write_bytes(data)
        firm.run("verify", full, "--depth", "content")

    health = firm.run("health", "--json").json
    assert health["databases"]["users"]["protected_until"] is None
    assert "health.none_proven" in {one["code"] for one in health["alarms"]}
    told = firm.run("list", "--json").json
    (lost,) = [one for one in told["problems"] if one["code"] == "list.base_lost"]
    assert (lost["values"]["needed"], lost["values"]["count"]) == (full, 2)
    assert [one["databases"]["users"]["lacks"] for one in told["sets"]] == [full, full, None]
    assert [one["databases"]["users"]["tick"] for one in told["sets"]] == ["content", "content", "failed"]
    assert firm.run("list").out.count(f"(lacks {full})") == 2


def test_what_can_be_restored_on_another_way_lacks_nothing(firm: Company) -> None:
    """A log that goes on from an older full backup as well."""
    firm.backup("users")
    newer = firm.backup("users", "--new-base")
    firm.backup("users", "--kind", "log")
    (stored,) = (firm.root / "databases").glob(f"users_{newer}.*")
    stored.unlink()

    told = firm.run("list", "--json").json
    assert "list.base_lost" not in {one["code"] for one in told["problems"]}
    assert [one["databases"]["users"]["lacks"] for one in told["sets"]] == [None] * 3
    assert firm.run("health", "--json").json["databases"]["users"]["set"] == told["sets"][0]["set"]


def test_a_log_in_which_nothing_happened_protects_up_to_its_own_instant(firm: Company) -> None:
    firm.backup("users")
    firm.add("users", 1000)
    firm.backup("users", "--kind", "log")
    quiet = [firm.backup("users", "--kind", "log") for _ in range(2)]

    assert firm.run("health", "--json").json["databases"]["users"]["set"] == quiet[-1]
    assert "list.base_unknown" not in firm.run("list", "--json").codes
