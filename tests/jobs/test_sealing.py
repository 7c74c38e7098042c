"""All files of a backup come into the store, or none of them does."""

from __future__ import annotations

import pytest
from support.world import World

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.engine_facts import EngineFacts
from rexus.modules.backup.base.errors import BackupError, Damaged, StoreFailed
from rexus.modules.backup.base.records import BackupKind, DatabaseBackup, SetStatus
from rexus.modules.backup.jobs.kit import Kit, Teller, Work
from rexus.modules.backup.jobs.sealing import stored
from rexus.modules.backup.model import BackupModel

COUNT = 4
BLANK = DatabaseBackup(status=SetStatus.FAILED, timestamp="20260101_000000")


class Product:
    """Some files of bytes; the engine's verdict on them may be bad."""

    kind = BackupKind.FULL
    compressed = False
    notes = ()
    server_files = ()
    total_bytes = COUNT * 5000

    def __init__(self, files: int = COUNT, problem: BackupError | None = None) -> None:
        self.files, self.problem = files, problem
        self.read: list[int] = []

    def chunks(self, file: int = 0):
        self.read.append(file)
        yield bytes([file]) * 5000

    def facts(self) -> EngineFacts:
        assert self.read == list(range(self.files))
        if self.problem is not None:
            raise self.problem
        return EngineFacts(engine="sqlserver", server="", version="")


class Stubborn:
    """A store that keeps what it is given, but for one file."""

    def __init__(self, store, refused: int) -> None:
        self._store, self._left = store, refused

    def create(self, name: str, *, private: bool = True):
        sink = self._store.create(name, private=private)
        self._left -= 1
        if self._left == 0:
            sink.commit = self._refuse
        return sink

    def _refuse(self, sha256: str, size: int) -> None:
        raise StoreFailed("store.full", path="-")

    def __getattr__(self, name: str):
        return getattr(self._store, name)


@pytest.fixture
def kit(tmp_path) -> Kit:
    return BackupModel.open(World(tmp_path).build().config)._parts.kit()


def work_of(kit: Kit) -> Work:
    return Work(kit, Teller(lambda event: None, "x"), CancelToken())


def names(kit: Kit) -> list[str]:
    return sorted(path.name for path in (kit.root / "databases").glob("*"))


def test_each_file_has_its_own_hash_and_number(kit: Kit):
    made = stored(BLANK, "users", Product(), work_of(kit))

    assert names(kit) == [f"users_20260101_000000.s{n}of4.bak.gz" for n in range(1, 5)]
    assert [one.file for one in made.pieces] == [f"databases/{name}" for name in names(kit)]
    assert len({one.checksum for one in made.pieces}) == COUNT
    assert made.whole_bytes == COUNT * 5000


def test_one_file_has_no_number(kit: Kit):
    made = stored(BLANK, "users", Product(files=1), work_of(kit))

    assert (names(kit), made.stripes) == (["users_20260101_000000.bak.gz"], ())


def test_what_the_engine_does_not_vouch_for_is_never_seen(kit: Kit):
    with pytest.raises(Damaged):
        stored(BLANK, "users", Product(problem=Damaged("bak.stripe_missing")), work_of(kit))

    assert names(kit) == []


@pytest.mark.parametrize("refused", range(1, COUNT + 1))
def test_a_file_that_can_not_be_kept_takes_the_others_with_it(kit: Kit, refused):
    work = work_of(kit)
    object.__setattr__(kit, "store", Stubborn(kit.store, refused))
    with pytest.raises(StoreFailed):
        stored(BLANK, "users", Product(), work)

    assert names(kit) == []


class Clinging(Stubborn):
    """One that in addition can't delete the first file that it is asked to."""

    def delete(self, name: str) -> None:
        self.delete = self._store.delete
        raise StoreFailed("store.io", path=name, why="-")


def test_a_file_that_can_not_be_removed_keeps_neither_the_others_nor_the_cause(kit: Kit):
    work = work_of(kit)
    object.__setattr__(kit, "store", Clinging(kit.store, COUNT))
    with pytest.raises(StoreFailed) as caught:
        stored(BLANK, "users", Product(), work)

    assert caught.value.code == "store.full"
    assert names(kit) == ["users_20260101_000000.s1of4.bak.gz"]
