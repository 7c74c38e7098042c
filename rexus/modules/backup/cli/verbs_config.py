"""The verb config: write a first configuration, show, check, or import one of an older program."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..base.errors import BadInput
from ..base.files import RealFiles, os_path
from ..base.records import Problem, Severity
from ..base.saying import N_
from ..base.texts import _, language, sentence
from .about import ABOUT
from .answers import Answer, settled
from .parsing import Option, Verb, Word, switch
from .streams import clean, put
from .tables import Column, Table, draw

if TYPE_CHECKING:
    from ..config.load import Loaded
    from ..config.migrate import Imported
    from .session import Session


def init(  # noqa: PLR0913  one for each option
    session: Session, *, engine: str, root: str, app_root: str, database: tuple[str, ...], force: bool
) -> Answer:
    """Write the first configuration; with ``force`` an old one is kept beside it."""
    from ..config.describe import initial_text, schema_for
    from ..config.first import publish_first
    from ..config.load import refuse_folder
    from ..config.settings import Settings

    path = session.options.config
    refuse_folder(path)
    if os.path.lexists(path) and not force:
        raise BadInput("config.exists", file=str(path))
    _ask_roles(path, "config init")
    for name, value in (("--root", root), ("--app-root", app_root)):
        if not value.strip():
            raise BadInput("cli.usage_needs_value", option=name)
    settings = Settings(
        engine="sqlserver" if engine == "sqlserver" else "sqlite",
        root=_from_here(root, path),
        app_root=_from_here(app_root, path),
        databases=_databases(database, engine, path),
        language="en" if language() == "en" else "es",
    )
    kept = publish_first(path, initial_text(settings, schema_for(path)), RealFiles(), replace=force)
    loaded = _load(path)
    problems = (*_in_the_way(loaded), *_absent(loaded))
    return Answer(
        status=settled(problems),
        problems=problems,
        members={**_members(loaded), "kept": str(kept) if kept else None},
        tell=lambda: _tell_written(loaded, kept),
    )


def _ask_roles(path: Path, what: str) -> None:
    """Ask the settings that are to be replaced whether this person may. Raises `Refused`.

    Settings that can't be used name no roles: to replace them is what mends them.
    """
    from ..model import BackupModel

    if not os.path.lexists(path):
        return
    try:
        model = BackupModel.open(path, language=language())
    except BadInput:
        return
    model.ask_settings(what, change=True)


def _in_the_way(loaded: Loaded) -> tuple[Problem, ...]:
    """What keeps these settings from being used."""
    found = []
    if loaded.settings.engine == "sqlserver" and not loaded.server_named:
        found.append(Problem(code="sqlserver.no_server", severity=Severity.WARNING))
    if not loaded.database_names:
        found.append(Problem(code="database.none", severity=Severity.WARNING))
    return tuple(found)


def _absent(loaded: Loaded) -> tuple[Problem, ...]:
    """Databases that are not where settings written just now say; of later ones `check` and `health` tell."""
    if loaded.settings.engine != "sqlite":
        return ()
    places = {name: loaded.database_location(name) for name in loaded.database_names}
    return tuple(
        Problem(
            code="config.database_absent",
            severity=Severity.WARNING,
            values={"database": name, "path": place, "file": str(loaded.path)},
        )
        for name, place in places.items()
        if _is_gone(place)
    )


def _is_gone(place: str) -> bool:
    """Whether nothing is there; what can't be looked at may well be."""
    try:
        Path(os_path(Path(place))).stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _tell_written(loaded: Loaded, kept: Path | None) -> None:
    """Where the settings are, and the next step as far as there is one."""
    put(_("Written: {path}").format(path=clean(str(loaded.path))) + "\n")
    if kept is not None:
        put(_("The old one is kept as {path}").format(path=clean(str(kept))) + "\n")
    if _in_the_way(loaded):
        put(_("Backups will go to {path}, but something is still missing:").format(path=clean(str(loaded.root))) + "\n")
    else:
        put(_("Backups go to {path}. Next: check, then backup.").format(path=clean(str(loaded.root))) + "\n")


def show(session: Session) -> Answer:
    """The settings in force, without secrets."""
    session.model.ask_settings("config show", change=False)
    loaded = session.model.loaded
    return Answer(members=_members(loaded), tell=lambda: _tell_settings(loaded))


def check(session: Session) -> Answer:
    """Whether every setting is what it should be."""
    session.model.ask_settings("config check", change=False)
    loaded = session.model.loaded
    told = _("The configuration {path} is in order.").format(path=clean(str(loaded.path)))
    problems = _unwise(loaded)
    return Answer(status=settled(problems), problems=problems, members=_members(loaded), tell=lambda: put(told + "\n"))


def _unwise(loaded: Loaded) -> tuple[Problem, ...]:
    """What is allowed, and yet not what one may want; `check` tells the same."""
    from ..config.accepted import eased
    from ..config.load import findings
    from ..config.roles import findings as about_roles

    told = eased((*findings(loaded), *about_roles(loaded.settings)), loaded.settings)
    problems = tuple(Problem(code=one.code, severity=one.severity, values=one.values) for one in told)
    return (*_in_the_way(loaded), *problems)


def take_over(session: Session, *, file: str) -> Answer:
    """Import the settings of an older program; what was not taken is told."""
    from ..config.describe import initial_text, schema_for
    from ..config.document import Document
    from ..config.first import keep
    from ..config.load import read_document, save, with_way_back
    from ..config.migrate import import_old
    from ..config.settings import Settings

    path = session.options.config
    _ask_roles(path, "config import")
    first = initial_text(Settings(), schema_for(path)).encode()
    try:
        document = read_document(path) if path.exists() else Document.of(first, str(path))
    except BadInput as error:
        raise with_way_back(error, path) from error
    imported = import_old(Path(file).absolute(), document.root.plain())
    kept = None
    if imported.changes:
        kept = keep(path, RealFiles())
        save(path, document, imported.changes, RealFiles())
    members: dict[str, Any] = {
        "shape": imported.shape,
        "taken": imported.taken,
        "left": imported.left,
        "kept": str(kept) if kept else None,
    }
    loaded = _load(path) if path.exists() else None
    problems: tuple[Problem, ...] = ()
    if loaded is not None:
        members.update(_members(loaded))
        problems = (*_in_the_way(loaded), *(_absent(loaded) if imported.changes else ()))

    def tell() -> None:
        _tell_imported(imported)
        if loaded is not None and imported.changes:
            put("\n")
            _tell_written(loaded, kept)
        else:
            put("\n" + _("Nothing was taken, so nothing was written.") + "\n")

    return Answer(status=settled(problems), problems=problems, members=members, tell=tell)


def _tell_imported(imported: Imported) -> None:
    if imported.taken:
        table = Table([Column(_("Old setting")), Column(_("New setting")), Column(_("Value"), fold=True)])
        for one in imported.taken:
            table.add(one.old, one.new, _in_words(one.value))
        draw(table)
    if imported.left:
        put("\n" + _("Not taken:") + "\n")
        table = Table([Column(_("Old setting")), Column(_("Value"), fold=True), Column(_("Because"), fold=True)])
        for left in imported.left:
            value = "" if left.value is None else _in_words(left.value)
            table.add(left.old, value, sentence(Problem(code=left.why)).message)
        draw(table)


def _in_words(value: object) -> str:
    """A setting's value as people say it: schedules in words, lists without brackets."""
    import msgspec

    from ..config.settings import Schedule
    from .schedule_words import in_words

    if isinstance(value, dict):
        try:
            return in_words(msgspec.convert(value, Schedule))
        except msgspec.ValidationError:
            return _as_text(value)
    if isinstance(value, list):
        return ", ".join(_as_text(one) for one in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return _as_text(value)


def _databases(given: tuple[str, ...], engine: str, path: Path) -> dict[str, str]:
    """``NAME=PATH`` each; a path given from here is kept as seen from the configuration's folder."""
    found: dict[str, str] = {}
    for one in given:
        name, sign, place = one.partition("=")
        if not sign or not name.strip() or not place.strip() or name in found:
            raise BadInput("cli.usage_value", what="--database", value=one, allowed="NAME=PATH")
        found[name.strip()] = _from_here(place, path) if engine == "sqlite" else place
    return found


def _from_here(given: str, config: Path) -> str:
    """A relative path of the command line, as the configuration must name it."""
    if Path(given).is_absolute() or given.startswith("~"):
        return given
    absolute = Path(os.path.abspath(given))  # noqa: PTH100  links stay links
    folder = config.parent.absolute()
    return absolute.relative_to(folder).as_posix() if absolute.is_relative_to(folder) else str(absolute)


def _load(path: Path) -> Loaded:
    from ..config.load import load

    return load(path)


def _members(loaded: Loaded) -> dict[str, Any]:
    """The settings, and what they come to; secrets are stars."""
    return {
        "config": loaded.settings,
        "file": str(loaded.path),
        "root": str(loaded.root),
        "databases": {name: loaded.database_location(name) for name in loaded.database_names},
        "environment": {name: str(value) for name, value in loaded.environment.items()},
    }


def _tell_settings(loaded: Loaded) -> None:
    import msgspec

    put(_("File") + f": {clean(str(loaded.path))}\n\n")
    table = Table([Column(_("Setting")), Column(_("Value"))])
    for key, value in _flat(msgspec.to_builtins(loaded.settings), ""):
        table.add(key, value)
    draw(table)
    put("\n" + _("Backup folder") + f": {clean(str(loaded.root))}\n")
    for name in loaded.database_names:
        put(f"{clean(name)}: {clean(loaded.database_location(name))}\n")
    if loaded.environment:
        put("\n.env:\n" + "".join(f"  {clean(f'{name}={value}')}\n" for name, value in loaded.environment.items()))


def _flat(value: object, above: str) -> list[tuple[str, str]]:
    """Settings as dotted keys with their values as JSON."""
    if isinstance(value, dict) and value:
        return [pair for key, child in value.items() for pair in _flat(child, f"{above}.{key}" if above else key)]
    return [(above, _as_text(value))]


def _as_text(value: object) -> str:
    import msgspec

    return value if isinstance(value, str) else msgspec.json.encode(value).decode("utf-8")


_BLANK: dict[str, object] = {"config": None}
_ACTIONS = (
    Verb(
        "config init",
        N_("Write a first configuration to the file of --config."),
        init,
        (
            Option(
                "--engine", N_("kind of the databases"), kind=click.Choice(["sqlite", "sqlserver"]), default="sqlite"
            ),
            Option("--root", N_("where backups go"), "DIR", default="backups"),
            Option("--app-root", N_("the application whose files are copied too"), "DIR", default="."),
            Option("--database", N_("a database and where it is; may be repeated"), "NAME=PATH", many=True),
            switch("--force", N_("replace an existing file; it is kept beside the new one")),
        ),
        _BLANK,
    ),
    Verb("config show", N_("Show the settings in force; secrets stay hidden."), show, (), _BLANK),
    Verb("config check", N_("Name everything that is wrong in the configuration."), check, (), _BLANK),
    Verb(
        "config import",
        N_("Take over the settings of an older program's file."),
        take_over,
        (Word("file", "FILE", required=True),),
        {**_BLANK, "taken": [], "left": []},
    ),
)
CONFIG = Verb("config", ABOUT["config"], blank=_BLANK, actions=_ACTIONS)
VERBS = {CONFIG.name: CONFIG}
