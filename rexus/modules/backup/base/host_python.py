"""Whether the Python that runs the host has the libraries that the module needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from .files import WINDOWS

LIBRARIES = {
    "msgspec": "msgspec",
    "isal": "isal",
    "backports.zstd": "backports.zstd",
    "dotenv": "python-dotenv",
    "psutil": "psutil",
    "platformdirs": "platformdirs",
    "humanize": "humanize",
    "click": "click",
    "rich": "rich",
    "tzdata": "tzdata",
    "tzlocal": "tzlocal",
    "schedule": "schedule",
    "apprise": "apprise",
    "keyring": "keyring",
    "qtpy": "QtPy",
    "pyqtgraph": "pyqtgraph",
    "numpy": "numpy",
    "pyodbc": "pyodbc",
    "mssql_python": "mssql-python",
}
"""What is imported, and the package that brings it."""
_STANDARD = ("compression.zstd", "backports.zstd")
"""The first is part of newer Pythons, which need the second no more."""
_ENVIRONMENTS = (".venv", "venv", "env")
_LONGEST_S = 60
_ASK = """\
import importlib.util, sys
def there(name):
    try: return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError): return False
newer, older = sys.argv[1:3]
print(*(name for name in sys.argv[3:] if not there(name) and not (name == older and there(newer))))
"""


def interpreter(tree: Path) -> Path:
    """The Python of a virtual environment in ``tree``; where there is none, the one that runs this."""
    inside = ("Scripts", "python.exe") if WINDOWS else ("bin", "python")
    found = (tree.joinpath(name, *inside) for name in _ENVIRONMENTS)
    return next((one for one in found if one.is_file()), Path(sys.executable))


def lacking(python: Path) -> tuple[str, ...] | None:
    """Packages that ``python`` lacks; None where it can't be asked."""
    try:
        ran = subprocess.run(
            [str(python), "-I", "-c", _ASK, *_STANDARD, *LIBRARIES],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
            timeout=_LONGEST_S,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return tuple(LIBRARIES[name] for name in ran.stdout.split()) if ran.returncode == 0 else None
