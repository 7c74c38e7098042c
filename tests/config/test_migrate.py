"""The three older shapes: what is taken, what is left, and nothing is silent."""

from __future__ import annotations

import json

import pytest

from rexus.modules.backup.base.errors import BadInput
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import Problem
from rexus.modules.backup.base.texts import sentence
from rexus.modules.backup.config.load import load, read_document, save
from rexus.modules.backup.config.migrate import import_old

FLAT = {
    "backup_dir": "respaldos",
    "backup_schedule": "weekly",
    "backup_time": "3:30",
    "retention_days": 45,
    "compress_backups": False,
    "backup_databases": ["users"],
    "notification_enabled": True,
    "auto_cleanup": False,
    "otra": 1,
}
ORIGINAL = {
    "backup_dir": "backups",
    "max_backups": 20,
    "compress": True,
    "verify_integrity": False,
    "schedule_time": "04:15",
    "email_notifications": True,
    "email_recipients": ["a@b.c"],
    "encrypt_backups": True,
    "encryption_key": "muy-secreta",
}
RICH = {
    "backup_configuration": {
        "version": "1.0",
        "databases": {"users": {"priority": "high", "retention_days": 90}},
        "schedules": {
            "daily_full_backup": {"time": "02:00", "type": "full"},
            "weekly_verification": {"day": "sunday", "time": "03:00"},
            "monthly_cleanup": {"day": 1, "time": "01:00"},
        },
        "storage": {
            "base_directory": "copias",
            "compression": {"enabled": True, "level": 6},
            "encryption": {"enabled": False},
        },
        "retention_policy": {"daily": 10, "weekly": 4, "monthly": 6, "yearly": 2},
        "notifications": {"email": {"enabled": True}, "system": {"log_level": "DEBUG", "log_retention_days": 15}},
        "recovery_testing": {"enabled": True},
    }
}


@pytest.mark.parametrize(
    ("old", "shape", "expected"),
    [
        (
            FLAT,
            "flat",
            {"root": "respaldos", "retention.daily": 45, "compression.codec": "none", "retention.after_backup": False},
        ),
        (ORIGINAL, "original", {"root": "backups", "retention.daily": 20, "verification.after_backup": "stored"}),
        (RICH, "rich", {"root": "copias", "retention.yearly": 2, "logs.level": "debug", "logs.keep_days": 15}),
    ],
)
def test_what_is_taken_loads_again(old, shape, expected, tmp_path):
    (tmp_path / "old.json").write_text(json.dumps(old), "utf-8")
    path = tmp_path / "backup_config.json"
    path.write_text("{\n  // mía\n}\n", "utf-8")

    imported = import_old(tmp_path / "old.json")
    save(path, read_document(path), imported.changes, RealFiles())

    assert imported.shape == shape
    assert expected.items() <= imported.changes.items()
    assert "// mía" in path.read_text("utf-8")
    assert load(path).settings.schedules[0].times[0] in ("03:30", "04:15", "02:00")


@pytest.mark.parametrize("old", [FLAT, ORIGINAL])
def test_every_old_setting_is_told_of(old, tmp_path):
    (tmp_path / "old.json").write_text(json.dumps(old), "utf-8")

    imported = import_old(tmp_path / "old.json")

    told = {one.old for one in imported.taken} | {one.old for one in imported.left}
    assert set(old) - told <= {"backup_time"}
    assert "muy-secreta" not in repr(imported)
    assert all(sentence(Problem(code=one.why)).message for one in imported.left)


def test_wrong_values_are_left_with_a_reason(tmp_path):
    (tmp_path / "old.json").write_text(json.dumps({"max_backups": "muchos", "schedule_time": "99:99"}), "utf-8")

    imported = import_old(tmp_path / "old.json")

    assert imported.changes == {}
    assert {one.why for one in imported.left} == {"import.bad_value"}


def test_anything_else_is_refused(tmp_path):
    (tmp_path / "old.json").write_text('{"hola": 1}', "utf-8")

    with pytest.raises(BadInput) as refused:
        import_old(tmp_path / "old.json")

    assert refused.value.code == "import.shape"
