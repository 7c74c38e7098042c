"""Arithmetic, bits and text put together: of which type the result is, and how it is worked out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext

from .sql_types import BYTES, EXACT, FLOATING, MAX, NUMBERS, TEXTS, WHOLE, SqlType, common_type, numeric
from .sql_values import convert
from .world_messages import error

Work = Callable[[object, object], object]
NAMES = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "%": "modulo"}


def arithmetic(sign: str, left: SqlType, right: SqlType) -> tuple[SqlType, Work]:
    """The type of the result, and the work. Raises `SqlError` 402 or 8117 for types that have no such operator."""
    both = {left.name, right.name}
    if sign in {"+", "||"} and both <= TEXTS:
        return _joined(left, right), lambda a, b: None if a is None or b is None else f"{a}{b}"
    if sign == "+" and both <= BYTES:
        type_ = _joined(left, right)
        return type_, lambda a, b: None if a is None or b is None else bytes(a) + bytes(b)
    if "datetime" in both and sign in {"+", "-"}:
        return _days(sign, left, right)
    if both & TEXTS and both & NUMBERS:
        return _text_as_number(sign, left, right)
    if not both <= NUMBERS:
        if left.name == right.name:
            raise error(8117, left.name, NAMES.get(sign, sign), ends_batch=True)
        raise error(402, left.name, right.name, NAMES.get(sign, sign), ends_batch=True)
    return _numbers(sign, left, right)


def _text_as_number(sign: str, left: SqlType, right: SqlType) -> tuple[SqlType, Work]:
    """A text is converted to what the other side is, or the statement fails (245)."""
    number = right if left.name in TEXTS else left
    type_, work = _numbers(sign, number, number)

    def converted(a: object, b: object) -> object:
        return work(convert(a, left, number), convert(b, right, number))

    return type_, converted


def _joined(left: SqlType, right: SqlType) -> SqlType:
    type_ = common_type(left, right)
    wide = type_.name.startswith("n")
    size = left.size + right.size
    if MAX in (left.size, right.size):
        size = MAX
    name = {"nchar": "nvarchar", "char": "varchar", "binary": "varbinary"}.get(type_.name, type_.name)
    return SqlType(name, size if size == MAX else min(size, 4000 if wide else 8000))


def _days(sign: str, left: SqlType, right: SqlType) -> tuple[SqlType, Work]:
    type_ = SqlType("datetime")
    epoch = datetime(1900, 1, 1)

    def days(value: object, source: SqlType) -> float | None:
        at = convert(value, source, type_)
        return None if at is None else (at - epoch) / timedelta(days=1)  # type: ignore[operator]

    def work(a: object, b: object) -> object:
        one, other = days(a, left), days(b, right)
        if one is None or other is None:
            return None
        return convert(one + other if sign == "+" else one - other, SqlType("float"), type_)

    return type_, work


def _numbers(sign: str, left: SqlType, right: SqlType) -> tuple[SqlType, Work]:
    strong = common_type(left, right)
    if strong.name == "bit":
        strong = SqlType("int")
    if sign in {"&", "|", "^"}:
        return strong, lambda a, b: None if a is None or b is None else _bits(sign, int(a), int(b))
    if strong.name in WHOLE:
        low, high = WHOLE[strong.name]

        def whole(a: object, b: object) -> object:
            if a is None or b is None:
                return None
            result = _whole(sign, int(a), int(b))  # type: ignore[call-overload]
            if not low <= result <= high:
                raise error(8115, "expression", strong.name)
            return result

        return strong, whole
    if strong.name in FLOATING:
        return strong, lambda a, b: None if a is None or b is None else _float(sign, float(a), float(b))
    return _exact(sign, left, right, strong)


def _bits(sign: str, a: int, b: int) -> int:
    return a & b if sign == "&" else a | b if sign == "|" else a ^ b


def _whole(sign: str, a: int, b: int) -> int:
    if sign in {"/", "%"} and b == 0:
        raise error(8134)
    if sign == "/":
        return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
    if sign == "%":
        return abs(a) % abs(b) * (-1 if a < 0 else 1)
    return a + b if sign == "+" else a - b if sign == "-" else a * b


def _float(sign: str, a: float, b: float) -> float:
    if sign in {"/", "%"} and b == 0:
        raise error(8134)
    return {"+": a + b, "-": a - b, "*": a * b}[sign] if sign not in {"/", "%"} else a / b if sign == "/" else a % b


def _digits(one: SqlType) -> tuple[int, int]:
    if one.name in {"money", "smallmoney"}:
        return 19, 4
    if one.name in EXACT:
        return one.precision, one.scale
    return {"bigint": 19, "int": 10, "smallint": 5, "tinyint": 3, "bit": 1}[one.name], 0


def _exact(sign: str, left: SqlType, right: SqlType, strong: SqlType) -> tuple[SqlType, Work]:
    """Precision and scale by the rules of the documentation, cut to 38 digits."""
    (p1, s1), (p2, s2) = _digits(left), _digits(right)
    if sign == "*":
        precision, scale = p1 + p2 + 1, s1 + s2
    elif sign == "/":
        scale = max(6, s1 + p2 + 1)
        precision = p1 - s1 + s2 + scale
    else:
        scale = max(s1, s2)
        precision = max(p1 - s1, p2 - s2) + scale + 1
    if precision > 38:
        scale = max(min(scale, 6), scale - (precision - 38))
        precision = 38
    type_ = strong if strong.name in {"money", "smallmoney"} else numeric(precision, scale)
    places = 4 if strong.name in {"money", "smallmoney"} else scale

    def work(a: object, b: object) -> object:
        if a is None or b is None:
            return None
        one, other = (
            Decimal(str(int(a) if isinstance(a, bool) else a)),
            Decimal(str(int(b) if isinstance(b, bool) else b)),
        )
        if sign in {"/", "%"} and other == 0:
            raise error(8134)
        with localcontext() as context:
            context.prec = 80
            result = {"+": one + other, "-": one - other, "*": one * other}.get(sign)
            if result is None:
                result = one / other if sign == "/" else one % other
            return result.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)

    return type_, work


def negative(sign: str, value: object, type_: SqlType) -> object:
    """``-x``, ``+x``, ``~x``."""
    if value is None or sign == "+":
        return value
    if sign == "~":
        return not value if type_.name == "bit" else ~int(value)  # type: ignore[call-overload]
    if isinstance(value, str | bytes):
        raise error(8117, type_.name, "minus")
    return -value  # type: ignore[operator]
