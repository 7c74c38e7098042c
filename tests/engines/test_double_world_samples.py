"""Backups that real servers wrote, in the double's world: headers, chains and refusals, without their content."""

import json
import os
from datetime import datetime
from pathlib import Path

import pytest
from engines.double_talk import ask, come_in, fine, world_in
from sqlserver_double.sessions import WorldSession
from sqlserver_double.world import SqlWorld

FOLDER = os.environ.get("REXUS_BAK_SAMPLES", "")
SAMPLES = Path(FOLDER)
pytestmark = pytest.mark.skipif(
    not FOLDER, reason="REXUS_BAK_SAMPLES names no folder of real backups with headers.json"
)
CLEAN = "RestoreTimeClean"


@pytest.fixture
def world(tmp_path: Path) -> SqlWorld:
    made = world_in(tmp_path)
    made.share_of("C:\\Data")
    share = made.share_of("C:\\Muestras")
    for path in SAMPLES.rglob("*.*"):
        if path.suffix in {".bak", ".trn"}:
            (share / path.name).write_bytes(path.read_bytes())
    return made


@pytest.fixture
def sa(world: SqlWorld) -> WorldSession:
    return come_in(world)


def sample(name: str) -> str:
    return f"DISK = 'C:\\Muestras\\{name}'"


def restore(name: str, options: str = "NORECOVERY") -> str:
    return (
        f"RESTORE DATABASE Copia FROM {sample(name)} WITH {options}, "
        f"MOVE 'RestoreTimeClean' TO 'C:\\Data\\c.mdf', MOVE 'RestoreTimeClean_log' TO 'C:\\Data\\c.ldf'"
    )


def test_headers_are_as_they_were_read_elsewhere(sa: WorldSession) -> None:
    told = json.loads((SAMPLES / "headers.json").read_text("utf-8"))["files"][f"{CLEAN}/RestoreTimeClean2.bak"]
    wanted = told["sets"][0]["header"]
    (head,) = fine(sa, f"RESTORE HEADERONLY FROM {sample('RestoreTimeClean2.bak')}").records
    for name, value in wanted.items():
        mine = head[name]
        if isinstance(mine, datetime):
            assert mine.isoformat() == value, name
        elif isinstance(mine, bool | int | str) or mine is None:
            assert str(mine) == str(value), name
        else:
            assert str(mine).lower() == str(value).lower(), name


def test_a_real_chain(sa: WorldSession) -> None:
    talk = fine(sa, restore("RestoreTimeClean.bak"))
    assert talk.numbers == [4035, 4035, 3014]
    fine(sa, f"RESTORE DATABASE Copia FROM {sample('RestoreTimeClean2.bak')} WITH NORECOVERY")
    fine(sa, f"RESTORE LOG Copia FROM {sample('RestoreTimeClean2_1.trn')} WITH NORECOVERY")
    assert ask(sa, f"RESTORE LOG Copia FROM {sample('RestoreTimeClean2_3.trn')} WITH NORECOVERY").errors == [4305, 3013]
    fine(sa, f"RESTORE LOG Copia FROM {sample('RestoreTimeClean2_2.trn')} WITH NORECOVERY")
    last = fine(sa, f"RESTORE LOG Copia FROM {sample('RestoreTimeClean2_3.trn')} WITH RECOVERY")
    assert next(number for number in last.numbers if number in {944, 951}) == 944
    assert "running the upgrade step from version" in last.texts[-2]
    assert fine(sa, "SELECT state_desc, recovery_model_desc FROM sys.databases WHERE name = 'Copia'").rows == [
        ("ONLINE", "FULL")
    ]


def test_a_real_chain_to_a_point_in_time(sa: WorldSession) -> None:
    """As real servers were seen to do: one log more than its name suggests."""
    stop = "STOPAT = '2017-06-01T13:22:44'"
    fine(sa, restore("RestoreTimeClean.bak", f"NORECOVERY, {stop}"))
    fine(sa, f"RESTORE DATABASE Copia FROM {sample('RestoreTimeClean2.bak')} WITH NORECOVERY, {stop}")
    first = fine(sa, f"RESTORE LOG Copia FROM {sample('RestoreTimeClean2_1.trn')} WITH NORECOVERY, {stop}")
    second = fine(sa, f"RESTORE LOG Copia FROM {sample('RestoreTimeClean2_2.trn')} WITH NORECOVERY, {stop}")
    assert (4322 in first.numbers, 4322 in second.numbers) == (True, False)
    fine(sa, "RESTORE DATABASE Copia WITH RECOVERY")


def test_real_stripes(sa: WorldSession) -> None:
    one, other = sample("RestoreTimeStripe.bak"), sample("RestoreTimeStripe1.bak")
    assert ask(sa, f"RESTORE VERIFYONLY FROM {one}").errors == [3132, 3013]
    assert 3262 in fine(sa, f"RESTORE VERIFYONLY FROM {other}, {one}").numbers
    wrong = f"RESTORE VERIFYONLY FROM {one}, {sample('RestoreTimeStripe2a.bak')}"
    assert ask(sa, wrong).errors == [3258, 3013]


def test_real_refusals(sa: WorldSession) -> None:
    assert ask(sa, f"RESTORE DATABASE Copia FROM {sample('RestoreTimeClean.bak')}").errors == [
        5133, 3156, 5133, 3156, 3119, 3013,
    ]  # fmt: skip
    assert ask(sa, f"RESTORE VERIFYONLY FROM {sample('RestoreTimeClean.bak')} WITH CHECKSUM").errors == [3187, 3013]
    stand = restore("RestoreTimeClean.bak", "STANDBY = 'C:\\Data\\u.dat'")
    assert ask(sa, stand).errors == [3180, 3013]
    fine(sa, restore("RestoreTimeClean.bak"))
    other = sample("SQL2008_db2_DIFF_20170518_041819.bak")
    assert ask(sa, f"RESTORE DATABASE Copia FROM {other} WITH NORECOVERY").errors == [3154, 3013]


def test_a_changed_byte_in_a_real_backup(world: SqlWorld, sa: WorldSession) -> None:
    path = world.share_of("C:\\Muestras") / "SQL2008_db2_FULL_20170518_041738.bak"
    raw = bytearray(path.read_bytes())
    raw[700_000] ^= 1
    path.write_bytes(raw)
    assert ask(sa, f"RESTORE VERIFYONLY FROM {sample(path.name)}").errors[-1] == 3013
