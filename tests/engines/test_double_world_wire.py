"""The double whole: our client with Microsoft's own driver, the wire, and the world behind it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from engines.odbc_wire import PASSWORD, needs_driver, to
from sqlserver_double.server import Server
from sqlserver_double.world import SqlWorld, make_world

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.engines import tsql, tsql_ask
from rexus.modules.backup.engines.odbc import OdbcClient
from rexus.modules.backup.engines.sqlserver_client import End

pytestmark = needs_driver
MEDIA = tsql.Media(places=("C:\\Backup\\ñ.bak",))
FULL = tsql.backup(tsql.BackupOrder(database="Tienda", media=MEDIA))


@pytest.fixture
def world(tmp_path: Path) -> SqlWorld:
    made = make_world(tmp_path, sa_password=PASSWORD)
    made.share_of("C:\\Data")
    made.add_database("Tienda", tables={"clientes": [{"id": n, "nombre": f"ñ {n}"} for n in range(9)]})
    return made


@pytest.fixture
def client(world: SqlWorld) -> Iterator[OdbcClient]:
    with Server(world, "on") as server:
        yield OdbcClient(to(server))


def test_backup_proof_and_restore(client: OdbcClient, world: SqlWorld) -> None:
    assert client.execute(FULL).proves(FULL)
    verify = tsql.verify(MEDIA)
    assert client.execute(verify).proves(verify)
    (header,) = client.query(tsql.header_only(MEDIA))
    assert header.integer("FirstLSN") == world.history.sets[0].first_lsn
    assert header.guid("BackupSetGUID") == world.history.sets[0].guid
    files = client.query(tsql.file_list(MEDIA))
    moves = tuple(tsql.Move(logical_name=one.text("LogicalName"), path=f"C:\\Data\\{n}") for n, one in enumerate(files))
    restore = tsql.restore(tsql.RestoreOrder(database="Copia", media=MEDIA, moves=moves))
    assert client.execute(restore).proves(restore)
    (count,) = client.query(tsql_ask.row_counts("Copia"))
    assert (count.text("table_name"), count.integer("row_count")) == ("clientes", 9)


def test_a_refusal_is_told(client: OdbcClient) -> None:
    order = tsql.backup(tsql.BackupOrder(database="nada", media=MEDIA))
    executed = client.execute(order)
    assert not executed.proves(order)
    assert executed.errors[0].number == 911


def test_a_backup_is_cancelled_in_the_middle(client: OdbcClient, world: SqlWorld) -> None:
    hold, cancel = world.faults.hold("backup.half"), CancelToken()
    ended: list[End] = []
    thread = threading.Thread(target=lambda: ended.append(client.execute(FULL, cancel=cancel).end))
    thread.start()
    assert hold.reached.wait(20)
    cancel.cancel()
    thread.join(30)
    assert ended == [End.CANCELLED]
    assert world.history.sets == []
