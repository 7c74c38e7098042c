"""What a dead run was writing was interrupted, in lists as everywhere; what is being written now is under way."""

from __future__ import annotations

import msgspec
from cli.command_line import CommandLine
from support.world import World

from rexus.modules.backup.base.clock import SystemClock
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import SetStatus
from rexus.modules.backup.jobs.lease import Lease


def test_the_set_of_a_dead_run_is_interrupted(tmp_path):
    world = World(tmp_path, rows=5).build()
    run = CommandLine(world.config)
    name = run.backup("--no-files")
    catalog = world.model().catalog
    manifest = catalog.load(name)
    under_way = {
        one: msgspec.structs.replace(held, status=SetStatus.IN_PROGRESS) for one, held in manifest.databases.items()
    }
    catalog.publish(msgspec.structs.replace(manifest, status=SetStatus.IN_PROGRESS, databases=under_way))
    told = run.json("list")["sets"][0]

    assert told["status"] == "interrupted"
    assert {one["status"] for one in told["databases"].values()} == {"interrupted"}
    with Lease.hold(world.root, "backup", "ana", RealFiles(), SystemClock()):
        assert run.json("list")["sets"][0]["status"] == "in_progress"
