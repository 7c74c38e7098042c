"""Backups of the little server as somebody holds them: some of them spoilt, or with another header."""

from __future__ import annotations

from datetime import datetime

import msgspec
from engines.chain_server import Server

from rexus.modules.backup.base.records import Problem
from rexus.modules.backup.engines.chain import Holdings
from rexus.modules.backup.engines.chain_pieces import ChainPiece
from rexus.modules.backup.engines.chain_steps import RestoreSteps

BROKEN = Problem(code="archive.damaged")


def held(server: Server, **more: object) -> Holdings:
    return Holdings(pieces=tuple(server.pieces), **more)  # type: ignore[arg-type]


def changed(server: Server, piece: ChainPiece, **header: object) -> ChainPiece:
    """Tell something else of a backup in the holdings."""
    place = server.pieces.index(piece)
    new = msgspec.structs.replace(piece, header=msgspec.structs.replace(piece.header, **header))
    server.pieces[place] = new
    return new


def spoilt(server: Server, piece: ChainPiece, **how: object) -> None:
    server.pieces[server.pieces.index(piece)] = msgspec.structs.replace(piece, **(how or {"problem": BROKEN}))


def finish(piece: ChainPiece) -> datetime:
    assert piece.header.finished_at is not None
    return piece.header.finished_at


def sets(steps: RestoreSteps) -> list[str]:
    assert steps.refusals == ()
    return [one.header.set_guid for one in steps.pieces]


def guids(*pieces: ChainPiece) -> list[str]:
    return [one.header.set_guid for one in pieces]


def codes(problems: tuple[Problem, ...]) -> list[str]:
    return [one.code for one in problems]
