"""``verify --depth content`` reads SQL Server's files in old archives: the original program's, and those of nobody."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from pathlib import Path

import pytest
from cli.command_line import CommandLine, Ran
from engines.bak_world import made
from support.bak_content import PAGE
from support.bak_walk import Walk
from support.lost import Story, original_set, small_backup

SAMPLES = os.environ.get("REXUS_BAK_SAMPLES", "")
NAME = "20250806_143052"


@pytest.fixture(autouse=True)
def _aside(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("DB_SERVER", raising=False)


def verify(folder: Path, *words: str) -> Ran:
    return CommandLine(folder)("--lang", "en", "verify", *(words or ("--all",)), "--depth", "content", "--json")


def flipped(content: bytes, at: int) -> bytes:
    data = bytearray(content)
    data[at] ^= 0x10
    return bytes(data)


def cut(content: bytes) -> bytes:
    return content[: len(content) * 2 // 3]


def exchanged(content: bytes) -> bytes:
    """Two pages in each other's place."""
    first, second = 40 * 1024, 56 * 1024
    data = bytearray(content)
    data[first : first + 8192], data[second : second + 8192] = data[second : second + 8192], data[first : first + 8192]
    return bytes(data)


DAMAGES = {
    "truncated": (cut, {"bak.truncated"}),
    "flipped": (lambda content: flipped(content, len(content) // 2), {"bak.csum", "bak.page_checksum"}),
    "exchanged": (exchanged, {"bak.extent_order", "bak.page_foreign", "bak.block_damaged", "bak.page_checksum"}),
}


def test_a_sound_old_set_passes(tmp_path):
    original_set(tmp_path, NAME, {"users": small_backup()})
    ran = verify(tmp_path)

    assert ran.code == 0, ran.out
    assert ran.json["sets"][0]["tick"] == "content"


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_was_damaged_before_it_was_packed_is_found_though_its_hash_is_right(tmp_path, damage):
    """Its manifest promises just these bytes: only whoever reads the backup itself can tell."""
    change, expected = DAMAGES[damage]
    original_set(tmp_path, NAME, {"users": change(small_backup())})
    ran = verify(tmp_path)

    assert ran.code == 2, ran.out
    assert not ran.json["sets"][0]["ok"]
    assert ran.codes & expected, ran.codes


def test_other_content_of_the_original_program_is_no_business_of_the_reader(tmp_path):
    original_set(tmp_path, NAME, {"users": b"SQLite format 3\x00" + bytes(5000)})
    assert verify(tmp_path).code == 0


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_files_without_any_manifest_are_read_too(tmp_path, damage, packed):
    folder = tmp_path / "rescate"
    story = Story(folder)
    story.full("sana.bak")
    story.full("mala.bak")
    change, _ = DAMAGES[damage]
    path = folder / "mala.bak"
    content = change(path.read_bytes())
    path.write_bytes(content)
    if packed:
        path.with_name("mala.bak.gz").write_bytes(gzip.compress(content))
        path.unlink()
    ran = verify(folder)
    verdicts = {one["set"]: one["ok"] for one in ran.json["sets"]}

    assert verdicts.get("20260310_020000") is True
    assert not verdicts.get("20260310_021000", False)
    assert damage == "truncated" or ran.code == 2, ran.out


def test_damage_in_one_of_several_backups_in_a_file_condemns_that_one_alone(tmp_path):
    folder = tmp_path / "rescate"
    story = Story(folder)
    story.full("todo.bak")
    half = (folder / "todo.bak").stat().st_size
    story.full("todo.bak", append=True)
    path = folder / "todo.bak"
    path.write_bytes(flipped(path.read_bytes(), half + half // 2))
    verdicts = {one["set"]: one["ok"] for one in verify(folder).json["sets"]}

    assert verdicts == {"20260310_020000": True, "20260310_021000": False}


def test_stripes_are_judged_together(tmp_path):
    folder = tmp_path / "rescate"
    Story(folder).full("erp.bak", stripes=2)
    assert verify(folder).code == 0
    for path in folder.glob("2_*"):
        path.write_bytes(flipped(path.read_bytes(), path.stat().st_size // 2))
    assert verify(folder).code == 2


def test_of_pages_that_stay_closed_nothing_is_claimed(tmp_path):
    """Compressed by the server: its parts have checksums, the pages in them were not seen."""
    folder = tmp_path / "rescate"
    folder.mkdir()
    made(folder / "erp.bak", compressed=True)
    ran = verify(folder)

    assert (ran.code, ran.codes) == (0, {"bak.pages_closed"})


def test_encrypted_pages_are_told_and_no_proof(tmp_path):
    """TDE: every page is in its place, and no checksum agrees with what can be read."""
    folder = tmp_path / "rescate"
    folder.mkdir()
    encrypted = _encrypted(made(folder / "erp.bak"))
    (folder / "erp.bak").write_bytes(encrypted)
    loose = verify(folder)
    original_set(tmp_path / "original", NAME, {"erp": encrypted})
    hashed = verify(tmp_path / "original")

    assert (loose.code, loose.codes) == (1, {"bak.pages_encrypted"})
    assert (hashed.code, hashed.codes) == (0, {"bak.pages_encrypted"})


def _encrypted(content: bytes) -> bytes:
    """With TDE the headers of pages are in clear and their content is not."""
    begin, end = Walk(content).all("MQDA")[0]
    begin, data = begin + 2, bytearray(content)
    for at in [begin, *range(begin + 8 * PAGE, end, PAGE)]:
        if any(data[at : at + 96]):
            data[at + 96 : at + PAGE] = bytes(value ^ 0xA5 for value in data[at + 96 : at + PAGE - 1]) + b"!"
    return bytes(data)


@pytest.mark.skipif(not SAMPLES, reason="REXUS_BAK_SAMPLES names no folder of real backups with headers.json")
def test_real_backups_pass_and_a_flipped_bit_does_not(tmp_path):
    folder = tmp_path / "rescate"
    folder.mkdir()
    real = Path(SAMPLES) / "RestoreTimeClean"
    for path in real.iterdir():
        content = path.read_bytes()
        (folder / f"{path.name}.gz").write_bytes(gzip.compress(content, 1))
    assert verify(folder).code == 0

    biggest = max(real.iterdir(), key=lambda path: path.stat().st_size)
    damaged = flipped(biggest.read_bytes(), biggest.stat().st_size // 2)
    (folder / f"{biggest.name}.gz").write_bytes(gzip.compress(damaged, 1))
    original_set(tmp_path / "original", NAME, {"RestoreTimeClean": damaged})
    assert hashlib.md5(damaged).hexdigest() != hashlib.md5(biggest.read_bytes()).hexdigest()
    for place in (folder, tmp_path / "original"):
        ran = verify(place)
        assert ran.code == 2, ran.out
        assert "bak.page_checksum" in ran.codes


@pytest.mark.parametrize("content", [b"SQLite format 3\x00" + bytes(5000), b"anything" * 999, small_backup()])
def test_what_has_no_hash_and_is_not_known_for_a_servers_is_not_proven(tmp_path, content):
    original_set(tmp_path, NAME, {"users": content})
    manifest = tmp_path / f"backup_manifest_{NAME}.json"
    whole = json.loads(manifest.read_text("utf-8"))
    whole["databases"]["users"]["checksum"] = ""
    manifest.write_text(json.dumps(whole), "utf-8")
    ran = verify(tmp_path)

    assert ran.code == 2, ran.out
    assert ran.codes == {"verify.content_hash"}


def test_a_deeper_check_finds_what_a_lighter_one_does(tmp_path):
    """Of another engine than the configured one, so nobody but the reader can tell."""
    original_set(tmp_path, NAME, {"users": b"TAPE" + bytes(5000)})
    for depth in ("content", "engine"):
        ran = CommandLine(tmp_path)("--lang", "en", "verify", NAME, "--depth", depth, "--json")
        assert (ran.code, ran.codes) == (2, {"bak.block_damaged"})
