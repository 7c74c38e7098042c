"""What all tests share: the folder of tests is importable, as `support`."""

import sys
from pathlib import Path

from hypothesis import settings

FOLDER = str(Path(__file__).parent)
if FOLDER not in sys.path:
    sys.path.insert(0, FOLDER)

settings.register_profile("patient", deadline=None)  # a busy machine is no failure
settings.load_profile("patient")
