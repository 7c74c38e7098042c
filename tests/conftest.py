"""What all tests share: the folder of tests is importable, as `support`."""

import importlib
import os
import sys
from pathlib import Path

from hypothesis import settings

FOLDER = str(Path(__file__).parent)
if FOLDER not in sys.path:
    sys.path.insert(0, FOLDER)

if os.name == "nt":  # also for processes that tests start; see there
    sys.path.append(str(Path(__file__).with_name("wine")))
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (sys.path[-1], os.environ.get("PYTHONPATH"))))
    importlib.import_module("usercustomize")
    from support.wine import UNDER_WINE

    fonts = Path("Z:/usr/share/fonts/truetype/liberation") if UNDER_WINE else Path(os.environ["SYSTEMROOT"], "Fonts")
    os.environ.setdefault("QT_QPA_FONTDIR", str(fonts))  # the offscreen platform knows no others

os.environ.setdefault("QT_API", "pyside6")
os.environ["PYTEST_QT_API"] = os.environ["QT_API"]  # one binding a process, the same for us and for pytest-qt
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# A busy machine is no failure; where somebody has the time, more is tried.
settings.register_profile("patient", deadline=None, max_examples=200 if os.environ.get("REXUS_EVERY_POINT") else 60)
settings.load_profile("patient")
