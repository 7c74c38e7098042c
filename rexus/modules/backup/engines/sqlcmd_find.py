"""Which sqlcmd there is, and of which kind: Microsoft's old one over ODBC, or the new one written in Go."""

from __future__ import annotations

import enum
import functools
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..base.errors import Refused
from ..base.files import WINDOWS
from ..base.records import Record

OVERRIDE = "REXUS_SQLCMD"
"""Names the program to use; wins over PATH."""
_LONGEST_S = 20
_ODBC_VERSION = re.compile(r"\b(\d{1,2})\.\d{1,2}\.\d{3,5}\.\d{1,3}\b")
_GO_VERSION = re.compile(r"^\S{3,12}: ?v?(\d{1,3})\.(\d{1,3})", re.MULTILINE)
_GO_FLAG = re.compile(r"^-\S,--[a-z]", re.MULTILINE)
_STRICT_FROM = 18
"""Version of the ODBC tools whose ``-N`` takes a word, and that know strict encryption."""


class Kind(enum.StrEnum):
    """The two programs of that name."""

    ODBC = "odbc"
    GO = "go"


class Sqlcmd(Record, frozen=True, kw_only=True):
    """A sqlcmd that answers."""

    path: str
    kind: Kind
    major: int = 0
    """Of its version; of the ODBC kind 18 and more speak of encryption in words."""

    @property
    def knows_strict(self) -> bool:
        """Whether it can encrypt strictly (TDS 8)."""
        return self.kind is Kind.GO or self.major >= _STRICT_FROM


def find(environment: Mapping[str, str] = os.environ) -> Sqlcmd:
    """The first sqlcmd that answers: `OVERRIDE`, PATH, the folders where installers put it.

    Raises `Refused`: ``sqlserver.no_sqlcmd`` where there is none, ``sqlserver.sqlcmd_override`` where `OVERRIDE` names
    none, ``sqlserver.sqlcmd_odd`` where that one does not answer as sqlcmd does.
    """
    named = environment.get(OVERRIDE, "").strip()
    if named:
        path = Path(named).expanduser()
        if not _runs(path):
            raise Refused("sqlserver.sqlcmd_override", path=named)
        return identified(str(path.absolute()))
    odd: Refused | None = None
    for path in candidates(environment):
        try:
            return identified(str(path))
        except Refused as error:
            odd = odd or error
    raise odd or Refused("sqlserver.no_sqlcmd")


def is_named(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether `OVERRIDE` names one."""
    return bool(environment.get(OVERRIDE, "").strip())


def candidates(environment: Mapping[str, str] = os.environ) -> Iterator[Path]:
    """Every sqlcmd that can be run, in the order of preference; never one of the current folder."""
    name = "sqlcmd.exe" if WINDOWS else "sqlcmd"
    named = (Path(one.strip('"')) for one in environment.get("PATH", "").split(os.pathsep) if one)
    seen: set[str] = set()
    for folder in (*(one for one in named if one.is_absolute()), *_usual(environment)):
        path = folder / name
        if str(path) not in seen and _runs(path):
            seen.add(str(path))
            yield path


def _usual(environment: Mapping[str, str]) -> Iterator[Path]:
    """Where installers put it, the newest first."""
    if not WINDOWS:
        yield from map(Path, ("/opt/mssql-tools18/bin", "/opt/mssql-tools/bin", "/usr/local/bin", "/usr/bin"))
        if sys.platform == "darwin":
            yield from map(Path, ("/opt/homebrew/bin", "/usr/local/opt/mssql-tools18/bin"))
        return
    for variable in ("ProgramFiles", "ProgramW6432", "ProgramFiles(x86)"):
        if environment.get(variable):
            programs = Path(environment[variable])
            yield programs / "SqlCmd"
            server = programs / "Microsoft SQL Server"
            for version in (180, 170, 160, 150, 140, 130, 110):
                yield server / "Client SDK" / "ODBC" / str(version) / "Tools" / "Binn"
                yield server / str(version) / "Tools" / "Binn"


def _runs(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def identified(path: str) -> Sqlcmd:
    """What the program at ``path`` is, by what it prints. Raises `Refused` (``sqlserver.sqlcmd_odd``)."""
    try:
        stamp = Path(path).stat().st_mtime_ns
    except OSError as error:
        raise Refused("sqlserver.sqlcmd_odd", path=path, reason=error.strerror or type(error).__name__) from error
    return _identified(path, stamp)


@functools.cache
def _identified(path: str, _stamp: int) -> Sqlcmd:
    """Asked once for each file."""
    try:
        ran = subprocess.run(
            [path, "-?"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=_LONGEST_S,
            env=bare_environment(),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, subprocess.SubprocessError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise Refused("sqlserver.sqlcmd_odd", path=path, reason=str(reason)) from error
    found = kind_of(ran.stdout.decode("utf-8", "replace"))
    if found is None:
        raise Refused("sqlserver.sqlcmd_odd", path=path, reason=str(ran.returncode))
    kind, major = found
    return Sqlcmd(path=path, kind=kind, major=major)


def kind_of(usage: str) -> tuple[Kind, int] | None:
    """The kind and major version of the sqlcmd that prints ``usage`` for ``-?``, in any language; None: it is none.

    Only the Go one has long options; the other tells a version of four numbers.
    """
    if _GO_FLAG.search(usage):
        version = _GO_VERSION.search(usage)
        return Kind.GO, int(version[1]) if version is not None else 0
    version = _ODBC_VERSION.search(usage)
    return (Kind.ODBC, int(version[1])) if version is not None and "-S" in usage else None


def bare_environment(password: str = "") -> dict[str, str]:
    """Our environment without what steers sqlcmd (``SQLCMDINI`` runs a script first), and with the password."""
    ours = {name: value for name, value in os.environ.items() if not name.upper().startswith(("SQLCMD", "OSQL"))}
    if not WINDOWS:
        ours |= {"LC_ALL": "C.UTF-8"}  # the encoding of what it prints
    if password:
        ours["SQLCMDPASSWORD"] = password
    return ours
