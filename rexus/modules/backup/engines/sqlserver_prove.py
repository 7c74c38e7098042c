"""Whether a batch did what it was for: the one place where the server's word becomes a success, or a named failure."""

from __future__ import annotations

import msgspec

from ..base.errors import Cancelled, SourceFailed
from ..base.records import Severity
from . import tsql
from .messages import failure_of, is_damage_notice, problem_of, warnings_of
from .sqlserver_client import Client, End, Executed


def proven(client: Client, batch: tsql.Batch, executed: Executed, values: dict[str, str | int]) -> Executed:
    """The same where it proves that the batch did its work. Raises `Cancelled`, `SourceFailed`."""
    if executed.proves(batch):
        return executed
    if executed.end is End.CANCELLED:
        raise Cancelled
    told = {**client.known, **values}
    problem = problem_of(executed.messages, **told)
    if problem is not None:
        raise failure_of(problem)
    if executed.end is not End.FINISHED:
        raise client.failure(executed)
    damage = next(iter(warnings_of(filter(is_damage_notice, executed.messages), **told)), None)
    if damage is not None:
        raise failure_of(msgspec.structs.replace(damage, severity=Severity.ERROR))
    raise SourceFailed("sqlserver.unproven", **told, exit=executed.exit_code or 0)
