"""SQL Server through the real ODBC driver: full, differential and log backups, restores, restore tests."""

from __future__ import annotations

import json

import pytest
from support.sqlserver import NAMES, ROWS, Company, company

from rexus.modules.backup.base.records import BackupKind, BackupRequest

pytest.importorskip("pyodbc", reason="no libodbc on this system")


@pytest.fixture
def firm(tmp_path):
    with company(tmp_path, "odbc") as made:
        yield made


def test_a_backup_is_proven_stored_and_leaves_nothing_on_the_server(firm: Company):
    told = firm.run.json("backup", "--no-files")

    assert set(told["databases"]) == set(NAMES)
    assert all(one["status"] == "completed" and one["sha256"] for one in told["databases"].values())
    assert firm.leftovers() == []
    (listed,) = firm.run.json("list")["sets"]
    assert listed["tick"] == "content"
    manifest = firm.run.json("show", told["set"])["manifest"]
    facts = manifest["databases"]["users"]["facts"]
    assert facts["engine"] == "sqlserver"
    assert facts["row_counts"] == {"dbo.datos": ROWS}
    assert int(facts["last_lsn"]) > int(facts["first_lsn"])


def test_a_chain_comes_back_to_each_of_its_ends(firm: Company):
    firm.backup()
    firm.add("users", 1000)
    differential = firm.backup("users", "--kind", "differential")
    firm.add("users", 1001)
    first_log = firm.backup("users", "--kind", "log")
    firm.add("users", 1002)
    last_log = firm.backup("users", "--kind", "log")
    firm.sql("DELETE FROM users.dbo.datos WHERE id > 10")

    for number, name in enumerate((differential, first_log, last_log), 1):
        told = firm.run.json("restore", name, "--database", "users", "--to", f"vuelta{number}")
        assert told["restored"][0]["to"] == f"vuelta{number}"
        assert firm.count(f"vuelta{number}") == ROWS + number
    assert firm.count("users") == 11
    assert firm.leftovers() == []


def test_by_default_a_restore_makes_a_database_beside_the_one_that_is_there(firm: Company):
    name = firm.backup()
    told = firm.run.json("restore", name, "--database", "users")

    (made,) = firm.databases() - set(NAMES)
    assert told["restored"][0]["to"] == made
    assert made.startswith("users_restored_")


def test_overwriting_asks_for_the_name_keeps_what_was_there_and_lets_everybody_in_again(firm: Company):
    name = firm.backup()
    firm.add("users", 1000)
    asked = firm.run.json("restore", name, "--database", "users", "--overwrite", code=3)
    assert [one["code"] for one in asked["problems"]] == ["restore.unconfirmed"]
    told = firm.run.json("restore", name, "--database", "users", "--overwrite", "--yes", "users", code=0)

    assert firm.count("users") == ROWS
    assert firm.state("users") == ("ONLINE", "MULTI_USER")
    back = firm.run.json("restore", told["safety_set"], "--database", "users", "--to", "antes")
    assert back["restored"][0]["to"] == "antes"
    assert firm.count("antes") == ROWS + 1


def test_a_manual_full_backup_leaves_the_base_of_differentials_as_it_is(firm: Company):
    firm.backup()
    name = firm.backup()
    facts = firm.run.json("show", name)["manifest"]["databases"]["users"]["facts"]
    assert facts["copy_only"]
    firm.backup("users", "--kind", "differential")


def test_a_differential_on_somebody_elses_full_backup_becomes_a_full_one(firm: Company):
    firm.backup()
    firm.sql(f"BACKUP DATABASE users TO DISK = N'{firm.on_server('ajena.bak')}' WITH INIT")
    told = firm.run.json("backup", "--no-files", "users", "--kind", "differential", code=1)

    assert [one["code"] for one in told["problems"]] == ["guard.foreign_full"]
    manifest = firm.run.json("show", told["set"])["manifest"]
    assert manifest["databases"]["users"]["kind"] == "full"
    assert firm.leftovers() == ["ajena.bak"]


def test_a_log_backup_in_simple_recovery_is_refused_with_the_reason(firm: Company):
    firm.sql("ALTER DATABASE users SET RECOVERY SIMPLE")
    firm.backup()
    told = firm.run.json("backup", "--no-files", "users", "--kind", "log", code=2)

    assert "guard.simple" in {one["code"] for one in told["problems"]}


def test_among_others_a_database_in_simple_recovery_is_passed_over_and_no_log_of_it_is_missed(firm: Company):
    firm.sql("ALTER DATABASE users SET RECOVERY SIMPLE")
    firm.backup()
    log = BackupRequest(kind=BackupKind.LOG, requested_by="prueba")
    forecast = {one.database: one.kind for one in firm.model().forecast(log.kind)}
    assert forecast == {name: None if name == "users" else log.kind for name in NAMES}
    assert "BACKUP LOG [users]" not in firm.model().backup_sql(log)
    told = firm.run.json("backup", "--no-files", "--kind", "log")

    assert (told["status"], set(told["databases"])) == ("ok", set(NAMES) - {"users"})
    (problem,) = told["problems"]
    assert (problem["code"], problem["severity"]) == ("guard.passed_over", "info")
    assert "users" in problem["message"]
    assert "ALTER DATABASE [users] SET RECOVERY FULL;" in problem["message"]
    health = firm.run("health", "--json").json
    full = health["databases"]["users"]
    assert [one["values"] for one in health["alarms"] if one["code"] == "health.latest_failed"] == []
    assert full["protected_until"] < health["databases"]["auditoria"]["protected_until"]

    for name in set(NAMES) - {"users"}:
        firm.sql(f"ALTER DATABASE {name} SET RECOVERY SIMPLE")
    firm.backup()
    told = firm.run.json("backup", "--no-files", "--kind", "log", code=2)
    assert {one["code"] for one in told["problems"]} == {"guard.simple"}


def test_logs_that_came_to_an_end_are_a_warning(firm: Company):
    firm.backup()
    firm.backup("--kind", "log")
    firm.sql("ALTER DATABASE users SET RECOVERY SIMPLE")
    firm.backup()  # by which the switch is no news any more
    told = firm.run.json("backup", "--no-files", "--kind", "log", code=1)

    (problem,) = (one for one in told["problems"] if "users" in one["message"])
    assert (told["status"], problem["code"], problem["severity"]) == ("warnings", "guard.logs_ended", "warning")
    assert "ALTER DATABASE [users] SET RECOVERY FULL;" in problem["fix"]


def test_two_names_of_one_database_are_each_forecast(firm: Company):
    settings = json.loads(firm.run.config.read_text("utf-8"))
    settings["databases"] = {"una": "users", "otra": "users", "inventario": "inventario"}
    firm.run.config.write_text(json.dumps(settings), "utf-8")
    firm.sql("ALTER DATABASE users SET RECOVERY SIMPLE")

    for kind in (BackupKind.LOG, BackupKind.FULL):
        assert [one.database for one in firm.model().forecast(kind)] == ["una", "otra", "inventario"]


def test_after_a_restore_the_log_goes_on_only_from_a_new_backup(firm: Company):
    firm.backup()
    log = firm.backup("users", "--kind", "log")
    firm.run.json("restore", log, "--database", "users", "--overwrite", "--yes", "users")
    told = firm.run.json("backup", "--no-files", "users", "--kind", "log", code=1)

    assert [one["code"] for one in told["problems"]] == ["guard.restored"]


def test_a_restore_test_restores_aside_checks_and_drops(firm: Company):
    name = firm.backup()
    (drill,) = firm.run.json("drill", "users")["drills"]

    assert (drill["set"], drill["ok"]) == (name, True)
    assert firm.databases() == set(NAMES)
    assert firm.leftovers() == []
    assert firm.run.json("list")["sets"][0]["databases"]["users"]["tick"] == "restored"


def test_damage_in_a_stored_backup_is_found_without_the_server(firm: Company):
    name = firm.backup()
    file = firm.root / firm.run.json("show", name)["manifest"]["databases"]["users"]["file"]
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0x10
    file.write_bytes(data)
    firm.sign_in("nadie", "nada", "127.0.0.1,1")
    told = firm.run.json("verify", name, "--depth", "content", code=2)

    assert not told["sets"][0]["ok"]


def test_a_backup_comes_out_as_a_plain_file_too(firm: Company, tmp_path):
    name = firm.backup()
    told = firm.run.json("restore", name, "--database", "users", "--to", str(tmp_path / "fuera.bak"), code=1)

    assert told["restored"][0]["to"] == str(tmp_path / "fuera.bak")
    assert (tmp_path / "fuera.bak").read_bytes()[:8] in (b"MSSQLBAK", b"TAPE\x00\x00\x03\x00")


def test_a_folder_that_is_another_one_is_found_before_and_after(firm: Company, tmp_path):
    elsewhere = tmp_path / "otra"
    elsewhere.mkdir()
    firm.configured("odbc", client_backup_dir=str(elsewhere))
    checked = firm.run.json("check", code=2)
    assert "sqlserver.folders_differ" in {one["code"] for one in checked["findings"]}
    told = firm.run.json("backup", "--no-files", "users", code=2)
    assert "sqlserver.folders_differ" in {one["code"] for one in told["problems"]}


def test_without_a_shared_folder_backups_stay_on_the_server_and_can_be_restored(firm: Company):
    firm.configured("odbc", client_backup_dir=None)
    told = firm.run.json("backup", "--no-files", "users")
    manifest = firm.run.json("show", told["set"])["manifest"]["databases"]["users"]
    assert manifest["file"] is None
    assert manifest["server_file"].startswith(firm.on_server("rexus_"))
    back = firm.run.json("restore", told["set"], "--database", "users", "--to", "vuelta")
    assert back["restored"][0]["to"] == "vuelta"
    assert firm.count("vuelta") == ROWS


def test_the_password_is_nowhere_in_what_is_written(firm: Company, tmp_path):
    trace = tmp_path / "lotes.sql"
    firm.run("--trace-sql", str(trace), "--debug", "backup", "--no-files")
    firm.run("--trace-sql", str(trace), "check")
    secret = firm.password.encode()

    assert b"BACKUP DATABASE [users]" in trace.read_bytes()
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != ".env"]
    assert [path for path in written if secret in path.read_bytes()] == []


def test_new_databases_go_where_the_settings_say(firm: Company):
    firm.world.share_of("C:\\Datos")
    firm.world.share_of("C:\\Registros")
    name = firm.backup()
    firm.configured("odbc", data_dir="C:\\Datos", log_dir="C:\\Registros")
    firm.run.json("restore", name, "--database", "users", "--to", "aparte")

    files = firm.sql("SELECT physical_name FROM sys.master_files WHERE database_id = DB_ID(N'aparte') ORDER BY file_id")
    assert [str(path).rpartition("\\")[0] for (path,) in files] == ["C:\\Datos", "C:\\Registros"]


def test_a_chain_that_is_not_there_is_no_failed_restore_test(firm: Company):
    firm.backup()
    log = firm.backup("users", "--kind", "log")
    full = min((firm.root / "databases").glob("users_*.bak"))
    full.rename(full.with_suffix(".lejos"))
    told = firm.run.json("drill", "users", "--set", log, code=2)

    assert told["drills"][0]["ok"] is None
    full.with_suffix(".lejos").rename(full)
    assert firm.run.json("drill", "users", "--set", log)["drills"][0]["ok"]


@pytest.mark.parametrize("kinds", ["log log", "differential log", "full log", "full differential log"])
def test_after_a_restore_over_the_database_each_of_its_backups_comes_back(firm: Company, kinds: str):
    first = firm.backup()
    firm.add("users", 1000)
    firm.backup("users", "--kind", "log")
    firm.run.json("restore", first, "--database", "users", "--overwrite", "--yes", "users")
    for number, kind in enumerate(kinds.split(), 1):
        firm.add("users", 2000 + number)
        name = firm.run("backup", "--no-files", "users", "--kind", kind, "--json").json["set"]
        firm.run.json("restore", name, "--database", "users", "--to", f"otra{number}")
        assert firm.count(f"otra{number}") == ROWS + number


def test_what_is_made_so_that_logs_are_possible_makes_them_possible(firm: Company):
    firm.backup()
    firm.sql("ALTER DATABASE users SET RECOVERY SIMPLE")
    firm.sql("ALTER DATABASE users SET RECOVERY FULL")
    (because,) = firm.run.json("backup", "--no-files", "users", "--kind", "log", code=1)["problems"]
    assert because["code"] == "guard.pseudo_simple"
    firm.add("users", 1000)

    name = firm.backup("users", "--kind", "log")
    firm.run.json("restore", name, "--database", "users", "--to", "otra")
    assert firm.count("otra") == ROWS + 1


def test_the_base_of_another_program_is_left_to_it_until_somebody_decides_otherwise(firm: Company):
    firm.backup()
    firm.sql(f"BACKUP DATABASE users TO DISK = N'{firm.on_server('ajena.bak')}' WITH INIT")
    for _again in range(2):
        (because,) = firm.run.json("backup", "--no-files", "users", "--kind", "differential", code=1)["problems"]
        assert because["code"] == "guard.foreign_full"
        assert because["fix"].endswith("backup --new-base")
    firm.backup("users", "--new-base")

    firm.backup("users", "--kind", "differential")
