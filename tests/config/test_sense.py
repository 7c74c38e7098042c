"""What settings must not say together, and what they may say but hardly mean: each with a sentence of its own."""

from __future__ import annotations

import json

import pytest

from rexus.modules.backup.base import texts
from rexus.modules.backup.base.texts import sentence
from rexus.modules.backup.config.check import allowed_of
from rexus.modules.backup.config.load import ConfigProblems, findings, load
from rexus.modules.backup.config.settings import Name, Time

BACKUP = {"name": "noche", "action": "backup", "times": ["02:00"]}
CHECK = {"name": "ventas", "database": "users", "query": "select 1"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "backup_config.json"


@pytest.fixture(autouse=True)
def _language_as_before():
    before = texts.language()
    texts.use_language("en")
    yield
    texts.use_language(before)


def told(path, **settings: object) -> dict[str, tuple[str, str]]:
    """Code and message, by key, of everything that is wrong."""
    path.write_text(json.dumps({"databases": {"users": "u.db"}, **settings}), "utf-8")
    with pytest.raises(ConfigProblems) as refused:
        load(path)
    assert all(sentence(one).fix and "?" not in sentence(one).fix for one in refused.value.problems)
    return {str(one.values["key"]): (one.code, sentence(one).message) for one in refused.value.problems}


def unwise(path, **settings: object) -> dict[str, dict[str, object]]:
    """Values, by code, of what is unwise."""
    path.write_text(json.dumps({"databases": {"users": "u.db"}, **settings}), "utf-8")
    found = findings(load(path))
    assert all(sentence(one).fix for one in found)
    return {one.code: dict(one.values) for one in found}


@pytest.mark.parametrize(
    ("settings", "key", "code", "words"),
    [
        (
            {"drill_checks": [{**CHECK, "equals": 1, "query": "DELETE FROM productos"}]},
            "drill_checks[0].query",
            "config.query_writes",
            ["DELETE FROM productos", "only reads"],
        ),
        ({"drill_checks": [CHECK]}, "drill_checks[0]", "config.limit_missing", ['"ventas"', "which answer"]),
        (
            {"drill_checks": [{**CHECK, "equals": 1}, {**CHECK, "name": "VENTAS", "equals": 2}]},
            "drill_checks[1].name",
            "config.twice",
            ['"VENTAS"'],
        ),
        (
            {"drill_checks": [{**CHECK, "within_hours": 3, "equals": 2}]},
            "drill_checks[0].within_hours",
            "config.together",
            ["drill_checks[0].equals"],
        ),
        (
            {"drill_checks": [{**CHECK, "at_least": 10, "at_most": 2.5}]},
            "drill_checks[0].at_least",
            "config.range",
            ["(10.0)", "(2.5)"],
        ),
        (
            {"drill_checks": [{**CHECK, "database": "nada", "equals": 1}]},
            "drill_checks[0].database",
            "config.no_such_database",
            ['"nada"'],
        ),
        ({"audit_database": "nada"}, "audit_database", "config.no_such_database", ['"nada"']),
        ({"health": {"rpo_hours_of": {"x": 2}}}, "health.rpo_hours_of.x", "config.no_such_database", ['"x"']),
        ({"notices": {"channels": [{"name": "a"}]}}, "notices.channels[0]", "config.no_way", ['"a"', "reach"]),
        (
            {
                "notices": {
                    "channels": [{"name": "a", "variable": "X", "email": {"server": "s", "recipients": ["a@b.c"]}}]
                }
            },
            "notices.channels[0].variable",
            "config.together",
            ["notices.channels[0].email"],
        ),
        (
            {"notices": {"pings": [{"variable": "X", "schedules": ["nada"]}]}},
            "notices.pings[0].schedules",
            "config.no_such_schedule",
            ['"nada"'],
        ),
        (
            {"schedules": [{**BACKUP, "weekdays": [1], "days": [3]}]},
            "schedules[0].days",
            "config.together",
            ["schedules[0].weekdays"],
        ),
        (
            {"schedules": [{**BACKUP, "ordinal": 1, "days": [3]}]},
            "schedules[0].days",
            "config.together",
            ["schedules[0].ordinal"],
        ),
        ({"schedules": [{**BACKUP, "ordinal": 1}]}, "schedules[0].ordinal", "config.needs", ["schedules[0].weekdays"]),
        ({"email_notifications": True}, "email_notifications", "config.old_name", ["earlier program"]),
        ({"engine": "nada"}, "engine", "config.value", ['"nada"']),
    ],
)
def test_what_does_not_go_together_has_words_of_its_own(path, settings, key, code, words):
    found = told(path, **settings)

    assert found[key][0] == code
    for word in [*words, key]:
        assert word in found[key][1], found[key][1]


def test_settings_of_an_earlier_program_lead_to_the_import(path):
    path.write_text('{"backup_dir": "copias", "email_notifications": true}', "utf-8")
    with pytest.raises(ConfigProblems) as refused:
        load(path)

    assert {one.code for one in refused.value.problems} == {"config.old_name"}
    assert all("config import FILE" in sentence(one).fix for one in refused.value.problems)


def test_the_name_of_a_variable_is_told_to_be_one(path):
    assert allowed_of(Name) == "the name of a variable: letters, digits, _"
    assert allowed_of(Time) == "HH:MM"
    path.write_text('{"notices": {"pings": [{"variable": "con espacio"}]}}', "utf-8")
    with pytest.raises(ConfigProblems) as refused:
        load(path)
    (one,) = refused.value.problems

    assert "letters, digits, _" in sentence(one).fix
    assert "HH:MM" not in sentence(one).fix


def test_each_meaning_is_one_sentence():
    """A remark of a type and one of the setting would run into each other."""
    from rexus.modules.backup.config.describe import settings_markdown

    (row,) = [line for line in settings_markdown().splitlines() if line.startswith("| `notices.pings[].variable`")]
    assert row.endswith("| name of the secret that holds the address |")


def test_the_defaults_are_wise(path):
    assert unwise(path) == {}


def test_without_a_backup_that_runs_by_itself_somebody_must_order_each(path):
    for schedules in ([], [{**BACKUP, "enabled": False}], [{**BACKUP, "action": "verify"}]):
        assert set(unwise(path, schedules=schedules)) == {"config.no_backup_schedule"}
    assert unwise(path, schedules=[BACKUP]) == {}


def test_rules_that_keep_nothing_are_told(path):
    none = {"daily": 0, "weekly": 0, "monthly": 0, "yearly": 0}

    assert set(unwise(path, retention=none)) == {"config.keeps_newest_only"}
    assert unwise(path, retention={**none, "count": 3}) == {}
    assert unwise(path, retention={**none, "max_age_days": 3}) == {}


def test_a_secret_that_is_found_nowhere_is_told(path, monkeypatch):
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    email = {"server": "s", "recipients": ["a@b.c"], "variable": "REXUS_CLAVE"}
    notices = {
        "channels": [
            {"name": "a", "variable": "REXUS_CANAL"},
            {"name": "b", "email": {**email, "user": "ana"}},
            {"name": "c", "email": email},
            {"name": "d", "variable": "REXUS_OTRO", "enabled": False},
        ],
        "pings": [{"variable": "REXUS_PING"}],
    }
    path.write_text(json.dumps({"notices": notices}), "utf-8")

    def missing() -> list[tuple[object, object]]:
        return [(one.values["key"], one.values["name"]) for one in findings(load(path))]

    assert missing() == [
        ("notices.channels[0].variable", "REXUS_CANAL"),
        ("notices.channels[1].email.variable", "REXUS_CLAVE"),
        ("notices.pings[0].variable", "REXUS_PING"),
    ]
    (path.parent / ".env").write_text("REXUS_CANAL=json://localhost\nREXUS_CLAVE=x\n", "utf-8")
    monkeypatch.setenv("REXUS_PING", "http://localhost/x")
    assert missing() == []


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1",
        "  select count(*) from x",
        "/* cuántos hay */ WITH a AS (SELECT 1) SELECT * FROM a",
        "VALUES (1)",
        "(SELECT 1)",
        "SELECT'1'",
    ],
)
def test_questions_that_read_are_taken(path, query):
    path.write_text(
        json.dumps({"databases": {"users": "u.db"}, "drill_checks": [{**CHECK, "query": query, "equals": 1}]})
    )
    assert load(path).settings.drill_checks[0].query == query


@pytest.mark.parametrize(
    ("zone", "meant"),
    [("America/Montevido", "America/Montevideo"), ("montevideo", "America/Montevideo"), ("Marte/x", "Europe/Madrid")],
)
def test_a_zone_that_nobody_knows_is_told_with_the_nearest(path, zone, meant):
    code, message = told(path, schedules=[{**BACKUP, "zone": zone}])["schedules[0].zone"]
    assert code == "config.value"
    with pytest.raises(ConfigProblems) as refused:
        load(path)
    assert meant in sentence(refused.value.problems[0]).fix
    assert zone in message


def test_the_script_of_logins_takes_no_name_from_a_database(path):
    part = {"engine": "sqlserver", "databases": {"logins": "AppLogins", "master": "Otra"}}

    assert set(told(path, **part, sqlserver={"server_parts": ["logins", "master"]})) == {"databases.master"}


@pytest.mark.parametrize(
    "address", ["https://ana:clave@cuenta.example/copias", "s3://host/cubo/", "https://h/c?sig=Xy"]
)
def test_an_address_of_backups_holds_no_password(path, address):
    (found,) = told(path, engine="sqlserver", sqlserver={"backup_url": address}).values()

    assert found[0] == "config.value"
    assert not any(secret in found[1] for secret in ("clave", "sig=Xy"))
