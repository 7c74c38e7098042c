"""A small TDS 7.4 client: gets in, sends batches and attentions, hands out what comes; imports little."""

from __future__ import annotations

import os
import socket
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

BATCH, PROCEDURE, REPLY, ATTENTION, LOGIN, PRELOGIN = 1, 3, 4, 6, 16, 18
OFF, ON, NOT_SUPPORTED, REQUIRED = 0, 1, 2, 3
PACKET = 4096


class Lost(Exception):
    """The server is gone in the middle of it."""


class Refused(Exception):
    """No way in: why, and which errors the server gave, if it gave any."""

    def __init__(self, reason: str, text: str = "") -> None:
        super().__init__(text or reason)
        self.reason, self.text = reason, text


class Target:
    """Where to go, as whom, and how secretly."""

    host = "127.0.0.1"
    port = 1433
    user = ""
    password = ""
    database = ""
    integrated = False
    workstation = ""
    application = ""
    interface = ""
    read_only = False
    encryption = OFF
    strict = False
    trusting = True
    """Whether any certificate will do."""
    trusting_at_login = True
    """Whether any will do if only the login is encrypted."""
    host_in_certificate = ""
    timeout_s: float | None = None
    login_timeout = True
    """Whether the time limit is for the login too, or only until the server is reached."""
    packet_size = PACKET


class Wire:
    """A connection; `read` waits for bytes."""

    def __init__(self, target: Target) -> None:
        self._target = target
        try:
            self._socket = socket.create_connection((target.host, target.port), target.timeout_s)
        except TimeoutError as error:
            raise Refused("timeout", str(error)) from error
        except OSError as error:
            raise Refused("unreachable", str(error)) from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not target.login_timeout:
            self._socket.settimeout(None)
        self._tls: ssl.SSLObject | None = None
        self._held = b""
        self.packet_size = target.packet_size

    def send(self, kind: int, message: bytes, first_status: int = 0) -> None:
        """One message, in as many packets as it takes; raises Lost."""
        room = self.packet_size - 8
        pieces = [message[at : at + room] for at in range(0, len(message), room)] or [b""]
        out = b""
        for number, piece in enumerate(pieces, 1):
            status = (1 if number == len(pieces) else 0) | (first_status if number == 1 else 0)
            out += struct.pack(">BBHHBB", kind, status, len(piece) + 8, 0, number & 255, 0) + piece
        self._put(out)

    def packet(self) -> tuple[int, int, bytes]:
        """The next packet: kind, status, body; raises Lost at the end of the connection, TimeoutError after it."""
        head = self._exactly(8)
        kind, status, length = struct.unpack(">BBH", head[:4])
        return kind, status, self._exactly(length - 8)

    def message(self) -> bytes:
        """The next whole message."""
        body = b""
        while True:
            _kind, status, piece = self.packet()
            body += piece
            if status & 1:
                return body

    def patience(self, seconds: float | None) -> None:
        """How long `packet` may wait."""
        self._socket.settimeout(seconds)

    def close(self) -> None:
        self._socket.close()

    def secure(self, *, wrapped: bool, trusting: bool) -> None:
        """TLS from here on; raises Refused if the certificate is none to be trusted, or there is no handshake."""
        import ssl

        context = ssl.create_default_context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        if self._target.strict:
            context.set_alpn_protocols(["tds/8.0"])
        if trusting:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(
            incoming, outgoing, server_hostname=self._target.host_in_certificate or self._target.host
        )
        try:
            while True:
                try:
                    tls.do_handshake()
                    self._flush(outgoing, wrapped)
                    break
                except ssl.SSLWantReadError:
                    self._flush(outgoing, wrapped)
                    incoming.write(self.packet()[2] if wrapped else self._arrived())
        except ssl.SSLCertVerificationError as error:
            raise Refused("certificate", error.verify_message) from error
        except (ssl.SSLError, Lost) as error:
            raise Refused("handshake", str(error)) from error
        self._tls, self._incoming, self._outgoing = tls, incoming, outgoing

    def clear(self) -> None:
        """No TLS any longer."""
        self._tls = None

    def _flush(self, outgoing: ssl.MemoryBIO, wrapped: bool) -> None:
        data = outgoing.read()
        if data:
            head = struct.pack(">BBHHBB", PRELOGIN, 1, len(data) + 8, 0, 1, 0) if wrapped else b""
            self._socket.sendall(head + data)

    def _put(self, data: bytes) -> None:
        try:
            if self._tls is not None:
                self._tls.write(data)
                data = self._outgoing.read()
            self._socket.sendall(data)
        except OSError as error:
            raise Lost(str(error)) from error

    def _exactly(self, count: int) -> bytes:
        while len(self._held) < count:
            self._held += self._arrived()
        piece, self._held = self._held[:count], self._held[count:]
        return piece

    def _arrived(self) -> bytes:
        while True:
            if self._tls is not None:
                import ssl

                try:
                    return self._tls.read(65536) or self._end()
                except ssl.SSLWantReadError:
                    pass
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                raise
            except OSError as error:
                raise Lost(str(error)) from error
            if not data:
                self._end()
            if self._tls is None:
                return data
            self._incoming.write(data)

    def _end(self) -> bytes:
        raise Lost("EOF")


def greeting(encryption: int) -> bytes:
    """PRELOGIN of a client."""
    values: list[tuple[int, bytes]] = [
        (0, bytes(6)),
        (1, bytes([encryption])),
        (2, b"\0"),
        (3, struct.pack(">I", os.getpid())),
        (4, b"\0"),
    ]
    at, head, data = 5 * len(values) + 1, b"", b""
    for token, value in values:
        head += struct.pack(">BHH", token, at + len(data), len(value))
        data += value
    return head + b"\xff" + data


def encryption_in(answer: bytes) -> int:
    """What a server's PRELOGIN says of encryption."""
    at = 0
    while answer[at] != 0xFF:
        token, start, _length = struct.unpack_from(">BHH", answer, at)
        if token == 1:
            return int(answer[start])
        at += 5
    return NOT_SUPPORTED


def scrambled(password: str) -> bytes:
    """As a password travels: halves of each byte swapped, then XOR 0xA5."""
    return bytes(((byte << 4 | byte >> 4) & 255) ^ 0xA5 for byte in password.encode("utf-16-le"))


def login7(target: Target) -> bytes:
    """LOGIN7."""
    texts: list[str | bytes] = [
        target.workstation, target.user, scrambled(target.password), target.application, target.host, "",
             target.interface, "", target.database]  # fmt: skip
    flags = bytes([0xE0, 0x03 | (0x80 if target.integrated else 0), 0x20 if target.read_only else 0, 0])
    fixed = struct.pack("<IIIII", 0x74000004, target.packet_size, 0x07000000, os.getpid(), 0) + flags + bytes(8)
    at, places, data = 94, b"", b""
    for text in texts:
        raw = text.encode("utf-16-le") if isinstance(text, str) else text
        places, data = places + struct.pack("<HH", at + len(data), len(raw) // 2), data + raw
    end = struct.pack("<HH", at + len(data), 0)
    body = fixed + places + bytes(6) + end * 3 + bytes(4) + data
    return struct.pack("<I", len(body) + 4) + body


class Client:
    """Somebody who is in. `login_reply` are the tokens of the welcome, or of the refusal."""

    def __init__(self, target: Target) -> None:
        self._wire = Wire(target)
        try:
            self.login_reply = self._enter(target)
        except Refused:
            self.close()
            raise
        except (TimeoutError, Lost) as error:
            self.close()
            raise Refused("lost" if isinstance(error, Lost) else "timeout", str(error)) from error
        self._wire.patience(None)
        self._descriptor = bytes(8)

    def _enter(self, target: Target) -> bytes:
        wire = self._wire
        if target.strict:
            wire.secure(wrapped=False, trusting=False)
        wire.send(PRELOGIN, greeting(target.encryption))
        answer = encryption_in(wire.message())
        if target.encryption == ON and answer in {OFF, NOT_SUPPORTED} and not target.strict:
            raise Refused("no encryption")
        if answer != NOT_SUPPORTED and not target.strict:
            wire.secure(wrapped=True, trusting=target.trusting_at_login if answer == OFF else target.trusting)
        wire.send(LOGIN, login7(target))
        if answer == OFF and not target.strict:
            wire.clear()
        try:
            return wire.message()
        except Lost as error:
            raise Refused("lost at login", str(error)) from error

    def batch(self, text: str, first_status: int = 0) -> None:
        """Send a batch; its reply is in `packets`."""
        self._wire.send(BATCH, self._headers() + text.encode("utf-16-le", "surrogatepass"), first_status)

    def procedure(self, name: str) -> None:
        """Call a procedure without parameters."""
        raw = name.encode("utf-16-le")
        self._wire.send(PROCEDURE, self._headers() + struct.pack("<H", len(name)) + raw + bytes(2))

    def interrupt(self) -> None:
        """Send an attention, and nothing more."""
        self._wire.send(ATTENTION, b"")

    def stop(self, patience_s: float = 5) -> None:
        """Ask the server to stop what runs, and wait for its word that it has: a DONE that says so."""
        self._wire.patience(patience_s)
        try:
            self.interrupt()
            while not self._wire.message()[-12] & 0x20:  # the status of the last DONE
                pass
        except (Lost, TimeoutError):
            return

    def packets(self) -> Iterator[tuple[bytes, bool]]:
        """The pieces of one reply and whether each is the last; raises Lost, or TimeoutError after `patience`."""
        while True:
            _kind, status, body = self._wire.packet()
            yield body, bool(status & 1)
            if status & 1:
                return

    def patience(self, seconds: float | None) -> None:
        self._wire.patience(seconds)

    def close(self) -> None:
        self._wire.close()

    def _headers(self) -> bytes:
        return struct.pack("<IIH", 22, 18, 2) + self._descriptor + struct.pack("<I", 1)
