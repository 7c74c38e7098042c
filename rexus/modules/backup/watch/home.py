"""Whether the backup folder is there at all: what an unplugged disk leaves is no folder, or an empty one."""

from __future__ import annotations

import os
from pathlib import Path

from ..base.files import in_the_way, os_path


def is_absent(root: Path) -> bool:
    """Whether nothing is at ``root``: no folder, or an empty one, as is left where a disk used to be mounted.

    Installing the schedules and every backup by hand leave something in it; whatever runs by itself makes no new one.
    """
    try:
        with os.scandir(os_path(root)) as found:
            return next(found, None) is None
    except (NotADirectoryError, PermissionError):  # something is there; whoever writes to it says what is wrong
        return False
    except OSError:
        return in_the_way(root) is None
