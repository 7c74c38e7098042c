"""Where a batch runs: its session, its world, its variables, and the error that a CATCH looks at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .sql_types import SqlType
from .world_messages import Said

if TYPE_CHECKING:
    from .sessions import WorldSession
    from .world import SqlWorld


@dataclass(slots=True)
class Slot:
    """A variable."""

    type: SqlType
    value: object = None


@dataclass(slots=True)
class Caught:
    """The error that the CATCH at hand was entered with."""

    said: Said
    text: str
    line: int


@dataclass(slots=True)
class Frame:
    """The surroundings of the statements of one batch, or of one text run by EXEC."""

    session: WorldSession
    variables: dict[str, Slot] = field(default_factory=dict)
    caught: list[Caught] = field(default_factory=list)
    depth: int = 0
    """How deep EXECs are in one another."""

    @property
    def world(self) -> SqlWorld:
        return self.session.world
