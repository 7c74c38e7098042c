"""Verbs that only look: list, show, check."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
import msgspec

from ..base.records import (
    BackupKind,
    Check,
    DatabaseBackup,
    FileSetBackup,
    Finding,
    Manifest,
    Origin,
    Problem,
    SetStatus,
    Severity,
    Status,
    Tick,
)
from ..base.saying import N_
from ..base.texts import _, n_, person, sentence
from ..config.accepted import agreed
from .about import ABOUT
from .answers import Answer, problem_json, settled
from .parsing import Option, Verb, Word, switch
from .session import without_collector
from .streams import clean, folded, put
from .tables import Column, Table, draw
from .wording import age, count, glyph, legend, mark, moment, size, span, tick_glyph, tick_word, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..catalog.index import SetSummary
    from .session import Session

_SHOWN = 30
"""Sets that a person sees without ``--all``."""
_ABSENT = frozenset({"catalog.absent", "root.vanished"})
"""What says that there is nothing to list, and why."""
_WANTING = frozenset(
    f"sqlserver.{one}"
    for one in (
        *("overwrite_right", "check_right", "progress_right", "history_unseen"),
        *("folder_unwritten", "log_unplanned"),
    )
)
"""Information of ``check`` that is no good news: no tick stands before it, and what to do behind."""
_FEW = 12
"""Copied files whose names are shown with the set."""


class ListedDatabase(msgspec.Struct, frozen=True, gc=False):
    """One database of a set in the JSON; there may be tens of thousands."""

    status: SetStatus
    tick: Tick
    size_bytes: int
    stored_bytes: int
    file: str | None
    proven_at: str | None
    lacks: str | None
    """The set that it needs and that is lost; empty: no set has what it needs."""


class ListedSet(msgspec.Struct, frozen=True, gc=False):
    """One set in the JSON."""

    set: str
    timestamp: str
    kind: BackupKind
    status: SetStatus
    tick: Tick
    pinned: str | None
    pinned_until: str | None
    origin: Origin
    stored_bytes: int
    last_checked_at: str | None
    databases: dict[str, ListedDatabase]


def list_sets(session: Session, *, all: bool) -> Answer:
    """All sets, newest first; in JSON always all of them."""
    with without_collector():
        listing = session.model.listing()
        lacking = listing.lacking
        members = {
            "sets": [_listed(one, lacking.get(one.set, {})) for one in listing.sets] if session.options.json else []
        }
    problems = (*listing.problems, *session.model.open_restores())

    unreadable = any(one.code == "catalog.unreadable" for one in listing.problems)
    status = Status.FAILED if unreadable else settled(problems)

    def tell() -> None:
        if unreadable or _ABSENT & {one.code for one in listing.problems}:
            return
        shown = listing.sets if all else listing.sets[:_SHOWN]
        tell_sets(shown, lacking)
        hidden = len(listing.sets) - len(shown)
        if hidden:
            put(n_("{count} older set: --all", "{count} older sets: --all", hidden).format(count=hidden) + "\n")

    return Answer(status=status, problems=problems, members=members, tell=tell)


def _listed(one: SetSummary, lacks: Mapping[str, str]) -> ListedSet:
    databases = {
        name: ListedDatabase(
            each.status,
            each.tick,
            each.size_bytes,
            each.stored_bytes,
            each.file,
            each.proven_at,
            lacks.get(name),
        )
        for name, each in one.databases.items()
    }
    return ListedSet(
        one.set,
        one.timestamp,
        one.kind,
        one.status,
        one.tick,
        one.pinned,
        one.pinned_until,
        one.origin,
        one.stored_bytes,
        one.last_checked_at,
        databases,
    )


def tell_sets(sets: tuple[SetSummary, ...], lacking: Mapping[str, Mapping[str, str]]) -> None:
    """The table of sets, and what its ticks mean; ``lacking``: see `Listing`."""
    if not sets:
        put(_("There is no backup yet. The first one: backup") + "\n")
        return
    table = Table(
        [
            Column(""),
            Column(_("Set")),
            Column(_("Age"), spare=1),
            Column(_("Kind"), spare=3),
            Column(_("State"), spare=2),
            Column(_("Databases"), fold=True),
            Column(_("Size"), right=True, spare=4),
            Column(_("Kept by"), fold=True, spare=5),
        ]
    )
    between = glyph(" · ", ", ")
    ticks = {tick: tick_glyph(tick) for tick in Tick}
    met: set[Tick] = set()
    now = datetime.now(UTC)
    for one in sets:
        met.add(one.tick)
        met.update([each.tick for each in one.databases.values()])
        lacks = lacking.get(one.set, {})
        bad = one.tick is Tick.FAILED or one.status is not SetStatus.COMPLETED or lacks
        table.add(
            ticks[one.tick],
            one.set,
            age((now - datetime.fromisoformat(one.timestamp)).total_seconds()),
            _kind(one),
            word(one.status),
            between.join(
                [f"{name} {ticks[each.tick]}{_lack(lacks.get(name))}" for name, each in one.databases.items()]
            ),
            size(one.stored_bytes),
            _pin(one),
            style="red" if bad else "",
        )
    draw(table)
    put(folded(legend(met)) + "\n")


def _lack(needed: str | None) -> str:
    """What is said behind the tick of a backup whose base is lost: its own bytes alone bring nothing back."""
    if needed is None:
        return ""
    return " " + (_("(lacks {set})").format(set=needed) if needed else _("(lacks its base)"))


def _kind(one: SetSummary) -> str:
    return word(one.kind) if one.origin in ("manual", "scheduled") else f"{word(one.kind)}, {word(one.origin)}"


def _pin(one: SetSummary) -> str:
    if one.pinned is None:
        return ""
    until = datetime.fromisoformat(one.pinned_until).astimezone() if one.pinned_until else None
    return (one.pinned or _("pin")) + (f" ({until:%Y-%m-%d})" if until else "")


def show(session: Session, *, set_name: str, files: str | None) -> Answer:
    """Everything known of one set; with ``files`` the names of its copied files alone."""
    manifest = session.model.show(set_name)
    checks = [{**_plain(check), "of": of} for of, check in checks_of(manifest)]
    problems = session.model.open_restores()

    def tell() -> None:
        if files is None:
            _tell_manifest(manifest)
        else:
            _list_files(manifest.config if files == "config" else manifest.application, "")

    members = {"manifest": manifest, "checks": checks}
    return Answer(status=settled(problems), problems=problems, members=members, tell=tell)


def _plain(check: Check) -> dict[str, object]:
    told: dict[str, object] = msgspec.to_builtins(check)
    return told


def checks_of(manifest: Manifest) -> list[tuple[str, Check]]:
    """Every check kept with the set, with the name of what was checked."""
    found = [(name, check) for name, one in manifest.databases.items() for check in one.checks]
    for kind, part in (("config", manifest.config), ("application", manifest.application)):
        found += [(kind, check) for check in (part.checks if part else ())]
    return found


def _tell_manifest(manifest: Manifest) -> None:
    facts = [
        (_("Set"), manifest.timestamp),
        (_("State"), word(manifest.status)),
        (_("Kind"), f"{word(manifest.type)}, {word(manifest.origin)}"),
        (_("Begun"), moment(manifest.started_at)),
        (_("Ended"), f"{moment(manifest.completed_at)}  ({span(manifest.seconds)})" if manifest.completed_at else ""),
        (_("By"), " @ ".join(part for part in (person(manifest.requested_by), manifest.host) if part)),
    ]
    if manifest.pin is not None:
        until = f" ({moment(manifest.pin.until)})" if manifest.pin.until else ""
        facts.append((_("Kept by"), (manifest.pin.name or _("pin")) + until))
    wide = max(len(term) for term, _fact in facts) + 2
    put("".join(f"{term.ljust(wide)}{clean(fact)}\n" for term, fact in facts if fact) + "\n")
    _tell_databases(manifest.databases)
    for kind, part in (("config", manifest.config), ("application", manifest.application)):
        if part is not None:
            _tell_files(manifest.timestamp, kind, part)
    _tell_checks(manifest)


def _tell_databases(databases: dict[str, DatabaseBackup]) -> None:
    table = Table(
        [
            Column(_("Database")),
            Column(_("State")),
            Column(_("Content"), right=True),
            Column(_("Stored"), right=True, spare=2),
            Column(_("Rows"), right=True, spare=1),
            Column(_("Time"), right=True, spare=3),
            Column(_("File")),
        ]
    )
    for name, one in databases.items():
        rows = one.facts.row_counts if one.facts else None
        table.add(
            name,
            word(one.status),
            size(one.whole_bytes),
            size(sum(piece.stored_bytes for piece in one.pieces)),
            count(sum(rows.values())) if rows is not None else "",
            span(one.seconds),
            one.file or one.server_file or "",
        )
    if databases:
        draw(table)
    for name, one in databases.items():
        if one.problem is not None:
            put(f"{mark(Severity.ERROR)} {clean(name)}: {clean(sentence(one.problem).message)}\n")


def _tell_files(set_name: str, kind: str, part: FileSetBackup) -> None:
    copies = [one for one in part.files if not one.folder]
    told = n_("{count} file, {size}", "{count} files, {size}", len(copies))
    put(f"\n{word(kind)}: {told.format(count=count(len(copies)), size=size(sum(c.size_bytes for c in copies)))}\n")
    if len(copies) <= _FEW:
        _list_files(part, "  ")
    else:
        put("  " + _("Their names: show {set} --files {name}").format(set=set_name, name=kind) + "\n")
    for problem in part.problems:
        put(f"  {mark(problem.severity)} {clean(sentence(problem).message)}\n")


def _list_files(part: FileSetBackup | None, before: str) -> None:
    """The paths as ``restore --only`` takes them."""
    for one in part.files if part is not None else ():
        put(f"{before}{clean(one.source)}{'/' if one.folder else ''}\n")


def _tell_checks(manifest: Manifest) -> None:
    found = checks_of(manifest)
    if not found:
        if any(one.status is SetStatus.COMPLETED for one in manifest.databases.values()):
            put("\n" + _("Not checked yet: verify {set}").format(set=manifest.timestamp) + "\n")
        return
    put("\n" + _("Checks:") + "\n")
    titles = (
        Column(_("When"), spare=1),
        Column(_("What")),
        Column(_("How deep"), spare=2),
        Column(_("Result"), fold=True),
    )
    table = Table([Column(""), *titles])
    for of, check in found:
        tick = Tick(check.depth.value) if check.ok else Tick.FAILED
        said = sentence(check.problem).message if check.problem is not None else tick_word(tick)
        table.add(
            tick_glyph(tick), moment(check.at), word(of), word(check.depth), said, style="" if check.ok else "red"
        )
    draw(table)


def check(session: Session) -> Answer:
    """Would a backup work now? 0 yes, 1 yes with warnings, 2 no."""
    findings = session.model.check()
    problems = tuple(
        Problem(code=one.code, severity=one.severity, values=one.values)
        for one in findings
        if one.severity is not Severity.INFO
    )
    bad = any(one.severity is Severity.ERROR for one in findings)
    status = Status.FAILED if bad else settled(problems)
    accepted = agreed(session.model.loaded.settings)
    members = {"findings": [_finding_json(one, accepted) for one in findings]}
    return Answer(status=status, problems=problems, members=members, tell=lambda: _tell_findings(findings, accepted))


def _finding_json(one: Finding, accepted: frozenset[str]) -> dict[str, object]:
    return {**problem_json(one), "accepted": _is_accepted(one, accepted)}


def _is_accepted(one: Finding, accepted: frozenset[str]) -> bool:
    """Whether it is a danger that only the settings make an information of."""
    return one.severity is Severity.INFO and one.code in accepted


def _tell_findings(findings: tuple[Finding, ...], accepted: frozenset[str]) -> None:
    for one in findings:
        message = clean(sentence(one).message)
        if _is_accepted(one, accepted):
            put("! " + _("Accepted: {danger}").format(danger=message) + "\n")
        elif one.code in _WANTING and one.severity is Severity.INFO:
            to_do = _("What to do:")
            put(f"{mark(one.severity)} {message}\n  {to_do} {clean(sentence(one).fix)}\n")
        elif one.severity is Severity.INFO:
            put(f"{glyph('✓', 'v')} {message}\n")
    locked = [clean(str(one.values.get("database", ""))) for one in findings if one.code == "source.busy"]
    if any(one.severity is Severity.ERROR for one in findings):
        told = _("A backup would not work now.")
    elif locked:
        told = _("A backup would not be whole now: other programs have locked {names}.").format(names=", ".join(locked))
    else:
        told = _("A backup would work now.")
    put(told + "\n")


_SET = Word("set_name", "SET", required=True)
VERBS = {
    "list": Verb(
        "list", ABOUT["list"], list_sets, (switch("--all", N_("show all, not the newest 30 only")),), {"sets": []}
    ),
    "show": Verb(
        "show",
        ABOUT["show"],
        show,
        (_SET, Option("--files", N_("the names of these files only"), kind=click.Choice(["config", "application"]))),
        {"manifest": None, "checks": []},
    ),
    "check": Verb("check", ABOUT["check"], check, (), {"findings": []}),
}
