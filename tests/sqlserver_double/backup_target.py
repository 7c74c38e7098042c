"""Where a backup goes: new media, media that is used again, or behind the sets that are there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rexus.modules.backup.engines.bak_records import MediaContents

from .encrypted_media import thumbprint_of
from .interpreter import Interpreter
from .media_orders import NUL, Order
from .media_read import headers_of
from .server_disk import DiskError
from .sql_dates import parse_moment
from .sql_types import DATETIME
from .world_messages import Said, SqlError, error, os_error, say

if TYPE_CHECKING:
    from .world import Certificate


@dataclass(slots=True)
class Target:
    """Where to, and what the media ask for."""

    paths: list[str]
    compressed: bool
    checksum: bool
    appends: bool = False
    media_set_id: str = ""
    """Of media that are used again."""
    expires: datetime | None = None
    certificate: Certificate | None = None

    @property
    def keeps_nothing(self) -> bool:
        """Whether all of it goes to NUL."""
        return all(path.upper() == NUL for path in self.paths)


def open_target(it: Interpreter, order: Order) -> Target:
    """What is there is looked at, nothing is written. Raises `SqlError`."""
    settings, edition = it.world.settings, it.world.edition
    asked = order.wants_compression
    usual = bool(settings["backup compression default"].running) and edition.compression
    checks = order.has("CHECKSUM") or (
        bool(settings["backup checksum default"].running) and not order.has("NO_CHECKSUM")
    )
    target = Target(order.paths, usual if asked is None else asked, checks, expires=_expires(it, order))
    if order.has("ENCRYPTION"):
        target.certificate = _certificate(it, order)
        target.compressed = True
    _check_paths(it, order)
    there = [path for path in order.paths if not order.has("FORMAT") and _has_content(it, path)]
    if there:
        _reuse(it, order, target, there)
    return target


def _expires(it: Interpreter, order: Order) -> datetime | None:
    if (days := order.text("RETAINDAYS")) is not None:
        return (it.world.clock.now() + timedelta(days=int(days))).replace(microsecond=0)
    value = order.values.get("EXPIREDATE")
    if value is None or isinstance(value, datetime):
        return value
    found = parse_moment(str(value), DATETIME, it.session.dateformat)
    assert isinstance(found, datetime)
    return found


def _certificate(it: Interpreter, order: Order) -> Certificate:
    name = str(order.words["ENCRYPTION"]["CERTIFICATE"])
    found = it.world.certificates.get(name.casefold())
    if found is None or not found.has_key:
        raise error(15151, "find", "certificate", name)
    return found


def _check_paths(it: Interpreter, order: Order) -> None:
    for path in (*order.paths, *(each for mirror in order.mirrors for each in mirror)):
        if path.upper() == NUL:
            continue
        try:
            it.world.disk.writing(path)
        except DiskError as problem:
            raise error(3201, path, os_error(problem.number)) from None


def _has_content(it: Interpreter, path: str) -> bool:
    if path.upper() == NUL:
        return False
    local = it.world.disk.local(path)
    return local.is_file() and local.stat().st_size > 0


def _reuse(it: Interpreter, order: Order, target: Target, there: list[str]) -> None:
    """Media that have something on them already."""
    if order.has("ENCRYPTION") or any(thumbprint_of(it.world.disk.local(path)) for path in there):
        raise error(3095)
    for path in there:
        contents = headers_of(it.world.disk.local(path))
        label = contents.label
        if label is None:
            raise error(3242, path)
        if label.family_count != len(order.paths):
            raise error(3231, path, label.family_count, len(order.paths))
        if order.has("COMPRESSION") and not label.compressed:
            raise error(3098, "COMPRESSION", "NO_COMPRESSION")
        target.media_set_id = label.media_set_id
        target.compressed = label.compressed
        if not order.has("INIT"):
            _append(target, path, contents)
        elif not order.has("SKIP"):
            _check_expired(it, path, contents)
    if len(there) < len(order.paths):
        raise error(3258, order.paths[0])


def _append(target: Target, path: str, contents: MediaContents) -> None:
    if not contents.is_sound or not contents.sets or not contents.sets[-1].header.finished:
        raise error(3266, path)
    if len(target.paths) > 1:
        raise SqlError(Said(50000, 16, text="This double can't append to a striped media set: use FORMAT."))
    target.appends = True


def _check_expired(it: Interpreter, path: str, contents: MediaContents) -> None:
    for one in contents.sets:
        until = one.header.expires_at
        if until is not None and until > it.world.clock.now():
            raise SqlError(say(4030, path, f"{until:%b %d %Y %H:%M:%S}", severity=16))
