"""Changes of files fail, each with one of the errors that disks have; `make faults` lets every single one fail."""

from __future__ import annotations

import errno
import os
import shutil

import pytest
from support.faults import CountingFiles, FaultyFiles
from support.points import points
from support.stories import STORIES, Before, begin, copy_of

from rexus.modules.backup.base.errors import BackupError
from rexus.modules.backup.base.files import RealFiles

ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES)
MOST = 12
"""Calls of a story that fail: the order of the calls is the same everywhere."""


@pytest.mark.parametrize("story", STORIES)
def test_after_any_failing_call_the_world_is_old_or_new(story, tmp_path):
    world = begin(tmp_path / "world", story)
    before = Before(world)
    counted = CountingFiles(RealFiles())
    STORIES[story](copy_of(world, tmp_path / "count"), counted)
    assert counted.calls > 10

    for number in points(counted.calls, MOST):
        folder = tmp_path / f"fails-at-{number}"
        code = ERRORS[number % len(ERRORS)]
        faulty = FaultyFiles(RealFiles(), fail_at=number, error=OSError(code, os.strerror(code)))
        copy = copy_of(world, folder)
        try:
            STORIES[story](copy, faulty)
        except BackupError as error:
            assert error.problem.code
        try:
            before.check(folder, story)
        except AssertionError as error:
            raise AssertionError(f"{story}, call {number}: {faulty.failed}") from error
        shutil.rmtree(folder)
