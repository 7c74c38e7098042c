"""JSON with comments, read with the place of everything and edited without touching the rest.

Accepted beside JSON: ``//`` and ``/* */`` comments, trailing commas, a byte order mark.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ..base.errors import BadInput

MAX_BYTES = 1 << 20
MAX_DEPTH = 40
_BLANK = re.compile(r"(?:[ \t\r\n\ufeff]+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_SCALAR = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"|-?[0-9][0-9.eE+-]*|true|false|null')

Value = Any
"""A JSON value, as it stands in a document."""
Key = tuple[str, ...]


class Node:
    """A value with its place; objects have members, arrays have items."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.end = start
        self.value: Value = None
        self.members: dict[str, Node] | None = None
        self.items: list[Node] | None = None

    def plain(self) -> Value:
        """The value without places."""
        if self.members is not None:
            return {key: node.plain() for key, node in self.members.items()}
        if self.items is not None:
            return [node.plain() for node in self.items]
        return self.value


class Document:
    """One text. Raises `BadInput` (``config.syntax`` …) naming file and line when it is no JSON."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self._file = file
        self._at = 0
        if len(text) > MAX_BYTES:
            raise BadInput("config.too_big", file=file, value=len(text), allowed=MAX_BYTES)
        self.root = self._value(0)
        self._skip()
        if self._at != len(text):
            raise self._wrong("the end of the file")

    @classmethod
    def of(cls, data: bytes, file: str) -> Document:
        """Read ``data`` as UTF-8."""
        try:
            return cls(data.decode("utf-8"), file)
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            raise BadInput("config.not_text", file=file, line=line) from error

    def with_value(self, key: Key, value: Value) -> Document:
        """The same document with ``value`` at ``key``; objects on the way are made where they are missing."""
        node, depth = self.root, 0
        while depth < len(key) and node.members is not None and key[depth] in node.members:
            node, depth = node.members[key[depth]], depth + 1
        if depth == len(key):
            return self._spliced(node.start, node.end, _dump(value, _indent_at(self.text, node.start)))
        if node.members is None:
            return self._spliced(
                node.start, node.end, _dump(_nested(key[depth:], value), _indent_at(self.text, node.start))
            )
        return self._with_member(node, key[depth], _nested(key[depth + 1 :], value))

    def _with_member(self, node: Node, name: str, value: Value) -> Document:
        assert node.members is not None
        outer = _indent_at(self.text, node.start)
        inner = outer + "  "
        members = list(node.members.values())
        if members:
            inner = _indent_at(self.text, members[-1].start)
        entry = f"{json.dumps(name, ensure_ascii=False)}: {_dump(value, inner)}"
        if not members:
            empty = self.text[node.start + 1 : node.end - 1].strip() == ""
            end = node.end - 1 if empty else node.start + 1
            return self._spliced(node.start + 1, end, f"\n{inner}{entry}" + (f"\n{outer}" if empty else ""))
        end = members[-1].end
        comma = _BLANK.match(self.text, end)
        assert comma is not None
        if self.text[comma.end() : comma.end() + 1] == ",":
            return self._spliced(comma.end() + 1, comma.end() + 1, f"\n{inner}{entry}")
        return self._spliced(end, end, f",\n{inner}{entry}")

    def _spliced(self, start: int, end: int, text: str) -> Document:
        return Document(self.text[:start] + text + self.text[end:], self._file)

    def _skip(self) -> None:
        found = _BLANK.match(self.text, self._at)
        assert found is not None
        self._at = found.end()

    def _wrong(self, allowed: str) -> BadInput:
        line = self.text.count("\n", 0, self._at) + 1
        value = self.text[self._at : self._at + 20].split("\n")[0] or "(end)"
        return BadInput("config.syntax", file=self._file, line=line, value=value, allowed=allowed)

    def _take(self, mark: str) -> bool:
        self._skip()
        if self.text.startswith(mark, self._at):
            self._at += len(mark)
            return True
        return False

    def _value(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise BadInput("config.too_deep", file=self._file, allowed=MAX_DEPTH)
        self._skip()
        node = Node(self._at)
        if self._take("{"):
            self._members(node, depth)
        elif self._take("["):
            node.items = []
            while not self._take("]"):
                node.items.append(self._value(depth + 1))
                if not self._take(",") and not self.text.startswith("]", self._at):
                    raise self._wrong("«,» or «]»")
        else:
            node.value = self._scalar()
        node.end = self._at
        return node

    def _members(self, node: Node, depth: int) -> None:
        node.members = {}
        while not self._take("}"):
            self._skip()
            begun = self._at
            if not self.text.startswith('"', self._at):
                raise self._wrong("a key in double quotes")
            key = self._scalar()
            if key in node.members:
                line = self.text.count("\n", 0, begun) + 1
                raise BadInput("config.duplicate", file=self._file, key=key, line=line)
            if not self._take(":"):
                raise self._wrong("«:»")
            node.members[key] = self._value(depth + 1)
            if not self._take(",") and not self.text.startswith("}", self._at):
                raise self._wrong("«,» or «}»")

    def _scalar(self) -> Value:
        found = _SCALAR.match(self.text, self._at)
        if found is None:
            raise self._wrong("a JSON value")
        try:
            value = json.loads(found[0])
        except ValueError as error:
            raise self._wrong("a JSON value") from error
        self._at = found.end()
        return value

    def keys(self) -> Iterator[tuple[Key, Node]]:
        """Every member of every object, with its key from the root."""
        yield from _walk(self.root, ())


def _walk(node: Node, above: Key) -> Iterator[tuple[Key, Node]]:
    for name, child in (node.members or {}).items():
        yield (*above, name), child
        yield from _walk(child, (*above, name))


def _nested(key: Key, value: Value) -> Value:
    for name in reversed(key):
        value = {name: value}
    return value


def _dump(value: Value, indent: str) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2).replace("\n", "\n" + indent)


def _indent_at(text: str, at: int) -> str:
    line = text[text.rfind("\n", 0, at) + 1 :]
    return line[: len(line) - len(line.lstrip(" \t"))]
