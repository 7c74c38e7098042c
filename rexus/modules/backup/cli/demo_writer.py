"""Somebody who keeps working during the demonstration's backup: books stock transfers until its input ends.

Each transfer is one transaction of two rows whose amounts cancel out, so that a torn backup would show.
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
import threading

TABLE = "traspasos"


def main(path: str) -> None:
    """Write into ``path``; says ``ready`` after the first transfer and their number at the end."""
    over = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        over.set()

    threading.Thread(target=wait, daemon=True).start()
    done = 0
    with contextlib.closing(sqlite3.connect(path, timeout=60)) as live:
        with live:
            live.execute(
                f"create table if not exists {TABLE}(id integer primary key, traspaso integer, cantidad integer)"
            )
        while not over.wait(0.002 if done else 0):
            with live:
                pair = [(done, done % 97 + 1), (done, -(done % 97 + 1))]
                live.executemany(f"insert into {TABLE}(traspaso, cantidad) values(?,?)", pair)
            done += 1
            if done == 1:
                print("ready", flush=True)
    print(done, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
