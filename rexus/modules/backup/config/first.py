"""From a few answers to a first configuration: every answer judged by itself, the file written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from ..base.clock import SystemClock, timestamp
from ..base.errors import BadInput
from ..base.files import WINDOWS, Files, publish, why_closed
from ..base.records import Problem, Record, Severity
from ..base.rhythm import DAY_MIN, minute_of
from .check import problems_of
from .describe import initial_text, schema_for
from .document import Document, Value
from .finding import Found, why_not
from .load import ConfigProblems, Loaded, load, refuse_folder
from .places import Place, nearest, place_of, same_disk
from .secrets import read_small
from .settings import TIME_PATTERN, Health, Schedule, Settings

APP_ROOT, DATABASES, ROOT, TIMES = "app_root", "databases", "root", "times"
"""The answers that can be wrong."""
_LONGEST = 1024
_GRACE_HOURS = 2
"""A backup takes its time, and a machine may sleep: so much older than agreed the newest may be without an alarm."""
_EXAMPLE = r"D:\Rexus" if WINDOWS else "/srv/rexus"
_PROPOSED: dict[int, tuple[str, ...]] = {
    24: ("02:00",),
    12: ("02:00", "14:00"),
    8: ("02:00", "10:00", "18:00"),
    4: ("02:00", "06:00", "10:00", "14:00", "18:00", "22:00"),
    1: tuple(f"{hour:02}:00" for hour in range(24)),
}
_REMARKS = (
    ("schedules", "// Cuándo se copia, se comprueba y se prueba una restauración: hora local de este equipo."),
    ("health", "// Cuánto trabajo se acepta perder, en horas; una copia más antigua es una alarma."),
)


class Answers(Record, frozen=True, kw_only=True):
    """What a person says of the backups to be set up."""

    app_root: str = ""
    databases: dict[str, str] = msgspec.field(default_factory=dict)
    """Name: path of the file."""
    root: str = ""
    times: tuple[str, ...] = _PROPOSED[24]
    loss_hours: int = 24
    """So much work may be lost at most, in hours."""
    drill: Literal["weekly", "monthly"] = "weekly"
    """How often a restore is tested."""
    language: Literal["es", "en"] = "es"


class Wrong(Record, frozen=True, kw_only=True):
    """What is to be said of one answer; only an error keeps the configuration from being written."""

    answer: str
    """`APP_ROOT`, `DATABASES`, `ROOT` or `TIMES`."""
    problem: Problem


def proposed_times(loss_hours: int) -> tuple[str, ...]:
    """Times of the day so that no more than ``loss_hours`` of work can be lost."""
    fitting = [hours for hours in _PROPOSED if hours <= loss_hours]
    return _PROPOSED[max(fitting, default=1)]


def losses() -> tuple[int, ...]:
    """The hours of loss that times are proposed for, the most bearable first."""
    return tuple(_PROPOSED)


def worst_loss_hours(times: Sequence[str]) -> float:
    """The longest time between two of ``times``, from day to day, in hours; 24 with one alone, 0 with none."""
    minutes = sorted({minute_of(one) for one in times if re.match(TIME_PATTERN, one)})
    if not minutes:
        return 0.0
    following = [*minutes[1:], minutes[0] + DAY_MIN]
    return max(after - before for before, after in zip(minutes, following, strict=True)) / 60


def proposed_root(app_root: Path, found: Found | None) -> Path:
    """A folder for the backups: where some are already, else beside the application, else in the person's own."""
    if found is not None and found.backups:
        return Path(found.backups[0].path)
    folder = app_root.parent if os.access(app_root.parent, os.W_OK | os.X_OK) else Path.home()
    return folder / f"{app_root.name or 'rexus'}-copias"


def about_app_root(text: str) -> Problem | None:
    """What is wrong with the application's folder, as somebody types it. Looks at the disk and nothing else."""
    odd = _odd_path(text, "first.app_root_blank")
    if odd is None and not os.path.isdir(_plain(text)):  # noqa: PTH112  asks where rights lack
        return _wrong("first.app_root_absent", path=text.strip())
    return odd


def about_database(text: str) -> Problem | None:
    """What is wrong with the file of a database."""
    return _odd_path(text, "first.no_databases") or why_not(_plain(text))


def about_root(text: str, databases: dict[str, str]) -> tuple[tuple[Problem, ...], Place | None]:
    """What is to be said of the backup folder, the worst first, and what is known of it.

    Where the first backup would find no room nothing can begin.
    """
    odd = _odd_path(text, "first.root_blank")
    if odd is not None:
        return (odd,), None
    place = place_of(_plain(text))
    if place.blocked_by:
        return (_wrong("first.root_in_the_way", path=place.blocked_by),), place
    if not place.writable:
        why = os.strerror(why_closed(nearest(_plain(text))))
        return (_wrong("check.root_denied", path=place.path, why=why),), place
    needed = max(_bytes_of(databases), 1)
    if place.free_bytes is not None and place.free_bytes < needed:
        return (_wrong("space.short", path=place.path, needed=needed, free=place.free_bytes),), place
    found: list[Problem] = []
    if place.strangers:
        found.append(_unwise("check.root_foreign", path=place.path, names=", ".join(place.strangers)))
    shared = "" if place.network else same_disk(Path(place.path), databases)
    if shared:
        found.append(_unwise("first.root_same_disk", path=place.path, database=shared))
    if place.network:
        found.append(_unwise("first.root_network", path=place.path))
    return tuple(found), place


def about_times(times: Sequence[str], loss_hours: int) -> tuple[Problem, ...]:
    """What is to be said of the times of the day."""
    if not times:
        return (_wrong("first.no_times"),)
    bad = [one for one in times if not re.match(TIME_PATTERN, one)]
    if bad:
        return tuple(_wrong("first.time", value=one[:40]) for one in bad)
    worst = worst_loss_hours(times)
    if worst > loss_hours:
        return (_unwise("first.loss", hours=_whole(worst), wanted=loss_hours),)
    return ()


def judged(answers: Answers, config: Path) -> tuple[Wrong, ...]:
    """Everything that is to be said of the answers, errors first. Looks at files; changes nothing."""
    found: list[Wrong] = []
    folder = about_app_root(answers.app_root)
    if folder is not None:
        found.append(Wrong(answer=APP_ROOT, problem=folder))
    if not answers.databases:
        found.append(Wrong(answer=DATABASES, problem=_wrong("first.no_databases")))
    for place in answers.databases.values():
        problem = about_database(place)
        if problem is not None:
            found.append(Wrong(answer=DATABASES, problem=problem))
    found += [Wrong(answer=ROOT, problem=one) for one in about_root(answers.root, answers.databases)[0]]
    found += [Wrong(answer=TIMES, problem=one) for one in about_times(answers.times, answers.loss_hours)]
    if not any(one.problem.severity is Severity.ERROR for one in found):
        document = Document.of(text_of(answers, config).encode(), str(config))
        found += [Wrong(answer=_answer_of(one), problem=one) for one in problems_of(document, str(config))]
    return tuple(sorted(found, key=lambda one: one.problem.severity is not Severity.ERROR))


def settings_of(answers: Answers) -> Settings:
    """The answers as settings; what nobody was asked is as by default."""
    first_sunday = 1 if answers.drill == "monthly" else None
    loss = max(answers.loss_hours, _whole(worst_loss_hours(answers.times)))
    return Settings(
        root=str(_plain(answers.root)),
        app_root=str(_plain(answers.app_root)),
        databases={name: str(_plain(place)) for name, place in answers.databases.items()},
        language=answers.language,
        schedules=(
            Schedule(name="daily_full", action="backup", times=tuple(sorted(answers.times))),
            Schedule(name="weekly_verification", action="verify", times=("01:00",), weekdays=(1,)),
            Schedule(name="monthly_cleanup", action="cleanup", times=("00:00",), weekdays=(1,), ordinal=1),
            Schedule(
                name=f"{answers.drill}_drill", action="drill", times=("04:00",), weekdays=(7,), ordinal=first_sunday
            ),
        ),
        health=Health(rpo_hours=loss + _GRACE_HOURS),
    )


def text_of(answers: Answers, config: Path) -> str:
    """The configuration as it will stand in ``config``, with a word on whatever is to be changed there."""
    settings = settings_of(answers)
    told = [msgspec.to_builtins(one) for one in settings.schedules]
    brief = [
        {key: value for key, value in one.items() if key != "enabled" and value not in ([], (), None)} for one in told
    ]
    first = Document(initial_text(settings, schema_for(config)), str(config))
    text = first.with_value(("schedules",), brief).text
    for key, remark in _REMARKS:
        text = re.sub(rf'(?m)^( *)"{key}":', rf'\1{remark}\n\1"{key}":', text, count=1)
    return text


def write(
    answers: Answers, config: Path, files: Files, *, extra: dict[str, Value] | None = None, replace: bool = False
) -> Loaded:
    """Write the configuration, owner-only, whole or not at all; with ``replace`` an old one is kept beside it.

    ``extra`` are settings that nobody is asked for, as an older configuration has them. Raises `ConfigProblems`
    naming all that is wrong, `BadInput`.
    """
    errors = [one.problem for one in judged(answers, config) if one.problem.severity is Severity.ERROR]
    if errors:
        raise ConfigProblems(errors)
    document = Document(text_of(answers, config), str(config))
    for key, value in (extra or {}).items():
        document = document.with_value(tuple(key.split(".")), value)
    publish_first(config, document.text, files, replace=replace)
    return load(config)


def publish_first(config: Path, text: str, files: Files, *, replace: bool) -> Path | None:
    """Publish ``text`` if it can be loaded; returns where an old file was kept.

    Raises `ConfigProblems`, and `BadInput` (``config.exists``) where there is a file that is not to be replaced.
    """
    refuse_folder(config)
    if os.path.lexists(config) and not replace:
        raise BadInput("config.exists", file=str(config))
    found = problems_of(Document.of(text.encode("utf-8"), str(config)), str(config))
    if found:
        raise ConfigProblems(found)
    try:
        files.make_folder(config.parent, private=False)
        kept = keep(config, files)
        publish(files, config, text.encode("utf-8"))
    except OSError as error:
        raise BadInput("config.unwritable", file=str(config), why=error.strerror or type(error).__name__) from error
    return kept


def keep(config: Path, files: Files) -> Path | None:
    """Write what ``config`` holds beside it; returns where, None where there is nothing. Raises `BadInput`."""
    if not os.path.lexists(config):
        return None
    kept = first = config.with_name(f"{config.name}.bak-{timestamp(SystemClock().now())}")
    number = 1
    while os.path.lexists(kept):  # two in one second
        number += 1
        kept = first.with_name(f"{first.name}_{number}")
    try:
        publish(files, kept, read_small(config))
    except OSError as error:
        raise BadInput("config.unwritable", file=str(kept), why=error.strerror or type(error).__name__) from error
    return kept


def _answer_of(problem: Problem) -> str:
    """Which answer a problem of the file is about."""
    key = str(problem.values.get("key", ""))
    if key.startswith("databases"):
        return DATABASES
    return {"root": ROOT, "app_root": APP_ROOT}.get(key, TIMES)


def _odd_path(text: str, blank: str) -> Problem | None:
    """What is wrong with a path whatever it leads to."""
    plain = text.strip()
    if not plain:
        return _wrong(blank)
    if len(plain) > _LONGEST or not plain.isprintable():
        return _wrong("first.path_odd")
    try:
        is_absolute = Path(plain).expanduser().is_absolute()
    except RuntimeError:  # no such user
        is_absolute = False
    return None if is_absolute else _wrong("first.path_relative", path=plain, allowed=_EXAMPLE)


def _plain(text: str) -> Path:
    """A path without ``~``, ``..`` and blanks around it; links stay links."""
    return Path(os.path.abspath(Path(text.strip()).expanduser()))  # noqa: PTH100


def _bytes_of(databases: dict[str, str]) -> int:
    """What the first backup may need: nobody knows yet how well these compress."""
    total = 0
    for place in databases.values():
        with contextlib.suppress(OSError):
            total += Path(place).stat().st_size
    return total


def _whole(hours: float) -> int:
    return int(-(-hours // 1))


def _wrong(code: str, **values: str | int) -> Problem:
    return Problem(code=code, values=values)


def _unwise(code: str, **values: str | int) -> Problem:
    return Problem(code=code, severity=Severity.WARNING, values=values)
