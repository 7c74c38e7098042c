"""Three believable databases of Rexus, invented from a fixed seed: users, inventario, auditoria."""

from __future__ import annotations

import contextlib
import json
import random
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

MIB = 1024 * 1024
SEED = 20250806

_SHARES = {"users": 0.15, "inventario": 0.55, "auditoria": 0.30}
"""Of the whole size."""
_ATTACHED = 0.10
"""Of the whole size: pictures and signed papers, which nothing compresses. They live in inventario."""
_ATTACHMENT = 96 * 1024
_BATCH = 20_000
"""Rows at once, fewer where the databases shall be small."""
_FIRST = datetime(2023, 3, 1, 7, 30)

_NAMES = (
    "Ana,Bruno,Carla,Diego,Elena,Fermín,Gabriela,Hugo,Inés,Joaquín,Lucía,Martín,Noelia,Óscar,Pilar,Ramón,Sofía,Tomás"
)
_SURNAMES = (
    "Acuña,Benítez,Cáceres,Domínguez,Echeverría,Fernández,Giménez,Ibáñez,Juárez,López,Muñoz,Núñez,Ocampo,Peña,Quiroga"
)
_TOWNS = "Rosario,Córdoba,Neuquén,Paraná,Río Cuarto,San Martín,Tandil,Bahía Blanca,Concepción,Luján"
_MATERIALS = (
    "Perfil de aluminio,Vidrio laminado,Vidrio templado,Burlete de goma,Bisagra reforzada,Cerradura multipunto,"
    "Tornillo autorroscante,Sellador de silicona,Manija,Felpa,Escuadra de armado,Contravidrio,Rodamiento,Persiana"
)
_COLOURS = "blanco,negro mate,natural,bronce,gris antracita,roble,nogal"
_PLACES = "depósito central,nave 2,patio norte,obra,taller de corte,exposición"
_MODULES = "inventario,obras,pedidos,compras,usuarios,herrajes,vidrios,contabilidad,logística,mantenimiento"
_ACTIONS = "CREAR,MODIFICAR,CONSULTAR,ELIMINAR,APROBAR,EXPORTAR,INICIAR SESIÓN,CERRAR SESIÓN"
_NOTES = (
    "Entregado en obra con remito firmado,Pendiente de control de calidad,Devuelto por daño en el transporte,"
    "Reservado para la próxima semana,Ajuste por inventario físico,Cargado desde la planilla del proveedor"
)


class _Kind(NamedTuple):
    """A database: its tables, its indexes, and the rows that make it grow."""

    tables: str
    indexes: str
    grow: Callable[[_Inventor, int, int], Iterator[tuple[str, Iterable[tuple[object, ...]]]]]


class _Inventor:
    """Invents columns of values, quickly: many at once."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)  # noqa: S311  believable, not secret

    def any_of(self, words: str, count: int) -> list[str]:
        """``count`` of the comma-separated ``words``."""
        return self._random.choices(words.split(","), k=count)

    def numbers(self, below: int, count: int) -> list[int]:
        """``count`` numbers from 1 up to ``below``."""
        scale = self._random.random
        return [int(scale() * below) + 1 for _ in range(count)]

    def bytes(self, size: int) -> bytes:
        """What can't be compressed."""
        return self._random.randbytes(size)

    def hexes(self, count: int) -> list[str]:
        """``count`` hashes."""
        whole = self._random.randbytes(16 * count).hex()
        return [whole[32 * number : 32 * number + 32] for number in range(count)]

    @staticmethod
    def times(first: int, count: int) -> list[str]:
        """Instants a bit apart, going on from the row number ``first``."""
        return [(_FIRST + timedelta(seconds=37 * number)).isoformat(" ") for number in range(first, first + count)]


_Rows = Iterator[tuple[str, Iterable[tuple[object, ...]]]]


def _users(invent: _Inventor, first: int, count: int) -> _Rows:
    people = max(count // 20, 1)
    named = zip(
        invent.any_of(_NAMES, people), invent.any_of(_SURNAMES, people), invent.any_of(_TOWNS, people), strict=True
    )
    yield (
        "insert into usuarios(usuario, nombre, correo, localidad, clave_hash, rol) values(?,?,?,?,?,?)",
        (
            (
                f"{name[:3]}{surname[:6]}{first + number}".lower(),
                f"{name} {surname}",
                f"{surname}.{number}@rexus.example",
                town,
                secret,
                role,
            )
            for number, ((name, surname, town), secret, role) in enumerate(
                zip(
                    named,
                    invent.hexes(people),
                    invent.any_of("operario,supervisor,compras,administración", people),
                    strict=True,
                )
            )
        ),
    )
    yield (
        "insert into sesiones(usuario_id, inicio, equipo, testigo) values(?,?,?,?)",
        zip(
            invent.numbers(first + people, count),
            invent.times(first, count),
            invent.any_of("TALLER-01,OFICINA-03,OBRA-TABLET", count),
            invent.hexes(count),
            strict=True,
        ),
    )


def _inventario(invent: _Inventor, first: int, count: int) -> _Rows:
    parts = max(count // 10, 1)
    yield (
        "insert into materiales(codigo, descripcion, color, stock, precio_centavos) values(?,?,?,?,?)",
        (
            (f"MAT-{first + number:07}", f"{what} {measure} mm", colour, stock, price)
            for number, (what, measure, colour, stock, price) in enumerate(
                zip(
                    invent.any_of(_MATERIALS, parts),
                    invent.numbers(6000, parts),
                    invent.any_of(_COLOURS, parts),
                    invent.numbers(900, parts),
                    invent.numbers(950_000, parts),
                    strict=True,
                )
            )
        ),
    )
    columns = (
        invent.numbers(first + parts, count),
        invent.times(first, count),
        invent.any_of(_PLACES, count),
        invent.numbers(120, count),
        invent.numbers(4000, count),
        invent.any_of(_NOTES, count),
    )
    yield (
        "insert into movimientos(material_id, fecha, lugar, cantidad, obra_id, observacion) values(?,?,?,?,?,?)",
        zip(*columns, strict=True),
    )


def _auditoria(invent: _Inventor, first: int, count: int) -> _Rows:
    columns = zip(
        invent.times(first, count),
        invent.numbers(400, count),
        invent.any_of(_MODULES, count),
        invent.any_of(_ACTIONS, count),
        invent.numbers(99_000, count),
        invent.any_of(_NOTES, count),
        invent.hexes(count),
        strict=True,
    )
    yield (
        "insert into eventos(fecha, usuario_id, modulo, accion, detalle, huella) values(?,?,?,?,?,?)",
        (
            (at, user, module, action, json.dumps({"registro": record, "nota": note}, ensure_ascii=False), trace)
            for at, user, module, action, record, note, trace in columns
        ),
    )


_KINDS = {
    "users": _Kind(
        """create table usuarios(id integer primary key, usuario text, nombre text, correo text, localidad text,
               clave_hash text, rol text);
           create table sesiones(id integer primary key, usuario_id integer, inicio text, equipo text, testigo text)""",
        """create index usuarios_por_nombre on usuarios(nombre);
           create index sesiones_por_usuario on sesiones(usuario_id)""",
        _users,
    ),
    "inventario": _Kind(
        """create table materiales(id integer primary key, codigo text, descripcion text, color text, stock integer,
               precio_centavos integer);
           create table movimientos(id integer primary key, material_id integer, fecha text, lugar text,
               cantidad integer, obra_id integer, observacion text);
           create table adjuntos(id integer primary key, material_id integer, nombre text, contenido blob)""",
        """create unique index materiales_por_codigo on materiales(codigo);
           create index movimientos_por_material on movimientos(material_id)""",
        _inventario,
    ),
    "auditoria": _Kind(
        """create table eventos(id integer primary key, fecha text, usuario_id integer, modulo text, accion text,
               detalle text, huella text)""",
        "create index eventos_por_usuario on eventos(usuario_id, fecha)",
        _auditoria,
    ),
}


def build(folder: Path, mib: int = 110, seed: int = SEED) -> dict[str, Path]:
    """Make the three databases, together at least ``mib`` MiB, in ``folder``; they must not be there yet.

    The same ``mib`` and ``seed`` give the same rows. Raises `OSError`, `sqlite3.Error`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths: dict[str, Path] = {}
    for name, kind in _KINDS.items():
        paths[name] = folder / f"{name}.db"
        attached = int(mib * MIB * _ATTACHED) if name == "inventario" else 0
        _build_one(paths[name], kind, int(mib * MIB * _SHARES[name]), attached, _Inventor(f"{seed}-{name}"))
    return paths


def _build_one(path: Path, kind: _Kind, size: int, attached: int, invent: _Inventor) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as made:
        made.execute("pragma journal_mode = off")
        made.execute("pragma synchronous = off")
        made.executescript(kind.tables)
        made.execute("begin")
        for number in range(0, attached, _ATTACHMENT):
            made.execute(
                "insert into adjuntos(material_id, nombre, contenido) values(?,?,?)",
                (number % 997, f"remito_{number // _ATTACHMENT:05}.jpg", invent.bytes(_ATTACHMENT)),
            )
        first, batch = 0, min(max(size // 1000, 80), _BATCH)
        while _size(made) < size * 0.8:  # the indexes come to about a quarter
            first = _grow(made, kind, invent, first, batch)
        made.execute("commit")
        made.executescript(kind.indexes)
        made.execute("begin")
        while _size(made) < size:
            first = _grow(made, kind, invent, first, batch // 8)
        made.execute("commit")
        made.execute("pragma journal_mode = wal")


def _grow(made: sqlite3.Connection, kind: _Kind, invent: _Inventor, first: int, count: int) -> int:
    for statement, rows in kind.grow(invent, first, count):
        made.executemany(statement, rows)
    return first + count


def _size(made: sqlite3.Connection) -> int:
    pages = made.execute("pragma page_count").fetchone()[0]
    page = made.execute("pragma page_size").fetchone()[0]
    return int(pages * page)
