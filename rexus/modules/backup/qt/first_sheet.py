"""The recovery sheet: one page to be printed, that says how to get everything back with and without this program."""

from __future__ import annotations

import html
import shlex
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path, PurePosixPath

from ..base.records import DatabaseBackup, Manifest, SetStatus
from ..base.texts import _, language
from ..config.load import Loaded
from . import telling

_STYLE = (
    "body{font:14px/1.5 'Segoe UI','Open Sans','Noto Sans',sans-serif;color:#111827;max-width:720px;margin:32px auto;"
    "padding:0 16px}h1{font-size:24px;margin:0 0 4px}h2{font-size:17px;margin:28px 0 8px}p{margin:6px 0}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:6px 10px 6px 0;vertical-align:top;"
    "border-bottom:1px solid #d1d5db;overflow-wrap:anywhere}code,pre{font:12px/1.5 Consolas,'DejaVu Sans Mono',"
    "monospace}pre{background:#f3f4f6;padding:10px 12px;white-space:pre-wrap;overflow-wrap:anywhere}"
    "@media print{body{margin:0;max-width:none}}"
)


def sheet(loaded: Loaded, manifest: Manifest, restore_s: float | None, now: datetime) -> str:
    """The sheet as a page of HTML. Secrets are not among what it is made of."""
    held = {name: one for name, one in manifest.databases.items() if one.status is SetStatus.COMPLETED and one.file}
    parts = [
        _heading(_("Recovery sheet"), 1),
        _paragraph(_("Backups of Rexus. Made on {day}.").format(day=telling.exact(now))),
        _paragraph(_("Print it and keep it where it can be found without this computer.")),
        *_where(loaded, manifest, restore_s),
        *_what(loaded, held),
        *_with_program(loaded),
        *_by_hand(loaded, manifest, held),
        *_never(),
    ]
    title = html.escape(_("Recovery sheet"))
    return (
        f'<!DOCTYPE html>\n<html lang="{language()}"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body>\n" + "\n".join(parts) + "\n</body></html>\n"
    )


def _where(loaded: Loaded, manifest: Manifest, restore_s: float | None) -> Iterable[str]:
    rows = [
        (_("Folder of the copies"), str(loaded.root)),
        (_("Settings"), str(loaded.path)),
        (_("Newest copy when this was made"), manifest.timestamp),
    ]
    if restore_s:
        rows.append((_("To get everything back takes"), _("{span}, measured").format(span=telling.span(restore_s))))
    yield _heading(_("Where everything is"))
    yield _table(rows)


def _what(loaded: Loaded, held: dict[str, DatabaseBackup]) -> Iterable[str]:
    yield _heading(_("What is protected"))
    yield _table(
        [
            (name, f"{loaded.database_location(name)} ({telling.size(one.size_bytes)})")
            for name, one in held.items()
            if name in loaded.database_names
        ]
    )


def _with_program(loaded: Loaded) -> Iterable[str]:
    yield _heading(_("With this program, also on a new computer"))
    yield _list(
        [
            _("Close the application on all computers. Overwrite and delete nothing."),
            _("Connect the disk with the folder of the copies."),
            _("Open Backups and choose «I have lost data». Nothing has to be configured."),
            _("Choose the folder: {path}").format(path=loaded.root),
            _("Choose what and from when, and follow the steps. What is there now is kept aside."),
        ]
    )


def _by_hand(loaded: Loaded, manifest: Manifest, held: dict[str, DatabaseBackup]) -> Iterable[str]:
    yield _heading(_("By hand, without this program"))
    yield _paragraph(
        _(
            "A copy is made of ordinary files. In the folder of the copies, the file backup_manifest_….json of the "
            "copy names each file and the SHA-256 of the database before it was compressed (checksum)."
        )
    )
    for name, one in held.items():
        yield _paragraph(f"{name}:")
        yield f"<pre>{html.escape(_commands(loaded, name, one))}</pre>"
    yield _paragraph(
        _(
            "Both answers must be good (OK or True, and ok). Then move the database aside together with the files of "
            "the same name that end in -wal and -shm, and put the new file in its place."
        )
    )
    folders = _folders(manifest)
    if folders:
        yield _paragraph(
            _("Files of the application lie uncompressed in {folders}.").format(folders=", ".join(folders))
        )


def _folders(manifest: Manifest) -> tuple[str, ...]:
    """The folders of the copy that files really lie in."""
    parts = [part for part in (manifest.config, manifest.application) if part is not None]
    stored = [one.backup for part in parts for one in part.files if one.backup and not one.folder]
    return tuple(dict.fromkeys("/".join(PurePosixPath(one).parts[:2]) for one in stored))


def _commands(loaded: Loaded, name: str, one: DatabaseBackup) -> str:
    """How one database is unpacked and proven by hand, for the shell of this system."""
    live = loaded.database_location(name) if name in loaded.database_names else f"{name}.db"
    new = f"{Path(live).name}.new"
    if sys.platform == "win32":
        return _for_windows(loaded.root / str(one.file), new, one)
    aside = shlex.quote(f"/tmp/{new}")  # noqa: S108  where a person unpacks by hand
    tool = {"gzip": "gunzip -c", "zstd": "zstd -dc"}.get(one.codec.value, "cat")
    return "\n".join(
        (
            f"cd {shlex.quote(str(loaded.root))}",
            f"{tool} {shlex.quote(str(one.file))} > {aside}",
            f"printf '%s  %s\\n' {one.checksum} {aside} | {one.checksum_algorithm}sum -c",
            f"sqlite3 {aside} 'PRAGMA integrity_check'",
        )
    )


def _for_windows(archive: Path, new: str, one: DatabaseBackup) -> str:
    """The same where there is neither gunzip nor sha256sum, but a Python."""
    opener = {"gzip": "gzip.open", "none": "open"}.get(one.codec.value)
    place = archive.as_posix()
    lines = [f"shutil.copyfileobj({opener}(r'{place}','rb'), open('{new}','wb'))"] if opener else []
    lines += [
        f"print(hashlib.file_digest(open('{new}','rb'),'{one.checksum_algorithm}').hexdigest()=='{one.checksum}')",
        f"print(sqlite3.connect('{new}').execute('PRAGMA integrity_check').fetchone())",
    ]
    unpacked = [] if opener else [f'zstd -d "{archive}" -o "{new}"']
    return "\n".join([*unpacked, *(f'py -3 -c "import gzip,hashlib,shutil,sqlite3; {line}"' for line in lines)])


def _never() -> Iterable[str]:
    yield _heading(_("What this sheet does not hold"))
    yield _paragraph(
        _("Passwords. Those of the application are in its own files, which every copy holds as well: keep it safe.")
    )


def _heading(text: str, level: int = 2) -> str:
    return f"<h{level}>{html.escape(text)}</h{level}>"


def _paragraph(text: str) -> str:
    return f"<p>{html.escape(text)}</p>"


def _list(items: list[str]) -> str:
    return "<ol>" + "".join(f"<li>{html.escape(one)}</li>" for one in items) + "</ol>"


def _table(rows: list[tuple[str, str]]) -> str:
    cells = (f"<tr><th>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>" for name, value in rows)
    return "<table>" + "".join(cells) + "</table>"
