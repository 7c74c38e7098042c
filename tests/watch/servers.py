"""Servers on loopback that notices and signals go to: well, answering with errors, silent, or not there at all."""

from __future__ import annotations

import contextlib
import hmac
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


class Asked(NamedTuple):
    """One request."""

    method: str
    path: str
    body: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)


class Sink(ThreadingHTTPServer):
    """Remembers every request; answers with the next of ``answers``, or 200; says nothing while ``silent``."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.asked: list[Asked] = []
        self.answers: list[int] = []
        self.silent = False
        self.released = threading.Event()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    @property
    def paths(self) -> list[str]:
        return [one.path for one in self.asked]


class _Handler(BaseHTTPRequestHandler):
    server: Sink

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append(Asked(self.command, self.path, body.decode("utf-8")))
        if self.server.silent:
            self.server.released.wait(30)
            return
        self.send_response(self.server.answers.pop(0) if self.server.answers else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""


@contextlib.contextmanager
def http_sink(port: int = 0) -> Iterator[Sink]:
    sink = Sink(port)
    thread = threading.Thread(target=sink.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield sink
    finally:
        sink.released.set()
        sink.shutdown()
        thread.join()
        sink.server_close()


def free_port() -> int:
    """A port of loopback where nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Mailbox:
    """Takes mail."""

    def __init__(self) -> None:
        self.envelopes: list[Any] = []
        self.signed_in: list[bool] = []
        self.password = ""

    async def auth_CRAM__MD5(self, server: Any, args: list[str]) -> AuthResult:
        """Beside what the server knows by itself; `mail_server` gives the password."""
        challenge = b"<1896.697170952@servidor.example>"
        given = await server.challenge_auth(challenge)
        name, _, told = bytes(given).decode().rpartition(" ")
        expected = hmac.new(self.password.encode(), challenge, "md5").hexdigest()
        self.signed_in.append(bool(name) and told == expected)
        return AuthResult(success=self.signed_in[-1], handled=False)

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:
        self.envelopes.append(envelope)
        return "250 taken"

    @property
    def mails(self) -> list[Any]:
        return [message_from_bytes(one.content, policy=policy.default) for one in self.envelopes]


@contextlib.contextmanager
def mail_server(
    port: int, password: str = "", *, ways: tuple[str, ...] = ("PLAIN", "LOGIN"), tls: ssl.SSLContext | None = None
) -> Iterator[Mailbox]:
    """A mail server; with ``password`` people can sign in, in these ``ways``. With ``tls`` it is encrypted at once."""
    box = Mailbox()
    box.password = password

    def ask(server: object, session: object, envelope: object, mechanism: str, given: object) -> AuthResult:
        right = isinstance(given, LoginPassword) and given.password == password.encode()
        box.signed_in.append(right)
        return AuthResult(success=right, handled=False)

    others = [one for one in ("PLAIN", "LOGIN", "CRAM-MD5") if one not in ways]
    known: dict[str, Any] = {"auth_require_tls": False, "auth_exclude_mechanism": others}
    more: dict[str, Any] = {"authenticator": ask, **known} if password else {"auth_exclude_mechanism": others}
    more |= {"ssl_context": tls} if tls is not None else {}
    controller = Controller(box, hostname="127.0.0.1", port=port, **more)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
