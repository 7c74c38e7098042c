"""BACKUP TO URL: the server writes into a store of objects, proves it there and restores from it; we delete nothing."""

import dataclasses
import json

import pytest
from support.sqlserver import NAMES, ROWS, Company, company

pytest.importorskip("pyodbc", reason="no libodbc on this system")
S3 = "s3://almacen.example:9000/copias"
AZURE = "https://rexus.blob.core.windows.net/copias"


@pytest.fixture(params=[S3, AZURE])
def address(request):
    return request.param


@pytest.fixture
def firm(tmp_path, address):
    with company(tmp_path, "odbc") as made:
        made.world.add_container(address)
        made.configured("odbc", backup_url=address, client_backup_dir=None)
        yield made


def objects(firm: Company, address: str) -> list[str]:
    """What lies in the store."""
    return sorted(path.name for path in firm.world.disk.local(address).iterdir())


def held(firm: Company, name: str, database: str = "users"):
    return firm.run.json("show", name)["manifest"]["databases"][database]


def test_a_backup_is_proven_where_it_is_and_comes_back_from_there(firm: Company, address):
    name = firm.backup()
    one = held(firm, name)
    assert one["file"] is None
    assert one["server_file"].startswith(f"{address}/rexus_")
    assert len(objects(firm, address)) == len(NAMES)
    assert one["checks"][0]["problem"]["code"] == "verify.by_server"
    firm.add("users", 1000)
    log = firm.backup("users", "--kind", "log")
    told = firm.run.json("restore", log, "--database", "users", "--to", "vuelta")
    assert told["restored"][0]["to"] == "vuelta"
    assert firm.count("vuelta") == ROWS + 1
    assert firm.run.json("drill", "users", "--set", log)["drills"][0]["ok"]


def test_it_may_be_spread_over_several_objects(firm: Company, address):
    firm.configured("odbc", backup_url=address, client_backup_dir=None, stripes=4)
    name = firm.backup("users")
    assert len(objects(firm, address)) == 4
    assert len(held(firm, name)["stripes"]) == 3
    firm.run.json("restore", name, "--database", "users", "--to", "vuelta")
    assert firm.count("vuelta") == ROWS


def test_the_server_looks_at_it_again_when_asked(firm: Company, address):
    name = firm.backup("users")
    assert firm.run.json("verify", name, "--depth", "engine")["sets"][0]["ok"]
    (path,) = firm.world.disk.local(address).iterdir()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)
    assert not firm.run.json("verify", name, "--depth", "engine", code=2)["sets"][0]["ok"]


def test_objects_of_a_deleted_set_stay_and_are_named(firm: Company, address):
    first = firm.backup()
    firm.backup()
    before = objects(firm, address)
    told = firm.run.json("delete", first, "--yes", first, code=1)
    (left,) = (one for one in told["problems"] if one["code"] == "delete.addresses")
    assert left["values"]["count"] == len(NAMES)
    assert objects(firm, address) == before
    assert all(name.rpartition("/")[2] in before for name in left["values"]["files"].split(", "))


def test_check_says_what_is_missing_and_what_to_type(firm: Company, address):
    found = {one["code"] for one in firm.run.json("check", code=1)["findings"]}
    assert "sqlserver.url_ok" in found
    assert not found & {"sqlserver.folder_unseen", "sqlserver.folder_ok"}

    firm.world.credentials.clear()
    told = {one["code"]: one for one in firm.run.json("check", code=2)["findings"]}
    lacking = told["sqlserver.url_no_credential"]
    assert f"CREATE CREDENTIAL [{address}] WITH IDENTITY = " in lacking["values"]["statement"]
    assert lacking["severity"] == "error"
    failed = firm.run.json("backup", "--no-files", "users", code=2)
    assert "sqlserver.url_failed" in {one["code"] for one in failed["problems"]}

    firm.world.credentials[address] = "somebody"
    assert "sqlserver.url_identity" in {one["code"] for one in firm.run.json("check", code=2)["findings"]}


def test_what_a_failed_backup_may_leave_is_said(firm: Company, address):
    firm.world.disk.fill_after(address, 100_000)
    told = firm.run.json("backup", "--no-files", "users", code=2)
    assert any(address in str(one["values"].get("left", "")) for one in told["problems"])


def test_trace_and_settings_hold_no_secret_of_the_store(firm: Company, tmp_path, address):
    trace = tmp_path / "lotes.sql"
    firm.run.json("--trace-sql", str(trace), "backup", "--no-files")
    text = trace.read_text("utf-8")
    assert f"URL = N'{address}/" in text
    assert "SECRET" not in text


def test_azure_is_refused_early_by_what_is_older_than_its_signatures(tmp_path):
    with company(tmp_path, "odbc", "express2019") as firm:
        firm.world.add_container(AZURE)
        firm.configured("odbc", backup_url=AZURE, client_backup_dir=None)
        firm.world.edition = dataclasses.replace(firm.world.edition, version=(12, 0, 2000))
        (found,) = (one for one in firm.run.json("check", code=2)["findings"] if one["code"] == "sqlserver.url_too_old")
        assert "2016" in found["message"]
        told = firm.run.json("backup", "--no-files", "users", code=2)
        assert "sqlserver.url_too_old" in {one["code"] for one in told["problems"]}


@pytest.mark.parametrize(
    ("engine", "code", "advice"),
    [(5, "sqlserver.url_database", "BACPAC"), (8, "sqlserver.url_managed", "WITH COPY_ONLY")],
)
def test_a_service_of_azure_is_not_told_to_upgrade_itself(firm: Company, address, engine, code, advice):
    edition = dataclasses.replace(firm.world.edition, engine=engine, text="SQL Azure", version=(12, 0, 2000))
    firm.world.edition = edition
    told = {one["code"]: one for one in firm.run.json("check", code=2)["findings"]}

    assert code in told
    assert advice in told[code]["fix"]
    assert "upgrade" not in json.dumps(told)
    assert told.keys().isdisjoint({"sqlserver.url_too_old", "sqlserver.url_unable", "sqlserver.old_version"})
    failed = firm.run.json("backup", "--no-files", "users", code=2)
    assert code in {one["code"] for one in failed["problems"]}
    assert objects(firm, address) == []


@pytest.mark.parametrize("edition", ["express2022", "express2019"])
def test_s3_is_refused_early_where_the_server_knows_none(tmp_path, edition):
    with company(tmp_path, "odbc", edition) as firm:
        firm.world.add_container(S3)
        firm.configured("odbc", backup_url=S3, client_backup_dir=None)
        assert "sqlserver.url_unable" in {one["code"] for one in firm.run.json("check", code=2)["findings"]}
        told = firm.run.json("backup", "--no-files", "users", code=2)
        assert "sqlserver.url_unable" in {one["code"] for one in told["problems"]}


@pytest.mark.parametrize(
    "wrong", ["http://x/y", "s3://almacen", "https://x/copias/", "https://x/c?sv=2024&sig=f1rma", "C:\\Backup"]
)
def test_an_address_with_a_signature_or_without_a_container_is_no_setting(tmp_path, wrong):
    with company(tmp_path, "odbc") as firm:
        whole = json.loads(firm.run.config.read_text("utf-8"))
        whole["sqlserver"]["backup_url"] = wrong
        firm.run.config.write_text(json.dumps(whole), "utf-8")
        told = firm.run.json("config", "check", code=3)
        assert "f1rma" not in json.dumps(told)
        assert "sqlserver.backup_url" in {one["values"]["key"] for one in told["problems"]}
