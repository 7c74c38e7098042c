"""Shortcuts to the window: an entry in the menu of programs and one on the desktop."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from . import host_files, windows_link
from .errors import Failed, Refused
from .files import WINDOWS, Files, os_path, publish
from .records import Record

NAME = "Rexus Backups"
ENTRY = "rexus-backups"
"""Name of the entry and its icon, as desktops know the window by."""
_ENTRY = """\
[Desktop Entry]
Type=Application
Version=1.0
Name={name}
Comment={comment}
Exec={command}
Path={folder}
Icon={icon}
Terminal=false
StartupNotify=true
StartupWMClass={entry}
Categories=System;Utility;Archiving;
"""
_DESKTOP = re.compile(r'^XDG_DESKTOP_DIR="(\$HOME)?/?([^"]*)"', re.MULTILINE)
_SPECIAL = re.compile(r'(["`$\\])')
_PLAIN = re.compile(r"[\w@+=:,./-]+")


class Shortcut(Record, frozen=True, kw_only=True):
    """One file of a shortcut."""

    kind: str
    """menu, desktop, icon."""
    path: str


def command(config: Path) -> tuple[str, ...]:
    """What a shortcut starts: the interpreter without a console, and the window on this configuration."""
    running = Path(sys.executable)
    if WINDOWS:
        quiet = running.with_name("pythonw.exe")
        running = quiet if quiet.is_file() else running
    return (str(running), str(host_files.program() / host_files.LAUNCHER), "--config", str(config))


def install(config: Path, comment: str, files: Files) -> tuple[Shortcut, ...]:
    """Put the shortcuts where this person's desktop looks for them. Raises `Refused`, `Failed`."""
    _known(config)
    found = _places()
    for one in found:
        path = Path(one.path)
        try:
            files.make_folder(path.parent, private=False)
            if one.kind == "icon":
                publish(files, path, (host_files.resources() / "icons/app.svg").read_bytes(), private=False)
            elif WINDOWS:
                windows_link.write(path, _link(config, comment))
            else:
                publish(files, path, _entry(config, comment).encode("utf-8"), private=False)
                files.stamp(path, mode=0o755, mtime_ns=None)
        except OSError as error:
            raise _failed(path, error) from error
    return found


def remove(config: Path, files: Files) -> tuple[Shortcut, ...]:
    """Take them away; those that there were. Raises `Refused`, `Failed`."""
    _known(config)
    found = tuple(one for one in _places() if os.path.lexists(os_path(Path(one.path))))
    for one in found:
        try:
            files.unlink(Path(one.path))
        except OSError as error:
            raise _failed(Path(one.path), error) from error
    return found


def desktop() -> Path | None:
    """The person's desktop folder; None where there is none."""
    if WINDOWS:
        found = windows_link.folder(windows_link.DESKTOP)
    else:
        found = _named_desktop()
        if found == Path.home():  # so a person says that there is no desktop
            found = None
    return found if found is not None and found.is_dir() else None


def _known(config: Path) -> None:
    """Refuse systems whose shortcuts we don't know."""
    if sys.platform == "darwin":
        raise Refused("shortcut.no_desktop", command=spoken(command(config)))


def _places() -> tuple[Shortcut, ...]:
    named: tuple[tuple[str, Path | None, str], ...]
    if WINDOWS:
        menu = windows_link.folder(windows_link.PROGRAMS)
        named = (("menu", menu, f"{NAME}.lnk"), ("desktop", desktop(), f"{NAME}.lnk"))
    else:
        data = _folder("XDG_DATA_HOME", ".local/share")
        named = (
            ("icon", data / "icons/hicolor/scalable/apps", f"{ENTRY}.svg"),
            ("menu", data / "applications", f"{ENTRY}.desktop"),
            ("desktop", desktop(), f"{ENTRY}.desktop"),
        )
    return tuple(Shortcut(kind=kind, path=str(folder / name)) for kind, folder, name in named if folder is not None)


def _named_desktop() -> Path:
    """What the desktop's settings say, in the language the person logs in with."""
    try:
        text = (_folder("XDG_CONFIG_HOME", ".config") / "user-dirs.dirs").read_text("utf-8", "replace")
    except OSError:
        text = ""
    found = _DESKTOP.search(text)
    if found is None:
        return Path.home() / "Desktop"
    return Path.home() / found[2] if found[1] else Path("/") / found[2]


def _folder(variable: str, otherwise: str) -> Path:
    given = os.environ.get(variable, "")
    return Path(given) if given.startswith("/") else Path.home() / otherwise


def _link(config: Path, comment: str) -> windows_link.Link:
    target, *arguments = command(config)
    return windows_link.Link(
        target=target,
        arguments=subprocess.list2cmdline(arguments),
        folder=str(host_files.program()),
        icon=str(host_files.resources() / "icons/app.ico"),
        description=comment,
    )


def _entry(config: Path, comment: str) -> str:
    icon = next(one.path for one in _places() if one.kind == "icon")
    return _ENTRY.format(
        name=NAME,
        comment=_value(comment),
        command=_value(" ".join(_argument(one) for one in command(config))),
        folder=_value(str(host_files.program())),
        icon=_value(icon),
        entry=ENTRY,
    )


def _value(text: str) -> str:
    """A value as the Desktop Entry Specification writes it."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


def _argument(text: str) -> str:
    """One argument of an Exec line."""
    text = text.replace("%", "%%")
    return text if _PLAIN.fullmatch(text) else '"' + _SPECIAL.sub(r"\\\1", text) + '"'


def spoken(words: tuple[str, ...]) -> str:
    """A command as one may type it."""
    return subprocess.list2cmdline(words) if WINDOWS else shlex.join(words)


def _failed(path: Path, error: OSError) -> Failed:
    return Failed("shortcut.write_failed", path=str(path), why=error.strerror or type(error).__name__)
