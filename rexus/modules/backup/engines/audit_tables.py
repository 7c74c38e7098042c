"""How a row of ours fits into the audit tables that the application may have. Pure: values in, values out.

Tables, columns and widths are those of Rexus.app: `audit_trail` of its ``core/audit_trail.py``, and `auditoria_log`
as its ``insert_audit_log.sql`` fills it, which is the one that its audit screen shows.
"""

from __future__ import annotations

import json
from collections.abc import Collection

from ..base.watching import AuditRow

TABLES = ("audit_trail", "auditoria_log")
"""In the order in which they are looked for."""
Columns = dict[str, str | int]

_MODULE = "Backups"
_RECORD = 0
"""Both want a record's number, and a backup has none."""
_WIDTHS = {"accion": 20, "usuario": 100, "usuario_nombre": 100}
_LONGEST = 4000
_RESULTS = {"ok": "EXITOSO", "warnings": "WARNING"}
_GRAVE = frozenset({"restore", "delete", "prune", "cleanup"})
_NEEDED = {"audit_trail": {"accion", "usuario_nombre"}, "auditoria_log": {"accion", "usuario"}}


def fitted(table: str, there: Collection[str], row: AuditRow) -> Columns:
    """What to write into the columns that are ``there``, by their own spelling; empty: the table is of another kind."""
    own = {name.lower(): name for name in there}
    if not _NEEDED[table] <= own.keys():
        return {}
    values = _trail(row) if table == "audit_trail" else _screen(row)
    return {own[name]: _fit(name, value) for name, value in values.items() if name in own}


def _trail(row: AuditRow) -> Columns:
    return {
        "tabla": "backups",
        "accion": row.action.upper(),
        "registro_id": _RECORD,
        "usuario_nombre": row.who,
        "datos_nuevos": json.dumps({"set": row.target, "status": row.result}),
        "modulo": _MODULE,
        "detalles": _told(row),
        "fecha_cambio": _wall(row),
    }


def _screen(row: AuditRow) -> Columns:
    grave = row.action in _GRAVE or row.result not in _RESULTS
    return {
        "usuario": row.who,
        "modulo": _MODULE,
        "accion": row.action.upper(),
        "descripcion": _told(row),
        "tabla_afectada": "backups",
        "registro_id": _RECORD,
        "valores_nuevos": json.dumps({"set": row.target, "status": row.result}),
        "nivel_criticidad": "ALTA" if grave else "MEDIA",
        "resultado": _RESULTS.get(row.result, "FALLIDO"),
        "error_mensaje": row.error,
        "fecha_hora": _wall(row),
    }


def _told(row: AuditRow) -> str:
    return " · ".join(part for part in (row.target, row.result, row.detail, row.error) if part)


def _wall(row: AuditRow) -> str:
    """Local wall time, as the application's own rows have it (GETDATE)."""
    return row.at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _fit(name: str, value: str | int) -> str | int:
    if isinstance(value, int):
        return value
    told = value.replace("\0", "").encode("utf-8", "backslashreplace").decode("utf-8")
    return told[: _WIDTHS.get(name, _LONGEST)]
