"""CREATE, ALTER, DROP, GRANT, KILL, DBCC and what else changes the server, from tokens."""

from __future__ import annotations

from collections.abc import Callable

from .sql_cursor import Cursor
from .sql_expressions import Expressions
from .sql_lexer import Kind
from .sql_tree import Expression
from .statement_tree import ColumnMade, CreateTable, Define, Statement

DEFINING = (
    "CREATE", "ALTER", "DROP", "GRANT", "DENY", "REVOKE", "KILL", "DBCC", "CHECKPOINT", "RECONFIGURE",
)  # fmt: skip
UNITS = {"KB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}


class Definitions:
    """Parses one such statement."""

    def __init__(self, cursor: Cursor, expressions: Expressions) -> None:
        self.cursor = cursor
        self.expressions = expressions
        self._lines: dict[str, Callable[[int], Statement]] = {
            "GRANT": self._grant, "DENY": self._grant, "REVOKE": self._grant, "KILL": self._kill, "DBCC": self._dbcc,
            "BACKUP": self._backup_key,
        }  # fmt: skip
        self._objects: dict[str, Callable[[int, str], Statement]] = {
            "CREATE DATABASE": self._create_database, "CREATE TABLE": self._create_table,
            "CREATE LOGIN": self._login, "ALTER LOGIN": self._login, "CREATE USER": self._user,
            "ALTER USER": self._user, "CREATE SCHEMA": self._named, "CREATE CERTIFICATE": self._certificate,
            "CREATE CREDENTIAL": self._credential, "CREATE MASTER": self._master_key,
            "ALTER DATABASE": self._alter_database, "ALTER AUTHORIZATION": self._authorization,
            "ALTER ROLE": self._role, "ALTER SERVER": self._role, "DROP DATABASE": self._drop,
            "DROP TABLE": self._drop, "DROP USER": self._drop, "DROP LOGIN": self._drop,
            "DROP CERTIFICATE": self._drop,
        }  # fmt: skip

    def statement(self) -> Statement:
        cursor, line = self.cursor, self.cursor.line
        first = cursor.token.key
        if first in {"CHECKPOINT", "RECONFIGURE"}:
            cursor.next()
            if first == "RECONFIGURE" and cursor.take("WITH"):
                cursor.expect("OVERRIDE")
            return Define(line=line, verb=first)
        if first in self._lines:
            return self._lines[first](line)
        parse = self._objects.get(f"{first} {cursor.look().key}")
        if parse is None:
            cursor.next()
            cursor.unknown_statement()
        verb = f"{cursor.next().key} {cursor.next().key}"
        return parse(line, verb)

    def _named(self, line: int, verb: str) -> Statement:
        return Define(line=line, verb=verb, name=self.cursor.names())

    def _create_database(self, line: int, verb: str) -> Statement:
        cursor = self.cursor
        name = cursor.name()
        parts: dict[str, object] = {}
        if cursor.take("ON"):
            cursor.take("PRIMARY")
            parts["data"] = self._file_specs()
            if cursor.take("LOG"):
                cursor.expect("ON")
                parts["log"] = self._file_specs()
        if cursor.take("COLLATE"):
            parts["collation"] = cursor.name()
        return Define(line=line, verb=verb, name=(name,), parts=parts)

    def _file_specs(self) -> tuple[dict[str, object], ...]:
        found = [self._file_spec()]
        while self.cursor.take_sign(","):
            found.append(self._file_spec())
        return tuple(found)

    def _file_spec(self) -> dict[str, object]:
        """``(NAME = x, FILENAME = '…', SIZE = 8MB, MAXSIZE = UNLIMITED, FILEGROWTH = 64MB)``."""
        cursor = self.cursor
        cursor.expect_sign("(")
        spec: dict[str, object] = {}
        while not cursor.take_sign(")"):
            word = cursor.next().key
            cursor.expect_sign("=")
            if word == "NAME":
                spec[word] = cursor.text() if cursor.token.kind is Kind.TEXT else cursor.name()
            elif word == "FILENAME":
                spec[word] = cursor.text()
            elif word in {"SIZE", "MAXSIZE", "FILEGROWTH"}:
                spec[word] = None if cursor.take("UNLIMITED") else self._bytes()
            else:
                cursor.refuse()
            cursor.take_sign(",")
        return spec

    def _bytes(self) -> int:
        number = self.cursor.whole()
        unit = self.cursor.take_any(*UNITS)
        if self.cursor.take_sign("%"):
            return number
        return number * UNITS[unit or "MB"]

    def _create_table(self, line: int, _verb: str) -> Statement:
        cursor = self.cursor
        name = cursor.names()
        cursor.expect_sign("(")
        columns: list[ColumnMade] = []
        while not cursor.take_sign(")"):
            columns.append(self._column())
            if not cursor.is_sign(")"):
                cursor.expect_sign(",")
        return CreateTable(line=line, name=name, columns=tuple(columns))

    def _column(self) -> ColumnMade:
        cursor = self.cursor
        name, type_ = cursor.name(), cursor.type()
        nullable, identity, key, default = True, False, False, None
        while not cursor.is_sign(",", ")"):
            if cursor.take("NOT"):
                cursor.expect("NULL")
                nullable = False
            elif cursor.take("IDENTITY"):
                identity, nullable = True, False
                self._pair()
            elif cursor.take("PRIMARY"):
                cursor.expect("KEY")
                cursor.take_any("CLUSTERED", "NONCLUSTERED")
                key, nullable = True, False
            elif cursor.take("DEFAULT"):
                default = self.expressions.value()
            elif cursor.take("CONSTRAINT"):
                cursor.name()
            else:
                cursor.expect("NULL")
        return ColumnMade(name, type_, nullable, identity, key, default)

    def _pair(self) -> None:
        """``(1, 1)``: other seeds and steps are not known."""
        if self.cursor.take_sign("("):
            for sign in (",", ")"):
                if self.cursor.whole() != 1:
                    self.cursor.refuse()
                self.cursor.expect_sign(sign)

    def _settings(self) -> dict[str, object]:
        """``WORD = value, …``."""
        cursor = self.cursor
        found: dict[str, object] = {}
        while True:
            word = cursor.next().key
            cursor.expect_sign("=")
            token = cursor.next()
            found[word] = token.value if token.kind is Kind.BINARY else token.text
            if isinstance(found[word], bytes) and word == "PASSWORD":
                cursor.expect("HASHED")
            if not cursor.take_sign(","):
                return found

    def _login(self, line: int, verb: str) -> Statement:
        cursor = self.cursor
        name = cursor.name()
        if word := cursor.take_any("ENABLE", "DISABLE"):
            return Define(line=line, verb=verb, name=(name,), parts={"STATE": word})
        if cursor.take("FROM"):
            cursor.expect("WINDOWS")
            return Define(line=line, verb=verb, name=(name,), parts={"WINDOWS": True})
        cursor.expect("WITH")
        return Define(line=line, verb=verb, name=(name,), parts=self._settings())

    def _user(self, line: int, verb: str) -> Statement:
        cursor = self.cursor
        name = cursor.name()
        parts: dict[str, object] = {}
        if cursor.take_any("FOR", "FROM"):
            cursor.expect("LOGIN")
            parts["LOGIN"] = cursor.name()
        elif cursor.take("WITHOUT"):
            cursor.expect("LOGIN")
            parts["LOGIN"] = None
        elif cursor.take("WITH"):
            parts.update(self._settings())
        return Define(line=line, verb=verb, name=(name,), parts=parts)

    def _certificate(self, line: int, verb: str) -> Statement:
        cursor = self.cursor
        name = cursor.name()
        parts: dict[str, object] = {}
        if cursor.take("FROM"):
            cursor.expect("FILE")
            cursor.expect_sign("=")
            parts["FILE"] = cursor.text()
            if cursor.take("WITH"):
                parts["KEY"] = self._private_key()
        else:
            cursor.expect("WITH")
            parts.update(self._settings())
        return Define(line=line, verb=verb, name=(name,), parts=parts)

    def _private_key(self) -> dict[str, str]:
        """``PRIVATE KEY (FILE = '…', ENCRYPTION BY PASSWORD = '…')``."""
        cursor = self.cursor
        cursor.expect("PRIVATE", "KEY")
        cursor.expect_sign("(")
        found: dict[str, str] = {}
        while not cursor.take_sign(")"):
            word = cursor.next().key
            if word in {"ENCRYPTION", "DECRYPTION"}:
                cursor.expect("BY", "PASSWORD")
            elif word != "FILE":
                cursor.refuse()
            cursor.expect_sign("=")
            found[word] = cursor.text()
            cursor.take_sign(",")
        return found

    def _credential(self, line: int, verb: str) -> Statement:
        name = self.cursor.name()
        self.cursor.expect("WITH")
        return Define(line=line, verb=verb, name=(name,), parts=self._settings())

    def _master_key(self, line: int, _verb: str) -> Statement:
        cursor = self.cursor
        cursor.expect("KEY", "ENCRYPTION", "BY", "PASSWORD")
        cursor.expect_sign("=")
        cursor.text()
        return Define(line=line, verb="CREATE MASTER KEY")

    def _backup_key(self, line: int) -> Statement:
        cursor = self.cursor
        cursor.next()
        parts: dict[str, object] = {}
        if cursor.take("CERTIFICATE"):
            verb, name = "BACKUP CERTIFICATE", (cursor.name(),)
        else:
            verb = "BACKUP SERVICE MASTER KEY" if cursor.take("SERVICE") else "BACKUP MASTER KEY"
            cursor.expect("MASTER", "KEY")
            name = ("",)
        cursor.expect("TO", "FILE")
        cursor.expect_sign("=")
        parts["FILE"] = cursor.text()
        if verb != "BACKUP CERTIFICATE":
            cursor.expect("ENCRYPTION", "BY", "PASSWORD")
            cursor.expect_sign("=")
            parts["PASSWORD"] = cursor.text()
        elif cursor.take("WITH"):
            parts["KEY"] = self._private_key()
        return Define(line=line, verb=verb, name=name, parts=parts)

    def _alter_database(self, line: int, verb: str) -> Statement:
        cursor = self.cursor
        name = "" if cursor.take("CURRENT") else cursor.name()
        if cursor.take("MODIFY"):
            cursor.expect("NAME")
            cursor.expect_sign("=")
            return Define(line=line, verb=verb, name=(name,), parts={"RENAME": cursor.name()})
        if cursor.take("ADD"):
            cursor.expect("FILE")
            return Define(line=line, verb=verb, name=(name,), parts={"ADD": self._file_specs()})
        cursor.expect("SET")
        options: list[tuple[str, str]] = []
        while True:
            token = cursor.next()
            if token.kind is not Kind.WORD:
                cursor.refuse(token)
            cursor.take_sign("=")
            value = cursor.token.key if not cursor.is_sign(",", ";") and not cursor.is_word("WITH") else ""
            if value and not self._starts_a_statement(value):
                cursor.next()
            else:
                value = ""
            options.append((token.key, value))
            if not cursor.take_sign(","):
                break
        parts: dict[str, object] = {"SET": tuple(options)}
        if cursor.take("WITH"):
            parts["TERMINATION"] = self._termination()
        return Define(line=line, verb=verb, name=(name,), parts=parts)

    def _starts_a_statement(self, word: str) -> bool:
        """Whether what follows ``SET MULTI_USER`` is the next statement already."""
        return word not in {"ON", "OFF", "FULL", "SIMPLE", "BULK_LOGGED", "CHECKSUM", "TORN_PAGE_DETECTION", "NONE",
                            "100", "110", "120", "130", "140", "150", "160", "170"}  # fmt: skip

    def _termination(self) -> str:
        cursor = self.cursor
        if cursor.take("NO_WAIT"):
            return "NO_WAIT"
        cursor.expect("ROLLBACK")
        if cursor.take("IMMEDIATE"):
            return "ROLLBACK"
        cursor.expect("AFTER")
        cursor.whole()
        cursor.take("SECONDS")
        return "ROLLBACK"

    def _authorization(self, line: int, verb: str) -> Statement:
        cursor = self.cursor
        cursor.expect("ON", "DATABASE")
        cursor.expect_sign("::")
        name = cursor.name()
        cursor.expect("TO")
        return Define(line=line, verb=verb, name=(name,), parts={"TO": cursor.name()})

    def _role(self, line: int, verb: str) -> Statement:
        cursor = self.cursor
        if verb == "ALTER SERVER":
            cursor.expect("ROLE")
            verb = "ALTER SERVER ROLE"
        name = cursor.name()
        word = cursor.take_any("ADD", "DROP") or cursor.refuse()
        cursor.expect("MEMBER")
        return Define(line=line, verb=verb, name=(name,), parts={"WORD": word, "MEMBER": cursor.name()})

    def _drop(self, line: int, verb: str) -> Statement:
        cursor = self.cursor
        if_exists = cursor.take("IF", "EXISTS")
        names = [cursor.names()]
        while cursor.take_sign(","):
            names.append(cursor.names())
        return Define(line=line, verb=verb, parts={"NAMES": tuple(names), "IF EXISTS": if_exists})

    def _grant(self, line: int) -> Statement:
        cursor = self.cursor
        verb = cursor.next().key
        permissions: list[str] = []
        words: list[str] = []
        while not cursor.is_any("ON", "TO", "FROM"):
            if cursor.take_sign(","):
                permissions.append(" ".join(words))
                words = []
            elif cursor.token.kind is Kind.WORD:
                words.append(cursor.next().key)
            else:
                cursor.refuse()
        permissions.append(" ".join(words))
        parts: dict[str, object] = {"PERMISSIONS": tuple(permissions)}
        if cursor.take("ON"):
            parts["CLASS"] = cursor.next().key
            cursor.expect_sign("::")
            parts["ON"] = cursor.name()
        if not cursor.take_any("TO", "FROM"):
            cursor.refuse()
        return Define(line=line, verb=verb, name=(cursor.name(),), parts=parts)

    def _kill(self, line: int) -> Statement:
        self.cursor.next()
        return Define(line=line, verb="KILL", parts={"SESSION": self.cursor.whole()})

    def _dbcc(self, line: int) -> Statement:
        cursor = self.cursor
        cursor.next()
        command = cursor.take_any("CHECKDB") or cursor.refuse()
        database: Expression | str = ""
        if cursor.take_sign("("):
            database = cursor.name() if cursor.is_name() else self.expressions.value()
            while cursor.take_sign(","):
                cursor.expect("NOINDEX")
            cursor.expect_sign(")")
        options: set[str] = set()
        if cursor.take("WITH"):
            while True:
                options.add(
                    cursor.take_any("NO_INFOMSGS", "ALL_ERRORMSGS", "TABLERESULTS", "PHYSICAL_ONLY", "DATA_PURITY",
                                    "EXTENDED_LOGICAL_CHECKS", "TABLOCK", "ESTIMATEONLY") or cursor.refuse()
                )  # fmt: skip
                if not cursor.take_sign(","):
                    break
        parts: dict[str, object] = {"DATABASE": database, "OPTIONS": frozenset(options)}
        return Define(line=line, verb=f"DBCC {command}", parts=parts)
