"""What can go wrong with a SQL Server of a company, as orders to its double: each gives what lets it happen."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from sqlserver_double.answers import Login
from sqlserver_double.editions import EDITIONS
from sqlserver_double.sessions import WorldSession
from sqlserver_double.world import SA_PASSWORD
from sqlserver_double.world_faults import Point
from sqlserver_double.world_messages import OS_ERRORS, Said, say

from rexus.modules.backup.base.files import RealFiles, Writing

from .faults import CountingFiles, FullDisk
from .sqlserver_prepared import Prepared
from .sqlserver_stands import FOLDER, Entry


class FullArchive(FullDisk):
    """Only what is large finds no room; once it is gone, there is enough for the rest."""

    def create(self, path: Path, *, private: bool = True) -> Writing:
        return super().create(path, private=private) if path.parent.name == "databases" else self._roomy(path, private)

    def _roomy(self, path: Path, private: bool) -> Writing:
        return CountingFiles.create(self, path, private=private)


Happening = Callable[[Prepared], object]
LOGIN, PASSWORD = "copias", "C0pias;Clave"
FILE = "C:\\Backup\\x.bak"


WORDS = {
    **OS_ERRORS,
    19: "The media is write protected.",
    21: "The device is not ready.",
    23: "Data error (cyclic redundancy check).",
    59: "An unexpected network error occurred.",
    64: "The specified network name is no longer available.",
    665: "The requested operation could not be completed due to a file system limitation",
    1117: "The request could not be performed because of an I/O device error.",
    4711: "Something else.",
}


def system(number: int) -> str:
    """An error of the operating system, as the server writes it."""
    return f"{number}({WORDS[number]})"


def opening(number: int) -> Said:
    """The server can't open the file of a backup."""
    return say(3201, FILE, system(number))


def writing(number: int) -> Said:
    """It could open it, and can't write on."""
    return say(3202, FILE, system(number))


def reading(number: int) -> Said:
    """It can't read on."""
    return say(3203, FILE, system(number))


def heard(number: int, text: str, severity: int = 16) -> Said:
    """What the double itself never says, with the part of its text that matters."""
    return Said(number, severity, text=text)


def unheard(number: int) -> Said:
    """What no table of ours has."""
    return heard(number, "Something new has happened.")


# the server, at a point of its work


def fails(point: Point, *said: Said, times: int = 1) -> Happening:
    """It says so there."""
    return lambda on: on.firm.world.faults.fail(point, *said, times=times)


def breaks_for(text: str) -> Happening:
    """The connection breaks when a batch comes that holds this."""
    return lambda on: on.firm.world.faults.drop("batch", text=text)


def breaks(point: Point) -> Happening:
    """The connection breaks there."""
    return lambda on: on.firm.world.faults.drop(point)


def restarts(point: Point) -> Happening:
    """The service is started anew there."""
    return lambda on: on.firm.world.faults.restart(point)


def killed(point: Point) -> Happening:
    """Somebody KILLs our session there."""
    return lambda on: on.firm.world.faults.kill(point)


def client_killed(point: Point) -> Happening:
    """Somebody kills our sqlcmd while the server is there."""

    def strike(session: WorldSession) -> None:
        for one in psutil.Process().children(recursive=True):
            if "batch.sql" in one.cmdline():
                one.kill()
        session.wait_for(lambda: False, 60)  # until the server has seen that the client is gone

    return lambda on: on.firm.world.faults.do(point, strike)


def somebody_comes(point: Point) -> Happening:
    """Another program takes the only place in the database just then."""

    def come(session: WorldSession) -> None:
        other = session.world.login(Login(user="sa", password=SA_PASSWORD, database="users"))
        assert isinstance(other, WorldSession)

    return lambda on: on.firm.world.faults.do(point, come)


# signing in


def locked_out(flag: str) -> Happening:
    """Our login is ``disabled``, ``locked``, ``expired`` or ``must_change``."""

    def bar(on: Prepared) -> None:
        signs_in(on)
        setattr(on.firm.world.logins[LOGIN], flag, True)

    return bar


Words = tuple[str, ...]


def signs_in(on: Prepared, *, roles: Words = (), grants: Words = (), **held: Words) -> None:
    """The program enters as a login with these rights; ``held``: database -> roles and permissions in it."""
    on.firm.world.add_login(LOGIN, PASSWORD, roles=roles, grants=grants, users=held)
    on.firm.sign_in(LOGIN, PASSWORD)


def may(*, roles: Words = (), grants: Words = (), **held: Words) -> Happening:
    """See `signs_in`."""
    return lambda on: signs_in(on, roles=roles, grants=grants, **held)


def entering(user: str, password: str) -> Happening:
    """`.env` names these."""
    return lambda on: on.firm.sign_in(user, password)


def nobody_named(**changed: str) -> Happening:
    """`.env` lacks something, or says it otherwise."""

    def write(on: Prepared) -> None:
        entry = Entry(f"127.0.0.1,{on.firm.server.port}", "sa", SA_PASSWORD)
        on.firm.enter(entry._replace(**changed))

    return write


def turned_away(said: Said) -> Happening:
    """Whoever signs in hears that."""
    return lambda on: on.firm.world.faults.fail("login", said, times=1000)


# the wire


def settings(**changed: object) -> Happening:
    """The settings say something else."""
    return lambda on: on.firm.reconfigured(**changed)


def hastily(happening: Happening) -> Happening:
    """The same, and nobody waits long for an answer to signing in."""
    return both(settings(login_timeout_s=1), happening)


def wire(strike: str, *words: object) -> Happening:
    """An order to the double's wire."""
    return lambda on: getattr(on.firm.server.faults, strike)(*words)


def encrypting(encryption: str, **changed: object) -> Happening:
    """The server encrypts that much, and the settings want this."""

    def come(on: Prepared) -> None:
        on.serve_also(encryption)
        on.firm.reconfigured(**changed)

    return come


def program(name: str) -> Happening:
    """REXUS_SQLCMD names something else; nothing: neither it nor PATH names any."""

    def choose(on: Prepared) -> None:
        on.patch.setenv("REXUS_SQLCMD", name)
        if not name:
            on.patch.delenv("REXUS_SQLCMD")
            on.patch.setenv("PATH", "")
        on.firm.client = "sqlcmd"
        on.firm.reconfigured()

    return choose


# databases, disks, edition


def sql(*texts: str) -> Happening:
    """Somebody runs that on the server."""
    return lambda on: [on.firm.sql(text) for text in texts]


def in_state(state: str) -> Happening:
    """The database is in a state that no statement brings it to."""

    def put(on: Prepared) -> None:
        on.firm.world.database("users").state = state

    return put


def somebody_alone(on: Prepared) -> None:
    """Another program has taken the database for itself."""
    on.firm.sql("ALTER DATABASE users SET SINGLE_USER WITH ROLLBACK IMMEDIATE")
    other = on.firm.world.login(Login(user="sa", password=SA_PASSWORD, database="users"))
    assert isinstance(other, WorldSession)


def server_room(folder: str, room: int) -> Happening:
    """The server's disk has so many bytes left below the folder."""
    return lambda on: on.firm.world.disk.fill_after(folder, room)


def small_volume(on: Prepared) -> None:
    """The server's only disk is too small for one more database."""
    on.firm.world.disk.capacity["C:\\"] = 1


def read_only(on: Prepared) -> None:
    """The service account may not write in the folder."""
    on.firm.world.disk.make_read_only(FOLDER)


def our_room(room: int) -> Happening:
    """The disk of our own backups is full after so many bytes."""

    def fill(on: Prepared) -> None:
        on.files = FullArchive(RealFiles(), room, OSError(errno.ENOSPC, "No space left on device"))

    return fill


def edition(name: str = "standard2022", **changed: object) -> Happening:
    """The server is of another edition."""

    def become(on: Prepared) -> None:
        on.firm.world.edition = replace(EDITIONS[name], **changed)  # type: ignore[arg-type]
        on.firm.world.version = on.firm.world.edition.version

    return become


def server_file(path: str, content: bytes = b"algo") -> Happening:
    """There is a file on the server."""
    return lambda on: on.firm.world.disk.local(path).write_bytes(content)


def foreign_backup() -> Happening:
    """Another program takes a full backup of its own."""
    return sql("BACKUP DATABASE users TO DISK = N'C:\\Backup\\suya.bak' WITH INIT")


def no_base(on: Prepared) -> None:
    """No full backup of the database counts any more, as after it was attached anew."""
    on.firm.world.database("users").base = None


def encrypted_then_lost(on: Prepared) -> None:
    """The backup to restore is encrypted, and its certificate is gone."""
    on.firm.sql("CREATE MASTER KEY ENCRYPTION BY PASSWORD = N'Una;Clave1'")
    on.firm.sql("CREATE CERTIFICATE copias WITH SUBJECT = N'copias'")
    on.firm.reconfigured(encryption_certificate="copias")
    on.sets["full"] = on.backed_up()
    on.firm.world.certificates.clear()


def elsewhere(on: Prepared) -> None:
    """The folder here is another one than the server's."""
    other = on.firm.folder / "otra"
    other.mkdir(exist_ok=True)
    on.firm.reconfigured(client_backup_dir=str(other))


def full_history(on: Prepared) -> None:
    """msdb can't take any more."""
    on.firm.world.history.full = True


def decays(point: Point) -> Happening:
    """A page of the database that is worked on goes bad there."""

    def rot(session: WorldSession) -> None:
        assert session.request is not None
        number = session.request.database_id
        (name,) = (one.name for one in session.world.databases.values() if one.id == number)
        session.world.damage(name, "datos")

    return lambda on: on.firm.world.faults.do(point, rot)


def damaged_page(on: Prepared) -> None:
    """A page of the database can't be read without an error."""
    on.firm.world.damage("users", "datos")


# what we hold


def lost(*kinds: str) -> Happening:
    """Stored backups of these kinds are gone."""

    def lose(on: Prepared) -> None:
        for kind in kinds:
            on.stored(kind).unlink()

    return lose


def flipped(kind: str) -> Happening:
    """A bit of a stored backup is another."""

    def flip(on: Prepared) -> None:
        _rewrite(on.stored(kind), lambda data: data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + _rest(data))

    return flip


def _rest(data: bytes) -> bytes:
    return data[len(data) // 2 + 1 :]


def cut(kind: str) -> Happening:
    """A stored backup lacks its second half."""
    return lambda on: _rewrite(on.stored(kind), lambda data: data[: len(data) // 2])


def _rewrite(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.write_bytes(change(path.read_bytes()))


def both(*each: Happening) -> Happening:
    """One after the other."""

    def all_of_them(on: Prepared) -> None:
        for one in each:
            one(on)

    return all_of_them


def needs_linux(happening: Happening) -> Happening:
    """What only systems with /proc can show."""

    def happen(on: Prepared) -> None:
        if not Path("/proc").is_dir():
            pytest.skip("no /proc here")
        happening(on)

    return happen
