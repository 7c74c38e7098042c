"""Microsoft's ODBC driver, wherever it is: registered, or in the wheel that `mssql-python` brings."""

from __future__ import annotations

import functools
import importlib.util
import platform
from pathlib import Path
from types import ModuleType

import pytest

NAME = "ODBC Driver 18 for SQL Server"


def _library() -> Path | None:
    """The driver's file in the wheel, for a driver manager that takes a path; Windows' does not."""
    found = importlib.util.find_spec("mssql_python_odbc")
    if found is None or not found.submodule_search_locations or platform.system() != "Linux":
        return None
    told = Path("/etc/os-release").read_text("utf-8").lower()
    family = next((name for mark, name in (("debian", "debian_ubuntu"), ("suse", "suse")) if mark in told), "rhel")
    folder = Path(found.submodule_search_locations[0], "libs/linux", family)
    machine = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return next(folder.joinpath(machine, "lib").glob("libmsodbcsql-18*"), None)


@functools.cache
def driver() -> tuple[ModuleType, str]:
    """pyodbc, and what a connection string calls the driver; skips the test where there is none."""
    pyodbc = pytest.importorskip("pyodbc", reason="pyodbc or its driver manager is missing", exc_type=ImportError)
    pyodbc.pooling = False  # connections end when they are closed; and Wine's driver manager can't pool
    if NAME in pyodbc.drivers():
        return pyodbc, NAME
    library = _library()
    if library is None:
        pytest.skip(f"no {NAME}: it comes with mssql-python; Windows' driver manager wants it registered too")
    return pyodbc, str(library)


def connection_string(port: int, *, user: str = "sa", password: str = "Str0ng;Pass", more: str = "Encrypt=no") -> str:
    """To a server on loopback."""
    escaped = password.replace("}", "}}")
    return f"DRIVER={{{driver()[1]}}};SERVER=tcp:127.0.0.1,{port};UID={user};PWD={{{escaped}}};{more}"
