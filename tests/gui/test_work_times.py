"""The time beside a database that is worked on: none where nothing was measured, or nobody can know it."""

from __future__ import annotations

import pytest

from rexus.modules.backup.qt.work import Part
from rexus.modules.backup.qt.work_words import time_of


@pytest.mark.parametrize(
    ("part", "told"),
    [
        (Part("users", "done", seconds=0.2), "0,20\u00a0s"),
        (Part("users", "done", seconds=0.0), ""),
        (Part("users", "seal", left_s=18.4), "18\u00a0s"),
        (Part("users", "seal"), ""),
        (Part("users", "cancel_asked", left_s=74.0), ""),
        (Part("users", "cancel_rolling_back", left_s=74.0), ""),
    ],
)
def test_only_times_that_mean_something_are_told(part, told):
    assert time_of(part) == told
