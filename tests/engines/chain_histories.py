"""Whole histories of a database from a few numbers, for tests over many of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import msgspec
from engines.chain_server import Server
from hypothesis import strategies as st

from rexus.modules.backup.base.records import Problem
from rexus.modules.backup.engines.chain_pieces import ChainPiece
from rexus.modules.backup.engines.headers import SetType

DEEDS = (
    *("write",) * 3,
    *("log",) * 6,
    *("full", "differential", "differential"),
    *("copy_only full", "copy_only log", "striped log", "striped full"),
    *("bulk", "full model", "simple", "restore to a backup", "restore into a log", "wait"),
)
HARM = (*("none",) * 8, "gone", "missing", "damaged", "stripe lost")


@dataclass(frozen=True)
class History:
    """What happened on the server, and which backups of it we have."""

    server: Server
    pieces: tuple[ChainPiece, ...]

    @property
    def usable(self) -> list[str]:
        """The sets that a server can read."""
        return [
            one.header.set_guid
            for one in self.pieces
            if not one.missing and one.problem is None and len(one.stripes) == one.family_count
        ]


def happened(deeds: list[tuple[str, int]], harm: list[str], *, clock_back: int | None = None) -> History:
    """Play ``deeds``; what is not possible at that point is left out."""
    server = Server()
    server.write(2)
    server.full()
    for number, (deed, choice) in enumerate(deeds):
        if number == clock_back:
            server.set_clock_back()
        _do(server, deed, choice)
    harms = iter(harm)
    pieces = [_harmed(one, next(harms, "none")) for one in server.pieces]
    return History(server, tuple(one for one in pieces if one is not None))


def _do(server: Server, deed: str, choice: int) -> None:
    if deed == "write":
        server.write(1 + choice % 3)
    elif deed == "wait":
        server.wall += timedelta(seconds=1 + choice * 13)
    elif deed.endswith("log") and deed != "restore into a log":
        if server.log_from is not None:
            stripes = 2 if deed.startswith("striped") else 1
            server.log(copy_only=deed.startswith("copy_only"), stripes=stripes, meanwhile=choice % 2)
    elif deed.endswith("full"):
        stripes = 2 if deed.startswith("striped") else 1
        server.full(copy_only=deed.startswith("copy_only"), stripes=stripes, open_since=choice % 2)
    elif deed == "differential":
        if server.base:
            server.differential()
    elif deed.startswith("restore"):
        _restore(server, choice, into=deed == "restore into a log")
    else:
        server.switch({"bulk": "BULK-LOGGED", "full model": "FULL", "simple": "SIMPLE"}[deed])


def _restore(server: Server, choice: int, *, into: bool) -> None:
    """Two forks within one log would be more than its header can tell, so that does not happen."""
    logs = [one for one in server.truths.values() if (one.kind is SetType.LOG) or not into]
    fitting = [one for one in logs if not into or (not one.bulk and one.last > one.first)]
    if server.forked or server.model != "FULL" or not fitting:
        return
    to = fitting[-1 - choice % min(3, len(fitting))]
    inside = [one.lsn for one in server.lineage(to.branch) if to.first < one.lsn < to.last] if into else []
    lsn = inside[choice % len(inside)] if inside else to.last
    log_from = to.last if to.kind is SetType.LOG and lsn == to.last else to.first
    parent = server.branch_at(to.branch, lsn)
    server.restore((to.branch, lsn), log_from if server.branch_at(parent, log_from) == parent else lsn)


def _harmed(piece: ChainPiece, harm: str) -> ChainPiece | None:
    if harm == "gone":
        return None
    if harm == "missing":
        return msgspec.structs.replace(piece, missing=True)
    if harm == "damaged":
        return msgspec.structs.replace(piece, problem=Problem(code="archive.damaged"))
    if harm == "stripe lost" and piece.family_count > 1:
        return msgspec.structs.replace(piece, stripes=piece.stripes[:1])
    return piece


deeds = st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 9)), min_size=6, max_size=16)
harm = st.lists(st.sampled_from(HARM), max_size=16)
histories = st.builds(happened, deeds, harm)
with_clock_back = st.builds(happened, deeds, harm, clock_back=st.integers(0, 6))
