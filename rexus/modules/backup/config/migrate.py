"""Take over what the three older configurations say; tell what was taken and what was not.

Single settings are replaced; schedules and channels of one's own stay (`beside`).


flat      `config/backup_config.json` of the host: backup_dir, backup_time, retention_days …
original  the settings of the 2025 script: backup_dir, max_backups (days), compress, schedule_time …
rich      `backup_configuration` of the same release: databases, schedules, storage, retention_policy …
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..base.errors import BadInput
from ..base.records import Record
from .beside import channels_beside, schedules_beside
from .check import without_notes
from .document import Value
from .load import read_document

_TIME = re.compile(r"^([01]?\d|2[0-3]):([0-5]\d)$")
_FLAT = {"backup_schedule", "backup_time", "retention_days", "compress_backups", "backup_databases", "auto_cleanup"}
_ORIGINAL = {"backup_dir", "max_backups", "compress", "verify_integrity", "schedule_time", "encrypt_backups"}
_LONGEST = 1024
_NO_SERVER = "localhost"
"""Stands where the old file names no mail server; the channel then waits until somebody names one."""
_MONDAY = "import.first_monday"
_SSL_PORT, _PORTS = 465, 65_535
_EMAIL = (
    "enabled", "recipients", "smtp_server", "smtp_port", "send_on_success", "send_on_failure",
    "username", "smtp_user", "user", "from", "sender",
)  # fmt: skip
_DAYS = {
    name: number
    for number, name in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), 1)
}


class Taken(Record, frozen=True, kw_only=True):
    """One old setting and what became of it."""

    old: str
    new: str
    value: Value


class Left(Record, frozen=True, kw_only=True):
    """One old setting that was not taken, and why (a code); ``value`` where a person must know it."""

    old: str
    why: str
    value: Value | None = None


class Imported(Record, frozen=True, kw_only=True):
    """What an older file amounts to."""

    shape: str
    changes: dict[str, Value]
    taken: tuple[Taken, ...] = ()
    left: tuple[Left, ...] = ()


class _Old:
    """Collects what is taken and what is left, so that every old setting is told of exactly once."""

    def __init__(self, shape: str, values: dict[str, Value], present: Value) -> None:
        self._shape = shape
        self._present = present
        """The settings that are to be changed, as they stand in the file; None: there is none yet."""
        self._schedules: list[tuple[list[str], dict[str, Value]]] = []
        self._values = values
        self._taken: list[Taken] = []
        self._left: list[Left] = []
        self._changes: dict[str, Value] = {}
        self._seen: set[str] = set()

    def take(self, old: str, new: str, translate: Callable[[Any], Value | None] = lambda value: value) -> None:
        """Set ``new`` from ``old``; a value that makes no sense is left with its reason."""
        if old not in self._values:
            return
        self._seen.add(old)
        value = translate(self._values[old])
        if value is None:
            self._left.append(Left(old=old, why="import.bad_value"))
            return
        self._changes[new] = value
        self._taken.append(Taken(old=old, new=new, value=value))

    def leave(self, old: str, why: str, *, shown: bool = False) -> None:
        """Say why ``old``, or what of it was not yet told of, is not taken; ``shown`` with its value."""
        for key in self._values:
            if key not in self._seen and (key == old or key.startswith(old + ".")):
                self._seen.add(key)
                self._left.append(Left(old=key, why=why, value=self._values[key] if shown else None))

    def note(self, old: str, why: str) -> None:
        """Say what of ``old`` could not be taken though the rest was."""
        self._left.append(Left(old=old, why=why))

    def schedule(self, olds: list[str], entry: dict[str, Value] | None) -> None:
        """Add one schedule made from all of ``olds``; none of them, no schedule."""
        self._seen.update(olds)
        if entry is None:
            self._left += [Left(old=old, why="import.bad_value") for old in olds]
        elif olds:
            self._schedules.append((olds, entry))

    def channel(self, olds: list[str], entry: dict[str, Value] | None) -> None:
        """Add the mail channel made from all of ``olds``; without addresses there is none."""
        present = [old for old in olds if old in self._values]
        self._seen.update(present)
        if entry is None:
            self._left += [Left(old=old, why="import.no_recipients") for old in present]
            return
        channels = channels_beside(entry, self._present)
        if channels is None:
            self._left += [Left(old=old, why="import.own_channels") for old in present]
            return
        self._changes["notices.channels"] = channels
        self._taken += [Taken(old=old, new="notices.channels", value=entry) for old in present]
        if entry["email"]["server"] == _NO_SERVER:
            self._left.append(Left(old=present[0], why="import.no_server"))

    def get(self, old: str) -> Value:
        """The old value, or None."""
        return self._values.get(old)

    def done(self) -> Imported:
        """What it came to; whatever nobody asked for is left as unknown."""
        if self._schedules:
            self._settle_schedules()
        unknown = [Left(old=key, why="import.unknown") for key in self._values if key not in self._seen]
        return Imported(
            shape=self._shape, changes=self._changes, taken=tuple(self._taken), left=(*self._left, *unknown)
        )

    def _settle_schedules(self) -> None:
        """Schedules go together: with those of one's own, and with the usual ones for whatever else is to be done."""
        told, fits = schedules_beside([entry for _, entry in self._schedules], self._present)
        for (olds, entry), is_taken in zip(self._schedules, fits, strict=True):
            if is_taken:
                self._changes["schedules"] = told
                self._taken += [Taken(old=old, new="schedules", value=entry) for old in olds]
                continue
            places = {old.rpartition(".")[0] for old in olds}
            notes = [one.old for one in self._left if one.why == _MONDAY and one.old.rpartition(".")[0] in places]
            self._left = [one for one in self._left if one.old not in notes]
            dropped = dict.fromkeys([*olds, *notes])
            self._left += [Left(old=old, why="import.own_schedules", value=entry) for old in dropped]


_NO_FILE = {"config.absent": "import.absent", "config.is_folder": "import.is_folder"}
"""What advises to write a configuration, and what is said of a file to import from."""


def import_old(path: Path, present: Value = None) -> Imported:
    """Read an older configuration. Raises `BadInput` (``import.…``) when it is none of the three.

    ``present`` are the settings to be changed, as they stand in the file.
    """
    try:
        document = read_document(path)
    except BadInput as error:
        code = _NO_FILE.get(error.code)
        raise BadInput(code, file=str(path)) if code is not None else error from error
    plain = without_notes(document.root.plain())
    if isinstance(plain, dict):
        if isinstance(plain.get("backup_configuration"), dict):
            return _rich(plain, present)
        # Both name the folder ``backup_dir``; every other name belongs to one of them alone.
        if _FLAT & plain.keys():
            return _flat(plain, present)
        if _ORIGINAL & plain.keys():
            return _original(plain, present)
    raise BadInput("import.shape", file=str(path))


def _flat(plain: dict[str, Value], present: Value) -> Imported:
    old = _Old("flat", plain, present)
    old.take("backup_dir", "root", _text)
    old.take("retention_days", "retention.daily", _days)
    old.take("compress_backups", "compression.codec", _codec)
    old.take("auto_cleanup", "retention.after_backup", _flag)
    old.leave("backup_databases", "import.named_by_env", shown=True)
    old.leave("notification_enabled", "import.no_recipients")
    when: dict[str, dict[str, Value]] = {
        "daily": {},
        "weekly": {"weekdays": [1]},
        "monthly": {"weekdays": [1], "ordinal": 1},
    }
    kind, time = plain.get("backup_schedule", "daily"), _time(plain.get("backup_time", "02:00"))
    known = isinstance(kind, str) and kind in when
    entry = {"name": "imported", "action": "backup", "times": [time], **when[kind]} if known and time else None
    old.schedule([key for key in ("backup_schedule", "backup_time") if key in plain], entry)
    if entry and kind == "monthly":
        old.note("backup_schedule", _MONDAY)
    return old.done()


def _original(plain: dict[str, Value], present: Value) -> Imported:
    old = _Old("original", plain, present)
    old.take("backup_dir", "root", _text)
    old.take("max_backups", "retention.daily", _days)
    old.take("compress", "compression.codec", _codec)
    old.take(
        "verify_integrity",
        "verification.after_backup",
        lambda on: ("content" if on else "stored") if _flag(on) is not None else None,
    )
    if "schedule_time" in plain:
        time = _time(plain["schedule_time"])
        old.schedule(["schedule_time"], {"name": "daily_full", "action": "backup", "times": [time]} if time else None)
    wanted = {"enabled": plain.get("email_notifications"), "recipients": plain.get("email_recipients")}
    old.channel(["email_recipients", "email_notifications"], _email(wanted))
    old.leave("encrypt_backups", "import.never_worked")
    old.leave("encryption_key", "import.secret")
    return old.done()


def _rich(plain: dict[str, Value], present: Value) -> Imported:
    values = dict(_flattened(plain))
    old = _Old("rich", values, present)
    top = "backup_configuration."
    old.take(top + "storage.base_directory", "root", _text)
    old.take(top + "storage.compression.enabled", "compression.codec", _codec)
    for period in ("daily", "weekly", "monthly", "yearly"):
        old.take(f"{top}retention_policy.{period}", f"retention.{period}", _days)
    old.take(top + "notifications.system.log_retention_days", "logs.keep_days", lambda days: _days(days) or None)
    old.take(
        top + "notifications.system.log_level",
        "logs.level",
        lambda level: str(level).lower() if str(level).lower() in ("debug", "info", "warning", "error") else None,
    )
    for name, action in (
        ("daily_full_backup", "backup"),
        ("weekly_verification", "verify"),
        ("monthly_cleanup", "cleanup"),
    ):
        _rich_schedule(old, f"{top}schedules.{name}", name, action)
    _rich_email(old, top + "notifications.email.")
    old.leave(top + "storage.compression.level", "import.other_scale")
    old.leave(top + "databases", "import.named_by_env")
    old.leave(top + "storage.encryption", "import.never_worked")
    for section in ("backup_configuration.notifications", "backup_configuration.recovery_testing", "monitoring"):
        old.leave(section, "import.not_yet")
    return old.done()


def _rich_schedule(old: _Old, place: str, name: str, action: str) -> None:
    used = [key for key in (f"{place}.time", f"{place}.day", f"{place}.day_of_week") if old.get(key) is not None]
    if f"{place}.time" not in used:
        return
    time = _time(old.get(f"{place}.time"))
    entry: dict[str, Value] = {"name": name, "action": action, "times": [time]}
    days = {key: _DAYS.get(str(old.get(key)).lower()) for key in used[1:]}
    weekdays = [day for day in days.values() if day is not None]
    if weekdays:
        entry["weekdays"] = weekdays[:1]
    elif action == "cleanup":
        entry |= {"weekdays": [1], "ordinal": 1}
    for key, day in days.items():
        if day is None:
            # What was a day of the month is not quietly another day.
            old.leave(key, _MONDAY if "ordinal" in entry else "import.bad_value")
    old.schedule([key for key in used if days.get(key, 1) is not None], entry if time else None)


def _rich_email(old: _Old, place: str) -> None:
    olds = [place + name for name in _EMAIL]
    given = {name: old.get(place + name) for name in _EMAIL}
    if any(value is not None for value in given.values()):
        old.channel(olds, _email(given))
    for name in ("password", "smtp_password"):
        old.leave(place + name, "import.secret")


def _email(given: dict[str, Value]) -> dict[str, Value] | None:
    """A channel made from old mail settings; None where it would reach nobody."""
    addresses = given.get("recipients")
    if isinstance(addresses, str):
        addresses = [one.strip() for one in addresses.split(",")]
    listed = addresses if isinstance(addresses, list) else []
    recipients = [one for one in listed if _text(one) is not None and "@" in one]
    if not recipients or len(recipients) != len(listed):
        return None
    server, port = _text(given.get("smtp_server")), given.get("smtp_port")
    email: dict[str, Value] = {"server": server or _NO_SERVER, "recipients": recipients}
    if isinstance(port, int) and not isinstance(port, bool) and 0 < port <= _PORTS:
        email |= {"port": port} | ({"security": "ssl"} if port == _SSL_PORT else {})
    for new, names in (("user", ("username", "smtp_user", "user")), ("sender", ("from", "sender"))):
        value = next((one for name in names if (one := _text(given.get(name))) is not None), None)
        email |= {new: value} if value is not None else {}
    on = ["failure", "warning", "digest"] if _flag(given.get("send_on_failure")) is not False else ["digest"]
    on += ["success"] if _flag(given.get("send_on_success")) else []
    return {"name": "email", "email": email, "on": on, "enabled": given.get("enabled") is True and server is not None}


def _flattened(value: dict[str, Value], above: str = "") -> list[tuple[str, Value]]:
    found: list[tuple[str, Value]] = []
    for key, child in value.items():
        place = f"{above}{key}"
        found += _flattened(child, place + ".") if isinstance(child, dict) and child else [(place, child)]
    return found


def _text(value: Value) -> str | None:
    fits = isinstance(value, str) and value.strip() and len(value) <= _LONGEST and value.isprintable()
    return value if fits else None


def _flag(value: Value) -> bool | None:
    return value if isinstance(value, bool) else None


def _days(value: Value) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 3650 else None


def _codec(value: Value) -> str | None:
    on = _flag(value)
    return None if on is None else ("gzip" if on else "none")


def _time(value: Value) -> str | None:
    found = _TIME.match(value) if isinstance(value, str) else None
    return f"{int(found[1]):02}:{found[2]}" if found else None
