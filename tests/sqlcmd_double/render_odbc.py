"""Tables, messages and values as the ODBC sqlcmd prints them; by its documentation, for none could be measured."""

from __future__ import annotations

from . import render_go
from .output import EOL
from .tds_values import Exact, Guid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .tds_tokens import Said
    from .tds_values import Column

_FIXED = {"BIT": 1, "TINYINT": 3, "SMALLINT": 6, "INT": 11, "BIGINT": 20}
_BINARY = {"VARBINARY", "BINARY"}


class Layout(render_go.Layout):
    """The widths of a screen that is as wide as a terminal was once."""

    screen = 80


class Table(render_go.Table):
    """One result set."""

    def width(self, column: Column) -> int:
        if column.kind in _FIXED and self._layout.variable:
            return max(_FIXED[column.kind], len(column.name))
        if column.kind in _BINARY and 0 < column.length <= 8000 and self._layout.variable:
            return max(2 * column.length + 2, len(column.name))
        return super().width(column)

    def shown(self, value: object, column: Column) -> str:
        """Decimals without a zero before the point, GUIDs in capitals, floats with all their digits."""
        if isinstance(value, Exact):
            return str(value).replace("-0.", "-.", 1) if value.whole < 0 else str(value).removeprefix("0") or "0"
        if isinstance(value, Guid):
            return str(value).upper()
        if isinstance(value, float):
            text = f"{value:.17g}"
            return text if any(one in text for one in ".en") else text + ".0"
        return super().shown(value, column)

    def cut(self, text: str, room: int) -> str:
        """NULL is written in full, however narrow its column."""
        return text if text == "NULL" else super().cut(text, room)


def message_text(said: Said, *, with_head: bool) -> str:
    """A message of the server, for errors with the line above that says which."""
    where = f", Procedure {said.procedure}" if said.procedure else ""
    head = (
        f"Msg {said.number}, Level {said.severity}, State {said.state}, Server {said.server}{where}, Line {said.line}"
    )
    return (head + EOL if with_head else "") + said.text + EOL
