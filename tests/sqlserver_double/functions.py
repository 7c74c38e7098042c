"""Built-in functions: how one is called, and the plain ones that need no server."""

from __future__ import annotations

import math
import uuid
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from .sql_types import BIGINT, EXACT, FLOAT, FLOATING, GUID, INT, MAX, NUMBERS, SqlType, numeric, nvarchar, varchar
from .sql_values import compare, convert, sort_key, text_of
from .world_messages import error

if TYPE_CHECKING:
    from .frames import Frame
    from .scopes import Compiled, Field

TypeRule = SqlType | Callable[[Sequence[SqlType]], SqlType]
Work = Callable[..., object]
TEXT = nvarchar(MAX)


@dataclass(frozen=True, slots=True)
class Builtin:
    """A function: what it takes, of which type it is, and its work.

    ``takes`` has a letter for each argument: t text, i whole number, n any number, v as it is; those after ``?`` may
    be missing, and ``*`` repeats the letter before it. The work gets the frame first.
    """

    name: str
    takes: str
    type: TypeRule
    work: Work
    nulls: bool = False
    """It is called with NULLs too; else a NULL among the arguments makes it NULL."""


BUILTINS: dict[str, Builtin] = {}


def builtin(name: str, takes: str, type_: TypeRule, *, nulls: bool = False) -> Callable[[Work], Work]:
    """Register a function under its name."""

    def register(work: Work) -> Work:
        BUILTINS[name] = Builtin(name, takes, type_, work, nulls)
        return work

    return register


def plain(name: str, takes: str, type_: TypeRule, work: Work, *, nulls: bool = False) -> None:
    """Register a function that needs no frame."""
    BUILTINS[name] = Builtin(name, takes, type_, lambda _frame, *given: work(*given), nulls)


def call(frame: Frame, name: str, arguments: Sequence[Compiled]) -> Compiled:
    """A call that is ready to run. Raises `SqlError` 195 for no function, 174 for another number of arguments."""
    from .scopes import Compiled, common

    lazy = {"COALESCE": _coalesce, "ISNULL": _isnull, "NULLIF": _nullif}.get(name)
    if lazy:
        return lazy(frame, arguments, common)
    short = name.removeprefix("SYS.") if name.startswith("SYS.FN_") else name
    found = BUILTINS.get(short)
    if found is None:
        raise error(195, name.lower() if "." in name else name, ends_batch=True)
    letters = _letters(found, len(arguments))
    wanted = {"t": TEXT, "i": BIGINT, "v": None, "n": FLOAT}
    ready = []
    for place, (letter, argument) in enumerate(zip(letters, arguments, strict=True), 1):
        to = wanted[letter]
        _check_argument(found, place, letter, argument)
        if letter == "n" and not argument.type.is_text:
            to = None
        ready.append(argument.run if to is None else _converted(argument, to, frame))
    types = [argument.type for argument in arguments]
    type_ = found.type if isinstance(found.type, SqlType) else found.type(types)

    def run(env: object) -> object:
        values = [each(env) for each in ready]  # type: ignore[arg-type]
        if not found.nulls and any(value is None for value in values):
            return None
        return found.work(frame, *values)

    return Compiled(type_, run)


def _check_argument(found: Builtin, place: int, letter: str, argument: Compiled) -> None:
    """Raises `SqlError` 8116, e.g. for a sql_variant where a text is wanted: only CONVERT makes one of it."""
    name = argument.type.name
    wrong = letter in {"t", "i"} and name == "sql_variant"
    if letter == "n":
        wrong = not (argument.type.is_text or name in NUMBERS)
    if wrong and not argument.is_null:
        raise error(8116, name, place, found.name.lower(), ends_batch=True)


def _converted(argument: Compiled, to: SqlType, frame: Frame) -> Callable[[object], object]:
    source = argument.type
    if argument.is_null or source.name == to.name or (source.is_text and to.is_text) or source.name == "sql_variant":
        return argument.run  # type: ignore[return-value]
    return lambda env: convert(argument.run(env), source, to, None, frame.session.dateformat)  # type: ignore[arg-type]


def _letters(found: Builtin, count: int) -> str:
    least, _, more = found.takes.partition("?")
    if found.takes.endswith("*"):
        letters = (least + more).removesuffix("*")
        if count < len(least.removesuffix("*")):
            raise error(174, found.name.lower(), len(letters), ends_batch=True)
        return letters + letters[-1] * (count - len(letters))
    if not len(least) <= count <= len(least) + len(more):
        wanted = f"{len(least)} to {len(least) + len(more)}" if more else str(len(least))
        raise error(174, found.name.lower(), wanted, ends_batch=True)
    return (least + more)[:count]


def _coalesce(frame: Frame, arguments: Sequence[Compiled], common: Callable[..., SqlType]) -> Compiled:
    from .scopes import Compiled

    type_ = common(arguments)
    ready = [_converted(one, type_, frame) for one in arguments]

    def run(env: object) -> object:
        return next((value for each in ready if (value := each(env)) is not None), None)

    return Compiled(type_, run)


def _isnull(frame: Frame, arguments: Sequence[Compiled], common: Callable[..., SqlType]) -> Compiled:
    from .scopes import Compiled

    if len(arguments) != 2:
        raise error(174, "isnull", 2, ends_batch=True)
    first, second = arguments
    type_ = second.type if first.is_null else first.type
    other = _converted(second, type_, frame)

    def run(env: object) -> object:
        value = first.run(env)  # type: ignore[arg-type]
        return other(env) if value is None else value

    return Compiled(type_, run)


def _nullif(frame: Frame, arguments: Sequence[Compiled], common: Callable[..., SqlType]) -> Compiled:
    from .scopes import Compiled

    if len(arguments) != 2:
        raise error(174, "nullif", 2, ends_batch=True)
    type_ = common(arguments)
    left, right = (_converted(one, type_, frame) for one in arguments)
    first = arguments[0]

    def run(env: object) -> object:
        return None if compare("=", left(env), right(env)) else first.run(env)  # type: ignore[arg-type]

    return Compiled(first.type, run)


def of_row(name: str, fields: Sequence[Field]) -> Compiled:
    """``CHECKSUM(*)``, ``BINARY_CHECKSUM(*)``: of all columns of the row."""
    from .scopes import Compiled

    if name not in {"CHECKSUM", "BINARY_CHECKSUM"}:
        raise error(102, "*", ends_batch=True)
    types = [one.type for one in fields]
    return Compiled(INT, lambda env: row_checksum(env.row, types))


def row_checksum(row: Sequence[object], types: Sequence[SqlType]) -> int:
    """A checksum of values; not the server's own, but as good for comparing."""
    texts = ("\0" if value is None else text_of(value, kind) for value, kind in zip(row, types, strict=False))
    return zlib.crc32("\x1f".join(texts).encode()) - 2**31


def global_variable(frame: Frame, name: str) -> Compiled:
    """``@@name``."""
    from .functions_server import GLOBAL_VARIABLES
    from .scopes import Compiled

    type_, read = GLOBAL_VARIABLES[name.lower()]
    return Compiled(type_, lambda _: read(frame))


# aggregates


def aggregate_type(name: str, of: SqlType | None) -> SqlType:
    """The type of an aggregate."""
    fixed = {"COUNT": INT, "CHECKSUM_AGG": INT, "COUNT_BIG": BIGINT}.get(name)
    if fixed is not None or of is None:
        return fixed or INT
    if name == "STRING_AGG":
        return nvarchar(MAX if of.size == MAX else 4000)
    return of if name in {"MIN", "MAX"} else _sum_type(name, of)


def _sum_type(name: str, of: SqlType) -> SqlType:
    """Of SUM and AVG."""
    if of.name in FLOATING:
        return FLOAT
    if of.name in {"decimal", "numeric"}:
        return numeric(38, of.scale if name == "SUM" else max(6, of.scale))
    if of.name in {"money", "smallmoney", "bigint"}:
        return of
    if of.name not in {"int", "smallint", "tinyint"}:
        raise error(8117, of.name, name.lower(), ends_batch=True)
    return INT


def aggregate(name: str, values: Sequence[object], of: SqlType, distinct: bool, extra: object) -> object:
    """An aggregate of the values of a group; NULLs do not count."""
    there = [value for value in values if value is not None]
    if distinct:
        there = list({sort_key(value): value for value in there}.values())
    if name in {"COUNT", "COUNT_BIG"}:
        return len(there)
    if not there:
        return None
    if name == "CHECKSUM_AGG":
        found = 0
        for value in there:
            found ^= int(value)  # type: ignore[call-overload]
        return found
    if name == "STRING_AGG":
        return str(extra or "").join(text_of(value, of) for value in there)
    if name in {"MIN", "MAX"}:
        return (min if name == "MIN" else max)(there, key=sort_key)
    return _summed(name, there, of)


def _summed(name: str, there: Sequence[Any], of: SqlType) -> object:
    """SUM or AVG of at least one value; whole numbers have a whole average."""
    total: Any = sum(there)
    type_ = aggregate_type(name, of)
    if name == "AVG":
        total = total / len(there) if of.name in FLOATING | EXACT else int(total / len(there))
    return convert(total, type_ if of.name in EXACT else of, type_)


# text


def _of_first(types: Sequence[SqlType]) -> SqlType:
    return types[0] if types[0].is_text else nvarchar(4000)


def _longest(types: Sequence[SqlType]) -> SqlType:
    return nvarchar(MAX if any(one.size == MAX for one in types if one.is_text) else 4000)


def _charindex(part: str, text: str, start: int = 1) -> int:
    return text.casefold().find(part.casefold(), max(0, start - 1)) + 1


def _quotename(text: str, quote: str = "[") -> str | None:
    if len(text) > 128:
        return None
    pair = {"[": "[]", "]": "[]", "(": "()", "<": "<>", "{": "{}"}.get(quote, quote * 2)
    left, right = pair[0], pair[1]
    return left + text.replace(right, right * 2) + right


def _replace(text: str, old: str, new: str) -> str:
    made, at = "", 0
    while old and (found := text.casefold().find(old.casefold(), at)) >= 0:
        made += text[at:found] + new
        at = found + len(old)
    return made + text[at:]


def _parsename(text: str, part: int) -> str | None:
    parts = [each.strip("[]") for each in text.split(".")]
    return parts[-part] if 1 <= part <= len(parts) else None


def _substring(text: str, start: int, length: int) -> str:
    begin = max(0, start - 1)
    return text[begin : max(begin, start - 1 + length)]


def _concat(*values: object) -> str:
    return "".join("" if value is None else str(value) for value in values)


def _concat_ws(separator: object, *values: object) -> str:
    return str(separator or "").join(str(value) for value in values if value is not None)


for _name, _work in {
    "UPPER": str.upper, "LOWER": str.lower, "REVERSE": lambda t: t[::-1],
    "LTRIM": lambda t: t.lstrip(" "), "RTRIM": lambda t: t.rstrip(" "), "TRIM": lambda t: t.strip(" "),
}.items():  # fmt: skip
    plain(_name, "t", _of_first, _work)
plain("LEN", "t", INT, lambda t: len(t.rstrip(" ")))
plain("LEFT", "ti", _of_first, lambda t, n: t[: max(0, n)])
plain("RIGHT", "ti", _of_first, lambda t, n: t[-n:] if n > 0 else "")
plain("SUBSTRING", "tii", _of_first, _substring)
plain("CHARINDEX", "tt?i", INT, _charindex)
plain("REPLACE", "ttt", _longest, _replace)
plain("QUOTENAME", "t?t", nvarchar(258), _quotename)
plain("REPLICATE", "ti", _longest, lambda t, n: t * max(0, n))
plain("SPACE", "i", varchar(8000), lambda n: " " * max(0, n))
plain("STUFF", "tiit", _longest, lambda t, at, n, new: t[: at - 1] + new + t[at - 1 + n :])
plain("CONCAT", "tt*", _longest, _concat, nulls=True)
plain("CONCAT_WS", "ttt*", _longest, _concat_ws, nulls=True)
plain("CHAR", "i", SqlType("char", 1), lambda n: chr(n) if 0 <= n < 256 else None)
plain("NCHAR", "i", SqlType("nchar", 1), lambda n: chr(n) if 0 <= n < 2**16 else None)
plain("ASCII", "t", INT, lambda t: ord(t[0]) if t else None)
plain("UNICODE", "t", INT, lambda t: ord(t[0]) if t else None)
plain("PARSENAME", "ti", nvarchar(128), _parsename)


@builtin("DATALENGTH", "v", INT)
def _datalength(_frame: Frame, value: object) -> int:
    if isinstance(value, str):
        return len(value.encode("utf-16-le"))
    return len(value) if isinstance(value, bytes) else 8 if not isinstance(value, bool | int) else 4


# numbers and the rest


def _same(types: Sequence[SqlType]) -> SqlType:
    return types[0] if not types[0].is_text else FLOAT


def _rounded(value: object, places: int, cut: int = 0) -> object:
    value = int(value) if isinstance(value, bool) else value
    places = max(-30, min(places, 15))
    exact = Decimal(str(value)).quantize(Decimal(1).scaleb(-places), ROUND_FLOOR if cut else ROUND_HALF_UP)
    return float(exact) if isinstance(value, float) else int(exact) if isinstance(value, int) else exact


plain("ABS", "n", _same, abs)
plain("CEILING", "n", _same, lambda v: type(v)(math.ceil(v)))
plain("FLOOR", "n", _same, lambda v: type(v)(math.floor(v)))
plain("SIGN", "n", _same, lambda v: type(v)((v > 0) - (v < 0)))
plain("ROUND", "ni?i", _same, _rounded)
plain("POWER", "ni", _same, lambda v, n: type(v)(v**n))
plain("NEWID", "", GUID, uuid.uuid4)
plain("ISNUMERIC", "t", INT, lambda t: int(t.strip().lstrip("+-").replace(".", "", 1).isdigit()))
