"""What crosses the border of a process: an order, its events and its result, one JSON line each.

{"kind":"order","value":{"verb":"backup","request":{…}}}
{"kind":"event","value":{…}}          as often as there is something new
{"kind":"result","value":{…}}         or "outcome", where the verb came to no result: the last line
"""

from __future__ import annotations

import json
from typing import Any, TypeVar

import msgspec

from .errors import BadInput
from .identity import Identity
from .records import BackupRequest, JobEvent, Origin, Outcome, PruneRequest, Record, RestoreRequest, VerifyRequest
from .watching import DrillRequest, RetentionRequest

R = TypeVar("R", bound=Record)

ORDER, EVENT, RESULT, OUTCOME = "order", "event", "result", "outcome"
CANCEL = b"cancel\n"
"""The only thing that goes down behind the order."""
LONGEST = 1 << 30
"""No line is longer."""


class CleanupRequest(Record, frozen=True, kw_only=True):
    """Remove what nobody needs any more."""

    requested_by: str = ""
    origin: Origin = Origin.MANUAL


class Order(Record, frozen=True, kw_only=True):
    """What a process of its own is to do, and in whose name."""

    verb: str
    request: Any
    """As `REQUESTS` says for the verb."""
    identity: Identity | None = None
    """Whoever orders; None: the account that the process runs under."""
    patience_s: float = 0.0
    """So long it waits for whoever works there now; 0: it is refused then."""


REQUESTS: dict[str, type[Record]] = {
    "backup": BackupRequest,
    "verify": VerifyRequest,
    "restore": RestoreRequest,
    "drill": DrillRequest,
    "prune": RetentionRequest,
    "delete": PruneRequest,
    "cleanup": CleanupRequest,
}
"""Every verb that can be ordered, with what it takes."""


class _Line(Record, frozen=True):
    kind: str
    value: Any


def line(kind: str, record: Record) -> bytes:
    """``record`` as one line."""
    try:
        return msgspec.json.encode(_Line(kind, record)) + b"\n"
    except UnicodeEncodeError:  # file names that are no text, on systems where those exist
        return json.dumps({"kind": kind, "value": msgspec.to_builtins(record)}).encode("ascii") + b"\n"


def parse(data: bytes) -> tuple[str, Any]:
    """Kind and value, as plain JSON values, of one line. Raises `ValueError` for anything else."""
    try:
        read = msgspec.json.decode(data, type=_Line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        read = msgspec.convert(json.loads(data), _Line)
    return read.kind, read.value


def as_record(value: Any, kind: type[R]) -> R:  # noqa: ANN401  what JSON gave
    """A value of a line as the record that it must be. Raises `ValueError`."""
    return msgspec.convert(value, kind)


def as_event(value: Any) -> JobEvent:  # noqa: ANN401  what JSON gave
    """The same for an event. Raises `ValueError`."""
    return as_record(value, JobEvent)


def as_outcome(value: Any) -> Outcome:  # noqa: ANN401  what JSON gave
    """The same for an outcome. Raises `ValueError`."""
    return as_record(value, Outcome)


def as_order(data: bytes) -> Order:
    """The order of a line, with its request as the verb takes it. Raises `BadInput` (``work.bad_order``)."""
    try:
        kind, value = parse(data)
        order = as_record(value, Order)
        if kind != ORDER or order.verb not in REQUESTS:
            raise BadInput("work.bad_order", why=f"{kind} {order.verb}")
        return msgspec.structs.replace(order, request=as_record(order.request, REQUESTS[order.verb]))
    except (ValueError, RecursionError) as error:
        raise BadInput("work.bad_order", why=str(error)) from error
