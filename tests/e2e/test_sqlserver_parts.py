"""The server's own databases and logins as part of a set: kept, shown, checked, and never restored over."""

import json
import os
import re
import stat

import pytest
from sqlserver_double.answers import Login
from sqlserver_double.world import make_world
from support.sqlserver import NAMES, Company, company

pytest.importorskip("pyodbc", reason="no libodbc on this system")
PARTS = ("master", "model", "msdb", "logins")


@pytest.fixture
def firm(tmp_path):
    with company(tmp_path, "odbc") as made:
        made.configured("odbc", server_parts=PARTS)
        made.world.add_login("ana", "Cl4ve;secreta", roles=("dbcreator",), grants=("VIEW SERVER STATE",))
        made.world.add_login("REXUS\\copias", windows=True)
        made.world.add_user("users", "ana", ["db_owner"])
        yield made


def script_of(firm: Company, name: str) -> str:
    """The script of logins in a set."""
    copies = firm.run.json("show", name)["manifest"]["config"]["files"]
    (found,) = (one for one in copies if one["source"] == "_sqlserver/logins.sql")
    assert found["private"]
    path = firm.root / found["backup"]
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return path.read_text("utf-8")


def batches(script: str) -> str:
    """The script without its remarks."""
    return "\n".join(line for line in script.splitlines() if not line.startswith("--"))


def test_a_set_holds_the_servers_own_databases_and_logs_pass_them_over(firm: Company):
    told = firm.run.json("backup")
    assert set(told["databases"]) == {*NAMES, "master", "model", "msdb"}
    assert {one["status"] for one in told["databases"].values()} == {"completed"}
    assert firm.run.json("verify", told["set"])["sets"][0]["ok"]
    logs = firm.run.json("backup", "--no-files", "--kind", "log")
    assert set(logs["databases"]) == set(NAMES)


def test_they_are_tested_like_the_others(firm: Company):
    name = firm.backup()
    for database in ("master", "msdb"):
        (drill,) = firm.run.json("drill", database)["drills"]
        assert (drill["set"], drill["ok"]) == (name, True)
    assert firm.databases() == set(NAMES)


def test_one_that_is_named_gets_a_full_backup_whatever_was_asked(firm: Company):
    firm.backup("master")
    told = firm.run.json("backup", "--no-files", "master", "--kind", "differential")
    manifest = firm.run.json("show", told["set"])["manifest"]["databases"]["master"]
    assert manifest["kind"] == "full"
    assert [one["code"] for one in manifest["notes"]] == ["guard.system_full"]


def test_logins_enter_a_new_server_with_their_passwords_and_their_users_find_them(firm: Company, tmp_path):
    name = firm.run.json("backup")["set"]
    script = script_of(firm, name)
    assert "Cl4ve" not in script

    new = make_world(tmp_path / "nuevo", "standard2022", "windows", machine="NUEVO")
    session = new.login(Login(user="sa", password="Str0ng;Pass"))
    said = list(session.batch(batches(script), {}))
    said += list(session.batch(batches(script), {}))  # what is there already stays
    assert [one for one in said if getattr(one, "severity", 0) > 10] == []

    assert not isinstance(new.login(Login(user="ana", password="Cl4ve;secreta")), tuple)
    ana, old = new.logins["ana"], firm.world.logins["ana"]
    assert (ana.sid, ana.roles, ana.grants) == (old.sid, {"dbcreator"}, {"VIEW SERVER STATE"})
    assert firm.world.database("users").content.users["ana"].sid == ana.sid
    assert new.logins["rexus\\copias"].windows


def test_a_user_whose_login_is_gone_gets_one_of_his_sid(firm: Company):
    name = firm.run.json("backup", "--no-files", "users")["set"]
    sid = firm.world.logins["ana"].sid
    firm.sql("DROP LOGIN ana")
    told = firm.run.json("restore", name, "--database", "users", "--to", "vuelta", code=1)
    (orphan,) = (one for one in told["problems"] if one["code"] == "sqlserver.orphan_unknown")
    firm.sql(orphan["values"]["statement"])
    assert firm.world.logins["ana"].sid == sid
    again = firm.run.json("restore", name, "--database", "users", "--to", "vuelta2")
    assert "sqlserver.orphan_unknown" not in {one["code"] for one in again["problems"]}


def test_the_script_alone_comes_out_where_it_is_wanted(firm: Company, tmp_path):
    name = firm.run.json("backup")["set"]
    words = ("--files", "config", "--only", "_sqlserver/logins.sql", "--to", str(tmp_path / "fuera"))
    firm.run.json("restore", name, *words)
    path = tmp_path / "fuera" / "_sqlserver" / "logins.sql"
    assert path.read_text("utf-8") == script_of(firm, name)
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert firm.run.json("verify", name, "--depth", "content")["sets"][0]["ok"]


def test_what_no_statement_brings_back_is_listed(firm: Company):
    firm.sql("CREATE CERTIFICATE sello WITH SUBJECT = 'copias'")
    firm.sql("CREATE CREDENTIAL [https://x.example/copias] WITH IDENTITY = 'SHARED ACCESS SIGNATURE', SECRET = 's'")
    firm.world.linked_servers["NOMINA"] = "rxnomina"
    remarks = [line for line in script_of(firm, firm.run.json("backup")["set"]).splitlines() if line.startswith("--")]
    for told in ("CERTIFICATE sello: 0x", "CREDENTIAL https://x.example/copias: SHARED", "LINKED SERVER NOMINA: SQL"):
        assert any(told in line for line in remarks)


def test_without_the_right_the_set_says_which_logins_are_missing(firm: Company):
    firm.world.add_login("copias", "otra;Clave1", roles=("dbcreator",), users={name: ["db_owner"] for name in NAMES})
    for name in ("master", "model", "msdb"):
        firm.world.add_user(name, "copias", ["db_owner"])
    firm.sign_in("copias", "otra;Clave1")
    told = firm.run.json("backup", code=1)
    assert "sqlserver.logins_unread" in {one["code"] for one in told["problems"]}
    assert "HASHED" not in batches(script_of(firm, told["set"]))


def test_no_hash_leaves_the_script(firm: Company, tmp_path):
    trace = tmp_path / "lotes.sql"
    name = firm.run.json("--trace-sql", str(trace), "backup")["set"]
    (digest,) = set(re.findall(r"0x0200[0-9A-F]{100,}", script_of(firm, name)))
    known = firm.world.logins["ana"].password_hash.hex().upper().encode()
    assert digest[2:].encode() == known
    held = [path for path in (*firm.root.rglob("*"), *firm.run.config.parent.rglob("*"), trace) if path.is_file()]
    assert [path.name for path in held if known in path.read_bytes().upper()] == ["logins.sql"]


@pytest.mark.parametrize(("database", "code"), [("master", "restore.system_master"), ("msdb", "restore.system_other")])
def test_a_restore_over_the_servers_own_databases_gives_the_steps_instead(firm: Company, database, code):
    name = firm.run.json("backup")["set"]
    words = ("restore", name, "--database", database, "--overwrite", "--yes", database)
    assert [one["code"] for one in firm.run.json(*words, "--plan", code=3)["plan"]["refusals"]] == [code]
    assert [one["code"] for one in firm.run.json(*words, code=3)["problems"]] == [code]
    told = firm.run(*words)
    assert f"RESTORE DATABASE {database}" in " ".join((told.out + told.err).split())
    copy = firm.run.json("restore", name, "--database", database)
    assert copy["restored"][0]["to"].startswith(f"{database}_restored_")


def test_bringing_back_everything_leaves_them_alone_and_says_so(firm: Company):
    name = firm.run.json("backup")["set"]
    told = firm.run.json(
        "restore", name, "--all", "--overwrite", *(word for one in NAMES for word in ("--yes", one)), code=1
    )
    assert {one["name"] for one in told["restored"]} >= set(NAMES)
    assert not {one["name"] for one in told["restored"]} & {"master", "model", "msdb"}
    assert "restore.system_left" in {one["code"] for one in told["problems"]}


def test_a_name_of_the_server_is_for_no_other_database(firm: Company):
    whole = json.loads(firm.run.config.read_text("utf-8"))
    whole["databases"]["msdb"] = "users"
    firm.run.config.write_text(json.dumps(whole), "utf-8")
    told = firm.run.json("config", "check", code=3)
    assert "config.name_of_server" in {one["code"] for one in told["problems"]}
