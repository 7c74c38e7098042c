"""Under Wine pyodbc calls Microsoft's driver itself: Wine's driver manager ends the process in SQLGetInfo, and lets
SQLCancel wait for what it is to cancel. Every interpreter reads this that has the folder in PYTHONPATH; Windows, whose
driver manager is whole, needs nothing of it.
"""

from __future__ import annotations

import ctypes
import importlib.util
import sys
from collections.abc import Callable, Iterator
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

NAME = b"ODBC Driver 18 for SQL Server\0"
IN_WORDS = frozenset({2, 6, 7, 10, 13, 17, 18, 25, 47, 77})
"""What SQLGetInfo answers by a text: names and versions (sql.h, sqlext.h)."""
OF_NUMBERS = frozenset(
    ("SQLSetConnectAttr", "SQLSetStmtAttr", "SQLGetStmtAttr", "SQLColAttribute", "SQLSetDescField", "SQLGetTypeInfo")
)
"""What the driver has only as ``…W``, and pyodbc never asks for a text."""
FIRST, NO_DATA = 2, 100
_EXPORTS, _IMPORTS = 24 + 112, 24 + 112 + 8
"""Where the header of a program for 64 bits tells of them."""
_address, _short, _word = ctypes.c_void_p, ctypes.c_short, ctypes.c_ushort
_kept: list[object] = []
"""What C calls of ours lives as long as the process."""


def under_wine() -> bool:
    """Whether this Windows is Wine."""
    return sys.platform == "win32" and hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")


def driver() -> Path | None:
    """The driver in the wheel of mssql-python-odbc."""
    found = importlib.util.find_spec("mssql_python_odbc")
    places = found.submodule_search_locations if found is not None else None
    path = Path(places[0], "libs", "windows", "x64", "msodbcsql18.dll") if places else None
    return path if path is not None and path.is_file() else None


def mend(module: ModuleType, library: Path) -> None:
    """Replace what a loaded extension imports of the driver manager."""
    assert sys.platform == "win32" and module.__file__ is not None
    kernel, theirs = ctypes.WinDLL("kernel32"), ctypes.WinDLL(str(library))
    kernel.VirtualProtect.argtypes = [_address, ctypes.c_size_t, ctypes.c_ulong, _address]
    ours = {
        "SQLGetInfo": _get_info(theirs.SQLGetInfoW),
        "SQLDescribeCol": _describe(theirs.SQLDescribeColW),
        "SQLDrivers": _drivers(),
    }
    before, writable = ctypes.c_ulong(), 4
    for slot, name in _imported(_base(module.__file__)):
        function = ours.get(name) or getattr(theirs, f"{name}W" if name in OF_NUMBERS else name, None)
        if function is not None:
            kernel.VirtualProtect(slot, 8, writable, ctypes.byref(before))
            ctypes.c_uint64.from_address(slot).value = ctypes.cast(function, _address).value or 0
            kernel.VirtualProtect(slot, 8, before.value, ctypes.byref(before))


def _get_info(wide: Callable[..., int]) -> object:
    """SQLGetInfo, which the driver leaves to the driver manager."""
    wide.argtypes, wide.restype = [_address, _word, _address, _short, _address], _short  # type: ignore[attr-defined]

    @ctypes.WINFUNCTYPE(_short, _address, _word, _address, _short, _address)
    def get_info(connection: int, kind: int, value: int | None, size: int, length: int | None) -> int:
        if kind not in IN_WORDS:
            return wide(connection, kind, value, size, length)
        told = ctypes.create_unicode_buffer(256)
        answer = wide(connection, kind, told, ctypes.sizeof(told), None)
        _give(told.value.encode("mbcs", "replace") + b"\0", value, size, length)
        return answer

    _kept.append(get_info)
    return get_info


def _describe(wide: Callable[..., int]) -> object:
    """SQLDescribeCol, likewise."""
    given = (_address, _word, _address, _short, _address, _address, _address, _address, _address)
    wide.argtypes, wide.restype = given, _short  # type: ignore[attr-defined]

    @ctypes.WINFUNCTYPE(_short, *given)
    def describe(
        statement: int, column: int, name: int | None, size: int, length: int | None, *facts: int | None
    ) -> int:
        told = ctypes.create_unicode_buffer(256)
        answer = wide(statement, column, told, len(told), None, *facts)
        _give(told.value.encode("mbcs", "replace") + b"\0", name, size, length)
        return answer

    _kept.append(describe)
    return describe


def _drivers() -> object:
    """SQLDrivers: there is one name to be told."""

    @ctypes.WINFUNCTYPE(_short, _address, _word, _address, _short, _address, _address, _short, _address)
    def drivers(
        _handle: int, which: int, name: int | None, size: int, length: int | None, *_attributes: int | None
    ) -> int:
        if which != FIRST:
            return NO_DATA
        _give(NAME, name, size, length)
        return 0

    _kept.append(drivers)
    return drivers


def _give(text: bytes, value: int | None, size: int, length: int | None) -> None:
    """Write a text where C wants it; it ends with a zero."""
    if value and size > 0:
        ctypes.memmove(value, text[: size - 1] + b"\0", min(len(text), size))
    if length:
        _short.from_address(length).value = len(text) - 1


# --- tables of loaded programs, read as the loader does ---


def _base(path: str) -> int:
    kernel = ctypes.WinDLL("kernel32")
    kernel.GetModuleHandleW.argtypes, kernel.GetModuleHandleW.restype = [ctypes.c_wchar_p], _address
    return int(kernel.GetModuleHandleW(path))


def _number(at: int) -> int:
    return ctypes.c_uint32.from_address(at).value


def _exported(base: int) -> dict[int, str]:
    """Names by their numbers."""
    table = base + _number(base + _number(base + 0x3C) + _EXPORTS)
    first, count, names, numbers = (_number(table + at) for at in (16, 24, 32, 36))
    return {
        first + _word.from_address(base + numbers + 2 * index).value: ctypes.string_at(
            base + _number(base + names + 4 * index)
        ).decode()
        for index in range(count)
    }


def _imported(base: int) -> Iterator[tuple[int, str]]:
    """Where a module keeps the address of each function of the driver manager, and what that is called."""
    known = _exported(_base("odbc32.dll"))
    entry = base + _number(base + _number(base + 0x3C) + _IMPORTS)
    while _number(entry + 12):
        if ctypes.string_at(base + _number(entry + 12)).lower() == b"odbc32.dll":
            wanted, slot = base + _number(entry), base + _number(entry + 16)
            while number := ctypes.c_uint64.from_address(wanted).value:
                yield slot, known.get(number & 0xFFFF, "")  # all by their numbers
                wanted, slot = wanted + 8, slot + 8
        entry += 20


class _Mending(Loader):
    """Loads an extension and mends it."""

    def __init__(self, loader: Loader, library: Path) -> None:
        self._loader, self._library = loader, library

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """As the other does."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """As the other does, and then mended."""
        self._loader.exec_module(module)
        mend(module, self._library)


class _Finder(MetaPathFinder):
    """Finds pyodbc where it is."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Of pyodbc alone, where there is a driver for it."""
        spec = PathFinder.find_spec(name) if name == "pyodbc" else None
        library = driver() if spec is not None else None
        if spec is not None and spec.loader is not None and library is not None:
            spec.loader = _Mending(spec.loader, library)
        return spec


if under_wine() and not any(isinstance(one, _Finder) for one in sys.meta_path):
    sys.meta_path.insert(0, _Finder())
