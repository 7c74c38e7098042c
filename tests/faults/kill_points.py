"""Run as a program: play a story again and again, each time killed one change of a file later."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from support.faults import CountingFiles, KillingFiles  # noqa: E402
from support.points import points  # noqa: E402
from support.stories import STORIES, Before, begin, copy_of  # noqa: E402

from rexus.modules.backup.base.files import RealFiles  # noqa: E402

KILLED = 137
MOST = 12


def killed_at(story: str, world, folder: Path, number: int) -> bool:
    """Play in a child that dies just before change ``number``; says whether it died there."""
    copy = copy_of(world, folder)
    child = os.fork()
    if child == 0:
        try:
            STORIES[story](copy, KillingFiles(RealFiles(), kill_at=number, status=KILLED))
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == KILLED


def main(story: str, where: Path) -> None:
    """Kill at so many points, or at every one; print how many there were."""
    world = begin(where / "world", story)
    before = Before(world)
    counted = CountingFiles(RealFiles())
    STORIES[story](copy_of(world, where / "count"), counted)
    died = 0
    wanted = points(counted.calls, MOST)
    for number in wanted:
        folder = where / f"killed-at-{number}"
        died += killed_at(story, world, folder, number)
        try:
            before.check(folder, story)
        except BaseException as error:
            raise RuntimeError(f"{story}: killed at call {number} of {counted.calls}") from error
        shutil.rmtree(folder)
    print(f"{died} of {len(wanted)}")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
