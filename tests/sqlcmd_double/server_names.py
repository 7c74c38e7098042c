"""Where a server is by the name that somebody gave it: ``[tcp:]host[\\instance][,port]``."""

from __future__ import annotations

import socket

BROWSER = 1434


class BadName(Exception):
    """Not such a name."""


class NoSuchInstance(Exception):
    """The host's Browser does not know the instance, or there is none."""


def taken_apart(name: str) -> tuple[str, str, str, int]:
    """Protocol, host, instance and port; empty or 0 where it names none."""
    protocol = ""
    for known in ("tcp", "np", "lpc", "admin"):
        if name.startswith(known + ":"):
            protocol, name = known, name[len(known) + 1 :] or "."
    host, comma, port = name.partition(",")
    if comma and not (port.isdecimal() and int(port) < 65536):
        raise BadName
    host, _, instance = host.partition("\\")
    if "\\" in instance:
        raise BadName
    return (
        protocol,
        host if host not in {"", ".", "(local)"} else "localhost",
        "" if comma else instance,
        int(port or 0),
    )


def port_of(host: str, instance: str, timeout_s: float, *, all_of_them: bool) -> int:
    """Ask the host's Browser, either for all its instances or for this one; raises NoSuchInstance."""
    question = b"\x03" if all_of_them else b"\x04" + instance.lower().encode() + b"\0"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(timeout_s)
        try:
            asking.connect((host, BROWSER))
            asking.send(question)
            answer = asking.recv(65535)
        except OSError as error:
            raise NoSuchInstance from error
    for one in answer[3:].decode("ascii", "replace").split(";;"):
        parts = one.split(";")
        facts = dict(zip(parts[::2], parts[1::2], strict=False))
        if facts.get("InstanceName", "").lower() == instance.lower() and facts.get("tcp", "").isdecimal():
            return int(facts["tcp"])
    raise NoSuchInstance
