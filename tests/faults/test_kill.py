"""A kill just before every change of a file: the old world or the new one, and the next run is clean."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.stories import STORIES

SCRIPT = Path(__file__).with_name("kill_points.py")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked copy of the process")
@pytest.mark.parametrize("story", STORIES)
def test_killed_at_every_change(story, tmp_path):
    ran = subprocess.run(
        [sys.executable, str(SCRIPT), story, str(tmp_path)], capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    died, _, points = ran.stdout.strip().splitlines()[-1].partition(" of ")
    assert int(points) > 10
    assert int(died) >= int(points) * 0.9
