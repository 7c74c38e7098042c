"""The steps of a restore of a SQL Server database, in the order in which a server takes them."""

from __future__ import annotations

import enum
from datetime import datetime

from ..base.records import Problem, Record
from .chain_choice import Choice
from .chain_pieces import ChainPiece
from .chain_target import Stop, Target
from .chain_walk import Link
from .headers import SetType


class Verb(enum.StrEnum):
    """What a step does."""

    FULL = "full"
    DIFFERENTIAL = "differential"
    LOG = "log"
    RECOVER = "recover"
    """RESTORE DATABASE … WITH RECOVERY, without a file: only now is the database open again."""


VERB_OF = {SetType.FULL: Verb.FULL, SetType.DIFFERENTIAL: Verb.DIFFERENTIAL, SetType.LOG: Verb.LOG}


class RestoreStep(Record, frozen=True, kw_only=True):
    """One RESTORE statement. All but the last are WITH NORECOVERY: recovered early, one has to begin anew (3117)."""

    verb: Verb
    piece: ChainPiece | None = None
    """What is restored: ``FILE =`` its header's position, ``FROM`` all its stripes."""
    stop: Stop | None = None
    spare: bool = False
    """Only to be applied if the server said after the step before that the target lies further on (4322)."""
    continue_after_error: bool = False
    """A damaged backup is used on purpose; every later step has to say so too (4323)."""
    reaches_lsn: int | None = None
    """Up to where the database is there after it, where it is not stopped before."""
    reaches_at: datetime | None = None
    """The server's wall time for that."""

    @property
    def recovery(self) -> bool:
        """WITH RECOVERY instead of NORECOVERY."""
        return self.verb is Verb.RECOVER


class Alternative(Record, frozen=True, kw_only=True):
    """Another base that was considered."""

    base: ChainPiece
    full: ChainPiece
    """``base`` itself, unless that is a differential."""
    logs: int = 0
    """How many logs it takes from there."""
    because: Problem | None = None
    """Why it can't be used; None: it can, and what was chosen is only shorter."""


class RestoreSteps(Record, frozen=True, kw_only=True):
    """How a target is reached, or why it can't be. With ``refusals`` there are no steps, and never neither."""

    target: Target
    database: str = ""
    steps: tuple[RestoreStep, ...] = ()
    reaches_at: datetime | None = None
    """The instant that comes back, as wall time of the server."""
    reaches_lsn: int | None = None
    """The same as an LSN, where it does not depend on what the server finds in the log."""
    refusals: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    nearest_before: datetime | None = None
    """Of a target that can't be reached: the nearest instants that can; wall times of the server."""
    nearest_after: datetime | None = None

    @property
    def pieces(self) -> tuple[ChainPiece, ...]:
        """What is restored, in order; spare logs too."""
        return tuple(one.piece for one in self.steps if one.piece is not None)


def steps_of(choice: Choice) -> tuple[RestoreStep, ...]:
    """The statements for what was chosen, up to the one that opens the database."""
    steps: list[RestoreStep] = []
    damaged = False
    chain = choice.node.chain if choice.last is None else (*choice.node.chain, choice.last)
    for link in (*chain, choice.spare):
        if link is not None:
            damaged = damaged or link.piece.header.is_damaged or link.piece.problem is not None
            steps.append(_step(link, choice, damaged=damaged))
    return (*steps, RestoreStep(verb=Verb.RECOVER, continue_after_error=damaged))


def _step(link: Link, choice: Choice, *, damaged: bool) -> RestoreStep:
    """A log with bulk-logged changes that is applied whole must not be asked to stop (4341)."""
    return RestoreStep(
        verb=VERB_OF[link.piece.header.type],
        piece=link.piece,
        stop=choice.stop if link.is_log and not link.is_bulk else None,
        spare=link is choice.spare,
        continue_after_error=damaged,
        reaches_lsn=link.last,
        reaches_at=link.finish,
    )
