"""What the jobs room may have to tell, by code."""

from __future__ import annotations

from .texts import N_, Text

TEXTS: dict[str, Text] = {}
