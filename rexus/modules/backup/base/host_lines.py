"""The lines of ours in the host's start-up: bytes in, bytes out, the owner's line endings kept."""

from __future__ import annotations

import ast
import codecs
from collections.abc import Iterator
from typing import NamedTuple

MARK = b"# Rexus Backups"
"""Stands on every line of ours."""
_WINDOW = "MainWindow"
_METHODS = ("show_module", "_create_module_widget", "_create_module_button")
_FORMER = "rexus.core.backup_integration"
_START = "initialize_backup_system"
_CALL = ("from rexus.modules.backup import register  ", "register({window})  ")
_INSTEAD = "pass  "
_WHY = b": its schedules took the place of those started here"


class Places(NamedTuple):
    """Where the lines go; line numbers as the parser counts them."""

    made: tuple[int, int]
    """First and last line of the statement that makes the main window."""
    window: str
    """The name it is given there."""
    former: tuple[int, int] | None
    """First and last line of the statement that starts the former scheduler; None: nothing starts it."""


def missing(source: bytes) -> tuple[str, ...]:
    """What was looked for in the start-up and not found as it must be; nothing: it is known."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return ("Python",)
    window = next((n for n in ast.walk(tree) if isinstance(n, ast.ClassDef) and n.name == _WINDOW), None)
    if window is None:
        return (f"class {_WINDOW}",)
    methods = {node.name for node in window.body if isinstance(node, ast.FunctionDef)}
    lacking = [f"{_WINDOW}.{name}" for name in _METHODS if name not in methods]
    if "content_stack" not in _attributes(window):
        lacking.append(f"{_WINDOW}.content_stack")
    made = list(_made(tree))
    if len(made) != 1 or not _starts_its_line(source, made[0]):
        lacking.append(f"… = {_WINDOW}(…)")
    if len(list(_former(tree))) != _mentions(tree):
        lacking.append(f"try: from {_FORMER} import {_START}")
    return tuple(lacking)


def edited(source: bytes) -> bytes:
    """The start-up with our lines, of one in which nothing is `missing`."""
    places = _places(source)
    lines = source.splitlines(keepends=True)
    begun, ended = places.made
    calls = [_line(text.format(window=places.window), lines[begun - 1], lines[ended - 1]) for text in _CALL]
    if not lines[ended - 1].endswith((b"\n", b"\r")):  # the very last line of the file
        lines[ended - 1] += b"\n"
    edits = [(ended, ended, calls)]
    if places.former is not None:
        first, last = places.former
        edits.append((first - 1, last, [_line(_INSTEAD, lines[first - 1], lines[last - 1], _WHY)]))
    for start, end, new in sorted(edits, reverse=True):
        lines[start:end] = new
    return b"".join(lines)


def is_ours(source: bytes) -> bool:
    """Whether any line of ours stands in it."""
    return any(line.rstrip().endswith((MARK, MARK + _WHY)) for line in source.splitlines())


def _places(source: bytes) -> Places:
    tree = ast.parse(source)
    (made,) = _made(tree)
    former = next(_former(tree), None)
    target = made.targets[0]
    assert isinstance(target, ast.Name)
    return Places(
        made=(made.lineno, made.end_lineno or made.lineno),
        window=target.id,
        former=None if former is None else (former.lineno, former.end_lineno or former.lineno),
    )


def _made(tree: ast.Module) -> Iterator[ast.Assign]:
    """Every ``name = MainWindow(…)`` that is a statement of its own."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign) or len(node.targets) != 1 or not isinstance(node.targets[0], ast.Name):
            continue
        if isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == _WINDOW:
            yield node


def _starts_its_line(source: bytes, node: ast.stmt) -> bool:
    """Whether a line of its own behind it belongs to the same block."""
    return not source.splitlines()[node.lineno - 1].removeprefix(codecs.BOM_UTF8)[: node.col_offset].strip()


def _former(tree: ast.Module) -> Iterator[ast.Try]:
    """The ``try`` that does nothing but start the former scheduler, and whose names nobody uses elsewhere."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Try) or not isinstance(node.body[0], ast.ImportFrom):
            continue
        if node.body[0].module != _FORMER or not _is_said_only(node):
            continue
        inside = set(ast.walk(node))
        named = {one.id for one in inside if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
        used = {one.id for one in ast.walk(tree) if isinstance(one, ast.Name) and one not in inside}
        if not named & used:
            yield node


def _is_said_only(node: ast.Try) -> bool:
    """Whether, besides starting it, nothing is done but to tell how that went."""
    _import, *rest = node.body
    calls = {ast.unparse(one.func) for part in rest for one in ast.walk(part) if isinstance(one, ast.Call)}
    told = {name for name in calls if name == "print" or name.partition(".")[0] in {"logger", "logging", "log"}}
    return not node.orelse and not node.finalbody and calls - told == {_START}


def _mentions(tree: ast.Module) -> int:
    """How often the former scheduler is imported, in whatever way."""
    return sum(
        (isinstance(node, ast.ImportFrom) and node.module == _FORMER)
        or (isinstance(node, ast.Import) and any(name.name == _FORMER for name in node.names))
        for node in ast.walk(tree)
    )


def _attributes(window: ast.ClassDef) -> set[str]:
    return {n.attr for n in ast.walk(window) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)}


def _line(text: str, like: bytes, ending: bytes, why: bytes = b"") -> bytes:
    """One line of ours, indented as ``like`` and ended as ``ending`` is."""
    indent = like[: len(like) - len(like.lstrip())]
    end = b"\r\n" if ending.endswith(b"\r\n") else ending[-1:] if ending.endswith((b"\r", b"\n")) else b"\n"
    return indent + text.encode("ascii") + MARK + why + end
