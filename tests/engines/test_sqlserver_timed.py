"""Questions and jobs end after the times that the settings give, unless the caller says otherwise."""

from __future__ import annotations

import pytest

from rexus.modules.backup.base.errors import BackupError, SourceFailed
from rexus.modules.backup.config.settings import SqlServer
from rexus.modules.backup.engines.sqlserver_client import End, Executed
from rexus.modules.backup.engines.sqlserver_open import Timed
from rexus.modules.backup.engines.tsql import Batch


class Noting:
    """Notes how long it was given."""

    name = "odbc"

    def __init__(self) -> None:
        self.limits: list[float | None] = []

    def execute(self, batch, *, timeout_s=None, **_) -> Executed:
        self.limits.append(timeout_s)
        return Executed(end=End.FINISHED)

    def query(self, text, *, timeout_s=None, cancel=None):
        self.limits.append(timeout_s)
        return ()

    def failure(self, executed) -> BackupError:
        return SourceFailed("sqlserver.lost")


@pytest.mark.parametrize(
    ("settings", "limits"),
    [
        (SqlServer(), [None, 5.0, 60.0, 7.0]),
        (SqlServer(job_timeout_hours=2, query_timeout_s=9), [7200.0, 5.0, 9.0, 7.0]),
    ],
)
def test_limits(settings: SqlServer, limits: list[float | None]) -> None:
    noting = Noting()
    client = Timed(noting, settings)
    client.execute(Batch(text="BACKUP"))
    client.execute(Batch(text="BACKUP"), timeout_s=5.0)
    client.query("SELECT 1")
    client.query("SELECT 1", timeout_s=7.0)

    assert noting.limits == limits
    assert client.name == "odbc"
    assert client.failure(Executed(end=End.LOST)).code == "sqlserver.lost"
