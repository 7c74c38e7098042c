"""Manifests: written whole, read with suspicion."""

from __future__ import annotations

import hashlib
import json
import os
import posixpath
import re
import subprocess
import tempfile
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rexus.modules.backup.base.engine_facts import EngineFacts
from rexus.modules.backup.base.errors import BackupError, BadInput, Damaged, Refused
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import (
    BackupKind,
    Check,
    Codec,
    DatabaseBackup,
    Depth,
    FileCopy,
    FileSetBackup,
    Manifest,
    Origin,
    Pin,
    Problem,
    SetStatus,
)
from rexus.modules.backup.base.texts import sentence
from rexus.modules.backup.catalog import manifest as manifests
from rexus.modules.backup.catalog.index import Catalog
from rexus.modules.backup.catalog.names import inside, is_plain

NOW = datetime(2025, 8, 6, 14, 30, 52, tzinfo=UTC)
SET = "20250806_143052"
FILE = f"backup_manifest_{SET}.json"


def small(**changes: object) -> Manifest:
    check = Check(depth=Depth.CONTENT, at=NOW, ok=True, database="users", stored_sha256="a" * 64)
    users = DatabaseBackup(
        status=SetStatus.COMPLETED,
        file=f"databases/users_{SET}.bak.gz",
        size_bytes=10,
        stored_bytes=7,
        checksum="c" * 64,
        stored_sha256="a" * 64,
        codec=Codec.GZIP,
        facts=EngineFacts(engine="sqlite", row_counts={"usuarios": 3}),
        checks=(check,),
    )
    copy = FileCopy(source="config/ñandú.json", backup=f"config/{SET}/config/ñandú.json", size_bytes=3)
    made = Manifest(
        timestamp=SET,
        started_at=NOW,
        status=SetStatus.COMPLETED,
        databases={"users": users},
        config=FileSetBackup(status=SetStatus.COMPLETED, files=(copy,)),
        integrity_check=("✓ users: Integridad verificada",),
    )
    return msgspec.structs.replace(made, **changes)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
parts = st.text("abcñ日 -_.()", min_size=1, max_size=8).filter(lambda part: bool(part.strip(". ")))
paths = st.lists(parts, min_size=1, max_size=4).map("/".join)
zones = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-3))])
instants = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=zones)
floats = st.floats(0, 1e9)
sizes = st.integers(0, 2**40)
problems = st.builds(Problem, code=texts, values=st.dictionaries(texts, texts | st.integers(-(2**63), 2**63 - 1)))
checks = st.builds(Check, depth=..., at=instants, ok=..., database=texts, stored_sha256=texts, seconds=floats,
                   problem=st.none() | problems,
                   row_counts=st.none() | st.dictionaries(texts, sizes, max_size=3))  # fmt: skip
facts = st.builds(EngineFacts, engine=texts, first_lsn=st.none() | texts, page_count=st.none() | sizes)
databases = st.builds(
    DatabaseBackup, status=..., kind=..., file=st.none() | paths.map("databases/{}".format), size_bytes=sizes,
    stored_bytes=sizes, checksum=texts, codec=..., recipients=st.lists(texts, max_size=2).map(tuple),
    started_at=st.none() | instants, completed_at=st.none() | instants, seconds=floats,
    facts=st.none() | facts, checks=st.lists(checks, max_size=3).map(tuple), problem=st.none() | problems,
)  # fmt: skip


def copies(kind: str) -> st.SearchStrategy[FileCopy]:
    return st.builds(FileCopy, source=paths, backup=paths.map(f"{kind}/{{}}".format), size_bytes=sizes,
                     mode=st.none() | st.integers(0, 0o7777), mtime_ns=st.none() | sizes,
                     folder=..., private=...)  # fmt: skip


def file_sets(kind: str) -> st.SearchStrategy[FileSetBackup]:
    return st.builds(FileSetBackup, status=..., files=st.lists(copies(kind), max_size=3).map(tuple),
                     checks=st.lists(checks, max_size=2).map(tuple),
                     problems=st.lists(problems, max_size=2).map(tuple))  # fmt: skip


whole = st.builds(
    Manifest, timestamp=st.just(SET), type=st.sampled_from(BackupKind), started_at=instants,
    completed_at=st.none() | instants, status=..., databases=st.dictionaries(parts, databases, max_size=3),
    config=st.none() | file_sets("config"), application=st.none() | file_sets("application"),
    integrity_check=st.lists(texts, max_size=3).map(tuple), origin=st.sampled_from(Origin), set_id=texts, zone=texts,
    pin=st.none() | st.builds(Pin, name=texts, until=st.none() | instants, by=texts),
    deleting_since=st.none() | instants, problems=st.lists(problems, max_size=2).map(tuple), seconds=floats,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(whole)
def test_what_is_written_is_read_back(made: Manifest) -> None:
    text = manifests.to_text(made)
    again = manifests.parse(text, FILE, Path("nowhere"))
    assert msgspec.structs.replace(again, manifest_sha256="") == made
    zeroed = text.replace(again.manifest_sha256.encode(), b"0" * 64)
    assert hashlib.sha256(zeroed).hexdigest() == again.manifest_sha256


def test_text_is_for_people_and_for_sed(tmp_path: Path) -> None:
    published = manifests.publish(tmp_path, RealFiles(), small())
    path = tmp_path / FILE
    text = path.read_text(encoding="utf-8")
    assert "ñandú" in text
    assert "✓ users" in text
    assert text.startswith('{\n  "timestamp": "20250806_143052",\n  "type": "full"')
    assert list(json.loads(text))[:4] == ["timestamp", "type", "started_at", "completed_at"]
    assert manifests.read(path, tmp_path) == published
    assert [one.name for one in tmp_path.iterdir()] == [FILE]


@pytest.mark.skipif(os.name == "nt", reason="sed and sha256sum")
def test_the_command_in_the_manual_proves_the_hash(tmp_path: Path) -> None:
    published = manifests.publish(tmp_path, RealFiles(), small())
    manual = (Path(__file__).parents[2] / "docs" / "manifest.md").read_text(encoding="utf-8")
    command = re.search(r"```sh\n(sed .*?)```", manual, re.DOTALL)
    assert command is not None
    environment = {**os.environ, "M": str(tmp_path / FILE)}
    told = subprocess.run(["sh", "-c", command[1]], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.split()[0] == published.manifest_sha256


def test_every_flipped_bit_is_noticed() -> None:
    text = bytearray(manifests.to_text(small()))
    for place in range(0, len(text) * 8, 7):
        text[place // 8] ^= 1 << place % 8
        with pytest.raises((Damaged, BadInput)):
            manifests.parse(bytes(text), FILE, Path("nowhere"))
        text[place // 8] ^= 1 << place % 8
    for end in range(0, len(text), 11):
        with pytest.raises(Damaged):
            manifests.parse(bytes(text[:end]), FILE, Path("nowhere"))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=15,
)
keys = st.sampled_from([*Manifest.__struct_fields__, "directories"])


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200) | st.dictionaries(keys, json_values).map(lambda it: json.dumps(it).encode()))
def test_garbage_ends_in_a_named_error_and_hides_nothing(garbage: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        manifests.publish(root, RealFiles(), small())
        (root / "backup_manifest_20240101_000000.json").write_bytes(garbage)
        listing = Catalog(root, RealFiles()).entries()
        assert SET in [one.set for one in listing.sets]
        assert len(listing.sets) + len(listing.problems) == 2
        assert all(sentence(one).fix for one in listing.problems)


def sealed(text: str) -> bytes:
    """``text`` with the right hash in it, as somebody would write who knows the format."""
    blank = re.sub(r'("manifest_sha256": ")[0-9a-f]*', rf"\g<1>{'0' * 64}", text).encode()
    return blank.replace(b"0" * 64, hashlib.sha256(blank).hexdigest().encode())


def code_of(data: bytes, name: str = FILE, root: Path = Path("nowhere")) -> str:
    with pytest.raises(BackupError) as caught:
        manifests.parse(data, name, root)
    told = sentence(caught.value.problem)
    assert told.message
    assert told.safe
    assert told.fix
    assert "?" not in told.message
    return caught.value.code


HOSTILE = [
    "../../etc/passwd",
    "/etc/passwd",
    "C:/Windows/x",
    "databases/../../x",
    "databases/..\\x",
    "databases//x",
    "databases/./x",
    "databases/.. /x",
    "databases/x\\u0000y",
    "backup_manifest_20240101_000000.json",
    "logs/audit.jsonl",
    "",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_paths_are_refused(name: str) -> None:
    text = manifests.to_text(small()).decode()
    escaped = name.replace("\\x", "\\\\x")
    assert code_of(sealed(text.replace(f"databases/users_{SET}.bak.gz", escaped))) == "manifest.hostile_path"
    if not name.startswith(("logs", "backup_manifest", "C:")) and name not in ("databases/..\\x", "databases/.. /x"):
        assert code_of(sealed(text.replace('"config/ñandú.json"', f'"{escaped}"'))) == "manifest.hostile_path"
    assert code_of(sealed(text.replace(f"config/{SET}/config/ñandú.json", escaped))) == "manifest.hostile_path"


@pytest.mark.parametrize("name", ["../x", "a/b", "", "x\\u001b[2J", "C:x"])
def test_hostile_database_names_are_refused(name: str) -> None:
    text = manifests.to_text(small()).decode()
    assert code_of(sealed(text.replace('"users": {', f'"{name}": {{'))) == "manifest.hostile_path"


def test_nothing_lies_behind_a_copied_link() -> None:
    link = FileCopy(source="Docs", backup=f"config/{SET}/Docs", link_target="/etc")
    behind = FileCopy(source="Docs/passwd", backup=f"config/{SET}/Docs/passwd")
    text = manifests.to_text(small(config=FileSetBackup(status=SetStatus.COMPLETED, files=(link, behind))))
    assert code_of(text) == "manifest.hostile_path"
    disguised = FileCopy(source="%%%44ocs/passwd", backup=f"config/{SET}/passwd")
    text = manifests.to_text(small(config=FileSetBackup(status=SetStatus.COMPLETED, files=(link, disguised))))
    assert code_of(text) == "manifest.hostile_path"
    alone = manifests.to_text(small(config=FileSetBackup(status=SetStatus.COMPLETED, files=(link,))))
    assert manifests.parse(alone, FILE, Path("nowhere")).config is not None


@pytest.mark.parametrize("source", ["config/a\\b.txt", "...", "C:x", "a/.. /b", "%%a%5Cb", "%%\u2026%FF"])
def test_odd_names_of_the_application_are_only_told(source: str) -> None:
    copy = FileCopy(source=source, backup=f"config/{SET}/x")
    text = manifests.to_text(small(config=FileSetBackup(status=SetStatus.COMPLETED, files=(copy,))))
    found = manifests.parse(text, FILE, Path("nowhere")).config
    assert found is not None
    assert found.files == (copy,)


@pytest.mark.parametrize("source", ["%%%2E%2E/x", "%%/etc", "%%a%2F..%2Fb", "%%a%00", "a/../b"])
def test_no_source_leaves_the_application_in_disguise(source: str) -> None:
    copy = FileCopy(source=source, backup=f"config/{SET}/x")
    text = manifests.to_text(small(config=FileSetBackup(status=SetStatus.COMPLETED, files=(copy,))))
    assert code_of(text) == "manifest.hostile_path"


def test_names_that_differ_by_case_only_are_left_to_the_restore() -> None:
    link = FileCopy(source="Foo", backup=f"config/{SET}/Foo", link_target="foo")
    beside = FileCopy(source="foo/x", backup=f"config/{SET}/foo/x")
    text = manifests.to_text(small(config=FileSetBackup(status=SetStatus.COMPLETED, files=(link, beside))))
    assert manifests.parse(text, FILE, Path("nowhere")).config is not None


def test_each_kind_of_trouble_has_its_name(tmp_path: Path) -> None:
    good = manifests.to_text(small())
    text = good.decode()
    assert code_of(good, "backup_manifest_20250806_143053.json") == "manifest.name_mismatch"
    assert code_of(good, f"backup_manifest_{SET} (copy).json") == "manifest.bad_name"
    assert code_of(good.replace(b'"schema_version": 1', b'"schema_version": 2')) == "manifest.newer"
    huge = b'"schema_version": 1' + b"0" * 50
    assert code_of(good.replace(b'"schema_version": 1', huge)) in ("manifest.newer", "manifest.damaged")
    assert code_of(good.replace(b'"schema_version": 1', b'"schema_version": "1"')) == "manifest.damaged"
    assert code_of(sealed(text.replace('"schema_version": 1', '"schema_version": 0'))) == "manifest.damaged"
    assert code_of(sealed(text.replace('"size_bytes": 10', '"size_bytes": -1'))) == "manifest.damaged"
    assert code_of(sealed(text.replace('"size_bytes": 10', '"size_bytes": 1e300'))) == "manifest.damaged"
    assert code_of(sealed(text.replace('"size_bytes": 10', '"size_bytes": 9007199254740993'))) == "manifest.damaged"
    assert code_of(sealed(text.replace("14:30:52Z", "14:30:52"))) == "manifest.damaged"
    for odd in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1969-12-31T00:00:00Z"):
        assert code_of(sealed(text.replace("2025-08-06T14:30:52Z", odd))) == "manifest.damaged"
    assert code_of(good.replace(b'"size_bytes": 10', b'"size_bytes": 11')) == "manifest.hash"
    assert code_of(b" " * (manifests.MAX_BYTES + 1)) == "manifest.too_big"
    assert code_of(b"[" * 100_000) == "manifest.too_deep"
    assert code_of(good[:-3] + b',"more":' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}") == "manifest.too_deep"
    assert code_of(b'{"a":"' + b'\\"[' * 200_000) == "manifest.damaged"
    for data in (b"", b"null", b"[]", b"{}", b'{"timestamp": null}', b"\xff\xfe{}", b'{"databases": {"a": 1}}'):
        assert code_of(data) == "manifest.damaged"


BRACKETS = st.text(alphabet='[]{}"\\\\/a', max_size=40)


@settings(max_examples=300)
@given(st.lists(st.booleans(), min_size=20, max_size=45), st.lists(BRACKETS, max_size=20))
def test_only_what_is_nested_too_deep_is_called_so(levels: list[bool], strings: list[str]) -> None:
    """Brackets in strings, and many side by side, are no depth."""
    nested: object = strings
    for is_list in levels:
        nested = [nested, *strings, []] if is_list else {"a": nested, "b": {}, "c".join(("", *strings)): 1}
    depth = len(levels) + 2  # the strings' own list and the outermost
    code = code_of(json.dumps({"timestamp": 1, "x": nested}, ensure_ascii=False).encode())
    assert (code == "manifest.too_deep") == (depth > manifests.MAX_DEPTH)


def test_members_of_tomorrow_are_no_obstacle() -> None:
    text = manifests.to_text(small()).decode().replace('  "origin"', '  "colour": [1, {"x": null}],\n  "origin"')
    assert manifests.parse(sealed(text), FILE, Path("nowhere")).origin is Origin.MANUAL


def test_only_ordinary_files_are_opened(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.mkdir()
    with pytest.raises(Damaged, match=r"manifest\.damaged"):
        manifests.read(path, tmp_path)
    with pytest.raises(Damaged, match=r"manifest\.unreadable"):
        manifests.read(tmp_path / "backup_manifest_20250101_000000.json", tmp_path)
    if hasattr(os, "mkfifo"):
        path.rmdir()
        os.mkfifo(path)
        with pytest.raises(Damaged, match=r"manifest\.damaged"):
            manifests.read(path, tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_inside_follows_no_link_out_of_the_root(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "databases").mkdir(parents=True)
    (root / "databases" / "out").symlink_to(tmp_path)
    (root / "databases" / "loop").symlink_to("loop")
    (root / "databases" / "in").symlink_to("../databases")
    assert inside(root, "databases/in/x").name == "x"
    assert inside(root, "databases/out", follow=False) == root / "databases" / "out"
    for name in ("databases/out", "databases/out/x"):
        with pytest.raises(Damaged, match="hostile_path"):
            inside(root, name)
    with pytest.raises(Damaged, match="hostile_path"):
        inside(root, "databases/out/x", follow=False)
    with pytest.raises(Damaged, match="hostile_path"):
        inside(root, "../x")


@given(st.text("./\\ab:\0 \ud800", max_size=8))
def test_a_plain_name_stays_below_its_root(name: str) -> None:
    if is_plain(name):
        joined = posixpath.normpath(f"/root/{name}")
        assert joined.startswith("/root/")
        assert "\\" not in name
        name.encode()


def test_what_could_not_be_read_is_never_written(tmp_path: Path) -> None:
    manifests.publish(tmp_path, RealFiles(), small())
    before = (tmp_path / FILE).read_bytes()
    absolute = FileCopy(source="/a", backup="config/a")
    endless = FileCopy(source="a", backup="config/a", size_bytes=2**70)
    bad = [
        small(seconds=float("inf")),
        small(started_at=NOW.replace(tzinfo=None)),
        small(zone="\ud800"),
        small(timestamp="../x"),
        small(config=FileSetBackup(status=SetStatus.COMPLETED, files=(absolute,))),
        small(config=FileSetBackup(status=SetStatus.COMPLETED, files=(endless,))),
    ]  # fmt: skip
    for one in bad:
        with pytest.raises(Refused, match=r"manifest\.unwritable"):
            manifests.publish(tmp_path, RealFiles(), one)
    assert (tmp_path / FILE).read_bytes() == before
