"""Stores of objects behind an address, as BACKUP TO URL sees them: containers that somebody made, and the way in.

What is known of the server comes from Microsoft's pages: S3 from 2022 on and not with Express, only FORMAT and one set
in each object; a credential whose name the address begins with. What they do not say (the number for an option that a
store does not know) is a message of the double's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .world_messages import Said, SqlError, error, os_error

if TYPE_CHECKING:
    from .interpreter import Interpreter
    from .media_orders import Order

IDENTITIES = {"s3": "s3 access key", "https": "shared access signature"}
NOT_SUPPORTED, DENIED = 50, 5
EXPRESS, S3_FROM = 4, 16
MIB = 1 << 20


def is_address(path: str) -> bool:
    """Whether it is behind an address."""
    return path.casefold().startswith(("https://", "s3://"))


def check_address(it: Interpreter, order: Order, path: str) -> None:
    """Let the server in there, or not. Raises `SqlError`."""
    scheme = path.partition(":")[0].casefold()
    state = 1 if order.verb.startswith("BACKUP") else 2
    edition = it.world.edition
    able = scheme == "https" or (scheme == "s3" and edition.version[0] >= S3_FROM and edition.engine != EXPRESS)
    home = _within(it.world.containers, path)
    name = _within(it.world.credentials, path)
    if not is_address(path) or not able or home is None or name is None:
        raise error(3201, path, os_error(NOT_SUPPORTED), state=state)
    if it.world.credentials[name].casefold() != IDENTITIES[scheme]:
        if scheme == "s3":
            raise error(3233)
        raise error(3201, path, os_error(DENIED), state=state)
    _check_options(order, scheme)
    if state == 1:
        it.world.disk.local(path).parent.mkdir(parents=True, exist_ok=True)


def _within(names: object, path: str) -> str | None:
    """The longest of the names that the address begins with."""
    assert isinstance(names, dict | set)
    fitting = [name for name in names if path.casefold().startswith(f"{str(name).casefold()}/")]
    return max(fitting, key=len, default=None)


def _check_options(order: Order, scheme: str) -> None:
    least, most = (5 * MIB, 20 * MIB) if scheme == "s3" else (64 << 10, 4 * MIB)
    size = order.number("MAXTRANSFERSIZE", least)
    if not least <= size <= most or (scheme == "s3" and size != least and order.wants_compression is not True):
        raise _unknown(f"MAXTRANSFERSIZE = {size}")
    for word in ("INIT", "NOINIT", "FILE"):
        if scheme == "s3" and (order.has(word) or word in order.values):
            raise _unknown(word)


def _unknown(option: str) -> SqlError:
    return SqlError(Said(50000, 16, text=f"A store of objects does not know {option}."))
