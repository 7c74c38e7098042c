"""What sqlcmd reads: lines, commands among them, variables in them."""

from __future__ import annotations

import re

from .output import EOL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_REFERENCE = re.compile(r"\$\(([A-Za-z0-9_-]*)\)")
_COMMANDS = (
    ("EXIT", r"[\t ]*:?EXIT([( \t]+.*\)*)?$"),
    ("QUIT", r"[\t ]*:?QUIT(?:[ \t]+(.*))?$"),
    ("OUT", r"[ \t]*:OUT(?:[ \t]+(.*))?$"),
    ("ERROR", r"[ \t]*:ERROR(?:[ \t]+(.*))?$"),
    ("READFILE", r"[ \t]*:R(?:[ \t]+(.*))?$"),
    ("SETVAR", r"[ \t]*:SETVAR(?:[ \t]+(.*))?$"),
    ("RESET", r"[ \t]*:?RESET(?:[ \t]+(.*))?$"),
    ("LIST", r"[ \t]*:LIST(?:[ \t]+(.*))?$"),
    ("EXEC", r"[ \t]*:?!!(.*)$"),
    ("EDIT", r"[\t ]*:?ED(?:[ \t]+(.*))?$"),
    ("ONERROR", r"[\t ]*:?ON ERROR(?:[ \t]+(.*))?$"),
)
_ENDS = {"'": "'", '"': '"', "[": "]"}


class Malformed(Exception):
    """A variable reference that is none; its line."""


class Command:
    """A line that is for sqlcmd itself."""

    def __init__(self, name: str, argument: str) -> None:
        self.name, self.argument = name, argument


class Commands:
    """Knows which lines are commands."""

    def __init__(self, terminator: str = "GO") -> None:
        batch = ("GO", rf"[\t ]*{re.escape(terminator)}(?:[ ]+(.*))?$")
        self._known = [(name, re.compile(pattern, re.IGNORECASE)) for name, pattern in (batch, *_COMMANDS)]

    def read(self, line: str) -> Command | None:
        """The command that a line is, without a comment behind it."""
        for name, pattern in self._known:
            if found := pattern.match(line):
                return Command(name, re.sub(r"(^|[ \t])--.*", r"\1", found[1] or ""))
        return None


class Reader:
    """Collects a batch: keeps whether a text or a comment is open, for no command is looked for within."""

    def __init__(self, commands: Commands, *, with_variables: bool) -> None:
        self._commands, self._with_variables = commands, with_variables
        self._pieces: list[str] = []
        self._open = ""
        self.lines = 0

    def text(self) -> str:
        """The batch so far; lines are kept apart as the file had them."""
        return EOL.join(self._pieces)

    def reset(self) -> None:
        self._pieces, self._open = [], ""

    def feed(self, piece: str) -> Command | None:
        """Take a line, or a whole text of which only the first line can be a command; raises Malformed."""
        self.lines += 1
        if not self._open:
            first = re.match(r"[^\x00-\x08\x0a-\x1f\x7f]*", piece)
            assert first is not None
            if piece.lstrip("\t ")[:1] not in _ENDS and (command := self._commands.read(first[0])):
                return command
        if self._with_variables:
            self._check_references(piece)
        self._follow(piece)
        self._pieces.append(piece)
        return None

    def _check_references(self, piece: str) -> None:
        for found in re.finditer(r"\$\(", piece):
            if not _REFERENCE.match(piece, found.start()):
                self.reset()
                raise Malformed(str(self.lines))

    def _follow(self, piece: str) -> None:
        """Which text or comment is open at the end of a piece."""
        at = 0
        while at < len(piece):
            two, one = piece[at : at + 2], piece[at]
            if self._open == "*":
                at = piece.find("*/", at)
                if at < 0:
                    return
                at, self._open = at + 2, ""
            elif self._open:
                end = _ENDS[self._open]
                if two == end * 2 and end != '"':
                    at += 1
                elif one == end:
                    self._open = ""
                at += 1
            elif two == "--":
                after = piece.find("\n", at)
                at = len(piece) if after < 0 else after
            elif two == "/*":
                self._open, at = "*", at + 2
            else:
                self._open = one if one in _ENDS else ""
                at += 1


def expanded(text: str, value_of: Callable[[str], str | None], undefined: Callable[[str], None]) -> str:
    """A text with its variables in place; those that are not defined are told of, and stay as they are written."""

    def put(found: re.Match[str]) -> str:
        value = value_of(found[1])
        if value is None:
            undefined(found[1])
            return found[0]
        return value

    return _REFERENCE.sub(put, text)


def lines_of(path: str) -> Iterator[str]:
    """The lines of a file in UTF-8, or in UTF-16 with its mark; raises OSError."""
    with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs a third of the start
        raw = file.read()
    encoding = "utf-16" if raw[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    return iter(raw.decode(encoding, "replace").replace("\r\n", "\n").removesuffix("\n").split("\n") if raw else [])
