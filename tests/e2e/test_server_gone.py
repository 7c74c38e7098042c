"""What is told of files on a server that is away, and whose folder no setting names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from support.sqlserver import Company, company

pytest.importorskip("pyodbc", reason="no libodbc on this system")


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path, "odbc") as made:
        made.configured("odbc", client_backup_dir=None, server_backup_dir=None)
        yield made


def files(firm: Company, name: str) -> list[str]:
    return [str(one.server_file) for one in firm.model().catalog.load(name).databases.values()]


def deleted(firm: Company, name: str) -> dict[str, dict]:
    """What is told of the deletion of a set while the server is away, by its code."""
    firm.server.faults.refuse_connections()
    return {one["code"]: one for one in firm.run.json("delete", name, "--yes", name, code=1)["problems"]}


def test_files_of_this_very_installation_are_told_with_their_command(firm: Company) -> None:
    old, _ = firm.backup("users"), firm.backup("users")
    (file,) = files(firm, old)
    told = deleted(firm, old)

    assert set(told) == {"delete.server_files"}
    assert told["delete.server_files"]["fix"].endswith(f"Remove-Item -LiteralPath '{file}'")


def test_what_only_seems_to_be_such_a_file_is_told_without(firm: Company) -> None:
    old, newer = firm.backup("users"), firm.backup("users")
    catalog = firm.model().catalog
    manifest, kept = catalog.load(old), catalog.load(newer)
    file = files(firm, old)[0].rpartition("\\")[2]
    owner = file.split("_")[1]
    strange = (
        "C:\\Windows\\System32\\config\\SAM",
        "C:\\Backup\\ajena.bak",
        "C:\\Backup\\" + file.replace(owner, f"{int(owner, 16) ^ 1:08x}"),
        f"C:\\Backup\\..\\Windows\\{file}",
        f"C:\\Backup\\\\{file}",
        f"C:\\Bac\nkup\\{file}",
        f"C:\\Bac\u202ekup\\{file}",
        f"C:\\Backup/{file}",
        f"C:{file}",
        f"Backup\\{file}",
        f"\\{file}",
        f"\\\\\\{file}",
        f"//nas/{file}",
        f"C:\\Backup\\{file}'; Remove-Item C:\\ -Recurse; '",
        file,
    )
    users = manifest.databases["users"]
    forged = {f"falsa{number}": msgspec.structs.replace(users, server_file=one) for number, one in enumerate(strange)}
    catalog.publish(msgspec.structs.replace(manifest, databases=forged))
    sound = {name: kept.databases["users"] for name in forged}
    catalog.publish(msgspec.structs.replace(kept, databases={**kept.databases, **sound}))
    told = deleted(firm, old)

    assert set(told) == {"delete.server_strange"}
    assert told["delete.server_strange"]["values"]["count"] == len(strange)
    assert "Remove-Item -LiteralPath" not in told["delete.server_strange"]["fix"]


@pytest.mark.parametrize("folder", ["C:\\", "D:\\Copias de 'hoy'\\", "\\\\nas\\copias\\", "/", "/var/opt/mssql/data/"])
def test_in_whichever_folder_the_server_had_put_them(firm: Company, folder: str) -> None:
    old, _ = firm.backup("users"), firm.backup("users")
    catalog = firm.model().catalog
    manifest = catalog.load(old)
    file = folder + files(firm, old)[0].rpartition("\\")[2]
    there = {"users": msgspec.structs.replace(manifest.databases["users"], server_file=file)}
    catalog.publish(msgspec.structs.replace(manifest, databases=there))
    told = deleted(firm, old)

    assert told["delete.server_files"]["values"]["files"] == file
    assert told["delete.server_files"]["values"]["command"].startswith("rm -- " if folder[0] == "/" else "Remove-Item")
