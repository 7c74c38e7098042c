"""Roles at the command line: what a person's groups allow, what not, and that each refusal is written down."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli.command_line import CommandLine
from support.world import World

from rexus.modules.backup.base.identity import os_identity

ME = os_identity().name
OTHERS = "un-grupo-en-el-que-nadie-esta"
SETTINGS = [["config", "show"], ["config", "check"]]
LOOKS = [["list"], ["show", "SET"], ["check"], ["audit"], ["audit", "verify"], ["log"], *SETTINGS]
WORKS = [["verify", "SET"], ["restore", "SET", "--database", "users", "--plan"]]
CHANGES = [
    ["restore", "SET", "--database", "users", "--overwrite", "--yes", "users"],
    ["restore", "SET", "--all", "--to", "aparte"],
    ["delete", "SET", "--yes", "SET"],
    ["pin", "SET"],
    ["unpin", "SET"],
    ["config", "init", "--force"],
    ["config", "import", "viejo.json"],
]


class Site:
    """A company with one set; its roles can be set."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder, rows=10, retention={"after_backup": False}).build()
        self.run = CommandLine(self.world.config)
        self.set = self.run.backup("--no-files")
        (folder / "viejo.json").write_text('{"backup_dir": "respaldos"}', "utf-8")

    def roles(self, **roles: list[str]) -> None:
        settings = json.loads(self.world.config.read_text("utf-8"))
        self.world.config.write_text(json.dumps({**settings, "roles": roles}), "utf-8")

    def __call__(self, words: list[str]):
        return self.run(*(self.set if one == "SET" else one for one in words), "--json")

    def state(self) -> dict[str, bytes]:
        """Every file but what is only written down in logs."""
        here = self.world.folder
        files = (one for one in here.rglob("*") if one.is_file() and "logs" not in one.parts)
        return {str(one.relative_to(here)): one.read_bytes() for one in files if not one.name.endswith("-shm")}

    def refusals(self) -> list[tuple[str, str, str]]:
        """What the trail tells of refusals, read by an administrator."""
        self.roles()
        lines = self.run.json("audit", "--lines", "1000")["lines"]
        assert self.run.json("audit", "verify")["ok"]
        return [(one["who"], one["what"], one["target"]) for one in lines if one["result"] == "refused"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return Site(tmp_path_factory.mktemp("sitio"))


def said(words: list[str]) -> str:
    """How the trail calls a command."""
    name = " ".join(words[:2]) if words[0] == "config" else words[0]
    return f"{name} --plan" if "--plan" in words else name


def refused(site: Site, roles: dict[str, list[str]], commands: list[list[str]]) -> None:
    """Each is refused with everything as it was, and stands in the trail."""
    before, known = site.state(), len(site.refusals())
    for words in commands:
        site.roles(**roles)
        config = site.state()["backup_config.json"]
        ran = site(words)
        assert (ran.code, ran.codes) == (3, {"role.denied"}), words
        assert ME in ran.json["problems"][0]["message"]
        assert site.state() == {**before, "backup_config.json": config}, words
    told = site.refusals()[known:]
    assert [one[:2] for one in told] == [(ME, said(words)) for words in commands]


def test_a_viewer_looks_and_does_nothing_else(site):
    roles = {"administrators": [OTHERS], "operators": [OTHERS], "viewers": [ME.upper()]}
    refused(site, roles, [["backup"], *WORKS, *CHANGES])
    site.roles(**roles)
    for words in LOOKS:
        assert site(words).code in (0, 1), words


def test_an_operator_works_and_changes_nothing(site):
    roles = {"administrators": [OTHERS], "operators": [ME]}
    refused(site, roles, CHANGES)
    site.roles(**roles)
    for words in [["backup"], *WORKS, *LOOKS]:
        assert site(words).code in (0, 1), words


def test_nobody_does_not_even_look(site):
    roles = {"administrators": [OTHERS], "viewers": [OTHERS]}
    refused(site, roles, [["list"], ["show", "SET"], ["check"], ["backup"], *SETTINGS, *WORKS, *CHANGES])
    site.roles(**roles)
    assert site(["audit", "verify"]).code == 3
    assert site(["log"]).codes == {"role.denied"}


def test_an_administrator_does_everything(tmp_path):
    site = Site(tmp_path)
    name = site.run.backup("--no-files")
    site.roles(administrators=[ME], operators=[OTHERS])
    for words in (["pin", name], ["unpin", name], ["restore", name, "--all", "--to", "aparte"], *LOOKS):
        assert site(words).code in (0, 1), words
    assert site(["config", "import", "viejo.json"]).code in (0, 1)


def test_a_refusal_is_told_in_the_readers_language_with_what_to_do(tmp_path):
    site = Site(tmp_path)
    site.roles(administrators=[OTHERS], operators=[ME])
    ran = site.run("delete", site.set, "--yes", site.set, "--lang", "en")

    assert ran.code == 3
    assert f"{ME} may not do this here: deleting. Role: operator." in ran.err
    assert "roles.administrators" in ran.err


def test_an_account_that_could_not_run_the_schedules_is_told(site):
    for roles, told in (
        ({}, False),
        ({"administrators": [OTHERS], "operators": [ME]}, False),
        ({"administrators": [OTHERS], "viewers": [ME]}, True),
    ):
        site.roles(**roles)
        for words in (["check"], ["config", "check"]):
            assert ("role.no_runner" in site(words).codes) is told, (roles, words)
    ran = site.run("config", "check", "--lang", "en")
    assert ran.code == 1
    assert f"{ME} has no right to run the schedules" in ran.err
    assert "roles.operators" in ran.err


def test_who_may_do_nothing_makes_no_folder_of_backups(tmp_path):
    world = World(tmp_path, rows=1, roles={"administrators": [OTHERS], "operators": [OTHERS]}).build()

    assert CommandLine(world.config)("backup", "--json").codes == {"role.denied"}
    assert not world.root.exists()


def test_settings_that_can_not_be_read_are_mended_by_force(tmp_path):
    site = Site(tmp_path)
    site.roles(administrators=[OTHERS], nonsense=["x"])

    assert site(["list"]).code == 3
    assert site(["config", "init", "--force"]).code in (0, 1)
