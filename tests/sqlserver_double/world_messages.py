"""What SQL Server says, by number: severity, state and sentence, in English and for some numbers in Spanish."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from .answers import Message
from .world_messages_text import ENGLISH, SPANISH

STATES = MappingProxyType({
    105: 1, 137: 2, 195: 10, 201: 4, 229: 5, 515: 2, 911: 11, 927: 2, 942: 4, 1222: 51, 1801: 3, 2714: 6, 2812: 62,
    3021: 0, 3024: 0, 3154: 4, 3156: 4, 3234: 2, 3241: 0, 3701: 5, 3702: 3, 5011: 5, 5120: 101, 8114: 5, 33111: 3,
})  # fmt: skip
"""States other than 1, as captured where ``sqlserver-facts`` says so."""

OS_ERRORS = MappingProxyType({
    2: "The system cannot find the file specified.",
    3: "The system cannot find the path specified.",
    5: "Access is denied.",
    32: "The process cannot access the file because it is being used by another process.",
    50: "The request is not supported.",
    53: "The network path was not found.",
    67: "The network name cannot be found.",
    80: "The file exists.",
    112: "There is not enough space on the disk.",
    123: "The filename, directory name, or volume label syntax is incorrect.",
    267: "The directory name is invalid.",
    1326: "The user name or password is incorrect.",
})  # fmt: skip


def os_error(number: int) -> str:
    """An error of the operating system as SQL Server writes it into its own messages (also on Linux)."""
    return f"{number}({OS_ERRORS[number]})"


@dataclass(frozen=True, slots=True)
class Said:
    """A message before it is known in which language and on which line it is said."""

    number: int
    severity: int
    arguments: tuple[object, ...] = ()
    state: int = 1
    text: str | None = None
    """For messages that the batch itself makes up (RAISERROR, PRINT, THROW)."""

    def message(self, language: str = "us_english", line: int = 1, procedure: str = "") -> Message:
        """The message as a session of that language gets it."""
        text = self.text
        if text is None:
            own = SPANISH if language in {"Español", "Spanish"} else {}
            text = own.get(self.number, ENGLISH[self.number][1]).format(*self.arguments)
        return Message(self.number, self.severity, text, self.state, line, procedure)


def say(number: int, *arguments: object, state: int | None = None, severity: int | None = None) -> Said:
    """The message ``number`` with its gaps filled."""
    usual, text = ENGLISH[number]
    text.format(*arguments)  # a gap without a value is a mistake of ours, found here and not on its way out
    at = STATES.get(number, 1) if state is None else state
    return Said(number, usual if severity is None else severity, arguments, at)


class SqlError(Exception):
    """A statement that ends with errors; some take the rest of the batch with them."""

    def __init__(self, *said: Said, ends_batch: bool = False, line: int | None = None) -> None:
        super().__init__("; ".join(each.message().text for each in said))
        self.said = said
        self.ends_batch = ends_batch
        self.line = line

    @property
    def ends_session(self) -> bool:
        """Whether the connection goes too, as after every severity of 20 and more."""
        return any(each.severity >= 20 for each in self.said)


def error(number: int, *arguments: object, state: int | None = None, ends_batch: bool = False) -> SqlError:
    """The error ``number``, to be raised."""
    return SqlError(say(number, *arguments, state=state), ends_batch=ends_batch)


class Interrupted(BaseException):
    """What runs was told to stop: by an attention, by KILL, by a restart, or because the client is gone."""
