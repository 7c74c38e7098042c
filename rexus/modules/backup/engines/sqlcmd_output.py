"""What sqlcmd prints, back as messages and rows: either kind of sqlcmd, in whatever language it speaks itself.

Errors come with a line of numbers (``Msg 3201, Level 16, State 1, Server S, Line 1``), whose words are those of the
program's language. What only informs comes without: its number is found by its text, which the session's language
(`PRELUDE`) makes English. sqlcmd gives no other sign of it.
"""

from __future__ import annotations

import re

from .messages import Message
from .sqlserver_client import Cell, Row

PRELUDE = "SET LANGUAGE us_english;\nSET NOCOUNT ON;\n"
"""Before every batch of sqlcmd's."""
SEPARATOR = "\x1f"
"""Between columns (``-s``): no name or path holds it."""
_CONNECTED = 5703
"""Answer to SET LANGUAGE: from here on it is the server that speaks."""
_WORD = r"[^\W\d]{1,20}[.:]?"
_COMMA = r"[,，、]\s?"
_HEADER = re.compile(
    rf"{_WORD} (?P<number>\d{{1,9}}){_COMMA}{_WORD} (?P<severity>\d{{1,2}}){_COMMA}{_WORD} (?P<state>\d{{1,3}}){_COMMA}"
    rf"(?P<rest>.*?)(?P<line>\d{{1,9}})\D{{0,4}}"
)
_PROCEDURE = re.compile(rf"{_COMMA}{_WORD} (?P<name>[^,，、]+){_COMMA}{_WORD} $")
_RULE = re.compile(rf"-+(?: *{SEPARATOR}-+)* *")
_COUNT = re.compile(r"\(\d+ [^()]{3,40}\)")
_NULLS = frozenset({"NULL", "NUL", "0xNULL"})
"""How NULL is printed: cut to the width of narrow columns, and as bytes."""
_OWN = re.compile(r"(?i)sqlcmd: |mssql: ")
_INFORMS = tuple(
    (number, re.compile(form))
    for number, form in (
        (3211, r"\d+ percent processed\.?"),
        (4035, r"Processed \d+ pages for database .*"),
        (3014, r"(?:BACKUP|RESTORE) [A-Z].* successfully processed \d+ pages in .*"),
        (3262, r"The backup set on file \d+ is valid\b.*"),
        (8989, r"CHECKDB found \d+ allocation errors and \d+ consistency errors in database .*"),
        (2528, r"DBCC execution completed\. .*"),
        (5060, r"Nonqualified transactions are being rolled back\. .*"),
        (5701, r"Changed database context to .*"),
        (_CONNECTED, r"Changed language setting to .*"),
        (3042, r"BACKUP WITH CONTINUE_AFTER_ERROR successfully generated .*"),
        (3184, r"RESTORE WITH CONTINUE_AFTER_ERROR was successful .*"),
        (3188, r"The backup set was written with damaged data .*"),
        (4322, r"This backup set contains records that were logged before .*"),
    )
)


class Output:
    """Takes lines as they come and gives messages as soon as they are whole."""

    def __init__(self) -> None:
        self.results: list[tuple[Row, ...]] = []
        """Tables, as far as they have ended."""
        self.said: list[str] = []
        """What the program said itself: before there was a server, or marked as its own."""
        self.torn = False
        """A row had more values than there are columns, or never came to its end."""
        self.connected = False
        """The server has spoken."""
        self._error: dict[str, str | int] | None = None
        self._text: list[str] = []
        self._loose: str | None = None
        self._columns: tuple[str, ...] = ()
        self._rows: list[Row] = []
        self._part = ""

    def line(self, line: str) -> list[Message]:
        """One more line, without its end; returns the messages that are whole by now."""
        header = _HEADER.fullmatch(line.strip())
        if header is not None and not self._part:
            done = self._settled()
            self._begin(header)
            return done
        if self._part:
            return self._row(line)
        if _OWN.match(line):
            done = self._settled()
            self._note(line.strip())
            return done
        number = next((number for number, form in _INFORMS if form.fullmatch(line.strip())), None)
        if number is not None:
            self.connected = True
            return [*self._settled(), Message(text=line.strip(), number=number)]
        return self._other(line)

    def end(self) -> list[Message]:
        """Nothing more comes; returns what is left."""
        return self._settled()

    def _begin(self, header: re.Match[str]) -> None:
        self.connected = True
        within = _PROCEDURE.search(header["rest"])
        self._error = {
            "number": int(header["number"]),
            "severity": int(header["severity"]),
            "state": int(header["state"]),
            "line": int(header["line"]),
            "procedure": within["name"].strip() if within is not None else "",
        }

    def _other(self, line: str) -> list[Message]:
        if self._columns:
            return self._row(line)
        if not line.strip():
            return []
        if self._error is not None:
            self._text.append(line.strip())
            return []
        if self._loose is not None and _RULE.fullmatch(line.rstrip()):
            self._columns = tuple(one.strip() for one in self._loose.split(SEPARATOR))
            self._loose = None
            return []
        done = self._settled()
        self._loose = line
        return done

    def _row(self, line: str) -> list[Message]:
        """A line of a table; a row goes on in the next one where a value has a line break in it."""
        if not self._part and (not line.strip() or _COUNT.fullmatch(line.strip())):
            return self._settled()
        whole = f"{self._part}\n{line}" if self._part else line
        cells = whole.split(SEPARATOR)
        self._part = whole if len(cells) < len(self._columns) else ""
        if len(cells) == len(self._columns):
            self._rows.append(Row(columns=self._columns, cells=tuple(_cell(one) for one in cells)))
        self.torn = self.torn or len(cells) > len(self._columns)
        return []

    def _settled(self) -> list[Message]:
        """Close whatever is open: a table, an error, a line that might have become the head of a table."""
        done: list[Message] = []
        if self._columns:
            self.torn = self.torn or bool(self._part)
            self.results.append(tuple(self._rows))
            self._columns, self._rows, self._part = (), [], ""
        if self._error is not None:
            error = self._error
            done.append(
                Message(
                    text="\n".join(self._text),
                    number=int(error["number"]),
                    severity=int(error["severity"]),
                    state=int(error["state"]),
                    line=int(error["line"]),
                    procedure=str(error["procedure"]),
                )
            )
            self._error, self._text = None, []
        if self._loose is not None:
            loose, self._loose = self._loose.strip(), None
            if self.connected:
                done.append(Message(text=loose))
            else:
                self._note(loose)
        return done

    def _note(self, line: str) -> None:
        """The Go one tells twice why it can't connect."""
        if line not in self.said:
            self.said.append(line)


def _cell(text: str) -> Cell:
    """A value as printed."""
    plain = text.rstrip()
    return None if plain in _NULLS else plain
