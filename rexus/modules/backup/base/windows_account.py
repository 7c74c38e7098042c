"""The account of this process and its groups, as its token on Windows says.

Imported on Windows only.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator

_QUERY = 0x0008
_USER, _GROUPS = 1, 2
"""TOKEN_INFORMATION_CLASS: TokenUser, TokenGroups."""
_ENABLED, _DENY_ONLY, _INTEGRITY, _LOGON = 0x00000004, 0x00000010, 0x00000020, 0xC0000000
"""SE_GROUP_*: a group for denying only is that of an administrator who is not elevated."""

_NONE_MAPPED = 1332
"""ERROR_NONE_MAPPED."""
_LONGEST_SID = 256


class _Holder(ctypes.Structure):
    """SID_AND_ATTRIBUTES."""

    _fields_ = (("sid", ctypes.c_void_p), ("attributes", ctypes.c_ulong))


def account() -> str:
    """The account's name without its domain; ``?`` where Windows does not tell."""
    try:
        with_token = _token(_USER)
        name, _ = _names(_Holder.from_buffer(with_token).sid)
    except OSError:
        return "?"
    return name or "?"


def groups() -> tuple[str, ...]:
    """Every group in force, by name, by SID and with its domain before it, and the account by the last two."""
    try:
        return tuple(one for one in _told() if one)
    except OSError:
        return ()


def _told() -> Iterator[str]:
    holder = _token(_USER)
    name, domain = _names(_Holder.from_buffer(holder).sid)
    yield f"{domain}\\{name}" if domain else ""
    yield _text(_Holder.from_buffer(holder).sid)
    held = _token(_GROUPS)
    count = ctypes.c_ulong.from_buffer(held).value
    every = (_Holder * count).from_buffer(held, ctypes.alignment(_Holder))
    for one in every:
        if not one.attributes & _ENABLED or one.attributes & (_DENY_ONLY | _INTEGRITY | _LOGON):
            continue
        name, domain = _names(one.sid)
        yield name
        yield f"{domain}\\{name}" if domain and name else ""
        yield _text(one.sid)


def is_account(name: str) -> bool | None:
    """Whether Windows knows a user or group of that name; None where it does not tell. A SID counts as known."""
    if sys.platform != "win32" or name.upper().startswith("S-1-"):
        return None
    look_up = ctypes.WinDLL("advapi32", use_last_error=True).LookupAccountNameW
    length = ctypes.POINTER(ctypes.c_ulong)
    look_up.argtypes = (
        ctypes.c_wchar_p, ctypes.c_wchar_p, ctypes.c_void_p, length, ctypes.c_wchar_p, length, length,
    )  # fmt: skip
    sid, domain = ctypes.create_string_buffer(_LONGEST_SID), ctypes.create_unicode_buffer(257)
    long, longer, kind = ctypes.c_ulong(_LONGEST_SID), ctypes.c_ulong(257), ctypes.c_ulong()
    if look_up(None, name, sid, ctypes.byref(long), domain, ctypes.byref(longer), ctypes.byref(kind)):
        return True
    return False if ctypes.get_last_error() == _NONE_MAPPED else None


def _token(what: int) -> ctypes.Array[ctypes.c_char]:
    """What the process's token says. Raises `OSError`."""
    if sys.platform != "win32":
        raise OSError("tokens are a matter of Windows")
    advapi = ctypes.WinDLL("advapi32", use_last_error=True)
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    kernel.CloseHandle.argtypes = (ctypes.c_void_p,)
    advapi.OpenProcessToken.argtypes = (ctypes.c_void_p, ctypes.c_ulong, ctypes.POINTER(ctypes.c_void_p))
    advapi.GetTokenInformation.argtypes = (
        ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_ulong, ctypes.POINTER(ctypes.c_ulong),
    )  # fmt: skip
    token, needed = ctypes.c_void_p(), ctypes.c_ulong()
    if not advapi.OpenProcessToken(kernel.GetCurrentProcess(), _QUERY, ctypes.byref(token)):
        raise ctypes.WinError(ctypes.get_last_error())
    try:
        advapi.GetTokenInformation(token, what, None, 0, ctypes.byref(needed))
        told = ctypes.create_string_buffer(max(needed.value, ctypes.sizeof(_Holder)))
        if not advapi.GetTokenInformation(token, what, told, len(told), ctypes.byref(needed)):
            raise ctypes.WinError(ctypes.get_last_error())
    finally:
        kernel.CloseHandle(token)
    return told


def _names(sid: int | None) -> tuple[str, str]:
    """Name and domain of a SID; empty where nobody knows it."""
    if sys.platform != "win32":
        return "", ""
    look_up = ctypes.WinDLL("advapi32", use_last_error=True).LookupAccountSidW
    length = ctypes.POINTER(ctypes.c_ulong)
    look_up.argtypes = (
        ctypes.c_wchar_p, ctypes.c_void_p, ctypes.c_wchar_p, length, ctypes.c_wchar_p, length, length,
    )  # fmt: skip
    name, domain = ctypes.create_unicode_buffer(257), ctypes.create_unicode_buffer(257)
    long, longer, kind = ctypes.c_ulong(257), ctypes.c_ulong(257), ctypes.c_ulong()
    done = look_up(None, sid, name, ctypes.byref(long), domain, ctypes.byref(longer), ctypes.byref(kind))
    return (name.value, domain.value) if done else ("", "")


def _text(sid: int | None) -> str:
    """``S-1-5-32-544``: the same in every language of Windows; empty where it can't be told."""
    if sys.platform != "win32":
        return ""
    convert = ctypes.WinDLL("advapi32", use_last_error=True).ConvertSidToStringSidW
    convert.argtypes = (ctypes.c_void_p, ctypes.POINTER(ctypes.c_wchar_p))
    free = ctypes.WinDLL("kernel32").LocalFree
    free.argtypes = (ctypes.c_void_p,)
    told = ctypes.c_wchar_p()
    if not convert(sid, ctypes.byref(told)):
        return ""
    try:
        return told.value or ""
    finally:
        free(ctypes.cast(told, ctypes.c_void_p))
