"""What must never be shown: values of `.env`, and whatever else looks like a secret."""

from __future__ import annotations

import errno
import logging
import os
import re
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from ..base.errors import BadInput

log = logging.getLogger(__name__)

SERVICE = "rexus-backups"
"""What the system's keyring knows our secrets under: ``keyring set rexus-backups NAME``."""
MAX_BYTES = 1 << 20
"""The largest configuration or `.env` that is read."""
STARS = "***"
PLAIN_NAMES = frozenset(
    {
        *("DB_SERVER", "DB_PORT", "DB_DRIVER", "DB_USERNAME", "DB_USERS", "DB_INVENTARIO", "DB_AUDITORIA"),
        *("REXUS_SERVER_BACKUP_DIR", "REXUS_CLIENT_BACKUP_DIR", "REXUS_DATA_DIR", "REXUS_LOG_DIR"),
        *("REXUS_CLIENT", "REXUS_AUTHENTICATION", "REXUS_ENCRYPT", "REXUS_TRUST_CERTIFICATE"),
    }
)
"""Variables of the host and of ours that hold no secret. What any other one holds, only the host knows."""
_SECRET_NAME = re.compile(r"PASS|PWD|SECRET|TOKEN|KEY|CREDENTIAL|CLAVE|CONTRASE", re.IGNORECASE)
_IN_CONNECTION = re.compile(
    r"(\b(?:pwd|pass\w*|secret\w*|token|\w*key|clave|contrase\w*|sig)\s*=\s*)(?:\{[^}]*\}?|[^;]+)", re.IGNORECASE
)
_IN_URL = re.compile(r"(://[^:@/\s]*):.*@", re.DOTALL)


class Secret:
    """A text that shows itself as stars."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself, for the one place that needs it."""
        return self._value

    def __repr__(self) -> str:
        return STARS

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(STARS, spec)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled: the text would stand in the bytes."""
        raise TypeError("a secret is not written anywhere")


def secret_named(name: str, environment: Mapping[str, str | Secret]) -> Secret | None:
    """The secret of that name: from `.env`, else the process's environment, else the system's keyring.

    An empty value counts as none. Never raises: a keyring that can't be asked holds nothing.
    """
    given = environment.get(name)
    plain = given.reveal() if isinstance(given, Secret) else given
    places: tuple[Callable[[str], str | None], ...] = (lambda _: plain, os.environ.get, _in_keyring)
    for ask in places:
        value = ask(name)
        if value and value.strip():
            return Secret(value.strip())
    return None


def _in_keyring(name: str) -> str | None:
    try:
        import keyring

        return keyring.get_password(SERVICE, name)
    except Exception as error:  # noqa: BLE001  every backend has errors of its own
        log.info("the keyring can't be asked for %s: %s", name, type(error).__name__)
        return None


def is_secret_name(name: str) -> bool:
    """Whether a setting of this name holds a secret."""
    return _SECRET_NAME.search(name) is not None


def masked(value: Any) -> Any:
    """The same JSON value with stars for what looks like a secret: by its name, or inside a connection string."""
    if isinstance(value, dict):
        return {key: STARS if is_secret_name(key) else masked(child) for key, child in value.items()}
    if isinstance(value, list):
        return [masked(child) for child in value]
    if isinstance(value, str):
        return _IN_URL.sub(rf"\1:{STARS}@", _IN_CONNECTION.sub(rf"\1{STARS}", value))
    return value


def read_small(path: Path) -> bytes:
    """A regular file of at most `MAX_BYTES`. Raises `OSError`, `BadInput` (``config.too_big``)."""
    if not stat.S_ISREG(path.stat().st_mode):
        # A pipe would wait for ever, a device never end.
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path))
    with path.open("rb") as reading:
        data = reading.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise BadInput("config.too_big", file=str(path), value=max(len(data), path.stat().st_size), allowed=MAX_BYTES)
    return data


def decoded(data: bytes, file: str) -> str:
    """``data`` as UTF-8. Raises `BadInput` (``config.not_text``) with the line."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        # The original holds the bytes, which may be a password: it is not kept as the cause.
        line = data[: error.start].count(b"\n") + 1
        raise BadInput("config.not_text", file=file, line=line) from None


def read_env(path: Path) -> dict[str, str | Secret]:
    """The variables of a `.env` file, all but those of `PLAIN_NAMES` wrapped; empty when there is none.

    Raises `BadInput`.
    """
    try:
        text = decoded(read_small(path), str(path)).removeprefix("\ufeff")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BadInput("config.unreadable", file=str(path), why=error.strerror or type(error).__name__) from error
    from io import StringIO

    from dotenv import dotenv_values

    values = dotenv_values(stream=StringIO(text), interpolate=False)
    return {name: _wrapped(name, value) for name, value in values.items() if value is not None}


def _wrapped(name: str, value: str) -> str | Secret:
    """A connection string or address with a password in it is a secret too, whatever it is called."""
    return value if name in PLAIN_NAMES and masked(value) == value else Secret(value)
