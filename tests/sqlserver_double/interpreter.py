"""Runs the statements of a batch: control flow, errors and what they end; each kind of statement is done elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from .answers import Answer, Done, Dropped
from .frames import Caught, Frame
from .meaning import Compiler
from .scopes import Compiled, Env, Scope
from .sql_parser import parse
from .sql_tree import Expression
from .statement_tree import (
    Block,
    CreateTable,
    Declare,
    Define,
    Delete,
    Execute,
    If,
    Insert,
    Jump,
    Media,
    SelectStatement,
    Statement,
    Throw,
    Transaction,
    Try,
    Update,
    Use,
    While,
)
from .world_messages import SqlError

Handler = Callable[["Interpreter", Statement], Iterator[Answer]]

HANDLERS: dict[type, Handler] = {}
"""By the kind of statement; the rooms of statements add theirs."""
DEFINITIONS: dict[str, Handler] = {}
"""The same for `Define`, by its verb."""

COMPILE_ERROR = 253
MEDIA_COMMANDS = {
    "BACKUP DATABASE": 228, "BACKUP LOG": 235, "RESTORE DATABASE": 229, "RESTORE LOG": 236, "RESTORE HEADERONLY": 250,
    "RESTORE FILELISTONLY": 376, "RESTORE VERIFYONLY": 377, "RESTORE LABELONLY": 251,
}  # fmt: skip
"""As captured; those of RESTORE LOG and LABELONLY are guesses, and no client looks at them."""
DEFINE_COMMANDS = {"CREATE DATABASE": 203, "ALTER DATABASE": 215}
COMMANDS: dict[type, int] = {
    SelectStatement: 193, Insert: 195, Delete: 196, Update: 197, CreateTable: 198, Execute: 224, Use: 226,
}  # fmt: skip
TRANSACTION_COMMANDS = {"ROLLBACK": 210, "BEGIN": 212, "COMMIT": 213, "SAVE": 214}
OTHER = 249


def handles(*kinds: type) -> Callable[[Handler], Handler]:
    """Register what does statements of that kind."""

    def register(handler: Handler) -> Handler:
        for kind in kinds:
            HANDLERS[kind] = handler
        return handler

    return register


def defines(*verbs: str) -> Callable[[Handler], Handler]:
    """Register what does definitions of that verb."""

    def register(handler: Handler) -> Handler:
        for verb in verbs:
            DEFINITIONS[verb] = handler
        return handler

    return register


def command_of(statement: Statement) -> int:
    """The number that the DONE of a statement carries."""
    if isinstance(statement, Media):
        return MEDIA_COMMANDS[statement.verb]
    if isinstance(statement, Define):
        return DEFINE_COMMANDS.get(statement.verb, OTHER)
    if isinstance(statement, Transaction):
        return TRANSACTION_COMMANDS[statement.word]
    return COMMANDS.get(type(statement), OTHER)


class _Jumped(Exception):
    """BREAK, CONTINUE or RETURN."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


class _BatchEnds(Exception):
    """Nothing more of this batch is run; why was said."""


class Interpreter:
    """Runs one batch, or one text that EXEC was given."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.session = frame.session
        self.world = frame.world
        self._tries = 0

    def batch(self, text: str) -> Iterator[Answer]:
        """All of a batch; a syntax error anywhere means that nothing of it is run."""
        try:
            statements = parse(text, self.frame.variables)
        except SqlError as problem:
            yield from self.report(problem, problem.line or 1, COMPILE_ERROR)
            return
        try:
            yield from self.run(statements)
        except SqlError as problem:
            yield from self.refused(problem)
        except _BatchEnds:
            return

    def refused(self, problem: SqlError) -> Iterator[Answer]:
        """The end of a batch that fails as a whole."""
        with suppress(_BatchEnds):
            yield from self.report(problem, problem.line or 1, COMPILE_ERROR)

    def nested(self, frame: Frame, text: str) -> Iterator[Answer]:
        """A text within the batch; what is wrong with it is an error of the statement that runs it."""
        try:
            statements = parse(text, frame.variables)
        except SqlError as problem:
            raise SqlError(*problem.said, line=problem.line) from None
        inner = Interpreter(frame)
        inner._tries = self._tries
        before = self.session.acting
        try:
            yield from inner.run(statements)
        finally:
            self.session.acting = before

    def run(self, statements: tuple[Statement, ...]) -> Iterator[Answer]:
        """Statements of the outermost level, until the end or RETURN."""
        try:
            for statement in statements:
                yield from self.statement(statement)
        except _Jumped:
            return

    def statement(self, one: Statement) -> Iterator[Answer]:
        """One statement, whatever it is."""
        self.session.check()
        if isinstance(one, Block):
            for inner in one.statements:
                yield from self.statement(inner)
        elif isinstance(one, If):
            if self._truth(one.condition, one):
                yield from self.statement(one.then)
            elif one.otherwise is not None:
                yield from self.statement(one.otherwise)
        elif isinstance(one, While):
            yield from self._while(one)
        elif isinstance(one, Jump):
            raise _Jumped(one.word)
        elif isinstance(one, Try):
            yield from self._try(one)
        else:
            yield from self._simple(one)

    def _while(self, one: While) -> Iterator[Answer]:
        while self._truth(one.condition, one):
            try:
                yield from self.statement(one.body)
            except _Jumped as jump:
                if jump.word == "RETURN":
                    raise
                if jump.word == "BREAK":
                    return

    def _truth(self, condition: Expression, statement: Statement) -> bool:
        with self.world.lock:
            try:
                truth = self.compiler().condition(condition)(Env())
            except SqlError as problem:
                problem.line = problem.line or statement.line
                raise
        self.session.error = 0
        return bool(truth)

    def _try(self, one: Try) -> Iterator[Answer]:
        self._tries += 1
        try:
            for inner in one.body:
                yield from self.statement(inner)
        except SqlError as problem:
            if problem.ends_batch or problem.ends_session:
                raise
            text = problem.said[-1].message(self.session.language).text
            caught = Caught(problem.said[-1], text, problem.line or one.line)
        else:
            return
        finally:
            self._tries -= 1
        self.session.error = caught.said.number
        self.frame.caught.append(caught)
        try:
            for inner in one.caught:
                yield from self.statement(inner)
        finally:
            self.frame.caught.pop()

    def _simple(self, one: Statement) -> Iterator[Answer]:
        """A statement that no other is inside of."""
        try:
            handler = DEFINITIONS[one.verb] if isinstance(one, Define) else HANDLERS[type(one)]
            yield from handler(self, one)
            if not isinstance(one, Declare):
                self.session.error = 0
        except SqlError as problem:
            problem.line = problem.line or one.line
            if self._tries and not problem.ends_session and not problem.ends_batch:
                raise
            yield from self.report(problem, problem.line, command_of(one))
            if problem.ends_batch or self.session.xact_abort or isinstance(one, Throw):
                if self.session.xact_abort:
                    with self.world.lock:
                        self.session.roll_back()
                raise _BatchEnds from None

    def report(self, problem: SqlError, line: int, command: int) -> Iterator[Answer]:
        """The messages of an error, and the DONE that says so; the connection's end after the gravest."""
        for said in problem.said:
            yield said.message(self.session.language, line)
            if said.severity > 10:
                self.session.error = said.number
        if problem.ends_session:
            self.session.end()
            yield Done(command, error=True)
            yield Dropped(said_why=True)
            raise _BatchEnds
        yield Done(command, error=True)

    # what statements need

    def compiler(self) -> Compiler:
        """For expressions without a row."""
        return Compiler(self.frame, Scope())

    def compiled(self, one: Expression) -> Compiled:
        return self.compiler().value(one)

    def value(self, one: Expression) -> object:
        """The value of an expression without a row."""
        return self.compiled(one).run(Env())

    def done(self, statement: Statement, count: int | None = None) -> Done:
        """The end of a statement; rows are counted unless NOCOUNT is on."""
        self.session.row_count = count or 0
        return Done(command_of(statement), None if self.session.nocount else count)
