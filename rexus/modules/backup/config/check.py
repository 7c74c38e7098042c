"""Compare a document with the types, setting by setting, and name everything that is wrong at once."""

from __future__ import annotations

import difflib
import re
from typing import Any, get_type_hints

import msgspec

from ..base.records import Problem
from .document import Document, Key
from .secrets import is_secret_name
from .settings import VERSION, Settings

_RESERVED = re.compile(r"^(con|prn|aux|nul|com[0-9]|lpt[0-9])$", re.IGNORECASE)
DATABASE_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
NAME_RULE = "1 to 64 letters, digits, «_» and «-»"


def is_note(key: str) -> bool:
    """Whether a key is a remark and no setting: ``$schema``, ``_comment`` and everything that begins with ``//``."""
    return key == "$schema" or key.startswith(("_comment", "//"))


def problems_of(document: Document, file: str) -> list[Problem]:
    """Everything wrong with the settings in ``document``; empty means that they can be used."""
    if document.root.members is None:
        return [_problem("config.not_an_object", file, (), document.root.plain(), "{ … }")]
    plain = without_notes(document.root.plain())
    version = plain.get("version", VERSION)
    if isinstance(version, int) and version > VERSION:
        return [_problem("config.newer", file, ("version",), version, str(VERSION))]
    found = _object(plain, Settings, (), file)
    return found or _names(plain, file)


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
        if name not in fields:
            found.append(_unknown(file, key, child, list(fields)))
            continue
        found += _value(child, hints[name], key, file)
    return found


def _value(value: Any, hint: Any, key: Key, file: str) -> list[Problem]:
    inner = struct_in(hint)
    if inner is not None and isinstance(value, dict):
        return _object(value, inner, key, file)
    if inner is not None and isinstance(value, list) and _is_tuple(hint):
        return [
            problem
            for number, item in enumerate(value)
            for problem in _value(item, inner, (*key[:-1], f"{key[-1]}[{number}]"), file)
        ]
    try:
        msgspec.convert(value, hint, strict=True)
    except msgspec.ValidationError:
        return [_problem("config.value", file, key, value, allowed_of(hint))]
    if isinstance(value, str) and "\x00" in value:
        return [_problem("config.value", file, key, "(NUL)", "text without NUL")]
    return []


def unwrapped(hint: Any) -> Any:
    """The type below its remarks."""
    return unwrapped(hint.__origin__) if hasattr(hint, "__metadata__") else hint


def _is_tuple(hint: Any) -> bool:
    return getattr(unwrapped(hint), "__origin__", None) is tuple


def struct_in(hint: Any) -> type[msgspec.Struct] | None:
    """The record type that ``hint`` is, or that it is a list of."""
    plain = unwrapped(hint)
    if _is_tuple(hint):
        plain = unwrapped(plain.__args__[0])
    return plain if isinstance(plain, type) and issubclass(plain, msgspec.Struct) else None


def allowed_of(hint: Any) -> str:
    """What a setting of this type may be, in a few words made from the type itself."""
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
        return "HH:MM"
    if "minimum" in schema:
        return f"{kind} {schema['minimum']}…{schema.get('maximum', '')}"
    return {"boolean": "true | false", "object": "{ … }"}.get(kind, kind)


def _unknown(file: str, key: Key, value: Any, known: list[str]) -> Problem:
    if is_secret_name(key[-1]):
        return _problem("config.secret", file, key, "***", ".env")
    near = difflib.get_close_matches(key[-1], known, n=1)
    allowed = near[0] if near else ", ".join(known)
    return _problem("config.unknown", file, key, value, allowed)


def _names(plain: dict[str, Any], file: str) -> list[Problem]:
    """Database names become file names: plain, not reserved, and different also for Windows."""
    found: list[Problem] = []
    seen: dict[str, str] = {}
    for name in plain.get("databases", {}):
        if not DATABASE_NAME.match(name) or _RESERVED.match(name):
            found.append(_problem("config.database_name", file, ("databases", name), name, NAME_RULE))
        elif name.casefold() in seen:
            found.append(_problem("config.database_twice", file, ("databases", name), name, seen[name.casefold()]))
        seen.setdefault(name.casefold(), name)
    return found


def _problem(code: str, file: str, key: Key, value: Any, allowed: str) -> Problem:
    shown = value if isinstance(value, str) else msgspec.json.encode(value).decode("utf-8", "replace")
    if any(is_secret_name(part) for part in key):
        shown = "***"
    return Problem(code=code, values={"file": file, "key": ".".join(key), "value": shown[:80], "allowed": allowed})
