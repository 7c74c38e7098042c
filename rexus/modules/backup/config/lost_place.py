"""What a lost server still needs to be told: the connection from `.env` alone, and a folder for what is written."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from ..base.errors import BadInput
from ..base.files import WINDOWS
from ..base.server_variables import VARIABLES
from .secrets import Secret
from .settings import SqlServer

_TRUE = frozenset({"1", "yes", "true", "on", "si", "sí"})


def connection_named(environment: Mapping[str, str | Secret]) -> SqlServer:
    """How the server is reached where there are no settings. Raises `BadInput` (``config.value``)."""
    given: dict[str, Any] = {}
    for variable, setting in VARIABLES.items():
        value = environment.get(variable, os.environ.get(variable, ""))
        text = (value.reveal() if isinstance(value, Secret) else value).strip()
        if text:
            given[setting] = text.casefold() in _TRUE if setting == "trust_certificate" else text
    try:
        return msgspec.convert(given, SqlServer)
    except msgspec.ValidationError as error:
        name = next((one for one, setting in VARIABLES.items() if f"$.{setting}" in str(error)), ".env")
        value = str(given.get(VARIABLES.get(name, ""), ""))
        raise BadInput("config.value", file=".env", key=name, value=value, allowed=str(error)) from error


def is_server_named(environment: Mapping[str, str | Secret]) -> bool:
    """Whether anything says where the server is, if no settings do."""
    return bool(server_named(SqlServer(), environment))


def server_named(settings: SqlServer, environment: Mapping[str, str | Secret]) -> str:
    """What the server is called: by the settings, else by `.env`, else by the process; empty: nothing says."""
    value = settings.server or environment.get("DB_SERVER", os.environ.get("DB_SERVER", ""))
    return (value.reveal() if isinstance(value, Secret) else value).strip()


def work_folder(folder: Path) -> Path:
    """Where logs, leases and journals of restores go whose backups lie in ``folder``: always the same, never there.

    The disk that was saved may be read-only, and whoever lost a server changes nothing on it.
    """
    if WINDOWS:
        state = Path(os.environ.get("LOCALAPPDATA") or Path("~/AppData/Local").expanduser()) / "Rexus Backups"
    else:
        state = Path(os.environ.get("XDG_STATE_HOME") or Path("~/.local/state").expanduser()) / "rexus-backups"
    told = os.path.normcase(os.path.realpath(folder)).encode("utf-8", "surrogateescape")
    return state / "lost" / hashlib.sha256(told).hexdigest()[:16]
