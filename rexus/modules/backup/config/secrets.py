"""What must never be shown: values of `.env`."""

from __future__ import annotations

import re
from pathlib import Path

from ..base.errors import BadInput

_SECRET_NAME = re.compile(r"PASS|PWD|SECRET|TOKEN|KEY|CREDENTIAL", re.IGNORECASE)
_MAX_BYTES = 1 << 20


class Secret:
    """A text that shows itself as stars."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself, for the one place that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


def is_secret_name(name: str) -> bool:
    """Whether a setting of this name holds a secret."""
    return _SECRET_NAME.search(name) is not None


def read_env(path: Path) -> dict[str, str | Secret]:
    """The variables of a `.env` file, secrets wrapped; empty when there is none. Raises `BadInput`."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise BadInput("config.too_big", file=str(path), value=path.stat().st_size, allowed=_MAX_BYTES)
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BadInput("config.unreadable", file=str(path), why=error.strerror or type(error).__name__) from error
    except UnicodeDecodeError as error:
        raise BadInput("config.not_text", file=str(path), line=1) from error
    from io import StringIO

    from dotenv import dotenv_values

    values = dotenv_values(stream=StringIO(text), interpolate=False)
    return {
        name: Secret(value) if is_secret_name(name) else value for name, value in values.items() if value is not None
    }
