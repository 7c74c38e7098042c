"""Notices on their way: one small owner-only file each until it is sent; bounded, and without secrets."""

from __future__ import annotations

import contextlib
import logging
import os
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from ..base.clock import Clock
from ..base.files import PARTIAL, Files, publish
from ..base.records import Record
from .home import is_absent

log = logging.getLogger(__name__)

FOLDER = "outbox"
_MOST = 50
"""More of one channel are not kept: the oldest go."""
_LONGEST = timedelta(days=30)


class Letter(Record, frozen=True, kw_only=True):
    """One notice to one channel."""

    channel: str
    event: str
    """failure, warning, success, digest, test."""
    title: str
    text: str
    at: datetime
    until: datetime | None = None
    """Until then somebody is just sending it; later, whoever that was is dead."""
    tries: int = 0


def undelivered(root: Path) -> int:
    """How many notices wait to be sent again."""
    try:
        return sum(one.endswith(".json") for one in os.listdir(root / "logs" / FOLDER))  # noqa: PTH208
    except OSError:  # none, or nobody may look
        return 0


class Outbox:
    """The notices that wait below ``root``. No method raises: what can't be kept is still sent once."""

    def __init__(self, root: Path, files: Files, clock: Clock) -> None:
        self._folder = root / "logs" / FOLDER
        self._root = root
        self._files = files
        self._clock = clock

    def keep(self, letter: Letter) -> Path | None:
        """Write ``letter`` down before it is sent; None where that is not possible. Call it under the lock."""
        if is_absent(self._root):
            return None
        name = f"{letter.at:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:12]}.json"
        try:
            self._files.make_folder(self._folder)
            self._tidy(letter.channel)
            publish(self._files, self._folder / name, msgspec.json.encode(letter))
        except OSError as error:
            log.warning("a notice can't be kept: %s", error.strerror or type(error).__name__)
            return None
        return self._folder / name

    def waiting(self) -> tuple[tuple[Path, Letter], ...]:
        """What is to be sent again now, oldest first; what is too old is dropped."""
        now = self._clock.now()
        found: list[tuple[Path, Letter]] = []
        for path, letter in self._all():
            if abs(now - letter.at) > _LONGEST:
                self.drop(path)
            elif letter.until is None or not letter.at <= now < letter.until:
                found.append((path, letter))
        return tuple(found)

    def drop(self, path: Path | None) -> None:
        """Forget a notice: it was sent, or nobody wants it any more."""
        if path is not None:
            with contextlib.suppress(OSError):
                self._files.unlink(path)

    def put_back(self, path: Path | None, letter: Letter) -> None:
        """It could not be sent this time."""
        if path is None:
            return
        again = msgspec.structs.replace(letter, until=None, tries=letter.tries + 1)
        with contextlib.suppress(OSError):
            publish(self._files, path, msgspec.json.encode(again))

    def _all(self) -> Iterator[tuple[Path, Letter]]:
        for path in sorted(self._folder.glob("*.json")) if self._folder.is_dir() else ():
            try:
                yield path, msgspec.json.decode(path.read_bytes(), type=Letter)
            except (msgspec.MsgspecError, ValueError):
                log.warning("%s is no notice and is removed", path.name)
                self.drop(path)
            except OSError:
                continue

    def _tidy(self, channel: str) -> None:
        """Make room for one more, and remove what a dead writer left half written."""
        for path in self._folder.glob(f"*{PARTIAL}"):
            self._files.unlink(path)
        of_channel = [path for path, letter in self._all() if letter.channel == channel]
        for path in of_channel[: max(len(of_channel) - _MOST + 1, 0)]:
            self.drop(path)
