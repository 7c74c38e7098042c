"""What a novice is told on the way: which right is enough, what a log does, which program is missing, what waits."""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cli.command_line import CommandLine
from sqlserver_double.world import SA_PASSWORD
from support.sqlserver import NAMES, Company, company

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.records import JobEvent, RestoreRequest

pytest.importorskip("pyodbc", reason="no libodbc on this system")
OPERATOR = {name: ("db_backupoperator",) for name in NAMES}
OFFSET = timedelta(hours=-3)
LONG_S = 60
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?[+-]\d\d:\d\d")


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path, "odbc") as made:
        yield made


def scheduled(firm: Company, *actions: str) -> None:
    settings = json.loads(firm.run.config.read_text("utf-8"))
    settings["schedules"] = [{"name": one, "action": one, "times": ["02:00"]} for one in actions]
    firm.run.config.write_text(json.dumps(settings), "utf-8")


def findings(firm: Company) -> dict[str, dict]:
    ran = firm.run("check", "--json")
    return {one["code"]: one for one in ran.json["findings"] if one["values"].get("database", "users") == "users"}


def sign_in(firm: Company, **rights: object) -> None:
    firm.world.add_login("copias", "C0pias;Clave", **rights)
    firm.sign_in("copias", "C0pias;Clave")


def test_under_a_new_name_the_smaller_right_is_asked_for(firm: Company):
    name = firm.backup("users")
    sign_in(firm, users=OPERATOR)
    (beside,) = firm.run.json("restore", name, "--database", "users", "--to", "u9", code=3)["problems"]
    over = firm.run.json("restore", name, "--database", "users", "--overwrite", "--yes", "users", code=3)["problems"]

    assert beside["code"] == "sqlserver.restore_right"
    assert "GRANT CREATE ANY DATABASE TO [copias];" in beside["fix"]
    assert "dbcreator" not in beside["fix"]
    assert any("dbcreator ADD MEMBER [copias]" in one["fix"] for one in over)

    firm.sql("GRANT CREATE ANY DATABASE TO copias")
    firm.run.json("restore", name, "--database", "users", "--to", "u9", "--plan", code=0)


def test_a_right_that_is_missing_has_no_tick_and_says_how_it_is_given(firm: Company):
    sign_in(firm, grants=("CREATE ANY DATABASE",), users=OPERATOR)
    lines = firm.run("check").out.splitlines()
    (at,) = (number for number, line in enumerate(lines) if "users under another name" in line)

    assert not lines[at].startswith(("✓", "v"))
    assert "ALTER SERVER ROLE dbcreator ADD MEMBER [copias];" in lines[at + 1]
    assert findings(firm)["sqlserver.overwrite_right"]["severity"] == "info"


def test_a_log_that_nobody_backs_up_is_told_in_plain_words(firm: Company):
    firm.backup()
    firm.add("users", 1000)
    scheduled(firm, "backup")
    told = findings(firm)["sqlserver.log_unplanned"]
    lines = [line for line in firm.run("check").out.splitlines() if "log of users" in line]

    assert "until its disk is full" in told["message"]
    assert '"action": "log"' in told["fix"]
    assert "ALTER DATABASE [users] SET RECOVERY SIMPLE;" in told["fix"]
    assert all(not line.startswith(("✓", "v")) for line in lines)
    assert lines != []

    scheduled(firm, "backup", "log")
    assert "sqlserver.log_unplanned" not in findings(firm)


def test_numbers_of_bases_are_for_programs(firm: Company):
    firm.backup("users")
    told = findings(firm)["sqlserver.last_backups"]

    assert told["values"]["base"] not in told["message"]
    assert told["values"]["base"] not in firm.run("check").out
    assert len(told["values"]["base"]) == 36


def test_last_backups_are_told_by_the_clock_here(tmp_path: Path):
    with company(tmp_path, "odbc") as firm:
        firm.world.clock.offset = OFFSET
        before = datetime.now(UTC) - timedelta(seconds=2)
        firm.backup("users")
        told = findings(firm)["sqlserver.last_backups"]
        (full,) = INSTANT.findall(told["message"])

        assert before <= datetime.fromisoformat(full) <= datetime.now(UTC) + timedelta(seconds=60)
        assert datetime.fromisoformat(told["values"]["full"]) == datetime.fromisoformat(full)


def test_a_named_sqlcmd_that_is_not_there_is_told(firm: Company, tmp_path: Path):
    firm.configured("auto")
    absent = str(tmp_path / "nada" / "sqlcmd")
    ran = firm.run("check", "--json", REXUS_SQLCMD=absent)
    (told,) = (one for one in ran.json["problems"] if one["code"] == "sqlserver.sqlcmd_override")

    assert (ran.code, told["severity"]) == (1, "warning")
    assert absent in told["message"]


def test_the_instant_that_the_server_reaches_is_told_by_the_clock_here_and_works(firm: Company):
    firm.world.clock.offset = OFFSET
    firm.backup("users")
    firm.world.clock.advance(timedelta(minutes=1))
    firm.add("users", 1000)
    log = firm.backup("users", "--kind", "log")
    where = ("restore", log, "--database", "users", "--to", "antes", "--plan")
    (refused,) = firm.run.json(*where, "--at", "2060-01-01T00:00:00Z", code=3)["problems"]
    *_, end = INSTANT.findall(refused["fix"])

    assert refused["code"] == "chain.after_last"
    steps = firm.run.json(*where, "--at", end)["plan"]["steps"]
    assert "restore_log" in {one["code"] for one in steps}
    shown = firm.run(*where, "--at", end)
    assert f"Instant that was understood: {end}." in shown.out


def test_a_set_without_the_database_names_one_that_has_it(firm: Company):
    holder = firm.backup("users")
    other = firm.backup("auditoria")
    (told,) = firm.run.json("restore", other, "--database", "users", "--to", "u9", code=3)["problems"]

    assert told["code"] == "restore.not_in_set"
    assert holder in told["fix"]


def test_what_is_the_same_of_all_sets_is_told_once(firm: Company, tmp_path: Path):
    for name in NAMES:
        firm.sql(
            f"BACKUP DATABASE {name} TO DISK = N'{firm.on_server(name + '.bak')}' WITH INIT, CHECKSUM, COMPRESSION"
        )
    folder = tmp_path / "rescate"
    shutil.copytree(firm.share, folder)
    ran = CommandLine(folder)("--lang", "en", "verify", "--all", XDG_STATE_HOME=str(tmp_path / "state"))

    assert ran.code == 0
    assert sum("compressed backup" in line for line in ran.err.splitlines()) == 1


def test_in_a_lost_folder_the_variables_are_named_and_not_settings(firm: Company, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    firm.sql(f"BACKUP DATABASE users TO DISK = N'{firm.on_server('users.bak')}' WITH INIT, CHECKSUM")
    folder = tmp_path / "rescate"
    shutil.copytree(firm.share, folder)
    entry = f"DB_SERVER=127.0.0.1,{firm.server.port}\nDB_USERNAME=sa\nDB_PASSWORD={SA_PASSWORD}\nREXUS_CLIENT=odbc\n"
    words = ("--lang", "en", "restore", "--database", "users", "--to", "u9", "--json")

    (folder / ".env").write_text(entry, "utf-8")
    (untrusted,) = CommandLine(folder)(*words).json["problems"]
    assert untrusted["code"] == "sqlserver.certificate_untrusted"
    assert "REXUS_TRUST_CERTIFICATE" in untrusted["fix"]
    assert ".env" in untrusted["fix"]
    (folder / ".env").write_text(f"{entry}REXUS_TRUST_CERTIFICATE=true\n", "utf-8")
    (apart,) = CommandLine(folder)(*words).json["problems"]
    assert apart["code"] == "restore.no_meeting"
    assert {"REXUS_SERVER_BACKUP_DIR", "REXUS_CLIENT_BACKUP_DIR"} <= set(re.findall(r"REXUS_\w+", apart["fix"]))
    assert not any("sqlserver." in one["fix"] for one in (untrusted, apart))


def test_who_wants_to_stop_while_a_database_opens_is_told_that_it_is_waited_for(firm: Company):
    name = firm.backup("users")
    heard, cancel, told = list[JobEvent](), CancelToken(), threading.Event()

    def report(event: JobEvent) -> None:
        heard.append(event)
        if event.phase == "cancel_too_late":
            told.set()

    hold = firm.world.faults.hold("restore.recover")
    request = RestoreRequest(set=name, databases=("users",), to="vuelta", requested_by="prueba")
    model = firm.model()
    running = threading.Thread(target=model.restore, args=(request, report, cancel), daemon=True)
    running.start()
    assert hold.reached.wait(LONG_S)
    cancel.cancel()
    was_told = told.wait(LONG_S)
    hold.release()
    running.join(LONG_S)

    assert was_told
    assert not running.is_alive()
    first = next(number for number, one in enumerate(heard) if one.phase == "cancel_too_late")
    assert "restore" not in {one.phase for one in heard[first:]}
    assert firm.databases() == set(NAMES)
