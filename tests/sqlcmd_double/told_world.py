"""A world whose answers show what each kind of sqlcmd makes of them."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal

from sqlserver_double.answers import Done, Dropped, Message
from sqlserver_double.tiny_world import BACKUP, TinyWorld, Until, printed, table

PRINT = 247
CANNOT_OPEN = Message(3201, 16, "Cannot open backup device 'x'. Operating system error 5(Access is denied.).")
TERMINATING = Message(3013, 16, "BACKUP DATABASE is terminating abnormally.")
HEAD_3201 = f"Msg 3201, Level 16, State 1, Server HOST, Line 1\n{CANNOT_OPEN.text}\n"
HEAD_3013 = f"Msg 3013, Level 16, State 1, Server HOST, Line 1\n{TERMINATING.text}\n"


class ToldWorld(TinyWorld):
    """What the tests of both kinds ask for."""

    def __init__(self) -> None:
        super().__init__("HOST")
        self.says("SELECT 1 AS a", *table({"a": "int"}, (1,)))
        self.says("PRINT 'one'", printed("one"), Done(PRINT))
        self.says("PRINT 'two'", printed("two"), Done(PRINT))
        self.says("BACKUP failing", CANNOT_OPEN, TERMINATING, Done(BACKUP, error=True), printed("after"), Done(PRINT))
        said = (
            Message(3211, 10, "10 percent processed."),
            Message(3014, 10, "BACKUP DATABASE successfully processed."),
        )
        self.says("BACKUP well", *(part for one in said for part in (one, Done(BACKUP))))
        odd = Message(911, 14, "odd", state=3, line=7, procedure="sp_x")
        self.says("EXEC odd", odd, Done(253, error=True))
        self.says("RAISERROR 127", Message(50000, 16, "bye", state=127), Done(253, error=True), printed("after"))
        severe = (Message(50000, 17, "seventeen"), Message(50001, 12, "twelve"))
        self.says("RAISERROR two", *severe, Done(253, error=True), printed("after"), Done(PRINT))
        self.says("RAISERROR low", Message(50000, 5, "low"), Done(PRINT))
        self.says("INSERT three", Done(195, 3))
        self.says("SELECT nulls", *table({"a": "int", "b": "nvarchar(4)", "c": "bit"}, (1, "x", True), (None,) * 3))
        self.says("SELECT kinds", *table(KINDS, VALUES))
        self.says("SELECT wide", *table({"n": "nvarchar(max)"}, ("n" * 300,)))
        self.says("SELECT 42 AS n", *table({"n": "int"}, (42,)))
        self.says("BACKUP dying", printed("so far"), Done(BACKUP, more=True), Dropped())
        self.waiting = Until()
        self.says("BACKUP endless", printed("begun"), Done(BACKUP, more=True), self.waiting)


KINDS = {
    "guid": "uniqueidentifier", "moment": "datetime", "bytes": "varbinary(3)", "lsn": "numeric(25,0)",
    "part": "decimal(5,2)", "text": "nvarchar(6)",
}  # fmt: skip
VALUES = (
    uuid.UUID(int=0xAB << 120), datetime.datetime(2026, 4, 21, 16, 40, 36), b"\x01\xfe",
    39000000172000001, Decimal("0.5"), "ñandú",
)  # fmt: skip
