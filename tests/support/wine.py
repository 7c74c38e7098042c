"""Whether Windows is Wine, which lacks some of what Windows does."""

from __future__ import annotations

import ctypes
import sys

import pytest

UNDER_WINE = sys.platform == "win32" and hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")


def lacking_in_wine(what: str) -> pytest.MarkDecorator:
    """Skips a test for which Wine is no Windows."""
    return pytest.mark.skipif(UNDER_WINE, reason=f"Wine: {what}")


quiet_scheduler = lacking_in_wine("its schtasks answers nothing, which is a warning more")
