"""What pyodbc passes on of messages and errors, taken apart: who speaks, and with which number."""

from __future__ import annotations

import re

from ..base.records import Record
from .sqlserver_numbers import NOTICES

_RECORD = re.compile(
    r"\[(?P<state>\w{5})\] (?P<text>.*?) \((?P<number>-?\d+)\)(?: \(SQL\w+\))?(?=; \[\w{5}\] |\Z)", re.DOTALL
)
_MAKERS = re.compile(r"(?:\[[^\]\r\n]*\])+")
_SERVER = "[SQL Server]"
"""The last of the makers' names before a text of the server itself."""
_ASSUMED_SEVERITY = 16
"""pyodbc hides the severity of errors; nearly all of them have this one."""
_NUMBER = re.compile(r"\((-?\d+)\)")


class Said(Record, frozen=True, kw_only=True):
    """One diagnostic record."""

    text: str
    number: int
    state: str = ""
    by_server: bool
    """Not by the driver, nor by the driver manager."""

    @property
    def severity(self) -> int:
        """Of a record of an exception: on Windows it holds what the server had told before the error, too."""
        return 0 if self.number in NOTICES else _ASSUMED_SEVERITY


def notice(sort: str, told: str) -> Said:
    """An entry of ``cursor.messages``: ``('[01000] (3211)', '[Microsoft][…][SQL Server]10 percent processed.')``."""
    number = _NUMBER.search(sort)
    return _said(told, int(number[1]) if number is not None else 0, "")


def errors(told: str) -> tuple[Said, ...]:
    """The text of an exception: one record, and on Windows all of them, joined by ``; ``."""
    return tuple(_said(one["text"], int(one["number"]), one["state"]) for one in _RECORD.finditer(told))


def _said(told: str, number: int, state: str) -> Said:
    makers = _MAKERS.match(told)
    names = makers[0] if makers is not None else ""
    # A driver gives itself the server's name too, but never a number of the server's.
    return Said(text=told[len(names) :].strip(), number=number, state=state, by_server=names.endswith(_SERVER))
