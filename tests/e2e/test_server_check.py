"""``check`` on a server: what it says of the server, the folder, every database, and of a login with few rights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlserver_double.answers import Login
from sqlserver_double.sessions import WorldSession
from sqlserver_double.world import SA_PASSWORD
from support.sqlserver import NAMES, Company, company

from rexus.modules.backup.base.files import RealFiles

pytest.importorskip("pyodbc", reason="no libodbc on this system")
OPERATOR = {name: ("db_backupoperator",) for name in NAMES}


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path, "odbc") as made:
        yield made


def check(firm: Company, code: int = 1) -> dict[str, dict]:
    """Findings by code; those of `users` where a code is said of each database."""
    found: dict[str, dict] = {}
    for one in firm.run.json("check", code=code)["findings"]:
        if one["values"].get("database", "users") == "users":
            found[one["code"]] = one
    return found


def sign_in(firm: Company, **rights: object) -> None:
    firm.world.add_login("copias", "C0pias;Clave", **rights)
    firm.sign_in("copias", "C0pias;Clave")


def test_a_server_where_all_is_well_is_told_in_full(firm: Company):
    firm.backup()
    firm.backup("users", "--kind", "log")
    found = check(firm, code=0)

    assert found["sqlserver.reached"]["values"]["took_ms"] >= 0
    assert found["sqlserver.ready"]["values"]["model"] == "FULL"
    assert found["sqlserver.folder_ok"]["severity"] == "info"
    assert found["sqlserver.folder_written"]["severity"] == "info"
    assert found["sqlserver.folder_room"]["values"]["free"] > found["sqlserver.folder_room"]["values"]["needed"] > 0
    known = found["sqlserver.last_backups"]["values"]
    assert known["full"] != "–"
    assert known["log"] != "–"
    assert known["differential"] == "–"
    assert len(known["base"]) == 36
    assert firm.leftovers() == []
    assert not {one for one, each in found.items() if one.startswith("sqlserver.") and each["severity"] != "info"}


@pytest.mark.parametrize("edition", ["standard2022", "express2019"])
def test_the_probe_of_the_server_is_read_and_removed_here(tmp_path: Path, edition: str):
    with company(tmp_path, "odbc", edition) as firm:
        if edition == "standard2022":
            firm.sql("EXEC sp_configure 'backup compression default', 1; RECONFIGURE")
        assert "sqlserver.folder_written" in check(firm)
        assert firm.leftovers() == []


def test_a_folder_that_the_server_may_not_write_is_found_before_a_backup(firm: Company):
    firm.world.disk.make_read_only("C:\\Backup")
    found = check(firm, code=2)

    assert found["sqlserver.folder_unwritable"]["severity"] == "error"
    assert firm.leftovers() == []


def test_a_disk_of_the_server_that_is_too_small_is_told(firm: Company):
    disk = firm.world.disk
    disk.capacity["C:\\"] = disk.total("C:\\") - disk.free("C:\\") + 1000
    found = check(firm)

    assert found["sqlserver.folder_short"]["values"]["free"] <= 1000


def test_an_operator_of_backups_is_told_what_he_may_not(firm: Company):
    sign_in(firm, users=OPERATOR)
    found = check(firm)

    assert {"sqlserver.verify_right", "sqlserver.progress_right", "sqlserver.check_right"} <= found.keys()
    assert "sqlserver.folder_missing" not in found
    assert "CREATE ANY DATABASE TO [copias]" in found["sqlserver.verify_right"]["fix"]
    assert found["sqlserver.ready"]["values"]["bytes"] > 0


def test_whoever_may_create_databases_learns_whether_both_see_one_folder(firm: Company, tmp_path: Path):
    sign_in(firm, roles=("dbcreator",), users=OPERATOR)
    found = check(firm)
    assert found["sqlserver.folder_ok"]["severity"] == "info"
    assert found["sqlserver.folder_unwritten"]["severity"] == "info"

    elsewhere = tmp_path / "otra"
    elsewhere.mkdir()
    firm.configured("odbc", client_backup_dir=str(elsewhere))
    assert "sqlserver.folders_differ" in check(firm, code=2)
    firm.configured("odbc", server_backup_dir="C:\\Nada")
    assert "sqlserver.folder_missing" in check(firm, code=2)


def test_databases_that_the_login_may_not_see_are_not_taken_for_absent(firm: Company):
    sign_in(firm, users={"inventario": ("db_backupoperator",)})
    firm.world.logins["copias"].denied.add("VIEW ANY DATABASE")
    found = check(firm, code=2)

    assert "sqlserver.no_database" not in found
    assert "GRANT VIEW ANY DATABASE TO [copias]" in found["sqlserver.databases_unseen"]["fix"]


def test_a_differential_is_made_by_whoever_does_not_see_the_files_from_outside(firm: Company):
    firm.backup("users")
    sign_in(firm, users=OPERATOR)
    told = firm.run.json("backup", "--no-files", "users", "--kind", "differential", code=1)

    assert firm.run.json("show", told["set"])["manifest"]["databases"]["users"]["kind"] == "differential"


def test_a_manual_backup_by_such_a_login_leaves_the_base_of_others_alone(firm: Company):
    firm.backup()
    sign_in(firm, users=OPERATOR)
    name = firm.backup("users", code=1)

    assert firm.run.json("show", name)["manifest"]["databases"]["users"]["facts"]["copy_only"]


class Stubborn(RealFiles):
    """Files that nobody may remove."""

    def unlink(self, path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))


def test_a_probe_that_stayed_is_removed_by_the_next_backup(firm: Company):
    kit = firm.model()._kit()
    assert kit.engine.server is not None
    kit.engine._files = Stubborn()
    assert "sqlserver.folder_stays" in {one.code for one in kit.engine.server.findings()}
    assert firm.leftovers() != []

    firm.backup("users")
    assert firm.leftovers() == []


@pytest.mark.parametrize("sees", [True, False])
def test_a_database_whose_only_place_is_taken_can_not_be_backed_up_and_says_so(firm: Company, sees: bool):
    if not sees:
        sign_in(firm, users=OPERATOR)
    firm.sql("ALTER DATABASE users SET SINGLE_USER WITH ROLLBACK IMMEDIATE")
    assert "sqlserver.single_user" not in firm.run("check", "--json").codes, "nobody is in it"

    other = firm.world.login(Login(user="sa", password=SA_PASSWORD, database="users"))
    assert isinstance(other, WorldSession)
    found = check(firm, code=2)

    assert found["sqlserver.single_user"]["severity"] == "error"
    assert "ALTER DATABASE [users] SET MULTI_USER" in found["sqlserver.single_user"]["fix"]
    assert "sqlserver.single_user" in firm.run("backup", "users", "--no-files", "--json").codes
