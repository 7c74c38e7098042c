"""Secrets put into the text of a `.env`: the line of their name alone changes."""

from __future__ import annotations

import re
from collections.abc import Mapping

_BARE = re.compile(r"[A-Za-z0-9_./:@%+,~-]+")
"""What every reader of such files takes as it stands."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
"""And halves of letters, which no file of UTF-8 holds."""


def is_writable(value: str) -> bool:
    """Whether a secret can stand in one line."""
    return bool(value) and value == value.strip() and not _CONTROL.search(value)


def with_secrets(text: str, secrets: Mapping[str, str]) -> str:
    """``text`` with each of ``secrets`` on its line; a new one stands behind the last line."""
    newline = "\r\n" if "\r\n" in text else "\n"
    for name, value in secrets.items():
        entry = f"{name}={_quoted(value)}"
        line = re.compile(rf"^([ \t]*(?:export[ \t]+)?){re.escape(name)}[ \t]*=.*?(?=\r?$)", re.MULTILINE)
        *_, last = (None, *line.finditer(text))
        if last is not None:  # the last line of a name is the one that counts
            text = f"{text[: last.start()]}{last[1]}{entry}{text[last.end() :]}"
        else:
            gap = newline if text and not text.endswith("\n") else ""
            text = f"{text}{gap}{entry}{newline}"
    return text


def _quoted(value: str) -> str:
    if _BARE.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
