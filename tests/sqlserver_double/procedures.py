"""The procedures that drivers call to run statements with parameters; all others the world is asked for."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from . import described, rpc, tokens
from .answers import Answer, Session


@dataclass(frozen=True, slots=True)
class Called:
    """What a call comes to: the answers of what runs within, then its output parameters."""

    answers: Iterator[Answer]
    outputs: bytes = b""
    known: bool = True


class Procedures:
    """Of one connection: what it has prepared, by handle."""

    def __init__(self) -> None:
        self._prepared: dict[int, rpc.Statement] = {}
        self._handles = itertools.count(1)

    def called(self, session: Session, call: rpc.Call) -> Called:
        """What a call does; nothing runs before the answers are read."""
        given, name = call.parameters, call.procedure.lower()
        if name in described.PROCEDURES:
            return Called(described.PROCEDURES[name](call))
        if name == "sp_executesql":
            statement = rpc.Statement(str(given[0].value), str(given[1].value) if len(given) > 1 else "")
            return Called(_run(session, statement, given[2:]))
        if name in {"sp_prepare", "sp_prepexec"}:
            return self._prepare(session, given, at_once=name == "sp_prepexec")
        if name in {"sp_execute", "sp_unprepare"}:
            return self._prepared_before(session, given, for_good=name == "sp_unprepare")
        if name.startswith("procedure "):
            return Called(rpc.unknown(call), known=False)
        values = {one.name or f"@P{place}": one.value for place, one in enumerate(given, 1)}
        words = [f"{one.name}={one.name}" if one.name else f"@P{place}" for place, one in enumerate(given, 1)]
        return Called(session.batch(f"EXEC {call.procedure} {', '.join(words)}".strip(), values))

    def _prepare(self, session: Session, given: tuple[rpc.Parameter, ...], *, at_once: bool) -> Called:
        """Handle (that of what it replaces, or NULL), declaration, text; then values if it runs at once."""
        old, declaration, text = given[:3]
        self._prepared.pop(_number(old.value), None)
        handle = next(self._handles)
        statement = self._prepared[handle] = rpc.Statement(str(text.value), str(declaration.value or ""))
        outputs = tokens.return_value(0, old.name, handle)
        return Called(_run(session, statement, given[3:]) if at_once else iter(()), outputs)

    def _prepared_before(self, session: Session, given: tuple[rpc.Parameter, ...], *, for_good: bool) -> Called:
        handle = _number(given[0].value)
        if handle not in self._prepared:
            return Called(rpc.no_such_handle(handle))
        if for_good:
            del self._prepared[handle]
            return Called(iter(()))
        return Called(_run(session, self._prepared[handle], given[1:]))


def _run(session: Session, statement: rpc.Statement, values: tuple[rpc.Parameter, ...]) -> Iterator[Answer]:
    bound: Mapping[str, object] = statement.bound(values)
    return session.batch(statement.text, bound)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
