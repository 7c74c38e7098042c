"""What the pages for administrators promise: every command parses, every setting loads."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import msgspec
import pytest

from rexus.modules.backup.base.errors import BadInput
from rexus.modules.backup.cli import parsing, session, verbs
from rexus.modules.backup.cli.about import ABOUT
from rexus.modules.backup.config.load import load
from rexus.modules.backup.config.settings import Settings

PROJECT = Path(__file__).parents[1]
OPERATIONS = PROJECT / "docs/operations.md"
PAGES = (PROJECT / "README.md", OPERATIONS, PROJECT / "docs/emergencies.md")
STARTER = "./ejecutar_backup.sh"
FOLDED = re.compile(r" *\\\n *")
SAID = re.compile(re.escape(STARTER) + r"((?: [^\n`]*)?)")
QUOTED = re.compile(r"`([^`\n]+)`")
BLOCK = re.compile(r"^```json\n(.+?)^```$", re.MULTILINE | re.DOTALL)
MEMBER = re.compile(r'`"([a-z_]+)": [^`]+`')
DOTTED = re.compile(r"`([a-z_]+)\.([a-z_]+)`")
DATABASES = {"users": "users.db", "inventario": "inventario.db", "auditoria": "auditoria.db"}


def commands(page: Path) -> list[list[str]]:
    """The words behind the start script, without remarks, of every line and every quoted command."""
    text = FOLDED.sub(" ", page.read_text("utf-8"))
    told = [found[1] for found in SAID.finditer(text)]
    told += [one for one in QUOTED.findall(text) if one.split()[0] in ABOUT and " " in one]
    return [shlex.split(one, comments=True) for one in told]


def parse(words: list[str]) -> str:
    """Hand ``words`` to the real parser as the command line does; the verb, empty where there is none."""
    values, switches, rest = session.split(words)
    session.global_options(values, switches)
    if not rest or rest == ["--version"]:
        return ""
    verb, given = verbs.find(rest[0]), rest[1:]
    assert verb is not None, rest[0]
    if verb.actions:
        known = {one.name.split()[-1]: one for one in verb.actions}
        assert given, f"{rest[0]} wants one of {', '.join(known)}"
        assert given[0] in known, f"{rest[0]} {given[0]}"
        verb, given = known[given[0]], given[1:]
    parsing.parse(verb, given)
    return verb.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_the_page_exists(page: Path) -> None:
    told = commands(page)
    assert len(told) >= 10, "the page is read wrongly"

    for words in told:
        try:
            parse(words)
        except BadInput as error:
            raise AssertionError(f"{page.name}: {shlex.join(words)}: {error}") from error


def test_a_wrong_command_would_be_noticed() -> None:
    with pytest.raises(BadInput):
        parse(["prune", "--plans"])
    with pytest.raises(AssertionError):
        parse(["schedule", "instal"])
    with pytest.raises(BadInput):
        parse(["schedule", "next", "--count", "none"])


def test_the_page_for_administrators_tells_of_every_verb_of_operation() -> None:
    told = {parse(words) for words in commands(OPERATIONS)}
    verb = verbs.find("schedule")
    assert verb is not None
    actions = {one.name for one in verb.actions}
    assert {"prune", "cleanup", "drill", "health", "notify test", "pin", *actions} <= told


def test_the_settings_of_the_page_load_together(tmp_path: Path) -> None:
    blocks = BLOCK.findall(OPERATIONS.read_text("utf-8"))
    members = [json.loads("{" + one + "}") for one in blocks]
    names = [name for one in members for name in one]
    assert sorted(names) == sorted(set(names)), "two snippets of one setting"
    assert {"schedules", "retention", "drill_checks", "health", "notices", "roles"} <= set(names)

    file = tmp_path / "backup_config.json"
    whole = {"databases": DATABASES} | {name: value for one in members for name, value in one.items()}
    file.write_text(json.dumps(whole), "utf-8")
    settings = load(file).settings

    assert settings.schedules[0].name in settings.notices.pings[0].schedules
    assert settings.roles.administrators


def test_settings_named_in_passing_exist() -> None:
    text = OPERATIONS.read_text("utf-8")
    page = (PROJECT / "docs/settings.md").read_text("utf-8")
    for name in MEMBER.findall(text):
        assert re.search(rf"^\| `([a-z_.\[\]]*\.)?{name}`", page, re.MULTILINE), name
    tops = {one.name: one for one in msgspec.structs.fields(Settings)}
    for top, below in DOTTED.findall(text):
        if top in tops:
            assert f"`{top}.{below}`" in page, f"{top}.{below}"


def test_the_page_stays_two_pages() -> None:
    assert len(OPERATIONS.read_text("utf-8").splitlines()) <= 132
    assert len((PROJECT / "README.md").read_text("utf-8").splitlines()) <= 75
