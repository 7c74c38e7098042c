"""Read `backup_config.json` and `.env`, whole or not at all; save without losing what others wrote."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from ..base.errors import BadInput
from ..base.files import Files, publish
from ..base.records import Problem
from .check import DATABASE_NAME, NAME_RULE, problems_of, without_notes
from .document import MAX_BYTES, Document, Value
from .secrets import Secret, read_env
from .settings import Settings

ENV_NAMES = {"users": "DB_USERS", "inventario": "DB_INVENTARIO", "auditoria": "DB_AUDITORIA"}
"""Logical names and the host's variables that say what the databases are called."""


class ConfigProblems(BadInput):
    """Several settings are wrong; ``problems`` names each."""

    def __init__(self, problems: list[Problem]) -> None:
        first = problems[0]
        super().__init__(first.code, **first.values)
        self.problems = tuple(problems)


class Loaded:
    """The settings with the place they come from; relative paths start at the folder of the file."""

    def __init__(
        self, path: Path, document: Document, settings: Settings, environment: dict[str, str | Secret]
    ) -> None:
        self.path = path
        self.document = document
        self.settings = settings
        self.environment = environment
        self._databases = _databases(settings, environment, path)

    @property
    def root(self) -> Path:
        """The backup folder, absolute."""
        return self._below(self.settings.root)

    @property
    def app_root(self) -> Path:
        """The application's folder, absolute."""
        return self._below(self.settings.app_root)

    @property
    def database_names(self) -> tuple[str, ...]:
        """The logical names, in order."""
        return tuple(self._databases)

    @property
    def secret_values(self) -> tuple[str, ...]:
        """What must be masked wherever text leaves the program."""
        return tuple(one.reveal() for one in self.environment.values() if isinstance(one, Secret))

    def database_location(self, name: str) -> str:
        """An absolute path (sqlite) or the name on the server."""
        named = self._databases[name]
        return str(self._below(named)) if self.settings.engine == "sqlite" else named

    def _below(self, path: str) -> Path:
        return Path(os.path.abspath(self.path.parent / Path(path).expanduser()))  # noqa: PTH100  links stay links


def load(path: Path) -> Loaded:
    """Read and check everything. Raises `ConfigProblems` naming all that is wrong, `BadInput` if unreadable."""
    document = read_document(path)
    found = problems_of(document, str(path))
    if found:
        raise ConfigProblems(found)
    settings = msgspec.convert(without_notes(document.root.plain()), Settings)
    folder = Path(os.path.abspath(path.parent / Path(settings.app_root).expanduser()))  # noqa: PTH100
    environment = read_env(path.parent / ".env") | (read_env(folder / ".env") if folder != path.parent else {})
    return Loaded(path, document, settings, environment)


def read_document(path: Path) -> Document:
    """Read the text with its places. Raises `BadInput`."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadInput("config.too_big", file=str(path), value=path.stat().st_size, allowed=MAX_BYTES)
        return Document.of(path.read_bytes(), str(path))
    except FileNotFoundError as error:
        raise BadInput("config.absent", file=str(path)) from error
    except OSError as error:
        raise BadInput("config.unreadable", file=str(path), why=error.strerror or type(error).__name__) from error


def _databases(settings: Settings, environment: dict[str, str | Secret], path: Path) -> dict[str, str]:
    """From the settings, else from the host's variables; nothing is guessed."""
    if settings.databases:
        return dict(settings.databases)
    named = {
        name: value
        for name, variable in ENV_NAMES.items()
        if isinstance(value := environment.get(variable), str) and value.strip()
    }
    for name in named:
        if not DATABASE_NAME.match(name):
            raise BadInput("config.database_name", file=str(path), key=name, value=name, allowed=NAME_RULE)
    return named


def save(path: Path, document: Document, changes: dict[str, Value], files: Files) -> Document:
    """Write ``changes`` (``compression.level`` → value) into the file; all else stays byte for byte.

    Nothing is written when the result would not load. Raises `ConfigProblems`, `BadInput`.
    """
    for key, value in changes.items():
        document = document.with_value(tuple(key.split(".")), value)
    found = problems_of(document, str(path))
    if found:
        raise ConfigProblems(found)
    try:
        publish(files, path, document.text.encode("utf-8"))
    except OSError as error:
        raise BadInput("config.unwritable", file=str(path), why=error.strerror or type(error).__name__) from error
    return document
