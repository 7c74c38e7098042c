"""How often a server is asked: once for all threads, anew after a sweep, never for the audit row while it is away."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlserver_double.world_messages import say
from support.silent import Silent
from support.sqlserver import NAMES, Company, codes, company

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.clock import SystemClock
from rexus.modules.backup.base.errors import Cancelled, SourceFailed
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import BackupRequest, JobEvent
from rexus.modules.backup.engines import sqlserver_open
from rexus.modules.backup.engines.port import DatabaseRef
from rexus.modules.backup.engines.sqlserver_choose import Choice, choose
from rexus.modules.backup.engines.sqlserver_connect import Connection

pytest.importorskip("pyodbc", reason="no libodbc on this system")


@pytest.fixture
def silent() -> Iterator[Silent]:
    made = Silent()
    yield made
    made.stop()


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path, "odbc") as made:
        yield made


def noted(firm: Company) -> None:
    """A backup ended as nobody foresaw, and what it has left on the server is asked for by the next run."""

    def report(event: JobEvent) -> None:
        if event.phase == "verify":
            raise ZeroDivisionError

    firm.configured("odbc", client_backup_dir=None, login_timeout_s=1)
    request = BackupRequest(databases=("users",), files=False, requested_by="prueba")
    with pytest.raises(ZeroDivisionError):
        firm.model().backup(request, report, CancelToken())


def test_who_waits_for_the_first_login_can_be_stopped(silent: Silent) -> None:
    connection = Connection(host="127.0.0.1", port=silent.port, login_timeout_s=120)
    client = choose("odbc", connection).client
    cancel = CancelToken()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(client.query, "SELECT 1")
        assert silent.awaits()
        second = pool.submit(client.query, "SELECT 2", cancel=cancel)
        cancel.cancel()
        try:
            with pytest.raises(Cancelled):
                second.result(60)
            assert not first.done()
        finally:
            assert silent.came() == 1
        with pytest.raises(SourceFailed):
            first.result(60)


def test_threads_that_begin_together_choose_one_client(firm: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second is in there too, or has to wait for the first: then nobody comes to the barrier."""
    both, chosen = threading.Barrier(2), []

    def slowly(*words: object) -> Choice:
        chosen.append(words)
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(0.5)
        return choose(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(sqlserver_open, "choose", slowly)
    refs = tuple(DatabaseRef(name=name, location=name) for name in NAMES)
    engine = sqlserver_open.opened(refs, firm.model().loaded, RealFiles(), SystemClock())
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(engine.preflight, refs))
    assert [one.code for each in found for one in each] == ["sqlserver.ready"] * 3
    assert len(chosen) == 1


def test_a_server_that_came_back_while_a_run_tidied_up_is_backed_up(firm: Company) -> None:
    noted(firm)
    firm.server.faults.hang_at("prelogin", 1)
    ran = firm.run("backup", "--no-files", "users", "--json")

    assert ran.json["status"] == "warnings", ran.out
    assert "sweep.server_unseen" in codes(ran)
    assert firm.model().catalog.load(ran.json["set"]).databases["users"].status.value == "completed"


def test_a_login_that_was_refused_while_a_run_tidied_up_is_not_tried_again(firm: Company) -> None:
    noted(firm)
    firm.world.faults.fail("login", say(18456, "sa"))
    ran = firm.run("backup", "--no-files", "users", "--json")

    assert "sqlserver.login_failed" in codes(ran)
    firm.backup("users")


@pytest.mark.parametrize(
    "words",
    [("backup", "--no-files"), ("drill", "users"), ("verify", "--all", "--depth", "engine")],
    ids=lambda w: w[0],
)
def test_no_login_is_tried_for_the_audit_row_of_a_server_that_is_away(
    firm: Company, silent: Silent, words: tuple[str, ...]
) -> None:
    firm.backup("users")
    firm.configured("odbc", login_timeout_s=1)
    whole = json.loads(firm.run.config.read_text("utf-8"))
    firm.run.config.write_text(json.dumps({**whole, "audit_database": "auditoria"}), "utf-8")
    firm.sign_in("sa", firm.password, silent.address)
    ran = firm.run(*words, "--json")

    (problem,) = (one for one in ran.json["problems"] if one["code"] == "audit_row.unwritten")
    assert "can't be reached" in problem["message"]
    assert silent.came() == 1
