"""Whatever was changed and backed up in whatever order: what the rules of chains allow brings the same content back."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from engines.double_talk import come_in as enter
from engines.double_talk import fine, world_in
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlserver_double.sessions import WorldSession
from sqlserver_double.sql_cursor import GLOBALS
from sqlserver_double.sql_parser import parse
from sqlserver_double.world_messages import SqlError

COPY = "MOVE 'Tienda' TO 'C:\\Data\\c.mdf', MOVE 'Tienda_log' TO 'C:\\Data\\c.ldf'"
STATEMENTS = {
    "full": "BACKUP DATABASE Tienda TO DISK = '{}'",
    "copy": "BACKUP DATABASE Tienda TO DISK = '{}' WITH COPY_ONLY",
    "differential": "BACKUP DATABASE Tienda TO DISK = '{}' WITH DIFFERENTIAL",
    "log": "BACKUP LOG Tienda TO DISK = '{}'",
    "copied log": "BACKUP LOG Tienda TO DISK = '{}' WITH COPY_ONLY",
}
CHANGES = {
    "insert": "INSERT INTO Tienda.dbo.clientes SELECT MAX(id) + 1 FROM Tienda.dbo.clientes",
    "update": "UPDATE Tienda.dbo.clientes SET id = id + 1000 WHERE id = (SELECT MIN(id) FROM Tienda.dbo.clientes)",
    "table": "CREATE TABLE Tienda.dbo.t{} (a int)",
}
CONTENT = "SELECT id FROM {0}.dbo.clientes UNION ALL SELECT -object_id FROM {0}.sys.tables ORDER BY 1"


@dataclass
class Taken:
    """A backup, and what was in the database when it was taken."""

    kind: str
    file: str
    content: list[tuple[object, ...]]


def content(session: WorldSession, name: str) -> list[tuple[object, ...]]:
    return fine(session, CONTENT.format(name)).rows


def lived(session: WorldSession, steps: list[str]) -> list[Taken]:
    """Do the steps; a full backup comes first."""
    taken: list[Taken] = []
    for number, step in enumerate(["full", *steps]):
        if step in CHANGES:
            fine(session, CHANGES[step].format(number))
        else:
            file = f"{number}.bak"
            fine(session, STATEMENTS[step].format(file))
            taken.append(Taken(step, file, content(session, "Tienda")))
    return taken


def way_to(taken: list[Taken], last: int, *, short: bool) -> list[Taken]:
    """Backups that lead to the one at ``last``; ``short``: by the newest differential."""
    logs = [place for place in range(last + 1) if taken[place].kind == "log"]
    starts = {"log": {"full", "copy"}, "differential": {"full"}}.get(taken[last].kind, {taken[last].kind})
    start = max(place for place in range(last + 1) if taken[place].kind in starts)
    if taken[last].kind != "log":
        return [taken[start]] if start == last else [taken[start], taken[last]]
    between = [place for place in range(start, last) if taken[place].kind == "differential"]
    way = [taken[start]]
    if short and between and taken[start].kind == "full":
        start = max(between)
        way.append(taken[start])
    return way + [taken[place] for place in logs if place > start]


@settings(max_examples=20)
@example(
    ["insert", "log", "insert", "differential", "table", "log", "copy", "insert", "log", "full", "update", "log"], True
)
@given(st.lists(st.sampled_from([*STATEMENTS, *CHANGES]), max_size=12), st.booleans())
def test_a_chain_brings_back_what_there_was(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str], short: bool
) -> None:
    world = world_in(tmp_path_factory.mktemp("world"))
    world.share_of("C:\\Data")
    world.add_database("Tienda", tables={"clientes": [{"id": 1}, {"id": 2}]})
    session = enter(world)
    taken = lived(session, steps)
    last = max(place for place, one in enumerate(taken) if one.kind != "copied log")
    way = way_to(taken, last, short=short)
    for place, one in enumerate(way):
        verb = "LOG" if one.kind == "log" else "DATABASE"
        more = f", {COPY}" if place == 0 else ""
        fine(session, f"RESTORE {verb} Copia FROM DISK = '{one.file}' WITH NORECOVERY{more}")
    fine(session, "RESTORE DATABASE Copia WITH RECOVERY")
    assert content(session, "Copia") == taken[last].content


@given(st.text(alphabet="SELECT FROMabckup '\"[]()@#0129.,;=-+*/%<>\n\tñ" + "x", max_size=60))
def test_any_text_is_understood_or_refused(text: str) -> None:
    try:
        parse(text)
    except SqlError as problem:
        assert problem.said


def test_every_global_has_a_value(tmp_path_factory: pytest.TempPathFactory) -> None:
    session = enter(world_in(tmp_path_factory.mktemp("world")))
    for name in GLOBALS:
        assert len(fine(session, f"SELECT {name}").rows) == 1
