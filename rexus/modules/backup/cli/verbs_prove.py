"""Verbs that make and prove sets: backup, verify."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum, auto
from typing import TYPE_CHECKING

import click
import msgspec

from ..base.errors import BadInput
from ..base.records import (
    BackupKind,
    BackupRequest,
    DatabaseBackup,
    Depth,
    Manifest,
    Problem,
    Severity,
    Tick,
    VerifyRequest,
)
from ..base.saying import N_
from ..base.texts import _, n_
from .about import ABOUT
from .answers import Answer, of_job, problem_json
from .parsing import Option, Verb, Word, exclusive, switch
from .session import who
from .streams import put
from .tables import Column, Table, draw
from .wording import glyph, legend, mark, size, span, tick_glyph, tick_word, word

if TYPE_CHECKING:
    from ..jobs.verify import SetVerdict, VerifyResult
    from .session import Session


def backup(  # noqa: PLR0913  one for each option
    session: Session, *, names: tuple[str, ...], kind: str, no_files: bool, new_root: bool, new_base: bool
) -> Answer:
    """Take one set."""
    request = BackupRequest(
        databases=names,
        kind=BackupKind(kind),
        files=not no_files,
        new_root=new_root,
        new_base=new_base,
        requested_by=who(),
    )
    model = session.model
    result = session.work(lambda report, cancel: model.backup(request, report, cancel))
    manifest = result.manifest
    databases = {name: _taken(one) for name, one in manifest.databases.items()} if manifest else {}
    members: dict[str, object] = {"set": result.outcome.set, "databases": databases}

    def tell() -> None:
        if manifest is not None:
            _tell_backup(manifest)

    return of_job(result.outcome, members, tell)


def _taken(one: DatabaseBackup) -> dict[str, object]:
    return {
        "status": one.status,
        "file": one.file,
        "size_bytes": one.whole_bytes,
        "stored_bytes": sum(piece.stored_bytes for piece in one.pieces),
        "sha256": one.checksum,
        "stored_sha256": one.stored_sha256,
        "codec": one.codec,
        "seconds": one.seconds,
        "problem": problem_json(one.problem) if one.problem is not None else None,
    }


def _tell_backup(manifest: Manifest) -> None:
    table = Table(
        [
            Column(_("Database")),
            Column(_("State")),
            Column(_("Content"), right=True),
            Column(_("Stored"), right=True, spare=1),
            Column(_("Time"), right=True, spare=2),
            Column(_("File"), spare=3),
        ]
    )
    for name, one in manifest.databases.items():
        table.add(
            name,
            word(one.status),
            size(one.whole_bytes),
            size(sum(piece.stored_bytes for piece in one.pieces)),
            span(one.seconds),
            one.file or one.server_file or "",
            style="red" if one.status != "completed" else "",
        )
    draw(table)
    for kind, part in (("config", manifest.config), ("application", manifest.application)):
        if part is not None:
            files = sum(not one.folder for one in part.files)
            told = n_("{count} file", "{count} files", files).format(count=files)
            put(f"{word(kind)}: {told}\n")
    put(
        _("Set {set}: {status}, {time}.").format(
            set=manifest.timestamp, status=word(manifest.status), time=span(manifest.seconds)
        )
        + "\n"
    )


def verify(session: Session, *, sets: tuple[str, ...], all: bool, oldest: int | None, depth: str) -> Answer:
    """Prove stored sets: those named, all, the ones checked longest ago; the newest when nothing is said."""
    exclusive(SET=sets, all=all, oldest=oldest)
    if any(not one for one in sets):
        raise BadInput("cli.usage_missing", verb="verify", what="SET")
    request = VerifyRequest(sets=sets, all=all, oldest=oldest, depth=Depth(depth), requested_by=who())
    model = session.model
    result = session.work(lambda report, cancel: model.verify(request, report, cancel))
    members = {"sets": [_verdict(one) for one in result.sets], "orphans": result.orphans}
    answer = of_job(result.outcome, members, lambda: tell_verdicts(result))
    if len(result.sets) < 2:
        return answer
    return replace(answer, problems=_owned(result), by_set=True)


def _owned(result: VerifyResult) -> tuple[Problem, ...]:
    """All problems; those found in a set say which."""
    others = list(result.outcome.problems)
    owned = []
    for verdict in result.sets:
        for problem in verdict.problems:
            if problem in others:
                others.remove(problem)
            owned.append(msgspec.structs.replace(problem, values={"set": verdict.set, **problem.values}))
    return (*owned, *others)


def _verdict(one: SetVerdict) -> dict[str, object]:
    problems = [problem_json(problem) for problem in one.problems]
    return {"set": one.set, "ok": one.ok, "tick": one.tick, "problems": problems}


def tell_verdicts(result: VerifyResult) -> None:
    """The table of verdicts."""
    table = Table([Column(""), Column(_("Set")), Column(_("Result")), Column(_("Proven"), fold=True)])
    shown: set[Tick] = set()
    for one in result.sets:
        end = _end(one)
        sign, words = _said(end)
        proven, known = _proven(one, end)
        shown |= known
        table.add(sign, one.set, words, proven, style="" if one.ok else "red")
    draw(table)
    if shown:
        put(legend(shown) + "\n")


class _End(Enum):
    """How the verification of one set ended."""

    PASSED = auto()
    IN_PART = auto()
    """What the set holds passed, but it does not hold all that it should."""
    LESS_DEEP = auto()
    """It passed, and did not pass a deeper check before."""
    UNSEEN = auto()
    """Something could not be looked at; nothing was found wrong."""
    FAILED = auto()


def _end(one: SetVerdict) -> _End:
    codes = {problem.code for problem in one.problems}
    if not one.ok:
        return _End.UNSEEN if _is_undone(one) else _End.FAILED
    if one.tick is Tick.FAILED:
        return _End.LESS_DEEP
    if one.tick is Tick.NONE and "verify.on_server" in codes:
        return _End.UNSEEN
    return _End.IN_PART if "verify.lacking" in codes else _End.PASSED


def _said(end: _End) -> tuple[str, str]:
    """The sign of a result, and the result in words."""
    if end is _End.PASSED:
        return glyph("✓", "v"), _("passed")
    if end is _End.FAILED:
        return tick_glyph(Tick.FAILED), _("not passed")
    words = {
        _End.IN_PART: _("passed, as far as it goes"),
        _End.LESS_DEEP: _("passed, not so deep"),
        _End.UNSEEN: _("could not be checked"),
    }
    return mark(Severity.WARNING), words[end]


def _proven(one: SetVerdict, end: _End) -> tuple[str, set[Tick]]:
    """What is proven of a set by now, and the signs that this says it with."""
    if one.tick is Tick.NONE and end is _End.IN_PART:
        return _("only what it holds"), set()
    if one.tick is Tick.NONE and end is _End.PASSED:
        return _("now; not written down"), set()
    told = tick_word(one.tick)
    if end is _End.UNSEEN and one.tick not in (Tick.NONE, Tick.FAILED):
        told = _("{word}, earlier").format(word=told)
    return f"{tick_glyph(one.tick)} {told}", {one.tick}


def _is_undone(one: SetVerdict) -> bool:
    """Whether nothing was found wrong, but something could not be looked at."""
    errors = {problem.code for problem in one.problems if problem.severity is Severity.ERROR}
    return bool(errors) and errors <= {"verify.not_done", "verify.no_space", "verify.server_unasked"}


_KINDS = click.Choice([one.value for one in BackupKind])
_DEPTHS = click.Choice([Depth.STORED.value, Depth.CONTENT.value, Depth.ENGINE.value])
VERBS = {
    "backup": Verb(
        "backup",
        ABOUT["backup"],
        backup,
        (
            Word("names", "NAME", many=True),
            Option("--kind", N_("what to take; a full backup by default"), kind=_KINDS, default="full"),
            switch("--no-files", N_("databases only, no configuration and application files")),
            switch("--new-root", N_("begin anew where all earlier backups are gone, or on another disk")),
            switch("--new-base", N_("SQL Server: later differential backups build on this one (not copy-only)")),
        ),
        {"set": None, "databases": {}},
    ),
    "verify": Verb(
        "verify",
        ABOUT["verify"],
        verify,
        (
            Word("sets", "SET", many=True),
            switch("--all", N_("all sets")),
            Option("--oldest", N_("the N sets checked longest ago"), "N", kind=click.IntRange(min=1)),
            Option(
                "--depth",
                N_("how deep: the stored bytes, also their content (the default), also judged by the engine"),
                kind=_DEPTHS,
                default="content",
            ),
        ),
        {"sets": [], "orphans": []},
    ),
}
