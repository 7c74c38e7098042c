"""What is said of stored backups that were heard: damage, what could not be looked at, and no more than that."""

from __future__ import annotations

import struct

import pytest
from engines.bak_world import made
from support.bak_packed import RECORDS_AT

from rexus.modules.backup.base.records import Severity
from rexus.modules.backup.engines.bak_hearing import BakHearing


def heard(content: bytes, *, is_proven: bool, must_be_one: bool = False):
    """What is wrong with it, and what is said at the end."""
    ear = BakHearing(must_be_one=must_be_one, is_proven=is_proven)
    for at in range(0, len(content), 50_000):
        ear.feed(memoryview(content)[at : at + 50_000])
    return ear.ended("erp.bak"), ear.finish()


def old_compression(content: bytes) -> bytes:
    return content[:8] + struct.pack("<I", 1) + content[12:]


def encrypted(content: bytes) -> bytes:
    data = bytearray(content)
    data[RECORDS_AT] = 0x33
    data[RECORDS_AT + 8 : RECORDS_AT + 24] = bytes(range(16))
    return bytes(data)


@pytest.mark.parametrize(("change", "code"), [(old_compression, "bak.old_compression"), (encrypted, "bak.encrypted")])
@pytest.mark.parametrize("is_proven", [True, False], ids=["hashed", "unhashed"])
def test_what_can_not_be_looked_into_is_said_and_is_a_warning_where_nothing_else_proves_it(
    tmp_path, change, code, is_proven
):
    content = change(made(tmp_path / "erp.bak", compressed=True))
    wrong, said = heard(content, is_proven=is_proven)

    assert wrong is None
    assert (said.code, said.severity) == (code, Severity.INFO if is_proven else Severity.WARNING)


def test_closed_pages_of_a_compressed_backup_are_said_only_where_no_hash_proves_them(tmp_path):
    content = made(tmp_path / "erp.bak", compressed=True)

    assert heard(content, is_proven=True) == (None, None)
    assert heard(content, is_proven=False)[1].code == "bak.pages_closed"
    assert heard(made(tmp_path / "clear.bak"), is_proven=False) == (None, None)


def test_other_content_is_nothing_to_it_unless_it_must_be_a_backup():
    content = b"SQLite format 3\x00" + bytes(9000)

    assert heard(content, is_proven=False) == (None, None)
    assert heard(content, is_proven=True, must_be_one=True)[0].code == "bak.not_a_backup"
