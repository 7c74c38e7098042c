"""Tables, messages and values as go-sqlcmd prints them: measured against the real program."""

from __future__ import annotations

from .output import EOL
from .tds_values import Exact, Guid, Instant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .tds_tokens import Said
    from .tds_values import Column

_FIXED = {"BIT": 1, "TINYINT": 3, "SMALLINT": 6, "INT": 11, "BIGINT": 21, "REAL": 14, "SMALLMONEY": 14, "FLOAT": 24,
          "MONEY": 24, "DATE": 16, "DATETIME": 23, "SMALLDATETIME": 19, "DATETIME2": 38, "TIME": 16,
          "DATETIMEOFFSET": 45, "UNIQUEIDENTIFIER": 36}  # fmt: skip
_LEFT = {"UNIQUEIDENTIFIER", "VARCHAR", "NVARCHAR", "CHAR", "NCHAR", "VARBINARY", "BINARY", "SQL_VARIANT"}
_LONGEST = {"VARCHAR": 8000, "NVARCHAR": 4000, "VARBINARY": 8000}
_BINARY = {"VARBINARY", "BINARY"}
_TEXTS = {"CHAR", "VARCHAR", "NCHAR", "NVARCHAR"}
_MOST_PADDING = 8000
_UNDEFINED = 1024 * 1024


class Layout:
    """The settings that decide how a table looks."""

    separator = " "
    screen = 0
    variable = 256
    fixed = 0
    headers = 0
    trim = False
    control: int | None = None
    """What becomes of control characters: 0 goes, 1 is a space each, 2 is a space for several."""

    @property
    def rows_between_headers(self) -> int:
        return -1 if self.variable == 0 else self.headers


def _float(value: float) -> str:
    """The shortest form; an exponent below -4 and from 6 on, of two digits at least."""
    mantissa, _, exponent = repr(value).partition("e")
    sign, digits = ("-", mantissa[1:]) if mantissa.startswith("-") else ("", mantissa)
    whole, _, fraction = digits.partition(".")
    power = int(exponent or 0) + len(whole) - 1
    figures = (whole + fraction).lstrip("0")
    power -= len(whole + fraction) - len((whole + fraction).lstrip("0"))
    figures = figures.rstrip("0")
    if not figures:
        return sign + "0"
    if not -4 <= power < 6:
        tail = "." + figures[1:] if len(figures) > 1 else ""
        return f"{sign}{figures[0]}{tail}e{'-' if power < 0 else '+'}{abs(power):02}"
    if power < 0:
        return f"{sign}0.{'0' * (-power - 1)}{figures}"
    figures = figures.ljust(power + 1, "0")
    return sign + figures[: power + 1] + ("." + figures[power + 1 :] if figures[power + 1 :] else "")


def _instant(value: Instant, kind: str, scale: int) -> str:
    if kind == "DATE":
        return value.date()
    if kind == "TIME":
        return value.time(scale)
    if kind == "SQL_VARIANT":
        return f"{value.date()}T{value.time(0)}Z"
    digits = {"DATETIME": 3, "SMALLDATETIME": 0}.get(kind, scale)
    zone = " " + value.zone() if kind == "DATETIMEOFFSET" else ""
    return f"{value.date()} {value.time(digits)}{zone}"


def without_control(text: str, wish: int) -> str:
    """Control characters replaced or gone."""
    out, after = "", False
    for one in text:
        control = one < " " or one == "\x7f"
        if not control:
            out += one
        elif wish == 1 or (wish == 2 and not after):
            out += " "
        after = control
    return out


class Table:
    """One result set, printed as its rows come."""

    def __init__(self, columns: list[Column], layout: Layout, write: Callable[[str], None]) -> None:
        self._columns, self._layout, self._write = columns, layout, write
        self._widths = [self.width(column) for column in columns]
        self._rows, self._position = 0, 0
        if layout.rows_between_headers > -1:
            self._head()

    def row(self, values: list[object]) -> str:
        """Print a row; returns its first value as text."""
        texts = [self.shown(value, column) for value, column in zip(values, self._columns, strict=True)]
        for place, text in enumerate(texts):
            if place:
                self._wrapped(self._layout.separator)
            self._wrapped(self._cell(text, place))
        self._rows += 1
        between = self._layout.rows_between_headers
        if between > 0 and self._rows % between == 0:
            self._wrapped(EOL)
            self._head()
        self._wrapped(EOL)
        return texts[0]

    def end(self) -> None:
        """The empty line below."""
        self._wrapped(EOL)

    def width(self, column: Column) -> int:
        """How many characters a column gets; 0 is as many as there are."""
        kind, name, length, layout = column.kind, len(column.name), column.length, self._layout
        if layout.variable == 0:
            return 0
        if kind in _FIXED:
            return max(_FIXED[kind], name)
        if kind == "DECIMAL":
            return max(column.precision + 2, name)
        if kind == "SQL_VARIANT":
            return min(layout.fixed, 8000) if layout.fixed else 8000
        if kind == "BINARY" or length > _LONGEST.get(kind, length):
            return layout.variable
        return max(min(layout.fixed, length) if layout.fixed else length, name)

    def shown(self, value: object, column: Column) -> str:
        """A value in words."""
        kind = column.kind
        if value is None:
            return "NULL"
        if isinstance(value, bool):
            return str(int(value))
        if isinstance(value, float):
            return _float(value)
        if isinstance(value, Instant):
            return _instant(value, kind, column.scale)
        if isinstance(value, bytes) and not isinstance(value, Guid):
            return value.hex().upper() if kind in _BINARY else value.decode("utf-8", "replace")
        assert isinstance(value, int | str | Exact | Guid), value
        return str(value)

    def cut(self, text: str, room: int) -> str:
        """A text in the room that it has."""
        return text[:room] if room else text

    def _cell(self, text: str, place: int) -> str:
        column, room, layout = self._columns[place], self._widths[place], self._layout
        if layout.control is not None and column.kind in _TEXTS:
            text = without_control(text, layout.control)
        if column.kind in _BINARY:
            text = "0x" + text
        if not layout.trim:
            text = text.ljust(room) if column.kind in _LEFT else text.rjust(room)
        return self.cut(text, room)

    def _head(self) -> None:
        names, lines = [], []
        for column, room in zip(self._columns, self._widths, strict=True):
            cut = column.name.encode()[: min(len(column.name), room)].decode("utf-8", "replace")
            if self._layout.trim:
                names.append(cut if column.name else " ")
                lines.append("-" * (len(column.name) or 1))
            else:
                wide = min(room, _MOST_PADDING)
                names.append(cut + " " * max(wide - len(column.name), 0))
                lines.append("-" * wide)
        for parts in (names, lines):
            self._write(fitted(self._layout.separator.join(parts) + EOL, self._layout.screen))

    def _wrapped(self, text: str) -> None:
        """Goes on at the next line where the screen ends."""
        screen = self._layout.screen
        if not screen:
            self._write(text)
            return
        for one in text:
            if self._position == screen:
                self._write(EOL)
                self._position = 0
            self._write(one)
            self._position = 0 if one in "\r\n" else self._position + 1


def fitted(text: str, screen: int) -> str:
    """A whole text, broken where the screen ends."""
    if not screen or len(text) < screen:
        return text
    out, position = "", 0
    for one in text:
        if position == screen and one not in "\r\n":
            out, position = out + EOL, 0
        out += one
        position = 0 if one in "\r\n" else position + 1
    return out


def error_text(said: Said, screen: int, *, raw: bool) -> str:
    """An error of the server, with the line above that says which."""
    where = f", Procedure {said.procedure}" if said.procedure else ""
    head = (
        f"Msg {said.number}, Level {said.severity}, State {said.state}, Server {said.server}{where}, Line {said.line}"
    )
    return fitted(head + EOL + ("mssql: " if raw else "") + said.text + EOL, screen)
