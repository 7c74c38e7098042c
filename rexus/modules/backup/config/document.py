"""JSON with comments, read with the place of everything and edited without touching the rest.

Accepted beside JSON: ``//`` and ``/* */`` comments, trailing commas, a byte order mark.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from ..base.errors import BadInput
from .secrets import MAX_BYTES, STARS, decoded, is_secret_name

MAX_DEPTH = 40
_BLANK = re.compile(r"(?:[ \t\r\n]+|//[^\r\n]*|/\*.*?\*/)*", re.DOTALL)
_SCALAR = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"|-?[0-9][0-9.eE+-]*|true|false|null')
_CUT = re.compile(r'|/\*.*|"(?:[^"\\\x00-\x1f]|\\.)*\\?|-|t|tr|tru|f|fa|fal|fals|n|nu|nul', re.DOTALL)
"""What is left of a value, or of a remark, whose end is missing: nothing more comes behind it."""
_BEGINNINGS = '"{[-0123456789tfn'
"""What values begin with."""
_REST_OF_LINE = re.compile(r"(?:[ \t]|/\*(?:(?!\*/)[^\r\n])*\*/)*(?://[^\r\n]*)?(?=[\r\n])")
"""Remarks behind a value on its own line: they belong to it."""
_REMARK = re.compile(r"(?:^|\s)//.*")

Value = Any
"""A JSON value, as it stands in a document."""
Key = tuple[str, ...]
Place = tuple[str | int, ...]
"""A key that may lead through lists, by number."""


def is_note(key: str) -> bool:
    """Whether a key is a remark and no setting: ``$schema``, ``_comment`` and everything that begins with ``//``."""
    return key == "$schema" or key.startswith(("_comment", "//"))


class Node:
    """A value with its place; objects have members, arrays have items."""

    __slots__ = ("begun", "end", "items", "members", "start", "value")

    def __init__(self, start: int) -> None:
        self.begun = start
        """Where its key begins, for a member of an object; else where it begins itself."""
        self.start = start
        self.end = start
        self.value: Value = None
        self.members: dict[str, Node] | None = None
        self.items: list[Node] | None = None

    def child(self, name: str | int) -> Node | None:
        """The member or entry of that name or number."""
        if isinstance(name, str):
            return (self.members or {}).get(name)
        return self.items[name] if self.items is not None and 0 <= name < len(self.items) else None

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
        self._at = 1 if text.startswith("\ufeff") else 0
        if len(text) > MAX_BYTES:
            raise BadInput("config.too_big", file=file, value=len(text), allowed=MAX_BYTES)
        self.root = self._value(0)
        self._skip()
        if self._at != len(text):
            raise self._told("config.more", "")

    @classmethod
    def of(cls, data: bytes, file: str) -> Document:
        """Read ``data`` as UTF-8."""
        return cls(decoded(data, file), file)

    def with_value(self, key: Place, value: Value) -> Document:
        """The same document with ``value`` at ``key``; objects on the way are made where they are missing.

        An object put in the place of an object is compared member by member, so that what stays keeps its remarks; so
        is a list entry by entry, unless its order changes. The number behind the last entry adds one.
        """
        node, depth = self._nearest(key)
        if depth == len(key):
            return self._replaced(node, key, value)
        rest, name = _nested(key[depth + 1 :], value), key[depth]
        if isinstance(name, int):
            if node.items is None or name != len(node.items):
                raise IndexError(name)
            return self._with_entry(node, node.items[-1], "", rest) if node.items else self._with_first(node, "", rest)
        if node.members is None:
            return self._with_text(node, {name: rest})
        return self._with_member(node, name, rest)

    def without(self, key: Place) -> Document:
        """The same document without what is at ``key``; remarks around it stay. If it is missing, that is no error."""
        node, depth = self._nearest(key)
        if not key or depth < len(key):
            return self
        parent, _ = self._nearest(key[:-1])
        members = parent.items or list((parent.members or {}).values())
        index = members.index(node)
        comma = self._comma_after(node)
        end, cuts = node.end, list[tuple[int, int]]()
        if comma is not None and self.text[end:comma].strip():
            cuts.append((comma, comma + 1))  # a remark stands before the comma, and stays
        elif comma is not None:
            end = comma + 1
        cuts.append(self._whole_line(node.begun, end, members))
        if comma is None and index > 0:
            before = self._comma_after(members[index - 1])
            assert before is not None, "members are parted by commas"
            cuts.append((before, before + 1))
        text = self.text
        for start, stop in cuts:
            text = text[:start] + text[stop:]
        return Document(text, self._file)

    def _nearest(self, key: Place) -> tuple[Node, int]:
        """The deepest value on the way to ``key``, and how many names lead to it."""
        node = self.root
        for depth, name in enumerate(key):
            child = node.child(name)
            if child is None:
                return node, depth
            node = child
        return node, len(key)

    def _replaced(self, node: Node, key: Place, value: Value) -> Document:
        if node.items is not None and isinstance(value, list):
            return self._with_list(node, key, value)
        if node.members is None or not isinstance(value, dict):
            return self if _same(node.plain(), value) else self._with_text(node, value)
        document = self
        for name in node.members:
            if name not in value and not is_note(name):
                document = document.without((*key, name))
        for name, child in value.items():
            document = document.with_value((*key, name), child)
        return document

    def _with_list(self, node: Node, key: Place, value: list[Value]) -> Document:
        before = [one.plain() for one in node.items or ()]
        gone = entries_gone(before, value)
        if gone is None or (not before and not self.text[node.start + 1 : node.end - 1].strip()):
            return self if _same(before, value) else self._with_text(node, value)
        document = self
        for number in reversed(gone):
            document = document.without((*key, number))
        for number, child in enumerate(value):
            document = document.with_value((*key, number), child)
        return document

    def _with_text(self, node: Node, value: Value) -> Document:
        return self._spliced((node.start, node.end, self._dump(value, _indent_at(self.text, node.start))))

    def _with_member(self, node: Node, name: str, value: Value) -> Document:
        assert node.members is not None
        if not node.members:
            return self._with_first(node, f"{_quoted(name)}: ", value)
        return self._with_entry(node, list(node.members.values())[-1], f"{_quoted(name)}: ", value)

    def _with_entry(self, node: Node, last: Node, name: str, value: Value) -> Document:
        """Only adds characters: the entry behind the last one and its remarks, and a comma where one is missing."""
        comma = self._comma_after(last)
        behind = last.end if comma is None else comma + 1
        if not re.search(r"[\r\n]", self.text[node.start : node.end]):
            close = len(self.text[: node.end - 1].rstrip(" \t"))
            place, entry = close, f" {name}{json.dumps(value, ensure_ascii=False)}"
        else:
            indent = _indent_at(self.text, last.begun)
            rest = _REST_OF_LINE.match(self.text, behind)
            place = rest.end() if rest else behind
            entry = f"{self._newline}{indent}{name}{self._dump(value, indent)}"
        if comma is None:
            return self._spliced((last.end, last.end, ","), (place, place, entry))
        return self._spliced((place, place, entry))

    def _with_first(self, node: Node, name: str, value: Value) -> Document:
        outer = _indent_at(self.text, node.start)
        inner = outer + "  "
        inside = self.text[node.start + 1 : node.end - 1]
        place = node.start + 1 + len(inside.rstrip(" \t\r\n"))
        entry = f"{self._newline}{inner}{name}{self._dump(value, inner)}"
        if not re.search(r"[\r\n]", self.text[place : node.end]):
            entry += self._newline + outer
        return self._spliced((place, place, entry))

    def _comma_after(self, node: Node) -> int | None:
        found = _BLANK.match(self.text, node.end)
        assert found is not None
        return found.end() if self.text.startswith(",", found.end()) else None

    def _whole_line(self, start: int, end: int, members: list[Node]) -> tuple[int, int]:
        """The place to cut: with its line where nothing else stands there, else with the blanks that parted it."""
        left, right = start, end
        while left > 0 and self.text[left - 1] in " \t":
            left -= 1
        while self.text[right] in " \t":
            right += 1
        if left > 0 and self.text[left - 1] in "\r\n" and self.text[right] in "\r\n":
            return left, right + (2 if self.text.startswith("\r\n", right) else 1)
        return (left, end) if start == members[-1].begun else (start, right)

    @property
    def _newline(self) -> str:
        return "\r\n" if "\r\n" in self.text else "\n"

    def _dump(self, value: Value, indent: str) -> str:
        return json.dumps(value, ensure_ascii=False, indent=2).replace("\n", self._newline + indent)

    def _spliced(self, *pieces: tuple[int, int, str]) -> Document:
        """Put texts in the place of others; the places ascend."""
        text = self.text
        for start, end, piece in reversed(pieces):
            text = text[:start] + piece + text[end:]
        return Document(text, self._file)

    def _skip(self) -> None:
        found = _BLANK.match(self.text, self._at)
        assert found is not None
        self._at = found.end()

    def _wrong(self, allowed: str) -> BadInput:
        rest = self.text[self._at :]
        if not _BLANK.sub("", self.text.removeprefix("\ufeff")):
            return BadInput("config.empty", file=self._file)
        if _CUT.fullmatch(rest):
            line = self.text.rstrip().count("\n") + 1
            return BadInput("config.cut_short", file=self._file, line=line, allowed=allowed)
        return self._told("config.syntax", allowed)

    def _unparted(self, before: Node, allowed: str, beginnings: str) -> BadInput:
        """Nothing parts what stands here from the value ``before``; where an entry begins it is a comma that lacks."""
        error = self._wrong(allowed)
        if error.code == "config.syntax" and self.text[self._at] in beginnings:
            error.values["comma"] = self.text.count("\n", 0, before.end) + 1
        return error

    def _told(self, code: str, allowed: str) -> BadInput:
        """What stands here, unless it may be a secret."""
        line = self.text.count("\n", 0, self._at) + 1
        told = self.text[self._at : self._at + 20].split("\n")[0].rstrip()
        # What stands there may be the value of a secret whose name stands before it.
        around = [*self.text[: self._at].split("\n")[-2:], told]
        secret = "://" in told or any(is_secret_name(_REMARK.sub("", one)) for one in around)
        shown = STARS if told and secret else printable(told)
        return BadInput(code, file=self._file, line=line, value=shown, allowed=allowed)

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
                    raise self._unparted(node.items[-1], ", ]", _BEGINNINGS)
        else:
            node.value = self._scalar()
        node.end = self._at
        return node

    def _members(self, node: Node, depth: int) -> None:
        node.members = {}
        while not self._take("}"):
            begun = self._at
            if not self.text.startswith('"', begun):
                raise self._wrong('"…":')
            key = self._scalar()
            if key in node.members:
                line = self.text.count("\n", 0, begun) + 1
                raise BadInput("config.duplicate", file=self._file, key=printable(key), line=line)
            if not self._take(":"):
                raise self._wrong(":")
            child = self._value(depth + 1)
            child.begun = begun
            node.members[key] = child
            if not self._take(",") and not self.text.startswith("}", self._at):
                raise self._unparted(child, ", }", '"')

    def _scalar(self) -> Value:
        allowed = '"…" 1 true false null [ {'
        found = _SCALAR.match(self.text, self._at)
        if found is None:
            raise self._wrong(allowed)
        try:
            value = json.loads(found[0])
        except ValueError as error:
            raise self._wrong(allowed) from error
        if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
            # Half a character can be written nowhere, neither into a file nor as its name.
            raise self._wrong("Unicode")
        self._at = found.end()
        return value


def printable(text: str) -> str:
    """``text`` as any file or terminal takes it: control characters and half characters as escapes."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def _same(one: Value, other: Value) -> bool:
    """Equal also in kind: ``true`` is not 1."""
    return json.dumps(one) == json.dumps(other)


def _nested(key: Place, value: Value) -> Value:
    for name in reversed(key):
        value = {name: value}
    return value


def entries_gone(before: Sequence[Value], after: Sequence[Value]) -> list[int] | None:
    """Which entries of ``before`` go, so that the others are the first of ``after``, in order, changed or not.

    None: some would have to be moved, or stand between them. Entries are known by their name, else by all they say.
    """
    import difflib

    gone: list[int] = []
    matcher = difflib.SequenceMatcher(None, [*map(_known_by, before)], [*map(_known_by, after)], autojunk=False)
    for _kind, start, end, first, last in matcher.get_opcodes():
        surplus = (last - first) - (end - start)
        if surplus > 0 and end < len(before):
            return None
        gone += range(end + min(surplus, 0), end)
    return gone


def _known_by(entry: Value) -> str:
    if isinstance(entry, dict):
        name = entry.get("name")
        return f"name {name}" if isinstance(name, str) else _text_of({k: v for k, v in entry.items() if not is_note(k)})
    return _text_of(entry)


def _text_of(value: Value) -> str:
    return json.dumps(value, sort_keys=True)


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


def _indent_at(text: str, at: int) -> str:
    line = text[max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1 :]
    return line[: len(line) - len(line.lstrip(" \t"))]
