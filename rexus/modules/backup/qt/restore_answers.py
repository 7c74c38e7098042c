"""What the restore wizard was told so far, and the request that it comes to. No widgets here."""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

from ..base.errors import BackupError
from ..base.records import FileSetBackup, Manifest, Origin, Problem, RestorePlan, RestoreRequest, SetStatus
from ..base.texts import word
from ..base.watching import Occurrence
from ..model import BackupModel

if TYPE_CHECKING:
    from ..config.load import Loaded
    from ..engines.port_server import Occupant

CONSENT = frozenset({"restore.unconfirmed"})
"""What a plan for overwriting says before anybody agreed: it names what must be typed."""
THROWN_OUT = "restore.thrown_out"
"""What a plan says of whoever is in a database of a server that is overwritten."""
FILE_SETS = ("config", "application")
_BETWEEN = re.compile(r"[,;\s]+")
_STAMP = "%Y%m%d_%H%M"
_SERVER = "sqlserver"
_PLANNED = 60
"""So many next runs are shown on the time line."""
_MARKED = ("backup", "differential")
"""Actions whose copies are marks on it; those of the log are its band."""


class Choice(Protocol):
    """What shall come back, and of which instant; `restore_what.Choice` is one."""

    @property
    def set(self) -> str:
        """Name of the set."""

    @property
    def database(self) -> str | None:
        """One database, or nothing."""

    @property
    def files(self) -> str | None:
        """``config`` or ``application``, or nothing."""

    @property
    def everything(self) -> bool:
        """The whole set."""

    @property
    def at(self) -> datetime | None:
        """An instant between two backups, where the engine can."""

    @property
    def instant(self) -> datetime | None:
        """What time comes back, as it was shown; None: that of the set."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A choice made elsewhere than in the first step: a set to be undone."""

    set: str
    database: str | None = None
    files: str | None = None
    everything: bool = False
    at: datetime | None = None
    instant: datetime | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where the copies are: a configuration, or (``rescue``) a folder with nothing else."""

    model: BackupModel
    config: Path
    rescue: bool = False

    def planned(self) -> tuple[Occurrence, ...]:
        """What is due next and will have a mark; a folder alone plans nothing. Raises `BackupError`."""
        return () if self.rescue else self.model.next_runs(None, _PLANNED, _MARKED)

    def unstarted(self) -> bool:
        """Whether nobody starts what is due; not known, nobody is alarmed."""
        if not self.rescue:
            with contextlib.suppress(BackupError):
                return self.model.starter().who == "nobody"
        return False


@dataclass(frozen=True, slots=True)
class Home:
    """What comes back and where it lived."""

    set: str
    of: datetime
    """The instant that the content is of."""
    names: tuple[str, ...]
    """Databases."""
    file_sets: tuple[str, ...]
    places: dict[str, str]
    """Own place of each; nothing for what nobody knows a place of."""
    undo: bool = False
    """The set was made before a restore: to bring it back is to undo that."""
    configured: bool = True
    safety_days: int = 0
    present: bool = True
    """Whether anything is there that would be replaced."""
    several: bool = False
    """Whether it goes into a folder, not to a name."""
    whole: bool = False
    """Everything that the set holds."""
    server: str = ""
    """The server that brings it back, as far as it is called something; its databases have names there, no paths."""
    plain: str = ".db"
    """What a copy's file ends with, where it becomes one."""

    @property
    def all_names(self) -> tuple[str, ...]:
        """Databases and file sets."""
        return (*self.names, *self.file_sets)


@dataclass(frozen=True, slots=True)
class Place:
    """Where to: beside what is there (``copy``), or in its place (``home``)."""

    kind: Literal["copy", "home"] = "copy"
    to: str | None = None
    """A path; None: where each one belongs."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and who is in the databases of a server that it takes away from them."""

    plan: RestorePlan
    sessions: dict[str, tuple[Occupant, ...]]
    files: tuple[str, ...] = ()
    """Copied files that come back, as the set names them."""


@dataclass(slots=True)
class Answers:
    """Everything answered so far; what comes after a changed answer is forgotten."""

    source: Source | None = None
    choice: Choice | None = None
    home: Home | None = None
    place: Place | None = None
    plan: RestorePlan | None = None
    confirmed: tuple[str, ...] = field(default_factory=tuple)

    def request(self, who: str, confirmed: tuple[str, ...] = ()) -> RestoreRequest:
        """What is to be done."""
        assert self.choice is not None
        assert self.place is not None
        return request_of(self.choice, self.place, who, confirmed)


def request_of(choice: Choice, place: Place, who: str, confirmed: tuple[str, ...] = ()) -> RestoreRequest:
    """The request of a choice and a place; only what was typed is confirmed."""
    return RestoreRequest(
        set=choice.set,
        databases=(choice.database,) if choice.database else (),
        files=choice.files or None,
        everything=choice.everything,
        to=place.to,
        at=choice.at,
        overwrite=place.kind == "home",
        confirmed=confirmed,
        requested_by=who,
    )


def planned(model: BackupModel, request: RestoreRequest) -> Planned:
    """What a restore would do, and to whom. Raises `BackupError`."""
    plan = model.plan_restore(request)
    names = crowded(plan)
    kinds = {step.name for step in plan.steps if step.code == "files"}
    files = _files_of(model.show(plan.set), kinds) if kinds else ()
    return Planned(plan, model.sessions(names) if names else {}, files)


def _files_of(manifest: Manifest, kinds: set[str]) -> tuple[str, ...]:
    parts = {"config": manifest.config, "application": manifest.application}
    copied = [one for kind, part in parts.items() if kind in kinds and part is not None for one in part.files]
    return tuple(one.source for one in copied if not one.folder)


def words_of(request: RestoreRequest) -> tuple[str, ...]:
    """The same on the command line."""
    words = ["restore", request.set]
    for name in request.databases:
        words += ["--database", name]
    if request.files:
        words += ["--files", request.files]
    if request.everything:
        words.append("--all")
    if request.to is not None:
        words += ["--to", request.to]
    if request.at is not None:
        words += ["--at", request.at.isoformat()]
    if request.overwrite:
        words.append("--overwrite")
        for name in request.confirmed:
            words += ["--yes", name]
    return tuple(words)


def home_of(model: BackupModel, choice: Choice) -> Home:
    """Read what the choice holds and where it belongs. Raises `BadInput`."""
    manifest, loaded = model.show(choice.set), model.loaded
    file_sets = _file_sets(choice, manifest)
    names = _names(choice, manifest)
    server = _server_of(manifest, names, loaded)
    own = [_own_place(name, manifest, loaded) for name in names] + [_files_home(loaded) for _ in file_sets]
    return Home(
        set=manifest.timestamp,
        of=choice.instant or choice.at or _content_of(manifest, names),
        names=names,
        file_sets=file_sets,
        places=dict(zip((*names, *file_sets), own, strict=True)),
        undo=manifest.origin is Origin.SAFETY,
        configured=not loaded.bare,
        safety_days=loaded.settings.retention.safety_days,
        present=bool(server) or any(one and os.path.lexists(one) for one in own),
        several=choice.everything or bool(choice.files),
        whole=choice.everything,
        server=server,
        plain=".bak" if any(_engine_of(manifest, name) == _SERVER for name in names) else ".db",
    )


def _server_of(manifest: Manifest, names: tuple[str, ...], loaded: Loaded) -> str:
    """What the server is called that brings databases back; empty: they are files, or nobody can reach one."""
    if not loaded.has_server or loaded.settings.engine != _SERVER or not names:
        return ""
    told = (one.facts.server for name in names if (one := manifest.databases.get(name)) is not None and one.facts)
    named = loaded.server_named
    if loaded.bare:  # the one that made them is lost
        return named or "SQL Server"
    return next(filter(None, told), "") or named or "SQL Server"


def _engine_of(manifest: Manifest, name: str) -> str:
    held = manifest.databases.get(name)
    return held.facts.engine if held is not None and held.facts is not None else ""


def _content_of(manifest: Manifest, names: tuple[str, ...]) -> datetime:
    """The instant that the last of these databases is of, as the time line has it; the set itself began before."""
    times = [at for name in names if name in manifest.databases and (at := manifest.databases[name].started_at)]
    return max(times, default=manifest.started_at)


def _names(choice: Choice, manifest: Manifest) -> tuple[str, ...]:
    if not choice.everything:
        return (choice.database,) if choice.database else ()
    return tuple(name for name, one in manifest.databases.items() if one.status is SetStatus.COMPLETED)


def _file_sets(choice: Choice, manifest: Manifest) -> tuple[str, ...]:
    if choice.files:
        return (choice.files,)
    held = {"config": manifest.config, "application": manifest.application}
    return tuple(kind for kind in FILE_SETS if choice.everything and holds_files(held[kind]))


def holds_files(part: FileSetBackup | None) -> bool:
    """Whether there is something to bring back; or to take away, as where a restore put files where none were."""
    return part is not None and bool(part.files or part.absent)


def _own_place(name: str, manifest: Manifest, loaded: Loaded) -> str:
    """Where the settings say that it lives; without settings where it lived when it was copied."""
    if name in loaded.database_names:
        return loaded.database_location(name)
    backup = manifest.databases.get(name)
    is_file = backup is not None and _engine_of(manifest, name) != _SERVER
    return backup.source if backup is not None and is_file and Path(backup.source).is_absolute() else ""


def _files_home(loaded: Loaded) -> str:
    return "" if loaded.bare else str(loaded.app_root)


def copy_place(home: Home, now: datetime) -> str:
    """A place of its own that a copy can have: beside where it lives, or among the person's own files.

    On a server a name; nothing where there are several, of which each gets one of its own.
    """
    if home.server and not home.configured:  # a new one, where it may have its own name again
        return home.names[0] if len(home.all_names) == 1 else ""
    if home.server:
        return f"{home.places[home.names[0]]}_{now.astimezone():restored_{_STAMP}}" if len(home.all_names) == 1 else ""
    stamp = f"restored_{now.astimezone():{_STAMP}}"
    first = next((place for place in home.places.values() if place), "")
    folder = _usable(Path(first) if home.file_sets and not home.names else Path(first).parent) if first else _mine()
    if len(home.all_names) > 1:
        return str(_free(folder / stamp))
    name = home.all_names[0] if home.all_names else "restored"
    return str(_free(folder / (f"{name}_{stamp}" if home.several else f"{name}_{stamp}{home.plain}")))


def _usable(folder: Path) -> Path:
    return folder if folder.is_dir() and os.access(folder, os.W_OK) else _mine()


def _mine() -> Path:
    documents = Path.home() / "Documents"
    return documents if documents.is_dir() else Path.home()


def _free(path: Path) -> Path:
    """The same with a number behind it while something is there."""
    number, tried = 2, path
    while os.path.lexists(tried) and number < 1000:
        tried = path.with_name(f"{path.stem}_{number}{path.suffix}")
        number += 1
    return tried


def home_place(home: Home) -> Place | None:
    """The place where everything belongs; None where nobody knows it."""
    if home.configured:
        return Place("home")
    if len(home.all_names) == 1 and home.names and home.places[home.names[0]]:
        return Place("home", home.places[home.names[0]])
    return None


def to_type(plan: RestorePlan) -> tuple[str, ...]:
    """Names that must be typed before something is overwritten; none: nothing is."""
    names = (str(one.values["database"]) for one in plan.refusals if one.code in CONSENT)
    return tuple(dict.fromkeys(names))


def against(plan: RestorePlan) -> tuple[Problem, ...]:
    """What speaks against it and is not settled by agreeing."""
    return tuple(one for one in plan.refusals if one.code not in CONSENT)


def connected(plan: RestorePlan) -> tuple[str, ...]:
    """Whoever has open what would be overwritten, as far as that can be seen."""
    told = (str(one.values.get("who", "")) for one in plan.refusals if one.code == "target.in_use")
    return tuple(dict.fromkeys(name for names in told for name in names.split(", ") if name))


def crowded(plan: RestorePlan) -> tuple[str, ...]:
    """Databases of a server that would be taken away from whoever is in them, by their names there."""
    told = (str(one.values.get("target", "")) for one in plan.warnings if one.code == THROWN_OUT)
    return tuple(dict.fromkeys(filter(None, told)))


def files_overwritten(plan: RestorePlan) -> int:
    """Files that differ and would be replaced."""
    told = (one.values.get("count", 0) for one in plan.refusals if one.code in CONSENT and "count" in one.values)
    return sum(one for one in told if isinstance(one, int))


def first_overwritten(plan: RestorePlan) -> str:
    """One of these files by its name; empty: nobody knows."""
    told = (one.values.get("file", "") for one in plan.refusals if one.code in CONSENT and "count" in one.values)
    return str(next(told, ""))


def shown_name(name: str) -> str:
    """A name as it is asked for: that of a base as it is, copied files by their word in the reader's language."""
    return word(name) if name in FILE_SETS else name


def is_typed(text: str, names: tuple[str, ...]) -> bool:
    """Whether every name was typed, and nothing else; in any order, case counts.

    Copied files by the word that is shown, or by the one of the command line.
    """
    meant = {shown_name(name): name for name in names}
    given = [meant.get(one, one) for one in _BETWEEN.split(text.strip()) if one]
    return bool(names) and sorted(given) == sorted(names)


def undo_until(home: Home, now: datetime) -> date | None:
    """The day until which what was replaced is kept by the rules; None: they don't keep it for days."""
    return (now.astimezone() + timedelta(days=home.safety_days)).date() if home.safety_days else None


def confirmed_again(plan: RestorePlan, request: RestoreRequest) -> RestoreRequest:
    """``request`` with everything confirmed that ``plan`` asks for: to see what else speaks against it."""
    return msgspec.structs.replace(request, confirmed=to_type(plan))
