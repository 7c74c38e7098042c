"""Where a server puts the files of a new database: told in a script as it is done; and which files a backup holds."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from bak_world import written

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.records import BackupKind
from rexus.modules.backup.engines import sqlserver_progress, sqlserver_restore, sqlserver_script
from rexus.modules.backup.engines.bak import files_at_start
from rexus.modules.backup.engines.headers import FileEntry
from rexus.modules.backup.engines.port_server import ServerRestore, ServerStep
from rexus.modules.backup.engines.sqlserver_client import End, Executed, Row
from rexus.modules.backup.engines.sqlserver_facts import ServerFacts
from rexus.modules.backup.engines.sqlserver_progress import Beat
from rexus.modules.backup.jobs.server_door import ServerDoor
from rexus.modules.backup.parts import ModelSettings

SERVER = ServerFacts(
    name="S", machine="S", version="16.0.1000", edition="Standard", engine_edition=2, platform="Windows",
    collation="", backup_folder="", data_folder="D:\\Datos", log_folder="L:\\Logs", compresses_by_default=False,
    utc_offset_minutes=60, time=None, login="sa", is_sysadmin=True, is_dbcreator=True, may_create=True,
    may_view_state=True, may_kill=True,
)  # fmt: skip
ORDER = ServerRestore(name="nueva", steps=(ServerStep(kind=BackupKind.FULL, file="D:\\Backup\\t.bak"),))
FILES = (
    FileEntry(logical_name="datos", physical_name="E:\\Viejo\\datos.mdf", type="D", file_id=1, size_bytes=1),
    FileEntry(logical_name="más", physical_name="E:\\Viejo\\mas.ndf", type="D", file_id=3, size_bytes=1),
    FileEntry(logical_name="log", physical_name="F:\\Viejo\\log.ldf", type="L", file_id=2, size_bytes=1),
    FileEntry(
        logical_name="ausente", physical_name="E:\\Viejo\\x.ndf", type="D", file_id=4, size_bytes=1, is_present=False
    ),
)


class Server:
    """A client that knows the files of one backup."""

    def query(self, _text: str, **_: object) -> tuple[Row, ...]:
        columns = ("LogicalName", "PhysicalName", "Type", "FileId", "Size", "IsPresent")
        return tuple(
            Row(
                columns=columns,
                cells=(one.logical_name, one.physical_name, one.type, one.file_id, one.size_bytes, one.is_present),
            )
            for one in FILES
        )

    def execute(self, _batch: object, **_: object) -> Executed:
        return Executed(end=End.FINISHED)


@pytest.mark.parametrize("folders", [("D:\\Datos", "L:\\Logs"), ("D:\\Datos", ""), ("", "")])
def test_a_script_puts_files_where_a_restore_does(folders: tuple[str, str]) -> None:
    server = msgspec.structs.replace(SERVER, data_folder=folders[0], log_folder=folders[1])
    moves = sqlserver_restore.placed(Server(), server, ORDER)  # type: ignore[arg-type]  # it only asks
    text = sqlserver_script.restore(ORDER, FILES, server)

    assert len(moves) == 3
    assert text.count("MOVE ") == 3
    assert all(f"'{one.path}'" in text for one in moves)
    assert all(one.path[1:3] == ":\\" for one in moves), "nobody knows a file without its folder"


def test_no_more_of_a_backup_is_read_than_its_list_of_files_needs(tmp_path: Path) -> None:
    as_written = written(tmp_path / "a.bak")
    taken: list[int] = []

    def chunks() -> Iterator[bytes]:
        yield (tmp_path / "a.bak").read_bytes()
        while True:
            taken.append(1)
            yield bytes(1 << 18)

    found = files_at_start(chunks())
    assert [one.logical_name for one in found] == [one.logical_name for one in as_written.files]
    assert len(taken) <= 4
    assert files_at_start([b"no backup at all" * 1000]) == ()


def test_what_is_taken_back_is_told_in_its_own_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    class Back:
        """A watch that sees the server take the statement back."""

        def __init__(self, _client: object, _token: str, tell: Callable[[Beat], None]) -> None:
            self._tell = tell
            self.heard = None

        @contextmanager
        def beside(self) -> Iterator[None]:
            self._tell(Beat(percent=30, rolling_back=True))
            yield

    told: list[tuple[str, int, int]] = []
    monkeypatch.setattr(sqlserver_progress, "Watch", Back)
    monkeypatch.setattr(sqlserver_restore, "proven", lambda _client, _batch, executed, _values: executed)
    steps = (*ORDER.steps, ServerStep(kind=BackupKind.LOG, file="D:\\Backup\\t.trn"))
    work = sqlserver_restore.Restoring(
        Server(), SERVER, lambda *figures: told.append(figures), CancelToken()  # type: ignore[arg-type]
    )  # fmt: skip
    sqlserver_restore.restore(msgspec.structs.replace(ORDER, steps=steps), work)

    back = [one[1:] for one in told if one[0] == "cancel_rolling_back"]
    assert set(back) == {(30, 100)}, "of the taking back, not of all steps"


@pytest.mark.parametrize("kind", [ServerDoor, ModelSettings])
def test_a_part_of_the_door_is_none_by_itself(kind: type) -> None:
    assert inspect.isabstract(kind)
