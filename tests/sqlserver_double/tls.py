"""TLS as TDS has it: the handshake inside PRELOGIN packets, afterwards records straight on the socket (MS-TDS 2.2.6.5).

TLS 1.2 and no newer: what TLS 1.3 sends after its handshake does not fit into that wrapping, and clients fail.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import ipaddress
import socket
import ssl
import tempfile
import threading
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from .packet import PRELOGIN, Packets, packed

CHUNK = 16384
STRICT = "tds/8.0"
"""The protocol's name in a handshake that comes before everything else."""


class Identity(NamedTuple):
    """What the server shows of itself."""

    context: ssl.SSLContext
    certificate: str
    """PEM, for clients that are to trust it."""


@functools.cache
def identity() -> Identity:
    """A key and a self-signed certificate for loopback, made once in a process."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    loopback = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(loopback), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate = signed.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols([STRICT])
    with tempfile.TemporaryDirectory() as folder:
        both = Path(folder, "identity.pem")
        both.write_bytes(certificate + secret)
        context.load_cert_chain(both)
    return Identity(context, certificate.decode())


class Channel:
    """Bytes both ways on a socket, in the clear or through TLS. One thread may read while another writes."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._lock = threading.Lock()
        self._tls: ssl.SSLObject | None = None
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()

    def secure(self, *, wrapped: bool) -> None:
        """The handshake; raises OSError if the client breaks it off. ``wrapped``: inside PRELOGIN packets."""
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = identity().context.wrap_bio(self._in, self._out, server_side=True)
        packets = Packets()
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._flush(wrapped)
                data = self._received()
                for piece in [one.body for one in packets.feed(data)] if wrapped else [data]:
                    self._in.write(piece)
        self._flush(wrapped)
        self._tls = tls

    def clear(self) -> None:
        """No TLS from here on, as after a login where only that is encrypted."""
        self._tls = None

    def peek(self) -> bytes:
        """The first byte that comes, left where it is."""
        return self._socket.recv(1, socket.MSG_PEEK)

    def receive(self) -> bytes:
        """What has come, waiting for at least one byte; nothing means that the other side is gone."""
        try:
            while True:
                with self._lock, contextlib.suppress(ssl.SSLWantReadError):
                    if self._tls is not None:
                        return self._tls.read(CHUNK)
                data = self._received()
                if self._tls is None:
                    return data
                self._in.write(data)
        except OSError:  # TLS errors are of that kind too
            return b""

    def send(self, data: bytes) -> None:
        """Everything, at once; raises OSError if the other side is gone."""
        with self._lock:
            if self._tls is not None:
                self._tls.write(data)
                data = self._out.read()
        self._socket.sendall(data)

    def close(self) -> None:
        """Ends the connection for both sides; whoever waits in `receive` gets nothing."""
        with contextlib.suppress(OSError):  # the other side was quicker
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _received(self) -> bytes:
        data = self._socket.recv(CHUNK)
        if not data:
            raise ConnectionResetError("the client is gone")
        return data

    def _flush(self, wrapped: bool) -> None:
        data = self._out.read()
        if data:
            self._socket.sendall(packed(PRELOGIN, data) if wrapped else data)
