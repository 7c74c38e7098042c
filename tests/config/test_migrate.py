"""The three older shapes: what is taken, what is left, and nothing is silent."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.base.errors import BadInput
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import Problem
from rexus.modules.backup.base.texts import sentence
from rexus.modules.backup.config.load import load, read_document, save
from rexus.modules.backup.config.migrate import Imported, import_old
from rexus.modules.backup.config.settings import Settings

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


def leaves(value, above=""):
    """Every old setting by its dotted name."""
    if not isinstance(value, dict) or not value:
        return {above}
    return {one for key, child in value.items() for one in leaves(child, f"{above}.{key}" if above else key)}


@pytest.mark.parametrize("old", [FLAT, ORIGINAL, RICH])
def test_every_old_setting_is_told_of(old, tmp_path):
    (tmp_path / "old.json").write_text(json.dumps(old), "utf-8")

    imported = import_old(tmp_path / "old.json")

    told = {one.old for one in imported.taken} | {one.old for one in imported.left}
    assert told == leaves(old)
    assert "muy-secreta" not in repr(imported)
    assert all(sentence(Problem(code=one.why)).message for one in imported.left)


def test_the_rich_schedules_keep_their_days_and_times(tmp_path):
    (tmp_path / "old.json").write_text(json.dumps(RICH), "utf-8")

    imported = import_old(tmp_path / "old.json")

    assert imported.changes["schedules"] == [
        {"name": "daily_full_backup", "action": "backup", "times": ["02:00"]},
        {"name": "weekly_verification", "action": "verify", "times": ["03:00"], "weekdays": [7]},
        {"name": "monthly_cleanup", "action": "cleanup", "times": ["01:00"], "weekdays": [1], "ordinal": 1},
        {"name": "monthly_drill", "action": "drill", "times": ["04:00"], "weekdays": [7], "ordinal": 1},
    ]
    left = {one.old.removeprefix("backup_configuration."): one.why for one in imported.left}
    assert left["schedules.monthly_cleanup.day"] == "import.first_monday"
    assert left["storage.compression.level"] == "import.other_scale"


@pytest.mark.parametrize(
    "old", [FLAT, ORIGINAL, RICH, {"backup_configuration": {"schedules": {"weekly_verification": {"time": "03:00"}}}}]
)
def test_verification_cleanup_and_restore_tests_stay_beside_the_imported_backup(old, tmp_path):
    (tmp_path / "old.json").write_text(json.dumps(old), "utf-8")
    path = tmp_path / "backup_config.json"
    path.write_text("{}", "utf-8")

    save(path, read_document(path), import_old(tmp_path / "old.json").changes, RealFiles())

    told = load(path).settings.schedules
    assert sorted(one.action for one in told) == ["backup", "cleanup", "drill", "verify"]
    usual = {one.action: one for one in Settings().schedules}
    assert [one for one in told if one.action == "drill"] == [usual["drill"]]
    if old in (FLAT, ORIGINAL):
        assert {one for one in told if one.action != "backup"} == {usual[one] for one in ("verify", "cleanup", "drill")}


@pytest.mark.parametrize(
    "old",
    [
        {"backup_schedule": ["daily"], "backup_time": 3},
        {"backup_schedule": "yearly", "retention_days": True, "compress_backups": "sí", "backup_dir": " "},
        {"max_backups": -1, "schedule_time": None, "verify_integrity": 2, "backup_dir": "x" * 2000},
        {"max_backups": 1e999, "backup_dir": "a\nb"},
    ],
)
def test_nonsense_is_left_and_nothing_is_changed(old, tmp_path):
    (tmp_path / "old.json").write_text(json.dumps(old).replace("Infinity", "1e999"), "utf-8")

    imported = import_old(tmp_path / "old.json")

    assert imported.changes == {}
    assert {one.old for one in imported.left} == set(old)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["02:00", "sunday", "INFO"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=2),
    max_leaves=4,
)


def spoiled(value):
    """The same shape with some values replaced by anything."""
    if not isinstance(value, dict):
        return st.just(value) | json_values
    return st.fixed_dictionaries({}, optional={key: spoiled(child) for key, child in value.items()}) | json_values


@given(st.sampled_from([FLAT, ORIGINAL, RICH]).flatmap(spoiled))
def test_what_is_taken_from_anything_can_be_saved(old):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "backup_config.json"
        path.write_text("{}", "utf-8")
        (Path(folder) / "old.json").write_bytes(json.dumps(old).encode())
        try:
            imported = import_old(Path(folder) / "old.json")
        except BadInput as refused:
            assert refused.code == "import.shape"
            return
        save(path, read_document(path), imported.changes, RealFiles())
        load(path)


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


MAIL = {"enabled": True, "smtp_server": "mail.empresa.example", "smtp_port": 465, "recipients": ["a@b.example"]}


def rich_mail(**more):
    return {"backup_configuration": {"notifications": {"email": MAIL | more}}}


@pytest.mark.parametrize(
    ("more", "on", "enabled"),
    [
        ({}, ["failure", "warning", "digest"], True),
        ({"send_on_success": True, "send_on_failure": True}, ["failure", "warning", "digest", "success"], True),
        ({"send_on_success": True, "send_on_failure": False}, ["digest", "success"], True),
        ({"enabled": False}, ["failure", "warning", "digest"], False),
        ({"smtp_server": ""}, ["failure", "warning", "digest"], False),
        ({"recipients": "a@b.example"}, ["failure", "warning", "digest"], True),
    ],
)
def test_rich_mail_settings_become_a_channel_that_loads(more, on, enabled, tmp_path):
    (tmp_path / "old.json").write_text(json.dumps(rich_mail(password="muy-secreta", **more)), "utf-8")
    path = tmp_path / "backup_config.json"
    path.write_text("{}", "utf-8")

    imported = import_old(tmp_path / "old.json")
    save(path, read_document(path), imported.changes, RealFiles())

    [channel] = load(path).settings.notices.channels
    assert (list(channel.on), channel.enabled) == (on, enabled)
    assert channel.email is not None
    assert (channel.email.port, channel.email.security, channel.email.recipients) == (465, "ssl", ("a@b.example",))
    left = {one.old.rpartition(".")[2]: one.why for one in imported.left}
    assert left["password"] == "import.secret"
    assert "muy-secreta" not in repr(imported)
    assert ("enabled" in left) == (more.get("smtp_server") == "")


@pytest.mark.parametrize("recipients", [[], "", ["sin arroba"], [7], None, {"a": 1}])
def test_mail_that_would_reach_nobody_is_left_and_told(recipients, tmp_path):
    (tmp_path / "old.json").write_text(json.dumps(rich_mail(recipients=recipients)), "utf-8")

    imported = import_old(tmp_path / "old.json")

    assert "notices.channels" not in imported.changes
    assert "import.no_recipients" in {one.why for one in imported.left}


def test_addresses_of_the_original_are_taken_and_wait_for_a_server(tmp_path):
    (tmp_path / "old.json").write_text(json.dumps(ORIGINAL), "utf-8")

    imported = import_old(tmp_path / "old.json")

    [channel] = imported.changes["notices.channels"]
    assert (channel["email"]["recipients"], channel["enabled"]) == (["a@b.c"], False)
    assert ("email_recipients", "import.no_server") in {(one.old, one.why) for one in imported.left}


def test_the_flat_shape_names_nobody(tmp_path):
    (tmp_path / "old.json").write_text(json.dumps(FLAT), "utf-8")

    left = {one.old: one.why for one in import_old(tmp_path / "old.json").left}

    assert left["notification_enabled"] == "import.no_recipients"


OWN = """{
  "schedules": [
    // la nuestra, acordada con la dirección
    {"name": "noche", "action": "backup", "times": ["22:30"]}, // antes del turno
    {"name": "resumen", "action": "digest", "times": ["07:00"], "weekdays": [1]}
    // hasta aquí
  ],
  "notices": {"channels": [{"name": "email", "variable": "AVISO", "on": ["digest"]}]}
}
"""


def taken_into(path: Path, old: object) -> Imported:
    """Import ``old`` into the settings at ``path``, as the verb does; they load afterwards."""
    (path.parent / "old.json").write_text(json.dumps(old), "utf-8")
    document = read_document(path)
    imported = import_old(path.parent / "old.json", document.root.plain())
    save(path, document, imported.changes, RealFiles())
    load(path)
    return imported


@pytest.mark.parametrize("old", [FLAT, ORIGINAL, RICH])
def test_schedules_of_ones_own_stay_and_what_was_not_taken_is_told(old, tmp_path):
    path = tmp_path / "backup_config.json"
    path.write_text(OWN, "utf-8")
    imported = taken_into(path, old)
    text, told = path.read_text("utf-8"), load(path).settings

    for line in OWN.splitlines()[1:7]:
        assert line.removesuffix("}") in text
    assert [one.name for one in told.schedules[:2]] == ["noche", "resumen"]
    assert [one.action for one in told.schedules].count("backup") == 1
    refused = [one for one in imported.left if one.why == "import.own_schedules"]
    assert refused
    assert {one.value["action"] for one in refused} == {"backup"}
    assert {one.old for one in imported.taken} | {one.old for one in imported.left} == leaves(old)
    if old is RICH:  # what nobody does yet is taken over beside them
        assert [one.name for one in told.schedules[2:]] == ["weekly_verification", "monthly_cleanup"]


def test_channels_of_ones_own_stay(tmp_path):
    path = tmp_path / "backup_config.json"
    path.write_text(OWN, "utf-8")
    taken_into(path, ORIGINAL)
    own, mail = load(path).settings.notices.channels
    again = taken_into(path, ORIGINAL)

    assert (own.name, own.variable, own.on) == ("email", "AVISO", ("digest",))
    assert (mail.name, mail.enabled) == ("email_2", False)
    assert len(load(path).settings.notices.channels) == 2
    assert {one.old for one in again.left if one.why == "import.own_channels"} == {
        "email_recipients",
        "email_notifications",
    }


def test_a_schedule_as_by_default_gives_way_and_leaves_its_name_to_a_dead_mans_switch(tmp_path):
    path = tmp_path / "backup_config.json"
    written = [{"name": "daily_full", "action": "backup", "times": ["02:00"]}]
    written += [{"name": "resumen", "action": "digest", "times": ["07:00"]}]
    pings = [{"variable": "PULSO", "schedules": ["daily_full"]}]
    path.write_text(json.dumps({"schedules": written, "notices": {"pings": pings}}), "utf-8")
    imported = taken_into(path, FLAT)

    told = {one.name: one for one in load(path).settings.schedules}
    assert told.keys() == {"daily_full", "resumen"}
    assert (told["daily_full"].times, told["daily_full"].weekdays) == (("03:30",), (1,))
    assert "import.own_schedules" not in {one.why for one in imported.left}


def test_what_is_left_of_a_day_is_told_with_its_schedule(tmp_path):
    """Not that the first Monday was taken, where it was not."""
    path = tmp_path / "backup_config.json"
    path.write_text(json.dumps({"schedules": [{"name": "x", "action": "cleanup", "times": ["05:00"]}]}), "utf-8")
    left = {one.old.removeprefix("backup_configuration.schedules."): one.why for one in taken_into(path, RICH).left}

    assert left["monthly_cleanup.day"] == left["monthly_cleanup.time"] == "import.own_schedules"


@given(
    st.sampled_from([FLAT, ORIGINAL, RICH]),
    st.lists(
        st.fixed_dictionaries(
            {
                "name": st.sampled_from(["daily_full", "imported", "Weekly_Verification", "email", "x"]),
                "action": st.sampled_from(["backup", "verify", "drill", "cleanup", "digest"]),
                "times": st.sampled_from([["02:00"], ["01:00", "13:00"]]),
            }
        ),
        max_size=4,
        unique_by=lambda one: one["name"].casefold(),
    ),
)
def test_nothing_of_ones_own_is_ever_lost_and_a_second_import_changes_nothing(old, own):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "backup_config.json"
        path.write_text(json.dumps({"schedules": own}), "utf-8")
        before = load(path).settings.schedules
        taken_into(path, old)
        after, text = load(path).settings.schedules, path.read_text("utf-8")
        taken_into(path, old)

        usual = set(Settings().schedules)
        assert {one for one in before if one not in usual} <= set(after)
        assert {one.action for one in before} <= {one.action for one in after}
        assert path.read_text("utf-8") == text
