"""DBCC CHECKDB: clean, or damage told by messages or as rows (facts 3.5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .answers import Answer, Column, Columns, Done, Row
from .databases import Database
from .interpreter import Interpreter, defines
from .sql_tree import Expression
from .statement_tree import Define, Statement
from .world_messages import Said, error, say

DBCC = 230
COLUMNS = {
    "Error": "int", "Level": "int", "State": "int", "MessageText": "nvarchar(2048)", "RepairLevel": "nvarchar(22)",
    "Status": "int", "DbId": "int", "DbFragId": "int", "ObjectId": "int", "IndexId": "int", "PartitionId": "bigint",
    "AllocUnitId": "bigint", "RidDbId": "int", "RidPruId": "int", "File": "int", "Page": "int", "Slot": "int",
    "RefDbId": "int", "RefPruId": "int", "RefFile": "int", "RefPage": "int", "RefSlot": "int", "Allocation": "int",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One message of a check, and the table and page that it is about."""

    said: Said
    object_id: int = 0
    page: int = 0


@defines("DBCC CHECKDB")
def checkdb(it: Interpreter, one: Statement) -> Iterator[Answer]:
    assert isinstance(one, Define)
    options = one.parts["OPTIONS"]
    assert isinstance(options, frozenset)
    it.session.pass_point("checkdb.begun")
    with it.world.lock:
        database = _database(it, one)
        user = it.session.rights.user(database)
        if not it.session.rights.is_sysadmin and not it.session.rights.in_role(database, "db_owner"):
            raise error(2571, user.name if user else it.session.account.name, "checkdb")
        request = it.session.request
        if request is not None:
            request.command, request.database_id, request.percent = "DBCC TABLE CHECK", database.id, 0.0
    it.session.pass_point("checkdb.half", database.name)
    with it.world.lock:
        findings = _findings(database, quiet="NO_INFOMSGS" in options)
        it.world.error_log.append(f"DBCC CHECKDB ({database.name}) executed by {it.session.account.name}")
    damaged = any(each.said.severity > 10 for each in findings)
    if "TABLERESULTS" in options:
        yield from _as_rows(it, database, findings)
    else:
        yield from (each.said.message(it.session.language, one.line) for each in findings)
    if "NO_INFOMSGS" not in options:
        yield say(2528).message(it.session.language, one.line)
    yield Done(DBCC, error=damaged)


def _database(it: Interpreter, one: Define) -> Database:
    wanted = one.parts["DATABASE"]
    name = it.value(wanted) if isinstance(wanted, Expression) else wanted
    if name in {"", 0, None}:
        name = it.session.database
    if isinstance(name, int):
        name = next((each.name for each in it.world.databases.values() if each.id == name), str(name))
    return it.session.rights.enter(str(name))


def _findings(database: Database, *, quiet: bool) -> list[Finding]:
    """All that is said; the summary too where there is damage."""
    found: list[Finding] = [] if quiet else [Finding(say(2536, database.name))]
    errors = 0
    tables = database.content.tables
    for place, table in enumerate(tables.values()):
        bad = sum(key.startswith(table.key + "#") for key in database.damaged_pages)
        page = 400 + 8 * place
        where = (table.id, 0, 72057594043000000 + place, 72057594049000000 + place, "In-row data")
        if bad:
            test = ("m_headerVersion == HEADER_7_0", 0, 1)
            found.append(Finding(say(8939, *where, f"(1:{page})", *test, state=98), table.id, page))
            found.append(Finding(say(8928, *where, f"(1:{page})"), table.id, page))
            found.append(Finding(say(8990, 0, 2 * bad, table.name, table.id), table.id))
            errors += 2 * bad
        if not quiet:
            found.append(Finding(say(2593, len(table.rows), len(table.pages), table.name), table.id))
    if errors or not quiet:
        found.append(Finding(say(8989, 0, errors, database.name)))
    if errors:
        found.append(Finding(say(8958, "repair_allow_data_loss", database.name)))
    return found


def _as_rows(it: Interpreter, database: Database, findings: list[Finding]) -> Iterator[Answer]:
    yield Columns(tuple(Column(name, kind) for name, kind in COLUMNS.items()))
    for each in findings:
        message = each.said.message(it.session.language)
        repair = "repair_allow_data_loss" if message.severity > 10 else None
        where = (database.id, 1, each.object_id, 0, 0, 0, database.id, 1, 1, each.page, 0, 0, 0, 0, 0, 0, 1)
        yield Row((message.number, message.severity, message.state, message.text, repair, 0, *where))
    yield Done(DBCC, None if it.session.nocount else len(findings))
