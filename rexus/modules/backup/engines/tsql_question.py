"""A question of an administrator as T-SQL that can only read, and only the one database it is for. Pure.

Three fences, any of which would do: the text is put where only the inside of one SELECT can stand, the database is
read-only, and whoever asks is a user without a login who may read that database and nothing else of the server.
"""

from __future__ import annotations

import re

from ..base.errors import BadInput, Refused
from .tsql import Batch, identifier, literal

_PIECES = re.compile(
    r"(?P<blank>\s+|--[^\r\n]*)|(?P<comment>/\*)|(?P<text>[Nn]?'(?:[^']|'')*')|(?P<quoted>\"(?:[^\"]|\"\")*\")"
    r"|(?P<bracket>\[(?:[^\]]|\]\])*\])|(?P<word>[^\W\d][\w@$#]*)|(?P<variable>@[\w@$#]+)|(?P<other>.)",
    re.DOTALL,
)
_COMMENT = re.compile(r"/\*|\*/")
_MORE_THAN_READING = re.compile(
    "ALTER|BACKUP|CREATE|DBCC|DECLARE|DELETE|DENY|DROP|EXEC|EXECUTE|GRANT|INSERT|INTO|KILL|MERGE|OPENDATASOURCE"
    "|OPENQUERY|OPENROWSET|OPENXML|RESTORE|REVERT|REVOKE|SETUSER|SHUTDOWN|TRUNCATE|UPDATE|USE|WAITFOR",
    re.IGNORECASE,
)
"""Words of statements that change something, and of functions that reach out of the database."""


def inside(query: str) -> tuple[str, str]:
    """``query`` as it can stand between the brackets of one SELECT, behind what it names before (``WITH … AS``).

    Raises `Refused`: ``drill.query_refused`` for what does more than read, ``drill.query_unusable`` for what is not one
    SELECT.
    """
    kept, depth, at, is_over, begins = list[str](), 0, 0, False, -1
    while at < len(query):
        found = _PIECES.match(query, at)
        assert found is not None, "any character matches"
        kind, piece = found.lastgroup, found[0]
        at = _comment_end(query, at) if kind == "comment" else found.end()
        if kind in ("blank", "comment"):
            kept.append(" ")
            continue
        if is_over:
            raise Refused("drill.query_unusable", why="more than one statement")
        _refuse(piece, kind or "", is_first=not "".join(kept).strip())
        is_over = kind == "other" and piece == ";"
        if depth == 0 and begins < 0 and piece.upper() == "SELECT":
            begins = len(kept)
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if depth < 0:
            raise Refused("drill.query_unusable", why=") without (")
        kept.append("" if is_over else piece)
    if depth:
        raise Refused("drill.query_unusable", why="( without )")
    if begins < 0:
        raise Refused("drill.query_unusable", why="no SELECT")
    return "".join(kept[:begins]).strip(), "".join(kept[begins:]).strip()


def _refuse(piece: str, kind: str, *, is_first: bool) -> None:
    """Raises `Refused` for what no question has, or has not in that place."""
    if kind == "word" and _MORE_THAN_READING.fullmatch(piece):
        raise Refused("drill.query_refused", why=piece.upper())
    if kind == "other" and piece in "'\"[":
        raise Refused("drill.query_unusable", why=f"{piece} is not closed")
    if is_first and piece.upper() not in ("SELECT", "WITH"):
        raise Refused("drill.query_unusable", why=f"{piece[:40]} …")


def _comment_end(query: str, at: int) -> int:
    """Where a comment ends; comments stand within comments. Raises `Refused` for one without an end."""
    depth = 0
    for mark in _COMMENT.finditer(query, at):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return mark.end()
    raise Refused("drill.query_unusable", why="/* */")


def readied(database: str, user: str) -> Batch:
    """Make a user that may only read in ``database``, and let nobody change that any more. Raises `BadInput`."""
    who, where = identifier(user), identifier(database)
    made = f"CREATE USER {who} WITHOUT LOGIN; ALTER ROLE db_datareader ADD MEMBER {who};"
    text = (
        f"ALTER DATABASE {where} SET READ_WRITE WITH ROLLBACK IMMEDIATE;\n"
        f"EXEC {where}.sys.sp_executesql {literal(made)};\n"
        f"ALTER DATABASE {where} SET READ_ONLY WITH ROLLBACK IMMEDIATE;"
    )
    return Batch(text=text)


def asked(database: str, user: str, query: str) -> str:
    """The question, as that user; at most two rows of one column. Raises `Refused` as `inside`.

    Nothing is asked where the session did not become the user: an error of EXECUTE AS does not end a batch.
    """
    try:
        who = literal(user)
        named, selected = inside(query)
        text = (
            f"EXECUTE AS USER = {who};\n"
            f"IF ISNULL(USER_NAME(), N'') <> {who} RETURN;\n{named}\n"
            f"SELECT TOP (2) question.answer AS answer FROM (\n{selected}\n) AS question (answer);"
        )
        return f"EXEC {identifier(database)}.sys.sp_executesql {literal(text)};"
    except BadInput as error:
        raise Refused("drill.query_unusable", why="odd characters") from error
