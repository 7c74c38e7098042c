"""Packed files of a bare folder are unpacked once for all lists of it, and anew as soon as they are others."""

from __future__ import annotations

import errno
import gzip
import io
import json
import os
from pathlib import Path

import msgspec
import pytest
from cli.command_line import CommandLine
from support.lost import Story

from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import Finding, Severity
from rexus.modules.backup.engines.bak import read_headers
from rexus.modules.backup.jobs import loose_known
from rexus.modules.backup.jobs.loose_known import Known, KnownHeaders, Mark
from rexus.modules.backup.jobs.loose_scan import Seen, scan
from rexus.modules.backup.stores.folder import FolderStore

LONG_AGO = 1_700_000_000


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "state"))
    for name in ("DB_SERVER", "DB_USERNAME", "DB_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "rescate"


def packed(folder: Path) -> Path:
    """A full backup, packed without being made smaller."""
    story = Story(folder / "erp")
    story.full("erp.bak")
    whole = folder / "erp" / "erp.bak"
    path = whole.with_suffix(".bak.gz")
    path.write_bytes(gzip.compress(whole.read_bytes(), compresslevel=0))
    whole.unlink()
    settled(path)
    return path


def settled(path: Path, at: int = LONG_AGO) -> None:
    os.utime(path, (at, at))


def listed(folder: Path) -> dict:
    return CommandLine(folder)("--lang", "en", "list", "--json", TZ="UTC").json


def kept(folder: Path) -> list[Path]:
    return list((folder.parent / "state").rglob(".packed-headers.json"))


class Counting(FolderStore):
    """Tells which files were opened."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, RealFiles())
        self.opened: list[str] = []

    def open(self, name: str):
        self.opened.append(name)
        return super().open(name)


def looked(folder: Path) -> tuple[list[Seen], list[str]]:
    """What is found in the folder, and which of its files were opened for that."""
    store = Counting(folder)
    found = scan(folder, store, KnownHeaders(folder.parent / "place", RealFiles()))
    return list(found.files), store.opened


def test_a_packed_file_is_read_once_and_again_when_it_is_another_one(folder: Path) -> None:
    path = packed(folder)
    first, opened = looked(folder)
    assert (len(first), opened) == (1, ["erp/erp.bak.gz"])
    assert looked(folder) == (first, [])

    content = path.read_bytes()
    path.write_bytes(b"x" * len(content))
    settled(path, LONG_AGO + 1)
    (other,), opened = looked(folder)
    assert (other.problem is not None, opened) == (True, ["erp/erp.bak.gz"])
    path.write_bytes(content)
    settled(path)
    assert looked(folder) == (first, ["erp/erp.bak.gz"])
    assert looked(folder) == (first, [])


@pytest.mark.skipif(os.name == "nt", reason="Windows tells no such number while it lists a folder")
@pytest.mark.parametrize("how", ["written over", "put in its place"])
def test_its_time_may_be_set_back_and_it_is_another_file_all_the_same(folder: Path, how: str) -> None:
    path = packed(folder)
    size = path.stat().st_size
    assert len(looked(folder)[0]) == 1
    if how == "written over":
        path.write_bytes(b"x" * size)
    else:
        path.with_name("otra").write_bytes(b"x" * size)
        path.with_name("otra").replace(path)
    settled(path)
    (other,), opened = looked(folder)

    assert opened == ["erp/erp.bak.gz"]
    assert other.problem is not None


def test_what_could_not_be_read_to_its_end_is_not_kept(folder: Path) -> None:
    path = packed(folder)
    path.write_bytes(path.read_bytes()[:-5000])
    settled(path)
    (first,), _ = looked(folder)

    assert first.problem is not None
    assert looked(folder) == ([first], ["erp/erp.bak.gz"])


def test_what_another_reader_read_is_read_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed(folder)
    first, _ = looked(folder)
    monkeypatch.setattr(loose_known, "READING", loose_known.READING + 1)

    assert looked(folder) == (first, ["erp/erp.bak.gz"])
    assert looked(folder) == (first, [])


def test_what_is_kept_is_all_that_was_read(folder: Path, tmp_path: Path) -> None:
    path = packed(folder)
    with gzip.open(path) as plain:
        contents = read_headers(plain)
    (one,) = contents.sets
    large = msgspec.structs.replace(one, header=msgspec.structs.replace(one.header, last_lsn=10**24 + 1))
    wrong = Finding(code="bak.truncated", severity=Severity.ERROR, values={"offset": 2**70})
    contents = msgspec.structs.replace(contents, sets=(one, large), findings=(wrong,))
    mark = Mark(stored_bytes=path.stat().st_size, mtime_ns=path.stat().st_mtime_ns, ctime_ns=2**60, inode=2**64 - 1)
    known = Known(mark=mark, size_bytes=2**40, contents=contents)
    keeping = KnownHeaders(tmp_path / "state", RealFiles())
    keeping.add("erp/erp.bak.gz", known)
    keeping.keep()

    assert KnownHeaders(tmp_path / "state", RealFiles()).of("erp/erp.bak.gz", mark) == known


@pytest.mark.parametrize("text", ["", "{", "[]", json.dumps({"program": "0", "files": {}}), '{"files": 7}'])
def test_what_can_not_be_understood_is_made_anew(folder: Path, text: str) -> None:
    packed(folder)
    first = listed(folder)
    (path,) = kept(folder)
    path.write_text(text, "utf-8")

    assert listed(folder) == first
    assert kept(folder) == [path]
    assert path.read_text("utf-8") != text


def test_a_file_that_was_written_just_now_is_read_again(folder: Path) -> None:
    path = packed(folder)
    os.utime(path)
    assert len(listed(folder)["sets"]) == 1
    assert kept(folder) == []


def test_nothing_is_written_into_the_folder(folder: Path) -> None:
    path = packed(folder)
    listed(folder)
    assert [one for one in folder.rglob("*") if one.is_file()] == [path]


class Unsteady(FolderStore):
    """A disk that breaks off once in the middle of a file."""

    broken = False

    def open(self, name: str):
        stored = super().open(name)
        if not self.broken:
            self.broken = True
            return io.BufferedReader(Broken(stored))
        return stored


class Broken(io.RawIOBase):
    """Gives the first bytes and no more."""

    def __init__(self, stored) -> None:
        self._stored, self._given = stored, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        if self._given > 40_000:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        data = self._stored.read(min(len(buffer), 20_000))
        buffer[: len(data)] = data
        self._given += len(data)
        return len(data)

    def close(self) -> None:
        self._stored.close()
        super().close()


def test_what_a_disk_did_not_give_this_time_is_asked_for_again(folder: Path) -> None:
    packed(folder)
    store = Unsteady(folder, RealFiles())
    place = folder.parent / "place"
    (bad,) = scan(folder, store, KnownHeaders(place, RealFiles())).files
    (good,) = scan(folder, store, KnownHeaders(place, RealFiles())).files

    assert bad.problem is not None
    assert good.problem is None
    assert good.contents is not None and good.contents.sets
