"""What a host's tree is given: the package, its resources, the program that starts it."""

from __future__ import annotations

from pathlib import Path

from .files import PARTIAL

PACKAGE = "rexus/modules/backup"
"""Where the module lives in a tree."""
LAUNCHER = "main_backup.py"
_HERE = Path(__file__).resolve().parents[1]
_RESOURCES = "resources"
_CACHE = "__pycache__"
_NEVER = (".pyc", PARTIAL)


def here() -> Path:
    """The folder of the running package."""
    return _HERE


def program() -> Path:
    """The folder of main_backup.py."""
    return _HERE.parents[2]


def resources() -> Path:
    """Sheets and icons: inside the package in a host's tree, else beside the program."""
    inside = _HERE / _RESOURCES
    return inside if inside.is_dir() else program() / _RESOURCES


def wanted() -> dict[str, Path]:
    """Every file to lay, by its path below the tree: the launcher, then the package in order."""
    found = {LAUNCHER: program() / LAUNCHER}
    found |= {f"{PACKAGE}/{name}": path for name, path in _inside(_HERE).items()}
    found |= {f"{PACKAGE}/{_RESOURCES}/{name}": path for name, path in _inside(resources()).items()}
    return found


def foreign(tree: Path, mine: set[str]) -> list[str]:
    """Files where the module belongs that are not among ``mine``, caches of the interpreter aside."""
    there = _inside(tree / PACKAGE)
    return sorted(name for one in there if (name := f"{PACKAGE}/{one}") not in mine)


def caches(folder: Path) -> list[Path]:
    """What the interpreter keeps of the sources in ``folder``."""
    return sorted((folder / _CACHE).glob("*.pyc")) if (folder / _CACHE).is_dir() else []


def cache_of(folder: Path) -> Path:
    """Where the interpreter keeps it."""
    return folder / _CACHE


def _inside(folder: Path) -> dict[str, Path]:
    """The files below ``folder``, sorted by name with ``/``."""
    every = (path for path in folder.rglob("*") if not path.is_dir() or path.is_symlink())
    named = {path.relative_to(folder).as_posix(): path for path in every}
    return {
        name: path
        for name, path in sorted(named.items())
        if not name.endswith(_NEVER) and f"{_CACHE}/" not in f"/{name}"
    }
