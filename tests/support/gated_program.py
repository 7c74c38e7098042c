"""The program, whose jobs stop at their first step until the file that REXUS_TEST_GATE names is there."""

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from rexus.modules.backup.cli.main import main
from rexus.modules.backup.jobs import kit

_LONGEST_S = 60
"""A test that failed opens no gate."""
_tell = kit.Teller.tell


def _waiting(self: kit.Teller, phase: str, database: str = "", done: int = 0, total: int = 0) -> None:
    _tell(self, phase, database, done, total)
    end = time.monotonic() + _LONGEST_S
    while not Path(os.environ["REXUS_TEST_GATE"]).exists() and time.monotonic() < end:
        time.sleep(0.01)


kit.Teller.tell = _waiting  # type: ignore[method-assign]

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
