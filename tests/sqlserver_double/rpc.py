"""Remote procedure calls: what drivers send for statements with parameters (MS-TDS 2.2.6.6)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .answers import Answer, Message
from .packet import Reader
from .wire_values import read_type

EXECUTE_SQL, PREPARE, EXECUTE, PREPARE_AND_EXECUTE, UNPREPARE = 10, 11, 12, 13, 15
_NUMBERED = {
    EXECUTE_SQL: "sp_executesql",
    PREPARE: "sp_prepare",
    EXECUTE: "sp_execute",
    PREPARE_AND_EXECUTE: "sp_prepexec",
    UNPREPARE: "sp_unprepare",
}
_BY_NUMBER = 0xFFFF
_NEXT_CALL = {0x80, 0xFE, 0xFF}
"""Where a call ends and the next one of the same message begins, instead of a parameter."""
_DECLARED = re.compile(r"@\w+")
_SCHEMA = re.compile(r"\W*sys\W*\.\W*", re.IGNORECASE)
_OUTPUT = 0x01


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a call; its name has the @, or is empty where the place says which it is."""

    name: str
    value: object
    output: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A procedure that somebody calls."""

    procedure: str
    parameters: tuple[Parameter, ...] = field(default=())

    @property
    def values(self) -> tuple[object, ...]:
        return tuple(one.value for one in self.parameters)


def calls(message: bytes) -> list[Call]:
    """Every call of an RPC message; raises ValueError for a parameter of a type unknown here."""
    reader = Reader(message)
    reader.skip_headers()
    found = []
    while reader:
        found.append(_call(reader))
    return found


def _call(reader: Reader) -> Call:
    length = reader.number(2)
    if length == _BY_NUMBER:
        number = reader.number(2)
        name = _NUMBERED.get(number, f"procedure {number}")
    else:
        name = _SCHEMA.sub("", reader.take(2 * length).decode("utf-16-le"))
    reader.take(2)
    given: list[Parameter] = []
    while reader:
        if reader.data[reader.at] in _NEXT_CALL:
            reader.take(1)
            break
        given.append(_parameter(reader))
    return Call(name, tuple(given))


def _parameter(reader: Reader) -> Parameter:
    name, status = reader.text(1), reader.number(1)
    return Parameter(name, read_type(reader)(reader), bool(status & _OUTPUT))


@dataclass(frozen=True, slots=True)
class Statement:
    """A text and what it declares, e.g. ``@P1 int,@P2 nvarchar(9)``."""

    text: str
    declaration: str = ""

    def bound(self, given: tuple[Parameter, ...]) -> Mapping[str, object]:
        """Values by name; those without a name belong to the declared ones in their order."""
        declared = _DECLARED.findall(self.declaration)
        return {
            one.name or (declared[index] if index < len(declared) else f"@P{index + 1}"): one.value
            for index, one in enumerate(given)
        }


def unknown(call: Call) -> Iterator[Answer]:
    """What the server says of a procedure it does not have."""
    yield Message(2812, 16, f"Could not find stored procedure '{call.procedure}'.", state=62)


def no_such_handle(handle: int) -> Iterator[Answer]:
    """What the server says to a handle that it has not given, or not any longer."""
    yield Message(8179, 16, f"Could not find prepared statement with handle {handle}.")
