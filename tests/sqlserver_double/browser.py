"""The SQL Server Browser: says over UDP which instance listens at which port (MC-SQLR)."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Self

PORT = 1434
_ALL_EVERYWHERE, _ALL, _ONE = b"\x02", b"\x03", b"\x04"
_ANSWER = 0x05


class Browser:
    """Instances of one host by name, with their ports; who is asked for another stays without an answer."""

    def __init__(self, instances: Mapping[str, int], host: str = "127.0.0.1", port: int = PORT) -> None:
        self._instances = dict(instances)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, port))
        self.address: tuple[str, int] = self._socket.getsockname()
        self._thread = threading.Thread(target=self._serve, name="sql-browser", daemon=True)

    def answer(self, question: bytes) -> bytes | None:
        """What is said to a question: of all instances, of the one it names, or nothing."""
        kind, name = question[:1], question[1:].rstrip(b"\0").decode("ascii", "replace").lower()
        said = "".join(
            f"ServerName;LOOPBACK;InstanceName;{instance};IsClustered;No;Version;16.0.1000.6;tcp;{port};;"
            for instance, port in self._instances.items()
            if kind in {_ALL, _ALL_EVERYWHERE} or (kind == _ONE and name == instance.lower())
        ).encode("ascii")
        return struct.pack("<BH", _ANSWER, len(said)) + said if said else None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wake:
            wake.sendto(b"", self.address)
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            question, sender = self._socket.recvfrom(1024)
            if not question:
                return
            said = self.answer(question)
            if said is not None:
                self._socket.sendto(said, sender)
