"""A small reader of T-SQL's words, written for the tests alone: literals, names in brackets, everything else."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = re.compile(
    r"(?P<literal>N'(?:[^']|'')*')|(?P<name>\[(?:[^\]]|\]\])*\])|(?P<plain>'(?:[^']|'')*')|(?P<blank>\s+)"
    r"|(?P<word>[@A-Za-z_][@\w]*)|(?P<number>0x[0-9A-Fa-f]*|\d+)|(?P<sign>[^\s\w'\[\]\"])",
    re.ASCII,
)


@dataclass(frozen=True)
class Word:
    """One word: its kind, and what it means (a literal without quotes, a name without brackets)."""

    kind: str
    value: str


def words(text: str) -> list[Word]:
    """All words of ``text``; fails on what no rule of T-SQL reads."""
    found, place = [], 0
    while place < len(text):
        one = _WORD.match(text, place)
        assert one is not None, f"nothing that can stand here: {text[place : place + 40]!r}"
        place = one.end()
        kind = one.lastgroup or ""
        if kind == "literal":
            found.append(Word(kind, one[0][2:-1].replace("''", "'")))
        elif kind == "name":
            found.append(Word(kind, one[0][1:-1].replace("]]", "]")))
        elif kind != "blank":
            found.append(Word(kind, one[0]))
    return found


def texts(text: str) -> list[str]:
    """What stands in literals and brackets, in order."""
    return [one.value for one in words(text) if one.kind in ("literal", "name")]


def shape(text: str) -> list[str]:
    """The batch with a gap for every literal and name: what must not depend on anybody's words."""
    return [f"<{one.kind}>" if one.kind in ("literal", "name") else one.value for one in words(text)]


def evaluated(text: str) -> str:
    """The batch that a batch of `tsql.as_ascii` puts together and runs."""
    head, tail = "DECLARE @batch nvarchar(max) = CAST(N'' AS nvarchar(max))\n", ";\nEXEC (@batch);"
    if not text.startswith(head):
        return text
    assert text.endswith(tail)
    pieces = text[len(head) : -len(tail)].split("\n")
    return "".join(_piece(one) for one in pieces)


def _piece(line: str) -> str:
    coded = re.fullmatch(r"\+ CAST\(0x((?:[0-9A-F]{4})+) AS nvarchar\(max\)\)", line)
    if coded is not None:
        return bytes.fromhex(coded[1]).decode("utf-16-le")
    (sign, literal) = words(line)
    assert (sign.value, literal.kind) == ("+", "literal")
    return literal.value
