"""The same story by every client: both kinds of sqlcmd (a real one where REXUS_SQLCMD names it), and ODBC alone."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlcmd_double.install import install
from support.points import EVERY
from support.sqlserver import NAMES, ROWS, Company, company
from support.sqlserver_stands import VARIABLE

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.records import BackupRequest, Status

pytest.importorskip("pyodbc", reason="no libodbc on this system")
REAL = os.environ.get("REXUS_SQLCMD", "")
STAND_INS = () if os.environ.get(VARIABLE) else ("go", "odbc17", "odbc18") if EVERY else ("go", "odbc18")
CLIENTS = ("odbc", *(("real sqlcmd",) if REAL else STAND_INS))


@pytest.fixture(params=CLIENTS)
def firm(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    if request.param not in ("odbc", "real sqlcmd"):
        monkeypatch.setenv("REXUS_SQLCMD", str(install(tmp_path / "bin", request.param)))
    with company(tmp_path, "odbc" if request.param == "odbc" else "sqlcmd") as made:
        yield made


def test_a_chain_is_made_lost_and_restored(firm: Company) -> None:
    assert {one["severity"] for one in firm.run.json("check", code=1)["findings"]} == {"info", "warning"}
    firm.backup()
    firm.add("users", 1000)
    firm.backup("users", "--kind", "differential")
    firm.add("users", 1001)
    log = firm.backup("users", "--kind", "log")
    firm.sql("DELETE FROM users.dbo.datos")
    told = firm.run.json("restore", log, "--database", "users", "--overwrite", "--yes", "users")

    assert firm.count("users") == ROWS + 2
    assert firm.state("users") == ("ONLINE", "MULTI_USER")
    assert told["safety_set"]
    assert firm.leftovers() == []
    assert firm.databases() == set(NAMES)


def test_a_backup_that_is_cancelled_leaves_nothing(firm: Company) -> None:
    hold = firm.world.faults.hold("backup.half")
    cancel = CancelToken()

    def stop() -> None:
        hold.reached.wait(60)
        cancel.cancel()

    stopping = threading.Thread(target=stop)
    stopping.start()
    request = BackupRequest(databases=("users",), files=False, requested_by="prueba")
    outcome = firm.model().backup(request, lambda _: None, cancel).outcome
    stopping.join()

    assert outcome.status is Status.CANCELLED
    assert firm.leftovers() == []


def test_questions_and_checks_of_the_server_alone_are_the_same_by_every_client(firm: Company) -> None:
    firm.configured(firm.model().loaded.settings.sqlserver.client, client_backup_dir=None)
    whole = json.loads(firm.run.config.read_text("utf-8"))
    asked = [
        {"name": "cuántos", "database": "users", "query": "SELECT COUNT(*) FROM dbo.datos", "equals": ROWS},
        {"name": "mitad", "database": "users", "query": "SELECT AVG(CAST(id AS float)) FROM dbo.datos", "equals": 99.5},
        {"name": "nada", "database": "users", "query": "SELECT MAX(id) FROM dbo.datos WHERE id < 0", "equals": 0},
    ]
    firm.run.config.write_text(json.dumps({**whole, "drill_checks": asked}), "utf-8")
    name = firm.backup("users")
    assert firm.run.json("verify", name)["sets"][0]["tick"] == "engine"
    (drill,) = firm.run.json("drill", "users", code=2)["drills"]

    assert [one["value"] for one in drill["figures"]] == [ROWS, 99.5, None]
    assert [(one["problem"] or {}).get("code") for one in drill["figures"]] == [None, None, "drill.no_answer"]
    assert firm.databases() == set(NAMES)


def test_logins_stripes_and_addresses_by_every_client(firm: Company) -> None:
    """Hashes are long texts, several devices are several lines: each client must carry both."""
    address = "https://rexus.blob.core.windows.net/copias"
    client = json.loads(firm.run.config.read_text("utf-8"))["sqlserver"]["client"]
    firm.world.add_container(address)
    firm.world.add_login("ana", "Cl4ve;secreta")
    firm.configured(client, stripes=3, server_parts=("master", "logins"))
    shared = firm.run.json("backup")["set"]
    (script,) = firm.root.glob("config/*/_sqlserver/logins.sql")
    told = script.read_text("utf-8").upper()
    assert f"0X{firm.world.logins['ana'].password_hash.hex().upper()} HASHED" in told
    firm.configured(client, stripes=3, backup_url=address)
    away = firm.backup("users")

    for number, name in enumerate((shared, away)):
        firm.run.json("restore", name, "--database", "users", "--to", f"vuelta{number}")
        assert firm.count(f"vuelta{number}") == ROWS
