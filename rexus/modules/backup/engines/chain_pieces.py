"""Backups of SQL Server as a restore plan takes them: one for each set, where its files are, what makes it useless."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import PureWindowsPath

import msgspec

from ..base.records import Problem, Record, Severity
from .headers import BackupHeader, SetType

UNKNOWN = "–"
"""Stands in sentences for what nobody knows, or what there is none of."""

_OURSELVES = "Rexus Backups"


class Stripe(Record, frozen=True, kw_only=True):
    """One file of a backup; a striped backup is of use only with all of them."""

    place: str
    """Path or URL."""
    sequence: int = 1
    """``FamilySequenceNumber``, from 1."""
    on_server: bool = False
    """``place`` is as the server names it, which says nothing of where the client finds it."""


class ChainPiece(Record, frozen=True, kw_only=True):
    """One backup set: what its header says, and where its files are."""

    header: BackupHeader
    stripes: tuple[Stripe, ...] = ()
    family_count: int = 1
    """How many files the media set has, as LABELONLY or msdb tell it."""
    set: str = ""
    """How people know it: the name of our set. Empty: by its file."""
    problem: Problem | None = None
    """Why it must not be relied on: what a check found, or why it could not be read."""
    missing: bool = False
    """It is known that it was made (from msdb or a manifest), and its files are not where they should be."""
    lost: tuple[str, ...] = ()
    """Which of them are not, as far as one knows."""

    @property
    def name(self) -> str:
        """What it is called in sentences: our set, else its file, else its GUID."""
        if self.set:
            return self.set
        return PureWindowsPath(self.stripes[0].place).name if self.stripes else self.header.set_guid or UNKNOWN


class LogMark(Record, frozen=True, kw_only=True):
    """A named transaction in the log (``BEGIN TRANSACTION … WITH MARK``), as msdb or a log backup tells it."""

    name: str
    lsn: int
    at: datetime | None = None
    """Server wall time."""


def told(at: datetime | None) -> str:
    """A wall time of the server as sentences have it, fractions of a second only where there are any."""
    return at.isoformat(" ") if at is not None else UNKNOWN


def about(piece: ChainPiece) -> dict[str, str | int]:
    """What sentences say of a piece."""
    header = piece.header
    return {"set": piece.name, "at": told(header.finished_at), "server": header.server or UNKNOWN}


def gathered(pieces: Iterable[ChainPiece]) -> tuple[ChainPiece, ...]:
    """One piece for each backup set, in the order they were given.

    Files of one striped set are joined. Where the same set is known from several places (two copies of a file, a
    manifest and msdb), files that can be relied on are taken, whichever place they are in.
    """
    groups: dict[tuple[object, ...], list[ChainPiece]] = {}
    for number, piece in enumerate(pieces):
        header = piece.header
        same = (header.set_guid, header.type, header.first_lsn, header.last_lsn) if header.set_guid else (number,)
        groups.setdefault(same, []).append(piece)
    return tuple(_joined(group) for group in groups.values())


def _joined(group: list[ChainPiece]) -> ChainPiece:
    if len(group) == 1:
        return group[0]
    sound = [one for one in group if one.problem is None and not one.missing]
    count = max(one.family_count for one in group)
    stripes: dict[int, Stripe] = {}
    for one in sound:
        for stripe in one.stripes:
            stripes.setdefault(stripe.sequence, stripe)
    first = (sound or group)[0]
    if len(stripes) < count:
        lost = next((one for one in group if one not in sound), None)
        if lost is not None:  # then that is why files are wanting
            first = msgspec.structs.replace(first, problem=lost.problem, missing=lost.missing)
    ordered = tuple(stripes[number] for number in sorted(stripes)) or first.stripes
    name = next((one.set for one in (first, *group) if one.set), "")
    return msgspec.structs.replace(first, stripes=ordered, family_count=count, set=name)


def trouble(piece: ChainPiece, server_major: int | None = None) -> Problem | None:
    """Why a server of version ``server_major`` (None: of any) can't restore this piece, by itself; None: it can."""
    return next(_troubles(piece, server_major), None)


def _troubles(piece: ChainPiece, server_major: int | None) -> Iterator[Problem]:
    header, values = piece.header, about(piece)
    if piece.missing:
        places = ", ".join(piece.lost or (one.place for one in piece.stripes)) or UNKNOWN
        who = header.user or (_OURSELVES if piece.set else UNKNOWN)
        yield Problem(code="chain.missing", values={**values, "place": places, "who": who})
    if piece.problem is not None or header.is_damaged:
        cause = piece.problem.code if piece.problem is not None else "is_damaged"
        yield Problem(code="chain.damaged", values={**values, "cause": cause})
    if not header.finished or None in (header.finished_at, header.first_lsn, header.last_lsn):
        yield Problem(code="chain.unfinished", values=values)
    if header.is_snapshot:
        yield Problem(code="chain.snapshot", values=values)
    there = len({one.sequence for one in piece.stripes})
    if there < piece.family_count:
        yield Problem(code="chain.stripe_missing", values={**values, "found": there, "count": piece.family_count})
    if server_major is not None and header.software_major > server_major:
        versions = {"version": header.software_major, "here": server_major}
        yield Problem(code="chain.newer_version", values={**values, **versions})


def is_damage(problem: Problem | None) -> bool:
    """Whether the server restores it all the same if it is told to go on after errors."""
    return problem is not None and problem.code == "chain.damaged"


def is_base_of(full: BackupHeader, differential: BackupHeader) -> bool:
    """Whether ``differential`` was taken on top of ``full`` (else the server says 3136).

    By the GUID it names; where one of the two is not known, by the checkpoint LSN, which copy-only backups never are
    the base of.
    """
    if full.type is not SetType.FULL:
        return False
    if differential.differential_base_guid and full.set_guid:
        return differential.differential_base_guid == full.set_guid
    lsn = differential.differential_base_lsn
    return lsn is not None and not full.is_copy_only and lsn == full.checkpoint_lsn


def weaker(problem: Problem) -> Problem:
    """The same as a warning."""
    return msgspec.structs.replace(problem, severity=Severity.WARNING)
