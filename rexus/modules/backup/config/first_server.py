"""A first configuration for databases that a server keeps: how it is reached, and which of its databases are copied."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import msgspec

from ..base.errors import BackupError
from ..base.files import Files
from ..base.records import Problem, Record, Severity
from .document import Document, Key, Value
from .draft import Draft
from .first import Answers, about_root, about_times, publish_first, text_of
from .load import ConfigProblems, Loaded, environment_of, load
from .lost_place import server_named
from .secrets import Secret
from .settings import Settings, SqlServer

USER, PASSWORD = "DB_USERNAME", "DB_PASSWORD"


class ServerAnswers(Record, frozen=True, kw_only=True):
    """What a person says of the server; what is left empty is as `.env` says, if `about_login` has nothing to say."""

    server: str = ""
    authentication: Literal["auto", "sql", "windows", "entra"] = "auto"
    trust_certificate: bool = False
    user: str = ""
    password: Secret | None = None

    @property
    def settings(self) -> SqlServer:
        """The same as settings."""
        return SqlServer(
            server=self.server or None,
            authentication=self.authentication,
            trust_certificate=self.trust_certificate,
        )

    @property
    def secrets(self) -> dict[str, str]:
        """What belongs into `.env`."""
        told = {USER: self.user, PASSWORD: self.password.reveal() if self.password is not None else ""}
        return {name: value for name, value in told.items() if value}


class SavedLogin(Record, frozen=True, kw_only=True):
    """Who signs in by `.env` (or by the process), and on which server."""

    server: str = ""
    """Empty: nobody knows which."""
    user: str = ""
    has_password: bool = False

    def is_of(self, server: ServerAnswers) -> bool:
        """Whether it is a login of that server; one that is not named is the one that `.env` names."""
        return bool(self.server) and server.server.strip().casefold() in ("", self.server.casefold())


def saved_login(answers: Answers, config: Path, of_server: str | None = "") -> SavedLogin:
    """The login that is saved where these answers look for one.

    ``of_server`` is the server that it was saved for, None: not known; empty: the one that is saved beside it.
    """
    environment = _environment(answers, config)

    def named(name: str) -> str:
        value = environment.get(name, os.environ.get(name, ""))
        return value.reveal() if isinstance(value, Secret) else value

    server = "" if of_server is None else of_server.strip() or server_named(SqlServer(), environment)
    return SavedLogin(server=server, user=named(USER).strip(), has_password=bool(named(PASSWORD)))


def about_login(server: ServerAnswers, saved: SavedLogin) -> Problem | None:
    """Why the server can't be asked, or used, with what is left empty.

    A saved password goes to no other server than its own, and to nobody else there; nor does a saved user.
    """
    if server.authentication == "windows":
        return None
    if not server.user:
        is_others = bool(saved.user) and not saved.is_of(server)
        return Problem(code="first.user_of_other", values={"login": saved.user}) if is_others else None
    is_own = saved.is_of(server) and server.user == saved.user
    if server.password is None and saved.has_password and not is_own:
        return Problem(code="first.password_of_other", values={"login": server.user})
    return None


def loaded_of(answers: Answers, server: ServerAnswers, config: Path) -> Loaded:
    """The settings that the answers come to, in use before anything is written: the server can be asked by them."""
    environment = _environment(answers, config)
    told: dict[str, str | Secret] = {name: Secret(value) for name, value in server.secrets.items()}
    settings = Settings(
        engine="sqlserver",
        databases=dict(answers.databases),
        app_root=answers.app_root or ".",
        sqlserver=server.settings,
    )
    return Loaded(config, Document.of(b"{}", str(config)), settings, environment | told)


def _environment(answers: Answers, config: Path) -> dict[str, str | Secret]:
    try:
        return environment_of(config, answers.app_root or ".")
    except (BackupError, RuntimeError):  # a folder that can't be read holds no secrets for us
        return {}


def write_server(  # noqa: PLR0913  as `first.write`
    answers: Answers,
    server: ServerAnswers,
    config: Path,
    files: Files,
    *,
    extra: dict[str, Value] | None = None,
    replace: bool = False,
) -> Draft | None:
    """Write the configuration, without any secret; whole or not at all.

    ``extra`` are settings that nobody is asked for, as an older configuration has them; answers count for more.
    Returns a draft with the secrets that are to be saved on top of it; None: there are none. Raises `ConfigProblems`
    naming all that is wrong, `BadInput`.
    """
    told = [*about_root(answers.root, {})[0], *about_times(answers.times, answers.loss_hours)]
    errors = [one for one in told if one.severity is Severity.ERROR]
    if not answers.databases:
        errors.append(Problem(code="first.no_databases"))
    if errors:
        raise ConfigProblems(errors)
    plain = msgspec.structs.replace(answers, databases={}, app_root=answers.app_root or str(config.parent))
    document = Document(text_of(plain, config), str(config))
    values: dict[Key, Value] = {
        **{tuple(key.split(".")): value for key, value in (extra or {}).items()},
        ("engine",): "sqlserver",
        ("databases",): dict(answers.databases),
        ("sqlserver", "server"): server.server or None,
        ("sqlserver", "authentication"): server.authentication,
        ("sqlserver", "trust_certificate"): server.trust_certificate,
    }
    for key, value in values.items():
        document = document.with_value(key, value)
    wrong = _with_secrets(Draft(document, config, {}), server).problems
    if wrong:
        raise ConfigProblems(list(wrong.values()))
    publish_first(config, document.text, files, replace=replace)
    loaded = load(config)
    return _with_secrets(Draft.of(loaded), server) if server.secrets else None


def _with_secrets(draft: Draft, server: ServerAnswers) -> Draft:
    for name, value in server.secrets.items():
        draft.set_secret(name, value)
    return draft
