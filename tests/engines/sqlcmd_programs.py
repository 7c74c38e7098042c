"""Every sqlcmd that tests can run: the stand-in in each of its dialects, and the real one that REXUS_SQLCMD names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlcmd_double.install import install

from rexus.modules.backup.engines.sqlcmd_find import Sqlcmd, identified

DIALECTS = ("go", "odbc17", "odbc18", "real")
REAL = os.environ.get("REXUS_SQLCMD", "")


def program(dialect: str, folder: Path) -> Sqlcmd:
    """The sqlcmd of that dialect; skips the test where the real one is wanted and none is named."""
    if dialect == "real":
        if not REAL:
            pytest.skip("REXUS_SQLCMD names no real sqlcmd")
        return identified(REAL)
    return identified(str(install(folder, dialect)))  # type: ignore[arg-type]
