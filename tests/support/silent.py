"""A server that takes every connection and never answers."""

from __future__ import annotations

import contextlib
import socket
import threading


class Silent:
    """Counts who comes."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._held: list[socket.socket] = []
        self._somebody = threading.Event()
        self._thread = threading.Thread(target=self._take)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    @property
    def address(self) -> str:
        return f"127.0.0.1,{self.port}"

    def came(self) -> int:
        """How many since this was asked last; they are sent away."""
        held, self._held = self._held, []
        for one in held:
            one.close()
        return len(held)

    def awaits(self) -> bool:
        """Whether somebody came, as soon as he has."""
        return self._somebody.wait(60)

    def _take(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                come, _ = self._socket.accept()
                self._held.append(come)
                self._somebody.set()

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()
        self.came()
