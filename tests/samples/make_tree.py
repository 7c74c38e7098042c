"""Make a small archive tree of this version: `python tests/samples/make_tree.py FOLDER`, once for each format.

Later versions must list, verify and restore every tree that lies beside this file; none is ever made again.
"""

from __future__ import annotations

import platform
import shutil
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from support.world import World  # noqa: E402

CODECS = ("gzip", "zstd", "none")


def main(folder: Path) -> None:
    """Two sets with each codec, one pinned, one database changed between them."""
    platform.node = lambda: "servidor"
    for codec in CODECS:
        with tempfile.TemporaryDirectory(prefix="rexus-") as scratch:
            world = World(Path(scratch), rows=25, compression={"codec": codec}).build()
            first = world.backup().outcome.set
            world.add_row("users")
            world.backup()
            assert first is not None
            world.model().pin((first,), "antes de 4.2", None, "ana")
            world.verify()
            target = folder / codec
            shutil.copytree(world.root, target, symlinks=True)
            for leftover in (".lease.lock", "logs/audit.lock"):
                (target / leftover).unlink(missing_ok=True)
            shutil.rmtree(target / "temp", ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
