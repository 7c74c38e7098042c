"""BACKUP TO URL in the double's world: who is let in, what a store refuses, what is in the object."""

from pathlib import Path

import pytest
from engines.double_talk import ask, come_in, fine, world_in
from sqlserver_double.sessions import WorldSession
from sqlserver_double.world import SqlWorld

from rexus.modules.backup.engines.bak import check_file

S3 = "s3://almacen.example:9000/copias"
AZURE = "https://rexus.blob.core.windows.net/copias"
BACKUP = "BACKUP DATABASE Tienda TO URL = N'{}/t.bak' WITH FORMAT, CHECKSUM"


@pytest.fixture
def world(tmp_path: Path) -> SqlWorld:
    made = world_in(tmp_path, "standard2022")
    made.add_database("Tienda", tables={"clientes": [{"id": n} for n in range(100)]})
    return made


@pytest.fixture
def sa(world: SqlWorld) -> WorldSession:
    return come_in(world)


@pytest.mark.parametrize("address", [S3, AZURE])
def test_the_object_is_a_backup_and_comes_back(world: SqlWorld, sa: WorldSession, address: str) -> None:
    folder = world.add_container(address)
    assert fine(sa, BACKUP.format(address)).numbers[-1] == 3014
    with (folder / "t.bak").open("rb") as file:
        assert check_file(file).contents.is_sound
    assert fine(sa, f"RESTORE VERIFYONLY FROM URL = N'{address}/t.bak'").numbers == [3262]
    assert fine(sa, "SELECT device_type FROM msdb.dbo.backupmediafamily").value == 9
    assert fine(sa, f"SELECT file_exists FROM sys.dm_os_file_exists(N'{address}/t.bak')").value == 0


@pytest.mark.parametrize("address", [S3, AZURE])
def test_without_a_credential_a_container_or_the_edition_nobody_gets_in(tmp_path: Path, address: str) -> None:
    world = world_in(tmp_path, "standard2022")
    world.add_database("Tienda")
    sa = come_in(world)
    assert ask(sa, BACKUP.format(address)).errors == [3201, 3013]
    world.add_container(address, credential=False)
    assert ask(sa, BACKUP.format(address)).errors == [3201, 3013]
    kind = "S3 Access Key" if address == S3 else "SHARED ACCESS SIGNATURE"
    fine(sa, f"CREATE CREDENTIAL [{address}] WITH IDENTITY = '{kind}', SECRET = 'x:y'")
    fine(sa, BACKUP.format(address))


def test_express_knows_no_s3_but_azure(tmp_path: Path) -> None:
    world = world_in(tmp_path, "express2022")
    world.add_database("Tienda")
    for address, errors in ((S3, [3201, 3013]), (AZURE, [])):
        world.add_container(address)
        assert ask(come_in(world), BACKUP.format(address)).errors == errors


@pytest.mark.parametrize("more", ["INIT", "MAXTRANSFERSIZE = 20971520", "COMPRESSION, MAXTRANSFERSIZE = 4194304"])
def test_s3_has_options_of_its_own(world: SqlWorld, sa: WorldSession, more: str) -> None:
    world.add_container(S3)
    assert ask(sa, f"{BACKUP.format(S3)}, {more}").errors == [50000, 3013]
    fine(sa, f"{BACKUP.format(S3)}, COMPRESSION, MAXTRANSFERSIZE = 20971520")
    assert ask(sa, f"RESTORE VERIFYONLY FROM URL = N'{S3}/t.bak' WITH FILE = 1").errors == [50000, 3013]


def test_another_identity_does_not_do(world: SqlWorld, sa: WorldSession) -> None:
    for address, number in ((S3, 3233), (AZURE, 3201)):
        world.add_container(address)
        world.credentials[address] = "somebody"
        assert ask(sa, BACKUP.format(address)).errors == [number, 3013]
