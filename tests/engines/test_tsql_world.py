"""Every statement of ours, by either client, on a server that understands them: a whole life of a database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from engines.odbc_wire import needs_driver, to
from engines.sqlcmd_programs import program
from sqlserver_double.server import Server
from sqlserver_double.world import SA_PASSWORD, SqlWorld, make_world

from rexus.modules.backup.base.records import BackupKind
from rexus.modules.backup.engines import tsql, tsql_ask
from rexus.modules.backup.engines.messages import found_errors, problem_of
from rexus.modules.backup.engines.odbc import OdbcClient
from rexus.modules.backup.engines.sqlcmd import SqlcmdClient
from rexus.modules.backup.engines.sqlserver_client import Client, Executed
from rexus.modules.backup.engines.tsql import BackupOrder, Media, Move, RestoreOrder

NAME = "Almacén 'ñ' ]x["


@pytest.fixture(params=["express2019", "standard2022"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> SqlWorld:
    made = make_world(tmp_path, request.param)
    made.add_database(NAME, tables={"materiales": [{"id": 1, "nombre": "Tornillo"}]})
    return made


@pytest.fixture(params=[pytest.param("odbc", marks=needs_driver), "go", "odbc18"])
def client(
    request: pytest.FixtureRequest, world: SqlWorld, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    with Server(world, "on") as server:
        connection = to(server, password=SA_PASSWORD)
        if request.param == "odbc":
            yield OdbcClient(connection)
        else:
            yield SqlcmdClient(connection, program(request.param, tmp_path_factory.mktemp("bin")))


def folder(client: Client) -> str:
    return client.query(tsql_ask.SERVER)[0].text("backup_folder")


def media(client: Client, name: str) -> Media:
    place = folder(client)
    separator = "/" if place.startswith("/") else "\\"
    return Media(places=(f"{place}{separator}{name}",))


def done(client: Client, batch: tsql.Batch) -> Executed:
    executed = client.execute(batch)
    assert executed.proves(batch), (batch.text, executed)
    return executed


def files(client: Client, place: Media, name: str) -> tuple[Move, ...]:
    """Places of their own for the files of a backup."""
    data = client.query(tsql_ask.SERVER)[0].text("data_folder")
    separator = "/" if data.startswith("/") else "\\"
    rows = client.query(tsql.file_list(place))
    return tuple(
        Move(logical_name=row.text("LogicalName"), path=f"{data.rstrip(separator)}{separator}{name}_{number}.mdf")
        for number, row in enumerate(rows)
    )


def test_a_whole_life(client: Client) -> None:
    full, differential, log = (media(client, one) for one in ("ñ full.bak", "diff.bak", "log.trn"))
    done(client, tsql.backup(BackupOrder(database=NAME, media=full, name="n'", description="d\nGO\n$(x)")))
    done(client, tsql.backup(BackupOrder(database=NAME, media=differential, kind=BackupKind.DIFFERENTIAL)))
    done(client, tsql.backup(BackupOrder(database=NAME, media=log, kind=BackupKind.LOG)))
    (header,) = client.query(tsql.header_only(full))
    assert (header.text("DatabaseName"), header.text("BackupName"), header.integer("BackupType")) == (NAME, "n'", 1)
    assert header.flag("HasBackupChecksums")
    (label,) = client.query(tsql.label(full))
    assert label.integer("FamilyCount") == 1
    done(client, tsql.verify(full))
    moves = files(client, full, "copia")
    done(client, tsql.restore(RestoreOrder(database="copia", media=full, moves=moves, recovery=False)))
    done(client, tsql.restore(RestoreOrder(database="copia", media=differential, recovery=False)))
    done(client, tsql.restore(RestoreOrder(database="copia", media=log, log=True, recovery=False)))
    done(client, tsql.recover("copia"))
    checked = done(client, tsql.check_database("copia"))
    assert [found_errors(one) for one in checked.messages if one.number == 8989] == [0]
    assert [row.text("table_name") for row in client.query(tsql_ask.row_counts("copia"))] == ["materiales"]
    done(client, tsql.drop("copia"))
    assert client.query(tsql_ask.database("copia")) == ()


def test_stripes_are_one_backup(client: Client) -> None:
    places = tuple(media(client, f"{n}.bak").places[0] for n in range(3))
    done(client, tsql.backup(BackupOrder(database=NAME, media=Media(places=places))))
    done(client, tsql.verify(Media(places=places)))
    executed = client.execute(tsql.verify(Media(places=places[:2])))
    problem = problem_of(executed.messages)
    assert problem is not None
    assert (problem.code, problem.values["families"], problem.values["given"]) == ("sqlserver.stripes_missing", 3, 2)


def test_a_database_in_use_is_replaced_and_open_to_all_again(client: Client) -> None:
    place = media(client, "x.bak")
    done(client, tsql.backup(BackupOrder(database=NAME, media=place)))
    done(client, tsql.restore(RestoreOrder(database=NAME, media=place, replace=True, exclusive=True)))
    (row,) = client.query(tsql_ask.database(NAME))
    assert (row.integer("state"), row.integer("user_access")) == (0, 0)


def test_a_restore_that_fails_early_leaves_the_database_open_to_all(client: Client) -> None:
    gone = media(client, "gone.bak")
    batch = tsql.restore(RestoreOrder(database=NAME, media=gone, replace=True, exclusive=True))
    executed = client.execute(batch)
    problem = problem_of(executed.messages, database=NAME)
    assert problem is not None
    assert (problem.code, problem.values["path"]) == ("sqlserver.path_missing", gone.places[0])
    assert executed.cleaned
    (row,) = client.query(tsql_ask.database(NAME))
    assert (row.integer("state"), row.integer("user_access")) == (0, 0)


def test_the_tail_of_the_log_closes_the_database(client: Client) -> None:
    place, tail = media(client, "x.bak"), media(client, "tail.trn")
    done(client, tsql.backup(BackupOrder(database=NAME, media=place)))
    order = BackupOrder(database=NAME, media=tail, kind=BackupKind.LOG, tail=True, exclusive=True)
    done(client, tsql.backup(order))
    assert client.query(tsql_ask.database(NAME))[0].text("state_desc") == "RESTORING"
    done(client, tsql.recover(NAME))


@pytest.mark.parametrize(
    "question",
    [
        tsql_ask.ALIVE,
        tsql_ask.SERVER,
        tsql_ask.databases(),
        tsql_ask.database(NAME),
        tsql_ask.used_bytes(NAME),
        tsql_ask.files_of(NAME),
        tsql_ask.sessions_in(NAME),
        tsql_ask.history(NAME),
        tsql_ask.orphaned_users(NAME),
        tsql_ask.row_counts(NAME),
        tsql_ask.certificate("x"),
        tsql_ask.credential("https://a/b"),
        tsql_ask.is_preferred_replica(NAME),
        tsql_ask.progress("rexus-x"),
        tsql_ask.path_facts("/x"),
        tsql_ask.volumes_of(NAME),
        tsql_ask.DRIVES,
    ],
    ids=lambda text: text[:40],
)
def test_every_question_is_understood(client: Client, question: str) -> None:
    assert isinstance(client.query(question), tuple)
