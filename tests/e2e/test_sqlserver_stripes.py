"""Backups in several files: all of them kept, proven and needed; one that is missing or damaged has a name."""

import pytest
from support.sqlserver import NAMES, ROWS, Company, company

pytest.importorskip("pyodbc", reason="no libodbc on this system")
COUNT = 3


@pytest.fixture
def firm(tmp_path):
    with company(tmp_path, "odbc") as made:
        made.configured("odbc", stripes=COUNT)
        yield made


def files_of(firm: Company, name: str) -> list[str]:
    """The stored files of the database ``users``."""
    one = firm.run.json("show", name)["manifest"]["databases"]["users"]
    return [one["file"], *(piece["file"] for piece in one["stripes"])]


def test_every_file_is_stored_hashed_and_restored_from(firm: Company):
    told = firm.run.json("backup", "--no-files")
    name = told["set"]
    files = files_of(firm, name)
    assert [file.rpartition("_")[2].split(".")[1] for file in files] == ["s1of3", "s2of3", "s3of3"]
    held = {path.name for path in (firm.root / "databases").iterdir()}
    assert held >= {file.rpartition("/")[2] for file in files}
    assert len(held) == COUNT * len(NAMES)
    one = firm.run.json("show", name)["manifest"]["databases"]["users"]
    assert len({one["stored_sha256"], *(piece["stored_sha256"] for piece in one["stripes"])}) == COUNT
    listed = firm.run.json("list")["sets"][0]["databases"]["users"]
    assert listed["stored_bytes"] == sum((firm.root / file).stat().st_size for file in files)
    assert firm.leftovers() == []

    back = firm.run.json("restore", name, "--database", "users", "--to", "vuelta")
    assert back["restored"][0]["to"] == "vuelta"
    assert firm.count("vuelta") == ROWS
    assert firm.leftovers() == []


@pytest.mark.parametrize("depth", ["stored", "content", "engine"])
def test_every_file_is_looked_at(firm: Company, depth):
    name = firm.backup("users")
    assert firm.run.json("verify", name, "--depth", depth)["sets"][0]["ok"]
    path = firm.root / files_of(firm, name)[2]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x40
    path.write_bytes(data)
    told = firm.run.json("verify", name, "--depth", depth, code=2)
    assert not told["sets"][0]["ok"]
    assert files_of(firm, name)[2] in {one["values"].get("file") for one in told["problems"]}


def test_a_lost_file_is_named_and_nothing_is_restored_without_it(firm: Company):
    name = firm.backup()
    lost = files_of(firm, name)[1]
    (firm.root / lost).rename(firm.root / "lejos")
    told = firm.run.json("verify", name, code=2)
    (missed,) = (one for one in told["problems"] if one["code"] == "store.missing")
    assert lost.rpartition("/")[2] in missed["message"]
    assert firm.run.json("list", code=1)["sets"][0]["databases"]["users"]["tick"] != "content"
    (refusal,) = firm.run.json("restore", name, "--database", "users", "--to", "vuelta", code=3)["problems"]
    assert refusal["values"]["place"] == lost
    assert "vuelta" not in firm.databases()
    (firm.root / "lejos").rename(firm.root / lost)
    firm.run.json("restore", name, "--database", "users", "--to", "vuelta")


def test_files_of_two_backups_do_not_pass_for_one(firm: Company):
    firm.configured("odbc", stripes=COUNT, compression=False)
    first = firm.backup("users")
    firm.add("users", 1000)
    second = firm.backup("users")
    mine, other = files_of(firm, first)[1], files_of(firm, second)[1]
    whole = (firm.root / other).read_bytes()
    (firm.root / other).write_bytes((firm.root / mine).read_bytes())
    told = firm.run.json("verify", second, "--depth", "content", code=2)
    assert other in {one["values"].get("file") for one in told["problems"]}
    (firm.root / other).write_bytes(whole)
    assert firm.run.json("verify", second, "--depth", "content")["sets"][0]["ok"]


def test_a_restore_test_that_failed_is_made_good_by_one_that_passes(firm: Company):
    firm.configured("odbc", stripes=COUNT, compression=False)
    name = firm.backup("users")
    path = firm.root / files_of(firm, name)[1]
    whole = path.read_bytes()
    path.write_bytes(whole[:9000] + bytes(64) + whole[9064:])
    assert firm.run.json("drill", "users", "--set", name, code=2)["drills"][0]["ok"] is False
    path.write_bytes(whole)
    firm.run.json("verify", name, code=1)
    assert firm.run.json("restore", name, "--database", "users", "--to", "otra", code=3)["restored"] == []

    assert firm.run.json("drill", "users", "--set", name)["drills"][0]["ok"]
    firm.run.json("restore", name, "--database", "users", "--to", "otra")


def test_a_deleted_set_leaves_no_file(firm: Company):
    first = firm.backup()
    firm.backup()
    files = files_of(firm, first)
    firm.run.json("delete", first, "--yes", first)
    assert [file for file in files if (firm.root / file).exists()] == []
    assert firm.run.json("verify", "--all")["orphans"] == []


def test_a_chain_of_striped_backups_comes_back(firm: Company):
    firm.backup()
    firm.add("users", 1000)
    log = firm.backup("users", "--kind", "log")
    firm.run.json("restore", log, "--database", "users", "--overwrite", "--yes", "users")
    assert firm.count("users") == ROWS + 1
    assert firm.run.json("drill", "users", "--set", log)["drills"][0]["ok"]


def test_it_does_not_come_out_as_one_plain_file(firm: Company, tmp_path):
    name = firm.backup()
    told = firm.run.json("restore", name, "--database", "users", "--to", str(tmp_path / "fuera.bak"), code=3)
    assert [one["code"] for one in told["problems"]] == ["restore.striped"]


def test_without_a_shared_folder_all_files_stay_on_the_server_and_are_told(firm: Company):
    firm.configured("odbc", stripes=COUNT, client_backup_dir=None)
    first = firm.backup()
    manifest = firm.run.json("show", first)["manifest"]["databases"]["users"]
    there = [manifest["server_file"], *(piece["server_file"] for piece in manifest["stripes"])]
    assert [file.rpartition("_")[2] for file in there] == ["1of3.bak", "2of3.bak", "3of3.bak"]
    firm.run.json("restore", first, "--database", "users", "--to", "vuelta")
    assert firm.count("vuelta") == ROWS
    firm.backup()
    told = firm.run.json("delete", first, "--yes", first, code=1)
    (left,) = (one for one in told["problems"] if one["code"] == "delete.server_files")
    assert left["values"]["count"] == COUNT * len(NAMES)


def test_a_failed_backup_leaves_none_of_its_files(firm: Company):
    firm.world.disk.fill_after("C:\\Backup", 200_000)
    told = firm.run.json("backup", "--no-files", "users", code=2)
    assert "sqlserver.disk_full" in {one["code"] for one in told["problems"]}
    firm.world.disk.fill_after("C:\\Backup", None)
    assert firm.leftovers() == []
    assert list(firm.root.glob("databases/*")) == []
