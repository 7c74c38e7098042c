"""One run of the command line: its global options, its language, its model."""

from __future__ import annotations

import contextlib
import gc
import re
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from ..base.cancel import CancelToken
from ..base.errors import BackupError, BadInput, Refused
from ..base.records import JobEvent, Problem, Severity
from ..base.texts import LANGUAGES, use_language
from ..config.secrets import read_small
from .debugging import mask_stderr

if TYPE_CHECKING:
    from ..base.identity import Identity
    from ..model import BackupModel

T = TypeVar("T")

PROGRAM = Path(__file__).resolve().parents[4]
"""The folder of main_backup.py."""
_LANGUAGE = re.compile(r'"language"\s*:\s*"(\w+)"')
_NO_FOLDER = "catalog.absent"
_NOT_FOUND = frozenset({_NO_FOLDER, "set.unknown", "verify.none", "drill.none"})
"""What is said of a backup folder in which nothing is."""
_GLOBAL_VALUES = ("--config", "--lang", "--trace-sql")
_GLOBAL_SWITCHES = ("--json", "--debug", "--help", "-h")


class Globals(msgspec.Struct, frozen=True):
    """The options that may stand before and after the verb."""

    config: Path = PROGRAM / "backup_config.json"
    lang: str | None = None
    json: bool = False
    debug: bool = False
    help: bool = False
    trace_sql: str | None = None


class Session(msgspec.Struct):
    """What every verb is given."""

    options: Globals
    cancel: CancelToken = msgspec.field(default_factory=CancelToken)
    notes: list[Problem] = []
    """Problems met beside the work of the verb."""
    identity: Identity | None = None
    """Whoever orders; None: the person this process works for."""
    _model: BackupModel | None = None

    @property
    def model(self) -> BackupModel:
        """The configured backups, opened when first asked for. Raises `BadInput`."""
        if self._model is None:
            from ..model import BackupModel

            options = self.options
            self._model = BackupModel.open(
                options.config,
                language=options.lang,
                debug=options.debug,
                identity=self.identity,
                trace=Path(options.trace_sql).absolute() if options.trace_sql is not None else None,
            )
            mask_stderr(self.secrets)
            self._note_trace(self._model.loaded.settings.engine)
        return self._model

    @property
    def by_variables(self) -> bool:
        """Whether a server is told by the variables of `.env` alone, as far as is known by now."""
        loaded = self._model.loaded if self._model is not None else None
        return loaded is not None and loaded.bare and loaded.settings.engine == "sqlserver"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must be masked in all that is told, as far as it is known by now."""
        return self._model.loaded.secret_values if self._model is not None else ()

    def cause_of(self, error: BackupError) -> BackupError:
        """``error``, or what it comes from: in a backup folder whose disk is not connected nothing is found."""
        if self._model is None or error.code not in _NOT_FOUND:
            return error
        from ..config.known_roots import vanished

        gone = vanished(self._model.loaded)
        if gone is None:
            return error
        return Refused(error.code if error.code == _NO_FOLDER else gone.code, **gone.values)

    def work(self, job: Callable[[Callable[[JobEvent], None], CancelToken], T]) -> T:
        """Run a job: its progress is shown, and a wish to stop reaches it."""
        from .interrupts import attended, listening
        from .progress import showing

        with listening(self.cancel), showing() as report:
            return attended(lambda: job(report, self.cancel))

    def again(self) -> None:
        """Forget what was opened and asked to stop, for the next choice of a menu."""
        self.cancel = CancelToken()
        self.notes = []
        self._model = None

    def _note_trace(self, engine: str) -> None:
        if self.options.trace_sql is not None and engine == "sqlite":
            values: dict[str, str | int] = {"engine": engine, "path": self.options.trace_sql}
            self.notes.append(Problem(code="cli.no_trace", severity=Severity.INFO, values=values))


def split(argv: list[str]) -> tuple[dict[str, str], set[str], list[str]]:
    """Global options with values, global switches, and everything else in order (behind ``--`` nothing is global).

    An option without its value stays with an empty one.
    """
    values: dict[str, str] = {}
    switches: set[str] = set()
    rest: list[str] = []
    words = deque(argv)
    while words:
        one = words.popleft()
        name, sign, value = one.partition("=")
        if one == "--":
            return values, switches, [*rest, one, *words]
        if one in _GLOBAL_SWITCHES:
            switches.add(one)
        elif name in _GLOBAL_VALUES:
            follows = not sign and words and not words[0].startswith("--")
            values[name] = words.popleft() if follows else value
        else:
            rest.append(one)
    return values, switches, rest


def global_options(values: dict[str, str], switches: set[str]) -> Globals:
    """The typed global options. Raises `BadInput`."""
    for name, value in values.items():
        if not value.strip():
            raise BadInput("cli.usage_needs_value", option=name)
    lang = values.get("--lang")
    if lang is not None and lang not in LANGUAGES:
        raise BadInput("cli.usage_value", what="--lang", value=lang, allowed=", ".join(LANGUAGES))
    return Globals(
        config=Path(values["--config"]).absolute() if "--config" in values else PROGRAM / "backup_config.json",
        lang=lang,
        json="--json" in switches,
        debug="--debug" in switches,
        help=bool(switches & {"--help", "-h"}),
        trace_sql=values.get("--trace-sql"),
    )


def speak(values: dict[str, str]) -> None:
    """Choose the language before the settings are read: ``--lang``, else what the configuration seems to say."""
    chosen = values.get("--lang", "")
    if chosen not in LANGUAGES:
        path = Path(values["--config"]) if values.get("--config") else PROGRAM / "backup_config.json"
        try:
            found = _LANGUAGE.search(read_small(path).decode("utf-8", "replace"))
        except (OSError, BadInput):  # told when the settings themselves are read
            found = None
        chosen = found[1] if found else "es"
    use_language(chosen)


@contextlib.contextmanager
def without_collector() -> Iterator[None]:
    """For questions: nothing is thrown away, and the collector would walk through thousands of sets again and again."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.freeze()  # nor is it walked through at the end of the program
            gc.enable()


def who() -> str:
    """The person this process works for, by the operating system and not by what its variables say."""
    from ..base.identity import account_name

    return account_name()
