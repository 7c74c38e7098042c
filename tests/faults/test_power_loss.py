"""Every folder that a power cut may legally leave is the old world or the new one, and the next run is clean."""

from __future__ import annotations

import random
import shutil

import pytest
from support.faults import RecordingFiles, crash_states, read_tree, write_tree
from support.points import EVERY
from support.stories import STORIES, Before, begin

from rexus.modules.backup.base.files import WINDOWS
from rexus.modules.backup.base.records import Status

SAMPLE = 10 if WINDOWS else 60 if EVERY else 30
"""Crash states tried for each story; the seed is in the name of a failing test."""
SEEDS = (1, 2, 3) if EVERY else (1,)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("story", STORIES)
def test_any_crash_leaves_the_old_world_or_the_new_one(story, seed, tmp_path):
    world = begin(tmp_path / "world", story)
    before = Before(world)
    initial = read_tree(world.folder)
    recording = RecordingFiles(world.folder)
    STORIES[story](world, recording)
    states = list(crash_states(recording, initial))

    chosen = random.Random(seed).sample(states, min(SAMPLE, len(states)))
    for state in chosen:
        shutil.rmtree(world.folder)
        write_tree(state, world.folder)
        try:
            before.check(world.folder, story)
        except AssertionError as error:
            raise AssertionError(f"{story}: power lost after {state.after} of {len(recording.operations)}") from error


def test_when_ok_is_said_nothing_is_left_unsynced(tmp_path):
    world = begin(tmp_path / "world")
    initial = read_tree(world.folder)
    recording = RecordingFiles(world.folder)
    result = world.backup(port=recording)
    assert result.outcome.status is Status.OK
    published = _published(recording, result.outcome.set)
    later = [state for state in crash_states(recording, initial) if state.after > published]
    assert later

    for state in later:
        shutil.rmtree(world.folder)
        write_tree(state, world.folder)
        assert world.verify(result.outcome.set).outcome.status is Status.OK
        assert world.model().audit_verify().ok


def _published(recording: RecordingFiles, name: str) -> int:
    """The number of the operation that made the finished manifest safe: before it there is no «ok»."""
    manifest = f"backups/backup_manifest_{name}.json"
    kinds = [(one.kind, one.path) for one in recording.operations]
    renamed = max(number for number, one in enumerate(kinds) if one == ("replace", manifest))
    return 1 + kinds.index(("sync_folder", "backups"), renamed)
