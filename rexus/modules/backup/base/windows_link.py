"""Shortcuts (.lnk) as Windows' own shell writes them.

The functions work on Windows only.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

DESKTOP = "{B4BFCC3A-DB2C-424C-B029-7FE99A87C641}"
"""FOLDERID_Desktop, wherever the person (or OneDrive) keeps it."""
PROGRAMS = "{A77F5D77-2E2B-44C3-A6A2-ABA601054A51}"
"""FOLDERID_Programs: the person's part of the start menu."""
_CLASS = "{00021401-0000-0000-C000-000000000046}"
_SHELL_LINK = "{000214F9-0000-0000-C000-000000000046}"
_PERSIST_FILE = "{0000010B-0000-0000-C000-000000000046}"
_QUERY, _RELEASE = 0, 2
"""Places in the table of functions: of every interface, of IShellLinkW, of IPersistFile."""
_GET_PATH, _SET_DESCRIPTION, _SET_FOLDER, _GET_ARGUMENTS, _SET_ARGUMENTS, _SET_ICON, _SET_PATH = 3, 7, 9, 10, 11, 17, 20
_LOAD, _SAVE = 5, 6
_IN_PROCESS = 1
_APARTMENT = 2
_LONGEST = 32767
_TEXT = ctypes.c_wchar_p


class Link(NamedTuple):
    """What a shortcut starts."""

    target: str
    arguments: str
    folder: str = ""
    icon: str = ""
    description: str = ""


def write(path: Path, link: Link) -> None:
    """Write ``path``, over what is there. Raises `OSError`."""
    with _link() as (shell, file):
        _call(shell, _SET_PATH, (_TEXT,), link.target)
        _call(shell, _SET_ARGUMENTS, (_TEXT,), link.arguments)
        _call(shell, _SET_FOLDER, (_TEXT,), link.folder)
        _call(shell, _SET_ICON, (_TEXT, ctypes.c_int), link.icon, 0)
        _call(shell, _SET_DESCRIPTION, (_TEXT,), link.description)
        _call(file, _SAVE, (_TEXT, ctypes.c_int), str(path), 1)


def read(path: Path) -> tuple[str, str]:
    """Target and arguments of a shortcut. Raises `OSError`."""
    told = ctypes.create_unicode_buffer(_LONGEST)
    with _link() as (shell, file):
        _call(file, _LOAD, (_TEXT, ctypes.c_ulong), str(path), 0)
        _call(shell, _GET_PATH, (_TEXT, ctypes.c_int, ctypes.c_void_p, ctypes.c_ulong), told, _LONGEST, None, 0)
        target = told.value
        _call(shell, _GET_ARGUMENTS, (_TEXT, ctypes.c_int), told, _LONGEST)
        return target, told.value


def folder(known: str) -> Path | None:
    """A known folder of the person; None where there is none."""
    if sys.platform != "win32":
        return None
    told = ctypes.c_wchar_p()
    ask = ctypes.windll.shell32.SHGetKnownFolderPath
    ask.argtypes = (ctypes.c_char_p, ctypes.c_ulong, ctypes.c_void_p, ctypes.POINTER(ctypes.c_wchar_p))
    if ask(_guid(known), 0, None, ctypes.byref(told)):
        return None
    try:
        return Path(told.value) if told.value else None
    finally:
        ctypes.windll.ole32.CoTaskMemFree(told)


@contextlib.contextmanager
def _link() -> Iterator[tuple[ctypes.c_void_p, ctypes.c_void_p]]:
    """A new link object as IShellLinkW and as IPersistFile. Raises `OSError`."""
    if sys.platform != "win32":
        raise OSError("shortcuts are a matter of Windows")
    ole = ctypes.OleDLL("ole32")
    begun = ctypes.windll.ole32.CoInitializeEx(None, _APARTMENT) >= 0
    shell, file = ctypes.c_void_p(), ctypes.c_void_p()
    try:
        ole.CoCreateInstance(_guid(_CLASS), None, _IN_PROCESS, _guid(_SHELL_LINK), ctypes.byref(shell))
        _call(shell, _QUERY, (ctypes.c_char_p, ctypes.c_void_p), _guid(_PERSIST_FILE), ctypes.byref(file))
        yield shell, file
    finally:
        for one in (file, shell):
            if one:
                _call(one, _RELEASE)
        if begun:
            ole.CoUninitialize()


def _call(this: ctypes.c_void_p, place: int, kinds: tuple[Any, ...] = (), *values: object) -> None:
    """Call the function at ``place`` of an object's table. Raises `OSError`."""
    if sys.platform != "win32":
        raise OSError("shortcuts are a matter of Windows")
    table = ctypes.cast(this, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p))).contents
    result = ctypes.c_ulong if place == _RELEASE else ctypes.HRESULT
    ctypes.WINFUNCTYPE(result, ctypes.c_void_p, *kinds)(table[place])(this, *values)


def _guid(text: str) -> bytes:
    """A GUID as it lies in memory."""
    return uuid.UUID(text).bytes_le
