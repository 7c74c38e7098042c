"""The ways stored bytes are compressed: their suffixes, levels and how to tell them apart by name."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

from ..base.errors import BadInput
from ..base.records import Codec

_SUFFIXES = {Codec.GZIP: ".gz", Codec.ZSTD: ".zst", Codec.NONE: ""}
_LEVELS = {Codec.GZIP: range(4), Codec.ZSTD: range(1, 20), Codec.NONE: range(20)}
_DEFAULTS = {Codec.GZIP: 2, Codec.ZSTD: 3, Codec.NONE: 0}
"""ISA-L's level 2 compresses ERP data better than ``gzip -1`` and is as fast as level 1; level 3 halves the speed."""
MOST_THREADS = 6
"""More compressors than this wait for the one thread that hashes the content."""


def suffix(codec: Codec) -> str:
    """What a stored file's name ends with."""
    return _SUFFIXES[codec]


def codec_of(name: str) -> Codec:
    """How the stored file ``name`` is compressed, by its suffix."""
    ending = name.lower()
    return next((codec for codec, end in _SUFFIXES.items() if end and ending.endswith(end)), Codec.NONE)


def level_of(codec: Codec, asked: int | None) -> int:
    """The level to compress with. Raises `BadInput` (``archive.level``) for one that the codec does not have."""
    if asked is None:
        return _DEFAULTS[codec]
    allowed = _LEVELS[codec]
    if asked not in allowed:
        raise BadInput("archive.level", codec=codec.value, level=asked, lowest=allowed[0], highest=allowed[-1])
    return asked


def threads_of(asked: int) -> int:
    """How many threads compress: ``asked``, or for 0 one for each core this process may use."""
    if asked <= 0:
        affinity = getattr(os, "sched_getaffinity", None)
        asked = len(affinity(0)) if affinity else os.cpu_count() or 1
    return min(asked, MOST_THREADS)


def load_zstd() -> Any:  # noqa: ANN401  one of two modules, and a type checker knows only one
    """The zstd library: the standard one from Python 3.14 on, its backport of the same names before."""
    if sys.version_info >= (3, 14):
        return importlib.import_module("compression.zstd")
    return importlib.import_module("backports.zstd")
