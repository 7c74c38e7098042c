"""Views of sessions and of what they run, which others see only with the right to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .sources import view
from .sql_types import BIGINT, BIT, DATETIME, GUID, INT, REAL, SMALLINT, SYSNAME, nvarchar, varbinary

if TYPE_CHECKING:
    from .frames import Frame
    from .sessions import Request, WorldSession

Rows = Iterable[tuple[object, ...]]
BYTES_PER_MS = 100_000
"""How fast the server says that it goes, as far as it tells how long something will take."""


def _seen(frame: Frame) -> list[WorldSession]:
    """Every session, or only this one."""
    rights = frame.session.rights
    everybody = rights.server("VIEW SERVER STATE")
    if frame.world.version[0] >= 16:
        everybody = everybody or rights.server("VIEW SERVER PERFORMANCE STATE")
    return [each for each in frame.world.sessions.values() if everybody or each is frame.session]


def _database_id(frame: Frame, session: WorldSession) -> int:
    found = frame.world.databases.get(session.database.casefold())
    return found.id if found else 0


@view(
    "sys.dm_exec_sessions",
    session_id=SMALLINT, login_time=DATETIME, host_name=SYSNAME, program_name=SYSNAME, host_process_id=INT,
    client_version=INT, client_interface_name=nvarchar(32), security_id=varbinary(85), login_name=SYSNAME,
    nt_domain=SYSNAME, nt_user_name=SYSNAME, status=nvarchar(30), context_info=varbinary(128), cpu_time=INT,
    memory_usage=INT, total_elapsed_time=INT, last_request_start_time=DATETIME, reads=BIGINT, writes=BIGINT,
    logical_reads=BIGINT, is_user_process=BIT, language=SYSNAME, lock_timeout=INT, database_id=SMALLINT,
    original_login_name=SYSNAME, open_transaction_count=INT,
)  # fmt: skip
def exec_sessions(frame: Frame, _database: str) -> Rows:
    for one in _seen(frame):
        login, name = one.login, one.account.name
        domain, _, user = name.rpartition("\\") if one.account.windows else ("", "", "")
        yield (
            one.id, one.login_time, login.host, login.application, login.process_id or None, 7, login.interface,
            one.account.sid, name, domain, user, "running" if one.request else "sleeping", one.context_info, 0, 4, 0,
            one.last_batch, 0, 0, 0, True, one.language, one.lock_timeout, _database_id(frame, one), name,
            one.transaction.depth if one.transaction else 0,
        )  # fmt: skip


@view(
    "sys.dm_exec_requests",
    session_id=SMALLINT, request_id=INT, start_time=DATETIME, status=nvarchar(30), command=nvarchar(32),
    sql_handle=varbinary(64), database_id=SMALLINT, user_id=INT, connection_id=GUID, blocking_session_id=SMALLINT,
    wait_type=nvarchar(60), wait_time=INT, last_wait_type=nvarchar(60), open_transaction_count=INT,
    context_info=varbinary(128), percent_complete=REAL, estimated_completion_time=BIGINT, cpu_time=INT,
    total_elapsed_time=INT, reads=BIGINT, writes=BIGINT, logical_reads=BIGINT, language=SYSNAME, lock_timeout=INT,
)  # fmt: skip
def exec_requests(frame: Frame, _database: str) -> Rows:
    for one in _seen(frame):
        request = one.request
        if request is None:
            continue
        elapsed = int((frame.world.clock.now() - request.started).total_seconds() * 1000)
        yield (
            one.id, 0, request.started, request.status, request.command, None, request.database_id, 1, None, 0,
            request.wait, 0, request.wait or "MISCELLANEOUS", one.transaction.depth if one.transaction else 0,
            one.context_info, request.percent, _left(request), elapsed, elapsed, 0, 0, 0, one.language,
            one.lock_timeout,
        )  # fmt: skip


def _left(request: Request) -> int:
    """Milliseconds until it is done."""
    if not request.percent:
        return 0
    return int(request.size * (100 - request.percent) / 100 / BYTES_PER_MS) + (request.percent < 100)


@view(
    "sys.dm_exec_connections",
    session_id=INT, connect_time=DATETIME, net_transport=nvarchar(40), protocol_type=nvarchar(40),
    encrypt_option=nvarchar(40), auth_scheme=nvarchar(40), client_net_address=nvarchar(48), client_tcp_port=INT,
    local_net_address=nvarchar(48), local_tcp_port=INT,
)  # fmt: skip
def exec_connections(frame: Frame, _database: str) -> Rows:
    from .catalog_databases import need_server_state

    need_server_state(frame)
    for one in _seen(frame):
        encrypted = "TRUE" if one.login.encrypted else "FALSE"
        scheme = "NTLM" if one.login.integrated else "SQL"
        here = ("127.0.0.1", 50000 + one.id, "127.0.0.1", 1433)
        yield (one.id, one.login_time, "TCP", "TSQL", encrypted, scheme, *here)


@view(
    "sys.dm_tran_locks",
    resource_type=nvarchar(60), resource_subtype=nvarchar(60), resource_database_id=INT,
    request_mode=nvarchar(60), request_type=nvarchar(60), request_status=nvarchar(60), request_session_id=INT,
)  # fmt: skip
def tran_locks(frame: Frame, _database: str) -> Rows:
    """Those alone that BACKUP and RESTORE hold on a whole database."""
    for one in _seen(frame):
        if one.request is not None and one.request.locked is not None:
            mode = "X" if one.request.command.startswith("RESTORE") else "S"
            yield ("DATABASE", "", one.request.locked, mode, "LOCK", "GRANT", one.id)
