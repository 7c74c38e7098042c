"""What the headers of packed files said, kept for whoever lists their folder again.

The last LSN of a second data block, the finish of a backup, whether it ever came to its end, and the sets appended
behind it stand at the end of a file, and nobody comes to the end of a packed one but by unpacking all of it. So that is
done once for each file that came to its end well, as long as nothing that the system tells of it changes. Whoever
restores reads it anew.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from .. import __version__
from ..base.errors import BackupError
from ..base.files import Files, publish
from ..base.records import Record
from ..engines.bak_records import READING, MediaContents

log = logging.getLogger(__name__)
_NAME = ".packed-headers.json"
_MOST_BYTES = 256 << 20
_WORTH_BYTES = 64 << 10
"""What is smaller is unpacked before anything could be looked up."""
_SETTLED = timedelta(seconds=2)
"""A file that was changed just now may be changed once more without its time telling (FAT counts in twos)."""


class Mark(Record, frozen=True, kw_only=True):
    """What tells a file from another one under its name, or from what it was before."""

    stored_bytes: int
    mtime_ns: int
    ctime_ns: int = 0
    """Of the last change of anything (Windows: when it was made); unlike ``mtime_ns`` no program sets it."""
    inode: int = 0
    """Its number; 0 where the system tells none while it lists a folder (Windows)."""


class Known(Record, frozen=True, kw_only=True):
    """What one packed file said when all of it was unpacked."""

    mark: Mark
    """The file as it was."""
    size_bytes: int
    """Of its content."""
    contents: MediaContents | None = None


class _Kept(Record, frozen=True, kw_only=True):
    program: str
    """Another one may read more in the same file."""
    reading: int
    """Its `bak_records.READING`."""
    files: dict[str, Known]
    """By their names below the folder."""


class KnownHeaders:
    """The packed files of one folder; what is kept lies in ``place``, which must be another one."""

    def __init__(self, place: Path, files: Files) -> None:
        self._path, self._files = place / _NAME, files
        self._before = self._read()
        self._now: dict[str, Known] = {}
        self._began = datetime.now(UTC)

    def of(self, name: str, mark: Mark) -> Known | None:
        """What is known of a file as it is now; None: nothing."""
        known = self._before.get(name)
        if known is None or known.mark != mark:
            return None
        self._now[name] = known
        return known

    def add(self, name: str, known: Known) -> None:
        """A file was unpacked to its end, without a problem; ``known.mark`` is how it was before that."""
        mark = known.mark
        settled = mark.mtime_ns < (self._began - _SETTLED).timestamp() * 1e9
        if mark.stored_bytes >= _WORTH_BYTES and settled:
            self._now[name] = known

    def keep(self) -> None:
        """Write down what is known now, if that has changed. Raises nothing: then all is unpacked once more."""
        if self._now == self._before:
            return
        try:
            told = json.dumps(msgspec.to_builtins(_Kept(program=__version__, reading=READING, files=self._now)))
            self._files.make_folder(self._path.parent)
            publish(self._files, self._path, told.encode("utf-8"))
        except (BackupError, OSError, ValueError) as error:
            log.info("what packed files hold can't be kept: %s", error)

    def _read(self) -> dict[str, Known]:
        """LSNs are larger than what msgspec reads as numbers, so the text is read without it."""
        try:
            if self._path.stat().st_size > _MOST_BYTES:
                return {}
            kept = msgspec.convert(json.loads(self._path.read_bytes()), _Kept)
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            log.info("%s is made anew: %s", self._path, error)
            return {}
        return kept.files if (kept.program, kept.reading) == (__version__, READING) else {}
