"""What people do with the databases of the example between two backups: work, mistakes, accidents."""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

from ..base.texts import _

_A_DAY = {"users": 90, "inventario": 170, "auditoria": 130}
"""Rows that a working day adds."""
_SUNDAY = 7
_NOTES = ("Entregado en obra con remito firmado", "Reservado para la próxima semana", "Pendiente de control de calidad")
_PLACES = ("depósito central", "nave 2", "patio norte", "taller de corte")


def work(live: dict[str, Path], since: datetime, until: datetime) -> None:
    """Add the rows of the working hours from ``since`` to ``until``. Raises `sqlite3.Error`."""
    hours = [since + timedelta(hours=number) for number in range(int((until - since).total_seconds() // 3600))]
    open_hours = [one for one in hours if 8 <= one.astimezone().hour < 18 and one.isoweekday() != _SUNDAY]
    if not open_hours:
        return
    chance = random.Random(since.isoformat())  # noqa: S311  believable, not secret
    for name, path in live.items():
        with contextlib.closing(sqlite3.connect(path)) as database, database:
            for hour in open_hours:
                count = max(1, int(_A_DAY[name] / 10 * chance.uniform(0.6, 1.4)))
                _STATEMENTS[name](database, hour, count, chance)


def lose(path: Path) -> None:
    """Delete a good part of the movements, as somebody does who forgot a condition. Raises `sqlite3.Error`."""
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("delete from movimientos where id > (select max(id) / 2 from movimientos)")


def flip(path: Path) -> None:
    """Turn one bit in the middle of a file, as a failing disk does. Raises `OSError`."""
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))


def month_closing() -> str:
    """What the set of the end of a month is called."""
    return _("Month closing")


def _sign_in(database: sqlite3.Connection, hour: datetime, count: int, chance: random.Random) -> None:
    database.executemany(
        "insert into sesiones(usuario_id, inicio, equipo, testigo) values(?,?,?,?)",
        (
            (chance.randrange(1, 90), _instant(hour, chance), "OFICINA-03", chance.randbytes(16).hex())
            for _number in range(count)
        ),
    )


def _move(database: sqlite3.Connection, hour: datetime, count: int, chance: random.Random) -> None:
    database.executemany(
        "insert into movimientos(material_id, fecha, lugar, cantidad, obra_id, observacion) values(?,?,?,?,?,?)",
        (
            (
                chance.randrange(1, 900),
                _instant(hour, chance),
                chance.choice(_PLACES),
                chance.randrange(1, 120),
                chance.randrange(1, 4000),
                chance.choice(_NOTES),
            )
            for _number in range(count)
        ),
    )


def _note(database: sqlite3.Connection, hour: datetime, count: int, chance: random.Random) -> None:
    database.executemany(
        "insert into eventos(fecha, usuario_id, modulo, accion, detalle, huella) values(?,?,?,?,?,?)",
        (
            (
                _instant(hour, chance),
                chance.randrange(1, 90),
                "inventario",
                chance.choice(("CREAR", "MODIFICAR", "CONSULTAR", "APROBAR")),
                f'{{"registro": {chance.randrange(1, 99_000)}}}',
                chance.randbytes(16).hex(),
            )
            for _number in range(count)
        ),
    )


def _instant(hour: datetime, chance: random.Random) -> str:
    """Some minute of that hour, as the application writes it."""
    return (hour + timedelta(seconds=chance.randrange(3600))).astimezone().strftime("%Y-%m-%d %H:%M:%S")


_STATEMENTS = {"users": _sign_in, "inventario": _move, "auditoria": _note}
