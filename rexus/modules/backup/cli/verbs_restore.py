"""The verb restore: databases, file sets or a whole set, here or elsewhere; or only the plan of it."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from ..base.clock import local
from ..base.errors import BadInput
from ..base.records import Check, RestorePlan, RestoreRequest, Severity, Status, Step, Tick
from ..base.saying import N_
from ..base.texts import _
from . import verbs_lost
from .about import ABOUT
from .answers import Answer, of_job, settled
from .parsing import Instant, Option, Verb, Word, exclusive, switch
from .session import who
from .streams import clean, put
from .tables import Column, Table, draw
from .wording import age, size, span, tick_glyph, tick_word, word

if TYPE_CHECKING:
    from ..jobs.restored import RestoreResult
    from .session import Session

_ONLY_CONSENT = frozenset({"restore.exists", "restore.unconfirmed", "restore.files_exist", "lost.no_server"})
"""Refusals that a plan exists to be read for: the person has not agreed yet, or has not named the new server."""
_STAGED = ".restoring.partial"
"""What the engine for SQLite writes behind the name of a database that is not in its place yet."""
_STEPS = {
    "unseal": N_("unpack aside"),
    "prove": N_("prove what was unpacked"),
    "safety": N_("make a safety copy of the present one"),
    "swap": N_("put in place"),
    "check": N_("check in its place"),
    "files": N_("copy files"),
    "on_server": N_("take the server's own file"),
    "restore_full": N_("restore the full backup"),
    "restore_differential": N_("restore the differential backup"),
    "restore_log": N_("restore a log backup"),
    "recover": N_("open the database"),
    "checkdb": N_("check every page (CHECKDB)"),
}


def restore(  # noqa: PLR0913  one for each option
    session: Session,
    *,
    set_name: str | None,
    database: tuple[str, ...],
    files: str | None,
    all: bool,
    to: str | None,
    at: datetime | None,
    only: tuple[str, ...],
    overwrite: bool,
    yes: tuple[str, ...],
    plan: bool,
) -> Answer:
    """Bring back what is named, or say what would be done."""
    exclusive(database=database, files=files, all=all)
    if to is not None and not to.strip():
        raise BadInput("restore.empty_target")
    if only and files is None:
        raise BadInput("cli.usage_missing", verb="restore --only", what="--files config|application")
    if at is not None and session.model.loaded.settings.engine == "sqlite":
        raise BadInput("cli.no_point_in_time", engine="sqlite")
    if set_name is None and plan and not (database or files or all):
        return verbs_lost.overview(session)
    request = RestoreRequest(
        set=set_name or verbs_lost.newest(session, database),
        databases=database,
        files=files,
        only=only,
        everything=all,
        to=to,
        at=at,
        overwrite=overwrite,
        confirmed=yes,
        requested_by=who(),
    )
    return planned(session, request) if plan else restored(session, request)


def planned(session: Session, request: RestoreRequest) -> Answer:
    """The plan alone. It is refused only by what the person can't settle by agreeing."""
    drafted = session.model.plan_restore(request)
    consent = all(one.code in _ONLY_CONSENT for one in drafted.refusals)
    refusals = tuple(
        msgspec.structs.replace(one, severity=Severity.INFO) if consent else one for one in drafted.refusals
    )
    problems = (*refusals, *drafted.warnings, *drafted.lost)
    return Answer(
        whole=frozenset(one.code for one in refusals),
        status=settled(drafted.warnings) if consent else Status.REFUSED,  # what is lost is what a plan is read for
        problems=problems,
        members={"plan": drafted, "restored": [], "safety_set": None, "safety_path": None},
        tell=lambda: _tell_planned(session, request, drafted, agreed=consent),
    )


def _tell_planned(session: Session, request: RestoreRequest, drafted: RestorePlan, *, agreed: bool) -> None:
    """The plan, or that there is none: steps that nothing comes of would only mislead."""
    if agreed:
        tell_plan(session, drafted)
    else:
        put(_("This can't be restored as it was asked for; nothing would be done.") + "\n")
    if request.at is not None:
        put(_("Instant that was understood: {at}.").format(at=local(request.at)) + "\n")


def restored(session: Session, request: RestoreRequest) -> Answer:
    """Do it."""
    model = session.model
    result = session.work(lambda report, cancel: model.restore(request, report, cancel))
    members = {
        "plan": result.plan,
        "restored": result.restored,
        "safety_set": result.safety_set,
        "safety_path": result.safety_path,
    }
    return of_job(result.outcome, members, lambda: _tell_restored(session, request, result))


def tell_plan(session: Session, drafted: RestorePlan) -> None:
    """Steps in order, space, time and age."""
    table = Table(
        [
            Column("", right=True),
            Column(_("Step"), fold=True),
            Column(_("What")),
            Column(_("Size"), right=True, spare=1),
            Column(_("Where")),
        ]
    )
    for number, step in enumerate(drafted.steps, 1):
        does = _(_STEPS[step.code]) if step.code in _STEPS else step.code
        table.add(str(number), does, word(step.name), size(step.bytes) if step.bytes else "", _where(session, step))
    draw(table)
    needed = size(drafted.bytes_needed)
    if drafted.bytes_free is None:
        put(_("Space: {needed} needed; how much is free is not known.").format(needed=needed) + "\n")
    else:
        free = size(drafted.bytes_free)
        put(_("Space: {needed} needed, {free} free.").format(needed=needed, free=free) + "\n")
    if drafted.seconds_expected is not None:
        put(_("Expected time: {time}.").format(time=span(drafted.seconds_expected)) + "\n")
    put(_("The backup was made {age}.").format(age=age(drafted.backup_age_s)) + "\n")


def _where(session: Session, step: Step) -> str:
    """The place of a step; what is unpacked waits beside the place it is meant for, of chains one sees the links."""
    if step.code.startswith("restore_"):
        return step.source
    beside = step.code in ("unseal", "prove") and session.model.loaded.settings.engine == "sqlite"
    return step.target + _STAGED if beside and step.target else step.target or step.source


def _tell_restored(session: Session, request: RestoreRequest, result: RestoreResult) -> None:
    if result.restored:
        titles = (Column(_("Restored")), Column(_("Where")), Column(_("Proven"), fold=True, spare=1))
        table = Table([Column(""), *titles])
        for one in result.restored:
            tick = deepest_passed(one.checks)
            table.add(tick_glyph(tick), word(one.name), one.to, tick_word(tick))
        draw(table)
    if result.safety_set is not None:
        put(_("What was there before is in the set {set}.").format(set=clean(result.safety_set)) + "\n")
    if result.safety_path is not None:
        put(_("What was there before is kept in {path}.").format(path=clean(result.safety_path)) + "\n")
    if request.to is None and any(one.name == "config" for one in result.restored):
        _tell_settings_place(session, request)


def _tell_settings_place(session: Session, request: RestoreRequest) -> None:
    """The settings of this program are copied with the application's, but are read where the program looks."""
    loaded = session.model.loaded
    config = session.model.show(request.set).config
    own = config.files[0].source if config is not None and config.files else ""  # the program's own come first
    came = own if own.rpartition("/")[2] == loaded.path.name else None
    if came is None or (request.only and came not in request.only):
        return
    lies = Path(os.path.realpath(loaded.app_root / came))
    if lies != Path(os.path.realpath(loaded.path)):
        told = _("The program reads its settings from {path}. If you want those of the backup, copy {copy} there.")
        put(told.format(path=clean(str(loaded.path)), copy=clean(str(lies))) + "\n")


def deepest_passed(checks: tuple[Check, ...]) -> Tick:
    """The tick of what was just restored."""
    order = list(Tick)
    return max((Tick(one.depth.value) for one in checks if one.ok), key=order.index, default=Tick.NONE)


_YES = N_("each database, or config or application, that may be overwritten; may be repeated")
RESTORE = Verb(
    "restore",
    ABOUT["restore"],
    restore,
    (
        Word("set_name", "SET"),
        Option("--database", N_("this database; may be repeated"), "NAME", many=True),
        Option("--files", N_("these files"), kind=click.Choice(["config", "application"])),
        switch("--all", N_("the whole set")),
        Option("--to", N_("to this path or name; for several, into this folder"), "PATH_OR_NAME"),
        Option("--at", N_("as it was at this instant"), "INSTANT", kind=Instant()),
        Option("--only", N_("with --files: this path only; may be repeated"), "PATH", many=True),
        switch("--overwrite", N_("replace what is there; a safety copy is made first")),
        Option("--yes", _YES, "NAME", many=True),
        switch("--plan", N_("only show what would be done, and what would be lost"), alias="--dry-run"),
    ),
    {"plan": None, "restored": [], "safety_set": None, "safety_path": None, "found": None},
)
VERBS = {RESTORE.name: RESTORE}
