"""Record every change of files, and rebuild every world that a power cut could leave.

`crash_states` follows what systems promise: a file's bytes are safe once the file was synced, a name once its folder
was; a rename within a folder happens or not. Everything else may be lost, and unsynced bytes may be torn.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rexus.modules.backup.base.files import Data, RealFiles, Writing


@dataclass(frozen=True)
class Link:
    """A symbolic link in a tree."""

    target: str


Node = bytes | Link | None
"""The bytes of a file, a link, or None for a folder."""
Tree = dict[str, Node]
"""Everything below a folder, by relative path with ``/``."""


def read_tree(folder: Path) -> Tree:
    """What is below ``folder``."""
    tree: Tree = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        tree[name] = Link(str(path.readlink())) if path.is_symlink() else None if path.is_dir() else path.read_bytes()
    return tree


def write_tree(tree: Tree, folder: Path) -> None:
    """Build ``tree`` below the new folder ``folder``."""
    folder.mkdir(parents=True)
    for name in sorted(tree):
        node, path = tree[name], folder / name
        if node is None:
            path.mkdir()
        elif isinstance(node, Link):
            path.symlink_to(node.target)
        else:
            path.write_bytes(node)


@dataclass(frozen=True)
class Operation:
    """One recorded change: what, where (relative with ``/``), and the bytes or the second path."""

    kind: str
    path: str
    data: bytes = b""
    other: str = ""
    file: int = 0


class RecordingFiles(RealFiles):
    """Changes real files and records every change below ``root``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.operations: list[Operation] = []
        self._lock = threading.RLock()
        self._files = 0

    def _record(self, kind: str, path: Path, **more: bytes | str | int) -> None:
        if path == self.root or self.root in path.parents:
            self.operations.append(Operation(kind, self._name(path), **more))  # type: ignore[arg-type]

    def _name(self, path: Path) -> str:
        return "" if path == self.root else path.relative_to(self.root).as_posix()

    def create(self, path: Path, *, private: bool = True) -> Writing:
        return self._written("create", path, super().create(path, private=private))

    def append(self, path: Path) -> Writing:
        kind = "append" if path.exists() else "create"
        return self._written(kind, path, super().append(path))

    def _written(self, kind: str, path: Path, inner: Writing) -> Writing:
        with self._lock:
            self._files += 1
            self._record(kind, path, file=self._files)
            return _RecordedWriting(self, inner, path, self._files)

    def replace(self, source: Path, target: Path) -> None:
        with self._lock:
            super().replace(source, target)
            self._record("replace", target, other=self._name(source))

    def unlink(self, path: Path) -> None:
        with self._lock:
            there = os.path.lexists(path)
            super().unlink(path)
            if there:
                self._record("unlink", path)

    def make_folder(self, path: Path, *, private: bool = True) -> None:
        with self._lock:
            for folder in reversed([folder for folder in (path, *path.parents) if not folder.exists()]):
                self._record("folder", folder)
            super().make_folder(path, private=private)

    def remove_folder(self, path: Path) -> None:
        with self._lock:
            there = path.exists()
            super().remove_folder(path)
            if there:
                self._record("unlink", path)

    def link(self, target: str, path: Path) -> None:
        with self._lock:
            super().link(target, path)
            self._record("link", path, other=target)

    def sync_folder(self, path: Path) -> None:
        with self._lock:
            super().sync_folder(path)
            self._record("sync_folder", path)


class _RecordedWriting:
    def __init__(self, files: RecordingFiles, inner: Writing, path: Path, number: int) -> None:
        self._files = files
        self._inner = inner
        self._path = path
        self._number = number
        self.close = inner.close

    def write(self, data: Data) -> int:
        with self._files._lock:
            size = self._inner.write(data)
            self._files._record("write", self._path, data=bytes(data), file=self._number)
            return size

    def sync(self) -> None:
        with self._files._lock:
            self._inner.sync()
            self._files._record("sync", self._path, file=self._number)


@dataclass
class _Inode:
    """A file's bytes: those that are safe, and all that were written; or a link."""

    safe: bytes = b""
    written: bytes = b""
    link: Link | None = None


_FOLDER = _Inode()
Change = dict[str, _Inode | None]
"""Names that change together; None takes a name away."""


@dataclass
class _Disk:
    """Names as programs see them, as they are safe, and the changes of each folder that are not safe yet."""

    names: dict[str, _Inode] = field(default_factory=dict)
    safe: dict[str, _Inode] = field(default_factory=dict)
    pending: dict[str, list[Change]] = field(default_factory=dict)
    opened: dict[int, _Inode] = field(default_factory=dict)

    @classmethod
    def of(cls, tree: Tree) -> _Disk:
        names = {name: _inode(node) for name, node in tree.items()}
        return cls(names=dict(names), safe=dict(names))

    def play(self, operation: Operation) -> None:
        path = operation.path
        if operation.kind == "create":
            self.opened[operation.file] = _Inode()
            self._change(path, {path: self.opened[operation.file]})
        elif operation.kind == "append":
            self.opened[operation.file] = self.names[path]
        elif operation.kind == "write":
            self.opened[operation.file].written += operation.data
        elif operation.kind == "sync":
            self.opened[operation.file].safe = self.opened[operation.file].written
        elif operation.kind == "replace":
            self._change(path, {operation.other: None, path: self.names[operation.other]})
        elif operation.kind == "unlink":
            self._change(path, {path: None})
        elif operation.kind == "folder":
            self._change(path, {path: _FOLDER})
        elif operation.kind == "link":
            self._change(path, {path: _Inode(link=Link(operation.other))})
        else:
            for change in self.pending.pop(path, []):
                _apply(self.safe, change)

    def _change(self, path: str, change: Change) -> None:
        _apply(self.names, change)
        self.pending.setdefault(path.rpartition("/")[0], []).append(change)

    def namings(self) -> Iterator[dict[str, _Inode]]:
        """Which names there may be: of each folder's changes any first few, those of the others none or all."""
        yield self._with({folder: len(changes) for folder, changes in self.pending.items()})
        yield self._with({})
        for folder, changes in self.pending.items():
            for count in range(len(changes) + 1):
                yield self._with({folder: count})
                yield self._with({**{other: len(c) for other, c in self.pending.items()}, folder: count})

    def _with(self, counts: dict[str, int]) -> dict[str, _Inode]:
        names = dict(self.safe)
        for folder, count in counts.items():
            for change in self.pending[folder][:count]:
                _apply(names, change)
        return names


def _inode(node: Node) -> _Inode:
    if node is None:
        return _FOLDER
    return _Inode(link=node) if isinstance(node, Link) else _Inode(safe=node, written=node)


def _apply(names: dict[str, _Inode], change: Change) -> None:
    for name, inode in change.items():
        if inode is None:
            names.pop(name, None)
        else:
            names[name] = inode


def _all(inode: _Inode) -> bytes:
    return inode.written


def _gone(inode: _Inode) -> bytes:
    return inode.safe


def _torn(inode: _Inode) -> bytes:
    return inode.written[: (len(inode.safe) + len(inode.written)) // 2]


def _zeros(inode: _Inode) -> bytes:
    return inode.safe + bytes(len(inode.written) - len(inode.safe))


def _tree(names: dict[str, _Inode], content: Callable[[_Inode], bytes]) -> Tree:
    tree: Tree = {}
    for name in sorted(names):
        parent = name.rpartition("/")[0]
        if parent and (parent not in tree or tree[parent] is not None):
            continue
        inode = names[name]
        tree[name] = None if inode is _FOLDER else inode.link or content(inode)
    return tree


class CrashTree(dict[str, Node]):
    """A tree that a power cut may leave, and when."""

    after: int = 0
    """How many operations had been done."""


def crash_states(recording: RecordingFiles, initial: Tree) -> Iterator[CrashTree]:
    """Every different tree that a power cut during ``recording`` may leave, beginning at ``initial``."""
    disk, seen = _Disk.of(initial), set()
    for after in range(len(recording.operations) + 1):
        if after:
            disk.play(recording.operations[after - 1])
        for names in disk.namings():
            for content in (_all, _gone, _torn, _zeros):
                tree = CrashTree(_tree(names, content))
                key = tuple(tree.items())
                if key not in seen:
                    seen.add(key)
                    tree.after = after
                    yield tree


def left_unsynced(recording: RecordingFiles, initial: Tree) -> list[str]:
    """Names that a power cut now could change, take away or bring back; none after a success."""
    disk = _Disk.of(initial)
    for operation in recording.operations:
        disk.play(operation)
    renamed = {name for changes in disk.pending.values() for change in changes for name in change}
    unwritten = {name for name, inode in disk.names.items() if inode.safe != inode.written}
    return sorted(renamed | unwritten)
