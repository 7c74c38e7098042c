"""Compare a document with the types, setting by setting, and name everything that is wrong at once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, TypeVar, get_type_hints

import msgspec

from ..base.records import Codec, Problem
from .document import Document, Key, is_note, printable
from .secrets import STARS, is_secret_name, masked
from .settings import (
    NAME_PATTERN,
    TIME_PATTERN,
    URL_LONGEST,
    URL_PATTERN,
    VARIABLE_PATTERN,
    VERSION,
    Compression,
    FileSets,
    Schedule,
    Settings,
)

_PATTERNS = {
    TIME_PATTERN: "HH:MM",
    URL_PATTERN: "s3://host/bucket, https://host/container",
    VARIABLE_PATTERN: "the name of a variable: letters, digits, _",
}
"""What texts of a pattern are, in words (translated in `base.texts`)."""
RESERVED = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]|config|application|all", re.IGNORECASE)
"""Names of Windows, and what this program calls the copied files and everything at once."""
_NAME_RULE = "A-Z a-z 0-9 _ - (1…64)"
_LEVELS = {Codec.GZIP: (0, 3), Codec.ZSTD: (1, 19)}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
LONGEST = 80
"""Characters of a wrong value that are told."""
_OLD_NAMES = frozenset(
    {
        *("backup_configuration", "backup_databases", "backup_dir", "backup_schedule", "backup_time", "auto_cleanup"),
        *("compress", "compress_backups", "email_notifications", "email_recipients", "encrypt_backups", "max_backups"),
        *("monitoring", "notification_enabled", "retention_days", "schedule_time", "verify_integrity"),
    }
)
"""What files of the earlier programs have at the top, and ours do not (`migrate`)."""
Kind = TypeVar("Kind", bound=msgspec.Struct)


def problems_of(document: Document, file: str) -> list[Problem]:
    """Everything wrong with the settings in ``document``; empty means that they can be used."""
    plain = without_notes(document.root.plain())
    if not isinstance(plain, dict):
        return [_problem("config.not_an_object", file, (), plain, "{ … }")]
    version = plain.get("version", VERSION)
    if isinstance(version, int | float) and version > VERSION:
        return [_problem("config.newer", file, ("version",), version, str(VERSION))]
    found: list[Problem] = []
    try:
        msgspec.convert(plain, Settings)
    except msgspec.ValidationError:
        # The library stops at the first mistake; a person wants them all.
        found = _object(plain, Settings, (), file)
    found += [*_texts(plain, (), file), *_names(plain, file), *_related(plain, file)]
    return [_retold(one) for one in list({str(one.values["key"]): one for one in reversed(found)}.values())[::-1]]


def _retold(problem: Problem) -> Problem:
    """That an alarm can't be agreed to is said in words of its own."""
    is_so = problem.code == "config.value" and str(problem.values["key"]).startswith("health.accepted[")
    return msgspec.structs.replace(problem, code="config.not_acceptable") if is_so else problem


def without_notes(value: Any) -> Any:
    """The same value without remarks."""
    if isinstance(value, dict):
        return {key: without_notes(child) for key, child in value.items() if not is_note(key)}
    if isinstance(value, list):
        return [without_notes(child) for child in value]
    return value


def _object(value: dict[str, Any], kind: type[msgspec.Struct], above: Key, file: str) -> list[Problem]:
    fields = {one.encode_name: one for one in msgspec.structs.fields(kind)}
    hints = get_type_hints(kind, include_extras=True)
    found = [
        _problem("config.missing", file, (*above, name), "", allowed_of(hints[one.name]))
        for name, one in fields.items()
        if one.required and name not in value
    ]
    for name, child in value.items():
        key = (*above, name)
        found += _value(child, hints[name], key, file) if name in fields else [_unknown(file, key, child, list(fields))]
    return found


def _value(value: Any, hint: Any, key: Key, file: str) -> list[Problem]:
    """What is wrong with one value: the mistakes of its parts, or else its own."""
    plain = unwrapped(hint)
    container = getattr(plain, "__origin__", None)
    found: list[Problem] = []
    if isinstance(value, dict) and isinstance(plain, type) and issubclass(plain, msgspec.Struct):
        return _object(value, plain, key, file)
    if isinstance(value, dict) and container is dict:
        for name, child in value.items():
            found += _value(child, plain.__args__[1], (*key, name), file)
    if isinstance(value, list) and container is tuple:
        for number, child in enumerate(value):
            found += _value(child, plain.__args__[0], _numbered(key, number), file)
    if found:
        return found
    try:
        msgspec.convert(value, hint)
    except msgspec.ValidationError:
        if key == ("sqlserver", "backup_url") and isinstance(value, str):
            return [_address(file, key, value, allowed_of(hint))]
        return [_problem("config.value", file, key, value, allowed_of(hint))]
    return []


def _address(file: str, key: Key, value: str, allowed: str) -> Problem:
    """Why an address is refused: it holds a secret, which is not told, or is too long, or is none."""
    plain = re.sub(r"(?<=//)[^/]*@", "", re.split(r"[?#]", value)[0])
    told = _problem("config.value", file, key, plain, allowed)
    more: dict[str, str | int] = {"address": plain} if plain != value else {}
    if not more and len(value) > URL_LONGEST:
        more = {"length": len(value), "most": URL_LONGEST}
    return msgspec.structs.replace(told, values={**told.values, **more})


def _numbered(key: Key, number: int) -> Key:
    return (*key[:-1], f"{key[-1]}[{number}]")


def unwrapped(hint: Any) -> Any:
    """The type below its remarks."""
    return unwrapped(hint.__origin__) if hasattr(hint, "__metadata__") else hint


def struct_in(hint: Any) -> type[msgspec.Struct] | None:
    """The record type that ``hint`` is, or that it is a list of."""
    plain = unwrapped(hint)
    if getattr(plain, "__origin__", None) is tuple:
        plain = unwrapped(plain.__args__[0])
    return plain if isinstance(plain, type) and issubclass(plain, msgspec.Struct) else None


def allowed_of(hint: Any) -> str:
    """What a setting of this type may be, in the words of JSON, made from the type itself."""
    schema = msgspec.json.schema(hint)
    return _allowed(schema, schema.get("$defs", {}))


def _allowed(schema: dict[str, Any], defs: dict[str, Any]) -> str:
    if "$ref" in schema:
        return _allowed(defs[schema["$ref"].rpartition("/")[2]], defs)
    if "anyOf" in schema:
        return " | ".join(_allowed(one, defs) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    kind = str(schema.get("type", "value"))
    if kind == "array":
        return f"[{_allowed(schema['items'], defs)}, …]" if schema.get("items") else "[…]"
    return _plainly(kind, schema)


def _plainly(kind: str, schema: dict[str, Any]) -> str:
    """A type without parts, in a few words."""
    if "pattern" in schema:
        return _PATTERNS.get(schema["pattern"], "string")
    if "minimum" in schema:
        return f"{kind} {schema['minimum']}…{schema.get('maximum', '')}"
    if "maxLength" in schema:
        return f"{kind} ({schema.get('minLength', 0)}…{schema['maxLength']})"
    return {"boolean": "true | false", "object": "{ … }"}.get(kind, kind)


def _unknown(file: str, key: Key, value: Any, known: list[str]) -> Problem:
    if is_secret_name(key[-1]):
        return _problem("config.secret", file, key, STARS, ".env")
    if len(key) == 1 and key[0] in _OLD_NAMES:
        return _problem("config.old_name", file, key, value, "config import")
    import difflib

    near = difflib.get_close_matches(key[-1].lower(), known, n=1)
    if near:
        return _problem("config.unknown", file, key, value, near[0])
    return _problem("config.unknown_there", file, key, value, ", ".join(known))


def _texts(value: Any, key: Key, file: str) -> Iterator[Problem]:
    """Texts that no setting may be: nothing but blanks, or with control characters (NUL, line breaks)."""
    if isinstance(value, dict):
        for name, child in value.items():
            yield from _texts(child, (*key, name), file)
    elif isinstance(value, list):
        for number, child in enumerate(value):
            yield from _texts(child, _numbered(key, number), file)
    elif isinstance(value, str) and (not value.strip() or _CONTROL.search(value)):
        yield _problem("config.value", file, key, value, "string (≥ U+0021)")


def _names(plain: dict[str, Any], file: str) -> Iterator[Problem]:
    """Database names become file names: plain, not reserved, and different also for Windows."""
    databases = plain.get("databases")
    seen: dict[str, str] = {}
    for name in databases if isinstance(databases, dict) else ():
        key = ("databases", name)
        if not re.fullmatch(NAME_PATTERN, name):
            yield _problem("config.database_name", file, key, name, _NAME_RULE)
        elif RESERVED.fullmatch(name):
            yield _problem("config.database_reserved", file, key, name, _NAME_RULE)
        elif name.casefold() in seen:
            yield _problem("config.database_twice", file, key, name, seen[name.casefold()])
        seen.setdefault(name.casefold(), name)


def _related(plain: dict[str, Any], file: str) -> Iterator[Problem]:
    """What only several settings together, or more than a type, can say."""
    compression = _section(plain.get("compression", {}), Compression)
    if compression is not None and compression.level is not None and compression.codec in _LEVELS:
        lowest, highest = _LEVELS[compression.codec]
        if not lowest <= compression.level <= highest:
            allowed = f"{compression.codec}: {lowest}…{highest} | null"
            yield _problem("config.value", file, ("compression", "level"), compression.level, allowed)
    files = _section(plain.get("files", {}), FileSets)
    for name in FileSets.__struct_fields__ if files else ():
        for number, pattern in enumerate(getattr(files, name)):
            if not _stays_below(pattern):
                key = ("files", f"{name}[{number}]")
                yield _problem("config.value", file, key, pattern, "a/b, dir/**, *.x (≠ /…, C:…, ..)")
    yield from _schedules(plain.get("schedules"), file)


def _schedules(schedules: Any, file: str) -> Iterator[Problem]:
    """Names are unique, and zones exist."""
    seen: set[str] = set()
    for number, plain in enumerate(schedules if isinstance(schedules, list) else ()):
        above = ("schedules",)
        one = _section(plain, Schedule)
        if one is None:
            continue
        key = _numbered(above, number)
        if one.name.casefold() in seen:
            yield _problem("config.schedule_twice", file, (*key, "name"), one.name, "")
        seen.add(one.name.casefold())
        if one.zone is not None and not _is_zone(one.zone):
            yield _problem("config.value", file, (*key, "zone"), one.zone, f"IANA ({_zone_like(one.zone)}) | null")


def _section(plain: Any, kind: type[Kind]) -> Kind | None:
    """A part as its record, or None where that was told to be wrong before."""
    try:
        return msgspec.convert(plain, kind)
    except msgspec.ValidationError:
        return None


def _stays_below(pattern: str) -> bool:
    """Whether a file pattern names something below the application's folder, on every system."""
    parts = [part for part in re.split(r"[/\\]", pattern) if part not in ("", ".")]
    return bool(parts) and ".." not in parts and not re.match(r"[/\\]|[A-Za-z]:", pattern)


def _is_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _zone_like(name: str) -> str:
    """The zone that was probably meant; any where none is like it."""
    import difflib
    from zoneinfo import available_timezones

    known = {one.casefold(): one for one in sorted(available_timezones())}
    cities = {one.rpartition("/")[2]: one for one in known}
    wanted = name.strip().replace(" ", "_").casefold()
    near = difflib.get_close_matches(wanted, known, n=1, cutoff=0.7)
    near = near or [
        cities[one] for one in difflib.get_close_matches(wanted.rpartition("/")[2], cities, n=1, cutoff=0.7)
    ]
    return known[near[0]] if near else "Europe/Madrid"


def _problem(code: str, file: str, key: Key, value: Any, allowed: str) -> Problem:
    """One problem; what looks like a secret is stars, a text stands in quotes where it is told as a value."""
    if any(is_secret_name(part) for part in key) and value != "":
        shown = STARS
    elif code in ("config.value", "config.unknown", "config.unknown_there", "config.old_name"):
        shown = json.dumps(masked(value), ensure_ascii=False)
    else:
        shown = value if isinstance(value, str) else json.dumps(masked(value), ensure_ascii=False)
    told = {"key": printable(".".join(key)), "value": printable(shown)[:LONGEST], "allowed": allowed}
    return Problem(code=code, values={"file": file, **told})
