"""Every change of a file fails once, with each of the errors that disks have."""

from __future__ import annotations

import errno
import os
import shutil

import pytest
from support.faults import CountingFiles, FaultyFiles
from support.stories import STORIES, Before, begin, copy_of

from rexus.modules.backup.base.errors import BackupError
from rexus.modules.backup.base.files import WINDOWS, RealFiles

ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES)
PARTS = 2
STRIDE = 13 if WINDOWS else 1
"""Of every so many calls one: files are slow there, and the order of the calls is the same everywhere."""


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("story", STORIES)
def test_after_any_failing_call_the_world_is_old_or_new(story, part, tmp_path):
    world = begin(tmp_path / "world", story)
    before = Before(world)
    counted = CountingFiles(RealFiles())
    STORIES[story](copy_of(world, tmp_path / "count"), counted)
    assert counted.calls > 10

    for number in range(1 + part, counted.calls + 1, PARTS * STRIDE):
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
