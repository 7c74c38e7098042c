"""A first configuration for databases that a server keeps: how it is reached, and which of its databases are copied."""

from __future__ import annotations

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
from .secrets import Secret
from .settings import Settings, SqlServer


class ServerAnswers(Record, frozen=True, kw_only=True):
    """What a person says of the server; what is left empty is as the application's `.env` says."""

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
        told = {"DB_USERNAME": self.user, "DB_PASSWORD": self.password.reveal() if self.password is not None else ""}
        return {name: value for name, value in told.items() if value}


def loaded_of(answers: Answers, server: ServerAnswers, config: Path) -> Loaded:
    """The settings that the answers come to, in use before anything is written: the server can be asked by them."""
    try:
        environment = environment_of(config, answers.app_root or ".")
    except (BackupError, RuntimeError):  # a folder that can't be read holds no secrets for us
        environment = {}
    told: dict[str, str | Secret] = {name: Secret(value) for name, value in server.secrets.items()}
    settings = Settings(
        engine="sqlserver",
        databases=dict(answers.databases),
        app_root=answers.app_root or ".",
        sqlserver=server.settings,
    )
    return Loaded(config, Document.of(b"{}", str(config)), settings, environment | told)


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
