"""Looks at a server for its settings: a sign-in that was refused is not tried again by itself, for that locks accounts.

What was refused is remembered by this process alone, by a digest that nobody can take anything out of; no page has to
live for it, and no other settings that are saved meanwhile make it new.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as member
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from ..base.errors import BackupError
from ..base.records import BackupKind, SetStatus
from ..config.secrets import Secret
from ..model import BackupModel

if TYPE_CHECKING:
    from ..config.load import Loaded
    from ..engines.sqlserver_look import Look

_KEY = secrets.token_bytes(32)
_RUNS = 60
"""So many due times are looked at for the longest gap between backups."""
_DATA = ("backup", "differential")
"""Actions that back up what is in a database; of its log it is told when it was copied last."""
_REFUSED = "sqlserver.login_"
"""Codes that begin so: the server was there and did not let this login in."""
Folders = tuple[object, object]
"""The common folder as the server and as this machine names it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A look at the server, with what our own records say of the loss that is agreed to there."""

    look: Look
    is_old: bool = False
    """Whether it is the last one, which was refused: the server was not asked again."""
    gap_s: float | None = None
    """The longest time between two backups that are due, in seconds; None: none is due."""
    logs: dict[str, datetime] = member(default_factory=dict)
    """When the newest log backup of each database was made."""
    folders: Folders = (None, None)
    """The common folder that was asked about."""


class _Digests(NamedTuple):
    """What settings and `.env` say of the way to a server."""

    login: bytes
    """Who signs in where: the server, the user, the password."""
    whole: bytes
    """The same with all else that a connection depends on."""


_lock = threading.Lock()
_refused: dict[bytes, Look] = {}
_under_way: Counter[bytes] = Counter()
"""Logins that a server is being asked with."""


def seen_by(model: BackupModel, typed: Loaded | None, *, by_hand: bool) -> Seen | None:
    """Look at the server, and at our own records; not ``by_hand``: as `asked_by_itself` does. Raises `Refused`.

    ``typed`` are settings that are not saved, None: those in use. None: somebody asks the server the same just now.
    """
    loaded = typed or model.loaded

    def look_there() -> Look:
        return model.look_at_server(typed)

    found = (asked(loaded, look_there), False) if by_hand else asked_by_itself(loaded, look_there)
    if found is None:
        return None
    look, is_old = found
    gap_s, logs = None, dict[str, datetime]()
    with contextlib.suppress(BackupError):
        due = [one.utc for one in model.next_runs(None, _RUNS, _DATA)]
        gap_s = max(((after - before).total_seconds() for before, after in pairwise(due)), default=None)
    with contextlib.suppress(BackupError):
        for one in model.listing().sets:
            for name, held in one.databases.items():
                if held.kind is BackupKind.LOG and held.status is SetStatus.COMPLETED and held.started_at:
                    at = datetime.fromisoformat(held.started_at)
                    logs[name] = max(at, logs.get(name, at))
    settings = loaded.settings.sqlserver
    return Seen(look, is_old, gap_s, logs, (settings.server_backup_dir, settings.client_backup_dir))


def asked(loaded: Loaded, look: Callable[[], Look]) -> Look:
    """What ``look`` finds by these settings, because a person wants it. In any thread; raises whatever it raises."""
    digests = _digests_of(loaded)
    with _lock:
        _under_way[digests.login] += 1
    return _remembered(digests, look)


def asked_by_itself(loaded: Loaded, look: Callable[[], Look]) -> tuple[Look, bool] | None:
    """The same without anybody wanting it, and whether it is the last one, told again.

    The server is asked only if it did not refuse the same before; None: somebody asks it the same just now.
    """
    digests = _digests_of(loaded)
    with _lock:
        before = next((_refused[one] for one in digests if one in _refused), None)
        if before is not None:
            return before, True
        if _under_way[digests.login]:
            return None
        _under_way[digests.login] += 1
    return _remembered(digests, look), False


def _remembered(digests: _Digests, look: Callable[[], Look]) -> Look:
    try:
        found = look()
        with _lock:
            for one in digests:
                _refused.pop(one, None)
            if found.server is None:
                is_login = any(one.code.startswith(_REFUSED) for one in found.findings)
                _refused[digests.login if is_login else digests.whole] = found
    finally:
        with _lock:
            _under_way[digests.login] -= 1
    return found


def _digests_of(loaded: Loaded) -> _Digests:
    """The system's keyring is not asked for a password: it may ask back."""
    settings, environment = loaded.settings.sqlserver, loaded.environment

    def named(name: str) -> str:
        value = environment.get(name, os.environ.get(name, ""))
        return value.reveal() if isinstance(value, Secret) else value

    user, signs = named("DB_USERNAME").strip(), settings.authentication
    if signs == "auto":
        signs = "sql" if user else "windows"
    who = (signs, user, named("DB_PASSWORD")) if signs != "windows" else (signs,)
    login = (loaded.server_named.casefold(), named("DB_PORT").strip(), *who)
    way = (settings.encrypt, str(settings.trust_certificate), settings.client, named("DB_DRIVER"))
    return _Digests(_digest(login), _digest((*login, *way)))


def _digest(parts: tuple[str, ...]) -> bytes:
    return hmac.digest(_KEY, repr(parts).encode("utf-8", "surrogatepass"), "sha256")
