"""Questions load what they need and no more: whoever asks a hundred times a day pays for each library."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cli.command_line import CommandLine
from support.world import World

PROJECT = Path(__file__).parents[2]
NAME = "rexus.modules.backup"
LOOKING = {"backports.zstd", "concurrent.futures", "difflib", "isal", "rich", "secrets"}
NO_WORK = {f"{NAME}.jobs.{job}" for job in ("backup", "drill", "filesets", "inspect", "restore", "sweep", "verify")}


@pytest.mark.parametrize(
    ("words", "heavy"),
    [
        (["list"], {"sqlite3", "subprocess", f"{NAME}.engines.sqlite", *LOOKING, *NO_WORK}),
        (["prune", "--plan"], {"subprocess", f"{NAME}.engines.sqlite_pass", *LOOKING, *NO_WORK}),
        (["health"], {f"{NAME}.engines.sqlite_pass", *NO_WORK}),
    ],
)
def test_a_question_costs_no_library_that_only_work_needs(tmp_path, words, heavy):
    world = World(tmp_path, rows=5, schedules=[]).build()
    CommandLine(world.config).backup("--no-files")
    program = (
        "import json, sys\n"
        f"from {NAME}.cli.main import main\n"
        f"main({['--config', str(world.config), '--json', *words]!r})\n"
        "print(json.dumps(sorted(sys.modules)))\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)
    answer, loaded = map(json.loads, ran.stdout.splitlines())
    assert answer["status"] in ("ok", "warnings", "failed")
    assert heavy & set(loaded) == set()
