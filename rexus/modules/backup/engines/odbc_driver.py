"""Which of Microsoft's ODBC drivers pyodbc can load: a registered one, else the one in the wheel of mssql-python."""

from __future__ import annotations

import functools
import importlib
import platform
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Protocol

from ..base.errors import Refused
from ..base.records import Record

_MICROSOFT = re.compile(r"ODBC Driver (\d+) for SQL Server")
_OLDEST = 17
_STRICT_FROM = 18
_MACHINES = {"amd64": "x86_64", "x64": "x86_64", "aarch64": "arm64"}


class Cursor(Protocol):
    """What is used of pyodbc's cursor."""

    noscan: bool
    messages: Sequence[tuple[object, object]] | None
    description: Sequence[tuple[object, ...]] | None

    def execute(self, text: str) -> object:
        """Begin a batch; returns at its first result."""
        ...

    def nextset(self) -> bool:
        """Go to the next result."""
        ...

    def fetchall(self) -> Sequence[Sequence[object]]:
        """All rows of the result."""
        ...

    def cancel(self) -> None:
        """Interrupt the server; from any thread."""
        ...

    def close(self) -> None:
        """Let go of it; what still runs is cancelled."""
        ...


class Opened(Protocol):
    """What is used of pyodbc's connection."""

    def cursor(self) -> Cursor:
        """A new cursor."""
        ...

    def close(self) -> None:
        """End the session."""
        ...


class Driver(Record, frozen=True, kw_only=True):
    """A driver as a connection string names it."""

    name: str
    """Its registered name, or the path of its library (not on Windows, whose driver manager takes none)."""
    major: int

    @property
    def called(self) -> str:
        """What people call it: its registered name, or the file of its library."""
        return self.name.rpartition("/")[2]

    @property
    def knows_strict(self) -> bool:
        """Whether it can encrypt strictly (TDS 8), and reads ``Encrypt`` in words."""
        return self.major >= _STRICT_FROM


@functools.cache
def pyodbc() -> ModuleType:
    """The module, without its pooling: a session of ours ends when its connection is closed.

    Raises `Refused` (``sqlserver.no_driver``) where it can't be loaded, as without unixODBC.
    """
    try:
        module = importlib.import_module("pyodbc")
    except ImportError as error:
        raise Refused("sqlserver.no_driver", why=str(error)) from error
    vars(module)["pooling"] = False
    return module


def find(wish: str = "") -> Driver:
    """The driver to use: the one of that name where it is registered and new enough, else the newest there is.

    Raises `Refused` (``sqlserver.no_driver``).
    """
    chosen = choose(pyodbc().drivers(), wish) or _bundled()
    if chosen is None:
        raise Refused("sqlserver.no_driver", why=wish or "-")
    return chosen


def choose(registered: Iterable[str], wish: str = "") -> Driver | None:
    """The best of the registered drivers; the wish counts where it is one of them. Pure."""
    known = {name: int(found[1]) for name in registered if (found := _MICROSOFT.fullmatch(name))}
    usable = {name: major for name, major in known.items() if major >= _OLDEST}
    if wish in usable:
        return Driver(name=wish, major=usable[wish])
    newest = max(usable, key=lambda name: usable[name], default=None)
    return Driver(name=newest, major=usable[newest]) if newest is not None else None


def _bundled() -> Driver | None:
    """The driver in the wheel of mssql-python-odbc, for this system and processor; None where there is none."""
    if sys.platform == "win32":
        return None
    try:
        from mssql_python_odbc import get_libs_dir  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError:
        return None
    machine = _MACHINES.get(platform.machine().lower(), platform.machine().lower())
    for folder in _folders(Path(get_libs_dir()), machine):
        library = next(iter(sorted((*folder.glob("libmsodbcsql*.so*"), *folder.glob("libmsodbcsql*.dylib")))), None)
        if library is not None:
            return Driver(name=str(library), major=_major(library))
    return None


def _folders(libs: Path, machine: str) -> list[Path]:
    """Where the library may be, the likeliest first: the wheel has one for each family of Linux."""
    if sys.platform == "darwin":
        return [libs / "macos" / machine / "lib"]
    family = _family()
    others = sorted(path.name for path in (libs / "linux").glob("*") if path.name != family)
    return [libs / "linux" / one / machine / "lib" for one in (family, *others)]


def _family() -> str:
    """What the wheel calls this Linux."""
    try:
        told = Path("/etc/os-release").read_text("utf-8", "replace").lower()
    except OSError:
        told = ""
    like = " ".join(line.partition("=")[2] for line in told.splitlines() if line.startswith(("id=", "id_like=")))
    if "alpine" in like:
        return "alpine"
    if "suse" in like:
        return "suse"
    return "rhel" if "rhel" in like or "fedora" in like else "debian_ubuntu"


def _major(library: Path) -> int:
    found = re.search(r"(\d+)", library.name.removeprefix("libmsodbcsql"))
    return int(found[1]) if found is not None else _STRICT_FROM
