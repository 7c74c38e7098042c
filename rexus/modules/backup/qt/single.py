"""One window for each person and configuration: whoever comes second raises the first and goes."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from qtpy.QtCore import QLockFile, QObject, Signal
from qtpy.QtNetwork import QLocalServer, QLocalSocket

from ..base.files import WINDOWS
from ..base.identity import account_name
from .guard import guarded

log = logging.getLogger(__name__)
_WAIT_MS = 500
_TRIES = 6
"""The first may have begun just now, and not be listening yet."""
_LONGEST_SOCKET = 100
"""Characters that the path of a socket may have, less some that Qt adds."""


class Single(QObject):
    """The claim of this process to be the first; it ends with the process, however that ends."""

    raised = Signal()
    """Somebody started the program again."""

    def __init__(self, name: str, folder: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        digest = hashlib.sha256(f"{account_name()}\0{name}".encode()).hexdigest()[:24]
        self._key = f"rexus-backups-{digest}"
        self._folder = folder or _own_folder()
        self._lock: QLockFile | None = None
        self._server: QLocalServer | None = None

    def is_first(self) -> bool:
        """Whether nobody has this window yet; otherwise the first has been told to come up."""
        if self._server is not None:
            return True
        if not self._claimed():
            if self._call_first():
                return False
            log.warning("the first window does not answer: %s", self._key)  # better two windows than none
        self._listen()
        return True

    def close(self) -> None:
        """Give the claim up."""
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None

    def _claimed(self) -> bool:
        """Whether the lock is ours now. That of a process that died counts for nothing, as the system says."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            log.warning("no folder for the lock: %s", error)
            return not self._call_first(tries=1)
        lock = QLockFile(str(self._folder / f"{self._key}.lock"))
        lock.setStaleLockTime(0)  # a window may be open for weeks
        if lock.tryLock(0):
            self._lock = lock
            return True
        if lock.error() == QLockFile.LockError.LockFailedError:
            return False
        log.warning("the lock can't be written in %s", self._folder)
        return not self._call_first(tries=1)

    def _call_first(self, tries: int = _TRIES) -> bool:
        """Whether somebody listens, and was told to come up."""
        _let_it_come_up()
        for _turn in range(tries):
            socket = QLocalSocket()
            socket.connectToServer(self._address(), QLocalSocket.OpenModeFlag.WriteOnly)
            if socket.waitForConnected(_WAIT_MS):
                socket.write(b"raise\n")
                socket.waitForBytesWritten(_WAIT_MS)
                socket.disconnectFromServer()
                if socket.state() != QLocalSocket.LocalSocketState.UnconnectedState:
                    socket.waitForDisconnected(_WAIT_MS)
                return True
            if tries > 1:
                _pause()
        return False

    def _listen(self) -> None:
        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        if self._lock is not None:
            QLocalServer.removeServer(self._address())  # of one that died; nobody alive has it, for the lock is ours
        if not server.listen(self._address()):
            log.warning("can't be raised by a second start: %s", server.errorString())
        server.newConnection.connect(self._on_called)
        self._server = server

    @guarded
    def _on_called(self) -> None:
        server = self._server
        while server is not None and server.hasPendingConnections():
            socket = server.nextPendingConnection()
            if socket is not None:
                socket.disconnected.connect(socket.deleteLater)
                socket.disconnectFromServer()
        self.raised.emit()

    def _address(self) -> str:
        """Where it listens: a pipe on Windows, elsewhere a socket in a folder of the person's own."""
        path = str(self._folder / f"{self._key}.sock")
        return self._key if WINDOWS or len(path.encode()) > _LONGEST_SOCKET else path


def _own_folder() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("rexus-backups", appauthor=False)


def _pause() -> None:
    from qtpy.QtCore import QThread

    QThread.msleep(_WAIT_MS)


def _let_it_come_up() -> None:
    """Windows lets a window come to the front only if the program that has the person's attention allows it."""
    if not WINDOWS:
        return
    import ctypes

    ctypes.windll.user32.AllowSetForegroundWindow(ctypes.c_ulong(0xFFFFFFFF))  # type: ignore[attr-defined,unused-ignore]
