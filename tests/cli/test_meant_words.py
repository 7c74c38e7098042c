"""What somebody probably meant: told where it is really near, taken where it is the same by another name."""

from __future__ import annotations

import pytest
from cli.command_line import CommandLine
from support.world import World

from rexus.modules.backup.base import texts


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("empresa"), rows=5).build()
    run = CommandLine(world.config)
    return run, run.backup("--no-files")


def test_a_set_is_taken_for_another_only_where_it_is_a_slip_of_the_pen(site):
    run, name = site
    slip = name[:-1] + str((int(name[-1]) + 1) % 10)

    for meant in (slip, name[:8], name[:-1]):
        assert f"the nearest is {name}" in run("show", meant, "--lang", "en").err
    for other in ("abc", "19991231_235959", "users", "latest", "2"):
        ran = run("show", other, "--lang", "en")
        assert ran.code == 3
        assert "nearest" not in ran.err
        assert f"They are written like this: {name}" in ran.err


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (("schedule", "install", "--sistem"), "--system"),
        (("restore", "SET", "--ovrwrite"), "--overwrite"),
        (("verify", "--deph", "content"), "--depth"),
        (("--cnfig", "x", "list"), "--config"),
        (("schedule", "install", "--at"), "-"),
        (("schedule", "remove", "--plan"), "-"),
        (("delete", "SET", "--force"), "-"),
        (("restore", "SET", "--zzz"), "-"),
        (("--zzz",), "-"),
    ],
    ids=lambda one: one if isinstance(one, str) else " ".join(one),
)
def test_an_option_is_suggested_only_where_it_is_near(site, words, near):
    run, name = site
    ran = run(*(name if word == "SET" else word for word in words), "--json", "--lang", "en")
    (problem,) = ran.json["problems"]

    assert (ran.code, problem["code"], problem["values"]["nearest"]) == (3, "cli.usage_option", near)
    assert ("Perhaps you mean" in problem["fix"]) is (near != "-")
    assert "--help" in problem["fix"]


@pytest.mark.parametrize("word", ["--plan", "--dry-run"])
@pytest.mark.parametrize(
    "words",
    [
        ("schedule", "install", "--as", "cron"),
        ("prune",),
        ("cleanup",),
        ("restore", "SET", "--database", "users", "--to", "x.db"),
    ],
    ids=["schedule install", "prune", "cleanup", "restore"],
)
def test_a_look_at_what_would_be_done_is_called_either_way(site, words, word):
    run, name = site
    ran = run(*(name if one == "SET" else one for one in words), word, "--json")

    assert ran.code < 2, ran.err
    assert not (run.config.parent / "x.db").exists()
    if words[0] == "schedule":
        assert (ran.json["dry_run"], ran.json["changed"]) == (True, False)
    if words[0] == "restore":
        assert ran.json["plan"] is not None
        assert ran.json["restored"] == []


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_help_and_refusals_call_what_is_to_be_written_alike(site, language):
    run, _name = site
    texts.use_language(language)
    of_set, pair = texts._("SET"), f"{texts._('NAME')}={texts._('PATH')}"
    texts.use_language("es")

    assert f" {of_set}" in run("show", "--help", "--lang", language).out.splitlines()[0]
    assert of_set in run("show", "--lang", language).err
    assert pair in run("config", "init", "--help", "--lang", language).out
    new = str(run.config.with_name("otra.json"))
    assert f": {pair}." in run("--config", new, "config", "init", "--database", "x", "--lang", language).err
    (problem,) = run("show", "--json", "--lang", language).json["problems"]
    assert problem["values"]["what"] == "SET", "for programs it is called the same in every language"
