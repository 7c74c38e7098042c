"""Tables: drawn by rich on a terminal, aligned plain text anywhere else."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from .streams import can_write, clean, is_terminal, put


@dataclass(frozen=True, slots=True)
class Column:
    """One column; figures stand at the right, and long text is folded where there is a terminal."""

    title: str
    right: bool = False


@dataclass(slots=True)
class Table:
    """Rows of plain text; ``styles`` colours whole rows on a terminal (by row number)."""

    columns: Sequence[Column]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    styles: dict[int, str] = field(default_factory=dict)

    def add(self, *cells: str, style: str = "") -> None:
        """Append a row."""
        if style:
            self.styles[len(self.rows)] = style
        self.rows.append(cells if "".join(cells).isprintable() else tuple(clean(cell) for cell in cells))


def draw(table: Table) -> None:
    """Write ``table`` to stdout."""
    if not is_terminal(sys.stdout):
        put(aligned(table))
        return
    with contextlib.suppress(OSError):
        _draw(table)


def aligned(table: Table) -> str:
    """Plain text, columns two blanks apart."""
    titles = tuple(column.title for column in table.columns)
    rows = [titles, *table.rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    pattern = "  ".join(
        f"%{width}s" if column.right else f"%-{width}s" for width, column in zip(widths, table.columns, strict=True)
    )
    return "".join([(pattern % row).rstrip() + "\n" for row in rows])


def _draw(table: Table) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table as Drawn
    from rich.text import Text

    drawn = Drawn(box=box.SIMPLE_HEAD if can_write("─", sys.stdout) else box.ASCII2, header_style="bold")
    for column in table.columns:
        drawn.add_column(Text(column.title), justify="right" if column.right else "left", overflow="fold")
    for number, row in enumerate(table.rows):
        drawn.add_row(*(Text(cell) for cell in row), style=table.styles.get(number))
    Console(highlight=False).print(drawn)
