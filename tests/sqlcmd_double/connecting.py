"""From options and environment to a connection, as both dialects have it in common."""

from __future__ import annotations

import os
import socket

from . import server_names
from .tds_client import OFF, ON, Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .options import Options


def from_environment(given: Options, name: str, value: str) -> str:
    """A value of the command line, or else of the environment, where that is not shut out."""
    return value or (os.environ.get(name, "") if given.disabled is None else "")


def number(given: Options, name: str, value: int | None, otherwise: int) -> int:
    """A number of the command line, or of the environment, or else the usual one."""
    if value is not None:
        return value
    found = from_environment(given, name, "")
    return int(found) if found.lstrip("+-").isdecimal() else otherwise


def target(given: Options, name: str) -> Target:
    """Where to go by the options, all but encryption; raises BadName."""
    to = Target()
    _protocol, to.host, _instance, port = server_names.taken_apart(name)
    to.port = port or 1433
    to.user = "" if given.trusted else from_environment(given, "SQLCMDUSER", given.user)
    to.password = "" if given.trusted else from_environment(given, "SQLCMDPASSWORD", given.password)
    to.database = from_environment(given, "SQLCMDDBNAME", given.database)
    to.workstation = from_environment(given, "SQLCMDWORKSTATION", given.workstation) or socket.gethostname()
    to.read_only = given.read_only
    to.packet_size = given.packet_size or 4096
    to.host_in_certificate = given.host_in_certificate
    return to


def encrypt(to: Target, wish: str, *, trusting: bool) -> None:
    """What the client offers: ``mandatory``, ``strict`` or anything else for as little as possible."""
    to.strict = wish in {"strict", "s"}
    to.encryption = ON if to.strict or wish in {"mandatory", "m", "true", "t", "yes", "1"} else OFF
    to.trusting = trusting
