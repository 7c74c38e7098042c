"""Documentation, schema and a first file, all made from the types."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from .check import allowed_of, struct_in, unwrapped
from .document import Document, Key
from .settings import NAME_PATTERN, Settings

SCHEMA_PLACE = "docs/backup_config.schema.json"
_PROGRAM = Path(__file__).parents[4]


def json_schema() -> dict[str, Any]:
    """A JSON Schema that editors understand; remarks are allowed everywhere."""
    schema = msgspec.json.schema(Settings)
    for one in schema["$defs"].values():
        if one.get("type") == "object":
            one["patternProperties"] = {r"^(\$schema$|_comment|//)": {}}
    databases = schema["$defs"]["Settings"]["properties"]["databases"]
    databases["patternProperties"] = {f"^{NAME_PATTERN}$": databases["additionalProperties"], "^(_comment|//)": {}}
    databases["additionalProperties"] = False
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def settings_markdown() -> str:
    """All settings as a page."""
    rows = "\n".join(_rows(Settings, ""))
    return f"""# Settings

`backup_config.json` holds what follows; every member may be left out. The file may have comments (`//`, `/* */`)
and remarks (`_comment…`); saving keeps them. A wrong or unknown setting stops the program and is named with file,
key, value and what is allowed. Secrets never stand here: server, user and password are read from `.env`
(`DB_SERVER`, `DB_DRIVER`, `DB_USERNAME`, `DB_PASSWORD`), and the databases' names too (`DB_USERS`, `DB_INVENTARIO`,
`DB_AUDITORIA`) where `databases` is empty. Relative paths start at the folder of the file. Editors find the types in
`{SCHEMA_PLACE}`.

How schedules, retention, health and notices work together is told, in Spanish, in [operations.md](operations.md).
This page is made from the types: `python -m rexus.modules.backup.config.describe docs`.

| setting | allowed | default | meaning |
|---|---|---|---|
{rows}
"""


def _rows(kind: type[msgspec.Struct], above: str) -> list[str]:
    hints = get_type_hints(kind, include_extras=True)
    rows: list[str] = []
    for one in msgspec.structs.fields(kind):
        hint = hints[one.name]
        inner = struct_in(hint)
        name = f"{above}{one.encode_name}"
        if inner is not None and inner is unwrapped(hint):
            rows += _rows(inner, f"{name}.")
            continue
        default = "required" if one.required else f"`{json.dumps(_default(one), ensure_ascii=False)}`"
        allowed = allowed_of(hint).replace("|", "\\|")
        meaning = " ".join(meta.description or "" for meta in getattr(hint, "__metadata__", ())).strip()
        rows.append(f"| `{name}` | {allowed} | {default} | {meaning} |")
        if inner is not None:
            rows += _rows(inner, f"{name}[].")
    return rows


def _default(one: msgspec.structs.FieldInfo) -> Any:
    value = one.default_factory() if one.default_factory is not msgspec.NODEFAULT else one.default
    return msgspec.to_builtins(value)


def schema_for(config: Path) -> str | None:
    """How the settings at ``config`` name the types that lie next to the program; None where they do not."""
    types = _PROGRAM / SCHEMA_PLACE
    if not types.is_file():
        return None
    return SCHEMA_PLACE if config.absolute().parent == _PROGRAM else types.as_uri()


def initial_text(settings: Settings, schema: str | None = SCHEMA_PLACE) -> str:
    """A first file: what most people change, with a word on each, and whatever is not as by default.

    ``schema`` is where editors find the types; None: nowhere.
    """
    types = "" if schema is None else f'\n  "$schema": {json.dumps(schema, ensure_ascii=False)},'
    databases = json.dumps(settings.databases, ensure_ascii=False, indent=2).replace("\n", "\n  ")
    keep = settings.retention
    document = Document(
        f"""{{{types}
  // Carpeta de las copias (mejor en otro disco que los datos).
  "root": {json.dumps(settings.root, ensure_ascii=False)},
  // sqlite o sqlserver. Usuario y clave van en .env, nunca aquí.
  "engine": {json.dumps(settings.engine)},
  // NOMBRE: archivo (sqlite) o nombre en el servidor. Vacío: se toman de .env.
  "databases": {databases},
  // Carpeta de la aplicación cuyos archivos también se copian.
  "app_root": {json.dumps(settings.app_root, ensure_ascii=False)},
  "language": {json.dumps(settings.language)},
  // Cuántas copias conservar: días, semanas, meses y años. Lo demás se elimina después de cada copia comprobada;
  // qué se eliminaría lo dice: prune --plan. Para no eliminar nada: "after_backup": false.
  "retention": {{"daily": {keep.daily}, "weekly": {keep.weekly}, "monthly": {keep.monthly}, "yearly": {keep.yearly}}}
}}
""",
        "backup_config.json",
    )
    for key, value in _differing(msgspec.to_builtins(settings), msgspec.to_builtins(Settings()), ()):
        document = document.with_value(key, value)
    return document.text


def _differing(value: Any, default: Any, above: Key) -> Iterator[tuple[Key, Any]]:
    """Every single setting that is not as by default, with its key."""
    if isinstance(value, dict) and isinstance(default, dict) and value.keys() == default.keys():
        for name, child in value.items():
            yield from _differing(child, default[name], (*above, name))
    elif value != default:
        yield above, value


def main(folder: str) -> None:
    """Write the page and the schema into ``folder``."""
    (Path(folder) / "settings.md").write_text(settings_markdown(), "utf-8")
    schema = json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"
    (Path(folder) / "backup_config.schema.json").write_text(schema, "utf-8")


if __name__ == "__main__":
    import sys

    main(sys.argv[1])
