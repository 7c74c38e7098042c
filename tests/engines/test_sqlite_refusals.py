"""What can't be backed up is refused by its name, and untouched."""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3

import pytest
from sqlite_world import backed_up, engine, make, quiet

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import Refused, SourceFailed
from rexus.modules.backup.base.records import BackupKind, Depth, Severity
from rexus.modules.backup.base.texts import sentence

RANDOM = random.Random(7).randbytes(40960)


def truncated(path):
    make(path, mode="delete", rows=2000)
    os.truncate(path, path.stat().st_size // 2 // 4096 * 4096)


def broken_header(path):
    make(path, mode="delete")
    data = bytearray(path.read_bytes())
    data[16:18] = b"\x00\x03"
    path.write_bytes(data)


BAD = {
    "source.missing": lambda path: None,
    "source.folder": lambda path: path.mkdir(),
    "source.empty": lambda path: path.write_bytes(b""),
    "source.foreign": lambda path: path.write_text("cliente;importe\n" * 400, "utf-8"),
    "source.encrypted": lambda path: path.write_bytes(RANDOM),
    "source.truncated": truncated,
    "source.corrupt": broken_header,
}


@pytest.mark.parametrize("code", BAD)
def test_refused_by_name(code, tmp_path):
    path = tmp_path / "a.db"
    BAD[code](path)
    before = path.read_bytes() if path.is_file() else None
    one = engine(path)

    (finding,) = one.preflight(one.databases()[0])
    assert (finding.code, finding.severity) == (code, Severity.ERROR)
    with pytest.raises(SourceFailed) as told:
        backed_up(one, tmp_path / "out")
    assert told.value.code == code
    with pytest.raises(SourceFailed):
        one.estimate(one.databases()[0])
    verdict = one.check_plain(path, Depth.ENGINE, quiet, CancelToken())
    assert (verdict.ok, verdict.problem.code) == (False, code)
    text = sentence(told.value.problem)
    assert str(path) in text.message
    assert "?" not in text.message
    assert text.safe
    assert text.fix
    assert (path.read_bytes() if path.is_file() else None) == before
    assert {p.name for p in tmp_path.iterdir()} <= {"a.db"}


@pytest.mark.parametrize("magic", [b"PK\x03\x04", b"\x1f\x8b\x08\x00", b"\x28\xb5\x2f\xfd"])
def test_a_packed_file_is_foreign_not_encrypted(magic, tmp_path):
    path = tmp_path / "a.db"
    path.write_bytes(magic + RANDOM)
    (finding,) = engine(path).preflight(engine(path).databases()[0])
    assert finding.code == "source.foreign"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file(tmp_path):
    path = make(tmp_path / "a.db")
    path.chmod(0)
    (finding,) = engine(path).preflight(engine(path).databases()[0])
    assert finding.code == "source.unreadable"


def test_a_healthy_database_is_ready(tmp_path):
    path = make(tmp_path / "año nuevo #1 %41.db")
    one = engine(path)
    (finding,) = one.preflight(one.databases()[0])
    assert (finding.code, finding.severity, finding.values["mode"]) == ("source.ready", Severity.INFO, "wal")
    backed_up(one, tmp_path / "out")


def test_a_link_leads_to_the_database_and_its_log(tmp_path):
    path = make(tmp_path / "a.db")
    link = tmp_path / "link.db"
    try:
        link.symlink_to(path)
    except OSError:
        pytest.skip("no rights to make links")
    if not link.exists():
        pytest.skip("links are made here but not followed")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("pragma wal_autocheckpoint=0")
        writer.execute("delete from a")
        facts, copied = backed_up(engine(link), tmp_path / "out")
    assert (facts.row_counts, copied) == ({"a": 0, "b": 300}, False)


def test_only_full_backups(tmp_path):
    path = make(tmp_path / "a.db")
    one = engine(path)
    with (
        pytest.raises(Refused),
        one.backup(one.databases()[0], BackupKind.LOG, tmp_path, quiet, CancelToken()),
    ):
        pass
