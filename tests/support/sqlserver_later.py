"""What goes wrong with a SQL Server where no single order says it: in a later step, in a common folder, by somebody."""

from __future__ import annotations

import errno
from pathlib import Path

from sqlserver_double.sessions import WorldSession
from sqlserver_double.world_faults import Point
from sqlserver_double.world_messages import Said

from rexus.modules.backup.base.files import RealFiles, Writing

from .faults import CountingFiles, FullDisk
from .sqlserver_happenings import Happening
from .sqlserver_prepared import Prepared


class FullShare(FullDisk):
    """Only the folder that the server sees too finds no room."""

    def __init__(self, share: Path, room: int) -> None:
        super().__init__(RealFiles(), room, OSError(errno.ENOSPC, "No space left on device"))
        self._share = share

    def create(self, path: Path, *, private: bool = True) -> Writing:
        whose = FullDisk if path.parent == self._share else CountingFiles
        return whose.create(self, path, private=private)


def next_time(point: Point, happening: Happening) -> Happening:
    """Not when the server comes there first, but the next time: in the second step of a chain."""
    return lambda on: on.firm.world.faults.do(point, lambda session: happening(on))


def refuses(text: str, *said: Said) -> Happening:
    """It says so to the next batch that holds ``text``."""
    return lambda on: on.firm.world.faults.fail("batch", *said, text=text)


def share_room(room: int) -> Happening:
    """The folder that both see is full after so many bytes of ours."""

    def fill(on: Prepared) -> None:
        on.files = FullShare(on.firm.share, room)

    return fill


def no_answer(point: Point) -> Happening:
    """The server takes longer over a question than the settings allow."""

    def wait(on: Prepared) -> None:
        on.firm.reconfigured(query_timeout_s=1)
        on.firm.world.faults.pause(point, 600)

    return wait


def overwritten(point: Point) -> Happening:
    """Somebody's backup of another database comes to lie in the place of the file that ours was just written into."""

    def write(session: WorldSession) -> None:
        (ours,) = session.world.disk.local("C:\\Backup").glob("rexus_*_users_*")
        ours.write_bytes(session.world.disk.local("C:\\Backup").joinpath("ajena.bak").read_bytes())

    def order(on: Prepared) -> None:
        on.firm.sql("BACKUP DATABASE inventario TO DISK = N'C:\\Backup\\ajena.bak' WITH COPY_ONLY, CHECKSUM")
        on.firm.world.faults.do(point, write)

    return order
