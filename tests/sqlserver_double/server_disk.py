"""The disk that only the server sees: its paths stand for a real folder, and it can be full, locked or away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from .containers import is_address

GIB = 2**30


class DiskError(Exception):
    """An error of the server's operating system, by its Windows number (SQL Server on Linux translates its own)."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class ServerDisk:
    """Server paths as paths below ``folder``; no case on Windows.

    ``C:\\Backup`` is ``folder/C/Backup``, ``\\\\nas\\copias`` is ``folder/UNC/nas/copias``, ``/var/opt`` is
    ``folder/root/var/opt``.
    """

    def __init__(self, folder: Path, platform: str, default_folder: str) -> None:
        self._folder = folder
        self.windows = platform == "windows"
        self._default_folder = default_folder
        self._read_only: set[Path] = set()
        self._room: dict[Path, int] = {}
        self._held: set[Path] = set()
        self.capacity: dict[str, int] = {}
        """Bytes of each volume; 500 GiB where nothing is said."""
        self.reserved: dict[Path, int] = {}
        """What database files take beyond what their stand-ins take."""

    @property
    def folder(self) -> Path:
        """The real folder that everything is below."""
        return self._folder

    def absolute(self, path: str) -> str:
        """A bare file name is in the server's backup folder."""
        if "\\" in path or "/" in path or not path:
            return path
        return self.join(self._default_folder, path)

    def join(self, folder: str, name: str) -> str:
        separator = "/" if folder.startswith("/") else "\\"
        return folder.rstrip("\\/") + separator + name

    def parent(self, path: str) -> str:
        """The folder of a path, as the server would write it."""
        separator = "/" if path.startswith("/") else "\\"
        parent = path.rstrip("\\/").rpartition(separator)[0]
        return parent + separator if parent.endswith(":") or not parent else parent

    def local(self, path: str) -> Path:
        """Where the path really is, whether it exists or not."""
        found = self._folder
        for part in self._parts(self.absolute(path)):
            found = self._step(found, part)
        return found

    def key(self, path: str) -> str:
        """Tells whether two paths mean the same file, which need not exist."""
        local = str(self.local(path))
        return local.casefold() if self.windows else local

    def _parts(self, path: str) -> list[str]:
        if is_address(path):
            return ["URL", *(name.replace(":", "_") for name in path.split("/") if name)]
        plain = path.replace("\\", "/")
        names = [name for name in plain.split("/") if name and name != "."]
        if not self.windows:
            if names and names[0][1:] == ":":
                names = names[1:]
            return ["root", *names]
        if plain.startswith("//"):
            return ["UNC", *names]
        if names and names[0][1:] == ":":
            return [names[0][0].upper(), *names[1:]]
        return ["C", *names]

    def _step(self, folder: Path, name: str) -> Path:
        exact = folder / name
        if not self.windows or exact.exists() or not folder.is_dir():
            return exact
        same = (entry for entry in folder.iterdir() if entry.name.casefold() == name.casefold())
        return next(same, exact)

    def volume(self, path: str) -> str:
        """``C:\\``, ``\\\\nas\\copias`` or ``/``."""
        if not self.windows:
            return "/"
        parts = self._parts(self.absolute(path))
        return "\\\\" + "\\".join(parts[1:3]) if parts[0] == "UNC" else f"{parts[0]}:\\"

    def volumes(self) -> list[str]:
        """The fixed drives."""
        if not self.windows:
            return ["/"]
        return sorted(f"{entry.name}:\\" for entry in self._folder.iterdir() if len(entry.name) == 1)

    def total(self, volume: str) -> int:
        return self.capacity.get(volume, 500 * GIB)

    def free(self, volume: str) -> int:
        """Bytes that are left on it."""
        root = self.local(volume)
        files = sum(entry.stat().st_size for entry in root.rglob("*") if entry.is_file())
        more = sum(size for path, size in self.reserved.items() if path.is_relative_to(root))
        left = self.total(volume) - files - more
        rooms = [room for path, room in self._room.items() if path == root]
        return max(0, min([left, *rooms]))

    # what may be wrong with it

    def add_share(self, share: str) -> Path:
        """Let the server reach ``\\\\host\\share``; others are an error 53."""
        path = self.local(share)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def remove_share(self, share: str) -> None:
        """Let the server no longer reach it; its files stay where they are, out of reach."""
        path = self.local(share)
        path.rename(path.with_name(path.name + " (away)"))

    def make_read_only(self, folder: str, *, read_only: bool = True) -> None:
        """Nothing can be written below the folder: error 5."""
        (self._read_only.add if read_only else self._read_only.discard)(self.local(folder))

    def fill_after(self, folder: str, bytes_left: int | None) -> None:
        """Below the folder so many bytes more can be written, then error 112; None: as many as there are."""
        path = self.local(folder)
        self._room.pop(path, None)
        if bytes_left is not None:
            self._room[path] = bytes_left

    # what the server does with it

    def exists(self, path: str) -> tuple[bool, bool, bool]:
        """Whether it is a file, whether a folder, whether its folder is there."""
        local = self.local(path)
        if is_address(path):  # the function that asks knows disks only
            return False, False, False
        return local.is_file(), local.is_dir(), local.parent.is_dir() and local.parent != self._folder

    def entries(self, folder: str) -> list[Path]:
        """What is in a folder, by name; nothing where it can't be looked into."""
        local = self.local(folder)
        return sorted(local.iterdir(), key=lambda entry: entry.name.casefold()) if local.is_dir() else []

    def make_folder(self, folder: str) -> None:
        """The folder and those above it. Raises `DiskError`."""
        local = self.local(folder)
        self._reachable(folder)
        self._may_write(local)
        local.mkdir(parents=True, exist_ok=True)

    def delete(self, path: str) -> None:
        """Raises `DiskError`."""
        local = self.local(path)
        self._may_write(local)
        if local in self._held:
            raise DiskError(32)
        local.unlink(missing_ok=True)
        self.reserved.pop(local, None)

    def reading(self, path: str) -> Path:
        """Where to read it. Raises `DiskError`."""
        self._reachable(path)
        local = self.local(path)
        if local.is_dir():
            raise DiskError(5)
        if not local.parent.is_dir() and self.windows:
            raise DiskError(3)
        if not local.is_file():
            raise DiskError(2)
        if local in self._held:
            raise DiskError(32)
        return local

    def writing(self, path: str) -> Path:
        """Where to write it. Raises `DiskError`; a missing folder is 3 on Windows and 5 on Linux."""
        self._reachable(path)
        local = self.local(path)
        if not local.parent.is_dir():
            raise DiskError(3 if self.windows else 5)
        if local.is_dir():
            raise DiskError(5)
        self._may_write(local)
        if local in self._held:
            raise DiskError(32)
        return local

    def _reachable(self, path: str) -> None:
        parts = self._parts(self.absolute(path))
        if parts[0] != "UNC":
            return
        if not (self._folder / "UNC").is_dir() or not self._step(self._folder / "UNC", parts[1]).is_dir():
            raise DiskError(53)
        if len(parts) < 3 or not self.local("\\\\" + "\\".join(parts[1:3])).is_dir():
            raise DiskError(67)

    def _may_write(self, local: Path) -> None:
        if any(local.is_relative_to(folder) for folder in self._read_only):
            raise DiskError(5)

    def open(self, path: str, *, append: bool = False) -> ServerFile:
        """Begin to write a file, which nobody else can open meanwhile. Raises `DiskError`."""
        local = self.writing(path)
        file = local.open("ab" if append else "wb")
        self._held.add(local)
        return ServerFile(self, local, file)

    def release(self, local: Path) -> None:
        self._held.discard(local)

    def take_room(self, local: Path, wanted: int) -> int:
        """How many of the wanted bytes there is room for."""
        rooms = [path for path in self._room if local.is_relative_to(path)]
        granted = min([wanted, *(self._room[path] for path in rooms)])
        for path in rooms:
            self._room[path] -= granted
        return granted

    def clear(self) -> None:
        """Forget every fault."""
        self._read_only.clear()
        self._room.clear()


class ServerFile:
    """A file that the server writes."""

    def __init__(self, disk: ServerDisk, local: Path, file: BinaryIO) -> None:
        self._disk = disk
        self._file = file
        self.local = local

    def write(self, data: bytes) -> None:
        """Raises `DiskError` 112 where the disk is full; what fits is written."""
        granted = self._disk.take_room(self.local, len(data))
        self._file.write(data[:granted])
        self._file.flush()
        if granted < len(data):
            raise DiskError(112)

    def close(self) -> None:
        self._file.close()
        self._disk.release(self.local)


def pieces_of(path: Path, size: int, start: int = 0) -> Iterator[bytes]:
    """A real file in pieces, from some place on."""
    with path.open("rb") as file:
        file.seek(start)
        while piece := file.read(size):
            yield piece
