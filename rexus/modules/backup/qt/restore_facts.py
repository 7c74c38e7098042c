"""What a restore has proven: read once it is over, told in lines, tables and a report. No widgets here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from ..base.errors import BackupError
from ..base.records import Depth, Manifest, Outcome, Problem, RestoreRequest, SetStatus, Status
from ..base.texts import _, n_, word
from ..model import BackupModel
from . import restore_words, telling
from .restore_answers import Chosen, Home, Place, holds_files, home_of, home_place, undo_until

if TYPE_CHECKING:
    from ..jobs.restored import RestoreResult

_DEEP = (Depth.ENGINE, Depth.RESTORED)
_MOST_TABLES = 3
"""Tables whose rows an undo changes again, told one by one."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was checked."""

    icon: str
    token: str
    words: str
    value: str


@dataclass(frozen=True, slots=True)
class Counted:
    """Rows of one table, before and after; None: not known."""

    table: str
    before: int | None
    now: int | None

    @property
    def change(self) -> int | None:
        """How many more there are now."""
        return None if self.before is None or self.now is None else self.now - self.before


@dataclass(frozen=True, slots=True)
class Undo:
    """The way back: what to choose, where it belongs, until when it is kept."""

    choice: Chosen
    home: Home
    place: Place
    until: date | None
    made: datetime


@dataclass(frozen=True, slots=True)
class Proof:
    """The last step of the wizard."""

    checks: tuple[Line, ...]
    counts: tuple[Counted, ...]
    compared: bool
    """Whether the rows before are known."""
    undo: Undo | None
    kept_in: str = ""
    """Where replaced files are kept that no set holds, if they still are."""
    kept_set: str = ""
    """The set that holds what was replaced."""


def proof_of(model: BackupModel, result: RestoreResult, seconds: float) -> Proof:
    """Read what was proven, and what there was before. Raises nothing: what can't be read is left out."""
    before = _manifest(model, result.safety_set)
    counts = _counts(result, before)
    return Proof(
        checks=(*_checks(result), Line("clock", "text2", _("It took"), telling.span(seconds))),
        counts=counts,
        compared=any(one.before is not None for one in counts),
        undo=_undo(model, before) if before is not None else None,
        kept_in=result.safety_path if result.safety_path and os.path.lexists(result.safety_path) else "",
        kept_set=result.safety_set or "",
    )


def undo_of(model: BackupModel, safety_set: str) -> Undo | None:
    """The way back from a restore that ended badly; None where there is none."""
    before = _manifest(model, safety_set)
    return _undo(model, before) if before is not None else None


def _manifest(model: BackupModel, name: str | None) -> Manifest | None:
    try:
        return model.show(name) if name else None
    except BackupError:
        return None


def _undo(model: BackupModel, before: Manifest) -> Undo | None:
    names = [name for name, one in before.databases.items() if one.status is SetStatus.COMPLETED]
    held = {"config": before.config, "application": before.application}
    kinds = [kind for kind, one in held.items() if holds_files(one)]
    if not names and not kinds:
        return None
    if len(names) + len(kinds) > 1:
        choice = Chosen(set=before.timestamp, everything=True)
    else:
        choice = Chosen(set=before.timestamp, database=next(iter(names), None), files=next(iter(kinds), None))
    try:
        home = home_of(model, choice)
    except BackupError:
        return None
    place = home_place(home)
    if place is None:
        return None
    return Undo(choice, home, place, undo_until(home, before.started_at), before.started_at)


def _checks(result: RestoreResult) -> list[Line]:
    databases = [one for one in result.restored if any(check.database for check in one.checks)]
    file_sets = [one for one in result.restored if one not in databases]
    checks = [check for one in databases for check in one.checks if check.ok]
    lines: list[Line] = []
    if databases:
        told = n_("Checksum of {count} database", "Checksums of {count} databases", len(databases))
        lines.append(Line("tick", "ok", told.format(count=len(databases)), _("as in the copy")))
    if checks and all(check.depth in _DEEP for check in checks):
        lines.append(Line("tick-double", "ok", _("Opened and judged by the engine"), _("no errors")))
    tables = {name: rows for check in checks for name, rows in (check.row_counts or {}).items()}
    number = sum(len(check.row_counts or {}) for check in checks)
    if tables:
        rows = sum(sum((check.row_counts or {}).values()) for check in checks)
        told = n_("Rows of {count} table", "Rows of {count} tables", number)
        lines.append(Line("tick-triple", "ok", told.format(count=telling.count(number)), telling.count(rows)))
    for one in file_sets:
        words = restore_words.files_words(one.name)
        lines.append(Line("tick", "ok", words[:1].upper() + words[1:], _("copied and checked")))
    return lines


def _counts(result: RestoreResult, before: Manifest | None) -> tuple[Counted, ...]:
    """Tables whose rows are another number first, the largest change before all."""
    found: list[Counted] = []
    several = sum(1 for one in result.restored if any(check.row_counts for check in one.checks)) > 1
    for one in result.restored:
        now: Mapping[str, int] = next((check.row_counts for check in one.checks if check.row_counts), {})
        old = _before(one.name, one.to, before)
        for table in dict.fromkeys((*now, *(old or {}))):
            shown = f"{one.name} · {table}" if several else table
            found.append(Counted(shown, old.get(table) if old is not None else None, now.get(table)))
    return tuple(sorted(found, key=lambda one: (-abs(one.change or 0), one.table)))


def _before(name: str, place: str, before: Manifest | None) -> Mapping[str, int] | None:
    if before is None:
        return None
    kept = next((one for one in before.databases.values() if one.source == place), before.databases.get(name))
    return kept.facts.row_counts if kept is not None and kept.facts is not None else None


def taken_back(proof: Proof | None) -> str:
    """What the undo of a restore changes again, by the tables whose rows the restore made more or fewer; empty: none.

    The undo leads to the rows that were there before.
    """
    changed = [one for one in proof.counts if one.change] if proof is not None else []
    told = [
        _("{table}: {now} rows now, {before} after the undo").format(
            table=one.table, now=telling.count(one.now or 0), before=telling.count(one.before or 0)
        )
        for one in changed[:_MOST_TABLES]
    ]
    if len(changed) > len(told):
        more = len(changed) - len(told)
        told.append(n_("and {count} more table", "and {count} more tables", more).format(count=more))
    return f"{'; '.join(told)}." if told else ""


def title_of(home: Home, place: Place) -> str:
    """What is true now."""
    what = restore_words.what_of(home)
    many = 2 if restore_words.is_many(home) else 1
    told = what if what.startswith(home.names) else what[:1].upper() + what[1:]  # names stay as they are
    if place.kind == "copy":
        return _("The copy of {what} is ready").format(what=what)
    if home.undo:
        return n_("{what} is as before the restore", "{what} are as before the restore", many).format(what=told)
    today = home.of.astimezone().date() == datetime.now(UTC).astimezone().date()
    if today:
        form = n_("{what} is as it was at {time}", "{what} are as they were at {time}", many)
        return form.format(what=told, time=telling.clock_time(home.of))
    form = n_("{what} is as it was: {when}", "{what} are as they were: {when}", many)
    return form.format(what=told, when=telling.when(home.of))


def report_of(  # noqa: PLR0913, PLR0917  everything that a report tells
    home: Home, place: Place, request: RestoreRequest, result: RestoreResult, proof: Proof, command: str
) -> str:
    """The whole as text, for whoever has to show it."""
    now = datetime.now(UTC)
    made = [
        title_of(home, place),
        "",
        _("Restored: {when}, by {who}").format(when=telling.exact(now), who=request.requested_by or "–"),
        _("From the copy: {set} ({when})").format(set=request.set, when=telling.exact(home.of)),
    ]
    made += [_("Where to: {name}: {place}").format(name=word(one.name), place=one.to) for one in result.restored]
    if result.safety_set:
        made.append(_("What was there before: copy {set}").format(set=result.safety_set))
    if result.safety_path:
        made.append(_("What was there before: {path}").format(path=result.safety_path))
    made += ["", _("Checks"), *(f"  {one.words}: {one.value}" for one in proof.checks)]
    if proof.counts:
        made += ["", _("Rows"), *(f"  {_counted(one)}" for one in proof.counts)]
    told = [telling.reason(one) for one in result.outcome.problems]
    if told:
        made += ["", _("Warnings"), *(f"  {one}" for one in told)]
    return "\n".join([*made, "", _("Command"), f"  {command}", ""])


def _counted(one: Counted) -> str:
    now = telling.count(one.now) if one.now is not None else "–"
    if one.before is None:
        return f"{one.table}: {now}"
    told = _("{table}: {before} before, {now} now")
    return told.format(table=one.table, before=telling.count(one.before), now=now)


def failure_title(home: Home, outcome: Outcome) -> tuple[str, str, str]:
    """Title, explanation and tone of a restore that did not come to its end."""
    what, codes = restore_words.what_of(home), {one.code for one in outcome.problems}
    if outcome.status in (Status.BUSY, Status.REFUSED):
        return _("The restore can't begin now"), _("Nothing was touched."), "warn"
    if codes & {"undo.failed", "undo.worked_with"}:
        return (
            _("{what} could not be restored").format(what=what),
            _("Read below what is safe and what to do."),
            "danger",
        )
    if outcome.status is Status.INTERRUPTED:
        told = _("What was left half done is taken back by itself before the next work here.")
        return _("The restore was interrupted"), told, "danger"
    return _("{what} could not be restored").format(what=what), _("Everything is as it was before."), "danger"


def causes(outcome: Outcome) -> list[Problem]:
    """What went wrong, each once; what was put back last."""
    found = {(one.code, str(sorted(one.values.items()))): one for one in outcome.problems}
    return sorted(found.values(), key=lambda one: one.code.startswith("undo."))
