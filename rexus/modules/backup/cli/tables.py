"""Tables: drawn by rich on a terminal, as narrow as it is; aligned plain text anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import msgspec

from .streams import abandon_stdout, can_write, clean, is_terminal, put, width

_FOLDED = 18
"""Columns that a folded text needs to be readable."""


class Column(msgspec.Struct, frozen=True):
    """One column; figures stand at the right. Names and figures are never broken, so that they can be copied."""

    title: str
    right: bool = False
    fold: bool = False
    """Whether its texts may go over several lines where the terminal is narrow."""
    spare: int = 0
    """Where the terminal is too narrow, columns are left out: the highest first, those with 0 never."""


class Table(msgspec.Struct):
    """Rows of plain text; ``styles`` colours whole rows on a terminal (by row number)."""

    columns: Sequence[Column]
    rows: list[tuple[str, ...]] = []
    styles: dict[int, str] = {}

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
    shown = fitting(table, width())
    if shown is None:
        put(upright(table))
        return
    try:
        _draw(shown)
    except OSError as error:
        abandon_stdout(error)


def aligned(table: Table) -> str:
    """Plain text, columns two blanks apart."""
    titles = tuple(column.title for column in table.columns)
    rows = [titles, *table.rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    pattern = "  ".join(
        f"%{width}s" if column.right else f"%-{width}s" for width, column in zip(widths, table.columns, strict=True)
    )
    return "".join([(pattern % row).rstrip() + "\n" for row in rows])


def fitting(table: Table, columns: int) -> Table | None:
    """``table`` with what of it fits into so many ``columns`` of a terminal; None when too little would."""
    kept = list(range(len(table.columns)))
    if _total(table, kept, folded=False) > columns:
        kept = [one for one in kept if not table.columns[one].spare or any(row[one] for row in table.rows)]
    while _total(table, kept, folded=True) > columns:
        spare = max(kept, key=lambda one: table.columns[one].spare)
        if not table.columns[spare].spare:
            return None
        kept.remove(spare)
    rows = [tuple(row[one] for one in kept) for row in table.rows]
    return Table([table.columns[one] for one in kept], rows, table.styles)


def upright(table: Table) -> str:
    """Every row as lines of title and text, rows apart by an empty line."""
    wide = max(len(column.title) for column in table.columns) + 2
    told = []
    for row in table.rows:
        lines, mark = "", ""
        for column, cell in zip(table.columns, row, strict=True):
            if not column.title:  # a sign for the whole row, which stands before its name
                mark = f"{cell} "
            elif cell:
                lines += f"{column.title.ljust(wide)}{mark}{cell}\n"
                mark = ""
        told.append(lines)
    return "\n".join(told)


def _total(table: Table, kept: list[int], *, folded: bool) -> int:
    """Columns of a terminal that those columns of ``table`` need, with the blanks around each."""
    total = 1
    for number in kept:
        column = table.columns[number]
        natural = max((len(row[number]) for row in table.rows), default=0)
        total += max(len(column.title), min(natural, _FOLDED) if folded and column.fold else natural) + 3
    return total


def _draw(table: Table) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table as Drawn
    from rich.text import Text

    drawn = Drawn(box=box.SIMPLE_HEAD if can_write("─", sys.stdout) else box.ASCII2, header_style="bold")
    for column in table.columns:
        drawn.add_column(
            Text(column.title),
            justify="right" if column.right else "left",
            overflow="fold",
            no_wrap=not column.fold,
        )
    for number, row in enumerate(table.rows):
        drawn.add_row(*(Text(cell) for cell in row), style=table.styles.get(number))
    # Both are given, or a dumb terminal is taken for one of 80 columns.
    Console(highlight=False, width=width(), height=24).print(drawn)
