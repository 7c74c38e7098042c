"""Writes the tables of docs/house.md anew from the first lines of the files; words above a table stay.

A new room gets a heading of its own; a room that is gone loses its one.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[1]
PACKAGE = PROJECT / "rexus/modules/backup"


def first_line(path: Path) -> str:
    """What the file says it is for."""
    return (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").split("\n\n")[0].replace("\n", " ")


def table(folder: Path) -> str:
    """The files of a room."""
    files = sorted(path for path in folder.glob("*.py") if path.name != "__init__.py")
    rows = [f"| `{path.stem}` | {first_line(path)} |" for path in files]
    return "\n".join(["| file | what it is for |", "|---|---|", *rows]) if rows else ""


def rewrite(text: str) -> str:
    """``text`` with today's rooms and files."""
    head, *sections = re.split(r"(?m)^(?=### `)", text)
    parts = [head]
    tail = ""
    for section in sections:
        name = section.split("`")[1]
        own, mark, rest = section.partition("\n## ")
        tail = mark.lstrip("\n") + rest if mark else tail
        words = re.sub(r"(?m)^\|.*\n?", "", own).strip()
        if (PACKAGE / name).is_dir():
            parts.append(f"{words}\n\n{table(PACKAGE / name)}".strip() + "\n\n")
        elif (PACKAGE / f"{name}.py").is_file():
            parts.append(words + "\n\n")
    known = {section.split("`")[1] for section in sections}
    for folder in sorted(path.parent for path in PACKAGE.glob("*/__init__.py")):
        if folder.name not in known:
            words = first_line(folder / "__init__.py")
            parts.append(f"### `{folder.name}`\n\n{words} Enters: nothing.\n\n{table(folder)}".strip() + "\n\n")
    return "".join(parts) + tail


def main() -> int:
    """Rewrite the map in place."""
    path = PROJECT / "docs/house.md"
    path.write_text(rewrite(path.read_text("utf-8")).rstrip() + "\n", "utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
