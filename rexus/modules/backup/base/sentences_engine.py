"""What the engine room may have to tell, by code."""

from __future__ import annotations

from .texts import Text

TEXTS: dict[str, Text] = {}
