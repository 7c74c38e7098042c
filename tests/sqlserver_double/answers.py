"""What the world behind the wire says before it becomes tokens; wire and world know only this of each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """An ERROR (severity 11 and more) or INFO token; severity 10 travels as class 0."""

    number: int
    severity: int
    text: str
    state: int = 1
    line: int = 1
    procedure: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a result: its name and its type as T-SQL writes it, e.g. ``nvarchar(128)``, ``numeric(25,0)``."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Columns:
    """The head of a result set; rows follow."""

    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the result set that was begun last; None is NULL."""

    values: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """The end of a statement (or of one step of a long one); the wire adds the MORE bit wherever more follows."""

    command: int
    count: int | None = None
    error: bool = False
    more: bool = False
    """Certain to be followed by more, so that it goes out at once instead of with what comes next."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A change of the session that clients are told: type 1 database, 2 language, 8, 9, 10 transactions."""

    type: int
    new: str | bytes
    old: str | bytes = ""


@dataclass(frozen=True, slots=True)
class Dropped:
    """The connection ends here without a word, as when the server dies."""

    said_why: bool = False
    """The server has told the reason, and closes its reply before it goes."""


Answer = Message | Columns | Row | Done | Environment | Dropped


@dataclass(frozen=True, slots=True)
class Login:
    """What a client said when it came."""

    user: str
    password: str = field(repr=False)
    database: str = ""
    host: str = ""
    """``-H``, the workstation's name."""
    application: str = ""
    interface: str = ""
    process_id: int = 0
    integrated: bool = False
    encrypted: bool = False
    read_only: bool = False


class Session(Protocol):
    """One connection, in the world."""

    id: int
    database: str
    """Where it is; a client is told at its login."""
    language: str

    def batch(self, text: str, parameters: Mapping[str, object]) -> Iterator[Answer]:
        """Run a batch; a message is sent as soon as it is given. Runs in the connection's own thread.

        Parameters have their @, as the statement writes them. What drivers ask of the transaction manager comes as
        BEGIN, COMMIT, ROLLBACK and SAVE TRANSACTION. If the client is gone, that is an attention and then `close`.
        """
        ...

    def attention(self) -> None:
        """Stop what runs; called from another thread. The running ``batch`` ends soon, without a message."""
        ...

    def close(self) -> None:
        """The connection is gone; what runs is rolled back."""
        ...


class World(Protocol):
    """A server behind the wire."""

    version: tuple[int, int, int]
    """Major, minor, build: for PRELOGIN and LOGINACK."""
    name: str

    def login(self, login: Login) -> Session | tuple[Message, ...]:
        """Let somebody in, or say why not."""
        ...
