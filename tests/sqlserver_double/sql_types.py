"""The types of T-SQL: how they are written, and which of two wins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType

MAX = -1

PRECEDENCE = (
    "sql_variant", "datetimeoffset", "datetime2", "datetime", "smalldatetime", "date", "time", "float", "real",
    "decimal", "numeric", "money", "smallmoney", "bigint", "int", "smallint", "tinyint", "bit", "uniqueidentifier",
    "nvarchar", "nchar", "varchar", "char", "varbinary", "binary",
)  # fmt: skip
"""The strongest first: the other side of an operator is converted to it."""

WHOLE = MappingProxyType({
    "bigint": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "smallint": (-(2**15), 2**15 - 1),
    "tinyint": (0, 255),
})  # fmt: skip
EXACT = frozenset({"decimal", "numeric", "money", "smallmoney"})
FLOATING = frozenset({"float", "real"})
NUMBERS = frozenset({*WHOLE, *EXACT, *FLOATING, "bit"})
TEXTS = frozenset({"nvarchar", "nchar", "varchar", "char"})
BYTES = frozenset({"varbinary", "binary"})
INSTANTS = frozenset({"datetimeoffset", "datetime2", "datetime", "smalldatetime", "date"})
SIZED = frozenset({*TEXTS, *BYTES})
SCALED = frozenset({"datetime2", "datetimeoffset", "time"})


@dataclass(frozen=True, slots=True)
class SqlType:
    """A type with its size: characters or bytes (`MAX`), precision and scale."""

    name: str
    size: int = 0
    precision: int = 0
    scale: int = 0

    def __str__(self) -> str:
        if self.name in SIZED:
            return f"{self.name}({'max' if self.size == MAX else self.size})"
        if self.name in {"decimal", "numeric"}:
            return f"{self.name}({self.precision},{self.scale})"
        return f"{self.name}({self.scale})" if self.name in SCALED else self.name

    @property
    def is_text(self) -> bool:
        return self.name in TEXTS


def nvarchar(size: int) -> SqlType:
    return SqlType("nvarchar", size)


def varchar(size: int) -> SqlType:
    return SqlType("varchar", size)


def varbinary(size: int) -> SqlType:
    return SqlType("varbinary", size)


def numeric(precision: int, scale: int = 0) -> SqlType:
    return SqlType("numeric", precision=precision, scale=scale)


INT = SqlType("int")
BIGINT = SqlType("bigint")
SMALLINT = SqlType("smallint")
TINYINT = SqlType("tinyint")
BIT = SqlType("bit")
FLOAT = SqlType("float")
REAL = SqlType("real")
DATETIME = SqlType("datetime")
DATETIME2 = SqlType("datetime2", scale=7)
DATETIMEOFFSET = SqlType("datetimeoffset", scale=7)
DATE = SqlType("date")
TIME = SqlType("time", scale=7)
GUID = SqlType("uniqueidentifier")
SYSNAME = nvarchar(128)
LSN = numeric(25)
NULL = INT
"""What NULL by itself is."""

SYNONYMS = MappingProxyType({
    "integer": INT, "dec": numeric(18), "sysname": SYSNAME, "rowversion": SqlType("binary", 8),
    "timestamp": SqlType("binary", 8), "image": varbinary(MAX), "text": varchar(MAX), "ntext": nvarchar(MAX),
    "character": SqlType("char", 1), "boolean": BIT,
})  # fmt: skip
PLAIN = frozenset(PRECEDENCE) - {"sql_variant"}


def named_type(name: str, sizes: tuple[int, ...], size_unless_said: int) -> SqlType | None:
    """The type of that name, None where there is none."""
    known = SYNONYMS.get(name.lower()) or (SqlType(name.lower()) if name.lower() in PLAIN else None)
    if known is None:
        return None
    if known.name in {"decimal", "numeric"}:
        return replace(known, precision=sizes[0] if sizes else 18, scale=sizes[1] if len(sizes) > 1 else 0)
    if known.name in SCALED:
        return replace(known, scale=sizes[0] if sizes else 7)
    if known.name in SIZED and not known.size:
        return replace(known, size=sizes[0] if sizes else size_unless_said)
    return known


def common_type(left: SqlType, right: SqlType) -> SqlType:
    """The type that both sides are seen as."""
    strong, weak = sorted((left, right), key=lambda each: PRECEDENCE.index(each.name))
    if strong.name in SIZED and weak.name in SIZED:
        return replace(strong, size=MAX if MAX in (strong.size, weak.size) else max(strong.size, weak.size))
    if strong.name in {"decimal", "numeric"}:
        return _wide(strong, weak)
    if strong.name in SCALED and weak.name in SCALED:
        return replace(strong, scale=max(strong.scale, weak.scale))
    return strong


DIGITS = MappingProxyType({"bigint": 19, "int": 10, "smallint": 5, "tinyint": 3, "bit": 1, "money": 19})


def _wide(strong: SqlType, weak: SqlType) -> SqlType:
    precision = weak.precision or DIGITS.get(weak.name, 0)
    scale = max(strong.scale, weak.scale)
    whole = max(strong.precision - strong.scale, precision - weak.scale)
    return replace(strong, precision=min(38, whole + scale), scale=scale)
