"""What clients ask for once they are in: batches, procedures, transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from . import rpc, tokens
from .answers import Answer, Done, Session
from .packet import BATCH, RPC, TRANSACTION, Reader
from .procedures import Procedures
from .reply import Answering, Reply

BEGIN, COMMIT, ROLLBACK, SAVE = 5, 7, 8, 9
_WORDS = {BEGIN: "BEGIN", COMMIT: "COMMIT", ROLLBACK: "ROLLBACK", SAVE: "SAVE"}
_COMMANDS = {BEGIN: 212, COMMIT: 213, ROLLBACK: 210, SAVE: 214}
_THEN_BEGIN = 0x01
"""Of a commit or rollback: the next transaction begins at once."""

Run = Callable[[Reply, Iterator[Answer]], bool]
"""Sends answers as they come; False if it was interrupted and the reply is closed."""


class Requests:
    """Answers the requests of one connection."""

    def __init__(self, session: Session, answering: Answering, run: Run) -> None:
        self._session, self._answering, self._run = session, answering, run
        self._procedures = Procedures()

    def answer(self, kind: int, message: bytes, reply: Reply) -> None:
        """One request, answered whole; raises ConnectionResetError for one that no server takes."""
        if kind == RPC:
            self._call(rpc.calls(message), reply)
        elif kind == BATCH:
            self._statements(self._session.batch(batch_text(message), {}), reply)
        elif kind == TRANSACTION:
            self._statements(self._transaction(message), reply)
        else:
            raise ConnectionResetError(f"a message of type 0x{kind:02X}")

    def _statements(self, answers: Iterator[Answer], reply: Reply) -> None:
        self._answering.begin()
        if self._run(reply, answers):
            self._answering.finish(reply)

    def _call(self, calls: list[rpc.Call], reply: Reply) -> None:
        for call in calls:
            self._answering.begin(within_procedure=True)
            called = self._procedures.called(self._session, call)
            if not self._run(reply, called.answers):
                return
            status = tokens.return_status(self._answering.last_error) if called.known else b""
            self._answering.finish_procedure(reply, status + called.outputs, last=call is calls[-1])

    def _transaction(self, message: bytes) -> Iterator[Answer]:
        """A request to the transaction manager, in words; one DONE ends it, however many statements that were."""
        reader = Reader(message)
        reader.skip_headers()
        kind = reader.number(2)
        if kind not in _WORDS:
            raise ConnectionResetError(f"a transaction request of type {kind}")
        if kind == BEGIN:
            reader.take(1)  # the isolation level
        name = reader.take(reader.number(1)).decode("utf-16-le")
        texts = [f"{_WORDS[kind]} TRANSACTION" + (f" [{name}]" if name else "")]
        if kind in {COMMIT, ROLLBACK} and reader.number(1) & _THEN_BEGIN:
            texts.append("BEGIN TRANSACTION")
        for text in texts:
            for said in self._session.batch(text, {}):
                if not isinstance(said, Done):
                    yield said
        yield Done(_COMMANDS[kind])


def batch_text(message: bytes) -> str:
    """The text of a batch, behind its headers."""
    reader = Reader(message)
    reader.skip_headers()
    return reader.data[reader.at :].decode("utf-16-le", "surrogatepass")
