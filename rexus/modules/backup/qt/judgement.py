"""Whether all is well, worked out once for all who ask of the same data. No Qt here."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from ..base.watching import Health

if TYPE_CHECKING:
    from ..catalog.index import Listing
    from ..model import BackupModel

_FRESH_S = 5.0
"""For so long an answer is given again: the header asks a moment after the summary, and both mean the same look."""


class Judgement:
    """Asks the model, or gives the answer that it has just given; may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: tuple[BackupModel, float, Health, Listing] | None = None

    def health(self, model: BackupModel) -> Health:
        """Whether all is well with what ``model`` looks after. Raises as `BackupModel.health`."""
        return self.both(model)[0]

    def both(self, model: BackupModel) -> tuple[Health, Listing]:
        """That and the sets, by one look. Raises as `BackupModel.health`."""
        with self._lock:
            known = self._known
            if known is None or known[0] is not model or time.monotonic() - known[1] > _FRESH_S:
                glance = model.glance()
                health, listing = model.health(glance), model.listing(glance)
                known = self._known = (model, time.monotonic(), health, listing)
            return known[2], known[3]
