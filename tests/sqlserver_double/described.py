"""What drivers ask a server of its types: for their own use, before they send the first parameter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from .answers import Answer, Column, Columns, Done, Row
from .rpc import Call

SELECT = 193
_NAME, _TYPE = "nvarchar(128)", "nvarchar(256)"

_OF_PARAMETERS = {
    "parameter_ordinal": "int", "name": _NAME, "suggested_system_type_id": "int", "suggested_system_type_name": _TYPE,
    "suggested_max_length": "smallint", "suggested_precision": "tinyint", "suggested_scale": "tinyint",
    "suggested_user_type_id": "int", "suggested_user_type_database": _NAME, "suggested_user_type_schema": _NAME,
    "suggested_user_type_name": _NAME, "suggested_assembly_qualified_type_name": "nvarchar(4000)",
    "suggested_xml_collection_id": "int", "suggested_xml_collection_database": _NAME,
    "suggested_xml_collection_schema": _NAME, "suggested_xml_collection_name": _NAME,
    "suggested_is_xml_document": "bit", "suggested_is_case_sensitive": "bit",
    "suggested_is_fixed_length_clr_type": "bit", "suggested_is_input": "bit", "suggested_is_output": "bit",
    "formal_parameter_name": _NAME, "suggested_tds_type_id": "int", "suggested_tds_length": "int",
}  # fmt: skip
_ANY_TEXT = (231, "nvarchar(4000)", 8000, 0, 0, *[None] * 9, False, False, False, True, False, None, 231, 8000)
"""A type that takes whatever a parameter means: the number of nvarchar, and its 8000 bytes."""

_OF_TYPES = {
    "TYPE_NAME": _NAME, "DATA_TYPE": "smallint", "PRECISION": "int", "LITERAL_PREFIX": "varchar(32)",
    "LITERAL_SUFFIX": "varchar(32)", "CREATE_PARAMS": "varchar(32)", "NULLABLE": "smallint",
    "CASE_SENSITIVE": "smallint", "SEARCHABLE": "smallint", "UNSIGNED_ATTRIBUTE": "smallint", "MONEY": "smallint",
    "AUTO_INCREMENT": "smallint", "LOCAL_TYPE_NAME": _NAME, "MINIMUM_SCALE": "smallint", "MAXIMUM_SCALE": "smallint",
    "SQL_DATA_TYPE": "smallint", "SQL_DATETIME_SUB": "smallint", "NUM_PREC_RADIX": "int",
    "INTERVAL_PRECISION": "smallint", "USERTYPE": "smallint",
}  # fmt: skip
_TYPES = {-9: ("nvarchar", 4000), -3: ("varbinary", 8000), 12: ("varchar", 8000), 93: ("datetime2", 27)}
"""By ODBC's number: those that a driver asks how long they may be."""


def _rows(columns: Mapping[str, str], rows: list[tuple[object, ...]]) -> Iterator[Answer]:
    yield Columns(tuple(Column(name, kind) for name, kind in columns.items()))
    yield from map(Row, rows)
    yield Done(SELECT, len(rows))


def _parameters(call: Call) -> Iterator[Answer]:
    """The parameters of a statement that names them as drivers do."""
    names = dict.fromkeys(re.findall(r"@P\d+", str(call.values[0])))
    return _rows(_OF_PARAMETERS, [(place, name, *_ANY_TEXT) for place, name in enumerate(names, 1)])


def _types(call: Call) -> Iterator[Answer]:
    """One of the types of the server, asked for by its number."""
    number = call.values[0] if call.values else 0
    found = [(name, kind, size) for kind, (name, size) in _TYPES.items() if number in {0, kind}]
    return _rows(
        _OF_TYPES,
        [(name, kind, size, "'", "'", None, 1, 0, 3, *[None] * 3, name, None, None, kind, *[None] * 3, 0)
         for name, kind, size in found],
    )  # fmt: skip


PROCEDURES = {
    "sp_describe_undeclared_parameters": _parameters,
    "sp_datatype_info": _types,
    "sp_datatype_info_90": _types,
    "sp_datatype_info_100": _types,
}
