"""Every value that is read from backups of real servers is the one that is known of them (`headers.json`)."""

import gzip
import io
import json
import os
import random
from datetime import datetime
from pathlib import Path

import pytest

from rexus.modules.backup.engines.bak import BakReader, check_file, check_media, read_headers
from rexus.modules.backup.engines.bak_records import BakReport, MediaContents, SetContents
from rexus.modules.backup.engines.headers import FileEntry, MediaLabel

FOLDER = os.environ.get("REXUS_BAK_SAMPLES", "")
KNOWN = json.loads((Path(FOLDER) / "headers.json").read_text("utf-8")) if FOLDER else {"files": {}, "stripe_sets": {}}
NAMES = sorted(KNOWN["files"])

pytestmark = pytest.mark.skipif(
    not FOLDER, reason="REXUS_BAK_SAMPLES names no folder of real backups with headers.json"
)
each_sample = pytest.mark.parametrize("name", NAMES or ["none"])

HEADER = {
    "BackupName": "name",
    "BackupDescription": "description",
    "BackupType": "type",
    "ExpirationDate": "expires_at",
    "Compressed": "compressed",
    "Position": "position",
    "UserName": "user",
    "ServerName": "server",
    "DatabaseName": "database",
    "DatabaseVersion": "database_version",
    "DatabaseCreationDate": "created_at",
    "BackupSize": "size_bytes",
    "FirstLSN": "first_lsn",
    "LastLSN": "last_lsn",
    "CheckpointLSN": "checkpoint_lsn",
    "DatabaseBackupLSN": "database_backup_lsn",
    "BackupStartDate": "started_at",
    "BackupFinishDate": "finished_at",
    "SortOrder": "sort_order",
    "UnicodeLocaleId": "locale_id",
    "UnicodeComparisonStyle": "comparison_style",
    "CompatibilityLevel": "compatibility_level",
    "SoftwareVersionMajor": "software_major",
    "SoftwareVersionMinor": "software_minor",
    "SoftwareVersionBuild": "software_build",
    "MachineName": "machine",
    "Flags": "flags",
    "BindingID": "binding_id",
    "RecoveryForkID": "recovery_fork",
    "Collation": "collation",
    "FamilyGUID": "family_guid",
    "HasBulkLoggedData": "has_bulk_logged_data",
    "IsSnapshot": "is_snapshot",
    "IsReadOnly": "is_read_only",
    "IsSingleUser": "is_single_user",
    "HasBackupChecksums": "has_checksums",
    "IsDamaged": "is_damaged",
    "BeginsLogChain": "begins_log_chain",
    "HasIncompleteMetaData": "has_incomplete_metadata",
    "IsForceOffline": "is_force_offline",
    "IsCopyOnly": "is_copy_only",
    "FirstRecoveryForkID": "first_recovery_fork",
    "ForkPointLSN": "fork_point_lsn",
    "RecoveryModel": "recovery_model",
    "DifferentialBaseLSN": "differential_base_lsn",
    "DifferentialBaseGUID": "differential_base_guid",
    "BackupSetGUID": "set_guid",
    "CompressedBackupSize": "compressed_bytes",
    "TimeZone": "utc_offset_minutes",
}
CONSTANT = {"DeviceType", "CodePage", "SoftwareVendorId", "Containment", "BackupTypeDescription"}
"""Columns that are the same for all, or follow from another."""
FILE = {
    "LogicalName": "logical_name",
    "PhysicalName": "physical_name",
    "Type": "type",
    "Size": "size_bytes",
    "MaxSize": "max_bytes",
    "Growth": "growth",
    "GrowthIsPercent": "growth_is_percent",
    "FileId": "file_id",
    "CreateLSN": "create_lsn",
    "DropLSN": "drop_lsn",
    "UniqueId": "unique_id",
    "BackupSizeInBytes": "backup_bytes",
    "SourceBlockSize": "source_block_bytes",
    "FileGroupId": "file_group_id",
    "FileGroupName": "file_group",
    "DifferentialBaseLSN": "differential_base_lsn",
    "DifferentialBaseGUID": "differential_base_guid",
}
LABEL = {
    "MediaName": "media_name",
    "MediaSetId": "media_set_id",
    "FamilyCount": "family_count",
    "FamilySequenceNumber": "family_sequence",
    "MediaFamilyId": "family_id",
    "MediaSequenceNumber": "media_sequence",
    "MediaDescription": "description",
    "SoftwareName": "software",
    "MediaDate": "written_at",
    "IsCompressed": "compressed",
}
LABEL_CONSTANT = {"MediaLabelPresent", "SoftwareVendorId", "MirrorCount"}
LSN = "LSN"
DATES = {"ExpirationDate", "DatabaseCreationDate", "BackupStartDate", "BackupFinishDate", "MediaDate"}


def expected(column: str, value: object) -> object:
    """What `headers.json` says, as our records say it."""
    if column.endswith(LSN):
        return None if value is None else int(str(value))
    if column in DATES:
        return None if value is None else datetime.fromisoformat(str(value))
    if column == "TimeZone":
        return int(str(value)) * 15
    if value is None and not column.startswith("DifferentialBase"):
        return ""
    return value


def columns(record: MediaLabel | SetContents | FileEntry | object, names: dict[str, str]) -> dict[str, object]:
    return {column: getattr(record, member) for column, member in names.items()}


def compare(contents: MediaContents, known: dict[str, object]) -> None:
    label = known["label"]
    assert isinstance(label, dict) and set(label) == set(LABEL) | LABEL_CONSTANT
    assert columns(contents.label, LABEL) == {c: expected(c, label[c]) for c in LABEL}
    assert contents.label is not None
    assert contents.label.block_bytes == known["block_bytes"]
    assert contents.label.has_password == known["media_password"]
    sets = known["sets"]
    assert isinstance(sets, list) and len(contents.sets) == len(sets)
    for found, one in zip(contents.sets, sets, strict=True):
        assert set(one["header"]) == set(HEADER) | CONSTANT
        assert columns(found.header, HEADER) == {c: expected(c, one["header"][c]) for c in HEADER}
        assert found.header.page_verify == one["page_verify"]
        assert found.header.finished
        for entry, row in zip(found.files, one["filelist"], strict=True):
            assert set(row) == set(FILE)
            assert columns(entry, FILE) == {c: expected(c, row[c]) for c in FILE}


def checked(content: bytes) -> BakReport:
    return check_file(io.BytesIO(content))


def report_of(name: str) -> BakReport:
    with (Path(FOLDER) / name).open("rb") as file:
        return check_file(file)


@each_sample
def test_all_values_and_counts_are_those_that_are_known(name: str) -> None:
    report = report_of(name)

    known = KNOWN["files"][name]
    assert report.contents.findings == ()
    assert report.size_bytes == report.stream_bytes == known["size"]
    compare(report.contents, known)
    for found, one in zip(report.contents.sets, known["sets"], strict=True):
        counts = {column: getattr(found.counts, column) for column in one["content"]}
        assert counts == one["content"]


@each_sample
def test_a_look_at_the_headers_gives_the_same(name: str, tmp_path: Path) -> None:
    packed = tmp_path / "packed.gz"
    packed.write_bytes(gzip.compress((Path(FOLDER) / name).read_bytes(), 1))

    with (Path(FOLDER) / name).open("rb") as file:
        plain = read_headers(file)
    with gzip.open(packed, "rb") as file:
        unpacked = read_headers(file)  # type: ignore[arg-type]

    compare(plain, KNOWN["files"][name])
    assert plain == unpacked


@each_sample
def test_the_size_of_the_pieces_does_not_matter(name: str) -> None:
    content = (Path(FOLDER) / name).read_bytes()
    whole = report_of(name)

    for size in (997, 65536):
        reader = BakReader()
        for at in range(0, len(content), size):
            piece = bytearray(content[at : at + size])
            reader.feed(memoryview(piece))
            piece[:] = bytes(len(piece))  # a piece is valid until the next alone
        assert reader.finish() == whole


@each_sample
def test_a_cut_or_changed_sample_is_found_out(name: str) -> None:
    content = (Path(FOLDER) / name).read_bytes()
    rng = random.Random(name)

    for size in [*range(len(content) - 512, len(content) - 5000, -512), rng.randrange(6000, len(content))]:
        assert [one.code for one in checked(content[:size]).contents.findings] == ["bak.truncated"]
    for at in (rng.randrange(0, 50), rng.randrange(0x600, 0x634)):
        assert not checked(content[:at] + bytes([content[at] ^ 8]) + content[at + 1 :]).is_sound
    assert [one.code for one in checked(content + bytes(512)).contents.findings] == ["bak.trailing_bytes"]


@pytest.mark.parametrize("names", list(KNOWN["stripe_sets"].values()) or [["none"]], ids=lambda names: names[0])
def test_stripes_are_whole_together_and_alone_they_are_not(names: list[str]) -> None:
    reports = {name: report_of(name) for name in names}

    assert check_media(reports) == ()
    for name, report in reports.items():
        assert [one.code for one in check_media({name: report})] == ["bak.stripe_missing"]


def test_stripes_of_two_media_sets_do_not_go_together() -> None:
    one, other = list(KNOWN["stripe_sets"].values())[:2]

    found = check_media({name: report_of(name) for name in (one[0], other[1])})

    assert {finding.code for finding in found} == {"bak.stripe_foreign", "bak.stripe_missing"}
