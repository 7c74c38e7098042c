"""Everything the pane says of one set, read and put into words away from the thread of the screens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ..base.records import Check, DatabaseBackup, Depth, FileSetBackup, Manifest, Problem, SetStatus, Severity
from ..base.saying import N_
from ..base.texts import _, n_, word
from . import telling
from .log_said import said
from .sets_rows import Row, mark_in, sentence_case
from .sets_why import refusal

if TYPE_CHECKING:
    from ..model import BackupModel

_DEPTHS = (
    (Depth.STORED, ("tick", "text3"), N_("Stored bytes")),
    (Depth.CONTENT, ("tick", "ok"), N_("Content")),
    (Depth.ENGINE, ("tick-double", "ok"), N_("Engine")),
    (Depth.RESTORED, ("tick-triple", "ok"), N_("Restore check")),
)
_PLACE = {depth: number for number, (depth, _mark, _told) in enumerate(_DEPTHS)}
_FEW = 6
"""Warnings and lines of the log that are shown; the rest is counted."""
_LOG_BYTES = 8 << 20
"""Of a day's log no more than so much is looked through."""
_STAMP = len("2025-08-06 14:30:52")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the pane: icon, words, and what stands at the right."""

    text: str
    icon: str = ""
    token: str = "text2"  # noqa: S105  the name of a colour
    right: str = ""
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """One stored file."""

    name: str
    meta: str
    tip: str
    copied: str
    """What is put on the clipboard."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the pane says of a set beyond what its row knows."""

    name: str
    checks: tuple[Line, ...] = ()
    files: tuple[Stored, ...] = ()
    copies: tuple[str, ...] = ()
    """What copied files there are, a line for each kind."""
    warnings: tuple[Line, ...] = ()
    log: tuple[str, ...] = ()
    more_log: int = 0
    folder: Path | None = None
    """Where its files are; None: only a server sees them."""


def bases(row: Row) -> tuple[Line, ...]:
    """A line for each database, from the row alone."""
    lines = []
    for name, one in row.summary.databases.items():
        icon, token, words = mark_in(row, name)
        right = telling.status_words(one.status)
        if one.status is SetStatus.COMPLETED:
            right = telling.size(one.stored_bytes)
            if one.size_bytes:
                told = _("{stored} of {content}")
                right = told.format(stored=telling.size(one.stored_bytes), content=telling.size(one.size_bytes))
        lines.append(Line(name, icon, token, right, sentence_case(words)))
    return tuple(lines)


def read(model: BackupModel, row: Row) -> Facts:
    """Read a set. Raises `BackupError`."""
    manifest = model.show(row.name)
    log, more = _log_of(model.root / "logs", manifest)
    stored = [one.file for one in manifest.databases.values() if one.file]
    return Facts(
        name=row.name,
        checks=_checks(manifest, row),
        files=tuple(
            _file(model.root, name, piece)
            for name, one in manifest.databases.items()
            for piece in one.pieces
            if _is_stored(piece)
        ),
        copies=tuple(_copies(manifest)),
        warnings=_warnings(manifest, row),
        log=log,
        more_log=more,
        folder=(model.root / stored[0]).parent if stored else None,
    )


def _is_stored(one: DatabaseBackup) -> bool:
    return bool(one.file or one.server_file)


def _checks(manifest: Manifest, row: Row) -> tuple[Line, ...]:
    held = {name: one for name, one in manifest.databases.items() if one.status is SetStatus.COMPLETED}
    if not held:
        return ()
    lines: list[Line] = []
    for depth, mark, told in _DEPTHS:
        passed = {name: found for name, one in held.items() if (found := _passed(one, depth)) is not None}
        failed = _failed(held, row, depth)
        if failed:
            lines += failed
        elif passed:
            lines.append(_passed_line(_(told), mark, passed, len(held)))
        elif depth is not Depth.STORED:
            lines.append(Line(_(told), "dash", "text3", _("not yet")))
    return tuple(lines)


def _passed(one: DatabaseBackup, depth: Depth) -> Check | None:
    """The newest passed check of the present bytes of that very depth; stored bytes only where nothing deeper is."""
    counts = [each for each in one.checks if each.ok and each.stored_sha256 in ("", one.stored_sha256)]
    if depth is Depth.STORED and any(each.depth is not Depth.STORED for each in counts):
        return None
    exact = [each for each in counts if each.depth is depth]
    deeper = [each for each in counts if _PLACE[each.depth] >= _PLACE[depth]]
    return max(exact or deeper, key=lambda each: each.at, default=None)


def _passed_line(told: str, mark: tuple[str, str], passed: Mapping[str, Check], of: int) -> Line:
    oldest = min(passed.values(), key=lambda one: one.at)
    tip = "\n".join(f"{name}: {telling.exact(one.at)}" for name, one in passed.items())
    if len(passed) < of:
        right = _("{count} of {all}").format(count=len(passed), all=of)
        return Line(told, mark[0], "text3" if len(passed) < of else mark[1], right, tip)
    return Line(told, *mark, telling.when(oldest.at), tip)


def _failed(held: Mapping[str, DatabaseBackup], row: Row, depth: Depth) -> list[Line]:
    """A cross for each database whose failure at that depth was not made good, with the reason below."""
    lines: list[Line] = []
    for name, one in held.items():
        summary = row.summary.databases.get(name)
        if summary is None or summary.failed_depth != depth.value:
            continue
        check = next((each for each in reversed(one.checks) if not each.ok and each.depth is depth), None)
        told = next(_(words) for this, _mark, words in _DEPTHS if this is depth)
        lines.append(Line(f"{told}, {name}", "cross", "danger", telling.when(check.at) if check else ""))
        if check is not None and check.problem is not None:
            lines.append(Line(refusal(check.problem)))
    return lines


def _file(root: Path, name: str, one: DatabaseBackup) -> Stored:
    place = str(root / one.file) if one.file else one.server_file or ""
    shown = PurePosixPath(one.file).name if one.file else place
    digest = one.stored_sha256 or (one.checksum if one.checksum_algorithm == "sha256" else "")
    meta = f"SHA-256 {digest[:8]}…{digest[-4:]}" if digest else _("without a checksum")
    tip = [f"{name}: {place}"]
    if one.stored_sha256:
        tip.append(_("Stored file, SHA-256: {digest}").format(digest=one.stored_sha256))
    if one.checksum:
        told = _("Content, {algorithm}: {digest}")
        tip.append(told.format(algorithm=one.checksum_algorithm.upper(), digest=one.checksum))
    return Stored(shown, meta, "\n".join(tip), f"{digest}  {place}" if digest else place)


def _copies(manifest: Manifest) -> Iterable[str]:
    for kind, part in (("config", manifest.config), ("application", manifest.application)):
        if part is None:
            continue
        files = [one for one in part.files if not one.folder]
        total = telling.size(sum(one.size_bytes for one in files))
        told = n_("{kind}: {count} file, {size}", "{kind}: {count} files, {size}", len(files))
        yield told.format(kind=sentence_case(word(kind)), count=telling.count(len(files)), size=total)


def _warnings(manifest: Manifest, row: Row) -> tuple[Line, ...]:
    found: list[Problem] = [*row.problems, *manifest.problems]
    found += [one.problem for one in manifest.databases.values() if one.problem is not None]
    found += [note for one in manifest.databases.values() for note in one.notes]
    for part in (manifest.config, manifest.application):
        found += _of_files(part)
    told: dict[str, Line] = {}
    for problem in found:
        is_bad = problem.severity is Severity.ERROR
        mark = ("cross", "danger") if is_bad else ("info", "text2")
        if problem.severity is Severity.WARNING:
            mark = ("warning", "warn")
        if problem.code == "cancelled":  # somebody wanted it: that is no failure
            mark = ("stop", "text2")
        sentence = telling.sentence(problem)
        text = refusal(problem)
        told.setdefault(text, Line(text, *mark, tip="\n".join(filter(None, (sentence.safe, sentence.fix)))))
    for text in manifest.errors if not found else ():
        told.setdefault(text, Line(text, "warning", "warn"))
    lines = list(told.values())
    if len(lines) > _FEW:
        more = len(lines) - _FEW
        lines[_FEW:] = [Line(n_("and {count} more", "and {count} more", more).format(count=more))]
    return tuple(lines)


def _of_files(part: FileSetBackup | None) -> list[Problem]:
    if part is None:
        return []
    failed = [one.problem for one in part.checks[-1:] if not one.ok and one.problem is not None]
    return [*part.problems, *failed]


def _log_of(folder: Path, manifest: Manifest) -> tuple[tuple[str, ...], int]:
    """What was logged while the set was made: the newest lines, and how many more there are."""
    begin = manifest.started_at.astimezone()
    end = (manifest.completed_at or manifest.started_at).astimezone()
    first, last = f"{begin:%Y-%m-%d %H:%M:%S}", f"{end:%Y-%m-%d %H:%M:%S}"
    found: list[str] = []
    for day in sorted({begin.date(), end.date()}):
        for line in _lines(folder / f"backup_{day:%Y-%m-%d}.log"):
            if first <= line[:_STAMP] <= last and _is_stamp(line):
                found.append(_told(line))
    return tuple(found[-_FEW:]), max(0, len(found) - _FEW)


def _lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as reading:
            return reading.read(_LOG_BYTES).decode("utf-8", "replace").splitlines()
    except OSError:
        return []


def _is_stamp(line: str) -> bool:
    try:
        datetime.fromisoformat(line[:_STAMP])
    except ValueError:
        return False
    return True


def _told(line: str) -> str:
    """Time of day and message; the rest of the line says nothing new here."""
    _stamp, _level, message = [*line.split(" - ", 2), "", ""][:3]
    return f"{line[11:_STAMP]} {said(message.removeprefix('[BACKUP] '))}"
