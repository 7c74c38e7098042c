"""Save changed settings whole: secrets into `.env`, the rest into the file, and a line into the trail."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from ..base.errors import BadInput
from ..base.files import Files
from ..base.records import Outcome, Status
from ..catalog.ledger import Audit
from ..config.draft import Change, Draft
from ..config.env_text import with_secrets
from ..config.load import ConfigProblems, env_places, refuse_changed, replace_text, save_document
from ..config.secrets import decoded, read_env, read_small
from .account import recorded

WHAT = "config change"
_MOST = 20
"""So many changed settings are named in the trail."""


def reconfigure(draft: Draft, who: str, trail: Audit | None, files: Files) -> Outcome:
    """Write what ``draft`` says, or nothing. Without a ``trail`` (no backup folder yet) no line is written.

    Raises `ConfigProblems` naming all that is wrong, `BadInput` (``config.changed``) when somebody else changed the
    file since it was read.
    """
    changes = draft.changes()
    if draft.problems:
        raise ConfigProblems([*draft.problems.values()])
    target = Path(os.path.realpath(draft.path))
    try:
        refuse_changed(target, draft.original)
    except OSError as error:
        raise BadInput("config.unwritable", file=str(target), why=error.strerror or type(error).__name__) from error
    written = _write_secrets(draft, files)
    try:
        save_document(draft.path, draft.original, draft.document, files)
    except BaseException:
        if not _says(target, draft.text):
            _put_back(written, files)
        raise
    outcome = Outcome(status=Status.OK, proof=(f"settings:{len(changes)}",))
    if trail is None:
        return outcome
    told = [_told(one) for one in changes]
    detail: dict[str, str | int] = {"file": str(draft.path), "count": len(told), "keys": ", ".join(told[:_MOST])}
    return recorded(trail, who, WHAT, outcome, detail)


def _told(change: Change) -> str:
    """Which setting; never what it says."""
    key = ".".join(change.key)
    return f"{key}[{change.entry}]" if change.entry else key


def _write_secrets(draft: Draft, files: Files) -> dict[Path, str | None]:
    """Put the secrets into the `.env` that counts for each; returns what these files said before (None: no file)."""
    before: dict[Path, str | None] = {}
    wanted: dict[Path, dict[str, str]] = {}
    places = env_places(draft.path, str(draft.get(("app_root",))))
    for name, secret in draft.secrets.items():
        known = [place for place in places if name in read_env(place)]
        wanted.setdefault(known[-1] if known else places[0], {})[name] = secret.reveal()
    for place, secrets in wanted.items():
        real = Path(os.path.realpath(place))
        try:
            text = before[real] = decoded(read_small(real), str(place)) if real.exists() else None
            replace_text(real, with_secrets(text or "", secrets), files)
        except OSError as error:
            _put_back(before, files)
            raise BadInput("config.unwritable", file=str(place), why=error.strerror or type(error).__name__) from error
    return before


def _says(target: Path, text: str) -> bool:
    """Whether the file was replaced all the same (only its folder could not be synced)."""
    with contextlib.suppress(OSError):
        return read_small(target) == text.encode("utf-8")
    return False


def _put_back(before: dict[Path, str | None], files: Files) -> None:
    for place, text in before.items():
        with contextlib.suppress(OSError):  # the first error is the one to tell
            if text is None:
                files.unlink(place)
            else:
                replace_text(place, text, files)
