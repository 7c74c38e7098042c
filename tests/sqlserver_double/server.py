"""A server on loopback: takes whoever comes, and shows a world to them."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self

from . import tls
from .answers import World
from .connection import Connection
from .faults import Faults
from .prelogin import Encryption

HOST = "127.0.0.1"


class Server:
    """A world that drivers can reach, from `start` until `stop`, or as a context."""

    def __init__(self, world: World, encryption: Encryption = "off", port: int = 0, host: str = HOST) -> None:
        self._world, self._encryption = world, encryption
        self.faults = Faults()
        self._lock = threading.Lock()
        self._clients: dict[threading.Thread, Connection] = {}
        self._door = socket.create_server((host, port))
        self.port: int = self._door.getsockname()[1]
        self._porter = threading.Thread(target=self._receive, name="tds-server", daemon=True)

    @property
    def certificate(self) -> str:
        """PEM, self-signed, for localhost and 127.0.0.1."""
        return tls.identity().certificate

    def start(self) -> Self:
        """Let clients in."""
        self._porter.start()
        return self

    def stop(self) -> None:
        """Let nobody in any more and end all connections, as when the service is stopped; what runs is broken off."""
        with contextlib.suppress(OSError):  # only some systems know this of a socket that listens
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self.faults.release()
        self._porter.join()
        self.disconnect()

    def disconnect(self) -> None:
        """End all connections there are."""
        with self._lock:
            clients = dict(self._clients)
        for thread, client in clients.items():
            client.close()
            thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _receive(self) -> None:
        while True:
            try:
                connected, _address = self._door.accept()
            except OSError:
                return
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client = Connection(connected, self._world, self._encryption, self.faults)
            thread = threading.Thread(target=self._serve, args=(client,), name="tds-client", daemon=True)
            with self._lock:
                self._clients[thread] = client
            thread.start()

    def _serve(self, client: Connection) -> None:
        try:
            client.serve()
        finally:
            with self._lock:
                del self._clients[threading.current_thread()]
