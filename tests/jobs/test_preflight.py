"""What a look before the backup finds in the backup folder itself."""

from __future__ import annotations

import os

import pytest
from support.world import World

from rexus.modules.backup.base.texts import sentence


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
@pytest.mark.parametrize(("mode", "told"), [(0o755, "0755"), (0o750, "0750"), (0o711, "0711"), (0o700, None)])
def test_a_folder_that_others_may_look_into_is_told(tmp_path, mode, told):
    """One that existed before keeps its rights: it may be meant to be read by a group."""
    world = World(tmp_path, rows=1).build()
    world.root.mkdir()
    world.root.chmod(mode)
    found = [one for one in world.model().check() if one.code == "check.root_open"]

    assert [one.values["mode"] for one in found] == ([told] if told else [])
    assert all("chmod 700" in sentence(one).fix for one in found)
    world.backup("users", files=False)
    assert world.root.stat().st_mode & 0o777 == mode


def test_a_folder_of_our_own_is_ours_alone(tmp_path):
    world = World(tmp_path, rows=1).build()
    world.backup("users", files=False)

    assert "check.root_open" not in {one.code for one in world.model().check()}
