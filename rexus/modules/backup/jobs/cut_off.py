"""What is said of a restore that was cut off: what it replaced is told apart from what it only made beside. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ..base.records import Finding, Problem, Severity
from .restore_journal import Pending, Place
from .server_journal import ServerPending, ServerPlaceKept


def findings(one: Pending | ServerPending) -> list[Finding]:
    """How far a restore came that is not settled, and so what is the matter with the databases."""
    if isinstance(one, ServerPending):
        if one.places and all(place.is_ours for place in one.places):
            return [_said("check.drill_open", database=_names(one.places), target=_targets(one.places))]
        if one.committed:
            return [_said("check.restore_unopened", database=_names(one.places) or ", ".join(one.files))]
    old, new = parted(one)
    told = [_said("check.restore_new", database=_names(new), target=_targets(new))] if new else []
    names = ", ".join((*(place.name for place in old), *one.files))
    return [_replacing(one, names, old), *told] if names else told


def _replacing(one: Pending | ServerPending, names: str, old: Sequence[Place | ServerPlaceKept]) -> Finding:
    """Of what was there before: untouched, kept in the safety set, or not to be kept at all."""
    if isinstance(one, ServerPending):
        if one.taken_back or not (one.files or any(place.begun for place in one.places)):
            return _said("check.restore_closed", database=names)
        if one.safety is None and old:
            return _said("check.restore_unkept", database=names)
    return _said("check.restore_open", database=names, set=one.safety or one.set)


def taken_back(one: Pending | ServerPending) -> Problem:
    """That it is as it was before; what was only made beside needs nobody's restore."""
    old, new = parted(one)
    values: dict[str, str | int] = {"database": _names(new), "target": _targets(new)}
    if new and not old and not one.files:
        if isinstance(one, ServerPending) and all(place.is_ours for place in one.places):
            return Problem(code="sweep.drill_removed", severity=Severity.WARNING, values=values)
        return Problem(code="sweep.restore_removed", severity=Severity.WARNING, values=values)
    names = _names(one.places) or ", ".join(one.files)
    values = {"database": names, "set": one.safety or one.set}
    return Problem(code="sweep.restore_undone", severity=Severity.WARNING, values=values)


def parted(one: Pending | ServerPending) -> tuple[list[Place | ServerPlaceKept], list[Place | ServerPlaceKept]]:
    """The places where something was before, and those that it made."""
    every: Sequence[Place | ServerPlaceKept] = one.places
    return [place for place in every if place.existed], [place for place in every if not place.existed]


def _names(places: Sequence[Place | ServerPlaceKept]) -> str:
    return ", ".join(dict.fromkeys(place.name for place in places))


def _targets(places: Sequence[Place | ServerPlaceKept]) -> str:
    return ", ".join(place.location for place in places)


def _said(code: str, **values: str | int) -> Finding:
    return Finding(code=code, severity=Severity.WARNING, values=values)
