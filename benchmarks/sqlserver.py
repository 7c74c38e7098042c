"""What a backup by SQL Server takes longer because of us, and how long nothing is told of it.

The double runs as a process of its own, with one large database; BACKUP goes to its NUL device, which reads everything
and writes nothing. Measured are the server's own BACKUP, seen by a bare driver, and the same with all that the engine
does around it: questions before and after, the client that runs it, looks at how far it is. The proof (header,
VERIFYONLY, reading, sealing) is work of its own and not in it. The median of several runs, taken in turns; of the
silences the longest. Ends with 1 where more is added than allowed, or a sign of life is late.

sqlcmd is a stand-in of ours in both dialects, which starts slower than the real one; REXUS_SQLCMD names a real one.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

import msgspec

PROJECT = Path(__file__).parents[1]
sys.path[:0] = [str(PROJECT), str(PROJECT / "tests")]

from sqlcmd_double.install import install  # noqa: E402
from sqlserver_double.alone import Alone, alone  # noqa: E402

from rexus.modules.backup.config.secrets import Secret  # noqa: E402
from rexus.modules.backup.engines import tsql, tsql_ask  # noqa: E402
from rexus.modules.backup.engines.odbc import connection_string  # noqa: E402
from rexus.modules.backup.engines.odbc_driver import find, pyodbc  # noqa: E402
from rexus.modules.backup.engines.port import DatabaseRef  # noqa: E402
from rexus.modules.backup.engines.sqlserver_check import database_findings  # noqa: E402
from rexus.modules.backup.engines.sqlserver_choose import choose  # noqa: E402
from rexus.modules.backup.engines.sqlserver_client import Client  # noqa: E402
from rexus.modules.backup.engines.sqlserver_connect import Connection, Encrypt, session_token  # noqa: E402
from rexus.modules.backup.engines.sqlserver_facts import ask_server, row_counts  # noqa: E402
from rexus.modules.backup.engines.sqlserver_progress import Watch  # noqa: E402
from rexus.modules.backup.engines.sqlserver_prove import proven  # noqa: E402

DATABASE = "users"
SHARE_ALLOWED, SECONDS_ALLOWED = 0.03, 0.5
SILENCE_ALLOWED = 0.5


class Ran(NamedTuple):
    """One backup with us."""

    seconds: float
    silence: float
    """Longest time between two signs of life while the server worked."""


def batch() -> tsql.Batch:
    """The BACKUP as the engine writes it, to NUL."""
    order = tsql.BackupOrder(database=DATABASE, media=tsql.Media(places=("NUL",)), name="Rexus users full")
    return msgspec.structs.replace(tsql.backup(order), session=session_token())


def timed(work: Callable[[], object]) -> float:
    """Seconds that it takes."""
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


def by_driver(connection: Connection) -> None:
    """The server's own BACKUP: one connection, one statement, read to its end."""
    opened = pyodbc().connect(connection_string(connection, find(), session_token()), autocommit=True)
    cursor = opened.cursor()
    cursor.execute(batch().text)
    while cursor.nextset():
        pass
    opened.close()


def with_us(client: Client) -> float:
    """All that the engine does for one database, without the proof; the longest silence."""
    heard: list[float] = []
    server = ask_server(client)
    database_findings(client, server, DatabaseRef(name=DATABASE, location=DATABASE))
    client.query(tsql_ask.used_bytes(DATABASE))
    row_counts(client, DATABASE)
    order = batch()
    watch = Watch(client, order.session, lambda beat: heard.append(time.monotonic()))
    heard.append(time.monotonic())
    with watch.beside():
        executed = client.execute(order, on_message=watch.heard)
    heard.append(time.monotonic())
    proven(client, order, executed, {})
    row_counts(client, DATABASE)
    return max(later - before for before, later in itertools.pairwise(heard))


def measured(client: Client) -> Ran:
    """One run."""
    silence = 0.0

    def work() -> None:
        nonlocal silence
        silence = with_us(client)

    return Ran(timed(work), silence)


def clients(folder: Path, connection: Connection) -> Iterator[tuple[str, Client]]:
    """Every way to the server that there is."""
    yield "odbc", choose("odbc", connection).client
    if os.environ.get("REXUS_SQLCMD"):
        yield "sqlcmd", choose("sqlcmd", connection).client
        return
    for dialect in ("go", "odbc18"):
        os.environ["REXUS_SQLCMD"] = str(install(folder / dialect, dialect))  # type: ignore[arg-type]
        yield f"sqlcmd, {dialect} (stand-in)", choose("sqlcmd", connection).client
    del os.environ["REXUS_SQLCMD"]


def measure(server: Alone, folder: Path, runs: int) -> bool:
    """Print a line for each client; whether all keep to what is allowed."""
    connection = Connection(
        host="127.0.0.1",
        port=server.port,
        user=server.user,
        password=Secret(server.password),
        encrypt=Encrypt.OPTIONAL,
        trust_certificate=True,
    )
    print(f"{'client':28} {'server':>8} {'with us':>8} {'added':>8} {'allowed':>8} {'silence':>8} {'allowed':>8}")
    good = True
    for name, client in clients(folder, connection):
        by_driver(connection)  # warm
        with_us(client)
        own, ours = [], []
        for _ in range(runs):
            own.append(timed(lambda: by_driver(connection)))
            ours.append(measured(client))
        base, whole = median(own), median(one.seconds for one in ours)
        silence = max(one.silence for one in ours)
        added, allowed = whole - base, base * SHARE_ALLOWED + SECONDS_ALLOWED
        figures = (base, whole, added, allowed, silence, SILENCE_ALLOWED)
        print(f"{name:28} " + " ".join(f"{one:7.2f}s" for one in figures), flush=True)
        good = good and added <= allowed and silence <= SILENCE_ALLOWED
    return good


def main() -> int:
    """0: all is as promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size-mib", type=int, default=2048)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        words = ("--database", DATABASE, "--bytes", str(asked.size_mib << 20))
        with alone(place / "server", *words) as server:
            print(f"a database of {asked.size_mib} MiB, BACKUP to NUL, the median of {asked.runs} runs")
            good = measure(server, place, asked.runs)
    print("as promised" if good else "MORE THAN PROMISED")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
