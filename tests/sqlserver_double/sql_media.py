"""BACKUP and RESTORE from tokens."""

from __future__ import annotations

from .sql_cursor import Cursor
from .sql_expressions import Expressions
from .sql_lexer import Kind
from .sql_tree import Expression, Literal, Variable
from .sql_types import nvarchar
from .statement_tree import Device, Media, Option
from .world_messages import SqlError, say

FLAGS = frozenset({"COPY_ONLY", "DIFFERENTIAL", "NO_COMPRESSION", "CHECKSUM", "NO_CHECKSUM", "INIT", "NOINIT", "FORMAT",
                   "NOFORMAT", "SKIP", "NOSKIP", "CONTINUE_AFTER_ERROR", "STOP_ON_ERROR", "RESTART", "REWIND",
                   "NOREWIND", "UNLOAD", "NOUNLOAD"})  # fmt: skip
VALUES = frozenset({"NAME", "DESCRIPTION", "MEDIANAME", "MEDIADESCRIPTION", "EXPIREDATE", "RETAINDAYS", "BUFFERCOUNT",
                    "MAXTRANSFERSIZE", "BLOCKSIZE", "CREDENTIAL"})  # fmt: skip
LOG_FLAGS = frozenset({"NORECOVERY", "NO_TRUNCATE"})
READ_FLAGS = frozenset({"CHECKSUM", "NO_CHECKSUM", "CONTINUE_AFTER_ERROR", "STOP_ON_ERROR", "REWIND", "NOREWIND",
                        "UNLOAD", "NOUNLOAD"})  # fmt: skip
READ_VALUES = frozenset({"FILE", "MEDIAPASSWORD", "CREDENTIAL", "BUFFERCOUNT",
                         "MAXTRANSFERSIZE", "BLOCKSIZE"})  # fmt: skip
RESTORE_FLAGS = frozenset({"REPLACE", "RECOVERY", "NORECOVERY", "RESTRICTED_USER", "KEEP_REPLICATION", "KEEP_CDC",
                           "ENABLE_BROKER", "NEW_BROKER", "ERROR_BROKER_CONVERSATIONS"})  # fmt: skip
RESTORE_VALUES = frozenset({"STOPAT", "STOPATMARK", "STOPBEFOREMARK", "STANDBY"})
REPORTS = ("HEADERONLY", "FILELISTONLY", "LABELONLY", "VERIFYONLY")


def media(cursor: Cursor, expressions: Expressions) -> Media:
    """One BACKUP or RESTORE. Raises `SqlError` 155 for an option that it does not have."""
    return _Media(cursor, expressions).statement()


class _Media:
    def __init__(self, cursor: Cursor, expressions: Expressions) -> None:
        self.cursor = cursor
        self.expressions = expressions

    def statement(self) -> Media:
        cursor, line = self.cursor, self.cursor.line
        first = cursor.next().key
        second = cursor.token.key
        kinds = ("DATABASE", "LOG", *(REPORTS if first == "RESTORE" else ()))
        if second == "TRANSACTION" or second not in kinds:
            cursor.refuse()
        cursor.next()
        verb = f"{first} {second}"
        database: str | Variable = ""
        if second in {"DATABASE", "LOG"}:
            database = Variable(cursor.variable()) if cursor.token.kind is Kind.VARIABLE else cursor.name()
        devices: tuple[Device, ...] = ()
        mirrors: list[tuple[Device, ...]] = []
        if first == "BACKUP":
            cursor.expect("TO")
            devices = self._devices()
            while cursor.take("MIRROR"):
                cursor.expect("TO")
                mirrors.append(self._devices())
        elif cursor.take("FROM"):
            devices = self._devices()
        elif second in REPORTS:
            cursor.refuse()
        options = self._options(verb) if cursor.take("WITH") else ()
        return Media(line=line, verb=verb, database=database, devices=devices, mirrors=tuple(mirrors), options=options)

    def _devices(self) -> tuple[Device, ...]:
        found = [self._device()]
        while self.cursor.take_sign(","):
            found.append(self._device())
        return tuple(found)

    def _device(self) -> Device:
        cursor = self.cursor
        if cursor.look().text == "=" and (kind := cursor.take_any("DISK", "URL", "TAPE")):
            cursor.next()
            return Device(kind, self._value())
        if cursor.token.kind is Kind.VARIABLE:
            return Device("LOGICAL", Variable(cursor.variable()))
        name = cursor.name()
        return Device("LOGICAL", Literal(name, nvarchar(max(1, len(name)))))

    def _value(self) -> Expression:
        """A constant or a variable; expressions are not allowed here."""
        if self.cursor.token.kind not in {Kind.TEXT, Kind.NUMBER, Kind.VARIABLE} and not self.cursor.is_sign("-"):
            self.cursor.refuse()
        return self.expressions.atom()

    def _options(self, verb: str) -> tuple[Option, ...]:
        found = [self._option(verb)]
        while self.cursor.take_sign(","):
            found.append(self._option(verb))
        return tuple(found)

    def _option(self, verb: str) -> Option:
        cursor, token = self.cursor, self.cursor.token
        flags, values = allowed(verb)
        if token.kind is not Kind.WORD:
            cursor.refuse()
        word = token.key
        if word == "STATS":
            cursor.next()
            return Option(word, self._value() if cursor.take_sign("=") else None)
        if word in flags:
            cursor.next()
            return Option(word)
        if word in values:
            cursor.next()
            cursor.expect_sign("=")
            return self._with_value(word)
        special = {"MOVE": self._move, "COMPRESSION": self._compression, "ENCRYPTION": self._encryption}.get(word)
        belongs = {"MOVE": verb in {"RESTORE DATABASE", "RESTORE LOG", "RESTORE VERIFYONLY"}}
        if special and belongs.get(word, verb.startswith("BACKUP")):
            cursor.next()
            return special()
        raise SqlError(say(155, token.text, verb.split(maxsplit=1)[0]), ends_batch=True, line=token.line)

    def _with_value(self, word: str) -> Option:
        value = self._value()
        if word in {"STOPATMARK", "STOPBEFOREMARK"} and self.cursor.take("AFTER"):
            return Option(word, value, self._value())
        return Option(word, value)

    def _move(self) -> Option:
        logical = self._value()
        self.cursor.expect("TO")
        return Option("MOVE", logical, self._value())

    def _compression(self) -> Option:
        words: dict[str, object] = {}
        if self.cursor.take_sign("("):
            while not self.cursor.take_sign(")"):
                name = self.cursor.next().key
                self.cursor.expect_sign("=")
                words[name] = self.cursor.next().key
                self.cursor.take_sign(",")
        return Option("COMPRESSION", words=words)

    def _encryption(self) -> Option:
        cursor = self.cursor
        words: dict[str, object] = {}
        cursor.expect_sign("(")
        cursor.expect("ALGORITHM")
        cursor.expect_sign("=")
        words["ALGORITHM"] = cursor.next().key
        cursor.expect_sign(",")
        cursor.expect("SERVER")
        if not cursor.take_any("CERTIFICATE", "ASYMMETRIC"):
            cursor.refuse()
        cursor.expect_sign("=")
        words["CERTIFICATE"] = cursor.name()
        cursor.expect_sign(")")
        return Option("ENCRYPTION", words=words)


def allowed(verb: str) -> tuple[frozenset[str], frozenset[str]]:
    """Options without and with a value that the statement knows."""
    if verb.startswith("BACKUP"):
        log = verb == "BACKUP LOG"
        return FLAGS | (LOG_FLAGS if log else frozenset()), VALUES | (frozenset({"STANDBY"}) if log else frozenset())
    if verb in {"RESTORE DATABASE", "RESTORE LOG"}:
        return READ_FLAGS | RESTORE_FLAGS, READ_VALUES | RESTORE_VALUES
    return READ_FLAGS, READ_VALUES
