"""The command line towards SQL Server, before there is a server: settings, options given twice, addresses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli.command_line import CommandLine, Ran


@pytest.fixture
def bare(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "backup_config.json")


def test_without_settings_the_way_to_those_for_a_server_is_told_too(bare: CommandLine):
    (problem,) = bare("--lang", "en", "check", "--json").json["problems"]

    assert "config init --root DIR --database NAME=PATH" in problem["fix"]
    assert "--engine sqlserver" in problem["fix"]


def test_a_first_configuration_for_a_server_lacks_nothing_once_the_server_is_named(bare: CommandLine):
    first = ("config", "init", "--engine", "sqlserver", "--database", "users=users")
    (problem,) = bare("--lang", "en", *first, "--json").json["problems"]
    assert (problem["code"], "DB_SERVER" in problem["fix"]) == ("sqlserver.no_server", True)
    assert bare("config", "check", "--json").codes == {"sqlserver.no_server"}

    bare.config.with_name(".env").write_text("DB_SERVER=SRV1\n", "utf-8")
    assert "check, then backup" in bare("--lang", "en", *first, "--force").out
    checked = bare("config", "check", "--json")
    assert (checked.code, checked.codes) == (0, set())


@pytest.mark.parametrize("again", [["--kind", "differential"], ["--kind=differential"]], ids=["apart", "together"])
def test_one_option_with_two_different_values_is_refused(bare: CommandLine, again: list[str]):
    bare("config", "init", "--database", "users=u.db")
    ran = bare("--lang", "en", "backup", "--kind", "log", *again, "--json")

    assert (ran.code, ran.codes) == (3, {"cli.usage_twice"})
    assert "log, differential" in ran.json["problems"][0]["message"]


def test_the_same_value_twice_and_options_that_may_be_repeated_are_taken(bare: CommandLine):
    twice = ("--engine", "sqlite", "--engine", "sqlite")
    several = ("--database", "a=a.db", "--database", "b=b.db")

    assert set(bare("config", "init", *twice, *several, "--json").json["databases"]) == {"a", "b"}


def refused(bare: CommandLine, address: str) -> tuple[Ran, dict[str, str]]:
    settings = {"engine": "sqlserver", "databases": {"users": "users"}, "sqlserver": {"backup_url": address}}
    bare.config.write_text(json.dumps(settings), "utf-8")
    ran = bare("--lang", "en", "config", "check", "--json")
    assert (ran.code, ran.codes) == (3, {"config.value"})
    return ran, ran.json["problems"][0]


@pytest.mark.parametrize(
    "address", ["https://c.blob.core.windows.net/copias?sig=S3creta", "https://ana:S3creta@c.example/copias"]
)
def test_an_address_with_a_secret_is_refused_for_that_and_the_secret_is_not_told(bare: CommandLine, address: str):
    ran, problem = refused(bare, address)

    assert "secret" in problem["message"]
    assert "/copias" in problem["fix"]
    assert "S3creta" not in ran.out + ran.err


def test_an_address_that_is_too_long_is_refused_with_its_length(bare: CommandLine):
    address = "https://c.blob.core.windows.net/" + "a" * 200
    _, problem = refused(bare, address)

    assert f"{len(address)} characters" in problem["message"]
    assert "160" in problem["message"]


def test_any_other_address_is_refused_with_what_is_possible(bare: CommandLine):
    assert "s3://host/bucket" in refused(bare, "ftp://host/copias")[1]["fix"]
