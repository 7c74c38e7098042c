"""T-SQL text as tokens: words, names, texts, numbers, variables and signs; comments are gone."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from decimal import Decimal

from .world_messages import SqlError, say


class Kind(enum.Enum):
    """What a token is."""

    WORD = enum.auto()
    """A keyword or a name without brackets."""
    NAME = enum.auto()
    """A name in brackets or double quotes."""
    TEXT = enum.auto()
    NUMBER = enum.auto()
    BINARY = enum.auto()
    VARIABLE = enum.auto()
    SIGN = enum.auto()
    END = enum.auto()


@dataclass(frozen=True, slots=True)
class Token:
    """One token; ``text`` is what is meant, without quotes."""

    kind: Kind
    text: str
    line: int
    national: bool = False
    """``N'…'``."""
    value: int | float | Decimal | bytes | None = None

    @property
    def key(self) -> str:
        """How keywords are compared."""
        return self.text.upper() if self.kind is Kind.WORD else ""


SIGNS = ("<>", "!=", "<=", ">=", "!<", "!>", "::", "+=", "-=", "*=", "/=", "%=", "||")
SINGLE = "(),.;=<>+-*/%&|^~:"


DIGITS = "0123456789"


class _Reader:
    """Walks through the text once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1

    def tokens(self) -> list[Token]:
        found: list[Token] = []
        while self._skip_blank():
            found.append(self._token())
        found.append(Token(Kind.END, found[-1].text if found else "", self.line))
        return found

    def _skip_blank(self) -> bool:
        """Whether anything is left after blanks and comments."""
        while self.at < len(self.text):
            here = self.text[self.at]
            if here == "\n":
                self.line += 1
                self.at += 1
            elif here.isspace() or here == "\ufeff":
                self.at += 1
            elif self.text.startswith("--", self.at):
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif self.text.startswith("/*", self.at):
                self._skip_comment()
            else:
                return True
        return False

    def _skip_comment(self) -> None:
        depth, began = 0, self.line
        while self.at < len(self.text):
            if self.text.startswith("/*", self.at):
                depth, self.at = depth + 1, self.at + 2
            elif self.text.startswith("*/", self.at):
                depth, self.at = depth - 1, self.at + 2
                if not depth:
                    return
            else:
                self.line += self.text[self.at] == "\n"
                self.at += 1
        raise SqlError(say(113), ends_batch=True, line=began)

    def _token(self) -> Token:
        here = self.text[self.at]
        if here == "'" or (here in "nN" and self.text.startswith("'", self.at + 1)):
            national = here != "'"
            self.at += national
            return Token(Kind.TEXT, self._quoted("'"), self.line, national=national)
        if here in '["':
            return Token(Kind.NAME, self._quoted("]" if here == "[" else '"'), self.line)
        if here == "@":
            return Token(Kind.VARIABLE, self._run(1), self.line)
        if here in DIGITS or (here == "." and self.text[self.at + 1 : self.at + 2] in set(DIGITS)):
            return self._number()
        if here.isalpha() or here in "_#":
            return Token(Kind.WORD, self._run(0), self.line)
        return self._sign()

    def _sign(self) -> Token:
        here = self.text[self.at]
        sign = next((each for each in SIGNS if self.text.startswith(each, self.at)), here)
        if sign == here and here not in SINGLE:
            raise SqlError(say(102, here), ends_batch=True, line=self.line)
        self.at += len(sign)
        return Token(Kind.SIGN, sign, self.line)

    def _run(self, skip: int) -> str:
        start = self.at
        self.at += 1 + skip * (self.text[self.at + 1 : self.at + 2] == "@")
        while self.at < len(self.text) and (self.text[self.at].isalnum() or self.text[self.at] in "_@#$"):
            self.at += 1
        return self.text[start : self.at]

    def _quoted(self, close: str) -> str:
        """What is between quotes; a doubled closing one means itself."""
        start, began = self.at + 1, self.line
        parts: list[str] = []
        at = start
        while True:
            end = self.text.find(close, at)
            if end < 0:
                rest = self.text[start:]
                raise SqlError(say(105, rest), say(102, rest), ends_batch=True, line=began)
            parts.append(self.text[at:end])
            if not self.text.startswith(close, end + 1):
                break
            parts.append(close)
            at = end + 2
        self.at = end + 1
        self.line += self.text.count("\n", start, end)
        return "".join(parts)

    def _number(self) -> Token:
        start = self.at
        if self.text[start : start + 2] in {"0x", "0X"}:
            self.at += 2
            while self.at < len(self.text) and self.text[self.at] in "0123456789abcdefABCDEF":
                self.at += 1
            digits = self.text[start + 2 : self.at]
            raw = bytes.fromhex(digits if len(digits) % 2 == 0 else "0" + digits)
            return Token(Kind.BINARY, self.text[start : self.at], self.line, value=raw)
        while self.at < len(self.text) and self.text[self.at] in DIGITS + ".":
            self.at += 1
        mantissa = self.text[start : self.at]
        if mantissa.count(".") > 1:
            raise SqlError(say(102, mantissa), ends_batch=True, line=self.line)
        if self.text[self.at : self.at + 1] in {"e", "E"}:
            self.at += 1
            self.at += self.text[self.at : self.at + 1] in {"+", "-"}
            began = self.at
            while self.at < len(self.text) and self.text[self.at] in DIGITS:
                self.at += 1
            power = self.text[start : self.at] + ("0" if began == self.at else "")  # «1E» is 1 here
            return Token(Kind.NUMBER, self.text[start : self.at], self.line, value=float(power))
        written = self.text[start : self.at]
        exact = Decimal(written) if "." in written else int(written)
        return Token(Kind.NUMBER, written, self.line, value=exact)


def tokens_of(text: str) -> list[Token]:
    """All tokens of a batch, the last of kind END. Raises `SqlError` for an unclosed quote or comment."""
    return _Reader(text).tokens()
