"""Read `backup_config.json` and `.env`, whole or not at all; save without losing what others wrote."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from ..base.errors import BadInput
from ..base.files import WINDOWS, Files, publish
from ..base.records import Finding, Problem, Severity
from ..base.server_parts import SYSTEM_DATABASES
from ..base.watching import KIND_OF
from . import last_good
from .bare import engine_of, holds_server_files, holds_sets
from .check import problems_of, without_notes
from .document import Document, Value
from .lost_place import connection_named, is_server_named, server_named, work_folder
from .secrets import Secret, read_env, read_small, secret_named
from .sense import problems_of_sense
from .settings import Settings

FILE_NAME = "backup_config.json"
ENV_NAMES = {"users": "DB_USERS", "inventario": "DB_INVENTARIO", "auditoria": "DB_AUDITORIA"}
"""Logical names and the host's variables that say what the databases are called."""
_OWN_FOLDERS = ("databases", "config", "application", "logs")
"""What a backup folder has in it."""
_NOT_MENDED = frozenset({"config.is_folder", "config.newer", "config.unreadable"})
"""What is not wrong with the text of the file."""


class ConfigProblems(BadInput):
    """Several settings are wrong; ``problems`` names each."""

    def __init__(self, problems: list[Problem]) -> None:
        first = problems[0]
        super().__init__(first.code, **first.values)
        self.problems = tuple(problems)


class Loaded:
    """The settings with the place they come from; relative paths start at the folder of the file."""

    def __init__(
        self,
        path: Path,
        document: Document,
        settings: Settings,
        environment: dict[str, str | Secret],
        *,
        bare: bool = False,
    ) -> None:
        self.path = path
        self.bare = bare
        """There are no settings: ``path`` is the backup folder itself, and nobody knows where anything belongs."""
        self.document = document
        self.settings = settings
        self.environment = environment
        self._databases = with_server_parts(settings, dict(settings.databases) or _named_by_host(settings, environment))

    @property
    def text(self) -> str:
        """The file as it stands."""
        return self.document.text

    @property
    def root(self) -> Path:
        """The backup folder, absolute."""
        return _place(self.path.parent, self.settings.root)

    @property
    def loose(self) -> bool:
        """There are no manifests either: ``path`` holds files of SQL Server's, and what is written goes elsewhere."""
        return self.bare and self.root != self.path

    @property
    def has_server(self) -> bool:
        """Whether there is a server to ask: settings must name one; a folder without any has one if `.env` does."""
        return not self.bare or is_server_named(self.environment)

    @property
    def server_named(self) -> str:
        """What the server is called by whatever names it; empty: nothing does."""
        return server_named(self.settings.sqlserver, self.environment)

    @property
    def app_root(self) -> Path:
        """The application's folder, absolute."""
        return _place(self.path.parent, self.settings.app_root)

    @property
    def database_names(self) -> tuple[str, ...]:
        """The logical names, in order."""
        return tuple(self._databases)

    @property
    def secret_values(self) -> tuple[str, ...]:
        """What must be masked wherever text leaves the program."""
        return tuple(one.reveal() for one in self.environment.values() if isinstance(one, Secret) and one)

    def database_location(self, name: str) -> str:
        """An absolute path (sqlite) or the name on the server."""
        named = self._databases[name]
        return str(_place(self.path.parent, named)) if self.settings.engine == "sqlite" else named


def load(path: Path) -> Loaded:
    """Read and check everything. Raises `ConfigProblems` naming all that is wrong, `BadInput` if unreadable.

    A folder with sets in it does without: then the settings are the usual ones, with that folder as root. So does one
    with backup files of SQL Server and nothing else that is ours.
    """
    if holds_sets(path):
        return _bare(path)
    if holds_server_files(path) and not (path / FILE_NAME).exists():
        return _loose(path)
    try:
        return _checked(path)
    except BadInput as error:
        raise with_way_back(error, path) from error.__cause__


def with_way_back(error: BadInput, path: Path) -> BadInput:
    """``error``, with the command that takes back the settings at ``path`` that could be used last, if there are any.

    It stands in the first of several problems, and only where such a file would mend what is wrong.
    """
    command = last_good.way_back(path)
    if not command or error.code in _NOT_MENDED or error.values.get("file") != str(path):
        return error
    told = {"take_back": command}
    if isinstance(error, ConfigProblems):
        first, *rest = error.problems
        return ConfigProblems([msgspec.structs.replace(first, values={**first.values, **told}), *rest])
    return BadInput(error.code, **error.values, **told)


def _checked(path: Path) -> Loaded:
    """The settings in the file at ``path``. Raises as `load`."""
    document = read_document(path)
    found = problems_of(document, str(path))
    if found:
        raise ConfigProblems(found)
    settings = msgspec.convert(without_notes(document.root.plain()), Settings)
    found = strange_homes(settings, path)
    if found:
        raise ConfigProblems(found)
    loaded = Loaded(path, document, settings, environment_of(path, settings.app_root))
    senseless = problems_of_sense(settings, str(path), loaded.database_names)
    if senseless:
        raise ConfigProblems(senseless)
    return loaded


def _bare(folder: Path) -> Loaded:
    """The settings of a backup folder that came without any: no databases, no schedules, nothing to save."""
    place = _place(folder, ".")
    engine = engine_of(place)
    named = environment_of(place, str(place)) if engine == "sqlserver" else {}
    settings = Settings(
        root=str(place), app_root=str(place), engine=engine, schedules=(), sqlserver=connection_named(named)
    )
    return Loaded(place, Document.of(b"{}", str(place)), settings, named, bare=True)


def _loose(folder: Path) -> Loaded:
    """The same of a folder with nothing but files of SQL Server's: what has to be written goes elsewhere."""
    place = _place(folder, ".")
    named = environment_of(place, str(place))
    settings = Settings(
        root=str(work_folder(place)),
        app_root=str(place),
        engine="sqlserver",
        schedules=(),
        sqlserver=connection_named(named),
    )
    return Loaded(place, Document.of(b"{}", str(place)), settings, named, bare=True)


def environment_of(path: Path, app_root: str) -> dict[str, str | Secret]:
    """What the `.env` beside the file at ``path`` says, and that of the application, which wins. Raises `BadInput`."""
    found: dict[str, str | Secret] = {}
    for place in env_places(path, app_root):
        found |= read_env(place)
    return found


def env_places(path: Path, app_root: str) -> tuple[Path, ...]:
    """Every `.env` that counts, the one that wins last."""
    folders = dict.fromkeys((_place(path.parent, "."), _place(path.parent, app_root)))
    return tuple(folder / ".env" for folder in folders)


def read_document(path: Path) -> Document:
    """Read the text with its places. Raises `BadInput`."""
    try:
        return Document.of(read_small(path), str(path))
    except FileNotFoundError as error:
        raise BadInput("config.absent", file=str(path)) from error
    except OSError as error:
        refuse_folder(path)
        raise BadInput("config.unreadable", file=str(path), why=error.strerror or type(error).__name__) from error


def refuse_folder(path: Path) -> None:
    """Raises `BadInput` (``config.is_folder``) where a folder is named instead of the file in it."""
    if path.is_dir():
        inside = path / FILE_NAME
        raise BadInput(
            "config.is_folder", file=str(path), path=str(inside), inside=FILE_NAME if inside.is_file() else "-"
        )


def save(
    path: Path, document: Document, changes: dict[str, Value], files: Files, *, remove: Iterable[str] = ()
) -> Document:
    """Write ``changes`` (``compression.level`` → value) and ``remove`` keys; all else stays byte for byte.

    Nothing is written when the result would not load, or when somebody changed the file since ``document`` was
    read (``config.changed``). Raises `ConfigProblems`, `BadInput`.
    """
    edited = document
    for key in remove:
        edited = edited.without(tuple(key.split(".")))
    for key, value in changes.items():
        edited = edited.with_value(tuple(key.split(".")), value)
    save_document(path, document, edited, files)
    return edited


def save_document(path: Path, before: Document, after: Document, files: Files) -> None:
    """Write ``after`` where ``before`` was read; conditions and errors as in `save`."""
    found = problems_of(after, str(path))
    if found:
        raise ConfigProblems(found)
    try:
        _write(Path(os.path.realpath(path)), before, after, files)
    except OSError as error:
        raise BadInput("config.unwritable", file=str(path), why=error.strerror or type(error).__name__) from error


def findings(loaded: Loaded) -> tuple[Finding, ...]:
    """What is allowed but unwise about the settings; all are warnings."""
    return (*_places(loaded), *_rules(loaded.settings), *_secrets(loaded))


def _places(loaded: Loaded) -> Iterator[Finding]:
    """Folders and files that lie in each other."""
    root, seen = loaded.root, dict[str, str]()
    sets = loaded.settings.files
    inside = _below(root, loaded.app_root)
    # The root may be the application's folder itself: then its own folders lie among those that are copied.
    names = [inside] if inside else [(name,) for name in _OWN_FOLDERS] if inside is not None else []
    patterns = (one for one in (*sets.config, *sets.application) if any(_covers(one, name) for name in names))
    pattern = next(patterns, None)
    if pattern is not None:
        yield _warning("config.root_inside_app", path=str(root), pattern=pattern)
    for name in loaded.database_names if loaded.settings.engine == "sqlite" else ():
        place = Path(loaded.database_location(name))
        if _below(place, root):
            yield _warning("config.database_inside_root", database=name, path=str(place), root=str(root))
        same = os.path.normcase(os.path.realpath(place))
        if same in seen:
            yield _warning("config.same_database", database=name, other=seen[same], path=str(place))
        seen.setdefault(same, name)


def _rules(settings: Settings) -> Iterator[Finding]:
    """Schedules and rules that protect less than one may think."""
    if not any(one.enabled and one.action in KIND_OF for one in settings.schedules):
        yield _warning("config.no_backup_schedule")
    keep = settings.retention
    if not any((keep.daily, keep.weekly, keep.monthly, keep.yearly, keep.count, keep.max_age_days)):
        yield _warning("config.keeps_newest_only")


def _secrets(loaded: Loaded) -> Iterator[Finding]:
    """Names of secrets that are found nowhere, so that nothing can be sent."""
    wanted: list[tuple[str, str]] = []
    for number, one in enumerate(loaded.settings.notices.channels):
        place = f"notices.channels[{number}]"
        if one.enabled and one.variable is not None:
            wanted.append((f"{place}.variable", one.variable))
        elif one.enabled and one.email is not None and one.email.user is not None:
            wanted.append((f"{place}.email.variable", one.email.variable))
    wanted += [(f"notices.pings[{n}].variable", one.variable) for n, one in enumerate(loaded.settings.notices.pings)]
    for key, name in wanted:
        if secret_named(name, loaded.environment) is None:
            yield _warning("config.secret_missing", key=key, name=name)


def refuse_changed(target: Path, before: Document) -> None:
    """Raises `BadInput` (``config.changed``) where the file does not say any more what ``before`` does; `OSError`."""
    if target.exists() and read_small(target) != before.text.encode("utf-8"):
        raise BadInput("config.changed", file=str(target))


def replace_text(target: Path, text: str, files: Files) -> None:
    """Replace the file in one step, with the rights it had; a new one is the owner's alone. Raises `OSError`."""
    mode = target.stat().st_mode & 0o777 if target.exists() else None
    publish(files, target, text.encode("utf-8"))
    if mode is not None and mode != 0o600 and not WINDOWS:
        # It is written by now; that others can't read it for once is no reason to say otherwise.
        with contextlib.suppress(OSError):
            files.stamp(target, mode=mode, mtime_ns=None)


def _write(target: Path, before: Document, after: Document, files: Files) -> None:
    """Put the settings in their place; nothing to do when they are there already."""
    refuse_changed(target, before)
    if after.text != before.text or not target.exists():
        replace_text(target, after.text, files)


def _named_by_host(settings: Settings, environment: dict[str, str | Secret]) -> dict[str, str]:
    """What the host's variables call the databases; for files, a name without folder and suffix means ``.db``."""
    named: dict[str, str] = {}
    for name, variable in ENV_NAMES.items():
        value = environment.get(variable)
        if not isinstance(value, str) or not value.strip():
            continue
        bare = not Path(value).suffix and not set(value) & set("/\\")
        named[name] = f"{value}.db" if bare and settings.engine == "sqlite" else value
    return named


def with_server_parts(settings: Settings, named: dict[str, str]) -> dict[str, str]:
    """``named`` with the databases that the server keeps for its own use, where they are wanted and not among them."""
    if settings.engine != "sqlserver" or not named:
        return named
    there = {location.casefold() for location in named.values()}
    wanted = [one for one in SYSTEM_DATABASES if one in settings.sqlserver.server_parts and one not in there]
    return {**named, **{one: one for one in wanted}}


def _place(folder: Path, named: str) -> Path:
    return Path(os.path.abspath(folder / Path(named).expanduser()))  # noqa: PTH100  links stay links


def strange_homes(settings: Settings, path: Path) -> list[Problem]:
    """Each ``~name`` where there is no such user, with the key it stands at."""
    named = {"root": settings.root, "app_root": settings.app_root}
    if settings.engine == "sqlite":
        named |= {f"databases.{name}": place for name, place in settings.databases.items()}
    found: list[Problem] = []
    for key, value in named.items():
        try:
            Path(value).expanduser()
        except RuntimeError:
            told = json.dumps(value, ensure_ascii=False)
            values = {"file": str(path), "key": key, "value": told, "allowed": "~/…"}
            found.append(Problem(code="config.value", values=dict(values)))
    return found


def _below(path: Path, folder: Path) -> tuple[str, ...] | None:
    """The names that lead from ``folder`` to ``path``; None when it is not inside. Links are followed."""
    real, real_folder = Path(os.path.realpath(path)), Path(os.path.realpath(folder))
    return real.relative_to(real_folder).parts if real.is_relative_to(real_folder) else None


def _covers(pattern: str, inside: tuple[str, ...]) -> bool:
    """Whether a folder at ``inside`` below the application's is copied by ``pattern``."""
    for number, part in enumerate(one for one in pattern.replace("\\", "/").split("/") if one not in ("", ".")):
        if part == "**":
            return True
        if number >= len(inside) or not fnmatchcase(inside[number], part):
            return False
    return True


def _warning(code: str, **values: str | int) -> Finding:
    return Finding(code=code, severity=Severity.WARNING, values=values)
