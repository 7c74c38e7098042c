"""A restore of a whole set over what is there, in a process of its own that dies just before one call of the file port.

``python -m support.dying CONFIG SET CALL``: 0 dies nowhere, and tells every call on stdout, in order.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from support.faults import KillingFiles

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import RestoreRequest, Status
from rexus.modules.backup.model import BackupModel

KILLED = 137


def restored(config: Path, set_name: str, kill_at: int) -> list[str]:
    """Let it restore and die there; returns all calls where it does not die."""
    words = [sys.executable, "-m", "support.dying", str(config), set_name, str(kill_at)]
    tests = Path(__file__).parents[1]
    world = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tests), str(tests.parent)))}
    done = subprocess.run(words, capture_output=True, text=True, env=world, cwd=tests, timeout=120, check=False)
    assert done.returncode == (KILLED if kill_at else 0), done.stderr
    return done.stdout.splitlines()


def _restore(config: str, set_name: str, kill_at: str) -> None:
    files = KillingFiles(RealFiles(), int(kill_at), KILLED)
    model = BackupModel.open(Path(config), files=files)
    names = (*model.loaded.database_names, "config", "application")
    request = RestoreRequest(set=set_name, everything=True, overwrite=True, confirmed=names, requested_by="prueba")
    outcome = model.restore(request, lambda _: None, CancelToken()).outcome
    assert outcome.status in (Status.OK, Status.WARNINGS), outcome
    sys.stdout.write("\n".join(files.told))


if __name__ == "__main__":
    _restore(*sys.argv[1:])
