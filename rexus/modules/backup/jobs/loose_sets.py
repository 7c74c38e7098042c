"""Sets made up from files that were found: one for each backup in them, whichever files it is spread over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from ..base.files import Files
from ..base.records import (
    BackupKind,
    Check,
    Codec,
    DatabaseBackup,
    Depth,
    Manifest,
    Problem,
    Record,
    SetStatus,
    Severity,
    Stripe,
)
from ..base.texts import sentence
from ..catalog.loose import FoundSets, LooseCatalog
from ..config.load import Loaded
from ..engines.bak_records import MediaContents, SetContents, set_of
from ..engines.headers import BackupHeader, MediaLabel, SetType
from ..engines.sqlserver_headers import facts_of
from ..stores.folder import FolderStore
from .loose_known import KnownHeaders
from .loose_scan import Scan, Seen, scan

_KINDS = {
    SetType.FULL: BackupKind.FULL,
    SetType.DIFFERENTIAL: BackupKind.DIFFERENTIAL,
    SetType.LOG: BackupKind.LOG,
}
_CLOSED = frozenset({"bak.encrypted", "bak.old_compression"})
"""What keeps a file from being read here, and no server."""
_NAMED = 5
"""Other files that are called by their names."""


def catalog_of(loaded: Loaded, files: Files) -> LooseCatalog:
    """The sets of a folder without manifests; it is read when the first of them is asked for."""
    store = FolderStore(loaded.path, files)

    def look() -> FoundSets:
        return sets_of(scan(loaded.path, store, KnownHeaders(loaded.root, files)))

    return LooseCatalog(loaded.path, files, look)


class Part(Record, frozen=True, kw_only=True):
    """One backup in one file; of a striped one there are several."""

    file: Seen
    label: MediaLabel
    contents: SetContents
    wrong: Problem | None = None
    """What is wrong with this part of the file, as far as its headers show."""

    @property
    def header(self) -> BackupHeader:
        """See `BackupHeader`."""
        return self.contents.header

    @property
    def same(self) -> tuple[object, ...]:
        """What all parts and copies of one backup have in common."""
        one = self.header
        own = one.set_guid or f"{self.file.name}\0{one.position}"
        return (own, one.type, one.first_lsn, one.last_lsn)


def sets_of(scan: Scan, local: tzinfo | None = None) -> FoundSets:
    """What a folder holds, oldest first, and every file that is no part of it, with the reason.

    ``local`` is the zone of servers that don't tell theirs; None: that of this machine.
    """
    problems = list(scan.problems)
    groups: dict[tuple[object, ...], list[Part]] = {}
    for seen in scan.files:
        parts = list(_parts(seen))
        for one in parts:
            if one.header.type in _KINDS:
                groups.setdefault(one.same, []).append(one)
            else:
                problems.append(_other_kind(one))
        if not parts:
            problems.append(_useless(seen))
    problems += _others(scan.others)
    ordered = sorted(groups.values(), key=lambda group: _order(group[0]))
    names = _names([group[0].header for group in ordered], [group[0].file.changed_at for group in ordered])
    manifests = tuple(_manifest(name, group, local) for name, group in zip(names, ordered, strict=True))
    return FoundSets(manifests=manifests, problems=tuple(problems))


def _order(part: Part) -> tuple[datetime, str, int, str]:
    one = part.header
    return (_wall(part), one.database.casefold(), one.last_lsn or 0, one.set_guid)


def _wall(part: Part) -> datetime:
    """When it was begun, by the server's clock; where it does not say so, when its file was changed."""
    return part.header.started_at or part.header.finished_at or part.file.changed_at.replace(tzinfo=None)


def _names(headers: Sequence[BackupHeader], changed: Sequence[datetime]) -> Iterator[str]:
    """Names as our sets have them; with ``_2`` and so on where several began in one second."""
    used: dict[str, int] = {}
    for one, at in zip(headers, changed, strict=True):
        plain = (one.started_at or one.finished_at or at).strftime("%Y%m%d_%H%M%S")
        used[plain] = used.get(plain, 0) + 1
        yield plain if used[plain] == 1 else f"{plain}_{used[plain]}"


def _parts(seen: Seen) -> Iterator[Part]:
    found = seen.contents
    if found is None or found.label is None:
        return
    wrong = _wrong_by_set(found)
    for number, one in enumerate(found.sets):
        problem = wrong.get(number)
        if problem is None and number == len(found.sets) - 1:
            problem = seen.problem
        yield Part(file=seen, label=found.label, contents=one, wrong=problem)


def _wrong_by_set(found: MediaContents) -> dict[int, Problem]:
    """The first thing that is wrong with each set: the one that a finding names, or where its place in the file is."""
    wrong: dict[int, Problem] = {}
    for one in found.findings:
        if one.severity is Severity.ERROR and found.sets:
            wrong.setdefault(set_of(one, found.sets), Problem(code=one.code, values=dict(one.values)))
    return wrong


def _other_kind(part: Part) -> Problem:
    told: dict[str, str | int] = {
        "file": part.file.name,
        "database": part.header.database,
        "kind": part.header.type.name.lower(),
    }
    return Problem(code="bare.other_kind", severity=Severity.WARNING, values=told)


def _useless(seen: Seen) -> Problem:
    """Why nothing of a file can be used."""
    found = seen.contents.findings if seen.contents is not None else ()
    if seen.problem is not None and seen.problem.values.get("file") == seen.name and seen.contents is None:
        return seen.problem
    worst = min(found, key=lambda one: list(Severity)[::-1].index(one.severity), default=None)
    if worst is None and seen.problem is None:
        return Problem(code="bare.empty", severity=Severity.WARNING, values={"file": seen.name})
    told = worst if worst is not None and worst.code != "bak.truncated" else seen.problem or worst
    assert told is not None
    why = sentence(told).message
    code = "bare.closed_file" if told.code in _CLOSED else "bare.unusable_file"
    return Problem(code=code, severity=Severity.WARNING, values={"file": seen.name, "why": why})


def _others(names: Sequence[str]) -> Iterable[Problem]:
    if not names:
        return ()
    told = ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")
    values: dict[str, str | int] = {"count": len(names), "files": told}
    return (Problem(code="bare.other_files", severity=Severity.INFO, values=values),)


def _manifest(name: str, group: Sequence[Part], local: tzinfo | None) -> Manifest:
    backup = _backup(name, group, local)
    header = group[0].header
    assert backup.started_at is not None
    return Manifest(
        timestamp=name,
        type=backup.kind,
        started_at=backup.started_at,
        completed_at=backup.completed_at,
        status=backup.status,
        databases={header.database: backup},
        host=header.machine or header.server,
        requested_by=header.user,
        zone=backup.started_at.astimezone(_zone(header, local)).isoformat()[-6:],
        seconds=backup.seconds,
        problems=(backup.problem,) if backup.problem is not None else (),
    )


def _zone(header: BackupHeader, local: tzinfo | None) -> tzinfo | None:
    minutes = header.utc_offset_minutes
    return timezone(timedelta(minutes=minutes)) if minutes is not None and abs(minutes) < 1440 else local


def _backup(name: str, group: Sequence[Part], local: tzinfo | None) -> DatabaseBackup:
    parts, lacking = _chosen(group)
    first, header = parts[0], parts[0].header
    zone = _zone(header, local)
    began = _aware(_wall(first), zone)
    ended = _aware(header.finished_at, zone) if header.finished_at is not None else None
    wrong = lacking or next((one.wrong for one in parts if one.wrong is not None), None) or _unfit(first)
    finished = header.finished and ended is not None
    broken = wrong or Problem(code="bak.incomplete", values={"database": header.database, "position": header.position})
    told = _of_file(broken, first.file.name) if wrong is not None or not finished else None
    failed = Check(depth=Depth.CONTENT, at=first.file.changed_at, ok=False, database=header.database, problem=told)
    return DatabaseBackup(
        status=SetStatus.COMPLETED if finished else SetStatus.INTERRUPTED,
        kind=_KINDS[header.type],
        file=first.file.name,
        size_bytes=first.file.size_bytes,
        stored_bytes=first.file.stored_bytes,
        codec=first.file.codec,
        timestamp=name,
        source=header.database,
        started_at=began,
        completed_at=ended,
        seconds=max(0.0, (ended - began).total_seconds()) if ended is not None else 0.0,
        facts=facts_of(header),
        checks=(failed,) if told is not None and finished else (),
        problem=told,
        stripes=tuple(
            Stripe(file=one.file.name, size_bytes=one.file.size_bytes, stored_bytes=one.file.stored_bytes)
            for one in parts[1:]
        ),
        position=header.position,
    )


def _aware(wall: datetime, zone: tzinfo | None) -> datetime:
    """The instant of a server's wall time; clocks that can't be reckoned with are taken for UTC."""
    try:
        return (wall.replace(tzinfo=zone) if zone is not None else wall.astimezone()).astimezone(UTC)
    except (OverflowError, OSError, ValueError):
        return wall.replace(tzinfo=UTC)


def _of_file(problem: Problem, name: str) -> Problem:
    """Beside what is wrong, where; in some sentences «file» is the number of a file of the database."""
    values = problem.values if "file" in problem.values else {**problem.values, "file": name}
    return Problem(code=problem.code, values=values)


def _unfit(part: Part) -> Problem | None:
    """What the server itself said against it when it made it."""
    header = part.header
    values: dict[str, str | int] = {"set": part.file.name, "at": str(header.finished_at or "-")}
    if header.is_snapshot:
        return Problem(code="chain.snapshot", values=values)
    return Problem(code="chain.damaged", values=values) if header.is_damaged else None


def _chosen(group: Sequence[Part]) -> tuple[list[Part], Problem | None]:
    """One file for each part of the media set, sound ones first, all packed alike; what is lacking."""
    count = max(one.label.family_count for one in group)
    best: list[Part] = []
    for codec in Codec:
        found: dict[int, Part] = {}
        for one in sorted(group, key=lambda part: (part.wrong is not None, part.file.name)):
            if one.file.codec is codec:
                found.setdefault(one.label.family_sequence, one)
        parts = [found[number] for number in sorted(found)]
        if (len(parts), -_damaged(parts)) > (len(best), -_damaged(best)):
            best = parts
    if len(best) >= count:
        return best, None
    there = {one.label.family_sequence for one in group}
    if len(there) >= count:
        return best, Problem(code="bare.packed_differently", values={"file": best[0].file.name, "count": count})
    missing = ", ".join(str(number) for number in range(1, min(count, 64) + 1) if number not in there)
    values: dict[str, str | int] = {"parts": missing, "expected": count, "found": len(there)}
    return best, Problem(code="bak.stripe_missing", values=values)


def _damaged(parts: Sequence[Part]) -> int:
    return sum(one.wrong is not None for one in parts)
