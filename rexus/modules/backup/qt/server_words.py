"""What the window says of a SQL Server: its name in parts, findings with what to copy, losses by recovery model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ..base.records import Finding, Problem, Severity
from ..base.saying import N_
from ..base.texts import _
from . import telling
from .timeline_words import how_long

if TYPE_CHECKING:
    from ..engines.sqlserver_look import SeenDatabase, SeenServer

TONES = {Severity.ERROR: ("cross", "danger"), Severity.WARNING: ("warning", "warn"), Severity.INFO: ("tick", "ok")}
_STATEMENT = re.compile(r"\b(?:USE|GRANT|ALTER|CREATE)\b(?:\[(?:[^\]]|\]\])*\]|[^;\[])*;")
_HOST = re.compile(r"[^\\,:;{}=\s\"']+")
_INSTANCE = re.compile(r"[^\W\d][\w#$]{0,15}")
LOG_MIN = 15
"""Minutes between copies of a log, as they are advised."""
_MOST_PORT = 65_535
_THERE, _HERE_TOO, _SAME, _WRITES = range(4)
_SEEN: dict[str, dict[int, bool]] = {
    "sqlserver.folder_ok": {_THERE: True, _HERE_TOO: True, _SAME: True},
    "sqlserver.folder_written": {_THERE: True, _HERE_TOO: True, _SAME: True, _WRITES: True},
    "sqlserver.folder_stays": {_THERE: True, _HERE_TOO: True, _SAME: True, _WRITES: True},
    "sqlserver.folder_unwritable": {_WRITES: False},
    "sqlserver.folder_unwritten": {_HERE_TOO: True},
    "sqlserver.folder_unseen": {_THERE: True},
    "sqlserver.folder_denied": {_THERE: True, _HERE_TOO: False},
    "sqlserver.folders_differ": {_THERE: True, _HERE_TOO: True, _SAME: False},
    "sqlserver.folder_missing": {_THERE: False},
    "sqlserver.no_folder": {_THERE: False},
}
"""What each finding of the common folder says of who sees it."""
FolderSeen = tuple[bool | None, ...]
"""The server sees its folder, this machine sees it, both are one, the server can write there; None: not known."""
_HERE = {
    "sqlserver.no_server": N_("Write the name of the server."),
    "sqlserver.no_user": N_("Write a user, or choose the Windows account."),
    "sqlserver.no_password": N_("Write the password."),
    "sqlserver.login_failed": N_("Correct user and password; the server's own log tells the exact reason."),
    "sqlserver.certificate_untrusted": N_(
        "Give the server a certificate that this machine trusts; on the same machine or a safe network, tick that any "
        "certificate is trusted."
    ),
    "sqlserver.no_encryption": N_("Switch encryption on at the server, or have only the password encrypted."),
    "sqlserver.folder_unseen": N_("Share that folder with this machine, and write its name here."),
    "sqlserver.folders_differ": N_("Correct one of the two names: both must name the same folder."),
    "sqlserver.no_folder": N_("Write a folder of the server."),
}
"""What is done in the window itself, where sentences for everybody tell of files and settings."""


@dataclass(frozen=True, slots=True)
class Address:
    r"""A server as one types it: ``SRV1``, ``SQLEXPRESS``, ``1433``; ``protocol`` is kept as it was read."""

    host: str = ""
    instance: str = ""
    port: str = ""
    protocol: str = ""

    @property
    def text(self) -> str:
        """As the settings keep it; empty: none is named."""
        if not self.host.strip():
            return ""
        protocol = f"{self.protocol}:" if self.protocol else ""
        instance = f"\\{self.instance.strip()}" if self.instance.strip() else ""
        port = f",{self.port.strip()}" if self.port.strip() else ""
        return f"{protocol}{self.host.strip()}{instance}{port}"

    def wrong(self) -> dict[str, str]:
        """What can't be, by ``host``, ``instance`` and ``port``."""
        found = {}
        host = self.host.strip()
        is_ipv6 = ":" in host and re.fullmatch(r"\[?[0-9A-Fa-f:.%]+\]?", host) is not None
        if host and not is_ipv6 and not host.startswith("\\\\") and _HOST.fullmatch(host) is None:
            found["host"] = _("The name or the address of a computer, without spaces and ; , = { }")
        if not host and (self.instance.strip() or self.port.strip()):
            found["host"] = _("Write the name of the computer first")
        if self.instance.strip() and _INSTANCE.fullmatch(self.instance.strip()) is None:
            found["instance"] = _("Letters, digits, _, # and $, at most 16; it begins with a letter")
        port = self.port.strip()
        if port and not (port.isascii() and port.isdigit() and 1 <= int(port) <= _MOST_PORT):
            found["port"] = _("From {low} to {high}").format(low=1, high=telling.count(_MOST_PORT))
        return found


def folder_seen(found: Sequence[Finding]) -> FolderSeen | None:
    """Who sees the common folder, by what was found of it; None: nothing was."""
    known = [_SEEN[one.code] for one in found if one.code in _SEEN]
    if not known:
        return None
    told: dict[int, bool] = {}
    for one in known:
        told |= one
    return tuple(told.get(what) for what in (_THERE, _HERE_TOO, _SAME, _WRITES))


def is_shown_by_signs(found: Finding) -> bool:
    """Whether `folder_seen` says all there is to say of it."""
    return found.code in _SEEN and found.severity is Severity.INFO and not fix_of(found)


def statement_of(fix: str) -> str:
    """The T-SQL in what is to be done, a line for each statement; without any the whole advice."""
    return "\n".join(_STATEMENT.findall(fix)) or fix


def is_statement(fix: str) -> bool:
    """Whether there is T-SQL in it."""
    return _STATEMENT.search(fix) is not None


def fix_of(found: Finding | Problem) -> str:
    """What to do about it, in the words of the window; of what is well only a statement that makes it better."""
    fix = _(_HERE[found.code]) if found.code in _HERE else telling.sentence(found).fix
    return fix if found.severity is not Severity.INFO or is_statement(fix) else ""


def sign_of(found: Finding | Problem) -> tuple[str, str]:
    """Icon and tone; what is well and could be better is no tick."""
    if found.severity is Severity.INFO and fix_of(found):
        return "info", "accent"
    return TONES[found.severity]


def can_be_copied(found: Finding | Problem) -> bool:
    """Whether it is done elsewhere, so that somebody may want to take it there."""
    return bool(fix_of(found)) and found.code not in _HERE


@dataclass(frozen=True, slots=True)
class Advice:
    """What would be lost of one database, and the statement that changes that."""

    name: str
    tone: str
    text: str
    sql: str = ""
    can_plan: bool = False
    """Whether copies of its log by a schedule would change it at once."""


def advice(name: str, seen: SeenDatabase | None, gap_s: float | None, log_at: datetime | None, now: datetime) -> Advice:
    """How much of a database would be lost, in plain words.

    ``gap_s`` is the longest time between two backups by the schedules, in seconds (None: no schedule takes any);
    ``log_at`` is when our newest log backup of it was made.
    """
    if seen is None:
        return Advice(name, "danger", _("It is not on the server, so nothing of it is copied."))
    lost = _("what was done since the last copy by hand") if gap_s is None else how_long(gap_s)
    if seen.recovery_model == "SIMPLE":
        text = _(
            "You would lose up to {lost}. With full recovery and a copy of the log every {minutes} minutes: "
            "{minutes} minutes, and any instant could be brought back."
        ).format(lost=lost, minutes=LOG_MIN)
        return Advice(name, "warn", text, seen.to_full)
    if not seen.has_log_chain:
        text = _("Its log begins with the next full copy; until then you would lose up to {lost}.").format(lost=lost)
        return Advice(name, "warn", text)
    if log_at is None:
        text = _(
            "Its log is kept and nobody copies it: it grows, and you would still lose up to {lost}. Make copies of the "
            "log, or go back to simple recovery."
        ).format(lost=lost)
        return Advice(name, "warn", text, seen.to_simple, can_plan=True)
    age = how_long(max((now - log_at).total_seconds(), 0.0))
    return Advice(name, "ok", _("You would lose {age}: so old is the last copy of its log.").format(age=age))


def limits(server: SeenServer) -> tuple[str, ...]:
    """What the edition can't do, where that changes anything here."""
    told: list[str] = []
    if not server.can_compress:
        told.append(_("It does not compress: copies are compressed here."))
    if not server.can_encrypt:
        told.append(_("It does not encrypt copies either, so no certificate can be chosen."))
    if server.largest_database is not None:
        limit = telling.size(server.largest_database)
        told.append(_("A database may have at most {limit} of data.").format(limit=limit))
    return tuple(told)


def free_names(server: SeenServer, taken: Sequence[str]) -> tuple[str, ...]:
    """Databases of the server that are not copied yet."""
    there = {one.casefold() for one in taken}
    return tuple(one.name for one in server.databases if one.name.casefold() not in there)
