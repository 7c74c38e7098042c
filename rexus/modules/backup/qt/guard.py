"""Slots and handlers that never raise: under PyQt6 an exception in one ends the whole process, the host's too."""

from __future__ import annotations

import functools
import logging
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from qtpy.compat import isalive
from qtpy.QtCore import QObject

from ..base.records import Problem

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound=QObject)
log = logging.getLogger(__name__)

_OURS = str(Path(__file__).parents[1])
_PLACES = 3
"""So many of our own calls on the way to where it failed are told."""
Teller = Callable[[Problem], None]
_tellers: list[Teller] = []


def tell_with(teller: Teller) -> None:
    """Have unexpected trouble shown by ``teller`` (the newest one counts); those of pages that are gone are let go."""
    _tellers[:] = [one for one in _tellers if _hears(one)]
    if teller not in _tellers:
        _tellers.append(teller)


def stop_telling(teller: Teller) -> None:
    """Forget a teller."""
    if teller in _tellers:
        _tellers.remove(teller)


def _hears(teller: Teller) -> bool:
    """Whether whoever is told is still there."""
    owner = getattr(teller, "__self__", None)
    return not isinstance(owner, QObject) or alive(owner)


def alive(widget: QObject | None) -> bool:
    """Whether the C++ side of ``widget`` is still there."""
    if widget is None:
        return False
    return bool(isalive(widget))  # type: ignore[no-untyped-call]


def guarded(slot: Callable[Concatenate[S, P], Any]) -> Callable[Concatenate[S, P], None]:
    """A slot whose exceptions are logged and told, and which does nothing once its object is gone."""

    @functools.wraps(slot)
    def safely(self: S, *args: P.args, **kwargs: P.kwargs) -> None:
        if not alive(self):
            return
        try:
            _call(slot, self, args, kwargs)
        except Exception:
            log.exception("slot %s", slot.__qualname__)
            unexpected()

    return cast(Callable[Concatenate[S, P], None], safely)


def guarded_or(answer: R) -> Callable[[Callable[Concatenate[S, P], R]], Callable[Concatenate[S, P], R]]:
    """The same for what Qt asks: ``answer`` where the method fails, or its object is gone."""

    def guarding(asked: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
        @functools.wraps(asked)
        def safely(self: S, *args: P.args, **kwargs: P.kwargs) -> R:
            if not alive(self):
                return answer
            try:
                return asked(self, *args, **kwargs)
            except Exception:
                log.exception("asked %s", asked.__qualname__)
                unexpected()
                return answer

        return cast(Callable[Concatenate[S, P], R], safely)

    return guarding


def calling(owner: QObject, act: Callable[[], object]) -> Callable[..., None]:
    """A slot that does ``act`` as a guarded one would, for as long as ``owner`` is there."""

    def slot(*_told: object) -> None:
        if alive(owner):
            try:
                act()
            except Exception:
                log.exception("slot of %s", type(owner).__name__)
                unexpected()

    return slot


def _call(slot: Callable[..., Any], self: QObject, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Call without what a signal brings beyond what the slot takes (``clicked`` brings ``checked``)."""
    takes = slot.__code__.co_argcount - 1
    slot(self, *args[: takes if not slot.__code__.co_flags & 0x04 else len(args)], **kwargs)


def trouble_of(error: BaseException | None) -> Problem:
    """What is told of an exception that nobody foresaw: its type and where it was; never its text, or any value."""
    if error is None:
        return Problem(code="unexpected")
    called = [one for one in traceback.extract_tb(error.__traceback__) if one.filename.startswith(_OURS)]
    places = [f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in called[: -_PLACES - 1 : -1]]
    return Problem(code="unexpected", values={"type": type(error).__name__, "place": " < ".join(places)})


def unexpected() -> None:
    """Tell that something went wrong that nobody foresaw, where it is handled; the log has the rest."""
    problem = trouble_of(sys.exc_info()[1])
    for teller in [one for one in _tellers if _hears(one)][-1:]:
        try:
            teller(problem)
        except Exception:
            log.exception("could not be told")
