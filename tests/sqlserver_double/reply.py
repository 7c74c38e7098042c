"""Answers of the world become a reply: tokens in packets, each out as soon as it is known to be complete."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import assert_never

from . import tokens
from .answers import Columns, Done, Environment, Message, Row
from .packet import LAST, REPLY, packed
from .wire_types import WireType

Said = Message | Columns | Row | Done | Environment
_HEADER = 8
NOTHING = 253
"""The command of a DONE that ends no statement."""
INTERRUPTED = 192
"""The command with which a reply ends that somebody broke off."""


class Reply:
    """One message to the client, in as many packets as it takes."""

    def __init__(self, send: Callable[[list[bytes]], None], size: int, spid: int) -> None:
        self._send, self._room, self._spid = send, size - _HEADER, spid
        self._held = bytearray()
        self._number = 0

    def write(self, token: bytes) -> None:
        self._held += token

    def flush(self) -> None:
        """All that is written goes out; more follows."""
        self._send(list(self._packets(0)))

    def end(self) -> None:
        """All that is written goes out, and with it the message ends."""
        self._send(list(self._packets(LAST)))

    def _packets(self, last: int) -> Iterator[bytes]:
        while self._held:
            body = bytes(self._held[: self._room])
            del self._held[: self._room]
            self._number += 1
            status = 0 if self._held else last
            yield packed(REPLY, body, status=status, spid=self._spid, number=self._number)


class Answering:
    """Writes a session's answers into one reply, and keeps what a client must know of its session."""

    def __init__(self, server: str) -> None:
        self._server = server
        self.in_transaction = False
        self._kinds: tuple[WireType, ...] = ()
        self._held: Done | None = None
        self._failed = False
        self.last_error = 0
        self._within_procedure = False

    def begin(self, *, within_procedure: bool = False) -> None:
        """A reply of its own."""
        self._held, self._failed, self.last_error = None, False, 0
        self._within_procedure = within_procedure

    def give(self, reply: Reply, answer: Said) -> None:
        """One answer. A message goes out at once and takes along what was before it.

        Rows and the end of a statement stay until something follows, as the real server keeps them: whether a DONE is
        the last is not known earlier, and drivers look beyond a row before they hand it out.
        """
        self._release(reply)
        match answer:
            case Message():
                if answer.severity >= tokens.LEAST_ERROR:
                    self._failed, self.last_error = True, answer.number
                reply.write(tokens.message(answer, self._server))
                reply.flush()
            case Columns():
                head, self._kinds = tokens.columns(answer)
                reply.write(head)
            case Row():
                reply.write(tokens.row(answer.values, self._kinds))
            case Environment():
                self.in_transaction = {8: True, 9: False, 10: False}.get(answer.type, self.in_transaction)
                reply.write(tokens.environment(answer))
            case Done(more=False):
                self._held = answer
            case Done():
                reply.write(self._ended(answer, tokens.MORE))
                reply.flush()
            case _:
                assert_never(answer)

    def finish(self, reply: Reply) -> None:
        """The last DONE, which says that nothing follows."""
        last, self._held = self._held or Done(NOTHING), None
        reply.write(self._ended(last, 0))
        reply.end()

    def finish_procedure(self, reply: Reply, outcome: bytes, *, last: bool) -> None:
        """What ends a procedure: its status and output parameters, if it has any, and DONEPROC."""
        self._release(reply)
        reply.write(outcome)
        status = self._transaction | (tokens.ERROR if self._failed else 0) | (0 if last else tokens.MORE)
        reply.write(tokens.done(tokens.DONE_PROCEDURE, status, 224))
        if last:
            reply.end()

    def acknowledge(self, reply: Reply) -> None:
        """The word that an attention has arrived, and nothing of what was before it runs any longer."""
        reply.write(tokens.done(tokens.DONE, tokens.ATTENTION | self._transaction, NOTHING))
        reply.end()

    def break_off(self, reply: Reply) -> None:
        """The end of a reply that was interrupted; that it was is acknowledged in another one."""
        self._release(reply)
        kind = tokens.DONE_PROCEDURE if self._within_procedure else tokens.DONE
        reply.write(tokens.done(kind, tokens.ERROR | self._transaction, INTERRUPTED))
        reply.end()

    @property
    def _transaction(self) -> int:
        return tokens.IN_TRANSACTION if self.in_transaction else 0

    def _release(self, reply: Reply) -> None:
        if self._held is not None:
            held, self._held = self._held, None
            reply.write(self._ended(held, tokens.MORE))

    def _ended(self, done: Done, more: int) -> bytes:
        status = more | self._transaction
        if done.count is not None:
            status |= tokens.COUNT
        if done.error or self._failed:
            status |= tokens.ERROR
        self._failed = False
        kind = tokens.DONE_IN_PROCEDURE if self._within_procedure else tokens.DONE
        return tokens.done(kind, status, done.command, done.count or 0)
