"""Has the operating system start what is due, as the command `schedule install` does, and writes down who asked."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ..base.errors import BackupError

if TYPE_CHECKING:
    from ..model import BackupModel
    from ..watch.tasks import TaskResult

log = logging.getLogger(__name__)


def install(model: BackupModel, who: str) -> TaskResult:
    """Tell the system's scheduler. Raises `Refused`, `Failed`; trouble with the audit trail is only logged."""
    tasks = model.tasks(change="schedule install")
    model.settle_in()
    result = tasks.install()
    if result.changed:
        try:
            model.audit().record(who, "schedule_install", result.plan.name, "ok", {"kind": result.plan.kind})
        except (BackupError, OSError) as error:
            log.warning("the audit trail can't be written: %s", error)
    return result
