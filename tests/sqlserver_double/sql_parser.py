"""A batch as statements: control flow, variables, data; definitions and media have parsers of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .sql_cursor import Cursor
from .sql_definitions import DEFINING, Definitions
from .sql_lexer import Kind, tokens_of
from .sql_media import media
from .sql_queries import Queries
from .sql_tree import Binary, Expression, Literal, Variable
from .sql_types import SqlType, nvarchar
from .statement_tree import (
    Argument,
    Block,
    Declare,
    Delete,
    Execute,
    ExecuteAs,
    If,
    Insert,
    Jump,
    Print,
    RaiseError,
    SelectStatement,
    SetOption,
    SetVariable,
    Statement,
    Throw,
    Transaction,
    Try,
    Update,
    Use,
    WaitFor,
    While,
)

SET_WITH_VALUE = frozenset({"LANGUAGE", "LOCK_TIMEOUT", "CONTEXT_INFO", "DATEFORMAT", "DEADLOCK_PRIORITY", "TEXTSIZE"})
SET_ON_OFF = frozenset({
    "NOCOUNT", "XACT_ABORT", "ANSI_NULLS", "ANSI_PADDING", "ANSI_WARNINGS", "ANSI_NULL_DFLT_ON", "ANSI_DEFAULTS",
    "ARITHABORT", "CONCAT_NULL_YIELDS_NULL", "CURSOR_CLOSE_ON_COMMIT", "IMPLICIT_TRANSACTIONS", "NUMERIC_ROUNDABORT",
    "QUOTED_IDENTIFIER",
})  # fmt: skip


class Parser(Queries):
    """Parses one batch."""

    def __init__(self, cursor: Cursor) -> None:
        super().__init__(cursor)
        self._definitions = Definitions(cursor, self.expressions)
        self._by_word: dict[str, Callable[[], Statement]] = {
            "SELECT": self._select_statement, "WITH": self._select_statement, "DECLARE": self._declare,
            "SET": self._set, "IF": self._if, "WHILE": self._while, "BEGIN": self._begin, "PRINT": self._print,
            "RAISERROR": self._raiserror, "THROW": self._throw, "USE": self._use, "WAITFOR": self._waitfor,
            **dict.fromkeys(("COMMIT", "ROLLBACK", "SAVE"), self._end_transaction), "BREAK": self._jump,
            "CONTINUE": self._jump, "RETURN": self._jump, "EXEC": self._execute, "EXECUTE": self._execute,
            "INSERT": self._insert, "UPDATE": self._update, "DELETE": self._delete, "BACKUP": self._media,
            "RESTORE": self._media, **dict.fromkeys(DEFINING, self._definitions.statement),
        }  # fmt: skip

    def batch(self) -> tuple[Statement, ...]:
        """All statements to the end of the text."""
        found: list[Statement] = []
        while self.cursor.token.kind is not Kind.END:
            if self.cursor.take_sign(";"):
                continue
            found.append(self.statement(first=not found))
        return tuple(found)

    def statement(self, *, first: bool = False) -> Statement:
        """One statement; the first of a batch may be a procedure's bare name."""
        parse = self._by_word.get(self.cursor.token.key)
        if parse is None:
            if first and self.cursor.is_name():
                return self._call(self.cursor.line)
            self.cursor.unknown_statement()
        found = parse()
        self.cursor.take_sign(";")
        return found

    def _statements_until_end(self) -> tuple[Statement, ...]:
        found: list[Statement] = []
        while not self.cursor.is_word("END"):
            if self.cursor.take_sign(";"):
                continue
            found.append(self.statement())
        if not found:
            self.cursor.refuse()
        return tuple(found)

    def _select_statement(self) -> Statement:
        line, self.into = self.cursor.line, ""
        return SelectStatement(line=line, query=self.query(), into=self.into)

    def _declare(self) -> Statement:
        cursor, line = self.cursor, self.cursor.line
        cursor.expect("DECLARE")
        items: list[tuple[str, SqlType, Expression | None]] = []
        while True:
            token = cursor.token
            if token.kind is not Kind.VARIABLE:
                cursor.refuse()
            cursor.next()
            cursor.take("AS")
            type_ = cursor.type()
            value = self.expressions.value() if cursor.take_sign("=") else None
            cursor.declared.add(token.text.lower())
            items.append((token.text, type_, value))
            if not cursor.take_sign(","):
                return Declare(line=line, items=tuple(items))

    def _set(self) -> Statement:
        cursor, line = self.cursor, self.cursor.line
        cursor.expect("SET")
        if cursor.token.kind is Kind.VARIABLE:
            name = cursor.variable()
            if sign := cursor.take_sign("+=", "-=", "*=", "/=", "%="):
                return SetVariable(line=line, name=name, value=self._changed(name, sign))
            cursor.expect_sign("=")
            return SetVariable(line=line, name=name, value=self.expressions.value())
        if cursor.take("TRANSACTION", "ISOLATION", "LEVEL"):
            words = [cursor.next().key for _ in range(2 if cursor.is_any("READ", "REPEATABLE") else 1)]
            return SetOption(line=line, names=("ISOLATION",), value=" ".join(words))
        if cursor.token.key in SET_WITH_VALUE:
            return self._set_value(line)
        names = [self._option_name()]
        while cursor.take_sign(","):
            names.append(self._option_name())
        value = cursor.take_any("ON", "OFF")
        if not value:
            cursor.refuse()
        return SetOption(line=line, names=tuple(names), value=value)

    def _changed(self, name: str, sign: str) -> Expression:
        return Binary(sign[0], Variable(name), self.expressions.value())

    def _option_name(self) -> str:
        if self.cursor.token.key not in SET_ON_OFF:
            self.cursor.refuse()
        return self.cursor.next().key

    def _set_value(self, line: int) -> Statement:
        word = self.cursor.next().key
        if self.cursor.token.kind in {Kind.WORD, Kind.NAME}:
            return SetOption(line=line, names=(word,), value=self.cursor.next().text)
        return SetOption(line=line, names=(word,), value=self.expressions.value())

    def _if(self) -> Statement:
        line = self.cursor.line
        self.cursor.expect("IF")
        condition = self.expressions.condition()
        then = self.statement()
        otherwise = self.statement() if self.cursor.take("ELSE") else None
        return If(line=line, condition=condition, then=then, otherwise=otherwise)

    def _while(self) -> Statement:
        line = self.cursor.line
        self.cursor.expect("WHILE")
        condition = self.expressions.condition()
        return While(line=line, condition=condition, body=self.statement())

    def _begin(self) -> Statement:
        cursor, line = self.cursor, self.cursor.line
        cursor.expect("BEGIN")
        if cursor.take("TRY"):
            return self._try(line)
        if cursor.take_any("TRAN", "TRANSACTION"):
            return self._begin_transaction(line)
        statements = self._statements_until_end()
        cursor.expect("END")
        return Block(line=line, statements=statements)

    def _try(self, line: int) -> Statement:
        body = self._statements_until_end()
        self.cursor.expect("END", "TRY")
        self.cursor.take_sign(";")
        self.cursor.expect("BEGIN", "CATCH")
        caught = () if self.cursor.is_word("END") else self._statements_until_end()
        self.cursor.expect("END", "CATCH")
        return Try(line=line, body=body, caught=caught)

    def _begin_transaction(self, line: int) -> Statement:
        cursor = self.cursor
        name = cursor.name() if cursor.is_name() else ""
        mark = None
        if cursor.take("WITH"):
            cursor.expect("MARK")
            mark = cursor.text() if cursor.token.kind is Kind.TEXT else ""
        return Transaction(line=line, word="BEGIN", name=name, mark=mark)

    def _end_transaction(self) -> Statement:
        line, word = self.cursor.line, self.cursor.next().key
        if self.cursor.take_any("TRAN", "TRANSACTION", "WORK") and self.cursor.is_name():
            self.cursor.name()
        return Transaction(line=line, word=word)

    def _print(self) -> Statement:
        line = self.cursor.line
        self.cursor.expect("PRINT")
        return Print(line=line, value=self.expressions.value())

    def _raiserror(self) -> Statement:
        cursor, line = self.cursor, self.cursor.line
        cursor.expect("RAISERROR")
        values = self.expressions.list_in_brackets()
        if len(values) < 3:
            cursor.refuse()
        options: set[str] = set()
        if cursor.take("WITH"):
            while word := cursor.take_any("LOG", "NOWAIT", "SETERROR"):
                options.add(word)
                cursor.take_sign(",")
        return RaiseError(
            line=line,
            text=values[0],
            severity=values[1],
            state=values[2],
            arguments=values[3:],
            options=frozenset(options),
        )

    def _throw(self) -> Statement:
        line = self.cursor.line
        self.cursor.expect("THROW")
        if self.cursor.token.kind not in {Kind.NUMBER, Kind.VARIABLE}:
            return Throw(line=line)
        values = [self.expressions.value()]
        for _ in range(2):
            self.cursor.expect_sign(",")
            values.append(self.expressions.value())
        return Throw(line=line, arguments=tuple(values))

    def _use(self) -> Statement:
        line = self.cursor.line
        self.cursor.expect("USE")
        return Use(line=line, database=self.cursor.name())

    def _waitfor(self) -> Statement:
        line = self.cursor.line
        self.cursor.expect("WAITFOR", "DELAY")
        return WaitFor(line=line, delay=self.expressions.value())

    def _jump(self) -> Statement:
        line, word = self.cursor.line, self.cursor.next().key
        if word == "RETURN" and self.cursor.token.kind in {Kind.NUMBER, Kind.VARIABLE}:
            self.expressions.value()
        return Jump(line=line, word=word)

    def _execute(self) -> Statement:
        cursor, line = self.cursor, self.cursor.line
        cursor.next()
        if cursor.take("AS", "USER"):
            cursor.expect_sign("=")
            return ExecuteAs(line=line, user=self.expressions.atom())
        if cursor.take_sign("("):
            text = self.expressions.value()
            cursor.expect_sign(")")
            return Execute(line=line, text=text)
        result = ""
        if cursor.token.kind is Kind.VARIABLE and cursor.look().text == "=":
            result = cursor.variable()
            cursor.next()
        return self._call(line, result)

    def _call(self, line: int, result: str = "") -> Execute:
        cursor = self.cursor
        name = cursor.names()
        arguments: list[Argument] = []
        while cursor.token.kind in {Kind.TEXT, Kind.NUMBER, Kind.BINARY, Kind.VARIABLE} or self._is_bare_value():
            arguments.append(self._argument())
            if not cursor.take_sign(","):
                break
        return Execute(line=line, name=name, arguments=tuple(arguments), result=result)

    def _is_bare_value(self) -> bool:
        """A name without quotes is a text here, and NULL and DEFAULT stand for themselves."""
        cursor = self.cursor
        if cursor.is_sign("-"):
            return True
        return cursor.is_any("NULL", "DEFAULT") or (cursor.is_name() and cursor.token.key not in self._by_word)

    def _argument(self) -> Argument:
        cursor = self.cursor
        name = ""
        if cursor.token.kind is Kind.VARIABLE and cursor.look().text == "=":
            name = cursor.next().text
            cursor.next()
        if cursor.is_name():
            word = cursor.name()
            return Argument(name, Literal(word, nvarchar(max(1, len(word)))))
        value = self.expressions.signed()
        return Argument(name, value, bool(cursor.take_any("OUTPUT", "OUT")))

    def _insert(self) -> Statement:
        cursor, line = self.cursor, self.cursor.line
        cursor.expect("INSERT")
        cursor.take("INTO")
        table = cursor.names()
        columns = self._column_list() if cursor.is_sign("(") and cursor.look().key != "SELECT" else ()
        if cursor.take("VALUES"):
            rows = [self.expressions.list_in_brackets()]
            while cursor.take_sign(","):
                rows.append(self.expressions.list_in_brackets())
            return Insert(line=line, table=table, columns=columns, rows=tuple(rows))
        if cursor.is_any("EXEC", "EXECUTE"):
            execute = self._execute()
            assert isinstance(execute, Execute)
            return Insert(line=line, table=table, columns=columns, execute=execute)
        return Insert(line=line, table=table, columns=columns, query=self.query())

    def _update(self) -> Statement:
        cursor, line = self.cursor, self.cursor.line
        cursor.expect("UPDATE")
        table = cursor.names()
        cursor.expect("SET")
        sets: list[tuple[str, Expression]] = []
        while True:
            column = cursor.name()
            cursor.expect_sign("=")
            sets.append((column, self.expressions.value()))
            if not cursor.take_sign(","):
                break
        where = self.expressions.condition() if cursor.take("WHERE") else None
        return Update(line=line, table=table, sets=tuple(sets), where=where)

    def _delete(self) -> Statement:
        line = self.cursor.line
        self.cursor.expect("DELETE")
        self.cursor.take("FROM")
        table = self.cursor.names()
        where = self.expressions.condition() if self.cursor.take("WHERE") else None
        return Delete(line=line, table=table, where=where)

    def _media(self) -> Statement:
        if self.cursor.look().key in {"CERTIFICATE", "MASTER", "SERVICE"}:
            return self._definitions.statement()
        return media(self.cursor, self.expressions)


def parse(text: str, declared: Iterable[str] = ()) -> tuple[Statement, ...]:
    """The statements of a batch. Raises `SqlError` where its syntax is wrong, and then nothing of it is run."""
    return Parser(Cursor(tokens_of(text), declared)).batch()


def undeclared_variables(text: str) -> list[str]:
    """Variables that a batch uses without declaring them, in order. Raises `SqlError` as `parse` does."""
    cursor = Cursor(tokens_of(text), lenient=True)
    Parser(cursor).batch()
    return cursor.undeclared
