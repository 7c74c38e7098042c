"""Threads behind the screens: they end with the process and never hold it up.

A `QThread` that is destroyed while it runs aborts the process, a host's too, and nobody can end one that waits for a
disk that does not answer. These are daemons, which the end of the process costs nothing.
"""

from __future__ import annotations

import threading

from qtpy.QtCore import QObject

from .guard import alive

_begun: set[Thread] = set()
"""Kept until they have ended, so that the last word of one does not destroy it in its own thread."""


class Thread(QObject):
    """Lives in the thread of the screens, as its signals do; `run` does not."""

    def __init__(self) -> None:
        super().__init__()
        self._thread = threading.Thread(target=self._go, name=type(self).__name__, daemon=True)

    def run(self) -> None:
        """What is done."""
        raise NotImplementedError

    def start(self) -> None:
        """Begin, once."""
        _begun.difference_update([one for one in _begun if one.is_over()])
        _begun.add(self)
        self._thread.start()

    def wait(self, patience_s: float) -> bool:
        """Wait so long for its end at most; whether it has ended."""
        if self._thread.ident is not None:
            self._thread.join(patience_s)
        return self.is_over()

    def is_over(self) -> bool:
        """Whether it does nothing any more, or never began."""
        return not self._thread.is_alive()

    def _go(self) -> None:
        try:
            self.run()
        except RuntimeError:
            if alive(self):  # else Qt has ended before it: nobody is left to hear anything
                raise
