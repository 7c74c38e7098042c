"""What backups that die leave on a server whose folder nobody else sees, and which files we tell people to remove."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cli.nursery import PROGRAM
from sqlserver_double.world_messages import say
from support.sqlserver import Company, company

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.files import PARTIAL
from rexus.modules.backup.base.records import BackupKind, BackupRequest, Status

pytest.importorskip("pyodbc", reason="no libodbc on this system")


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path, "odbc") as made:
        made.configured("odbc", client_backup_dir=None)
        yield made


def killed(firm: Company, *options: str) -> str:
    """A backup dies once the server has written its file; returns that as the server names it."""
    hold = firm.world.faults.hold("verify.half")
    command = [sys.executable, str(PROGRAM), "--config", str(firm.run.config), "backup", "--no-files", "users"]
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([*command, *options], **streams) as one:
        assert hold.reached.wait(60)
        one.kill()
    hold.release()
    firm.world.faults.clear()
    (name,) = set(firm.leftovers()) - {file.rpartition("\\")[2] for file in named(firm)}
    return firm.on_server(name)


def named(firm: Company) -> set[str]:
    """Files of the server that sets name."""
    catalog = firm.model().catalog
    found = (catalog.load(one.set).databases.values() for one in catalog.entries().sets)
    return {one.server_file for each in found for one in each if one.server_file}


def told(ran: dict, code: str) -> list[dict]:
    """The problems of a run, or the findings of a check, that have this code."""
    return [one for one in ran.get("findings", ran["problems"]) if one["code"] == code]


def notes(firm: Company) -> list[Path]:
    return list((firm.root / "safety").glob(".writing-*"))


def test_a_killed_backup_is_named_by_the_next_run_and_by_every_check_until_its_file_is_gone(firm: Company):
    whole = firm.backup("users")
    assert notes(firm) == []
    left = killed(firm)
    (found,) = told(firm.run.json("check", code=1), "sweep.server_files")
    assert found["fix"] == f"Have them removed on the server: Remove-Item -LiteralPath '{left}'"

    first = firm.run.json("backup", "--no-files", "users", code=1)
    (problem,) = told(first, "sweep.server_files")
    assert problem["values"]["files"] == left
    assert told(firm.run.json("backup", "--no-files", "users"), "sweep.server_files") == []
    assert told(firm.run.json("check", code=1), "sweep.server_files")
    (firm.share / left.rpartition("\\")[2]).unlink()
    assert told(firm.run.json("check", code=1), "sweep.server_files") == []
    firm.backup("users")
    assert notes(firm) == []
    assert firm.run.json("verify", whole)["sets"][0]["ok"]


def test_a_login_that_may_not_look_is_told_where_to_have_somebody_look(firm: Company):
    left = killed(firm)
    users = {"users": ("db_backupoperator",)}
    firm.world.add_login("copias", "C0pias;Clave", users=users)
    firm.sign_in("copias", "C0pias;Clave")
    (found,) = told(firm.run("check", "--json").json, "sweep.server_unseen")

    assert left in found["message"]
    assert found["fix"].endswith(f"Remove-Item -LiteralPath '{left}'")


def test_a_login_that_may_open_backups_finds_them_without_looking_into_the_folder(firm: Company):
    left = killed(firm)
    firm.world.add_login("copias", "C0pias;Clave", users={"users": ("db_owner",)}, roles=("dbcreator",))
    firm.sign_in("copias", "C0pias;Clave")
    (found,) = told(firm.run("check", "--json").json, "sweep.server_files")
    assert found["values"]["files"] == left

    (firm.share / left.rpartition("\\")[2]).unlink()
    ran = firm.run("check", "--json").json
    assert [one["code"] for one in ran["findings"] if one["code"].startswith("sweep.")] == []


def test_a_set_that_is_cancelled_names_what_its_finished_databases_have_left(firm: Company):
    firm.configured("odbc", client_backup_dir=None, parallel=1)
    firm.backup()
    hold, cancel = firm.world.faults.hold("backup.half", "inventario"), CancelToken()
    request = BackupRequest(kind=BackupKind.DIFFERENTIAL, files=False, requested_by="prueba")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(firm.model().backup, request, lambda _: None, cancel)
        assert hold.reached.wait(60)
        cancel.cancel()
        outcome = running.result(60).outcome

    (problem,) = (one for one in outcome.problems if one.code == "sweep.server_files")
    assert outcome.status is Status.CANCELLED
    left = {firm.on_server(name) for name in firm.leftovers()} - named(firm)
    assert ", ".join(sorted(left)) == problem.values["files"]
    assert "_users_" in str(problem.values["files"])
    kinds = {one.kind for one in firm.model().catalog.load(str(outcome.set)).databases.values()}
    assert kinds == {BackupKind.DIFFERENTIAL}
    assert told(firm.run.json("backup", "--no-files", "users"), "sweep.server_files") == []


def test_what_is_noted_of_addresses_is_told_as_such_and_forgotten_some_day(firm: Company):
    left = killed(firm)
    (path,) = notes(firm)
    note = json.loads(path.read_bytes())
    address = "https://cuenta.blob.core.windows.net/copias/rexus_x.bak"
    long_ago = (datetime.now(UTC) - timedelta(days=31)).isoformat()
    path.write_text(json.dumps({**note, "files": [address]}), "utf-8")
    (found,) = told(firm.run.json("check", code=1), "sweep.addresses")
    assert address in found["message"]

    path.write_text(json.dumps({**note, "files": ["C:\\Windows\\win.ini"]}), "utf-8")
    firm.world.disk.local("C:\\Windows\\win.ini").parent.mkdir(parents=True, exist_ok=True)
    firm.world.disk.local("C:\\Windows\\win.ini").write_bytes(b"of somebody")
    (found,) = told(firm.run.json("check", code=1), "sweep.server_strange")
    assert "command" not in found["values"]
    path.write_text(json.dumps({**note, "files": [address], "told_at": long_ago}), "utf-8")
    firm.backup("users")
    assert notes(firm) == []
    assert (firm.share / left.rpartition("\\")[2]).exists()


SWEPT = {"sweep.server_files", "sweep.server_unseen", "sweep.server_strange", "sweep.server_logs"}


def rewritten(firm: Company, **values: object) -> None:
    """The only note, as somebody else wrote it."""
    (path,) = notes(firm)
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **values}), "utf-8")


def test_a_note_with_a_moment_of_no_zone_stops_no_backup(firm: Company):
    left = killed(firm)
    rewritten(firm, told_at="2026-01-01T00:00:00")
    firm.backup("users")
    assert told(firm.run.json("check", code=1), "sweep.server_files")
    (firm.share / left.rpartition("\\")[2]).unlink()
    firm.backup("users")
    assert notes(firm) == []


def test_a_note_that_cannot_be_read_is_told(firm: Company):
    killed(firm)
    (path,) = notes(firm)
    path.write_bytes(b"{")
    (found,) = told(firm.run.json("check", code=1), "sweep.note_unreadable")
    assert found["values"] == {"path": str(path)}
    firm.backup("users")
    assert path.exists()


def test_what_a_copied_manifest_names_is_told_to_nobody_and_nothing_is_while_one_cannot_be_read(firm: Company):
    kept = firm.backup("users")
    catalog = firm.model().catalog
    (file,) = {one.server_file for one in catalog.load(kept).databases.values()}
    left = killed(firm)
    rewritten(firm, files=[file, left])
    catalog.publish(msgspec.structs.replace(catalog.load(kept), timestamp="20250101_010101"))
    (path,) = firm.root.glob(f"backup_manifest_{kept}.json")
    path.unlink()
    (found,) = told(firm.run.json("check", code=1), "sweep.server_files")
    assert found["values"]["files"] == left

    (path,) = firm.root.glob("backup_manifest_20250101_010101.json")
    path.write_bytes(b"{")
    ran = firm.run("check", "--json").json
    assert told(ran, "sweep.server_files") == []


def test_nothing_is_told_of_a_set_that_another_machine_may_still_write(firm: Company):
    left = killed(firm)
    lease = firm.root / ".lease"
    record = json.loads(lease.read_bytes())
    lease.write_text(json.dumps({**record, "host": "otra"}), "utf-8")
    os.utime(lease, (1_700_000_000, 1_700_000_000))
    ran = firm.run("check", "--json").json
    assert {one["code"] for one in ran["findings"]} & SWEPT == set()
    lease.unlink()
    assert told(firm.run.json("check", code=1), "sweep.server_files")[0]["values"]["files"] == left


def test_a_log_that_was_backed_up_and_not_named_is_to_be_kept_for_a_while(firm: Company):
    firm.backup("users")
    left = killed(firm, "--kind", "log")
    assert left.endswith(".trn")
    (found,) = told(firm.run.json("check", code=1), "sweep.server_logs")
    assert found["fix"].startswith("Keep them until")
    assert left in found["fix"]


def test_in_a_shared_folder_the_next_run_removes_it_and_says_that_it_was_a_backup(firm: Company):
    firm.configured("odbc")
    left = killed(firm)
    (found,) = told(firm.run.json("backup", "--no-files", "users"), "sweep.dead_backup")

    path = firm.share / left.rpartition("\\")[2]
    assert found["values"]["path"] == str(path)
    path.with_suffix(PARTIAL).write_bytes(b"of a restore")
    (found,) = told(firm.run.json("backup", "--no-files", "users"), "sweep.dead_work")
    assert found["values"]["path"] == str(path.with_suffix(PARTIAL))
    assert firm.leftovers() == []


STRANGE = (
    "C:\\Windows\\System32\\config\\SAM",
    "C:\\Backup\\..\\Windows\\win.ini",
    "C:\\Backup\\ajena.bak",
    "C:\\Otra\\rexus_0123abcd_users_20261201T000000Z_0123456789ab.bak",
    "C:\\Backup\\rexus_0123abcd_users_20261201T000000Z_0123456789ab.bak'; Remove-Item C:\\ -Recurse; '",
    "C:\\Backup\\rexus_0123abcd_users_20261201T000000Z_0123456789ab.bak\n\x1b[2J",
    "/etc/passwd",
)


def test_of_paths_that_can_be_no_backup_of_ours_no_command_is_given(firm: Company):
    old, newer = firm.backup("users"), firm.backup("users")
    catalog = firm.model().catalog
    manifest = catalog.load(old)
    users = manifest.databases["users"]
    forged = {f"falsa{number}": msgspec.structs.replace(users, server_file=one) for number, one in enumerate(STRANGE)}
    catalog.publish(msgspec.structs.replace(manifest, databases={"users": users, **forged}))
    kept = catalog.load(newer)
    sound = {name: kept.databases["users"] for name in forged}
    catalog.publish(msgspec.structs.replace(kept, databases={**kept.databases, **sound}))
    ran = firm.run("delete", old, "--yes", old)

    said = ran.out + ran.err
    assert ran.code == 1, said
    assert said.count("Remove-Item -LiteralPath") == 1
    command = said.partition("Remove-Item -LiteralPath ")[2].splitlines()[0]
    assert command == f"'{users.server_file}'"
    assert "\x1b" not in said
    assert "C:\\Windows\\System32\\config\\SAM" in said


def test_a_safety_copy_that_fails_tells_why_and_what_to_do(firm: Company):
    firm.configured("odbc")
    name = firm.backup("users")
    firm.world.faults.fail("verify.half", say(3189))
    ran = firm.run.json("restore", name, "--database", "users", "--overwrite", "--yes", "users", code=2)
    (problem,) = told(ran, "safety.failed")

    assert problem["values"]["cause"].startswith("sqlserver.")
    assert str(problem["values"]["why"]) in problem["message"]
    assert problem["fix"].startswith(str(problem["values"]["remedy"]))
