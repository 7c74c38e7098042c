"""One client: from PRELOGIN to its end, in two threads; one answers, the other listens meanwhile for an attention."""

from __future__ import annotations

import contextlib
import itertools
import queue
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from . import login, prelogin
from .answers import Answer, Dropped, Session, World
from .faults import Faults, Point
from .packet import ATTENTION, LAST, LOGIN, PRELOGIN, REPLY, SIZE, Packets, packed
from .prelogin import Encryption
from .reply import Answering, Reply
from .requests import Requests
from .tls import Channel

TLS_RECORD = 0x16
"""The first byte of a client that wants TLS before all else."""


@dataclass(frozen=True, slots=True)
class Request:
    """A message of a client, put together from its packets."""

    kind: int
    body: bytes


class _Over(Exception):
    """The connection has ended, for whatever reason."""


class Connection:
    """A client and its session."""

    def __init__(self, connected: socket.socket, world: World, encryption: Encryption, faults: Faults) -> None:
        self._channel = Channel(connected)
        self._world, self._encryption, self._faults = world, encryption, faults
        self._packets = Packets()
        self._requests: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._running = False
        self._attentions = 0
        self._gone = False
        self._session: Session | None = None
        self._answering = Answering(world.name)
        self._size = SIZE

    def serve(self) -> None:
        """From the first byte to the last; returns when the client is gone."""
        with contextlib.suppress(_Over, OSError):
            try:
                self._strike("connect")
                self._converse(self._logged_in())
            finally:
                self._channel.close()
                if self._session is not None:
                    self._session.close()

    def close(self) -> None:
        """Ends it from another thread."""
        self._channel.close()

    def _converse(self, session: Session) -> None:
        """Requests and replies until the client has gone."""
        requests = Requests(session, self._answering, self._run)
        listener = threading.Thread(target=self._listen, args=(session,), name="tds-listener", daemon=True)
        listener.start()
        try:
            while request := self._requests.get():
                reply = Reply(self._send, self._size, session.id)
                if request.kind == ATTENTION:
                    with self._lock:
                        self._attentions -= 1
                    self._answering.acknowledge(reply)
                else:
                    self._strike("request")
                    requests.answer(request.kind, request.body, reply)
        finally:
            self._channel.close()
            listener.join()

    def _logged_in(self) -> Session:
        """PRELOGIN, TLS as agreed, LOGIN7; raises _Over if that leads to no session."""
        strict = self._channel.peek() == bytes([TLS_RECORD])
        if strict:
            self._channel.secure(wrapped=False)
        greeting = self._message(PRELOGIN)
        self._strike("prelogin")
        encryption = prelogin.agreed(self._encryption, greeting)
        self._send([packed(REPLY, prelogin.answer(self._world.version, encryption))])
        secured = encryption != prelogin.NOT_SUPPORTED and not strict
        if secured:
            self._channel.secure(wrapped=True)
        message = self._message(LOGIN)
        self._strike("login")
        if secured and encryption == prelogin.OFF:
            self._channel.clear()
        said = login.read(message, encrypted=strict or encryption in {prelogin.ON, prelogin.REQUIRED})
        self._size = login.packet_size(message)
        outcome = self._world.login(said)
        if isinstance(outcome, tuple):
            self._say(login.refusal(outcome, self._world.name), 0)
            raise _Over
        self._session = outcome
        self._say(login.welcome(outcome, self._world.version, self._world.name, self._size), outcome.id)
        return outcome

    def _say(self, tokens: Iterator[bytes], spid: int) -> None:
        """A reply of which all is known."""
        reply = Reply(self._send, SIZE, spid)
        for token in tokens:
            reply.write(token)
        reply.end()

    def _message(self, kind: int) -> bytes:
        """The next message, read in this thread; raises _Over if it is of another kind, or none comes."""
        for request in self._messages():
            if request.kind == kind:
                return request.body
            break
        raise _Over

    def _messages(self) -> Iterator[Request]:
        """Whole messages until the client is gone, or says what is no packet."""
        body = b""
        while data := self._channel.receive():
            try:
                for packet in self._packets.feed(data):
                    body += packet.body
                    if packet.status & LAST:
                        yield Request(packet.kind, body)
                        body = b""
            except ValueError:
                return

    def _listen(self, session: Session) -> None:
        """The other thread: requests into the queue; an attention also reaches whatever runs at once."""
        for request in self._messages():
            if request.kind == ATTENTION:
                self._interrupt(session)
            self._requests.put(request)
        self._gone = True
        self._interrupt(session)
        self._requests.put(None)

    def _interrupt(self, session: Session) -> None:
        with self._lock:
            self._attentions += 1
            if self._running:
                session.attention()

    def _run(self, reply: Reply, answers: Iterator[Answer]) -> bool:
        """Send what a session answers, as it comes. False: it was interrupted, and the reply is closed.

        What is interrupted may still say something until it has ended; nobody hears it. Raises _Over if the client is
        gone, or the world says that the server is.
        """
        with self._lock:
            self._running = not self._attentions
        if self._running:
            for answer in answers:
                if not self._attentions:
                    self._give(reply, answer)
        with self._lock:
            self._running, interrupted = False, self._attentions > 0
        if self._gone:
            raise _Over
        if interrupted:
            self._answering.break_off(reply)
        return not interrupted

    def _give(self, reply: Reply, answer: Answer) -> None:
        """One answer goes out; a client that is not there any more is what `_listen` hears of."""
        if isinstance(answer, Dropped):
            if answer.said_why:
                with contextlib.suppress(OSError):
                    self._answering.finish(reply)
            self._channel.close()
        else:
            with contextlib.suppress(OSError):
                self._answering.give(reply, answer)

    def _send(self, packets: list[bytes]) -> None:
        """All at once: pyodbc reads the rest of a long value without letting any other thread of its process run."""
        out = list(itertools.takewhile(lambda _: self._faults.lets_out(), packets))
        self._channel.send(b"".join(out))
        if len(out) < len(packets):
            self._channel.close()
            raise ConnectionResetError("dropped, as ordered")

    def _strike(self, point: Point) -> None:
        deed = self._faults.struck(point)
        if deed == "hang":
            if self._session is None:
                while self._channel.receive():
                    pass
            else:
                while self._requests.get():
                    pass
        if deed:
            raise _Over
