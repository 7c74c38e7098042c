"""A place in a row of tokens: looking, taking, and refusing as the server's own parser does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from .sql_lexer import Kind, Token
from .sql_types import SqlType, named_type
from .world_messages import SqlError, say

RESERVED = frozenset({
    "ADD", "ALL", "ALTER", "AND", "ANY", "AS", "ASC", "AUTHORIZATION", "BACKUP", "BEGIN", "BETWEEN", "BREAK",
    "BULK", "BY", "CASE", "CHECK", "CHECKPOINT", "CLOSE", "COLLATE", "COLUMN", "COMMIT", "CONSTRAINT",
    "CONTAINS", "CONTINUE", "CONVERT", "CREATE", "CROSS", "CURRENT", "CURSOR", "DATABASE", "DBCC", "DEALLOCATE",
    "DECLARE", "DEFAULT", "DELETE", "DENY", "DESC", "DISTINCT", "DROP", "ELSE", "END", "ESCAPE", "EXCEPT",
    "EXEC", "EXECUTE", "EXISTS", "EXIT", "EXTERNAL", "FETCH", "FILE", "FOR", "FOREIGN", "FREETEXT", "FROM",
    "FULL", "FUNCTION", "GOTO", "GRANT", "GROUP", "HAVING", "IDENTITY_INSERT", "IF", "IN", "INDEX", "INNER",
    "INSERT", "INTERSECT", "INTO", "IS", "JOIN", "KEY", "KILL", "LEFT", "LIKE", "MERGE", "NOCHECK", "NOT",
    "NULL", "OF", "OFF", "ON", "OPEN", "OPTION", "OR", "ORDER", "OUTER", "OVER", "PERCENT", "PIVOT", "PLAN",
    "PRIMARY", "PRINT", "PROC", "PROCEDURE", "RAISERROR", "READ", "RECONFIGURE", "REFERENCES", "RESTORE",
    "RESTRICT", "RETURN", "REVERT", "REVOKE", "RIGHT", "ROLLBACK", "SAVE", "SCHEMA", "SELECT", "SET",
    "SHUTDOWN", "SOME", "STATISTICS", "TABLE", "THEN", "TO", "TOP", "TRAN", "TRANSACTION", "TRIGGER",
    "TRUNCATE", "UNION", "UNIQUE", "UNPIVOT", "UPDATE", "USE", "VALUES", "VIEW", "WAITFOR", "WHEN", "WHERE",
    "WHILE", "WITH",
})  # fmt: skip
"""Words that are no names unless in brackets."""

GLOBALS = frozenset({
    "@@datefirst", "@@error", "@@identity", "@@langid", "@@language", "@@lock_timeout", "@@max_precision",
    "@@microsoftversion", "@@nestlevel", "@@options", "@@rowcount", "@@servername", "@@servicename", "@@spid",
    "@@textsize", "@@trancount", "@@version",
})  # fmt: skip


class Cursor:
    """Reads tokens from left to right."""

    def __init__(self, tokens: list[Token], declared: Iterable[str] = (), *, lenient: bool = False) -> None:
        self._tokens = tokens
        self.at = 0
        self.declared = {name.lower() for name in declared}
        self.undeclared: list[str] = []
        """Variables used without having been declared; only when ``lenient``, else that is refused."""
        self._lenient = lenient

    @property
    def token(self) -> Token:
        return self._tokens[self.at]

    @property
    def line(self) -> int:
        return self.token.line

    def look(self, ahead: int = 1) -> Token:
        """The token ``ahead`` of this one."""
        return self._tokens[min(self.at + ahead, len(self._tokens) - 1)]

    def next(self) -> Token:
        token = self.token
        if token.kind is not Kind.END:
            self.at += 1
        return token

    def is_word(self, *words: str) -> bool:
        """Whether the next tokens are exactly these words, in this order."""
        return all(self.look(n).key == word for n, word in enumerate(words))

    def is_any(self, *words: str) -> bool:
        """Whether the next token is one of these words."""
        return self.token.key in words and self.token.kind is Kind.WORD

    def is_sign(self, *signs: str) -> bool:
        return self.token.kind is Kind.SIGN and self.token.text in signs

    def take(self, *words: str) -> bool:
        """Go past these words if they are next."""
        if not self.is_word(*words):
            return False
        self.at += len(words)
        return True

    def take_any(self, *words: str) -> str:
        """Go past one of these words; empty if none of them is next."""
        return self.next().key if self.is_any(*words) else ""

    def take_sign(self, *signs: str) -> str:
        return self.next().text if self.is_sign(*signs) else ""

    def expect(self, *words: str) -> None:
        for word in words:
            if not self.take(word):
                self.refuse()

    def expect_sign(self, sign: str) -> None:
        if not self.take_sign(sign):
            self.refuse()

    def refuse(self, token: Token | None = None) -> NoReturn:
        """Say that the syntax is wrong near here."""
        token = token or self.token
        number = 156 if token.kind is Kind.WORD and token.key in RESERVED else 102
        raise SqlError(say(number, token.text), ends_batch=True, line=token.line)

    def unknown_statement(self) -> NoReturn:
        """Say that this is no statement that the world knows."""
        raise SqlError(say(102, self.token.text), ends_batch=True, line=self.line)

    def is_name(self, ahead: int = 0) -> bool:
        token = self.look(ahead)
        return token.kind is Kind.NAME or (token.kind is Kind.WORD and token.key not in RESERVED)

    def name(self) -> str:
        """One identifier."""
        if not self.is_name():
            self.refuse()
        return self.next().text

    def names(self) -> tuple[str, ...]:
        """An identifier of several parts; ``msdb..backupset`` has an empty one."""
        parts = [self.name()]
        while self.take_sign("."):
            parts.append("" if self.is_sign(".") else self.name())
        return tuple(parts)

    def variable(self) -> str:
        """A variable that was declared before. Raises `SqlError` 137 for another."""
        token = self.token
        if token.kind is not Kind.VARIABLE:
            self.refuse()
        self.next()
        if token.text.lower() not in self.declared and token.text.lower() not in GLOBALS:
            if not self._lenient:
                raise SqlError(say(137, token.text), ends_batch=True, line=token.line)
            self.undeclared.append(token.text)
        return token.text

    def text(self) -> str:
        if self.token.kind is not Kind.TEXT:
            self.refuse()
        return self.next().text

    def whole(self) -> int:
        """A whole number, perhaps with a sign before it."""
        negative = bool(self.take_sign("-"))
        value = self.token.value
        if self.token.kind is not Kind.NUMBER or not isinstance(value, int):
            self.refuse()
        self.next()
        return -value if negative else value

    def type(self, size_unless_said: int = 1) -> SqlType:
        """A type with its sizes. Raises `SqlError` 243 for one there is none of."""
        token = self.token
        parts = self.names()
        sizes: list[int] = []
        if self.take_sign("("):
            while not self.take_sign(")"):
                sizes.append(-1 if self.take("MAX") else self.whole())
                if not self.is_sign(")"):
                    self.expect_sign(",")
        found = named_type(parts[-1], tuple(sizes), size_unless_said)
        if found is None:
            raise SqlError(say(243, parts[-1]), ends_batch=True, line=token.line)
        return found
