"""Chains of a server as its files are now: what a check once missed there is asked for again where a chain wants it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

import msgspec

from ..base.errors import BackupError
from ..base.records import DatabaseBackup, Problem
from ..engines.port_server import ChainPlan, ServerSide, StoredBackup
from .held import held
from .kit import Kit

log = logging.getLogger(__name__)
_LACKING = frozenset({"chain.missing", "chain.stripe_missing", "chain.no_base", "chain.no_full", "chain.gap"})
"""Why there is no chain where files are wanting, and nothing is wrong with those that are there."""


class Chains:
    """The backups of one database, and which of them bring a set back."""

    def __init__(self, kit: Kit, server: ServerSide, name: str, reading: frozenset[str] = frozenset()) -> None:
        """``reading`` as `held.held` takes it."""
        self._server, self._name = server, name
        self._held = held(kit, name, reading=reading)
        noted = (one for one in self._held if not one.present and _is_away(one.backup))
        self._noted = {one.set: one.backup for one in noted}
        self._answers: dict[str, bool] = {}

    def to(self, set_name: str, at: datetime | None = None, *, applied: bool = False) -> ChainPlan:
        """The chain that brings the database back as the set has it, or as it was at an instant. Raises `SourceFailed`.

        ``applied``: a log by applying it, though something else ends where it does. What is noted as missing counts as
        there until a chain wants it: then the server is asked, once for each.
        """
        while True:
            chain = self._server.chain(self._name, self._as_known(), set_name, at, applied=applied)
            doubtful = {step.set for step in chain.steps} & (self._noted.keys() - self._answers.keys())
            if not doubtful:
                return chain
            for one in doubtful:
                self._answers[one] = _is_back(self._server, self._noted[one])

    def to_try(self, set_name: str) -> ChainPlan:
        """The same for a test, which applies the very backup; a chain known to be damaged as if it were not.

        It may have been mended. Whoever tries it reads every byte again. Raises `SourceFailed`.
        """
        chain = self.to(set_name, applied=True)
        if not any(one.code == "chain.damaged" for one in chain.refusals):
            return chain
        self._held = tuple(msgspec.structs.replace(one, damaged=False) for one in self._held)
        tried = self.to(set_name, applied=True)
        return chain if tried.refusals else tried

    def _as_known(self) -> tuple[StoredBackup, ...]:
        believed = {one for one in self._noted if self._answers.get(one, True)}
        return tuple(msgspec.structs.replace(one, present=True) if one.set in believed else one for one in self._held)


def _is_away(backup: DatabaseBackup) -> bool:
    """Whether only a server has its files."""
    return all(piece.file is None and piece.server_file is not None for piece in backup.pieces)


def _is_back(server: ServerSide, backup: DatabaseBackup) -> bool:
    """Whether the server has every file of it now. Nobody can tell of an address but by having it read."""
    for piece in backup.pieces:
        file = piece.server_file or ""
        there = server.is_there(file)
        if there is None:
            try:
                server.identify(file, backup)
            except BackupError as error:
                log.info("%s is not there: %s", file, error)
                return False
        elif not there:
            return False
    return True


def newest_whole(chains: Chains, sets: Iterable[str]) -> tuple[str | None, Problem | None]:
    """The first of ``sets`` whose chain lacks no file, and what the chain of the first of all lacks.

    None: each lacks something, or there is none. Raises `SourceFailed`.
    """
    lack: Problem | None = None
    for one in sets:
        codes = {problem.code: problem for problem in chains.to(one, applied=True).refusals}
        if not codes or codes.keys() - _LACKING:
            return one, lack
        lack = lack or next(iter(codes.values()))
    return None, lack
