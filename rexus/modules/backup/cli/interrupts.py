"""Ctrl-C, the end of the session and the service manager's stop: each asks the running job to stop cleanly."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TypeVar

from ..base.cancel import CancelToken
from ..base.texts import _
from .streams import say

T = TypeVar("T")

CANCELLED = 130
_SIGNALS = ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP")
_PATIENCE = 3
"""The third request ends the process at once; what it leaves is swept at the next start."""
_LOOK_S = 0.1
"""How often the main thread looks up: on Windows nothing else lets a signal handler run."""
IDLE_LOOK_S = 0.5
"""The same for a service that waits all day."""


def breaking() -> None:
    """Let Ctrl-Break on Windows be what Ctrl-C is, also where no job listens: by default it ends without a word."""
    number = getattr(signal, "SIGBREAK", None)
    if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
        signal.signal(number, signal.default_int_handler)


@contextlib.contextmanager
def listening(cancel: CancelToken) -> Iterator[None]:
    """Turn every wish to stop into ``cancel`` while something runs."""
    asked = 0

    def on_signal(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        asked += 1
        if asked >= _PATIENCE:
            os._exit(CANCELLED)
        if asked == 1:
            say(_("Stopping; nothing unfinished will be left…"))
        cancel.cancel()

    before = {
        number: signal.signal(number, on_signal)
        for name in _SIGNALS
        if (number := getattr(signal, name, None)) is not None
        and signal.getsignal(number) is not signal.SIG_IGN  # as under nohup
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)


def attended(call: Callable[[], T], look_s: float = _LOOK_S) -> T:
    """Do ``call`` in a thread of its own while this one stays able to hear signals; raises what ``call`` raises."""
    box: list[T] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            box.append(call())
        except BaseException as error:  # noqa: BLE001  handed to the main thread, whatever it is
            failed.append(error)

    thread = threading.Thread(target=work, name="job")
    thread.start()
    while thread.is_alive():
        thread.join(look_s)
    if failed:
        raise failed[0]
    return box[0]
